package prompt

import (
	"strings"
	"testing"
	"unicode"

	runewidth "github.com/mattn/go-runewidth"

	"epev/shell/screen"
)

// assigned calls f with runs of all assigned characters that are no control characters.
func assigned(size int, f func(run []rune)) {
	var run []rune
	for r := rune(' '); r <= unicode.MaxRune; r++ {
		if !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.Cf) {
			continue
		}
		if run = append(run, r); len(run) == size {
			f(run)
			run = nil
		}
	}
	f(run)
}

// However a terminal counts the width of a character, every assigned one can be pasted and taken back, and the
// prompt stays where it is.
func TestEveryCharacterCanBePasted(t *testing.T) {
	t.Parallel()
	for name, width := range map[string]func(rune) int{"as go-runewidth counts": runewidth.RuneWidth, "as the C library counts": screen.StandardWidth} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &session{}
			s.Width = width
			startIn(t, s, 200, 60)
			s.ready()
			assigned(1200, func(run []rune) {
				s.Send(pasteOf + string(run) + pasteEnd + " end.")
				s.Until("the end of the paste", func() bool { return strings.Contains(s.Text(), "end.") })
				s.Send("\x15")
				s.Until("an empty prompt", func() bool { return strings.TrimSpace(s.Text()) == "epic>" })
				if x, y := s.Cursor(); x != 6 || y != 0 {
					t.Fatalf("after %U to %U the prompt stands at %d,%d", run[0], run[len(run)-1], x, y)
				}
			})
		})
	}
}

// What is shown of a character is as wide for every terminal.
func TestWidthIsUndisputed(t *testing.T) {
	t.Parallel()
	assigned(1, func(run []rune) {
		for _, r := range run {
			for _, g := range glyphs([]rune{'a', r, 'b'}, false) {
				for _, shown := range g.shown {
					if screen.Disputed(shown) {
						t.Errorf("%U is shown as %q", r, g.shown)
					}
				}
			}
		}
	})
}
