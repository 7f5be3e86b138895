package commands

import (
	"slices"
	"strings"

	"epev/model"
)

// Some commands take another one, which follows a few words of their own: "every 30s COMMAND", "save NAME = COMMAND".

// inside is the parameter that the command within another one is, and equals a sign that stands for itself.
const (
	inside = "command"
	equals = "="
)

// deepest is how many commands stand within one another at most: a saved one that is saved, and repeats.
const deepest = 3

// inner returns the words of the command that stands within others, and the one that it stands in, if any. There may
// be no words of it yet.
func (r *Registry) inner(words []string) (within []string, around *Command) {
	for range deepest {
		if len(words) == 0 {
			break
		}
		expanded := r.expand(words)
		c := r.byPath[expanded[0]]
		if c == nil || c.Inside == nil || len(expanded) < 1+len(c.Ahead) || slices.ContainsFunc(expanded[1:1+len(c.Ahead)], asksForHelp) {
			break
		}
		words, around = expanded[1+len(c.Ahead):], c
	}
	return words, around
}

func asksForHelp(word string) bool { return word == "-h" || word == "--help" }

// readAhead takes the words behind a command that takes another one.
func (r *Registry) readAhead(c *Command, words []string) (Invocation, error) {
	inv := Invocation{Command: c, Raw: map[string]string{}}
	for _, name := range c.Ahead {
		switch {
		case len(words) == 0:
			return inv, nil
		case asksForHelp(words[0]):
			return inv, errHelp
		case name != equals:
			inv.Raw[name] = words[0]
		case words[0] != equals:
			return inv, model.Errorf(model.Usage, "%s wants a = between blanks behind the name", c.Path).WithTry(usage, c.Usage())
		}
		words = words[1:]
	}
	if len(words) == 0 {
		return inv, nil
	}
	if len(words) == 1 && asksForHelp(words[0]) {
		return inv, errHelp
	}
	inv.Raw[inside] = Join(words)
	_, err := r.Within(inv)
	return inv, err
}

// Within parses the command within another one, which says whether it may be one of those.
func (r *Registry) Within(inv Invocation) (Invocation, error) {
	line, err := Read(inv.Raw[inside])
	if err == nil && line.Sink != (Sink{}) {
		err = model.Errorf(model.Usage, "the result of a command within %s goes to no file and no program", inv.Command.Path).
			WithHint("leave out what stands behind the sign")
	}
	if err != nil {
		return Invocation{}, err
	}
	if c, _, err := r.Find(line.Words); err == nil {
		if err := inv.Command.Inside(Invocation{Command: c}); err != nil {
			return Invocation{}, err
		}
	}
	within, err := r.Parse(line.Words)
	if err == nil {
		err = inv.Command.Inside(within)
	}
	return within, err
}

// ahead tells what a word may become among those ahead of the command within this one.
func (c *Command) ahead(words []string, text string) Place {
	at := Place{Text: text, Raw: map[string]string{}}
	for i, name := range c.Ahead {
		p, found := c.Param(name)
		if !found {
			p = Param{Name: name, Positional: true, Format: name, Help: "stands between the name and the command", Source: OneOf(name)}
		}
		if i == len(words) {
			if !strings.HasPrefix(text, "-") {
				at.Param = &p
			}
			return at
		}
		at.Raw[name] = words[i]
	}
	return at
}
