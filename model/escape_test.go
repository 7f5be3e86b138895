package model

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// What comes from the database is data: a terminal shows it and obeys nothing in it.
func TestEscape(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"":                            "",
		`été "x" \n 🎉`:                `été "x" \n 🎉`,
		"\x1b]0;owned\a":              `\x1b]0;owned\x07`,
		"a\nb\tc\rd":                  `a\nb\tc\rd`,
		"\x00\x7f":                    `\x00\x7f`,
		"\u0085\u009b31m":             `\x85\x9b31m`,
		"\xff\xc3(":                   `\xff\xc3(`,
		"\xed\xa0\x80":                `\xed\xa0\x80`,
		"file\u202egnp.exe\u202c":     "file<U+202E>gnp.exe<U+202C>",
		"\u2066x\u2069\u202a\u202d":   "<U+2066>x<U+2069><U+202A><U+202D>",
		"\u05d0\u200f \u200e\ufffd":   "\u05d0\u200f \u200e\ufffd",
		"no-break\u00a0and\u202fthin": "no-break\u00a0and\u202fthin",
	} {
		if got := Escape(s); got != want {
			t.Errorf("Escape(%q) = %q, want %q", s, got, want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("a\x1b\u202e\xff\u009b\n")
	f.Fuzz(func(t *testing.T, s string) {
		escaped := Escape(s)
		if Escape(escaped) != escaped || strings.ContainsFunc(escaped, isUnsafe) {
			t.Errorf("Escape(%q) = %q", s, escaped)
		}
	})
}

func TestALongValueIsCut(t *testing.T) {
	t.Parallel()
	got := Quoted(strings.Repeat("é", 1_000_000))
	if want := `"` + strings.Repeat("é", 60) + `…"`; got != want {
		t.Errorf("Quoted = %d characters", utf8.RuneCountInString(got))
	}
	if got := Quoted(" " + strings.Repeat("é", 60) + " "); strings.Contains(got, "…") {
		t.Errorf("Quoted cuts 60 characters: %s", got)
	}
}

// Whatever is given to an error's message with %q is shown in one way: cut, on one line, and escaped once.
func TestMessagesQuoteWhatIsGiven(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	for _, err := range []*Error{Errorf(Usage, "%d of %q and %v", 1, long, "é"), Invalid("field", "%d of %q and %v", 1, long, "é")} {
		if want := `1 of "` + strings.Repeat("x", 60) + `…" and é`; err.Message != want {
			t.Errorf("%d characters: %.200s", len(err.Message), err.Message)
		}
	}
	if got := Errorf(Usage, "%q", Escape("\x1b\u202e")).Message; got != `"\x1b<U+202E>"` {
		t.Error(got)
	}
}
