package shell

import (
	"errors"

	"github.com/spf13/pflag"

	"epev/commands"
	"epev/model"
)

// standardInput is the file that stands for it.
const standardInput = "-"

// Options are the global flags, which stand before the command (SPEC 1).
type Options struct {
	File      string // of -f; empty: none; "-": standard input
	KeepGoing bool
	Atomic    bool
	Echo      bool
	Yes       bool
	NoColor   bool
	Format    Format
	Time      bool // tell how long each command took
	Help      bool
	Version   bool
	Demo      *Demo       // nil: not the sandbox
	Complete  *Completion // of a shell's command line; nil: not asked for

	given map[string]bool // the flags with a value that were met
}

// ParseOptions takes the global flags off the arguments, and "demo" with its own, which may be mixed
// with them; it returns the words after them: the command. Its errors are of kind Usage.
func ParseOptions(args []string) (Options, []string, error) {
	if len(args) > 0 && args[0] == completeWord {
		return completionOptions(args[1:]), nil, nil
	}
	o := Options{Format: FormatTable}
	flags := o.flags("epev")
	if err := flags.Parse(args); err != nil {
		return o, nil, optionError(flags, err)
	}
	words, noFile := flags.Args(), flags.Changed("file") && o.File == ""
	if !o.Help && len(words) > 0 && words[0] == "demo" {
		o.Demo = &Demo{As: commands.DemoAccounts[0].Role}
		flags = o.demoFlags()
		if err := flags.Parse(words[1:]); err != nil {
			return o, nil, optionError(flags, err)
		}
		words = flags.Args()
		noFile = noFile || flags.Changed("file") && o.File == ""
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
	case noFile:
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

// flags are the global ones; each keeps the value that it has until it is given.
func (o *Options) flags(name string) *pflag.FlagSet {
	flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
	flags.SetInterspersed(false)
	flags.Usage = func() {}
	if o.given == nil {
		o.given = map[string]bool{}
	}
	o.once(flags, "file", "f", func(raw string) error { o.File = raw; return nil })
	flags.BoolVar(&o.KeepGoing, "keep-going", o.KeepGoing, "")
	flags.BoolVar(&o.Atomic, "atomic", o.Atomic, "")
	flags.BoolVar(&o.Echo, "echo", o.Echo, "")
	flags.BoolVar(&o.Yes, "yes", o.Yes, "")
	flags.BoolVar(&o.NoColor, "no-color", o.NoColor, "")
	flags.BoolVar(&o.Time, "time", o.Time, "")
	o.once(flags, "format", "", func(raw string) (err error) {
		o.Format, err = ParseFormat("format", raw)
		return err
	})
	flags.BoolVar(&o.Version, "version", o.Version, "")
	flags.BoolVarP(&o.Help, "help", "h", o.Help, "")
	return flags
}

// once adds a flag with a value, which may be given one time.
func (o *Options) once(flags *pflag.FlagSet, name, short string, set func(raw string) error) {
	flags.FuncP(name, short, "", func(raw string) error {
		if o.given[name] {
			return model.Invalid(name, "--%s is given twice", name).WithHint("give one value")
		}
		o.given[name] = true
		return set(raw)
	})
}

// demoFlags are the global ones and those of demo.
func (o *Options) demoFlags() *pflag.FlagSet {
	flags := o.flags("demo")
	o.once(flags, "as", "", func(raw string) error { o.Demo.As = raw; return nil })
	flags.BoolVar(&o.Demo.Reset, "reset", false, "")
	return flags
}

func optionError(flags *pflag.FlagSet, err error) error {
	usage := "global flags stand before the command: epev --format json client list; epev help lists them"
	if flags.Name() == "demo" {
		usage = "usage: " + demoUsage
	}
	if own, ok := errors.AsType[*model.Error](err); ok {
		return own
	}
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name := unknown.GetSpecifiedName()
		var names []string
		flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		e := model.Invalid(name, "unknown flag %s", dashed(name, unknown.GetSpecifiedShortnames()))
		if near, ok := model.Nearest(name, names); ok && unknown.GetSpecifiedShortnames() == "" {
			return e.WithHint("did you mean --%s?", near)
		}
		return e.WithHint("%s", usage)
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		name := missing.GetSpecifiedName()
		return model.Invalid(name, "flag %s needs a value", dashed(name, missing.GetSpecifiedShortnames())).WithHint("%s", usage)
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return model.Invalid(invalid.GetFlag().Name, "%q is not a value for --%s", invalid.GetValue(), invalid.GetFlag().Name).WithHint("%s", usage)
	}
	return model.Errorf(model.Usage, "%v", err).WithHint("%s", usage)
}

// dashed writes a flag as it was given; shorthands is empty for a long one.
func dashed(name, shorthands string) string {
	if shorthands != "" {
		return "-" + name
	}
	return "--" + name
}
