package shell

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/term"

	"epev/data/testdb/needs"
	"epev/shell/prompt"
)

// realEpev builds epev itself, once for all tests; TestMain removes it.
var realEpev = sync.OnceValues(func() (binary string, err error) {
	if builtIn, err = os.MkdirTemp("", "epev-built-"); err != nil {
		return "", err
	}
	binary = filepath.Join(builtIn, "epev")
	if out, err := exec.Command("go", "build", "-o", binary, "epev").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return binary, nil
})

var builtIn string // the directory of realEpev

// realEnv is for the real epev, on a database at which nobody is logged in.
func realEnv(t testing.TB, home, dsn string) []string {
	return append(epevEnv(t, home, dsn, ""), "SECRET_KEY="+strings.Repeat("tests' key ", 3), "TZ=Europe/Paris")
}

// leader leads the terminal's session, and outlives epev so that the terminal can be looked at.
const leader = `trap : INT TERM HUP QUIT; sh -c 'echo $$ >"$0"; exec "$@"' "$@"; echo "[exit $?]"; cat >/dev/null`

// Whatever happens to epev, it hangs nowhere, the terminal is as it was before, and what was typed is in the history.
func TestWhatEndsEpev(t *testing.T) {
	t.Parallel()
	binary, err := realEpev()
	if err != nil {
		t.Fatal(err)
	}
	dsn := openOffice(t)
	kill := func(signal syscall.Signal) func(*terminal, int) {
		return func(_ *terminal, pid int) { syscall.Kill(pid, signal) }
	}
	leave := func(s *terminal, _ int) { s.Send("\x15exit\r") }
	const kept = "help timing"
	for name, test := range map[string]struct {
		keys   []string // each followed by what it shows
		then   func(s *terminal, pid int)
		status int
	}{
		"SIGTERM at the prompt":        {nil, kill(syscall.SIGTERM), 130},
		"SIGHUP at the prompt":         {nil, kill(syscall.SIGHUP), 130},
		"SIGQUIT at the prompt":        {nil, kill(syscall.SIGQUIT), 131},
		"SIGQUIT in a question":        {[]string{"login\r", "Username:", "claire", "Username: claire"}, kill(syscall.SIGQUIT), 131},
		"Ctrl-\\ at the prompt":        {nil, func(s *terminal, _ int) { s.Send("abc\x1c") }, 131},
		"Ctrl-\\ in a masked one":      {[]string{"login -u claire.dubois\r", "Password:", "Sunny", "*****"}, func(s *terminal, _ int) { s.Send("\x1c") }, 131},
		"SIGTERM with a list below":    {[]string{"timing ", "\n  off"}, kill(syscall.SIGTERM), 130},
		"SIGHUP in a search":           {[]string{"\x12tim", "(search 'tim')"}, kill(syscall.SIGHUP), 130},
		"SIGTERM in a question":        {[]string{"login\r", "Username:", "claire", "Username: claire"}, kill(syscall.SIGTERM), 130},
		"SIGHUP in a masked one":       {[]string{"login -u claire.dubois\r", "Password:", "Sunny", "*****"}, kill(syscall.SIGHUP), 130},
		"SIGTERM in a paste":           {[]string{"\x1b[200~help\rhelp\x1b[201~", "Run these 2 lines?"}, kill(syscall.SIGTERM), 130},
		"SIGTERM in a half paste":      {[]string{"x\x1b[200~help\r", "epic> x"}, kill(syscall.SIGTERM), 130},
		"SIGHUP in the pager":          {[]string{"help\r", "\n:"}, kill(syscall.SIGHUP), 130},
		"Ctrl-\\ in epev's own page":   {[]string{"help\r", moreLine}, func(s *terminal, _ int) { s.Send("\x1c") }, 131},
		"a panic in a handler":         {[]string{"panic\r", "unexpected error (reference "}, leave, 0},
		"a storm of windows":           {[]string{"timing ", "\n  off"}, storm, 0},
		"64 KiB pasted as lines":       {[]string{"\x1b[200~" + strings.Repeat("# 234567890123\r", 4369) + "help clear\r\x1b[201~", "Run these 4370 lines?", "\r", "Clear the screen"}, leave, 0},
		"64 KiB pasted as lines, not":  {[]string{"\x1b[200~" + strings.Repeat("help 789012345\r", 4369) + "\x1b[201~", "Run these 4369 lines?", "\x03", "^C\nepic>"}, leave, 0},
		"64 KiB pasted in one line":    {[]string{"\x1b[200~" + strings.Repeat("é", 32768) + "\x1b[201~", "éééé", "\x03", "^C\nepic>"}, leave, 0},
		"64 KiB typed at once":         {[]string{strings.Repeat("0123456789abcde ", 4096), "abcde 0123456789", "\x03", "^C\nepic>"}, leave, 0},
		"Ctrl-C, Ctrl-D":               {[]string{"abc\x03", "abc^C\nepic>", "\x04", "[exit 0]"}, nil, 0},
		"Ctrl-D in an unfinished line": {[]string{"help \\\r", "    >", "clear\\", "clear\\", "\r\x04", "epev clear\nepic>"}, leave, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.HasSuffix(name, "the pager") {
				needs.Program(t, "less")
			}
			home, program := t.TempDir(), binary
			if strings.Contains(name, "panic") {
				program = os.Args[0] // the one that has such a handler
			}
			env := slices.DeleteFunc(realEnv(t, home, dsn), func(v string) bool { return strings.HasPrefix(v, "PAGER=") })
			if strings.HasSuffix(name, "own page") {
				env = append(env, "PAGER=no-such-pager")
			}
			pidFile := filepath.Join(home, "pid")
			s := openTerminal(t, 80, 24, env, "/bin/sh", "-c", leader, "sh", pidFile, program)
			s.ready()
			text, err := os.ReadFile(pidFile)
			if err != nil {
				t.Fatal(err)
			}
			pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
			s.Send(kept + "\r")
			s.Shows("epev timing on\nepic>")
			s.ready()
			for i := 0; i < len(test.keys); i += 2 {
				s.Send(test.keys[i])
				s.Shows(test.keys[i+1])
			}
			if test.then != nil {
				test.then(s, pid)
			}
			s.Shows(fmt.Sprintf("[exit %d]", test.status))
			after, err := term.GetState(int(s.Master.Fd()))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(s.before, after) {
				t.Errorf("the terminal is left in another mode: %v, before %v", after, s.before)
			}
			s.Mu.Lock()
			defer s.Mu.Unlock()
			if s.marking || s.hidden {
				t.Error("pastes are still marked, or the cursor is hidden")
			}
			if past := prompt.Past(filepath.Join(home, "history")); !slices.Contains(past, kept) {
				t.Errorf("the history has %q", past)
			}
		})
	}
}

// storm changes the window very often while keys come.
func storm(s *terminal, pid int) {
	for i := range 300 {
		pty.Setsize(s.Master, &pty.Winsize{Cols: uint16(40 + i%100), Rows: uint16(5 + i%30)})
		if syscall.Kill(pid, syscall.SIGWINCH); i%10 == 0 {
			s.Send("é\t")
		}
	}
	pty.Setsize(s.Master, &pty.Winsize{Cols: 80, Rows: 24})
	s.Send("\x15\x0c")
	s.Until("a clear screen", func() bool { _, y := s.Cursor(); return y == 0 && s.Line() == "epic>" })
	s.Send("exit\r")
}

// A terminal that closes ends epev too, and takes no line along.
func TestTheTerminalCloses(t *testing.T) {
	t.Parallel()
	binary, err := realEpev()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	s := openTerminal(t, 80, 24, realEnv(t, home, openOffice(t)), binary)
	s.ready()
	s.Send("help timing\r")
	s.Shows("epev timing on\nepic>")
	s.ready()
	s.Send("client create -n")
	s.Shows("epic> client create -n")
	s.Master.Close()
	s.cmd.Wait()
	if past := prompt.Past(filepath.Join(home, "history")); !slices.Equal(past, []string{"help timing"}) {
		t.Errorf("the history has %q", past)
	}
}
