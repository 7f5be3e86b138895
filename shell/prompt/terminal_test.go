package prompt

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"epev/shell/screentest"
)

// A session is the demo in an emulated terminal.
type session struct {
	screentest.Terminal
	slave  *os.File
	report *bufio.Scanner
	pid    int

	entered int // the prompts that had begun when a line was last sent
}

// start runs the demo in a window of cols × rows.
func start(t testing.TB, cols, rows int, env ...string) *session {
	t.Helper()
	return startIn(t, &session{}, cols, rows, env...)
}

func startIn(t testing.TB, s *session, cols, rows int, env ...string) *session {
	t.Helper()
	s.slave = s.Open(t, cols, rows)
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	leader := exec.Command(os.Args[0])
	leader.Env = append(os.Environ(), append(env, "PROMPT_TEST_PART=leader", "LC_ALL=C.UTF-8", "GORACE=atexit_sleep_ms=0")...)
	leader.Stdin, leader.Stdout, leader.Stderr = s.slave, s.slave, s.slave
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
	t.Cleanup(func() {
		syscall.Kill(s.pid, syscall.SIGKILL)
		leader.Wait()
		from.Close()
	})
	return s
}

// is waits for exactly this screen.
func (s *session) is(screen string) {
	s.T.Helper()
	s.Until("the screen\n"+screen, func() bool { return s.Text() == screen })
}

// at waits for the cursor to be in a column of the row that starts with text.
func (s *session) at(x int, text string) {
	s.T.Helper()
	s.Until(fmt.Sprintf("the cursor in column %d of %q", x, text), func() bool {
		line, column := s.At()
		return column == x && strings.HasPrefix(line, text)
	})
}

// Send types keys. ready is not met by a prompt that stood there before a line was sent.
func (s *session) Send(keys string) {
	s.T.Helper()
	if strings.ContainsAny(keys, "\r\x03") {
		s.entered = s.begun()
	}
	s.Terminal.Send(keys)
}

// begun is how many prompts and questions have.
func (s *session) begun() int { return strings.Count(s.Wrote(), "\x1b[?2004h") }

// ready waits for the prompt, empty. What is sent before is treated by the terminal in its own way.
func (s *session) ready() {
	s.T.Helper()
	s.Until("an empty prompt", func() bool {
		line, x := s.At()
		return line == "epic>" && x == len("epic> ") && s.begun() > s.entered
	})
}

// ends waits for the demo to end and returns how it did and what became of the terminal's mode.
func (s *session) ends() string {
	s.T.Helper()
	if !s.report.Scan() {
		s.T.Fatal("no report of the demo's end")
	}
	return s.report.Text()
}
