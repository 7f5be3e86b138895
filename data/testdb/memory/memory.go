// Package memory keeps what tests write off the disk, where a database costs ten times as much to make and to drop.
package memory

import (
	"os"
	"syscall"
)

// dir is where Linux keeps files in memory.
const dir = "/dev/shm"

// room is how many bytes must be free there: a container often has no more than 64 MB.
const room = 4 << 30

// noExec is the flag of a file system from which no program runs, which some tests do.
const noExec = 8

// Use has this process make its temporary files in memory, unless TMPDIR says where. It changes nothing on a machine
// without such a place, or with too little room in it.
func Use() {
	if os.Getenv("TMPDIR") == "" && fits() {
		os.Setenv("TMPDIR", dir)
	}
}

func fits() bool {
	var s syscall.Statfs_t
	if syscall.Statfs(dir, &s) != nil || uint64(s.Flags)&noExec != 0 || uint64(s.Bavail)*uint64(s.Bsize) < room {
		return false
	}
	probe, err := os.MkdirTemp(dir, "epev-")
	return err == nil && os.Remove(probe) == nil
}
