package data_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"epev/commands/sentences"
	"epev/data"
	"epev/data/testdb"
	"epev/model"
	queries "epev/sql"
)

// seed is small and not that of testdb, so that a test sees which one a database got.
var seed = data.Seed{
	Codes: []string{"client:list", "client:view", "role:assign"},
	Roles: []data.SeedRole{
		{Name: "management", Permissions: []string{"role:assign", "client:list"}},
		{Name: "commercial", Permissions: []string{"client:view", "client:list"}},
		{Name: "support"},
	},
}

func connect(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func run(t testing.TB, db *sql.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.Exec(statement, args...); err != nil {
		t.Fatalf("%v\n%s", err, statement)
	}
}

// rows returns the result of a query with each row as one line, its values separated by blanks.
func rows(t testing.TB, db *sql.DB, query string, args ...any) []string {
	t.Helper()
	r, err := db.Query(query, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	defer r.Close()
	columns, _ := r.Columns()
	var lines []string
	for r.Next() {
		values := make([]sql.NullString, len(columns))
		targets := make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := r.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, v := range values {
			if !v.Valid {
				v.String = "-"
			}
			words = append(words, v.String)
		}
		lines = append(lines, strings.Join(words, " "))
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func one(t testing.TB, db *sql.DB, query string, args ...any) string {
	t.Helper()
	lines := rows(t, db, query, args...)
	if len(lines) != 1 {
		t.Fatalf("%d rows, want 1\n%s", len(lines), query)
	}
	return lines[0]
}

func check(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// refused runs a statement that the database must refuse, and returns its error.
func refused(t testing.TB, db *sql.DB, statement string, args ...any) *pq.Error {
	t.Helper()
	_, err := db.Exec(statement, args...)
	e, ok := errors.AsType[*pq.Error](err)
	if !ok {
		t.Fatalf("not refused: %v\n%s", err, statement)
	}
	return e
}

func mustMigrate(t testing.TB, db *sql.DB) data.Summary {
	t.Helper()
	summary, err := data.Migrate(t.Context(), db, seed)
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

// predecessor returns a database that holds a dump of testdata, loaded by its owner.
func predecessor(t testing.TB, file string) *sql.DB {
	t.Helper()
	dump, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	dsn := testdb.Empty(t)
	loader := connect(t, dsn)
	run(t, loader, string(dump))
	loader.Close() // its search_path is the dump's
	return connect(t, dsn)
}

var tables = []string{"role", "permission", "role_permission", "users", "company", "client", "contract", "event"}

// contents returns every row of the predecessor's tables, with the place it lies in and the transaction that wrote it.
// It leaves out the columns that epev added.
func contents(t testing.TB, db *sql.DB) map[string][]string {
	t.Helper()
	all := make(map[string][]string)
	for _, table := range tables {
		if one(t, db, `SELECT to_regclass('epic_events.' || $1) IS NULL`, table) == "false" {
			all[table] = rows(t, db, `SELECT ctid, xmin, to_jsonb(t) - '{version,signed_on,is_active,last_login,refresh_token_hash,cancelled_at,cancel_reason}'::text[] FROM epic_events.`+table+` t ORDER BY ctid`)
		}
	}
	return all
}

// structure returns what a schema consists of, with the identity of each thing.
func structure(t testing.TB, db *sql.DB) []string {
	t.Helper()
	return slices.Concat(
		rows(t, db, `SELECT 'relation', oid, relfilenode, relname FROM pg_class WHERE relnamespace = 'epic_events'::regnamespace ORDER BY oid`),
		rows(t, db, `SELECT 'constraint', oid, conname, pg_get_constraintdef(oid), xmin FROM pg_constraint WHERE connamespace = 'epic_events'::regnamespace ORDER BY oid`),
		rows(t, db, `SELECT 'trigger', g.oid, tgname, g.xmin FROM pg_trigger g JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = 'epic_events'::regnamespace ORDER BY 2`),
		rows(t, db, `SELECT 'function', oid, proname, xmin FROM pg_proc WHERE pronamespace = 'epic_events'::regnamespace ORDER BY oid`))
}

// rules returns the constraints of SPEC 6 as the database has them, by table and name.
func rules(t testing.TB, db *sql.DB) []string {
	t.Helper()
	return rows(t, db, `SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
		WHERE connamespace = 'epic_events'::regnamespace AND contype IN ('u', 'f', 'c') ORDER BY conrelid::regclass::text, conname`)
}

// SPEC 6: db-create seeds roles and permissions into an empty database, and is idempotent.
func TestMigrateEmptyDatabase(t *testing.T) {
	t.Parallel()
	db := connect(t, testdb.Empty(t))
	summary := mustMigrate(t, db)
	check(t, "summary", summary, data.Summary{Created: true, From: 0, To: summary.To, Seeded: true})
	check(t, "roles", rows(t, db, `SELECT id, name, permissions FROM epic_events.role ORDER BY id`),
		[]string{"1 management {client:list,role:assign}", "2 commercial {client:list,client:view}", "3 support {}"})
	check(t, "permissions", rows(t, db, `SELECT name FROM epic_events.permission ORDER BY name`), seed.Codes)
	check(t, "next role", one(t, db, `INSERT INTO epic_events.role (name) VALUES ('intern') RETURNING id`), "4")

	before, schema := contents(t, db), structure(t, db)
	check(t, "second summary", mustMigrate(t, db), data.Summary{From: summary.To, To: summary.To})
	check(t, "rows after the second run", contents(t, db), before)
	check(t, "schema after the second run", structure(t, db), schema)
}

func TestMigrateConcurrently(t *testing.T) {
	t.Parallel()
	dsn := testdb.Empty(t)
	summaries := make([]data.Summary, 8)
	var wg sync.WaitGroup
	for i := range summaries {
		db := connect(t, dsn)
		wg.Go(func() {
			var err error
			if summaries[i], err = data.Migrate(t.Context(), db, seed); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	created, seeded := 0, 0
	for _, s := range summaries {
		if s.Created {
			created++
		}
		if s.Seeded {
			seeded++
		}
	}
	if created != 1 || seeded != 1 {
		t.Errorf("created %d times, seeded %d times: %+v", created, seeded, summaries)
	}
	check(t, "roles", one(t, connect(t, dsn), `SELECT count(*) FROM epic_events.role`), "3")
}

func TestMigrateInterrupted(t *testing.T) {
	t.Parallel()
	dsn := testdb.Empty(t)
	holder := connect(t, dsn)
	holder.SetMaxOpenConns(1)
	run(t, holder, "BEGIN;"+queries.Schema.Lock.Text())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := data.Migrate(ctx, connect(t, dsn), seed)
		done <- err
	}()
	for len(rows(t, holder, `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)) == 0 {
	}
	cancel()
	if e, ok := errors.AsType[*pq.Error](<-done); !ok || e.Code != "57014" {
		t.Errorf("interrupted: %v", e)
	}
	holder.Close()
	mustMigrate(t, connect(t, dsn))
}

// SPEC 6: a predecessor's database is brought up to date in place, without changing a row or a grant.
func TestMigratePredecessor(t *testing.T) {
	t.Parallel()
	db := predecessor(t, "predecessor.sql")
	before := contents(t, db)

	summary := mustMigrate(t, db)
	if !summary.Created || summary.Seeded {
		t.Errorf("summary: %+v", summary)
	}
	check(t, "rows", contents(t, db), before)
	readable := "they stay readable and must be mended when they are next changed"
	shared := "they work on as they are, and no other is let in"
	warnings := []string{
		"users who share a mailbox, however it is written: 2 (id 2, 5); " + shared + `, with "user update ID --email ADDRESS"`,
		"companies that share a name, whatever its case, accents and blanks: 2 (id 1, 2); " + shared + `, with "company update ID --name NAME"`,
		"clients who share a mailbox, however it is written: 2 (id 1, 2); " + shared + `, with "client update ID --email ADDRESS"`,
		"events whose support contact does not exist: 1 (id 3); " + readable + `, with "event assign_support ID SUPPORT_ID"`,
		"contracts with more left to pay than their total: 1 (id 2); " + readable + `, with "contract update ID --remaining-amount AMOUNT"`,
		"contracts whose paid flag contradicts what is left to pay: 2 (id 3, 4); " + readable + `, with "contract update ID --remaining-amount AMOUNT"`,
		"events that do not end after they start: 1 (id 2); " + readable + `, with "event update ID --start-date DATE --end-date DATE"`,
		`clients whose phone is no number: 1 (id 2); they stay as they are and are to be mended, with "client update ID --phone NUMBER"`,
		"rows of company without updated_at: 1 (id 2); the next change of each gives it one",
		"roles whose permissions column differs from their grants: 1 (id 12); the grants count, and the column follows when the role is next changed",
	}
	check(t, "warnings", toldOf(summary.Warnings), warnings)

	schema := structure(t, db)
	second := mustMigrate(t, db)
	check(t, "second warnings", toldOf(second.Warnings), warnings)
	second.Warnings = nil
	check(t, "second summary", second, data.Summary{From: summary.To, To: summary.To})
	check(t, "rows after the second run", contents(t, db), before)
	check(t, "schema after the second run", structure(t, db), schema)
	check(t, "another's table", one(t, db, `SELECT version_num FROM epic_events.alembic_version`), "3f1c0a9be2d4")

	// Work goes on where the dump ended, and by epev's rules.
	check(t, "next client", one(t, db, `INSERT INTO epic_events.client (full_name, email, commercial_id, first_contact_date)
		VALUES ('Léa', 'lea@example.fr', 2, now()) RETURNING id, version`), "10 1")
	check(t, "next role", one(t, db, `INSERT INTO epic_events.role (name) VALUES ('temp') RETURNING id, permissions`), "14 {}")
	check(t, "rule", refused(t, db, `UPDATE epic_events.contract SET is_signed = false WHERE id = 2`).Constraint, "contract_remaining_total_check")
	check(t, "rule", refused(t, db, `UPDATE epic_events.contract SET is_signed = true WHERE id = 3`).Constraint, "contract_fully_paid_check")
	check(t, "rule", refused(t, db, `UPDATE epic_events.event SET notes = 'x' WHERE id = 2`).Constraint, "event_dates_check")
	check(t, "rule", refused(t, db, `INSERT INTO epic_events.client (full_name, email, commercial_id, first_contact_date)
		VALUES ('Léa', 'lea@example.fr', 2, now())`).Constraint, "client_email_key")

	// Once the rows are mended, the next db-create lets all rules hold: the schema is that of a new database.
	run(t, db, `
		UPDATE epic_events.users SET email = 'ines@epicevents.fr' WHERE id = 5;
		UPDATE epic_events.company SET name = 'Cool Startup 2', updated_at = now() WHERE id = 2;
		UPDATE epic_events.client SET email = 'elodie@example.fr', phone = '+33123456789' WHERE id = 2;
		UPDATE epic_events.contract SET remaining_amount = 100 WHERE id = 2;
		UPDATE epic_events.contract SET is_fully_paid = (remaining_amount = 0);
		UPDATE epic_events.event SET end_date = start_date + interval '1 hour' WHERE id = 2;
		UPDATE epic_events.event SET support_contact_id = NULL WHERE id IN (1, 3);
		UPDATE epic_events.role SET name = 'assistance' WHERE id = 12`)
	check(t, "summary of the mended database", mustMigrate(t, db), data.Summary{From: summary.To, To: summary.To, Settled: true})
	fresh := connect(t, testdb.Empty(t))
	mustMigrate(t, fresh)
	check(t, "rules", rules(t, db), rules(t, fresh))
	check(t, "role", one(t, db, `SELECT permissions FROM epic_events.role WHERE id = 12`), "{event:list,event:view}")
	check(t, "rule", refused(t, db, `UPDATE epic_events.users SET email = 'CLAIRE@epicevents.fr' WHERE id = 5`).Constraint, "users_email_lower_key")
	columns := `SELECT attrelid::regclass, attname, atttypid::regtype, attnotnull FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
		WHERE relnamespace = 'epic_events'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped AND relname <> 'alembic_version' ORDER BY relname, attname`
	check(t, "columns", rows(t, db, columns), rows(t, fresh, columns))
}

func TestMigrateOlderPredecessor(t *testing.T) {
	t.Parallel()
	db := predecessor(t, "older_predecessor.sql")
	before := contents(t, db)
	summary := mustMigrate(t, db)
	check(t, "warnings", toldOf(summary.Warnings), []string{"grants taken over from the permissions column of the roles: 3, of 2 roles"})
	after := contents(t, db)
	check(t, "roles", after["role"], before["role"])
	check(t, "users", after["users"], before["users"])
	check(t, "grants", rows(t, db, `SELECT role_id, name FROM epic_events.role_permission JOIN epic_events.permission ON id = permission_id ORDER BY 1, 2`),
		[]string{"1 client:list", "1 user:list", "2 client:list"})
	check(t, "history", rows(t, db, `SELECT actor, record_id, action, after FROM epic_events.change_log WHERE resource = 'role' ORDER BY id`), []string{
		`db-create 1 grant {"permission": "client:list"}`, `db-create 1 grant {"permission": "user:list"}`, `db-create 2 grant {"permission": "client:list"}`})
	check(t, "user", one(t, db, `SELECT is_active, version FROM epic_events.users`), "true 1")

	// What was revoked since does not come back.
	run(t, db, `DELETE FROM epic_events.role_permission`)
	check(t, "second warnings", toldOf(mustMigrate(t, db).Warnings), []string(nil))
	check(t, "grants", one(t, db, `SELECT count(*) FROM epic_events.role_permission`), "0")
	fresh := connect(t, testdb.Empty(t))
	mustMigrate(t, fresh)
	check(t, "rules", rules(t, db), rules(t, fresh))
}

// Two databases that share a SECRET_KEY do not take a token of one for a session of the other: the ids of their
// sessions are far apart.
func TestSessionsOfTwoDatabasesDiffer(t *testing.T) {
	t.Parallel()
	next := map[int64]bool{}
	for range 3 {
		db := connect(t, testdb.Empty(t))
		mustMigrate(t, db)
		var id int64
		if err := db.QueryRow(`SELECT nextval(pg_get_serial_sequence('epic_events.session', 'id')) / 1000000`).Scan(&id); err != nil {
			t.Fatal(err)
		}
		next[id] = true
	}
	if len(next) != 3 {
		t.Errorf("sessions begin in the millions %v", next)
	}
}

// A schema made by somebody with more rights, whose owner may create nothing else in the database: no
// trigrams then, and everything else.
func TestMigrateAsOwnerOfSchemaOnly(t *testing.T) {
	t.Parallel()
	dsn := testdb.Empty(t)
	admin := connect(t, testdb.Superuser(dsn))
	clerk := "clerk_" + one(t, admin, `SELECT current_database()`)
	run(t, admin, `CREATE ROLE `+clerk+` LOGIN`)
	t.Cleanup(func() {
		run(t, admin, `DROP OWNED BY `+clerk+`; DROP ROLE `+clerk)
	})
	run(t, admin, `CREATE SCHEMA epic_events AUTHORIZATION `+clerk)
	db := connect(t, strings.Replace(dsn, "//epev_owner@", "//"+clerk+"@", 1))
	check(t, "summary", mustMigrate(t, db).Created, true)
	search := `SELECT count(*) FROM pg_indexes WHERE schemaname = 'epic_events' AND indexname LIKE '%\_search'`
	check(t, "search indexes", one(t, db, search), "0")

	// The extension comes later, in another schema.
	run(t, admin, `CREATE SCHEMA "Extra Things"; CREATE EXTENSION pg_trgm SCHEMA "Extra Things"; GRANT USAGE ON SCHEMA "Extra Things" TO `+clerk)
	mustMigrate(t, db)
	check(t, "search indexes", one(t, db, search), "5")
	db.Close()
}

func TestMigrateRefusals(t *testing.T) {
	t.Parallel()
	refusal := func(t *testing.T, err error, message, hint string) {
		t.Helper()
		e := sentences.Of(err)
		if e.Message == "" {
			t.Fatalf("not an error for people: %v", err)
		}
		check(t, "refusal", []string{e.Message, e.Hint}, []string{message, hint})
		check(t, "kind", e.Kind, model.Unavailable)
	}

	t.Run("encoding", func(t *testing.T) {
		t.Parallel()
		dsn := testdb.Empty(t)
		admin := connect(t, testdb.Superuser(dsn))
		name := one(t, admin, `SELECT current_database()`)
		run(t, admin, `CREATE DATABASE `+name+`_latin OWNER epev_owner TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`)
		t.Cleanup(func() { run(t, admin, `DROP DATABASE `+name+`_latin WITH (FORCE)`) })
		_, err := data.Migrate(t.Context(), connect(t, strings.Replace(dsn, "/"+name, "/"+name+"_latin", 1)), seed)
		refusal(t, err, "the database is encoded in LATIN1, and epev needs UTF8", "create a database with encoding UTF8 and load a dump of this one into it")
	})
	t.Run("somebody else's schema", func(t *testing.T) {
		t.Parallel()
		dsn := testdb.Empty(t)
		run(t, connect(t, testdb.Superuser(dsn)), `CREATE SCHEMA epic_events`)
		_, err := data.Migrate(t.Context(), connect(t, dsn), seed)
		refusal(t, err, "the database user may not change the schema epic_events", `run "db-create" as the user who owns it, or who owns the database`)
	})
	t.Run("somebody else's view on epev's", func(t *testing.T) {
		t.Parallel()
		db := connect(t, testdb.Empty(t))
		mustMigrate(t, db)
		run(t, db, `CREATE SCHEMA reports; CREATE VIEW reports.clients AS SELECT full_name FROM epic_events.client_shown;
			DELETE FROM epic_events.schema_version WHERE version_id = (SELECT max(version_id) FROM epic_events.schema_version)`)
		before := structure(t, db)
		_, err := data.Migrate(t.Context(), db, seed)
		refusal(t, err, "something of yours rests on what epev makes anew: view reports.clients depends on view client_shown", `drop it, run "db-create", and create it again`)
		check(t, "schema", structure(t, db), before)
		run(t, db, `DROP VIEW reports.clients`)
		mustMigrate(t, db)
	})
	t.Run("versions", func(t *testing.T) {
		t.Parallel()
		db := connect(t, testdb.Empty(t))
		_, err := data.SchemaVersion(t.Context(), db)
		refusal(t, err, "the database has no schema yet", `run "db-create"`)
		summary := mustMigrate(t, db)
		version, err := data.SchemaVersion(t.Context(), db)
		if err != nil || version != summary.To {
			t.Errorf("version %d, %v", version, err)
		}
		run(t, db, `DELETE FROM epic_events.schema_version WHERE version_id = $1`, version)
		_, err = data.SchemaVersion(t.Context(), db)
		refusal(t, err, "the schema of the database is older than this epev", `run "db-create"`)
		run(t, db, `INSERT INTO epic_events.schema_version (version_id, is_applied) VALUES ($1, true), (999, true)`, version)
		newer := fmt.Sprintf("the schema of the database is newer than this epev: version 999, beyond %d", version)
		_, err = data.SchemaVersion(t.Context(), db)
		refusal(t, err, newer, "use the epev that made it, or a newer one")
		_, err = data.Migrate(t.Context(), db, seed)
		refusal(t, err, newer, "use the epev that made it, or a newer one")
	})
}

func TestMain(m *testing.M) { testdb.Main(m) }

func toldOf(warnings []error) (told []string) {
	for _, w := range warnings {
		told = append(told, sentences.Message(w))
	}
	return told
}
