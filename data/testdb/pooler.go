package testdb

import (
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"epev/data/testdb/needs"
)

// Pooler returns the address of a PgBouncer of this test's own that leads to the database at dsn. It pools by
// transactions, with at most two connections to the server. Each of the settings is a line of its configuration. Where
// PgBouncer is not installed the test is skipped.
func Pooler(t testing.TB, dsn string, settings ...string) string {
	t.Helper()
	program := needs.Program(t, "pgbouncer", "/usr/sbin/pgbouncer")
	dir, err := os.MkdirTemp("", "epev-pooler-") // not the test's own, whose path may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	server := filepath.Join(u.Query().Get("host"), ".s.PGSQL."+u.Query().Get("port"))
	Relay(t, filepath.Join(dir, ".s.PGSQL.5432"), server)
	name := strings.TrimPrefix(u.Path, "/")
	config := fmt.Sprintf(`[databases]
%s = host=%s port=5432 user=%s
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = %s
auth_type = any
pool_mode = transaction
default_pool_size = 2
min_pool_size = 2
logfile =
%s
`, name, dir, owner, dir, strings.Join(settings, "\n"))
	file := filepath.Join(dir, "pgbouncer.ini")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	// It ends with this process, however that ends.
	cmd := exec.Command("/bin/sh", "-c", `"$1" -q "$2" </dev/null & read done; kill -9 $!; wait`, "sh", program, file)
	cmd.Dir = "/"
	if os.Geteuid() == 0 { // which PgBouncer refuses to be
		nobody, err := user.Lookup("nobody")
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.Atoi(nobody.Uid)
		gid, _ := strconv.Atoi(nobody.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	alive, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		alive.Close()
		cmd.Wait()
	})
	for late := time.Now().Add(time.Minute); ; runtime.Gosched() {
		c, err := net.Dial("unix", filepath.Join(dir, ".s.PGSQL.6432"))
		if err == nil {
			c.Close()
			break
		}
		if time.Now().After(late) {
			alive.Close()
			cmd.Wait()
			t.Fatalf("pgbouncer does not answer: %s", said.String())
		}
	}
	query := url.Values{"host": {dir}, "port": {"6432"}, "sslmode": {"disable"}}
	pooled := url.URL{Scheme: "postgres", User: url.User(owner), Path: "/" + name, RawQuery: query.Encode()}
	return pooled.String()
}

// Held is what the servers of a pool hold that outlives a transaction: settings, named statements and locks.
func Held(t testing.TB, dsn string) string {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var all []string
	for range 2 { // two at once, so that they are two servers of the pool
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		var settings string
		if err := tx.QueryRow(`SELECT concat_ws(' ', current_setting('search_path'), current_setting('statement_timeout'),
			current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'), current_setting('default_transaction_isolation'),
			coalesce(current_setting('epev.actor', true), '-'), current_setting('tcp_user_timeout'), (SELECT count(*) FROM pg_prepared_statements),
			(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
			(SELECT string_agg(name, ',') FROM pg_settings WHERE source = 'session' AND name NOT IN ('TimeZone', 'DateStyle', 'client_encoding', 'application_name', 'standard_conforming_strings', 'transaction_isolation', 'transaction_read_only', 'transaction_deferrable')))`).Scan(&settings); err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.ReplaceAll(settings, "  ", " - "))
	}
	return strings.Join(all, "\n")
}

// Transactions is how many transactions, and how many messages that ask for something, have come through the pooler at
// dsn to its database.
func Transactions(t testing.TB, dsn string) (transactions, messages int) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	u.Path = "/pgbouncer"
	db, err := sql.Open("postgres", strings.TrimSuffix(u.String(), "&pooler=transaction"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SHOW STATS_TOTALS")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		if cells[0].String == name {
			for i, column := range columns {
				switch column {
				case "xact_count":
					transactions, _ = strconv.Atoi(cells[i].String)
				case "query_count":
					messages, _ = strconv.Atoi(cells[i].String)
				}
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return transactions, messages
}
