package data_test

import (
	"database/sql"
	"slices"
	"strings"
	"sync"
	"testing"

	"epev/data/testdb"
)

// staffed returns a seeded database with one user of each role (ids 1 to 3), and a company, a client,
// a contract and an event of id 1.
func staffed(t testing.TB) *sql.DB {
	t.Helper()
	db := connect(t, testdb.New(t))
	run(t, db, `
		SET search_path = epic_events;
		INSERT INTO users (username, full_name, email, password_hash, role_id) VALUES
			('marie', 'Marie', 'marie@x.fr', 'hash-1', 1), ('claire', 'Claire', 'claire@x.fr', 'hash-2', 2), ('ines', 'Inès', 'ines@x.fr', 'hash-3', 3);
		INSERT INTO company (name) VALUES ('Cool Startup');
		INSERT INTO client (full_name, email, company_id, commercial_id, first_contact_date) VALUES ('Kevin', 'kevin@x.io', 1, 2, '2025-01-01Z');
		INSERT INTO contract (client_id, commercial_id, total_amount, remaining_amount) VALUES (1, 2, 100, 40);
		INSERT INTO event (title, contract_id, full_address, start_date, end_date) VALUES ('Gala', 1, 'Paris', '2025-01-01Z', '2025-01-02Z');
		RESET search_path`)
	return db
}

// history returns what a statement, in a transaction of its own, wrote into the history.
func history(t testing.TB, db *sql.DB, statement string) []string {
	t.Helper()
	mark := one(t, db, `SELECT coalesce(max(id), 0) FROM epic_events.change_log`)
	run(t, db, "SET LOCAL search_path = epic_events;"+statement)
	return rows(t, db, `SELECT resource, record_id, action, before, after FROM epic_events.change_log WHERE id > $1 ORDER BY id`, mark)
}

// Every create, update, delete, grant, login and logout writes one row, with what changed.
func TestHistory(t *testing.T) {
	t.Parallel()
	db := staffed(t)
	for _, test := range []struct {
		statement string
		want      []string
	}{
		{`UPDATE company SET name = 'Cooler'`, []string{`company 1 update {"name": "Cool Startup"} {"name": "Cooler"}`}},
		{`UPDATE client SET phone = '+33123456789', last_contact_date = '2025-06-01 10:00+02'`,
			[]string{`client 1 update {"phone": null, "last_contact_date": null} {"phone": "+33123456789", "last_contact_date": "2025-06-01T08:00:00+00:00"}`}},
		{`UPDATE contract SET remaining_amount = 0.00, is_fully_paid = true`,
			[]string{`contract 1 update {"is_fully_paid": false, "remaining_amount": 40.00} {"is_fully_paid": true, "remaining_amount": 0.00}`}},
		{`UPDATE event SET support_contact_id = 3`, []string{`event 1 update {"support_contact_id": null} {"support_contact_id": 3}`}},
		{`UPDATE users SET email = 'c@x.fr' WHERE id = 2`, []string{`user 2 update {"email": "claire@x.fr"} {"email": "c@x.fr"}`}},
		{`UPDATE users SET password_hash = 'hash-4' WHERE id = 2`, []string{`user 2 update {} {"password": "changed"}`}},
		// Bookkeeping is no change, nor is writing what is there.
		{`UPDATE users SET last_login = now(), refresh_token_hash = 'token-1' WHERE id = 2`, nil},
		{`SET LOCAL epev.renews_hash = 'on'; UPDATE users SET password_hash = 'hash-5' WHERE id = 2`, nil},
		{`UPDATE client SET full_name = full_name`, nil},
		{`INSERT INTO role_permission SELECT 3, id FROM permission WHERE name = 'user:list'`, []string{`role 3 grant - {"permission": "user:list"}`}},
		{`DELETE FROM role_permission g USING permission WHERE id = permission_id AND name = 'user:list' AND role_id = 3`,
			[]string{`role 3 revoke {"permission": "user:list"} -`}},
		{`INSERT INTO session (id, user_id, token_hash, expires_at) OVERRIDING SYSTEM VALUE VALUES (7, 2, 'token-2', now() + interval '1 day')`, []string{`user 2 login - -`}},
		{`UPDATE session SET token_hash = 'token-3', renewed_at = now()`, nil},
		{`UPDATE session SET ended_at = now(), end_reason = 'logged out'`, []string{`user 2 logout - {"reason": "logged out", "session": 7}`}},
		{`UPDATE session SET end_reason = 'other'`, nil},
		// A permission that goes takes its grants along, by name.
		{`INSERT INTO permission (name) VALUES ('report:print');
		  INSERT INTO role_permission SELECT 1, id FROM permission WHERE name = 'report:print';
		  DELETE FROM permission WHERE name = 'report:print'`,
			[]string{`role 1 grant - {"permission": "report:print"}`, `role 1 revoke {"permission": "report:print"} -`}},
		{`DELETE FROM contract`, []string{
			`contract 1 delete {"id": 1, "client_id": 1, "is_signed": false, "signed_on": null, "created_at": T, "total_amount": 100.00, "commercial_id": 2, "is_fully_paid": true, "remaining_amount": 0.00} -`,
			`event 1 delete {"id": 1, "notes": null, "title": "Gala", "end_date": "2025-01-02T00:00:00+00:00", "created_at": T, "start_date": "2025-01-01T00:00:00+00:00", "contract_id": 1, "cancelled_at": null, "full_address": "Paris", "cancel_reason": null, "participant_count": 0, "support_contact_id": 3} -`}},
		{`DELETE FROM company`, []string{
			`company 1 delete {"id": 1, "name": "Cooler", "created_at": T} -`,
			`client 1 update {"company_id": 1} {"company_id": null}`}},
		{`INSERT INTO company (name) VALUES ('New')`, []string{`company 2 create - {"id": 2, "name": "New", "created_at": T}`}},
		{`DELETE FROM users WHERE id = 3`, []string{
			`user 3 delete {"id": 3, "email": "ines@x.fr", "role_id": 3, "username": "ines", "full_name": "Inès", "is_active": true, "created_at": T} -`}},
	} {
		got := history(t, db, test.statement)
		for i, line := range got { // the time of creation is that of this run
			if before, after, ok := strings.Cut(line, `"created_at": "`); ok {
				_, after, _ = strings.Cut(after, `"`)
				got[i] = before + `"created_at": T` + after
			}
		}
		slices.Sort(got)
		slices.Sort(test.want)
		check(t, test.statement, got, test.want)
	}

	for _, secret := range []string{"hash-", "token-", "hash\""} {
		check(t, "rows with "+secret, one(t, db, `SELECT count(*) FROM epic_events.change_log l WHERE l::text LIKE '%' || $1 || '%'`, secret), "0")
	}
}

func TestHistoryNamesTheActor(t *testing.T) {
	t.Parallel()
	db := staffed(t)
	actor := func() string {
		t.Helper()
		return one(t, db, `SELECT actor_id, actor, session_id FROM epic_events.change_log ORDER BY id DESC LIMIT 1`)
	}
	nobody := "- database " + one(t, db, `SELECT session_user`) + " -"
	history(t, db, `UPDATE company SET name = 'A'`)
	check(t, "nobody", actor(), nobody)
	history(t, db, `SET LOCAL epev.actor_id = '2'; SET LOCAL epev.actor = 'claire'; SET LOCAL epev.session_id = '77'; UPDATE company SET name = 'B'`)
	check(t, "a user", actor(), "2 claire 77")
	history(t, db, `UPDATE company SET name = 'C'`) // the settings are empty now, not unset
	check(t, "nobody again", actor(), nobody)
	history(t, db, `INSERT INTO session (user_id, token_hash, expires_at) VALUES (3, 'x', now())`)
	check(t, "who logs in", actor(), "3 ines "+one(t, db, `SELECT id FROM epic_events.session`))
}

// The table refuses UPDATE and DELETE, also from its owner.
func TestHistoryIsAppendOnly(t *testing.T) {
	t.Parallel()
	db := staffed(t)
	before := one(t, db, `SELECT count(*) FROM epic_events.change_log`)
	for _, statement := range []string{
		`UPDATE epic_events.change_log SET actor = 'nobody'`,
		`DELETE FROM epic_events.change_log WHERE false`,
		`TRUNCATE epic_events.change_log`,
		`MERGE INTO epic_events.change_log l USING (VALUES (1)) v (id) ON l.id = v.id WHEN MATCHED THEN DELETE`,
	} {
		if strings.HasPrefix(statement, "MERGE") && one(t, db, `SELECT current_setting('server_version_num')::int >= 150000`) == "false" {
			continue
		}
		if e := refused(t, db, statement); !strings.HasPrefix(e.Message, "the history is append-only") {
			t.Errorf("%s: %v", statement, e)
		}
	}
	check(t, "rows", one(t, db, `SELECT count(*) FROM epic_events.change_log`), before)
}

// SPEC 6: role.permissions is a mirror that the database itself keeps equal.
func TestMirror(t *testing.T) {
	t.Parallel()
	db := staffed(t)
	same := func(what string) {
		t.Helper()
		check(t, what, rows(t, db, `SELECT name, permissions FROM epic_events.role ORDER BY id`),
			rows(t, db, `SELECT r.name, array(SELECT p.name FROM epic_events.role_permission g JOIN epic_events.permission p ON p.id = g.permission_id
				WHERE g.role_id = r.id ORDER BY p.name COLLATE "C") FROM epic_events.role r ORDER BY id`))
	}
	for _, statement := range []string{
		`SELECT`,
		`INSERT INTO role_permission SELECT 3, id FROM permission WHERE name LIKE 'user:%'`,
		`DELETE FROM role_permission USING permission WHERE id = permission_id AND name = 'user:list'`,
		`UPDATE role_permission SET role_id = 2 WHERE role_id = 3 AND permission_id = (SELECT id FROM permission WHERE name = 'user:create')`,
		`UPDATE permission SET name = 'report:print' WHERE name = 'client:list'`,
		`DELETE FROM permission WHERE name = 'client:view'`,
		`UPDATE role SET permissions = '{user:delete}' WHERE id = 3`,
		`INSERT INTO role (name, permissions) VALUES ('intern', '{user:delete}')`,
		`DELETE FROM role WHERE name = 'intern'`,
		`TRUNCATE role_permission`,
	} {
		run(t, db, `SET search_path = epic_events;`+statement+`; RESET search_path`)
		same(statement)
	}
	check(t, "version of a role", one(t, db, `SELECT version > 1 FROM epic_events.role WHERE id = 3`), "true")
}

func TestMirrorUnderConcurrency(t *testing.T) {
	t.Parallel()
	dsn := testdb.New(t)
	db := connect(t, dsn)
	codes := rows(t, db, `SELECT name FROM epic_events.permission ORDER BY name COLLATE "C"`)
	run(t, db, `DELETE FROM epic_events.role_permission WHERE role_id = 3`)
	var wg sync.WaitGroup
	for _, code := range codes {
		wg.Go(func() {
			if _, err := db.Exec(`INSERT INTO epic_events.role_permission SELECT 3, id FROM epic_events.permission WHERE name = $1`, code); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	check(t, "mirror", one(t, db, `SELECT permissions FROM epic_events.role WHERE id = 3`), "{"+strings.Join(codes, ",")+"}")
}

// Every row has a version, which counts its changes, whoever makes them.
func TestVersion(t *testing.T) {
	t.Parallel()
	db := staffed(t)
	db.SetMaxOpenConns(1) // for the temporary table
	for table, change := range map[string]string{
		"users": "full_name = 'X'", "role": "name = 'X'", "company": "name = 'X'", "client": "phone = 'X'",
		"contract": "total_amount = 200", "event": "title = 'X'",
	} {
		run(t, db, `CREATE TEMP TABLE before AS SELECT version FROM epic_events.`+table+` WHERE id = 1`)
		for _, set := range []string{change, change, "version = 40"} { // the same again is no change
			run(t, db, `UPDATE epic_events.`+table+` SET `+set+` WHERE id = 1`)
			check(t, table+": "+set, one(t, db, `SELECT r.version - b.version FROM epic_events.`+table+` r, before b WHERE id = 1`), "1")
		}
		if table != "role" {
			check(t, table+": updated_at", one(t, db, `SELECT updated_at > created_at FROM epic_events.`+table+` WHERE id = 1`), "true")
		}
		run(t, db, `DROP TABLE before`)
	}
	// A login conflicts with nobody.
	run(t, db, `UPDATE epic_events.users SET last_login = now(), refresh_token_hash = 'x', updated_at = '2000-01-01' WHERE id = 2`)
	check(t, "login", one(t, db, `SELECT version, updated_at = created_at FROM epic_events.users WHERE id = 2`), "1 true")
}

// The predecessor, or another program, may write through a role that has no rights on epev's own tables.
func TestTriggersServeOtherRoles(t *testing.T) {
	t.Parallel()
	dsn := testdb.New(t)
	admin := connect(t, testdb.Superuser(dsn))
	admin.SetMaxOpenConns(1)
	run(t, admin, `CREATE ROLE other_program; GRANT USAGE ON SCHEMA epic_events TO other_program;
		GRANT INSERT, SELECT, UPDATE ON epic_events.company, epic_events.role TO other_program;
		SET ROLE other_program;
		INSERT INTO epic_events.company (name) VALUES ('X');
		UPDATE epic_events.role SET permissions = '{}' WHERE id = 3;
		CREATE TEMP TABLE company (id int)`)
	check(t, "trigger functions", string(refused(t, admin, `CREATE TRIGGER forge AFTER INSERT ON company FOR EACH ROW EXECUTE FUNCTION epic_events.record_change()`).Code), "42501")
	check(t, "history", string(refused(t, admin, `INSERT INTO epic_events.change_log (actor, resource, record_id, action) VALUES ('marie', 'user', 1, 'login')`).Code), "42501")
	run(t, admin, `RESET ROLE; DROP OWNED BY other_program; DROP ROLE other_program`)
	check(t, "history", one(t, admin, `SELECT count(*) FROM epic_events.change_log WHERE resource = 'company'`), "1")
}
