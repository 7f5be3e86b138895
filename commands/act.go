package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"epev/data"
	"epev/model"
)

// Act is what one command of one actor works with, beside what its shell has.
type Act struct {
	*Env
	Actor model.Actor
	Data  *data.Reader
	Tx    *Tx // nil for a command that does not write

	doubted *doubted
	// found is the record that the doubts of a command that writes were about, so that it is not read twice.
	found struct {
		of     sought
		record any
	}
	// held are records that others belong to, and that this transaction keeps as they are; nil remembers none.
	held map[data.Record]any
	// sought says that whoever has the key of a new record was looked for, together with that of others.
	sought bool
	// typed keeps the secrets that the person typed, by the flag that would give their file; nil keeps none.
	typed map[string]string
	noted []string
	told  []error // warnings of the command
}

// sought is a record that a command is to act on.
type sought struct {
	noun, action string
	ref          reference
}

// Tx is the transaction of a command that writes.
type Tx = data.Tx

// doubted is what a person was told before they were asked whether to go on.
type doubted struct {
	doubts   []string
	affirmed bool // they were asked, and went on
}

// tell keeps that the person is told of a doubt.
func (e *Act) tell(doubt string) {
	if e.doubted != nil {
		e.doubted.doubts = append(e.doubted.doubts, doubt)
	}
}

// affirmed reports whether the person was told of a doubt, and went on.
func (e *Act) affirmed(doubt string) bool {
	return e.doubted != nil && e.doubted.affirmed && slices.Contains(e.doubted.doubts, doubt)
}

// note is told to the observability service once the command is done (SPEC 8).
func (e *Act) note(what string) { e.noted = append(e.noted, what) }

// led warns that the id of a record that was given leads to another one; that is told once.
func (e *Act) led(noun string, id, into int64) {
	if id == into || id == 0 {
		return
	}
	told := &model.Error{Fault: "merged-away", Facts: model.Facts{"noun": noun, "id": id, "into": into}}
	if !slices.ContainsFunc(e.told, func(before error) bool { return before.Error() == told.Error() }) {
		e.told = append(e.told, told)
	}
}

// authorise fills the actor in and refuses who may not run the command.
func (e *Act) authorise(ctx context.Context, c *Command) error {
	if c.Access.Open() {
		return nil
	}
	session, err := e.Sessions.Current(ctx)
	if err != nil {
		return err
	}
	e.Actor, err = e.Data.Identify(ctx, session.SessionID, session.SecretHash[:])
	if errors.Is(err, data.ErrNoSession) {
		e.Sessions.Forget(session.SessionID)
	}
	if err != nil {
		return err
	}
	if e.Actor.UserID != session.UserID {
		return data.ErrNoSession
	}
	if e.Actor.Idle && e.Tx == nil {
		e.Sessions.touch(ctx, session.SessionID)
	}
	if !c.Access.Allows(&e.Actor) {
		return e.denied(ctx, c.Access.Permission, model.AnyRelation, fmt.Sprintf("run %q", c.Path), "")
	}
	return nil
}
