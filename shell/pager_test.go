package shell

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/term"
)

func pagerIs(command string) func(string) string {
	return func(name string) string {
		if name == "PAGER" {
			return command
		}
		return ""
	}
}

// A list longer than the screen goes through $PAGER, a shorter one does not.
func TestPage(t *testing.T) {
	t.Parallel()
	const text = "one\ntwo\nthree\n"
	for name, test := range map[string]struct {
		pager  string
		height int
		want   string
	}{
		"fits":             {"sed s/^/paged:/", 4, text},
		"too long":         {"sed s/^/paged:/", 3, "paged:one\npaged:two\npaged:three\n"},
		"unknown height":   {"sed s/^/paged:/", 0, text},
		"a shell command":  {"tr a-z A-Z | sed 's/^/ /'", 2, " ONE\n TWO\n THREE\n"},
		"left early":       {"head -n 1", 2, "one\n"},
		"fails afterwards": {"cat; exit 2", 2, text},
		"colours":          {`sed "s/^/$LESS:/"`, 2, "FRX:one\nFRX:two\nFRX:three\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := page(t, text, test.height, test.pager); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// A pager that is not there may cost a complaint, never the text.
func TestPageWithoutThePager(t *testing.T) {
	t.Parallel()
	for _, pager := range []string{"no-such-pager", "no-such-pager -F", "LESS=F no-such-pager"} {
		if got := page(t, "one\ntwo\n", 1, pager); !strings.HasSuffix(got, "one\ntwo\n") {
			t.Errorf("%s: got %q", pager, got)
		}
	}
}

// A person who leaves the pager early breaks a pipe that still holds most of the text.
func TestPageBrokenPipe(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a line of a long list\n", 100_000)
	if got := page(t, text, 24, "head -n 2"); got != text[:44] {
		t.Errorf("got %d bytes", len(got))
	}
}

func page(t *testing.T, text string, height int, pager string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "screen")
	out, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := Page(t.Context(), out, []byte(text), height, pagerIs(pager)); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// Ctrl-C, or the end of the shell, ends the pager and leaves the terminal as it was.
func TestPageInterrupted(t *testing.T) {
	t.Parallel()
	screen, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	defer tty.Close()
	before, err := term.GetState(int(tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(t.TempDir(), "pager")
	if err := os.WriteFile(script, []byte("stty raw -echo <&1; echo ready; exec sleep 1000"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error)
	go func() {
		done <- Page(ctx, tty, []byte("one\ntwo\n"), 1, pagerIs("sh "+script))
	}()
	if err := readUntil(screen, "ready"); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	after, err := term.GetState(int(tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(before, after) {
		t.Errorf("the terminal is changed: %+v, before %+v", after, before)
	}
}

func readUntil(r io.Reader, word string) error {
	var seen []byte
	buffer := make([]byte, 64)
	for !bytes.Contains(seen, []byte(word)) {
		n, err := r.Read(buffer)
		seen = append(seen, buffer[:n]...)
		if err != nil {
			return err
		}
	}
	return nil
}
