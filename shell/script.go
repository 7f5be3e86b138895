package shell

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"epev/commands"
	"epev/data"
	"epev/model"
)

// scriptFile runs the script at path.
func (s *Shell) scriptFile(ctx context.Context, path string) int {
	content, err := readScript(path)
	if err != nil {
		return s.Fail(err)
	}
	// A password on "the next line of the input" stands in the script, as on a pipe.
	script := s.reading().lines(path, bytes.NewReader(content))
	s.Env.NextLine = script.secret
	return s.script(ctx, script)
}

func readScript(path string) ([]byte, error) {
	refuse := func(why, hint string) error {
		return model.Invalid("file", "the script %s %s", path, why).WithHint("%s", hint)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, refuse("does not exist", "check the name")
	case err == nil && info.IsDir():
		return nil, refuse("is a directory", "name a file in it")
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, refuse("cannot be read", "check its permissions")
	}
	if bytes.IndexByte(content[:min(len(content), 8<<10)], 0) >= 0 {
		return nil, refuse("is binary", "give a text file in UTF-8")
	}
	return content, nil
}

// tally counts what became of a script's commands.
type tally struct {
	ran, failed, left int
	status            int // of the first failure
}

func (t tally) String() string {
	ran, left := "commands ran", "were not run"
	if t.ran == 1 {
		ran = "command ran"
	}
	if t.left == 1 {
		left = "was not run"
	}
	return fmt.Sprintf("%d %s, %d failed, %d %s", t.ran, ran, t.failed, t.left, left)
}

var errScriptFailed = errors.New("script failed")

// script runs commands until the first failure, all of them with --keep-going, or in one
// transaction with --atomic, and returns the exit status of the first failure.
func (s *Shell) script(ctx context.Context, l *lines) int {
	// A script is one thing after the other. A second processor would be woken by every answer of the
	// database, to find nothing to do: that doubles what a command costs.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if s.Options.Atomic && s.Env.Store != nil {
		s.atomically(ctx, l)
	} else {
		if !s.Options.Time { // or it would tell how long a command took whose answer was there before
			s.coming = l
		}
		s.runLines(ctx, l)
		s.coming = nil
	}
	if l.failed > 0 {
		fmt.Fprintf(s.Stderr, "%s: %s\n", l.name, l.tally)
	}
	return l.status
}

func (s *Shell) atomically(ctx context.Context, l *lines) {
	outer, report := s.Env.Store, s.Env.Report
	var reports []string // what is true once all is committed
	s.Env.Report = func(what string) { reports = append(reports, what) }
	before := outer.Written()
	s.atomic, s.Env.Later = true, s.wait
	defer func() { s.Env.Store, s.Env.Report, s.Env.Later, s.atomic = outer, report, nil, false }()
	err := outer.Atomic(ctx, func(ctx context.Context, store *data.Store) error {
		s.Env.Store = store
		s.runLines(ctx, l)
		if l.failed > 0 {
			return errScriptFailed
		}
		return nil
	})
	if unsettled := s.settle(err == nil && l.failed == 0); err == nil {
		err = unsettled
	}
	switch {
	case l.failed > 0: // err may be what broke the transaction, which the command has told already
		but := ""
		if outer.Written() > before {
			but = "; only login, logout and refresh, which act at once, are done"
		}
		fmt.Fprintf(s.Stderr, "%s: everything was rolled back%s\n", l.name, but)
	case err != nil:
		l.failed++
		l.status = s.fail(l.name, err)
	default:
		for _, what := range reports {
			report(what)
		}
	}
}

// runLines runs commands, and reports whether one of them was to leave.
func (s *Shell) runLines(ctx context.Context, l *lines) (left bool) {
	for {
		c, err := l.command()
		if err == io.EOF {
			return false
		}
		secret := !l.broken && l.isSecret(c.Words)
		l.doubt = commands.NoDoubt
		if secret {
			continue
		}
		took := l.taken
		place := fmt.Sprintf("%s:%d", l.name, c.at)
		if err == nil && s.Options.Echo {
			fmt.Fprintln(s.Stderr, blanksKept(s.Registry.Shown(c.Line, c.text, c.stray)))
		}
		switch {
		case err == nil && c.stray:
			err = model.Errorf(model.Usage, "unknown command").WithHint("it is not shown, as it may be the password of the command before it")
		case err == nil:
			s.place = place
			err = s.command(ctx, c.Line)
		}
		if err != nil {
			s.abandon()
		}
		if errors.Is(err, commands.ErrExit) {
			return true
		}
		l.ran++
		if err == nil {
			continue
		}
		if c.Words == nil { // a quote is not closed
			c.Words = strings.Fields(c.text)
		}
		l.pass(c.Words, l.taken-took)
		l.failed++
		l.status = cmp.Or(l.status, s.fail(place, err))
		if !s.Options.KeepGoing || ctx.Err() != nil {
			l.left = l.countLeft()
			return false
		}
	}
}

// blanksKept escapes a command and keeps its line ends and tabs, so that it can be run again.
func blanksKept(command string) string {
	var b strings.Builder
	for rest := command; rest != ""; {
		i := strings.IndexAny(rest, "\n\t")
		if i < 0 {
			i = len(rest)
		}
		b.WriteString(model.Escape(rest[:i]))
		end := min(i+1, len(rest))
		b.WriteString(rest[i:end])
		rest = rest[end:]
	}
	return b.String()
}

// countLeft counts the commands that were not run.
func (l *lines) countLeft() (n int) {
	for {
		c, err := l.command()
		if err == io.EOF || l.broken {
			return n
		}
		if !l.isSecret(c.Words) {
			n++
		}
		l.pass(c.Words, 0)
	}
}
