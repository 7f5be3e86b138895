package shell

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"epev/data/testdb/needs"
)

// SIGTSTP of another program stops epev as Ctrl-Z does: the terminal is the shell's as it was, and fg goes on where it
// stopped.
func TestAnotherProgramStopsEpev(t *testing.T) {
	t.Parallel()
	binary, err := realEpev()
	if err != nil {
		t.Fatal(err)
	}
	dsn := openOffice(t)
	for _, shell := range [][]string{{"dash", "-i"}, {"bash", "--norc", "--noprofile", "-i"}, {"zsh", "-f", "-i"}} {
		for name, state := range map[string]struct {
			keys  []string // each followed by what it shows
			line  string   // where the cursor stands, before and after
			after []string // typed afterwards, each followed by what it shows
		}{
			"at the prompt":        {nil, "epic>", []string{"timing on\r", "Timing is on."}},
			"in a line":            {[]string{"tim", "epic> tim"}, "epic> tim", []string{"ing on\r", "Timing is on."}},
			"with a list":          {[]string{"timing ", "\n  off"}, "epic> timing", []string{"on\r", "Timing is on."}},
			"in a search":          {[]string{"timing on\r", "Timing is on.\nepic>", "\x12tim", "(search 'tim')"}, "(search 'tim') timing on", []string{"\r", "Timing is on."}},
			"in a question":        {[]string{"login\r", "Username:", "cla", "Username: cla"}, "Username: cla", []string{"\x03", "^C"}},
			"in a masked question": {[]string{"login -u claire.dubois\r", "Password:", "Sun", "***"}, "Password: ***", []string{"ny-Terrace-7\r", "Welcome Claire"}},
			"in epev's own pager":  {[]string{"help\r", "-- more"}, "-- more: space, b, q --", []string{"q", "epic>"}},
		} {
			t.Run(shell[0]+" "+name, func(t *testing.T) {
				t.Parallel()
				path := needs.Program(t, shell[0])
				home := t.TempDir()
				pidFile := filepath.Join(home, "pid")
				env := slices.DeleteFunc(realEnv(t, home, dsn), func(v string) bool { return strings.HasPrefix(v, "PAGER=") })
				s := openTerminal(t, 160, 30, append(env, "PAGER=no-such-pager", "PS1=$ ", "EPEV="+binary, "PIDFILE="+pidFile), path, shell[1:]...)
				modes := modesOf(t, s)
				before := modes()
				s.Send(`sh -c 'echo $$ >"$PIDFILE"; exec "$EPEV"'` + "\r")
				s.ready()
				for i := 0; i < len(state.keys); i += 2 {
					s.Send(state.keys[i])
					s.Shows(state.keys[i+1])
				}
				text, err := os.ReadFile(pidFile)
				if err != nil {
					t.Fatal(err)
				}
				pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
				for range 2 {
					if err := syscall.Kill(pid, syscall.SIGTSTP); err != nil {
						t.Fatal(err)
					}
					if got := modes(); got != before {
						t.Errorf("stopped, the terminal is %s, before %s", got, before)
					}
					s.Send("clear; fg\r")
					s.Until("the line again", func() bool { return s.Line() == state.line })
				}
				for i := 0; i < len(state.after); i += 2 {
					s.Send(state.after[i])
					s.Shows(state.after[i+1])
				}
				s.ready()
				s.Send("exit\r")
				if got := modes(); got != before {
					t.Errorf("ended, the terminal is %s, before %s", got, before)
				}
			})
		}
	}
}
