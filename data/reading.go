package data

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// asker is what a reader asks: connections of epev's own, a transaction, or the reads of a command.
type asker interface {
	QueryxContext(ctx context.Context, query string, args ...any) (*sqlx.Rows, error)
}

// Reading runs fn with a reader for all that one command reads, one after the other. On a connection of epev's own each
// read is a statement by itself. Behind a pooler they are one transaction, which the first of them begins. It takes a
// server of the pool, so fn must neither ask anybody nor write meanwhile.
func (s *Store) Reading(ctx context.Context, fn func(ctx context.Context, r *Reader) error) error {
	if s.outer != nil {
		return fn(ctx, s.reader)
	}
	q := &reads{db: s.db, single: s.reader.q}
	defer q.end()
	return fn(ctx, &Reader{store: s, q: q})
}

// reads are those of a command.
type reads struct {
	db     *sqlx.DB
	single asker      // runs each as a statement by itself; nil: all of them are on one connection
	on     asker      // which of them, once that is known: single, conn or tx
	conn   *sqlx.Conn // that it has for itself, until the end
	lent   bool       // the connection stays with whoever gave it
	tx     *sqlx.Tx   // behind a pooler
}

func (q *reads) QueryxContext(ctx context.Context, query string, args ...any) (*sqlx.Rows, error) {
	if err := q.begin(ctx); err != nil {
		return nil, err
	}
	return q.on.QueryxContext(ctx, query, args...)
}

// begin finds out what stands before the server, and behind a pooler begins the transaction.
func (q *reads) begin(ctx context.Context) error {
	if q.on != nil {
		return nil
	}
	c, err := q.conn, error(nil)
	if c == nil {
		c, err = q.db.Connx(ctx)
	}
	if err != nil {
		return err
	}
	pooled := false
	err = c.Raw(func(driver any) error {
		_, pooled = driver.(*pooledConn)
		return nil
	})
	if err == nil && pooled {
		q.tx, err = c.BeginTxx(context.WithoutCancel(calledBy(ctx)), nil)
	}
	switch {
	case err == nil && pooled:
		q.conn, q.on = c, q.tx
	case err == nil && q.single == nil:
		q.conn, q.on = c, c
	default:
		if !q.lent {
			_ = c.Close()
		}
		if err == nil {
			q.on = q.single
		}
	}
	return err
}

// end ends the transaction, if there is one; the next read begins another. What was read is read, whatever comes of it.
func (q *reads) end() {
	if q.tx != nil {
		_ = q.tx.Commit()
	}
	if q.conn != nil {
		if !q.lent {
			_ = q.conn.Close()
		}
		q.conn, q.tx, q.on = nil, nil, nil
	}
}

// leave ends the transaction of a command's reads in which something failed: it reads nothing more.
func (r *Reader) leave() {
	if q, ok := r.q.(*reads); ok {
		q.end()
	}
}
