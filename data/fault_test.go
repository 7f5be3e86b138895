package data_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"epev/commands/sentences"
	"epev/data"
	"epev/data/private"
	"epev/data/private/privatetest"
	"epev/data/testdb"
	"epev/model"
)

// told returns what err tells of the write of a client: "done", "not done", or "unknown". Once it has settled, the client and
// its history must be there as that says. interrupts is that the writer gave up.
func (d *desk) told(t *testing.T, when string, email model.Email, interrupts bool, err error) (told string) {
	t.Helper()
	d.settle(t)
	db := d.raw(t)
	defer db.Close()
	var clients, history int
	if err := db.QueryRow("select (select count(*) from epic_events.client where email = $1), (select count(*) from epic_events.change_log where after ->> 'email' = $1)", email).Scan(&clients, &history); err != nil {
		t.Fatal(err)
	}
	told = "done"
	switch kind := model.KindOf(err); {
	case err == nil:
	case kind == model.Unavailable && contains(sentences.Of(err).Message, "outcome unknown"):
		told = "unknown"
	case kind == model.Unavailable, kind == model.Interrupted && interrupts:
		told = "not done"
	default:
		t.Errorf("%s: %v", when, err)
	}
	if clients != history || clients > 1 || told == "done" && clients != 1 || told == "not done" && clients != 0 {
		t.Errorf("%s: told %s (%v), %d clients, %d rows of history", when, told, err, clients, history)
	}
	return told
}

// The connection is cut before and after each message of a write. Whatever happens, the client is
// there once or not at all, with its history, and the answer tells which.
func TestCutConnections(t *testing.T) {
	t.Parallel()
	for _, stays := range []bool{false, true} {
		for _, before := range []bool{true, false} {
			t.Run(fmt.Sprintf("stays %t before %t", stays, before), func(t *testing.T) {
				t.Parallel()
				d := newDesk(t)
				cutter, dsn := testdb.NewCutter(t, d.dsn)
				outcomes := map[string]int{}
				for n := 1; ; n++ {
					ctx, cancel := context.WithCancel(t.Context())
					onCut := cancel
					if !stays {
						onCut = nil
					}
					cutter.Arm(n, testdb.Cut{Before: before, Stays: stays}, onCut)
					s := open(t, dsn)
					c := model.Client{FullName: "K", Email: model.Email(fmt.Sprintf("k%d@x.test", n)), CommercialID: d.carl.ActorID, FirstContact: day(1)}
					err := s.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.InsertClient(ctx, &c) })
					cancel()
					s.Close()
					outcomes[d.told(t, fmt.Sprint("message ", n), c.Email, stays, err)]++
					if !cutter.Done() {
						break // the write takes fewer messages
					}
				}
				t.Log(outcomes)
				if stays && outcomes["unknown"] == 0 || outcomes["done"] < 2 && !stays || !stays && outcomes["unknown"] > 0 {
					t.Errorf("outcomes %v", outcomes)
				}
			})
		}
	}
}

// The next command of an open shell works after a kill -9 of the private server.
func TestKilledServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	address, stop, err := privatetest.Start(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	server := private.New(private.Home{Dir: dir, UID: os.Geteuid(), GID: os.Getegid()}, nil)
	s, err := data.Open(data.Config{
		DSN:   fmt.Sprintf("host=%s port=%d user=%s dbname=postgres", address.Socket, address.Port, address.User),
		Start: server.Start,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	ctx := t.Context()
	kill := func() {
		t.Helper()
		status, err := server.Status(ctx)
		if err != nil || status.PID <= 1 {
			t.Fatalf("server %+v: %v", status, err)
		}
		// Its processes too: one could serve its connection to the end before it notices.
		children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", status.PID))
		if err != nil {
			t.Skip("the processes of the server cannot be found: ", err)
		}
		for _, pid := range append(strings.Fields(string(children)), strconv.Itoa(status.PID)) {
			if pid, err := strconv.Atoi(pid); err == nil && pid > 1 {
				_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended by itself
			}
		}
	}
	kill() // the next one is durable
	if _, err := s.Migrate(ctx, data.Seed{}); err != nil {
		t.Fatal(err)
	}
	add := func(name string) func() error {
		return func() error { return s.Write(ctx, data.By{}, addCompany(name)) }
	}
	read := func() error {
		_, err := s.Read().CountCompanies(ctx, model.Everything, data.CompanyFilter{}, "", 0)
		return err
	}
	for i, next := range []func() error{add("A"), read, add("B"), read} {
		kill()
		if err := next(); err != nil {
			t.Errorf("command %d after a kill: %v", i, err)
		}
	}
	// In the middle of a transaction as well.
	var killed bool
	err = s.Write(ctx, data.By{}, func(ctx context.Context, tx *data.Tx) error {
		if err := addCompany("C")(ctx, tx); err != nil {
			return err
		}
		if killed {
			return nil
		}
		killed = true
		kill()
		_, err := tx.Company(ctx, model.Everything, 1)
		return err
	})
	if err != nil {
		t.Errorf("killed in a transaction: %v", err)
	}
	companies, err := s.Read().Companies(ctx, model.Everything, data.CompanyFilter{}, model.Page{Sort: by("company", "name")})
	if err != nil || len(companies) != 3 {
		t.Errorf("companies %+v %v", companies, err)
	}
}

// A server that says nothing at all does not hold a command for ever.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for the time-out of a connection")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := open(t, fmt.Sprintf("postgresql://u:s3cret@%s/db?sslmode=disable", l.Addr()))
	begun := time.Now()
	_, err = s.Read().User(t.Context(), model.Everything, 1)
	wantKind(t, err, model.Unavailable, fmt.Sprintf("no database answers at %s/db", l.Addr()))
	t.Log(time.Since(begun))
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	u, err := url.Parse(d.dsn)
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(u *url.URL, query url.Values)) string {
		u, query := *u, u.Query()
		change(&u, query)
		u.RawQuery = query.Encode()
		return u.String()
	}
	socket := u.Query().Get("host")
	for dsn, message := range map[string]string{
		"postgresql://u:s3cret@127.0.0.1:1/db":                               "no database answers at 127.0.0.1:1/db",
		"postgresql+psycopg://u:s3cret@127.0.0.1:1,127.0.0.1:2/db":           "no database answers at 127.0.0.1:1 and 1 more/db",
		with(func(u *url.URL, _ url.Values) { u.Path = "/nowhere" }):         "there is no such database: " + socket + "/nowhere",
		with(func(u *url.URL, _ url.Values) { u.User = url.User("nobody") }): "the database at " + socket + u.Path + " refuses this user or password",
		with(func(u *url.URL, q url.Values) { u.Path = "/postgres" }):        "the database has no schema yet",
	} {
		s := open(t, dsn)
		_, err := s.Read().User(t.Context(), model.Everything, 1)
		wantKind(t, err, model.Unavailable, message)
		err = s.Write(t.Context(), data.By{}, addCompany("A"))
		wantKind(t, err, model.Unavailable, message)
		if err != nil && contains(err.Error(), "s3cret") {
			t.Errorf("%v tells the password", err)
		}
	}
}

// Whatever the environment and the address say, names mean what they should, and nothing waits for ever.
func TestConnectionSettings(t *testing.T) {
	d := newDesk(t)
	t.Setenv("PGOPTIONS", "-c search_path=public -c statement_timeout=0")
	t.Setenv("PGTZ", "Asia/Tokyo")
	s := open(t, d.dsn+"&search_path=public&timezone=Asia/Tokyo")
	err := s.Write(t.Context(), data.By{}, addCompany("A"))
	if err != nil {
		t.Fatal(err)
	}
	var settings []string
	err = d.raw(t).Select(&settings, "select application_name from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = 'epev'")
	if err != nil || len(settings) == 0 {
		t.Errorf("%v %v", settings, err)
	}
	y, err := s.Read().Company(t.Context(), model.Everything, 1)
	if err != nil || y.CreatedAt.Location() != time.UTC {
		t.Errorf("%v %v", y, err)
	}
}

// TRAPS: with PQGO_DEBUG lib/pq prints the values that it sends.
func TestNoValuesArePrinted(t *testing.T) {
	t.Parallel()
	test := exec.Command(os.Args[0], "-test.run=^TestSilentPrinter$", "-test.v")
	test.Env = append(os.Environ(), "PQGO_DEBUG=1", "EPEV_TEST_DSN="+newDesk(t).dsn)
	output, err := test.CombinedOutput()
	if err != nil || !contains(string(output), "PASS: TestSilentPrinter") || contains(string(output), "s3cret") {
		t.Errorf("%v: %s", err, output)
	}
}

// TestSilentPrinter is what TestNoValuesArePrinted runs in a process of its own.
func TestSilentPrinter(t *testing.T) {
	dsn := os.Getenv("EPEV_TEST_DSN")
	if dsn == "" {
		t.Skip("part of TestNoValuesArePrinted")
	}
	if _, err := open(t, dsn).Read().Credentials(t.Context(), "s3cret"); err != nil {
		t.Error(err)
	}
}
