package data_test

import (
	"cmp"
	"database/sql"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/lib/pq"

	"epev/data"
	"epev/data/testdb"
	"epev/model"
	queries "epev/sql"
)

// shells is a database, who may do anything with it, and a name for the role of shells that no other test has.
type shells struct {
	dsn, role string
	store     *data.Store
	admin     *sql.DB
}

func newShells(t *testing.T) shells {
	t.Helper()
	dsn := testdb.New(t)
	s := shells{dsn: dsn, role: `Shells "of" ` + databaseOf(t, dsn) + `: 50%, é`}
	s.store, s.admin = openAs(t, testdb.Superuser(dsn)), handle(t, testdb.Superuser(dsn))
	return s
}

func databaseOf(t *testing.T, dsn string) string {
	t.Helper()
	address, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return address.Path[1:]
}

// as is the address of the database as a role.
func (s shells) as(role string) string {
	address, _ := url.Parse(s.dsn)
	address.User = url.User(role)
	return address.String()
}

func openAs(t *testing.T, dsn string) *data.Store {
	t.Helper()
	store, err := data.Open(data.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

func handle(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func (s shells) do(t *testing.T, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := s.admin.Exec(strings.ReplaceAll(statement, "SHELLS", pq.QuoteIdentifier(s.role))); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func (s shells) make(t *testing.T, owner string) []string {
	t.Helper()
	made, err := s.store.MakeAppRole(t.Context(), data.AppRole{Name: s.role, Owner: owner})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// differences are those that the role itself finds.
func (s shells) differences(t *testing.T) []data.Difference {
	t.Helper()
	role, found, err := openAs(t, s.as(s.role)).Privileges(t.Context())
	if err != nil || role != s.role {
		t.Fatalf("%q %v", role, err)
	}
	return found
}

func TestEachTableIsInTheListOfPrivileges(t *testing.T) {
	t.Parallel()
	var tables pq.StringArray
	if err := handle(t, testdb.New(t)).QueryRow(`SELECT array_agg(relname) FROM pg_class WHERE relnamespace = 'epic_events'::regnamespace AND relkind IN ('r', 'p')`).Scan(&tables); err != nil {
		t.Fatal(err)
	}
	for _, name := range tables {
		if !strings.Contains(queries.Privilege.Found.Text(), "('"+name+"', '{") {
			t.Errorf("the list of sql/privilege.sql does not tell what shells may do with %s", name)
		}
	}
}

// The role that shells use does what epev does, and psql as that role nothing beyond it.
func TestTheRoleOfTheShells(t *testing.T) {
	t.Parallel()
	s := newShells(t)
	for _, statement := range s.make(t, "") {
		if strings.HasPrefix(statement, "GRANT EXECUTE") {
			t.Errorf("%s: who may not call it by now need not", statement)
		}
	}
	if again := s.make(t, ""); len(again) > 0 {
		t.Errorf("once it is made, it takes: %q", again)
	}
	if found := s.differences(t); len(found) > 0 {
		t.Errorf("once it is made, it differs: %v", found)
	}
	db := handle(t, s.as(s.role))
	for _, statement := range []string{
		"CREATE TABLE epic_events.mine (id int)", "CREATE TABLE public.mine (id int)", "CREATE SCHEMA mine", "CREATE VIEW epic_events.mine AS SELECT 1",
		"CREATE FUNCTION epic_events.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
		"CREATE EXTENSION hstore", "CREATE ROLE other", "CREATE DATABASE other", "ALTER TABLE epic_events.client ADD x int", "CREATE INDEX ON epic_events.client (id)",
		"ALTER TABLE epic_events.change_log DISABLE TRIGGER ALL", "CREATE TRIGGER t BEFORE INSERT ON epic_events.change_log FOR EACH ROW EXECUTE FUNCTION epic_events.next_version()",
		"CREATE RULE r AS ON INSERT TO epic_events.payment DO INSTEAD NOTHING", "SET session_replication_role = replica",
		"TRUNCATE epic_events.client CASCADE", "TRUNCATE epic_events.change_log", "TRUNCATE epic_events.payment", "DROP TABLE epic_events.note", "DROP SCHEMA epic_events CASCADE",
		"UPDATE epic_events.change_log SET actor = 'nobody'", "DELETE FROM epic_events.change_log", "INSERT INTO epic_events.change_log (resource, record_id, action) VALUES ('client', 1, 'update')",
		"SELECT FROM epic_events.change_log FOR UPDATE", "UPDATE epic_events.payment SET amount = 1", "DELETE FROM epic_events.payment",
		"SELECT setval('epic_events.change_log_id_seq', 1)", "SELECT nextval('epic_events.change_log_id_seq')", "SELECT setval('epic_events.client_id_seq', 1)",
		"SELECT token_hash FROM epic_events.session", "SELECT FROM epic_events.session WHERE token_hash = 'x'", "UPDATE epic_events.session SET token_hash = 'x'",
		"COPY epic_events.session TO STDOUT", "INSERT INTO epic_events.session (user_id, token_hash, expires_at, secret_hash) VALUES (1, 'x', now(), 'x') RETURNING token_hash",
		"SELECT token_hash FROM epic_events.session_token", "SELECT refresh_token_hash FROM epic_events.users", "SELECT s::text FROM epic_events.session s",
		"UPDATE epic_events.role SET name = 'x'", "INSERT INTO epic_events.role (name) VALUES ('x')", "DELETE FROM epic_events.role",
		"UPDATE epic_events.schema_version SET version_id = 1", "INSERT INTO epic_events.schema_version (version_id, is_applied) VALUES (99, true)", "DELETE FROM epic_events.schema_version",
		"DELETE FROM epic_events.taken", "SELECT FROM epic_events.app_role", "SELECT epic_events.keep_all()", "SELECT epic_events.liken_all()",
		"SELECT epic_events.rewind('{session}', '{user}', '{0}')", "CREATE TEMPORARY TABLE hung (id int); CREATE TRIGGER t AFTER INSERT ON hung FOR EACH ROW EXECUTE FUNCTION epic_events.record_change()",
		"SET ROLE epev_owner", "SET SESSION AUTHORIZATION epev", "GRANT epev_owner TO CURRENT_USER", "GRANT SELECT ON epic_events.client TO PUBLIC; SELECT 1/0",
		"ALTER ROLE CURRENT_USER SUPERUSER", "ALTER ROLE CURRENT_USER CREATEDB", "COPY epic_events.client TO PROGRAM 'cat'", "COPY epic_events.client TO '/tmp/x'", "SELECT pg_read_file('PG_VERSION')",
		"SELECT lo_import('/etc/passwd')", "ALTER SYSTEM SET work_mem = '5MB'", "ALTER DATABASE " + databaseOf(t, s.dsn) + " SET work_mem = '5MB'",
	} {
		_, err := db.Exec(statement)
		if e, ok := errors.AsType[*pq.Error](err); err == nil {
			t.Errorf("%s: it may", statement)
		} else if !ok || e.Code != "42501" && !strings.HasPrefix(statement, "GRANT SELECT") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	for _, statement := range []string{"CREATE TEMPORARY TABLE mine (id int)", "SELECT session_id FROM epic_events.token_session('x')", "SELECT id, user_id FROM epic_events.session"} {
		if _, err := db.Exec(statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if found := s.differences(t); len(found) > 0 { // the table counts for nothing, as it is temporary
		t.Errorf("after all that it differs: %v", found)
	}
}

// What was given beyond the list is found and taken back, and what was taken is given.
func TestWhatTheRoleOfTheShellsHasTooManyAndTooFew(t *testing.T) {
	t.Parallel()
	s := newShells(t)
	s.make(t, "")
	for _, c := range []struct {
		planted string
		found   []data.Difference
	}{
		{"GRANT UPDATE, TRUNCATE ON epic_events.payment TO SHELLS", []data.Difference{{Kind: "excess", What: "payment", Privilege: "TRUNCATE"}, {Kind: "excess", What: "payment", Privilege: "UPDATE"}}},
		{"GRANT DELETE ON epic_events.change_log TO PUBLIC", []data.Difference{{Kind: "excess", What: "change_log", Privilege: "DELETE"}}},
		{"GRANT SELECT (token_hash) ON epic_events.session TO SHELLS", []data.Difference{{Kind: "excess", What: "session.token_hash", Privilege: "SELECT"}}},
		{"GRANT UPDATE ON SEQUENCE epic_events.change_log_id_seq TO SHELLS", []data.Difference{{Kind: "excess", What: "sequence change_log_id_seq", Privilege: "UPDATE"}}},
		{"GRANT EXECUTE ON FUNCTION epic_events.record_change() TO SHELLS", []data.Difference{{Kind: "excess", What: "function epic_events.record_change()", Privilege: "EXECUTE"}}},
		{"GRANT CREATE ON SCHEMA epic_events TO SHELLS", []data.Difference{{Kind: "excess", What: "schema epic_events", Privilege: "CREATE"}}},
		{"GRANT CREATE ON SCHEMA public TO PUBLIC", []data.Difference{{Kind: "excess", What: "schema public", Privilege: "CREATE"}}},
		{"GRANT CREATE ON DATABASE " + databaseOf(t, s.dsn) + " TO SHELLS", []data.Difference{{Kind: "excess", What: "database " + databaseOf(t, s.dsn), Privilege: "CREATE"}}},
		{"ALTER ROLE SHELLS CREATEDB", []data.Difference{{Kind: "createdb", What: s.role}}},
		{"ALTER ROLE SHELLS CREATEROLE", []data.Difference{{Kind: "createrole", What: s.role}}},
		{"ALTER ROLE SHELLS BYPASSRLS", []data.Difference{{Kind: "bypassrls", What: s.role}}},
		{"GRANT pg_execute_server_program TO SHELLS", []data.Difference{{Kind: "member", What: "pg_execute_server_program"}}},
		{"REVOKE INSERT ON epic_events.client FROM SHELLS", []data.Difference{{Kind: "missing", What: "client", Privilege: "INSERT"}}},
		{"REVOKE SELECT (email) ON epic_events.users FROM SHELLS", []data.Difference{{Kind: "missing", What: "users", Privilege: "SELECT"}}},
		{"REVOKE TEMPORARY ON DATABASE " + databaseOf(t, s.dsn) + " FROM PUBLIC, SHELLS", []data.Difference{{Kind: "missing", What: "database " + databaseOf(t, s.dsn), Privilege: "TEMPORARY"}}},
		{"REVOKE EXECUTE ON FUNCTION epic_events.search_key(text) FROM PUBLIC", []data.Difference{{Kind: "missing", What: "function epic_events.search_key(text)", Privilege: "EXECUTE"}}},
	} {
		s.do(t, c.planted)
		found := s.differences(t)
		for i := range found {
			if found[i].Statement == "" {
				t.Errorf("%s: what mends it is not told", c.planted)
			}
			found[i].Statement = ""
		}
		slices.SortFunc(found, func(a, b data.Difference) int { return cmp.Compare(a.Privilege, b.Privilege) })
		if !slices.Equal(found, c.found) {
			t.Errorf("%s: found %v", c.planted, found)
		}
		s.make(t, "")
		if found := s.differences(t); len(found) > 0 {
			t.Errorf("%s, mended: %v", c.planted, found)
		}
	}
	// The whole table instead of its columns.
	s.do(t, "GRANT ALL ON ALL TABLES IN SCHEMA epic_events TO SHELLS")
	s.make(t, "")
	if found := s.differences(t); len(found) > 0 {
		t.Errorf("of all mended: %v", found)
	}
}

// What is printed does the same, run by another one at another time, also for a role that has too much.
func TestWhatIsPrintedMakesTheRoleOfTheShells(t *testing.T) {
	t.Parallel()
	s := newShells(t)
	for _, before := range []string{"SELECT", "GRANT ALL ON ALL TABLES IN SCHEMA epic_events TO SHELLS; ALTER ROLE SHELLS CREATEROLE"} {
		s.do(t, before)
		statements, err := openAs(t, s.dsn).AppRoleStatements(t.Context(), data.AppRole{Name: s.role, Owner: "epev_owner"})
		if err != nil {
			t.Fatal(err)
		}
		s.do(t, "BEGIN; "+strings.Join(statements, "; ")+"; COMMIT")
		if found := s.differences(t); len(found) > 0 {
			t.Errorf("after %s it differs: %v", before, found)
		}
	}
}

func TestWhoCannotBeTheRoleOfTheShells(t *testing.T) {
	t.Parallel()
	s := newShells(t)
	database := databaseOf(t, s.dsn)
	s.do(t, "CREATE ROLE SHELLS LOGIN SUPERUSER", "CREATE ROLE "+database+"_owner LOGIN", "CREATE ROLE "+database+"_table LOGIN",
		"CREATE TABLE public.wages (id int)", "ALTER TABLE public.wages OWNER TO "+database+"_table")
	refused := func(by *data.Store, role data.AppRole, fault model.Fault, kind model.Kind) {
		t.Helper()
		_, err := by.MakeAppRole(t.Context(), role)
		if e, _ := errors.AsType[*model.Error](err); e == nil || e.Fault != fault || e.Kind != kind {
			t.Errorf("%v: %v", role, err)
		}
	}
	refused(s.store, data.AppRole{Name: s.role}, "role-superuser", model.Conflict)
	if found := s.differences(t); len(found) != 1 || found[0].Kind != "superuser" {
		t.Errorf("a superuser: %v", found)
	}
	refused(s.store, data.AppRole{Name: "epev_owner"}, "role-owns", model.Conflict)
	refused(s.store, data.AppRole{Name: database + "_table"}, "role-owns", model.Conflict)
	refused(s.store, data.AppRole{Name: database + "_table", Owner: database + "_owner"}, "role-owns", model.Conflict)
	owner := openAs(t, s.dsn)
	_, found, err := owner.Privileges(t.Context())
	if err != nil || len(found) != 1 || found[0].Kind != "owns" || !strings.HasPrefix(found[0].What, "database "+database+",") {
		t.Errorf("the owner: %v %v", found, err)
	}
	refused(owner, data.AppRole{Name: "unmade"}, "may-not-grant", model.Denied)
	if all, err := owner.AppRoleStatements(t.Context(), data.AppRole{Name: "unmade", Owner: "new owner"}); err != nil || !slices.Contains(all, `CREATE ROLE "new owner" NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE`) {
		t.Errorf("printed: %q %v", all, err)
	}
	var there bool
	if err := s.admin.QueryRow("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname IN ('unmade', 'new owner')) OR EXISTS (SELECT FROM epic_events.app_role WHERE name <> 'epev_shells')").Scan(&there); err != nil || there {
		t.Errorf("something was made: %v", err)
	}
}

// Who owned everything becomes the role of shells where the schema gets another owner, who can be given back nothing by it.
func TestAnotherOwner(t *testing.T) {
	t.Parallel()
	s := newShells(t)
	old, owner := "old_"+databaseOf(t, s.dsn), `The "owner" of `+databaseOf(t, s.dsn)
	s.do(t, "CREATE ROLE "+old+" LOGIN", "ALTER DATABASE "+databaseOf(t, s.dsn)+" OWNER TO "+old, "GRANT epev_owner TO "+old)
	s.make(t, old) // everything is of the old one
	s.role = old
	s.make(t, owner)
	if found := s.differences(t); len(found) > 0 {
		t.Errorf("it differs: %v", found)
	}
	var left int
	if err := s.admin.QueryRow(`SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner LEFT JOIN pg_depend e ON e.objid = c.oid AND e.deptype = 'e'
		WHERE relnamespace = 'epic_events'::regnamespace AND e.objid IS NULL AND rolname <> $1`, owner).Scan(&left); err != nil || left > 0 {
		t.Errorf("%d are another one's (%v)", left, err)
	}
}

// A db-create after an upgrade gives the roles that were made once what is new, whoever may run it.
func TestMigrateGivesTheRolesOfShellsWhatIsNew(t *testing.T) {
	t.Parallel()
	s := newShells(t)
	s.make(t, "")
	gone := "gone_" + databaseOf(t, s.dsn)
	s.do(t, "INSERT INTO epic_events.app_role (name) VALUES ('"+gone+"')",
		"REVOKE ALL ON epic_events.note FROM SHELLS", "GRANT UPDATE ON epic_events.change_log TO SHELLS", "DELETE FROM epic_events.schema_version WHERE version_id = 16")
	owner := handle(t, s.dsn)
	summary, err := data.Migrate(t.Context(), owner, data.Seed{})
	if err != nil || !slices.Contains(summary.Given, s.role) {
		t.Fatalf("%+v %v", summary, err)
	}
	if found := s.differences(t); len(found) > 0 {
		t.Errorf("it differs: %v", found)
	}
	if summary, err = data.Migrate(t.Context(), owner, data.Seed{}); err != nil || summary.Given != nil {
		t.Errorf("again: %+v %v", summary, err)
	}
	// What a superuser's db-create makes belongs to the owner who was named.
	s.make(t, "epev_owner")
	s.do(t, "DELETE FROM epic_events.schema_version WHERE version_id = 25", "DROP FUNCTION epic_events.token_session")
	if _, err := data.Migrate(t.Context(), s.admin, data.Seed{}); err != nil {
		t.Fatal(err)
	}
	var of string
	if err := s.admin.QueryRow("SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE proname = 'token_session'").Scan(&of); err != nil || of != "epev_owner" {
		t.Errorf("the function is that of %q %v", of, err)
	}
}
