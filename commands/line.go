package commands

import (
	"slices"
	"strings"
	"unicode/utf8"

	"epev/model"
)

// Role is what a word of a command line, or a part of one, is there for.
type Role int

const (
	RoleFlag     Role = iota // --name, or a letter of -MC
	RoleValue                // of the flag before it
	RoleArgument             // of the command
)

// Piece is one thing that a word says: --name=value says two, -MC as well.
type Piece struct {
	Role  Role
	Name  string // of a flag, as it is typed with its dashes
	Param *Param // nil: no such flag, or an argument too many
	Value string // what a flag, or an argument, is given
	Given bool   // Param is given Value
}

// Formats are the ways to print a Result, the default first.
var Formats = []string{"table", "json", "csv", "tsv", "markdown", "xlsx"}

// FormatICS is a way to print a calendar.
const FormatICS = "ics"

// CheckFormat is a Usage error for a way to print the command's result that it does not have.
func (c *Command) CheckFormat(format string) error {
	if slices.Contains(c.formats(), format) {
		return nil
	}
	return model.Invalid("format", "%s has no format %s", c.Path, format).WithHint("use one of %s", strings.Join(c.formats(), ", "))
}

// formats are the ways to print the command's result.
func (c *Command) formats() []string {
	if len(c.Only) > 0 {
		return c.Only
	}
	return append(slices.Clone(Formats), c.Also...)
}

// common are the flags that every command takes, with the formats of this one.
func (c *Command) common() []Param {
	if c.commons == nil {
		return Common
	}
	return c.commons
}

// withFormats are the common flags of a command that has other formats.
func (c *Command) withFormats() []Param {
	if len(c.Also)+len(c.Only) == 0 {
		return nil
	}
	common := slices.Clone(Common)
	common[0].Help += ", or " + strings.Join(c.Also, " or ")
	if len(c.Only) > 0 {
		common[0].Help = strings.Join(c.Only, ", ")
	}
	common[0].Source = OneOf(c.formats()...)
	return common
}

// Common are the flags that every command takes.
var Common = []Param{
	{Name: "format", Format: "FORMAT", Help: "table, json, csv, tsv, markdown or xlsx", Source: OneOf(Formats...)},
	{Name: "no-color", Switch: true, Help: "no colour"},
	{Name: "yes", Switch: true, Help: "do not ask first"},
	{Name: "help", Short: "h", Switch: true, Help: "explain this command"},
}

// password stands where people try to give one, and is refused: ps and the shell's history would show it.
var password = []Param{{Name: "password", Short: "p"}}

// Grammar is what the words behind a command may be. Of parameters alike the first counts.
type Grammar [][]Param

// Grammar returns that of the command.
func (c *Command) Grammar() Grammar {
	if c.TakesPassword() {
		return Grammar{c.Params, password, c.common()}
	}
	return Grammar{c.Params, c.common()}
}

// Flag returns the flag of that name or letter, nil for none.
func (g Grammar) Flag(name, letter string) *Param {
	for _, params := range g {
		for i := range params {
			if p := &params[i]; !p.Positional && (p.Name == name || p.Short != "" && p.Short == letter) {
				return p
			}
		}
	}
	return nil
}

// Names are those of the flags.
func (g Grammar) Names() (names []string) {
	for _, p := range slices.Concat(g...) {
		if !p.Positional {
			names = append(names, p.Name)
		}
	}
	return names
}

// Walk reads the words behind a command one after the other, and tells what each is there for.
type Walk struct {
	grammar Grammar
	waiting *Param   // the flag whose value comes next
	literal bool     // behind --
	left    []*Param // arguments that were not given
}

// Walk begins before the first word.
func (g Grammar) Walk() *Walk {
	w := &Walk{grammar: g}
	for i := range g[0] {
		if p := &g[0][i]; p.Positional {
			w.left = append(w.left, p)
		}
	}
	return w
}

// after puts a value behind those of the parameter that came before it, if it may be given several times.
func (p *Param) after(before, value string) string {
	if p.Repeats && before != "" {
		return before + "," + value
	}
	return value
}

// Waiting returns the flag that the next word is the value of, nil for none.
func (w *Walk) Waiting() *Param { return w.waiting }

// signed reports whether a word with a - is a value of the next argument: no flag has a colon.
func (w *Walk) signed(word string) bool {
	return len(w.left) > 0 && w.left[0].Signed && strings.Contains(word, ":")
}

// pem begins a file such as a private key's, and no flag.
const pem = "-----BEGIN"

// Take reads the next word.
func (w *Walk) Take(word string) []Piece {
	switch {
	case w.waiting != nil:
		p := w.waiting
		w.waiting = nil
		return []Piece{{Role: RoleValue, Param: p, Value: word, Given: true}}
	case w.literal || len(word) < 2 || word[0] != '-' || w.signed(word) || strings.HasPrefix(word, pem):
		if len(w.left) == 0 {
			return []Piece{{Role: RoleArgument, Value: word}}
		}
		p := w.left[0]
		if !p.Repeats {
			w.left = w.left[1:]
		}
		return []Piece{{Role: RoleArgument, Param: p, Value: word, Given: true}}
	case word == "--":
		w.literal = true
		return nil
	case word[1] == '-':
		name, value, attached := strings.Cut(word, "=")
		return []Piece{w.flag(name, w.grammar.Flag(name[2:], ""), value, attached)}
	}
	var pieces []Piece
	for letters := word[1:]; letters != ""; {
		_, size := utf8.DecodeRuneInString(letters)
		letter, rest := letters[:size], letters[size:]
		p := w.grammar.Flag("", letter)
		value, attached := rest, rest != ""
		switch v, valued := strings.CutPrefix(rest, "="); {
		case p == nil:
		case valued && v != "":
			value = v
		case p.Switch:
			attached = false
		}
		pieces = append(pieces, w.flag("-"+letter, p, value, attached))
		if letters = rest; attached {
			break
		}
	}
	return pieces
}

func (w *Walk) flag(name string, p *Param, value string, attached bool) Piece {
	piece := Piece{Role: RoleFlag, Name: name, Param: p, Value: value, Given: attached && p != nil}
	switch {
	case p == nil || attached:
	case p.Switch:
		piece.Value, piece.Given = "true", true
	default:
		w.waiting = p
	}
	return piece
}

// Read reads all of the words.
func (w *Walk) Read(words []string) []Piece {
	var pieces []Piece
	for _, word := range words {
		pieces = append(pieces, w.Take(word)...)
	}
	return pieces
}

// Place is what a word that is still being written may become.
type Place struct {
	Param  *Param            // whose value it is; nil for none
	Text   string            // of that value, or of a flag
	Prefix string            // "--name=" before the value
	Flags  bool              // it may be a flag
	Raw    map[string]string // the values of the other words
}

// Place tells what the next word may become once it goes on from text.
func (w *Walk) Place(text string) Place {
	at := Place{Param: w.waiting, Text: text, Flags: w.waiting == nil && !w.literal}
	if w.waiting == nil && len(w.left) > 0 && (w.literal || !strings.HasPrefix(text, "-") || w.left[0].Signed && !strings.HasPrefix(text, "--")) {
		at.Param = w.left[0]
	}
	if name, value, valued := strings.Cut(text, "="); valued && at.Flags && strings.HasPrefix(name, "--") {
		at = Place{Param: w.grammar.Flag(name[2:], ""), Text: value, Prefix: name + "="}
	}
	if at.Param != nil && (at.Param.Switch || at.Param == &password[0]) {
		at.Param = nil
	}
	return at
}

// Cursor is where a line is still being written. With neither Group nor Command its first word is.
type Cursor struct {
	Start   int      // the byte at which the word begins
	Group   string   // the word is a verb of it
	Topic   bool     // of help
	Around  *Command // that the command stands within, if it does
	Command *Command // nil behind a sign that sends the result elsewhere
	Place            // what the word may become behind Command, or behind the sign
	Nothing bool     // completes it: a comment, what follows no command or its end
}

// At reads a line that is still being written at that byte.
func (r *Registry) At(line string, cursor int) Cursor {
	before, word, after, over := around(line, cursor)
	at, sent := behindSign(line[:cursor], word)
	if !sent {
		at = r.Between(before, word.Text, after)
	}
	at.Start, at.Nothing = word.Start, at.Nothing || over
	return at
}

// behindSign tells what the last word of a line that is still being written may become behind a sign that sends the result
// elsewhere; sent is whether there is one.
func behindSign(line string, last Word) (at Cursor, sent bool) {
	words, _, _ := Unfinished(line)
	switch i := sink(words); {
	case i < 0:
		return Cursor{Place: Place{Text: last.Text}, Nothing: true}, last.Bare && sends(last.Text)
	case i == len(words)-1 && words[i].Text == toFile:
		return Cursor{Place: Place{Param: &place, Text: last.Text}}, true
	case words[i].Text == toProgram:
		return Cursor{Place: Place{Param: &program, Text: last.Text}, Nothing: true}, true
	}
	return Cursor{Place: Place{Text: last.Text}, Nothing: true}, true
}

// around returns the word that is written at a byte of a line, and those before and after it.
func around(line string, cursor int) (before []string, word Word, after []string, over bool) {
	words, word, over := Unfinished(line[:cursor])
	_, behind, _ := strings.Cut(line[cursor:], " ") // the rest of the word at the cursor is no other word
	var s Scanner
	if size := s.scan(behind); size < len(behind) || s.Finish(1) == nil {
		after = Texts(s.Words)
		if at := sink(s.Words); at >= 0 {
			after = after[:at]
		}
	}
	return Texts(words), word, after, over
}

// Between tells what a word that begins with text may become between others.
func (r *Registry) Between(before []string, text string, after []string) (at Cursor) {
	at.Text = text
	words, around := r.inner(before)
	at.Around = around
	if at.Topic = len(words) > 0 && words[0] == "help"; at.Topic {
		words = words[1:]
	}
	switch group, rest := r.groupOf(words); {
	case len(words) == 0:
	case group != "" && (len(rest) == 0 || len(rest) == 1 && rest[0] == "help"):
		at.Group, at.Topic = group, at.Topic || len(rest) == 1
	case at.Topic:
		at.Nothing = true
	default:
		var err error
		at.Command, at.Place, err = r.Behind(before, text, after)
		at.Nothing = err != nil
	}
	return at
}

// Sent tells what the last word of a line may become behind a sign that sends the result elsewhere, nil for nothing.
func Sent(line string) (p *Param, sent bool) {
	_, last, _ := Unfinished(line)
	at, sent := behindSign(line, last)
	return at.Param, sent
}

// Behind tells what a word that begins with text may become behind the words of a command and before others.
func (r *Registry) Behind(before []string, text string, after []string) (*Command, Place, error) {
	words, around := r.inner(before)
	if around != nil && len(words) == 0 {
		command, _ := around.Param(inside)
		given := map[string]string{} // all that stands ahead, whatever it is
		for _, name := range around.Ahead {
			given[name] = name
		}
		return around, Place{Param: &command, Text: text, Raw: given}, nil
	}
	c, rest, err := r.Find(words)
	if err != nil {
		return nil, Place{}, err
	}
	if c.Inside != nil {
		return c, c.ahead(rest, text), nil
	}
	walk := c.Grammar().Walk()
	raw := map[string]string{}
	read := func(words []string) {
		for _, p := range walk.Read(words) {
			if p.Given {
				raw[p.Param.Name] = p.Param.after(raw[p.Param.Name], p.Value)
			}
		}
	}
	read(rest)
	at := walk.Place(text)
	at.Raw = raw
	walk.waiting, walk.left = nil, nil // what follows does not make an earlier argument given
	read(after)
	return c, at, nil
}
