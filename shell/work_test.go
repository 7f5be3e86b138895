package shell

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"

	"epev/commands"
	"epev/data/testdb/needs"
	"epev/shell/prompt"
	"epev/shell/screentest"
)

// The recorded hour is testdata/work.txt: what three people of the office type, mistakes and corrections included.
// It is typed key by key into the real epev, on a database of its own; the same commands, without the mistakes, run
// each by itself on a second database. What stands on the screen between two prompts must be the line as it was
// meant, and what its command prints by itself, to the letter.
//
// A line of the recording that is not indented holds the keys of one command. The key ⏎ is Enter, <C-w> Ctrl-W, <M-b>
// Alt-B, <Tab> and so on as in keyNames. With {text} it waits until the screen shows the text, and with {!text} until
// it does no more. With {@text} it waits until the text stands alone in the cursor's line. Below it:
//
//	= LINE      what stands in the line in the end, where the keys alone do not tell
//	| TEXT      what stands between that line and the result: questions with their answers, what was wrong with them;
//	            written anew by -update
//	$ COMMAND   what prints the same result by itself, where the line asks or was pasted; several are a script's
//	as USER     who is logged in from then on, of the second database
//	shown N     only the first N lines of the result were looked at, in the pager
//	size C R    a new window, before; <size C R> among the keys is one in their midst
//	nothing     there is no result
//	cleared     nor is the line there any more
//
// A line that begins with # is a comment.
type entry struct {
	at       int // the line of the recording
	keys     string
	line     string
	dialogue []string
	alone    []string
	as       string
	shown    int
	size     []int
	nothing  bool
	cleared  bool
}

var keyNames = map[string]string{
	"Tab": "\t", "S-Tab": "\x1b[Z", "Esc": "\x1b", "C-g": "\x07", "BS": "\x7f", "Del": "\x1b[3~", "Up": "\x1b[A", "Down": "\x1b[B", "Left": "\x1b[D", "Right": "\x1b[C",
	"Home": "\x1b[H", "End": "\x1b[F", "C-Left": "\x1b[1;5D", "C-Right": "\x1b[1;5C", "C-a": "\x01", "C-b": "\x02", "C-c": "\x03", "C-d": "\x04", "C-e": "\x05", "C-f": "\x06",
	"C-k": "\x0b", "C-l": "\x0c", "C-n": "\x0e", "C-p": "\x10", "C-r": "\x12", "C-u": "\x15", "C-w": "\x17", "C-y": "\x19", "M-b": "\x1bb", "M-f": "\x1bf", "M-d": "\x1bd",
	"M-BS": "\x1b\x7f", "Space": " ", "paste": "\x1b[200~", "/paste": "\x1b[201~", "NL": "\r",
	// Keys that mean nothing.
	"F5": "\x1b[15~", "F12": "\x1b[24~", "M-x": "\x1bx", "Mouse": "\x1b[<0;1;2M", "Insert": "\x1b[2~", "PageUp": "\x1b[5~",
}

// silentKeys draw nothing, or in the pager.
var silentKeys = []string{"F5", "F12", "M-x", "Mouse", "Insert", "PageUp", "Space"}

func readRecording(t *testing.T, path string) []entry {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []entry
	for i, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
		directive, rest, _ := strings.Cut(strings.TrimPrefix(line, "\t"), " ")
		switch {
		case line == "" || line[0] == '#':
			continue
		case line[0] != '\t':
			all = append(all, entry{at: i + 1, keys: line, line: strings.TrimSuffix(line, "⏎")})
			continue
		}
		e := &all[len(all)-1]
		switch directive {
		case "=":
			e.line = rest
		case "|":
			e.dialogue = append(e.dialogue, rest)
		case "$":
			e.alone = append(e.alone, rest)
		case "as":
			e.as = rest
		case "nothing", "cleared":
			e.nothing, e.cleared = true, directive == "cleared"
		case "shown":
			fmt.Sscan(rest, &e.shown)
		case "size":
			e.size = make([]int, 2)
			fmt.Sscan(rest, &e.size[0], &e.size[1])
		default:
			t.Fatalf("%s:%d: %q", path, i+1, line)
		}
	}
	return all
}

// crowd are more clients than a screen has lines, so that a list is paged.
const crowd = `
SET search_path = epic_events;
INSERT INTO client (full_name, email, phone, company_id, commercial_id, first_contact_date, created_at, updated_at)
SELECT (ARRAY['Zoé','Jürgen','Łukasz','Chloé','王','Ana','Kévin','Noël'])[1 + i % 8] || ' ' || (ARRAY['Dupont','Müller','Peña','Nguyễn','小明','Lefèvre','Ünal'])[1 + i % 7] || '-' || i,
	'c' || i || '@example.com', '+3319900' || (1000 + i), CASE WHEN i % 12 = 0 THEN 1 + i / 12 % 4 END, 2 + i % 2, '2026-02-01 09:00+01', '2026-02-01', '2026-02-01'
FROM generate_series(11, 70) i;
`

func TestAnHourOfWork(t *testing.T) {
	t.Parallel()
	needs.Program(t, "less")
	binary, err := realEpev()
	if err != nil {
		t.Fatal(err)
	}
	var databases [2]string
	for i := range databases {
		databases[i] = openOffice(t)
		run(t, databases[i], crowd)
	}
	path := filepath.Join("testdata", "work.txt")
	recording := readRecording(t, path)
	if len(recording) < 300 {
		t.Errorf("the recording has %d commands, less than an hour's 300", len(recording))
	}
	home := t.TempDir()
	env := slices.DeleteFunc(realEnv(t, home, databases[0]), func(v string) bool { return strings.HasPrefix(v, "PAGER=") })
	w := &worker{terminal: openTerminal(t, 80, 24, env, binary)}
	w.ready()
	alone := newSolo(t, databases[1])
	for i := range recording {
		e := &recording[i]
		if e.size != nil {
			w.resize(e.size[0], e.size[1])
			w.ready()
		}
		w.origin()
		w.play(e.keys)
		if !strings.HasSuffix(e.line, "exit") {
			w.atPrompt(e)
		} else {
			w.ends()
		}
		got := w.since()
		var result []string
		if !e.nothing {
			result = alone.run(w, e)
		}
		if e.shown > 0 {
			result = result[:min(len(result), e.shown)]
		}
		if *screentest.Update && len(e.dialogue) > 0 {
			e.dialogue = strings.Split(timeless(got[1:max(1, len(got)-len(result))]), "\n")
		}
		want := slices.Concat([]string{strings.TrimRight("epic> "+e.line, " ")}, e.dialogue, result)
		if e.cleared {
			want = nil
		}
		if timeless(got) != timeless(want) {
			t.Fatalf("%s:%d: %s\nthe screen has\n%s\nand should have\n%s", path, e.at, e.keys, timeless(got), timeless(want))
		}
	}
	if *screentest.Update {
		writeRecording(t, path, recording)
	}
	w.leftItsTrace(home, recording)
}

// A worker types into epev.
type worker struct {
	*terminal
	start  int // the line in which the command began, counted from the first that epev wrote
	before int // prompts, at the last key
	// pasting is set between the marks of a paste, where no key draws.
	pasting bool
}

// origin remembers that a command begins in the cursor's line.
func (w *worker) origin() {
	w.Mu.Lock()
	defer w.Mu.Unlock()
	_, y := w.Cursor()
	w.start = len(w.scrolled) + y
}

// since returns the lines of the command, up to that of the cursor.
func (w *worker) since() []string {
	w.Mu.Lock()
	defer w.Mu.Unlock()
	w.Screen.Lock()
	defer w.Screen.Unlock()
	lines := slices.Clone(w.scrolled)
	for y := range w.Screen.Cursor().Y {
		lines = append(lines, w.Row(y))
	}
	return lines[min(w.start, len(lines)):]
}

// resize changes the window. What no longer fits into a lower one leaves it at the top.
func (w *worker) resize(cols, rows int) {
	w.Mu.Lock()
	w.Screen.Lock()
	y := w.Screen.Cursor().Y
	for i := range max(0, y-rows+1) {
		w.scrolled = append(w.scrolled, w.Row(i))
	}
	w.Screen.Unlock()
	frames := w.frames
	w.Screen.Resize(cols, rows)
	w.Mu.Unlock()
	pty.Setsize(w.Master, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)})
	w.Until("the line in the new window", func() bool { return w.drawn() > frames })
}

// play presses keys, and types words, each when what came before is on the screen.
func (w *worker) play(keys string) {
	w.T.Helper()
	for rest := keys; rest != ""; {
		char, size := utf8.DecodeRuneInString(rest)
		name := ""
		switch char {
		case '{':
			var text string
			text, rest, _ = strings.Cut(rest[1:], "}")
			w.Until(fmt.Sprintf("%q of %s", text, keys), func() bool {
				switch sign, word := text[:1], text[1:]; sign {
				case "!":
					return !strings.Contains(w.present(), word)
				case "@":
					return w.Line() == word
				}
				return strings.Contains(w.present(), text)
			})
			continue
		case '<':
			name, rest, _ = strings.Cut(rest[1:], ">")
			if size, resized := strings.CutPrefix(name, "size "); resized {
				var cols, rows int
				fmt.Sscan(size, &cols, &rows)
				w.resize(cols, rows)
				continue
			}
			if keyNames[name] == "" {
				w.T.Fatalf("no key is called %q", name)
			}
		case '⏎':
			name, rest = string(char), rest[size:]
		default: // a word, and the blank behind it
			for name, rest = string(char), rest[size:]; !strings.HasSuffix(name, " ") && rest != ""; name, rest = name+string(char), rest[size:] {
				if char, size = utf8.DecodeRuneInString(rest); strings.ContainsRune("{<⏎", char) {
					break
				}
			}
		}
		w.press(name, keys)
	}
}

// press presses a key and waits for what it draws, if it does.
func (w *worker) press(name, keys string) {
	w.T.Helper()
	frames := w.drawn()
	w.before = w.begun()
	w.pasting = (w.pasting || name == "paste") && name != "/paste"
	switch name {
	case "⏎":
		w.Send("\r")
		return // what follows is waited for
	case "C-c", "C-d":
		w.Send(keyNames[name])
		return
	case "C-l":
		w.Send(keyNames[name])
		w.Until("an empty screen", func() bool { _, y := w.Cursor(); return y == 0 })
		w.origin()
		return
	}
	key, named := keyNames[name]
	if !named {
		key = name
	}
	w.Send(key)
	if w.pasting || slices.Contains(silentKeys, name) {
		return
	}
	w.Until("a frame after "+name+" of "+keys, func() bool { return w.drawn() > frames })
}

// present is what the screen shows from the command's line on.
func (w *worker) present() string {
	w.Mu.Lock()
	defer w.Mu.Unlock()
	first := max(0, w.start-len(w.scrolled))
	lines := strings.Split(w.Text(), "\n")
	return strings.Join(lines[min(first, len(lines)):], "\n")
}

// atPrompt waits for the prompt after the last key: alone in its line, in no colour but its own, with nothing below.
func (w *worker) atPrompt(e *entry) {
	w.T.Helper()
	w.Until(fmt.Sprintf("the prompt after %s (line %d)", e.keys, e.at), func() bool {
		line, x := w.At()
		return w.begun() > w.before && line == "epic>" && x == len("epic> ")
	})
	_, y := w.Cursor()
	if below := strings.Join(strings.Split(w.Text(), "\n")[y+1:], "\n"); below != "" && below != "nobody is logged in: type login" {
		w.T.Fatalf("%s: below the prompt stands\n%s", e.keys, below)
	}
	w.Screen.Lock()
	defer w.Screen.Unlock()
	if c := w.Screen.Cell(len("epic> "), y); c.FG != vt10x.DefaultFG || c.BG != vt10x.DefaultBG || c.Mode != 0 {
		w.T.Fatalf("%s: what comes after the prompt would be coloured: %+v", e.keys, c)
	}
}

// leftItsTrace holds that each command is in the history, and no secret.
func (w *worker) leftItsTrace(home string, recording []entry) {
	w.T.Helper()
	past := prompt.Past(filepath.Join(home, "history"))
	for i, line := range past {
		past[i] = strings.TrimSpace(line)
	}
	registry := commands.NewRegistry(commands.All())
	for _, e := range recording {
		line := strings.TrimSpace(e.line)
		_, _, unknown := registry.Find(strings.Fields(line)) // what is no command may be a secret
		if unknown == nil && !strings.HasSuffix(line, "^C") && !strings.HasSuffix(line, `\`) && !slices.Contains(past, line) {
			w.T.Errorf("not in the history: %s", line)
		}
	}
	if strings.Contains(strings.Join(past, "\n"), "Terrace") {
		w.T.Error("a password is in the history")
	}
}

func writeRecording(t *testing.T, path string, recording []entry) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	next := 0
	for i, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
		if strings.HasPrefix(line, "\t| ") || line == "\t|" {
			if dialogue := recording[next-1].dialogue; dialogue != nil {
				for _, d := range dialogue {
					out = append(out, strings.TrimRight("\t| "+d, " "))
				}
				recording[next-1].dialogue = nil
			}
			continue
		}
		if next < len(recording) && recording[next].at == i+1 {
			next++
		}
		out = append(out, line)
	}
	if err := os.WriteFile(path, []byte(strings.Join(out, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A solo runs commands by themselves.
type solo struct {
	*terminal
	shell *Shell
	slave *os.File
}

func newSolo(t *testing.T, dsn string) *solo {
	t.Helper()
	s := &solo{}
	s.terminal, s.slave = newTerminal(t, 80, 1000)
	env, err := newEnv(dsn, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { env.Store.Close() })
	env.Now, env.Human = time.Now, true
	env.AskSecret = func(context.Context, string, func(string) error) (string, error) { return "Autumn-Garden-5", nil }
	options, _, err := ParseOptions(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.shell = &Shell{
		Registry: commands.NewRegistry(commands.All()), Env: env, Options: options, Reporter: &Reporter{}, Stdin: s.slave, Stdout: s.slave, Stderr: s.slave,
		Getenv: pagerIs("cat"), human: true, atPrompt: true,
	}
	return s
}

// run runs what an entry means, and returns what it printed in a window of that size.
func (s *solo) run(w *worker, e *entry) []string {
	s.T.Helper()
	w.Screen.Lock()
	cols, rows := w.Screen.Size()
	w.Screen.Unlock()
	s.Screen.Write([]byte("\x1b[2J\x1b[H"))
	s.Screen.Resize(cols, 1000)
	pty.Setsize(s.Master, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)})
	if e.as != "" {
		if err := s.shell.Env.Sessions.OpenAs(context.Background(), e.as); err != nil {
			s.T.Fatal(err)
		}
		return nil
	}
	lines, pasted := []string{e.line}, false
	if len(e.alone) > 0 {
		lines, pasted = e.alone, len(e.alone) > 1
	}
	s.shell.runInput(context.Background(), prompt.Input{Lines: lines, Pasted: pasted})
	const end = "-- the end --"
	fmt.Fprint(s.slave, end)
	s.Shows(end)
	text, _, _ := strings.Cut(s.Text(), end)
	if text = strings.TrimSuffix(text, "\n"); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

var (
	moments = regexp.MustCompile(`(\d\d/\d\d/\d{4})(?:(\s)(\d\d:\d\d))?`)
	elapsed = regexp.MustCompile(`Time: .*`)
)

// timeless hides what differs between two runs of the same command: these days' times of the day, and how long it took.
func timeless(lines []string) string {
	text := moments.ReplaceAllStringFunc(strings.Join(lines, "\n"), func(m string) string {
		part := moments.FindStringSubmatch(m)
		at, err := time.ParseInLocation("02/01/2006 15:04", part[1]+" "+cmp.Or(part[3], "12:00"), time.Local)
		if err != nil || time.Since(at).Abs() > 72*time.Hour {
			return m
		}
		if part[3] == "" {
			return "DD/MM/YYYY"
		}
		return "DD/MM/YYYY" + part[2] + "HH:MM"
	})
	return elapsed.ReplaceAllString(text, "Time: …")
}
