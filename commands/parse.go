package commands

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"epev/commands/sentences"
	"epev/model"
)

// Registry is the commands of epev, findable by their words.
type Registry struct {
	commands []Command
	byPath   map[string]*Command
	groups   []string
	// Saved are the commands of the person's own; nil: there are none.
	Saved *Saved
	// nearVerbs are what verbs stand for, with those of the parameters.
	nearVerbs map[string]string
}

// NewRegistry indexes the given commands by path and aliases.
func NewRegistry(declared []Command) *Registry {
	r := &Registry{commands: declared, byPath: map[string]*Command{}, nearVerbs: maps.Clone(nearVerbs)}
	for i := range declared {
		c := &declared[i]
		for _, path := range append([]string{c.Path}, c.Aliases...) {
			r.byPath[path] = c
		}
		for _, p := range c.Params {
			for verb, value := range p.NearVerbs {
				if _, does, _ := strings.Cut(c.Path, " "); does == "update" {
					r.nearVerbs[verb] = does + " --" + p.Name + " " + value
				}
			}
		}
		if group := c.Group(); group != "" && !slices.Contains(r.groups, group) {
			r.groups = append(r.groups, group)
		}
	}
	return r
}

// Commands returns every command in the order of declaration.
func (r *Registry) Commands() []Command { return r.commands }

// Lookup returns the command of that path or alias.
func (r *Registry) Lookup(path string) (*Command, bool) {
	c, ok := r.byPath[path]
	return c, ok
}

// In returns the commands of a group.
func (r *Registry) In(group string) []*Command {
	var in []*Command
	for i := range r.commands {
		if r.commands[i].Group() == group {
			in = append(in, &r.commands[i])
		}
	}
	return in
}

// Find returns the command that the first words name, and the words after it. An empty command
// with a nil error is a group on its own.
func (r *Registry) Find(words []string) (c *Command, rest []string, err error) {
	if len(words) == 0 {
		return nil, nil, model.Errorf(model.Usage, "no command was given").WithTry("try {try}", "help")
	}
	words = r.expand(words)
	group, rest := r.groupOf(words)
	if group == "" {
		if c, ok := r.byPath[words[0]]; ok {
			return c, words[1:], nil
		}
		return nil, nil, unknown("command", words[0], r.firstWords())
	}
	verbs := r.verbs(group)
	if len(rest) == 0 || strings.HasPrefix(rest[0], "-") {
		return nil, nil, model.Errorf(model.Usage, "%s needs a verb", group).
			WithHint("one of %s", strings.Join(verbs, ", "))
	}
	if c, ok := r.byPath[group+" "+rest[0]]; ok {
		return c, rest[1:], nil
	}
	return nil, nil, unknown(group+" command", rest[0], verbs)
}

// groupOf returns the group that the first words name, the innermost one, and the words behind; "" for none.
func (r *Registry) groupOf(words []string) (group string, rest []string) {
	rest = words
	for i := range words {
		within := strings.Join(words[:i+1], " ")
		if !slices.Contains(r.groups, within) {
			break
		}
		group, rest = within, words[i+1:]
	}
	return group, rest
}

func (r *Registry) firstWords() []string {
	words := slices.DeleteFunc(slices.Clone(r.groups), func(group string) bool { return strings.Contains(group, " ") })
	for i := range r.commands {
		if r.commands[i].Group() == "" {
			words = append(words, r.commands[i].Path)
		}
	}
	views, _ := r.Saved.All()
	for _, v := range views {
		if _, known := r.byPath[v.Words[0]]; known || slices.Contains(r.groups, v.Words[0]) { // or its name runs nothing
			words = append(words, v.Name)
		}
	}
	return words
}

// verbs are the words that may stand behind a group.
func (r *Registry) verbs(group string) []string {
	var verbs []string
	for i := range r.commands {
		if c := &r.commands[i]; c.InGroup(group) {
			if verb, _, _ := strings.Cut(strings.TrimPrefix(c.Path, group+" "), " "); !slices.Contains(verbs, verb) {
				verbs = append(verbs, verb)
			}
		}
	}
	return verbs
}

// letters are those of commands and flags. No policy takes a password of these alone.
const letters = "abcdefghijklmnopqrstuvwxyz"

// unknown refuses a word. A word that resembles no command may be a password, typed where a command is expected. So it
// is not repeated, unless a policy would not take it as a password.
func unknown(what, word string, candidates []string) error {
	err := model.Errorf(model.Usage, "unknown %s %q", what, word)
	if near, ok := model.Nearest(word, candidates); ok {
		return err.WithTry("did you mean {named}?", near)
	}
	if strings.Trim(word, letters) != "" {
		err = model.Errorf(model.Usage, "unknown %s", what)
	}
	return err.WithTry(sentences.ListHelp, "help")
}

// Meant returns the command that the first words name, with at most a slip in each; nil where none is near.
func (r *Registry) Meant(words []string) *Command {
	if within, _ := r.inner(words); len(within) > 0 {
		words = within
	}
	c, _, err := r.Find(words)
	if err == nil || len(words) == 0 {
		return c
	}
	first, _ := model.Nearest(words[0], r.firstWords())
	if len(words) > 1 && slices.Contains(r.groups, first) {
		verb, _ := model.Nearest(words[1], r.verbs(first))
		first += " " + verb
	}
	return r.byPath[first]
}

// Parse turns the words of one command line, or what they stand for, into an invocation. It checks which
// flags and arguments there are, not their values.
func (r *Registry) Parse(words []string) (Invocation, error) {
	inv, err := r.parse(words)
	if err != nil {
		return r.near(words, err)
	}
	return inv, nil
}

func (r *Registry) parse(words []string) (Invocation, error) {
	if topic, asked := r.helpTopic(words); asked {
		return r.parseHelp(topic)
	}
	c, rest, err := r.Find(words)
	if err != nil {
		return Invocation{}, err
	}
	var inv Invocation
	var more []string
	if c.Inside != nil {
		inv, err = r.readAhead(c, rest)
	} else {
		inv, more, err = r.read(c, rest)
	}
	if last := c.last(); len(more) > 0 && err == nil && last != nil && last.Rest {
		inv.Raw[last.Name] += " " + strings.Join(more, " ")
	} else if len(more) > 0 && err == nil {
		err = c.tooMany(more[0])
	}
	if errors.Is(err, errHelp) {
		return Invocation{Command: r.byPath["help"], Raw: map[string]string{"topic": c.Path}}, nil
	}
	return inv, err
}

// last returns the last argument of the command, nil for none.
func (c *Command) last() (last *Param) {
	for i := range c.Params {
		if c.Params[i].Positional {
			last = &c.Params[i]
		}
	}
	return last
}

// parseHelp takes a topic of any number of words, among the flags that every command has.
func (r *Registry) parseHelp(words []string) (Invocation, error) {
	inv, more, err := r.read(r.byPath["help"], words)
	if err != nil && !errors.Is(err, errHelp) {
		return Invocation{}, err
	}
	topic := strings.TrimSpace(inv.Raw["topic"] + " " + strings.Join(more, " "))
	inv.Raw["topic"] = topic
	if topic == "" || slices.Contains(r.groups, topic) {
		return inv, nil
	}
	c, rest, err := r.Find(strings.Fields(topic))
	if r.Saved.Words(topic) != nil && err == nil {
		return inv, nil
	}
	if err == nil && len(rest) > 0 {
		err = model.Errorf(model.Usage, "there is no help on %q", topic).WithTry("{try} explains the command", "help "+c.Path)
	}
	return inv, err
}

// helpTopic recognises "help …" and "client help …". "client create help" is not one of them: a value may well be the
// word help.
func (r *Registry) helpTopic(words []string) (topic []string, asked bool) {
	if len(words) == 0 {
		return nil, false
	}
	asks := []string{"help", "-h", "--help"}
	if slices.Contains(asks, words[0]) {
		return words[1:], true
	}
	if group, rest := r.groupOf(words); group != "" && len(rest) > 0 && slices.Contains(asks, rest[0]) {
		return slices.Concat(strings.Fields(group), rest[1:]), true
	}
	return nil, false
}

// errHelp is that a command was asked to explain itself.
var errHelp = errors.New("help")

// read takes the values that the words behind the command give, and returns the arguments that are too many.
func (r *Registry) read(c *Command, words []string) (inv Invocation, more []string, err error) {
	inv = Invocation{Command: c, Raw: map[string]string{}}
	walk := c.Grammar().Walk()
	for _, p := range walk.Read(words) {
		switch {
		case p.Role == RoleFlag && p.Param == nil:
			return inv, more, r.unknownFlag(c, p)
		case p.Role == RoleArgument && p.Param == nil:
			more = append(more, p.Value)
		case p.Given:
			if err := inv.accept(p); err != nil {
				return inv, more, err
			}
		}
	}
	if p := walk.Waiting(); p != nil {
		return inv, more, model.Invalid(p.Name, "--%s needs a value", p.Name).WithTry(usage, c.Usage())
	}
	return inv, more, nil
}

// accept takes one value.
func (i *Invocation) accept(p Piece) (err error) {
	name := p.Param.Name
	_, given := i.Raw[name]
	common := i.Command.common()
	switch p.Param {
	case &common[0]:
		given = i.Format != ""
		i.Format = p.Value
	case &common[1]:
		i.NoColor, err = strconv.ParseBool(p.Value)
	case &common[2]:
		i.Yes, err = strconv.ParseBool(p.Value)
	case &common[3]:
		return errHelp
	case &password[0]:
		return model.Invalid(name, "a password is never taken from the command line, where others can read it").WithHint(passwordHint)
	default:
		i.Raw[name] = p.Param.after(i.Raw[name], p.Value)
	}
	switch {
	case given && !p.Param.Repeats:
		return Twice(name)
	case err != nil && i.Command.TakesPassword():
		return model.Invalid(name, "what was given is not a value for --%s", name).WithTry(usage, i.Command.Usage())
	case err != nil:
		return p.Unfit().WithTry(usage, i.Command.Usage())
	}
	return nil
}

// Twice refuses a second value for a flag.
func Twice(flag string) error {
	return model.Invalid(flag, "--%s is given twice", flag).WithHint("give one value")
}

// Unfit refuses what is no value for the piece's flag.
func (p Piece) Unfit() *model.Error {
	return model.Invalid(p.Param.Name, "%q is not a value for --%s", p.Value, p.Param.Name)
}

// TakesPassword says that a stray word on the command line may be a password, which no message repeats.
func (c *Command) TakesPassword() bool {
	_, takes := c.Param("password-file")
	return takes
}

// usage is the hint that shows the usage of a command, which is the first to try.
const usage = "usage: {usage}"

// unknownFlag refuses a flag that the command does not have. A number with a minus may have been meant for a record's id.
func (r *Registry) unknownFlag(c *Command, p Piece) error {
	name := strings.TrimLeft(p.Name, "-")
	sums := slices.IndexFunc(c.Params, func(p Param) bool { return p.Positional && p.Format == "EUROS" })
	if sums >= 0 && strings.HasPrefix(p.Name, "-") && strings.Trim(name+p.Value, "0123456789,. ") == "" {
		_, err := model.ParseAmount(c.Params[sums].Name, p.Name+p.Value)
		return err
	}
	if !strings.HasPrefix(p.Name, "--") && strings.Trim(name+p.Value, "0123456789,") == "" {
		raw := p.Name + p.Value
		for _, param := range c.Params {
			if param.Positional {
				_, err := c.bind(map[string]string{param.Name: raw}, Values{})
				if e, is := errors.AsType[*model.Error](err); is && e.Fault == "negative" {
					return err
				}
			}
		}
	}
	shown := model.Short(p.Name) + " "
	if len(name) > 1 && c.TakesPassword() && strings.Trim(name, "-"+letters) != "" {
		name, shown = "", "" // it may be a password
	}
	e := model.Invalid(name, "unknown flag %sfor %s", shown, c.Path)
	names := slices.DeleteFunc(Grammar{c.Params, Common}.Names(), func(n string) bool { return n == "help" })
	if near, ok := model.Nearest(name, names); ok && len(name) > 1 {
		return e.WithHint("did you mean --%s?", near)
	}
	if flag, others := r.elsewhere(c, name); len(others) > 0 && shown != "" {
		hint := "--" + flag + " is a flag of {try}"
		for i := range others[1:] {
			hint += fmt.Sprintf(", or of {try%d}", i+2)
		}
		return e.WithTry(hint+"; "+c.Path+" takes --"+strings.Join(names, ", --"), others...)
	}
	return e.WithTry(usage, c.Usage())
}

// elsewhere returns the flag of other commands that a name is, or nearly is, and these commands. It looks at
// the other commands of the noun, and at the same act of other nouns.
func (r *Registry) elsewhere(c *Command, name string) (flag string, others []string) {
	_, act, _ := strings.Cut(c.Path, " ")
	having := map[string][]string{}
	for _, other := range r.commands {
		if _, does, _ := strings.Cut(other.Path, " "); other.Group() == "" || other.Group() != c.Group() && does != act {
			continue
		}
		for _, p := range other.Params {
			if !p.Positional {
				having[p.Name] = append(having[p.Name], other.Path)
			}
		}
	}
	flag = name
	if _, exact := having[name]; !exact && len(name) > 1 {
		flag, _ = model.Nearest(name, slices.Sorted(maps.Keys(having)))
	}
	return flag, having[flag]
}

// tooMany refuses an argument for which there is no place.
func (c *Command) tooMany(argument string) error {
	if c.TakesPassword() {
		return model.Errorf(model.Usage, "%s takes no other arguments, and never a password", c.Path).WithTry("a password: "+passwordHint+"; "+usage, c.Usage())
	}
	if strings.HasPrefix(argument, toFile) || strings.HasPrefix(argument, toProgram) {
		return model.Errorf(model.Usage, "%s does not take %q", c.Path, argument).
			WithTry("a result goes to a file or a program behind > or | as a word of its own; "+usage, c.Usage())
	}
	return model.Errorf(model.Usage, "%s does not take %q", c.Path, argument).
		WithTry("put a value with blanks in quotes; "+usage, c.Usage())
}
