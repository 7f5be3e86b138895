package screen

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// What is counted without runewidth is as wide as it says: alone, and beside every other such character and what
// joins others.
func TestPlainCharactersAreAsWideAsRunewidthSays(t *testing.T) {
	t.Parallel()
	var all []string
	for r := range rune(utf8.MaxRune) {
		if !plain(r) {
			continue
		}
		all = append(all, string(r))
		if got := Width.Condition.RuneWidth(r); got != 1 || StandardWidth(r) != 1 || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			t.Errorf("%q is %d columns wide", r, got)
		}
	}
	if len(all) < 400 || len(all) > 600 {
		t.Fatalf("%d characters", len(all))
	}
	for _, one := range all {
		text := one + one + strings.Join(all, one)
		if got, want := Width.StringWidth(text), Width.Condition.StringWidth(text); got != want {
			t.Errorf("beside %q they are %d columns wide; runewidth says %d", one, got, want)
		}
	}
	for _, text := range []string{"", "é", "a\u0301–", "–\u200d–", "1\ufe0f\u20e3…", "日本…", "©\ufe0f", "\t–", "a\xff–", "…\r\n"} {
		if got, want := Width.StringWidth(text), Width.Condition.StringWidth(text); got != want {
			t.Errorf("%q is %d columns wide; runewidth says %d", text, got, want)
		}
		for columns := range 4 {
			if got, want := Width.Truncate(text, columns, "…"), Width.Condition.Truncate(text, columns, "…"); got != want {
				t.Errorf("%q in %d columns is %q; runewidth says %q", text, columns, got, want)
			}
		}
	}
}
