package shell

import (
	"cmp"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"epev/data/testdb"
	"epev/model"
	"epev/shell/complete"
	"epev/shell/prompt"
)

// BenchmarkKeys measures the real epev at its prompt in an emulated terminal, with many clients of different names. It
// measures from a key to its echo, and to the completion's answer on the screen. No text's answer is known before. A
// fast typist's keys are 100 ms apart; at once, each follows the answer to the one before. psql completes tables and
// columns beside it, but no records.
//
//	go test -run - -bench Keys -benchtime 1x ./shell -args -size 1000000
func BenchmarkKeys(b *testing.B) {
	f := openFirm(b, syllabic, *howMany/100)
	for _, pace := range []time.Duration{100 * time.Millisecond, 0} {
		name := "typist"
		if pace == 0 {
			name = "at-once"
		}
		for _, of := range []string{"id", "name", "middle"} {
			b.Run("near/"+of+"/"+name, func(b *testing.B) { f.completes(b, of, pace) })
		}
		for _, delay := range []time.Duration{5 * time.Second, 0} {
			answers := "never"
			if delay > 0 {
				answers = "after-" + delay.String()
			}
			b.Run(answers+"/"+name, func(b *testing.B) { f.echoes(b, delay, pace) })
		}
	}
	b.Run("psql", func(b *testing.B) { f.psqlCompletes(b) })
}

// BenchmarkEcho measures from a key to its echo, and from Tab to what it completes. epev and psql take turns key by
// key. It reads what they write themselves, without an emulator between.
//
//	go test -run - -bench Echo -benchtime 5x ./shell
func BenchmarkEcho(b *testing.B) {
	f := openFirm(b, syllabic, *howMany/100)
	type typed struct{ text, completed string }
	shells := []struct {
		shell *terminalShell
		lines []typed
		took  [2][]time.Duration // of the echoes and of the completions
	}{
		{shell: startShell(b, f.command(f.binary), "epic> "),
			lines: []typed{{"client vi", "client view "}, {"contract li", "contract list "}, {"client list --li", "client list --limit "}, {"client view 12", "> "}}},
		{shell: startShell(b, f.command(f.psqlBinary, f.psql().args[1:]...), f.database+"=# "),
			lines: []typed{{"DROP FUNCTI", "ON "}, {"UPDATE epic_events.event SET ti", "tle"}, {"UPDATE epic_events.client SET em", "ail"}, {"UPDATE epic_events.company SET na", "me"}}},
	}
	for i := range shells {
		defer shells[i].shell.leave(b)
	}
	for name, pace := range map[string]time.Duration{"typist": 120 * time.Millisecond, "repeat": 33 * time.Millisecond} {
		b.Run(name, func(b *testing.B) {
			for i := range shells {
				shells[i].took = [2][]time.Duration{}
			}
			press := func(i, what int, key, want string) {
				shell := shells[i].shell
				shell.seen = nil
				began := time.Now()
				shell.tty.WriteString(key)
				shell.until(b, want)
				shells[i].took[what] = append(shells[i].took[what], time.Since(began))
			}
			for b.Loop() {
				for line := range shells[0].lines {
					for at := range max(len(shells[0].lines[line].text), len(shells[1].lines[line].text)) {
						began := time.Now()
						for i := range shells {
							if text := shells[i].lines[line].text; at < len(text) {
								want := text[at : at+1]
								if i == 0 {
									want = text[:at+1] // epev draws the line anew
								}
								press(i, 0, text[at:at+1], want)
							}
						}
						time.Sleep(time.Until(began.Add(pace)))
					}
					for i := range shells {
						press(i, 1, "\t", shells[i].lines[line].completed)
						shells[i].shell.tty.WriteString("\x03")
						shells[i].shell.until(b, "^C")
						shells[i].shell.wait(b)
						time.Sleep(pace)
					}
				}
			}
			b.ReportMetric(0, "ns/op")
			for what, unit := range []string{"echo", "tab"} {
				for i, of := range []string{"epev", "psql"} {
					all := shells[i].took[what]
					slices.Sort(all)
					for _, part := range []int{50, 95} {
						b.ReportMetric(float64(all[len(all)*part/100].Microseconds())/1000, fmt.Sprintf("%s-%s-p%d-ms", of, unit, part))
					}
				}
			}
		})
	}
}

// completes types what finds some of the clients, and waits for each key's answer.
func (o *firm) completes(b *testing.B, of string, pace time.Duration) {
	s := openTerminal(b, 120, 40, o.command("").Env, o.binary)
	s.Shows("logged in as claire.dubois")
	engine := newWords(b, newDesk(b, o.dsn(), "claire.dubois"))
	line := "client view "
	if of == "name" {
		line += `"` // it has a blank in it
	}
	var echoed, answered []time.Duration
	for b.Loop() {
		for _, text := range o.searched(b, of) {
			s.Send(line)
			s.Until("the command", func() bool { x, _ := s.Cursor(); return x == len("epic> "+line) && strings.Contains(s.Text(), " of ") })
			for i := range []rune(text) {
				typed := line + string([]rune(text)[:i+1])
				want := engine.Line(typed, len([]rune(typed)))
				began := time.Now()
				s.Send(string([]rune(text)[i]))
				s.Until("the echo of "+typed, func() bool { x, _ := s.Cursor(); return x == len("epic> ")+len([]rune(typed)) })
				echoed = append(echoed, time.Since(began))
				s.Until(fmt.Sprintf("what completes %q", typed), func() bool { return lists(s.Text(), string([]rune(text)[:i+1]), want) })
				answered = append(answered, time.Since(began))
				time.Sleep(time.Until(began.Add(pace)))
			}
			s.Send("\x03") // and the answers are forgotten
			s.ready()
		}
	}
	report(b, answered)
	reportAs(b, "echo-ms", echoed)
}

// lists reports whether the list on the screen is that of the suggestions, as far as it is shown. Of many that fit
// any are as good as others.
func lists(screen, text string, suggestions []prompt.Suggestion) bool {
	_, below, _ := strings.Cut(screen[strings.LastIndex(screen, "epic> "):]+"\n", "\n")
	_, below, _ = strings.Cut(below, "\n") // the hint
	rows := strings.Split(strings.TrimRight(below, "\n"), "\n")
	many := len(suggestions) == complete.MaxOffered
	switch n := len(suggestions); {
	case n == 0:
		return below == ""
	case n > 8:
		if rows[len(rows)-1] != "  8 of "+cmp.Or(suggestions[0].Of, fmt.Sprint(n)) {
			return false
		}
		rows, suggestions = rows[:len(rows)-1], suggestions[:8]
	case n != len(rows):
		return false
	}
	for i, row := range rows {
		id, _, _ := strings.Cut(strings.TrimPrefix(row, "  "), " ")
		if id != suggestions[i].Text && (!many || !strings.Contains(model.Fold(row), model.Fold(text))) {
			return false
		}
	}
	return true
}

// searched returns what finds one client each of some: what its id or name begins with, or what its last name has behind
// its first letter.
func (o *firm) searched(b *testing.B, of string) (texts []string) {
	b.Helper()
	db, err := sql.Open("postgres", o.dsn())
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	const some = 25
	for i := range some {
		id := 1 + (i*7919+*howMany/3)%*howMany
		var name string
		if err := db.QueryRow("SELECT full_name FROM epic_events.client WHERE id = $1", id).Scan(&name); err != nil {
			b.Fatal(err)
		}
		switch runes := []rune(name); of {
		case "id":
			texts = append(texts, fmt.Sprint(id))
		case "name":
			texts = append(texts, string(runes[:8]))
		default:
			_, last, _ := strings.Cut(name, " ")
			texts = append(texts, string([]rune(last)[1:]))
		}
	}
	return texts
}

func (o *firm) dsn() string {
	u := url.URL{Scheme: "postgres", User: url.User(o.user), Path: "/" + o.database,
		RawQuery: url.Values{"host": {o.socket}, "port": {o.port}, "sslmode": {"disable"}}.Encode()}
	return u.String()
}

// echoes types while the database answers after a delay, 0 for never.
func (o *firm) echoes(b *testing.B, delay, pace time.Duration) {
	c, dsn := testdb.NewCutter(b, o.dsn())
	run := b.TempDir()
	env := append(o.command("").Env, "DATABASE_URL="+dsn, "SECRET_KEY="+strings.Repeat("tests' key ", 3), "XDG_RUNTIME_DIR="+run)
	login := o.command(o.binary, "login", "-u", "claire.dubois", "--password-file", filepath.Join(o.dir, "password"))
	login.Env = env
	if out, err := login.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	s := openTerminal(b, 120, 40, env, o.binary)
	s.Shows("logged in as claire.dubois")
	if delay == 0 {
		c.Hush()
		defer c.Speak()
	}
	c.Slow(delay)
	const line = "client view "
	var echoed []time.Duration
	for b.Loop() {
		for _, text := range []string{"fama nufa", "pogelpo", "Nufavé", "123456", "élodie", "c99@ex", "nobody has", "ufa"} {
			s.Send(line)
			s.Until("the command", func() bool { x, _ := s.Cursor(); return x == len("epic> "+line) })
			for i, key := range []rune(text) {
				began := time.Now()
				s.Send(string(key))
				s.Until("the echo", func() bool { x, _ := s.Cursor(); return x == len("epic> "+line)+i+1 })
				echoed = append(echoed, time.Since(began))
				time.Sleep(time.Until(began.Add(pace)))
			}
			s.Send("\x03")
			s.ready()
		}
	}
	report(b, echoed)
}

// psqlCompletes measures from psql's Tab to the completed word.
func (o *firm) psqlCompletes(b *testing.B) {
	s := openTerminal(b, 120, 40, append(o.command("").Env, "PSQL_HISTORY="+os.DevNull), o.psqlBinary, o.psql().args[1:]...)
	s.Shows(o.database + "=#")
	var answered []time.Duration
	for b.Loop() {
		for range 5 {
			for _, line := range []string{
				"SELECT * FROM epic_events.cl|ient", "SELECT * FROM epic_events.comp|any", "SELECT * FROM epic_events.contr|act",
				"SELECT * FROM epic_events.ev|ent", "SELECT * FROM epic_events.us|ers", "UPDATE epic_events.client SET fu|ll_name",
				"UPDATE epic_events.client SET em|ail", "UPDATE epic_events.event SET ti|tle",
			} {
				typed, rest, _ := strings.Cut(line, "|")
				s.Send(typed)
				s.Until(typed, func() bool { return strings.HasSuffix(s.Line(), typed) })
				began := time.Now()
				s.Send("\t")
				s.Until(typed+rest, func() bool { return strings.HasSuffix(s.Line(), typed+rest) })
				answered = append(answered, time.Since(began))
				s.Send("\x15")
				s.Until("an empty line", func() bool { return s.Line() == o.database+"=#" })
			}
		}
	}
	report(b, answered)
}
