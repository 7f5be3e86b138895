package commands

import (
	"cmp"
	"slices"
	"strings"

	"epev/model"
	"epev/security"
)

// A password is never a part of a command line. People type it there all the same, and a script holds it in
// the lines behind its command. What may be one is neither shown nor kept.

// Doubt is what a line that is no command may be, after a command that was not done.
type Doubt int

const (
	NoDoubt      Doubt = iota
	MaybeSecret        // the password that the command lacked: no message repeats it
	SurelySecret       // the second of the two that it would have taken: it is passed over
)

// SecretsBehind tells how many lines behind a command are secrets that it takes, and what the line after
// them may be. The words may be those of a mistake, such as --pasword-file -.
func (r *Registry) SecretsBehind(words []string) (lines int, doubt Doubt) {
	c := r.Meant(words)
	grammar := Grammar{nil, Common}
	if c != nil {
		grammar = c.Grammar()
	}
	files := 0 // flags that name one; - is the next line
	file := false
	for _, p := range grammar.Walk().Read(fileFlags(words)) {
		name, value := p.Name, p.Value
		if p.Role == RoleValue && strings.HasPrefix(value, "--") { // the value of the flag before it was left out
			name, value, _ = strings.Cut(value, "=")
		}
		if name != "" {
			if file = strings.HasSuffix(name, "file"); file {
				files++
			}
		}
		if file && value == "-" {
			lines++
		}
		file = file && name != "" && value == ""
	}
	switch {
	case c == nil || !c.TakesPassword():
		return lines, NoDoubt
	case files == 0:
		return lines, MaybeSecret
	}
	// One's own password, which may not have been recognised as such.
	if _, two := c.Param("current-password-file"); two && files == 1 && lines == 1 {
		return lines, SurelySecret
	}
	return lines, NoDoubt
}

// fileFlags returns the words with -password-file, or one with the dashes that editors make, as the flag that it is meant
// to be. By the grammar it is letters, or an argument.
func fileFlags(words []string) []string {
	words = slices.Clone(words)
	for i, word := range words {
		flag := strings.TrimLeft(word, dashes)
		if name, _, _ := strings.Cut(flag, "="); flag != word && strings.HasSuffix(name, "-file") {
			words[i] = "--" + flag
		}
	}
	return words
}

// Names reports whether the words begin with a command, or with what stands for one.
func (r *Registry) Names(words []string) bool {
	_, _, err := r.Find(words)
	if err != nil {
		_, err = r.Parse(words)
	}
	return err == nil
}

// HoldsSecret reports whether a command could hold a secret. No command takes one, but a person may type it anywhere:
// as a name when changing a password, in a word that is refused, or all by itself. A private key is one wherever it stands.
func (r *Registry) HoldsSecret(command string) bool {
	if security.IsPrivateKey(command) {
		return true
	}
	line, broken := ReadBroken(command)
	words, _ := r.inner(line.Words)
	c, rest, unknown := r.Find(words)
	inv, refused := r.Parse(words)
	if len(words) == 0 {
		_, refused = r.Parse(line.Words)
		return refused != nil
	}
	sent := line.Sink != (Sink{})
	switch refused = cmp.Or(broken, refused); {
	case unknown != nil && refused == nil && !inv.Command.TakesPassword():
		return false // it stands for a command
	case unknown != nil:
		return sent || slices.ContainsFunc(line.Words, func(word string) bool { return !r.harmless(word) })
	case c.TakesPassword():
		return sent || len(words) != len(line.Words) || refused != nil || strings.Trim(inv.Raw["id"], "0123456789") != ""
	}
	return refused != nil && slices.ContainsFunc(rest, func(word string) bool {
		flag, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
		_, near := model.Nearest(flag, []string{"password"})
		return near || strings.Contains(strings.ToLower(word), "pass")
	})
}

// harmless reports whether a word of a mistyped line is a number, the name of a flag, or nearly a word of a command.
func (r *Registry) harmless(word string) bool {
	if strings.Trim(word, "0123456789") == "" || strings.HasPrefix(word, "-") && strings.Trim(word, "-"+letters) == "" {
		return true
	}
	var known []string
	for _, c := range r.commands {
		known = append(known, strings.Fields(c.Path)...)
	}
	_, near := model.Nearest(word, known)
	return near
}

// Shown is a command line that can be run again. Of a command that could hold a secret it shows only which one it
// is. It shows nothing of a stray line, which may be a secret as a whole.
func (r *Registry) Shown(line Line, text string, stray bool) string {
	c, _, unknown := r.Find(line.Words)
	switch secret := r.HoldsSecret(text); {
	case stray || secret && unknown != nil:
		return "…"
	case secret:
		return c.Path + " …"
	}
	return line.String()
}
