package commands

import (
	"strings"
	"testing"

	"epev/model"
)

// Before an undo a person is told why the change was made, and all of it; behind it the beginning will do.
func TestUndoTellsLittleTwice(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	hugo := s.hire("hugo.lefevre", "commercial")
	for range 5 {
		s.office.client(s.claire)
	}
	s.manager.must("handover claire.dubois %d", hugo)
	if told := s.manager.must("undo").Message; strings.Count(told, "→ claire.dubois") < 6 {
		t.Errorf("a script is told %q", told)
	}
	s.manager.env.Human = true
	told := s.manager.must("undo").Message
	if n := strings.Count(told, "→ hugo.lefevre"); n != mostRepeated || !strings.Contains(told, "; and ") {
		t.Errorf("a person is told %q", told)
	}
	u := &undoing{office: &Act{Env: s.manager.env}, number: 7, lines: []string{"client 1 goes"}, rows: []model.Change{{Cause: "handover from claire.dubois to hugo.lefevre"}}}
	if asked := u.question(); !strings.Contains(asked, "(handover from claire.dubois to hugo.lefevre), would be undone:") {
		t.Errorf("a person is asked %q", asked)
	}
}
