package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"epev/commands/sentences"
	"epev/model"
)

// A contract that is drawn up for a client while it is merged belongs to the other one in the end, whichever comes first.
func TestAContractForAClientThatIsMergedGoesToTheOther(t *testing.T) {
	t.Parallel()
	o, desks := crowded(t, 6)
	o.grant(2, "client:view", "contract:view", "contract:create:own", "contract:update:own", "client:merge:own")
	claire := o.number("select id from @users where username = 'claire.dubois'")
	for round := range 6 {
		from, into := o.client(claire), o.client(claire)
		drawn := o.number("select count(*) from @contract")
		errs := together(len(desks), func(i int) error {
			if i == round {
				_, err := desks[i].do("client merge %d %d", from, into)
				return err
			}
			_, err := desks[i].do("contract create --client-id %d --total-amount %d", from, 1+i)
			return err
		})
		if won := winners(t, errs); won != len(desks) {
			t.Errorf("round %d: %d of %d succeed", round, won, len(desks))
		}
		if n := o.number("select count(*) from @contract where client_id = $1", into); n != int64(len(desks))-1 {
			t.Errorf("round %d: the other client has %d contracts", round, n)
		}
		if n := o.number("select count(*) from @contract"); n != drawn+int64(len(desks))-1 {
			t.Errorf("round %d: there are %d contracts, after %d", round, n, drawn)
		}
	}
	o.checkHistory("contract", "contract")
}

// Of merges of one client at once, and of two into each other, one succeeds. The others are told what became of it.
func TestOneOfTheMergesOfAClientAtOnceSucceeds(t *testing.T) {
	t.Parallel()
	o, desks := crowded(t, 6)
	o.grant(2, "client:view", "contract:view", "contract:update:own", "client:merge:own")
	claire := o.number("select id from @users where username = 'claire.dubois'")
	for round := range 4 {
		clients := make([]int64, 7)
		for i := range clients {
			clients[i] = o.client(claire)
		}
		o.contract(clients[0], false)
		lines := []string{"client merge %[1]d %[2]d", "client merge %[1]d %[3]d", "client merge %[1]d %[4]d", "client merge %[1]d %[5]d", "client merge %[1]d %[6]d",
			"client merge %[1]d %[7]d"}
		if round%2 == 1 {
			lines = []string{"client merge %[1]d %[2]d", "client merge %[2]d %[1]d", "client merge %[1]d %[2]d", "client merge %[2]d %[1]d", "client merge %[1]d %[2]d",
				"client merge %[2]d %[1]d"}
		}
		var ids []any
		for _, id := range clients {
			ids = append(ids, id)
		}
		errs := together(len(desks), func(i int) error {
			_, err := desks[i].do("%s", fmt.Sprintf(lines[i], ids...))
			return err
		})
		if won := winners(t, errs, model.Conflict); won != 1 {
			t.Errorf("round %d: %d merges succeed", round, won)
		}
		for _, err := range errs {
			if err != nil && !strings.Contains(sentences.Of(err).Message, "was merged into client") && !strings.Contains(sentences.Of(err).Message, "into itself") {
				t.Errorf("a loser is told %s", told(err))
			}
		}
		if n := o.number("select count(*) from @client where id = any ($1::bigint[])", pgArray(clients)); n != int64(len(clients))-1 {
			t.Errorf("round %d: %d clients are left", round, n)
		}
	}
	if n := o.number("select count(*) from @contract k where not exists (select from @client c where c.id = k.client_id)"); n != 0 {
		t.Errorf("%d contracts are of nobody", n)
	}
}

func pgArray(ids []int64) string {
	return "{" + strings.Trim(strings.Join(strings.Fields(fmt.Sprint(ids)), ","), "[]") + "}"
}

// A client that is created for a company while it is merged belongs to the other one in the end.
func TestAClientOfACompanyThatIsMergedGoesToTheOther(t *testing.T) {
	t.Parallel()
	o, desks := crowded(t, 5)
	o.grant(2, "client:create", "client:view", "company:view", "company:update", "company:delete")
	for round := range 4 {
		from, into := o.company(fmt.Sprintf("Old %d", round)), o.company(fmt.Sprintf("New %d", round))
		errs := together(len(desks), func(i int) error {
			if i == round {
				_, err := desks[i].do("company merge %d %d", from, into)
				return err
			}
			_, err := desks[i].do("client create -n N -e n%d.%d@x.fr --company-id %d", round, i, from)
			return err
		})
		if won := winners(t, errs); won != len(desks) {
			t.Errorf("round %d: %d succeed", round, won)
		}
		if n := o.number("select count(*) from @client where company_id = $1", into); n != int64(len(desks))-1 {
			t.Errorf("round %d: the other company has %d clients", round, n)
		}
	}
}

// Nothing moves by a merge that the single commands would not move.
func TestAMergeMovesWhatTheActorMayMove(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	role := o.role("merger", "client:view", "client:merge", "contract:view", "contract:update:own")
	me, other := o.hire("alex.actor", "merger"), o.hire("claire.dubois", "commercial")
	d := o.desk("alex.actor")

	// An unsigned contract of mine to a client of mine.
	from, into := o.client(me), o.client(me)
	o.contract(from, false)
	d.must("client merge %d %d", from, into)
	// Nobody else's, nor to somebody else's client, although both clients may be merged.
	theirs, mine := o.client(other), o.client(me)
	o.contract(theirs, false)
	if e := d.fails(model.Denied, "client merge %d %d", theirs, mine); !strings.Contains(sentences.Of(e).Hint, "contract:update") {
		t.Errorf("%v", sentences.Of(e))
	}
	owed := o.contract(mine, false)
	d.fails(model.Denied, "client merge %d %d", mine, o.client(other))
	// Without contracts the rest may be.
	d.must("client merge %d %d", o.client(other), theirs)
	// A signed one takes the right to any.
	o.exec("update contract set is_signed = true where id = $1", owed)
	d.fails(model.Denied, "client merge %d %d", mine, into)
	o.grant(role, "client:view", "client:merge", "contract:view", "contract:update")
	d.must("client merge %d %d", mine, into)
	d.must("client merge %d %d", into, theirs)
	if n := o.number("select count(*) from @contract where client_id = $1 and commercial_id = $2", theirs, other); n != 3 {
		t.Errorf("%d contracts went along, to the commercial of the other client", n)
	}
	// A contract out of sight is not named.
	o.grant(role, "client:view", "client:merge")
	hidden := o.contract(o.client(other), false)
	e := d.fails(model.Denied, "client merge %d %d", o.number("select client_id from @contract where id = $1", hidden), theirs)
	if said := sentences.Of(e).Message; strings.Contains(said, fmt.Sprintf("contract %d", hidden)) {
		t.Errorf("told: %s", said)
	}
	// Nor is a client, where the one that it became is out of sight.
	o.grant(role, "client:view:own", "client:merge", "contract:view")
	for _, line := range []string{"client view %d", "client merge %d %[1]d", "history client %d"} {
		if e := d.fails(model.NotFound, line, from); strings.Contains(sentences.Of(e).Message, fmt.Sprint(theirs)) {
			t.Errorf("told: %s", sentences.Of(e).Message)
		}
	}
}

// When a record that was merged comes back with its id, as it was, that is its own again, and so is its history. This is all that an
// undo needs beyond the rows of the history that the merge left, in one transaction and with one cause.
func TestARecordThatComesBackIsItselfAgain(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.role("all", "client:view", "client:list", "client:merge", "contract:update", "contract:view", "contract:list")
	me := o.hire("alex.actor", "all")
	d := o.desk("alex.actor")
	from, into := o.client(me), o.client(me)
	contract := o.contract(from, true)
	d.must("client merge %d %d --keep email=from", from, into)
	if n := o.number("select count(distinct mark) from @change_log where cause = $1", fmt.Sprintf("client %d merged into %d", from, into)); n != 1 {
		t.Errorf("%d marks", n)
	}
	did := strings.Split(o.text("select string_agg(resource || ' ' || record_id || ' ' || action, ',' order by id) from @change_log where cause is not null"), ",")
	if want := []string{fmt.Sprintf("contract %d update", contract), fmt.Sprintf("client %d delete", from), fmt.Sprintf("client %d update", into)}; !slices.Equal(did, want) {
		t.Errorf("the history tells %q, want %q", did, want)
	}
	if got := len(d.must("history client %d", from).Table.Rows); got != 4 {
		t.Errorf("%d changes of both", got)
	}
	o.exec(`update client set email = (select before->>'email' from epic_events.change_log where record_id = $2 and resource = 'client' and action = 'update' and before ? 'email') where id = $2;`,
		from, into)
	o.exec(`insert into client select (jsonb_populate_record(null::epic_events.client, l.before || '{"version": 2, "updated_at": "2026-01-01"}')).*
		from epic_events.change_log l where resource = 'client' and record_id = $1 and action = 'delete'`, from)
	if r := d.must("client view %d", from); len(r.Warnings) != 0 || r.Table.Rows[0][0] != from {
		t.Errorf("%v %v", r.Warnings, r.Table.Rows)
	}
	if n := o.number("select count(*) from @alias"); n != 0 {
		t.Errorf("%d ids lead elsewhere", n)
	}
}

// Completion finds a client by the id of one that was merged into it, once, and offers no client to be merged into itself.
func TestCompletionFollowsWhatWasMerged(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.role("all", "client:view", "client:list", "client:merge", "contract:update")
	me := o.hire("alex.actor", "all")
	d := o.desk("alex.actor")
	from, into := o.client(me), o.client(me)
	d.must("client merge %d %d", from, into)
	if got := d.offers("client view id", fmt.Sprint(from), nil, fmt.Sprint(from)); !slices.Equal(got, []string{fmt.Sprint(into)}) {
		t.Errorf("offered: %q", got)
	}
	if got := d.offers("client merge into", "", map[string]string{"from": fmt.Sprint(into)}); len(got) != 0 {
		t.Errorf("offered: %q", got)
	}
	if got := d.offers("client merge keep", "", nil); !slices.Contains(got, "phone=from") {
		t.Errorf("offered: %q", got)
	}
}

// What duplicates shows is what a view lets through: pairs of records that both are within sight.
func TestDuplicatesAreThoseInSight(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	role := o.role("seeing", "client:list", "client:view", "client:merge:own")
	me, other := o.hire("alex.actor", "seeing"), o.hire("claire.dubois", "commercial")
	d := o.desk("alex.actor")
	put := func(commercial int64, name, email, phone string) int64 {
		id := o.client(commercial)
		o.exec("update client set full_name = $1, email = $2, phone = nullif($3, '') where id = $4", name, email, phone, id)
		return id
	}
	pairs := func(line string, args ...any) (got []string) {
		for _, row := range d.must(line, args...).Table.Rows {
			got = append(got, fmt.Sprint(row[0], row[2], row[4], row[5]))
		}
		return got
	}
	first := put(other, "Zoé Œuvrard", "zoe.ouvrard@annonce.fr", "+33678123456")
	mine := put(me, "Oeuvrard  ZOE", "oeuvrard@b.fr", "")
	theirs := put(other, "Paul", "zoee-ouvrard+x@annonce.com", "0033 6 78 12 34 56")
	again := put(me, "Mme Zoe OEUVRARD", "z@c.fr", "")
	put(me, "Zoé Autre", "autre@c.fr", "+33678123457")
	colleague := put(other, "Agnès Béton", "agnes@chantier.fr", "")
	twin := put(other, "Agnes BETON", "b@c.fr", "")
	o.exec("update client set company_id = $1 where id in ($2, $3)", o.company("Chantier Naval"), colleague, twin)
	shares := put(other, "Nadia", "nadia@tel.fr", "0678123456")
	want := []string{
		fmt.Sprint(twin, colleague, []string{"same name and company"}, nil),
		fmt.Sprint(shares, first, []string{"same phone"}, nil),
		fmt.Sprint(theirs, first, []string{"same phone", "nearly the same e-mail"}, nil),
		fmt.Sprint(again, first, []string{"same name"}, nil),
		fmt.Sprint(mine, first, []string{"same name"}, nil),
	}
	if o.number("select count(*) from pg_extension where extname = 'pg_trgm'") == 0 {
		want[2] = fmt.Sprint(theirs, first, []string{"same phone"}, nil)
	}
	if got := pairs("client duplicates"); !slices.Equal(got, want) {
		t.Errorf("pairs %q, want %q", got, want)
	}
	// Page by page, none is lost and none comes twice.
	var paged []string
	for after := ""; ; {
		r := d.must("client duplicates --limit 1%s", after)
		for _, row := range r.Table.Rows {
			paged = append(paged, fmt.Sprint(row[0], row[2], row[4], row[5]))
		}
		if len(r.Warnings) == 0 {
			break
		}
		line := sentences.Of(r.Warnings[0]).Hint
		after = " --after " + strings.Trim(line[strings.Index(line, "--after ")+8:][:strings.Index(line[strings.Index(line, "--after ")+8:], " ")], `"`)
	}
	if !slices.Equal(paged, want) {
		t.Errorf("page by page %q, want %q", paged, want)
	}
	// Of those in sight alone.
	o.grant(role, "client:list", "client:view:own", "client:merge:own")
	if got, want := pairs("client duplicates"), []string{fmt.Sprint(again, mine, []string{"same name"}, fmt.Sprintf("client merge %d %d", again, mine))}; !slices.Equal(got, want) {
		t.Errorf("pairs of mine %q, want %q", got, want)
	}
	d.must("client merge %d %d", again, mine)
	if got := pairs("client duplicates"); len(got) != 0 {
		t.Errorf("pairs %q after the merge", got)
	}
	// What is changed is no duplicate any more, and what the database notes of it is gone.
	o.exec("update client set full_name = 'A ' || id, email = id || '@x.fr', phone = null")
	if n := o.number("select count(*) from @alike"); n != 0 {
		t.Errorf("%d are still alike", n)
	}
}

// The table of what is alike is the same, made row by row or all at once.
func TestWhatIsAlikeIsNotedRowByRow(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	me := o.hire("claire.dubois", "commercial")
	company := o.company("Une")
	for i := range 40 {
		id := o.client(me)
		o.exec("update client set full_name = $1, phone = $2, company_id = nullif($3, 0) where id = $4", fmt.Sprintf("Name %d", i%7), fmt.Sprintf("+3360000000%d", i%9),
			company*int64(i%2), id)
		if i%5 == 4 {
			o.exec("delete from client where id = $1", id-2)
		}
	}
	const noted = "select md5(string_agg(a::text, ' ' order by a::text)) || count(*) from @alike a"
	rowByRow := o.text(noted)
	o.exec("select from liken_all()")
	if atOnce := o.text(noted); atOnce != rowByRow {
		t.Errorf("row by row %s, at once %s", rowByRow, atOnce)
	}
}

// Whoever may merge may undo it, and all is as it was before: both records, what went along, and where the ids lead.
func TestAMergeIsUndone(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	claire := o.hire("claire.dubois", "commercial")
	o.hire("mona.manager", "management")
	commercial, manager := o.desk("claire.dubois"), o.desk("mona.manager")
	note := func(column string, id int64) {
		o.exec(fmt.Sprintf("insert into note (%s, text, author_id) values ($1, 'Called', (select min(id) from users))", column), id)
	}
	kept := func() string {
		return o.rows("client", "company", "contract", "event", "note") +
			o.text("select coalesce(string_agg(a::text, ' ' order by a::text), '') from @alias a") +
			o.text("select coalesce(string_agg(a::text, ' ' order by a::text), '') from @alike a")
	}
	for _, c := range []struct {
		by     *desk
		signed bool
		line   string
	}{
		{commercial, false, "client merge %d %d --keep email=from"},
		{commercial, false, "client merge %d %d --keep phone=into,company=into,last-contact-date=into"},
		{manager, true, "client merge %d %d"},
		{manager, true, "company merge %[3]d %[4]d --keep name=from"},
		{manager, true, "company merge %[3]d %[4]d"},
	} {
		from, into := o.client(claire), o.client(claire)
		company, target := o.company(fmt.Sprintf("Old %d", from)), o.company(fmt.Sprintf("New %d", from))
		o.exec("update client set phone = '+33678123456', company_id = $1, last_contact_date = now() where id = $2", company, from)
		o.exec("update client set phone = '+33678123456' where id = $1", into)
		k := o.contract(from, c.signed)
		if c.signed {
			o.event(k, 0)
		}
		if !strings.Contains(c.line, "phone") {
			note("client_id", from) // somebody else's, whom the merge may move and an update may not
		}
		note("company_id", company)
		before := kept()
		args := []any{from, into, company, target}
		if strings.Contains(c.line, "client") {
			args = args[:2]
		}
		c.by.must(c.line, args...)
		if kept() == before {
			t.Fatalf("%s changes nothing", c.line)
		}
		c.by.must("undo")
		if after := kept(); after != before {
			t.Errorf("after %s and undo:\n%s\nnot\n%s", c.line, after, before)
		}
		if c.by == commercial && strings.Contains(c.line, "phone") { // an undo of the undo merges once more
			c.by.must("undo")
			if r := c.by.must("client view %d", from); r.Table.Rows[0][0] != into {
				t.Errorf("the id leads to %v", r.Table.Rows[0][0])
			}
			c.by.must("undo")
			c.by.must("client merge %d %d", from, into)
		}
	}
}

// What was done with the record that stayed, or with what went along, keeps a merge from being undone.
func TestAMergeOnWhichSomethingWasBuiltIsKept(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	claire := o.hire("claire.dubois", "commercial")
	o.hire("mona.manager", "management")
	d, manager := o.desk("claire.dubois"), o.desk("mona.manager")
	from, into, last := o.client(claire), o.client(claire), o.client(claire)
	contract := o.contract(from, false)
	d.must("client merge %d %d", from, into)
	manager.must("contract update %d --total-amount 2000", contract)
	d.fails(model.Conflict, "undo")
	d.must("client merge %d %d", into, last)
	number := o.number("select min(id) from @change_log where resource = 'client' and cause = $1", fmt.Sprintf("client %d merged into %d", from, into))
	d.fails(model.Conflict, "history client %d --undo %d", from, number)
}
