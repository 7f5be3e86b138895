package data_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"epev/data"
	"epev/data/testdb"
	"epev/model"
)

// What many records fit is looked for in the order of the page, and what few fit through an index. A page is the beginning of the whole list
// either way, also where those that fit lie together at its end.
func TestAPageOfACommonSearchIsTheBeginningOfItsList(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	db, err := sqlx.Open("postgres", testdb.Superuser(d.dsn))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx := db.MustBegin()
	tx.MustExec("set local session_replication_role = replica; set local search_path = epic_events, pg_catalog") // no history
	tx.MustExec("insert into company (name) select case when i > 18000 then 'Zeta' else 'Alpha' end || ' Company ' || i from generate_series(1, 24000) i")
	tx.MustExec(`insert into client (full_name, email, phone, company_id, commercial_id, first_contact_date)
		select case when i > 18000 then 'Zeta' else 'Alpha' end || ' Client ' || i, 'c' || i || case when i % 2 = 0 then '@even.test' else '@odd.test' end, '+3360' || i,
			case when i % 3 = 0 then i end, $1::int + i % 2, now() - i * interval '1 minute'
		from generate_series(1, 24000) i`, d.carl.ActorID)
	tx.MustExec("insert into contract (client_id, commercial_id, total_amount, remaining_amount, is_signed) select id, commercial_id, 100 + id % 1000, 1 + id % 100, true from client")
	tx.MustExec(`insert into event (title, contract_id, full_address, support_contact_id, start_date, end_date)
		select case when id > 18000 then 'Zeta' else 'Alpha' end || ' Event ' || id, id, 'Street ' || id, case when id % 2 = 0 then $1::int end,
			now() + id * interval '1 minute', now() + (id + 60) * interval '1 minute'
		from contract`, d.sam.ActorID)
	tx.MustExec("insert into payment (contract_id, amount, paid_on, reference, author) select id, 1 + id % 90, date '2020-01-01' + id % 2000, 'Ref ' || id, 'x' from contract")
	tx.MustExec("insert into note (client_id, text, author_id, created_at, updated_at) select id, 'Said ' || id, $1, now(), now() from client", d.carl.ActorID)
	tx.MustExec("select keep_all(), note_all_without_contract()")
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	db.MustExec("analyze")
	db.MustExec("set search_path = epic_events, pg_catalog")
	for share, walks := range map[float64]bool{0.5: true, 0.25: true, 0.001: false} {
		var n int64
		if err := db.Get(&n, "select epic_events.worth_walking($1, 'epic_events.client', 50)", share); err != nil || (n > 0) != walks {
			t.Errorf("of a share of %v: %d %v", share, n, err)
		}
	}
	r, all := d.Store.Read(), model.Everything
	all.ActorID = d.mona.ActorID
	searches := []string{"client", "even", "zeta", "zeta even", "company", "alpha zeta", "event 12", "12", "ref", "said", "x", "23999", "nobody", "odd 7", "100"}
	samePages(t, "clients", searches, []string{"", "full_name", "email", "created_at"}, func(p model.Page) (ids []int64, err error) {
		some, err := r.Clients(t.Context(), all, data.ClientFilter{}, p)
		for _, c := range some {
			ids = append(ids, c.ID)
		}
		return ids, err
	})
	samePages(t, "the clients of one", searches, []string{"full_name"}, func(p model.Page) (ids []int64, err error) {
		some, err := r.Clients(t.Context(), model.Reach{Own: true, ActorID: d.carl.ActorID}, data.ClientFilter{}, p)
		for _, c := range some {
			ids = append(ids, c.ID)
		}
		return ids, err
	})
	samePages(t, "companies", searches, []string{"name"}, func(p model.Page) (ids []int64, err error) {
		some, err := r.Companies(t.Context(), all, data.CompanyFilter{}, p)
		for _, c := range some {
			ids = append(ids, c.ID)
		}
		return ids, err
	})
	samePages(t, "contracts", searches, []string{"", "client"}, func(p model.Page) (ids []int64, err error) {
		some, err := r.Contracts(t.Context(), all, data.ContractFilter{}, p)
		for _, c := range some {
			ids = append(ids, c.ID)
		}
		return ids, err
	})
	samePages(t, "events", searches, []string{"", "title"}, func(p model.Page) (ids []int64, err error) {
		some, err := r.Events(t.Context(), all, data.EventFilter{}, p)
		for _, c := range some {
			ids = append(ids, c.ID)
		}
		return ids, err
	})
	samePages(t, "payments", searches, []string{""}, func(p model.Page) (ids []int64, err error) {
		some, err := r.Payments(t.Context(), all, data.PaymentFilter{}, p)
		for _, c := range some {
			ids = append(ids, c.ID)
		}
		return ids, err
	})
	samePages(t, "notes", searches, []string{""}, func(p model.Page) (ids []int64, err error) {
		some, err := r.Notes(t.Context(), all, data.NoteFilter{}, p)
		for _, c := range some {
			ids = append(ids, c.ID)
		}
		return ids, err
	})
}

func samePages(t *testing.T, what string, searches, orders []string, list func(model.Page) ([]int64, error)) {
	t.Helper()
	for _, search := range searches {
		for _, field := range orders {
			kind := map[string]model.SortKind{"created_at": "moment", "": model.ByID}[field]
			if kind == "" {
				kind = "text"
			}
			for _, descending := range []bool{false, true} {
				p := model.Page{Search: search, Sort: model.Order{Field: field, Kind: kind, Descending: descending}}
				whole, err := list(p)
				name := fmt.Sprintf("%s with %q by %q, descending %t", what, search, field, descending)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				p.Limit = 50
				page, err := list(p)
				if err != nil || !slices.Equal(page, whole[:min(50, len(whole))]) {
					t.Errorf("%s, of %d: %v %s", name, len(whole), err, cmp.Diff(whole[:min(50, len(whole))], page))
				}
				if len(whole) > 120 {
					p.After = whole[59]
					if page, err = list(p); err != nil || !slices.Equal(page, whole[60:110]) {
						t.Errorf("%s, behind the 60th: %v %s", name, err, cmp.Diff(whole[60:110], page))
					}
				}
			}
		}
	}
}
