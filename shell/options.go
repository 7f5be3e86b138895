package shell

import (
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"epev/model"
)

// Options are the global flags, which stand before the command (SPEC 1).
type Options struct {
	File      string // of -f; empty: none
	KeepGoing bool
	Atomic    bool
	Echo      bool
	Yes       bool
	NoColor   bool
	Format    Format
	Time      bool // tell how long each command took
	Help      bool
	Version   bool
}

// ParseOptions takes the global flags off the arguments and returns the words after them: the
// command. Its errors are of kind Usage.
func ParseOptions(args []string) (Options, []string, error) {
	var o Options
	var format string
	flags := pflag.NewFlagSet("epev", pflag.ContinueOnError)
	flags.SetInterspersed(false)
	flags.Usage = func() {}
	flags.StringVarP(&o.File, "file", "f", "", "")
	flags.BoolVar(&o.KeepGoing, "keep-going", false, "")
	flags.BoolVar(&o.Atomic, "atomic", false, "")
	flags.BoolVar(&o.Echo, "echo", false, "")
	flags.BoolVar(&o.Yes, "yes", false, "")
	flags.BoolVar(&o.NoColor, "no-color", false, "")
	flags.BoolVar(&o.Time, "time", false, "")
	flags.StringVar(&format, "format", string(FormatTable), "")
	flags.BoolVar(&o.Version, "version", false, "")
	flags.BoolVarP(&o.Help, "help", "h", false, "")
	if err := flags.Parse(args); err != nil {
		return o, nil, optionError(flags, err)
	}
	var err error
	if o.Format, err = ParseFormat("format", format); err != nil {
		return o, nil, err
	}
	words := flags.Args()
	switch {
	case flags.Changed("file") && o.File == "":
		return o, nil, model.Invalid("file", "-f needs the name of a script").WithHint("epev -f session.txt")
	case o.File != "" && len(words) > 0 && words[0] != "demo":
		return o, nil, model.Invalid("file", "-f runs a script, and %q is a command too", strings.Join(words, " ")).WithHint("give one of them")
	case o.KeepGoing && o.Atomic:
		return o, nil, model.Invalid("atomic", "--keep-going and --atomic contradict each other: after a failure all is rolled back anyway").WithHint("give one of them")
	}
	return o, words, nil
}

func optionError(flags *pflag.FlagSet, err error) error {
	const usage = "global flags stand before the command: epev --format json client list; epev help lists them"
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		dashes := "--"
		if unknown.GetSpecifiedShortnames() != "" {
			dashes = "-"
		}
		name := unknown.GetSpecifiedName()
		var names []string
		flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		e := model.Invalid(name, "unknown flag %s%s", dashes, name)
		if near, ok := model.Nearest(name, names); ok && dashes == "--" {
			return e.WithHint("did you mean --%s?", near)
		}
		return e.WithHint(usage)
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return model.Invalid(missing.GetSpecifiedName(), "flag %s needs a value", missing.GetSpecifiedName()).WithHint(usage)
	}
	return model.Errorf(model.Usage, "%v", err).WithHint(usage)
}
