package commands

import (
	"fmt"
	"testing"

	"epev/model"
)

// Acts of a working day that meet on the same records come wholly one after the other. No loser is told of a deadlock, and what is
// left of each contract is its total less its payments.
func TestActsOfADayMeet(t *testing.T) {
	crowd.Lock()
	defer crowd.Unlock()
	s := newStaffed(t)
	s.all("management")
	won := func(errs []error) int {
		t.Helper()
		return winners(t, errs, model.Conflict, model.NotFound)
	}
	last := func() int64 { return s.number("select max(id) from @change_log") }
	thao := s.hire("thao.tran", "support")
	for round := range 3 {
		// A payment against the void of another one.
		contract := s.office.contract(s.client, true)
		payment := s.office.payment(contract) // 300.00 are left
		won(s.at(fmt.Sprintf("contract pay %d 300", contract), fmt.Sprintf("payment void %d --reason x", payment), fmt.Sprintf("contract pay %d 100", contract)))
		s.settled()

		// A signature against a deletion.
		unsigned := s.number(`insert into @contract (client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid)
			select id, commercial_id, 10, 10, false, false from @client where id = $1 returning id`, s.client)
		errs := s.at(fmt.Sprintf("contract sign %d", unsigned), fmt.Sprintf("contract delete %d", unsigned))
		if n := won(errs); n != 1 {
			t.Errorf("round %d: of a signature and a deletion %d succeed: %v", round, n, errs)
		}

		// A cancellation against an assignment.
		event := s.office.event(contract, 0)
		errs = s.at(fmt.Sprintf("event cancel %d --reason Rain", event), fmt.Sprintf("event assign_support %d %d --even-if-busy", event, thao))
		won(errs)
		if errs[0] != nil && errs[1] != nil {
			t.Errorf("round %d: neither: %v", round, errs)
		}
		if off, with := s.number("select count(*) from @event where id = $1 and cancelled_at is not null", event), s.number("select count(*) from @event where id = $1 and support_contact_id > 0", event); (errs[0] == nil) != (off == 1) || (errs[1] == nil) != (with == 1) {
			t.Errorf("round %d: cancelled %d, assigned %d: %v", round, off, with, errs)
		}

		// Merges in both directions, and a note and a contract for the one that disappears.
		a, b := s.office.client(s.claire), s.office.client(s.claire)
		errs = s.at(fmt.Sprintf("client merge %d %d", a, b), fmt.Sprintf("client merge %d %d", b, a))
		if n := won(errs); n != 1 || s.number("select count(*) from @client where id in ($1, $2)", a, b) != 1 {
			t.Errorf("round %d: %d merges succeed: %v", round, n, errs)
		}
		a, b = s.office.client(s.claire), s.office.client(s.claire)
		errs = s.at(fmt.Sprintf("client merge %d %d", a, b), fmt.Sprintf("note add client %d Called", a), fmt.Sprintf("contract create --client-id %d --total-amount 5", a),
			fmt.Sprintf("note add client %d Again", a))
		if n := won(errs); n != 4 || s.number("select count(*) from @note where client_id = $1", b) != 2 || s.number("select count(*) from @contract where client_id = $1", b) != 1 {
			t.Errorf("round %d: %d notes and %d contracts are the other one's: %v", round, s.number("select count(*) from @note where client_id = $1", b),
				s.number("select count(*) from @contract where client_id = $1", b), errs)
		}

		// The undo of a merge against its own undo and against a change.
		undo := fmt.Sprintf("history client %d --undo %d", b, s.number("select max(id) from @change_log where resource = 'client' and record_id = $1", a))
		s.exec("delete from contract where client_id = $1", b)
		won(s.at(undo, undo, fmt.Sprintf("client update %d -n Renamed", b)))
		if n := s.number("select count(*) from @client where id in ($1, $2)", a, b); n < 1 {
			t.Errorf("round %d: %d clients are left", round, n)
		}

		// The last change is undone once by all who ask, and a payment by one of an undo and a void.
		contract = s.office.contract(s.client, true)
		s.manager.must("contract pay %d 1", contract)
		paid := s.number("select max(id) from @payment")
		errs = s.at(fmt.Sprintf("history contract %d --undo %d", contract, last()), fmt.Sprintf("payment void %d --reason x", paid))
		if n := won(errs); n != 1 || s.number("select count(*) from @payment where voids = $1", paid) != 1 {
			t.Errorf("round %d: %d take the payment back: %v", round, n, errs)
		}
		s.settled()
	}
}

// A record comes back with its notes, whoever wrote them, to whoever may write such notes.
func TestTheNotesOfARecordComeBackWithIt(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	s.all("management")
	company := s.office.company("Vide SARL")
	alone := s.office.client(s.claire)
	event := s.office.event(s.signed, 0)
	unsigned := s.number(`insert into @contract (client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid)
		select id, commercial_id, 10, 10, false, false from @client where id = $1 returning id`, s.client)
	for noun, id := range map[string]int64{"company": company, "client": alone, "event": event, "contract": unsigned} {
		s.office.note(noun, id, s.claire)
		s.manager.must("note add %s %d 'Two\u00a0words'", noun, id)
		before := s.rows(everything...)
		s.manager.must("%s delete %d", noun, id)
		if n := s.number(fmt.Sprintf("select count(*) from @note where %s_id = $1", noun), id); n != 0 {
			t.Errorf("%d notes of the deleted %s stay", n, noun)
		}
		s.manager.must("undo")
		if after := s.rows(everything...); after != before {
			t.Errorf("%s: before\n%safter\n%s", noun, before, after)
		}
	}
}
