package prompt

import (
	"slices"
	"strings"
	"testing"
)

// typing feeds keys to e, each as if it had come alone; "|" in what it returns is the cursor.
func typing(e *editor, keys ...string) string {
	for _, k := range tokens(strings.Join(keys, "")) {
		if k.name != keyText {
			e.handle(k)
			e.fetch()
			continue
		}
		for _, r := range k.text {
			e.handle(key{keyText, string(r)})
			e.fetch()
		}
	}
	return string(e.text[:e.cursor]) + "|" + string(e.text[e.cursor:])
}

func newEditor(past ...string) *editor {
	return &editor{past: past, complete: demoComplete, list: list{selected: none, closed: true}}
}

const (
	up, down, left, right = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[C"
	tab, backTab, enter   = "\t", "\x1b[Z", "\r"
	escape                = "\x07" // Ctrl-G; a lone ESC would join with what follows
	pasteOf               = "\x1b[200~"
)

func TestEditing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ keys, want string }{
		"insert in the middle":           {"client" + left + left + "X", "clieX|nt"},
		"start and end":                  {"abc\x01X\x05Y", "XabcY|"},
		"home and end":                   {"abc\x1b[HX\x1b[FY", "XabcY|"},
		"kill to the end and yank":       {"abc def\x01" + right + "\x0b\x05\x19\x19", "abc defbc def|"},
		"kill to the start":              {"abc def" + left + "\x15", "|f"},
		"kill a word":                    {"client --full-name Zoé \x17", "client --full-name |"},
		"kill a part of a word":          {"client --full-name\x1b\x7f", "client --full-|"},
		"kill a word to the right":       {"client view\x01\x1bd", "| view"},
		"words":                          {"client view 8\x1bb\x1bbX\x1bfY", "client Xview|Y 8"[:0] + "client XviewY| 8"},
		"control and arrows":             {"client view\x1b[1;5DX\x1b[1;5CY", "client XviewY|"},
		"backspace takes a whole é":      {"cafe\u0301\x7f", "caf|"},
		"backspace takes its mark along": {"x\u0304\x7f", "|"},
		"left passes a wide one":         {"山田" + left + "\x1b[3~", "山|"},
		"delete by Ctrl-D":               {"abc\x01\x04", "|bc"},
		"backspace at the start":         {"abc\x01\x7f\x17\x15", "|abc"},
		"delete at the end":              {"abc\x04\x0b\x1bd", "abc|"},
		"a mark composes":                {"Ke\u0301vin", "Kévin|"},
		"a pasted line":                  {"a" + pasteOf + "b\tc\r\n" + pasteEnd + "d", "ab cd|"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := typing(newEditor(), test.keys); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	for keys, want := range map[string]outcome{
		"abc": editing, "abc\r": accepted, "abc\n": accepted, "abc\x03": interrupted, "\x04": ended, "abc\x04": editing, "a\x1a": suspended,
		"abc\x12x\x03": interrupted, "abc\x12x\r": accepted,
		pasteOf + "a\rb" + pasteEnd: pasted, pasteOf + "a\r" + pasteEnd: editing, pasteOf + "\n\n" + pasteEnd: editing,
	} {
		e := newEditor()
		if typing(e, keys); e.outcome != want {
			t.Errorf("%q ends as %d, want %d", keys, e.outcome, want)
		}
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		keys, want string
		outcome    outcome
		rows       int // of the list afterwards
	}{
		"nothing typed, nothing listed":        {"", "|", editing, 0},
		"tab lists on an empty line":           {tab, "client|", editing, 7},
		"typing opens the list":                {"c", "c|", editing, 3},
		"tab selects":                          {"c" + tab, "client|", editing, 3},
		"tab moves on":                         {"c" + tab + tab, "company|", editing, 3},
		"and round":                            {"c" + tab + tab + tab + tab, "client|", editing, 3},
		"shift-tab goes back":                  {"c" + tab + tab + backTab, "client|", editing, 3},
		"shift-tab starts at the end":          {"c" + backTab, "contract|", editing, 3},
		"down and up move in it":               {"c" + tab + down + down + up, "company|", editing, 3},
		"down enters the list":                 {"c" + down, "client|", editing, 3},
		"down goes on in it":                   {"c" + down + down, "company|", editing, 3},
		"down enters no list that is closed":   {"c" + escape + down, "c|", editing, 0},
		"escape gives back what was typed":     {"c" + tab + tab + escape, "c|", editing, 0},
		"it stays closed":                      {"c" + escape + left + right, "c|", editing, 0},
		"until the text changes":               {"c" + escape + "o", "co|", editing, 2},
		"or tab opens it":                      {"c" + escape + tab, "client|", editing, 3},
		"enter accepts and does not execute":   {"c" + tab + tab + enter, "company |", editing, 0},
		"the next enter executes":              {"c" + tab + tab + enter + enter, "company |", accepted, 0},
		"enter executes when none is selected": {"c" + enter, "c|", accepted, 3},
		"a sole candidate and its blank":       {"cl" + tab, "client |", editing, 0},
		"typing on takes it":                   {"c" + tab + " x", "client x|", editing, 0},
		"a blank already there is passed":      {"c x\x01" + right + tab + enter, "client |x", editing, 0},
		"a quoted value is one word":           {`name "Kévin C` + tab, `name "Kévin Cousin"|`, editing, 2},
		"and replaced as one":                  {`name "Kévin C` + tab + tab + escape, `name "Kévin C|`, editing, 0},
		"records after the blank":              {"view ", "view |", editing, 4},
		"at most 50":                           {"many ", "many |", editing, 50},
		"nothing to list":                      {"zzz" + tab + backTab + up + down, "zzz|", editing, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEditor()
			got := typing(e, test.keys)
			rows := len(e.list.all)
			if e.list.closed {
				rows = 0
			}
			if got != test.want || e.outcome != test.outcome || rows != test.rows {
				t.Errorf("got %q, outcome %d, %d rows; want %q, %d, %d", got, e.outcome, rows, test.want, test.outcome, test.rows)
			}
		})
	}
}

// The completer is asked once for each text and cursor, and never while a suggestion is selected.
func TestCompleterIsAskedOnce(t *testing.T) {
	t.Parallel()
	var asked []string
	e := newEditor()
	e.complete = func(text string, cursor int) []Suggestion {
		asked = append(asked, text)
		return demoComplete(text, cursor)
	}
	typing(e, "c"+tab+tab+backTab+escape+tab, "\x0c")
	e.fetch()
	if want := []string{"c", "client"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
}

// Suggestions that are out of range or vanish do not matter.
func TestCompleterMisbehaves(t *testing.T) {
	t.Parallel()
	e := newEditor()
	answers := [][]Suggestion{{{Text: "a", Start: -1}, {Text: "b", Start: 99}, {Text: "ok", Start: 1}, {Text: "okay"}}, nil}
	e.complete = func(string, int) []Suggestion { return answers[0] }
	if got := typing(e, "x"+tab); got != "xok|" {
		t.Errorf("got %q", got)
	}
	answers = answers[1:]
	e.list.fresh = false // Refresh
	if got := typing(e, tab+tab+up); got != "okay|" {
		t.Errorf("got %q", got)
	}
	if got := typing(e, " "+tab+down+backTab+enter); e.outcome != accepted {
		t.Errorf("got %q", got)
	}
}

func TestRecall(t *testing.T) {
	t.Parallel()
	past := []string{"client list", "company list", "client view 8", "exit"}
	for name, test := range map[string]struct{ keys, want string }{
		"the last one":                  {up, "exit|"},
		"the one before":                {up + up, "client view 8|"},
		"no further than the first":     {strings.Repeat(up, 9), "client list|"},
		"and back to what was typed":    {"cl" + up + up + down + down + down, "cl|"},
		"by prefix":                     {"cl" + up + up, "client list|"},
		"by prefix, one":                {"co" + up + up, "company list|"},
		"by prefix, none":               {"zz" + up, "zz|"},
		"an edited one is a new prefix": {"cl" + up + "\x7f" + "9" + up + down, "client view 9|"},
		"by Ctrl-P and Ctrl-N":          {"\x10\x10\x0e", "exit|"},
		"search":                        {"\x12view", "client |view 8"},
		"search further":                {"\x12list\x12", "client |list"},
		"search, backspace":             {"\x12listx\x7f", "company |list"},
		"search without regard to case": {"\x12VIEW", "client |view 8"},
		"search and edit":               {"\x12view\x05" + "9", "client view 89|"},
		"search given up":               {"abc\x12view" + escape, "abc|"},
		"search finds nothing":          {"abc\x12zzz", "abc|"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := typing(newEditor(past...), test.keys); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// FuzzEditor holds that no order of keys breaks the line, its list or its view.
func FuzzEditor(f *testing.F) {
	f.Add("c\t\t\r view \t\x1b[B\r\x12c\x12\x07\x1b[200~é\x1b[201~\x1b[A\x17\x19\x0b", 40, 8)
	f.Fuzz(func(t *testing.T, keys string, cols, rows int) {
		cols, rows = 8+(cols&0xff), 1+(rows&0x3f)
		e := newEditor("client list", "company view 8", "two\nlines 山")
		for _, k := range tokens(keys) {
			e.handle(k)
			e.fetch()
			if e.cursor < 0 || e.cursor > len(e.text) {
				t.Fatalf("cursor %d of %d", e.cursor, len(e.text))
			}
			v := layout(e.prompt(), e.text, e.cursor, false, cols, rows)
			checkView(t, v, cols, rows)
			if n := len(e.list.rows(cols-1, rows-v.rows, false)); n > rows-v.rows {
				t.Fatalf("%d rows of list in %d", n, rows-v.rows)
			}
		}
	})
}
