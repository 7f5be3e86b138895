package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"epev/model"
)

// at moves an event to hours of the first of December, of a client of its own name.
func (o *office) at(event int64, from, to string) int64 {
	o.t.Helper()
	o.exec("update event set start_date = $1, end_date = $2, title = 'Event ' || id where id = $3", "2026-12-01 "+from+"+00", "2026-12-01 "+to+"+00", event)
	return event
}

func TestAClashIsRefusedUnlessItIsMeant(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("admin.root", "management")
	claire := o.hire("claire.dubois", "commercial")
	ines := o.hire("ines.morel", "support")
	o.hire("oscar.petit", "support")
	contract := o.contract(o.client(claire), true)
	held := o.at(o.event(contract, ines), "10:00", "12:00")
	during, behind := o.at(o.event(contract, 0), "11:59", "13:00"), o.at(o.event(contract, 0), "12:00", "13:00")
	d := o.desk("admin.root")
	told := fmt.Sprintf("ines.morel is busy: event %d (Event %d · Client %d) is from 01/12/2026 10:00 to 01/12/2026 12:00", held, held, 1)

	// Of times that only touch, none clashes.
	d.must("event assign_support %d ines.morel", behind)
	d.must(`event update %d --support-contact-id ""`, behind)

	e := d.fails(model.Conflict, "event assign_support %d ines.morel", during)
	if e.Message != told || !strings.Contains(e.Hint, fmt.Sprintf("event suggest %d", during)) || !strings.Contains(e.Hint, "--even-if-busy") {
		t.Errorf("told %q, %q", e.Message, e.Hint)
	}
	if e := d.fails(model.Conflict, "event update %d --support-contact-id ines.morel", during); e.Message != told {
		t.Errorf("told %q", e.Message)
	}
	r := d.must("event assign_support %d ines.morel --even-if-busy", during)
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0].Error(), told) {
		t.Errorf("warned of %v", r.Warnings)
	}
	// A clash that is there already is no news. What does not touch the time is not asked about.
	d.must("event update %d --notes Ramp", during)
	d.must(`event update %d --end-date "01/12/2026 12:30"`, during)
	// A time that is moved into another event is.
	d.must("event assign_support %d,%d oscar.petit --even-if-busy", during, behind)
	d.must(`event update %d --start-date "01/12/2026 09:00" --end-date "01/12/2026 12:00"`, during)
	if e := d.fails(model.Conflict, `event update %d --start-date "01/12/2026 12:15" --end-date "01/12/2026 14:00"`, during); !strings.Contains(e.Message, "oscar.petit is busy") {
		t.Errorf("told %q", e.Message)
	}
	d.must(`event update %d --start-date "01/12/2026 12:15" --end-date "01/12/2026 14:00" --even-if-busy`, during)

	// So it is at creation, and for who may not view the other event: it is not named.
	planner := o.role("planner", "contract:view", "event:create", "event:view:own_client", "event:assign_support")
	o.exec("update users set role_id = $1 where id = $2", planner, o.hire("paula.plan", "management"))
	own := o.contract(o.client(o.number("select id from @users where username = 'paula.plan'")), true)
	paula := o.desk("paula.plan")
	create := fmt.Sprintf(`event create --contract-id %d --title Gala --full-address Paris --start-date "01/12/2026 09:00" --end-date "01/12/2026 10:30" --support-contact-id ines.morel`, own)
	e = paula.fails(model.Conflict, "%s", create)
	if e.Message != "ines.morel is busy: an event that you may not view is from 01/12/2026 10:00 to 01/12/2026 12:00" || e.Field != "support-contact-id" {
		t.Errorf("told %q about %s", e.Message, e.Field)
	}
	paula.must("%s --even-if-busy", create)

	// Several at once clash with one another, too.
	first, second := o.at(o.event(contract, 0), "20:00", "21:00"), o.at(o.event(contract, 0), "20:30", "22:00")
	e = d.fails(model.Conflict, "event assign_support %d,%d oscar.petit", second, first)
	if !strings.Contains(e.Message, fmt.Sprintf("event %d", first)) || o.number("select count(*) from @event where id >= $1 and support_contact_id is not null", first) != 0 {
		t.Errorf("told %q", e.Message)
	}
	// An event of months is found too.
	o.exec("update event set start_date = '2026-01-01', end_date = '2027-01-01' where id = $1", behind)
	if e = d.fails(model.Conflict, "event assign_support %d oscar.petit", first); !strings.Contains(e.Message, fmt.Sprintf("event %d", behind)) {
		t.Errorf("told %q", e.Message)
	}
}

// Whoever comes second is told of the clash, however close they are: by assignment, by a new event, and by a change of dates.
func TestNoTwoChangesAtOnceMakeAClash(t *testing.T) {
	t.Parallel()
	crowd.Lock()
	t.Cleanup(crowd.Unlock)
	o := openOffice(t)
	o.hire("admin.root", "management")
	o.exec("update users set role_id = $1", o.role("planner", "contract:view", "event:view", "event:create", "event:update", "event:assign_support"))
	claire, ines := o.hire("claire.dubois", "commercial"), o.hire("ines.morel", "support")
	contract := o.contract(o.client(claire), true)
	const n = 12
	desks, events := make([]*desk, n), make([]int64, n)
	for i := range desks {
		desks[i] = o.desk("admin.root")
		events[i] = o.at(o.event(contract, 0), "10:00", "12:00")
		if i%4 == 3 { // hers, at a time of its own
			o.exec("update event set support_contact_id = $1, start_date = '2026-12-02'::timestamptz + $2 * interval '1 day', end_date = '2026-12-02 03:00'::timestamptz + $2 * interval '1 day' where id = $3",
				ines, int64(i), events[i])
		}
	}
	won := winners(t, together(n, func(i int) error {
		line := fmt.Sprintf("event assign_support %d ines.morel", events[i])
		switch i % 4 {
		case 1:
			line = fmt.Sprintf("event update %d --support-contact-id ines.morel", events[i])
		case 2:
			line = fmt.Sprintf(`event create --contract-id %d --title "Gala %d" --full-address Paris --start-date "01/12/2026 11:00" --end-date "01/12/2026 13:00" --support-contact-id ines.morel`, contract, i)
		case 3:
			line = fmt.Sprintf(`event update %d --start-date "01/12/2026 11:30" --end-date "01/12/2026 11:45"`, events[i])
		}
		_, err := desks[i].do("%s", line)
		return err
	}), model.Conflict)
	if hers := o.number("select count(*) from @event where support_contact_id = $1 and start_date < '2026-12-02'", ines); won != 1 || hers != 1 {
		t.Errorf("%d got through, and she has %d events at that time", won, hers)
	}
}

func TestWhoIsFreeIsOfferedFirst(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("admin.root", "management")
	claire := o.hire("claire.dubois", "commercial")
	ines, oscar, paul, sarah := o.hire("ines.morel", "support"), o.hire("oscar.petit", "support"), o.hire("paul.parti", "support"), o.hire("sarah.martin", "support")
	o.exec("update users set is_active = false where id = $1", paul)
	contract := o.contract(o.client(claire), true)
	held := o.at(o.event(contract, ines), "10:00", "12:00")
	o.at(o.event(contract, oscar), "14:00", "15:00")
	wanted, later := o.at(o.event(contract, 0), "11:00", "13:00"), o.at(o.event(contract, 0), "14:30", "16:00")
	d := o.desk("admin.root")
	raw := map[string]string{"event-id": fmt.Sprint(wanted)}
	if got := d.offers("event assign_support support-id", "", raw); !slices.Equal(got, []string{fmt.Sprint(sarah), fmt.Sprint(oscar), fmt.Sprint(ines)}) {
		t.Errorf("offered %v", got)
	}
	// Who was chosen lately stands before others, but not before who is free.
	if got := d.offers("event assign_support support-id", "", raw, fmt.Sprint(ines), fmt.Sprint(oscar)); !slices.Equal(got, []string{fmt.Sprint(oscar), fmt.Sprint(sarah), fmt.Sprint(ines)}) {
		t.Errorf("offered %v", got)
	}
	raw["event-id"] = fmt.Sprintf("%d,%d", wanted, later)
	if got := d.offers("event assign_support support-id", "", raw); !slices.Equal(got, []string{fmt.Sprint(sarah), fmt.Sprint(oscar), fmt.Sprint(ines)}) && got[0] != fmt.Sprint(sarah) {
		t.Errorf("offered %v", got)
	}
	r := d.must("event suggest %d", wanted)
	var why []string
	for _, row := range r.Table.Rows {
		why = append(why, fmt.Sprint(row[1], " ", row[3], " ", row[4], " ", row[5], " ", row[6]))
	}
	want := []string{
		fmt.Sprintf("sarah.martin true 0 free, and has nothing else that week event assign_support %d sarah.martin", wanted),
		fmt.Sprintf("oscar.petit true 1 free at that time event assign_support %d oscar.petit", wanted),
		fmt.Sprintf("ines.morel false 1 ines.morel is busy: event %d (Event %d) is from 01/12/2026 10:00 to 01/12/2026 12:00 event assign_support %d ines.morel", held, held, wanted),
	}
	if !slices.Equal(why, want) {
		t.Errorf("suggested\n%s\ninstead of\n%s", strings.Join(why, "\n"), strings.Join(want, "\n"))
	}
}
