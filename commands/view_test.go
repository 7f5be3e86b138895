package commands

import (
	"context"
	"fmt"
	"testing"

	"epev/model"
)

// TestViewConfirmsWhatItPresumes: a record is viewed with the rights of the last command. What was taken away or given
// since is obeyed all the same (SPEC 5, rule 2): the statement that reads the record has the last word.
func TestViewConfirmsWhatItPresumes(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	clerk := o.role("clerk")
	other := o.role("other clerk", "client:view", "contract:view", "event:view")
	nothing := o.role("nothing")
	user := o.hire("alex.actor", "clerk")
	hugo := o.hire("hugo.lefevre", "commercial")
	client := o.client(hugo)
	contract := o.contract(client, true)
	event := o.event(contract, 0)
	all := []string{"client:view", "contract:view", "event:view"}
	records := map[string]int64{"client": client, "contract": contract, "event": event}

	for name, change := range map[string]struct {
		do   func()
		kind model.Kind
	}{
		"a revocation":         {func() { o.grant(clerk) }, model.Denied},
		"a narrower scope":     {func() { o.grant(clerk, "client:view:own", "contract:view:own", "event:view:own_client") }, model.NotFound},
		"another role":         {func() { o.exec("update users set role_id = $2 where id = $1", user, nothing) }, model.Denied},
		"a deactivation":       {func() { o.exec("update users set is_active = false where id = $1", user) }, model.Unauthenticated},
		"an end of a session":  {func() { o.exec("update session set ended_at = now(), end_reason = 'logout' where user_id = $1", user) }, model.Unauthenticated},
		"a session run out":    {func() { o.exec("update session set expires_at = now() where user_id = $1", user) }, model.Unauthenticated},
		"a session of another": {func() { o.exec("update session set user_id = $2 where user_id = $1", user, hugo) }, model.Unauthenticated},
	} {
		for noun, id := range records {
			o.exec("update users set role_id = $2, is_active = true where id = $1", user, clerk)
			o.grant(clerk, all...)
			d := o.desk("alex.actor")
			d.must("%s view %d", noun, id) // from here on its rights are known
			if !d.presumes("%s view %d", noun, id) {
				t.Errorf("%s view asks twice", noun)
			}
			change.do()
			if d.presumes("%s view %d", noun, id) {
				t.Errorf("%s view goes on after %s", noun, name)
			}
			d.fails(change.kind, "%s view %d", noun, id)
			d.fails(change.kind, "%s view %d", noun, id)
		}
	}

	// What was given counts at once as well.
	o.exec("update users set role_id = $2, is_active = true where id = $1", user, clerk)
	o.grant(clerk)
	d := o.desk("alex.actor")
	for noun, id := range records {
		d.fails(model.Denied, "%s view %d", noun, id)
	}
	o.grant(clerk, all...)
	for noun, id := range records {
		d.must("%s view %d", noun, id)
		d.fails(model.NotFound, "%s view %d", noun, 99999)
	}
	// Another role with the same permissions is another authority; the next command knows it.
	o.exec("update users set role_id = $2 where id = $1", user, other)
	if d.presumes("client view %d", client) {
		t.Error("another role was taken for the one before")
	}
	d.must("client view %d", client)
	if !d.presumes("client view %d", client) {
		t.Error("the other role is not known yet")
	}
}

// presumes reports whether the command line is done without asking for the actor's rights before.
func (d *desk) presumes(format string, args ...any) bool {
	d.t.Helper()
	call, err := d.call(fmt.Sprintf(format, args...))
	if err != nil {
		d.t.Fatal(err)
	}
	_, done, err := call.view(context.Background(), &Act{Env: d.env, Data: d.env.Store.Read()})
	if err != nil {
		d.t.Fatal(told(err))
	}
	return done
}
