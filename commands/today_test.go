package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"epev/security"
)

// chores are the lines of today: section, id and command.
func chores(d *desk) (lines []string) {
	d.t.Helper()
	r := d.must("today")
	for _, row := range r.Table.Rows {
		at := func(name string) Value {
			return row[slices.IndexFunc(r.Table.Columns, func(c Column) bool { return c.Name == name })]
		}
		lines = append(lines, fmt.Sprint(at("section"), ": ", at("command")))
	}
	return lines
}

func (d *desk) todayIs(want ...string) {
	d.t.Helper()
	if got := chores(d); !slices.Equal(got, want) {
		d.t.Errorf("today is\n%s\ninstead of\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What waits for somebody follows from what they may do and from what is theirs, not from the name of their role. Noon is that of a Monday.
func TestTodayIsOfWhatOneMayDo(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("admin.root", "management")
	claire, hugo := o.hire("claire.dubois", "commercial"), o.hire("hugo.lefevre", "commercial")
	ines, paul := o.hire("ines.morel", "support"), o.hire("paul.parti", "support")
	o.exec("update users set is_active = false where id in ($1, $2)", hugo, paul)
	client, his := o.client(claire), o.client(hugo)
	o.exec("update client set first_contact_date = '2026-10-01', created_at = '2026-01-01'")
	signed, unsigned, free, paid := o.contract(client, true), o.contract(client, false), o.contract(client, true), o.contract(client, true)
	theirs := o.contract(his, true)
	o.exec("update contract set created_at = '2026-01-01'; update contract set remaining_amount = 0, is_fully_paid = true where id in ($1, $2)", paid, theirs)
	at := func(contract, support int64, from, to string) int64 {
		id := o.event(contract, support)
		o.exec("update event set start_date = $1, end_date = $2, created_at = '2026-01-01' where id = $3", from+"+00", to+"+00", id)
		return id
	}
	at(signed, ines, "2026-01-05 10:00", "2026-01-05 12:00") // over, and not paid
	now := at(paid, ines, "2026-11-23 13:00", "2026-11-23 15:00")
	clash := at(theirs, ines, "2026-11-23 14:00", "2026-11-23 16:00")
	tomorrow := at(paid, ines, "2026-11-24 00:00", "2026-11-24 23:59")
	friday := at(theirs, ines, "2026-11-27 10:00", "2026-11-27 12:00")
	at(theirs, ines, "2026-11-30 10:00", "2026-11-30 12:00") // next week
	alone := at(paid, 0, "2026-12-01 10:00", "2026-12-01 12:00")
	left := at(paid, paul, "2026-12-02 10:00", "2026-12-02 12:00")

	sam, carl, mona := o.desk("ines.morel"), o.desk("claire.dubois"), o.desk("admin.root")
	support := []string{
		fmt.Sprintf("Your events today: event view %d", now), fmt.Sprintf("Your events today: event view %d", clash),
		fmt.Sprintf("Your events tomorrow: event view %d", tomorrow), fmt.Sprintf("Your events later this week: event view %d", friday),
	}
	sam.todayIs(support...)
	r := sam.must("today")
	if row := fmt.Sprint(r.Table.Rows[0]); !strings.Contains(row, "13:00–15:00") || !strings.Contains(row, fmt.Sprintf("!\u00a0clashes\u00a0with\u00a0%d", clash)) || !strings.Contains(row, "1 Rue de Paris") {
		t.Errorf("%s", row)
	}
	if row := fmt.Sprint(r.Table.Rows[2]); !strings.Contains(row, "all day") {
		t.Errorf("%s", row)
	}
	if r := sam.must("open 2"); id(t, r) != clash {
		t.Errorf("opened %d", id(t, r))
	}
	commercial := []string{
		fmt.Sprintf("Contracts to sign, the oldest first: contract sign %d", unsigned),
		fmt.Sprintf("Signed contracts without an event: event create --contract-id %d", free),
		fmt.Sprintf("Unpaid contracts whose events are over: contract pay %d 400.00", signed),
		fmt.Sprintf("Clients not spoken to for 30 days: note add client %d TEXT", client),
	}
	carl.todayIs(commercial...)
	// Reminders of one's own that are due join it, and a note on the client is to have spoken to them. An event that was cancelled leaves it.
	carl.must(`note add client %d "Call back" --remind 23/11/2026`, client)
	carl.must(`note add client %d "Call later" --remind 24/11/2026`, client)
	carl.todayIs(append(slices.Clone(commercial[:3]), "Reminders due: note done 1")...)
	carl.must("note done 1")
	carl.todayIs(commercial[:3]...)
	mona.must("event cancel %d --reason Storm", clash)
	sam.todayIs(support[0], support[2], support[3])
	if r := sam.must("today"); strings.Contains(fmt.Sprint(r.Table.Rows), "clashes") {
		t.Errorf("a cancelled event clashes")
	}
	management := []string{
		fmt.Sprintf("Coming events without support: event assign_support %d", alone), fmt.Sprintf("Coming events without support: event assign_support %d", left),
		"Left to be paid: report unpaid",
		"People who left, and what is theirs still: " + goneCommand("hugo.lefevre", "client list --commercial hugo.lefevre"),
		"People who left, and what is theirs still: " + goneCommand("paul.parti", "event list --upcoming --support paul.parti"),
	}
	mona.todayIs(management...)
	o.exec("update client set created_at = '2026-11-22 08:00+00' where id = $1", his)
	mona.todayIs(append(management, fmt.Sprintf("New since yesterday: client view %d", his))...)

	// The name of the role plays no part; nor has one what one may not do.
	o.exec("update role set name = 'planner' where name = 'management'")
	mona.todayIs(append(management, fmt.Sprintf("New since yesterday: client view %d", his))...)
	o.exec("update users set role_id = $1 where id = $2", o.role("reader", "client:view", "contract:view", "event:view"), claire)
	carl.todayIs()
	if r := carl.must("today"); r.Message != "Nothing waits for you today." {
		t.Errorf("told %q", r.Message)
	}
	o.exec("update users set role_id = $1 where id = $2", o.role("both", "client:view", "contract:view", "contract:update:own", "event:view:assigned"), claire)
	o.exec("update event set support_contact_id = $1 where id = $2", claire, friday)
	carl.todayIs(fmt.Sprintf("Your events later this week: event view %d", friday), commercial[0], fmt.Sprintf("Unpaid contracts whose events are over: contract view %d", signed))
}

// A section that has no room for all says how to see the others.
func TestTodayTellsThatThereIsMore(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	claire := o.hire("claire.dubois", "commercial")
	client := o.client(claire)
	for range choresShown + 1 {
		o.contract(client, false)
	}
	d := o.desk("claire.dubois")
	d.env.Human = true
	got := chores(d)
	if n := choresShown + 1; len(got) < n || got[n-1] != "Contracts to sign, the oldest first: contract list --only-mine --unsigned --sort created_at" {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	d.must("contract list --only-mine --unsigned --sort created_at")
	for _, s := range todaySections() {
		if _, err := o.registry.Parse(split(s.more)); err != nil {
			t.Errorf("%s: %v", s.more, err)
		}
	}
}

func goneCommand(username, otherwise string) string {
	if security.Known("user:handover") {
		return "handover " + username
	}
	return otherwise
}
