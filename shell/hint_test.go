package shell

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"epev/commands"
	"epev/data/testdb"
	"epev/model"
)

// Each refusal is told to each role and to nobody, by a process of its own and after commands that made the rights known.
func TestNoHintNamesACommandThatItsReaderMayNotRun(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	lines := []string{
		"client view 999", "contract view 999", "event view 999", "user view 999", "company view 999", "role view 999",
		"client update 999 -n X", "client view 3", "contract view 3", "event view 2",
		"client create -n Someone -e someone@example.com --company-id 999", "client create -n Someone -e someone@example.com --commercial-id 4",
		"client update 1 --company-id 999", "client update 3 --version 9 -n X", "client reassign 1 4", "client reassign 999 2",
		"contract create --client-id 999 --total-amount 10", "contract create --client-id 1 --commercial-id 3 --total-amount 10",
		"contract update 1 --total-amount 1", "contract update 1 --version 9 --remaining-amount 100", "contract delete 1 --yes",
		"event create --contract-id 2 -t Fair --full-address Here --start-date 01/02/2027 --end-date 02/02/2027 --participant-count 3",
		"event create --contract-id 999 -t Fair --full-address Here --start-date 01/02/2027 --end-date 02/02/2027 --participant-count 3",
		"event assign_support 1 2", "event assign_support 2 4", "event update 1 --version 9 --notes x", "event update 1 --contract-id 2",
		"user create -u someone -n Someone -e s@example.com -r nothing", "user update 4 -r nothing", "user deactivate 1", "user update 4 --version 9 -n X",
		"role grant support nothing:at_all", "role revoke management user:create", "role grant nothing client:view",
		"company create -n 'Startup SAS'", "company delete 1 --yes", "history client 999",
		"client new", "event assign 1 4", "contract sign 2", "user remove 4", "clent list", "whoam", "logot", "help nothing", "client delet 1",
	}
	for _, username := range []string{"admin.root", "claire.dubois", "ines.morel", ""} {
		t.Run(username, func(t *testing.T) {
			t.Parallel()
			for _, before := range []string{"", "whoami\n"} {
				for _, line := range lines {
					env := newDesk(t, dsn, username)
					var told bytes.Buffer
					s := &Shell{Registry: commands.NewRegistry(commands.All()), Env: env, Reporter: &Reporter{},
						Getenv: func(string) string { return "" }, Stdin: strings.NewReader(before + line + "\n"), Stdout: io.Discard, Stderr: &told}
					s.Options.KeepGoing = true
					s.Run(t.Context(), nil)
					var actor *model.Actor
					if username != "" {
						found, err := commands.WhoIs(t.Context(), env)
						if err != nil {
							t.Fatal(err)
						}
						actor = &found
					}
					for _, row := range strings.Split(told.String(), "\n") {
						// What was refused is quoted by the message, which is not the hint.
						_, hint, _ := strings.Cut(row, "; ")
						for i, quoted := range strings.Split(hint, `"`) {
							c, _, err := s.Registry.Find(strings.Fields(strings.TrimPrefix(quoted, "epev ")))
							if i%2 == 1 && err == nil && !c.Access.Allows(actor) {
								t.Errorf("%s: %s", line, row)
							}
						}
					}
					env.Store.Close()
				}
			}
		})
	}
}

func TestAHintIsKeptForWhoMayAndLeftOutForWhoMayNot(t *testing.T) {
	t.Parallel()
	dsn := testdb.New(t)
	run(t, dsn, office)
	told := func(username, hint, command string) string {
		s, _ := bench(t, strings.NewReader(""), io.Discard)
		s.Env = newDesk(t, dsn, username)
		return s.explain(model.Errorf(model.Conflict, "no").WithTry(hint, command)).hint
	}
	const signed, sign, status = "have it signed first, with {try}", "contract update 2 --is-signed true", "see {try}"
	for _, c := range []struct{ username, hint, command, want string }{
		{"claire.dubois", signed, sign, `have it signed first, with "epev contract update 2 --is-signed true"`},
		{"ines.morel", signed, sign, ""},
		{"", signed, sign, `log in with "epev login"`},
		{"", status, "db-status", `see "epev db-status"`},
		{"ines.morel", status, "db-status", `see "epev db-status"`},
		{"claire.dubois", "leave --commercial-id out, or move the client with {try}", "client reassign", `leave --commercial-id out`},
	} {
		if got := told(c.username, c.hint, c.command); got != c.want {
			t.Errorf("%q: %s: %q, want %q", c.username, c.hint, got, c.want)
		}
	}
}
