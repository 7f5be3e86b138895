package security

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// uidMap returns how this process's user namespace maps users (user_namespaces(7)), and whether the kernel itself says
// so. Whoever makes a namespace may mount what they like over /proc or a file in it. It may be another file system, or another file
// of the same one, such as the name of a process, which can be chosen.
func uidMap() (content string, ok bool) {
	proc, err := unix.Open("/proc", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", false
	}
	defer unix.Close(proc)
	fd, err := unix.Openat2(proc, "self/uid_map", &unix.OpenHow{Flags: unix.O_RDONLY | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_XDEV | unix.RESOLVE_NO_MAGICLINKS})
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) { // an old kernel, or a sandbox that knows not the call
		fd, err = unix.Openat(proc, "self/uid_map", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	}
	if err != nil {
		return "", false
	}
	file := os.NewFile(uintptr(fd), "uid_map")
	defer file.Close()
	var system unix.Statfs_t
	if err := unix.Fstatfs(fd, &system); err != nil || system.Type != unix.PROC_SUPER_MAGIC {
		return "", false
	}
	text, err := io.ReadAll(io.LimitReader(file, 1<<16))
	return string(text), err == nil
}
