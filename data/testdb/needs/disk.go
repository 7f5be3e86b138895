package needs

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Disk mounts a small file system of this test's own on a directory, with the options of a tmpfs: "size=64k", "ro".
// Root alone can: whoever is not root is skipped, or with EPEV_CI set mounts it through sudo.
func Disk(t testing.TB, dir, options string) {
	t.Helper()
	sudo := AsRoot(t, "who alone can mount a disk")
	asRoot := func(name string, args ...string) error {
		command := append(append(sudo, Program(t, name)), args...)
		out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w: %s", name, err, out)
		}
		return nil
	}
	options = fmt.Sprintf("mode=0700,uid=%d,gid=%d,%s", os.Geteuid(), os.Getegid(), options)
	if err := asRoot("mount", "-t", "tmpfs", "-o", options, "epev-test", dir); err != nil {
		missing(t, "disk of a test's own: "+err.Error())
	}
	t.Cleanup(func() {
		// Lazily: a program that another test is just starting holds this one's files until its exec.
		if err := asRoot("umount", "--lazy", dir); err != nil {
			t.Error(err)
		}
	})
}

// SmallDisk returns a directory on a disk of this test's own with room for a few files.
func SmallDisk(t testing.TB) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	Disk(t, dir, "size=64k")
	return dir
}

// Fill leaves no room on the disk of a directory, until the room it took is given back.
func Fill(t testing.TB, dir string) (giveBack func()) {
	t.Helper()
	file, err := os.CreateTemp(dir, "filler")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for err == nil {
		_, err = file.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		// The room is given back at once by the cut; by the removal only once no program that was just started holds the file.
		if err := errors.Join(os.Truncate(file.Name(), 0), os.Remove(file.Name())); err != nil {
			t.Error(err)
		}
	}
}
