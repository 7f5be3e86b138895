package shell

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
	"unicode/utf8"

	"epev/commands"
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

// scan reads the next line, and passes all of it to take, part by part, with "\n" for its end, whatever is wrong with
// it. For a line that is too long, or not text, it returns a Usage error; the next line can still be read. It returns
// io.EOF alone, after the last line, and after a failure to read.
func (l *lines) scan(take func(part []byte)) error {
	if l.broken {
		return io.EOF
	}
	size := 0
	zero := false
	text := true
	var split []byte // the beginning of a character, or of a line's end
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

// command returns the words of the next command, and the number of its first line. It passes over blank lines and
// comments. It passes over what cannot be read to the command's end, so that no line within an open quote is ever taken
// for a command. If alone says of the first line that it stands for itself, no further line is read; alone may be nil.
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
