package prompt

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	runewidth "github.com/mattn/go-runewidth"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// patience is how long a test waits for a screen before it fails.
const patience = 30 * time.Second

// A session is the demo in an emulated terminal.
type session struct {
	t      testing.TB
	master *os.File
	slave  *os.File
	screen vt10x.Terminal
	report *bufio.Scanner
	pid    int

	mu      sync.Mutex
	raw     strings.Builder // all that the demo wrote
	changed chan struct{}   // closed at each change of the screen, then replaced
}

// start runs the demo in a window of cols × rows.
func start(t testing.TB, cols, rows int, env ...string) *session {
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
	master = os.NewFile(uintptr(fd), "terminal")
	s := &session{t: t, master: master, slave: slave, changed: make(chan struct{})}
	s.screen = vt10x.New(vt10x.WithSize(max(cols, 1), max(rows, 1)))
	pty.Setsize(master, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)})
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	leader := exec.Command(os.Args[0])
	leader.Env = append(os.Environ(), append(env, "PROMPT_TEST_PART=leader", "LC_ALL=C.UTF-8", "GORACE=atexit_sleep_ms=0")...)
	leader.Stdin, leader.Stdout, leader.Stderr = slave, slave, slave
	leader.ExtraFiles = []*os.File{to}
	leader.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := leader.Start(); err != nil {
		t.Fatal(err)
	}
	to.Close()
	s.report = bufio.NewScanner(from)
	if !s.report.Scan() {
		t.Fatal("the demo did not start")
	}
	if s.pid, err = strconv.Atoi(s.report.Text()); err != nil {
		t.Fatal(s.report.Text())
	}
	drained := make(chan struct{})
	go func() { s.copy(); close(drained) }()
	t.Cleanup(func() {
		syscall.Kill(s.pid, syscall.SIGKILL)
		leader.Wait()
		master.Close()
		slave.Close()
		from.Close()
		<-drained
	})
	return s
}

// filler stands in the second cell of a wide character, which the emulator lacks.
const filler = '\uf8ff'

// copy feeds the emulator. It knows neither wide nor combining characters, so it
// gets a filler after the former and not the latter.
func (s *session) copy() {
	var held []byte
	chunk := make([]byte, 65536)
	for {
		n, err := s.master.Read(chunk)
		held = append(held, chunk[:n]...)
		var out []byte
		for len(held) > 0 && utf8.FullRune(held) {
			r, size := utf8.DecodeRune(held)
			if r < 0x80 || runewidth.RuneWidth(r) > 0 {
				out = append(out, held[:size]...)
			}
			if runewidth.RuneWidth(r) == 2 {
				out = utf8.AppendRune(out, filler)
			}
			held = held[size:]
		}
		s.screen.Write(out)
		s.mu.Lock()
		s.raw.Write(chunk[:n])
		close(s.changed)
		s.changed = make(chan struct{})
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (s *session) send(keys string) {
	s.t.Helper()
	if _, err := s.master.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// text is what the screen shows, without trailing blanks.
func (s *session) text() string {
	s.screen.Lock()
	defer s.screen.Unlock()
	cols, rows := s.screen.Size()
	var lines []string
	for y := range rows {
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
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

func (s *session) cursor() (x, y int) {
	s.screen.Lock()
	defer s.screen.Unlock()
	c := s.screen.Cursor()
	return c.X, c.Y
}

// until waits for the condition, which what names.
func (s *session) until(what string, condition func() bool) {
	s.t.Helper()
	late := time.After(patience)
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if condition() {
			return
		}
		select {
		case <-changed:
		case <-late:
			x, y := s.cursor()
			s.t.Fatalf("never saw %s; the screen, cursor at %d,%d:\n%s", what, x, y, s.text())
		}
	}
}

// shows waits for a screen that contains all the texts.
func (s *session) shows(texts ...string) {
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

// is waits for exactly this screen.
func (s *session) is(screen string) {
	s.t.Helper()
	s.until("the screen\n"+screen, func() bool { return s.text() == screen })
}

// at waits for the cursor to be in a column of the row that starts with text.
func (s *session) at(x int, text string) {
	s.t.Helper()
	s.until(fmt.Sprintf("the cursor in column %d of %q", x, text), func() bool {
		cx, cy := s.cursor()
		lines := strings.Split(s.text(), "\n")
		return cx == x && cy < len(lines) && strings.HasPrefix(lines[cy], text)
	})
}

// ready waits for the prompt, empty. What is sent before is treated by the terminal in its own way.
func (s *session) ready() {
	s.t.Helper()
	s.at(6, "epic>")
}

// golden waits for the screen of testdata/name.
func (s *session) golden(name string) {
	s.t.Helper()
	path := filepath.Join("testdata", name+".txt")
	shot := func() string {
		x, y := s.cursor()
		return fmt.Sprintf("%s\n-- cursor in row %d, column %d\n", s.text(), y, x)
	}
	if *update {
		os.MkdirAll("testdata", 0o755)
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

// ends waits for the demo to end and returns how it did and what became of the terminal's mode.
func (s *session) ends() string {
	s.t.Helper()
	if !s.report.Scan() {
		s.t.Fatal("no report of the demo's end")
	}
	return s.report.Text()
}

// wrote is all that came from the demo so far.
func (s *session) wrote() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.String()
}

var _ io.Writer = vt10x.Terminal(nil)
