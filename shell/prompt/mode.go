package prompt

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// size is the window's. Below 8 columns nothing legible can be drawn.
func (p *Prompt) size() (cols, rows int) {
	cols, rows, err := term.GetSize(int(p.config.Out.Fd()))
	if err != nil || cols <= 0 || rows <= 0 {
		return 80, 24
	}
	return max(cols, 8), rows
}

// enterRaw has the terminal pass on every key as it is, and mark pastes unless it is plain.
func (p *Prompt) enterRaw() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed.Load() {
		return os.ErrClosed
	}
	if p.raw && !p.stale {
		return nil
	}
	if _, err := term.MakeRaw(p.reader.in); err != nil {
		return io.EOF // the terminal has gone
	}
	p.raw, p.stale = true, false
	if p.config.Plain {
		return nil
	}
	if p.reader.typedAhead() {
		p.print(home(0)) // the prompt shows it again
	}
	p.print("\x1b[?2004h")
	return nil
}

// Restore gives the terminal back in the mode that New found it in. It may be called at
// any time, as often as one likes, also while a panic or a signal ends the program.
func (p *Prompt) Restore() {
	p.silent.Store(false)
	p.lower(false)
}

// leaveRaw gives the terminal back at once in the mode that it has between the lines. Echo is on at no moment before silence:
// what is typed just then may be a password.
func (p *Prompt) leaveRaw() { p.lower(p.silent.Load()) }

// lower leaves raw mode for the one in which New found the terminal, or for the unseen one. The unseen one lacks the
// echo, and Ctrl-Z, which would leave the next program without echo. What is typed in it is edited by the question that gets it.
func (p *Prompt) lower(unseen bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	mode := &p.found
	if unseen {
		mode = &p.unseen
	}
	if unseen && p.closed.Load() || !unseen && !p.raw {
		return
	}
	_ = unix.IoctlSetTermios(p.reader.in, setMode, mode)
	if p.raw && !p.config.Plain {
		p.print("\x1b[?2004l\x1b[?25h")
	}
	p.raw, p.stale = unseen, unseen // of unseen there is something to restore, and raw mode is to be entered anew
}

// Close restores the terminal and ends the Prompt: whoever reads a line now gets os.ErrClosed.
func (p *Prompt) Close() {
	p.Restore()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.config.Plain && !p.closed.Swap(true) {
		signal.Stop(p.signals)
		close(p.signals)
		p.reader.wake()
	}
}

// Forget drops what was typed and not read yet. If that is the beginning of a line, somebody types it at this moment.
// Then Forget reads the line to its end, masked, and drops it as well.
func (p *Prompt) Forget(ctx context.Context) error {
	p.silent.Store(true)
	defer p.leaveRaw()
	whole, err := p.drop()
	if err != nil || whole || ctx.Err() != nil {
		return err
	}
	e := &editor{prefix: "what is typed now is dropped, until Enter: ", masked: true, question: true, list: list{selected: none}}
	e.verbatim = true
	if _, err := p.edit(ctx, e); err != nil {
		return err
	}
	_, err = p.drop()
	return err
}

// drop reads and drops what is there, and reports whether it ended with a line's end. A paste that has begun goes on.
func (p *Prompt) drop() (whole bool, err error) {
	if err := p.enterRaw(); err != nil {
		return true, err
	}
	whole = true
	for _, k := range p.reader.keys {
		whole = k.name == keyEnter || k.name == keyInterrupt || k.name == keyEndOfInput
	}
	p.reader.keys = nil
	for chunk := make([]byte, 4096); p.reader.typedAhead(); {
		n, err := unix.Read(p.reader.in, chunk)
		if n <= 0 || err != nil {
			return true, nil // the terminal has gone, which the next line is told
		}
		p.reader.tokens.feed(chunk[:n])
		whole = strings.IndexByte("\r\n\x00\x03\x04", chunk[n-1]) >= 0
	}
	return whole && !p.reader.tokens.pasting, nil
}
