package data

import (
	"context"

	"github.com/lib/pq"

	queries "epev/sql"
)

// lastIDs are the last ids that were given in the tables of the resources, in their order, and in the history; 0 for none.
func lastIDs(ctx context.Context, r *Reader) (pq.Int64Array, error) {
	tables, _ := tablesOf()
	return get[pq.Int64Array](ctx, r, queries.Record.LastIds, args{"tables": tables})
}

// rewind gives the ids that a script used and lost to whoever comes next: once it is mended and run again, its records have
// the ids that the rest of it may name. Where somebody else writes at this moment, they stay lost.
func (s *Store) rewind(ctx context.Context, before pq.Int64Array) {
	rewinding, cancel := patient(ctx, connectTimeout)
	defer cancel()
	tables, nouns := tablesOf()
	_ = s.transact(rewinding, &transaction{}, func(ctx context.Context, t *transaction) error {
		_, err := get[any](ctx, s.within(t), queries.Record.Rewind, args{"tables": tables, "nouns": nouns, "ids": before})
		return err
	})
}
