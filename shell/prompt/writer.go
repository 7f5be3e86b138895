package prompt

import (
	"io"
	"strconv"
	"strings"

	goprompt "github.com/c-bata/go-prompt"

	"epev/shell/screen"
)

// A writer is go-prompt's ConsoleWriter. It passes on what go-prompt draws of the
// live line, adds hint and list below it, and is mute otherwise: the line's last
// look is drawn by Prompt.finish. The methods it does not define, a window title and
// "window too small" among them, go to VT100Writer's own buffer, which nothing flushes.
type writer struct {
	goprompt.VT100Writer
	out    io.Writer
	style  screen.Colors
	muted  bool
	buffer strings.Builder
	below  []string // rows to show under the line
	gap    int      // rows from the cursor's to the line's last one
	idle   func()   // blocks until there is something to do; for one frame
	err    error    // the first failure to write
}

func (w *writer) put(s string) {
	if !w.muted {
		w.buffer.WriteString(s)
	}
}

// WriteRaw receives go-prompt's line ends. In raw mode they need their carriage return.
func (w *writer) WriteRaw(b []byte) { w.put(strings.ReplaceAll(string(b), "\n", "\r\n")) }

// WriteStr receives prefix and text, which a view has made safe to show.
func (w *writer) WriteStr(s string) { w.put(s) }

func (w *writer) EraseDown() { w.put("\x1b[J") }

func (w *writer) HideCursor() { w.put("\x1b[?25l") }

// ShowCursor ends a frame: the cursor is where it belongs. What stands below is written from there and back. The rows
// are made first, by going down and up again, so that nothing scrolls between saving the cursor and restoring it. A
// character that the terminal takes for wider than we do is cut at the margin rather than wrapped.
func (w *writer) ShowCursor() {
	if len(w.below) > 0 {
		n := w.gap + len(w.below)
		w.put(strings.Repeat("\x1bD", n) + strings.Repeat("\x1bM", n) + "\x1b7\x1b[?7l")
		if w.gap > 0 {
			w.CursorUp(-w.gap)
		}
		for _, row := range w.below {
			w.put("\r\x1b[B" + row)
		}
		w.put("\x1b[?7h\x1b8")
	}
	w.put("\x1b[?25h")
}

func (w *writer) CursorUp(n int)       { w.move(n, 'A', 'B') }
func (w *writer) CursorBackward(n int) { w.move(n, 'D', 'C') }

func (w *writer) move(n int, there, back byte) {
	if n < 0 {
		n, there = -n, back
	}
	if n > 0 {
		w.put("\x1b[" + strconv.Itoa(n) + string(there))
	}
}

// SetColor is called with the prefix's colour before the prefix and with the
// default one after it and around the text.
func (w *writer) SetColor(fg, _ goprompt.Color, _ bool) {
	if !w.style {
		return
	}
	if fg == goprompt.Cyan {
		w.put("\x1b[36m")
	} else {
		w.put("\x1b[0m")
	}
}

// Flush sends the frame in one write. Then it waits. go-prompt's loop, to which it returns, would look for a key each
// 10 ms. That would cost a hundredth of a core, and half that time for each echo. The first frame comes before
// go-prompt starts to read.
func (w *writer) Flush() error {
	if w.muted {
		return nil
	}
	_, err := io.WriteString(w.out, w.buffer.String())
	w.buffer.Reset()
	if w.err == nil {
		w.err = err
	}
	if idle := w.idle; idle != nil {
		w.idle = nil
		idle()
	}
	return err
}
