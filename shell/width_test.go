package shell

import (
	"os"
	"strings"
	"testing"
)

// SPEC 1: a terminal that shows tables has them in its width, wherever standard input comes from.
func TestTablesFitTheTerminalWithoutItsInput(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	for name, command := range map[string]string{
		"one command": `"$0" client list --columns id,full_name,email,phone,company </dev/null`,
		"a pipe":      `echo client list --columns id,full_name,email,phone,company | "$0"`,
		"a script":    `echo client list --columns id,full_name,email,phone,company >"$HOME/s"; "$0" -f "$HOME/s"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openTerminal(t, 50, 40, epevEnv(t, t.TempDir(), dsn, "claire.dubois"), "/bin/sh", "-c", command, os.Args[0])
			s.ends()
			if !strings.Contains(s.Text(), "Kévin Cousin") {
				t.Fatal(s.Text())
			}
			for line := range strings.Lines(s.Text()) {
				if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "ID") && !strings.HasPrefix(line, "left out:") && (line[0] < '0' || line[0] > '9') {
					t.Errorf("a row wraps: %q in\n%s", line, s.Text())
				}
			}
		})
	}
}
