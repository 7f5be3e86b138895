package commands

import "testing"

// Who may not view users is told the roles of which anybody could, and no others.
func TestAnExplanationTellsNoRoleThatReachesNothing(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	unsupported := s.office.event(s.signed, 0)
	for _, c := range []struct {
		event int64
		want  string
	}{
		{s.supports, "management | [event:update]\nsupport | [event:update:assigned]\n"},
		{unsupported, "management | [event:update]\ncommercial | [event:update:own_client]\n"},
	} {
		if got := related(s.support.must("explain update event %d", c.event), "who could"); got != c.want {
			t.Errorf("could change event %d:\n%swant\n%s", c.event, got, c.want)
		}
	}
}
