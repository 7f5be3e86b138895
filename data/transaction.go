package data

import (
	"context"
	crand "crypto/rand"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
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
	Actor     string // username; empty, it is that of whom fn authorises
	// Leaving says that the session itself ends. That takes no rights, and so does not wait for who
	// changes them, perhaps this very person's --atomic script.
	Leaving bool
}

// ErrRightsChanged is in the chain of the Conflict that a write gives when the session lost a
// permission after Authorise read it: nothing was done, and a command that is authorised and
// run again will be decided rightly. Write itself does so if fn authorises.
var ErrRightsChanged = errors.New("permissions changed while the command ran")

// errDecideAgain is ErrRightsChanged of a write that authorises.
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
	mark  int64          // random: by it the commit can be told from that of anybody else
	place sql.NullString // the server that it writes on, if that can be told
	wrote bool
	by    By        // whom its settings name, and of Write, whose rights it holds
	ready bool      // by is valid
	alone exclusive // nobody else changes rights until it ends
	// script says that it is one of Atomic, which may take any time. decisions is what its writes rest
	// upon; it ends once it was left idle for as long as its patience, counted from its last use.
	script    bool
	clock     clock
	decisions []decision
	patience  time.Duration
	used      time.Time
	// undo gives arguments back what they were before the writes that filled them.
	undo []func()
	// broken is the first failure that makes the transaction worthless through no fault of its
	// statements: a lost connection, a serialisation failure.
	broken error
}

// decision is whose write it was, and the authority by which it was decided.
type decision struct {
	by  By
	had authority
}

// Attempts at one transaction: the first and three more.
const attempts = 4

// scriptPatience is for how long a script may leave its transaction idle, and in it what it has written and
// nobody else can change meanwhile.
const scriptPatience = 5 * time.Minute

// Write runs fn in one transaction and commits it; if fn fails or panics, nothing happened.
// fn is run again, from the start, when the transaction lost against another or the connection
// was lost before the commit was sent: it must have no effects but those on tx.
//
// From its first write on the transaction holds the actor's user and role rows, so that a deactivation, a
// change of the password, of the role, or of what it permits comes wholly before or wholly after it; an actor who
// lost a right since Authorise gets a Conflict with ErrRightsChanged. A session that ended is Unauthenticated.
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

// Atomic runs fn with a store whose reads and writes all belong to one transaction, and commits
// it: the whole of a script, or nothing. A write that fails inside leaves the others as they
// were. Nothing is repeated: if the transaction loses against another, that is a Conflict.
//
// A script may wait for its next command as long as it likes, so that it keeps nobody from changing what its
// actors may do. Each command is authorised anew. What the writes were decided upon is looked at once more just
// before the commit, or before the script itself first changes anybody's rights, since from then on nobody
// else does: if an actor has lost a right since, that is a Conflict with ErrRightsChanged; if a session has
// ended, it is Unauthenticated. A script that does nothing for scriptPatience is Unavailable.
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
		return &model.Error{Kind: model.Conflict, Err: err,
			Message: "something was changed by someone else meanwhile: nothing of the script was kept", Hint: "run it again"}
	case isLost(err) && !unreachable && ctx.Err() == nil && !isUnknown(err):
		return &model.Error{Kind: model.Unavailable, Err: err,
			Message: "the connection to the database was lost: nothing of the script was kept", Hint: "run it again"}
	}
	return s.translate(ctx, err)
}

// Left tells the store of Atomic that the script itself has ended a session, or with 0 every session of the
// user: what they wrote before is kept all the same.
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

// within returns a reader in a transaction.
func (s *Store) within(t *transaction) *Reader { return &Reader{store: s, q: t.sqlx, tx: t} }

func (s *Store) runOn(ctx context.Context, t *transaction, by By, fn func(ctx context.Context, tx *Tx) error) error {
	tx := &Tx{Reader: s.within(t), by: by}
	if err := fn(ctx, tx); err != nil {
		return err
	}
	return tx.refused
}

// writeInside is a write of Atomic: after one that failed, others can still be made.
func (s *Store) writeInside(ctx context.Context, by By, fn func(ctx context.Context, tx *Tx) error) (err error) {
	t := s.outer
	filled, decided, alone := len(t.undo), len(t.decisions), t.alone
	if err := t.run(ctx, queries.Transaction.Savepoint); err != nil {
		return s.translate(ctx, err)
	}
	defer func() {
		if err == nil {
			err = s.translate(ctx, t.run(ctx, queries.Transaction.Release))
			return
		}
		// What the savepoint undoes includes the settings and the locks of its first write.
		t.ready, t.alone, t.decisions = false, alone, t.decisions[:decided]
		t.undoFrom(filled)
		if undo := t.run(context.WithoutCancel(ctx), queries.Transaction.Undo); undo != nil {
			err = errors.Join(err, undo)
		}
	}()
	return s.translate(ctx, s.runOn(ctx, t, by, fn))
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
		err = &model.Error{Kind: model.Unavailable, Hint: "run it again, without such a pause between its commands",
			Message: fmt.Sprintf("the script did nothing for %s, so that the database ended its transaction: nothing of it was kept", t.patience)}
		t.broken = err
	}
	if t.broken == nil && err != nil && (isLost(err) || isSerialization(err) || outdated(err)) {
		t.broken = err
	}
	return err
}

// transact is one attempt at a transaction. It is rolled back even when ctx is cancelled, and a commit once
// begun is given time to end.
func (s *Store) transact(ctx context.Context, t *transaction, fn func(context.Context, *transaction) error) (err error) {
	if err := s.use(ctx, s.reader); err != nil {
		return err
	}
	c, err := s.db.Connx(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if t.clock.IsZero() {
		t.clock = startClock()
	}
	ctx = calledBy(ctx)
	tx, err := c.BeginTxx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // also when fn panics; after a commit it does nothing
	t.sqlx = tx
	defer func() {
		if err != nil {
			t.undoFrom(0)
		}
	}()
	if err = fn(ctx, t); err == nil {
		err = ctx.Err()
	}
	if t.broken != nil {
		return t.broken
	}
	if err != nil {
		return err
	}
	committing, cancel := context.WithDeadline(ctx, t.clock.commit())
	defer cancel()
	if err := serve(c, calledBy(committing)); err != nil {
		return err
	}
	err = t.try(tx.Commit)
	if err != nil && t.wrote && !refused(err) {
		err = s.outcome(ctx, t, err)
	}
	if err == nil && t.wrote {
		s.written.Add(1)
	}
	return err
}

// serve says for whom the connection works from here on.
func serve(c *sqlx.Conn, ctx context.Context) error {
	return c.Raw(func(driver any) error {
		driver.(interface{ serve(context.Context) }).serve(ctx)
		return nil
	})
}

// undoFrom undoes what was filled since there were n.
func (t *transaction) undoFrom(n int) {
	for len(t.undo) > n {
		last := len(t.undo) - 1
		t.undo[last]()
		t.undo = t.undo[:last]
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
	asking, cancel := patient(ctx, outcomeTimeout-grace)
	defer cancel()
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		done, place, err := s.ask(asking, t.mark)
		switch {
		case err == nil && done:
			return nil
		case err == nil && place.Valid && place == t.place:
			return lost
		case err != nil:
			// The database cannot be reached yet.
			select {
			case <-time.After(wait):
				continue
			case <-asking.Done():
			}
		}
		return &model.Error{Kind: model.Unavailable, Err: errors.Join(errOutcomeUnknown, lost, err),
			Message: fmt.Sprintf("outcome unknown: the connection to the database at %s was lost during the commit", s.target),
			Hint:    "look whether the change was made before you repeat it"}
	}
}

// ask ends the transaction of the mark, of which nobody hears any more, and looks whether it was committed before, and
// where. That it was not proves something only where it would have been.
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

// exclusive says that a write changes what users may do. Such transactions run one at a time.
type exclusive bool

// open makes the transaction ready for the first write in it: the history's settings, the locks
// on the actor's rights, and the transaction's mark.
func (tx *Tx) open(ctx context.Context, alone exclusive) error {
	t := tx.Reader.tx
	if tx.refused != nil {
		return tx.refused
	}
	if tx.by.Actor == "" && tx.decided != nil {
		tx.by.Actor = tx.decided.actor.Username
	}
	entitled, before := tx.by.SessionID, tx.authority()
	if tx.by.Leaving {
		entitled = 0
	}
	if t.script && entitled != 0 {
		t.relyOn(decision{tx.by, before})
		entitled = 0
	}
	if alone && !t.alone {
		// Before the shared locks below: two who held those and wanted more would wait for each other.
		if _, err := get[bool](ctx, tx.Reader, queries.Transaction.Alone, args{"mark": t.mark}); err != nil {
			return fmt.Errorf("wait for changes of rights: %w", err)
		}
		if tx.refused = tx.store.confirm(ctx, t); tx.refused != nil {
			return tx.refused
		}
		t.alone = true
	}
	if t.ready && t.by == tx.by {
		return nil
	}
	opened, err := tx.opening(ctx, entitled)
	if entitled != 0 && err == nil && !opened.RoleID.Valid {
		// If it was the role that changed while this waited for the user, it is now held, too.
		opened, err = tx.opening(ctx, entitled)
	}
	if err != nil {
		return fmt.Errorf("open a transaction: %w", err)
	}
	t.place, t.wrote = opened.Place, true
	switch {
	case entitled != 0 && !opened.RoleID.Valid:
		tx.refused = ErrNoSession
	case entitled != 0 && !opened.confirms(before):
		tx.refused = tx.compareRights(ctx, before.actor)
	}
	if tx.refused != nil {
		return tx.refused
	}
	t.by, t.ready = tx.by, true
	return nil
}

// authority is what the transaction's writes are decided by.
func (tx *Tx) authority() authority {
	if tx.decided != nil {
		// Not what another reader of the session, such as completion, may have found since.
		return *tx.decided
	}
	return tx.store.rights.of(tx.by.SessionID)
}

// opening is what the opening of a transaction tells of it and of the actor, if one is held.
type opening struct {
	Place     sql.NullString `db:"place"`
	UserStamp sql.NullString `db:"user_stamp"`
	RoleID    sql.NullInt64  `db:"role_id"`
	Version   sql.NullInt64  `db:"version"`
	Stamp     sql.NullString `db:"stamp"`
}

func (tx *Tx) opening(ctx context.Context, entitled int64) (opening, error) {
	return get[opening](ctx, tx.Reader, queries.Transaction.Start, args{"session": entitled, "actor_id": decimal(tx.by.ActorID),
		"actor": tx.by.Actor, "session_id": decimal(tx.by.SessionID), "mark": tx.Reader.tx.mark})
}

// confirms reports whether nothing has changed in the actor since a was found.
func (o opening) confirms(a authority) bool {
	return o.RoleID.Valid && o.RoleID.Int64 == a.actor.RoleID && o.Version.Int64 == a.version &&
		o.Stamp.String == a.stamp && o.UserStamp.String == a.userStamp
}

// compareRights lets a write go on if nothing that its decision could rest upon was lost. It reads once
// the actor's rows are held.
func (tx *Tx) compareRights(ctx context.Context, before model.Actor) error {
	cause := ErrRightsChanged
	if tx.decided != nil {
		cause = errDecideAgain
	}
	now, err := tx.Authorise(ctx, tx.by.SessionID)
	if err != nil {
		return err
	}
	if !covers(now.Permissions, before.Permissions) {
		return &model.Error{Kind: model.Conflict, Err: cause,
			Message: "your permissions changed while the command ran: nothing was done", Hint: "run it again"}
	}
	return nil
}

// covers reports whether all of the permissions that were held are held still.
func covers(now, before []string) bool {
	return !slices.ContainsFunc(before, func(code string) bool { return !slices.Contains(now, code) })
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
			return &model.Error{Kind: model.Unauthenticated, Err: err, Hint: `log in with "login" and run it again`,
				Message: fmt.Sprintf("the session of %s ended while the script ran: nothing of it was kept", d.by.Actor)}
		case err != nil:
			return err
		case !covers(now, d.had.actor.Permissions):
			return &model.Error{Kind: model.Conflict, Err: ErrRightsChanged, Hint: "run it again: it is decided anew by what is allowed now",
				Message: fmt.Sprintf("the permissions of %s changed while the script ran: nothing of it was kept", d.by.Actor)}
		}
	}
	return nil
}

// hold keeps a user and their role as they are until the transaction ends, and returns what they may do. It
// is ErrNoSession if they are not active any more or their session, if by has one, has ended.
func (r *Reader) hold(ctx context.Context, by By) (permissions []string, err error) {
	role, err := get[int64](ctx, r, queries.Transaction.Hold, args{"user": by.ActorID})
	if errors.Is(err, errNoRow) {
		// If it was the role that changed while this waited for the user, it is now held, too.
		role, err = get[int64](ctx, r, queries.Transaction.Hold, args{"user": by.ActorID})
	}
	switch {
	case errors.Is(err, errNoRow):
		return nil, ErrNoSession
	case err != nil:
		return nil, fmt.Errorf("hold an actor: %w", err)
	case by.SessionID == 0:
		role, err := r.Role(ctx, role)
		return role.Permissions, err
	}
	actor, err := r.Authorise(ctx, by.SessionID)
	return actor.Permissions, err
}

// decimal writes an id; empty for none.
func decimal(id int64) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprint(id)
}
