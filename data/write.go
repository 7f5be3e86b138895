package data

// A write is one transaction, attempted again where that is safe.

import (
	"context"
	crand "crypto/rand"
	"database/sql"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"time"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// Tx is a transaction that writes. What it reads, it reads in the transaction.
type Tx struct {
	*Reader
	by      By
	refused error // what the first write was refused for; the others are too
}

// Because tells the history why the transaction changes what it does from here on, in a few words: "handover from hugo.lefevre to
// claire.dubois". A Tx begins without a cause.
func (tx *Tx) Because(ctx context.Context, cause string) error {
	err := tx.open(ctx, false)
	if err == nil {
		err = tx.Reader.tx.because(ctx, tx.store, cause)
	}
	return tx.failed(ctx, "tell why a record is changed", err)
}

// Try runs fn, which writes records of its own. Where it fails, what it has written is undone, and the transaction goes on as it was.
func (tx *Tx) Try(ctx context.Context, fn func() error) error {
	t := tx.Reader.tx
	if err := t.run(ctx, queries.Transaction.Savepoint); err != nil {
		return tx.failed(ctx, "begin a part of a transaction", err)
	}
	err := tx.Alone(fn)
	if err != nil {
		if undone := t.run(context.WithoutCancel(ctx), queries.Transaction.Undo); undone != nil {
			return tx.failed(ctx, "undo a part of a transaction", undone)
		}
	}
	if released := t.run(context.WithoutCancel(ctx), queries.Transaction.Release); released != nil {
		return tx.failed(ctx, "end a part of a transaction", released)
	}
	return err
}

// Alone runs fn, which writes records that nobody reads any more: they need not become again what they were, should the transaction fail.
// Of many thousand of them nothing is remembered.
func (tx *Tx) Alone(fn func() error) error {
	t := tx.Reader.tx
	filled := len(t.undo)
	err := fn()
	clear(t.undo[filled:])
	t.undo = t.undo[:filled]
	return err
}

// because sets the cause of the transaction; empty for none.
func (t *transaction) because(ctx context.Context, s *Store, cause string) error {
	_, err := get[string](ctx, s.within(t), queries.Transaction.Because, args{"cause": cause})
	t.cause = cause
	return err
}

// Attempts at one transaction: the first and three more.
const attempts = 4

// Write runs fn in one transaction and commits it; if fn fails or panics, nothing happened. It runs fn again, from the
// start, when the transaction lost against another, or when the connection was lost before the commit was sent. So it
// must have no effects but those on tx.
//
// From its first write on the transaction holds the actor's user and role rows. So a deactivation, a change of the
// password or the role, or a change of the role's permissions comes wholly before or wholly after it. An actor who lost
// a right since Authorise gets a Conflict with ErrRightsChanged. A session that ended is Unauthenticated.
//
// When the connection breaks during the commit, Write asks the database what became of it; if that
// cannot be found out either, the error is Unavailable and says "outcome unknown".
func (s *Store) Write(ctx context.Context, by By, fn func(ctx context.Context, tx *Tx) error) error {
	if s.outer != nil {
		return s.writeInside(ctx, by, fn)
	}
	mark, clock, lost := newMark(), clock{}, false
	for attempt := 1; ; attempt++ {
		t := &transaction{mark: mark, clock: clock}
		err := s.transact(ctx, t, func(ctx context.Context, t *transaction) error {
			if lost {
				// Of the attempt before this one, the server may not have noticed yet.
				if _, err := get[sql.NullString](ctx, s.within(t), queries.Transaction.Abandon, args{"mark": mark}); err != nil {
					return err
				}
			}
			return s.runOn(ctx, t, by, fn)
		})
		if err == nil || attempt == attempts || !repeatable(err) || !t.clock.allowsAnother() {
			return s.translate(ctx, err)
		}
		clock = t.clock
		lost = lost || isLost(err)
		if err := pause(ctx, attempt); err != nil {
			return s.translate(ctx, err)
		}
	}
}

// newMark returns a number that no other transaction has.
func newMark() int64 {
	var random [8]byte
	_, _ = crand.Read(random[:]) // it never fails
	return int64(binary.BigEndian.Uint64(random[:]))
}

// repeatable reports whether a transaction that failed with err did nothing and deserves
// another attempt. Silence deserves none: whoever was not answered for so long is told.
func repeatable(err error) bool {
	if _, unreachable := errors.AsType[*connectError](err); unreachable || errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	return !isUnknown(err) && (isSerialization(err) || isLost(err) || outdated(err) || errors.Is(err, errDecideAgain))
}

func isSerialization(err error) bool {
	e, ok := errors.AsType[*pq.Error](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// isLocked reports whether somebody else held a row for longer than lockTimeout.
func isLocked(err error) bool {
	e, ok := errors.AsType[*pq.Error](err)
	return ok && e.Code == "55P03"
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

// refused reports whether the server itself said that it did not commit. One that ends the connection with its
// answer may have committed before, and a pooler that has lost its server does not know.
func refused(err error) bool {
	e, ok := errors.AsType[*pq.Error](err)
	return ok && e.Severity == "ERROR" && !isLost(err) || errors.Is(err, pq.ErrInFailedTransaction)
}

var errOutcomeUnknown = errors.New("outcome unknown")

func isUnknown(err error) bool { return errors.Is(err, errOutcomeUnknown) }

// outcome finds out what became of a commit whose answer was lost: nil if it happened, an error
// that repeatable accepts if it did not.
func (s *Store) outcome(ctx context.Context, t *transaction, lost error) error {
	limit := outcomeTimeout
	switch {
	case errors.Is(lost, os.ErrDeadlineExceeded): // nobody answered anybody
		limit = unheard
	case ctx.Value(attended{}) != nil:
		limit = connectTimeout
	}
	asking, cancel := patient(ctx, limit-grace)
	defer cancel()
	began, told := time.Now(), s.cfg.Waiting == nil
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		done, place, err := s.ask(asking, t.mark)
		switch {
		case err == nil && done:
			return nil
		case err == nil && place.Valid && place == t.place:
			return lost
		case err != nil:
			// The database cannot be reached yet.
			if !told && time.Since(began) >= noticeable && ctx.Err() == nil {
				told = true
				s.cfg.Waiting(&model.Error{Fault: "waiting-for-outcome", Facts: model.Facts{"target": s.target, "patience": limit}})
			}
			select {
			case <-time.After(wait):
				continue
			case <-asking.Done():
			}
		}
		return &model.Error{Kind: model.Unavailable, Fault: "outcome-unknown", Facts: model.Facts{"target": s.target}, Err: errors.Join(errOutcomeUnknown, lost, err)}
	}
}

// ask ends the transaction of the mark, which nobody hears of any more. It looks whether the transaction was committed
// before, and where. That it was not proves something only where it would have been.
func (s *Store) ask(ctx context.Context, mark int64) (done bool, place sql.NullString, err error) {
	err = s.transact(ctx, &transaction{}, func(ctx context.Context, t *transaction) (err error) {
		r := s.within(t)
		if place, err = get[sql.NullString](ctx, r, queries.Transaction.Abandon, args{"mark": mark}); err != nil {
			return err
		}
		if _, err = get[bool](ctx, r, queries.Transaction.Over, args{"mark": mark}); err != nil {
			return err
		}
		done, err = get[bool](ctx, r, queries.Transaction.Marked, args{"mark": mark})
		return err
	})
	return done, place, err
}

// patient returns a context for what is done although ctx ended: for as long as limit, and a grace once ctx has.
func patient(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return calledBy(patient), func() { stop(); cancel() }
}

func (s *Store) runOn(ctx context.Context, t *transaction, by By, fn func(ctx context.Context, tx *Tx) error) error {
	tx := &Tx{Reader: s.within(t), by: by}
	if err := fn(ctx, tx); err != nil {
		return err
	}
	return tx.refused
}

// run executes a statement without parameters or rows: a savepoint.
func (t *transaction) run(ctx context.Context, q queries.Query) error {
	return t.try(func() error {
		_, err := t.sqlx.ExecContext(ctx, q.Text())
		return err
	})
}

// try runs a statement and remembers what broke the transaction. A server that ended it for being idle seldom gets
// to say so: the connection is just gone.
func (t *transaction) try(statement func() error) error {
	idle := time.Since(t.used)
	t.used = time.Now()
	err := statement()
	if isLost(err) && t.script && idle >= t.patience {
		err = &model.Error{Kind: model.Unavailable, Fault: "idle-script", Facts: model.Facts{"patience": t.patience}}
		t.broken = err
	}
	if t.broken == nil && err != nil && (isLost(err) || isSerialization(err) || outdated(err)) {
		t.broken = err
	}
	return err
}

// undoFrom undoes what was filled since there were n.
func (t *transaction) undoFrom(n int) {
	for len(t.undo) > n {
		last := len(t.undo) - 1
		t.undo[last]()
		t.undo = t.undo[:last]
	}
}
