package commands

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"epev/model"
)

// Registry is the commands of epev, findable by their words.
type Registry struct {
	commands []Command
	byPath   map[string]*Command
	groups   []string
}

// NewRegistry indexes the given commands by path and aliases.
func NewRegistry(declared []Command) *Registry {
	r := &Registry{commands: declared, byPath: map[string]*Command{}}
	for i := range declared {
		c := &declared[i]
		for _, path := range append([]string{c.Path}, c.Aliases...) {
			r.byPath[path] = c
		}
		if group := c.Group(); group != "" && !slices.Contains(r.groups, group) {
			r.groups = append(r.groups, group)
		}
	}
	return r
}

// Commands returns every command in the order of declaration.
func (r *Registry) Commands() []Command { return r.commands }

// Groups returns the first words that take a second one.
func (r *Registry) Groups() []string { return r.groups }

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
		return nil, nil, model.Errorf(model.Usage, "no command was given").WithHint(`try "help"`)
	}
	group := words[0]
	if !slices.Contains(r.groups, group) {
		if c, ok := r.byPath[group]; ok {
			return c, words[1:], nil
		}
		return nil, nil, unknown("command", group, r.firstWords())
	}
	verbs := r.verbs(group)
	if len(words) == 1 || strings.HasPrefix(words[1], "-") {
		return nil, nil, model.Errorf(model.Usage, "%s needs a verb", group).
			WithHint("one of %s", strings.Join(verbs, ", "))
	}
	if c, ok := r.byPath[group+" "+words[1]]; ok {
		return c, words[2:], nil
	}
	return nil, nil, unknown(group+" command", words[1], verbs)
}

func (r *Registry) firstWords() []string {
	words := slices.Clone(r.groups)
	for i := range r.commands {
		if r.commands[i].Group() == "" {
			words = append(words, r.commands[i].Path)
		}
	}
	return words
}

func (r *Registry) verbs(group string) []string {
	var verbs []string
	for _, c := range r.In(group) {
		verbs = append(verbs, strings.TrimPrefix(c.Path, group+" "))
	}
	return verbs
}

// unknown refuses a word. One that resembles no command may be a password, typed where a command is
// expected, unless a policy would not take it: then it is not repeated.
func unknown(what, word string, candidates []string) error {
	err := model.Errorf(model.Usage, "unknown %s %q", what, word)
	if near, ok := model.Nearest(word, candidates); ok {
		return err.WithHint("did you mean %q?", near)
	}
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") != "" {
		err = model.Errorf(model.Usage, "unknown %s", what)
	}
	return err.WithHint(`"help" lists what there is`)
}

// Meant returns the command that the first words name, but for a slip in each; nil where none is near.
func (r *Registry) Meant(words []string) *Command {
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
	inv := Invocation{Command: c, Raw: map[string]string{}}
	flags := c.flagSet(&inv)
	if err := flags.Parse(rest); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			return Invocation{Command: r.byPath["help"], Raw: map[string]string{"topic": c.Path}}, nil
		}
		return Invocation{}, r.flagError(c, err)
	}
	return inv, c.takeArguments(&inv, flags.Args())
}

// parseHelp takes a topic of any number of words, among the flags that every command has.
func (r *Registry) parseHelp(words []string) (Invocation, error) {
	help := r.byPath["help"]
	inv := Invocation{Command: help, Raw: map[string]string{}}
	flags := help.flagSet(&inv)
	if err := flags.Parse(words); err != nil && !errors.Is(err, pflag.ErrHelp) {
		return Invocation{}, r.flagError(help, err)
	}
	topic := strings.Join(flags.Args(), " ")
	inv.Raw["topic"] = topic
	return inv, r.checkTopic(topic)
}

// helpTopic recognises "help …", "client help …" and "client create help" is not one of them: a
// value may well be the word help.
func (r *Registry) helpTopic(words []string) (topic []string, asked bool) {
	switch {
	case len(words) == 0:
		return nil, false
	case words[0] == "help", words[0] == "-h", words[0] == "--help":
		return words[1:], true
	case len(words) > 1 && slices.Contains(r.groups, words[0]) && slices.Contains([]string{"help", "-h", "--help"}, words[1]):
		return slices.Concat(words[:1], words[2:]), true
	}
	return nil, false
}

func (r *Registry) checkTopic(topic string) error {
	if topic == "" || slices.Contains(r.groups, topic) {
		return nil
	}
	c, rest, err := r.Find(strings.Fields(topic))
	if err == nil && len(rest) > 0 {
		return model.Errorf(model.Usage, "there is no help on %q", topic).WithHint(`"help %s" explains the command`, c.Path)
	}
	return err
}

// rawValue collects what pflag reads, unparsed.
type rawValue struct {
	param Param
	raw   map[string]string
}

var errTwice = errors.New("given twice")

func (v rawValue) String() string { return "" }
func (v rawValue) Type() string   { return v.param.Format }
func (v rawValue) Set(s string) error {
	if _, given := v.raw[v.param.Name]; given {
		return errTwice
	}
	v.raw[v.param.Name] = s
	return nil
}

var errPasswordArgument = errors.New("password as an argument")

// passwordTrap refuses a password on the command line, where ps and the shell's history would show it.
type passwordTrap struct{}

func (passwordTrap) String() string   { return "" }
func (passwordTrap) Type() string     { return "" }
func (passwordTrap) Set(string) error { return errPasswordArgument }

func (c *Command) flagSet(inv *Invocation) *pflag.FlagSet {
	flags := pflag.NewFlagSet(c.Path, pflag.ContinueOnError)
	flags.Usage = func() {}
	for _, p := range c.Params {
		if p.Positional {
			continue
		}
		f := flags.VarPF(rawValue{p, inv.Raw}, p.Name, p.Short, "")
		if p.Switch {
			f.NoOptDefVal = "true"
		}
	}
	if c.TakesPassword() {
		short := "p"
		if flags.ShorthandLookup(short) != nil {
			short = ""
		}
		flags.VarP(passwordTrap{}, "password", short, "")
	}
	flags.Var(onceString{&inv.Format}, "format", "")
	flags.BoolVar(&inv.NoColor, "no-color", false, "")
	flags.BoolVar(&inv.Yes, "yes", false, "")
	return flags
}

// TakesPassword says that a stray word on the command line may be a password, which no message repeats.
func (c *Command) TakesPassword() bool {
	_, takes := c.Param("password-file")
	return takes
}

// takesID says that an argument is a record's id.
func (c *Command) takesID() bool {
	return slices.ContainsFunc(c.Params, func(p Param) bool { return p.Positional && strings.HasSuffix(p.Name, "id") })
}

const (
	passwordSources = "--password-file takes a file only you can read, or - for the next line of the input"
	passwordHint    = "leave it out to be asked for it, or use --password-file PATH (a file only you can read, or - for the next line of the input)"
)

// onceString is a string flag that may be given once.
type onceString struct{ s *string }

func (o onceString) String() string { return "" }
func (o onceString) Type() string   { return "string" }
func (o onceString) Set(s string) error {
	if *o.s != "" {
		return errTwice
	}
	*o.s = s
	return nil
}

func (r *Registry) flagError(c *Command, err error) error {
	var (
		notExist *pflag.NotExistError
		noValue  *pflag.ValueRequiredError
		invalid  *pflag.InvalidValueError
	)
	usage := "usage: " + c.Usage()
	switch {
	case errors.As(err, &notExist):
		name := notExist.GetSpecifiedName()
		dashed := "--" + name
		if notExist.GetSpecifiedShortnames() != "" {
			dashed = "-" + name
		}
		if digits := notExist.GetSpecifiedShortnames(); digits != "" && strings.Trim(digits, "0123456789") == "" && c.takesID() {
			_, err := model.ParseID("id", "-"+digits) // a record's id was meant
			return err
		}
		shown := dashed + " "
		if len(name) > 1 && c.TakesPassword() && strings.Trim(name, "-abcdefghijklmnopqrstuvwxyz") != "" || c.TakesPassword() && len(notExist.GetSpecifiedShortnames()) > 1 {
			name, shown = "", "" // it may be a password
		}
		e := model.Invalid(name, "unknown flag %sfor %s", shown, c.Path)
		if near, ok := model.Nearest(name, c.flagNames()); ok && len(name) > 1 {
			return e.WithHint("did you mean --%s?", near)
		}
		if flag, others := r.elsewhere(c, name); len(others) > 0 {
			return e.WithHint("--%s is a flag of %s; %s takes --%s", flag, strings.Join(others, ", or of "), c.Path, strings.Join(c.flagNames(), ", --"))
		}
		return e.WithHint("%s", usage)
	case errors.As(err, &noValue):
		return model.Invalid(noValue.GetFlag().Name, "--%s needs a value", noValue.GetFlag().Name).WithHint("%s", usage)
	case errors.As(err, &invalid) && errors.Is(invalid.Unwrap(), errTwice):
		name := invalid.GetFlag().Name
		return model.Invalid(name, "--%s is given twice", name).WithHint("give one value")
	case errors.As(err, &invalid) && errors.Is(invalid.Unwrap(), errPasswordArgument):
		return model.Invalid("password", "a password is never taken from the command line, where others can read it").
			WithHint(passwordHint)
	case errors.As(err, &invalid) && c.TakesPassword():
		name := invalid.GetFlag().Name
		return model.Invalid(name, "what was given is not a value for --%s", name).WithHint("%s", usage)
	case errors.As(err, &invalid):
		name := invalid.GetFlag().Name
		return model.Invalid(name, "%q is not a value for --%s", invalid.GetValue(), name).WithHint("%s", usage)
	}
	if c.TakesPassword() { // what was typed may be one
		err = errors.New("bad flag syntax")
	}
	return model.Errorf(model.Usage, "%s: %v", c.Path, err).WithHint("%s", usage)
}

// elsewhere returns the flag that a name is, or nearly is, of other commands of the noun and of the same act of other
// nouns, and these commands, in quotes.
func (r *Registry) elsewhere(c *Command, name string) (flag string, others []string) {
	_, act, _ := strings.Cut(c.Path, " ")
	having := map[string][]string{}
	for _, other := range r.commands {
		if _, does, _ := strings.Cut(other.Path, " "); other.Group() == "" || other.Group() != c.Group() && does != act {
			continue
		}
		for _, p := range other.Params {
			if !p.Positional {
				having[p.Name] = append(having[p.Name], strconv.Quote(other.Path))
			}
		}
	}
	flag = name
	if _, exact := having[name]; !exact && len(name) > 1 {
		flag, _ = model.Nearest(name, slices.Sorted(maps.Keys(having)))
	}
	return flag, having[flag]
}

func (c *Command) flagNames() []string {
	var names []string
	for _, p := range c.Params {
		if !p.Positional {
			names = append(names, p.Name)
		}
	}
	return append(names, "format", "no-color", "yes")
}

func (c *Command) takeArguments(inv *Invocation, args []string) error {
	for _, p := range c.Params {
		if p.Positional && len(args) > 0 {
			inv.Raw[p.Name] = args[0]
			args = args[1:]
		}
	}
	if len(args) > 0 && c.TakesPassword() {
		return model.Errorf(model.Usage, "%s takes no other arguments, and never a password", c.Path).WithHint("a password: "+passwordHint+"; usage: %s", c.Usage())
	}
	if len(args) > 0 {
		return model.Errorf(model.Usage, "%s does not take %q", c.Path, args[0]).
			WithHint("put a value with blanks in quotes; usage: %s", c.Usage())
	}
	return nil
}
