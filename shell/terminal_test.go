package shell

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"golang.org/x/term"

	"epev/shell/screentest"
)

// A terminal is an emulated one with a program in it.
type terminal struct {
	screentest.Terminal
	cmd    *exec.Cmd
	before *term.State // the terminal's mode, before any program had it

	// Of what the program wrote; Mu is held for them.
	scrolled []string // the lines that have left the screen at its top
	frames   int      // how often the cursor was shown, which ends a frame
	prompts  int      // how often a line or an answer was begun: pastes are marked from then on
	sequence []byte   // the control sequence that is being read
	marking  bool     // pastes are marked
	hidden   bool     // the cursor is

	entered int // the prompts that had begun when a line was last sent
}

// newTerminal makes one without a program, which has its own end of it.
func newTerminal(t testing.TB, cols, rows int) (s *terminal, slave *os.File) {
	t.Helper()
	s = &terminal{}
	s.Feed = s.feed
	slave = s.Open(t, cols, rows)
	var err error
	if s.before, err = term.GetState(int(slave.Fd())); err != nil {
		t.Fatal(err)
	}
	return s, slave
}

// openTerminal runs a program in a window of cols × rows.
func openTerminal(t testing.TB, cols, rows int, env []string, name string, args ...string) *terminal {
	t.Helper()
	return openTerminalIn(t, "", cols, rows, env, name, args...)
}

// openTerminalIn runs it in a working directory; "" is that of the test.
func openTerminalIn(t testing.TB, dir string, cols, rows int, env []string, name string, args ...string) *terminal {
	t.Helper()
	s, slave := newTerminal(t, cols, rows)
	s.cmd = exec.Command(name, args...)
	s.cmd.Dir = dir
	s.cmd.Env = env
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = slave, slave, slave
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		s.cmd.Wait()
	})
	return s
}

// openEpev runs epev in a window, on the database, with a home of its own; "" is nobody.
func openEpev(t testing.TB, cols, rows int, dsn, username string, args ...string) *terminal {
	t.Helper()
	return openTerminal(t, cols, rows, epevEnv(t, t.TempDir(), dsn, username), os.Args[0], args...)
}

func epevEnv(t testing.TB, home, dsn, username string) []string {
	t.Helper()
	run := filepath.Join(home, "run")
	if err := os.MkdirAll(run, 0o700); err != nil {
		t.Fatal(err)
	}
	return []string{"EPEV_TEST_PART=epev", "DATABASE_URL=" + dsn, "EPEV_TEST_AS=" + username, "EPEV_HOME=" + home, "XDG_RUNTIME_DIR=" + run, "HOME=" + home,
		"TERM=xterm-256color", "LC_ALL=C.UTF-8", "PAGER=cat", "PATH=" + os.Getenv("PATH"), "GORACE=atexit_sleep_ms=0", "GOCOVERDIR=" + os.Getenv("GOCOVERDIR")}
}

// feed gives the emulator one character after the other.
func (s *terminal) feed(text []byte) {
	for len(text) > 0 {
		_, size := utf8.DecodeRune(text)
		s.put(text[:size])
		text = text[size:]
	}
}

// put gives one character to the emulator, and keeps the line that leaves the screen for it.
func (s *terminal) put(char []byte) {
	sequence := s.sequenceWith(char[0])
	s.Screen.Lock()
	_, rows := s.Screen.Size()
	before, top := s.Screen.Cursor(), ""
	if before.Y == rows-1 {
		top = s.Row(0)
	}
	s.Screen.Unlock()
	s.Screen.Write(char)
	x, y := s.Cursor()
	wrapped := sequence == "" && char[0] >= ' ' && y == before.Y && x < before.X
	switch {
	case sequence == "\x1b[?25h":
		s.frames++
		s.hidden = false
	case sequence == "\x1b[?25l":
		s.hidden = true
	case sequence == "\x1b[?2004h":
		s.prompts++
		s.marking = true
	case sequence == "\x1b[?2004l":
		s.marking = false
	case before.Y == rows-1 && (wrapped || char[0] == '\n' || sequence == "\x1bD"):
		s.scrolled = append(s.scrolled, top)
	}
}

// sequenceWith returns the control sequence that goes on or ends with a byte; empty for none.
func (s *terminal) sequenceWith(b byte) string {
	last := len(s.sequence) - 1
	switch {
	case b == 0x1b:
		s.sequence = s.sequence[:0]
	case last < 0, last == 1 && s.sequence[1] != '[', last > 1 && s.sequence[last] >= '@' && s.sequence[last] <= '~':
		s.sequence = s.sequence[:0] // it had ended before; epev sends no strings
		return ""
	}
	s.sequence = append(s.sequence, b)
	return string(s.sequence)
}

// ends waits for the program's end.
func (s *terminal) ends() {
	s.T.Helper()
	s.Until("the end", func() bool {
		select {
		case <-s.Ended:
			return true
		default:
			return false
		}
	})
}

// Send types keys. What is waited for afterwards is not met by a prompt that stood there before a line was sent.
func (s *terminal) Send(keys string) {
	s.T.Helper()
	if strings.ContainsAny(keys, "\r\x03") {
		s.entered = s.begun()
	}
	s.Terminal.Send(keys)
}

// begun is how many prompts and questions have.
func (s *terminal) begun() int {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	return s.prompts
}

// drawn is how many frames have been.
func (s *terminal) drawn() int {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	return s.frames
}

// answered tells whether a prompt or a question has begun since a line was last sent. A plain terminal is told of none.
func (s *terminal) answered() bool {
	begun := s.begun()
	return begun == 0 || begun > s.entered
}

// ready waits for an empty prompt.
func (s *terminal) ready() {
	s.T.Helper()
	s.Until("an empty prompt", func() bool {
		line, x := s.At()
		return line == "epic>" && x == len("epic> ") && s.answered()
	})
}

// fresh clears the prompt's line and the screen, so that what it shows afterwards is new.
func (s *terminal) fresh() {
	s.T.Helper()
	s.Until("a prompt", func() bool { return strings.HasPrefix(s.Line(), "epic>") && s.answered() })
	s.Send("\x15\x0c")
	s.Until("an empty screen", func() bool {
		text, x, y := s.Shot()
		return strings.HasPrefix(text+"\n", "epic>\n") && x == len("epic> ") && y == 0
	})
}
