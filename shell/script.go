package shell

import (
	"bytes"
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

// passSecrets passes over the lines that a command would have taken as secrets, except the first ones, which it took. A
// password is no command, and no message may repeat it. passSecrets says what the line after them may be.
func (s *Shell) passSecrets(l *lines, words []string, took int) commands.Doubt {
	behind, doubt := s.Registry.SecretsBehind(words)
	for range behind - took {
		_, _ = l.next() // whatever is wrong with it, it is not run
	}
	if took > 0 {
		return commands.NoDoubt
	}
	return doubt
}

// secrets tells the lines that stand for themselves: a password may well hold a quote.
func (s *Shell) secrets(doubt commands.Doubt) (alone func(words []string) bool) {
	if doubt != commands.SurelySecret {
		return nil
	}
	return func(words []string) bool { return !s.Registry.Names(words) }
}

// scan tells the prompt whether lines are one command, and what their end waits for.
func (s *Shell) scan(text string) (one bool, waits string) {
	l := newLines("", strings.NewReader(text))
	for {
		words, _, _, err := l.command(nil)
		if err == io.EOF {
			return commands.IsOne(text), l.waits
		}
		s.passSecrets(l, words, 0)
	}
}

// scriptFile runs the script at path.
func (s *Shell) scriptFile(ctx context.Context, path string) int {
	content, err := readScript(path)
	if err != nil {
		f := s.explain(err)
		s.tell("epev", f)
		return f.status
	}
	// A password on "the next line of the input" stands in the script, as on a pipe.
	script := newLines(path, bytes.NewReader(content))
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
	var t tally
	if s.Options.Atomic {
		s.atomically(ctx, l, &t)
	} else {
		s.runLines(ctx, l, &t)
	}
	if t.failed > 0 {
		fmt.Fprintf(s.Stderr, "%s: %s\n", l.name, t)
	}
	return t.status
}

func (s *Shell) atomically(ctx context.Context, l *lines, t *tally) {
	outer := s.Env.Store
	if outer == nil {
		s.runLines(ctx, l, t)
		return
	}
	report := s.Env.Report
	var reports []string // what is true once all is committed
	s.Env.Report = func(what string) { reports = append(reports, what) }
	before := outer.Written()
	s.atomic = true
	defer func() { s.Env.Store, s.Env.Report, s.atomic = outer, report, false }()
	err := outer.Atomic(ctx, func(ctx context.Context, store *data.Store) error {
		s.Env.Store = store
		s.runLines(ctx, l, t)
		if t.failed > 0 {
			return errScriptFailed
		}
		return nil
	})
	switch {
	case t.failed > 0: // err may be what broke the transaction, which the command has told already
		but := ""
		if outer.Written() > before {
			but = "; only login, logout and refresh, which act at once, are done"
		}
		fmt.Fprintf(s.Stderr, "%s: everything was rolled back%s\n", l.name, but)
	case err != nil:
		f := s.explain(err)
		s.tell(l.name, f)
		t.failed++
		t.status = f.status
	default:
		for _, what := range reports {
			report(what)
		}
	}
}

// runLines runs commands, and reports whether one of them was to leave.
func (s *Shell) runLines(ctx context.Context, l *lines, t *tally) (left bool) {
	doubt := commands.NoDoubt
	for {
		words, at, text, err := l.command(s.secrets(doubt))
		if err == io.EOF {
			return false
		}
		stray := doubt != commands.NoDoubt && !l.broken && !s.Registry.Names(words)
		if stray && doubt == commands.SurelySecret {
			doubt = commands.NoDoubt
			continue
		}
		took := l.taken
		place := fmt.Sprintf("%s:%d", l.name, at)
		if err == nil && s.Options.Echo {
			fmt.Fprintln(s.Stderr, blanksKept(s.Registry.Shown(words, text, stray)))
		}
		switch {
		case err == nil && stray:
			err = model.Errorf(model.Usage, "unknown command").WithHint("it is not shown, as it may be the password of the command before it")
		case err == nil:
			s.place = place
			err = s.command(ctx, words)
		}
		doubt = commands.NoDoubt
		if errors.Is(err, commands.ErrExit) {
			return true
		}
		t.ran++
		if err == nil {
			continue
		}
		if words == nil { // a quote is not closed
			words = strings.Fields(text)
		}
		doubt = s.passSecrets(l, words, l.taken-took)
		f := s.explain(err)
		s.tell(place, f)
		t.failed++
		if t.status == 0 {
			t.status = f.status
		}
		if !s.Options.KeepGoing || ctx.Err() != nil {
			t.left = s.countLeft(l, doubt)
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
func (s *Shell) countLeft(l *lines, doubt commands.Doubt) int {
	n := 0
	for {
		words, _, _, err := l.command(s.secrets(doubt))
		if err == io.EOF || l.broken {
			return n
		}
		if doubt != commands.SurelySecret || s.Registry.Names(words) {
			n++
		}
		doubt = s.passSecrets(l, words, 0)
	}
}
