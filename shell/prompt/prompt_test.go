package prompt

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// What the prompt libraries of Go get wrong, go-prompt v0.2.6 first of all, and the test that holds the right way:
//
//	the terminal stays raw after an exit, or while a command runs   TestWaysOut, TestModeWhileACommandRuns, TestStopAndContinue
//	a panic without /dev/tty; piped input is ignored                TestNoTerminal, TestNoControllingTerminal; scripts never make a Prompt
//	/dev/tty leaks with each line                                   TestNoTerminalIsOpened
//	deadlock on Enter in a storm of resizes                         TestResizeStorm
//	SIGINT and SIGTERM swallowed, os.Exit skips what is deferred    TestWaysOut
//	the width is stale after a resize inside a command              TestResizeWhileACommandRuns
//	one read is one key; type-ahead breaks                          TestTokens, FuzzTokens, TestTypeAhead, TestTypeAheadOfACommand
//	a character divided between reads is corrupt                    TestTokens, TestBytes
//	no bracketed paste; pasted lines run as one with \r in it       TestPasteNeverExecutes, TestPasteOf64KiB, TestScreens/paste
//	unknown keys insert garbage                                     TestTokens, TestBytes
//	divide by zero in 0 columns, panic in narrow windows            TestWindows, FuzzLayout
//	panic when the list shrinks while it is scrolled                TestCompleterMisbehaves, FuzzEditor
//	the completer runs twice a key, once with nothing               TestCompleterIsAskedOnce, TestRefresh
//	Enter on a suggestion executes, Esc accepts it                  TestCompletion
//	acceptance replaces the last blank-separated word only          TestCompletion
//	a line higher than the window clears the screen                 TestLowWindow, TestLayoutOfLongLines
//	filters neither rank nor fold accents                           TestCompletionOfLines of package shell
//	Delete gives text cut in bytes                                  TestEditing
//	history in memory alone, without a limit, with secrets          TestHistory, TestHistoryFile, TestHistoryIsShared, TestSecretLeavesNoTrace
//	Ctrl-R is not bound                                             TestRecall
//	a prompt is drawn after exit                                    TestLeavingDrawsNothing
//	colour always, the window's title blanked at the end            TestColor, TestWaysOut
//	descriptor 1 is written to although output is elsewhere         TestNoTerminal: elsewhere there is no Prompt
//	"" for Ctrl-D and for an empty line                             TestOutcomes, TestWaysOut
//	it looks for a key each 10 ms                                   BenchmarkIdle, BenchmarkEcho

// widths are those of the golden screens: each screen exists for all.
var widths = []int{40, 80, 200}

// TestScreens compares what a person sees, the cursor included, for each width.
func TestScreens(t *testing.T) {
	t.Parallel()
	wide := strings.Repeat("山田太郎 ", 9) + "é"
	for name, steps := range map[string][][2]string{ // keys, and what shows that they have taken effect; = for the whole screen
		"first":      {{"", "epic>"}},
		"words":      {{"c", "contract commands"}},
		"selected":   {{"c", "contract commands"}, {tab, "> client"}, {tab, "> company"}},
		"records":    {{"view ", "missing: ID"}, {tab, "> 7"}},
		"sole":       {{"cl", "client commands"}, {tab, "epic> client"}},
		"quoted":     {{`name "Kévin C`, "Kévin Costner"}, {tab, "> Kévin Cousin"}},
		"many":       {{"many ", "item-00"}, {backTab, "> item-49"}},
		"closed":     {{"c", "contract commands"}, {escape, "=epic> c"}},
		"search":     {{"client list\r", "[\"client list\"]\nepic>"}, {"view 8\r", "[\"view 8\"]\nepic>"}, {"\x12LIST", "(search 'LIST') client list"}},
		"wide":       {{wide + left, "é"}},
		"marks":      {{"x\u0304 e\u0301 z", "é z"}},
		"question":   {{"ask\r", "at most 128"}, {"wrong\r", "try another"}, {"\r", "answer \"kevin\" <nil>\nepic>"}},
		"choice":     {{"choose\r", "Client:"}, {tab, "> 7"}, {down, "> 8"}},
		"secret":     {{"secret\r", "Password:"}, {"Sésame1", "*******"}},
		"confirm":    {{"confirm\r", "Delete it?"}, {"maybe\r", "please answer"}, {"n\r", "confirmed false <nil>\nepic>"}},
		"paste":      {{pasteOf + "client list\rview 8\r\nname \x1b[31m\t" + strings.Repeat("long ", 50) + "\r" + pasteEnd, "Run these 3 lines?"}},
		"paste-long": {{pasteOf + strings.Repeat("client list\n", 1000) + pasteEnd, "Run these 1000 lines?"}},
		"continued":  {{"client \\\r", "> "}, {"list", "> list"}},
		"wrapped":    {{"many " + strings.Repeat("x", 30) + " ", "item-00"}, {tab, "> item-00"}},
	} {
		for _, width := range widths {
			t.Run(fmt.Sprintf("%s-%d", name, width), func(t *testing.T) {
				t.Parallel()
				s := start(t, width, 24)
				s.ready()
				for _, step := range steps {
					s.Send(step[0])
					if screen, exactly := strings.CutPrefix(step[1], "="); exactly {
						s.is(screen)
					} else {
						s.Shows(step[1])
					}
				}
				s.Golden(fmt.Sprintf("%s-%d", name, width))
			})
		}
	}
}

// TestWaysOut holds that the terminal is as it was, whatever ends the prompt.
func TestWaysOut(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		keys   []string // each followed by what it shows
		signal syscall.Signal
		want   string
	}{
		"exit":                    {[]string{"exit\r", "exit"}, 0, "exit status 0"},
		"Ctrl-D":                  {[]string{"\x04", "bye"}, 0, "exit status 0"},
		"Ctrl-C, then Ctrl-D":     {[]string{"abc\x03", "interrupted", "\x04", "bye"}, 0, "exit status 0"},
		"a panic in a handler":    {[]string{"panic\r", "a handler went wrong"}, 0, "exit status 2"},
		"a panic in completion":   {[]string{"crash ", "completion went wrong"}, 0, "exit status 2"},
		"SIGTERM":                 {[]string{"view ", "missing"}, syscall.SIGTERM, "exit status 3"},
		"SIGHUP":                  {[]string{"view ", "missing"}, syscall.SIGHUP, "exit status 3"},
		"SIGTERM in a question":   {[]string{"ask\r", "Full name", "abc", "abc"}, syscall.SIGTERM, "exit status 3"},
		"SIGTERM in a paste":      {[]string{pasteOf + "a\rb" + pasteEnd, "Run these"}, syscall.SIGTERM, "exit status 3"},
		"SIGTERM while it runs":   {[]string{"wait\r", "waiting"}, syscall.SIGTERM, "exit status 3"},
		"Ctrl-D in a question":    {[]string{"ask\r", "Full name", "\x04", "interrupted", "\x04", "bye"}, 0, "exit status 0"},
		"Ctrl-D in a longer line": {[]string{"a\\\r", "    >", "\x04", `ran ["a\\"]`, "\x04", "bye"}, 0, "exit status 0"},
		"Close, then ReadLine":    {[]string{"close\r", "stopped"}, 0, "exit status 3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, 80, 60)
			s.ready()
			for i := 0; i < len(test.keys); i += 2 {
				s.Send(test.keys[i])
				s.Shows(test.keys[i+1])
			}
			if test.signal != 0 {
				syscall.Kill(s.pid, test.signal)
			}
			if got, want := s.ends(), test.want+", mode kept"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			s.Until("bracketed paste off, the cursor shown", func() bool {
				out := s.Wrote()
				return strings.LastIndex(out, "\x1b[?2004l") > strings.LastIndex(out, "\x1b[?2004h") &&
					strings.LastIndex(out, "\x1b[?25h") > strings.LastIndex(out, "\x1b[?25l")
			})
			if strings.Contains(s.Wrote(), "\x1b]") {
				t.Error("a window title was written")
			}
		})
	}
}

// A terminal that closes ends the prompt.
func TestTerminalCloses(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	s.ready()
	s.Master.Close()
	if got := s.ends(); !strings.HasPrefix(got, "exit status") {
		t.Error(got)
	}
}

// While a command runs the terminal is in its own mode, and Ctrl-C reaches the command.
func TestModeWhileACommandRuns(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	s.ready()
	s.Send("mode\r")
	s.Shows("mode normal")
	s.ready()
	s.Send("wait\r")
	s.Shows("waiting")
	s.Send("\x03")
	s.Shows("no longer")
	s.ready()
	s.Send("wait\r")
	s.Shows("waiting\n^Cno longer\nepic> wait\nwaiting")
	s.Send("abc")
	s.Shows("\nabc")
	syscall.Kill(s.pid, syscall.SIGUSR1)
	s.Shows("no longer\nepic> abc") // and not "abcepic> abc"
}

// Without a terminal New says so and does not panic.
func TestNoTerminal(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if _, err := New(Config{In: r, Out: w}); err == nil {
		t.Error("no error")
	}
}

// Nor where input and output are a terminal, but not one that controls the process.
func TestNoControllingTerminal(t *testing.T) {
	t.Parallel()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	demo := exec.Command(os.Args[0])
	demo.Env = append(os.Environ(), "PROMPT_TEST_PART=demo")
	demo.Stdin, demo.Stdout, demo.Stderr = slave, slave, slave
	demo.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = demo.Start()
	slave.Close()
	if err != nil {
		t.Fatal(err)
	}
	said, _ := io.ReadAll(master) // it ends with an error once nobody has the terminal
	if err := demo.Wait(); err == nil || string(said) != "error: no terminal to ask on\r\n" {
		t.Errorf("%v: %q", err, said)
	}
}

// However many lines and answers are read, the terminal is open no more often than the process got it.
func TestNoTerminalIsOpened(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	s.ready()
	opened := func() (n int) {
		fds := fmt.Sprintf("/proc/%d/fd", s.pid)
		entries, err := os.ReadDir(fds)
		if err != nil {
			t.Skip(err)
		}
		for _, e := range entries {
			if name, _ := os.Readlink(filepath.Join(fds, e.Name())); strings.HasPrefix(name, "/dev/") && name != "/dev/null" {
				n++
			}
		}
		return n
	}
	for i := range 5 {
		s.Send("ask\r")
		s.Until("the question", func() bool { return strings.HasPrefix(s.Line(), "Full name") })
		s.Send(fmt.Sprintf("\x0cx%d\r", i))
		s.Shows(fmt.Sprintf(`answer "x%d"`, i))
		s.ready()
	}
	if n := opened(); n != 3 { // standard input, output and error
		t.Errorf("the terminal is open %d times", n)
	}
}

// A line that leaves is the last thing on the screen.
func TestLeavingDrawsNothing(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	s.ready()
	s.Send("exit\r")
	if got := s.ends(); got != "exit status 0, mode kept" {
		t.Error(got)
	}
	s.is("epic> exit")
	if x, y := s.Cursor(); x != 0 || y != 1 {
		t.Errorf("the cursor is at %d,%d", x, y)
	}
}

// What is typed ahead is run in order, each line once.
func TestTypeAhead(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	s.ready()
	s.Send("one\rtwo\rthree\rask\rKévin\rfour")
	s.Shows(`ran ["one"]`, `ran ["two"]`, `ran ["three"]`, `answer "Kévin"`)
	s.at(10, "epic> four")
}

// So is what is typed while a command runs, when the terminal treats it in its own way.
func TestTypeAheadOfACommand(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	s.ready()
	s.Send("wait\r")
	s.Shows("waiting")
	s.Send("one\rtwo\r\x04")
	s.Shows("two")
	syscall.Kill(s.pid, syscall.SIGUSR1)
	s.Shows(`ran ["one"]`, `ran ["two"]`, "bye")
	if got := s.ends(); got != "exit status 0, mode kept" {
		t.Error(got)
	}
}

// A password that is typed ahead is edited as it is at its question, whatever of it was read with the command before it.
func TestAPasswordTypedAheadIsEdited(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ before, meanwhile, want string }{
		"Backspace":                     {"abc", "\x7f\x7f", "1 runes"},
		"Ctrl-U":                        {"abc", "\x15de", "2 runes"},
		"Ctrl-W":                        {"abc", "\x17d", "1 runes"},
		"Ctrl-V, which is no key":       {"abc", "\x16d", "4 runes"},
		"Backspace without a beginning": {"", "abc\x7f", "2 runes"},
		"Backspace of an accent":        {"é", "\x7f", "0 runes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, 80, 24)
			s.ready()
			s.Send("unseen\r" + test.before)
			s.Shows("waiting")
			s.Send(test.meanwhile)
			syscall.Kill(s.pid, syscall.SIGUSR1)
			s.Shows("Password:")
			s.Send("\r")
			s.Shows(test.want)
			s.Send("mode\r")
			s.Shows("mode normal")
		})
	}
}

// A character divided between two writes is one character; unknown keys leave no trace.
func TestBytes(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	s.ready()
	s.Send("caf\xc3")
	s.Shows("epic> caf")
	s.Send("\xa9")
	s.Shows("epic> café")
	s.Send("\x1b[24~\x1bx\x1b[1;9P\x1b[?1;2c\x1b]11;rgb:0/0/0\x07!")
	s.Shows("epic> café!")
	s.Send("\x1b")     // the Escape key, told by time
	s.Send("[24~\r")   // or F12 in two reads: both leave nothing in the line but perhaps "[24~"
	s.Shows("ran [\"") // and the line runs
}

func TestPasteOf64KiB(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	s.ready()
	line := strings.Repeat("0123456789abcde\n", 4096)
	s.Send(pasteOf + line + pasteEnd)
	s.Shows("Run these 4096 lines?")
	s.Send("\r")
	s.Shows("pasted 4096 lines, 65535 bytes")
	s.ready()
	s.Send(pasteOf + strings.Repeat("x", 65536) + pasteEnd)
	s.Shows("xxxxxxxx")
	s.Send("\x03")
	s.Shows("interrupted")
	s.ready()
	s.Send(pasteOf + "a\rb\r" + pasteEnd)
	s.Shows("Run these 2 lines?")
	s.Send("n\r")
	s.ready()
	s.Send("after\r")
	s.Shows(`ran ["after"]`)
}

// A paste that was refused is in the history, and runs as a whole from there.
func TestRefusedPasteIsRecalled(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	s.ready()
	s.Send(pasteOf + "a\rb\r" + pasteEnd)
	s.Shows("Run these 2 lines?")
	s.Send("n\r")
	s.ready()
	s.Send(up)
	s.at(9, "epic> a⏎b")
	s.Send("c\r")
	s.Shows("pasted 2 lines")
}

// A pasted end of line never executes.
func TestPasteNeverExecutes(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	s.ready()
	s.Send(pasteOf + "client list\r" + pasteEnd)
	s.at(17, "epic> client list")
	s.Send(" more\r")
	s.Shows(`ran ["client list more"]`)
	if strings.Contains(s.Text(), `ran ["client list"]`) {
		t.Error("the paste was executed")
	}
}

// A storm of changes leaves a prompt of the right width that works; the last commands's size is the last window's.
func TestResizeStorm(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	s.ready()
	s.Send("view ")
	s.Shows("Kévin Cousin")
	for i := range 500 {
		pty.Setsize(s.Master, &pty.Winsize{Cols: uint16(40 + i%100), Rows: uint16(5 + i%30)})
	}
	for range 500 {
		syscall.Kill(s.pid, syscall.SIGWINCH)
	}
	pty.Setsize(s.Master, &pty.Winsize{Cols: 60, Rows: 20})
	s.Screen.Resize(60, 20)
	s.Send("8\r")
	s.Shows(`ran ["view 8"]`)
	s.ready()
	s.Send("size\r")
	s.Shows("60 20")
	s.ready()
	s.Send("\x04")
	if got := s.ends(); got != "exit status 0, mode kept" {
		t.Error(got)
	}
}

// No window is too small, unknown size included.
func TestWindows(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{0, 0}, {1, 1}, {3, 2}, {8, 1}, {10, 3}, {300, 2}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			s := start(t, size[0], size[1])
			s.Until("the terminal in raw mode", func() bool { return strings.Contains(s.Wrote(), "\x1b[?2004h") })
			s.Send("view " + tab + tab + tab + strings.Repeat("x", 200) + "\r")
			s.Until("the line run", func() bool { return strings.Contains(s.Wrote(), "ran [") })
			s.Send("many " + backTab + tab + backTab + "\r\r")
			s.Until("the line run", func() bool { return strings.Contains(s.Wrote(), "ran [\"many item-49") })
			s.Send("\x04")
			if got := s.ends(); got != "exit status 0, mode kept" {
				t.Error(got)
			}
			if strings.Contains(s.Wrote(), "too small") {
				t.Error("the window was found too small")
			}
		})
	}
}

// In a low window the list has fewer rows, and a line higher than the window shows the part
// around the cursor; what stood above stays.
func TestLowWindow(t *testing.T) {
	t.Parallel()
	s := start(t, 40, 5)
	s.ready()
	s.Send("first\r")
	s.Shows(`ran ["first"]`)
	s.ready()
	s.Send("many " + tab)
	s.Shows("> item-00", "3 of 50")
	s.Golden("low-list")
	s.Send("\x15")
	for i := range 60 {
		s.Send(fmt.Sprintf("word%02d ", i))
	}
	s.Shows("word59")
	s.Golden("low-line")
	s.Send("\x01")
	s.Shows("word00")
	s.Golden("low-line-start")
	s.Send("\x15\x0bname x\r")
	s.Shows(`ran ["name x"]`)
}

// A window that changes while a command runs is the one in which the next line is drawn.
func TestResizeWhileACommandRuns(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	s.ready()
	s.Send("wait\r")
	s.Shows("waiting")
	s.Screen.Resize(40, 24)
	pty.Setsize(s.Master, &pty.Winsize{Cols: 40, Rows: 24})
	syscall.Kill(s.pid, syscall.SIGUSR1)
	s.Shows("no longer")
	s.ready()
	s.Send(strings.Repeat("x", 60))
	s.at(26, "xxx")
	s.Send(left + left + left + "Y")
	s.is("epic> wait\nwaiting\nno longer\nepic> " + strings.Repeat("x", 34) + "\n" + strings.Repeat("x", 23) + "Yxxx")
	s.at(24, "xxx")
}

// A window that changes while a line is typed shows the line and its list anew.
func TestResize(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	s.ready()
	s.Send("view " + tab)
	s.Shows("> 7", "Ministère de la Culture")
	s.Screen.Resize(30, 24)
	pty.Setsize(s.Master, &pty.Winsize{Cols: 30, Rows: 24})
	s.Shows("Ministère d…")
	s.Golden("resized")
	s.Send(" " + strings.Repeat("x", 40) + left + left)
	s.Shows("xxxx\nxxxx")
	s.Screen.Resize(60, 24)
	pty.Setsize(s.Master, &pty.Winsize{Cols: 60, Rows: 24})
	s.Send("Y")
	s.Shows("xxxxYxx\n")
}

// Without colour no attribute is written; with it the selected row stands out.
func TestColor(t *testing.T) {
	t.Parallel()
	plain, coloured := start(t, 80, 24), start(t, 80, 24, "PROMPT_TEST_COLOR=1")
	for _, s := range []*session{plain, coloured} {
		s.ready()
		s.Send("view " + tab)
		s.Shows("> 7", "missing")
	}
	if strings.Contains(plain.Wrote(), "m") && strings.Contains(plain.Wrote(), "[0m") {
		t.Error("attributes without colour")
	}
	if !strings.Contains(coloured.Wrote(), "\x1b[7m7") || !strings.Contains(coloured.Wrote(), "\x1b[36mepic> ") {
		t.Errorf("%q", coloured.Wrote())
	}
}

// SPEC 7: no secret is kept or shown.
func TestSecretLeavesNoTrace(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "history")
	s := start(t, 80, 24, "PROMPT_TEST_HISTORY="+file)
	s.ready()
	s.Send("secret\r")
	s.Shows("Password:")
	s.Send("Hush1234\x17\x19\r") // killed, and yanked back
	s.Shows("8 runes")
	s.ready()
	s.Send("user password Hush1234\x15")
	s.Send("\x19\r")
	s.Shows("ran")
	s.ready()
	s.Send(up + "!\r")
	s.Shows(`ran ["secret!"]`)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(b); got != "secret\nsecret!\n" {
		t.Errorf("history %q", got)
	}
}

// History: 0600, shared by the shells of a user, and on disk before a line runs.
func TestHistoryIsShared(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "history")
	one := start(t, 80, 24, "PROMPT_TEST_HISTORY="+file)
	two := start(t, 80, 24, "PROMPT_TEST_HISTORY="+file)
	one.ready()
	two.ready()
	one.Send("from one\r")
	one.Shows(`ran ["from one"]`)
	one.ready()
	two.Send("from two\r")
	two.Shows(`ran ["from two"]`)
	two.ready()
	two.Send(up + up)
	two.at(14, "epic> from one")
	syscall.Kill(two.pid, syscall.SIGKILL)
	if got := two.ends(); !strings.Contains(got, "killed") {
		t.Error(got)
	}
	one.Send("\r")
	one.Until("a second prompt", func() bool { return strings.Count(one.Text(), "epic>") == 3 })
	one.Send(up)
	one.at(14, "epic> from one")
	one.Send(up)
	one.at(14, "epic> from two")
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %o", mode)
	}
}

// What a look-up answers late appears without a key; until then nothing waits.
func TestRefresh(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	s.ready()
	s.Send("later ")
	s.at(12, "epic> later")
	s.Send("x")
	s.at(13, "epic> later x")
	s.Send("\x7f")
	s.at(12, "epic> later")
	syscall.Kill(s.pid, syscall.SIGUSR1)
	s.is("epic> later\n  at-last\n  another")
}

// A shell that stopped us has set the terminal's mode as it likes.
func TestStopAndContinue(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	normal, err := term.GetState(int(s.slave.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	s.ready()
	s.Send("ab")
	s.at(8, "epic> ab")
	syscall.Kill(s.pid, syscall.SIGSTOP)
	if err := term.Restore(int(s.slave.Fd()), normal); err != nil {
		t.Fatal(err)
	}
	modes := strings.Count(s.Wrote(), "\x1b[?2004h")
	syscall.Kill(s.pid, syscall.SIGCONT)
	s.Until("raw mode again", func() bool { return strings.Count(s.Wrote(), "\x1b[?2004h") > modes })
	s.Send("c")
	s.is("epic> abc")
	s.Send("\x1ad") // nobody to stop us: the line goes on
	s.is("epic> abc^Z\nepic> abcd")
}

// Work with mistakes and corrections runs as meant, and leaves nothing on the screen but
// the lines and what they say.
func TestRecordedWork(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	s.ready()
	random := rand.New(rand.NewPCG(8, 2026))
	commands := []string{"client list", "view 8", "name \"Kévin Cousin\"", "company update 3 --name 株式会社", "many item-07", "client", "q x\u0304y"}
	mistakes := []string{
		"x\x7f", "zz\x17", "\x1b[24~", "\x01\x05", left + right, "é\x7f", "\t\x07", "\x1bb\x1bf\x05", "\x12zz\x07", up + down,
		pasteOf + "paste" + pasteEnd + "\x7f\x7f\x7f\x7f\x7f", "\x1b[200~\x1b[201~", "\x0c", "山\x1b[D\x1b[3~", "\x1b[Z\x07", "\x1b[1;5D\x1b[F",
	}
	for i := range 100 {
		command := commands[random.IntN(len(commands))]
		for _, word := range strings.SplitAfter(command+" ", " ") {
			s.Send(word)
			if strings.HasSuffix(word, " ") {
				s.Send(mistakes[random.IntN(len(mistakes))])
			}
		}
		last := fmt.Sprintf("%s #%d", command, i)
		s.Send(fmt.Sprintf("#%d\r", i))
		want := fmt.Sprintf("epic> %s\nran %q\nepic>", last, []string{last})
		want = strings.ReplaceAll(want, "\u0304", "") // the emulator has no marks
		s.Until(want, func() bool { return strings.HasSuffix(s.Text(), want) })
		s.ready()
	}
}
