package commands

import (
	"os/exec"
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
		got, err := Split(tt.line)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("Split(%q) = %q, %v; want %q", tt.line, got, err, tt.want)
		}
	}
}

// SPEC 1, "Scripts": an unclosed quote is an error that names the line that opened it.
func TestSplitUnclosedQuote(t *testing.T) {
	t.Parallel()
	_, err := Split("client create \\\n-n \"Kévin\\\n Cousin")
	if model.KindOf(err) != model.Usage || !strings.Contains(err.Error(), `quote " opened on line 2`) {
		t.Errorf("got %v", err)
	}
}

// Over line ends too the words are those of a POSIX shell, the machine's own.
func TestWordsAreThoseOfAPOSIXShell(t *testing.T) {
	t.Parallel()
	for _, command := range []string{
		"a 'b\nc' d", "a \"b\nc\" d", "'\n'", "\"\n\n\"", "a'\n'b\"\n\"c", "'a\\\nb'", "\"a\\\nb\"", "a\\\nb", "a \\\n b",
		"'a # b\n# c' d", "\"a # b\n# c\" d # e", "a # 'b", "a #\\", "a \\\n# b", "a\\\n#b",
		"\"a\\\"\nb\"", "\"a\\'\nb\"", "'a\\' b", "\"it's\nfine\"", "'say \"\n\"'", "'\ta\n  b '", "a '' \"\" ''\"\n\"", "\"\\\\\nb\"", "\"\\a\\\nb\"",
	} {
		got, err := Split(command)
		out, failed := exec.Command("sh", "-c", `printf '%s\0' `+command).Output()
		if failed != nil {
			t.Fatalf("sh does not take %q: %v", command, failed)
		}
		want := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("Split(%q) = %q, %v; sh says %q", command, got, err, want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"client view 8", `-n "a'b" 'c"d' \e`, "a\\", "'", "#", "\x00\xff \u202e",
		"client list > a.csv", "a >b> c >> d", `a ">" b | c 'd | e' # f`, "a | b > c\\\n d", `a \> b >"c d"`, "a \"|\" > '>'", "every 30s a > b", "x = y |", "a | \r#", "a | b\\ ", "a | \u00a0#"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, err := Split(line)
		if err != nil {
			return
		}
		if read, err := Read(line); err == nil {
			again, err := Read(read.String())
			if err != nil || !slices.Equal(again.Words, read.Words) || again.Sink != read.Sink {
				t.Errorf("Read(%q) = %+v, and %q is %+v, %v", line, read, read.String(), again, err)
			}
			if data, err := Read(Join(words)); len(words) > 0 && (err != nil || data.Sink != (Sink{}) || !slices.Equal(data.Words, words)) {
				t.Errorf("in quotes %q are %+v, %v", words, data, err)
			}
		}
		quoted := make([]string, len(words))
		for i, w := range words {
			quoted[i] = Quote(w)
		}
		again, err := Split(strings.Join(quoted, " "))
		if err != nil || !slices.Equal(again, words) {
			t.Errorf("Split(Quote(%q)) = %q, %v", words, again, err)
		}
	})
}
