package commands

import (
	"fmt"
	"testing"

	"epev/model"
)

// Who merges two records the other way round, once they are one, is told that they are.
func TestAMergeTheOtherWayRoundIsTold(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("admin.root", "management")
	d := o.desk("admin.root")
	claire := o.hire("claire.dubois", "commercial")
	from, into := o.client(claire), o.client(claire)
	d.must("client merge %d %d", from, into)
	if e := d.fails(model.Conflict, "client merge %d %d", into, from); e.Message != fmt.Sprintf("client %d cannot be merged into itself: client %d was merged into it already", into, from) {
		t.Error(told(e))
	}
	if e := d.fails(model.Conflict, "client merge %d %d", into, into); e.Message != fmt.Sprintf("client %d cannot be merged into itself", into) {
		t.Error(told(e))
	}
}
