package data_test

import (
	"testing"

	"epev/data"
	"epev/data/testdb"
	"epev/model"
)

// emptied returns a store that has found its schema whole, before the statement changes it.
func emptied(t *testing.T, statement string) *data.Store {
	t.Helper()
	dsn := testdb.New(t)
	s := open(t, dsn)
	if _, err := s.Read().Roles(t.Context(), model.Everything, struct{}{}, model.Page{}); err != nil {
		t.Fatal(err)
	}
	db := connect(t, testdb.Superuser(dsn))
	run(t, db, statement)
	db.Close()
	return s
}

func TestASchemaThatHasGoneIsToBeMade(t *testing.T) {
	t.Parallel()
	_, err := emptied(t, "DROP SCHEMA epic_events CASCADE").Read().Roles(t.Context(), model.Everything, struct{}{}, model.Page{})
	wantKind(t, err, model.Unavailable, "the database has no schema yet")
}

func TestASchemaThatHasBecomeOlderIsToBeCompleted(t *testing.T) {
	t.Parallel()
	s := emptied(t, "SET search_path = epic_events; DELETE FROM schema_version WHERE version_id = (SELECT max(version_id) FROM schema_version); ALTER TABLE role RENAME COLUMN name TO title")
	_, err := s.Read().Roles(t.Context(), model.Everything, struct{}{}, model.Page{})
	wantKind(t, err, model.Unavailable, "the schema of the database is older than this epev")
}

// A table, column or function that is missing from a whole schema is one that a statement of epev's names wrongly.
func TestAWrongNameInAStatementIsAFaultOfEpevs(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"table":  "ALTER TABLE epic_events.role_permission RENAME TO other",
		"column": "ALTER TABLE epic_events.role RENAME COLUMN name TO title",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := emptied(t, statement).Read().Roles(t.Context(), model.Everything, struct{}{}, model.Page{}); err == nil || model.KindOf(err) != model.Internal {
				t.Errorf("got %v (kind %d), want an unexpected error", err, model.KindOf(err))
			}
		})
	}
}
