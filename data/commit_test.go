package data_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jmoiron/sqlx"

	"epev/commands/sentences"
	"epev/data"
	"epev/data/testdb/needs"
	"epev/model"
)

// server is a PostgreSQL with fsync and all, whose data this test alone has, and which it may kill, restart and promote.
type server struct {
	bin, dir string // of its programs; of its socket, its log and its data
	account  *syscall.SysProcAttr
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := makeServer(t)
	s.run(t, "initdb", "-A", "trust", "-U", "epev", "-E", "UTF8", "--no-locale", "-N", s.data())
	s.start(t)
	return s
}

func makeServer(t *testing.T) *server {
	t.Helper()
	dir, err := os.MkdirTemp("", "epev-server-") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	s := &server{dir: dir}
	places, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		places = append(places, strings.TrimSpace(string(out)))
	}
	i := slices.IndexFunc(places, func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, "pg_basebackup"))
		return err == nil
	})
	if i >= 0 {
		s.bin = places[i]
	} else {
		s.bin = filepath.Dir(needs.Program(t, "pg_basebackup"))
	}
	if os.Geteuid() == 0 { // which PostgreSQL refuses to be
		account, err := user.Lookup("postgres")
		if err != nil {
			if account, err = user.Lookup("nobody"); err != nil {
				t.Fatal(err)
			}
		}
		uid, _ := strconv.Atoi(account.Uid)
		gid, _ := strconv.Atoi(account.Gid)
		s.account = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	// It ends with this process, however that ends.
	watch := exec.Command("/bin/sh", "-c", `read done; "$1"/pg_ctl -D "$2/data" -m immediate stop; rm -rf "$2"`, "sh", s.bin, dir)
	watch.Dir, watch.SysProcAttr = "/", s.account
	alive, err := watch.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := watch.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		alive.Close()
		watch.Wait()
		os.RemoveAll(dir)
	})
	return s
}

func (s *server) data() string   { return filepath.Join(s.dir, "data") }
func (s *server) socket() string { return filepath.Join(s.dir, ".s.PGSQL.5432") }
func (s *server) dsn() string {
	return "host=" + s.dir + " port=5432 user=epev dbname=postgres sslmode=disable"
}

func (s *server) run(t *testing.T, program string, args ...string) {
	t.Helper()
	if err := s.try(program, args...); err != nil {
		t.Fatal(err)
	}
}

func (s *server) try(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(s.bin, program), args...)
	cmd.Dir, cmd.SysProcAttr = "/", s.account
	said, err := os.CreateTemp("", "said") // not a pipe, which the server would keep open
	if err != nil {
		return err
	}
	defer os.Remove(said.Name())
	defer said.Close()
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(said.Name())
		return fmt.Errorf("%s: %w: %s", program, err, text)
	}
	return nil
}

func (s *server) start(t *testing.T) {
	t.Helper()
	log := filepath.Join(s.dir, "log")
	err := s.try("pg_ctl", "-w", "-D", s.data(), "-l", log,
		"-o", "-k "+s.dir+" -p 5432 -c listen_addresses= -c shared_buffers=8MB", "start")
	if err != nil {
		text, _ := os.ReadFile(log)
		t.Fatalf("%v: %s", err, text)
	}
}

// crash ends the server and all its processes with SIGKILL.
func (s *server) crash(t *testing.T) {
	t.Helper()
	pidFile, err := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, _, _ := strings.Cut(string(pidFile), "\n")
	if number, err := strconv.Atoi(pid); err == nil && number > 1 {
		_ = syscall.Kill(number, syscall.SIGSTOP) // it makes no more of them
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%s/task/%[1]s/children", pid))
	if err != nil {
		t.Skip("the processes of the server cannot be found: ", err)
	}
	all := append([]string{pid}, strings.Fields(string(children))...)
	for _, pid := range all {
		if pid, err := strconv.Atoi(pid); err == nil && pid > 1 {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	for _, pid := range all { // until it is one no more
		for status := ""; !strings.Contains(status, "State:\tZ"); {
			read, err := os.ReadFile("/proc/" + pid + "/status")
			if status = string(read); err != nil {
				break
			}
		}
	}
	// Where nobody buries the dead, the next server would think that this one lives.
	for _, left := range []string{filepath.Join(s.data(), "postmaster.pid"), s.socket() + ".lock", s.socket()} {
		if err := os.Remove(left); err != nil {
			t.Fatal(err)
		}
	}
}

// standby returns a server that follows s.
func (s *server) standby(t *testing.T) *server {
	t.Helper()
	follower := makeServer(t)
	follower.run(t, "pg_basebackup", "-h", s.dir, "-p", "5432", "-U", "epev", "-D", follower.data(), "-R", "-X", "stream", "-c", "fast")
	follower.start(t)
	return follower
}

func (s *server) promote(t *testing.T) {
	t.Helper()
	s.run(t, "pg_ctl", "-w", "-D", s.data(), "promote")
}

func (s *server) db(t *testing.T) *sqlx.DB {
	t.Helper()
	db, err := sqlx.Open("postgres", s.dsn())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// others commit transactions of their own, so that numbers of transactions that were lost are given again.
func (s *server) others(t *testing.T) {
	t.Helper()
	db := s.db(t)
	for i := range 30 {
		if _, err := db.Exec("insert into epic_events.company (name) values ($1)", fmt.Sprint("other ", i)); err != nil {
			t.Fatal(err)
		}
	}
}

// follows waits until the standby has what s has.
func (s *server) follows(t *testing.T, primary *server) {
	t.Helper()
	var reached string
	if err := primary.db(t).Get(&reached, "select pg_current_wal_flush_lsn()"); err != nil {
		t.Fatal(err)
	}
	db := s.db(t)
	for done := false; !done; {
		if err := db.Get(&done, "select pg_last_wal_replay_lsn() >= $1::pg_lsn", reached); err != nil {
			t.Fatal(err)
		}
	}
}

// loser is a proxy that loses one COMMIT, or the answer to it. Then it lets something happen before anybody gets
// through again.
type loser struct {
	net.Listener
	target  atomic.Pointer[server]
	running sync.WaitGroup

	mu       sync.Mutex
	armed    bool
	answer   bool   // it is the answer that is lost
	keeps    bool   // the server is not told that the connection is gone
	then     func() // in between
	awaiting chan struct{}
	kept     []net.Conn
}

func newLoser(t *testing.T, s *server) (l *loser, dsn string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "lose")
	if err != nil {
		t.Fatal(err)
	}
	l = &loser{awaiting: make(chan struct{})}
	close(l.awaiting)
	l.target.Store(s)
	if l.Listener, err = net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432")); err != nil {
		t.Fatal(err)
	}
	l.running.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			l.running.Go(func() { l.serve(client) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		for _, c := range l.kept {
			c.Close()
		}
		l.running.Wait()
		os.RemoveAll(dir)
	})
	return l, "host=" + dir + " port=5432 user=epev dbname=postgres sslmode=disable"
}

func (l *loser) serve(client net.Conn) {
	l.mu.Lock()
	awaiting := l.awaiting
	l.mu.Unlock()
	<-awaiting
	server, err := net.Dial("unix", l.target.Load().socket())
	if err != nil {
		client.Close()
		return
	}
	var both sync.WaitGroup
	both.Go(func() { l.pass(client, server, 'Q', false) })
	both.Go(func() { l.pass(server, client, 'C', true) })
	both.Wait()
}

// pass passes messages on until the one of the kind that says COMMIT.
func (l *loser) pass(from, to net.Conn, kind byte, answer bool) {
	keep := false
	defer func() {
		from.Close()
		if !keep {
			to.Close()
		}
	}()
	in := bufio.NewReader(from)
	for startup := !answer; ; startup = false {
		head := 5
		if startup {
			head = 4
		}
		message := make([]byte, head)
		if _, err := io.ReadFull(in, message); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(message[head-4:])-4)
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		if !startup && message[0] == kind && strings.HasPrefix(string(body), "COMMIT") {
			if lost, keeps := l.lose(answer); lost {
				if keep = keeps; keep {
					l.mu.Lock()
					l.kept = append(l.kept, to)
					l.mu.Unlock()
				} else {
					to.Close()
				}
				from.Close()
				defer func() { // also when it fails the test
					l.mu.Lock()
					defer l.mu.Unlock()
					close(l.awaiting)
				}()
				l.then()
				return
			}
		}
		if _, err := to.Write(append(message, body...)); err != nil {
			return
		}
	}
}

func (l *loser) lose(answer bool) (lost, keeps bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.armed || l.answer != answer {
		return false, false
	}
	l.armed, l.awaiting = false, make(chan struct{})
	return true, l.keeps
}

// arm has the next COMMIT lost.
func (l *loser) arm(answer, keeps bool, then func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.armed, l.answer, l.keeps, l.then = true, answer, keeps, then
}

// A write whose COMMIT was lost leaves evidence of its own, which tells what became of it. The evidence survives what
// happens to the server before it can be asked: a promotion, or a crash and a restart that give others the number of
// its transaction.
func TestALostCommitIsToldByItsOwnMark(t *testing.T) {
	t.Parallel()
	const done, unknown = "done", "outcome unknown"
	for name, test := range map[string]struct {
		answer, keeps bool // see loser
		then          func(t *testing.T, primary, standby *server) (next *server)
		want          string
	}{
		"lost, crash, restart": {then: func(t *testing.T, primary, _ *server) *server {
			primary.crash(t)
			primary.start(t)
			primary.others(t)
			return primary
		}, want: done},
		"its answer lost, crash, restart": {answer: true, then: func(t *testing.T, primary, _ *server) *server {
			primary.crash(t)
			primary.start(t)
			primary.others(t)
			return primary
		}, want: done},
		"lost, restart": {then: func(t *testing.T, primary, _ *server) *server {
			primary.run(t, "pg_ctl", "-D", primary.data(), "-m", "fast", "-w", "stop")
			primary.start(t)
			primary.others(t)
			return primary
		}, want: done},
		"lost, promotion": {then: func(t *testing.T, primary, standby *server) *server {
			primary.crash(t)
			standby.promote(t)
			standby.others(t)
			return standby
		}, want: unknown},
		"its answer lost, promotion": {answer: true, then: func(t *testing.T, primary, standby *server) *server {
			standby.follows(t, primary)
			primary.crash(t)
			standby.promote(t)
			standby.others(t)
			return standby
		}, want: done},
		"its answer lost, promotion of one that lags": {answer: true, then: func(t *testing.T, primary, standby *server) *server {
			primary.crash(t)
			standby.start(t)
			standby.promote(t)
			standby.others(t)
			return standby
		}, want: unknown},
		"lost, and the server knows nothing of it": {keeps: true, want: done},
		"lost":            {want: done},
		"its answer lost": {answer: true, want: done},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			primary := newServer(t)
			if _, err := open(t, primary.dsn()).Migrate(t.Context(), data.Seed{}); err != nil {
				t.Fatal(err)
			}
			var standby *server
			if strings.Contains(name, "promotion") {
				standby = primary.standby(t)
				standby.follows(t, primary)
			}
			lags := strings.Contains(name, "lags")
			if lags {
				standby.run(t, "pg_ctl", "-D", standby.data(), "-m", "fast", "-w", "stop")
			}
			proxy, dsn := newLoser(t, primary)
			s := open(t, dsn)
			if err := s.Write(t.Context(), data.By{}, addCompany("before")); err != nil {
				t.Fatal(err)
			}
			if standby != nil && !lags {
				standby.follows(t, primary)
			}
			next := primary
			proxy.arm(test.answer, test.keeps, func() {
				if test.then != nil {
					next = test.then(t, primary, standby)
				}
				proxy.target.Store(next)
			})
			err := s.Write(t.Context(), data.By{}, addCompany("A"))
			told := done
			if err != nil {
				told = sentences.Of(err).Message
			}
			if !strings.Contains(told, test.want) || err != nil && model.KindOf(err) != model.Unavailable {
				t.Errorf("told %v, want %s", err, test.want)
			}
			var names []string
			var history int
			db := next.db(t)
			if err := db.Select(&names, "select name from epic_events.company where name = 'A'"); err != nil {
				t.Fatal(err)
			}
			if err := db.Get(&history, "select count(*) from epic_events.change_log where after ->> 'name' = 'A'"); err != nil {
				t.Fatal(err)
			}
			if told == done && !slices.Equal(names, []string{"A"}) || len(names) != history || len(names) > 1 {
				t.Errorf("told %s: companies %q, %d rows of history", told, names, history)
			}
		})
	}
}
