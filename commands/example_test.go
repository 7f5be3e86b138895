package commands

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"epev/commands/demo"
	"epev/data"
	"epev/data/testdb"
	"epev/model"
	"epev/security"
)

// exampleKey is a public key.
const exampleKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPrIxIFeW8mfXLHnK9p+TWb6dCDCliRIAkmYd8se3bIT"

// Whoever types the example that help gives of a command, in a new sandbox, sees it work.
func TestEveryExampleOfHelpRunsInTheDemo(t *testing.T) {
	t.Parallel()
	dsn := testdb.New(t)
	store, err := data.Open(data.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	e := sandbox(t, dsn)
	if err := store.LoadSample(t.Context(), demo.Sample(e.Now().In(e.Location))); err != nil {
		t.Fatal(err)
	}
	store.Close()
	e.Store.Close()
	registry := NewRegistry(All())
	keys, err := security.NewKeys(strings.Repeat("k", 16)+strings.Repeat("l", 16), "v1", "", "")
	if err != nil {
		t.Fatal(err)
	}
	shared := testdb.Copy(t, dsn)
	for _, c := range registry.Commands() {
		if c.Group() == "import" { // which takes a file of one's own, or an import; the script import tries it
			continue
		}
		if c.Path == "gate" { // which sshd alone runs; the script gate does
			continue
		}
		if c.Path == "db-stop" || slices.Contains([]string{"db-backup", "db-verify", "db-restore", "db-upgrade"}, c.Path) { // the demo's script and their own try them
			continue
		}
		if c.Path == "session end" { // nobody knows the number of a session before; the script session-list does
			continue
		}
		t.Run(c.Path, func(t *testing.T) {
			var last error
			for _, account := range demo.Accounts {
				sit := func(at string) *desk {
					o := look(t, at)
					o.registry, o.keys = registry, keys
					return o.desk(account.Username)
				}
				d := sit(shared)
				if c.Path == "open" { // opens what was listed
					_, _ = d.do("client list")
				}
				call, err := d.call(c.Example)
				if err == nil {
					_, err = call.Authorise(t.Context(), d.env)
				}
				if err == nil && !c.reads() {
					d = sit(testdb.Copy(t, dsn))
					if c.Path == "user key remove" { // removes one that was added
						_, _ = d.do("user key add %s %s", account.Username, exampleKey)
					}
					call, err = d.call(c.Example)
				}
				d.env.AskSecret = func(_ context.Context, label string, _ func(string) error) (string, error) {
					if label == "Password" && c.Path == "login" {
						return demo.Password, nil
					}
					return "Sunny-Terrace-7", nil
				}
				d.env.NextLine = func() (string, error) { return "Sunny-Terrace-7", nil }
				if err == nil {
					_, err = call.Confirmation(t.Context(), d.env)
				}
				if err == nil {
					_, err = call.Execute(t.Context(), d.env)
				}
				if err == nil || errors.Is(err, ErrExit) {
					return
				}
				if last == nil || model.KindOf(err) != model.Denied {
					last = err
				}
			}
			if c.Path == "manager-create" && os.Geteuid() != 0 && strings.Contains(last.Error(), "root") {
				return
			}
			t.Errorf("%s: %s", c.Example, told(last))
		})
	}
}
