package data_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"epev/data/testdb"
)

// Whatever is written, and by whom, the tables that lists are narrowed by hold what follows from the records: the triggers keep them as
// they would be made anew.
func TestWhatListsAreNarrowedByFollowsTheRecords(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	db, err := sqlx.Open("postgres", testdb.Superuser(d.dsn))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	db.MustExec("set search_path = epic_events, pg_catalog")
	db.MustExec("insert into client (id, full_name, email, commercial_id, first_contact_date) select 900 + i, 'Client ' || i, 'c' || i || '@x.test', $1, now() from generate_series(1, 6) i", d.carl.ActorID)
	db.MustExec("insert into contract (id, client_id, commercial_id, total_amount, remaining_amount, is_signed) select 900 + i, 901 + i % 6, $1, 100, 100, true from generate_series(1, 9) i", d.carl.ActorID)
	people, supports := []int64{d.carl.ActorID, d.mona.ActorID, d.sam.ActorID}, []any{d.sam.ActorID, d.suse.ActorID, nil}
	dice := rand.New(rand.NewPCG(7, 11))
	of := func(n int) int { return 901 + dice.IntN(n) }
	kept := func() (rows []string) {
		t.Helper()
		if err := db.Select(&rows, `select 'contract ' || contract_id || ' of ' || commercial_id as row from contract_owner
			union all select 'event ' || event_id || ' of ' || commercial_id from event_owner
			union all select 'client ' || client_id || ' by ' || user_id || ': ' || events from client_support
			union all select 'contract ' || contract_id || ' by ' || user_id || ': ' || events from contract_support order by row`); err != nil {
			t.Fatal(err)
		}
		return rows
	}
	for n := range 400 {
		switch dice.IntN(9) {
		case 0, 1, 2:
			db.MustExec("insert into event (title, contract_id, full_address, support_contact_id, start_date, end_date) values ('E', $1, 'A', $2, now(), now() + interval '1 hour')",
				of(9), supports[dice.IntN(3)])
		case 3:
			db.MustExec("update event set support_contact_id = $1 where id % 3 = $2", supports[dice.IntN(3)], dice.IntN(3))
		case 4:
			db.MustExec("update event set contract_id = $1 where id % 4 = $2", of(9), dice.IntN(4))
		case 5:
			db.MustExec("update contract set client_id = $1 where id = $2", of(6), of(9))
		case 6:
			db.MustExec("update client set commercial_id = $1 where id % 2 = $2", people[dice.IntN(3)], dice.IntN(2))
		case 7:
			db.MustExec("delete from event where id % 5 = $1", dice.IntN(5))
		case 8:
			db.MustExec("update contract set client_id = $1 where client_id = $2", of(6), of(6)) // as a merge does
		}
		if n%40 != 39 {
			continue
		}
		is := kept()
		db.MustExec("select keep_all()")
		if diff := cmp.Diff(kept(), is); diff != "" {
			t.Fatalf("after %d changes, anew and as kept: %s", n+1, diff)
		}
	}
	db.MustExec("alter table payment disable trigger refuse_repayment; truncate contract, event, payment, note")
	if is := kept(); len(is) > 0 {
		t.Errorf("of nothing is kept: %v", is)
	}
}
