package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"epev/commands/demo"
	"epev/data"
	"epev/data/testdb"
	"epev/model"
)

// A sandbox of a size holds as much of everything as was asked for, and nothing in it breaks a rule. What triggers keep elsewhere is
// there as they would have made it: whatever is written again stays as it is.
func TestALargeSandboxIsWhole(t *testing.T) {
	t.Parallel()
	dsn := testdb.New(t)
	e := sandbox(t, testdb.Superuser(dsn)) // as on the private server
	const clients = 1500
	last := 0.0
	large := demo.Large(e.Now().In(e.Location), clients)
	if err := e.Store.LoadLarge(t.Context(), large, func(share float64) {
		if share < last || share > 1 {
			t.Errorf("%g of it is done, after %g", share, last)
		}
		last = share
	}); err != nil {
		t.Fatal(err)
	}
	if last != 1 {
		t.Errorf("%g of it is done at the end", last)
	}
	o := look(t, dsn)
	count := func(what string) (n int) {
		t.Helper()
		if err := o.db.QueryRow(what).Scan(&n); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		return n
	}
	for table, n := range map[string]int{"company": clients / 5, "client": clients, "contract": clients * 3 / 2, "event": clients * 6 / 5} {
		if got := count("select count(*) from epic_events." + table); got != n {
			t.Errorf("%d of %s, not %d", got, table, n)
		}
	}
	for what, nothing := range map[string]string{
		"rule broken":                      "select count(*) from unnest('{users,company,client,contract,event}'::text[]) t, epic_events.breaking(t) b",
		"event of an unsigned contract":    `select count(*) from epic_events.event e join epic_events.contract k on k.id = e.contract_id where not k.is_signed`,
		"contract of another's commercial": `select count(*) from epic_events.contract k join epic_events.client c on c.id = k.client_id where k.commercial_id <> c.commercial_id`,
		"reference to nothing":             `select count(*) from epic_events.contract k left join epic_events.client c on c.id = k.client_id where c.id is null`,
		"payment that the rest does not tell": `select count(*) from epic_events.contract k
			where exists (select from epic_events.payment p where p.contract_id = k.id)
			and k.remaining_amount <> k.total_amount - (select sum(p.amount) from epic_events.payment p where p.contract_id = k.id)`,
		"contract before its client": `select count(*) from epic_events.contract k join epic_events.client c on c.id = k.client_id
			where k.id > 300 and k.created_at::date < c.created_at::date`,
		"support contact of another role": `select count(*) from epic_events.event e join epic_events.users u on u.id = e.support_contact_id
			join epic_events.role r on r.id = u.role_id where r.name <> 'support'`,
		"record without a creation in the history": `select count(*) from epic_events.client c where not exists (
			select from epic_events.change_log l where l.resource = 'client' and l.record_id = c.id and l.action = 'create' and l.actor_id = c.commercial_id)`,
		"e-mail address that is not taken": `select count(*) from epic_events.client c
			left join epic_events.taken t on t.rule = 'client_email_taken' and t.key = epic_events.taken_key('email', c.email) where t.holders is distinct from 1`,
		"same name":  "select count(*) - count(distinct full_name) from epic_events.client where id > 200",
		"same phone": "select count(phone) - count(distinct phone) from epic_events.client where id > 200",
	} {
		if n := count(nothing); n > 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
	for resource, n := range map[string]int{"sarah.soutien": 20, "colin.vendeur": 20} {
		if got := count("select (select count(*) from epic_events.event where support_contact_id = 3) * (case '" + resource + "' when 'sarah.soutien' then 1 else 0 end)" +
			" + (select count(*) from epic_events.client where commercial_id = 2) * (case '" + resource + "' when 'colin.vendeur' then 1 else 0 end)"); got < n {
			t.Errorf("%s has %d", resource, got)
		}
	}
	// A history as the trigger writes it: what is copied is told in the same words as what is inserted.
	told := func(id int) (keys string) {
		t.Helper()
		if err := o.db.QueryRow(`select (select string_agg(k, ',' order by k) from jsonb_object_keys(l.after) k) || ' ' || coalesce(
			(select string_agg(regexp_replace(k, '[0-9]+', ''), ',' order by k) from jsonb_object_keys(l.names) k), '')
			from epic_events.change_log l where l.resource = 'client' and l.record_id = $1 and l.action = 'create'`, id).Scan(&keys); err != nil {
			t.Fatal(err)
		}
		return keys
	}
	companied := func(where string) int {
		return count("select min(id) from epic_events.client where company_id is not null and " + where)
	}
	if sample, copied := told(companied("id <= 200")), told(companied("id > 200")); sample != copied {
		t.Errorf("the history of the sample tells %s, and of what is copied %s", sample, copied)
	}
	// All indexes are there that were there before.
	fresh := look(t, testdb.New(t))
	names := func(o *office) map[string]string {
		rows, err := o.db.Query("select indexname, indexdef from pg_indexes where schemaname = 'epic_events'")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		found := map[string]string{}
		for rows.Next() {
			var name, definition string
			if err := rows.Scan(&name, &definition); err != nil {
				t.Fatal(err)
			}
			found[name] = definition
		}
		return found
	}
	if before, after := names(fresh), names(o); !maps.Equal(before, after) {
		t.Errorf("indexes before %v, after %v", slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
	}
	if ready, err := e.Store.Sampled(t.Context()); err != nil || !ready {
		t.Error(ready, err)
	}
}

// Whoever stops it, at whatever moment, finds nothing of it.
func TestALargeSandboxThatIsStoppedIsNotThere(t *testing.T) {
	t.Parallel()
	for _, until := range []float64{0.001, 0.5, 0.7} {
		t.Run(fmt.Sprint(until), func(t *testing.T) { // each gives its seat back before the next one takes one
			dsn := testdb.New(t)
			e := sandbox(t, testdb.Superuser(dsn))
			ctx, cancel := context.WithCancel(t.Context())
			err := e.Store.LoadLarge(ctx, demo.Large(e.Now().In(e.Location), 1200), func(share float64) {
				if share > until {
					cancel()
				}
			})
			cancel()
			if model.KindOf(err) != model.Interrupted {
				t.Error(err)
			}
			var left int
			if err := look(t, dsn).db.QueryRow("select (select count(*) from epic_events.client) + (select count(*) from epic_events.users)").Scan(&left); err != nil || left > 0 {
				t.Errorf("%d are left, %v", left, err)
			}
		})
	}
}

// A sandbox that is there is not made another one of unasked.
func TestASizeIsForANewSandbox(t *testing.T) {
	t.Parallel()
	dsn := testdb.New(t)
	e := sandbox(t, dsn)
	if err := e.Store.LoadSample(t.Context(), demo.Sample(e.Now().In(e.Location))); err != nil {
		t.Fatal(err)
	}
	err := SetUpDemo(t.Context(), e, data.Config{DSN: "host=/nowhere dbname=none user=none"}, Making{Clients: 1200})
	if model.KindOf(err) != model.Conflict {
		t.Error(err)
	}
}
