package shell

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"epev/data/testdb"
)

// importInto has events imported from a file, and stops in the middle of it. Then fail happens to the servers; again tells who is there afterwards. It returns what was said,
// the exit status, and how often each line is on the server that there is afterwards.
func importInto(t *testing.T, hosts func(one *testdb.Server) (dsn string, fail func(), again func() *testdb.Server)) (said string, status int, times map[int]int) {
	t.Helper()
	binary, err := realEpev()
	if err != nil {
		t.Fatal(err)
	}
	one := testdb.NewServer(t)
	openOfficeOn(t, one)
	dsn, fail, again := hosts(one)

	home := t.TempDir()
	env := realEnv(t, home, dsn)
	password := filepath.Join(home, "password")
	write := func(path, content string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(password, "Sunny-Terrace-7\n")
	lines := "title,contract_id,full_address,start_date,end_date\n"
	for i := range 40 {
		lines += fmt.Sprintf("Line %02d,1,\"1 Rue de Paris, Paris\",%02d/12/2027 10:00,%02[2]d/12/2027 11:00\n", i, 1+i%28)
	}
	work := t.TempDir()
	write(filepath.Join(work, "events.csv"), lines+"Refused,1,,01/12/2027,02/12/2027\n")
	epev := func(args ...string) *exec.Cmd {
		cmd := exec.Command(binary, args...)
		cmd.Env, cmd.Dir = env, work
		return cmd
	}
	if out, err := epev("login", "-u", "claire.dubois", "--password-file", password).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	holder, err := sqlx.Open("postgres", testdb.Addresses("office", one))
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close()
	held := holder.MustBegin()
	held.MustExec("select from epic_events.contract where id = 1 for update")
	cmd := epev("import", "event", "events.csv", "--keep-good")
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for waits, late := false, time.Now().Add(time.Minute); !waits; {
		if err := held.Get(&waits, "select exists (select from pg_locks where not granted)"); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(late) {
			t.Fatal("the import does not begin")
		}
	}
	fail()
	err = cmd.Wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		status = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	db, err := sqlx.Open("postgres", testdb.Addresses("office", again()))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var found []struct {
		Title string
		N     int
	}
	if err := db.Select(&found, "select title, count(*) as n from epic_events.event where title like 'Line %' group by title"); err != nil {
		t.Fatal(err)
	}
	times = map[int]int{}
	for _, f := range found {
		times[f.N]++
	}
	left, err := os.ReadDir(work)
	if err != nil {
		t.Fatal(err)
	}
	if want := map[bool]int{true: 2, false: 1}[status == 0]; len(left) != want { // the file, and that of the refused lines
		t.Errorf("%v are there", left)
	}
	return out.String(), status, times
}

// A failover in the middle of an import: it begins anew on the server that took over, and each line is there once.
func TestAnImportGoesOnOverAFailover(t *testing.T) {
	t.Parallel()
	said, status, times := importInto(t, func(one *testdb.Server) (string, func(), func() *testdb.Server) {
		two := one.Standby(t)
		waitFor(t, one, two)
		return testdb.Addresses("office", one, two) + "&target_session_attrs=read-write", func() {
			one.Crash(t)
			two.Promote(t)
			waitFor(t, two, nil)
		}, func() *testdb.Server { return two }
	})
	if status != 0 || times[1] != 40 || len(times) != 1 || !strings.Contains(said, "40 created, 0 changed, 0 left as they are, 1 refused") {
		t.Errorf("status %d, lines by how often they are there %v:\n%s", status, times, said)
	}
}

// The server is killed in the middle of an import, and nobody takes over: nothing of it is there, and that is said.
func TestAnImportThatLosesItsServerIsNoneAtAll(t *testing.T) {
	t.Parallel()
	said, status, times := importInto(t, func(one *testdb.Server) (string, func(), func() *testdb.Server) {
		return testdb.Addresses("office", one), func() { one.Crash(t) }, func() *testdb.Server {
			one.Start(t)
			return one
		}
	})
	if status != 7 || len(times) != 0 || !strings.Contains(said, "epev: nothing was imported: ") {
		t.Errorf("status %d, lines by how often they are there %v:\n%s", status, times, said)
	}
}
