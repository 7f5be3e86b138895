package shell

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"epev/commands"
	"epev/data"
	"epev/model"
	"epev/security"
)

// at completes a line whose cursor is marked by |.
func (c *completer) at(marked string) []string {
	before, behind, _ := strings.Cut(marked, "|")
	return texts(c.complete(before+behind, len([]rune(before))))
}

func TestCompletionOfLines(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	claire := newWords(t, newDesk(t, dsn, "claire.dubois"), "client view 6", `contract create --client-id 2 --total-amount "1 200,50"`, "client view 99", "event view 'unclosed")
	admin := newWords(t, newDesk(t, dsn, "admin.root"))
	nobody := newWords(t, newDesk(t, dsn, ""))
	for _, test := range []struct {
		words *completer
		line  string
		want  []string
	}{
		{claire, "cl", []string{"client", "clear"}},
		{claire, "client ", []string{"create", "list", "view", "update", "delete", "help"}},
		{admin, "client ", []string{"list", "view", "reassign", "help"}}, // management neither creates nor updates clients
		{nobody, "client ", []string{"help"}},
		{nobody, "l", []string{"login"}},
		{nobody, "client view ", nil},
		{claire, "q", []string{"quit"}},
		{admin, "event assign-", []string{"assign-support"}},
		{admin, "event assign", []string{"assign_support"}},
		{claire, "help cl", []string{"client", "clear"}},
		{claire, "help client de", []string{"delete"}},
		{claire, "client help de", []string{"delete"}},
		{claire, "timing ", []string{"on", "off"}},
		{claire, "completion z", []string{"zsh"}},
		// Records: by the beginning of their ids, any part of their names, what was used lately first.
		{claire, "client view ", []string{"2", "6", "1", "3", "4", "5", "7", "8", "9", "10"}},
		{claire, "client view 1", []string{"1", "10"}},
		{claire, "client view KEVIN", []string{"8", "9"}},
		{claire, "client view zoë", []string{"3", "7"}},
		{claire, "client view 山", []string{"10"}},
		{claire, "client view startup", []string{"8"}},
		{claire, "client view client8@", []string{"8"}},
		{claire, `client view "kévin c`, []string{"8", "9"}},
		{claire, "client update ", []string{"2", "6", "1", "5", "8", "9"}},
		{claire, "client view 8 --format ", []string{"table", "json", "csv", "tsv", "markdown"}},
		// Flags: those that are missing, the required ones first.
		{claire, "client create ", []string{"--full-name", "--email", "--phone", "--company-id", "--first-contact-date", "--last-contact-date", "--format", "--no-color", "--yes", "--help"}},
		{claire, "client create -n X -ea@b.fr --ph", []string{"--phone"}},
		{claire, "client create -n X -ea@b.fr --phone=1 --first-contact-date today ", []string{"--company-id", "--last-contact-date", "--format", "--no-color", "--yes", "--help"}},
		{claire, "client update 8 --f| --full-name X", []string{"--first-contact-date", "--format"}},
		{claire, "client delete 7 --y", []string{"--yes"}},
		{claire, "client view 8 --y", nil},
		{claire, "client create amail", nil},
		{claire, "client create mail", []string{"--email"}},
		{admin, "user list -MC --", []string{"--support", "--role", "--inactive", "--search", "--sort", "--limit", "--after", "--columns", "--format", "--no-color", "--help"}},
		{claire, "client list --company-id=start", []string{"--company-id=4"}},
		{claire, "client list -- --", nil},
		// Other values.
		{claire, "client create --first-contact-date ", []string{"23/11/2026", "24/11/2026", "30/11/2026"}},
		{claire, "client create --first-contact-date tom", []string{"24/11/2026"}},
		{claire, "client create --first-contact-date 3", []string{"30/11/2026"}},
		{claire, "client list --sort -f", []string{"-full_name", "-first_contact_date"}},
		{claire, "client list --columns id,f", []string{"id,full_name", "id,first_contact_date"}},
		{claire, "client list --columns full_name,f", []string{"full_name,first_contact_date"}},
		{admin, "contract create --is-signed ", []string{"true", "false"}},
		{claire, "event create --contract-id ", []string{"1", "4"}},
		{admin, "event assign_support ", []string{"2", "1"}},
		{admin, "event assign_support 1 ", []string{"5"}},
		{admin, "client reassign 8 ", []string{"3"}},
		{admin, "role grant 2 client:d", []string{"client:delete", "client:delete:assigned"}},
		{admin, "role revoke commercial client:d", []string{"client:delete:own"}},
		{admin, "role view sup", []string{"support"}},
		{admin, "role view 3", []string{"support"}},
		{claire, "history cli", []string{"client"}},
		{claire, "history client 8", []string{"8"}},
		{claire, "history client kevin", []string{"8", "9"}},
		{claire, "client view 8 # a comment ", nil},
		{claire, "clinet view ", nil},
	} {
		if got := test.words.at(test.line); !slices.Equal(got, append([]string{}, test.want...)) {
			t.Errorf("%q is completed by %q, want %q", test.line, got, test.want)
		}
	}
	// A record just made comes first.
	claire.used(commands.Invocation{Command: &commands.Command{Path: "client create"}}, commands.Result{Table: &commands.Table{
		Single: true, Columns: []commands.Column{{Name: "id"}}, Rows: [][]commands.Value{{int64(9)}}}})
	if got := claire.at("client view kevin"); got[0] != "9" {
		t.Errorf("after client 9 was made, %q", got)
	}
}

// What is offered parses: each flag, and each value of each parameter of each command.
func TestWhatIsOfferedParses(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	run(t, dsn, "INSERT INTO epic_events.role_permission SELECT 1, id FROM epic_events.permission ON CONFLICT DO NOTHING")
	c := newWords(t, newDesk(t, dsn, "admin.root"))
	given := map[string]string{"id": "2", "resource": "client", "event-id": "1", "client-id": "1"}
	offered := 0
	for _, command := range c.registry.Commands() {
		if command.Path == "help" {
			continue // takes topics alone
		}
		for _, p := range command.Params {
			raw := map[string]string{}
			for _, other := range command.Params {
				if value := given[other.Name]; value != "" && other.Name != p.Name {
					raw[other.Name] = value
				}
			}
			offers, _ := c.valuesAt(&command, commands.Place{Raw: raw, Param: &p})
			for _, o := range offers {
				offered++
				inv := commands.Invocation{Command: &command}
				if err := inv.CheckValue(p.Name, o.value, c.env.Values()); err != nil && !p.Source.Path {
					t.Errorf("%s %s %q: %v", command.Path, p.Label(), o.value, err)
				}
			}
		}
		for _, o := range c.flags(&command, nil) {
			words := append(strings.Fields(command.Path), o.value)
			if p := command.Grammar().Flag(strings.TrimPrefix(o.value, "--"), ""); !p.Switch {
				words = append(words, "x")
			}
			if _, err := c.registry.Parse(words); err != nil {
				t.Errorf("%q: %v", words, err)
			}
		}
	}
	if offered < 100 {
		t.Errorf("only %d values were offered", offered)
	}
}

func TestHint(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	c := newWords(t, newDesk(t, dsn, "claire.dubois"))
	for line, want := range map[string]string{
		"":                           "logged in as claire.dubois (commercial)",
		"cli":                        "",
		"client":                     "",
		"client view":                "ID: which client · client view ID",
		"client view ":               "ID: which client · client view ID",
		"client view 8 ":             "client view ID",
		"client create -n X":         "--full-name TEXT: who the client is · missing: --email · client create --full-name TEXT --email ADDRESS [flags]",
		"client create -n X ":        "missing: --email · client create --full-name TEXT --email ADDRESS [flags]",
		"client create --email ":     "--email ADDRESS: e-mail address; nobody else's · missing: --full-name · client create --full-name TEXT --email ADDRESS [flags]",
		"# a comment":                "",
		"client create -n X -e a@b ": "client create --full-name TEXT --email ADDRESS [flags]",
	} {
		if got := c.hint(line); got != want {
			t.Errorf("below %q: %q, want %q", line, got, want)
		}
	}
	c.prompts = 2
	if got := c.hint(""); got != "" {
		t.Errorf("at the second prompt: %q", got)
	}
	if got := newWords(t, newDesk(t, dsn, "")).hint(""); got != "nobody is logged in: type login" {
		t.Errorf("with nobody logged in: %q", got)
	}
}

// Look-ups for every key do not pile up: one runs, and of the others the last one after it.
func TestLatest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l latest
		var running, most, ran, cancelled atomic.Int64
		var last atomic.Int64
		for key := range 1000 {
			l.run(func(ctx context.Context) {
				most.Store(max(most.Load(), running.Add(1)))
				defer running.Add(-1)
				ran.Add(1)
				last.Store(int64(key))
				time.Sleep(5 * time.Second) // the database is slow, and does not hear that it is told to stop
				if ctx.Err() != nil {
					cancelled.Add(1)
				}
			})
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		if most.Load() != 1 || last.Load() != 999 || ran.Load() > 4 || cancelled.Load() < 2 {
			t.Errorf("%d at once, %d in all, %d told to stop, the last one for key %d", most.Load(), ran.Load(), cancelled.Load(), last.Load())
		}
		l.stop()
		l.run(func(context.Context) { t.Error("it runs after the end") })
	}) // and no goroutine is left
}

// A panic in a look-up, which runs beside the line that is typed, is reported and ends nothing else.
func TestLookUpThatPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l latest
		var reports, ran atomic.Int64
		l.failed = func(*panicked) { reports.Add(1) }
		l.run(func(context.Context) { panic("Secret") })
		l.run(func(context.Context) { ran.Add(1) })
		synctest.Wait()
		if reports.Load() != 1 || ran.Load() != 1 {
			t.Errorf("%d reports, %d look-ups after it", reports.Load(), ran.Load())
		}
	})
}

// A key is not kept waiting by a database that answers late, twice for its slowness even less; what it
// says is shown when it comes, and until then what is known.
func TestLookUpOfASlowDatabase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var refreshed, asked atomic.Int64
		c := newCompleter(commands.NewRegistry(nil), &commands.Env{}, nil, func() { refreshed.Add(1) })
		delay := 5 * time.Millisecond
		look := func(text string) (names []string, took time.Duration) {
			began := time.Now()
			found, _ := c.lookUp("client view id", text, func(ctx context.Context) ([]commands.Candidate, error) {
				asked.Add(1)
				select {
				case <-ctx.Done():
					return nil, ctx.Err()
				case <-time.After(delay):
					return []commands.Candidate{{Value: "8", About: "Kévin"}, {Value: text}}, nil
				}
			})
			for _, f := range found {
				names = append(names, f.Value)
			}
			return names, time.Since(began)
		}
		if names, took := look("k"); !slices.Equal(names, []string{"8", "k"}) || took != delay {
			t.Errorf("of a fast database: %v after %v", names, took)
		}
		look("k")
		if asked.Load() != 1 {
			t.Error("asked again for what is known")
		}
		delay = time.Second
		if names, took := look("ke"); !slices.Equal(names, []string{"8", "k"}) || took != patience {
			t.Errorf("of a slow one: %v after %v, want what was there before", names, took)
		}
		if _, took := look("kev"); took != 0 {
			t.Errorf("while it is at another answer: after %v", took)
		}
		if refreshed.Load() != 0 {
			t.Error("refreshed without an answer")
		}
		time.Sleep(2 * time.Second)
		if refreshed.Load() != 1 {
			t.Errorf("refreshed %d times for one answer", refreshed.Load())
		}
		if names, _ := look("kev"); !slices.Equal(names, []string{"8", "kev"}) || asked.Load() != 3 {
			t.Errorf("when it has come: %v, asked %d times", names, asked.Load())
		}
		delay = time.Hour
		look("never")
		time.Sleep(time.Minute)
		if refreshed.Load() != 1 {
			t.Error("refreshed for nothing")
		}
		c.stop()
	})
}

// Whoever asks for the same records twice within some seconds sees the same, and after a command what is new.
func TestCompletionForgets(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	c := newWords(t, newDesk(t, dsn, "claire.dubois"))
	if got := c.at("client view nouv"); len(got) != 0 {
		t.Fatalf("%q", got)
	}
	run(t, dsn, `INSERT INTO epic_events.client (full_name, email, commercial_id, first_contact_date) VALUES ('Nouvelle Cliente', 'n@example.com', 2, now())`)
	if got := c.at("client view nouv"); len(got) != 0 {
		t.Errorf("%q within the same line", got)
	}
	c.begin()
	if got := c.at("client view nouv"); !slices.Equal(got, []string{"11"}) {
		t.Errorf("%q after a command", got)
	}
	c.at("client view 8")
	c.begin()
	c.patience = 0
	if got := c.at("client view kév"); slices.Equal(got, []string{"8"}) { // of several: a Tab would take the only one
		t.Errorf("%q, what another line asked for", got)
	}
}

// Whatever is typed, the completion does not panic, and what it offers is one word in the place of what was typed.
func FuzzComplete(f *testing.F) {
	for _, seed := range []string{"client view 8 --format ", `event create --title "a`, "user list -MC --", "a\\", "client list --columns id,", "--", "client create -n=x -"} {
		f.Add(seed, 3)
	}
	store, err := data.Open(data.Config{DSN: "host=/nowhere"})
	if err != nil {
		f.Fatal(err)
	}
	defer store.Close()
	c := newCompleter(commands.NewRegistry(commands.All()), &commands.Env{Store: store, Now: time.Now, Location: time.UTC, Sessions: &commands.Sessions{
		Now: time.Now, Keys: func() (*security.Keys, error) { return nil, model.Errorf(model.Unauthenticated, "nobody") }}}, nil, func() {})
	c.actor = &model.Actor{UserID: 1, Permissions: security.Codes()}
	f.Fuzz(func(t *testing.T, line string, cursor int) {
		runes := []rune(line)
		cursor = min(max(cursor, 0), len(runes))
		for _, s := range c.complete(string(runes), cursor) {
			if s.Start < 0 || s.Start > cursor {
				t.Fatalf("a suggestion for %q that starts at %d", line, s.Start)
			}
			completed := string(runes[:s.Start]) + s.Text
			if words, err := commands.Split(completed); err == nil && len(words) > 0 && commands.Quote(words[len(words)-1]) != s.Text {
				t.Fatalf("%q does not end with the word %q", completed, s.Text)
			}
		}
		c.hint(string(runes))
	})
}
