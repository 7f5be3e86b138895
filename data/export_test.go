package data

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// Watch returns a reader that tells each statement, with its arguments, before it is sent.
func (s *Store) Watch(tell func(query string, args []any)) *Reader {
	return &Reader{store: s, q: watched{s.reader.q, tell}}
}

type watched struct {
	asker
	tell func(query string, args []any)
}

func (w watched) QueryxContext(ctx context.Context, query string, args ...any) (*sqlx.Rows, error) {
	w.tell(query, args)
	return w.asker.QueryxContext(ctx, query, args...)
}
