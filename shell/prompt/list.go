package prompt

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"epev/shell/screen"
)

const (
	none = -1 // no suggestion is selected

	longestList      = 50   // suggestions kept of one answer
	tallestList      = 8    // rows shown at a time
	longestCompleted = 4096 // runes; nobody completes in a longer line
)

// A Suggestion is one way to complete a line.
type Suggestion struct {
	Text        string // replaces the line from Start to the cursor, quoted as needed: `8`, `"Kévin Cousin"`
	Start       int    // rune offset in the line; a quoted value with blanks is one word
	Display     string // what the list shows; Text when empty
	Description string // who or what it is: `Kévin Cousin · Startup SAS`
	Open        bool   // the word goes on after it: a directory, a list; no blank follows
	Of          string // of how many it is one, where not all are given: "200", "more than 1,000"
}

// A list holds the suggestions for one text and cursor.
type list struct {
	all      []Suggestion
	text     []rune // what all is the answer to
	cursor   int
	fresh    bool // false: ask again although text and cursor are the same
	selected int
	closed   bool // until the text changes
}

// rows lays the list out in at most height rows of at most width columns, with the selected one among them. When not
// all fit, the last row tells how many there are.
func (l *list) rows(width, height int, s screen.Colors) []string {
	if l.closed || len(l.all) == 0 || height < 1 || width < 4 {
		return nil
	}
	shown := min(len(l.all), height, tallestList)
	footer := ""
	if shown < len(l.all) && height > 1 {
		shown = min(shown, height-1)
		footer = s.Paint(screen.Faint, screen.Width.Truncate(fmt.Sprintf("  %d of %s", shown, cmp.Or(l.all[0].Of, strconv.Itoa(len(l.all)))), width, ""))
	}
	first := min(max(0, l.selected-shown+1), len(l.all)-shown)

	names, texts := make([]string, shown), make([]string, shown)
	nameWidth := 0
	for i := range names {
		suggestion := l.all[first+i]
		names[i] = screen.Visible(cmp.Or(suggestion.Display, suggestion.Text))
		texts[i] = screen.Visible(suggestion.Description)
		nameWidth = max(nameWidth, screen.Width.StringWidth(names[i]))
	}
	nameWidth = min(nameWidth, width-2)
	textWidth := width - 2 - nameWidth - 2

	rows := make([]string, 0, shown+1)
	for i, name := range names {
		name = screen.Width.FillRight(screen.Width.Truncate(name, nameWidth, "…"), nameWidth)
		text := ""
		if textWidth >= 4 && texts[i] != "" {
			text = "  " + screen.Width.Truncate(texts[i], textWidth, "…")
		}
		row := "  " + name + s.Paint(screen.Faint, text)
		if first+i == l.selected {
			row = "> " + s.Paint(screen.Selected, name) + text
		}
		rows = append(rows, strings.TrimRight(row, " "))
	}
	if footer != "" {
		rows = append(rows, footer)
	}
	return rows
}
