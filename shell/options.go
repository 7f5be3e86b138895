package shell

import (
	"cmp"
	"strconv"
	"strings"

	"epev/commands"
	"epev/commands/demo"
	"epev/model"
	"epev/shell/complete"
	"epev/shell/render"
)

// The files that stand for standard input and output.
const standardInput, standardOutput = "-", "-"

// Options are the global flags, which stand before the command (SPEC 1).
type Options struct {
	File      string // of -f; empty: none; "-": standard input
	KeepGoing bool
	Atomic    bool
	Echo      bool
	Yes       bool
	NoColor   bool
	Format    render.Format
	Time      bool // tell how long each command took
	Help      bool
	Version   bool
	Demo      *Demo             // nil: not the sandbox
	Complete  *complete.Request // of a shell's command line; nil: not asked for

	given map[string]bool // the flags that were met
	last  string          // the flag that waits for its value
}

// globals are the global flags. The common ones also stand after a command.
var globals = []commands.Param{
	{Name: "file", Short: "f", Format: "FILE", Help: "run the script FILE, or standard input for -", Source: &commands.Source{Local: true, Path: true}},
	{Name: "keep-going", Switch: true, Help: "run the rest of a script after a failure"},
	{Name: "atomic", Switch: true, Help: "run a script in one transaction: all of it or nothing"},
	{Name: "echo", Switch: true, Help: "show each command of a script on standard error"},
	anywhere(commands.Common[0], commands.Common[0].Help),
	anywhere(commands.Common[1], "no colour, as with NO_COLOR"),
	{Name: "time", Switch: true, Help: "tell on standard error how long each command took"},
	anywhere(commands.Common[2], "do not ask before something is destroyed"),
	{Name: "version", Switch: true},
	{Name: "help", Short: "h", Switch: true},
}

// anywhere is a common flag, with what it means for all commands.
func anywhere(p commands.Param, help string) commands.Param {
	p.Help = help + "; also after the command"
	return p
}

// demoFlags are those of demo, beside the global ones.
var demoFlags = []commands.Param{
	{Name: "as", Format: "ROLE", Help: "who you are in it: " + strings.Join(Demo{}.roles(), ", "), Source: commands.OneOf(Demo{}.roles()...)},
	{Name: "reset", Switch: true, Help: "make it anew, with today's dates; what was changed in it is lost"},
	{Name: "size", Format: "N", Help: "make it with N clients and what belongs to them, where there is none yet or with --reset"},
}

// ParseOptions takes the global flags off the arguments, and "demo" with its own, which may be mixed
// with them; it returns the words after them: the command. Its errors are of kind Usage.
func ParseOptions(args []string) (Options, []string, error) {
	if len(args) > 0 && args[0] == completeWord {
		return completionOptions(args[1:]), nil, nil
	}
	o := Options{Format: render.FormatTable}
	words, walk, err := o.scan(args)
	if p := walk.Waiting(); p != nil && err == nil {
		err = model.Invalid(p.Name, "flag %s needs a value", o.last).WithHint("%s", o.usage())
	}
	if err != nil {
		return o, nil, err
	}
	if o.Demo != nil {
		if len(words) == 1 && words[0] == "help" {
			o.Help, words = true, nil
		}
		if o.Help && len(words) == 0 {
			words = []string{"demo"}
		}
		if err := o.Demo.check(); err != nil {
			return o, nil, err
		}
	}
	switch {
	case o.given["file"] && o.File == "":
		return o, nil, model.Invalid("file", "-f needs the name of a script").WithHint("epev -f session.txt")
	case o.File != "" && len(words) > 0:
		return o, nil, model.Invalid("file", "-f runs a script, and there is a command too").WithHint("give one of them")
	case o.KeepGoing && o.Atomic:
		return o, nil, model.Invalid("atomic", "--keep-going and --atomic contradict each other: after a failure all is rolled back anyway").WithHint("give one of them")
	case len(words) > 0 && !o.Help && !o.Version:
		return o, words, o.withoutScript()
	}
	return o, words, nil
}

// withoutScript refuses the flags that mean something for a script alone.
func (o Options) withoutScript() error {
	for _, f := range []struct {
		name, what string
		given      bool
	}{
		{"atomic", "it makes one transaction of a script's commands", o.Atomic},
		{"keep-going", "it goes on after a script's command that failed", o.KeepGoing},
		{"echo", "it shows the commands of a script", o.Echo},
	} {
		if f.given {
			return model.Invalid(f.name, "--%s is for scripts: %s", f.name, f.what).
				WithHint("leave it out, or give a script: epev --%s -f session.txt", f.name)
		}
	}
	return nil
}

// scan takes the global flags, and demo with its own, off the words, and returns those behind them. It goes on after
// what is wrong, and returns the first error.
func (o *Options) scan(words []string) (rest []string, walk *commands.Walk, err error) {
	o.given = map[string]bool{}
	walk = o.grammar().Walk()
	for i, word := range words {
		for _, p := range walk.Take(word) {
			switch {
			case p.Role == commands.RoleArgument && word == "demo" && o.Demo == nil && !o.Help:
				o.Demo = &Demo{As: demo.Accounts[0].Role}
				walk = o.grammar().Walk()
			case p.Role == commands.RoleArgument:
				return words[i:], walk, err
			case p.Role == commands.RoleFlag && p.Param == nil:
				err = cmp.Or(err, o.unknown(p.Name))
			case p.Given:
				err = cmp.Or(err, o.set(p))
			default:
				o.last = p.Name
			}
		}
	}
	return nil, walk, err
}

// grammar is that of the words before a command.
func (o *Options) grammar() commands.Grammar {
	if o.Demo != nil {
		return commands.Grammar{demoFlags, globals}
	}
	return commands.Grammar{globals}
}

// set takes one value. That of a flag that is none of a switch may be given one time.
func (o *Options) set(p commands.Piece) (err error) {
	name := p.Param.Name
	if o.given[name] && !p.Param.Switch {
		return commands.Twice(name)
	}
	o.given[name] = true
	places := map[string]any{"file": &o.File, "format": &o.Format, "keep-going": &o.KeepGoing, "atomic": &o.Atomic, "echo": &o.Echo,
		"yes": &o.Yes, "no-color": &o.NoColor, "time": &o.Time, "version": &o.Version, "help": &o.Help}
	if o.Demo != nil {
		places["as"], places["reset"], places["size"] = &o.Demo.As, &o.Demo.Reset, &o.Demo.Size
	}
	switch place := places[name].(type) {
	case *string:
		*place = p.Value
	case *render.Format:
		*place, err = render.ParseFormat(name, p.Value)
	case *bool:
		if *place, err = strconv.ParseBool(p.Value); err != nil {
			err = p.Unfit().WithHint("%s", o.usage())
		}
	}
	return err
}

// unknown refuses a flag that is none of the global ones, with its dashes.
func (o *Options) unknown(dashed string) error {
	name := strings.TrimLeft(dashed, "-")
	e := model.Invalid(name, "unknown flag %s", model.Short(dashed))
	if near, ok := model.Nearest(name, o.grammar().Names()); ok && strings.HasPrefix(dashed, "--") {
		return e.WithHint("did you mean --%s?", near)
	}
	return e.WithHint("%s", o.usage())
}

func (o *Options) usage() string {
	if o.Demo != nil {
		return "usage: " + demoUsage
	}
	return "global flags stand before the command: epev --format json client list; epev help lists them"
}

// program is how epev was called, as far as its commands depend on it.
func (o *Options) program() string {
	switch sandbox := o.Demo; {
	case sandbox == nil:
		return "epev"
	case sandbox.As != demo.Accounts[0].Role:
		return "epev demo --as " + sandbox.As
	}
	return "epev demo"
}

// format is how the result of an invocation is printed.
func (o *Options) format(inv commands.Invocation) (render.Format, error) {
	if inv.Format == "" {
		return cmp.Or(o.Format, render.FormatTable), nil
	}
	return render.ParseFormat("format", inv.Format)
}
