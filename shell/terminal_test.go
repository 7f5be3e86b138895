package shell

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"github.com/mattn/go-runewidth"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// A terminal is an emulated one with a program in it.
type terminal struct {
	t      testing.TB
	master *os.File
	screen vt10x.Terminal
	cmd    *exec.Cmd
	ended  chan struct{} // closed when the program has ended and all that it wrote is here

	mu       sync.Mutex
	changed  chan struct{} // closed at each change of the screen, then replaced
	written  []byte        // all that the program wrote
	scrolled []string      // the lines that have left the screen at its top
	frames   int           // how often the cursor was shown, which ends a frame
	prompts  int           // how often a line or an answer was begun: pastes are marked from then on
	sequence []byte        // the control sequence that is being read
	marking  bool          // pastes are marked
	hidden   bool          // the cursor is
}

// newTerminal makes one without a program, which has its own end of it.
func newTerminal(t testing.TB, cols, rows int) (s *terminal, slave *os.File) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	// A descriptor that does not block is one that Close really closes while it is read.
	fd, err := syscall.Dup(int(master.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	master.Close()
	syscall.SetNonblock(fd, true)
	syscall.CloseOnExec(fd)
	s = &terminal{t: t, master: os.NewFile(uintptr(fd), "terminal"), screen: vt10x.New(vt10x.WithSize(cols, rows)),
		ended: make(chan struct{}), changed: make(chan struct{})}
	pty.Setsize(s.master, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)})
	go func() { s.copy(); close(s.ended) }()
	t.Cleanup(func() {
		slave.Close()
		s.master.Close()
		<-s.ended
	})
	return s, slave
}

// openTerminal runs a program in a window of cols × rows.
func openTerminal(t testing.TB, cols, rows int, env []string, name string, args ...string) *terminal {
	t.Helper()
	s, slave := newTerminal(t, cols, rows)
	s.cmd = exec.Command(name, args...)
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

// filler stands in the second cell of a wide character, which the emulator lacks.
const filler = '\uf8ff'

// copy feeds the emulator. It knows neither wide nor combining characters, so it gets a filler after
// the former and not the latter.
func (s *terminal) copy() {
	var held []byte
	chunk := make([]byte, 65536)
	for {
		n, err := s.master.Read(chunk)
		held = append(held, chunk[:n]...)
		s.mu.Lock()
		for len(held) > 0 && utf8.FullRune(held) {
			r, size := utf8.DecodeRune(held)
			if r < 0x80 || runewidth.RuneWidth(r) > 0 {
				s.feed(held[:size])
			}
			if runewidth.RuneWidth(r) == 2 {
				s.feed(utf8.AppendRune(nil, filler))
			}
			held = held[size:]
		}
		s.written = append(s.written, chunk[:n]...)
		close(s.changed)
		s.changed = make(chan struct{})
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// feed gives one character to the emulator, and keeps the line that leaves the screen for it.
func (s *terminal) feed(char []byte) {
	sequence := s.sequenceWith(char[0])
	s.screen.Lock()
	_, rows := s.screen.Size()
	before, top := s.screen.Cursor(), ""
	if before.Y == rows-1 {
		top = s.row(0)
	}
	s.screen.Unlock()
	s.screen.Write(char)
	x, y := s.cursor()
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

func (s *terminal) send(keys string) {
	s.t.Helper()
	if _, err := s.master.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// text is what the screen shows, without trailing blanks.
func (s *terminal) text() string {
	s.screen.Lock()
	defer s.screen.Unlock()
	_, rows := s.screen.Size()
	var lines []string
	for y := range rows {
		lines = append(lines, s.row(y))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// row is one line of the screen, which is locked.
func (s *terminal) row(y int) string {
	cols, _ := s.screen.Size()
	var b strings.Builder
	for x := range cols {
		switch r := s.screen.Cell(x, y).Char; r {
		case 0:
			b.WriteByte(' ')
		case filler:
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

func (s *terminal) cursor() (x, y int) {
	s.screen.Lock()
	defer s.screen.Unlock()
	c := s.screen.Cursor()
	return c.X, c.Y
}

// line is the one in which the cursor is.
func (s *terminal) line() string {
	_, y := s.cursor()
	if lines := strings.Split(s.text(), "\n"); y < len(lines) {
		return lines[y]
	}
	return ""
}

// until waits for the condition, which what names.
func (s *terminal) until(what string, condition func() bool) {
	s.t.Helper()
	late := time.After(30 * time.Second)
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if condition() {
			return
		}
		select {
		case <-changed:
		case <-s.ended: // nothing changes any more
			if condition() {
				return
			}
			s.t.Fatalf("the program ended, and never showed %s; the screen:\n%s", what, s.text())
		case <-late:
			x, y := s.cursor()
			s.t.Fatalf("never saw %s; the screen, cursor at %d,%d:\n%s", what, x, y, s.text())
		}
	}
}

// ends waits for the program's end.
func (s *terminal) ends() {
	s.t.Helper()
	s.until("the end", func() bool {
		select {
		case <-s.ended:
			return true
		default:
			return false
		}
	})
}

// shows waits for a screen that contains all the texts.
func (s *terminal) shows(texts ...string) {
	s.t.Helper()
	s.until(fmt.Sprintf("%q", texts), func() bool {
		screen := s.text()
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// ready waits for an empty prompt.
func (s *terminal) ready() {
	s.t.Helper()
	s.until("an empty prompt", func() bool {
		x, _ := s.cursor()
		return x == len("epic> ") && s.line() == "epic>"
	})
}

// golden waits for the screen of testdata/screen/name. Where that is written anew, the texts tell that the
// screen is whole.
func (s *terminal) golden(name string, texts ...string) {
	s.t.Helper()
	path := filepath.Join("testdata", "screen", name+".txt")
	shot := func() string {
		x, y := s.cursor()
		return fmt.Sprintf("%s\n-- cursor in row %d, column %d\n", s.text(), y, x)
	}
	if *update {
		s.shows(texts...)
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, []byte(shot()), 0o644); err != nil {
			s.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	s.until("the screen of "+path+"\n"+string(want), func() bool { return shot() == string(want) })
}
