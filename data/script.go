package data

// A script may be one transaction: each of its writes is a savepoint of it.

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// scriptPatience is for how long a script may leave its transaction idle, and in it what it has written and
// nobody else can change meanwhile.
const scriptPatience = 5 * time.Minute

// Atomic runs fn with a store whose reads and writes all belong to one transaction, and commits
// it: the whole of a script, or nothing. A write that fails inside leaves the others as they
// were. Nothing is repeated: if the transaction loses against another, that is a Conflict.
//
// A script may wait for its next command as long as it likes, so that it keeps nobody from changing what its actors may
// do. Each command is authorised anew. What the writes were decided upon is looked at once more just before the commit.
// A script that changes anybody's rights itself has it looked at before its first such change, since from then on
// nobody else changes them. If an actor has lost a right since, that is a Conflict with ErrRightsChanged; if a session
// has ended, it is Unauthenticated. A script that does nothing for scriptPatience is Unavailable.
func (s *Store) Atomic(ctx context.Context, fn func(ctx context.Context, s *Store) error) error {
	var before pq.Int64Array
	wrote := false
	err := s.transact(ctx, &transaction{mark: newMark()}, func(ctx context.Context, t *transaction) (err error) {
		defer func() { wrote = t.wrote }()
		defer func() { t.clock = startClock() }()
		inner := &Store{db: s.db, target: s.target, rights: s.rights, outer: t, written: s.written}
		inner.reader = inner.within(t)
		seconds, err := get[float64](ctx, inner.reader, queries.Transaction.Patience, args{"limit": milliseconds(scriptPatience), "usual": milliseconds(idleTimeout)})
		if err != nil {
			return err
		}
		t.script, t.patience = true, time.Duration(seconds*float64(time.Second))
		if before, err = lastIDs(ctx, inner.reader); err != nil {
			return err
		}
		if err := fn(ctx, inner); err != nil || t.alone {
			return err
		}
		return inner.confirm(ctx, t)
	})
	if err != nil && wrote && !isUnknown(err) {
		s.rewind(ctx, before)
	}
	switch _, unreachable := errors.AsType[*connectError](err); {
	case isSerialization(err) || isLocked(err):
		return &model.Error{Kind: model.Conflict, Fault: "stale-script", Err: err}
	case isLost(err) && !unreachable && ctx.Err() == nil && !isUnknown(err):
		return &model.Error{Kind: model.Unavailable, Fault: "script-lost", Err: err}
	}
	return s.translate(ctx, err)
}

// Left tells the store of Atomic that the script itself has ended a session, or with 0 every session of the user. What
// they wrote before is kept all the same.
func (s *Store) Left(userID, sessionID int64) {
	if s.outer == nil {
		return
	}
	for i := range s.outer.decisions {
		if by := &s.outer.decisions[i].by; by.ActorID == userID && (by.SessionID == sessionID || sessionID == 0) {
			by.SessionID = 0
		}
	}
}

// writeInside is a write of Atomic: after one that failed, others can still be made.
func (s *Store) writeInside(ctx context.Context, by By, fn func(ctx context.Context, tx *Tx) error) (err error) {
	t := s.outer
	filled, decided, alone := len(t.undo), len(t.decisions), t.alone
	if err := t.run(ctx, queries.Transaction.Savepoint); err != nil {
		return s.translate(ctx, err)
	}
	defer func() {
		if err == nil && t.cause != "" { // the next command has reasons of its own
			err = t.because(ctx, s, "")
		}
		if err == nil {
			err = s.translate(ctx, t.run(ctx, queries.Transaction.Release))
			return
		}
		t.cause = ""
		// What the savepoint undoes includes the settings and the locks of its first write.
		t.ready, t.alone, t.decisions = false, alone, t.decisions[:decided]
		t.undoFrom(filled)
		if undo := t.run(context.WithoutCancel(ctx), queries.Transaction.Undo); undo != nil {
			err = errors.Join(err, undo)
		}
	}()
	return s.translate(ctx, s.runOn(ctx, t, by, fn))
}

// decision is whose write it was, and the authority by which it was decided.
type decision struct {
	by  By
	had authority
}

// relyOn notes what a write of a script rests upon. Once the script itself has changed rights, nobody else can.
func (t *transaction) relyOn(d decision) {
	known := func(k decision) bool {
		return k.by == d.by && k.had.actor.RoleID == d.had.actor.RoleID && k.had.version == d.had.version && k.had.stamp == d.had.stamp
	}
	if !bool(t.alone) && !slices.ContainsFunc(t.decisions, known) {
		t.decisions = append(t.decisions, d)
	}
}

// confirm holds whoever wrote in a script, and refuses its transaction if they have lost since what they
// wrote by.
func (s *Store) confirm(ctx context.Context, t *transaction) error {
	r := s.within(t)
	for _, d := range t.decisions {
		now, err := r.hold(ctx, d.by)
		switch {
		case errors.Is(err, ErrNoSession):
			return &model.Error{Kind: model.Unauthenticated, Fault: "session-ended-in-a-script", Facts: model.Facts{"actor": d.by.Actor}, Try: []string{"login"}, Err: err}
		case err != nil:
			return err
		case !covers(now, d.had.actor.Permissions):
			return &model.Error{Kind: model.Conflict, Fault: "rights-changed-in-a-script", Facts: model.Facts{"actor": d.by.Actor}, Err: ErrRightsChanged}
		}
	}
	return nil
}

// lastIDs are the last ids that were given in the tables of the resources, in their order, and in the history; 0 for none.
func lastIDs(ctx context.Context, r *Reader) (pq.Int64Array, error) {
	tables, _ := tablesOf()
	return get[pq.Int64Array](ctx, r, queries.Record.LastIds, args{"tables": tables})
}

// rewind gives the ids that a script used and lost to whoever comes next. Once the script is mended and run again, its
// records have the ids that the rest of it may name. Where somebody else writes at this moment, the ids stay lost.
func (s *Store) rewind(ctx context.Context, before pq.Int64Array) {
	rewinding, cancel := patient(ctx, connectTimeout)
	defer cancel()
	tables, nouns := tablesOf()
	_ = s.transact(rewinding, &transaction{}, func(ctx context.Context, t *transaction) error {
		_, err := get[any](ctx, s.within(t), queries.Record.Rewind, args{"tables": tables, "nouns": nouns, "ids": before})
		return err
	})
}
