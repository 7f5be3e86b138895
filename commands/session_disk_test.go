package commands

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"epev/model"
	"epev/security"
)

// smallDisk returns a directory on a disk of its own with room for a few files.
func smallDisk(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("a full disk: needs root to mount one")
	}
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "epev-test", dir).CombinedOutput(); err != nil {
		t.Skipf("a full disk: cannot mount one: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	return dir
}

// fill leaves no room on the disk.
func fill(t *testing.T, dir string) {
	t.Helper()
	file, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for err == nil {
		_, err = file.Write(make([]byte, 4096))
	}
	if !security.IsDiskFull(err) {
		t.Fatal(err)
	}
}

// Where there is no room for the session file, work goes on, and a refresh says why it is none. A logout logs out, also
// once the access token has run out.
func TestAFullDiskKeepsNobodyIn(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]time.Duration{"in time": 0, "after the access token": 31 * time.Minute} {
		for _, command := range []string{"logout", "logout --all"} {
			t.Run(command+" "+name, func(t *testing.T) {
				dir := smallDisk(t)
				l := newLobby(t)
				l.file.Path = filepath.Join(dir, "session")
				l.login()
				fill(t, dir)
				l.pass(late)
				d := l.shell()
				d.must("whoami")
				if e := d.fails(model.Unauthenticated, "refresh"); !strings.Contains(e.Message, "no space left") || !strings.Contains(e.Hint, "free some space") {
					t.Error(told(e))
				}
				d.must("%s", command)
				if _, err := os.Lstat(l.file.Path); !errors.Is(err, os.ErrNotExist) || l.living() != 0 {
					t.Errorf("%d sessions live, and the file: %v", l.living(), err)
				}
				if left, _ := filepath.Glob(filepath.Join(dir, ".session-*")); len(left) > 0 {
					t.Errorf("drafts stay: %v", left)
				}
			})
		}
	}
	t.Run("filled in the midst of a rotation", func(t *testing.T) {
		dir := smallDisk(t)
		l := newLobby(t)
		l.file.Path = filepath.Join(dir, "session")
		l.login()
		stored := l.onDisk()
		next, _ := security.NewRefreshToken()
		stored.Next = &security.TokenPair{Refresh: next}
		if err := l.file.Save(stored); err != nil {
			t.Fatal(err)
		}
		fill(t, dir)
		l.pass(31 * time.Minute)
		d := l.shell()
		d.must("whoami")
		l.pass(31 * time.Minute)
		l.shell().must("whoami")
		d.must("whoami")
		d.must("logout")
		if l.living() != 0 {
			t.Error("the session lives on")
		}
	})
}

// TestALoginNeedsRoom: on a full disk nobody is logged in by halves.
func TestALoginNeedsRoom(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t)
	l := newLobby(t)
	l.withPassword()
	l.file.Path = filepath.Join(dir, "session")
	fill(t, dir)
	d := l.shell()
	d.lines = []string{castPassword}
	if e := d.fails(model.Unauthenticated, "login -u claire.dubois --password-file -"); !strings.Contains(e.Hint, "free some space") {
		t.Error(told(e))
	}
	if l.living() != 0 {
		t.Error("a session lives that nobody has")
	}
}
