package model_test

import (
	"strings"
	"testing"

	. "epev/model"
)

// SPEC 4, Values: text is stored as typed, trimmed and in NFC.
func TestParseText(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"  Anna Martin\t\n":        "Anna Martin",
		"Ele\u0301onore":           "El\u00e9onore",
		"O'Brien; DROP TABLE <b>":  "O'Brien; DROP TABLE <b>",
		"\u00a0été 🎉 \u05d0\u200f": "été 🎉 \u05d0\u200f",
		"👩\u200d👧":                 "👩\u200d👧",
		`C:\temp "x"`:              `C:\temp "x"`,
	} {
		if got, err := ParseText("title", raw, 128); err != nil || got != want {
			t.Errorf("ParseText(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
	long := strings.Repeat("é", 5000)
	if got, err := ParseText("notes", long, 0); err != nil || got != long {
		t.Errorf("without a limit: %d bytes, %v", len(got), err)
	}
}

// SPEC 4, Values: control and bidirectional-override characters are refused.
func TestParseTextRefuses(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                         "is empty",
		" \t\u00a0\u200b":          "is empty",
		"a\x1b[2Jb":                "U+001B",
		"a\x00b":                   "U+0000",
		"two\nlines":               "U+000A",
		"a\u009bb":                 "U+009B",
		"a\x7fb":                   "U+007F",
		"a\u202eb":                 "U+202E",
		"a\u2066b\u2069":           "U+2066",
		"a\xffb":                   "not valid UTF-8",
		strings.Repeat("é", 129):   "129 characters, more than the 128 allowed",
		strings.Repeat("x\x1b", 9): "control character",
	} {
		_, err := ParseText("full-name", raw, 128)
		refused(t, raw, err, "full-name", want)
	}
	if _, err := ParseText("full-name", strings.Repeat("e\u0301", 128), 128); err != nil {
		t.Errorf("the limit counts characters of the stored form: %v", err)
	}
}

func TestParseOptionalText(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{"": "", "  ": "", "\u200b": "", " x ": "x"} {
		if got, err := ParseOptionalText("notes", raw, 10); err != nil || got != want {
			t.Errorf("ParseOptionalText(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
	_, err := ParseOptionalText("notes", "a\x1bb", 0)
	refused(t, "a\x1bb", err, "notes", "U+001B")
}

func FuzzParseText(f *testing.F) {
	for _, s := range []string{"Anna", " e\u0301 ", "\u202e", "\x1b", "\xff", "a" + strings.Repeat("\u0301", 40)} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, raw string, max int) {
		s, err := ParseText("title", raw, max)
		if err != nil {
			refused(t, raw, err, "title", "")
			return
		}
		if again, err := ParseText("title", s, max); err != nil || again != s {
			t.Errorf("ParseText(%q) = %q, parsed again %q, %v", raw, s, again, err)
		}
		if Escape(s) != s {
			t.Errorf("ParseText let %q through", s)
		}
	})
}
