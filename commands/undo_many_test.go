package commands

import (
	"fmt"
	"testing"
)

// A merge is undone, and made again, with all that moved; the id that led to the other record is its own meanwhile.
func TestUndoOfAMerge(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	s.all("management")
	twin := s.office.client(s.claire)
	s.exec("update client set phone = '+33612345678', company_id = $1 where id = $2", s.company, twin)
	s.contract(twin, false)
	other := s.office.company("Startup S.A.S.")
	s.exec("update client set company_id = $1 where id = $2", other, s.office.client(s.claire))
	for _, line := range []string{fmt.Sprintf("client merge %d %d", twin, s.client), fmt.Sprintf("company merge %d %d", other, s.company)} {
		before := s.rows(everything...)
		aliases := func() int64 { return s.number("select count(*) from @alias") }
		s.manager.must("%s", line)
		after := s.rows(everything...)
		s.manager.must("undo")
		if diff := differing(before, s.rows(everything...)); diff != "" || aliases() != 0 {
			t.Errorf("undo of %q leaves %d aliases and\n%s", line, aliases(), diff)
		}
		s.manager.must("undo")
		if diff := differing(after, s.rows(everything...)); diff != "" || aliases() != 1 {
			t.Errorf("redo of %q leaves %d aliases and\n%s", line, aliases(), diff)
		}
		s.manager.must("undo")
		if diff := differing(before, s.rows(everything...)); diff != "" || aliases() != 0 {
			t.Errorf("undo once more of %q leaves %d aliases and\n%s", line, aliases(), diff)
		}
	}
}
