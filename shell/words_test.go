package shell

import (
	"slices"
	"strings"
	"testing"

	"epev/model"
)

// SPEC 1, "Scripts": words as in a POSIX shell without expansion.
func TestSplit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		line string
		want []string
	}{
		{"", nil},
		{"  \t ", nil},
		{"client view 8", []string{"client", "view", "8"}},
		{`company create -n 'Café "Les Deux Rives"'`, []string{"company", "create", "-n", `Café "Les Deux Rives"`}},
		{`-n "Société d'Horlogerie"`, []string{"-n", "Société d'Horlogerie"}},
		{`--name="Müller & Søn AG"`, []string{"--name=Müller & Søn AG"}},
		{`a\ b c\\d`, []string{"a b", `c\d`}},
		{`"a\"b" "a\nb" 'a\b'`, []string{`a"b`, `a\nb`, `a\b`}},
		{`-n ""`, []string{"-n", ""}},
		{`$HOME *.txt ~`, []string{"$HOME", "*.txt", "~"}},
		{"view 8 # a comment 'with a quote", []string{"view", "8"}},
		{"a#b", []string{"a#b"}},
		{"client \\\nview 8", []string{"client", "view", "8"}},
		{"\"two \\\nlines\"", []string{"two lines"}},
		{`trailing \`, []string{"trailing"}},
	} {
		got, err := split(tt.line)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("split(%q) = %q, %v; want %q", tt.line, got, err, tt.want)
		}
	}
}

// SPEC 1, "Scripts": an unclosed quote is an error that names the line that opened it.
func TestSplitUnclosedQuote(t *testing.T) {
	t.Parallel()
	_, err := split("client create \\\n-n \"Kévin\\\n Cousin")
	if model.KindOf(err) != model.Usage || !strings.Contains(err.Error(), `quote " opened on line 2`) {
		t.Errorf("got %v", err)
	}
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"client view 8", `-n "a'b" 'c"d' \e`, "a\\", "'", "#", "\x00\xff \u202e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, err := split(line)
		if err != nil {
			return
		}
		quoted := make([]string, len(words))
		for i, w := range words {
			if strings.Contains(w, "\n") {
				return // only a script's own line ends can put one there
			}
			quoted[i] = quote(w)
		}
		again, err := split(strings.Join(quoted, " "))
		if err != nil || !slices.Equal(again, words) {
			t.Errorf("split(quote(%q)) = %q, %v", words, again, err)
		}
	})
}
