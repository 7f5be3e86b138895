// Package ownfile looks after files that are one user's alone: keys, sessions, locks. What is wrong with one it tells as a fact, which
// its callers put into words.
//
// Locks are flock(2) on files that are open already, since most are opened inside a directory that was checked, and one
// is handed on to the server's processes. The package github.com/gofrs/flock would open files by their paths, and keep
// the descriptors to itself.
package ownfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Fault is why a file is not one that a user has alone.
type Fault int

// The faults of files.
const (
	None      Fault = iota
	Irregular       // a directory, a pipe, a device
	Foreign         // somebody else's
	Exposed         // others may open it
	Nameless        // deleted while it was open
	Linked          // it has a second name
)

// FaultOf returns the first fault of those that count in a file which should be the user's alone, in their order.
func FaultOf(info fs.FileInfo, uid int, counting ...Fault) Fault {
	links := info.Sys().(*syscall.Stat_t).Nlink
	for _, f := range counting {
		switch {
		case f == Irregular && !info.Mode().IsRegular(), f == Foreign && Owner(info) != uid, f == Exposed && IsExposed(info),
			f == Nameless && links == 0, f == Linked && links > 1:
			return f
		}
	}
	return None
}

// IsExposed reports whether others than the owner may open a file.
func IsExposed(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }

// Owner returns the uid of a file's owner.
func Owner(info fs.FileInfo) int { return int(info.Sys().(*syscall.Stat_t).Uid) }

// IsDiskFull reports whether a file could not be written because there is no room for it.
func IsDiskFull(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// TryLock takes the file's lock, for itself or shared with others, or reports false where another process has it. The lock
// belongs to the open file: processes that inherit it hold it until the last one ends.
func TryLock(f *os.File, shared bool) (bool, error) {
	how := unix.LOCK_EX
	if shared {
		how = unix.LOCK_SH
	}
	for {
		switch err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB); {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, unix.EINTR):
			return false, &os.PathError{Op: "lock", Path: f.Name(), Err: err}
		}
	}
}
