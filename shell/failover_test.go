package shell

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"epev/commands"
	"epev/data"
	"epev/data/testdb"
)

// A script goes on over a failover, as Patroni makes one: the standby is promoted, and the old primary comes back as a standby of
// it. That happens twice, first in order and then by a crash. What the script was told of as done is there, and nothing is there
// twice. No list lacks what the script has just written.
func TestAScriptGoesOnOverAFailover(t *testing.T) {
	t.Parallel()
	binary, err := realEpev()
	if err != nil {
		t.Fatal(err)
	}
	const companies = 120
	one := testdb.NewServer(t)
	openOfficeOn(t, one)
	two := one.Standby(t)
	waitFor(t, one, two)

	hosts := testdb.Addresses("office", one, two)
	home := t.TempDir()
	env := append(realEnv(t, home, hosts+"&target_session_attrs=read-write"), "DATABASE_URL_READONLY="+hosts+"&target_session_attrs=standby")
	password := filepath.Join(home, "password")
	if err := os.WriteFile(password, []byte("Sunny-Terrace-7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	epev := func(args ...string) *exec.Cmd {
		cmd := exec.Command(binary, args...)
		cmd.Env, cmd.Dir = env, home
		return cmd
	}
	if out, err := epev("login", "-u", "claire.dubois", "--password-file", password).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	failovers := map[int]func(){
		companies / 4: func() {
			one.Stop(t)
			two.Promote(t)
			one.Rejoin(t, two)
			waitFor(t, two, one)
		},
		companies / 2: func() {
			two.Crash(t)
			one.Promote(t)
			waitFor(t, one, nil)
			two.Rejoin(t, one)
		},
	}
	acknowledged := map[string]bool{}
	created := regexp.MustCompile(`^\d+\t(Company \d{3})\t`)
	runs := 0
	for next := 0; next < companies; {
		if runs++; runs > 3 {
			t.Fatal("the script was stopped too often")
		}
		cmd := epev("--format", "tsv")
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var complaints strings.Builder
		cmd.Stderr = &complaints
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		go func() {
			for i := next; i < companies; i++ {
				fmt.Fprintf(in, "company create -n 'Company %03d'\ncompany list --search 'Company %03[1]d' --columns name\n", i)
			}
			in.Close()
		}()
		lines := bufio.NewScanner(out)
		listed := fmt.Sprintf("Company %03d", next-1) // of the run before, which ended before it could list that
		for lines.Scan() {
			if m := created.FindStringSubmatch(lines.Text()); m != nil {
				if acknowledged[m[1]] {
					t.Errorf("%s was created twice", m[1])
				}
				if next > 0 && listed != fmt.Sprintf("Company %03d", next-1) {
					t.Errorf("before %s the list showed %q", m[1], listed)
				}
				acknowledged[m[1]] = true
				if fail := failovers[next]; fail != nil {
					delete(failovers, next)
					fail()
				}
				next++
			} else if strings.HasPrefix(lines.Text(), "Company ") {
				listed = lines.Text()
			}
		}
		if err := cmd.Wait(); err != nil {
			// The one failure there may be is a commit of which the answer was lost, and that nobody can tell of.
			if !strings.Contains(complaints.String(), "outcome unknown") {
				t.Fatalf("%v after %d: %s", err, next, complaints.String())
			}
			name := fmt.Sprintf("Company %03d", next)
			there, err := epev("company", "list", "--search", name, "--format", "tsv", "--columns", "name").Output()
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(there), name) {
				next++
			}
		}
	}
	if len(failovers) > 0 {
		t.Error("there was no failover")
	}
	db, err := sqlx.Open("postgres", testdb.Addresses("office", one))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var found []struct {
		Name       string
		N, History int
	}
	if err := db.Select(&found, `SELECT c.name, count(*) AS n, sum((SELECT count(*) FROM epic_events.change_log WHERE resource = 'company' AND record_id = c.id)) AS history
		FROM epic_events.company c WHERE c.name LIKE 'Company %' GROUP BY c.name`); err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, c := range found {
		there[c.Name] = true
		if c.N != 1 || c.History != 1 {
			t.Errorf("%s is there %d times, with %d rows of history", c.Name, c.N, c.History)
		}
	}
	for name := range acknowledged {
		if !there[name] {
			t.Errorf("%s was acknowledged and is lost", name)
		}
	}
	if len(there) != companies {
		t.Errorf("%d companies, of %d", len(there), companies)
	}
}

// waitFor has each commit on the primary wait for the standby, or with nil for none: what was acknowledged is then on both.
func waitFor(t *testing.T, primary, standby *testdb.Server) {
	t.Helper()
	db := primary.DB(t)
	if standby == nil {
		db.MustExec("alter system reset synchronous_standby_names")
		db.MustExec("select pg_reload_conf()")
		return
	}
	standby.Follows(t, primary)
	db.MustExec("alter system set synchronous_standby_names = '*'")
	db.MustExec("select pg_reload_conf()")
	for state := ""; state != "sync"; {
		if err := db.Get(&state, "select coalesce(max(sync_state), '') from pg_stat_replication"); err != nil {
			t.Fatal(err)
		}
	}
}

// openOfficeOn is openOffice on a server of the test's own.
func openOfficeOn(t *testing.T, one *testdb.Server) (dsn string) {
	t.Helper()
	one.Owned(t, "office")
	store, err := data.Open(data.Config{DSN: testdb.Addresses("office", one)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if _, err := store.Migrate(t.Context(), commands.Seed()); err != nil {
		t.Fatal(err)
	}
	dsn = testdb.Addresses("office", one)
	run(t, dsn, office)
	return dsn
}
