package private

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"epev/commands/sentences"
	"epev/model"
	"epev/model/ownfile"
)

// locked takes the lock of the starts and stops of the server, until the test ends.
func locked(t *testing.T, s *Server) *os.File {
	t.Helper()
	if err := os.MkdirAll(s.base(), 0o700); err != nil {
		t.Fatal(err)
	}
	lock, err := os.OpenFile(filepath.Join(s.base(), "start.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lock.Close() })
	if free, err := ownfile.TryLock(lock, false); !free || err != nil {
		t.Fatal(free, err)
	}
	return lock
}

// An epev that was stopped while it starts or stops the server keeps nobody waiting for ever: whoever waits is told which
// process it is.
func TestAStoppedStarterHangsNobody(t *testing.T) {
	t.Parallel()
	s := server(t)
	var lines []string
	s.notify = func(notice error) { lines = append(lines, sentences.Message(notice)) }
	other := exec.Command("sleep", "1000")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer other.Wait()
	defer other.Process.Kill()
	if err := other.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(locked(t, s), "%10d\n", other.Process.Pid)
	who := fmt.Sprintf("(process %d, which is stopped)", other.Process.Pid)
	for name, act := range map[string]func() error{
		"Start": func() error { return s.Start(t.Context()) },
		"Stop":  func() error { _, err := s.Stop(t.Context()); return err },
	} {
		lines = nil
		if err := act(); model.KindOf(err) != model.Unavailable || !strings.Contains(sentences.Of(err).Message, who) {
			t.Errorf("%s: %v", name, err)
		}
		if len(lines) != 1 || !strings.Contains(lines[0], who) {
			t.Errorf("%s tells %q", name, lines)
		}
	}
}

// Who gives up the wait for a start or a stop is not told that nothing happened: it may go on.
func TestWhoGivesUpTheWaitIsToldWhereToLook(t *testing.T) {
	t.Parallel()
	s := server(t)
	if err := os.MkdirAll(s.data(), 0o700); err != nil {
		t.Fatal(err)
	}
	locked(t, s)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, act := range map[string]func() error{
		"Start": func() error { err := s.Start(ended); return err },
		"Stop":  func() error { _, err := s.Stop(ended); return err },
	} {
		e, ok := errors.AsType[*model.Error](act())
		if !ok || e.Kind != model.Interrupted || !strings.Contains(sentences.Of(e).Hint, "db-status") || !errors.Is(e, context.Canceled) {
			t.Errorf("%s: %v", name, e)
		}
	}
}
