package commands

import (
	"fmt"
	"strings"
	"testing"

	"epev/model"
)

// Whoever changes what is left to pay may take back such a change of somebody else, but no payment: that takes the right to void.
func TestUndoVoidsNoPaymentOfSomebodyElse(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	s.all("management")
	last := func() int64 { return s.number("select max(id) from @change_log where resource = 'contract'") }
	for _, line := range []string{"contract pay %d 100", "contract pay %d 50 --by card --reference TPE-7", "contract update %d --remaining-amount 100"} {
		s.manager.must(line, s.signed)
		undo := fmt.Sprintf("history contract %d --undo %d", s.signed, last())
		if strings.Contains(line, "update") {
			s.commercial.must("%s", undo)
			continue
		}
		state := s.rows("contract", "payment")
		if e := s.commercial.fails(model.Denied, "%s", undo); !strings.Contains(e.Message+e.Hint, "payment:void") {
			t.Errorf("%s: %s", line, told(e))
		}
		if diff := differing(state, s.rows("contract", "payment")); diff != "" {
			t.Errorf("%s: the refused undo changed\n%s", line, diff)
		}
	}
	// What somebody took back is not paid again by a right to change what is left, either.
	s.exec("delete from role_permission where role_id = (select id from role where name = 'commercial') and permission_id in (select id from permission where name like 'payment:create%')")
	s.manager.must("payment void %d --reason bounced", s.number("select min(id) from @payment where reference = 'TPE-7'"))
	if e := s.commercial.fails(model.Denied, "history contract %d --undo %d", s.signed, last()); !strings.Contains(e.Message+e.Hint, "payment:create") {
		t.Error(told(e))
	}
}

// An undo gives nobody two events at once, unless it is told to, as the single command would be.
func TestUndoMakesNoClashUnasked(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	s.all("management")
	o, d := s.office, s.manager
	thao := o.hire("thao.tran", "support")
	day := 0
	at := func(event int64) string { // a time of its own
		day++
		from := fmt.Sprintf("%02d/03/2028", day)
		d.must("event update %d --start-date '%s 10:00' --end-date '%s 18:00'", event, from, from)
		return from
	}
	for name, c := range map[string]struct{ change, meanwhile string }{
		"a cancellation": {"event cancel %[1]d --reason Flooded", "event update %[2]d --start-date '%[3]s 09:00' --end-date '%[3]s 12:00'"},
		"an assignment":  {"event assign_support %[1]d thao.tran", "event update %[2]d --start-date '%[3]s 09:00' --end-date '%[3]s 12:00'"},
		"a date":         {"event update %[1]d --start-date 01/06/2028 --end-date 02/06/2028", "event update %[2]d --start-date '%[3]s 09:00' --end-date '%[3]s 12:00'"},
		"a deletion":     {"event delete %[1]d", "event update %[2]d --start-date '%[3]s 09:00' --end-date '%[3]s 12:00'"},
		"a handover":     {"handover sarah.soutien thao.tran", "event assign_support %[2]d sarah.soutien --even-if-busy"},
	} {
		o.exec("update event set support_contact_id = null where support_contact_id in ($1, $2)", s.sarah, thao)
		one, other := o.event(s.signed, s.sarah), o.event(s.signed, s.sarah)
		at(other)
		from := at(one)
		if name == "a handover" {
			d.must("event update %d --start-date '%s 09:00' --end-date '%s 12:00' --even-if-busy", other, from, from)
		}
		fill := func(line string) string {
			line = strings.NewReplacer("%[1]d", fmt.Sprint(one), "%[2]d", fmt.Sprint(other), "%[3]s", from).Replace(line)
			return line
		}
		d.must("%s", fill(c.change))
		change := s.number("select max(id) from @change_log where resource = 'event' and record_id = $1", one)
		d.must("%s", fill(c.meanwhile))
		if name == "a handover" { // both go back as they were, once nothing else stands in the way
			d.must("undo --even-if-busy")
			d.must("history event %d --undo %d", one, change)
			if n := s.number("select count(*) from @event where support_contact_id = $1", s.sarah); n != 2 {
				t.Errorf("%d events came back", n)
			}
			continue
		}
		undo := fmt.Sprintf("history event %d --undo %d", one, change)
		state := s.rows("event")
		if e := d.fails(model.Conflict, "%s", undo); !strings.Contains(e.Message, fmt.Sprintf("sarah.soutien is busy: event %d ", other)) || !strings.Contains(e.Hint, "--even-if-busy") {
			t.Errorf("%s: %s", name, told(e))
		}
		if diff := differing(state, s.rows("event")); diff != "" {
			t.Errorf("%s: the refused undo changed\n%s", name, diff)
		}
		d.must("%s --even-if-busy", undo)
	}
}

// A note on a record that its author may not view any more is out of their sight, and so is what they did to it.
func TestUndoEndsWithSight(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	s.all("management")
	s.role("clerk", "client:list:own", "client:view:own", "note:list", "note:view", "note:create", "note:update:mine", "note:delete:mine")
	clerk := s.hire("clerk.writer", "clerk")
	d := s.desk("clerk.writer")
	for name, lines := range map[string][]string{
		"what was written": {"note add client %d Called --no-contact"},
		"what was changed": {"note add client %d Called --no-contact", "note update {note} --text Again"},
		"what was deleted": {"note add client %d Called --no-contact", "note delete {note}"},
	} {
		client := s.office.client(clerk)
		for _, line := range lines {
			line = strings.ReplaceAll(line, "{note}", s.text("select coalesce(max(id), 0) from @note"))
			d.must("%s", strings.ReplaceAll(line, "%d", fmt.Sprint(client)))
		}
		s.exec("update client set commercial_id = $1 where id = $2", s.claire, client)
		state := s.rows("note", "client")
		if e := d.fails(model.Denied, "undo"); !strings.Contains(e.Hint, "records that you may not view") || strings.Contains(e.Message+e.Hint, "Client") {
			t.Errorf("%s: %s", name, told(e))
		}
		if diff := differing(state, s.rows("note", "client")); diff != "" {
			t.Errorf("%s: the refused undo changed\n%s", name, diff)
		}
		s.exec("update client set commercial_id = $1 where id = $2", clerk, client)
		d.must("undo")
	}
}
