package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"epev/model"
)

// staffed is an office with one desk of each department, and one client, contract and event of claire's.
type staffed struct {
	*office
	manager, commercial, support                *desk
	manon, claire, sarah                        int64
	company, client, signed, unsigned, supports int64
}

func newStaffed(t *testing.T) *staffed {
	t.Helper()
	o := openOffice(t)
	s := &staffed{office: o, manon: o.hire("manon.directrice", "management"), claire: o.hire("claire.dubois", "commercial"), sarah: o.hire("sarah.soutien", "support")}
	s.manager, s.commercial, s.support = o.desk("manon.directrice"), o.desk("claire.dubois"), o.desk("sarah.soutien")
	s.company = o.company("Startup SAS")
	s.client = o.client(s.claire)
	s.signed, s.unsigned = o.contract(s.client, true), o.contract(s.client, false)
	s.supports = o.event(s.signed, s.sarah)
	return s
}

// changed tells a result's changes: "phone: <nil> → +33…".
func changed(r Result) []string {
	told := []string{}
	for _, c := range r.Changes {
		told = append(told, fmt.Sprintf("%s: %v → %v", c.Name, c.Before, c.After))
	}
	return told
}

// TestUpdateChangesWhatIsGiven: only the fields given change, the answer shows before and after, and an
// empty string clears an optional field (SPEC 4).
func TestUpdateChangesWhatIsGiven(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	for _, c := range []struct {
		d    *desk
		line string
		want []string
	}{
		{s.commercial, fmt.Sprintf("client update %d -p '06 78 12 34 56'", s.client), []string{"phone: <nil> → +33678123456"}},
		{s.commercial, fmt.Sprintf("client update %d -c %d", s.client, s.company), []string{fmt.Sprintf("company_id: <nil> → %d", s.company), "company: <nil> → Startup SAS"}},
		{s.commercial, fmt.Sprintf("client update %d -l '23/11/2026 09:30'", s.client), []string{"last_contact_date: <nil> → 2026-11-23"}},
		{s.commercial, fmt.Sprintf("client update %d -p '' -l ''", s.client), []string{"phone: +33678123456 → <nil>", "last_contact_date: 2026-11-23 → <nil>"}},
		{s.commercial, fmt.Sprintf("client update %d --company-id ''", s.client), []string{fmt.Sprintf("company_id: %d → <nil>", s.company), "company: Startup SAS → <nil>"}},
		{s.commercial, fmt.Sprintf("client update %d", s.client), []string{}},
		{s.commercial, fmt.Sprintf("client update %d -p ''", s.client), []string{}},
		{s.support, fmt.Sprintf("event update %d --notes \"Rampe d'accès\"", s.supports), []string{"notes: <nil> → Rampe d'accès"}},
		{s.support, fmt.Sprintf("event update %d --notes '' --participant-count 0", s.supports), []string{"participant_count: 10 → 0", "notes: Rampe d'accès → <nil>"}},
		{s.manager, fmt.Sprintf("event update %d --support-contact-id ''", s.supports), []string{fmt.Sprintf("support_contact_id: %d → <nil>", s.sarah), "support_contact: sarah.soutien → <nil>"}},
		{s.manager, fmt.Sprintf("user update %d -r commercial", s.sarah), []string{"role_id: 3 → 2", "role: support → commercial"}},
		{s.manager, fmt.Sprintf("company update %d -n 'Müller & Søn AG'", s.company), []string{"name: Startup SAS → Müller & Søn AG"}},
	} {
		rows := s.number("select count(*) from @change_log")
		r := c.d.must("%s", c.line)
		if got := changed(r); !slices.Equal(got, c.want) {
			t.Errorf("%s: changed %q instead of %q", c.line, got, c.want)
		}
		if want := min(1, len(c.want)); s.number("select count(*) from @change_log")-rows != int64(want) {
			t.Errorf("%s: not %d rows of history", c.line, want)
		}
		if len(c.want) == 0 && !strings.HasPrefix(r.Message, "Nothing to change") {
			t.Errorf("%s: %q", c.line, r.Message)
		}
	}
	// What must not be empty is not cleared.
	for _, line := range []string{"client update %d -n ''", "client update %d -e ''", "client update %d -f ''"} {
		s.commercial.fails(model.Usage, line, s.client)
	}
	for _, line := range []string{"event update %d --title ''", "event update %d --full-address ' '", "event update %d --start-date ''", "event update %d --participant-count ''", "event update %d --contract-id ''"} {
		s.manager.fails(model.Usage, line, s.supports)
	}
}

// TestOlderVersionIsAConflict: an update against an older version changes nothing and tells who changed
// what meanwhile.
func TestOlderVersionIsAConflict(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	seen := cell(t, s.commercial.must("contract view %d", s.unsigned), "version").(int64)
	s.manager.must("contract update %d --remaining-amount 250", s.unsigned)
	s.commercial.must("contract update %d --is-signed true", s.unsigned)
	e := s.commercial.fails(model.Conflict, "contract update %d --remaining-amount 0 --if-version %d", s.unsigned, seen)
	for _, want := range []string{"manon.directrice changed Remaining: 400,00\u00a0€ → 250,00\u00a0€ on ", "claire.dubois changed Signed: No → Yes, Signed on: – → 23/11/2026 on "} {
		if !strings.Contains(e.Hint, want) {
			t.Errorf("%q does not tell %q", e.Hint, want)
		}
	}
	if got := s.text("select remaining_amount::text from @contract where id = $1", s.unsigned); got != "250.00" {
		t.Errorf("%s remains", got)
	}
	e = s.commercial.fails(model.Conflict, "contract update %d --remaining-amount 0 --if-version %d", s.unsigned, seen+1)
	if strings.Contains(e.Hint, "manon") || !strings.Contains(e.Hint, "claire.dubois changed Signed") {
		t.Errorf("since version %d: %s", seen+1, e.Hint)
	}
	s.commercial.must("contract update %d --remaining-amount 0 --if-version %d", s.unsigned, seen+2)
	s.commercial.fails(model.Conflict, "contract update %d --remaining-amount 5 --if-version 99", s.unsigned)
	s.commercial.fails(model.Usage, "contract update %d --remaining-amount 5 --if-version 0", s.unsigned)
	// A user's logins are no changes of the user.
	version := cell(t, s.manager.must("user view %d", s.sarah), "version").(int64)
	s.desk("sarah.soutien")
	s.manager.must("user update %d -n Sarah --if-version %d", s.sarah, version)
	s.desk("sarah.soutien")
	if e := s.manager.fails(model.Conflict, "user update %d -n S --if-version %d", s.sarah, version); !strings.Contains(e.Hint, "manon.directrice changed Full name: sarah.soutien → Sarah on") {
		t.Errorf("the user: %s", e.Hint)
	}
}

// TestContractAmounts: remaining ≤ total, and is_fully_paid follows from the amounts.
func TestContractAmounts(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	create := "contract create --client-id %d --total-amount 1000 "
	for _, c := range []struct {
		flags     string
		remaining string // "" for a conflict
		paid      bool
	}{
		{"", "1000.00", false},
		{"--remaining-amount 0", "0.00", true},
		{"--remaining-amount 1000", "1000.00", false},
		{"--remaining-amount 1000.01", "", false},
		{"--is-fully-paid true", "0.00", true},
		{"--is-fully-paid false", "1000.00", false},
		{"--is-fully-paid oui", "0.00", true},
		{"--is-fully-paid true --remaining-amount 0.00", "0.00", true},
		{"--is-fully-paid true --remaining-amount 5", "", false},
		{"--is-fully-paid false --remaining-amount 0", "", false},
		{"--remaining-amount '1 000,00'", "1000.00", false},
		{"--commercial-id claire.dubois", "1000.00", false},
		{"--commercial-id manon.directrice", "", false},
		{"--commercial-id nobody.there", "", false},
	} {
		r, err := s.manager.do(create+c.flags, s.client)
		if c.remaining == "" {
			if model.KindOf(err) != model.Conflict {
				t.Errorf("%s: %v", c.flags, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %s", c.flags, told(err))
			continue
		}
		if got := fmt.Sprint(cell(t, r, "remaining_amount"), " ", cell(t, r, "is_fully_paid")); got != fmt.Sprint(c.remaining, " ", c.paid) {
			t.Errorf("%s: %s", c.flags, got)
		}
	}
	for _, c := range []struct{ from, flags, want string }{ // total 1000
		{"400", "--is-fully-paid true", "1000.00 0.00 true"},
		{"400", "--is-fully-paid false", "1000.00 400.00 false"},
		{"0", "--is-fully-paid false", "conflict"},
		{"0", "--is-fully-paid false --remaining-amount 1", "1000.00 1.00 false"},
		{"0", "--is-fully-paid true", "1000.00 0.00 true"},
		{"400", "--is-fully-paid true --remaining-amount 1", "conflict"},
		{"400", "--total-amount 399.99", "conflict"},
		{"400", "--total-amount 399.99 --remaining-amount 399.99", "399.99 399.99 false"},
		{"400", "--total-amount 399.99 --is-fully-paid true", "399.99 0.00 true"},
		{"400", "--remaining-amount 1000.01", "conflict"},
		{"400", "--remaining-amount 0", "1000.00 0.00 true"},
		{"0", "--total-amount 2000", "2000.00 1000.00 false"},
		{"400", "--total-amount 9999999999.99", "9999999999.99 9999999399.99 false"},
	} {
		s.exec("update contract set total_amount = 1000, remaining_amount = "+c.from+", is_fully_paid = ("+c.from+" = 0) where id = $1", s.unsigned)
		_, err := s.manager.do("contract update %d %s", s.unsigned, c.flags)
		got := s.text("select concat_ws(' ', total_amount, remaining_amount, case when is_fully_paid then 'true' else 'false' end) from @contract where id = $1", s.unsigned)
		if model.KindOf(err) == model.Conflict {
			got = "conflict"
		}
		if got != c.want {
			t.Errorf("%s of %s: %s instead of %s (%v)", c.flags, c.from, got, c.want, err)
		}
	}
}

// TestRulesOfTheBusiness: each rule of SPEC 4 and 6 on contracts and events, with the words that say so.
func TestRulesOfTheBusiness(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	idle, hugo := s.hire("ines.morel", "support"), s.hire("hugo.lefevre", "commercial")
	s.exec("update users set is_active = false where id = $1", idle)
	event := "event create --title T --full-address A "
	dates := "--start-date 01/11/2027 --end-date 02/11/2027 "
	for _, c := range []struct {
		d    *desk
		kind model.Kind
		line string
		says string
	}{
		{s.commercial, model.Conflict, fmt.Sprintf(event+dates+"--contract-id %d", s.unsigned), "is not signed"},
		{s.commercial, model.Conflict, fmt.Sprintf(event+"--start-date '01/11/2027 10:00' --end-date '01/11/2027 10:00' --contract-id %d", s.signed), "not after its start"},
		{s.commercial, model.Conflict, fmt.Sprintf(event+"--start-date 02/11/2027 --end-date 01/11/2027 --contract-id %d", s.signed), "not after its start"},
		{s.manager, model.Conflict, fmt.Sprintf("event update %d --start-date 01/01/2100", s.supports), "not after its start"},
		{s.manager, model.Conflict, fmt.Sprintf("event update %d --contract-id %d", s.supports, s.unsigned), "is not signed"},
		{s.manager, model.Conflict, fmt.Sprintf("event assign_support %d %d", s.supports, s.claire), "claire.dubois is not a support user"},
		{s.manager, model.Conflict, fmt.Sprintf("event assign-support %d ines.morel", s.supports), "ines.morel is deactivated"},
		{s.manager, model.NotFound, fmt.Sprintf("event assign_support %d 424242", s.supports), "user 424242 not found"},
		{s.manager, model.Conflict, fmt.Sprintf("event update %d --support-contact-id %d", s.supports, s.claire), "is not a support user"},
		{s.manager, model.NotFound, fmt.Sprintf("event update %d --support-contact-id 424242", s.supports), "user 424242 not found"},
		{s.manager, model.Conflict, fmt.Sprintf("contract delete %d", s.signed), "still has 1 event"},
		{s.manager, model.Conflict, fmt.Sprintf("contract delete %d", s.contract(s.client, true)), "is signed"},
		{s.manager, model.Conflict, fmt.Sprintf("contract update %d --is-signed false", s.signed), "still has 1 event"},
		{s.commercial, model.Conflict, fmt.Sprintf("client delete %d", s.client), "still has 3 contracts"},
		{s.manager, model.Conflict, fmt.Sprintf("user delete %d", s.claire), "still has 1 client"},
		{s.manager, model.Conflict, fmt.Sprintf("user delete %d", s.sarah), "still has 1 event"},
		{s.manager, model.Conflict, fmt.Sprintf("client reassign %d %d", s.client, s.sarah), "sarah.soutien is not a commercial user"},
		{s.manager, model.NotFound, fmt.Sprintf("client reassign %d 424242", s.client), "user 424242 not found"},
		{s.manager, model.Conflict, "company create -n 'Startup SAS'", "exists already"},
		{s.manager, model.Usage, "role grant 2 client:fly", "does not exist"},
		{s.manager, model.NotFound, "role grant 9 client:view", "role 9 not found"},
		{s.manager, model.Conflict, "role revoke management role:assign", "role:assign"},
		{s.manager, model.Usage, "role revoke 2 client:fly", "does not exist"},
	} {
		rows := s.number("select count(*) from @change_log")
		e := c.d.fails(c.kind, "%s", c.line)
		if !strings.Contains(e.Message, c.says) || e.Hint == "" {
			t.Errorf("%s: %s", c.line, told(e))
		}
		if s.number("select count(*) from @change_log") != rows {
			t.Errorf("%s: changed something", c.line)
		}
	}
	// A contract's commercial is its client's, also after client reassign.
	s.manager.must("client reassign %d %d", s.client, hugo)
	if n := s.number("select count(*) from @contract where commercial_id <> $1", hugo); n != 0 {
		t.Errorf("%d contracts did not follow", n)
	}
	// What is so already is said, changes nothing and is no failure.
	for _, line := range []string{"role grant support client:view", "role revoke support client:delete", "client reassign %d hugo.lefevre", "event assign_support %[2]d sarah.soutien", "user activate sarah.soutien"} {
		rows := s.number("select count(*) from @change_log")
		r := s.manager.must("%s", strings.NewReplacer("%d", fmt.Sprint(s.client), "%[2]d", fmt.Sprint(s.supports)).Replace(line))
		if !strings.HasPrefix(r.Message, "Nothing to change") || s.number("select count(*) from @change_log") != rows {
			t.Errorf("%s: %s", line, r.Message)
		}
	}
}

// TestBadValues: each gets one sentence, exit 2, and changes nothing.
func TestBadValues(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	s.commercial.env.Location, s.manager.env.Location = paris, paris
	rows := s.number("select count(*) from @change_log")
	contract, event := fmt.Sprintf("contract create --client-id %d --total-amount ", s.client), fmt.Sprintf("event create --title T --full-address A --contract-id %d ", s.signed)
	long := strings.Repeat("é", 129)
	for _, line := range []string{
		contract + "1e3", contract + "NaN", contract + "-1", contract + "0.001", contract + "99999999999", contract + "''", contract + "1,200.50", contract + "10 --remaining-amount abc",
		contract + "10 --is-signed maybe", contract + "10 --is-fully-paid 2",
		"contract create --total-amount 10 --client-id 0", "contract create --total-amount 10 --client-id x", "contract create --total-amount 10 --client-id 99999999999", "contract create --total-amount 10 --client-id -3",
		"contract create --total-amount 10", fmt.Sprintf("contract create --client-id %d", s.client),
		"contract view 0", "contract view x", "contract view 2147483648", "contract view 1 2", "contract view", "contract list --sort total", "contract list --limit 0", "contract list --after x", "contract list --columns total",
	} {
		s.manager.fails(model.Usage, "%s", line)
	}
	for _, line := range []string{
		event + "--start-date 29/02/2027 --end-date 01/03/2027", event + "--start-date 31/04/2027 --end-date 01/05/2027", event + "--start-date '28/03/2027 02:30' --end-date 01/05/2027",
		event + "--start-date 2027-13-01 --end-date 01/05/2027", event + "--start-date 01/11 --end-date 01/05/2027", event + "--start-date '01/11/2027 25:00' --end-date 02/11/2027", event + "--start-date 01/11/2027",
		event + "--start-date 01/11/2027 --end-date 02/11/2027 --participant-count -1", event + "--start-date 01/11/2027 --end-date 02/11/2027 --participant-count 3000000000",
		event + "--start-date 01/11/2027 --end-date 02/11/2027 --participant-count 1.5", event + "--start-date 01/11/2027 --end-date 02/11/2027 --support-contact-id -4",
		"client create -n " + long + " -e a@b.fr", "client create -n X -e a@b", "client create -n X -e a.b.fr", "client create -n X -e 'A <a@b.fr>'", "client create -n X -e a@b.fr -p 12", "client create -n X -e a@b.fr -p +33",
		"client create -n 'X\x07' -e a@b.fr", "client create -n 'X\u202e' -e a@b.fr", "client create -n 'X\xff' -e a@b.fr", "client create -n X", "client create -n X -e a@b.fr -f 31/02/2025", "client create -n X -e a@b.fr -f 01/01/2026 -l 31/12/2025",
		"client view 9223372036854775808", "client update 1 --nmae X", "history client x", "history thing 1", "history client",
	} {
		s.commercial.fails(model.Usage, "%s", line)
	}
	if s.number("select count(*) from @change_log") != rows {
		t.Error("something was changed")
	}
	// A date alone starts an event at 00:00 and ends one at 23:59, local time.
	r := s.commercial.must("%s", event+"--start-date 01/11/2027 --end-date 01/11/2027")
	if start, end := cell(t, r, "start_date").(time.Time).In(paris), cell(t, r, "end_date").(time.Time).In(paris); start.Format("02/01/2006 15:04") != "01/11/2027 00:00" || end.Format("02/01/2006 15:04") != "01/11/2027 23:59" {
		t.Errorf("from %s to %s", start, end)
	}
	if cell(t, r, "participant_count") != int64(0) {
		t.Error("participants are not 0 unless given")
	}
	c := s.commercial.must("client create -n ' E\u0301ric ' -e ' Eric@Startup.io ' -p 0678123456")
	if cell(t, c, "full_name") != "\u00c9ric" || cell(t, c, "phone") != model.Phone("+33678123456") {
		t.Errorf("text is stored as %q, the phone as %v", cell(t, c, "full_name"), cell(t, c, "phone"))
	}
	if first := cell(t, c, "first_contact_date").(model.Day).Format(paris); first != "23/11/2026" {
		t.Errorf("the first contact is %s", first)
	}
	s.commercial.fails(model.Conflict, "client create -n Eric -e eric@startup.IO")
}

// TestPredecessorsRows: rows that break a newer rule are readable, and must be mended when next changed (SPEC 6).
func TestPredecessorsRows(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	s.exec(`alter table contract drop constraint contract_remaining_total_check, drop constraint contract_fully_paid_check;
		update contract set remaining_amount = 1500 where id = $1;
		update contract set is_fully_paid = true where id = $2;
		update contract set commercial_id = $3 where id = $2;
		alter table contract add constraint contract_remaining_total_check check (remaining_amount <= total_amount) not valid,
			add constraint contract_fully_paid_check check (is_fully_paid = (remaining_amount = 0)) not valid;
		update client set last_contact_date = first_contact_date - interval '1 day' where id = $4`, s.signed, s.unsigned, s.manon, s.client)
	// Whose a contract is follows from its client, whatever the contract says (SPEC 5).
	s.hire("hugo.lefevre", "commercial")
	if e := s.desk("hugo.lefevre").fails(model.Denied, "contract update %d --is-signed true", s.unsigned); !strings.Contains(e.Hint, "belongs to claire.dubois") {
		t.Errorf("a denial: %s", told(e))
	}
	if e := s.manager.fails(model.Conflict, "client reassign %d claire.dubois", s.client); !strings.Contains(e.Hint, fmt.Sprintf("contract list --client-id %d", s.client)) {
		t.Errorf("which contract is to be mended: %s", told(e))
	}
	other := s.office.client(s.claire)
	s.contract(other, false)
	s.exec("update contract set commercial_id = $1 where client_id = $2", s.manon, other)
	if r := s.manager.must("client reassign %d claire.dubois", other); !strings.Contains(r.Message, "1 contract") {
		t.Errorf("a contract that follows: %s", r.Message)
	}
	if r := s.manager.must("client reassign %d claire.dubois", other); !strings.Contains(r.Message, "Nothing to change") {
		t.Errorf("nothing that follows: %s", r.Message)
	}
	s.support.must("contract view %d", s.signed)
	if got := ids(t, s.support.must("contract list --unpaid --client-id %d", s.client)); len(got) != 2 {
		t.Errorf("unpaid: %v", got)
	}
	if e := s.commercial.fails(model.Conflict, "contract update %d --is-signed true", s.signed); !strings.Contains(e.Message, "above the total") {
		t.Logf("nothing to change: %s", told(e))
	}
	e := s.manager.fails(model.Conflict, "contract update %d --total-amount 1200", s.signed)
	if !strings.Contains(e.Hint, "remaining amount") {
		t.Errorf("how to mend it: %s", told(e))
	}
	s.commercial.must("contract update %d --remaining-amount 900", s.signed)
	// The paid flag and the commercial follow from what is kept.
	r := s.manager.must("contract update %d --is-signed true", s.unsigned)
	if got := strings.Join(changed(r), ", "); !strings.Contains(got, "is_fully_paid: true → false") || !strings.Contains(got, "commercial: manon.directrice → claire.dubois") {
		t.Errorf("mended: %s", got)
	}
	// An order of dates that no rule of the database forbids hinders nobody.
	s.commercial.must("client update %d -p 0612345678", s.client)
	s.commercial.fails(model.Usage, "client update %d -l 01/01/1990", s.client)
}

// TestWhatIsReported: the creation and modification of a user and each signature are reported once they
// are there, and nothing else (SPEC 8).
func TestWhatIsReported(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	for _, c := range []struct {
		d    *desk
		line string
		want []string
	}{
		{s.commercial, fmt.Sprintf("contract update %d --is-signed true", s.unsigned), []string{"contract signed"}},
		{s.commercial, fmt.Sprintf("contract update %d --remaining-amount 1", s.unsigned), nil},
		{s.manager, fmt.Sprintf("contract update %d --is-signed false", s.unsigned), nil},
		{s.manager, fmt.Sprintf("contract create --client-id %d --total-amount 10 --is-signed true", s.client), []string{"contract signed"}},
		{s.manager, fmt.Sprintf("user update %d -n Sarah", s.sarah), []string{"user updated"}},
		{s.manager, fmt.Sprintf("user update %d -e claire.dubois@epicevents.fr", s.sarah), nil}, // refused
		{s.manager, fmt.Sprintf("user deactivate %d", s.sarah), []string{"user deactivated"}},
		{s.manager, fmt.Sprintf("user activate %d", s.sarah), []string{"user activated"}},
		{s.commercial, "client create -n X -e x@startup.io", nil},
	} {
		c.d.reports = nil
		_, _ = c.d.do("%s", c.line)
		if !slices.Equal(c.d.reports, c.want) {
			t.Errorf("%s: reported %q instead of %q", c.line, c.d.reports, c.want)
		}
	}
}

// TestHistoryTellsEverything: what every kind of change leaves behind, also after the record is gone.
func TestHistoryTellsEverything(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	client := id(t, s.commercial.must("client create -n Kevin -e kevin@startup.io"))
	s.commercial.must("client update %d -p 0612345678", client)
	s.commercial.must("client delete %d", client)
	actions := func(r Result) string {
		var told []string
		for _, row := range r.Table.Rows {
			told = append(told, fmt.Sprintf("%v %v", row[3], row[5]))
		}
		return strings.Join(told, ", ")
	}
	if got := actions(s.manager.must("history client %d", client)); got != "claire.dubois create, claire.dubois update, claire.dubois delete" {
		t.Errorf("the client: %s", got)
	}
	s.manager.must("role grant 2 company:update")
	s.manager.must("role revoke commercial company:update")
	if got := actions(s.manager.must("history role commercial")); !strings.HasSuffix(got, "manon.directrice grant, manon.directrice revoke") {
		t.Errorf("the role: %s", got)
	}
	s.support.must("logout")
	s.manager.must("user deactivate %d", s.sarah)
	if got := actions(s.manager.must("history user %d", s.sarah)); !strings.HasSuffix(got, "sarah.soutien login, sarah.soutien logout, manon.directrice update") {
		t.Errorf("the user: %s", got)
	}
	for _, change := range []string{"update change_log set actor = 'x'", "delete from change_log", "truncate change_log"} {
		if _, err := s.db.Exec("set search_path = epic_events; " + change); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", change, err)
		}
	}
}
