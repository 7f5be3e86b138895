package shell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Options that a person gives less keep their meaning, and less still shows colours as colours.
func TestPageAsksLessForColoursBesideOtherOptions(t *testing.T) {
	t.Parallel()
	got := pageWith(t, map[string]string{"PAGER": `sed "s/^/$LESS:/"`, "LESS": "-i"})
	if !strings.HasPrefix(got, "-R -i:one") {
		t.Errorf("got %q", got)
	}
}

// Under sudo no program of the caller's choice is run as root.
func TestPageUnderSudoRunsNoPagerOfTheCaller(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can be under sudo")
	}
	mark := filepath.Join(t.TempDir(), "mark")
	got := pageWith(t, map[string]string{"PAGER": "touch " + mark + "; cat", "SUDO_UID": "1000"})
	if _, err := os.Stat(mark); err == nil || !strings.Contains(got, "one\ntwo\n") {
		t.Errorf("$PAGER ran (%v), or the text is not there: %q", err == nil, got)
	}
}

func pageWith(t *testing.T, environment map[string]string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "screen")
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := Page(t.Context(), out, []byte("one\ntwo\n"), 1, func(name string) string { return environment[name] }); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}
