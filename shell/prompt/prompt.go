// Package prompt is the terminal side of epev: lines, questions and their completion.
//
// A line is an editor (editor.go), which knows keys and text and no terminal. A reader (reader.go, key.go) turns what the
// terminal sends into keys, and a frame (frame.go, view.go, list.go) shows the line with what stands below it.
// Prompt.edit joins them for one line, in the goroutine that asks for it.
//
// go-prompt v0.2.6 did two things here before, and no longer does: its Input waited for keys, and its Render drew the
// line. It polls for both a key and its reader in pauses of 10 ms, takes one read for one key, and cannot say that a
// line has ended. So its parser, writer, buffer, list and history had to be stood in for, and keys handed to it ahead
// of need. Without it the code is shorter, and a key waits for nothing.
package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"epev/shell/screen"
)

// ErrInterrupted is what Ctrl-C gives: the line or the question was dropped.
var ErrInterrupted = errors.New("interrupted")

// A Config says how a Prompt looks and whom it asks. All functions are called by the goroutine that called ReadLine or
// Ask. Complete and Hint are called at most once for each change of the line. They must not wait, since a person is typing.
type Config struct {
	In, Out *os.File // the terminal

	Prefix func() string // "epic> "

	// Complete gives the suggestions for line with the cursor at that rune, best first.
	// What is still being looked up can follow: Refresh makes it be called again.
	Complete func(line string, cursor int) []Suggestion

	// Hint is shown below the line, in lines: the usage of its command and what is still missing.
	Hint func(line string) string

	// Scan tells what the end of lines waits for: a quote that is open, or the line after a backslash; "" where they
	// are whole. With one they are one command. Their line ends are "\n".
	Scan func(lines string) (one bool, waits string)

	// Sensitive reports that line could hold a secret and must not be kept.
	Sensitive func(line string) bool

	// Edit has a person change a text of several lines in an editor of their own, on this terminal, which
	// is in its normal mode meanwhile.
	Edit func(ctx context.Context, text string) (string, error)

	// Masked returns pasted lines as they may be shown, as many: without the secrets among them.
	Masked func(lines []string) []string

	// Silences reports that a secret may be typed as soon as line is entered: the terminal then stays without
	// echo until Restore.
	Silences func(line string) bool

	HistoryFile string // "" keeps the history in memory
	Plain       bool   // the terminal obeys no control sequence: it is sent none, and edits its lines itself
	Color       screen.Colors
}

// An Input is what was entered at once.
type Input struct {
	Lines  []string // as typed or pasted, without their line ends; at least one
	Pasted bool     // several lines, shown and confirmed: to be run like a script
}

// A Prompt reads lines and answers from one terminal. ReadLine, Ask and Confirm must
// not run at the same time; the other methods may be called from any goroutine.
// Outside of these three the terminal is in the mode that New found it in, or without echo after a secret, until Restore.
type Prompt struct {
	config  Config
	reader  *reader
	history history
	signals chan os.Signal

	view       view // as last drawn, in so many columns and rows
	cols, rows int

	silent    atomic.Bool // between the lines there is no echo, until Restore
	resized   atomic.Bool
	refreshed atomic.Bool
	closed    atomic.Bool
	line      atomic.Int32 // a state of it

	mu     sync.Mutex
	found  unix.Termios // the mode in which New found the terminal
	unseen unix.Termios // the same without an echo, Ctrl-Z, and the keys that edit: they edit what the prompt may have read already
	raw    bool
	stale  bool // another program may have changed the mode since, or it is without echo
}

// The states of a line.
const (
	untyped  int32 = iota
	typed          // it is being typed
	stopping       // it is, and is finished on the screen before a stop
)

// OnTerminal reports whether a person can be talked to: in and out are terminals and
// the process has a controlling one.
func OnTerminal(in, out *os.File) bool {
	if !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())) {
		return false
	}
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	tty.Close()
	return true
}

// New prepares a Prompt and remembers the terminal's mode. Make one and reuse it.
func New(config Config) (*Prompt, error) {
	if !OnTerminal(config.In, config.Out) {
		return nil, errors.New("no terminal to ask on")
	}
	fd := int(config.In.Fd())
	mode, err := unix.IoctlGetTermios(fd, getMode)
	if err != nil {
		return nil, fmt.Errorf("read the terminal's mode: %w", err)
	}
	reader, err := newReader(fd)
	if err != nil {
		return nil, fmt.Errorf("prepare the prompt: %w", err)
	}
	p := &Prompt{config: config, reader: reader, history: history{path: config.HistoryFile}, signals: make(chan os.Signal, 4)}
	p.found, p.unseen = *mode, *mode
	p.unseen.Lflag &^= unix.ECHO | unix.ECHONL
	for _, key := range []int{unix.VSUSP, unix.VERASE, unix.VKILL, unix.VWERASE, unix.VREPRINT, unix.VLNEXT} {
		p.unseen.Cc[key] = noKey
	}
	signal.Notify(p.signals, unix.SIGTSTP)
	if !config.Plain {
		signal.Notify(p.signals, unix.SIGWINCH, unix.SIGCONT)
	}
	go p.watch()
	return p, nil
}

// edit lets a person edit until the line is over, which it then leaves on the screen.
func (p *Prompt) edit(ctx context.Context, e *editor) (outcome, error) {
	if p.config.Plain {
		return p.editPlain(ctx, e)
	}
	defer context.AfterFunc(ctx, p.reader.wake)()
	for {
		if err := p.enterRaw(); err != nil {
			return 0, err
		}
		told, err := p.take(ctx, e)
		switch {
		case told && e.outcome == editing && err == nil:
			e.outcome = suspended
		case told: // the line is over all the same
			p.stopAside()
		}
		switch {
		case err != nil:
			p.finish(e, "")
			return 0, err
		case e.outcome == editing: // in a new window; a terminal that reflows has moved the cursor's row
			cols, _ := p.size()
			p.print(home(p.view.cursorCells / cols))
		case e.outcome == suspended:
			p.finish(e, "^Z")
			p.lower(false)
			if told {
				stop(unix.Getpid())
			} else {
				StopJob()
			}
		case e.outcome == external:
			p.print(home(p.view.cursorRow))
			p.lower(false)
			if err := p.editElsewhere(ctx, e); err != nil {
				p.print("  " + screen.Visible(err.Error()) + "\r\n")
			}
		case e.outcome == interrupted:
			p.finish(e, "^C")
			return e.outcome, nil
		default:
			p.finish(e, "")
			return e.outcome, nil
		}
	}
}

// take shows the line and gives it the keys that come, until it is over or the window has changed. It reports whether
// SIGTSTP came meanwhile.
func (p *Prompt) take(ctx context.Context, e *editor) (told bool, err error) {
	p.line.Store(typed)
	defer func() { told = p.line.Swap(untyped) == stopping }()
	e.outcome, p.view = editing, view{}
	p.resized.Store(false)
	p.cols, p.rows = p.size()
	for {
		if p.draw(e) != nil {
			return false, io.EOF
		}
		err = p.reader.wait()
		if p.closed.Load() {
			return false, os.ErrClosed
		}
		for len(p.reader.keys) > 0 && e.outcome == editing {
			k := p.reader.keys[0]
			p.reader.keys = p.reader.keys[1:]
			if k.name == keyQuit { // what a terminal that is not raw makes of it
				unix.Kill(unix.Getpid(), unix.SIGQUIT)
				continue
			}
			e.handle(k)
		}
		if p.refreshed.Swap(false) {
			e.list.fresh, e.advised = false, false
		}
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil || e.outcome != editing || p.resized.Load() {
			return false, err
		}
	}
}

// editElsewhere puts into the line what an editor makes of its text.
func (p *Prompt) editElsewhere(ctx context.Context, e *editor) error {
	text, err := p.config.Edit(ctx, e.String())
	if err == nil {
		e.set(strings.TrimRight(pasteLines.Replace(text), "\n"))
	}
	return err
}

// Refresh has the suggestions and the hint asked for again: an answer has arrived.
func (p *Prompt) Refresh() {
	p.refreshed.Store(true)
	p.reader.wake()
}

// Width is the number of columns of the window, 80 when the terminal does not know.
func (p *Prompt) Width() int { cols, _ := p.size(); return cols }

// Height is the number of rows of the window, 24 when the terminal does not know.
func (p *Prompt) Height() int { _, rows := p.size(); return rows }
