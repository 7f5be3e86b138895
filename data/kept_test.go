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
		switch dice.IntN(12) {
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
		case 9:
			db.MustExec("insert into contract (client_id, commercial_id, total_amount, remaining_amount, is_signed) values ($1, $2, 100, 100, true)", of(6), d.carl.ActorID)
		case 10:
			db.MustExec("delete from contract k where id % 2 = $1 and id > 909 and not exists (select from event e where e.contract_id = k.id)", dice.IntN(2))
		case 11:
			db.MustExec("delete from client c where id % 3 = $1 and not exists (select from contract k where k.client_id = c.id)", dice.IntN(3))
			db.MustExec(`insert into client (id, full_name, email, commercial_id, first_contact_date)
				select i, 'Client ' || i, 'c' || i || '@x.test', $1, now() from generate_series(901, 906) i where i not in (select id from client)`, d.carl.ActorID)
		}
		if n%40 != 39 {
			continue
		}
		is := kept()
		missesNone(t, db)
		db.MustExec("select keep_all()")
		if diff := cmp.Diff(kept(), is); diff != "" {
			t.Fatalf("after %d changes, anew and as kept: %s", n+1, diff)
		}
	}
	db.MustExec("alter table payment disable trigger refuse_repayment; truncate contract, event, payment, note")
	if is := kept(); len(is) > 0 {
		t.Errorf("of nothing is kept: %v", is)
	}
	missesNone(t, db)
}

// missesNone holds the table of those that may be without a contract to all clients that are.
func missesNone(t *testing.T, db *sqlx.DB) {
	t.Helper()
	var missed, gone []int64
	if err := db.Select(&missed, `select id from epic_events.client c where not exists (select from epic_events.contract k where k.client_id = c.id)
		and id not in (select client_id from epic_events.client_without_contract)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Select(&gone, `select client_id from epic_events.client_without_contract where client_id not in (select id from epic_events.client)`); err != nil {
		t.Fatal(err)
	}
	if len(missed) > 0 || len(gone) > 0 {
		t.Errorf("clients without a contract that are not noted: %v; noted, but not there: %v", missed, gone)
	}
}

// Two who give a client its contracts and take them away at the same time may leave it noted although it has one, but never
// without its note.
func TestWhoIsWithoutAContractIsNotedWhateverHappensAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	db, err := sqlx.Open("postgres", testdb.Superuser(d.dsn))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	take, give := "delete from epic_events.contract where id = 900", "insert into epic_events.contract (id, client_id, commercial_id, total_amount, remaining_amount) values (901, 900, $1, 100, 100)"
	db.MustExec("insert into epic_events.client (id, full_name, email, commercial_id, first_contact_date) values (900, 'C', 'c@x.test', $1, now())", d.carl.ActorID)
	first := func() {
		db.MustExec("delete from epic_events.contract where client_id = 900")
		db.MustExec("insert into epic_events.contract (id, client_id, commercial_id, total_amount, remaining_amount) values (900, 900, $1, 100, 100)", d.carl.ActorID)
	}
	ends := map[string]func(taker, giver *sqlx.Tx) [2]error{
		"both":            func(taker, giver *sqlx.Tx) [2]error { return [2]error{taker.Commit(), giver.Commit()} },
		"the taker alone": func(taker, giver *sqlx.Tx) [2]error { return [2]error{giver.Rollback(), taker.Commit()} },
		"the giver alone": func(taker, giver *sqlx.Tx) [2]error { return [2]error{taker.Rollback(), giver.Commit()} },
	}
	for who, end := range ends {
		for _, takesFirst := range []bool{true, false} {
			first()
			taker, giver := db.MustBegin(), db.MustBegin()
			if takesFirst {
				taker.MustExec(take)
			}
			giver.MustExec(give, d.carl.ActorID)
			if !takesFirst {
				taker.MustExec(take)
			}
			if errs := end(taker, giver); errs != [2]error{} {
				t.Fatal(errs)
			}
			db.MustExec("delete from epic_events.contract where id = 901")
			missesNone(t, db)
			db.MustExec("delete from epic_events.contract where client_id = 900")
			missesNone(t, db)
			if t.Failed() {
				t.Fatalf("the writes of %s, taken first: %t", who, takesFirst)
			}
		}
	}
}
