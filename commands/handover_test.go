package commands

import (
	"fmt"
	"strings"
	"testing"

	"epev/model"
)

func TestAHandoverGivesAllThatSomebodyHas(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("admin.root", "management")
	claire, hugo := o.hire("claire.dubois", "commercial"), o.hire("hugo.lefevre", "commercial")
	ines, oscar := o.hire("ines.morel", "support"), o.hire("oscar.petit", "support")
	a, b := o.client(claire), o.client(claire)
	signed := o.contract(a, true)
	o.contract(a, false)
	o.contract(b, false)
	his := o.client(hugo)
	coming, over := o.event(signed, ines), o.event(signed, ines)
	o.exec("update event set start_date = '2024-01-01', end_date = '2024-01-02' where id = $1", over)
	d := o.desk("admin.root")

	before := o.number("select max(id) from @change_log")
	preview := d.must("handover claire.dubois hugo.lefevre --dry-run")
	if len(preview.Table.Rows) != 5 || preview.Message != "" {
		t.Errorf("would go: %v", preview.Table.Rows)
	}
	if o.number("select max(id) from @change_log") != before {
		t.Error("a dry run changed something")
	}
	r := d.must("handover claire.dubois %d", hugo)
	if r.Message != "2 clients with 3 contracts went from claire.dubois to hugo.lefevre." {
		t.Error(r.Message)
	}
	if n := o.number("select count(*) from @client where commercial_id = $1", hugo); n != 3 || o.number("select count(*) from @contract where commercial_id = $1", hugo) != 3 {
		t.Errorf("hugo has %d clients", n)
	}
	if n := o.number("select count(distinct mark) from @change_log where cause = 'handover from claire.dubois to hugo.lefevre'"); n != 1 {
		t.Errorf("the history tells of %d acts", n)
	}
	if n := o.number("select count(*) from @change_log where cause = 'handover from claire.dubois to hugo.lefevre'"); n != 5 {
		t.Errorf("the history tells the cause of %d changes", n)
	}
	if r := d.must("handover claire.dubois hugo.lefevre"); r.Message != "Nothing to hand over: claire.dubois has none of it." {
		t.Error(r.Message)
	}

	if r := d.must("handover ines.morel oscar.petit --events --coming"); r.Message != "1 event went from ines.morel to oscar.petit." {
		t.Error(r.Message)
	}
	if o.number("select support_contact_id from @event where id = $1", coming) != oscar || o.number("select support_contact_id from @event where id = $1", over) != ines {
		t.Error("the wrong events went")
	}
	o.checkHistory("client", "client")
	o.checkHistory("contract", "contract")
	o.checkHistory("event", "event")

	for _, bad := range []struct {
		kind       model.Kind
		line, told string
	}{
		{model.NotFound, "handover no.body hugo.lefevre", "user no.body not found"},
		{model.NotFound, "handover hugo.lefevre no.body", "user no.body not found"},
		{model.Conflict, "handover hugo.lefevre hugo.lefevre", "hugo.lefevre has it already"},
		{model.Conflict, "handover hugo.lefevre ines.morel", "ines.morel is not a commercial user"},
		{model.Conflict, "handover oscar.petit hugo.lefevre", "hugo.lefevre is not a support user"},
		{model.Conflict, "handover hugo.lefevre claire.dubois --contracts", "goes with its client"},
	} {
		if err := d.fails(bad.kind, "%s", bad.line); !strings.Contains(err.Message, bad.told) {
			t.Errorf("%s: %s", bad.line, told(err))
		}
	}
	o.exec("update event set support_contact_id = $1 where id = $2", hugo, coming)
	if err := d.fails(model.Conflict, "handover hugo.lefevre claire.dubois"); !strings.Contains(err.Hint, "--clients") {
		t.Error(told(err))
	}
	d.must("handover hugo.lefevre claire.dubois --clients")
	d.must("handover hugo.lefevre ines.morel --events")
	if o.number("select commercial_id from @client where id = $1", his) != claire || o.number("select support_contact_id from @event where id = $1", coming) != ines {
		t.Error("not all went")
	}
}

// A handover reaches no further than giving each record would, and tells of none that is out of sight.
func TestAHandoverReachesNoFurtherThanEachCommand(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.role("own", "user:handover", "client:view:own", "client:reassign:own", "contract:view:own", "user:view")
	o.role("sees", "user:handover", "user:view", "client:view", "client:reassign:own", "event:view")
	o.role("blind", "user:handover", "client:view:own", "client:reassign:own")
	mine, hugo := o.hire("olga.own", "own"), o.hire("hugo.lefevre", "commercial")
	seeing := o.hire("sasha.sees", "sees")
	blind := o.hire("boris.blind", "blind")
	a, b := o.client(mine), o.client(hugo)
	o.client(seeing)
	c := o.client(blind)
	contract := o.contract(a, true)
	ines := o.hire("ines.morel", "support")
	o.event(contract, ines)

	d := o.desk("olga.own")
	if r := d.must("handover hugo.lefevre olga.own"); !strings.HasPrefix(r.Message, "Nothing to hand over") {
		t.Error(r.Message)
	}
	if r := d.must("handover olga.own hugo.lefevre"); r.Message != "1 client with 1 contract went from olga.own to hugo.lefevre." {
		t.Error(r.Message)
	}
	d = o.desk("sasha.sees")
	if err := d.fails(model.Denied, "handover hugo.lefevre sasha.sees"); err.Message != fmt.Sprintf("You don't have permission to reassign client %d", a) {
		t.Error(told(err))
	}
	if err := d.fails(model.Denied, "handover ines.morel hugo.lefevre"); !strings.Contains(err.Message, "assign_support event") {
		t.Error(told(err))
	}
	// Who views no users names oneself, and a colleague who can take it.
	d = o.desk("boris.blind")
	d.fails(model.NotFound, "handover hugo.lefevre claire.dubois")
	d.fails(model.NotFound, "handover %d hugo.lefevre", hugo)
	d.fails(model.NotFound, "handover boris.blind ines.morel")
	if r := d.must("handover boris.blind hugo.lefevre"); r.Message != "1 client went from boris.blind to hugo.lefevre." {
		t.Error(r.Message)
	}
	if o.number("select commercial_id from @client where id = $1", b) != hugo || o.number("select commercial_id from @client where id = $1", c) != hugo {
		t.Error("the wrong clients went")
	}
	o.desk("hugo.lefevre").fails(model.Denied, "handover hugo.lefevre olga.own")
}

// A contract that is somebody's although its client is not, as a predecessor left it, goes to the client's commercial.
func TestAHandoverGivesStrayContractsToTheirClients(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("admin.root", "management")
	claire, hugo, jean := o.hire("claire.dubois", "commercial"), o.hire("hugo.lefevre", "commercial"), o.hire("jean.dupont", "commercial")
	stray := o.contract(o.client(jean), false)
	o.exec("alter table contract disable trigger user; update contract set commercial_id = $1 where id = $2; alter table contract enable trigger user", claire, stray)
	d := o.desk("admin.root")
	want := fmt.Sprintf("Contract %d went to jean.dupont, the commercial of its client.", stray)
	if r := d.must("handover claire.dubois hugo.lefevre --contracts"); r.Message != want || o.number("select commercial_id from @contract where id = $1", stray) != jean {
		t.Error(r.Message)
	}
	_ = hugo
}

// Of two handovers at once each record goes with one, and nothing is lost.
func TestTwoHandoversAtOnce(t *testing.T) {
	t.Parallel()
	o, _ := crowded(t, 0)
	claire := o.number("select id from @users where username = 'claire.dubois'")
	o.hire("admin.root", "management")
	a, b := o.hire("anna.martin", "commercial"), o.hire("bruno.petit", "commercial")
	for range 20 {
		o.contract(o.client(claire), true)
	}
	desks := []*desk{o.desk("admin.root"), o.desk("admin.root"), o.desk("admin.root"), o.desk("admin.root")}
	errs := together(4, func(i int) error {
		_, err := desks[i].do("handover claire.dubois %s", []string{"anna.martin", "bruno.petit"}[i%2])
		return err
	})
	if won := winners(t, errs); won != 4 {
		t.Errorf("%d of 4 went through", won)
	}
	one, other := o.number("select count(*) from @client where commercial_id = $1", a), o.number("select count(*) from @client where commercial_id = $1", b)
	if one*other != 0 || one+other != 20 {
		t.Errorf("%d went to one, %d to the other", one, other)
	}
	if n := o.number("select count(*) from @client c join @contract k on k.client_id = c.id and k.commercial_id = c.commercial_id"); n != 20 {
		t.Errorf("%d contracts are with their clients", n)
	}
	if n := o.number("select count(*) from @change_log where resource = 'client' and action = 'update'"); n != 20 {
		t.Errorf("%d clients changed hands", n)
	}
	o.checkHistory("client", "client")
	o.checkHistory("contract", "contract")

	// In a circle, each waits for the other's clients no longer than it takes.
	errs = together(4, func(i int) error {
		names := []string{"anna.martin", "bruno.petit", "anna.martin"}
		_, err := desks[i].do("handover %s %s", names[i%2], names[i%2+1])
		return err
	})
	if won := winners(t, errs); won != 4 || o.number("select count(*) from @client where commercial_id in ($1, $2)", a, b) != 20 {
		t.Errorf("%d of 4 went through", won)
	}
	o.checkHistory("client", "client")
}

// A handover against an assignment at once: each event is with one of those who were meant, and the history tells how.
func TestAHandoverAgainstAnAssignment(t *testing.T) {
	t.Parallel()
	o, _ := crowded(t, 0)
	claire := o.number("select id from @users where username = 'claire.dubois'")
	o.hire("admin.root", "management")
	ines, oscar, thao := o.hire("ines.morel", "support"), o.hire("oscar.petit", "support"), o.hire("thao.tran", "support")
	contract := o.contract(o.client(claire), true)
	var events []int64
	for range 10 {
		events = append(events, o.event(contract, ines))
	}
	handing, assigning := o.desk("admin.root"), o.desk("admin.root")
	for n, v := range events {
		o.exec("update event set start_date = date '2099-01-01' + $1::int, end_date = date '2099-01-01' + $1::int + interval '1 hour' where id = $2", int64(n), v)
	}
	for _, v := range events {
		errs := together(2, func(i int) error {
			if i == 0 {
				_, err := handing.do("handover ines.morel oscar.petit")
				return err
			}
			_, err := assigning.do("event assign_support %d thao.tran", v)
			return err
		})
		winners(t, errs, model.Conflict)
		with := o.number("select support_contact_id from @event where id = $1", v)
		if errs[0] != nil || errs[1] == nil && with != thao || errs[1] != nil && with != oscar {
			t.Errorf("event %d is with %d after %v", v, with, errs)
		}
		if o.number("select count(*) from @event where support_contact_id = $1", ines) != 0 {
			t.Error("some were left behind")
		}
		o.exec("update event set support_contact_id = $1", ines)
	}
	o.checkHistory("event", "event")
}

// Who is deactivated, or changes role, hands over by the same command.
func TestWhoLeavesHandsOver(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	admin := o.hire("admin.root", "management")
	claire, hugo := o.hire("claire.dubois", "commercial"), o.hire("hugo.lefevre", "commercial")
	a := o.client(claire)
	o.contract(a, true)
	d := o.desk("admin.root")
	before := o.number("select max(id) from @change_log")
	if err := d.fails(model.Conflict, "user deactivate claire.dubois --handover admin.root"); err.Field != "handover" {
		t.Error(told(err))
	}
	d.fails(model.NotFound, "user deactivate claire.dubois --handover no.body")
	d.fails(model.Conflict, "user deactivate claire.dubois --handover claire.dubois")
	d.fails(model.Usage, "user update claire.dubois -n Claire --handover hugo.lefevre")
	if o.number("select max(id) from @change_log") != before {
		t.Error("what was refused changed something")
	}
	r := d.must("user deactivate claire.dubois --handover hugo.lefevre")
	if !strings.HasSuffix(r.Message, "1 client with 1 contract went from claire.dubois to hugo.lefevre.") || len(r.Warnings) != 0 ||
		o.number("select commercial_id from @client") != hugo || o.text("select is_active::text from @users where id = $1", claire) != "false" {
		t.Errorf("%s %v", r.Message, r.Warnings)
	}
	d.must("user activate claire.dubois")
	r = d.must("user update hugo.lefevre -r management --handover claire.dubois")
	if !strings.HasSuffix(r.Message, "1 client with 1 contract went from hugo.lefevre to claire.dubois.") || len(r.Warnings) != 0 || o.number("select commercial_id from @client") != claire {
		t.Errorf("%s %v", r.Message, r.Warnings)
	}
	// Without the flag what is left is told, as before.
	if r := d.must("user deactivate claire.dubois"); len(r.Warnings) != 1 {
		t.Errorf("%v", r.Warnings)
	}
	// Who may not hand over changes nothing.
	d.must("user activate claire.dubois")
	d.must("role revoke management user:handover")
	before = o.number("select max(id) from @change_log")
	if err := d.fails(model.Denied, "user deactivate claire.dubois --handover hugo.lefevre"); !strings.Contains(err.Hint, "user:handover") {
		t.Error(told(err))
	}
	if o.number("select max(id) from @change_log") != before {
		t.Error("what was denied changed something")
	}
	_ = admin
}

// What the events of a handover clash with is named. A script goes on with the flag alone.
func TestAHandoverNamesClashes(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("admin.root", "management")
	ines, oscar := o.hire("ines.morel", "support"), o.hire("oscar.petit", "support")
	contract := o.contract(o.client(o.hire("claire.dubois", "commercial")), true)
	free, clashing, other := o.event(contract, ines), o.event(contract, ines), o.event(contract, oscar)
	o.exec("update event set start_date = '2099-01-01', end_date = '2099-01-02' where id = $1", free)
	o.exec("update event set start_date = '2099-03-01', end_date = '2099-03-02' where id in ($1, $2)", clashing, other)
	d := o.desk("admin.root")
	for _, line := range []string{"handover ines.morel oscar.petit", "user deactivate ines.morel --handover oscar.petit"} {
		if err := d.fails(model.Conflict, "%s", line); !strings.Contains(err.Message, fmt.Sprintf("oscar.petit is busy: event %d", other)) {
			t.Error(told(err))
		}
	}
	r := d.must("handover ines.morel oscar.petit --dry-run")
	if fmt.Sprint(r.Table.Rows[0][4]) != "<nil>" || !strings.Contains(fmt.Sprint(r.Table.Rows[1][4]), fmt.Sprintf("event %d", other)) {
		t.Errorf("%v", r.Table.Rows)
	}
	r = d.must("handover ines.morel oscar.petit --even-if-busy")
	if r.Message != "2 events went from ines.morel to oscar.petit." || len(r.Warnings) != 1 {
		t.Errorf("%s %v", r.Message, r.Warnings)
	}
	d.must("user deactivate oscar.petit --handover ines.morel --even-if-busy")
	if n := o.number("select count(*) from @event where support_contact_id = $1", ines); n != 3 {
		t.Errorf("%d events are ines's", n)
	}
}
