package screen

import "github.com/mattn/go-runewidth"

// Width counts columns of a terminal. It does not heed the locale as runewidth's default
// does: with a Chinese or Japanese one that takes é and € for two columns, and terminals do not.
var Width = widths{&runewidth.Condition{StrictEmojiNeutral: true}}

// widths are runewidth's. Its tables are 2 MB, which it fills when it is asked of something above U+02FF. So it is not
// asked of the signs there that epev itself writes.
type widths struct{ *runewidth.Condition }

// StringWidth is how many columns a text takes.
func (w widths) StringWidth(s string) int {
	columns := 0
	for _, r := range s {
		if !plain(r) {
			return w.Condition.StringWidth(s)
		}
		columns++
	}
	return columns
}

// RuneWidth is how many columns a character takes.
func (w widths) RuneWidth(r rune) int {
	if plain(r) {
		return 1
	}
	return w.Condition.RuneWidth(r)
}

// Truncate cuts a text so that with the tail it takes no more than the columns.
func (w widths) Truncate(s string, columns int, tail string) string {
	if w.StringWidth(s) <= columns {
		return s
	}
	return w.Condition.Truncate(s, columns, tail)
}

// plain reports that a character is a column wide on every terminal, whatever stands beside it.
func plain(r rune) bool {
	switch {
	case r < 0x7f:
		return r >= ' '
	case r < 0x250:
		return r >= 0xa0 && r != '\u00ad'
	}
	switch r {
	case '–', '—', '‘', '’', '“', '”', '…', '\u202f', '€', '→', '─':
		return true
	}
	return false
}
