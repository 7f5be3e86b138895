package data

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// Watch returns a reader that tells each statement, with its arguments, before it is sent. An error keeps it from being sent.
func (s *Store) Watch(tell func(query string, args []any) error) *Reader {
	return &Reader{store: s, q: watched{s.reader.q, tell}}
}

type watched struct {
	asker
	tell func(query string, args []any) error
}

func (w watched) QueryxContext(ctx context.Context, query string, args ...any) (*sqlx.Rows, error) {
	if err := w.tell(query, args); err != nil {
		return nil, err
	}
	return w.asker.QueryxContext(ctx, query, args...)
}

// SessionSettings are those of every connection.
var SessionSettings = sessionSettings

// AwaitStandby has the store wait for its standby as long as a busy machine needs, so that one which can come as far always answers.
func (s *Store) AwaitStandby() { s.standby.timeout, s.standby.patience = time.Minute, time.Minute }
