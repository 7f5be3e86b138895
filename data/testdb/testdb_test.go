package testdb_test

import (
	"database/sql"
	"testing"

	"epev/data"
	"epev/data/testdb"
)

func TestMain(m *testing.M) {
	testdb.Main(m, data.Seed{Codes: []string{"client:list"}, Roles: []data.SeedRole{{Name: "clerk", Permissions: []string{"client:list"}}}})
}

// ask returns the one value that query has for answer in the database at dsn.
func ask(t *testing.T, dsn, query string) (answer string) {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	t.Parallel()
	a, b := testdb.New(t), testdb.New(t)
	ask(t, a, `INSERT INTO epic_events.company (name) VALUES ('X') RETURNING id`)
	if n := ask(t, b, `SELECT count(*) FROM epic_events.company`); n != "0" {
		t.Errorf("the other database has %s companies", n)
	}
	if s := ask(t, a, `SELECT rolsuper FROM pg_roles WHERE rolname = session_user`); s != "false" {
		t.Error("its user is a superuser")
	}
	if s := ask(t, testdb.Superuser(a), `SELECT rolsuper FROM pg_roles WHERE rolname = session_user`); s != "true" {
		t.Error("the superuser is none")
	}
	if s := ask(t, a, `SELECT string_agg(name || permissions::text, ' ') FROM epic_events.role`); s != "clerk{client:list}" {
		t.Errorf("seeded with %s", s)
	}
	if s := ask(t, testdb.Empty(t), `SELECT to_regnamespace('epic_events') IS NULL`); s != "true" {
		t.Error("the empty database has a schema")
	}
}
