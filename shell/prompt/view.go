package prompt

import (
	"math"
	"slices"
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"golang.org/x/text/unicode/norm"

	"epev/shell/screen"
)

// A view is a line as it is laid out in a window.
// Its texts hold nothing but what has the same width character by character as in
// whole, because terminals count in both ways.
type view struct {
	prefix, text string
	rows         int  // of the window that prefix and text take, at least 1
	cursorRow    int  // 0 is the row where the prefix starts
	cursorCells  int  // columns from the start of the prefix to the cursor
	wraps        bool // the text fills a row, and the last one is empty
}

// A glyph is one character of a line as it is shown.
type glyph struct {
	shown string
	width int
	runes int // of the line
}

// glyphs splits text into characters; masked ones show as '*'.
func glyphs(text []rune, masked bool) []glyph {
	all := make([]glyph, 0, len(text))
	for chars := graphemes.FromString(string(text)); chars.Next(); {
		char := []rune(chars.Value())
		g := glyph{shown: "*", runes: len(char)}
		if !masked {
			g.shown = screen.Visible(norm.NFC.String(string(char)))
			sum := 0
			for _, r := range g.shown {
				sum += screen.Width.RuneWidth(r)
			}
			if len(char) > 1 && (sum != screen.Width.StringWidth(g.shown) || slices.ContainsFunc(char[1:], screen.Disputed)) {
				// Emoji joined or tinted: terminals disagree on their width, the first part is sure.
				g.shown = screen.Visible(string(char[:1]))
			}
		}
		g.width = screen.Width.StringWidth(g.shown)
		all = append(all, g)
	}
	return all
}

// layout places prefix and text in a window of cols × rows. A line too long for the
// window shows the part around the cursor, so that no frame is higher than it.
func layout(prefix string, text []rune, cursor int, masked bool, cols, rows int) view {
	room := cols*max(1, rows-1) - 1 - rows // a column per row may be lost to a wide character
	v, column := view{cursorCells: -1}, 0
	place := func(all []glyph, cursor int) string {
		var b strings.Builder
		for _, g := range all {
			if g.width == 2 && column%cols == cols-1 {
				b.WriteByte(' ') // a terminal wraps a wide character as a whole
				column++
			}
			if cursor <= 0 && v.cursorCells < 0 {
				v.cursorCells = column
			}
			b.WriteString(g.shown)
			column += g.width
			cursor -= g.runes
		}
		return b.String()
	}
	v.prefix = place(fitting(glyphs([]rune(prefix), false), max(1, room/2)), math.MaxInt)
	v.text = place(window(glyphs(text, masked), cursor, room-column))
	if v.cursorCells < 0 {
		v.cursorCells = column
	}
	v.rows, v.cursorRow, v.wraps = column/cols+1, v.cursorCells/cols, column > 0 && column%cols == 0
	return v
}

// window returns the glyphs to show in room columns, and the cursor counted from
// the first of them.
func window(all []glyph, cursor, room int) ([]glyph, int) {
	total, at, before := 0, 0, 0 // columns, glyphs before the cursor, columns before it
	for i, runes := 0, 0; i < len(all); i++ {
		if runes < cursor {
			at, before = i+1, before+all[i].width
		}
		runes += all[i].runes
		total += all[i].width
	}
	if total <= room {
		return all, cursor
	}
	first := 0
	for ; first < at && before > room*3/4; first++ {
		before -= all[first].width
		cursor -= all[first].runes
	}
	return fitting(all[first:], room), cursor
}

// fitting returns the first glyphs, as many as room columns hold.
func fitting(all []glyph, room int) []glyph {
	for i := range all {
		if room -= all[i].width; room < 0 {
			return all[:i]
		}
	}
	return all
}
