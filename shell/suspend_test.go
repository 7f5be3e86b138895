package shell

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"epev/data/testdb/needs"
)

// interactive are the shells that epev is stopped under. dash, unlike the others, sets no mode of its own: what epev
// leaves is what the person gets.
var interactive = [][]string{{"dash", "-i"}, {"bash", "--norc", "--noprofile", "-i"}, {"zsh", "-f", "-i"}}

// Ctrl-Z, and SIGTSTP of another program, give the terminal back to the shell as it was. fg goes on where it stopped.
func TestSuspend(t *testing.T) {
	t.Parallel()
	binary, err := realEpev()
	if err != nil {
		t.Fatal(err)
	}
	dsn := openOffice(t)
	for _, shell := range interactive {
		for name, state := range map[string]struct {
			keys  []string // each followed by what it shows
			line  string   // where the cursor stands, before and after
			after []string // typed afterwards, each followed by what it shows
		}{
			"at the prompt":           {nil, "epic>", []string{"timing on\r", "Timing is on."}},
			"in a line":               {[]string{"tim", "epic> tim"}, "epic> tim", []string{"ing on\r", "Timing is on."}},
			"with a list":             {[]string{"timing ", "\n  off"}, "epic> timing", []string{"on\r", "Timing is on."}},
			"with a selection":        {[]string{"timing ", "\n  off", "\t", "> on"}, "epic> timing on", []string{"\r\r", "Timing is on."}},
			"in a search":             {[]string{"timing on\r", "Timing is on.\nepic>", "\x12tim", "(search 'tim')"}, "(search 'tim') timing on", []string{"\r", "Timing is on."}},
			"in a continued line":     {[]string{"help \\\r", "    >"}, "    >", []string{"timing\r", "Tell"}},
			"in a question":           {[]string{"login\r", "Username:", "cla", "Username: cla"}, "Username: cla", []string{"\x03", "^C"}},
			"in a masked question":    {[]string{"login -u claire.dubois\r", "Password:", "Sun", "***"}, "Password: ***", []string{"ny-Terrace-7\r", "Welcome Claire"}},
			"in the offer of a login": {[]string{"whoami\r", "Log in now?"}, "Log in now? [Y/n]", []string{"n\r", "epic>"}},
			"in a paste":              {[]string{"\x1b[200~help\rhelp\x1b[201~", "Run these 2 lines?"}, "Run these 2 lines? [Y/n]", []string{"n\r", "epic>"}},
			"in epev's own pager":     {[]string{"help\r", "-- more"}, "-- more: space, b, q --", []string{"q", "epic>"}},
		} {
			for how, stop := range map[string]func(s *terminal, pid int){
				"by Ctrl-Z":  func(s *terminal, _ int) { s.Send("\x1a") },
				"by SIGTSTP": func(_ *terminal, pid int) { _ = syscall.Kill(pid, syscall.SIGTSTP) },
			} {
				t.Run(shell[0]+" "+name+" "+how, func(t *testing.T) {
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
						stop(s, pid)
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
}

// modesOf returns what asks the shell of a terminal, whose prompt is "$", for the terminal's mode.
func modesOf(t *testing.T, s *terminal) func() string {
	asked := 0
	return func() (told string) {
		t.Helper()
		s.Until("the shell's prompt", func() bool { return s.Line() == "$" })
		asked++ // the answer to an earlier question may stand on the screen still
		s.Send(fmt.Sprintf("stty -g; echo answer %d\r", asked))
		answer := regexp.MustCompile(fmt.Sprintf(`\n(\S+)\nanswer %d\n\$$`, asked))
		s.Until("the modes", func() bool {
			found := answer.FindStringSubmatch(s.Text())
			if found != nil {
				told = found[1]
			}
			return found != nil
		})
		return told
	}
}
