package commands

import (
	"fmt"
	"strings"
	"testing"

	"epev/model"
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
var everything = []string{"company", "client", "contract", "event"}

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
	for _, line := range []string{
		fmt.Sprintf("company create -n %s", "Nouvelle"),
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
		fmt.Sprintf("event create --contract-id %d --title Fair --full-address Paris --start-date 01/11/2027 --end-date 02/11/2027 --support-contact-id %d", s.signed, thao),
		fmt.Sprintf("event update %d --notes 'Ramp at the rear' --start-date 01/11/2027 --end-date 02/11/2027 --participant-count 7", s.supports),
		fmt.Sprintf("event update %d --support-contact-id ''", s.supports),
		fmt.Sprintf("event assign_support %d %d", s.supports, thao),
		fmt.Sprintf("event delete %d", s.supports),
	} {
		before := o.rows(everything...)
		d.must("%s", line)
		after := o.rows(everything...)
		if before == after {
			t.Fatalf("%s changed nothing", line)
		}
		d.must("undo")
		if diff := differing(before, o.rows(everything...)); diff != "" {
			t.Errorf("undo of %q leaves\n%s", line, diff)
		}
		d.must("undo")
		if diff := differing(after, o.rows(everything...)); diff != "" {
			t.Errorf("undo of the undo of %q leaves\n%s", line, diff)
		}
		d.must("undo")
		if diff := differing(before, o.rows(everything...)); diff != "" {
			t.Errorf("undo once more of %q leaves\n%s", line, diff)
		}
	}
	if n := o.number("select count(*) from @change_log where cause like 'undo of change %'"); n < 40 {
		t.Errorf("%d rows of the history tell that they are undone", n)
	}
	_ = model.Conflict
}
