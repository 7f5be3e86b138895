package data_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"epev/data/testdb"
	queries "epev/sql"
)

// Lists stay driven by an index when there are many records. The plans are those of the very statements, with their
// arguments in sight. They read no table of many rows as a whole, and sort no list that an index has in its order.
func TestListsAreDrivenByIndexes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	db, err := sqlx.Open("postgres", testdb.Superuser(d.dsn))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const clients = 20_000
	tx := db.MustBegin()
	defer tx.Rollback()
	tx.MustExec("set local session_replication_role = replica; set local search_path = epic_events, pg_catalog") // no history
	tx.MustExec("insert into company (name) select 'Company ' || i from generate_series(1, 2000) i")
	tx.MustExec(`insert into client (full_name, email, phone, company_id, commercial_id, first_contact_date, last_contact_date)
		select 'Client ' || md5(i::text), md5(i::text) || '@x.test', '+3360' || i, 1 + i % 2000, $2 + i % 2, now() - i * interval '1 minute',
			case when i % 3 = 0 then now() end
		from generate_series(1, $1) i`, clients, d.carl.ActorID)
	tx.MustExec(`insert into contract (client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid)
		select id, commercial_id, 100 + id % 1000, 1 + id % 100, id % 2 = 0, false from client`)
	tx.MustExec(`insert into event (title, contract_id, full_address, support_contact_id, start_date, end_date)
		select 'Event ' || md5(id::text), id, 'Street ' || id, case when id % 5000 = 0 then $1::int when id % 2 = 0 then $2 end,
			now() + id * interval '1 minute', now() + (id + 60) * interval '1 minute'
		from contract`, d.sam.ActorID, d.suse.ActorID)
	tx.MustExec("select keep_all(), note_all_without_contract()")
	tx.MustExec("analyze company, client, contract, event, contract_owner, event_owner, client_support, contract_support, client_without_contract")

	big := regexp.MustCompile(`Seq Scan on (client|contract|event) [^m]`)
	sorts := regexp.MustCompile(`->  (Incremental )?Sort  \(`)
	parts := regexp.MustCompile(`Presorted Key`) // of what comes in the order of a name nearly
	type given = map[string]any
	how := ""
	explain := func(name string, q queries.Query, some ...given) (plan string) {
		t.Helper()
		all := given{}
		for _, s := range some {
			maps.Copy(all, s)
		}
		arguments, err := q.Bind(all)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		if err := tx.Select(&lines, "explain "+how+q.Text(), arguments...); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		plan = strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.Contains(l, "(never executed)") }), "\n")
		if big.MatchString(plan) {
			t.Errorf("%s reads a whole table:\n%s", name, plan)
		}
		return plan
	}
	type order struct{ field, kind string }
	type reach struct {
		Any, Own bool
		Assigned pq.Int64Array
	}
	within := func(r reach, actor int64) given {
		return given{"any": r.Any, "own": r.Own, "assigned": r.Assigned, "actor": actor}
	}
	any, own, none, nothing := reach{Any: true}, reach{Own: true}, pq.StringArray{}, pq.GenericArray{A: []*string{}}
	var assigned reach // of clients
	ofClients := given{"phones": none, "company": 0, "commercial": 0, "without_contract": false}
	ofContracts := given{"unsigned": false, "unpaid": false, "client": 0, "signed": false, "search_events": true, "amounts_from": nothing, "amounts_to": nothing,
		"commercial": 0, "paid": false, "without_event": false, "without_payment": false, "from": nil, "before": nil}
	ofEvents := given{"unassigned": false, "current": true, "cancelled": false, "upcoming": nil, "contract": 0, "amounts_from": nothing, "amounts_to": nothing, "support": 0, "from": nil, "before": nil, "search_amounts": true}
	for _, list := range []struct {
		name                  string
		list, count, reaching queries.Query
		through               string
		filters               given
		orders                []order
	}{
		{"client", queries.Client.List, queries.Client.Count, queries.Client.Reach, `.*user_id = `, ofClients, []order{{"id", "id"}, {"full_name", "text"},
			{"email", "text"}, {"phone", "text"}, {"first_contact_date", "moment"}, {"last_contact_date", "moment"},
			{"created_at", "moment"}, {"updated_at", "moment"}}},
		{"contract", queries.Contract.List, queries.Contract.Count, queries.Contract.Reach, `.*user_id = `, ofContracts, []order{{"id", "id"},
			{"client", "text"}, {"total_amount", "number"}, {"remaining_amount", "number"}, {"is_signed", "flag"}, {"is_fully_paid", "flag"},
			{"created_at", "moment"}, {"updated_at", "moment"}}},
		{"event", queries.Event.List, queries.Event.Count, queries.Event.Reach, `support_contact_id =`, ofEvents, []order{{"id", "id"}, {"title", "text"},
			{"client", "text"}, {"full_address", "text"}, {"contract_id", "number"}, {"participant_count", "number"}, {"start_date", "moment"},
			{"end_date", "moment"}, {"created_at", "moment"}, {"updated_at", "moment"}}},
	} {
		call := func(name string, parts []string, digits string, key *string, o order, descending bool, after int64, sight reach, actor int64) string {
			t.Helper()
			words := given{"parts": pq.StringArray(parts), "digits": pq.StringArray(slices.Repeat([]string{digits}, len(parts)))}
			if !sight.Any && !sight.Own {
				explain("number of "+list.name+"s "+name, list.count, words, within(sight, actor), list.filters, given{"limit": 0})
			}
			return explain(list.name+" "+name, list.list, words, within(sight, actor), list.filters,
				given{"after_key": key, "sort": o.field, "kind": o.kind, "descending": descending, "limit": 50, "after": after, "walk": 0})
		}
		for _, o := range list.orders {
			for _, descending := range []bool{false, true} {
				for _, after := range []int64{0, 4711} {
					name := fmt.Sprintf("by %s, descending %t, after %d", o.field, descending, after)
					plan := call(name, none, "", nil, o, descending, after, any, d.mona.ActorID)
					if sorts.MatchString(plan) && !(o.field == "client" && parts.MatchString(plan)) {
						t.Errorf("%s %s sorts:\n%s", list.name, name, plan)
					}
					if after > 0 && o.field != "id" && !strings.Contains(plan, "Index Cond: (ROW(") && !strings.Contains(plan, ">= $") && !strings.Contains(plan, "<= $") {
						t.Errorf("%s %s begins at the beginning:\n%s", list.name, name, plan)
					}
				}
			}
		}
		byID := order{"id", "id"}
		call("own", none, "", nil, byID, false, 0, own, d.carl.ActorID)
		// Four events of 10,000 are Sam's: what is Sam's is found through them in whatever order, also if it is searched.
		whose := given{"actor": d.sam.ActorID, "most": 0}
		if !slices.Contains(list.reaching.Parameters(), "most") {
			delete(whose, "most")
		}
		explain("reach on "+list.name+"s", list.reaching, whose)
		bound, err := list.reaching.Bind(whose)
		if err != nil {
			t.Fatal(err)
		}
		var sams reach
		if err := tx.Get(&sams, list.reaching.Text(), bound...); err != nil || sams.Own || len(sams.Assigned) == 0 {
			t.Fatal(sams, err)
		}
		if list.name == "client" {
			assigned = sams
		}
		for _, o := range list.orders {
			for _, after := range []int64{0, 4711} {
				name := fmt.Sprintf("assigned, by %s, after %d", o.field, after)
				if plan := call(name, none, "", nil, o, after > 0, after, sams, d.sam.ActorID); !regexp.MustCompile(`Index Cond: \(+` + list.through).MatchString(plan) {
					t.Errorf("%s %s are not looked up:\n%s", list.name, name, plan)
				}
			}
		}
		call("search of digits", []string{"%4711%"}, "4711", nil, byID, false, 0, any, d.mona.ActorID)
		if trigrams(t, d) {
			call("search of what is assigned", []string{"%abc12%"}, "", nil, byID, false, 0, sams, d.sam.ActorID)
			for _, o := range list.orders { // none fits: no walk through all of them in their order
				if plan := call("search by "+o.field, []string{"%abc12%"}, "", nil, o, false, 0, any, d.mona.ActorID); !regexp.MustCompile(`BitmapOr|Index Cond: \(id = ANY`).MatchString(plan) {
					t.Errorf("%s search by %s looks at all:\n%s", list.name, o.field, plan)
				}
			}
			call("search of two words", []string{"%abc12%", "%client%"}, "", nil, byID, false, 0, any, d.mona.ActorID)
			call("short search", []string{"% ab%"}, "", nil, byID, false, 0, any, d.mona.ActorID)
		}
	}
	whole := regexp.MustCompile(`Seq Scan on client .*\(actual`)
	how = "(analyze, timing off) "
	for _, text := range []string{"", "abc12", "ab", "a", "4711"} {
		part := map[bool]string{true: "%" + text + "%"}[len(text) > 2]
		for _, sight := range []reach{any, own, assigned} {
			plan := explain("completion of "+text, queries.Client.Complete, within(sight, d.carl.ActorID), given{"text": text, "from": text, "to": text + "\U0010FFFF",
				"part": part, "digits": strings.Trim(text, "abc"), "phone": "", "without_contract": false, "limit": 50, "parts": pq.StringArray{part}})
			if trigrams(t, d) && whole.MatchString(plan) {
				t.Errorf("completion of %q reads all clients:\n%s", text, plan)
			}
		}
	}
	how = ""
	all := within(reach{true, false, pq.Int64Array{}}, 1)
	first := given{"parts": none, "digits": none, "after_key": nil, "sort": "id", "kind": "id", "descending": false, "limit": 50, "after": 0, "walk": 0}
	byStart := given{"sort": "start_date", "kind": "moment"}
	// Few of all events are to come: none is looked for among those that began long ago.
	plan := explain("events to come", queries.Event.List, first, all, ofEvents, byStart, given{"upcoming": time.Now().Add(19_000 * time.Minute)})
	if !regexp.MustCompile(`Index Cond: \(sort_key\(start_date, false\) >= \$`).MatchString(plan) {
		t.Errorf("events to come are met on a walk:\n%s", plan)
	}
	explain("client of a company", queries.Client.List, first, all, ofClients, given{"company": 7})
	explain("contracts of a client", queries.Contract.List, first, all, ofContracts, given{"client": 7})
	explain("events of a contract", queries.Event.List, first, all, ofEvents, given{"contract": 7})
	// What a filter names is looked up.
	explain("client of a commercial", queries.Client.List, first, all, ofClients, given{"commercial": 7})
	explain("contracts of a commercial", queries.Contract.List, first, all, ofContracts, given{"commercial": 7})
	explain("events of a support user", queries.Event.List, first, all, ofEvents, given{"support": 7})
	explain("events of a week", queries.Event.List, first, all, ofEvents, byStart, given{"from": time.Now(), "before": time.Now().AddDate(0, 0, 7)})
	// In the order of a name that many share: the first ones of each, by the index that has them by id.
	for _, list := range []struct {
		index   string
		list    queries.Query
		filters given
	}{
		{"client_by_commercial", queries.Client.ListByCommercial, nil},
		{"client_by_company", queries.Client.ListByCompany, nil},
		{"contract_by_commercial", queries.Contract.ListByCommercial, given{"unsigned": false, "unpaid": false, "signed": false}},
		{"event_by_support", queries.Event.ListBySupportContact, given{"unassigned": false, "upcoming": nil, "from": nil, "before": nil, "current": true, "cancelled": false}},
		{"event_owner_by_commercial", queries.Event.ListByCommercial, given{"unassigned": false, "upcoming": nil, "from": nil, "before": nil, "current": true, "cancelled": false}},
	} {
		for _, descending := range []bool{false, true} {
			for _, after := range []int64{0, 4711} {
				name := fmt.Sprintf("%s, descending %t, after %d", list.index, descending, after)
				plan := explain(name, list.list, list.filters, given{"actor": d.mona.ActorID, "descending": descending, "limit": 50, "after": after, "after_key": nil})
				if !regexp.MustCompile(`Limit .*\n( +InitPlan .*\n +->  CTE Scan .*\n)* +->  Index (Only )?Scan (Backward )?using ` + list.index + ` `).MatchString(plan) {
					t.Errorf("%s is not walked:\n%s", name, plan)
				}
			}
		}
	}
	session := func(n, role, version int, stamp string) given {
		return given{"session": n, "role": role, "version": version, "stamp": stamp}
	}
	view := func(id, limit int, sight, on reach) given {
		v := given{"id": id, "related_any": on.Any, "related_own": on.Own, "related_assigned": on.Assigned != nil, "limit": limit}
		maps.Copy(v, given{"any": sight.Any, "own": sight.Own, "assigned": sight.Assigned != nil, "actor": 1})
		return v
	}
	mine := reach{false, true, pq.Int64Array{}}
	explain("client", queries.Client.View, view(7, 21, any, any), session(0, 0, 0, ""))
	explain("clients of one's own", queries.Client.View, view(7, 21, mine, mine), session(3, 2, 1, "x"))
	explain("contract", queries.Contract.View, view(7, 21, any, any), session(3, 2, 1, "x"))
	explain("company", queries.Company.View, given{"related_any": true, "related_own": false, "related_assigned": false, "actor": 1, "id": 7, "limit": 21}, session(3, 2, 1, "x"))
	explain("user's references", queries.User.References, given{"id": 7})
	for _, on := range [][]bool{{true, false, false}, {false, true, false}, {false, false, true}} {
		sight := given{"any": on[0], "own": on[1], "assigned": on[2], "actor": d.carl.ActorID, "ids": pq.Int64Array{3, 4}}
		explain("names of clients", queries.Client.Named, sight)
		explain("names of users", queries.User.Named, given{"any": false, "actor": d.carl.ActorID, "ids": pq.Int64Array{3, 4},
			"clients_any": on[0], "clients_own": on[1], "clients_assigned": on[2], "events_any": on[0], "events_own": on[1], "events_assigned": on[2]})
	}
	explain("names of companies", queries.Company.Named, given{"any": true, "ids": pq.Int64Array{1}})
	explain("names of roles", queries.Role.Named, given{"any": true, "ids": pq.Int64Array{1}})
	explain("earlier names of a history", queries.Record.Called, given{"kinds": pq.StringArray{"user", "user", "client", "company", "role"}, "ids": pq.Int64Array{3, 4, 7, 1, 1},
		"tables": pq.StringArray{"users", "users", "client", "company", "role"}, "titles": pq.StringArray{"username", "username", "full_name", "name", "name"}})
	explain("roles", queries.Role.Holding, given{"codes": pq.StringArray{"x"}})
}

// trigrams reports whether the server has them: without, a search reads the table.
func trigrams(t *testing.T, d *desk) bool {
	t.Helper()
	var there bool
	if err := d.raw(t).Get(&there, "select exists (select from pg_class where relname = 'client_search')"); err != nil {
		t.Fatal(err)
	}
	if !there {
		t.Log("no trigrams on this server")
	}
	return there
}
