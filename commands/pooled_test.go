package commands

import (
	"testing"

	"epev/data/testdb"
	"epev/model"
)

// Behind a pooler each command is one transaction. What reads has one from its first read to its last; what writes is
// authorised in the transaction that writes.
func TestBehindAPoolerEachCommandIsOneTransaction(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("mona.manager", "management")
	carl := o.hire("carl.commercial", "commercial")
	o.hire("sam.support", "support")
	company := o.company("Horlogerie")
	client := o.client(carl)
	contract := o.contract(client, true)
	event := o.event(contract, 0)
	o.dsn = testdb.Pooler(t, o.dsn, "stats_users = epev_owner") + "&pooler=transaction"
	mona, c := o.desk("mona.manager"), o.desk("carl.commercial")
	in := func(wanted int, what string, run func()) {
		t.Helper()
		before, asked := testdb.Transactions(t, o.dsn)
		run()
		after, messages := testdb.Transactions(t, o.dsn)
		if after-before != wanted {
			t.Errorf("%s: %d transactions instead of %d", what, after-before, wanted)
		}
		t.Logf("%s: %d messages", what, messages-asked)
	}
	for _, test := range []struct {
		d    *desk
		line string
		id   []any
	}{
		{c, "whoami", nil},
		{c, "client view %d", []any{client}},
		{c, "client view %d", []any{client}}, // now by what is presumed
		{c, "client list", nil},
		{c, "client list --only-mine --search horlo --limit 1", nil},
		{c, "client create -n Kevin -e kevin@startup.io", nil},
		{c, "client update %d -n New", []any{client}},
		{c, "contract view %d", []any{contract}},
		{c, "contract list --unpaid", nil},
		{c, "company list", nil},
		{c, "company create -n Second", nil},
		{c, "event list --upcoming", nil},
		{c, "event view %d", []any{event}},
		{c, "history contract %d", []any{contract}},
		{mona, "history client %d", []any{client}},
		{mona, "user list", nil},
		{mona, "user view carl.commercial", nil},
		{mona, "user update sam.support -n Sam", nil},
		{mona, "role list", nil},
		{mona, "role view commercial", nil},
		{mona, "role perms", nil},
		{mona, "role grant 2 client:reassign:own", nil},
		{mona, "role revoke 2 client:reassign:own", nil},
		{mona, "company view %d", []any{company}},
		{mona, "contract update %d --remaining-amount 1", []any{contract}},
		{mona, "event assign_support %d sam.support", []any{event}},
		{mona, "event delete %d", []any{event}},
		{mona, "user deactivate sam.support", nil},
	} {
		in(1, test.line, func() { test.d.must(test.line, test.id...) })
	}
	in(1, "a record that is not there", func() { c.fails(model.NotFound, "contract view 99") })
	in(1, "a denial", func() { c.fails(model.Denied, "user create -u double.one -n D -e d@x.fr -r 2 --password-file -") })
	in(1, "a write that is denied", func() { c.fails(model.Denied, "role grant 2 user:list") })
	in(1, "a write that is a conflict", func() { c.fails(model.Conflict, "company create -n Second") })
	in(1, "completion", func() {
		command, _, _ := o.registry.Find(split("client view"))
		p, _ := command.Param("id")
		if found, err := Complete(t.Context(), c.env, command, p, Query{}); err != nil || len(found) == 0 {
			t.Errorf("%v %v", found, err)
		}
	})
	// A shell that begins looks at the schema in the transaction of its first command.
	other := o.deskOn(o.openStore())
	if err := other.env.Sessions.loadKeys(); err != nil {
		t.Fatal(err)
	}
	other.env.Sessions.adopt(c.env.Sessions.pair)
	in(1, "the first command of a shell", func() { other.must("client list") })
}
