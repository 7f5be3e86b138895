package commands

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"epev/data"
	"epev/model"
)

// ErrExit is what exit and quit answer: the shell ends, and nothing failed.
var ErrExit = errors.New("exit")

// NeedsLogin reports whether a command failed because nobody is logged in, or no longer.
func NeedsLogin(err error) bool {
	return errors.Is(err, errNobody) || errors.Is(err, data.ErrNoSession)
}

// nouns returns every noun, in the order in which help shows them.
func nouns() []anyNoun {
	return []anyNoun{clientNoun(), contractNoun(), paymentNoun(), eventNoun(), companyNoun(), noteNoun(), userNoun(), roleNoun()}
}

// made holds the nouns by their types. They are no variables of their own, as their commands refer to one another's nouns.
var made sync.Map

// once returns the noun of type N, and makes it when it is first asked for.
func once[N any](make func() N) N {
	kind := reflect.TypeFor[N]()
	n, ok := made.Load(kind)
	if !ok {
		n, _ = made.LoadOrStore(kind, make())
	}
	return n.(N)
}

// nounOf returns the noun of that name, nil for none.
func nounOf(name string) anyNoun {
	for _, n := range nouns() {
		if n.title() == name {
			return n
		}
	}
	return nil
}

// All returns every command of epev, in the order in which help shows them. A noun that does not say all that is asked of it
// is a fault of the program, which does not start then.
func All() []Command {
	all := append(sessionCommands(), livingCommands()...)
	for _, n := range nouns() {
		if lacks := n.lacks(); len(lacks) > 0 {
			panic(fmt.Sprintf("noun %s does not say: %s", n.title(), strings.Join(lacks, ", ")))
		}
		all = append(all, n.declare()...)
	}
	all = append(all, handoverCommand(), explainCommand())
	return slices.Concat(all, exportCommands(all), importCommands(), openCommands(), todayCommands(), agendaCommands(), findCommands(), reportCommands(), historyCommands(), databaseCommands(), backupCommands(), gateCommands(), []Command{doctorCommand()}, savedCommands(), shellCommands())
}

// shellCommands act on the shell itself.
func shellCommands() []Command {
	return []Command{
		Define(Spec[Help]{
			Command: Command{Path: "help", Help: "Explain the commands, a group of them, or one", Example: "help client create", Access: Offline()},
			Fields: []Field[Help]{
				field(Param{Name: "topic", Positional: true, Format: "COMMAND", Help: "group or command"}, func(in *Help) *string { return &in.Topic }, anything),
			},
			Run: doneByShell[Help],
		}),
		Define(Spec[Timing]{
			Command: Command{Path: "timing", Help: "Tell after each command how long it took, or stop telling", Example: "timing on", Access: Offline()},
			Fields: []Field[Timing]{
				field(Param{Name: "state", Positional: true, Required: true, Format: "on|off", Help: "on or off", Source: OneOf("on", "off")},
					func(in *Timing) *bool { return &in.On }, parseState),
			},
			Run: doneByShell[Timing],
		}),
		Define(Spec[Clear]{Command: Command{Path: "clear", Help: "Clear the screen", Example: "clear", Access: Offline()}, Run: doneByShell[Clear]}),
		Define(Spec[Completion]{
			Command: Command{Path: "completion", Help: "Print the script that completes epev in another shell", Example: "completion bash", Access: Offline()},
			Fields: []Field[Completion]{
				field(Param{Name: "shell", Positional: true, Required: true, Format: "bash|zsh|fish", Help: "bash, zsh or fish",
					Source: OneOf("bash", "zsh", "fish")},
					func(in *Completion) *string { return &in.Shell }, parseShell),
			},
			Run: doneByShell[Completion],
		}),
		Define(Spec[struct{}]{
			Command: Command{Path: "exit", Aliases: []string{"quit"}, Help: "Leave epev", Example: "exit", Access: Offline()},
			Run:     func(context.Context, *Act, struct{}) (Result, error) { return Result{}, ErrExit },
		}),
	}
}

func parseState(field, raw string) (on bool, err error) {
	if raw != "on" && raw != "off" {
		err = model.Invalid(field, "timing is %q", raw).WithHint("give on or off")
	}
	return raw == "on", err
}

func parseShell(field, raw string) (string, error) {
	if raw != "bash" && raw != "zsh" && raw != "fish" {
		return "", model.Invalid(field, "there is no completion for %q", raw).WithHint("one of bash, zsh, fish")
	}
	return raw, nil
}

// doneByShell hands the input to the shell.
func doneByShell[T any](_ context.Context, _ *Act, in T) (Result, error) {
	return Result{Shell: in}, nil
}
