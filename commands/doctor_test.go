package commands

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"epev/data"
	"epev/data/private"
	"epev/data/testdb"
	"epev/model"
	"epev/security"
)

// What a script cannot plant is judged here as the checkups judge it: clocks, disks, crowds, networks.

// doctored runs doctor on a database, reached as the address says, and returns its lines without those that are well.
func doctored(t *testing.T, dsn string, now func() time.Time) (lines []string, err error) {
	t.Helper()
	store, err := data.Open(data.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	home := private.Home{Dir: filepath.Join(t.TempDir(), "home"), UID: os.Geteuid(), GID: os.Getegid()}
	e := &Env{
		Store: store, Clock: Clock{Now: now, Location: paris(t)}, Host: Host{Home: home},
		Sessions: &Sessions{Store: store, Keys: func() (*security.Keys, error) { return security.NewKeys(strings.Repeat("k", 32), "v1", "", "") }},
	}
	result, err := examine(t.Context(), &Act{Env: e}, struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range result.Table.Rows {
		// The tests' server is everybody's and does without durability, and its user owns all.
		if row[0] != fine && !slices.Contains([]string{"durability", "privileges", "connections", "disk"}, row[1].(string)) {
			lines = append(lines, fmt.Sprint(row))
		}
	}
	return lines, result.Failure
}

func foundLines(t *testing.T, lines []string, wanted ...string) {
	t.Helper()
	if len(lines) != len(wanted) {
		t.Errorf("found %q, want %q", lines, wanted)
		return
	}
	for i, w := range wanted {
		for part := range strings.SplitSeq(w, "…") {
			if !strings.Contains(lines[i], part) {
				t.Errorf("found %q, want %q", lines[i], w)
			}
		}
	}
}

func TestDoctorFindsAClockThatIsWrong(t *testing.T) {
	t.Parallel()
	dsn := testdb.New(t)
	for _, c := range []struct {
		by   time.Duration
		want []string
	}{
		{0, nil},
		{-20 * time.Second, []string{"warning…clock…the clock of this machine is 20s behind that of the server…sudo timedatectl set-ntp true"}},
		{10 * time.Minute, []string{"wrong…clock…the clock of this machine is 10m0s ahead of that of the server…sudo timedatectl set-ntp true"}},
	} {
		lines, err := doctored(t, dsn, func() time.Time { return time.Now().Add(c.by) })
		foundLines(t, lines, c.want...)
		if c.by > 0 && model.KindOf(err) != model.Amiss {
			t.Errorf("a clock that is wrong by %s: %v", c.by, err)
		}
	}
}

// A host that is not this machine, as far as its name tells, is reached through a relay, and without TLS.
func TestDoctorFindsANetworkWithoutTLS(t *testing.T) {
	t.Parallel()
	dsn := testdb.New(t)
	address, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(address.Query().Get("host"), ".s.PGSQL."+address.Query().Get("port"))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", socket)
			if err != nil {
				near.Close()
				return
			}
			go func() { defer far.Close(); io.Copy(far, near) }()
			go func() { defer near.Close(); io.Copy(near, far) }()
		}
	}()
	for host, want := range map[string][]string{
		"127.0.0.1": nil,
		"0.0.0.0":   {"wrong…tls…0.0.0.0 is across a network, and nothing keeps the connection from being read: sslmode is disable…sslmode=verify-full&sslrootcert=system"},
	} {
		_, port, _ := net.SplitHostPort(listener.Addr().String())
		lines, _ := doctored(t, data.Words([2]string{"host", host}, [2]string{"port", port}, [2]string{"user", address.User.Username()},
			[2]string{"dbname", address.Path[1:]}, [2]string{"sslmode", "disable"}), time.Now)
		foundLines(t, lines, want...)
	}
}

func TestTLSIsJudgedByWhatCanBeReadOnTheWay(t *testing.T) {
	t.Parallel()
	version := "TLSv1.3"
	for _, c := range []struct {
		way  data.Way
		tls  *string
		want string
	}{
		{data.Way{Mode: "disable"}, nil, fine},
		{data.Way{Remote: []string{"db"}, Mode: "disable"}, nil, wrong},
		{data.Way{Remote: []string{"db"}, Mode: "prefer"}, nil, wrong},
		{data.Way{Remote: []string{"db"}, Mode: "prefer"}, &version, warning},
		{data.Way{Remote: []string{"db"}, Mode: "prefer", Pooled: true}, &version, wrong}, // the pooler's connection has it
		{data.Way{Remote: []string{"db"}, Mode: "require"}, nil, warning},                 // perhaps behind a pooler
		{data.Way{Remote: []string{"db"}, Mode: "require"}, &version, warning},
		{data.Way{Remote: []string{"db"}, Mode: "verify-full", Checked: true}, &version, fine},
	} {
		f := judgeTLS(c.way, c.tls)
		if f.state != c.want || (f.remedy == "") != (c.want == fine) {
			t.Errorf("%+v: %+v, want %s", c.way, f, c.want)
		}
	}
}

func TestDiskSpaceIsJudgedByWhatTheServerNeeds(t *testing.T) {
	t.Parallel()
	const giga = 1 << 30
	for _, c := range []struct {
		free, all uint64
		want      string
	}{
		{giga / 10, 100 * giga, wrong}, {giga / 3, 100 * giga, warning}, {giga, 100 * giga, warning}, {giga, 20 * giga, fine}, {20 * giga, 1000 * giga, fine},
	} {
		if f := room("/srv/epev", c.free, c.all); f.state != c.want || c.want != fine && f.remedy != "df -h /srv/epev" {
			t.Errorf("%d of %d: %+v, want %s", c.free, c.all, f, c.want)
		}
	}
}

func TestServersAreJudged(t *testing.T) {
	t.Parallel()
	state := data.ServerState{Version: "15.1", Major: 15, Encoding: "UTF8", Places: 100, Taken: 10, TimeZone: "UTC", MorePlaces: "more", InUTF8: "anew"}
	for name, c := range map[string]struct {
		look   func(context.Context, *examination) []finding
		spoil  func(*data.ServerState)
		state  string
		remedy string
	}{
		"well":     {lookAtServer, func(*data.ServerState) {}, fine, ""},
		"old":      {lookAtServer, func(s *data.ServerState) { s.Major = 13 }, wrong, "apt-get install postgresql-17"},
		"encoding": {lookAtServer, func(s *data.ServerState) { s.Encoding = "SQL_ASCII" }, wrong, "anew"},
		"standby":  {lookAtDatabase, func(s *data.ServerState) { s.Standby = true }, wrong, "target_session_attrs=read-write"},
		"zone":     {lookAtZone, func(s *data.ServerState) { s.TimeZone = "Asia/Tokyo" }, wrong, "pooler=transaction"},
		"room":     {lookAtConnections, func(*data.ServerState) {}, fine, ""},
		"crowded":  {lookAtConnections, func(s *data.ServerState) { s.Taken = 80 }, warning, "more"},
		"full":     {lookAtConnections, func(s *data.ServerState) { s.Taken = 100 }, wrong, "more"},
	} {
		s := state
		c.spoil(&s)
		store, err := data.Open(data.Config{DSN: "host=/nowhere user=nobody"})
		if err != nil {
			t.Fatal(err)
		}
		x := &examination{Act: &Act{Env: &Env{Clock: Clock{Now: time.Now, Location: paris(t)}, Sessions: &Sessions{Store: store}}}, store: store, server: reached{ServerState: s}}
		if f := c.look(t.Context(), x); len(f) != 1 || f[0].state != c.state || f[0].remedy != c.remedy {
			t.Errorf("%s: %+v", name, f)
		}
		store.Close()
	}
}

// The file of an office's configuration, and its directory.
func TestDoctorLooksAtTheOfficesFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "env")
	x := &examination{Act: &Act{Env: &Env{Host: Host{Config: Configuration{OfficeFile: path}}}}}
	if f := x.lookAtOffice(); len(f) > 0 {
		t.Errorf("without one: %+v", f)
	}
	if err := os.WriteFile(path, []byte("SECRET_KEY=x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if f := x.lookAtOffice(); len(f) == 0 || f[0].state != wrong || f[0].remedy != "sudo chmod 600 "+path {
		t.Errorf("open to others: %+v", f)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if f := x.lookAtOffice(); os.Geteuid() == 0 && (len(f) == 0 || f[0].remedy != "sudo chown epev "+path) {
		t.Errorf("root's: %+v", f)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(path, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		if f := x.lookAtOffice(); len(f) > 0 {
			t.Errorf("as it must be: %+v", f)
		}
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if f := x.lookAtOffice(); len(f) == 0 || !strings.HasSuffix(f[len(f)-1].remedy, "sudo chmod 755 "+dir) {
		t.Errorf("in a directory of everybody's: %+v", f)
	}
}

// Nothing that doctor looks at holds it up for longer than its patience.
func TestACheckupThatHangsIsLeftBehind(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	release := make(chan struct{})
	defer close(release)
	if got := within(ctx, func(context.Context) string { <-release; return "answer" }, "silent"); got != "silent" {
		t.Errorf("got %q", got)
	}
}
