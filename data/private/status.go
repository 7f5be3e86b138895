package private

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"

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
	st := Status{Address: s.Address(), Data: s.data(), Log: s.logPath()}
	if p := s.postmaster(); s.running() {
		st.Running, st.PID, st.Started = true, p.pid, p.started
	}
	var err error
	if st.Version, err = clusterVersion(st.Data); err != nil {
		return st, fileError(err, s.base())
	}
	return st, ctx.Err()
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
