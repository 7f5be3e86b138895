package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"epev/model"
)

// offers is what completion offers for a parameter, in its order: "client view id" with the values so far.
func (d *desk) offers(parameter, text string, raw map[string]string, recent ...string) []string {
	d.t.Helper()
	cut := strings.LastIndexByte(parameter, ' ')
	c, ok := d.o.registry.Lookup(parameter[:cut])
	if !ok {
		d.t.Fatalf("no command %q", parameter[:cut])
	}
	p, ok := c.Param(parameter[cut+1:])
	if !ok {
		d.t.Fatalf("no parameter %q", parameter)
	}
	candidates, err := Complete(context.Background(), d.env, c, p, Query{Text: text, Raw: raw, Recent: recent})
	if err != nil && model.KindOf(err) != model.Denied && model.KindOf(err) != model.NotFound {
		d.t.Fatalf("%s: %s", parameter, told(err))
	}
	values := []string{}
	for _, candidate := range candidates {
		values = append(values, candidate.Value)
	}
	return values
}

// TestCompletionKnowsTheBusiness: only records that this verb and this user allow are offered (SPEC 4, 5).
func TestCompletionKnowsTheBusiness(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	admin, claire, hugo := o.hire("admin.root", "management"), o.hire("claire.dubois", "commercial"), o.hire("hugo.lefevre", "commercial")
	ines, oscar, paul := o.hire("ines.morel", "support"), o.hire("oscar.petit", "support"), o.hire("paul.parti", "support")
	o.exec("update users set is_active = false where id = $1; update users set full_name = 'Hugo Lefèvre' where id = $2", paul, hugo)
	acme, empty := o.company("Acmé & Fils"), o.company("Nobody's")
	mine, his, free := o.client(claire), o.client(hugo), o.client(claire)
	o.exec("update client set company_id = $1, full_name = 'Kévin Cousin' where id = $2", acme, mine)
	signed, unsigned, elsewhere := o.contract(mine, true), o.contract(mine, false), o.contract(his, true)
	assigned, unassigned := o.event(signed, ines), o.event(elsewhere, 0)
	booker := o.role("booker", "contract:view", "event:create:assigned", "event:update:assigned", "contract:create:own", "client:view")
	o.exec("update users set role_id = $1 where id = $2", booker, oscar)
	role := func(name string) string { return fmt.Sprint(o.number("select id from @role where name = $1", name)) }

	desks := map[string]*desk{}
	for _, name := range []string{"admin.root", "claire.dubois", "ines.morel", "oscar.petit"} {
		desks[name] = o.desk(name)
	}
	none := map[string]string{}
	for _, test := range []struct {
		who, parameter, text string
		raw                  map[string]string
		want                 []any
	}{
		{"claire.dubois", "event create contract-id", "", none, []any{signed}},
		{"claire.dubois", "event create contract-id", "KEVIN", none, []any{signed}},
		{"claire.dubois", "event create support-contact-id", "", none, []any{ines}},
		{"ines.morel", "event create contract-id", "", none, []any{}},
		{"oscar.petit", "event create contract-id", "", none, []any{signed, elsewhere}},
		{"oscar.petit", "event update contract-id", "", map[string]string{"id": fmt.Sprint(assigned)}, []any{}},
		{"admin.root", "event update contract-id", "", map[string]string{"id": fmt.Sprint(assigned)}, []any{signed, elsewhere}},
		{"admin.root", "event assign_support event-id", "", none, []any{unassigned, assigned}},
		{"admin.root", "event assign_support support-id", "", map[string]string{"event-id": fmt.Sprint(unassigned)}, []any{ines}},
		{"admin.root", "event assign_support support-id", "", map[string]string{"event-id": fmt.Sprint(assigned)}, []any{}},
		{"admin.root", "client reassign commercial-id", "", map[string]string{"id": fmt.Sprint(mine)}, []any{hugo}},
		{"admin.root", "client reassign commercial-id", "lefe", map[string]string{"id": fmt.Sprint(mine)}, []any{hugo}},
		{"admin.root", "contract create client-id", "", none, []any{mine, his, free}},
		{"oscar.petit", "contract create client-id", "", none, []any{}},
		{"admin.root", "contract create commercial-id", "", map[string]string{"client-id": fmt.Sprint(his)}, []any{hugo}},
		{"admin.root", "contract update commercial-id", "", map[string]string{"id": fmt.Sprint(signed)}, []any{claire}},
		{"admin.root", "contract create commercial-id", "", none, []any{}},
		{"claire.dubois", "client update id", "", none, []any{mine, free}},
		{"claire.dubois", "client delete id", "", none, []any{free}},
		{"claire.dubois", "client view id", "", none, []any{mine, his, free}},
		{"claire.dubois", "client view id", "acme", none, []any{mine}},
		{"admin.root", "contract delete id", "", none, []any{unsigned}},
		{"admin.root", "company delete id", "", none, []any{empty}},
		{"admin.root", "user deactivate id", "", none, []any{claire, hugo, ines, oscar}},
		{"admin.root", "user activate id", "", none, []any{paul}},
		{"admin.root", "user delete id", "", none, []any{claire, hugo, ines, oscar, paul}},
		{"admin.root", "user update-password id", "", none, []any{admin, claire, hugo, ines, oscar, paul}},
		{"ines.morel", "user update-password id", "", none, []any{ines}},
		{"ines.morel", "user update-password id", "claire", none, []any{}},
		{"admin.root", "role revoke code", "", map[string]string{"id": role("booker")}, []any{
			"client:view", "contract:create:own", "contract:view", "event:create:assigned", "event:update:assigned"}},
		{"admin.root", "role revoke code", "", none, []any{}},
		{"admin.root", "history resource", "", none, []any{"user", "role", "company", "client", "contract", "event", "payment", "note"}},
		{"ines.morel", "history resource", "", none, []any{"company", "client", "contract", "event", "note"}},
		{"ines.morel", "history id", "", map[string]string{"resource": "company"}, []any{acme, empty}},
		{"admin.root", "role list sort", "", none, []any{"id", "-id", "name", "-name", "users", "-users"}},
		{"admin.root", "client create first-contact-date", "", none, []any{"23/11/2026", "24/11/2026", "30/11/2026"}},
	} {
		want := []string{}
		for _, v := range test.want {
			want = append(want, fmt.Sprint(v))
		}
		if got := desks[test.who].offers(test.parameter, test.text, test.raw); !slices.Equal(got, want) {
			t.Errorf("%s at %s %q, after %v: %v, want %v", test.who, test.parameter, test.text, test.raw, got, want)
		}
	}
	granted := desks["admin.root"].offers("role revoke code", "", map[string]string{"id": "commercial"})
	open := desks["admin.root"].offers("role grant code", "", map[string]string{"id": "commercial"})
	if len(granted) == 0 || len(open) == 0 || slices.ContainsFunc(open, func(code string) bool { return slices.Contains(granted, code) }) {
		t.Errorf("commercial holds %v, and grant offers %v", granted, open)
	}
}

// What was used lately comes first, also where there are too many records to offer all of them.
func TestCompletionRemembersWhatWasUsed(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	claire, hugo := o.hire("claire.dubois", "commercial"), o.hire("hugo.lefevre", "commercial")
	o.exec(`insert into client (full_name, email, commercial_id, first_contact_date)
		select 'Client ' || n, n || '@x.test', $1, now() from generate_series(1, 100) n; update client set commercial_id = $2 where id = 98`, claire, hugo)
	d := o.desk("claire.dubois")
	if got := d.offers("client view id", "", nil, "99", "7", "12345", "x"); len(got) != 51 || !slices.Equal(got[:3], []string{"99", "7", "1"}) {
		t.Errorf("of 99 and 7, used lately, and 100 others: %v", got)
	}
	if got := d.offers("client view id", "5", nil, "99", "55"); !slices.Equal(got[:2], []string{"55", "5"}) {
		t.Errorf("of those with a 5: %v", got)
	}
	if got := d.offers("client update id", "", nil, "98", "99"); slices.Contains(got, "98") || got[0] != "99" {
		t.Errorf("98 is another's: %v", got)
	}
	// Unassigned events come before those used lately that somebody looks after.
	ines := o.hire("ines.morel", "support")
	contract := o.contract(1, true)
	first, second, third := o.event(contract, ines), o.event(contract, 0), o.event(contract, 0)
	o.hire("admin.root", "management")
	got := o.desk("admin.root").offers("event assign_support event-id", "", nil, fmt.Sprint(first), fmt.Sprint(third))
	if want := []string{fmt.Sprint(third), fmt.Sprint(second), fmt.Sprint(first)}; !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
}

// Events to come are offered before those that are over, to be cancelled and to be given to somebody.
func TestEventsToComeAreOfferedFirst(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("admin.root", "management")
	o.hire("claire.dubois", "commercial")
	o.exec(`insert into client (full_name, email, commercial_id, first_contact_date) values ('Kévin', 'k@x.test', 2, now())`)
	contract := o.contract(1, true)
	over, coming := o.event(contract, 0), o.event(contract, 0)
	o.exec("update event set start_date = '2020-01-01 12:00Z', end_date = '2020-01-02 12:00Z' where id = $1", over)
	for _, place := range []string{"event cancel id", "event assign_support event-id"} {
		if got, want := o.desk("admin.root").offers(place, "", nil), []string{fmt.Sprint(coming), fmt.Sprint(over)}; !slices.Equal(got, want) {
			t.Errorf("%s: events %v, want %v", place, got, want)
		}
	}
}
