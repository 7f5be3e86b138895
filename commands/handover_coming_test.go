package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"epev/model"
)

// All events go, and what is over or cancelled clashes with nothing. With --coming, and with a deactivation, these stay, which is told.
func TestAHandoverTellsWhatStays(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("admin.root", "management")
	ines, oscar := o.hire("ines.morel", "support"), o.hire("oscar.petit", "support")
	contract := o.contract(o.client(o.hire("claire.dubois", "commercial")), true)
	coming, over, cancelled, other := o.event(contract, ines), o.event(contract, ines), o.event(contract, ines), o.event(contract, oscar)
	o.exec("update event set start_date = '2099-01-01', end_date = '2099-01-02' where id = $1", coming)
	o.exec("update event set start_date = '2024-01-01', end_date = '2024-01-02' where id in ($1, $2)", over, other)
	o.exec("update event set start_date = '2099-01-01', end_date = '2099-01-02', cancelled_at = now(), cancel_reason = 'Fire' where id = $1", cancelled)
	d := o.desk("admin.root")
	support := func(id int64) int64 { return o.number("select support_contact_id from @event where id = $1", id) }
	told := func(says string) {
		t.Helper()
		if !slices.ContainsFunc(d.told, func(line string) bool { return strings.Contains(line, says) }) {
			t.Errorf("told %q, not %q", d.told, says)
		}
		d.told = nil
	}
	d.told = nil
	if r := d.must("handover ines.morel oscar.petit --dry-run --coming"); len(r.Table.Rows) != 1 {
		t.Errorf("%v", r.Table.Rows)
	}
	told("2 events over or cancelled stay with ines.morel; handover without --coming gives these away, too")
	if r := d.must("handover ines.morel oscar.petit --dry-run"); len(r.Table.Rows) != 3 || fmt.Sprint(r.Table.Rows[1][4], r.Table.Rows[2][4]) != "<nil> <nil>" {
		t.Errorf("%v", r.Table.Rows)
	}
	if e := d.fails(model.Usage, "handover ines.morel oscar.petit --clients --coming"); !strings.Contains(e.Hint, "--events") {
		t.Errorf("%v", e)
	}
	d.told = nil
	d.must("handover ines.morel oscar.petit --coming")
	told("2 events over or cancelled stay with ines.morel")
	if support(coming) != oscar || support(over) != ines || support(cancelled) != ines {
		t.Error("what is over or cancelled went, too")
	}
	if r := d.must("handover ines.morel oscar.petit"); r.Message != "2 events went from ines.morel to oscar.petit." || len(r.Warnings) != 0 {
		t.Errorf("%s %v", r.Message, r.Warnings)
	}
	if support(over) != oscar || support(cancelled) != oscar {
		t.Error("what is over or cancelled stays although all was to go")
	}
	d.must("user delete ines.morel")
	paul := o.hire("paul.parti", "support")
	d.told = nil
	d.must("user deactivate oscar.petit --handover %d", paul)
	told("3 events over or cancelled stay with oscar.petit; handover without --coming gives these away, too")
}
