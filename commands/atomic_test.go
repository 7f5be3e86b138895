package commands

import (
	"context"
	"testing"

	"epev/data"
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
