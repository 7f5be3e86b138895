package prompt

import (
	"fmt"
	"io"
	"strings"

	runewidth "github.com/mattn/go-runewidth"

	"epev/shell/screen"
)

// draw lays out the line and what stands below it, and shows both in one write, in place of the last frame.
func (p *Prompt) draw(e *editor) error {
	var b strings.Builder
	b.WriteString("\x1b[?25l")
	if e.clear {
		e.clear, p.view = false, view{}
		b.WriteString("\x1b[2J\x1b[H")
	}
	b.WriteString(strings.Repeat("\x1b[A", p.view.cursorRow))
	p.view = layout(e.prompt(), e.text, e.cursor, e.masked, p.cols, p.rows)
	v := p.view
	b.WriteString("\r" + p.config.Color.Paint(screen.ID, v.prefix) + v.text)
	if v.wraps { // the terminal wraps a full row as late as the next character comes
		b.WriteString("\r\n")
	}
	b.WriteString("\x1b[J")
	gap := v.rows - 1 - v.cursorRow
	b.WriteString(strings.Repeat("\x1b[A", gap) + "\r")
	if column := v.cursorCells % p.cols; column > 0 {
		fmt.Fprintf(&b, "\x1b[%dC", column)
	}
	if below := p.below(e); len(below) > 0 {
		// The rows are made first, by going down and up again, so that nothing scrolls between saving the cursor and
		// restoring it. A character that the terminal takes for wider than we do is cut at the margin.
		n := gap + len(below)
		b.WriteString(strings.Repeat("\x1bD", n) + strings.Repeat("\x1bM", n) + "\x1b7\x1b[?7l" + strings.Repeat("\x1b[B", gap))
		for _, row := range below {
			b.WriteString("\r\x1b[B" + row)
		}
		b.WriteString("\x1b[?7h\x1b8")
	}
	b.WriteString("\x1b[?25h")
	_, err := io.WriteString(p.config.Out, b.String())
	return err
}

// below is what stands under the line: the hint and the list, as far as there is room.
func (p *Prompt) below(e *editor) (rows []string) {
	if e.search != nil {
		return nil
	}
	e.fetch()
	room := p.rows - p.view.rows
	for line := range strings.Lines(e.advise()) {
		if room > 0 {
			line = runewidth.Truncate(screen.Visible(strings.TrimSuffix(line, "\n")), p.cols-1, "…")
			rows = append(rows, p.config.Color.Paint(screen.Faint, line))
			room--
		}
	}
	return append(rows, e.list.rows(p.cols-1, room, p.config.Color)...)
}

// home goes from the cursor's row to the start of the line and erases it and all below.
func home(cursorRow int) string {
	return strings.Repeat("\x1b[A", cursorRow) + "\r\x1b[J"
}

// finish replaces the frame by the line in its last form.
func (p *Prompt) finish(e *editor, mark string) {
	text := screen.Visible(e.String())
	if e.masked {
		text = strings.Repeat("*", len(glyphs(e.text, true)))
	}
	p.print(home(p.view.cursorRow) + p.config.Color.Paint(screen.ID, screen.Visible(e.prefix)) + text + mark + "\r\n")
}

// print writes to the terminal in raw mode.
func (p *Prompt) print(s string) { io.WriteString(p.config.Out, s) }
