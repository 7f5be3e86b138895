// Package screentest gives a test an emulated terminal. It is a real one for the program that has its other end. For
// the test it is a screen that shows what a person would see, takes keys as a person types them, and waits for what the
// test expects.
package screentest

import (
	"flag"
	"fmt"
	"os"
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

// Update is set where golden screens are to be written anew.
var Update = flag.Bool("update", false, "write the golden screens anew")

// patience is how long a test waits for a screen before it fails.
const patience = 30 * time.Second

// A Terminal is an emulated one, once it is opened. Tests embed it in what they know of their program.
type Terminal struct {
	T      testing.TB
	Master *os.File        // the test's end
	Screen vt10x.Terminal  // it has a lock of its own
	Ended  <-chan struct{} // closed when nobody has the other end any more and all that was written there is here

	// Feed, if set before Open, writes to the screen what it is given, whole characters, while Mu is held.
	Feed func(text []byte)

	// Width is how many cells the terminal gives a character, if set before Open; else what go-runewidth says.
	Width func(r rune) int

	// Mu is held while something that the program wrote goes to the screen.
	Mu      sync.Mutex
	changed chan struct{}   // closed at each change of the screen, then replaced
	written strings.Builder // all that the program wrote
}

// Pair opens a terminal of cols × rows: the test's end and the program's. The test's end does not block, so that Close
// really closes it, and hangs up, while it is read; no program that is started meanwhile inherits it.
func Pair(cols, rows int) (master, slave *os.File, err error) {
	blocking, slave, err := pty.Open()
	if err != nil {
		return nil, nil, err
	}
	defer blocking.Close()
	syscall.ForkLock.RLock()
	fd, err := syscall.Dup(int(blocking.Fd()))
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err == nil {
		err = syscall.SetNonblock(fd, true)
	}
	if err != nil {
		slave.Close()
		return nil, nil, err
	}
	master = os.NewFile(uintptr(fd), "terminal")
	return master, slave, pty.Setsize(master, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)})
}

// Open makes it one of cols × rows without a program, for which the end that it returns is. Both are closed after
// the test.
func (s *Terminal) Open(t testing.TB, cols, rows int) (slave *os.File) {
	t.Helper()
	master, slave, err := Pair(cols, rows)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	s.T, s.Master, s.Ended, s.changed = t, master, ended, make(chan struct{})
	s.Screen = vt10x.New(vt10x.WithSize(max(cols, 1), max(rows, 1)))
	if s.Feed == nil {
		s.Feed = func(text []byte) { s.Screen.Write(text) }
	}
	if s.Width == nil {
		s.Width = runewidth.RuneWidth
	}
	go func() { s.copy(); close(ended) }()
	t.Cleanup(func() {
		slave.Close()
		s.Master.Close()
		<-ended
	})
	return slave
}

// filler stands in the second cell of a wide character, which the emulator lacks.
const filler = '\uf8ff'

// copy feeds the emulator. It knows neither wide nor combining characters, so it gets a filler after
// the former and not the latter.
func (s *Terminal) copy() {
	var held []byte
	chunk := make([]byte, 65536)
	for {
		n, err := s.Master.Read(chunk)
		held = append(held, chunk[:n]...)
		var text []byte
		for len(held) > 0 && utf8.FullRune(held) {
			r, size := utf8.DecodeRune(held)
			cells := s.Width(r)
			if r < 0x80 || cells > 0 {
				text = append(text, held[:size]...)
			}
			if cells == 2 {
				text = utf8.AppendRune(text, filler)
			}
			held = held[size:]
		}
		s.Mu.Lock()
		s.Feed(text)
		s.written.Write(chunk[:n])
		close(s.changed)
		s.changed = make(chan struct{})
		s.Mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Send types keys.
func (s *Terminal) Send(keys string) {
	s.T.Helper()
	if _, err := s.Master.WriteString(keys); err != nil {
		s.T.Fatal(err)
	}
}

// Wrote is all that came from the program so far.
func (s *Terminal) Wrote() string {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	return s.written.String()
}

// Text is what the screen shows, without trailing blanks.
func (s *Terminal) Text() string {
	text, _, _ := s.Shot()
	return text
}

// Shot is what the screen shows, without trailing blanks, and where the cursor stood at the same moment.
func (s *Terminal) Shot() (text string, x, y int) {
	s.Screen.Lock()
	defer s.Screen.Unlock()
	_, rows := s.Screen.Size()
	var lines []string
	for y := range rows {
		lines = append(lines, s.Row(y))
	}
	c := s.Screen.Cursor()
	return strings.TrimRight(strings.Join(lines, "\n"), "\n"), c.X, c.Y
}

// Row is one line of the screen, which is locked.
func (s *Terminal) Row(y int) string {
	cols, _ := s.Screen.Size()
	var b strings.Builder
	for x := range cols {
		switch r := s.Screen.Cell(x, y).Char; r {
		case 0:
			b.WriteByte(' ')
		case filler:
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// Cursor is where it stands, counted from 0.
func (s *Terminal) Cursor() (x, y int) {
	s.Screen.Lock()
	defer s.Screen.Unlock()
	c := s.Screen.Cursor()
	return c.X, c.Y
}

// Line is the one in which the cursor is.
func (s *Terminal) Line() string {
	line, _ := s.At()
	return line
}

// At is the line in which the cursor is, and its column there.
func (s *Terminal) At() (line string, x int) {
	s.Screen.Lock()
	defer s.Screen.Unlock()
	c := s.Screen.Cursor()
	return s.Row(c.Y), c.X
}

// Until waits for the condition, which what names. It fails the test when the condition comes too late, or can come
// no more.
func (s *Terminal) Until(what string, condition func() bool) {
	s.T.Helper()
	late := time.After(patience)
	for {
		s.Mu.Lock()
		changed := s.changed
		s.Mu.Unlock()
		if condition() {
			return
		}
		select {
		case <-changed:
		case <-s.Ended: // nothing changes any more
			if condition() {
				return
			}
			s.T.Fatalf("the program ended, and never showed %s; the screen:\n%s", what, s.Text())
		case <-late:
			text, x, y := s.Shot()
			s.T.Fatalf("never saw %s; the screen, cursor at %d,%d:\n%s", what, x, y, text)
		}
	}
}

// Shows waits for a screen that contains all the texts.
func (s *Terminal) Shows(texts ...string) {
	s.T.Helper()
	s.Until(fmt.Sprintf("%q", texts), func() bool {
		screen := s.Text()
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// Golden waits for the screen of testdata/name.txt, the cursor included. Where that is written anew, the texts tell
// that the screen is whole.
func (s *Terminal) Golden(name string, texts ...string) {
	s.T.Helper()
	path := filepath.Join("testdata", name+".txt")
	shot := func() string {
		text, x, y := s.Shot()
		return fmt.Sprintf("%s\n-- cursor in row %d, column %d\n", text, y, x)
	}
	if *Update {
		s.Shows(texts...)
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, []byte(shot()), 0o644); err != nil {
			s.T.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		s.T.Fatal(err)
	}
	s.Until("the screen of "+path+"\n"+string(want), func() bool { return shot() == string(want) })
}
