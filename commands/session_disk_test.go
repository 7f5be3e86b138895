package commands

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"epev/data/testdb/needs"
	"epev/model"
	"epev/security"
)

// Where there is no room for the session file, work goes on, and a refresh says why it is none. A logout logs out, also
// once the access token has run out.
func TestAFullDiskKeepsNobodyIn(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]time.Duration{"in time": 0, "after the access token": 31 * time.Minute} {
		for _, command := range []string{"logout", "logout --all"} {
			t.Run(command+" "+name, func(t *testing.T) {
				dir := needs.SmallDisk(t)
				l := newLobby(t)
				l.file.Path = filepath.Join(dir, "session")
				l.login()
				needs.Fill(t, dir)
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
		dir := needs.SmallDisk(t)
		l := newLobby(t)
		l.file.Path = filepath.Join(dir, "session")
		l.login()
		stored := l.onDisk()
		next, _ := security.NewRefreshToken()
		stored.Next = &security.TokenPair{Refresh: next}
		if err := l.file.Save(stored); err != nil {
			t.Fatal(err)
		}
		needs.Fill(t, dir)
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
	dir := needs.SmallDisk(t)
	l := newLobby(t)
	l.withPassword()
	l.file.Path = filepath.Join(dir, "session")
	needs.Fill(t, dir)
	d := l.shell()
	d.lines = []string{castPassword}
	if e := d.fails(model.Unauthenticated, "login -u claire.dubois --password-file -"); !strings.Contains(e.Hint, "free some space") {
		t.Error(told(e))
	}
	if l.living() != 0 {
		t.Error("a session lives that nobody has")
	}
}
