package prompt

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"epev/shell/screen"
)

// A plain terminal obeys nothing that is written to it, or nobody knows what: TERM=dumb, an editor's shell, a printer.
// It stays in its mode: the system echoes and edits a line and hands it over whole. It is sent nothing but text. Only
// while a secret is typed it is raw, and so without echo.

// editPlain is edit on a plain terminal.
func (p *Prompt) editPlain(ctx context.Context, e *editor) (outcome, error) {
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	waiting, stop := signal.NotifyContext(ctx, os.Interrupt) // what Ctrl-C is here
	defer stop()
	defer context.AfterFunc(waiting, p.reader.wake)()
	ready := func() (typed bool) { // and nothing is a reason to stop
		for !typed && waiting.Err() == nil {
			typed, _ = p.reader.poll(-1)
		}
		return waiting.Err() == nil
	}

	read := p.readPlainLine
	if e.masked {
		read = p.readPlainSecret
	}
	e.outcome = editing
	err := read(e, ready)
	if err == nil && e.outcome == editing {
		if err = context.Cause(ctx); err == nil {
			e.outcome = interrupted
		}
	}
	if e.outcome != accepted || e.masked {
		p.print("\n") // where there is an echo, Enter is in it
	}
	return e.outcome, err
}

// readPlainLine takes a line as the system hands it over: up to its end, or to a Ctrl-D.
func (p *Prompt) readPlainLine(e *editor, ready func() bool) error {
	p.print(screen.Visible(e.prefix))
	var line []byte
	chunk := make([]byte, 4096)
	for ready() {
		n, err := unix.Read(p.reader.in, chunk)
		switch {
		case err == unix.EINTR || err == unix.EAGAIN:
			continue
		case err != nil:
			return io.EOF
		case n == 0 && len(line) == 0:
			e.outcome = ended
			return nil
		}
		if line = append(line, chunk[:n]...); n == 0 || line[len(line)-1] == '\n' {
			e.set(strings.TrimRight(strings.ToValidUTF8(string(line), string(utf8.RuneError)), "\r\n"))
			e.outcome = accepted
			return nil
		}
	}
	return nil
}

// readPlainSecret takes keys one byte at a time, as what comes after Enter is the next line's.
func (p *Prompt) readPlainSecret(e *editor, ready func() bool) error {
	if err := p.enterRaw(); err != nil {
		return err
	}
	defer p.leaveRaw()
	p.print(screen.Visible(e.prefix)) // from here on nothing is echoed
	var keys tokeniser
	for e.outcome == editing && ready() {
		var b [1]byte
		n, err := unix.Read(p.reader.in, b[:])
		if err == unix.EINTR || err == unix.EAGAIN {
			continue
		}
		if err != nil || n == 0 {
			return io.EOF
		}
		for _, k := range keys.feed(b[:n]) {
			if e.handle(k); e.outcome == suspended {
				e.outcome = editing
			}
		}
	}
	return nil
}

// Unseen runs what reads from a terminal in the mode that it is in, without echo. A shell has the echo while epev is
// stopped. It asks before, and again when epev goes on.
func Unseen(in *os.File, ask, read func()) {
	defer Stoppable(in, ask)()
	fd := int(in.Fd())
	before, err := unix.IoctlGetTermios(fd, getMode)
	if err == nil {
		mode := *before
		mode.Lflag &^= unix.ECHO
		_ = unix.IoctlSetTermios(fd, setMode, &mode)
		defer unix.IoctlSetTermios(fd, setMode, before)
	}
	ask()
	read()
}
