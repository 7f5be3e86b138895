package shell

import (
	"slices"
	"strings"
	"testing"

	"epev/commands"
	"epev/shell/complete"
)

// words completes lines whose cursor is marked by |.
type words struct{ *complete.Completer }

func (c words) at(marked string) []string {
	before, behind, _ := strings.Cut(marked, "|")
	return texts(c.Line(before+behind, len([]rune(before))))
}

func TestCompletionOfLines(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	claire := newWords(t, newDesk(t, dsn, "claire.dubois"), "client view 6", `contract create --client-id 2 --total-amount "1 200,50"`, "client view 99", "event view 'unclosed")
	admin := newWords(t, newDesk(t, dsn, "admin.root"))
	nobody := newWords(t, newDesk(t, dsn, ""))
	for _, test := range []struct {
		words words
		line  string
		want  []string
	}{
		{claire, "cl", []string{"client", "clear"}},
		{claire, "client ", []string{"create", "list", "view", "update", "delete", "duplicates", "merge", "help"}},
		{admin, "client ", []string{"list", "view", "reassign", "duplicates", "merge", "help"}}, // management neither creates nor updates clients
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
		{claire, "client view 8 --format ", []string{"table", "json", "csv", "tsv", "markdown", "xlsx"}},
		// Flags: those that are missing, the required ones first.
		{claire, "client create ", []string{"--full-name", "--email", "--phone", "--company-id", "--first-contact-date", "--last-contact-date", "--format", "--no-color", "--yes", "--help"}},
		{claire, "client create -n X -ea@b.fr --ph", []string{"--phone"}},
		{claire, "client create -n X -ea@b.fr --phone=1 --first-contact-date today ", []string{"--company-id", "--last-contact-date", "--format", "--no-color", "--yes", "--help"}},
		{claire, "client update 8 --f| --full-name X", []string{"--first-contact-date", "--format"}},
		{claire, "client delete 7 --y", []string{"--yes"}},
		{claire, "client view 8 --y", nil},
		{claire, "client create amail", nil},
		{claire, "client create mail", []string{"--email"}},
		{admin, "user list -MC --", []string{"--support", "--role", "--inactive", "--search", "--sort", "--limit", "--after", "--count", "--columns", "--format", "--no-color", "--help"}},
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
	claire.Used(commands.Invocation{Command: &commands.Command{Path: "client create"}}, commands.Result{Table: &commands.Table{
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
	env := newDesk(t, dsn, "admin.root")
	c := newWords(t, env)
	given := map[string]string{"id": "2", "resource": "client", "event-id": "1", "client-id": "1"}
	offered := 0
	registry := commands.NewRegistry(commands.All())
	for _, command := range registry.Commands() {
		if command.Path == "help" {
			continue // takes topics alone
		}
		for _, p := range command.Params {
			inv := commands.Invocation{Command: &command, Raw: map[string]string{}}
			for _, other := range command.Params {
				if value := given[other.Name]; value != "" && other.Name != p.Name {
					inv.Raw[other.Name] = value
				}
			}
			for _, o := range texts(c.Answer(&inv, p)("", 0)) {
				offered++
				if err := inv.CheckValue(p.Name, o, env.Values()); err != nil && !p.Source.Path {
					t.Errorf("%s %s %q: %v", command.Path, p.Label(), o, err)
				}
			}
		}
		for _, flag := range c.at(command.Path + " --") {
			words := append(strings.Fields(command.Path), flag)
			if p := command.Grammar().Flag(strings.TrimPrefix(flag, "--"), ""); !p.Switch {
				words = append(words, "x")
			}
			if _, err := registry.Parse(words); err != nil {
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
		if got := c.Hint(line); got != want {
			t.Errorf("below %q: %q, want %q", line, got, want)
		}
	}
	c.Begin()
	if got := c.Hint(""); got != "" {
		t.Errorf("at the second prompt: %q", got)
	}
	if got := newWords(t, newDesk(t, dsn, "")).Hint(""); got != "nobody is logged in: type login" {
		t.Errorf("with nobody logged in: %q", got)
	}
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
	c.Begin()
	if got := c.at("client view nouv"); !slices.Equal(got, []string{"11"}) {
		t.Errorf("%q after a command", got)
	}
	c.at("client view 8")
	c.Begin()
	c.Patience = 0
	if got := c.at("client view kév"); slices.Equal(got, []string{"8"}) { // of several: a Tab would take the only one
		t.Errorf("%q, what another line asked for", got)
	}
}
