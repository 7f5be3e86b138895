package commands

import (
	"fmt"
	"strings"
	"testing"
)

// Of a payment undo tells what becomes of it: the one that takes it back is how that is done.
func TestUndoTellsWhatBecomesOfAPayment(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	s.commercial.must("contract pay %d 150 --by card", s.signed)
	wants := func(want string) {
		t.Helper()
		got := s.commercial.must("undo").Message
		if !strings.Contains(got, want) || strings.Contains(got, "-150.00") || strings.Contains(got, "Author ID") {
			t.Errorf("%q, which should have %q", got, want)
		}
	}
	wants("payment 2 (150,00\u00a0€ · ")
	wants("payment 3 (-150,00\u00a0€ · ")
	r := s.manager.must("history payment 3")
	if what := fmt.Sprint(r.Table.Rows); !strings.Contains(what, "Amount: -150,00\u00a0€") {
		t.Errorf("the history tells %s", what)
	}
}
