package prompt

import (
	"fmt"
	"strings"

	"epev/shell/screen"
)

var pasteLines = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ")

// insertPaste puts a pasted text at the cursor. Several lines are not for this editor:
// it ends with them as pasted, joined with what stood before and after the cursor. A
// line end never acts as the Enter key.
func (e *editor) insertPaste(text string) {
	text = strings.TrimRight(pasteLines.Replace(text), "\n")
	switch {
	case e.question && e.lines:
		e.insert(text)
	case e.question:
		e.insert(strings.ReplaceAll(text, "\n", " "))
	case strings.Contains(strings.TrimLeft(text, "\n"), "\n"):
		e.pasted = string(e.text[:e.cursor]) + text + string(e.text[e.cursor:])
		e.outcome = pasted
	default:
		e.insert(strings.TrimLeft(text, "\n"))
	}
}

// preview shows pasted lines numbered and cut to the window: the first ones, and how
// many more there are.
func preview(lines []string, cols, rows int, s screen.Colors) string {
	shown := min(len(lines), max(3, rows-6))
	if shown == len(lines)-1 {
		shown--
	}
	digits := len(fmt.Sprint(shown))
	var b strings.Builder
	for i, line := range lines[:shown] {
		b.WriteString(s.Paint(screen.Faint, fmt.Sprintf("%*d  ", digits+2, i+1)))
		b.WriteString(screen.Width.Truncate(screen.Visible(line), max(1, cols-digits-5), "…"))
		b.WriteString("\r\n")
	}
	if more := len(lines) - shown; more > 0 {
		b.WriteString(s.Paint(screen.Faint, screen.Width.Truncate(fmt.Sprintf("%*s  and %d more lines", digits+2, "…", more), max(1, cols-1), "")))
		b.WriteString("\r\n")
	}
	return b.String()
}
