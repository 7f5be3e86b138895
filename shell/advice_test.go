package shell

import (
	"bytes"
	"strings"
	"testing"

	"epev/commands"
	"epev/model"
)

// No sentence names a command that its reader may not run: no usage, doubt, note after success or line under a list.
// Each role reads them, and nobody, and a clerk who may change users and draw up contracts but move nothing.
func TestNoSentenceNamesACommandThatItsReaderMayNotRun(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	run(t, dsn, `set search_path = epic_events;
		insert into role (id, name) values (7, 'clerk');
		insert into role_permission (role_id, permission_id) select 7, id from permission
		where name in ('user:list', 'user:view', 'user:update', 'contract:create', 'contract:list', 'contract:view', 'client:list', 'client:view', 'event:list', 'event:view');
		insert into users (username, full_name, email, role_id, password_hash) select 'tom.clerk', 'Tom Clerk', 'tom@epicevents.fr', 7, password_hash from users where id = 1;
		update users set is_active = false where id = 3`)
	registry := commands.NewRegistry(commands.All())
	lines := []string{
		"user update 2 -r support", "user deactivate 2 --yes", "user update 4 -r commercial", "user deactivate 4 --yes", // doubts
		"contract create --client-id 3 --total-amount 100", "client create -n 'Kévin Cousin' -e kevin@example.com -l 01/01/2099",
		"event create --contract-id 1 --title 'B2B Fair' --full-address Here --start-date 01/11/2020 --end-date 31/12/2020",
		"client list --limit 1", "contract list --limit 1", "event list --unassigned", "client list --search nobody", "user list --limit 1 --sort username",
		"client reassign 3 2", "role grant support client:create", "event assign_support 2 4",
		"client list --from 01/01/2027", "client view 1 --notes x", "company list --role x", "event view 1 --support-contact-id 3",
	}
	for _, verb := range []string{"create", "update", "delete", "list", "view", "reassign", "activate", "deactivate", "assign_support", "grant", "revoke", "perms", "update-password"} {
		for _, noun := range []string{"user", "client", "company", "contract", "event", "role"} {
			line := noun + " " + verb
			if c, _, err := registry.Find(strings.Fields(line)); err == nil {
				lines = append(lines, line, line+" --nothing x", line+" a b c d", line+" -z", line+" 1 --format")
				for _, p := range c.Params {
					if !p.Positional && !p.Switch {
						lines = append(lines, line+" 1 --"+p.Name)
						break
					}
				}
			}
		}
	}
	for _, username := range []string{"admin.root", "claire.dubois", "ines.morel", "tom.clerk", ""} {
		env := newDesk(t, dsn, username)
		var actor *model.Actor
		if username != "" {
			found, err := commands.WhoIs(t.Context(), env)
			if err != nil {
				t.Fatal(err)
			}
			actor = &found
		}
		for _, line := range lines {
			var told bytes.Buffer
			s := &Shell{Registry: registry, Env: env, Reporter: &Reporter{}, Getenv: func(string) string { return "" },
				Stdin: strings.NewReader(line + "\nhelp nothing\n"), Stdout: &told, Stderr: &told}
			s.Options.Atomic = true // and the second line undoes it
			s.Run(t.Context(), nil)
			for _, row := range strings.Split(told.String(), "\n") {
				_, usage, _ := strings.Cut(row, "usage: ")
				if strings.Contains(row, "You don't have permission to run") {
					continue // which names what was typed
				}
				_, hint, _ := strings.Cut(row, ": ") // behind the place
				named := []string{usage}
				for i, quoted := range strings.Split(hint, `"`) {
					if i%2 == 1 && quoted != line {
						named = append(named, quoted)
					}
				}
				for _, named := range named {
					if c, _, err := registry.Find(strings.Fields(strings.TrimPrefix(named, "epev "))); err == nil && !c.Access.Allows(actor) {
						t.Errorf("%s: %s: %s", username, line, row)
					}
				}
			}
		}
		env.Store.Close()
	}
}
