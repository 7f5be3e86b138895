package shell

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"epev/commands"
	"epev/model"
	"epev/shell/prompt"
)

// Completion must never stand in the way of typing: what the database has to say is waited for as
// long as nobody notices, and shown later when it takes longer.
const (
	patience     = 12 * time.Millisecond // at a key
	lookUpLimit  = 3 * time.Second       // of one look-up
	answerStays  = 5 * time.Second       // how long an answer is offered again
	maxOffered   = 50
	maxRemembers = 256 // answers
)

// completer finds what may stand at the cursor. It is safe for concurrent use.
type completer struct {
	shell *Shell

	mu      sync.Mutex
	actor   *model.Actor // who is logged in; nil for nobody
	answers map[string]*answer
}

// answer is what one look-up gave, once done is closed.
type answer struct {
	done       chan struct{}
	candidates []commands.Candidate
	at         time.Time
}

func newCompleter(s *Shell) *completer {
	return &completer{shell: s, answers: map[string]*answer{}}
}

// refreshActor finds out anew who is logged in and forgets old answers; it does not wait.
func (c *completer) refreshActor(ctx context.Context) {
	c.mu.Lock()
	c.answers = map[string]*answer{}
	c.mu.Unlock()
	go func() {
		ctx, cancel := context.WithTimeout(ctx, lookUpLimit)
		defer cancel()
		actor := commands.WhoIs(ctx, c.shell.Env)
		c.mu.Lock()
		c.actor = actor
		c.mu.Unlock()
		c.shell.terminal.Refresh()
	}()
}

// typed is a command line up to the cursor.
type typed struct {
	words   []string // complete ones
	last    string   // the word at the cursor, unquoted, perhaps empty
	start   int      // rune offset where it begins
	comment bool
}

// readTyped splits a line that is still being written.
func readTyped(line string) typed {
	var s splitter
	var t typed
	begin := 0
	for i := 0; i < len(line); {
		_, size := utf8.DecodeRuneInString(line[i:])
		words, inWord := len(s.words), s.inWord
		step := size
		if line[i] == '\\' && s.quote != '\'' && i+1 < len(line) {
			_, next := utf8.DecodeRuneInString(line[i+1:])
			step += next
		}
		if line[i] == '#' && !s.inWord && s.quote == 0 {
			t.comment = true
			return t
		}
		piece := line[i : i+step]
		s.feedPart(piece, 1)
		if !inWord && s.inWord {
			begin = i
		}
		if len(s.words) > words {
			begin = i + step
		}
		i += step
	}
	if !s.inWord {
		begin = len(line)
	}
	t.words, t.last, t.start = s.words, s.word.String(), utf8.RuneCountInString(line[:begin])
	return t
}

// complete is what the prompt calls at each key.
func (c *completer) complete(line string, cursor int) []prompt.Suggestion {
	runes := []rune(line)
	t := readTyped(string(runes[:min(cursor, len(runes))]))
	if t.comment {
		return nil
	}
	return c.suggest(t, c.offers(t))
}

// offer is one thing that may stand at the cursor.
type offer struct {
	value, about string
	blank        bool // false: the value goes on, as --name= does
}

// offers finds what may stand at the cursor: a command's words, a flag, or a value.
func (c *completer) offers(t typed) []offer {
	c.mu.Lock()
	actor := c.actor
	c.mu.Unlock()
	r := c.shell.Registry
	switch {
	case len(t.words) == 0:
		return c.firstWords(actor)
	case t.words[0] == "help":
		if len(t.words) == 1 {
			return c.firstWords(actor)
		}
		return c.verbs(actor, t.words[1])
	case len(t.words) == 1 && slices.Contains(r.Groups(), t.words[0]):
		return append(c.verbs(actor, t.words[0]), offer{value: "help", about: "Explain these commands"})
	}
	command, rest, err := r.Find(t.words)
	if err != nil || !command.Access.Allows(actor) {
		return nil
	}
	return c.parameters(command, rest, t.last)
}

func (c *completer) firstWords(actor *model.Actor) []offer {
	var offers []offer
	seen := map[string]bool{}
	for _, command := range c.shell.Registry.Commands() {
		if !command.Access.Allows(actor) {
			continue
		}
		word, _, _ := strings.Cut(command.Path, " ")
		if seen[word] {
			continue
		}
		seen[word] = true
		about := command.Help
		if group := command.Group(); group != "" {
			var verbs []string
			for _, o := range c.verbs(actor, group) {
				verbs = append(verbs, o.value)
			}
			about = strings.Join(verbs, ", ")
		}
		offers = append(offers, offer{value: word, about: about})
	}
	return offers
}

func (c *completer) verbs(actor *model.Actor, group string) []offer {
	var offers []offer
	for _, command := range c.shell.Registry.In(group) {
		if command.Access.Allows(actor) {
			offers = append(offers, offer{value: strings.TrimPrefix(command.Path, group+" "), about: command.Help})
		}
	}
	return offers
}

// parameters finds what may follow the words after a command.
func (c *completer) parameters(command *commands.Command, rest []string, last string) []offer {
	raw := map[string]string{}
	var waiting *commands.Param // the flag whose value the cursor is at
	positional := slices.DeleteFunc(slices.Clone(command.Params), func(p commands.Param) bool { return !p.Positional })
	for _, word := range rest {
		if waiting != nil {
			raw[waiting.Name] = word
			waiting = nil
			continue
		}
		if name, value, isFlag := flagOf(command, word); isFlag {
			p, ok := command.Param(name)
			switch {
			case strings.Contains(word, "="):
				raw[name] = value
			case ok && p.Switch:
				raw[name] = "true"
			case ok:
				waiting = &p
			case name == "format":
				waiting = &formatParam
			}
			continue
		}
		if len(positional) > 0 {
			raw[positional[0].Name] = word
			positional = positional[1:]
		}
	}
	switch {
	case waiting != nil:
		return c.values(command, *waiting, raw, last, "")
	case strings.HasPrefix(last, "--") && strings.Contains(last, "="):
		name, value, _ := flagOf(command, last)
		if p, ok := command.Param(name); ok {
			return c.values(command, p, raw, value, "--"+name+"=")
		}
		return nil
	}
	var offers []offer
	if len(positional) > 0 && !strings.HasPrefix(last, "-") {
		offers = c.values(command, positional[0], raw, last, "")
		if len(offers) > 0 || last != "" {
			return offers
		}
	}
	return append(offers, flags(command, raw)...)
}

var formatParam = commands.Param{Name: "format"}

// flagOf reads a word as a flag of the command: its long name, and the value after "=".
func flagOf(command *commands.Command, word string) (name, value string, isFlag bool) {
	if long, ok := strings.CutPrefix(word, "--"); ok {
		name, value, _ = strings.Cut(long, "=")
		return name, value, true
	}
	if len(word) >= 2 && word[0] == '-' && (word[1] < '0' || word[1] > '9') {
		for _, p := range command.Params {
			if p.Short == word[1:2] {
				return p.Name, word[2:], true
			}
		}
		return "", "", true
	}
	return "", "", false
}

// flags offers the flags that were not given, the required ones first.
func flags(command *commands.Command, raw map[string]string) []offer {
	var required, optional []offer
	for _, p := range command.Params {
		if _, given := raw[p.Name]; given || p.Positional {
			continue
		}
		if p.Required {
			required = append(required, offer{value: "--" + p.Name, about: p.Help + " (required)"})
		} else {
			optional = append(optional, offer{value: "--" + p.Name, about: p.Help})
		}
	}
	optional = append(optional, offer{value: "--format", about: "table, json, csv, tsv or markdown"}, offer{value: "--help", about: "explain " + command.Path})
	return append(required, optional...)
}

// values offers values for a parameter, from the database where they are there.
func (c *completer) values(command *commands.Command, p commands.Param, raw map[string]string, text, prefix string) []offer {
	var candidates []commands.Candidate
	if p.Name == formatParam.Name && p.Source == nil {
		for _, f := range Formats {
			candidates = append(candidates, commands.Candidate{Value: string(f)})
		}
	} else {
		candidates = c.lookUp(command, p, raw, text)
	}
	offers := make([]offer, len(candidates))
	for i, candidate := range candidates {
		offers[i] = offer{value: prefix + candidate.Value, about: candidate.About}
	}
	return offers
}

// lookUp asks the parameter's source, and returns what is known within the patience of a key.
func (c *completer) lookUp(command *commands.Command, p commands.Param, raw map[string]string, text string) []commands.Candidate {
	if p.Source == nil {
		return nil
	}
	key := command.Path + "\x00" + p.Name + "\x00" + raw["id"] + raw["resource"] + "\x00" + text
	c.mu.Lock()
	a, known := c.answers[key]
	if !known || time.Since(a.at) > answerStays {
		if len(c.answers) > maxRemembers {
			c.answers = map[string]*answer{}
		}
		a = &answer{done: make(chan struct{}), at: time.Now()}
		c.answers[key] = a
		go c.find(a, command, p, commands.Query{Text: text, Raw: raw})
	}
	c.mu.Unlock()
	select {
	case <-a.done:
		return a.candidates
	case <-time.After(patience):
		return nil // Refresh brings it when it comes
	}
}

// find fills an answer. It gives up silently: completion is a help, never an obstacle.
func (c *completer) find(a *answer, command *commands.Command, p commands.Param, q commands.Query) {
	ctx, cancel := context.WithTimeout(context.Background(), lookUpLimit)
	defer cancel()
	started := time.Now()
	a.candidates, _ = commands.Complete(ctx, c.shell.Env, command, p, q)
	close(a.done)
	if time.Since(started) > patience && c.shell.terminal != nil {
		c.shell.terminal.Refresh()
	}
}

// suggest keeps the offers that fit what was typed, the best first.
func (c *completer) suggest(t typed, offers []offer) []prompt.Suggestion {
	typedText := model.Fold(t.last)
	type ranked struct {
		offer
		rank int
	}
	var fitting []ranked
	for _, o := range offers {
		if rank, fits := fit(typedText, model.Fold(o.value), model.Fold(o.about)); fits {
			fitting = append(fitting, ranked{o, rank})
		}
	}
	slices.SortStableFunc(fitting, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	suggestions := make([]prompt.Suggestion, 0, min(len(fitting), maxOffered))
	for _, f := range fitting[:min(len(fitting), maxOffered)] {
		suggestions = append(suggestions, prompt.Suggestion{Text: quote(f.value), Start: t.start, Display: f.value, Description: f.about})
	}
	return suggestions
}

// fit ranks an offer for what was typed: the beginning of the value, of a word of what it is
// about, a part of either. Flags and command words fit by their beginning or a part of their name alone.
func fit(text, value, about string) (rank int, fits bool) {
	switch {
	case text == "" || strings.HasPrefix(value, text):
		return 0, true
	case strings.HasPrefix(text, "-"):
		return 2, len(text) > 2 && strings.Contains(value, strings.TrimLeft(text, "-"))
	case strings.HasPrefix(about, text) || strings.Contains(about, " "+text):
		return 1, strings.Trim(value, "0123456789") == ""
	case strings.Contains(value, text):
		return 2, true
	}
	return 3, strings.Contains(about, text) && strings.Trim(value, "0123456789") == ""
}

// forParam completes the answer to a question about one parameter.
func (c *completer) forParam(inv *commands.Invocation, p commands.Param) func(string, int) []prompt.Suggestion {
	return func(text string, cursor int) []prompt.Suggestion {
		runes := []rune(text)
		text = string(runes[:min(cursor, len(runes))])
		suggestions := c.suggest(typed{last: text}, c.values(inv.Command, p, inv.Raw, text, ""))
		for i := range suggestions {
			suggestions[i].Text = suggestions[i].Display // an answer is no command line: nothing is quoted
		}
		return suggestions
	}
}

// hint tells the usage of the command being typed and what is still missing.
func (c *completer) hint(line string) string {
	t := readTyped(line)
	command, _, err := c.shell.Registry.Find(append(t.words, t.last))
	if err != nil {
		return ""
	}
	words, err := split(line)
	if err != nil {
		return command.Usage()
	}
	inv, err := c.shell.Registry.Parse(words)
	if err != nil || inv.Command != command {
		return command.Usage()
	}
	missing := inv.Missing()
	if len(missing) == 0 {
		return command.Usage()
	}
	labels := make([]string, len(missing))
	for i, p := range missing {
		labels[i] = p.Label()
	}
	return command.Usage() + " · missing: " + strings.Join(labels, ", ")
}
