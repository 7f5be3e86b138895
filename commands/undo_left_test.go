package commands

import (
	"fmt"
	"strings"
	"testing"

	"epev/model"
)

// What was somebody's after they had left is theirs again when it is undone. Who left since gets nothing back.
func TestUndoGivesBackWhatSomebodyHadWhoHadLeft(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	s.all("management")
	o, d := s.office, s.manager
	hugo := o.hire("hugo.lefevre", "commercial")
	left, moved := o.hire("left.already", "commercial"), o.hire("moved.on", "support")
	first, second, twin := o.client(left), o.client(left), o.client(hugo)
	contract := o.contract(first, true)
	o.contract(twin, true)
	event := o.event(contract, moved)
	o.exec("update event set start_date = '2099-01-01', end_date = '2099-01-02' where id = $1", event)
	d.must("user deactivate left.already")
	d.must("user update moved.on -r management")
	for _, line := range []string{
		"handover left.already hugo.lefevre",
		fmt.Sprintf("client reassign %d hugo.lefevre", first),
		fmt.Sprintf("client merge %d %d", second, twin),
		fmt.Sprintf("client delete %d", second),
		fmt.Sprintf("event assign_support %d sarah.soutien --even-if-busy", event),
		fmt.Sprintf("event delete %d", event),
		"handover moved.on sarah.soutien --even-if-busy",
	} {
		before := o.rows(everything...)
		d.must("%s", line)
		after := o.rows(everything...)
		for _, again := range []string{before, after, before} {
			d.must("undo")
			if diff := differing(again, o.rows(everything...)); diff != "" {
				t.Errorf("undo of %q leaves\n%s", line, diff)
			}
		}
	}
	d.must("handover left.already hugo.lefevre")
	change := o.number("select max(id) from @change_log where resource = 'client' and record_id = $1", first)
	d.must("user activate left.already")
	d.must("user deactivate left.already")
	if e := d.fails(model.Conflict, "history client %d --undo %d", first, change); !strings.Contains(e.Message, "left.already is deactivated") {
		t.Error(told(e))
	}
}
