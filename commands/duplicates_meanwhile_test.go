package commands

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
)

// begun is a transaction that has written what others do not see yet.
func (o *office) begun(query string, args ...any) *sql.Tx {
	o.t.Helper()
	tx, err := o.db.BeginTx(context.Background(), nil)
	if err == nil {
		_, err = tx.Exec(query, args...)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	return tx
}

// Two records that are alike and are written at the same moment are found as those that are written one after the other.
func TestDuplicatesThatAreWrittenAtOnceAreFound(t *testing.T) {
	t.Parallel()
	const client = `insert into epic_events.client (full_name, email, phone, commercial_id, first_contact_date, created_at, updated_at)
		values ($1, $2, $3, (select id from epic_events.users where username = 'claire.dubois'), now(), now(), now())`
	const company = "insert into epic_events.company (name, created_at, updated_at) values ($1, now(), now())"
	o := openOffice(t)
	o.role("seeing", "client:list", "client:view", "company:list", "company:view")
	o.hire("claire.dubois", "commercial")
	o.hire("alex.actor", "seeing")
	d := o.desk("alex.actor")
	found := func(noun string, want int) {
		t.Helper()
		if rows := d.must("%s duplicates", noun).Table.Rows; len(rows) != want {
			t.Errorf("%d pairs of %s, want %d: %v", len(rows), noun, want, rows)
		}
	}
	for i, name := range []string{"Same Name", "Phone"} {
		one := o.begun(client, fmt.Sprint(name, i), fmt.Sprintf("one%d@a.fr", i), fmt.Sprintf("+3361234567%d", i))
		two := o.begun(client, fmt.Sprint(name, i), fmt.Sprintf("other%d@b.fr", i), fmt.Sprintf("06 12 34 56 7%d", i))
		commit(t, two)
		found("client", i) // the first one may still come to nothing
		commit(t, one)
		found("client", i+1)
	}
	one, two := o.begun(company, "Été SARL"), o.begun(company, "Ete")
	commit(t, one)
	commit(t, two)
	found("company", 1)
	if n := o.number("select count(*) from @alike where kind < 0"); n != 0 {
		t.Errorf("%d are still in doubt", n)
	}
	// One that came to nothing leaves none.
	one, two = o.begun(company, "Zèbre"), o.begun(company, "Zebre SA")
	if err := one.Rollback(); err != nil {
		t.Fatal(err)
	}
	commit(t, two)
	found("company", 1)
	// The last one of several goes while another one comes.
	o.exec("insert into company (name, created_at, updated_at) values ('Lynx', now(), now()), ('Lynx SA', now(), now())")
	found("company", 2)
	one = o.begun("delete from epic_events.company where name = 'Lynx'")
	two = o.begun(company, "Lynx SARL")
	commit(t, one)
	commit(t, two)
	found("company", 2)
	one = o.begun(company, "Lynx SAS")
	two = o.begun("delete from epic_events.company where name = 'Lynx SARL'")
	commit(t, two)
	commit(t, one)
	found("company", 2)
	before := o.text("select string_agg(a::text, ' ' order by a::text) from @alike a")
	o.exec("select from liken_all()")
	if after := o.text("select string_agg(a::text, ' ' order by a::text) from @alike a"); after != before {
		t.Errorf("row by row %s, at once %s", before, after)
	}
}

func commit(t *testing.T, tx *sql.Tx) {
	t.Helper()
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}
