package data

import (
	"context"

	"github.com/jmoiron/sqlx"

	queries "epev/sql"
)

// Moment is how far the primary had come when a reader went to the standby. The zero Moment is that of a reader that did not.
type Moment struct{ at position }

// Aside returns the moment at which the reader went to the standby, if it is there.
func (r *Reader) Aside() (m Moment) {
	if r.home != nil {
		m.at = r.at
	}
	return m
}

// Snapshot runs fn with a reader whose reads all see the database as it is at one moment, and may take any time. Within a script's one
// transaction fn reads in that. Where a reader went to the standby since a moment, that answers, on a connection that has come as far.
//
// If the standby fails before a row was told, the primary answers in its place, and fn runs again. If it fails later, that is the error.
func (s *Store) Snapshot(ctx context.Context, since Moment, fn func(ctx context.Context, r *Reader) error) error {
	if s.outer != nil {
		return fn(ctx, s.reader)
	}
	ctx = context.WithValue(ctx, unhurried{}, true)
	if s.standby != nil && since.at.Place.Valid {
		began := false
		t := &transaction{db: s.standby.db, before: func(ctx context.Context, c *sqlx.Conn) error {
			q := &reads{db: s.standby.db, conn: c, lent: true}
			defer q.end()
			_, err := s.standby.await(ctx, q, since.at, s.standby.patience)
			return err
		}}
		err := s.snapshot(ctx, t, func(ctx context.Context, r *Reader) error {
			began = true
			return fn(ctx, r)
		})
		switch {
		case err == nil, ctx.Err() != nil, began && t.broken == nil: // none of which is the standby's fault
			return s.translate(ctx, err)
		case t.told:
			return s.standby.because(err)
		}
		s.standby.failed(ctx, err)
	}
	return s.translate(ctx, s.snapshot(ctx, &transaction{}, fn))
}

func (s *Store) snapshot(ctx context.Context, t *transaction, fn func(ctx context.Context, r *Reader) error) error {
	return s.transact(ctx, t, func(ctx context.Context, t *transaction) error {
		r := s.within(t)
		if err := t.run(ctx, queries.Transaction.Snapshot); err != nil {
			return err
		}
		if err := t.run(ctx, queries.Transaction.Untimed); err != nil {
			return err
		}
		if err := t.run(ctx, queries.Transaction.Roomy); err != nil {
			return err
		}
		limits := args{"limit": milliseconds(scriptPatience), "usual": milliseconds(idleTimeout)}
		if _, err := get[float64](ctx, r, queries.Transaction.Patience, limits); err != nil {
			return err
		}
		return fn(ctx, r)
	})
}
