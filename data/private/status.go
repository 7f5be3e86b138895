package private

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"epev/model"
	"epev/model/ownfile"
)

// Status describes the private database.
type Status struct {
	Address
	Running bool
	PID     int       // of the postmaster, 0 when it is not running
	Started time.Time // zero when it is not running
	Data    string    // data directory, which may not be there yet
	Log     string
	Version int // major version of the data directory, 0 when there is none yet
}

// Status reports on the server without starting it.
func (s *Server) Status(ctx context.Context) (Status, error) {
	version, err := clusterVersion(s.data())
	st := Status{Address: s.Address(), Data: s.data(), Log: s.logPath(), Version: version}
	if p := s.postmaster(); s.running() {
		st.Running, st.PID, st.Started = true, p.pid, p.started
	}
	return st, cmp.Or(fileError(err, s.base()), ctx.Err())
}

// running reports whether the server lets people in. It costs a few microseconds.
func (s *Server) running() bool {
	dir := s.socketDir()
	if parent := filepath.Dir(dir); parent != s.base() { // in /tmp, where anyone may lay a trap
		if info, err := os.Lstat(parent); err != nil || !info.IsDir() || ownfile.Owner(info) != s.home.UID || ownfile.IsExposed(info) {
			return false
		}
	}
	return s.postmaster().ready && listening(dir+socket)
}

// listening reports whether a living process listens at that path. That the process exists would say less: a killed one
// exists until its parent has noticed. A datagram socket asks without troubling the server, which would start a process
// for a caller. Where somebody listens, it is refused for its type.
func listening(path string) bool {
	for _, kind := range []int{syscall.SOCK_DGRAM, syscall.SOCK_STREAM} {
		fd, err := syscall.Socket(syscall.AF_UNIX, kind, 0)
		if err != nil {
			return false
		}
		err = syscall.Connect(fd, &syscall.SockaddrUnix{Name: path})
		syscall.Close(fd)
		if err == nil || errors.Is(err, syscall.EPROTOTYPE) {
			return true
		}
	}
	return false
}

// alive reports whether any process of the server exists.
func (s *Server) alive() bool {
	f, err := os.Open(filepath.Join(s.base(), "server.lock"))
	if err != nil {
		return false
	}
	defer f.Close()
	free, err := ownfile.TryLock(f, true)
	return err == nil && !free
}

// keepFiles marks every open file as not to be inherited. Files that Go opens are marked already; files that epev got
// from its caller are not. Such a file may be a pipe or a lock of a script, and a server that outlives the script would
// hold it for ever.
func keepFiles() {
	entries, _ := os.ReadDir("/dev/fd")
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
}

// process is what postmaster.pid says.
type process struct {
	pid     int
	nobody  bool // it holds no process id, as a power cut may leave it
	started time.Time
	ready   bool // it let people in, when it last wrote
}

func (s *Server) pidFile() string { return filepath.Join(s.data(), "postmaster.pid") }

func (s *Server) postmaster() process {
	text, err := os.ReadFile(s.pidFile())
	if err != nil {
		return process{}
	}
	lines := strings.Split(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 1 { // that of a single-user server is negative
		return process{nobody: err != nil || pid == 0}
	}
	p := process{pid: pid}
	if len(lines) > 7 {
		seconds, _ := strconv.ParseInt(lines[2], 10, 64)
		p.started = time.Unix(seconds, 0)
		p.ready = strings.TrimSpace(lines[7]) == "ready"
	}
	return p
}

// interrupt asks the server for its fast shutdown, and reports whether there is one to ask.
func (s *Server) interrupt() bool {
	p := s.postmaster()
	return p.pid != 0 && worksIn(p.pid, s.data()) && syscall.Kill(p.pid, syscall.SIGINT) == nil
}

func exists(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// clearStale removes what an ended server left that would keep PostgreSQL from starting when its process id belongs to
// another process by now, or is no longer in its file. Nobody holds server.lock, so none that epev started lives; one
// that somebody started by hand in the same directory is left alone.
func (s *Server) clearStale() error {
	for _, name := range []string{socket, socket + ".lock"} {
		if err := os.Remove(s.socketDir() + name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	p := s.postmaster()
	pid, err := p.pid, error(nil)
	switch {
	case p.nobody:
		if pid, err = serverOf(s.data()); err != nil {
			return nil // PostgreSQL refuses to start, and says why
		}
	case pid == 0 || !exists(pid):
		return nil // PostgreSQL sees that itself
	case !worksIn(pid, s.data()):
		pid = 0
	}
	if pid != 0 {
		return unavailable("server-of-others", model.Facts{"pid": pid, "path": s.data()})
	}
	return os.Remove(s.pidFile())
}

// serverOf returns a server of that data directory, found among all processes, or 0.
func serverOf(data string) (pid int, err error) {
	if runtime.GOOS != "linux" {
		out, err := exec.Command("lsof", "-a", "-c", "postgres", "-d", "cwd", "-t", "--", data).Output()
		if first, _, found := strings.Cut(string(out), "\n"); found {
			return strconv.Atoi(first)
		}
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 { // it found none
			return 0, nil
		}
		return 0, err
	}
	processes, err := os.ReadDir("/proc")
	for _, p := range processes {
		name, _ := os.ReadFile(filepath.Join("/proc", p.Name(), "comm"))
		n, notOne := strconv.Atoi(p.Name())
		if notOne == nil && strings.Contains(string(name), "postgres") && worksIn(n, data) && (pid == 0 || n < pid) {
			pid = n // the first of a server's processes is the one to stop
		}
	}
	return pid, err
}

// worksIn reports whether the process is a server of that data directory, which is where a server works.
func worksIn(pid int, data string) bool {
	if runtime.GOOS == "linux" {
		here, err := os.Stat(fmt.Sprintf("/proc/%d/cwd", pid))
		there, dataErr := os.Stat(data)
		return err == nil && dataErr == nil && os.SameFile(here, there)
	}
	out, err := exec.Command("ps", "-o", "stat=,comm=", "-p", strconv.Itoa(pid)).Output()
	return err != nil || strings.Contains(string(out), "postgres") && !strings.HasPrefix(string(out), "Z")
}
