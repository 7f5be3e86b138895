package data

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/lib/pq"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

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
	// Completed are the versions before From that were missing, and were made now.
	Completed []int64
	// Settled says that rules or indexes were made that were missing though all versions were there.
	Settled bool
	// Given are the roles of shells that were given what is new.
	Given []string
	// Warnings are what a person should know: rows that break a rule, with how many
	// they are and the first ids. They hold no data of anyone's.
	Warnings []error
}

// Migrate brings the schema of the database to the version of this epev, and puts the seed into a
// database that holds neither roles nor users. It does so in place on a predecessor's database: no
// row and no grant is changed, and rows that break a rule stay. Any number may run at once: they wait
// for each other. All of it is one transaction: it happens wholly or not at all. An older epev made each migration in
// a transaction of its own; what it left half made is completed.
//
// It is Unavailable if the server or the encoding of the database will not do, or if the database user may not change the
// schema. So it is if the tables are not those of the predecessor, or are of a newer epev. It also is if a view of
// somebody else's rests on one that is made anew.
func Migrate(ctx context.Context, db *sql.DB, seed Seed) (Summary, error) {
	return migrateAloud(ctx, db, seed, nil)
}

// migrateAloud is Migrate that tells for whom it waits; waiting may be nil.
func migrateAloud(ctx context.Context, db *sql.DB, seed Seed, waiting func(notice error)) (Summary, error) {
	summary, err := migrate(ctx, db, seed, waiting)
	if e, ok := errors.AsType[*pq.Error](err); ok {
		switch e.Code {
		case "42501":
			err = &model.Error{Kind: model.Unavailable, Err: err, Fault: "schema-forbidden", Try: []string{"db-create"}}
		case "2BP01": // a view of somebody else's, on one of epev's
			what, _, _ := strings.Cut(e.Detail, "\n")
			err = &model.Error{Kind: model.Unavailable, Err: err, Fault: "schema-relied-upon", Facts: model.Facts{"what": what}, Try: []string{"db-create"}}
		}
	}
	if err != nil {
		return Summary{}, fmt.Errorf("migrate the database: %w", err)
	}
	return summary, nil
}

func migrate(ctx context.Context, db *sql.DB, seed Seed, waiting func(notice error)) (summary Summary, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return summary, err
	}
	defer tx.Rollback()
	if err := lockSchema(ctx, tx, waiting); err != nil {
		return summary, err
	}
	if err := checkServer(ctx, tx); err != nil {
		return summary, err
	}
	found, err := findSchema(ctx, tx)
	if err != nil {
		return summary, err
	}
	if err := found.newer(); err != nil {
		return summary, err
	}
	if err := checkTables(ctx, tx); err != nil {
		return summary, err
	}
	summary.From, summary.To = found.version(), newestVersion()
	summary.Created = summary.From == 0 && !found.ours
	if summary.Completed, err = makeMigrations(ctx, tx, found); err != nil {
		return summary, err
	}
	before, err := standing(ctx, tx)
	if err != nil {
		return summary, err
	}
	if summary.Created {
		if err := takenOver(ctx, tx, &summary); err != nil {
			return summary, err
		}
	}
	if err := adopt(ctx, tx, &summary); err != nil {
		return summary, err
	}
	if err := execute(ctx, tx, queries.Schema.IndexSearch, nil); err != nil {
		return summary, err
	}
	if err := seedEmpty(ctx, tx, seed, &summary); err != nil {
		return summary, err
	}
	if err := execute(ctx, tx, queries.Schema.Settle, nil); err != nil {
		return summary, err
	}
	if summary.Given, err = refreshAppRoles(ctx, tx); err != nil {
		return summary, err
	}
	after, err := standing(ctx, tx)
	if err != nil {
		return summary, err
	}
	summary.Settled = summary.From == summary.To && len(summary.Completed) == 0 && after != before
	return summary, tx.Commit()
}

// standing stands for the rules and indexes that there are.
func standing(ctx context.Context, tx *sql.Tx) (what string, err error) {
	err = tx.QueryRowContext(ctx, queries.Schema.Standing.Text()).Scan(&what)
	return what, err
}

// lockSchema waits until no other db-create is at work. One that was stopped or lost does not stay: the server ends its
// transaction once it was idle for idleTimeout.
func lockSchema(ctx context.Context, tx *sql.Tx, waiting func(notice error)) error {
	free := false
	if err := tx.QueryRowContext(ctx, queries.Schema.LockFree.Text()).Scan(&free); err != nil {
		return err
	}
	if !free && waiting != nil {
		var pid int
		var user, host string
		err := tx.QueryRowContext(ctx, queries.Schema.LockHolder.Text()).Scan(&pid, &user, &host)
		switch holder := (&model.Error{Fault: "waiting-for-db-create", Facts: model.Facts{"user": user, "host": host, "pid": pid}}); {
		case err == nil && host != "":
			holder.Fault = "waiting-for-remote-db-create"
			waiting(holder)
		case err == nil:
			waiting(holder)
		case !errors.Is(err, sql.ErrNoRows): // else it has just ended
			return err
		}
	}
	return execute(ctx, tx, queries.Schema.Lock, nil)
}

// makeMigrations makes what is missing of the migrations, and returns those that were missing below others. It lets
// goose number them and keep the table of those that were made. It runs their text itself, as goose would give each a
// transaction of its own.
func makeMigrations(ctx context.Context, tx *sql.Tx, found schema) (missing []int64, err error) {
	versions, err := database.NewStore(database.DialectPostgres, versionTable)
	if err != nil {
		return nil, err
	}
	if err := execute(ctx, tx, queries.Schema.Prepare, nil); err != nil {
		return nil, err
	}
	if !found.versioned {
		if err := versions.CreateVersionTable(ctx, tx); err != nil {
			return nil, err
		}
		if err := versions.Insert(ctx, tx, database.InsertRequest{}); err != nil {
			return nil, err
		}
	}
	toMake := slices.DeleteFunc(slices.Clone(migrations), func(m migration) bool { return slices.Contains(found.made, m.version) })
	if len(toMake) == 0 {
		return nil, nil
	}
	if err := execute(ctx, tx, queries.Schema.Unshare, nil); err != nil {
		return nil, err
	}
	for _, m := range toMake {
		if _, err := tx.ExecContext(ctx, m.text()); err != nil {
			return nil, fmt.Errorf("migration %s: %w", m.name, err)
		}
		if err := versions.Insert(ctx, tx, database.InsertRequest{Version: m.version}); err != nil {
			return nil, err
		}
		if m.version < found.version() {
			missing = append(missing, m.version)
		}
	}
	_, err = tx.ExecContext(ctx, queries.Shown)
	return missing, err
}

// migration is a version of the schema, and the statements that lead to it from the one before. They may be run on a
// database where their effects are already: the table of versions may be lost.
type migration struct {
	version int64
	name    string
}

// text returns the statements.
func (m migration) text() string {
	text, err := fs.ReadFile(queries.Migrations, path.Join("schema", m.name))
	if err != nil {
		panic(err)
	}
	return string(text)
}

// migrations are all of them, the oldest first.
var migrations = func() (all []migration) {
	names, err := fs.Glob(queries.Migrations, "schema/*.sql")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			panic(err)
		}
		all = append(all, migration{version, path.Base(name)})
	}
	return all
}()

// NewestVersion is that of the schema that this epev works with.
func NewestVersion() int64 { return newestVersion() }

func newestVersion() int64 { return migrations[len(migrations)-1].version }

func checkServer(ctx context.Context, tx *sql.Tx) error {
	var major int
	var encoding string
	if err := tx.QueryRowContext(ctx, queries.Schema.Server.Text()).Scan(&major, &encoding); err != nil {
		return err
	}
	switch {
	case major < OldestServer:
		return &model.Error{Kind: model.Unavailable, Fault: "server-too-old", Facts: model.Facts{"major": major}}
	case encoding != "UTF8":
		return &model.Error{Kind: model.Unavailable, Fault: "other-encoding", Facts: model.Facts{"encoding": encoding}}
	}
	return nil
}

// checkTables refuses tables that epev cannot work with, before anything is changed.
func checkTables(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, queries.Schema.Unfit.Text())
	if err != nil {
		return err
	}
	defer rows.Close()
	var unfit []string
	for rows.Next() {
		var what string
		if err := rows.Scan(&what); err != nil {
			return err
		}
		unfit = append(unfit, what)
	}
	if err := rows.Err(); err != nil || len(unfit) == 0 {
		return err
	}
	return &model.Error{Kind: model.Unavailable, Fault: "tables-unfit", Facts: model.Facts{"unfit": unfit}, Try: []string{"db-create"}}
}

// takenOver tells of the grants that an older predecessor kept in role.permissions only.
func takenOver(ctx context.Context, tx *sql.Tx, summary *Summary) error {
	var grants, roles int64
	if err := tx.QueryRowContext(ctx, queries.Schema.TakenOver.Text()).Scan(&grants, &roles); err != nil {
		return err
	}
	if grants > 0 {
		summary.Warnings = append(summary.Warnings, &model.Error{Fault: "grants-taken-over", Facts: model.Facts{"grants": grants, "roles": roles}})
	}
	return nil
}

// makeRules makes the functions that tell the rules, unless they are there.
func makeRules(ctx context.Context, tx *sql.Tx) error {
	sum, made := fmt.Sprintf("%x", sha256.Sum256([]byte(queries.Rules))), false
	err := asked(ctx, tx, queries.Schema.RulesMade, args{"sum": sum}, &made)
	if err != nil || made {
		return err
	}
	if _, err := tx.ExecContext(ctx, queries.Rules); err != nil {
		return err
	}
	if err := execute(ctx, tx, queries.Schema.RulesSum, args{"sum": sum}); err != nil {
		return err
	}
	return execute(ctx, tx, queries.Schema.NoteRules, nil)
}

// adopt makes the rules hold that rows allow by now, and tells of the others.
func adopt(ctx context.Context, tx *sql.Tx, summary *Summary) error {
	if err := makeRules(ctx, tx); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, queries.Adoption); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, queries.Schema.Adopt.Text())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var brokenBy, consequence, mend string
		var count int64
		var ids pq.Int64Array
		if err := rows.Scan(&brokenBy, &count, &ids, &consequence, &mend); err != nil {
			return err
		}
		first := strings.Trim(strings.Join(strings.Fields(fmt.Sprint([]int64(ids))), ", "), "[]")
		if count > int64(len(ids)) {
			first += ", …"
		}
		told := &model.Error{Fault: "broken-rows", Facts: model.Facts{"what": brokenBy, "count": count, "ids": first, "consequence": consequence, "mend": mend}}
		if mend != "" {
			told.Fault = "broken-rows-to-mend"
		}
		summary.Warnings = append(summary.Warnings, told)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return execute(ctx, tx, queries.Schema.Forget, nil)
}

// seedEmpty puts the seed into a database that holds no data.
func seedEmpty(ctx context.Context, tx *sql.Tx, seed Seed, summary *Summary) error {
	if err := tx.QueryRowContext(ctx, queries.Schema.IsEmpty.Text()).Scan(&summary.Seeded); err != nil || !summary.Seeded {
		return err
	}
	if err := execute(ctx, tx, queries.Schema.SeedPermission, args{"codes": pq.Array(seed.Codes)}); err != nil {
		return err
	}
	for i, role := range seed.Roles {
		id := i + 1
		if err := execute(ctx, tx, queries.Schema.SeedRole, args{"id": id, "name": role.Name}); err != nil {
			return err
		}
		if err := execute(ctx, tx, queries.Schema.SeedGrant, args{"role": id, "codes": pq.Array(role.Permissions)}); err != nil {
			return err
		}
	}
	return execute(ctx, tx, queries.Schema.SeedSequence, nil)
}

// execute runs a statement that returns nothing.
func execute(ctx context.Context, tx *sql.Tx, q queries.Query, a args) error {
	bound, err := q.Bind(a)
	if err == nil {
		_, err = tx.ExecContext(ctx, q.Text(), bound...)
	}
	return err
}
