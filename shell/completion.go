package shell

import (
	"context"
	"time"

	"epev/commands"
	"epev/shell/complete"
	"epev/shell/prompt"
	"epev/shell/render"
)

// completeWord is the command behind the scripts that complete epev in other shells. No help tells of it.
const completeWord = "__complete"

// completionPatience is how long a shell's Tab waits for the database.
const completionPatience = time.Second

// completionOptions reads what a script asks: the global flags, demo, and what is behind them. Whoever runs the line is
// told what is wrong with it.
func completionOptions(args []string) Options {
	o := Options{Format: render.FormatTable, Complete: complete.NewRequest(args)}
	rest, walk, _ := o.scan(o.Complete.Words)
	o.Complete.Words, o.Complete.Before = rest, walk.Place(o.Complete.Last)
	return o
}

// completeOnce answers a completion script. Whatever goes wrong, it offers nothing, or less.
func (s *Shell) completeOnce(ctx context.Context) int {
	arrived := make(chan struct{}, 1)
	c := complete.New(s.Registry, s.Env, prompt.Past(s.historyFile()), func() {
		select {
		case arrived <- struct{}{}:
		default:
		}
	})
	defer c.Stop()
	c.Patience = completionPatience
	if databaseThere(ctx, s.Env) {
		c.Begin()
		select {
		case <-arrived:
		case <-time.After(c.Patience):
		}
	}
	c.Reply(s.Stdout, s.Options.Complete, s.Options.grammar(), s.Options.Demo == nil)
	return 0
}

// databaseThere reports whether there is a database to ask: for a Tab alone none is set up.
func databaseThere(ctx context.Context, env *commands.Env) bool {
	if env.Private == nil {
		return true
	}
	status, err := env.Private.Status(ctx)
	return err == nil && status.Version != 0
}
