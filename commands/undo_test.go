package commands

import (
	"fmt"
	"strings"
	"testing"
)

// rows are whole rows of a table without what moves on: all of them, as jsonb.
func (o *office) rows(tables ...string) string {
	o.t.Helper()
	var b strings.Builder
	for _, table := range tables {
		fmt.Fprintln(&b, table, o.text("select jsonb_pretty(coalesce(jsonb_agg(to_jsonb(t) - '{version,updated_at}'::text[] order by t.id), '[]')) from @"+table+" t"))
	}
	return b.String()
}

// everything are the tables of what is undone.
var everything = []string{"company", "client", "contract", "event", "note"}

// all lets a role do everything.
func (o *office) all(role string) {
	o.t.Helper()
	o.exec("insert into role_permission (role_id, permission_id) select r.id, p.id from role r, permission p where r.name = $1 on conflict do nothing", role)
}

// Undo of every kind of act restores every column, and undo of that brings the change back.
func TestUndoRestoresEveryColumn(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	s.all("management")
	o, d := s.office, s.manager
	hugo := o.hire("hugo.lefevre", "commercial")
	thao := o.hire("thao.tran", "support")
	alone := o.client(hugo)
	o.exec("update client set phone = '+33142278186', company_id = $1, last_contact_date = '2026-10-01 12:00Z' where id = $2", s.company, alone)
	empty := o.company("Vide & Fils")
	withNote := o.client(s.claire)
	note := func(client int64) int64 {
		return o.number("insert into @note (client_id, text, remind_on, author_id) values ($1, 'Quote', '2026-12-24 12:00Z', $2) returning id", client, s.claire)
	}
	noted := note(s.client)
	note(withNote)
	for _, line := range []string{
		"company create -n Nouvelle",
		fmt.Sprintf("company update %d -n Autre", s.company),
		fmt.Sprintf("company delete %d", empty),
		"client create -n New -e new@startup.io -p 0612345678",
		fmt.Sprintf("client update %d -n Renamed -p '' -c '' -l 02/11/2026", alone),
		fmt.Sprintf("client delete %d", alone),
		fmt.Sprintf("client reassign %d %d", s.client, hugo),
		fmt.Sprintf("contract create --client-id %d --total-amount 100 --is-signed true", alone),
		fmt.Sprintf("contract update %d --is-signed true", s.unsigned),
		fmt.Sprintf("contract update %d --total-amount 2000,50", s.unsigned),
		fmt.Sprintf("contract update %d --client-id %d", s.unsigned, alone),
		fmt.Sprintf("contract delete %d", s.unsigned),
		fmt.Sprintf("contract sign %d", s.unsigned),
		fmt.Sprintf("contract pay %d 150 --by card --reference VIR-1", s.signed),
		fmt.Sprintf("contract pay %d 250", s.signed),
		fmt.Sprintf("contract update %d --remaining-amount 100", s.signed),
		fmt.Sprintf("contract update %d --remaining-amount 1000", s.signed),
		fmt.Sprintf("contract update %d --is-fully-paid true", s.signed),
		fmt.Sprintf("contract update %d --total-amount 900 --remaining-amount 400", s.signed), // the total alone changes, and what is paid
		fmt.Sprintf("contract update %d --total-amount 2000 --remaining-amount 400", s.signed),
		fmt.Sprintf("contract update %d --total-amount 700", s.signed),
		fmt.Sprintf("contract update %d --total-amount 1200 --is-fully-paid true", s.signed),
		fmt.Sprintf("event create --contract-id %d --title Fair --full-address Paris --start-date 01/11/2027 --end-date 02/11/2027 --support-contact-id %d", s.signed, thao),
		fmt.Sprintf("event update %d --notes 'Ramp at the rear' --start-date 01/11/2027 --end-date 02/11/2027 --participant-count 7", s.supports),
		fmt.Sprintf("event update %d --support-contact-id ''", s.supports),
		fmt.Sprintf("event assign_support %d %d", s.supports, thao),
		fmt.Sprintf("event delete %d", s.supports),
		fmt.Sprintf("event cancel %d --reason 'The hall burnt down'", s.supports),
		fmt.Sprintf("note add client %d 'Called, wants a quote' --remind 24/12/2026", alone),
		fmt.Sprintf("note add event %d 'Ramp at the rear'", s.supports),
		fmt.Sprintf("note update %d --text 'Called twice'", noted),
		fmt.Sprintf("note done %d", noted),
		fmt.Sprintf("note delete %d", noted),
		fmt.Sprintf("client delete %d", withNote),
		"handover claire.dubois hugo.lefevre",
		"handover sarah.soutien thao.tran",
	} {
		before := o.rows(everything...)
		restored := func(what string, to string) {
			t.Helper()
			if diff := differing(to, o.rows(everything...)); diff != "" {
				t.Errorf("%s of %q leaves\n%s", what, line, diff)
			}
			if n := o.number(`select count(*) from @contract k where exists (select from @payment p where p.contract_id = k.id)
				and k.remaining_amount <> k.total_amount - (select sum(p.amount) from @payment p where p.contract_id = k.id)`); n != 0 {
				t.Errorf("after %s of %q what is left to pay of %d contracts is not their total minus their payments", what, line, n)
			}
		}
		d.must("%s", line)
		after := o.rows(everything...)
		if before == after {
			t.Fatalf("%s changed nothing", line)
		}
		for _, again := range []struct{ what, to string }{{"undo", before}, {"redo", after}, {"undo once more", before}} {
			d.must("undo")
			restored(again.what, again.to)
		}
	}
	if n := o.number("select count(*) from @change_log where cause like 'undo of change %'"); n < 40 {
		t.Errorf("%d rows of the history tell that they are undone", n)
	}
}

// What was paid and voided stays on record: each undo of it is one more payment, and what counts is as before.
func TestUndoOfPaymentsAddsToThem(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	payments := func() string {
		return s.text(`select string_agg(kind || ' ' || amount || coalesce(' ' || method, '') || coalesce(' voids ' || voids, ''), ', ' order by id) from @payment`)
	}
	wants := func(want string) {
		t.Helper()
		if got := payments(); got != want {
			t.Errorf("payments %q, want %q", got, want)
		}
	}
	s.commercial.must("contract pay %d 150 --by card", s.signed)
	wants("opening 600.00, payment 150.00 card")
	s.commercial.must("undo") // with the right to take payments alone
	wants("opening 600.00, payment 150.00 card, void -150.00 card voids 2")
	s.commercial.must("undo")
	wants("opening 600.00, payment 150.00 card, void -150.00 card voids 2, payment 150.00 card")
	s.manager.must("payment void 4 --reason 'The card was refused'")
	s.manager.must("undo")
	wants("opening 600.00, payment 150.00 card, void -150.00 card voids 2, payment 150.00 card, void -150.00 card voids 4, payment 150.00 card")
	if left := s.text("select remaining_amount from @contract where id = $1", s.signed); left != "250.00" {
		t.Errorf("%s is left to pay", left)
	}
	if n := s.number("select count(*) from @payment where id > 1 and paid_on is distinct from '2026-11-23'"); n != 0 {
		t.Errorf("%d payments are of another day", n)
	}
	// Whoever changes what is left to pay needs no right on payments for that, nor to undo it.
	clerk := s.role("clerk", "contract:view", "contract:update")
	s.exec("update users set role_id = $1 where id = $2", clerk, s.sarah)
	s.support.must("contract update %d --remaining-amount 10", s.signed)
	s.support.must("undo")
	if left := s.text("select remaining_amount from @contract where id = $1", s.signed); left != "250.00" {
		t.Errorf("%s is left to pay", left)
	}
}
