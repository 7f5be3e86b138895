package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lib/pq"

	queries "epev/sql"
)

// Private is a database on the private server.
type Private struct {
	Name         string
	create, drop string
}

// The databases on the private server: the one that staff work on, and the sandbox of epev demo.
var (
	Main = Private{Name: "epev", create: queries.DatabaseCreateMain}
	Demo = Private{Name: "epev_demo", create: queries.DatabaseCreateDemo, drop: queries.DatabaseDropDemo}
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

func (p Private) administer(ctx context.Context, through Config, statement string) error {
	c, err := newConnector(through, silence)
	if err != nil {
		return err
	}
	db := sql.OpenDB(c)
	defer db.Close()
	if _, err := db.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("administer database %s: %w", p.Name, err)
	}
	return nil
}

// Info says which database a store is connected to.
type Info struct {
	ServerVersion string `db:"server_version"`
	User          string `db:"user_name"`
	Database      string `db:"database_name"`
	Host          string `db:"host"` // address or socket directory of the server
	Port          int    `db:"port"`
	SchemaVersion int64  `db:"-"` // 0: there is no schema
}

// Info asks the database what it is.
func (s *Store) Info(ctx context.Context) (Info, error) {
	info, err := get[Info](ctx, s.reader, queries.DatabaseInfo)
	if err != nil {
		return Info{}, s.reader.failed(ctx, "ask the database what it is", err)
	}
	info.SchemaVersion, err = SchemaVersion(ctx, s.db.DB)
	if err != nil {
		info.SchemaVersion = 0
	}
	return info, nil
}
