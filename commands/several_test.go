package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"epev/model"
)

func TestSeveralRecordsAreGivenAtOnceOrNone(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("admin.root", "management")
	claire, hugo := o.hire("claire.dubois", "commercial"), o.hire("hugo.lefevre", "commercial")
	ines, oscar := o.hire("ines.morel", "support"), o.hire("oscar.petit", "support")
	a, b, c := o.client(claire), o.client(claire), o.client(hugo)
	contract := o.contract(a, true)
	v, w, x := o.event(contract, 0), o.event(contract, ines), o.event(contract, oscar)
	d := o.desk("admin.root")

	r := d.must("event assign_support %d,%d,%d oscar.petit --even-if-busy", x, w, v)
	if got := ids(t, r); !slices.Equal(got, []int64{x, w, v}) || r.Message != "2 events given to oscar.petit, who had 1 already." {
		t.Errorf("told of %v: %s", got, r.Message)
	}
	if n := o.number("select count(*) from @event where support_contact_id = $1", oscar); n != 3 {
		t.Errorf("%d events are oscar's", n)
	}
	r = d.must("client reassign %d,%d hugo.lefevre", a, b)
	if r.Message != "2 clients given to hugo.lefevre." || o.number("select count(*) from @client where commercial_id = $1", hugo) != 3 ||
		o.number("select commercial_id from @contract") != hugo {
		t.Errorf("told: %s", r.Message)
	}

	before := o.number("select max(id) from @change_log")
	for _, bad := range []struct {
		kind       model.Kind
		line, told string
	}{
		{model.NotFound, fmt.Sprintf("client reassign %d,99,%d claire.dubois", a, b), "client 99 not found"},
		{model.Usage, fmt.Sprintf("client reassign %d,%d,%d claire.dubois", a, b, a), fmt.Sprintf("id %d is given twice", a)},
		{model.Usage, fmt.Sprintf("client reassign %d,,%d claire.dubois", a, b), "id is empty"},
		{model.Usage, fmt.Sprintf("client reassign %d, claire.dubois", a), "id is empty"},
		{model.Usage, fmt.Sprintf("client reassign %d,x claire.dubois", a), `"x"`},
		{model.Conflict, fmt.Sprintf("client reassign %d,%d ines.morel", a, b), "ines.morel is not a commercial user"},
		{model.NotFound, fmt.Sprintf("event assign_support %d,99 ines.morel", v), "event 99 not found"},
	} {
		if err := d.fails(bad.kind, "%s", bad.line); !strings.Contains(err.Message, bad.told) {
			t.Errorf("%s: %s", bad.line, told(err))
		}
	}
	if after := o.number("select max(id) from @change_log"); after != before {
		t.Error("what was refused changed something")
	}
	// One that is in sight and not theirs to give keeps the others, too.
	own := o.role("own", "client:view", "client:reassign:own")
	o.exec("update users set role_id = $1 where id = $2", own, claire)
	mine := o.client(claire)
	hers := o.desk("claire.dubois")
	before = o.number("select max(id) from @change_log")
	if err := hers.fails(model.Denied, "client reassign %d,%d hugo.lefevre", mine, c); !strings.Contains(err.Message, fmt.Sprintf("reassign client %d", c)) {
		t.Error(told(err))
	}
	if after := o.number("select max(id) from @change_log"); after != before {
		t.Error("what was refused changed something")
	}
}

// Whoever names the same records in another order waits for nobody in a circle.
func TestSeveralRecordsAreTakenInOneOrder(t *testing.T) {
	t.Parallel()
	o, desks := crowded(t, 8)
	o.role("own", "client:view", "client:reassign:own")
	o.exec("update users set role_id = (select id from role where name = 'own')")
	hugo := o.hire("hugo.lefevre", "commercial")
	a, b, c := o.client(1), o.client(1), o.client(1)
	orders := []string{fmt.Sprintf("%d,%d,%d", a, b, c), fmt.Sprintf("%d,%d,%d", c, b, a)}
	won := winners(t, together(8, func(i int) error {
		_, err := desks[i].do("client reassign %s hugo.lefevre", orders[i%2])
		return err
	}), model.Denied, model.Conflict)
	if won != 1 || o.number("select count(*) from @client where commercial_id = $1", hugo) != 3 {
		t.Errorf("%d gave them away", won)
	}
	o.checkHistory("client", "client")
}
