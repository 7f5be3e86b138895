package data_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"epev/data"
	"epev/data/testdb"
	"epev/model"
	queries "epev/sql"
)

// paymentOrders are the orders that the SQL of the list knows.
var paymentOrders = orders("id", "id", "number", "amount", "moment", "paid_on created_at")

// till makes clients, contracts and payments of two commercials, some on contracts of an event that sam supports.
func till(t *testing.T) cashier {
	d := newCashier(t)
	for i := range 6 {
		client := d.client(t, []data.By{d.carl, d.cora}[i%2], fmt.Sprintf("%c-client%d", 'z'-i/2, i))
		contract := d.desk.contract(t, client.ID, true) // paid in part: the first payment comes with an opening
		if i%3 == 0 {
			d.event(t, contract.ID, d.sam.ActorID)
		}
		for n := range 1 + i%3 {
			d.ok(d.pay(contract.ID, int64(1+(i*7+n*3)%5)*100))
		}
	}
	d.ok(d.void(2))
	return d
}

func (d cashier) list(reach model.Reach, f data.PaymentFilter, p model.Page) []int64 {
	d.t.Helper()
	rows, err := d.Read().Payments(d.t.Context(), reach, f, p)
	ids, _ := idsOf(rows, err, func(p model.Payment) int64 { return p.ID })
	d.ok(err)
	return ids
}

// Pages of any size, put together, are the list of payments, in every sort order and direction; the undated come last.
func TestPagesOfPayments(t *testing.T) {
	t.Parallel()
	d := till(t)
	all := d.list(everyone(d.mona), data.PaymentFilter{}, model.Page{})
	for _, order := range paymentOrders {
		for _, descending := range []bool{false, true} {
			page := model.Page{Sort: order}
			page.Sort.Descending = descending
			whole := d.list(everyone(d.mona), data.PaymentFilter{}, page)
			var paged []int64
			for page.Limit = 4; ; page.After = paged[len(paged)-1] {
				some := d.list(everyone(d.mona), data.PaymentFilter{}, page)
				if len(some) == 0 {
					break
				}
				paged = append(paged, some...)
			}
			if !slices.Equal(whole, paged) {
				t.Errorf("by %s: %v in one, %v in pages", page.Sort, whole, paged)
			}
			if slices.Sort(paged); !slices.Equal(paged, all) {
				t.Errorf("by %s: %v of %v", page.Sort, paged, all)
			}
			if order.Field == "paid_on" {
				last, err := d.Read().Payment(t.Context(), everyone(d.mona), whole[len(whole)-1])
				if err != nil || last.PaidOn != nil {
					t.Errorf("by %s the last is %+v, %v", page.Sort, last, err)
				}
			}
		}
	}
}

// What a list of payments shows is what a view lets through, and what is counted and summed up, for every reach.
func TestListAndViewOfPaymentsAgree(t *testing.T) {
	t.Parallel()
	d := till(t)
	all := d.list(everyone(d.mona), data.PaymentFilter{}, model.Page{})
	for _, by := range []data.By{d.mona, d.carl, d.cora, d.sam, d.suse} {
		for bits := range 8 {
			reach := model.Reach{Any: bits&1 != 0, Own: bits&2 != 0, Assigned: bits&4 != 0, ActorID: by.ActorID}
			shown := d.list(reach, data.PaymentFilter{}, model.Page{})
			sum := model.Amount{}
			for _, id := range all {
				p, err := d.Read().Payment(t.Context(), reach, id)
				if (err == nil) != slices.Contains(shown, id) {
					t.Errorf("%+v: payment %d is listed %v and viewed %v", reach, id, slices.Contains(shown, id), err)
				}
				if err == nil {
					sum = sum.Add(p.Amount)
				}
			}
			sums, err := d.Read().SumPayments(t.Context(), reach, data.PaymentFilter{}, "", 1000)
			if err != nil || sums.Count != int64(len(shown)) || !sums.Amount.Equal(sum) {
				t.Errorf("%+v: %d of %s, and %d of %s are seen; %v", reach, sums.Count, sums.Amount, len(shown), sum, err)
			}
			for _, id := range d.list(reach, data.PaymentFilter{Mine: true}, model.Page{}) {
				if p, err := d.Read().Payment(t.Context(), reach, id); err != nil || !p.Own && !p.Assigned {
					t.Errorf("%+v: payment %d is mine: %+v, %v", reach, id, p.Relation, err)
				}
			}
		}
	}
}

func TestFiltersOfPayments(t *testing.T) {
	t.Parallel()
	d := till(t)
	d.raw(t).MustExec(`insert into epic_events.payment (contract_id, amount, paid_on, method, reference)
		values (1, 12.34, '2027-05-01', 'cash', 'Reçu 99')`)
	last := slices.Max(d.list(everyone(d.mona), data.PaymentFilter{}, model.Page{}))
	for name, f := range map[string]data.PaymentFilter{
		"method": {Method: "cash"}, "from": {From: time.Date(2027, 5, 1, 12, 0, 0, 0, time.UTC)},
		"both": {From: time.Date(2027, 4, 1, 12, 0, 0, 0, time.UTC), Before: time.Date(2027, 5, 2, 12, 0, 0, 0, time.UTC), ContractID: 1, ClientID: 1, CommercialID: d.carl.ActorID},
	} {
		for _, order := range paymentOrders {
			if got := d.list(everyone(d.mona), f, model.Page{Sort: order}); !slices.Equal(got, []int64{last}) {
				t.Errorf("%s by %s: %v, want %d", name, order, got, last)
			}
		}
	}
	for _, f := range []data.PaymentFilter{{Method: "card"}, {Before: noonOf(3)}, {ContractID: 99}, {ClientID: 99}, {CommercialID: d.sam.ActorID}} {
		if got := d.list(everyone(d.mona), f, model.Page{}); len(got) != 0 {
			t.Errorf("%+v: %v", f, got)
		}
	}
	for text, finds := range map[string]bool{"recu": true, "12,34": true, "cash recu": true, "recu nobody": false, "carl 12,34": true, "12,35": false, fmt.Sprint(last): true} {
		if got := d.list(everyone(d.mona), data.PaymentFilter{}, model.Page{Search: text}); slices.Contains(got, last) != finds {
			t.Errorf("%q finds %v", text, got)
		}
	}
}

// Lists of payments stay driven by an index when there are many.
func TestListsOfPaymentsAreDrivenByIndexes(t *testing.T) {
	t.Parallel()
	d := newCashier(t)
	db, err := sqlx.Open("postgres", testdb.Superuser(d.dsn))
	d.ok(err)
	defer db.Close()
	tx := db.MustBegin()
	defer tx.Rollback()
	tx.MustExec("set local session_replication_role = replica; set local search_path = epic_events, pg_catalog") // no history
	tx.MustExec(`insert into client (full_name, email, commercial_id, first_contact_date) select 'Client ' || md5(i::text), md5(i::text) || '@x.test', $1 + i % 2, now()
		from generate_series(1, 10000) i`, d.carl.ActorID)
	tx.MustExec(`insert into contract (client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid)
		select id, commercial_id, 100 + id % 1000, 1 + id % 100, id % 2 = 0, false from client`)
	tx.MustExec(`insert into payment (contract_id, amount, paid_on, author, created_at)
		select id, 1 + id % 90, date '2020-01-01' + id % 2000, 'x', now() - id * interval '1 minute' from contract, generate_series(1, 2)`)
	tx.MustExec("analyze client, contract, payment")
	none, nothing := pq.StringArray{}, pq.GenericArray{A: []*string{}}
	whole, sorts := regexp.MustCompile(`Seq Scan on (payment|contract|client) `), regexp.MustCompile(`->  (Incremental )?Sort  \(`)
	explain := func(name string, q queries.Query, other map[string]any) string {
		all := map[string]any{"any": true, "own": false, "assigned": pq.Int64Array{}, "actor": d.carl.ActorID, "contract": 0, "client": 0, "commercial": 0, "method": "",
			"from": nil, "before": nil, "parts": none, "digits": none, "amounts_from": nothing, "amounts_to": nothing, "limit": 50, "after": 0, "after_key": nil,
			"sort": "id", "kind": "id", "descending": false, "walk": 0}
		for key, value := range other {
			all[key] = value
		}
		for key := range all {
			if !slices.Contains(q.Parameters(), key) {
				delete(all, key)
			}
		}
		arguments, err := q.Bind(all)
		d.ok(err)
		var lines []string
		if err := tx.Select(&lines, "explain "+q.Text(), arguments...); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		plan := strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.Contains(l, "(never executed)") }), "\n")
		if whole.MatchString(plan) {
			t.Errorf("%s reads a whole table:\n%s", name, plan)
		}
		return plan
	}
	for _, order := range paymentOrders {
		for _, descending := range []bool{false, true} {
			for _, after := range []int64{0, 4711} {
				name := fmt.Sprintf("by %s, descending %t, after %d", order.Field, descending, after)
				plan := explain(name, queries.Payment.List, map[string]any{"sort": order.Field, "kind": string(order.Kind), "descending": descending, "after": after})
				if sorts.MatchString(plan) {
					t.Errorf("%s sorts:\n%s", name, plan)
				}
			}
		}
	}
	explain("of a contract", queries.Payment.List, map[string]any{"contract": 7})
	explain("of a client", queries.Payment.List, map[string]any{"client": 7})
	explain("of a month", queries.Payment.List, map[string]any{"sort": "paid_on", "kind": "moment", "from": time.Date(2021, 1, 1, 12, 0, 0, 0, time.UTC), "before": time.Date(2021, 2, 1, 12, 0, 0, 0, time.UTC)})
	explain("of events", queries.Payment.List, map[string]any{"any": false, "assigned": pq.Int64Array{3, 4}})
}
