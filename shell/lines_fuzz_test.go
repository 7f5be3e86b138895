package shell

import (
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"epev/commands"
)

// A read command of a script: where it began, its words, and whether it was refused.
type readCommand struct {
	at      int
	words   []string
	refused bool
}

func readAll(r reading, from io.Reader) (all []readCommand, lines int) {
	l := r.lines("script", from)
	for {
		c, err := l.command()
		if err == io.EOF || l.broken {
			return all, l.number
		}
		all = append(all, readCommand{c.at, c.Words, err != nil})
	}
}

// A script is read to its end, whatever is in it, and means the same however it comes. That is in one piece or byte by
// byte, with the line ends of another system, behind a byte-order mark. A paste of it is masked line by line.
func FuzzScript(f *testing.F) {
	for _, seed := range []string{"client list\ncompany view 1\n", "a \\\nb\n# c\n\n", "client create -n \"x\ny\" # z\nlist", "'\n'", "\x00\n\xff\xfe\na", "a\\",
		"login -u a --password-file -\nSecret-1\nhelp", strings.Repeat("x", maxLine+1) + "\nhelp", "\ufeffa\r\nb\r", "every 30s a > b | c\n"} {
		f.Add(seed)
	}
	r := reading{commands.NewRegistry(commands.All())}
	f.Fuzz(func(t *testing.T, script string) {
		all, lines := readAll(r, strings.NewReader(script))
		if most := strings.Count(script, "\n") + 1; lines > most {
			t.Errorf("%d lines of %d in %q", lines, most, script)
		}
		for i, c := range all {
			if c.at < 1 || c.at > lines || i > 0 && c.at <= all[i-1].at {
				t.Errorf("a command of %q begins in line %d of %d", script, c.at, lines)
			}
		}
		same := func(how string, again []readCommand) {
			if !slices.EqualFunc(all, again, func(a, b readCommand) bool {
				return a.at == b.at && a.refused == b.refused && slices.Equal(a.words, b.words)
			}) {
				t.Errorf("%q is %v, and %s %v", script, all, how, again)
			}
		}
		bytewise, _ := readAll(r, iotest.OneByteReader(strings.NewReader(script)))
		same("byte by byte", bytewise)
		if len(script) < maxLine/2 && !strings.Contains(script, "\r") {
			windows, _ := readAll(r, strings.NewReader(strings.ReplaceAll(script, "\n", "\r\n")))
			same("with other line ends", windows)
		}
		if len(script) < maxLine/2 && !strings.HasPrefix(script, "\ufeff") && script != "" {
			marked, _ := readAll(r, strings.NewReader("\ufeff"+script))
			same("behind a mark", marked)
		}
		pasted := strings.Split(script, "\n")
		if shown := r.masked(pasted); len(shown) != len(pasted) {
			t.Errorf("%d lines are shown of %d", len(shown), len(pasted))
		}
	})
}
