package screen

import "testing"

func TestVisible(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Kévin Ünal 山田":        "Kévin Ünal 山田",
		"a\x1b[31mb\x00\x7f":   "a^[[31mb^@^?",
		"a\u009b31m":           "a<U+009B>31m",
		"a\u202eb\u2066\u200f": "a<U+202E>b<U+2066><U+200F>",
		"two\nlines\u2028":     "two⏎lines<U+2028>",
	} {
		if got := Visible(in); got != want {
			t.Errorf("Visible(%q) = %q, want %q", in, got, want)
		}
	}
}
