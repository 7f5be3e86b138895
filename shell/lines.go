package shell

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"

	"epev/commands"
	"epev/model"
)

// maxLine is how many bytes a line of a script, and a command of several lines, may have.
const maxLine = 64 << 10

// reading reads what holds commands: scripts, pastes, what is typed.
type reading struct{ *commands.Registry }

// lines reads a script line by line, and knows where it is.
type lines struct {
	reading
	tally
	name   string // "session.txt" or "<stdin>", safe on a terminal
	reader *bufio.Reader
	number int            // of the line read last, from 1
	taken  int            // how many lines were taken as secrets
	broken bool           // reading failed: nothing comes any more
	waits  string         // what the last command, at the end, waits for: a quote, or the line after a \
	doubt  commands.Doubt // what the next line may be
}

func (r reading) lines(name string, from io.Reader) *lines {
	return &lines{reading: r, name: model.Escape(name), reader: bufio.NewReaderSize(from, maxLine+len("\ufeff\n"))}
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

// scan reads the next line, and passes all of it to take, part by part, with "\n" for its end, whatever is wrong with
// it. For a line that is too long, or not text, it returns a Usage error; the next line can still be read. It returns
// io.EOF alone, after the last line, and after a failure to read.
func (l *lines) scan(take func(part []byte)) error {
	if l.broken {
		return io.EOF
	}
	size := 0
	zero, text := false, true
	for more := true; more; {
		part, err := l.reader.ReadSlice('\n')
		more = err == bufio.ErrBufferFull // which only a line that is too long does
		if l.broken = err != nil && !more && !errors.Is(err, io.EOF); l.broken {
			return l.unreadable(err)
		}
		if size == 0 {
			if len(part) == 0 {
				return io.EOF
			}
			if l.number++; l.number == 1 {
				part = bytes.TrimPrefix(part, []byte("\ufeff"))
			}
		}
		size += len(part)
		zero, text = bytes.IndexByte(part, 0) >= 0, utf8.Valid(part)
		switch {
		case more && bytes.HasSuffix(part, []byte("\r")): // the beginning of the line's end, perhaps
			_ = l.reader.UnreadByte()
			part = part[:len(part)-1]
		case !more:
			part = bytes.TrimSuffix(bytes.TrimSuffix(part, []byte("\n")), []byte("\r"))
			if err == nil {
				part = append(part, '\n')
			}
		}
		take(part)
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

// typed is one command of several lines.
type typed struct {
	commands.Line     // without words where it cannot be read
	at            int // the number of its first line
	text          string
	stray         bool // it is no command, and may be the password of the command before it
}

// isSecret reports whether a stray line is surely a password, which may well hold a quote.
func (l *lines) isSecret(words []string) bool {
	return l.doubt == commands.SurelySecret && !l.Names(words)
}

// command returns the next command. It passes over blank lines and comments. It passes over what cannot be read to the
// command's end, so that no line within an open quote is ever taken for a command. A first line that is surely a
// password stands for itself: no further line is read.
func (l *lines) command() (c typed, err error) {
	for {
		var s commands.Scanner
		c.at, c.text = l.number+1, ""
		ended := false
		for size := 0; !ended; {
			failed := l.scan(func(part []byte) {
				c.text += string(part[:min(len(part), max(0, maxLine-size))])
				if size += len(part); size > maxLine {
					s.Deafen()
				}
				for _, b := range part {
					ended = s.Take(b)
				}
			})
			if failed == io.EOF {
				if size == 0 {
					return c, io.EOF
				}
				l.waits = s.Waits()
				break
			}
			if l.broken {
				return c, failed
			}
			err = cmp.Or(err, failed)
			if size > maxLine && err == nil {
				err = model.Errorf(model.Usage, "the command is longer than %d bytes", maxLine).WithHint("split it")
			}
			if l.number == c.at && l.isSecret(commands.Texts(s.Words)) {
				ended = true
				s.CloseQuote()
			}
		}
		if err = cmp.Or(err, s.Finish(c.at)); err == nil && len(s.Words) == 0 {
			continue
		}
		c.Line = commands.Line{}
		if err == nil {
			c.Line, err = s.Line(c.text)
		}
		c.stray = l.doubt != commands.NoDoubt && !l.Names(c.Words)
		return c, err
	}
}

// pass passes over the lines that a command would have taken as secrets, except the first ones, which it took. A password
// is no command, and no message may repeat it. What the line after them may be is the doubt about that.
func (l *lines) pass(words []string, took int) {
	behind, doubt := l.SecretsBehind(words)
	for range behind - took {
		_, _ = l.next() // whatever is wrong with it, it is not run
	}
	if l.doubt = doubt; took > 0 {
		l.doubt = commands.NoDoubt
	}
}

// takesPassword reports whether the words are those of a command that takes a password, or nearly.
func (r reading) takesPassword(words []string) bool {
	c := r.Meant(words)
	return c != nil && c.TakesPassword()
}

// scan tells the prompt whether lines are one command, and what their end waits for.
func (r reading) scan(text string) (one bool, waits string) {
	l := r.lines("", strings.NewReader(text))
	for {
		c, err := l.command()
		if err == io.EOF {
			return commands.IsOne(text), l.waits
		}
		l.pass(c.Words, 0)
		l.doubt = commands.NoDoubt
	}
}

// sensitive reports whether lines could hold a secret: such ones are not kept.
func (r reading) sensitive(text string) bool {
	if lines := strings.Split(text, "\n"); len(lines) > 1 {
		return !slices.Equal(r.masked(lines), lines)
	}
	return r.HoldsSecret(text)
}

// masked returns the lines of a paste as they may be shown: without passwords, what may be one, and commands
// that could hold one.
func (r reading) masked(pasted []string) []string {
	shown := slices.Clone(pasted)
	hide := func(from, to int) { // lines, from 1
		for i := from - 1; i < min(to, len(shown)); i++ {
			shown[i] = "…"
		}
	}
	l := r.lines("<pasted>", strings.NewReader(strings.Join(pasted, "\n")))
	for {
		c, err := l.command()
		if err == io.EOF || l.broken {
			return shown
		}
		if err != nil && c.Words == nil {
			c.Words = strings.Fields(c.text)
			c.stray = c.stray && !r.Names(c.Words)
		}
		if c.stray || r.HoldsSecret(c.text) {
			hide(c.at, l.number)
			shown[c.at-1] = r.Shown(c.Line, c.text, c.stray)
		}
		end := l.number
		l.pass(c.Words, 0)
		hide(end+1, l.number)
	}
}
