package data

import (
	"context"
	"database/sql/driver"
	"errors"

	queries "epev/sql"
)

// pooledConn is a connection to a pooler, which gives it a server for one transaction at a time. So a transaction brings
// its settings along, and nothing outlives it: no setting, no named statement, no lock. A statement outside of one
// gets one of its own.
type pooledConn struct {
	wired
	inside bool // a transaction
}

// BeginTx begins a transaction with epev's settings.
func (c *pooledConn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	if _, err := c.wired.ExecContext(ctx, queries.Transaction.Begin.Text(), nil); err != nil {
		_ = c.Rollback() // the first of its statements may have been done
		return nil, err
	}
	c.inside = true
	return pooledTx{c}, nil
}

type pooledTx struct{ *pooledConn }

func (t pooledTx) Commit() error {
	t.inside = false
	return t.wired.Commit()
}

func (t pooledTx) Rollback() error {
	t.inside = false
	return t.wired.Rollback()
}

// QueryContext runs a query, which is not prepared: the next one may go to another server.
func (c *pooledConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.inside {
		return c.wired.QueryContext(ctx, query, args)
	}
	tx, err := c.BeginTx(ctx, driver.TxOptions{})
	if err != nil {
		return nil, err
	}
	rows, err := c.wired.QueryContext(ctx, query, args)
	if err != nil {
		_ = tx.Rollback()
		return nil, err
	}
	return pooledRows{rows, tx}, nil
}

// pooledRows end their transaction with themselves.
type pooledRows struct {
	driver.Rows
	tx driver.Tx
}

func (r pooledRows) Close() error {
	if err := r.Rows.Close(); err != nil {
		_ = r.tx.Rollback()
		return err
	}
	return r.tx.Commit()
}

// ExecContext runs a statement.
func (c *pooledConn) ExecContext(ctx context.Context, statement string, args []driver.NamedValue) (driver.Result, error) {
	if c.inside {
		return c.wired.ExecContext(ctx, statement, args)
	}
	tx, err := c.BeginTx(ctx, driver.TxOptions{})
	if err != nil {
		return nil, err
	}
	result, err := c.wired.ExecContext(ctx, statement, args)
	if err != nil {
		_ = tx.Rollback()
		return nil, err
	}
	return result, tx.Commit()
}

var errNamed = errors.New("a statement is named on a connection of a pool")

// PrepareContext is not for a server that is another one's the next moment: database/sql queries without.
func (c *pooledConn) PrepareContext(context.Context, string) (driver.Stmt, error) {
	return nil, errNamed
}
