package commands

import (
	"fmt"
	"sync"
	"testing"

	"epev/model"
)

// at starts command lines at the same moment, each in a shell of its own, and returns what became of each.
func (s *staffed) at(lines ...string) []error {
	s.t.Helper()
	desks, errs := make([]*desk, len(lines)), make([]error, len(lines))
	for i := range lines {
		desks[i] = s.desk("manon.directrice")
	}
	var done sync.WaitGroup
	start := make(chan struct{})
	for i, line := range lines {
		done.Go(func() {
			<-start
			_, errs[i] = desks[i].do("%s", line)
		})
	}
	close(start)
	done.Wait()
	return errs
}

// Of many who undo one change at once, one does; and an undo against a change of the same records comes wholly before or after it.
func TestUndoAgainstOthers(t *testing.T) {
	crowd.Lock()
	defer crowd.Unlock()
	s := newStaffed(t)
	s.all("management")
	last := func() int64 { return s.number("select max(id) from @change_log") }
	succeeded := func(errs []error) (n int) {
		t.Helper()
		for _, err := range errs {
			switch {
			case err == nil:
				n++
			case model.KindOf(err) != model.Conflict && model.KindOf(err) != model.NotFound:
				t.Error(told(err))
			}
		}
		return n
	}
	for round := range 5 {
		alone := s.office.client(s.claire)
		for _, line := range []string{fmt.Sprintf("client update %d -n Renamed", alone), fmt.Sprintf("client delete %d", alone)} {
			s.manager.must("%s", line)
			undo := fmt.Sprintf("history client %d --undo %d", alone, last())
			if n := succeeded(s.at(undo, undo, undo, undo)); n != 1 {
				t.Errorf("%d undid %q", n, line)
			}
			if n := s.number("select count(*) from @client where id = $1 and full_name <> 'Renamed'", alone); n != 1 {
				t.Errorf("%q is not undone", line)
			}
		}

		s.manager.must("client update %d -n First", alone)
		undo := fmt.Sprintf("history client %d --undo %d", alone, last())
		errs := s.at(undo, fmt.Sprintf("client update %d -n Second", alone))
		name := s.text("select full_name from @client where id = $1", alone)
		if (errs[1] == nil) != (name == "Second") || errs[0] != nil && errs[1] != nil {
			t.Errorf("round %d: the name is %q: %v", round, name, errs)
		}

		s.manager.must("contract create --client-id %d --total-amount 100 --is-signed true", alone)
		contract := s.number("select max(id) from @contract")
		undo = fmt.Sprintf("history contract %d --undo %d", contract, last())
		book := fmt.Sprintf("event create --contract-id %d --title Fair --full-address Paris --start-date 01/11/2027 --end-date 02/11/2027", contract)
		pay := fmt.Sprintf("contract pay %d 10", contract)
		errs = s.at(undo, book, pay)
		if left := s.number("select count(*) from @contract where id = $1", contract); (errs[0] == nil) != (left == 0) || errs[0] == nil && (errs[1] == nil || errs[2] == nil) {
			t.Errorf("round %d: %d contracts left: %v", round, left, errs)
		}
		succeeded(errs)

		s.manager.must("client reassign %d %d", s.client, s.office.hire(fmt.Sprintf("new.commercial%d", round), "commercial"))
		undo = fmt.Sprintf("history client %d --undo %d", s.client, s.number("select max(id) from @change_log where resource = 'client'"))
		succeeded(s.at(undo, fmt.Sprintf("contract create --client-id %d --total-amount 100", s.client)))
		if n := s.number("select count(*) from @contract k join @client c on c.id = k.client_id where k.commercial_id <> c.commercial_id"); n != 0 {
			t.Errorf("%d contracts are not their client's commercial's", n)
		}
	}
}

// The right that an undo takes is that of the single command.
func TestUndoOfWhatFollowsTakesNoRightOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	s.support.must("note add client %d 'Called'", s.client)
	if n := s.number("select count(*) from @client where id = $1 and last_contact_date is not null", s.client); n != 1 {
		t.Fatal("the note is no contact")
	}
	s.support.must("undo") // with the right to write notes alone
	if n := s.number("select count(*) from @client where id = $1 and last_contact_date is null", s.client); n != 1 {
		t.Error("the last contact stays")
	}
	s.manager.must("event cancel %d --reason 'The hall burnt down'", s.supports)
	change := s.number("select max(id) from @change_log")
	s.support.fails(model.Denied, "history event %d --undo %d", s.supports, change)
	s.commercial.must("history event %d --undo %d", s.supports, change)
	// Who lost the right cannot undo what they did with it.
	s.commercial.must("client update %d -n Renamed", s.client)
	s.manager.must("client reassign %d %d", s.client, s.hire("hugo.lefevre", "commercial"))
	s.commercial.fails(model.Denied, "undo")
}
