package data

import (
	"context"

	queries "epev/sql"
)

// Snapshot runs fn with a reader whose reads all see the database as it is at one moment, and may take any time. Within a script's one
// transaction fn reads in that. With aside it is the standby that answers, as it did before: see Reader.Aside.
func (s *Store) Snapshot(ctx context.Context, aside bool, fn func(ctx context.Context, r *Reader) error) error {
	if s.outer != nil {
		return fn(ctx, s.reader)
	}
	ctx = context.WithValue(ctx, unhurried{}, true)
	t := &transaction{}
	if aside {
		t.db = s.standby.db
	}
	return s.translate(ctx, s.transact(ctx, t, func(ctx context.Context, t *transaction) error {
		r := s.within(t)
		if err := t.run(ctx, queries.Transaction.Snapshot); err != nil {
			return err
		}
		if err := t.run(ctx, queries.Transaction.Untimed); err != nil {
			return err
		}
		limits := args{"limit": milliseconds(scriptPatience), "usual": milliseconds(idleTimeout)}
		if _, err := get[float64](ctx, r, queries.Transaction.Patience, limits); err != nil {
			return err
		}
		return fn(ctx, r)
	}))
}

// Aside reports whether a standby answers the reader.
func (r *Reader) Aside() bool { return r.home != nil }
