package prompt

import (
	"slices"
	"unicode"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"golang.org/x/text/unicode/norm"
)

// A line is a text with a cursor, 0 ≤ cursor ≤ len(text), in runes. The cursor moves
// and deletes by whole characters as a person sees them, combining marks included.
type line struct {
	text   []rune
	cursor int
	killed []rune // what Ctrl-Y brings back

	verbatim bool // a secret is what was typed, rune by rune
}

func (l *line) String() string { return string(l.text) }

func (l *line) set(s string) {
	l.text = []rune(s)
	l.cursor = len(l.text)
}

// insert puts s at the cursor. A mark typed after its letter composes with it (NFC).
func (l *line) insert(s string) {
	s = string(l.text[:l.cursor]) + s
	if !l.verbatim {
		s = norm.NFC.String(s)
	}
	before := []rune(s)
	l.text = append(before, l.text[l.cursor:]...)
	l.cursor = len(before)
}

// remove deletes the runes from i to j and leaves the cursor at i.
func (l *line) remove(i, j int) {
	l.text = slices.Delete(l.text, i, j)
	l.cursor = i
}

// kill removes and remembers.
func (l *line) kill(i, j int) {
	if i < j {
		l.killed = slices.Clone(l.text[i:j])
	}
	l.remove(i, j)
}

// left is the start of the character before the cursor, right the end of the one after it.
func (l *line) left() int {
	start := 0
	for chars := graphemes.FromString(string(l.text[:l.cursor])); chars.Next(); {
		if end := start + len([]rune(chars.Value())); end < l.cursor {
			start = end
		}
	}
	return start
}

func (l *line) right() int {
	chars := graphemes.FromString(string(l.text[l.cursor:]))
	if !chars.Next() {
		return l.cursor
	}
	return l.cursor + len([]rune(chars.Value()))
}

// seek passes what is not part of a word, then the word, to the left with a step of -1, else with 1.
func (l *line) seek(step int, part func(rune) bool) int {
	at := l.cursor + min(step, 0)
	for _, within := range []bool{false, true} {
		for at >= 0 && at < len(l.text) && part(l.text[at]) == within {
			at += step
		}
	}
	return at - min(step, 0)
}

func wordPart(r rune) bool { return unicode.In(r, unicode.Letter, unicode.Digit, unicode.Mark) }
func notBlank(r rune) bool { return !unicode.IsSpace(r) }
