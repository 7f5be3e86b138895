package data

import (
	"context"
	"errors"
	"fmt"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// Private is a database on the private server.
type Private struct {
	Name               string
	create, drop, lock queries.Query
}

// The databases on the private server: the one that staff work on, and the sandbox of epev demo.
var (
	Main = Private{Name: "epev", create: queries.Database.CreateMain}
	Demo = Private{Name: "epev_demo", create: queries.Database.CreateDemo, drop: queries.Database.DropDemo, lock: queries.Database.LockDemo}
)

// Ensure creates the database, unless it exists, through another one on the same server.
func (p Private) Ensure(ctx context.Context, through Config) error {
	err := p.administer(ctx, through, p.create)
	// 42P04: it exists; 23505: another process creates it at this moment.
	if e, ok := errors.AsType[*pq.Error](err); ok && (e.Code == "42P04" || e.Code == "23505") {
		return nil
	}
	return err
}

// Drop removes the sandbox, and whoever is connected to it.
func (p Private) Drop(ctx context.Context, through Config) error {
	return p.administer(ctx, through, p.drop)
}

// Alone runs fn while no other process is in an Alone of the sandbox.
func (p Private) Alone(ctx context.Context, through Config, fn func(ctx context.Context) error) error {
	s, err := Open(through)
	if err != nil {
		return err
	}
	defer s.Close()
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return s.translate(ctx, err)
	}
	defer conn.Close() // whereupon s.Close ends the session, and with it the lock
	if _, err := conn.ExecContext(ctx, p.lock.Text()); err != nil {
		if e, ok := errors.AsType[*pq.Error](err); ok && e.Code == "57014" && ctx.Err() == nil {
			return &model.Error{Kind: model.Conflict, Fault: "sandbox-busy", Err: err}
		}
		return s.translate(ctx, fmt.Errorf("wait for the database %s: %w", p.Name, err))
	}
	return fn(ctx)
}

func (p Private) administer(ctx context.Context, through Config, q queries.Query) error {
	s, err := Open(through)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.db.ExecContext(ctx, q.Text()); err != nil {
		return s.translate(ctx, fmt.Errorf("administer the database %s: %w", p.Name, err))
	}
	return nil
}

// Info says which database a store is connected to.
type Info struct {
	ServerVersion string `db:"server_version"`
	User          string `db:"user_name"`
	Database      string `db:"database_name"`
	SchemaVersion int64  `db:"-"` // 0: there is no schema
}

// Address says where epev connects to: the host that answered last, or before one did the first of
// those that are configured.
type Address struct {
	Host           string // a name, an address, or the directory of a socket
	Port           int
	User, Database string
}

// Info asks the database what it is.
func (s *Store) Info(ctx context.Context) (Info, error) {
	info, err := get[Info](ctx, s.anyReader(), queries.Database.Info, nil)
	if err != nil {
		return Info{}, s.reader.failed(ctx, "ask the database what it is", err)
	}
	if found, err := findSchema(ctx, s.db); err == nil {
		info.SchemaVersion = found.version()
	}
	return info, nil
}
