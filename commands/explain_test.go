package commands

import (
	"fmt"
	"strings"
	"testing"

	"epev/model"
	"epev/security"
)

// related returns a table of an explanation as text, a row a line.
func related(r Result, name string) string {
	var b strings.Builder
	for _, t := range r.Table.Related {
		if t.Name != name {
			continue
		}
		for _, row := range t.Rows {
			for i, v := range row {
				if i > 0 {
					b.WriteString(" | ")
				}
				fmt.Fprint(&b, v)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func TestAnExplanationTellsWhyAndWhatWouldChangeIt(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	admin := o.hire("admin.root", "management")
	claire, hugo := o.hire("claire.dubois", "commercial"), o.hire("hugo.lefevre", "commercial")
	ines := o.hire("ines.morel", "support")
	mine, his := o.client(claire), o.client(hugo)
	contract := o.contract(mine, true)
	event := o.event(contract, ines)
	d := o.desk("claire.dubois")

	r := d.must("explain update client %d", mine)
	if cell(t, r, "allowed") != true || cell(t, r, "why") != "through client:update:own" {
		t.Errorf("%v", r.Table.Rows)
	}
	if got := related(r, "what would change it"); !strings.HasPrefix(got, "role revoke commercial client:update:own | ") {
		t.Error(got)
	}
	r = d.must("explain update client %d", his)
	if cell(t, r, "allowed") != false || cell(t, r, "why") != fmt.Sprintf("denied (exit 4): client:update:own does not reach it: client %d belongs to hugo.lefevre", his) {
		t.Errorf("%v", r.Table.Rows)
	}
	want := "client:view | view any of the clients | true | true | [management commercial support]\n"
	if got := related(r, "codes"); !strings.Contains(got, want) || !strings.Contains(got, "client:update:own | change the clients whose commercial you are | false | true | [commercial]\n") {
		t.Error(got)
	}
	if got := related(r, "what would change it"); got != "role grant commercial client:update | change any of the clients\n" {
		t.Error(got)
	}
	if got := related(r, "who could"); got != "commercial | [client:update:own]\n" { // she may not view users
		t.Error(got)
	}

	// Of somebody else, for who may view users and roles.
	d.fails(model.Denied, "explain update client %d --as hugo.lefevre", his)
	d = o.desk("admin.root")
	r = d.must("explain update client %d --as claire.dubois", his)
	if got := related(r, "who could"); cell(t, r, "user") != "claire.dubois" || got != "commercial | [client:update:own] | [hugo.lefevre]\n" {
		t.Errorf("%v\n%s", r.Table.Rows, got)
	}
	r = d.must("explain update event %d --as %d", event, ines)
	if cell(t, r, "why") != "through event:update:assigned, but not to change its contract or support contact" {
		t.Errorf("%v", r.Table.Rows)
	}
	r = d.must("explain sign contract %d --as claire.dubois", o.contract(o.client(o.number("select id from @users where username = 'claire.dubois'")), false))
	if cell(t, r, "why") != "through contract:update:own" { // what an update may change does not matter to a signature
		t.Errorf("%v", r.Table.Rows)
	}
	r = d.must("explain assign_support event %d --as ines.morel", event)
	if got := related(r, "what would change it"); !strings.HasPrefix(got, "role grant support event:assign_support:assigned | ") || !strings.Contains(got, "role grant support event:assign_support | ") ||
		strings.Contains(got, "own_client") {
		t.Error(got)
	}
	// What is done by a command has the permission of the command.
	if r = d.must("explain deactivate user %d", claire); cell(t, r, "permission") != "user:update" || cell(t, r, "allowed") != true {
		t.Errorf("%v", r.Table.Rows)
	}
	r = d.must("explain view client %d --as ines.morel", mine)
	if cell(t, r, "allowed") != true || len(r.Table.Related) < 3 {
		t.Errorf("%v", r.Table.Rows)
	}
	o.role("nothing")
	o.exec("update users set role_id = (select id from role where name = 'nothing') where id = $1", hugo)
	r = d.must("explain delete client %d --as hugo.lefevre", his)
	if why := fmt.Sprint(cell(t, r, "why")); why != "for hugo.lefevre it does not exist (exit 5): role nothing holds no code for client:view" {
		t.Error(why)
	}
	if got := related(r, "what would change it"); strings.Count(got, "role grant nothing ") != 4 { // view and delete, of all and of one's own
		t.Error(got)
	}
	d.must("user deactivate %d", hugo)
	r = d.must("explain update client %d --as hugo.lefevre", his)
	if got := related(r, "what would change it"); cell(t, r, "allowed") != false || !strings.HasPrefix(got, fmt.Sprintf("user activate %d", hugo)) {
		t.Errorf("%v\n%s", r.Table.Rows, got)
	}
	// A rule of the business is told beside the permission.
	r = d.must("explain delete user %d", admin)
	if cell(t, r, "allowed") != false || cell(t, r, "why") != "permitted, but refused (exit 6): you cannot delete yourself" {
		t.Errorf("%v", r.Table.Rows)
	}
	r = d.must("explain create client --as claire.dubois")
	if cell(t, r, "allowed") != true || cell(t, r, "id") != nil {
		t.Errorf("%v", r.Table.Rows)
	}
	for _, bad := range []struct {
		kind       model.Kind
		line, told string
	}{
		{model.Usage, "explain fly client 1", "view"},
		{model.Usage, "explain updat client 1", `did you mean "update"`},
		{model.Usage, "explain view clent 1", `did you mean "client"`},
		{model.Usage, "explain create client 1", "leave the id out"},
		{model.Usage, "explain view history 1", "leave the id out"},
		{model.NotFound, "explain view client 99", "there is none, or you may not view it: yours is client:view"},
		{model.NotFound, "explain view client 1 --as no.body", ""},
	} {
		if err := d.fails(bad.kind, "%s", bad.line); !strings.Contains(err.Hint, bad.told) {
			t.Errorf("%s: %s", bad.line, told(err))
		}
	}
}

// Oneself needs no more than a login, and a record out of sight is told of like one that is not there.
func TestAnExplanationTellsNoMoreThanMayBeViewed(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.role("own", "client:view:own")
	o.role("nothing")
	me, hugo := o.hire("olga.own", "own"), o.hire("hugo.lefevre", "commercial")
	o.hire("nora.nothing", "nothing")
	o.client(me)
	his := o.client(hugo)
	same := func(d *desk, action string) {
		t.Helper()
		hidden, missing := d.fails(model.NotFound, "explain %s client %d", action, his), d.fails(model.NotFound, "explain %s client 99", action)
		if strings.ReplaceAll(told(hidden), fmt.Sprintf("client %d", his), "client 99") != told(missing) {
			t.Errorf("%s against %s", told(hidden), told(missing))
		}
	}
	for _, name := range []string{"olga.own", "nora.nothing"} {
		d := o.desk(name)
		same(d, "view")
		same(d, "delete")
		if r := d.must("explain delete client"); cell(t, r, "allowed") != false {
			t.Errorf("%v", r.Table.Rows)
		}
	}
}

// What an explanation says is what the command does: for every role, action and record.
func TestAnExplanationIsWhatTheCommandDoes(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	random := seeded(8)
	commercial, support := o.hire("claire.dubois", "commercial"), o.hire("ines.morel", "support")
	var codes []string
	for _, code := range security.Codes() {
		if strings.HasPrefix(code, "client:") || strings.HasPrefix(code, "contract:") || strings.HasPrefix(code, "event:") {
			codes = append(codes, code)
		}
	}
	for n := range 12 {
		var held []string
		for _, code := range codes {
			if random.IntN(3) == 0 {
				held = append(held, code)
			}
		}
		role := fmt.Sprintf("role%d", n)
		o.role(role, held...)
		name := "actor." + role
		me := o.hire(name, role)
		d := o.desk(name)
		var clients []int64
		for i := range 3 {
			client := o.client([]int64{me, commercial, commercial}[i])
			clients = append(clients, client)
			o.event(o.contract(client, true), []int64{support, me, support}[i])
		}
		for _, client := range clients {
			contract := o.number("select id from @contract where client_id = $1", client)
			event := o.number("select id from @event where contract_id = $1", contract)
			for _, c := range []struct{ action, record, line string }{
				{"view", fmt.Sprintf("client %d", client), fmt.Sprintf("client view %d", client)},
				{"update", fmt.Sprintf("client %d", client), fmt.Sprintf("client update %d --phone 0612345678", client)},
				{"reassign", fmt.Sprintf("client %d", client), fmt.Sprintf("client reassign %d %d", client, commercial)},
				{"view", fmt.Sprintf("contract %d", contract), fmt.Sprintf("contract view %d", contract)},
				{"update", fmt.Sprintf("contract %d", contract), fmt.Sprintf("contract update %d --remaining-amount 1", contract)},
				{"view", fmt.Sprintf("event %d", event), fmt.Sprintf("event view %d", event)},
				{"update", fmt.Sprintf("event %d", event), fmt.Sprintf("event update %d --notes Ramp", event)},
				{"delete", fmt.Sprintf("event %d", event), fmt.Sprintf("event delete %d", event)},
				{"assign_support", fmt.Sprintf("event %d", event), fmt.Sprintf("event assign_support %d ines.morel --even-if-busy", event)},
			} {
				r, why := d.do("explain %s %s", c.action, c.record)
				var err error
				d.undo(func() { _, err = d.do("%s", c.line) })
				kind := model.KindOf(err)
				if why != nil {
					// Without any code for it, the command is denied before it looks for the record.
					if model.KindOf(why) != model.NotFound || kind != model.NotFound && kind != model.Denied {
						t.Errorf("%v: %s %s: %v, and %s: %v", held, c.action, c.record, why, c.line, err)
					}
					continue
				}
				if allowed := cell(t, r, "allowed") == true; allowed != (err == nil) {
					t.Errorf("%v: %s %s: %v, and %s: %v", held, c.action, c.record, r.Table.Rows, c.line, err)
				}
			}
		}
	}
}
