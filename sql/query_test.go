package sql

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestParametersBecomeNumbersAndAllElseStays(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text, want string
		parameters []string
	}{
		{"SELECT 1", "SELECT 1", nil},
		{"SELECT @b, @a, @b", "SELECT $1, $2, $1", []string{"b", "a"}},
		{"SELECT @id::bigint, x::text", "SELECT $1::bigint, x::text", []string{"id"}},
		{"SELECT (@ids::int[])[1:2], a[@n:@m]", "SELECT ($1::int[])[1:2], a[$2:$3]", []string{"ids", "n", "m"}},
		{"SELECT -@n, a-@n", "", nil},
		{"SELECT a @> b, a <@ b, a @@ b, @ -5, @-5, a @? b, a<@@b", "", nil},
		{"SELECT a @> b, a <@ b, a @@ b, @ -5, @-5, a @? '$', - @n", "SELECT a @> b, a <@ b, a @@ b, @ -5, @-5, a @? '$', - $1", []string{"n"}},
		{"SELECT '@a', 'it''s @b', @c", "SELECT '@a', 'it''s @b', $1", []string{"c"}},
		{`SELECT E'\'@a', e'\\', @c, 'a\'`, `SELECT E'\'@a', e'\\', $1, 'a\'`, []string{"c"}},
		{`SELECT U&'@a', B'1', "col@a", "a""@b", @c`, `SELECT U&'@a', B'1', "col@a", "a""@b", $1`, []string{"c"}},
		{"SELECT $$ @a $x$ $$, $t$ @b $$ $t$, @c", "SELECT $$ @a $x$ $$, $t$ @b $$ $t$, $1", []string{"c"}},
		{"SELECT a$1, a$b$c, @c", "SELECT a$1, a$b$c, $1", []string{"c"}},
		{"SELECT 1 -- @a\n, @b /* @c /* @d */ @e */ + @f", "SELECT 1 -- @a\n, $1 /* @c /* @d */ @e */ + $2", []string{"b", "f"}},
		{"SELECT 4--@a\n, 4/*@b*/, x=@c", "", nil},
		{"SELECT 4--@a\n, 4/*@b*/, x= @c", "SELECT 4--@a\n, 4/*@b*/, x= $1", []string{"c"}},
		{"SELECT '@é', é, @n1_x", "SELECT '@é', é, $1", []string{"n1_x"}},
		{"SELECT $1", "", nil},
		{"SELECT x@a", "", nil},
		{"SELECT 1@a", "", nil},
		{"SELECT @a@b", "", nil},
		{"SELECT 'never closed @a", "", nil},
		{"SELECT $a$ never closed", "", nil},
		{"SELECT /* never /* closed */", "", nil},
		{"-- nothing", "", nil},
	} {
		q, err := compile(test.text)
		switch {
		case test.want == "" && err == nil:
			t.Errorf("%s is taken as %s", test.text, q.text)
		case test.want != "" && (err != nil || q.text != test.want || !slices.Equal(q.parameters, test.parameters)):
			t.Errorf("%s is taken as %s with %v, and must be %s with %v: %v", test.text, q.text, q.parameters, test.want, test.parameters, err)
		}
	}
}

// Whatever stands between parameters stays to the letter, and names nothing.
func FuzzParameters(f *testing.F) {
	for _, seed := range []string{"'@a'", `"@a"`, "$$@a$$", "$x$@a$x$", "-- @a\n", "/* @a */", "a::int", "b[1:2]", "@> '{}'", "E'\\'@'", "<@", "''", "é", "a$1", "@@", "@a@b", "x@a", "$1"} {
		f.Add(seed, "+", " 'b'")
	}
	f.Fuzz(func(t *testing.T, before, between, after string) {
		text := before + " @first " + between + " @second " + after
		q, err := compile(text)
		if err != nil {
			return
		}
		// The number of each parameter is put back where it stands: that must give the text again.
		var b strings.Builder
		for at, last := 0, blank; at < len(q.text); {
			kind, size := token(q.text[at:])
			word := q.text[at : at+size]
			if kind == parameter || kind == ambiguous || kind == open {
				t.Fatalf("%q became %q, which has %q", text, q.text, word)
			}
			if kind == positional {
				if last == identifier || last == positional {
					t.Fatalf("%q became %q, which runs into %q", text, q.text, word)
				}
				n, err := strconv.Atoi(word[1:])
				if err != nil || n < 1 || n > len(q.parameters) {
					t.Fatalf("%q became %q with %v", text, q.text, q.parameters)
				}
				word = "@" + q.parameters[n-1]
			}
			b.WriteString(word)
			at, last = at+size, kind
		}
		if b.String() != text {
			t.Fatalf("%q became %q, which is %q", text, q.text, b.String())
		}
		again, err := compile(text)
		if err != nil || again.text != q.text {
			t.Fatalf("%q became %q and then %q", text, q.text, again.text)
		}
	})
}

// parse reads the queries of a file and compiles them all.
func parse(text string) (map[string]statement, error) {
	texts, err := split("noun", text)
	found := map[string]statement{}
	for name, text := range texts {
		st, failed := compile(text)
		found[name], err = st, errors.Join(err, failed)
	}
	return found, err
}

func TestEveryQueryOfEveryFileCompiles(t *testing.T) {
	t.Parallel()
	for _, q := range All() {
		if q.Text() == "" {
			t.Errorf("query %s has no text", q.Name())
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add("-- about\n\n-- name: list\nSELECT @a\n-- name: view\nSELECT '\n-- name: c\n'")
	f.Add("-- name: a\nSELECT $$\n-- name: b\n$$")
	f.Add("-- name: a\n-- name: b\nSELECT 1")
	f.Fuzz(func(t *testing.T, text string) {
		found, err := parse(text)
		if err != nil {
			return
		}
		for name, q := range found {
			if q.text == "" || !strings.Contains(text, "-- name: "+name) {
				t.Errorf("%q has a query %q, %q", text, name, q.text)
			}
		}
	})
}

func TestAFileIsReadQueryByQuery(t *testing.T) {
	t.Parallel()
	found, err := parse("-- About nouns.\n\n-- name: list\n-- All @of them.\nSELECT '\n- name: none\n'\n\n-- name: view\nSELECT @id\n")
	if err != nil || len(found) != 2 || found["list"].text != "-- All @of them.\nSELECT '\n- name: none\n'" || found["view"].text != "SELECT $1" {
		t.Errorf("%q %v", found, err)
	}
	for _, text := range []string{
		"SELECT 1\n-- name: list\nSELECT 1", "-- name: list\nSELECT 1\n-- name: list\nSELECT 2", "-- name: list\n-- name: view\nSELECT 1", "-- name: list\nSELECT $1",
		"-- name: list\nSELECT '\n-- name: none\n'",
	} {
		if found, err := parse(text); err == nil {
			t.Errorf("%q is taken as %q", text, found)
		}
	}
}

func TestArgumentsAreThoseOfTheQuery(t *testing.T) {
	t.Parallel()
	q := Query{"noun.test", func() statement { return statement{"SELECT $1, $2, $1", []string{"b", "a"}} }}
	if bound, err := q.Bind(map[string]any{"a": 1, "b": nil}); err != nil || !slices.Equal(bound, []any{nil, 1}) {
		t.Error(bound, err)
	}
	for _, given := range []map[string]any{nil, {"a": 1}, {"a": 1, "c": 2}, {"a": 1, "b": 2, "c": 3}} {
		if bound, err := q.Bind(given); err == nil {
			t.Errorf("%v is bound as %v", given, bound)
		}
	}
	for _, q := range []Query{None, {}} {
		if _, err := q.Bind(nil); err == nil {
			t.Error("no query is bound")
		}
	}
}

func TestAFileAndWhatTakesItsQueriesAgree(t *testing.T) {
	t.Parallel()
	refused := func(use func()) (refused bool) {
		defer func() { refused = recover() != nil }()
		use()
		return false
	}
	if !refused(func() { some, _ := queriesOf[struct{ Exists Query }]("record"); some.Exists.Text() }) {
		t.Error("queries that nothing takes are passed over")
	}
	if !refused(func() { more, _ := queriesOf[struct{ List, Lost Query }]("history"); more.List.Text() }) {
		t.Error("a query that is not there is taken")
	}
}
