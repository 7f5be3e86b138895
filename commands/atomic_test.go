package commands

import (
	"context"
	"strings"
	"testing"

	"epev/data"
	"epev/model"
	"epev/security"
)

// SPEC 1: login, logout and refresh act at once, outside an --atomic script's transaction, and do not
// wait for what that transaction holds: a change of the actor's own rights.
func TestLeavingAnAtomicScriptThatChangedOnesOwnRole(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("admin.root", "management")
	d := o.desk("admin.root")
	outside := d.env.Store
	err := outside.Atomic(context.Background(), func(_ context.Context, inside *data.Store) error {
		d.env.Store = inside
		defer func() { d.env.Store = outside }()
		d.must("role grant management client:delete")
		d.must(`user update admin.root -n "Root of All"`)
		d.must("refresh")
		d.must("logout")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := o.number(`select count(*) from @change_log where action = 'logout' and actor = 'admin.root' and session_id is not null`); n != 1 {
		t.Errorf("%d logouts in the history", n)
	}
}

// Nor can somebody log in whose rights are not settled yet: that is told, and not waited for in vain.
func TestLoginAsWhomTheAtomicScriptChanges(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("admin.root", "management")
	claire := o.hire("claire.dubois", "commercial")
	hash, err := security.HashPassword("Sunny-Terrace-7")
	if err != nil {
		t.Fatal(err)
	}
	o.exec("update users set password_hash = $1 where id = $2", hash, claire)
	d := o.desk("admin.root")
	d.undo(func() {
		d.must("user update claire.dubois -r support")
		d.lines = []string{"Sunny-Terrace-7"}
		if e := d.fails(model.Conflict, "login -u claire.dubois --password-file -"); !strings.Contains(e.Message, "--atomic") {
			t.Error(told(e))
		}
		d.must("whoami")
	})
	d.must("whoami")
}
