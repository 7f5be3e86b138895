// Package prompt is the terminal side of epev: lines, questions and their completion. It alone knows go-prompt.
//
// What go-prompt v0.2.6 does here: its Input is the loop that a key wakes, and its Render draws the line and its cursor.
// What it does not do, and why:
//   - Its Buffer moves and deletes by runes, which splits an é of two. It holds a laid-out view of a line (view.go); the
//     line itself is cut by the characters that people see (line.go).
//   - Its key bindings cannot say that a line has ended, and take one Read for one key. Keys are read in parser.go.
//   - Its list asks the completer twice at each key, replaces the last word between blanks alone, and runs the line on
//     the Enter that takes a suggestion. The editor has its own (list.go), which the writer adds below (writer.go).
//   - Its history keeps secrets, and in memory alone. It knows no search, mask, paste, nor a line of several lines.
//   - Its Input sleeps for 10 ms where it finds no key. The parser hands it keys ahead of need, so that it finds one.
//
// Its buffer, bindings and list in the place of these would spare at most 150 of 2,100 lines, and cost what they do.
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

	goprompt "github.com/c-bata/go-prompt"
	runewidth "github.com/mattn/go-runewidth"
	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"epev/shell/screen"
)

// ErrInterrupted is what Ctrl-C gives: the line or the question was dropped.
var ErrInterrupted = errors.New("interrupted")

// A Config says how a Prompt looks and whom it asks. Complete, Hint, Scan, Sensitive and Edit may be nil. All functions
// are called by the goroutine that called ReadLine or Ask. Complete and Hint are called at most once for each change of
// the line. They must not wait, since a person is typing.
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
	style   screen.Colors
	library *goprompt.Prompt
	buffer  *goprompt.Buffer // go-prompt's, known from the first turn on
	parser  *parser
	writer  *writer
	history history
	signals chan os.Signal

	editor     *editor
	hinted     string // the text that hint answers
	hint       string
	view       view         // as last drawn
	cols, rows int          // as last drawn
	cause      func() error // why to stop, asked at each turn
	failed     error        // why the line ended without an outcome

	silent    atomic.Bool // between the lines there is no echo, until Restore
	resized   atomic.Bool
	refreshed atomic.Bool

	mu       sync.Mutex
	found    unix.Termios // the mode in which New found the terminal
	unseen   unix.Termios // the same without an echo, nor Ctrl-Z
	raw      bool
	stale    bool // another program may have changed the mode since, or it is without echo
	typing   bool // a line is
	stopping bool // once the line that is typed has been finished on the screen
	closed   bool
}

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

// New prepares a Prompt and remembers the terminal's mode. Make one and reuse it:
// go-prompt opens /dev/tty for each and never closes it.
func New(config Config) (p *Prompt, err error) {
	if !OnTerminal(config.In, config.Out) {
		return nil, errors.New("no terminal to ask on")
	}
	p = &Prompt{config: config, style: config.Color, history: history{path: config.HistoryFile}}
	mode, err := unix.IoctlGetTermios(int(config.In.Fd()), getMode)
	if err != nil {
		return nil, fmt.Errorf("read the terminal's mode: %w", err)
	}
	p.found, p.unseen = *mode, *mode
	p.unseen.Lflag &^= unix.ECHO | unix.ECHONL
	p.unseen.Cc[unix.VSUSP] = noKey
	p.signals = make(chan os.Signal, 4)
	if config.Plain {
		signal.Notify(p.signals, unix.SIGTSTP)
		go p.watch()
		return p, nil
	}
	if p.parser, err = newParser(int(config.In.Fd()), func() (int, int) { return p.cols, p.rows }); err != nil {
		return nil, fmt.Errorf("prepare the prompt: %w", err)
	}
	p.writer = &writer{out: config.Out, style: p.style, muted: true}
	defer func() { // go-prompt panics when /dev/tty cannot be opened
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("prepare the prompt: %v", r)
		}
	}()
	p.library = goprompt.New(
		func(string) {},
		func(goprompt.Document) []goprompt.Suggest { return nil },
		goprompt.OptionParser(p.parser),
		goprompt.OptionWriter(p.writer),
		goprompt.OptionLivePrefix(func() (string, bool) { return p.view.prefix, true }),
		goprompt.OptionPrefixTextColor(goprompt.Cyan),
		goprompt.OptionMaxSuggestion(0),
		goprompt.OptionSwitchKeyBindMode(goprompt.CommonKeyBind),
		goprompt.OptionAddKeyBind(goprompt.KeyBind{Key: wakeKey, Fn: p.turn}),
		goprompt.OptionSetExitCheckerOnInput(func(string, bool) bool { return p.writer.muted }), // see turn
	)
	signal.Notify(p.signals, unix.SIGWINCH, unix.SIGCONT, unix.SIGTSTP)
	go p.watch()
	return p, nil
}

// edit lets a person edit until the line is over, which it then leaves on the screen.
func (p *Prompt) edit(ctx context.Context, e *editor) (outcome, error) {
	if p.config.Plain {
		return p.editPlain(ctx, e)
	}
	defer context.AfterFunc(ctx, p.parser.interrupt)()
	p.cause = func() error { return context.Cause(ctx) }
	p.editor, p.hinted, p.hint = e, "", ""
	if e.hint != nil {
		p.hint = e.hint("")
	}
	for {
		if err := p.enterRaw(); err != nil {
			return 0, err
		}
		e.outcome, p.failed = editing, nil
		p.resized.Store(false)
		p.cols, p.rows = p.size()
		p.draw()
		p.writer.muted = false
		p.types(true)
		p.library.Input()
		p.types(false)
		p.writer.muted = true
		told := p.toldToStop()
		switch {
		case told && e.outcome == editing && p.failed == nil:
			e.outcome = suspended
		case told: // the line is over all the same
			p.stopAside()
		}
		if p.writer.err != nil {
			p.failed = io.EOF
		}
		switch {
		case p.failed != nil:
			p.finish("")
			return 0, p.failed
		case e.outcome == editing: // in a new window; a terminal that reflows has moved the cursor's row
			cols, _ := p.size()
			p.print(home(p.view.cursorCells / cols))
		case e.outcome == suspended:
			p.finish("^Z")
			p.restore()
			if told {
				stop(unix.Getpid())
			} else {
				StopJob()
			}
		case e.outcome == external:
			p.print(home(p.view.cursorRow))
			p.restore()
			if err := p.editElsewhere(ctx, e); err != nil {
				p.print("  " + screen.Visible(err.Error()) + "\r\n")
			}
		case e.outcome == interrupted:
			p.finish("^C")
			return e.outcome, nil
		default:
			p.finish("")
			return e.outcome, nil
		}
	}
}

// editElsewhere puts into the line what an editor makes of its text.
func (p *Prompt) editElsewhere(ctx context.Context, e *editor) error {
	if p.config.Edit == nil {
		return errors.New("there is no editor here")
	}
	text, err := p.config.Edit(ctx, e.String())
	if err == nil {
		e.set(strings.TrimRight(pasteLines.Replace(text), "\n"))
	}
	return err
}

// turn is what go-prompt calls for its one key: it takes the keys that have come, and
// ends go-prompt's Input or gives it a new view to draw.
func (p *Prompt) turn(b *goprompt.Buffer) {
	p.buffer = b
	e := p.editor
	p.failed = p.parser.answer()
	for e.outcome == editing {
		k, ok := p.parser.take()
		if !ok {
			break
		}
		if k.name == keyQuit { // what a terminal that is not raw makes of it
			unix.Kill(unix.Getpid(), unix.SIGQUIT)
			continue
		}
		e.handle(k)
	}
	if p.refreshed.Swap(false) {
		e.list.fresh = false
		p.hinted = "\x00" // no line has it
	}
	if p.failed == nil {
		p.failed = p.cause()
	}
	if e.outcome != editing || p.failed != nil || p.resized.Load() {
		p.writer.muted = true
		p.parser.finish()
		return
	}
	if e.clear {
		e.clear = false
		p.writer.put("\x1b[2J\x1b[H")
	}
	p.draw()
	p.writer.idle = p.parser.idle
}

// draw lays out the line and what stands below it, and gives both to go-prompt.
func (p *Prompt) draw() {
	e := p.editor
	p.view = layout(e.prompt(), e.text, e.cursor, e.masked, p.cols, p.rows)
	if p.buffer != nil {
		p.view.fill(p.buffer)
	}
	p.writer.gap = p.view.rows - 1 - p.view.cursorRow
	p.writer.below = nil
	if e.search != nil {
		return
	}
	e.fetch()
	if text := e.String(); e.hint != nil && text != p.hinted {
		p.hinted, p.hint = text, ""
		if len(e.text) <= longestCompleted {
			p.hint = e.hint(text)
		}
	}
	room := p.rows - p.view.rows
	for line := range strings.Lines(p.hint) {
		if room > 0 {
			p.writer.below = append(p.writer.below, p.style.Paint(screen.Faint, runewidth.Truncate(screen.Visible(strings.TrimSuffix(line, "\n")), p.cols-1, "…")))
			room--
		}
	}
	p.writer.below = append(p.writer.below, e.list.rows(p.cols-1, room, p.style)...)
}

// home goes from the cursor's row to the start of the line and erases it and all below.
func home(cursorRow int) string {
	return strings.Repeat("\x1b[A", cursorRow) + "\r\x1b[J"
}

// finish replaces the frame by the line in its last form.
func (p *Prompt) finish(mark string) {
	e := p.editor
	text := screen.Visible(e.String())
	if e.masked {
		text = strings.Repeat("*", len(glyphs(e.text, true)))
	}
	p.print(home(p.view.cursorRow) + p.style.Paint(screen.ID, screen.Visible(e.prefix)) + text + mark + "\r\n")
}

// print writes to the terminal in raw mode.
func (p *Prompt) print(s string) { io.WriteString(p.config.Out, s) }

// Refresh has the suggestions and the hint asked for again: an answer has arrived.
func (p *Prompt) Refresh() {
	if p.config.Plain {
		return
	}
	p.refreshed.Store(true)
	p.parser.interrupt()
}

// Width is the number of columns of the window, 80 when the terminal does not know.
func (p *Prompt) Width() int { cols, _ := p.size(); return cols }

// Height is the number of rows of the window, 24 when the terminal does not know.
func (p *Prompt) Height() int { _, rows := p.size(); return rows }
