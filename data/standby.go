package data

// A standby answers what reads much, beside the database that everything else is done on, which is the primary. It answers
// what the primary would have answered when the command began. The statement that authorises the command tells how far the
// primary had come, and the standby must have come as far. So nobody misses there what they wrote before, in whatever process
// that was, nor sees a record that they may view no more. Where anything is the matter with the standby, the primary answers.

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"epev/model"
	queries "epev/sql"
)

const (
	// standbyTimeout is for how long a connection to the standby is waited for.
	standbyTimeout = time.Second
	// standbyPatience is for how long a standby may take to come as far as the primary. Completion waits for a tenth of it.
	standbyPatience = 200 * time.Millisecond
	// standbyRest is for how long a standby that would not do is left alone.
	standbyRest = 10 * time.Second
)

// standby is a server that follows the database.
type standby struct {
	db     *sqlx.DB
	target string             // host:port/database, for messages
	tell   func(notice error) // nil: nobody is told

	timeout, patience time.Duration // standbyTimeout and standbyPatience

	mu      sync.Mutex
	resting time.Time // until when it is left alone
	told    bool      // that it would not do
}

// openStandby returns the standby of a configuration, without connecting to it; nil where there is none.
func openStandby(cfg Config) (*standby, error) {
	if cfg.Standby == "" {
		return nil, nil
	}
	of := Config{DSN: cfg.Standby, dial: cfg.dial}
	if cfg.Getenv != nil {
		of.Getenv = func(name string) string {
			if name == "PGTARGETSESSIONATTRS" { // it says what the primary must be
				return ""
			}
			return cfg.Getenv(name)
		}
	}
	c, err := newConnector(of, silence)
	if err != nil {
		return nil, aboutStandby(err)
	}
	return &standby{db: cfg.handle(c), target: c.target, tell: cfg.Waiting, timeout: standbyTimeout, patience: standbyPatience}, nil
}

// aboutStandby says of an address that is refused that it is the standby's.
func aboutStandby(err error) error {
	e, ok := errors.AsType[*model.Error](err)
	if !ok {
		return err
	}
	told := &model.Error{Kind: e.Kind, Field: "DATABASE_URL_READONLY", Fault: "standby-address", Facts: model.Facts{"why": e}, Accepts: "standby-address", Err: err}
	if allowed, is := e.Facts["allowed"]; is {
		told.Fault, told.Facts["allowed"] = "standby-parameter", allowed
	}
	return told
}

// position is how far a primary has come; the zero position is that of a server that cannot tell.
type position struct {
	Place sql.NullString `db:"place"` // which database it is, of which server, in which of its lives
	LSN   sql.NullString `db:"lsn"`
}

// following is what a standby tells of itself, asked for a position.
type following struct {
	Standby bool          `db:"standby"`
	Same    bool          `db:"same"`   // it follows the database of the position, in the same life
	Behind  sql.NullInt64 `db:"behind"` // bytes
}

// unfit is why the standby does not do; nil if it does.
func (s *standby) unfit(f following) error {
	facts := model.Facts{"target": s.target, "bytes": f.Behind.Int64}
	switch {
	case !f.Standby:
		return &model.Error{Kind: model.Unavailable, Fault: "no-standby", Facts: facts}
	case !f.Same:
		return &model.Error{Kind: model.Unavailable, Fault: "standby-of-another", Facts: facts}
	case !f.Behind.Valid || f.Behind.Int64 > 0:
		return &model.Error{Kind: model.Unavailable, Fault: "standby-behind", Facts: facts}
	}
	return nil
}

// rests reports whether the standby is left alone.
func (s *standby) rests() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Before(s.resting)
}

// failed leaves the standby alone for a while, and says why once.
func (s *standby) failed(ctx context.Context, why error) {
	unasked := ctx.Value(asFound{}) != nil // nobody waits for completion, so that nobody is told
	s.mu.Lock()
	s.resting = time.Now().Add(standbyRest)
	tell := s.tell != nil && !s.told && !unasked
	s.told = s.told || tell
	s.mu.Unlock()
	if tell {
		s.tell(&model.Error{Fault: "primary-answers", Facts: model.Facts{"why": s.because(why)}})
	}
}

// because tells why the standby does not do.
func (s *standby) because(err error) error {
	if e, ok := errors.AsType[*model.Error](err); ok {
		return e
	}
	if _, unreachable := errors.AsType[*connectError](err); unreachable {
		return (&Store{target: s.target}).unconnected(err)
	}
	if isSerialization(err) { // what it shows there was removed on the primary
		return &model.Error{Kind: model.Unavailable, Fault: "standby-conflict", Facts: model.Facts{"target": s.target}, Err: err}
	}
	return &model.Error{Kind: model.Unavailable, Fault: "standby-fails", Facts: model.Facts{"target": s.target}, Err: err}
}

// reach finds the standby at a position, or why it is not. What it returns reads there, all of it on one connection, which
// end gives back.
func (s *standby) reach(ctx context.Context, at position) (q *reads, err error) {
	patience := s.patience
	if ctx.Value(asFound{}) != nil {
		patience /= 10
	}
	q = &reads{db: s.db}
	if _, err = s.await(ctx, q, at, patience); err != nil {
		q.end()
	}
	return q, err
}

// await waits until the standby is at a position, and returns what it tells of itself in the end.
func (s *standby) await(ctx context.Context, q *reads, at position, patience time.Duration) (following, error) {
	connecting, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	var late time.Time
	for pause := time.Millisecond; ; pause *= 2 {
		f, err := get[following](connecting, &Reader{q: q, anySchema: true}, queries.Database.Following, args{"place": at.Place, "lsn": at.LSN})
		if err != nil {
			return following{}, err
		}
		why := s.unfit(f)
		if late.IsZero() {
			late = time.Now().Add(patience)
		}
		if why == nil || !f.Same || !f.Standby || time.Until(late) <= 0 {
			return f, why
		}
		select {
		case <-time.After(min(pause, time.Until(late))):
		case <-connecting.Done():
			return f, why
		}
	}
}

// ReadingAside is Reading for what a standby may answer: once fn has authorised, the reader reads there, if one has all that
// the database held at that moment. From a standby that fails it goes back.
func (s *Store) ReadingAside(ctx context.Context, fn func(ctx context.Context, r *Reader) error) error {
	return s.Reading(ctx, func(ctx context.Context, r *Reader) error {
		if r.tx == nil && s.standby != nil && !s.standby.rests() {
			defer r.back()
			r.leaves = true
		}
		return fn(ctx, r)
	})
}

// aside has the reader read on the standby from here on, if that is at a position.
func (r *Reader) aside(ctx context.Context, at position) {
	r.leaves = false
	if !at.Place.Valid || !at.LSN.Valid {
		return
	}
	r.leave() // behind a pooler the primary would wait for what is read elsewhere
	q, err := r.store.standby.reach(ctx, at)
	if err == nil {
		r.home, r.q, r.at = r.q, q, at
	} else if ctx.Err() == nil {
		r.store.standby.failed(ctx, err)
	}
}

// back has the reader read on the primary again.
func (r *Reader) back() {
	if r.home != nil {
		r.leave()
		r.q, r.home = r.home, nil
	}
}

// Standby says how the standby does that is configured.
type Standby struct {
	Target string        // host:port/database
	Behind sql.NullInt64 // bytes that it has yet to get; null where it cannot tell
	Unfit  error         // why it answers nothing now; nil if it does
}

// Standby asks the standby how it does; ok is false where none is configured.
func (s *Store) Standby(ctx context.Context) (found Standby, ok bool) {
	if s.standby == nil {
		return Standby{}, false
	}
	at, err := get[position](ctx, s.anyReader(), queries.Database.Position, nil)
	if err == nil && !at.Place.Valid {
		err = s.standby.unfit(following{Standby: true})
	}
	if err == nil {
		q := &reads{db: s.standby.db}
		defer q.end()
		var f following
		f, err = s.standby.await(ctx, q, at, s.standby.patience)
		found.Behind = f.Behind
	}
	found.Target = s.standby.target
	if err != nil {
		found.Unfit = s.standby.because(err)
	}
	return found, true
}
