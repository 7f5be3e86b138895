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

// within runs fn as an --atomic script of the desk.
func (d *desk) within(fn func()) error {
	outside := d.env.Store
	defer func() { d.env.Store = outside }()
	return outside.Atomic(context.Background(), func(_ context.Context, inside *data.Store) error {
		d.env.Store = inside
		fn()
		return nil
	})
}

// SPEC 5, rule 2: a script that has written and waits for its next line does not keep a manager from taking its
// actor's access away. The next command obeys, and so does the end of the script.
func TestManagersDoNotWaitForAnAtomicScript(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("manon.directrice", "management")
	o.hire("claire.dubois", "commercial")
	manager := o.desk("manon.directrice")
	for _, c := range []struct {
		does string
		undo string
		kind model.Kind // of the end; Internal: the script is kept
	}{
		{"user deactivate claire.dubois", "user activate claire.dubois", model.Unauthenticated},
		{"user update-password claire.dubois --password-file -", "", model.Unauthenticated},
		{"user update claire.dubois -r support", "user update claire.dubois -r commercial", model.Conflict},
		{"role revoke commercial company:create", "role grant commercial company:create", model.Conflict},
		{"role grant commercial company:update", "role revoke commercial company:update", model.Internal},
	} {
		for _, goesOn := range []bool{false, true} {
			d := o.desk("claire.dubois")
			manager.lines = []string{"New-Horse-22"}
			before := o.number("select count(*) from @company")
			err := d.within(func() {
				d.must("company create -n 'Company of %s %t'", c.does, goesOn)
				manager.must("%s", c.does)
				if goesOn {
					_, err := d.do("company create -n 'Another of %s'", c.does)
					if (err == nil) != (c.kind == model.Internal) {
						t.Errorf("after %s the next command is told %s", c.does, told(err))
					}
				}
			})
			made := o.number("select count(*) from @company") - before
			if kept := err == nil; model.KindOf(err) != c.kind || kept != (c.kind == model.Internal) || kept != (made > 0) {
				t.Errorf("after %s the script made %d companies and is told %s", c.does, made, told(err))
			}
			if c.undo != "" {
				manager.must("%s", c.undo)
			}
		}
	}
}

// What was written before the script's own logout is kept, also where it ends every session of the user.
func TestAtomicScriptThatLogsOut(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("manon.directrice", "management")
	claire := o.hire("claire.dubois", "commercial")
	manager := o.desk("manon.directrice")
	for _, logout := range []string{"logout", "logout --all"} {
		d := o.desk("claire.dubois")
		if err := d.within(func() { d.must("company create -n 'Before %s'", logout); d.must("%s", logout) }); err != nil {
			t.Errorf("%s: %s", logout, told(err))
		}
		d = o.desk("claire.dubois")
		err := d.within(func() {
			d.must("company create -n 'Lost by %s'", logout)
			d.must("%s", logout)
			manager.must("user deactivate %d", claire)
		})
		if model.KindOf(err) != model.Unauthenticated {
			t.Errorf("%s and a deactivation: %s", logout, told(err))
		}
		manager.must("user activate %d", claire)
	}
	if names := o.text("select string_agg(name, ', ' order by id) from @company"); names != "Before logout, Before logout --all" {
		t.Errorf("the companies are %s", names)
	}
}
