package prompt

import (
	"fmt"
	"io"
	"strings"

	"epev/shell/screen"
)

// draw lays out the line and what stands below it, and shows both in place of the last frame. What stands below may have
// to be waited for. Then the line alone is shown before, where it takes no other rows than in the last frame.
func (p *Prompt) draw(e *editor) error {
	if e.clear {
		e.clear, p.view = false, view{}
		p.print("\x1b[2J\x1b[H")
	}
	last, v := p.view, layout(e.prompt(), e.text, e.cursor, e.masked, p.cols, p.rows)
	p.view = v
	const hide, show = "\x1b[?25l", "\x1b[?25h" // the cursor
	line := "\r" + p.config.Color.Paint(screen.ID, v.prefix) + v.text
	if v.wraps { // which the terminal does as late as the next character comes
		line += "\r\n"
	}
	gap := v.rows - 1 - v.cursorRow
	toCursor := move(gap, 'A') + "\r" + move(v.cursorCells%p.cols, 'C')
	if e.asks() && last.rows == v.rows {
		p.print(hide + move(last.cursorRow, 'A') + line + "\x1b[K" + toCursor + show)
		last = v
	}
	frame := hide + move(last.cursorRow, 'A') + line + "\x1b[J" + toCursor
	if below := p.below(e); len(below) > 0 {
		// The rows are made first, by going down and up again, so that nothing scrolls between saving the cursor and
		// restoring it. A character that the terminal takes for wider than we do is cut at the margin.
		n := gap + len(below)
		frame += strings.Repeat("\x1bD", n) + strings.Repeat("\x1bM", n) + "\x1b7\x1b[?7l" + move(gap, 'B')
		for _, row := range below {
			frame += "\r\x1b[B" + row
		}
		frame += "\x1b[?7h\x1b8"
	}
	_, err := io.WriteString(p.config.Out, frame+show)
	return err
}

// move is the sequence that moves the cursor n times.
func move(n int, direction byte) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%d%c", n, direction)
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
			line = screen.Width.Truncate(screen.Visible(strings.TrimSuffix(line, "\n")), p.cols-1, "…")
			rows = append(rows, p.config.Color.Paint(screen.Faint, line))
			room--
		}
	}
	return append(rows, e.list.rows(p.cols-1, room, p.config.Color)...)
}

// home goes from the cursor's row to the start of the line and erases it and all below.
func home(cursorRow int) string {
	return move(cursorRow, 'A') + "\r\x1b[J"
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
