package commands

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"epev/model"
)

// A line is read around its cursor, whatever is unfinished there.
func TestALineIsReadAroundItsCursor(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		line  string
		words []string
		last  string
		start int
		after []string
	}{
		{"|", nil, "", 0, nil},
		{"client |", []string{"client"}, "", 7, nil},
		{"client vi|ew 8", []string{"client"}, "vi", 7, []string{"8"}},
		{`a "Ké vin|`, []string{"a"}, "Ké vin", 2, nil},
		{`a 'b c'd|`, []string{"a"}, "b cd", 2, nil},
		{`é b\ c|`, []string{"é"}, "b c", 3, nil},
		{`a "b" |`, []string{"a", "b"}, "", 6, nil},
		{`a --n="x y|`, []string{"a"}, "--n=x y", 2, nil},
		{`a ""|`, []string{"a"}, "", 2, nil},
		{"a | 'b c", []string{"a"}, "", 2, nil},
	} {
		before, behind, _ := strings.Cut(test.line, "|")
		words, word, after, _ := around(before+behind, len(before))
		if !slices.Equal(words, test.words) || word.Text != test.last || word.Start != test.start || !slices.Equal(after, test.after) {
			t.Errorf("%q: %q, %+v, %q", test.line, words, word, after)
		}
	}
}

// Where completion expects a value, parsing takes one for the same parameter, at every place of a line.
func FuzzParsingAndCompletionAgree(f *testing.F) {
	registry := keeping(f, "mine = client list --only-mine", "often = every 5s contract list", "one = client view")
	for _, c := range registry.Commands() {
		f.Add(c.Example)
		for _, p := range c.Params {
			f.Add(c.Path + " -" + p.Short + "x --" + p.Name + "='a b' --" + p.Name + " 8 -- 9")
		}
	}
	for _, line := range []string{
		"user list -MC -S=false --yes", "client create -n=x -e=", "login -p x -u claire", "contract update 3 -- 4", "help client create",
		"client help view", `event create --title "a b`, "client list --sort -full_name # a remark", "client view --help 8", "client list --only-mine=x --",
		"company create -- --name", "client update -8", "\\", "client view -\xff", "user update-password 3 --password-file --current-password-file -",
		"client list > a.csv", "client list --search > x", "client list | less", "every 30s client list --sort name", "every 5s mine --limit 3 > x", "save x = client view 8",
		"save x = every 1m one 3", "often --unpaid", "mine --format csv > out.csv # x", "one 8 >", "unsave mine", "save = = client list", "every --help client", "save x = ",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for cursor := range len(line) + 1 {
			before, word, _, comment := around(line, cursor)
			at := registry.At(line, cursor)
			if at.Start < 0 || at.Start > cursor || at.Nothing != comment && comment {
				t.Fatalf("%q at %d: %+v", line, cursor, at)
			}
			if at.Command == nil && at.Param != nil && !at.Nothing { // a file's name
				behindASign(t, line[:cursor], at)
				continue
			}
			if at.Nothing || at.Command == nil {
				continue
			}
			if !strings.HasSuffix(word.Text, at.Text) || at.Prefix+at.Text != word.Text {
				t.Fatalf("%q at %d: %q and %q are not %q", line, cursor, at.Prefix, at.Text, word.Text)
			}
			agree(t, registry, before, at)
		}
	})
}

// keeping returns the commands with some that are saved.
func keeping(t testing.TB, saved ...string) *Registry {
	t.Helper()
	r := NewRegistry(All())
	r.Saved = &Saved{Path: filepath.Join(t.TempDir(), "saved"), UID: os.Geteuid(), GID: os.Getegid()}
	if err := os.WriteFile(r.Saved.Path, []byte(strings.Join(saved, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	if views, err := r.Saved.All(); err != nil || len(views) != len(saved) {
		t.Fatalf("%+v, %v", views, err)
	}
	return r
}

// behindASign fails where a line goes to another file than the one that completion expects a name of.
func behindASign(t *testing.T, line string, at Cursor) {
	t.Helper()
	read, err := Read(line[:at.Start] + Quote("out.csv"))
	if err != nil || read.Sink.File != "out.csv" {
		t.Fatalf("%q: completion expects a file, and the line is %+v, %v", line, read, err)
	}
}

// agree fails where parsing takes a word for something else than completion did.
func agree(t *testing.T, r *Registry, before []string, at Cursor) {
	t.Helper()
	const value = "8"
	if at.Param != nil {
		inv, err := r.parse(append(slices.Clone(before), at.Prefix+value))
		for depth := 0; err == nil && inv.Command != at.Command && inv.Command.Inside != nil && depth < deepest; depth++ {
			inv, err = r.Within(inv)
		}
		given := inv.Raw[at.Param.Name]
		if at.Param == &Common[0] {
			given = inv.Format
		}
		if at.Param.Repeats { // it takes what came before, too
			given = given[strings.LastIndexByte(given, ',')+1:]
		}
		if err == nil && inv.Command == at.Command && given != value {
			t.Fatalf("%q: completion expects %s, parsing took %v", before, at.Param.Label(), inv.Raw)
		}
	}
	if !at.Flags {
		return
	}
	for _, name := range at.Command.Grammar().Names() {
		if _, err := r.parse(append(slices.Clone(before), "--"+name)); err != nil && strings.HasPrefix(err.Error(), "unknown flag --"+name+" for ") {
			t.Fatalf("%q: completion offers --%s, and parsing refuses it", before, name)
		}
	}
}

// The words of a line stand where they say, hold nothing but themselves, and between them is nothing but what separates.
func FuzzWordsJoinedAreTheLine(f *testing.F) {
	for _, seed := range []string{"client view 8", `-n "a'b" 'c"d' \e`, "a\\\n b", "''#", "a # b", "a\\", " \\\n\\\n x", "'\n'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		var s Scanner
		size := s.scan(line)
		if s.Finish(1) != nil {
			return
		}
		end := 0
		for _, w := range s.Words {
			if w.Start < end || w.End < w.Start || w.End > size {
				t.Fatalf("%q: %+v behind %d", line, w, end)
			}
			if between, err := Split(line[end:w.Start]); err != nil || len(between) > 0 {
				t.Fatalf("%q: %q before %+v", line, between, w)
			}
			if itself, err := Split(line[w.Start:w.End]); err != nil || !slices.Equal(itself, []string{w.Text}) {
				t.Fatalf("%q: %q in the place of %+v", line, itself, w)
			}
			end = w.End
		}
		if again, err := Split(Join(Texts(s.Words))); err != nil || !slices.Equal(again, Texts(s.Words)) {
			t.Fatalf("%q: %q, %v", line, again, err)
		}
	})
}

// A password is not shown, wherever somebody types one.
func FuzzASecretIsNeverShown(f *testing.F) {
	registry := keeping(f, "mine = client list --only-mine", "often = every 5s contract list")
	const secret = "S3cret-Horse"
	for _, c := range registry.Commands() {
		if c.TakesPassword() {
			for _, spelling := range []string{"@", "-p @", "-p@", "--password @", "--password=@", "--passwd @", "-- @", "'@", "--pasword-file - @", "--@", "--@\f", "-@\f", "-0@",
				"> @", "| @", ">> @", "> @ @", "> x.csv -p @", "| less @", ">@"} {
				f.Add(c.Path+" ", spelling)
				f.Add(c.Example+" ", spelling)
				f.Add("every 5s "+c.Path+" ", spelling)
				f.Add("save mine = "+c.Example+" ", spelling)
				f.Add("save mine = every 5s "+c.Path+" ", spelling)
			}
		}
	}
	f.Add("", "@")
	f.Add("lgoin -u claire ", "@")
	f.Add("clinet ", "list @")
	f.Fuzz(func(t *testing.T, line, rest string) {
		if strings.Contains(line, "@") || strings.Contains(line, secret) || !utf8.ValidString(line+rest) {
			return
		}
		text := line + strings.ReplaceAll(rest, "@", secret)
		typed, _ := ReadBroken(text)
		words := typed.Words
		inv, err := registry.Parse(words)
		c := registry.Meant(words)
		switch {
		case c == nil && err == nil, c != nil && !c.TakesPassword():
			return // it takes none, and what is given to it is shown
		case err == nil && inv.Raw["id"] != secret:
			return // it is a name, a file's perhaps
		}
		if shown := registry.Shown(typed, text, false); strings.Contains(shown, secret) {
			t.Fatalf("%q is shown as %q", text, shown)
		}
		if found, _, _ := registry.Find(words); found == nil {
			return // what is said of a command that is not there is unknown's to keep
		}
		if _, isOurs := err.(*model.Error); err != nil && (!isOurs || strings.Contains(strings.ToLower(told(err)), strings.ToLower(secret))) {
			t.Fatalf("%q is told: %s", text, told(err))
		}
	})
}
