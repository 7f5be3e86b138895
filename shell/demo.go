package shell

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"epev/commands"
	"epev/data"
	"epev/model"
)

// Demo says how the sandbox is entered.
type Demo struct {
	As    string // management, commercial or support
	Reset bool   // made anew first
}

// ParseDemo takes "demo" and its flags off the words; it returns nil for words that are no demo.
func ParseDemo(words []string) (*Demo, []string, error) {
	if len(words) == 0 || words[0] != "demo" {
		return nil, words, nil
	}
	var d Demo
	var help bool
	flags := pflag.NewFlagSet("demo", pflag.ContinueOnError)
	flags.SetInterspersed(false)
	flags.Usage = func() {}
	flags.StringVar(&d.As, "as", commands.DemoAccounts[0].Role, "")
	flags.BoolVar(&d.Reset, "reset", false, "")
	flags.BoolVarP(&help, "help", "h", false, "")
	if err := flags.Parse(words[1:]); err != nil {
		return nil, nil, optionError(flags, err)
	}
	if help {
		return nil, []string{"help", "demo"}, nil
	}
	var roles []string
	for _, a := range commands.DemoAccounts {
		if roles = append(roles, a.Role); a.Role == d.As {
			return &d, flags.Args(), nil
		}
	}
	return nil, nil, model.Invalid("as", "there is no demo account for %q", d.As).WithHint("one of %s", strings.Join(roles, ", "))
}

// SetUpDemo makes the sandbox where it is not there yet, logs in, and greets. maintenance is
// the private server's own database.
func (s *Shell) SetUpDemo(ctx context.Context, d Demo, maintenance data.Config) error {
	if d.Reset {
		if err := data.Demo.Drop(ctx, maintenance); err != nil {
			return err
		}
	}
	if err := commands.SetUpDemo(ctx, s.Env); err != nil {
		return err
	}
	var accounts []string
	for _, a := range commands.DemoAccounts {
		accounts = append(accounts, fmt.Sprintf("  %-14s %s", a.Username, a.Role))
		if a.Role == d.As {
			if err := s.Env.Sessions.OpenAs(ctx, a.Username); err != nil {
				return err
			}
			accounts[len(accounts)-1] += "  (you)"
		}
	}
	s.Greeting = fmt.Sprintf("This is a sandbox with sample data. Three accounts, password %s:\n%s\n", commands.DemoPassword, strings.Join(accounts, "\n"))
	return nil
}
