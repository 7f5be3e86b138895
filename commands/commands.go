package commands

import (
	"context"
	"errors"
	"slices"

	"epev/data"
	"epev/model"
)

// ErrExit is what exit and quit answer: the shell ends, and nothing failed.
var ErrExit = errors.New("exit")

// NeedsLogin reports whether a command failed because nobody is logged in, or no longer.
func NeedsLogin(err error) bool {
	return errors.Is(err, errNobody) || errors.Is(err, data.ErrNoSession)
}

// kind is a noun with the type of its records erased.
type kind interface {
	title() string
	orders() []model.Order
}

// nouns returns every noun, in the order in which history names them.
func nouns() []kind {
	return []kind{userNoun(), roleNoun(), companyNoun(), clientNoun(), contractNoun(), eventNoun()}
}

// All returns every command of epev, in the order in which help shows them.
func All() []Command {
	return slices.Concat(
		sessionCommands(),
		clientCommands(),
		contractCommands(),
		eventCommands(),
		companyCommands(),
		userCommands(),
		roleCommands(),
		historyCommands(),
		databaseCommands(),
		shellCommands(),
	)
}

// shellCommands act on the shell itself.
func shellCommands() []Command {
	return []Command{
		Define(Spec[string]{
			Path: "help", Help: "Explain the commands, a group of them, or one", Example: "help client create", Access: Anyone(),
			Fields: []Field[string]{{
				Param: Param{Name: "topic", Positional: true, Format: "COMMAND", Help: "group or command"},
				Set:   func(in *string, raw string, _ Values) error { *in = raw; return nil },
			}},
			Run: func(_ context.Context, _ *Env, topic string) (Result, error) { return Result{Help: &topic}, nil },
		}),
		Define(Spec[bool]{
			Path: "timing", Help: "Tell after each command how long it took, or stop telling", Example: "timing on", Access: Anyone(),
			Fields: []Field[bool]{{
				Param: Param{Name: "state", Positional: true, Required: true, Format: "on|off", Help: "on or off", Source: words("on", "off")},
				Set: func(in *bool, raw string, _ Values) error {
					if *in = raw == "on"; raw == "on" || raw == "off" {
						return nil
					}
					return model.Invalid("state", "timing is %q", raw).WithHint("give on or off")
				},
			}},
			Run: func(_ context.Context, _ *Env, on bool) (Result, error) { return Result{Timing: &on}, nil },
		}),
		Define(Spec[struct{}]{
			Path: "clear", Help: "Clear the screen", Example: "clear", Access: Anyone(),
			Run: func(context.Context, *Env, struct{}) (Result, error) { return Result{Clear: true}, nil },
		}),
		Define(Spec[string]{
			Path: "completion", Help: "Print the script that completes epev in another shell", Example: "completion bash", Access: Anyone(),
			Fields: []Field[string]{{
				Param: Param{Name: "shell", Positional: true, Required: true, Format: "bash|zsh|fish", Help: "bash, zsh or fish", Source: words("bash", "zsh", "fish")},
				Set: func(in *string, raw string, _ Values) error {
					if *in = raw; raw == "bash" || raw == "zsh" || raw == "fish" {
						return nil
					}
					return model.Invalid("shell", "there is no completion for %q", raw).WithHint("one of bash, zsh, fish")
				},
			}},
			Run: func(_ context.Context, _ *Env, shell string) (Result, error) { return Result{Completion: shell}, nil },
		}),
		Define(Spec[struct{}]{
			Path: "exit", Aliases: []string{"quit"}, Help: "Leave epev", Example: "exit", Access: Anyone(),
			Run: func(context.Context, *Env, struct{}) (Result, error) { return Result{}, ErrExit },
		}),
	}
}
