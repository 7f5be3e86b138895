package commands

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"epev/commands/demo"
	"epev/data"
	"epev/data/testdb"
	"epev/model"
	"epev/security"
)

func paris(t testing.TB) *time.Location {
	t.Helper()
	place, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return place
}

// sandbox returns what SetUpDemo is given, over a database that is as migrate leaves it, or empty.
func sandbox(t testing.TB, dsn string) *Env {
	t.Helper()
	seats <- struct{}{}
	t.Cleanup(func() { <-seats })
	store, err := data.Open(data.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return &Env{Store: store, Clock: Clock{Now: time.Now, Location: paris(t)}}
}

// look is the test's own sight of the database.
func look(t testing.TB, dsn string) *office {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &office{t: t, dsn: dsn, db: db}
}

// 12 staff, 41 companies, 200 clients, 300 contracts, 250 events, in proportions that make sense.
func TestSampleIsWhole(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 15, 30, 0, 0, paris(t))
	s := demo.Sample(now)
	sizes := []int{len(s.Users), len(s.Companies), len(s.Clients), len(s.Contracts), len(s.Events)}
	if diff := cmp.Diff([]int{12, 41, 200, 300, 250}, sizes); diff != "" {
		t.Error("users, companies, clients, contracts, events:", diff)
	}
	between := func(what string, n, least, most int) {
		t.Helper()
		if n < least || n > most {
			t.Errorf("%s: %d, not from %d to %d", what, n, least, most)
		}
	}
	roles, inactive := map[string]int{}, 0
	for _, u := range s.Users {
		roles[u.Role]++
		if !u.IsActive {
			inactive++
		}
	}
	between("managers", roles[security.Management], 2, 2)
	between("commercials", roles["commercial"], 5, 5)
	between("supports", roles["support"], 5, 5)
	between("deactivated", inactive, 1, 2)
	for i, a := range demo.Accounts {
		if u := s.Users[i]; u.Username != a.Username || u.Role != a.Role || !u.IsActive {
			t.Errorf("the account %v is %v", a, u)
		}
	}

	of := map[int64]int{}
	companyless, phoneless := 0, 0
	for _, c := range s.Clients {
		of[c.CommercialID]++
		if c.CompanyID == nil {
			companyless++
		}
		if c.Phone == "" {
			phoneless++
		}
	}
	for id, n := range of {
		if u := s.Users[id-1]; u.IsActive {
			between("clients of "+u.Username, n, 30, 70)
		} else {
			between("clients of "+u.Username, n, 1, 20)
		}
	}
	between("commercials with clients", len(of), 5, 5)
	between("clients without a company", companyless, 20, 40)
	between("clients without a telephone", phoneless, 5, 30)

	var signed, paid, begun int
	for _, c := range s.Contracts {
		if c.IsSigned {
			signed++
		}
		switch {
		case c.IsFullyPaid:
			paid++
		case c.Remaining.Cmp(c.Total) < 0:
			begun++
		}
	}
	between("signed contracts", signed, 190, 240)
	between("paid contracts", paid, 100, 170)
	between("contracts paid in part", begun, 30, 70)

	var past, running, upcoming, unassigned int
	for _, e := range s.Events {
		switch {
		case !e.End.After(now):
			past++
		case e.Start.After(now):
			upcoming++
		default:
			running++
		}
		if e.SupportID == nil {
			unassigned++
			if !e.Start.After(now) {
				t.Errorf("event %d has begun and nobody looks after it", e.ID)
			}
		}
	}
	between("past events", past, 120, 190)
	between("running events", running, 5, 10)
	between("upcoming events", upcoming, 50, 110)
	between("events without support", unassigned, 10, 40)
}

// Every value is one that a person could have typed: it comes out of its parser unchanged.
func TestSampleIsValid(t *testing.T) {
	t.Parallel()
	s := demo.Sample(time.Date(2026, 11, 23, 15, 30, 0, 0, paris(t)))
	text := func(what, value string, most int) {
		t.Helper()
		if parsed, err := model.ParseText(what, value, most); err != nil || parsed != value {
			t.Errorf("%s %q: %q, %v", what, value, parsed, err)
		}
	}
	email := func(address model.Email, most int) {
		t.Helper()
		if parsed, err := model.ParseEmail("email", string(address), most); err != nil || parsed != address || !strings.HasSuffix(string(address), ".example") {
			t.Errorf("e-mail %q: %q, %v", address, parsed, err)
		}
	}
	// The limits of SPEC 6, the policy of SPEC 2.
	for _, u := range s.Users {
		text("full name", u.FullName, 128)
		email(u.Email, 255)
		if parsed, err := model.ParseUsername("username", u.Username, 5, 64); err != nil || parsed != u.Username {
			t.Errorf("username %q: %v", u.Username, err)
		}
	}
	for _, c := range s.Companies {
		text("company", c.Name, 128)
	}
	countries := map[string]bool{}
	for _, c := range s.Clients {
		text("full name", c.FullName, 128)
		email(c.Email, 128)
		if parsed, err := model.ParsePhone("phone", string(c.Phone)); err != nil || parsed != c.Phone {
			t.Errorf("phone %q: %q, %v", c.Phone, parsed, err)
		}
		if c.Phone != "" {
			countries[c.Phone.International()[:3]] = true
		}
	}
	if len(countries) < 10 {
		t.Errorf("telephones of %d countries", len(countries))
	}
	for _, c := range s.Contracts {
		if _, err := model.ParseAmount("total-amount", c.Total.String()); err != nil || c.Total.IsZero() {
			t.Errorf("total %s: %v", c.Total, err)
		}
		if _, err := model.ParseAmount("remaining-amount", c.Remaining.String()); err != nil {
			t.Errorf("remaining %s: %v", c.Remaining, err)
		}
	}
	for _, e := range s.Events {
		text("title", e.Title, 128)
		text("address", e.Address, 256)
		if e.Notes != "" {
			text("notes", e.Notes, 0)
		}
	}
}

// The same at every run, relative to today.
func TestSampleIsTheSameEveryDay(t *testing.T) {
	t.Parallel()
	digest := func(s data.Sample) string {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%x", sha256.Sum256(text))[:16]
	}
	now := time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC)
	first := digest(demo.Sample(now))
	// When the sample changes on purpose, so does this.
	if want := "33e0d1633ab83e2b"; first != want {
		t.Errorf("the sample is another one than it was: %s, not %s", first, want)
	}
	if again := digest(demo.Sample(now.Add(-15 * time.Hour))); again != first {
		t.Error("another hour of the same day makes another sample")
	}

	const later = 399 // the same day of the week, for weddings are on weekends
	moved := demo.Sample(now.AddDate(0, 0, later))
	back := func(times ...*time.Time) {
		for _, at := range times {
			if at != nil {
				*at = at.AddDate(0, 0, -later)
			}
		}
	}
	for i := range moved.Users {
		back(&moved.Users[i].CreatedAt, &moved.Users[i].UpdatedAt, moved.Users[i].LastLogin)
	}
	for i := range moved.Companies {
		back(&moved.Companies[i].CreatedAt, &moved.Companies[i].UpdatedAt)
	}
	for i := range moved.Clients {
		back(&moved.Clients[i].CreatedAt, &moved.Clients[i].UpdatedAt, &moved.Clients[i].FirstContact, moved.Clients[i].LastContact)
	}
	for i := range moved.Contracts {
		back(&moved.Contracts[i].CreatedAt, &moved.Contracts[i].UpdatedAt, moved.Contracts[i].SignedOn)
	}
	for i := range moved.Payments {
		back(&moved.Payments[i].CreatedAt, moved.Payments[i].PaidOn)
	}
	for i := range moved.Notes {
		back(&moved.Notes[i].CreatedAt, &moved.Notes[i].UpdatedAt, moved.Notes[i].RemindOn, moved.Notes[i].DoneAt)
	}
	for i := range moved.Events {
		back(moved.Events[i].CancelledAt, &moved.Events[i].CreatedAt, &moved.Events[i].UpdatedAt, &moved.Events[i].Start, &moved.Events[i].End)
	}
	if again := digest(moved); again != first {
		t.Errorf("in %d days the sample is not the same, so many days later", later)
	}
}

// Where the clock changes, an event keeps its hours.
func TestSampleKeepsTheHoursOfThePlace(t *testing.T) {
	t.Parallel()
	place := paris(t)
	for _, e := range demo.Sample(time.Date(2026, 11, 23, 15, 30, 0, 0, place)).Events {
		if start := e.Start.In(place); start.Hour() < 9 || start.Hour() > 20 || start.Minute() != 0 {
			t.Errorf("event %d begins at %s", e.ID, start)
		}
	}
}

// The sample obeys every rule of SPEC 6: each constraint holds for the rows that are there, and
// so do the rules that the commands hold in the transaction.
func TestSampleObeysTheRules(t *testing.T) {
	t.Parallel()
	dsn := testdb.Empty(t)
	e := sandbox(t, dsn)
	if err := fillDemo(t.Context(), e, Making{}); err != nil {
		t.Fatal(err)
	}
	o := look(t, dsn)
	if again, err := e.Store.Migrate(t.Context(), Seed()); err != nil || len(again.Warnings) > 0 {
		t.Errorf("db-create complains: %v, %q", err, again.Warnings)
	}
	// Made again, a constraint looks at every row.
	o.exec(`do $$ declare c record; begin
		for c in select conrelid::regclass as tab, conname as name, pg_get_constraintdef(oid) as def from pg_constraint
			where connamespace = 'epic_events'::regnamespace and contype in ('c', 'f', 'u')
		loop
			if c.def like '%NOT VALID' then raise 'constraint % is not valid', c.name; end if;
			execute format('alter table %s drop constraint %I, add constraint %2$I %s', c.tab, c.name, c.def);
		end loop;
	end $$; reindex table users; reindex table client`)
	for rule, broken := range map[string]string{
		"the contract is its client's commercial's":      `select count(*) from @contract k join @client c on c.id = k.client_id where k.commercial_id <> c.commercial_id`,
		"an event needs a signed contract":               `select count(*) from @event e join @contract k on k.id = e.contract_id where not k.is_signed`,
		"a client belongs to a commercial":               `select count(*) from @client c join @users u on u.id = c.commercial_id join @role r on r.id = u.role_id where r.name <> 'commercial'`,
		"a support contact is of support":                `select count(*) from @event e join @users u on u.id = e.support_contact_id join @role r on r.id = u.role_id where r.name <> 'support'`,
		"and active for what is not over":                `select count(*) from @event e join @users u on u.id = e.support_contact_id where not u.is_active and e.end_date > now()`,
		"an unsigned contract is not paid":               `select count(*) from @contract where not is_signed and is_fully_paid`,
		"the last contact is after the first":            `select count(*) from @client where last_contact_date < first_contact_date or last_contact_date > now()`,
		"a contract is drawn up after the first contact": `select count(*) from @contract k join @client c on c.id = k.client_id where k.created_at < c.first_contact_date`,
		"an event is written down after its contract":    `select count(*) from @event e join @contract k on k.id = e.contract_id where e.created_at <= k.created_at`,
		"nothing is written down in the future":          `select count(*) from (select created_at, updated_at from @users union all select created_at, updated_at from @company union all select created_at, updated_at from @client union all select created_at, updated_at from @contract union all select created_at, updated_at from @event) as t where created_at > now() or updated_at > now() or updated_at < created_at`,
		"the history has a row for each record":          `select abs(803 + (select count(*) from @payment) + (select count(*) from @note) - count(*)) from @change_log where action = 'create'`,
		"of the time of the record": `select count(*) from (select 'user' as resource, id, created_at from @users union all select 'company', id, created_at from @company
			union all select 'client', id, created_at from @client union all select 'contract', id, created_at from @contract union all select 'event', id, created_at from @event
			union all select 'payment', id, created_at from @payment union all select 'note', id, created_at from @note) as r
			left join @change_log l on l.resource = r.resource and l.record_id = r.id and l.action = 'create' where l.at is distinct from r.created_at`,
		"by the people whose they are": `select count(*) from @change_log l left join @users u on u.id = l.actor_id
			where l.action = 'create' and (l.actor is distinct from coalesce(u.username, 'demo') or (l.actor_id is null) <> (l.resource = 'user' and l.record_id = 1)
			or l.resource = 'client' and l.actor_id <> (select commercial_id from @client where id = l.record_id)
			or l.resource = 'contract' and l.actor_id <> (select commercial_id from @contract where id = l.record_id)
			or l.resource = 'event' and l.actor_id <> (select k.commercial_id from @event e join @contract k on k.id = e.contract_id where e.id = l.record_id))`,
		"what is left to pay is what no payment paid": `select count(*) from @contract k join (select contract_id, sum(amount) as paid from @payment group by contract_id) p
			on p.contract_id = k.id where p.paid <> k.total_amount - k.remaining_amount`,
		"a note is written after its record was": `select count(*) from @note n left join @client c on c.id = n.client_id left join @contract k on k.id = n.contract_id left join @event e on e.id = n.event_id
			where n.created_at > now() or n.created_at < coalesce(k.created_at, e.created_at, c.first_contact_date)`,
		"and by who had been hired and not left": `select count(*) from @note n join @users u on u.id = n.author_id where n.created_at < u.created_at or not u.is_active and n.created_at > u.updated_at`,
		"a payment is not of the future":         `select count(*) from @payment where paid_on > now() or created_at > now()`,
		"nor from before its contract":           `select count(*) from @payment p join @contract k on k.id = p.contract_id where p.created_at < k.created_at`,
		"who were there then":                    `select count(*) from @change_log l join @users u on u.id = l.actor_id where l.at < u.created_at or not u.is_active and l.at > u.updated_at`,
		"and nobody rewrites it":                 `select count(*) - 1 from pg_trigger where tgname = 'refuse_rewriting' and tgenabled = 'A'`,
	} {
		if n := o.number(broken); n != 0 {
			t.Errorf("%s: %d rows break it", rule, n)
		}
	}
	// Ids go on after the sample.
	var id int64
	err := e.Store.Write(t.Context(), data.By{}, func(ctx context.Context, tx *Tx) error {
		c := model.Company{Name: "Une de plus"}
		err := tx.InsertCompany(ctx, &c)
		id = c.ID
		return err
	})
	if err != nil || id != 42 {
		t.Errorf("the next company is %d, %v", id, err)
	}
}

// A first run that comes to nothing, however late, leaves nothing; the next makes the same sample.
func TestInterruptedSampleIsMadeAnew(t *testing.T) {
	t.Parallel()
	dsn := testdb.New(t)
	e, o := sandbox(t, dsn), look(t, dsn)
	o.exec(`create function broken() returns trigger language plpgsql as $$ begin if new.id = 250 then raise 'power cut'; end if; return new; end $$;
		create trigger broken before insert on event for each row execute function broken()`)
	if err := fillDemo(t.Context(), e, Making{}); err == nil {
		t.Fatal("it was not interrupted")
	}
	if n := o.number(`select count(*) from @users`); n != 0 {
		t.Errorf("it left %d users", n)
	}
	o.exec(`drop trigger broken on event`)
	if err := fillDemo(t.Context(), e, Making{}); err != nil {
		t.Fatal(err)
	}
	if last := o.number(`select max(id) from @event`); last != 250 {
		t.Errorf("the last event is %d", last)
	}
}

// A sandbox that is ready stays as people left it, and is not asked for through the server's own database.
func TestReadySandboxStaysAsItIs(t *testing.T) {
	t.Parallel()
	dsn := testdb.New(t)
	e, o := sandbox(t, dsn), look(t, dsn)
	if err := fillDemo(t.Context(), e, Making{}); err != nil {
		t.Fatal(err)
	}
	o.exec(`update users set username = 'someone.else' where id = 1; delete from event`)
	nowhere := data.Config{DSN: "host=127.0.0.1 port=1 user=nobody"}
	e.Sessions = &Sessions{Store: e.Store, Now: time.Now, Keys: func() (*security.Keys, error) { return security.NewKeys(strings.Repeat("k", 32), "v1", "", "") }}
	err := EnterDemo(t.Context(), e, nowhere, demo.Accounts[0].Username, Making{})
	if model.KindOf(err) != model.Conflict || !strings.Contains(err.Error(), "no active user manon.directrice any more") {
		t.Errorf("an account that is no longer there: %v", err)
	}
	if err := EnterDemo(t.Context(), e, nowhere, demo.Accounts[1].Username, Making{}); err != nil {
		t.Error(err)
	}
	if n := o.number(`select count(*) from @event`); n != 0 {
		t.Errorf("%d events came back", n)
	}
}

// Several shells at once make one sample, whole, even if one of them is interrupted.
func TestFillDemoAtTheSameTime(t *testing.T) {
	t.Parallel()
	dsn := testdb.Empty(t)
	e := sandbox(t, dsn)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			other, err := data.Open(data.Config{DSN: dsn})
			if err != nil {
				t.Error(err)
				return
			}
			defer other.Close()
			shell := *e
			shell.Store = other
			if err := fillDemo(t.Context(), &shell, Making{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	o := look(t, dsn)
	if n := o.number(`select count(*) from @client`); n != 200 {
		t.Errorf("%d clients", n)
	}
}
