package commands

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"epev/model"
)

// Many lines are written together: each record has its history, under one mark and cause, and what is wrong is told line by line all the same.
func TestImportOfManyLines(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	s.all("management")
	file := func(name string, lines ...string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const many = 1203
	lines := []string{"full_name,email,company"}
	for i := range many {
		lines = append(lines, fmt.Sprintf("Many %d,many%d@many.example,", i, i))
	}
	before := s.number("select count(*) from @client")
	s.manager.must("import client %s", file("many.csv", lines...))
	if n := s.number("select count(*) from @client") - before; n != many {
		t.Errorf("%d clients were created, want %d", n, many)
	}
	if n := s.number("select count(*) from @change_log where resource = 'client' and action = 'create' and cause = 'import of many.csv'"); n != many {
		t.Errorf("the history tells of %d", n)
	}
	if n := s.number("select count(distinct mark) from @change_log where cause = 'import of many.csv'"); n != 1 {
		t.Errorf("the history has %d marks", n)
	}
	if n := s.number("select count(*) from @taken where rule = 'client_email_taken' and key like 'many%'"); n != many {
		t.Errorf("%d addresses are taken", n)
	}
	// Every third changes, the others stay; one more is new.
	for i := 3; i < len(lines); i += 3 {
		lines[i] = strings.Replace(lines[i], "Many", "Changed", 1)
	}
	s.manager.must("import client %s --on-conflict update", file("again.csv", append(lines, "New,new@many.example,")...))
	if n := s.number("select count(*) from @change_log where action = 'update' and cause = 'import of again.csv'"); n != many/3 {
		t.Errorf("%d were changed, want %d", n, many/3)
	}
	if n := s.number("select count(*) from @client where version > 1 and full_name like 'Changed%'"); n != many/3 {
		t.Errorf("%d have a new version, want %d", n, many/3)
	}
}

// An import of many lines is taken back as a whole, or not at all: then the records are named on which something was built.
func TestImportOfManyLinesIsTakenBack(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	s.all("management")
	const many = 700
	lines := []string{"full_name,email,company"}
	for i := range many {
		lines = append(lines, fmt.Sprintf("Many %d,many%d@many.example,Firm %d", i, i, i%7))
	}
	path := filepath.Join(t.TempDir(), "many.csv")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := s.rows(everything...)
	s.manager.must("import client %s --create-companies", path)
	number := s.number("select max(id) from @change_log")
	first := s.number("select id from @client where email = 'many3@many.example'")
	const some = "select count(*) from @client where email like 'many%'"
	built := []string{"update client set full_name = 'Other' where id = $1", "update client set phone = '+33612345678' where id = $1"}
	for i, query := range built {
		s.exec(query, first+int64(i))
	}
	s.exec("insert into contract (client_id, commercial_id, total_amount, remaining_amount) select id, commercial_id, 1, 1 from client where id >= $1 + 5 and id < $1 + 11", first)
	err := s.manager.fails(model.Conflict, "import undo %d", number)
	want := fmt.Sprintf("client %d, client %d, client %d, client %d, client %d and more", first, first+1, first+5, first+6, first+7)
	if !strings.Contains(err.Message, want) || s.number(some) != many {
		t.Errorf("%q, want %q; %d are left", err.Message, want, s.number(some))
	}
	s.exec("delete from contract where client_id > $1", first)
	s.exec("update client set full_name = 'Many ' || substring(email from '[0-9]+'), phone = null where email like 'many%'")
	// A note about one of them is built on it, and so is a client of a company that came along.
	s.exec("insert into note (client_id, text, author_id) select id, 'x', commercial_id from client where id = $1", first)
	if err := s.manager.fails(model.Conflict, "import undo %d", number); !strings.Contains(err.Message, fmt.Sprintf("see client %d", first)) {
		t.Error(err.Message)
	}
	s.exec("delete from note where client_id = $1", first)
	other := s.office.client(s.claire)
	s.exec("update client set company_id = (select id from company where name = 'Firm 3') where id = $1", other)
	firm := s.number("select id from @company where name = 'Firm 3'")
	if err := s.manager.fails(model.Conflict, "undo"); !strings.Contains(err.Message, fmt.Sprintf("see company %d", firm)) || s.number(some) != many {
		t.Error(err.Message)
	}
	s.exec("delete from client where id = $1", other)
	r := s.manager.must("undo")
	if !strings.Contains(r.Message, "(Many 0 · Firm 0) goes") || !strings.Contains(r.Message, "and 697 records more") {
		t.Error(r.Message)
	}
	if diff := differing(before, s.rows(everything...)); diff != "" {
		t.Errorf("it leaves\n%s", diff)
	}
	if n := s.number(fmt.Sprintf("select count(*) from @change_log where action = 'delete' and cause = 'undo of change %d'", number)); n != many+7 {
		t.Errorf("the history tells that %d went", n)
	}
}

// What many records are like is noted together as one after the other: also where somebody else writes one at the same moment.
func TestManyThatAreAlikeAreFound(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	s.all("management")
	twin := s.begun(`insert into epic_events.client (full_name, email, phone, commercial_id, first_contact_date, created_at, updated_at)
		select 'Twin Else', 'else@else.example', '+33612340001', id, now(), now(), now() from epic_events.users where username = 'claire.dubois'`)
	lines := []string{"full_name,email,phone,company"}
	for i := range 120 { // every second one is like the one before it
		lines = append(lines, fmt.Sprintf("Given%d Name%d,n%d@many%d.example,06 12 34 %02d %02d,Firm %d", i/2, i/2, i, i, i/2/100, i/2%100, i/4))
	}
	lines = append(lines, "Some,some@some.example,,Firme 1", "Other,other@other.example,,Firm 1 SARL")
	path := filepath.Join(t.TempDir(), "alike.csv")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.manager.must("import client %s --create-companies", path)
	if n := s.number("select count(*) from @alike where kind < 0"); n == 0 {
		t.Error("nothing is in doubt")
	}
	commit(t, twin)
	s.manager.must("client duplicates")
	s.manager.must("company duplicates")
	for s.number("select count(*) from @alike where kind < 0") > 0 {
		s.exec("select settle_alike('client'), settle_alike('company')")
	}
	const all = "select string_agg(a::text, ' ' order by a::text) from @alike a"
	before := s.text(all)
	if s.exec("select from liken_all()"); s.text(all) != before {
		t.Errorf("together %s, at once %s", before, s.text(all))
	}
	if n := s.number("select count(distinct record_id) from @alike where resource = 'client' and kind = 2 and key = (select epic_events.alike_phone('+33612340001'))"); n != 3 {
		t.Errorf("%d have that phone number, want 3", n)
	}
}

// Contracts and events are written together as well: each contract has its commercial and what was paid of it, each event a signed contract.
func TestImportOfManyContractsAndEvents(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	s.all("management")
	file := func(name string, lines ...string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const many = 60
	clients, contracts := []string{"full_name,email"}, []string{"client,total_amount,remaining_amount,is_signed,signed_on"}
	for i := range many {
		clients = append(clients, fmt.Sprintf("Many %d,many%d@many.example", i, i))
		contracts = append(contracts, fmt.Sprintf("many%d@many.example,100,%d,%t,2025-03-04", i, i, i%2 == 0))
	}
	s.manager.must("import client %s", file("clients.csv", clients...))
	s.manager.must("import contract %s", file("contracts.csv", contracts...))
	for query, want := range map[string]int64{
		"select count(*) from @contract k join @client c on c.id = k.client_id where c.email like 'many%' and k.commercial_id = c.commercial_id":                                                      many,
		"select count(*) from @contract k join @client c on c.id = k.client_id where c.email like 'many%' and k.signed_on is not null":                                                                many / 2,
		"select count(*) from @payment p join @contract k on k.id = p.contract_id join @client c on c.id = k.client_id where c.email like 'many%' and p.amount = 100 - k.remaining_amount":            many,
		"select count(*) from @contract_owner o join @contract k on k.id = o.contract_id join @client c on c.id = k.client_id where c.email like 'many%'":                                             many,
		"select count(*) from @change_log where resource = 'contract' and action = 'create' and cause = 'import of contracts.csv' and names ->> ('client ' || (after ->> 'client_id')) like 'Many %'": many,
		"select count(distinct mark) from @change_log where cause = 'import of contracts.csv'":                                                                                                        1,
	} {
		if n := s.number(query); n != want {
			t.Errorf("%d, want %d: %s", n, want, query)
		}
	}
	events := []string{"title,contract_id,full_address,start_date,end_date,support_contact"}
	signed := s.text("select string_agg(k.id::text, ' ' order by k.id) from @contract k join @client c on c.id = k.client_id where c.email like 'many%' and k.is_signed")
	for _, id := range strings.Fields(signed) {
		events = append(events, "Grand fair,"+id+",Here,2031-01-02 10:00,2031-01-02 12:00,")
	}
	s.manager.must("import event %s", file("events.csv", events...))
	if n := s.number("select count(*) from @event e join @event_owner o on o.event_id = e.id where e.title = 'Grand fair'"); n != many/2 {
		t.Errorf("%d events were created, want %d", n, many/2)
	}
	if n := s.number("select count(*) from @change_log where resource = 'event' and action = 'create' and cause = 'import of events.csv'"); n != many/2 {
		t.Errorf("the history tells of %d events", n)
	}
	unsigned := s.text("select min(k.id)::text from @contract k join @client c on c.id = k.client_id where c.email like 'many%' and not k.is_signed")
	err := s.manager.fails(model.Conflict, "import event %s", file("unsigned.csv", append(events, "Grand fair,"+unsigned+",Here,2031-01-02 10:00,2031-01-02 12:00,")...))
	if !strings.Contains(err.Error(), fmt.Sprintf("line %d", many/2+2)) || !strings.Contains(err.Error(), "signed") {
		t.Errorf("an event on a contract that is not signed: %v", err)
	}
}
