package model_test

import (
	"strings"
	"testing"

	. "epev/model"
)

// SPEC 4, Values: notes may have line breaks, of whatever system; a tab is a blank.
func TestLongTextKeepsItsLines(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"one\ntwo":                          "one\ntwo",
		"one\r\ntwo\rthree\n":               "one\ntwo\nthree",
		"a\u0085b\u2028c\u2029d\ve\ff":      "a\nb\nc\nd\ne\nf",
		"\n\n  one \t\n\n  two  \n \n":      "one\n\n  two",
		"a\tb":                              "a b",
		"  ":                                "",
		"\n\u200b\n":                        "",
		"cafe\u0301\nnai\u0308ve":           "café\nnaïve",
		strings.Repeat("é\n", 4) + "\n\r\n": "é\né\né\né",
	} {
		if got, err := ParseLongText("notes", raw, 13); err != nil || got != want {
			t.Errorf("ParseLongText(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
	for raw, want := range map[string]string{
		"one\n\x1b[2J":           "U+001B",
		"a\x00\nb":               "U+0000",
		"a\nb\u202e":             "U+202E",
		"a\n\xff":                "not valid UTF-8",
		strings.Repeat("x\n", 8): "15 characters, more than the 13 allowed",
	} {
		_, err := ParseLongText("notes", raw, 13)
		refused(t, raw, err, "notes", want)
	}
}

// A name stands on one line, whatever ends a line.
func TestNameWithLineBreakIsRefused(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"Kévin\nCousin", "Kévin\rCousin", "Kévin\r\nCousin", "a\u2028b", "a\u2029b", "a\u0085b"} {
		_, err := ParseText("full-name", raw, 128)
		refused(t, raw, err, "full-name", "line break")
	}
}

func FuzzParseLongText(f *testing.F) {
	for _, s := range []string{"a\nb", " \r\n\te\u0301 ", "\u202e", "\x1b", "\xff", "a\r\u0301b"} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, raw string, max int) {
		s, err := ParseLongText("notes", raw, max)
		if err != nil {
			refused(t, raw, err, "notes", "")
			return
		}
		if again, err := ParseLongText("notes", s, max); err != nil || again != s {
			t.Errorf("ParseLongText(%q) = %q, parsed again %q, %v", raw, s, again, err)
		}
		if Escape(strings.ReplaceAll(s, "\n", "")) != strings.ReplaceAll(s, "\n", "") {
			t.Errorf("ParseLongText let %q through", s)
		}
	})
}
