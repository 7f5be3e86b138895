package ownfile

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"epev/model"
)

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

// Hold is TryLock for this process alone, which then writes its number into the file. That is always as many bytes, which
// fit in place also where the disk is full. Where they cannot be written, the lock holds all the same.
func Hold(f *os.File) (bool, error) {
	free, err := TryLock(f, false)
	if free {
		_, _ = f.WriteAt(fmt.Appendf(nil, "%10d\n", os.Getpid()), 0)
	}
	return free, err
}

// Holder tells which process the content of a lock file names, and whether that is stopped. Where it is not known, who
// tells nothing.
func Holder(content []byte) (who error, stopped bool) {
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil || pid <= 0 || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return model.Fault(""), false
	}
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)) // proc(5); elsewhere it is not there
	if _, after, _ := strings.Cut(string(stat), ") "); strings.HasPrefix(after, "T") {
		return &model.Error{Fault: "stopped-process", Facts: model.Facts{"pid": pid}}, true
	}
	return &model.Error{Fault: "process", Facts: model.Facts{"pid": pid}}, false
}
