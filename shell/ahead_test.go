package shell

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"epev/commands"
)

// written calls fn before each thing that is written to it.
type written struct {
	io.Writer
	fn func()
}

func (w *written) Write(p []byte) (int, error) {
	w.fn()
	return w.Writer.Write(p)
}

// piped is a shell of claire.dubois with a script on its input.
func piped(t *testing.T, dsn, script string) (s *Shell, stdout, stderr *bytes.Buffer) {
	t.Helper()
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	options, _, err := ParseOptions(nil)
	if err != nil {
		t.Fatal(err)
	}
	s = &Shell{Registry: commands.NewRegistry(commands.All()), Env: newDesk(t, dsn, "claire.dubois"), Options: options, Reporter: &Reporter{},
		Getenv: func(string) string { return "" }, Stdin: strings.NewReader(script), Stdout: stdout, Stderr: stderr}
	return s, stdout, stderr
}

// execute runs a command of a desk.
func execute(ctx context.Context, e *commands.Env, words ...string) error {
	inv, err := commands.NewRegistry(commands.All()).Parse(words)
	if err != nil {
		return err
	}
	call, err := inv.Bind(e.Values())
	if err == nil {
		_, err = call.Execute(ctx, e)
	}
	return err
}

// A view that is begun while the one before it is printed changes nothing of what a script tells: neither the order nor the failure at
// which it stops. What a command between the two has done is seen.
func TestAViewThatWasBegunBeforeItsTurnIsToldInItsTurn(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	const script = "client update 2 --phone ''\nclient view 1\nclient view 2 --format json\n\ncompany view 1\n# nothing\nclient view 2\nclient view 2\nclient update 2 --phone '06 11 22 33 44'\n" +
		"client view 2\nclient view 2 --format csv\nclient view 1\nclient view 999\nclient view 1\n"
	if err := execute(t.Context(), newDesk(t, dsn, "claire.dubois"), "client", "update", "2", "--phone", "06 11 22 33 44"); err != nil {
		t.Fatal(err)
	}
	var told [2]string
	for i, timed := range []bool{true, false} { // where commands are timed nothing is begun before its turn
		s, stdout, stderr := piped(t, dsn, script)
		if timed {
			s.Options.Time = true
		}
		begun := 0
		s.Stdout = &written{stdout, func() {
			if s.ahead != nil {
				begun++
			}
		}}
		if status := s.Run(t.Context(), nil); status != 5 || !strings.Contains(stderr.String(), "<stdin>:13: client 999 not found") ||
			!strings.Contains(stderr.String(), "11 commands ran, 1 failed, 1 was not run") {
			t.Errorf("status %d, %s", status, stderr)
		}
		if s.ahead != nil || timed != (begun == 0) {
			t.Errorf("timed %v: %d were begun before their turn, and one was left: %v", timed, begun, s.ahead != nil)
		}
		told[i] = withoutTimes(stdout.String())
	}
	if told[0] != told[1] {
		t.Errorf("otherwise:\n%s\n%s", told[0], told[1])
	}
}

// withoutTimes leaves out the lines that differ between two times that a script is run.
func withoutTimes(text string) string {
	var kept []string
	for _, line := range strings.Split(text, "\n") {
		if !strings.Contains(line, "Updated") && !strings.Contains(line, "updated_at") && !strings.Contains(line, "version") && !strings.HasPrefix(line, "2,") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// What was asked before its turn is asked anew where the turn comes late: whoever lost a right meanwhile does without.
func TestARightThatIsLostBeforeAViewsTurnIsLost(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	s, stdout, stderr := piped(t, dsn, "client view 1\nclient view 2\nclient view 1\nclient view 2\n")
	manager, prints := newDesk(t, dsn, "admin.root"), 0
	began, late := time.Now(), atomic.Int64{}
	s.Env.Now = func() time.Time { return began.Add(time.Duration(late.Load())) }
	s.Env.Sessions.Now = s.Env.Now
	s.Stdout = &written{stdout, func() {
		if prints++; prints != 2 {
			return
		}
		if s.ahead == nil {
			t.Error("the third command was not begun")
		}
		if err := execute(t.Context(), manager, "role", "revoke", "commercial", "client:view"); err != nil {
			t.Error(err)
		}
		late.Store(int64(time.Second))
	}}
	if status := s.Run(t.Context(), nil); status != 4 || !strings.Contains(stderr.String(), "<stdin>:3: ") {
		t.Errorf("status %d, %s\n%s", status, stderr, stdout)
	}
}
