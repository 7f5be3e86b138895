package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// By says who writes; the history tells it. The zero By is the database's own credentials:
// db-create, manager-create, and what a login does before there is a session.
type By struct {
	SessionID int64
	ActorID   int64
	Actor     string // username
	// Leaving says that the session itself ends. That takes no rights, and so does not wait for who
	// changes them, perhaps this very person's --atomic script.
	Leaving bool
}

// ErrRightsChanged is in the chain of the Conflict that a write gives when the session lost a
// permission after Authorise read it: nothing was done, and a command that is authorised and
// run again will be decided rightly. Write itself does so if fn authorises.
var ErrRightsChanged = errors.New("permissions changed while the command ran")

var errDecideAgain = fmt.Errorf("%w, and it decides by itself", ErrRightsChanged)

// ErrStale is what an update gives that was made against an older version of its record.
var ErrStale = &model.Error{Kind: model.Conflict, Message: "the record was changed by someone else meanwhile",
	Hint: "look at it again and repeat what still holds"}

// Tx is a transaction that writes. What it reads, it reads in the transaction.
type Tx struct {
	*Reader
	by      By
	refused error // what the first write was refused for; the others are too
}

// transaction is a running one, of Write or of Atomic.
type transaction struct {
	sqlx  *sqlx.Tx
	xid   string // once something was written; empty before
	by    By     // whom its settings name, and whose rights it holds
	ready bool   // by is valid
	// undo gives arguments back what they were before the writes that filled them.
	undo []func()
	// broken is the first failure that makes the transaction worthless through no fault of its
	// statements: a lost connection, a serialisation failure.
	broken error
}

// Attempts at one transaction: the first and three more.
const attempts = 4

// Write runs fn in one transaction and commits it; if fn fails or panics, nothing happened.
// fn is run again, from the start, when the transaction lost against another or the connection
// was lost before the commit was sent: it must have no effects but those on tx.
//
// From its first write on the transaction holds the actor's user and role rows, so that a
// deactivation, a grant or a revocation comes wholly before or wholly after it; an actor who lost a
// right since Authorise gets a Conflict with ErrRightsChanged. A session that ended is Unauthenticated.
//
// When the connection breaks during the commit, Write asks the database what became of it; if that
// cannot be found out either, the error is Unavailable and says "outcome unknown".
func (s *Store) Write(ctx context.Context, by By, fn func(ctx context.Context, tx *Tx) error) error {
	if s.outer != nil {
		return s.writeInside(ctx, by, fn)
	}
	for attempt := 1; ; attempt++ {
		err := s.transact(ctx, func(t *transaction) error { return s.runOn(ctx, t, by, fn) })
		if err == nil || attempt == attempts || !repeatable(err) {
			return s.translate(ctx, err)
		}
		if err := pause(ctx, attempt); err != nil {
			return s.translate(ctx, err)
		}
	}
}

// Atomic runs fn with a store whose reads and writes all belong to one transaction, and commits
// it: the whole of a script, or nothing. A write that fails inside leaves the others as they
// were. Nothing is repeated: if the transaction loses against another, that is a Conflict.
func (s *Store) Atomic(ctx context.Context, fn func(ctx context.Context, s *Store) error) error {
	err := s.transact(ctx, func(t *transaction) error {
		inner := &Store{db: s.db, target: s.target, rights: s.rights, outer: t}
		inner.reader = &Reader{store: inner, q: t.sqlx, tx: t}
		return fn(ctx, inner)
	})
	switch _, unreachable := errors.AsType[*connectError](err); {
	case isSerialization(err):
		return &model.Error{Kind: model.Conflict, Err: err,
			Message: "something was changed by someone else meanwhile: nothing of the script was kept", Hint: "run it again"}
	case isLost(err) && !unreachable && ctx.Err() == nil && !isUnknown(err):
		return &model.Error{Kind: model.Unavailable, Err: err,
			Message: "the connection to the database was lost: nothing of the script was kept", Hint: "run it again"}
	}
	return s.translate(ctx, err)
}

func (s *Store) runOn(ctx context.Context, t *transaction, by By, fn func(ctx context.Context, tx *Tx) error) error {
	tx := &Tx{Reader: &Reader{store: s, q: t.sqlx, tx: t}, by: by}
	if err := fn(ctx, tx); err != nil {
		return err
	}
	return tx.refused
}

// writeInside is a write of Atomic.
func (s *Store) writeInside(ctx context.Context, by By, fn func(ctx context.Context, tx *Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := s.betweenSavepoints(ctx, by, fn)
		if attempt == attempts || !errors.Is(err, errDecideAgain) {
			return err
		}
	}
}

// betweenSavepoints runs fn so that the commands after a failed one can still be run.
func (s *Store) betweenSavepoints(ctx context.Context, by By, fn func(ctx context.Context, tx *Tx) error) (err error) {
	t := s.outer
	filled := len(t.undo)
	if err := t.run(ctx, queries.TransactionSavepoint); err != nil {
		return s.translate(ctx, err)
	}
	defer func() {
		if err == nil {
			err = s.translate(ctx, t.run(ctx, queries.TransactionRelease))
			return
		}
		// What the savepoint undoes includes the settings and the locks of its first write.
		t.ready = false
		t.undoFrom(filled)
		if undo := t.run(context.WithoutCancel(ctx), queries.TransactionUndo); undo != nil {
			err = errors.Join(err, undo)
		}
	}()
	return s.translate(ctx, s.runOn(ctx, t, by, fn))
}

// run executes a statement without parameters or rows: a savepoint.
func (t *transaction) run(ctx context.Context, statement string) error {
	_, err := t.sqlx.ExecContext(ctx, statement)
	t.remember(err)
	return err
}

func (t *transaction) remember(err error) {
	if t.broken == nil && err != nil && (isLost(err) || isSerialization(err) || outdated(err)) {
		t.broken = err
	}
}

// transact is one attempt at a transaction. It is rolled back even when ctx is cancelled,
// and a commit once begun is not interrupted.
func (s *Store) transact(ctx context.Context, fn func(*transaction) error) (err error) {
	c, err := s.db.Connx(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	tx, err := c.BeginTxx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // also when fn panics; after a commit it does nothing
	t := &transaction{sqlx: tx}
	defer func() {
		if err != nil {
			t.undoFrom(0)
		}
	}()
	if err = fn(t); err == nil {
		err = ctx.Err()
	}
	if t.broken != nil {
		return t.broken
	}
	if err != nil {
		return err
	}
	err = tx.Commit()
	if err == nil || t.xid == "" || refused(err) {
		return err
	}
	return s.outcome(ctx, t.xid, err)
}

// undoFrom undoes what was filled since there were n.
func (t *transaction) undoFrom(n int) {
	for len(t.undo) > n {
		last := len(t.undo) - 1
		t.undo[last]()
		t.undo = t.undo[:last]
	}
}

// refused reports whether the server itself said that it did not commit.
func refused(err error) bool {
	e, ok := errors.AsType[*pq.Error](err)
	return ok && e.Severity != "PANIC" || errors.Is(err, pq.ErrInFailedTransaction)
}

// An outcome is asked for at most this long, as a private server may first have to recover; and
// no longer than one question once the person has had enough.
const outcomeTimeout = 20 * time.Second

var errOutcomeUnknown = errors.New("outcome unknown")

func isUnknown(err error) bool { return errors.Is(err, errOutcomeUnknown) }

// outcome finds out what became of a commit whose answer was lost: nil if it happened, an error
// that repeatable accepts if it did not.
func (s *Store) outcome(ctx context.Context, xid string, lost error) error {
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeTimeout)
	defer cancel()
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		var status sql.NullString
		err := s.db.GetContext(asking, &status, queries.TransactionStatus, xid)
		e, _ := errors.AsType[*pq.Error](err)
		switch {
		case err == nil && status.String == "committed":
			return nil
		case err == nil && status.String == "aborted":
			return lost
		case e != nil && e.Code == "22023":
			// Such a number is in the future: the server crashed before it wrote down that the transaction began.
			return lost
		}
		// Either it runs still, as its backend has not noticed that the connection is gone, and was told
		// so just now; or the database cannot be reached yet.
		select {
		case <-time.After(wait):
			continue
		case <-ctx.Done():
		case <-asking.Done():
		}
		return &model.Error{Kind: model.Unavailable, Err: errors.Join(errOutcomeUnknown, lost, err),
			Message: fmt.Sprintf("outcome unknown: the connection to the database at %s was lost during the commit", s.target),
			Hint:    "look whether the change was made before you repeat it"}
	}
}

// repeatable reports whether a transaction that failed with err did nothing and deserves
// another attempt.
func repeatable(err error) bool {
	if _, unreachable := errors.AsType[*connectError](err); unreachable {
		return false
	}
	return !isUnknown(err) && (isSerialization(err) || isLost(err) || outdated(err) || errors.Is(err, errDecideAgain))
}

func isSerialization(err error) bool {
	e, ok := errors.AsType[*pq.Error](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// pause waits before the next attempt, longer each time and never the same.
func pause(ctx context.Context, attempt int) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(1+rand.IntN(20*attempt)) * time.Millisecond):
		return nil
	}
}

// exclusive says that a write changes what users may do. Such transactions run one at a time.
type exclusive bool

// open makes the transaction ready for the first write in it: the history's settings, the locks
// on the actor's rights, and the transaction's number.
func (tx *Tx) open(ctx context.Context, alone exclusive) error {
	t := tx.Reader.tx
	if tx.refused != nil {
		return tx.refused
	}
	if alone {
		// Before the shared locks below: two who held those and wanted more would wait for each other.
		if _, err := get[bool](ctx, tx.Reader, queries.TransactionAlone); err != nil {
			return fmt.Errorf("wait for changes of rights: %w", err)
		}
	}
	if t.ready && t.by == tx.by {
		return nil
	}
	entitled := tx.by.SessionID
	if tx.by.Leaving {
		entitled = 0
	}
	opened, err := get[struct {
		XID     string         `db:"xid"`
		RoleID  sql.NullInt64  `db:"role_id"`
		Version sql.NullInt64  `db:"version"`
		Stamp   sql.NullString `db:"stamp"`
	}](ctx, tx.Reader, queries.TransactionOpen, entitled, decimal(tx.by.ActorID), tx.by.Actor, decimal(tx.by.SessionID))
	if err != nil {
		return fmt.Errorf("open a transaction: %w", err)
	}
	t.xid = opened.XID
	if entitled != 0 {
		// Not what another reader of the session, such as completion, may have found since.
		before := tx.store.rights.of(tx.by.SessionID)
		if tx.decided != nil {
			before = *tx.decided
		}
		unchanged := opened.RoleID.Valid && before.actor.RoleID == opened.RoleID.Int64 &&
			before.version == opened.Version.Int64 && before.stamp == opened.Stamp.String
		if !unchanged {
			if tx.refused = tx.compareRights(ctx, before.actor); tx.refused != nil {
				return tx.refused
			}
		}
	}
	t.by, t.ready = tx.by, true
	return nil
}

// compareRights lets a write go on if nothing that its decision could rest upon was lost.
func (tx *Tx) compareRights(ctx context.Context, before model.Actor) error {
	decides := tx.decided != nil
	now, err := tx.Authorise(ctx, tx.by.SessionID)
	if err != nil {
		return err
	}
	if before.UserID == 0 {
		return nil // nothing was decided from an earlier reading
	}
	for _, code := range before.Permissions {
		if !slices.Contains(now.Permissions, code) {
			cause := ErrRightsChanged
			if decides {
				cause = errDecideAgain
			}
			return &model.Error{Kind: model.Conflict, Err: cause,
				Message: "your permissions changed while the command ran: nothing was done", Hint: "run it again"}
		}
	}
	return nil
}

// decimal writes an id; empty for none.
func decimal(id int64) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprint(id)
}
