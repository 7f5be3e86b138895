package commands

import (
	"context"
	"errors"
	"slices"
	"time"

	"epev/commands/demo"
	"epev/data"
	"epev/model"
)

// remakes is how often in a row somebody else may make the sandbox anew while it is entered.
const remakes = 5

// Making is how the sandbox is made, if it is.
type Making struct {
	Reset   bool  // it is made anew, and whoever has it open loses it
	Clients int64 // how many clients it gets; 0: those of the sample
}

// EnterDemo makes the sandbox's database ready and logs in as one of demo.Accounts, without its password. maintenance is
// another database on its server.
//
// The session is kept in memory alone and ends by its expiry, since nobody has its token once the process is gone. To
// end it then would cost a commit at each command, and would start a server that db-stop has just stopped.
func EnterDemo(ctx context.Context, e *Env, maintenance data.Config, username string, how Making) error {
	if err := SetUpDemo(ctx, e, maintenance, how); err != nil {
		return err
	}
	err := e.Sessions.OpenAs(ctx, username)
	for tries := 0; err != nil && tries < remakes; tries++ { // perhaps somebody else makes it anew at this moment
		if err := SetUpDemo(ctx, e, maintenance, Making{}); err != nil {
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
// they are already, it costs one query; otherwise one process at a time makes them. One of a size is made where there is none,
// or anew; where it is not made whole, nothing of it stays.
func SetUpDemo(ctx context.Context, e *Env, maintenance data.Config, how Making) error {
	if !how.Reset {
		if ready, err := e.Store.Sampled(ctx); err != nil || ready {
			return how.unlessThere(ready, err)
		}
	}
	err := data.Demo.Alone(ctx, maintenance, func(ctx context.Context) error {
		if how.Reset {
			if err := data.Demo.Drop(ctx, maintenance); err != nil {
				return err
			}
		}
		err := fillDemo(ctx, e, how)
		if err != nil && how.Clients > 0 && model.KindOf(err) != model.Conflict {
			dropping, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropTimeout)
			defer cancel()
			err = errors.Join(err, data.Demo.Drop(dropping, maintenance))
		}
		return err
	})
	switch interrupted := errors.Is(ctx.Err(), context.Canceled); { // at whatever step of it
	case err != nil && interrupted && how.Clients > 0:
		return &model.Error{Kind: model.Interrupted, Err: err, Message: "interrupted", Hint: `there is no sandbox now: "epev demo" makes one`}
	case err != nil && interrupted:
		return &model.Error{Kind: model.Interrupted, Err: err, Message: "interrupted", Hint: `the sandbox may be unfinished: "epev demo" completes it`}
	}
	return err
}

// dropTimeout is how long the removal of an unfinished sandbox may take.
const dropTimeout = 20 * time.Second

// unlessThere refuses to make a sandbox of a size where there is one.
func (m Making) unlessThere(ready bool, err error) error {
	if err == nil && ready && m.Clients > 0 {
		return model.Errorf(model.Conflict, "the sandbox is there already, and --size would make another one").
			WithHint("leave --size out to open it, or make it anew with epev demo --reset --size %d", m.Clients)
	}
	return err
}

// fillDemo completes whatever is missing, be it all or, after an interruption, a part.
func fillDemo(ctx context.Context, e *Env, how Making) error {
	if ready, err := e.Store.Sampled(ctx); err != nil || ready {
		return how.unlessThere(ready, err)
	}
	if _, err := e.Store.Migrate(ctx, Seed()); err != nil {
		return err
	}
	now := e.Now().In(e.Location)
	if how.Clients == 0 {
		return e.Store.LoadSample(ctx, demo.Sample(now))
	}
	progress, end := e.progress("making the sandbox")
	defer end()
	return e.Store.LoadLarge(ctx, demo.Large(now, how.Clients), progress)
}

// BeforeDemo reports whether the command does not need the sandbox, so that it is not made for it.
func (c *Command) BeforeDemo() bool {
	return c.NeedsNoDatabase() || slices.Contains([]string{"db-status", "db-stop"}, c.Path)
}

// NeedsNoDatabase reports whether the command does what it does without one.
func (c *Command) NeedsNoDatabase() bool {
	return c.Access.offline
}
