package shell

import (
	"bufio"
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
	"syscall"
	"unicode/utf8"

	"epev/commands"
	"epev/data"
	"epev/model"
)

// maxLine is how many bytes a line of a script, and a command of several lines, may have.
const maxLine = 64 << 10

// lines reads a script line by line, and knows where it is.
type lines struct {
	name   string // "session.txt" or "<stdin>"
	reader *bufio.Reader
	number int    // of the line read last, from 1
	taken  int    // how many lines were taken as secrets
	broken bool   // reading failed: nothing comes any more
	waits  string // what the last command, at the end, waits for: a quote, or the line after a \
}

// interruptibleReader reads until its context ends, also while it waits for input.
type interruptibleReader struct {
	ctx context.Context
	io.Reader
}

func (r interruptibleReader) Read(p []byte) (n int, err error) {
	read := make(chan struct{})
	buffer := make([]byte, len(p)) // p is the caller's again once the context has ended
	go func() {
		defer close(read)
		n, err = r.Reader.Read(buffer)
	}()
	select {
	case <-read:
		return copy(p, buffer[:n]), err
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	}
}

func newLines(name string, r io.Reader) *lines {
	return &lines{name: name, reader: bufio.NewReaderSize(r, 4096)}
}

// scan reads the next line, and passes all of it to take, part by part, with "\n" for its end, whatever
// is wrong with it: of a line that is too long, or not text, it returns a Usage error, and the one after
// it can still be read. io.EOF comes alone, after the last line, and after a failure to read.
func (l *lines) scan(take func(part []byte)) error {
	if l.broken {
		return io.EOF
	}
	size := 0
	zero := false
	text := true
	var split []byte // a character, or a line's end, of which the rest is yet to come
	for first := true; ; first = false {
		part, err := l.reader.ReadSlice('\n')
		if l.broken = err != nil && err != bufio.ErrBufferFull && !errors.Is(err, io.EOF); l.broken {
			return l.unreadable(err)
		}
		if first {
			if len(part) == 0 {
				return io.EOF
			}
			if l.number++; l.number == 1 {
				part = bytes.TrimPrefix(part, []byte("\ufeff"))
			}
		}
		size += len(part)
		part = append(split, part...)
		if split = nil; err == bufio.ErrBufferFull {
			whole := len(part) - unfinished(part)
			part, split = part[:whole], bytes.Clone(part[whole:])
		} else if line := bytes.TrimSuffix(bytes.TrimSuffix(part, []byte("\n")), []byte("\r")); err == nil {
			part = append(line, '\n')
		} else {
			part = line
		}
		zero = zero || bytes.IndexByte(part, 0) >= 0
		text = text && utf8.Valid(part)
		if take(part); err == bufio.ErrBufferFull {
			continue
		}
		break
	}
	switch {
	case size > maxLine:
		return model.Errorf(model.Usage, "the line is longer than %d bytes", maxLine).WithHint("split it")
	case zero:
		return model.Errorf(model.Usage, "the line holds a zero byte: this is not a script of text").WithHint("give a text file in UTF-8")
	case !text:
		return model.Errorf(model.Usage, "the line is not valid UTF-8").WithHint("save the script in UTF-8")
	}
	return nil
}

// unfinished is how many bytes at the end of a part belong together with what follows it.
func unfinished(part []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(part); n++ {
		if c := part[len(part)-n]; c == '\r' && n == 1 || utf8.RuneStart(c) && !utf8.FullRune(part[len(part)-n:]) {
			return n
		}
	}
	return 0
}

// next returns the next line without its end. Its errors are those of scan.
func (l *lines) next() (string, error) {
	var line []byte
	err := l.scan(func(part []byte) {
		if len(line) <= maxLine {
			line = append(line, part...)
		}
	})
	if err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(line, []byte("\n"))), nil
}

func (l *lines) unreadable(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return &model.Error{Kind: model.Interrupted, Message: "interrupted", Err: err}
	case errors.Is(err, syscall.EISDIR):
		return model.Invalid("file", "%s is a directory", l.name).WithHint("give a text file in UTF-8")
	}
	return fmt.Errorf("read %s: %w", l.name, err)
}

// secret returns the next line as it is, for --password-file -.
func (l *lines) secret() (string, error) {
	l.taken++
	return l.next()
}

// passSecrets passes over the lines that a command would have taken as secrets, but for the first
// ones, which it took: a password is no command, and no message may repeat it. It says what the line
// after them may be.
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

// command returns the words of the next command, and the number of its first line. Blank lines
// and comments are passed over. What cannot be read is passed over to the command's end, so that no line
// within an open quote is ever taken for a command. A first line of which alone says that it stands for
// itself is not gone on with; alone may be nil.
func (l *lines) command(alone func(words []string) bool) (words []string, at int, text string, err error) {
	for {
		var s commands.Scanner
		at, text = l.number+1, ""
		ended := false
		for size := 0; !ended; {
			failed := l.scan(func(part []byte) {
				if size += len(part); size > maxLine {
					s.Deafen()
				} else {
					text += string(part)
				}
				for _, c := range part {
					ended = s.Take(c)
				}
			})
			if failed == io.EOF {
				if text == "" && size == 0 {
					return nil, at, text, io.EOF
				}
				l.waits = s.Waits()
				break
			}
			if l.broken {
				return nil, at, text, failed
			}
			err = cmp.Or(err, failed)
			if size > maxLine && err == nil {
				err = model.Errorf(model.Usage, "the command is longer than %d bytes", maxLine).WithHint("split it")
			}
			if l.number == at && alone != nil && alone(commands.Texts(s.Words)) {
				ended = true
				s.CloseQuote()
			}
		}
		err = cmp.Or(err, s.Finish(at))
		if err != nil {
			return nil, at, text, err
		}
		if len(s.Words) > 0 {
			return commands.Texts(s.Words), at, text, nil
		}
	}
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
	case t.failed > 0: // err may be what broke the transaction, of which the command has told already
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

// blanksKept escapes a command but for its line ends and tabs, with which it can be run again.
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
