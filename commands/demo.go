package commands

import (
	"context"
	"errors"
	"slices"

	"epev/commands/demo"
	"epev/data"
	"epev/model"
)

// remakes is how often in a row somebody else may make the sandbox anew while it is entered.
const remakes = 5

// EnterDemo makes the sandbox's database ready and logs in as one of demo.Accounts, without its password. With reset
// the sandbox is made anew, and whoever has it open loses it. maintenance is another database on its server.
//
// The session is kept in memory alone and ends by its expiry, since nobody has its token once the process is gone. To
// end it then would cost a commit at each command, and would start a server that db-stop has just stopped.
func EnterDemo(ctx context.Context, e *Env, maintenance data.Config, username string, reset bool) error {
	if err := SetUpDemo(ctx, e, maintenance, reset); err != nil {
		return err
	}
	err := e.Sessions.OpenAs(ctx, username)
	for tries := 0; err != nil && tries < remakes; tries++ { // perhaps somebody else makes it anew at this moment
		if err := SetUpDemo(ctx, e, maintenance, false); err != nil {
			return err
		}
		err = e.Sessions.OpenAs(ctx, username)
	}
	if kind := model.KindOf(err); kind == model.NotFound || kind == model.Unauthenticated {
		return &model.Error{Kind: model.Conflict, Err: err, Message: "the sandbox has no active user " + username + " any more",
			Hint: "choose another role with --as, or make the sandbox anew with epev demo --reset"}
	}
	return err
}

// SetUpDemo makes the sandbox's database ready: the schema, and a company's records to try epev on. Where
// they are already, it costs one query; otherwise one process at a time makes them.
func SetUpDemo(ctx context.Context, e *Env, maintenance data.Config, reset bool) error {
	if !reset {
		if ready, err := e.Store.Sampled(ctx); err != nil || ready {
			return err
		}
	}
	err := data.Demo.Alone(ctx, maintenance, func(ctx context.Context) error {
		if reset {
			if err := data.Demo.Drop(ctx, maintenance); err != nil {
				return err
			}
		}
		return fillDemo(ctx, e)
	})
	if err != nil && errors.Is(ctx.Err(), context.Canceled) { // at whatever step of it
		return &model.Error{Kind: model.Interrupted, Err: err, Message: "interrupted", Hint: `the sandbox may be unfinished: "epev demo" completes it`}
	}
	return err
}

// fillDemo completes whatever is missing, be it all or, after an interruption, a part.
func fillDemo(ctx context.Context, e *Env) error {
	if ready, err := e.Store.Sampled(ctx); err != nil || ready {
		return err
	}
	if _, err := e.Store.Migrate(ctx, Seed()); err != nil {
		return err
	}
	return e.Store.LoadSample(ctx, demo.Sample(e.Now().In(e.Location)))
}

// BeforeDemo reports whether the command does not need the sandbox, so that it is not made for it.
func (c *Command) BeforeDemo() bool {
	return c.NeedsNoDatabase() || slices.Contains([]string{"db-status", "db-stop"}, c.Path)
}

// NeedsNoDatabase reports whether the command does what it does without one.
func (c *Command) NeedsNoDatabase() bool {
	return c.Access.offline
}
