package shell

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/term"

	"epev/shell/screen"
)

// openLess is epev on a machine without less, and with $PAGER as given.
func openLess(t *testing.T, cols, rows int, pager string) *terminal {
	t.Helper()
	home, bin := t.TempDir(), t.TempDir()
	if err := os.Symlink("/bin/sh", filepath.Join(bin, "sh")); err != nil {
		t.Fatal(err)
	}
	env := slices.DeleteFunc(epevEnv(t, home, openOffice(t), ""), func(v string) bool {
		return strings.HasPrefix(v, "PAGER=") || strings.HasPrefix(v, "PATH=")
	})
	s := openTerminal(t, cols, rows, append(env, "PATH="+bin, "PAGER="+pager), os.Args[0])
	s.ready()
	return s
}

const moreLine, endLine = "-- more: space, b, q --", "-- end: b, q --"

// pages waits until the last line says where in the text one is, and returns the line at the top.
func (s *terminal) pages(last string, moved func(top string) bool) (top string) {
	s.T.Helper()
	s.Until(last, func() bool {
		text, _, y := s.Shot()
		rows := strings.Split(text, "\n")
		top = rows[0]
		return y < len(rows) && rows[y] == last && (moved == nil || moved(top))
	})
	return top
}

func TestWithoutAPagerATextIsPagedByEpevItself(t *testing.T) {
	t.Parallel()
	s := openLess(t, 80, 10, "")
	s.Send("help\r")
	first := s.pages(moreLine, nil)
	for _, keys := range [][2]string{{" ", "b"}, {"f", "\x1b[5~"}, {"\x1b[6~", "b"}, {"\r", "k"}, {"j", "\x1b[A"}, {"\x1b[B", "\x1bOA"}, {"\x1bOB", "k"}, {"G", "g"}, {"\x1b[F", "\x1b[H"}} {
		s.Send(keys[0])
		last := moreLine
		if keys[0] == "G" || keys[0] == "\x1b[F" {
			last = endLine
		}
		s.pages(last, func(top string) bool { return top != first })
		s.Send(keys[1])
		s.pages(moreLine, func(top string) bool { return top == first })
	}
	s.Send("\x1b[15~xq") // keys that mean nothing do nothing
	s.ready()
	s.Send("help\r")
	s.pages(moreLine, nil)
	s.Send("\x03")
	s.ready()
}

// What was on the screen before, and each line of the text, is left in the terminal, once and in order.
func TestAPageLosesNoLine(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	run(t, dsn, crowd)
	for _, cols := range []int{80, 200} {
		t.Run(fmt.Sprint(cols), func(t *testing.T) {
			t.Parallel()
			var left [2][]string
			for i, pager := range []string{"cat", "no-such-pager"} {
				s := openTerminal(t, cols, 12, append(epevEnv(t, t.TempDir(), dsn, "admin.root"), "PAGER="+pager), os.Args[0])
				s.ready()
				s.Send("client list\r")
				if pager != "cat" {
					for s.pages(moreLine, nil); s.Line() == moreLine; {
						frames := len(s.Wrote())
						s.Send(" ")
						s.Until("the next page", func() bool { return len(s.Wrote()) > frames && strings.HasPrefix(s.Line(), "-- ") })
					}
					s.pages(endLine, nil)
					s.Send("q")
				}
				s.ready()
				s.Mu.Lock()
				left[i] = append(slices.Clone(s.scrolled), strings.Split(s.Text(), "\n")...)
				s.Mu.Unlock()
			}
			if len(left[0]) < 60 || !slices.Equal(left[0], left[1]) {
				t.Errorf("epev's own page leaves\n%s\ncat leaves\n%s", strings.Join(left[1], "\n"), strings.Join(left[0], "\n"))
			}
		})
	}
}

func TestACommandAloneIsPagedToo(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	run(t, dsn, crowd)
	s := openTerminal(t, 80, 12, append(epevEnv(t, t.TempDir(), dsn, "admin.root"), "PAGER=no-such-pager"), os.Args[0], "client", "list")
	s.pages(moreLine, nil)
	s.Send("G")
	s.pages(endLine, nil)
	s.Send("q")
	s.ends()
	if err := s.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestOnePageIsNotPaged(t *testing.T) {
	t.Parallel()
	s := openLess(t, 80, 24, "")
	s.Send("help timing\r")
	s.Shows("epev timing on\nepic>")
}

func TestAPagerThatCannotRunIsReplacedByEpevsOwn(t *testing.T) {
	t.Parallel()
	for _, pager := range []string{"no-such-pager", "no-such-pager | no-such-filter"} {
		t.Run(pager, func(t *testing.T) {
			t.Parallel()
			s := openLess(t, 80, 10, pager)
			s.Send("help\r")
			s.pages(moreLine, nil)
			s.Send("q")
			s.ready()
		})
	}
}

func TestWhatIsTypedAheadOfThePagersEndReachesThePrompt(t *testing.T) {
	t.Parallel()
	s := openLess(t, 80, 10, "")
	s.Send("help\r")
	s.pages(moreLine, nil)
	s.Send("  qtiming on\r")
	s.Shows("Timing is on.")
}

func TestThePageFollowsTheWindow(t *testing.T) {
	t.Parallel()
	s := openLess(t, 80, 20, "")
	s.Send("help\r")
	first := s.pages(moreLine, nil)
	s.Screen.Resize(60, 8)
	pty.Setsize(s.Master, &pty.Winsize{Cols: 60, Rows: 8})
	s.Send("g")
	s.pages(moreLine, func(top string) bool { _, y := s.Cursor(); return y == 7 && strings.HasPrefix(top, first[:20]) })
	s.Send("q")
	s.ready()
}

func TestASignalInThePagerLeavesTheTerminalAsItWas(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			s := openLess(t, 80, 10, "")
			s.Send("help\r")
			s.pages(moreLine, nil)
			raw := must(term.GetState(int(s.Master.Fd())))
			s.cmd.Process.Signal(signal)
			s.ends()
			if after := must(term.GetState(int(s.Master.Fd()))); reflect.DeepEqual(raw, after) || !reflect.DeepEqual(s.before, after) {
				t.Errorf("the terminal is %v, in the pager %v, before %v", after, raw, s.before)
			}
		})
	}
}

func TestRowsOfALineThatIsWiderThanTheWindow(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"":                              {""},
		"abcd":                          {"abcd"},
		"abcde":                         {"abcd", "e"},
		"\x1b[1mabcd\x1b[0m":            {"\x1b[1mabcd\x1b[0m"},
		"\x1b[1mab\x1b[0mcdef":          {"\x1b[1mab\x1b[0mcd", "ef"},
		"日本語":                           {"日本", "語"},
		"a日本":                           {"a日", "本"},
		"e\u0301e\u0301e\u0301e\u0301x": {"e\u0301e\u0301e\u0301e\u0301", "x"},
	} {
		if got := screen.Rows(line, 4); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}
