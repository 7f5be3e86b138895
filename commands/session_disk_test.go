package commands

import (
	"path/filepath"
	"testing"
	"time"

	"epev/data/testdb/needs"
	"epev/security"
)

// Where the room for the session file is gone in the midst of a rotation, work goes on.
func TestADiskThatIsFullAmidARotationKeepsNobodyOut(t *testing.T) {
	t.Parallel()
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
}
