package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/lib/pq"
	"github.com/pressly/goose/v3"

	"epev/model"
	queries "epev/sql"
)

// versionTable is where goose notes which migrations were made.
const versionTable = "epic_events.schema_version"

// Seed is what a database without any data begins with. Codes are the permissions that exist; roles
// get the ids 1, 2, 3… in their order, and hold codes of Codes.
type Seed struct {
	Roles []SeedRole
	Codes []string
}

// SeedRole is a role and the permissions that it begins with.
type SeedRole struct {
	Name        string
	Permissions []string
}

// Summary says what Migrate found and did.
type Summary struct {
	Created  bool  // there was no schema of epev's before: an empty database or a predecessor's
	From, To int64 // versions of the schema, before and after; equal when there was nothing to do
	Seeded   bool  // the database held no data and got the seed
	// Warnings are sentences about what a person should know: rows that break a rule, with how many
	// they are and the first ids. They hold no data of anyone's.
	Warnings []string
}

// Migrate brings the schema of the database to the version of this epev, and puts the seed into a
// database that holds neither roles nor users. It does so in place on a predecessor's database: no
// row and no grant is changed, and rows that break a rule stay. Any number may run at once: they wait
// for each other. Each migration happens wholly or not at all; an interrupted Migrate is completed by
// the next. It takes two connections of db.
//
// It is Unavailable if the server or the encoding of the database will not do, if the schema is of a
// newer epev, or if the database user may not change it.
func Migrate(ctx context.Context, db *sql.DB, seed Seed) (Summary, error) {
	summary, err := migrate(ctx, db, seed)
	if e, ok := errors.AsType[*pq.Error](err); ok && e.Code == "42501" {
		err = &model.Error{Kind: model.Unavailable, Err: err, Message: "the database user may not change the schema epic_events",
			Hint: `run "db-create" as the user who owns it, or who owns the database`}
	}
	if err != nil {
		return Summary{}, fmt.Errorf("migrate the database: %w", err)
	}
	return summary, nil
}

func migrate(ctx context.Context, db *sql.DB, seed Seed) (summary Summary, err error) {
	provider, err := newProvider(db)
	if err != nil {
		return summary, err
	}
	summary.To = newestVersion(provider)

	conn, err := db.Conn(ctx)
	if err != nil {
		return summary, err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, queries.SchemaLock); err != nil {
		return summary, err
	}
	defer func() { // a connection that broke has given the lock back already
		_, unlock := conn.ExecContext(context.WithoutCancel(ctx), queries.SchemaUnlock)
		err = errors.Join(err, unlock)
	}()

	if err := checkServer(ctx, conn); err != nil {
		return summary, err
	}
	if summary.From, err = schemaVersion(ctx, conn, summary.To); err != nil {
		return summary, err
	}
	summary.Created = summary.From == 0
	if _, err := conn.ExecContext(ctx, queries.SchemaPrepare); err != nil {
		return summary, err
	}
	if _, err := provider.Up(ctx); err != nil {
		return summary, err
	}

	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return summary, err
	}
	defer tx.Rollback()
	if summary.Created {
		if err := takenOver(ctx, tx, &summary); err != nil {
			return summary, err
		}
	}
	if err := adopt(ctx, tx, &summary); err != nil {
		return summary, err
	}
	if _, err := tx.ExecContext(ctx, queries.SchemaIndexSearch); err != nil {
		return summary, err
	}
	if err := seedEmpty(ctx, tx, seed, &summary); err != nil {
		return summary, err
	}
	return summary, tx.Commit()
}

func newProvider(db *sql.DB) (*goose.Provider, error) {
	migrations, err := fs.Sub(queries.Migrations, "schema")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db, migrations,
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true))
}

func newestVersion(provider *goose.Provider) int64 {
	sources := provider.ListSources()
	return sources[len(sources)-1].Version
}

func checkServer(ctx context.Context, conn *sql.Conn) error {
	var major int
	var encoding string
	if err := conn.QueryRowContext(ctx, queries.SchemaServer).Scan(&major, &encoding); err != nil {
		return err
	}
	switch {
	case major < 14:
		return model.Errorf(model.Unavailable, "the server is PostgreSQL %d, and epev needs 14 or later", major).
			WithHint("upgrade the server, or give the address of another")
	case encoding != "UTF8":
		return model.Errorf(model.Unavailable, "the database is encoded in %s, and epev needs UTF8", encoding).
			WithHint("create a database with encoding UTF8 and load a dump of this one into it")
	}
	return nil
}

// SchemaVersion returns the version of the database's schema. It is Unavailable, and says what to do,
// unless that is the version of this epev.
func SchemaVersion(ctx context.Context, db *sql.DB) (int64, error) {
	provider, err := newProvider(db)
	if err != nil {
		return 0, err
	}
	version, err := schemaVersion(ctx, db, newestVersion(provider))
	switch {
	case err != nil:
		return 0, err
	case version == 0:
		return 0, model.Errorf(model.Unavailable, "the database has no schema yet").WithHint(`run "db-create"`)
	case version < newestVersion(provider):
		return 0, model.Errorf(model.Unavailable, "the schema of the database is older than this epev").WithHint(`run "db-create"`)
	}
	return version, nil
}

// schemaVersion reads the version of the schema, 0 where there is none. One beyond newest is Unavailable.
func schemaVersion(ctx context.Context, q interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, newest int64) (version int64, err error) {
	err = q.QueryRowContext(ctx, queries.SchemaVersion).Scan(&version)
	if e, ok := errors.AsType[*pq.Error](err); ok && (e.Code == "42P01" || e.Code == "3F000") { // no table, no schema
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of the schema: %w", err)
	}
	if version > newest {
		return 0, model.Errorf(model.Unavailable, "the schema of the database is newer than this epev: version %d, beyond %d",
			version, newest).WithHint("use the epev that made it, or a newer one")
	}
	return version, nil
}

// takenOver tells of the grants that an older predecessor kept in role.permissions only.
func takenOver(ctx context.Context, tx *sql.Tx, summary *Summary) error {
	var grants, roles int64
	if err := tx.QueryRowContext(ctx, queries.SchemaTakenOver).Scan(&grants, &roles); err != nil {
		return err
	}
	if grants > 0 {
		summary.Warnings = append(summary.Warnings,
			fmt.Sprintf("grants taken over from the permissions column of the roles: %d, of %s", grants, model.Count(roles, "role")))
	}
	return nil
}

// adopt makes the rules hold that rows allow by now, and tells of the others.
func adopt(ctx context.Context, tx *sql.Tx, summary *Summary) error {
	rows, err := tx.QueryContext(ctx, queries.SchemaAdopt)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var brokenBy, consequence string
		var count int64
		var ids pq.Int64Array
		if err := rows.Scan(&brokenBy, &count, &ids, &consequence); err != nil {
			return err
		}
		first := strings.Trim(strings.Join(strings.Fields(fmt.Sprint([]int64(ids))), ", "), "[]")
		if count > int64(len(ids)) {
			first += ", …"
		}
		summary.Warnings = append(summary.Warnings, fmt.Sprintf("%s: %d (id %s); %s", brokenBy, count, first, consequence))
	}
	return rows.Err()
}

// seedEmpty puts the seed into a database that holds no data.
func seedEmpty(ctx context.Context, tx *sql.Tx, seed Seed, summary *Summary) error {
	if err := tx.QueryRowContext(ctx, queries.SchemaIsEmpty).Scan(&summary.Seeded); err != nil || !summary.Seeded {
		return err
	}
	if _, err := tx.ExecContext(ctx, queries.SchemaSeedPermission, pq.Array(seed.Codes)); err != nil {
		return err
	}
	for i, role := range seed.Roles {
		id := i + 1
		if _, err := tx.ExecContext(ctx, queries.SchemaSeedRole, id, role.Name); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, queries.SchemaSeedGrant, id, pq.Array(role.Permissions)); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, queries.SchemaSeedSequence)
	return err
}
