package screen

import (
	"fmt"
	"unicode"

	eastasian "golang.org/x/text/width"

	"epev/model"
)

// Visible shows what a terminal would obey or hide: control characters as ^A or
// <U+009B>, bidirectional controls as <U+202E>, a line's end as ⏎.
func Visible(s string) string {
	return model.EscapeFunc(s, Hidden, func(r rune, _ string) string {
		switch {
		case r == '\n':
			return "⏎"
		case r < 0x20 || r == 0x7f:
			return "^" + string(r^0x40)
		}
		return fmt.Sprintf("<U+%04X>", r)
	})
}

// Hidden reports what Visible shows otherwise.
func Hidden(r rune) bool {
	return r < ' ' || r >= 0x7f && !plain(r) &&
		(unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' || r == utf8BOM || Disputed(r))
}

// Disputed reports that terminals disagree on how wide a character is: a soft hyphen, half of a Hangul syllable, signs
// that became wide in a later Unicode. Shown as itself, it would put the cursor where the terminal does not have it.
func Disputed(r rune) bool {
	return r >= 0x7f && ('\u3248' <= r && r <= '\u324f' || Width.RuneWidth(r) != StandardWidth(r))
}

// StandardWidth is the width by Unicode's properties alone, as the C library of most systems takes it.
func StandardWidth(r rune) int {
	switch {
	case r == '\u00ad', unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Zl, unicode.Zp), '\u1160' <= r && r <= '\u11ff', 0xd7b0 <= r && r <= 0xd7ff:
		return 0
	}
	switch eastasian.LookupRune(r).Kind() {
	case eastasian.EastAsianWide, eastasian.EastAsianFullwidth:
		return 2
	}
	return 1
}

const utf8BOM = '\ufeff'
