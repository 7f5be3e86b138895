package commands

import (
	"context"
	"errors"
	"slices"
)

// ErrExit is what exit and quit answer: the shell ends, and nothing failed.
var ErrExit = errors.New("exit")

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
		Define(Spec[struct{}]{
			Path: "exit", Aliases: []string{"quit"}, Help: "Leave epev", Example: "exit", Access: Anyone(),
			Run: func(context.Context, *Env, struct{}) (Result, error) { return Result{}, ErrExit },
		}),
	}
}
