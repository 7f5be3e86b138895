package data

// How a transaction goes. One attempt at one is here: transact begins it, commits it if all went well, and otherwise
// leaves nothing of it. In write.go it is attempted again, and what became of a commit is found out. In script.go a
// whole script is one transaction. In rights.go is what those who write in it may do.

import (
	"cmp"
	"context"
	"database/sql"
	"time"

	"github.com/jmoiron/sqlx"
)

// transaction is a running one, of Write or of Atomic.
type transaction struct {
	db *sqlx.DB // where it is; nil: the primary
	// before, if any, is done on its connection before it begins.
	before func(ctx context.Context, c *sqlx.Conn) error
	told   bool // a row that it read one by one
	sqlx   *sqlx.Tx
	mark   int64          // random: by it the commit can be told from that of anybody else
	place  sql.NullString // the server that it writes on, if that can be told
	wrote  bool
	by     By        // whom its settings name, and of Write, whose rights it holds
	ready  bool      // by is valid
	cause  string    // what its settings tell of why
	alone  exclusive // nobody else changes rights until it ends
	// With script it is one of Atomic, which may take any time. Its writes rest upon decisions. It ends once it was
	// left idle for as long as its patience, counted from its last use.
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

// within returns a reader in a transaction.
func (s *Store) within(t *transaction) *Reader { return &Reader{store: s, q: t.sqlx, tx: t} }

// transact is one attempt at a transaction. It is rolled back even when ctx is cancelled, and a commit once
// begun is given time to end.
func (s *Store) transact(ctx context.Context, t *transaction, fn func(context.Context, *transaction) error) (err error) {
	if err := s.use(ctx, s.reader); err != nil {
		return err
	}
	c, err := cmp.Or(t.db, s.db).Connx(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if t.clock.IsZero() {
		t.clock = startClock()
	}
	if t.before != nil {
		if err := t.before(ctx, c); err != nil {
			return err
		}
	}
	ctx = calledBy(ctx)
	tx, err := c.BeginTxx(context.WithoutCancel(ctx), &sql.TxOptions{ReadOnly: t.db != nil}) // a standby allows no other
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
	committing := ctx
	if !s.patient {
		deadline, cancel := context.WithDeadline(ctx, t.clock.commit())
		defer cancel()
		committing = deadline
	}
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
