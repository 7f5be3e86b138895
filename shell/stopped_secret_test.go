package shell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"epev/data/testdb/needs"
)

// Ctrl-Z while a script's password is typed unseen gives the shell its terminal as it was; fg asks again, without an echo.
func TestAStopWhileAPasswordIsTypedUnseenGivesTheShellItsEcho(t *testing.T) {
	t.Parallel()
	binary, err := realEpev()
	if err != nil {
		t.Fatal(err)
	}
	dsn := openOffice(t)
	for _, shell := range interactive {
		for name, script := range map[string]struct{ args, typed, end string }{
			"alone":       {"login -u claire.dubois --password-file -", "", ""},
			"in a script": {"", "login -u claire.dubois --password-file -\r", "\x04"},
		} {
			t.Run(shell[0]+" "+name, func(t *testing.T) {
				t.Parallel()
				path := needs.Program(t, shell[0])
				out := filepath.Join(t.TempDir(), "out")
				s := openTerminal(t, 160, 30, append(realEnv(t, t.TempDir(), dsn), "PS1=$ ", "EPEV="+binary, "OUT="+out), path, shell[1:]...)
				modes := modesOf(t, s)
				before := modes()
				s.Send(`"$EPEV" ` + script.args + ` >"$OUT"` + "\r")
				if script.typed != "" {
					s.Shows("waits for a script")
					s.Send(script.typed)
				}
				asks := func() { t.Helper(); s.Until("the question", func() bool { return s.Line() == "Password:" }) }
				asks()
				for range 2 {
					s.Send("\x1a")
					if got := modes(); got != before {
						t.Errorf("stopped, the terminal is %s, before %s", got, before)
					}
					s.Send("clear; fg\r")
					asks()
				}
				s.Send("Sunny-Terrace-7\r" + script.end)
				if got := modes(); got != before {
					t.Errorf("ended, the terminal is %s, before %s", got, before)
				}
				if answer, err := os.ReadFile(out); err != nil || !strings.Contains(string(answer), "Welcome Claire Dubois") {
					t.Errorf("%q, %v; on the terminal: %s", answer, err, s.Wrote())
				}
				s.never("Sunny")
			})
		}
	}
}
