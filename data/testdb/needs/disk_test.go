package needs

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestADiskIsFullUntilItsRoomIsGivenBack(t *testing.T) {
	t.Parallel()
	dir := SmallDisk(t)
	write := func() error { return os.WriteFile(filepath.Join(dir, "file"), make([]byte, 4096), 0o600) }
	giveBack := Fill(t, dir)
	hold(t, dir)
	if err := write(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a full disk takes a file: %v", err)
	}
	giveBack()
	if err := write(); err != nil {
		t.Errorf("a disk that has room again: %v", err)
	}
}

func TestADiskEndsWithItsTest(t *testing.T) {
	t.Parallel()
	outer := t
	dir := t.TempDir()
	var before, within, after syscall.Stat_t
	device := func(at *syscall.Stat_t) {
		if err := syscall.Stat(dir, at); err != nil {
			t.Fatal(err)
		}
	}
	device(&before)
	t.Run("it", func(t *testing.T) {
		Disk(t, dir, "size=64k")
		device(&within)
		if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		hold(outer, dir)
	})
	device(&after)
	if within.Dev == before.Dev || after.Dev != before.Dev {
		t.Errorf("devices %d, %d and %d", before.Dev, within.Dev, after.Dev)
	}
}

// hold keeps the files of a directory open until the test has ended. A program does so for a moment when another test
// has just started it: between its fork and its exec it holds all files of this process.
func hold(t *testing.T, dir string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) == 0 {
		t.Fatal("no file to hold", err)
	}
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
	}
}
