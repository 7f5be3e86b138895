package prompt

import (
	"strings"
	"testing"

	runewidth "github.com/mattn/go-runewidth"
)

// checkView holds what a frame needs of a view. Its width is the same counted by characters as in whole, and it has at
// most as many rows as the window. The cursor is before one of its characters or behind all.
func checkView(t *testing.T, v view, cols, rows int) {
	t.Helper()
	for _, s := range []string{v.prefix, v.text} {
		sum := 0
		for _, r := range s {
			sum += runewidth.RuneWidth(r)
		}
		if got := runewidth.StringWidth(s); got != sum {
			t.Errorf("%q is %d columns wide in whole and %d by characters", s, got, sum)
		}
	}
	total := runewidth.StringWidth(v.prefix) + runewidth.StringWidth(v.text)
	if v.rows != total/cols+1 || v.rows > rows {
		t.Errorf("%d columns take %d rows of a window of %d×%d", total, v.rows, cols, rows)
	}
	if behind(v, v.cursorCells) == nil || v.cursorRow != v.cursorCells/cols {
		t.Errorf("the cursor is told after %d columns in row %d", v.cursorCells, v.cursorRow)
	}
	if v.wraps != (total > 0 && total%cols == 0) {
		t.Errorf("that %d columns of %d wrap is told as %v", total, cols, v.wraps)
	}
}

// behind is the text behind so many columns, nil when these end within a character.
func behind(v view, columns int) []rune {
	text := []rune(v.text)
	for i := range len(text) + 1 {
		if runewidth.StringWidth(v.prefix)+runewidth.StringWidth(string(text[:i])) == columns {
			return append([]rune{}, text[i:]...)
		}
	}
	return nil
}

func TestLayout(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text         string
		cursor       int
		masked       bool
		wantText     string
		wantColumn   int
		wantRow      int
		wantTextRows int
	}{
		"empty":                        {"", 0, false, "", 6, 0, 1},
		"in the middle":                {"client", 3, false, "client", 9, 0, 1},
		"combining":                    {"x\u0304y", 2, false, "x\u0304y", 7, 0, 1},
		"wide":                         {"山田", 1, false, "山田", 8, 0, 1},
		"a row filled":                 {"12345678901234", 14, false, "12345678901234", 0, 1, 2},
		"wide at the margin":           {"1234567890123山", 14, false, "1234567890123 山", 2, 1, 2},
		"the cursor before it":         {"1234567890123山", 13, false, "1234567890123 山", 0, 1, 2},
		"masked":                       {"山é", 2, true, "**", 8, 0, 1},
		"controls":                     {"a\x1bb", 2, false, "a^[b", 9, 0, 1},
		"joined emoji, as their first": {"👩‍👧", 3, false, "👩", 8, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := layout("epic> ", []rune(test.text), test.cursor, test.masked, 20, 10)
			checkView(t, v, 20, 10)
			if v.text != test.wantText || v.cursorCells%20 != test.wantColumn || v.cursorRow != test.wantRow || v.rows != test.wantTextRows {
				t.Errorf("got %+v", v)
			}
		})
	}
}

// A line higher than the window shows the part around the cursor.
func TestLayoutOfLongLines(t *testing.T) {
	t.Parallel()
	text := []rune(strings.Repeat("abcdefghi山", 1000))
	for cursor := 0; cursor <= len(text); cursor += 97 {
		v := layout("epic> ", text, cursor, false, 20, 5)
		checkView(t, v, 20, 5)
		if after := behind(v, v.cursorCells); len(after) > 0 && after[0] != text[cursor] {
			t.Errorf("cursor at %d stands on %q", cursor, after[0])
		}
	}
}

func FuzzLayout(f *testing.F) {
	f.Add("epic> ", "view 8 山田 👩‍👧 x\u0304", 7, 20, 10)
	f.Add("Kévin [山田]: ", "\u202e\x1b\n", 1, 8, 1)
	f.Add("0"+strings.Repeat("\x19", 15), "0", 1, 8, 1)
	f.Add(strings.Repeat("\u202e", 9), "0", 1, 0, 1)
	f.Fuzz(func(t *testing.T, prefix, text string, cursor, cols, rows int) {
		runes := []rune(text)
		cursor = min(max(cursor, 0), len(runes))
		cols, rows = 8+(cols&0xff), 1+(rows&0x3f)
		checkView(t, layout(prefix, runes, cursor, false, cols, rows), cols, rows)
	})
}
