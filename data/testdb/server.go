package testdb

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jmoiron/sqlx"
	_ "github.com/lib/pq"

	"epev/data/testdb/needs"
)

// Server is a PostgreSQL with fsync and all, whose data this test alone has, and which it may kill, restart and promote.
type Server struct {
	// Settings are those that Start gives it beside the usual ones, as name=value.
	Settings []string

	bin, dir string // of its programs; of its socket, its log and its data
	account  *syscall.SysProcAttr
}

// NewServer starts one. It ends with the test, however that ends.
func NewServer(t testing.TB) *Server {
	t.Helper()
	return newServer(t, "")
}

// NewServerOn is NewServer of one that has a small disk to itself, with those options of a tmpfs.
func NewServerOn(t testing.TB, disk string) *Server {
	t.Helper()
	return newServer(t, disk)
}

func newServer(t testing.TB, disk string) *Server {
	t.Helper()
	s := makeServer(t, disk)
	s.Run(t, "initdb", "-k", "-A", "trust", "-U", "epev", "-E", "UTF8", "--no-locale", "-N", s.Data())
	conf, err := os.OpenFile(filepath.Join(s.Data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = conf.WriteString("wal_keep_size = 128MB\n") // for pg_rewind, which begins where the servers part
		err = errors.Join(err, conf.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Start(t)
	return s
}

func makeServer(t testing.TB, disk string) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "epev-server-") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if disk != "" {
		needs.Disk(t, dir, disk)
	}
	s := &Server{dir: dir}
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
	})
	return s
}

// Dir is the directory of all that it has.
func (s *Server) Dir() string { return s.dir }

// Data is the directory of its data.
func (s *Server) Data() string { return filepath.Join(s.dir, "data") }

// Socket is the path of its socket.
func (s *Server) Socket() string { return filepath.Join(s.dir, ".s.PGSQL.5432") }

// DSN is the address of its database postgres, as the user who may do everything.
func (s *Server) DSN() string { return s.Superuser("postgres") }

// Superuser is the address of a database of it, as the user who may do everything.
func (s *Server) Superuser(database string) string {
	return "postgres://epev@/" + database + "?sslmode=disable&port=5432&host=" + url.QueryEscape(s.dir)
}

// Run runs a program of PostgreSQL as the account of the server.
func (s *Server) Run(t testing.TB, program string, args ...string) {
	t.Helper()
	if err := s.Try(program, args...); err != nil {
		t.Fatal(err)
	}
}

// Try is Run of what may fail.
func (s *Server) Try(program string, args ...string) error {
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

// Start starts the server, again.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	log, settings := filepath.Join(s.dir, "log"), ""
	for _, setting := range s.Settings {
		settings += " -c " + setting
	}
	err := s.Try("pg_ctl", "-w", "-D", s.Data(), "-l", log,
		"-o", "-k "+s.dir+" -p 5432 -c listen_addresses= -c shared_buffers=8MB"+settings, "start")
	if err != nil {
		text, _ := os.ReadFile(log)
		t.Fatalf("%v: %s", err, text)
	}
}

// Crash ends the server and all its processes with SIGKILL.
func (s *Server) Crash(t testing.TB) {
	t.Helper()
	pidFile, err := os.ReadFile(filepath.Join(s.Data(), "postmaster.pid"))
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
	for _, left := range []string{filepath.Join(s.Data(), "postmaster.pid"), s.Socket() + ".lock", s.Socket()} {
		if err := os.Remove(left); err != nil {
			t.Fatal(err)
		}
	}
}

// Kill ends one process of the server with SIGKILL, upon which the server ends all others and begins anew. It reports whether the process
// was still there.
func (s *Server) Kill(pid int) bool {
	_ = syscall.Kill(pid, syscall.SIGSTOP) // it may be about to end by itself
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		switch {
		case err != nil, strings.Contains(string(status), "State:\tZ"), strings.Contains(string(status), "State:\tX"):
			return false
		case strings.Contains(string(status), "State:\tT"):
			return syscall.Kill(pid, syscall.SIGKILL) == nil
		}
	}
}

// Standby returns a server that follows s.
func (s *Server) Standby(t testing.TB) *Server {
	t.Helper()
	follower := makeServer(t, "")
	follower.Settings = s.Settings // a standby must take as many connections
	follower.Run(t, "pg_basebackup", "-h", s.dir, "-p", "5432", "-U", "epev", "-D", follower.Data(), "-R", "-X", "stream", "-c", "fast")
	follower.Start(t)
	return follower
}

// Promote makes a standby a primary, which has a history of its own from there on.
func (s *Server) Promote(t testing.TB) {
	t.Helper()
	s.Run(t, "pg_ctl", "-w", "-D", s.Data(), "promote")
}

// Follows waits until the standby has what s has.
func (s *Server) Follows(t testing.TB, primary *Server) {
	t.Helper()
	var reached string
	if err := primary.DB(t).Get(&reached, "select pg_current_wal_flush_lsn()"); err != nil {
		t.Fatal(err)
	}
	db := s.DB(t)
	for done := false; !done; {
		if err := db.Get(&done, "select pg_last_wal_replay_lsn() >= $1::pg_lsn", reached); err != nil {
			t.Fatal(err)
		}
	}
}

// Stop ends the server as it should: what follows it has all that it had.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.Run(t, "pg_ctl", "-D", s.Data(), "-m", "fast", "-w", "stop")
}

// Rejoin has a server that was the primary, and does not run, come back as a standby of the one that took its place. What it
// alone had written is gone.
func (s *Server) Rejoin(t testing.TB, primary *Server) {
	t.Helper()
	primary.DB(t).MustExec("checkpoint") // by its control file pg_rewind knows that it was promoted
	s.Run(t, "pg_rewind", "-D", s.Data(), "-R", "--source-server="+primary.DSN())
	s.Start(t)
}

// DB returns a handle on the database of DSN.
func (s *Server) DB(t testing.TB) *sqlx.DB {
	t.Helper()
	db, err := sqlx.Open("postgres", s.DSN())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Logged is how much the server has logged until now.
func (s *Server) Logged(t testing.TB) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(s.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// Log is what the server has logged since.
func (s *Server) Log(t testing.TB, since int64) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text[since:])
}

// Owned makes a database that an ordinary user owns, as in production.
func (s *Server) Owned(t testing.TB, name string) {
	t.Helper()
	db := s.DB(t)
	if _, err := db.Exec("DO $$BEGIN CREATE ROLE " + owner + " LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END$$"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE DATABASE " + name + " OWNER " + owner); err != nil {
		t.Fatal(err)
	}
}

// Addresses is that of a database of servers, as its owner; with several of them it is a list of hosts.
func Addresses(database string, servers ...*Server) string {
	var hosts, ports []string
	for _, s := range servers {
		hosts, ports = append(hosts, s.dir), append(ports, "5432")
	}
	query := url.Values{"host": {strings.Join(hosts, ",")}, "port": {strings.Join(ports, ",")}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", User: url.User(owner), Path: "/" + database, RawQuery: query.Encode()}
	return u.String()
}
