package commands

import (
	"context"
	"maps"
	"time"

	"epev/data"
)

// foresight is a view that was begun before its turn.
type foresight struct {
	over   <-chan struct{}
	began  time.Time
	result Result
	err    error
	done   bool
}

// lasting is for how long what was read before its turn may stand for what is read in its turn.
const lasting = 250 * time.Millisecond

// Ahead begins the call while what came before it is printed, if it only views a record: the database is asked meanwhile. What
// the actor may do is asked then too, in the same statement. Execute waits for it, and runs the call as any other where it
// did not come to a record.
func (c *Call) Ahead(ctx context.Context, e Env) bool {
	if !c.Command.Views || len(c.missing(false)) > 0 {
		return false
	}
	over := make(chan struct{})
	f := &foresight{over: over, began: e.Now()}
	c.foresight = f
	e.Human, e.Listed, e.Tell = false, nil, nil // those are of the command before
	go func() {
		defer close(over)
		defer func() {
			if recover() != nil { // it is met again in its turn
				f.done = false
			}
		}()
		f.result, f.done, f.err = c.viewing(ctx, &Act{Env: &e})
	}()
	return true
}

// Abandon waits for the end of what Ahead began, and forgets it.
func (c *Call) Abandon() {
	if c.foresight != nil {
		<-c.foresight.over
		c.foresight = nil
	}
}

// foreseen returns what Ahead came to, if it did.
func (c *Call) foreseen(e *Env) (result Result, done bool) {
	f := c.foresight
	if f == nil {
		return Result{}, false
	}
	c.Abandon()
	return f.result, f.done && f.err == nil && e.Now().Sub(f.began) < lasting
}

// Same reports whether both are the same command with the same values.
func (i Invocation) Same(other Invocation) bool {
	return i.Command == other.Command && maps.Equal(i.Raw, other.Raw)
}

// viewing is view with the reads of a command of its own.
func (c *Call) viewing(ctx context.Context, act *Act) (result Result, done bool, err error) {
	err = act.Store.Reading(ctx, func(ctx context.Context, r *data.Reader) (err error) {
		act.Data = r
		result, done, err = c.view(ctx, act)
		return err
	})
	return result, done, err
}

// view runs a command that views a record on cached rights: those that the actor had at the last command. The statement
// that reads the record confirms them: sql's view.sql files take the session, the role and what tells its version, and find
// nothing where these have changed. That spares a view the round trip of authorisation, which is half of its time on a
// pipe. Only a record that was confirmed so counts. After anything else, a denial or a missing record, the command is
// not done, and runs as any other does. The other half is Reader.Presume, in package data.
func (c *Call) view(ctx context.Context, asking *Act) (result Result, done bool, err error) {
	session, err := asking.Sessions.Current(ctx)
	if err != nil {
		return Result{}, true, err
	}
	act, known := &Act{Env: asking.Env}, false
	act.Actor, act.Data, known = asking.Data.Presume(session.SessionID)
	if !known || act.Actor.UserID != session.UserID || !c.Command.Access.Allows(&act.Actor) {
		return Result{}, false, nil
	}
	result, err = c.bound.run(ctx, act)
	return result, err == nil && act.Data.Confirmed(), nil
}
