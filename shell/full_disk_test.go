package shell

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"epev/data/testdb"
	"epev/data/testdb/needs"
)

// On a server whose disk is full, what needs room is refused in one sentence and changes nothing, and what reads goes on. When there is
// room again, open shells write as before.
func TestOfAServerWhoseDiskIsFull(t *testing.T) {
	t.Parallel()
	binary, err := realEpev()
	if err != nil {
		t.Fatal(err)
	}
	server := testdb.NewServerOn(t, "size=96m")
	dsn := openOfficeOn(t, server)
	db, err := sqlx.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	session, home := sharedSession(t, binary, dsn), t.TempDir()
	env := append(realEnv(t, home, dsn), "XDG_RUNTIME_DIR="+session)
	const rows = 1500
	var companies, others, people strings.Builder
	fmt.Fprintln(&people, "full_name,email")
	for i := range rows {
		fmt.Fprintf(&companies, "company create -n 'Company number %d'\n", i)
		fmt.Fprintf(&others, "company create -n 'Company number %d of others'\n", i)
		fmt.Fprintf(&people, "Person %d,person%[1]d@example.org\n", i)
	}
	file := func(name, content string) string {
		t.Helper()
		path := filepath.Join(home, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	script, whole, table := file("companies", companies.String()), file("others", others.String()), file("people.csv", people.String())
	count := func() (n int) {
		t.Helper()
		var history int
		for of, into := range map[string]*int{"company where name like 'Company number %'": &n, "change_log where resource = 'company' and after ->> 'name' like 'Company number %'": &history} {
			if err := db.Get(into, "select count(*) from epic_events."+of); err != nil {
				t.Fatal(err)
			}
		}
		if n != history {
			t.Errorf("%d companies, %d rows of history", n, history)
		}
		return n
	}
	const full = "the disk of the database at "
	refused := func(args ...string) {
		t.Helper()
		before := count()
		status, said := runEpev(t, env, binary, args...)
		if status != 7 || !strings.Contains(said, full) || !strings.Contains(said, "is full; make room on the server's disk") || strings.Contains(said, "unexpected") {
			t.Errorf("%q: status %d: %s", args, status, said)
		}
		if now := count(); now != before {
			t.Errorf("%q: %d companies of %d", args, now, before)
		}
	}

	s := openTerminal(t, 160, 24, env, binary)
	s.ready()
	s.Send("client view 1\r")
	s.Shows("client1@example.com")
	s.ready()
	giveBack := needs.Fill(t, server.Dir())

	// One by one there is room in what the tables have already, until there is none.
	status, said := runEpev(t, env, binary, "-f", script)
	stopped := regexp.MustCompile(`companies:(\d+): ` + full).FindStringSubmatch(said)
	if status != 7 || stopped == nil {
		t.Fatalf("status %d: %.1000s", status, said)
	}
	if line, _ := strconv.Atoi(stopped[1]); count() != line-1 {
		t.Errorf("line %d was refused, and there are %d companies", line, count())
	}
	made := count()
	refused("--atomic", "-f", whole)
	refused("import", "client", table)
	s.Send("import client " + table + "\r")
	s.Shows(full)
	s.ready()
	for _, read := range [][]string{{"client", "list"}, {"client", "view", "1"}, {"history", "client", "1"}, {"company", "list", "--search", "number"}, {"whoami"}, {"today"}} {
		if status, said := runEpev(t, env, binary, read...); status != 0 {
			t.Errorf("%q: status %d: %s", read, status, said)
		}
	}
	s.Send("client view 2\r")
	s.Shows("client2@example.com")
	s.ready()

	giveBack()
	s.Send("import client " + table + "\r")
	s.Shows("Clients: 1", "500 created")
	s.ready()
	s.Send("exit\r")
	<-s.Ended
	if status, said := runEpev(t, env, binary, "company", "create", "-n", "Company number none"); status != 0 || count() != made+1 {
		t.Errorf("status %d, %d companies after %d: %s", status, count(), made, said)
	}
}
