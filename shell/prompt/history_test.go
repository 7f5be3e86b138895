package prompt

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func openHistory(t *testing.T, path string) *history {
	t.Helper()
	h := &history{path: path}
	if err := h.load(); err != nil {
		t.Fatal(err)
	}
	return h
}

func add(t *testing.T, h *history, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if err := h.add(line); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "history")
	one, two := openHistory(t, path), openHistory(t, path)
	add(t, one, "client list", "client view 8", " ", "client list", "client list", `two\`+"\nlines "+`\n`, strings.Repeat("x", longestHistoryLine+1))
	add(t, two, "from two")
	want := []string{"client view 8", "client list", `two\` + "\nlines " + `\n`, "from two"}
	for _, h := range []*history{one, two, openHistory(t, path)} {
		if err := h.load(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, h.lines); diff != "" {
			t.Error(diff)
		}
	}
}

// Whoever begins a line with a blank wants it kept nowhere.
func TestHistoryKeepsNoLineWithALeadingBlank(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "history")
	h := openHistory(t, path)
	add(t, h, " client view 8", "\tclient view 9", "\nclient view 10", "client list")
	for name, lines := range map[string][]string{"memory": h.recalled(), "file": Past(path)} {
		if diff := cmp.Diff([]string{"client list"}, lines); diff != "" {
			t.Error(name, diff)
		}
	}
}

// Up goes through what was typed here before it comes to other shells.
func TestHistoryOffersThisShellsLinesFirst(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "history")
	one, two := openHistory(t, path), openHistory(t, path)
	add(t, one, "from before", "both", "from one")
	add(t, two, "both", "from two")
	for _, h := range []*history{one, two} {
		if err := h.load(); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"from two", "from before", "both", "from one"}, one.recalled()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"from before", "from one", "both", "from two"}, two.recalled()); diff != "" {
		t.Error(diff)
	}
}

// A file that anybody may read is closed to others; one that grew too long is written anew,
// and other shells follow.
func TestHistoryFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "history")
	var lines []string
	for i := range 3 * longestHistory {
		lines = append(lines, fmt.Sprint("line ", i))
	}
	if err := os.WriteFile(path, []byte("torn by a kill"), 0o644); err != nil {
		t.Fatal(err)
	}
	open := openHistory(t, path)
	add(t, open, "whole")
	if b, _ := os.ReadFile(path); string(b) != "torn by a kill\nwhole\n" {
		t.Errorf("%q", b)
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if h := openHistory(t, path); len(h.lines) != longestHistory || h.lines[longestHistory-1] != lines[len(lines)-1] {
		t.Errorf("%d lines, the last is %q", len(h.lines), h.lines[len(h.lines)-1])
	}
	if b, _ := os.ReadFile(path); strings.Count(string(b), "\n") != longestHistory {
		t.Errorf("%d lines in the file", strings.Count(string(b), "\n"))
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	add(t, open, "after")
	if h := openHistory(t, path); h.lines[len(h.lines)-1] != "after" {
		t.Errorf("lost %q", "after")
	}
	if err := open.load(); err != nil || len(open.lines) != longestHistory {
		t.Error(len(open.lines), err)
	}
}

// Many shells at once lose no line.
func TestHistoryTogether(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "history")
	var shells sync.WaitGroup
	for shell := range 8 {
		shells.Go(func() {
			h := &history{path: path}
			for i := range 50 {
				if err := h.add(fmt.Sprint(shell, " ", i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	shells.Wait()
	if h := openHistory(t, path); len(h.lines) != 400 {
		t.Errorf("%d lines", len(h.lines))
	}
}

// A lock that is not let go does not hold anybody up for long.
func TestHistoryLocked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "history")
	h := openHistory(t, path)
	add(t, h, "before")
	f, err := h.open(os.O_RDWR)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := h.add("during"); err == nil {
		t.Error("written although it was locked")
	}
	if got := strings.Join(h.lines, ","); got != "before,during" {
		t.Error(got)
	}
}

// What cannot be used is an error, and the lines of this shell are there all the same.
func TestHistoryUnusable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	if err := os.WriteFile(target, []byte("mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, link, filepath.Join(dir, "no", "such", "directory")} {
		h := &history{path: path}
		if err := h.add("a line"); err == nil {
			t.Errorf("%s was used", path)
		}
		if diff := cmp.Diff([]string{"a line"}, h.lines); diff != "" {
			t.Error(diff)
		}
	}
}
