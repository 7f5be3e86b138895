package private

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"epev/commands/sentences"
	"epev/data/testdb/memory"
	"epev/data/testdb/needs"
	"epev/model"
	"epev/model/ownfile"

	_ "github.com/lib/pq"
)

const nobody = 65534

// TestMain also is what the tests run as other processes: epev, starting the private database.
func TestMain(m *testing.M) {
	os.Setenv("HTTPS_PROXY", "http://127.0.0.1:1") // no test fetches anything from the network
	switch os.Getenv("EPEV_TEST_AS") {
	case "start", "start-without-programs":
		s := New(Home{Dir: os.Getenv("EPEV_HOME"), UID: os.Geteuid(), GID: os.Getegid()}, func(notice error) { fmt.Println("notice:", sentences.Message(notice)) })
		s.Volatile = true
		if os.Getenv("EPEV_TEST_AS") != "start" {
			os.Setenv("PATH", "")
			s.places = nil
		}
		if err := s.Start(context.Background()); err != nil {
			fmt.Println("error:", sentences.Message(err))
			os.Exit(1)
		}
		fmt.Println("pid:", s.postmaster().pid)
	case "secret":
		key, err := Secret(Home{Dir: os.Getenv("EPEV_HOME"), UID: os.Geteuid(), GID: os.Getegid()})
		fmt.Println(string(key), err)
	default:
		os.Exit(run(m))
	}
}

// run has the homes of all tests in one directory, which a process watches: however this one
// ends, the servers in it are killed and the directory is removed.
func run(m *testing.M) int {
	memory.Use()
	dir, err := os.MkdirTemp("", "epev-")
	if err != nil {
		panic(err)
	}
	os.Setenv("TMPDIR", dir)
	if err := os.Chmod(dir, 0o711); err != nil { // some homes are of another user
		panic(err)
	}
	watch := exec.Command("/bin/sh", "-c", `read end; find "$1" -name postmaster.pid | while read f; do kill -QUIT $(head -1 "$f"); done; rm -rf "$1"`, "sh", dir)
	watch.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	pipe, err := watch.StdinPipe()
	if err == nil {
		err = watch.Start()
	}
	if err != nil {
		panic(err)
	}
	defer watch.Wait()
	defer pipe.Close()
	return m.Run()
}

// again runs this test binary in another role, as the user id.
func again(uid int, role string, env ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	if _, err := os.Stat(cmd.Path); err != nil {
		cmd.Path, _ = os.Executable()
	}
	cmd.Dir = "/"
	cmd.Env = append(append(os.Environ(), "EPEV_TEST_AS="+role), env...)
	if uid != os.Geteuid() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	}
	return cmd
}

func root(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
}

// server returns a server that has not been started yet, in a home that only this user can
// pass, and stops it when the test ends.
func server(t testing.TB) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "epev-") // shorter than t.TempDir: a socket's path has its limit
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return serverIn(t, Home{Dir: dir, UID: os.Geteuid(), GID: os.Getegid()})
}

// seed makes one data directory for all tests that are not about its making.
var seed = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "seed-")
	if err != nil {
		return "", err
	}
	s := New(Home{Dir: dir, UID: os.Geteuid(), GID: os.Getegid()}, nil)
	s.Volatile = true
	if err := s.Start(context.Background()); err != nil {
		return "", err
	}
	_, err = s.Stop(context.Background())
	return s.data(), err
})

func serverIn(t testing.TB, home Home) *Server {
	t.Helper()
	s := New(home, nil)
	s.Volatile = true
	from, err := seed()
	if err != nil {
		t.Fatal(err)
	}
	s.Cluster = func(dir string) error { return needs.Copy(from, dir) }
	t.Cleanup(func() {
		if _, err := s.Stop(context.Background()); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
	return s
}

func start(t testing.TB, s *Server) *sql.DB {
	t.Helper()
	if err := s.Start(t.Context()); err != nil {
		t.Fatalf("Start: %v\n%v", err, errors.Unwrap(err))
	}
	db := open(t, s.Address())
	var one int
	if err := db.QueryRow("SELECT 1").Scan(&one); err != nil {
		t.Fatalf("the server at %v does not answer: %v", s.Address(), err)
	}
	return db
}

func open(t testing.TB, a Address) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", fmt.Sprintf("host=%s port=%d user=%s dbname=postgres sslmode=disable", a.Socket, a.Port, a.User))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// refusal checks that err is one clear sentence with the next step, exit 7 (SPEC 3).
func refusal(t *testing.T, err error, words ...string) {
	t.Helper()
	var e *model.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a model.Error", err)
	}
	e = sentences.Of(e)
	t.Logf("%s (%s)", e.Message, e.Hint)
	if e.Kind != model.Unavailable || e.Hint == "" || strings.Contains(e.Message, "\n") {
		t.Errorf("got kind %v, message %q, hint %q", e.Kind, e.Message, e.Hint)
	}
	for _, w := range words {
		if !strings.Contains(e.Message+e.Hint, w) {
			t.Errorf("%q (%s) does not say %q", e.Message, e.Hint, w)
		}
	}
}

// eventually waits for a condition that comes within moments.
func eventually(t *testing.T, done func() (bool, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := wait(ctx, done); err != nil {
		t.Fatal(err)
	}
}

// SPEC 3: started on demand, keeps running between commands, db-status, db-stop.
func TestStartAndStop(t *testing.T) {
	t.Parallel()
	s := server(t)
	var lines []string
	s.notify = func(notice error) { lines = append(lines, sentences.Message(notice)) }

	if st, err := s.Status(t.Context()); err != nil || st.Running || st.Version != 0 {
		t.Errorf("Status before the first start: %+v, %v", st, err)
	}
	if stopped, err := s.Stop(t.Context()); stopped || err != nil {
		t.Errorf("Stop before the first start: %v, %v", stopped, err)
	}
	db := start(t, s)
	if _, err := db.Exec("CREATE TABLE kept (i int)"); err != nil {
		t.Fatal(err)
	}
	st, err := s.Status(t.Context())
	if err != nil || !st.Running || st.PID == 0 || st.Version < oldest || st.Started.IsZero() || st.Address != s.Address() {
		t.Errorf("Status while running: %+v, %v", st, err)
	}
	start(t, s)
	if again, _ := s.Status(t.Context()); again.PID != st.PID {
		t.Errorf("a second Start made process %d of %d", again.PID, st.PID)
	}
	if stopped, err := s.Stop(t.Context()); !stopped || err != nil {
		t.Errorf("Stop: %v, %v", stopped, err)
	}
	if st, err := s.Status(t.Context()); err != nil || st.Running || st.PID != 0 {
		t.Errorf("Status after Stop: %+v, %v", st, err)
	}
	eventually(t, func() (bool, error) { return !exists(st.PID), nil })
	if _, err := start(t, s).Exec("INSERT INTO kept VALUES (1)"); err != nil {
		t.Errorf("after a stop and a start: %v", err)
	}
	if len(lines) != 2 || !strings.Contains(lines[0], "setting up") || !strings.Contains(lines[1], "starting") {
		t.Errorf("notices: %q, want one for each real start", lines)
	}
}

// SPEC 3: reachable only through a unix socket in a 0700 directory; and the settings hold.
func TestOnlyOwnerReachesIt(t *testing.T) {
	t.Parallel()
	s := server(t)
	db := start(t, s)
	for _, path := range []string{s.base(), s.data(), s.Address().Socket} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	for name, want := range map[string]string{"listen_addresses": "", "data_checksums": "on", "server_encoding": "UTF8",
		"TimeZone": "UTC", "max_parallel_workers_per_gather": "0", "wal_level": "minimal"} {
		var got string
		if err := db.QueryRow("SELECT current_setting($1)", name).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q, want %q (%v)", name, got, want, err)
		}
	}
	var lower string
	if err := db.QueryRow("SELECT lower('ÉÇ')").Scan(&lower); err != nil || lower != "éç" {
		t.Errorf("lower = %q, %v", lower, err)
	}
}

// SPEC 3 and ENGINEERING: what is not for tests is as durable as any PostgreSQL.
func TestDurable(t *testing.T) {
	t.Parallel()
	s := server(t)
	s.Cluster = nil
	s.Volatile = false
	db := start(t, s)
	for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		var got string
		if err := db.QueryRow("SELECT current_setting($1)", name).Scan(&got); err != nil || got != "on" {
			t.Errorf("%s = %q, %v", name, got, err)
		}
	}
}

// SPEC 3: two shells starting at once start one server.
func TestStartersAtOnce(t *testing.T) {
	t.Parallel()
	s := server(t)
	for _, what := range []string{"empty home", "stopped server"} {
		var wg sync.WaitGroup
		outputs := make([]string, 12)
		for i := range outputs {
			wg.Go(func() {
				out, err := again(os.Geteuid(), "start", "EPEV_HOME="+s.home.Dir).CombinedOutput()
				if err != nil {
					t.Errorf("%s: starter %d: %v", what, i, err)
				}
				outputs[i] = string(out)
			})
		}
		wg.Wait()
		pids := map[string]bool{}
		for line := range strings.Lines(strings.Join(outputs, "")) {
			if after, ok := strings.CutPrefix(line, "pid:"); ok {
				pids[after] = true
			}
		}
		all := strings.Join(outputs, "")
		notices := strings.Count(all, "notice: setting up") + strings.Count(all, "notice: starting")
		if len(pids) != 1 || notices != 1 {
			t.Errorf("%s: %d servers, %d notices\n%s", what, len(pids), notices, outputs)
		}
		if _, err := s.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// SPEC 3: a server killed with SIGKILL is survived, also while its client keeps a process of
// it busy, which still uses the shared memory.
func TestKilledServer(t *testing.T) {
	t.Parallel()
	s := server(t)
	db := start(t, s)
	busy, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if err := busy.QueryRowContext(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := busy.ExecContext(context.Background(), "SELECT count(*) FROM generate_series(1, 600000) a WHERE md5(a::text) = ''")
		done <- err
	}()
	eventually(t, func() (bool, error) {
		var state string
		err := db.QueryRow("SELECT state FROM pg_stat_activity WHERE pid = $1", pid).Scan(&state)
		return state == "active", err
	})
	killed := s.postmaster().pid
	if err := syscall.Kill(killed, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() (bool, error) { return !s.running(), nil })
	start(t, s)
	if p := s.postmaster(); p.pid == killed {
		t.Errorf("still process %d", killed)
	}
	<-done
}

// SPEC 3: a stale pid file and a full reboot are survived. The process id in the file belongs to another process of the
// same account by now, and the socket and its lock are still there.
func TestStalePIDFile(t *testing.T) {
	t.Parallel()
	s := server(t)
	start(t, s)
	pidFile := filepath.Join(s.data(), "postmaster.pid")
	lockFile := s.Address().Socket + socket + ".lock"
	pid, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	lock, err := os.ReadFile(lockFile)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	as, err := serverAccount(s.home, s.data())
	if err != nil {
		t.Fatal(err)
	}
	other := as.command(t.Context(), "/bin/sleep", "600")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer other.Wait()
	defer other.Process.Kill()
	for path, text := range map[string][]byte{pidFile: pid, lockFile: lock} {
		_, rest, _ := strings.Cut(string(text), "\n")
		if err := os.WriteFile(path, fmt.Appendf(nil, "%d\n%s", other.Process.Pid, rest), 0o600); err != nil {
			t.Fatal(err)
		}
		if os.Geteuid() == 0 {
			if err := os.Chown(path, as.uid, as.gid); err != nil {
				t.Fatal(err)
			}
		}
	}
	if st, err := s.Status(t.Context()); err != nil || st.Running {
		t.Errorf("Status with a stale pid file: %+v, %v", st, err)
	}
	if stopped, err := s.Stop(t.Context()); stopped || err != nil || !exists(other.Process.Pid) {
		t.Errorf("Stop with a stale pid file: %v, %v", stopped, err)
	}
	start(t, s)
}

// SPEC 3: so is a pid file that a power cut left empty or full of something else.
func TestDamagedPIDFile(t *testing.T) {
	t.Parallel()
	s := server(t)
	start(t, s)
	for _, text := range []string{"", "\x00\x00\x00\x00", "not a number\n", "0\n"} {
		if _, err := s.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.damagePIDFile(t, text)
		start(t, s)
	}
}

func (s *Server) damagePIDFile(t *testing.T, text string) {
	t.Helper()
	pidFile := filepath.Join(s.data(), "postmaster.pid")
	if err := os.WriteFile(pidFile, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	as, err := serverAccount(s.home, s.data())
	if err == nil && os.Geteuid() == 0 {
		err = os.Chown(pidFile, as.uid, as.gid)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A server that somebody runs by hand in the same directory is neither joined nor harmed.
func TestServerStartedByHand(t *testing.T) {
	t.Parallel()
	s := server(t)
	start(t, s)
	if _, err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	as, err := serverAccount(s.home, s.data())
	if err != nil {
		t.Fatal(err)
	}
	progs, err := s.findPrograms(t.Context(), as, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd := as.command(t.Context(), progs.path("postgres"), "-k", ".")
	name, giveBack, err := as.lend(cmd, s.data())
	if err != nil {
		t.Fatal(err)
	}
	cmd.Args = append(cmd.Args, "-D", name)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	giveBack()
	defer cmd.Wait()
	defer cmd.Process.Signal(os.Interrupt)
	eventually(t, func() (bool, error) { return s.postmaster().ready, nil })
	err = s.Start(t.Context())
	refusal(t, err, strconv.Itoa(cmd.Process.Pid))
	if !s.postmaster().ready {
		t.Error("the server started by hand is gone")
	}
	// Without its pid file, which keeps PostgreSQL from starting there twice, it is found all the same.
	s.damagePIDFile(t, "")
	err = s.Start(t.Context())
	refusal(t, err, strconv.Itoa(cmd.Process.Pid))
}

// The server outlives the command that started it, whose caller must not wait for the server:
// a pipe that the caller handed down ends with the command (TRAPS).
func TestInheritsNothing(t *testing.T) {
	t.Parallel()
	s := server(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := again(os.Geteuid(), "start", "EPEV_HOME="+s.home.Dir)
	cmd.ExtraFiles = []*os.File{nil, nil, nil, nil, nil, nil, w}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	w.Close()
	if err := r.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the pipe is still open: %v", err)
	}
	if !s.running() {
		t.Error("the server has ended")
	}
}

// An empty data directory is taken for none.
func TestEmptyDataDirectory(t *testing.T) {
	t.Parallel()
	s := server(t)
	for _, dir := range []string{s.base(), s.data()} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	start(t, s)
}

// The first start is all or nothing: epev killed in the middle of it leaves initdb behind,
// which the next start waits for.
func TestKilledFirstStart(t *testing.T) {
	t.Parallel()
	s := server(t)
	s.Cluster = nil
	cmd := again(os.Geteuid(), "start", "EPEV_HOME="+s.home.Dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.HasPrefix(line, "notice:") {
		t.Fatalf("%q, %v", line, err)
	}
	eventually(t, func() (bool, error) {
		_, err := os.Stat(filepath.Join(s.base(), "data.new", "PG_VERSION"))
		return err == nil, nil
	})
	cmd.Process.Kill()
	cmd.Wait()
	start(t, s)
	if _, err := os.Stat(filepath.Join(s.base(), "data.new")); err == nil {
		t.Error("data.new is left behind")
	}
}

// Ctrl-C during the first start ends initdb too, and the next start works.
func TestInterruptedFirstStart(t *testing.T) {
	t.Parallel()
	s := server(t)
	s.Cluster = nil
	ctx, cancel := context.WithCancel(t.Context())
	s.notify = func(error) { cancel() }
	if err := s.Start(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Start = %v", err)
	}
	if _, err := os.Stat(s.data()); err == nil {
		t.Error("there is a data directory")
	}
	s.notify = func(error) {}
	start(t, s)
}

// SPEC 3: a socket that somebody removed is no reason to be without a database.
func TestRemovedSocket(t *testing.T) {
	t.Parallel()
	s := server(t)
	start(t, s)
	if err := os.Remove(s.Address().Socket + socket); err != nil {
		t.Fatal(err)
	}
	start(t, s)
}

// An epev that upgrades may be killed while the old server starts where nobody looks for it. The next start ends that as soon as it can.
func TestAServerThatStartsAsideIsEnded(t *testing.T) {
	t.Parallel()
	s := server(t)
	start(t, s)
	if _, err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	aside := *s
	aside.aside = true
	if err := aside.exclusively(t.Context(), "start", func(root *os.Root) error { return aside.start(t.Context(), root) }); err != nil {
		t.Fatal(err)
	}
	pid := s.postmaster().pid
	say := func(from, to string) {
		content, err := os.ReadFile(s.pidFile())
		if err == nil {
			err = os.WriteFile(s.pidFile(), bytes.Replace(content, []byte(from), []byte(to), 1), 0o600)
		}
		if err != nil {
			t.Error(err)
		}
	}
	say("ready   ", "starting")
	waited := false
	s.notify = func(notice error) {
		if e := model.Fault("waiting-for-private"); errors.Is(notice, e) {
			waited = true
			say("starting", "ready   ")
		}
	}
	start(t, s)
	if !waited || s.postmaster().pid == pid {
		t.Errorf("process %d is not ended: waited %t", pid, waited)
	}
}

// What a killed upgrade left is removed by the next one, and so counts as room.
func TestWhatAnUpgradeLeftIsRoom(t *testing.T) {
	t.Parallel()
	s := server(t)
	start(t, s)
	before, err := s.Upgradable(t.Context())
	if err != nil || before.To == before.From {
		t.Fatal(before, err)
	}
	if before.Needs <= before.Bytes/2 || before.Needs > before.Bytes+logLimit {
		t.Errorf("%d bytes need %d", before.Bytes, before.Needs)
	}
	const much = 1 << 40
	for _, left := range []string{upgrading, upgraded} {
		dir := filepath.Join(s.base(), left)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		file, err := os.Create(filepath.Join(dir, "large"))
		if err == nil {
			err = errors.Join(file.Truncate(much), file.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if after, err := s.Upgradable(t.Context()); err != nil || after.Free < 2*much {
		t.Errorf("%d bytes are free where %d are left: %v", after.Free, 2*much, err)
	}
}

// A unix socket's path holds 103 or 107 bytes, and a connection string no comma.
func TestAwkwardHomes(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"long": strings.Repeat("deep/", 40), "comma": "a,b", "blank": "a b", "quote": `it's "x"`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, err := os.MkdirTemp("", "epev-")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(dir) })
			s := serverIn(t, Home{Dir: filepath.Join(dir, path), UID: os.Geteuid(), GID: os.Getegid()})
			start(t, s)
			parent := filepath.Dir(s.Address().Socket)
			if info, err := os.Stat(parent); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("%s: %v, %v", parent, info.Mode(), err)
			}
			link := filepath.Join(dir, "link")
			if err := os.Symlink(s.home.Dir, link); err != nil {
				t.Fatal(err)
			}
			if l := New(Home{Dir: link, UID: s.home.UID}, nil); !l.running() {
				t.Error("not found through a symbolic link")
			}
			if _, err := s.Stop(t.Context()); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(parent); err == nil {
				t.Errorf("%s is left behind", parent)
			}
		})
	}
}

// Where the socket has to be in /tmp, a server that somebody else put there is not trusted.
func TestTrapInTemporaryDirectory(t *testing.T) {
	t.Parallel()
	root(t)
	s := server(t)
	s.home.Dir = filepath.Join(s.home.Dir, strings.Repeat("deep/", 40))
	start(t, s)
	pid, err := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.data(), "postmaster.pid"), pid, 0o600); err != nil {
		t.Fatal(err)
	}
	trap := s.Address().Socket
	t.Cleanup(func() { os.RemoveAll(filepath.Dir(trap)) })
	if err := os.MkdirAll(trap, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", trap+socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if !s.running() {
		t.Error("the trap of this test is none")
	}
	if err := os.Chown(filepath.Dir(trap), nobody, nobody); err != nil {
		t.Fatal(err)
	}
	if s.running() {
		t.Error("a server of somebody else is taken for ours")
	}
	if err := os.Remove(filepath.Join(s.data(), "postmaster.pid")); err != nil {
		t.Fatal(err)
	}
	err = s.Start(t.Context())
	refusal(t, err, "belongs to user id 65534")
}

// SPEC 3: anything else is one clear sentence with the next step, exit 7.
func TestRefusals(t *testing.T) {
	t.Parallel()
	t.Run("no programs", func(t *testing.T) {
		t.Parallel()
		s := server(t)
		out, err := again(os.Geteuid(), "start-without-programs", "EPEV_HOME="+s.home.Dir).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "could not be fetched") {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("other version", func(t *testing.T) {
		t.Parallel()
		s := server(t)
		start(t, s)
		if _, err := s.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.data(), "PG_VERSION"), []byte("12\n"), 0); err != nil {
			t.Fatal(err)
		}
		err := s.Start(t.Context())
		refusal(t, err, "PostgreSQL 12", "this machine has PostgreSQL 1", "install PostgreSQL 12 beside it", "db-upgrade", "to the newer version")
	})
	t.Run("no data directory", func(t *testing.T) {
		t.Parallel()
		s := server(t)
		if err := os.MkdirAll(filepath.Join(s.data(), "base"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(s.base(), 0o700); err != nil {
			t.Fatal(err)
		}
		err := s.Start(t.Context())
		refusal(t, err, "PG_VERSION")
	})
	t.Run("damaged data directory", func(t *testing.T) {
		t.Parallel()
		s := server(t)
		start(t, s)
		if _, err := s.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(s.data(), "global")); err != nil {
			t.Fatal(err)
		}
		err := s.Start(t.Context())
		refusal(t, err, s.logPath())
	})
	t.Run("open data directory", func(t *testing.T) {
		t.Parallel()
		s := server(t)
		start(t, s)
		if _, err := s.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(s.data(), 0o777); err != nil {
			t.Fatal(err)
		}
		err := s.Start(t.Context())
		refusal(t, err, "permissions")
	})
	t.Run("home of somebody else", func(t *testing.T) {
		t.Parallel()
		root(t)
		s := server(t)
		if err := os.Chown(s.home.Dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
		err := s.Start(t.Context())
		refusal(t, err, "belongs to user id 65534", "run epev as nobody")
	})
	t.Run("database of somebody else", func(t *testing.T) {
		t.Parallel()
		root(t)
		s := server(t)
		if err := errors.Join(os.Mkdir(s.base(), 0o700), os.Chown(s.base(), nobody, nobody)); err != nil {
			t.Fatal(err)
		}
		_, err := s.Stop(t.Context())
		refusal(t, err, "belongs to user id 65534", "run epev as nobody")
		if err := os.Remove(s.base()); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("home is a file", func(t *testing.T) {
		t.Parallel()
		s := server(t)
		file := filepath.Join(s.home.Dir, "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		err := New(Home{Dir: file, UID: s.home.UID}, nil).Start(t.Context())
		refusal(t, err, file)
	})
	t.Run("home without permission", func(t *testing.T) {
		t.Parallel()
		if os.Geteuid() == 0 {
			t.Skip("root has every permission")
		}
		s := server(t)
		if err := os.Chmod(s.home.Dir, 0o500); err != nil {
			t.Fatal(err)
		}
		err := s.Start(t.Context())
		refusal(t, err, "no permission")
		if _, err := Secret(s.home); err == nil {
			t.Error("a secret was made")
		}
	})
	for name, option := range map[string]string{"read-only": "ro", "full": "size=8m"} {
		t.Run(name+" file system", func(t *testing.T) {
			t.Parallel()
			s := server(t)
			s.Cluster = nil
			needs.Disk(t, s.home.Dir, option)
			t.Cleanup(func() { s.Stop(context.Background()) })
			err := s.Start(t.Context())
			refusal(t, err, s.home.Dir, name)
			if _, err := os.Stat(s.data()); err == nil {
				t.Error("there is a data directory")
			}
		})
	}
}

// SPEC 3: a root user's server runs as the postgres or nobody account. This home is one that
// only root can pass, as the home of root is.
func TestRoot(t *testing.T) {
	t.Parallel()
	root(t)
	s := server(t)
	s.Cluster = nil
	start(t, s)
	if uid := processUser(t, s.postmaster().pid); uid == 0 {
		t.Error("the server runs as root")
	}
	info, err := os.Stat(s.home.Dir)
	if err != nil || info.Mode().Perm() != 0o700 || ownfile.Owner(info) != 0 {
		t.Errorf("home: %v, %v", info, err)
	}
	if as, err := serverAccount(s.home, s.data()); err != nil || as.uid != processUser(t, s.postmaster().pid) {
		t.Errorf("the next start would run as %+v, %v", as, err)
	}
}

func processUser(t *testing.T, pid int) int {
	t.Helper()
	info, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
	if err != nil {
		t.Fatal(err)
	}
	return ownfile.Owner(info)
}

// What "unshare -r" gives is a root that may become nobody else.
func TestRootOfUserNamespace(t *testing.T) {
	t.Parallel()
	unshare := needs.Program(t, "unshare")
	if out, err := exec.Command(unshare, "-r", "true").CombinedOutput(); err != nil {
		t.Skipf("no user namespaces: %s", out)
	}
	s := server(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(self); err != nil {
		t.Skipf("the test binary cannot be run by its name: %v", err)
	}
	cmd := exec.Command(unshare, "-r", self)
	cmd.Env = append(os.Environ(), "EPEV_TEST_AS=start", "EPEV_HOME="+s.home.Dir)
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "this root may not run it") {
		t.Errorf("%v: %s", err, out)
	}
}

// A user id without an account, as containers have them, is one clear sentence too.
func TestUserWithoutAccount(t *testing.T) {
	t.Parallel()
	root(t)
	const uid = 54321
	dir := t.TempDir()
	if err := os.Chown(dir, uid, uid); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(dir), 0o711); err != nil {
		t.Fatal(err)
	}
	out, err := again(uid, "start", "EPEV_HOME="+dir).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "user does not exist") {
		t.Errorf("%v: %s", err, out)
	}
}

// SPEC 3: under sudo it is the invoking user's database, and every file in it is the user's.
func TestSudo(t *testing.T) {
	t.Parallel()
	root(t)
	dir, err := os.MkdirTemp("", "epev-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	home, err := FindHome(func(name string) string {
		return map[string]string{"SUDO_UID": strconv.Itoa(nobody), "EPEV_HOME": filepath.Join(dir, "a", "b")}[name]
	})
	if err != nil || home.UID != nobody {
		t.Fatalf("FindHome: %+v, %v", home, err)
	}
	s := serverIn(t, home)
	start(t, s)
	if uid := processUser(t, s.postmaster().pid); uid != nobody {
		t.Errorf("the server runs as %d", uid)
	}
	if _, err := Secret(home); err != nil {
		t.Error(err)
	}
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return nil // the server removes files all the time
		}
		if info, err := d.Info(); err == nil && ownfile.Owner(info) != nobody {
			t.Errorf("%s belongs to %d", path, ownfile.Owner(info))
		}
		return nil
	})
	// The user alone finds it running, and starts it alone.
	want := fmt.Sprintf("pid: %d\n", s.postmaster().pid)
	out, err := again(nobody, "start", "EPEV_HOME="+home.Dir).CombinedOutput()
	if err != nil || string(out) != want {
		t.Errorf("the user: %q, %v, want %q", out, err, want)
	}
	if _, err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if out, err := again(nobody, "start", "EPEV_HOME="+home.Dir).CombinedOutput(); err != nil {
		t.Errorf("the user: %s, %v", out, err)
	}
	start(t, s)
}

// All of it as an ordinary user, when the tests run as root.
func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	root(t)
	cmd := again(nobody, "", "TMPDIR=/tmp", "HOME=/nonexistent", "EPEV_CI=") // who may not mount a disk
	cmd.Args = append(cmd.Args, "-test.timeout=10m", "-test.v="+strconv.FormatBool(testing.Verbose()))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("as user id %d: %v", nobody, err)
	}
	t.Logf("as user id %d:\n%s", nobody, out)
}

// SPEC 3: where there are no programs they are fetched, once.
func TestFetch(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root keeps them in /var/lib; runs as an ordinary user")
	}
	needs.Program(t, "xz")
	s := server(t)
	as, err := serverAccount(s.home, s.data())
	if err != nil {
		t.Fatal(err)
	}
	real, err := s.findPrograms(t.Context(), as, 0)
	if err != nil {
		t.Fatal(err)
	}
	archive := programsArchive(t, real)
	requests := 0
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".jar") {
			requests++
			w.Write(archive)
			return
		}
		w.WriteHeader(http.StatusNotFound) // the checksum
	}))
	defer web.Close()
	s.repository = web.URL
	if err := os.Mkdir(s.base(), 0o700); err != nil {
		t.Fatal(err)
	}
	p, err := s.fetch(t.Context(), as, 0)
	if err != nil || p.major != real.major || p.bin != filepath.Join(s.base(), "programs", strconv.Itoa(newest), "bin") {
		t.Errorf("fetch = %+v, %v", p, err)
	}
	if !slices.Contains(slices.Collect(s.candidates(t.Context())), p.bin) || requests != 1 {
		t.Errorf("not found again, or fetched %d times", requests)
	}
	if left, _ := filepath.Glob(filepath.Join(s.fetchDir(), "fetch-*")); left != nil {
		t.Errorf("left behind: %q", left)
	}
}

// programsArchive is what the repository serves: a zip file with a .txz of programs, here ones
// that call the machine's own.
func programsArchive(t *testing.T, real programs) []byte {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"initdb", "pg_ctl", "postgres"} {
		script := fmt.Sprintf("#!/bin/sh\nexec %s \"$@\"\n", real.path(name))
		if err := os.WriteFile(filepath.Join(dir, "bin", name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("tar", "-C", dir, "-cJf", dir+"/all.txz", "bin").CombinedOutput(); err != nil {
		t.Fatalf("tar: %s", out)
	}
	txz, err := os.ReadFile(dir + "/all.txz")
	if err != nil {
		t.Fatal(err)
	}
	var jar bytes.Buffer
	z := zip.NewWriter(&jar)
	w, err := z.Create("postgres.txz")
	if err == nil {
		_, err = io.Copy(w, bytes.NewReader(txz))
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return jar.Bytes()
}

func BenchmarkStartRunning(b *testing.B) {
	s := server(b)
	start(b, s)
	for b.Loop() {
		if err := s.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStartStopped measures from a stopped server to the answer of the first query, as
// durable as the real one.
func BenchmarkStartStopped(b *testing.B) {
	s := server(b)
	s.Volatile = false
	start(b, s)
	for b.Loop() {
		b.StopTimer()
		if _, err := s.Stop(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		start(b, s)
	}
}

func BenchmarkFirstStart(b *testing.B) {
	for b.Loop() {
		s := server(b)
		s.Cluster = nil
		s.Volatile = false
		start(b, s)
		b.StopTimer()
		s.Stop(b.Context())
		os.RemoveAll(s.base())
		b.StartTimer()
	}
}
