package model

import "testing"

func TestNearest(t *testing.T) {
	t.Parallel()
	nouns := []string{"client", "company", "contract", "event", "role", "user", "users", "history", "réserve"}
	for word, want := range map[string]string{
		"cleint":      "client", // a swap is one edit
		"clint":       "client",
		"evnt":        "event",
		"Companies":   "", // three edits
		"compay":      "company",
		"comp":        "company", // the only one that begins so
		"con":         "contract",
		"co":          "",
		"user":        "user", // exact, though two begin so
		"use":         "user", // both one edit or more: the nearer
		"usre":        "user",
		"RESERVE":     "réserve",
		"rle":         "role",
		"rl":          "", // one edit is not less than half of two characters
		"x":           "",
		"":            "",
		"sponsorship": "",
	} {
		got, ok := Nearest(word, nouns)
		if got != want || ok != (want != "") {
			t.Errorf("Nearest(%q) = %q, %t; want %q", word, got, ok, want)
		}
	}
	if got, _ := Nearest("abcd1", []string{"abcd2", "abcd3"}); got != "abcd2" {
		t.Errorf("of equals the first: got %q", got)
	}
	if got, ok := Nearest("client", nil); ok {
		t.Errorf("without candidates: %q", got)
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3},
		{"ab", "ba", 1}, {"abcd", "badc", 2}, {"élan", "elan", 1}, {"ca", "abc", 3},
	} {
		if got := distance([]rune(c.a), []rune(c.b)); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func FuzzDistance(f *testing.F) {
	f.Add("kitten", "sitting")
	f.Fuzz(func(t *testing.T, a, b string) {
		d := distance([]rune(a), []rune(b))
		if back := distance([]rune(b), []rune(a)); back != d {
			t.Errorf("distance(%q, %q) = %d, and back %d", a, b, d, back)
		}
		if most := max(len([]rune(a)), len([]rune(b))); d > most || (d == 0) != (string([]rune(a)) == string([]rune(b))) {
			t.Errorf("distance(%q, %q) = %d", a, b, d)
		}
	})
}
