package shell

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"epev/commands"
	"epev/commands/demo"
	"epev/data"
	"epev/model"
	"epev/shell/render"
)

// demo is no command of the registry: it starts epev in the sandbox, and there all commands work.
const demoUsage = "epev demo [--as ROLE] [--reset] [--size N] [COMMAND]"

// Demo says how the sandbox is entered.
type Demo struct {
	As    string // management, commercial or support
	Reset bool   // made anew first
	Size  string // how many clients it is made with; empty: those of the sample
}

// roles are those that there is an account of.
func (Demo) roles() []string {
	var roles []string
	for _, a := range demo.Accounts {
		roles = append(roles, a.Role)
	}
	return roles
}

func (d Demo) check() error {
	if roles := d.roles(); !slices.Contains(roles, d.As) {
		return model.Invalid("as", "there is no demo account for %q", d.As).WithHint("one of %s", strings.Join(roles, ", "))
	}
	_, err := d.making()
	return err
}

// making is how the sandbox is to be made.
func (d Demo) making() (commands.Making, error) {
	how := commands.Making{Reset: d.Reset}
	if d.Size == "" {
		return how, nil
	}
	var err error
	how.Clients, err = strconv.ParseInt(d.Size, 10, 64)
	if err != nil || how.Clients < demo.Least || how.Clients > demo.Most {
		return how, model.Invalid("size", "--size %q is not a number of clients that a sandbox can have", d.Size).
			WithHint("a whole number from %d to %d", demo.Least, demo.Most)
	}
	return how, nil
}

// SetUpDemo makes the sandbox where it is not there yet, logs in, and greets. It does nothing for the words of a
// command that needs none of it, or for wrong ones. The database maintenance is the private server's own.
func (s *Shell) SetUpDemo(ctx context.Context, words []string, maintenance data.Config) error {
	s.prepare() // what is told meanwhile is told a person
	d := s.Options.Demo
	if s.Options.Complete != nil {
		return s.peekIntoDemo(ctx)
	}
	if len(words) > 0 {
		inv, err := s.Registry.Parse(words)
		if err != nil {
			return s.peekIntoDemo(ctx) // what to do instead follows from who asks
		}
		if inv.Command.BeforeDemo() && !d.Reset {
			return nil
		}
	}
	how, err := d.making()
	if err != nil {
		return err
	}
	var accounts []string
	for _, a := range demo.Accounts {
		accounts = append(accounts, fmt.Sprintf("  %-18s %s", a.Username, a.Role))
		if a.Role == d.As {
			if err := commands.EnterDemo(ctx, s.Env, maintenance, a.Username, how); err != nil {
				return err
			}
			accounts[len(accounts)-1] += " (you)"
		}
	}
	s.Greeting = fmt.Sprintf("This is a sandbox with sample data: nothing here is real. Log in as anyone with the password %s:\n\n%s\n\nWhat you change stays until \"epev demo --reset\".\n",
		demo.Password, strings.Join(accounts, "\n"))
	return nil
}

// peekIntoDemo logs in for a shell's Tab and for words that are no command, which make no sandbox.
func (s *Shell) peekIntoDemo(ctx context.Context) error {
	if !databaseThere(ctx, s.Env) {
		return nil
	}
	ready, err := s.Env.Store.Sampled(ctx)
	for _, a := range demo.Accounts {
		if err == nil && ready && a.Role == s.Options.Demo.As {
			err = s.Env.Sessions.OpenAs(ctx, a.Username)
		}
	}
	return err
}

// aboutDemo answers a question about demo where commands are typed; asked is false for all else.
func (s *Shell) aboutDemo(ctx context.Context, words []string) (asked bool, err error) {
	switch {
	case len(words) == 2 && slices.Contains(words, "demo") && slices.ContainsFunc(words, func(w string) bool {
		return w == "help" || w == "--help" || w == "-h"
	}):
		return true, s.help(ctx, "demo", render.View{Color: s.color, Width: s.width()}, &output{Writer: s.Stdout, screen: s.human, paged: s.human})
	case len(words) > 0 && words[0] == "demo":
		return true, model.Errorf(model.Usage, "demo is a way to start epev, not a command in it").
			WithHint("outside of epev, type: %s", demoUsage)
	}
	return false, nil
}

func (h helpPage) demo() {
	h.head("demo", "Open a sandbox with sample data, in a database of its own: nothing in it is real.")
	h.title("Usage")
	fmt.Fprintf(h, "  %s\n", demoUsage)
	h.rows("Flags, beside the global ones", flagRows(demoFlags, ""))
	var accounts [][2]string
	for _, a := range demo.Accounts {
		accounts = append(accounts, [2]string{a.Username, a.Role})
	}
	h.rows("Accounts, password "+demo.Password, accounts)
	h.rows("Examples", [][2]string{
		{"epev demo", "the prompt, as " + accounts[0][0]},
		{"epev demo --as support event list --only-mine", "one command"},
		{"epev demo --atomic < session.txt", "a script"},
		{"epev demo --reset --size 100000", "a company with 100,000 clients"},
	})
}
