package commands

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"epev/model"
)

// TestRightsAreFresh: a grant, a revocation, a role change and a deactivation made in one shell are
// obeyed by the next command of another open shell (SPEC 5, rule 2).
func TestRightsAreFresh(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("manon.directrice", "management")
	sarah := o.hire("sarah.soutien", "support")
	company := o.company("Startup SAS")
	manager, support := o.desk("manon.directrice"), o.desk("sarah.soutien")

	support.fails(model.Denied, "company update %d -n Autre", company)
	manager.must("role grant support company:update")
	support.must("company update %d -n Autre", company)
	manager.must("role revoke support company:update")
	support.fails(model.Denied, "company update %d -n Encore", company)

	manager.must("user update %d -r management", sarah)
	support.must("company delete %d", company)
	if role := cell(t, support.must("whoami"), "role"); role != "management" {
		t.Errorf("the other shell knows the role %v", role)
	}
	manager.must("user update %d -r commercial", sarah)
	support.fails(model.Denied, "user list")
	support.must("client create -n Kevin -e kevin@startup.io")

	manager.must("user deactivate %d", sarah)
	if e := support.fails(model.Unauthenticated, "client create -n Other -e other@startup.io"); e.Message != "Session missing or expired." {
		t.Errorf("the first command after the deactivation: %q", e.Message)
	}
	for _, line := range []string{"client list", "whoami", "refresh", "history client 1"} {
		support.fails(model.Unauthenticated, "%s", line)
	}
	manager.must("user activate %d", sarah)
	support.fails(model.Unauthenticated, "whoami") // access begins anew with a login
}

// TestNoPermissionDoesNothing: a role without a permission has no access, and the last revocation
// brings no defaults back (SPEC 5, rule 1).
func TestNoPermissionDoesNothing(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("manon.directrice", "management")
	o.hire("sarah.soutien", "support")
	manager, support := o.desk("manon.directrice"), o.desk("sarah.soutien")
	held := cell(t, manager.must("role view support"), "permissions").([]string)
	for _, code := range held {
		manager.must("role revoke support %s", code)
	}
	for _, noun := range []string{"client", "contract", "event", "company"} {
		support.fails(model.Denied, "%s list", noun)
		support.fails(model.Denied, "%s view 1", noun)
		support.fails(model.Denied, "history %s 1", noun)
	}
	if left := cell(t, support.must("whoami"), "permissions").([]string); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	// A code that the catalogue does not know grants nothing, whatever it looks like.
	o.exec("insert into permission (name) values ('client:*'), ('*:*')")
	o.grant(o.number("select id from @role where name = 'support'"), "client:*", "*:*")
	support.fails(model.Denied, "client list")
	if perms := cell(t, support.must("whoami"), "permissions").([]string); len(perms) != 2 || !strings.Contains(perms[0], "grants nothing") {
		t.Errorf("unknown codes are shown as %v", perms)
	}
}

// TestOutOfSightIsMissing: an id that the user may not view is answered exactly like one that does not
// exist (SPEC 5, rule 4), wherever a command takes one.
func TestOutOfSightIsMissing(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	role := o.role("narrow",
		"client:list", "client:view:own", "client:create", "client:update", "client:delete", "client:reassign",
		"contract:list", "contract:view:own", "contract:create", "contract:update", "contract:delete",
		"event:list", "event:view:own_client", "event:create", "event:update", "event:delete", "event:assign_support", "history:view")
	me, stranger := o.hire("alex.actor", "narrow"), o.hire("claire.dubois", "commercial")
	support, idle := o.hire("ines.morel", "support"), o.hire("paul.ancien", "support")
	o.exec("update users set is_active = false where id = $1", idle)
	myClient, myContract := o.client(me), int64(0)
	myContract = o.contract(myClient, true)
	myEvent := o.event(myContract, 0)
	client := o.client(stranger)
	contract := o.contract(client, true)
	event := o.event(contract, support)
	company := o.company("Hidden")
	d := o.desk("alex.actor")

	const nobody = 424242
	for _, c := range []struct {
		line   string
		hidden []any
	}{
		{"client view %v", []any{client}},
		{"client update %v -n X", []any{client}},
		{"client delete %v", []any{client}},
		{"client reassign %v claire.dubois", []any{client}},
		{fmt.Sprintf("client reassign %d %%v", myClient), []any{support, idle}},
		{fmt.Sprintf("client update %d --company-id %%v", myClient), []any{company}},
		{"client create -n X -e x@startup.io --company-id %v", []any{company}},
		{"client list --after %v --company-id 1", []any{client}},
		{"contract view %v", []any{contract}},
		{"contract update %v --is-signed true", []any{contract}},
		{"contract delete %v", []any{contract}},
		{"contract create --client-id %v --total-amount 10", []any{client}},
		{fmt.Sprintf("contract update %d --client-id %%v", myContract), []any{client}},
		{"contract create --commercial-id claire.dubois --client-id %v --total-amount 10", []any{client}},
		{"event view %v", []any{event}},
		{"event update %v --notes X", []any{event}},
		{"event delete %v", []any{event}},
		{"event assign_support %v ines.morel", []any{event}},
		{fmt.Sprintf("event assign_support %d %%v", myEvent), []any{stranger, idle}},
		{fmt.Sprintf("event update %d --support-contact-id %%v", myEvent), []any{stranger, idle}},
		{fmt.Sprintf("event update %d --contract-id %%v", myEvent), []any{contract}},
		{"event create --title X --full-address Y --start-date 01/11/2027 --end-date 02/11/2027 --contract-id %v", []any{contract}},
		{fmt.Sprintf("event create --title X --full-address Y --start-date 01/11/2027 --end-date 02/11/2027 --contract-id %d --support-contact-id %%v", myContract), []any{stranger, idle}},
		{"history client %v", []any{client}},
		{"history contract %v", []any{contract}},
		{"history event %v", []any{event}},
		{"history company %v", []any{company}},
	} {
		want := strings.ReplaceAll(told(d.fails(model.NotFound, c.line, nobody)), fmt.Sprint(nobody), "ID")
		for _, hidden := range c.hidden {
			d.undo(func() {
				_, err := d.do(c.line, hidden)
				if got := strings.ReplaceAll(told(err), fmt.Sprint(hidden), "ID"); err == nil || got != want {
					t.Errorf(c.line+" tells %q, and of a missing one %q", hidden, got, want)
				}
			})
		}
	}

	// The same by username.
	for _, line := range []string{"client reassign CLIENT NAME", "event assign_support EVENT NAME", "event update EVENT --support-contact-id NAME"} {
		ask := func(name string) string {
			_, err := d.do("%s", strings.NewReplacer("NAME", name, "CLIENT", fmt.Sprint(myClient), "EVENT", fmt.Sprint(myEvent)).Replace(line))
			return strings.ReplaceAll(told(err), name, "NAME")
		}
		if want, got := ask("nobody.there"), ask("paul.ancien"); want != got || !strings.HasPrefix(got, "missing ") {
			t.Errorf("%s tells %q of a hidden user, and of a missing one %q", line, got, want)
		}
	}
	// A contract's commercial is never looked up at all.
	ask := func(who any) string {
		_, err := d.do("contract update %d --commercial-id %v", myContract, who)
		return told(err)
	}
	if a, b := ask("claire.dubois"), ask("nobody.there"); a != b || ask(stranger) != a || ask(nobody) != a {
		t.Errorf("--commercial-id tells %q and %q", a, b)
	}
	d.must("contract update %d --commercial-id alex.actor --remaining-amount 10", myContract)

	// With the bare view the same commands reach the records or say why not.
	o.grant(role, "client:view", "contract:view", "event:view", "client:update:own")
	d.must("client view %d", client)
	d.fails(model.Denied, "client update %d -n X", client)
}

// TestHistoryBeyondSight: history is open to whoever may view the record; history:view also opens
// deleted records, users and roles, and nothing else (SPEC 4).
func TestHistoryBeyondSight(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	auditor := o.role("auditor", "history:view")
	stranger := o.hire("claire.dubois", "commercial")
	o.hire("alex.actor", "auditor")
	client, gone := o.client(stranger), o.client(stranger)
	o.exec("delete from client where id = $1", gone)
	d := o.desk("alex.actor")
	d.must("history client %d", gone)
	d.must("history user %d", stranger)
	d.must("history user claire.dubois")
	d.must("history role auditor")
	d.fails(model.NotFound, "history client %d", client)
	d.fails(model.NotFound, "history client 424242")
	d.fails(model.NotFound, "history user 424242")
	d.fails(model.NotFound, "history role 424242")
	o.grant(auditor, "client:view")
	d.must("history client %d", client)
	d.fails(model.NotFound, "history client %d", gone)
	d.fails(model.Denied, "history user %d", stranger)
}

// TestFieldGuards holds SPEC 5, rule 5.
func TestFieldGuards(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	role := o.role("clerk")
	me, stranger := o.hire("alex.actor", "clerk"), o.hire("claire.dubois", "commercial")
	ines := o.hire("ines.morel", "support")
	mine, other := o.client(me), o.client(stranger)
	signed, unsigned := o.contract(mine, true), o.contract(mine, false)
	foreign := o.contract(other, true)
	assigned := o.event(foreign, me)
	both, unsupported := o.event(o.contract(mine, true), me), o.event(o.contract(mine, true), 0)
	d := o.desk("alex.actor")
	base := []string{"client:view", "contract:view", "event:view"}
	with := func(codes ...string) { o.grant(role, append(slices.Clone(base), codes...)...) }

	with("event:update:assigned")
	d.must("event update %d --notes Ramp --start-date 01/01/2027 --end-date 02/01/2027 --participant-count 3 --title T --full-address A", assigned)
	for _, change := range []string{fmt.Sprintf("--contract-id %d", signed), fmt.Sprintf("--support-contact-id %d", ines), "--support-contact-id ines.morel", "--support-contact-id ''", "--support-contact-id 424242"} {
		e := d.fails(model.Denied, "event update %d %s", assigned, change)
		needs := "needs event:update (held by management); yours is event:update:assigned"
		if strings.Contains(change, "support") {
			needs = "needs event:assign_support (held by management)"
		}
		if !strings.Contains(e.Hint, needs) {
			t.Errorf("%s: %s", change, e.Hint)
		}
	}
	// What it is already is no change.
	d.must("event update %d --contract-id %d --support-contact-id alex.actor --notes Door", assigned, foreign)
	d.must("event update %d --contract-id %d --support-contact-id %d --notes Rear", assigned, foreign, me)

	with("event:update:assigned", "event:update:own_client")
	d.fails(model.Denied, "event update %d --support-contact-id %d", assigned, ines)
	d.must("event update %d --contract-id %d", unsupported, signed)
	d.fails(model.Denied, "event update %d --contract-id %d", unsupported, foreign)
	d.fails(model.Denied, "event update %d --contract-id %d", both, signed)  // somebody supports it
	d.fails(model.Denied, "event update %d --contract-id %d", both, foreign) // it would be mine through the assignment alone
	d.fails(model.Denied, "event update %d --support-contact-id %d", both, ines)
	with("event:update:assigned", "event:update:own_client", "event:assign_support:own_client")
	d.fails(model.Denied, "event update %d --support-contact-id %d", assigned, ines)
	d.must("event update %d --support-contact-id %d", both, ines)
	with("event:update", "event:assign_support")
	d.must("event update %d --contract-id %d --support-contact-id ''", both, foreign)

	with("contract:update:own", "contract:update:assigned")
	e := d.fails(model.Denied, "contract update %d --total-amount 1200", signed)
	if e.Message != fmt.Sprintf("You don't have permission to change the total amount of contract %d", signed) ||
		!strings.Contains(e.Hint, "needs contract:update (held by management); yours are contract:update:assigned and contract:update:own") {
		t.Errorf("%s: %s", e.Message, e.Hint)
	}
	d.fails(model.Denied, "contract update %d --is-signed false", signed)
	d.must("contract update %d --total-amount 1000 --is-signed true --remaining-amount 10", signed) // as it is
	d.must("contract update %d --total-amount 1200 --is-signed true", unsigned)
	d.fails(model.Denied, "contract update %d --total-amount 1300", unsigned)
	d.fails(model.Denied, "contract update %d --client-id %d", unsigned, other)
	with("contract:update")
	d.must("contract update %d --total-amount 1300 --is-signed false", unsigned)

	// own may not change a client's commercial: no field of an update does, and reassign has its own permission.
	with("client:update:own")
	d.fails(model.Usage, "client update %d --commercial-id %d", mine, stranger)
	d.fails(model.Denied, "client reassign %d claire.dubois", mine)
	with("client:reassign:own")
	d.fails(model.Denied, "client reassign %d alex.actor", other)
	d.must("client reassign %d claire.dubois", mine)
	if n := o.number("select count(*) from @contract where client_id = $1 and commercial_id <> $2", mine, stranger); n > 0 {
		t.Errorf("%d contracts did not follow their client", n)
	}
}

// TestNobodyLocksEverybodyOut holds SPEC 5, rule 6.
func TestNobodyLocksEverybodyOut(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	manon := o.hire("manon.directrice", "management")
	manager := o.desk("manon.directrice")
	for _, line := range []string{"user update %d -r support", "user deactivate %d", "user delete %d"} {
		manager.fails(model.Conflict, line, manon)
	}
	manager.must("user update %d -r management -n Manon", manon) // no change of the role
	manager.fails(model.Conflict, "role revoke management role:assign")

	// One who may deactivate, delete and move users, and does not hold role:assign.
	o.role("personnel", "user:list", "user:view", "user:update", "user:delete", "role:list")
	o.hire("petra.personnel", "personnel")
	petra := o.desk("petra.personnel")
	for _, line := range []string{"user update %d -r support", "user deactivate %d", "user delete %d"} {
		if e := petra.fails(model.Conflict, line, manon); !strings.Contains(e.Message, "role:assign") {
			t.Errorf("%s: %s", line, e.Message)
		}
	}
	// An inactive holder is none.
	second := o.hire("marc.second", "management")
	o.exec("update users set is_active = false where id = $1", second)
	petra.fails(model.Conflict, "user deactivate %d", manon)
	petra.must("user activate %d", second)
	petra.must("user deactivate %d", manon)
	petra.fails(model.Conflict, "user delete %d", second)
	manager.fails(model.Unauthenticated, "user list")
}

// TestTwoManagersDeactivateEachOther: one of them wins, and somebody is left (SPEC 5, rule 6).
func TestTwoManagersDeactivateEachOther(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	names := []string{"manon.directrice", "marc.second"}
	users := []int64{o.hire(names[0], "management"), o.hire(names[1], "management")}
	for round := range 8 {
		desks := []*desk{o.desk(names[0]), o.desk(names[1])}
		verb := []string{"user deactivate %d", "user update %d -r support", "user delete %d"}[round%3]
		var errs [2]error
		var both sync.WaitGroup
		for i := range 2 {
			both.Go(func() { _, errs[i] = desks[i].do(verb, users[1-i]) })
		}
		both.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf(verb+": both answers: %v, %v", 0, errs[0], errs[1])
		}
		for _, err := range errs {
			if k := model.KindOf(err); err != nil && k != model.Conflict && k != model.Unauthenticated && k != model.Denied {
				t.Errorf("the loser is told %s", told(err))
			}
		}
		if left := o.number("select count(*) from @users u join @role r on r.id = u.role_id where u.is_active and r.name = 'management'"); left != 1 {
			t.Fatalf("%d managers are left", left)
		}
		o.exec("update users set is_active = true, role_id = (select id from role where name = 'management')")
		for i, name := range names {
			if o.number("select count(*) from @users where username = $1", name) == 0 {
				users[i] = o.hire(name, "management")
			}
		}
	}
}

// TestDenialsExplain: a denial names the code that was needed and who holds it, what the actor holds,
// and whose the record is (SPEC 5, rule 4).
func TestDenialsExplain(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	hugo := o.hire("hugo.lefevre", "commercial")
	o.hire("claire.dubois", "commercial")
	o.hire("sarah.soutien", "support")
	o.hire("manon.directrice", "management")
	client := o.client(hugo)
	contract := o.contract(client, true)
	event := o.event(contract, 0)
	claire, sarah, manon := o.desk("claire.dubois"), o.desk("sarah.soutien"), o.desk("manon.directrice")
	for _, c := range []struct {
		d             *desk
		line          string
		message, hint string
	}{
		{claire, fmt.Sprintf("client update %d -n X", client), fmt.Sprintf("update client %d", client),
			fmt.Sprintf("needs client:update (held by no role); yours is client:update:own and client %d belongs to hugo.lefevre", client)},
		{claire, fmt.Sprintf("contract update %d --remaining-amount 0", contract), fmt.Sprintf("update contract %d", contract),
			fmt.Sprintf("needs contract:update (held by management); yours is contract:update:own and contract %d belongs to hugo.lefevre", contract)},
		{claire, fmt.Sprintf("event create --contract-id %d --title T --full-address A --start-date 01/01/2027 --end-date 02/01/2027", contract), fmt.Sprintf("book events on contract %d", contract),
			fmt.Sprintf("needs event:create (held by no role); yours is event:create:own_client and contract %d belongs to hugo.lefevre", contract)},
		{sarah, fmt.Sprintf("event update %d --notes X", event), fmt.Sprintf("update event %d", event),
			fmt.Sprintf("needs event:update (held by management); yours is event:update:assigned and event %d belongs to hugo.lefevre, supported by nobody", event)},
		{sarah, "client create -n X -e x@startup.io", `run "client create"`, "needs client:create (held by commercial)"},
		{sarah, "event delete 1", `run "event delete"`, "needs event:delete (held by management)"},
		{manon, fmt.Sprintf("client update %d -n X", client), `run "client update"`, "needs client:update:own (held by commercial)"},
		{manon, "event create --contract-id 1 --title T --full-address A --start-date 01/01/2027 --end-date 02/01/2027", `run "event create"`, "needs event:create:own_client (held by commercial)"},
		{sarah, "history user 1", "read the history of user records", "needs user:view (held by management)"},
	} {
		e := c.d.fails(model.Denied, "%s", c.line)
		if e.Message != "You don't have permission to "+c.message || e.Hint != c.hint {
			t.Errorf("%s:\n got %s (%s)\nwant You don't have permission to %s (%s)", c.line, e.Message, e.Hint, c.message, c.hint)
		}
	}
}

// TestCompletionOffersWhoCanBeChosen: support contacts and commercials are active ones of their role.
func TestCompletionOffersWhoCanBeChosen(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("manon.directrice", "management")
	w := &world{o: o, desk: o.desk("manon.directrice")}
	ines, idle := o.hire("ines.morel", "support"), o.hire("paul.ancien", "support")
	hugo := o.hire("hugo.lefevre", "commercial")
	o.exec("update users set is_active = false where id = $1", idle)
	for command, want := range map[[2]string]int64{{"event assign_support", "support-id"}: ines, {"event update", "support-contact-id"}: ines, {"client reassign", "commercial-id"}: hugo} {
		if got := w.offered(command[0], command[1]); !slices.Equal(got, []int64{want}) {
			t.Errorf("%s is offered %v instead of %d", command, got, want)
		}
	}
	for _, user := range []int64{hugo, idle} {
		event := o.event(o.contract(o.client(hugo), true), 0)
		w.desk.fails(model.Conflict, "event assign_support %d %d", event, user) // who may view users is told why
	}
}

// SPEC 5, rules 3 and 4: completion offers nobody by an address that the actor may not read, and roles are told only
// to whoever may view or assign them.
func TestNothingIsToldAround(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.role("assigner", "role:assign", "event:view", "event:list", "event:assign_support", "history:view")
	o.hire("alma.assigner", "assigner")
	o.hire("manon.directrice", "management")
	ines := o.hire("ines.morel", "support")
	o.exec("update users set email = 'secret@elsewhere.fr' where id = $1", ines)
	d := o.desk("alma.assigner")
	offered := func(command, param, text string, raw map[string]string) int {
		t.Helper()
		c, _, err := o.registry.Find(strings.Fields(command))
		if err != nil {
			t.Fatal(err)
		}
		p, _ := c.Param(param)
		candidates, err := Complete(t.Context(), d.env, c, p, Query{Text: text, Raw: raw})
		if err != nil && model.KindOf(err) != model.NotFound {
			t.Fatal(err)
		}
		return len(candidates)
	}
	if n := offered("event assign_support", "support-id", "ines", nil); n != 1 {
		t.Errorf("by name %d are offered", n)
	}
	if n := offered("event assign_support", "support-id", "secret@", nil); n != 0 {
		t.Errorf("by an address that is not told %d are offered", n)
	}
	// Of roles, what assigning them takes.
	for _, param := range []string{"id", "code"} {
		if n := offered("role grant", param, "", map[string]string{"id": "commercial"}); n == 0 {
			t.Errorf("whoever may change a role is offered no %s", param)
		}
	}
	d.must("role list")
	d.must("role perms")
	d.must("role view 1")
	if e := d.fails(model.NotFound, "role grant 99 client:list"); e.Message != "role 99 not found" {
		t.Error(told(e))
	}
}
