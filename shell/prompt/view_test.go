package prompt

import (
	"strings"
	"testing"

	goprompt "github.com/c-bata/go-prompt"
	runewidth "github.com/mattn/go-runewidth"
)

// checkView holds what go-prompt needs of a view: the same width counted by characters as in
// whole, and fewer rows than the window.
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
	if n := len([]rune(v.text)); v.cursor < 0 || v.cursor > n {
		t.Fatalf("cursor %d of %d", v.cursor, n)
	}
	before := runewidth.StringWidth(v.prefix) + runewidth.StringWidth(string([]rune(v.text)[:v.cursor]))
	if before != v.cursorCells || v.cursorRow != before/cols {
		t.Errorf("cursor after %d columns, told %d in row %d", before, v.cursorCells, v.cursorRow)
	}
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
		if v.cursor < len([]rune(v.text)) && string([]rune(v.text)[v.cursor]) != string(text[cursor]) {
			t.Errorf("cursor at %d stands on %q", cursor, []rune(v.text)[v.cursor])
		}
	}
}

// go-prompt's buffer counts some things in bytes; a view takes another's place wherever the cursor is.
func TestViewFillsBuffer(t *testing.T) {
	t.Parallel()
	b := goprompt.NewBuffer()
	for _, text := range []string{"", "é山é", "plain", "x\u0304", ""} {
		for cursor := range len([]rune(text)) + 1 {
			view{text: text, cursor: cursor}.fill(b)
			if got := b.Document().TextBeforeCursor(); b.Text() != text || got != string([]rune(text)[:cursor]) {
				t.Fatalf("%q with the cursor at %d becomes %q, after %q", text, cursor, b.Text(), got)
			}
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
