package security

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"epev/commands/sentences"
	"epev/model"

	"golang.org/x/sys/unix"
)

// A shell that was killed while it wrote the file leaves a draft with tokens. The next one removes it, and nothing
// else, whatever it is called.
func TestDraftsOfKilledShellsAreRemoved(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(SessionFile) error{
		"start":  func(f SessionFile) error { f.Tidy(); return nil },
		"logout": SessionFile.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newSessionFile(t)
			save(t, f, pair)
			dir := filepath.Dir(f.Path)
			content, err := os.ReadFile(f.Path)
			do(t, err)
			stays := []string{"session.lock"}
			plant := func(name, content string, draft bool) {
				do(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
				if !draft {
					stays = append(stays, name)
				}
			}
			plant(".session-"+rand.Text(), string(content), true)
			plant(".session-"+rand.Text(), string(content[:40]), true)
			plant(".session-"+rand.Text(), "", true)
			plant(".session-1234", string(content), true)
			plant(".session-notes", "my notes", false)
			plant(".session-empty", "", false)
			plant(".sessions-"+rand.Text(), string(content), false)
			plant("session-"+rand.Text(), string(content), false)
			plant(".other-"+rand.Text(), string(content), false)
			link, pipe := ".session-"+rand.Text(), ".session-"+rand.Text()
			do(t, os.Symlink(".session-notes", filepath.Join(dir, link)))
			do(t, unix.Mkfifo(filepath.Join(dir, pipe), 0o600))
			stays = append(stays, link, pipe)
			unlock, err := f.Lock(t.Context()) // a draft of a living shell is under way
			do(t, err)
			f.Tidy()
			if left, _ := os.ReadDir(dir); len(left) != len(stays)+5 {
				t.Errorf("somebody else's draft was removed under their lock: %v", left)
			}
			unlock()
			do(t, remove(f))
			var left []string
			entries, err := os.ReadDir(dir)
			do(t, err)
			for _, e := range entries {
				left = append(left, e.Name())
			}
			if name == "start" {
				stays = append(stays, "session")
			}
			slices.Sort(stays)
			if !slices.Equal(left, stays) {
				t.Errorf("left are %v, want %v", left, stays)
			}
		})
	}
}

// Whoever waits for the lock in vain is told which process holds it.
func TestTheLockSaysWhoHoldsIt(t *testing.T) {
	t.Parallel()
	f := newSessionFile(t)
	unlock, err := f.Lock(t.Context())
	do(t, err)
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	refusal := func() string {
		t.Helper()
		_, err := f.Lock(late)
		e, ok := errors.AsType[*model.Error](err)
		if !ok || e.Kind != model.Unavailable || sentences.Of(e).Hint == "" {
			t.Fatalf("Lock: %v", err)
		}
		return sentences.Of(e).Message
	}
	if got, want := refusal(), fmt.Sprintf("another shell (process %d) keeps the session file %s locked", os.Getpid(), f.Path); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	// A holder that could not write its number is not mistaken for the one before.
	do(t, os.Truncate(f.Path+".lock", 0))
	if got, want := refusal(), fmt.Sprintf("another shell keeps the session file %s locked", f.Path); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	unlock()
	unlock, err = f.Lock(t.Context())
	do(t, err)
	unlock()
}
