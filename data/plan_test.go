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

	"epev/data/testdb"
	queries "epev/sql"
)

// Lists stay driven by an index when there are many records: the plans of the very statements, with
// their arguments in sight, read no table of many rows as a whole, and sort no list that an index has in its order.
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
	tx.MustExec("analyze company, client, contract, event")

	big := regexp.MustCompile(`Seq Scan on (client|contract|event) [^m]`)
	sorts := regexp.MustCompile(`->  (Incremental )?Sort  \(`)
	parts := regexp.MustCompile(`Presorted Key`) // of what comes in the order of a name nearly
	explain := func(name, statement string, arguments ...any) (plan string) {
		t.Helper()
		var lines []string
		if err := tx.Select(&lines, "explain "+statement, arguments...); err != nil {
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
	any, own, none, nothing := reach{Any: true}, reach{Own: true}, pq.StringArray{}, pq.GenericArray{A: []*string{}}
	var assigned reach // of clients
	for _, list := range []struct {
		name, statement, count, reaching, through string
		filters                                   []interface{}
		orders                                    []order
	}{
		{"client", queries.ClientList, queries.ClientCount, queries.ClientReach, `id = ANY`, []interface{}{none, 0, 0, false}, []order{{"id", "id"}, {"full_name", "text"},
			{"email", "text"}, {"phone", "text"}, {"first_contact_date", "moment"}, {"last_contact_date", "moment"},
			{"created_at", "moment"}, {"updated_at", "moment"}}},
		{"contract", queries.ContractList, queries.ContractCount, queries.ContractReach, `id = ANY`, []interface{}{false, false, 0, false, true, nothing, nothing, 0, false, false, nil, nil}, []order{{"id", "id"},
			{"client", "text"}, {"total_amount", "number"}, {"remaining_amount", "number"}, {"is_signed", "flag"}, {"is_fully_paid", "flag"},
			{"created_at", "moment"}, {"updated_at", "moment"}}},
		{"event", queries.EventList, queries.EventCount, queries.EventReach, `support_contact_id =`, []interface{}{false, nil, 0, nothing, nothing, 0, nil, nil}, []order{{"id", "id"}, {"title", "text"},
			{"client", "text"}, {"full_address", "text"}, {"contract_id", "number"}, {"participant_count", "number"}, {"start_date", "moment"},
			{"end_date", "moment"}, {"created_at", "moment"}, {"updated_at", "moment"}}},
	} {
		call := func(name string, parts []string, digits string, key *string, o order, descending bool, after int64, within reach, actor int64) string {
			t.Helper()
			words := []interface{}{pq.StringArray(parts), pq.StringArray(slices.Repeat([]string{digits}, len(parts)))}
			actors := append([]interface{}{within.Any, within.Own, within.Assigned, actor}, list.filters...)
			if !within.Any && !within.Own {
				counting := append(slices.Clone(words), actors...)
				explain("number of "+list.name+"s "+name, list.count, append(counting, 0)...)
			}
			return explain(list.name+" "+name, list.statement, append(append(words, key, o.field, o.kind, descending, 50, after), actors...)...)
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
		explain("reach on "+list.name+"s", list.reaching, d.sam.ActorID)
		var sams reach
		if err := tx.Get(&sams, list.reaching, d.sam.ActorID); err != nil || sams.Own || len(sams.Assigned) == 0 {
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
	for _, text := range []string{"", "abc12", "ab", "a", "4711"} {
		part := map[bool]string{true: "%" + text + "%"}[len(text) > 2]
		for _, within := range []reach{any, own, assigned} {
			plan := explain("completion of "+text, "(analyze, timing off) "+queries.ClientComplete, text, text, text+"\U0010FFFF", part, strings.Trim(text, "abc"), "", within.Any, within.Own, within.Assigned, d.carl.ActorID, false, 50, pq.StringArray{part})
			if trigrams(t, d) && whole.MatchString(plan) {
				t.Errorf("completion of %q reads all clients:\n%s", text, plan)
			}
		}
	}
	nobody := pq.Int64Array{}
	// Few of all events are to come: none is looked for among those that began long ago.
	plan := explain("events to come", queries.EventList, none, none, nil, "start_date", "moment", false, 50, 0, true, false, nobody, 1, false, time.Now().Add(19_000*time.Minute), 0, nothing, nothing, 0, nil, nil)
	if !regexp.MustCompile(`Index Cond: \(sort_key\(start_date, false\) >= \$`).MatchString(plan) || !strings.Contains(plan, "Index Cond: (end_date > ") {
		t.Errorf("events to come are met on a walk:\n%s", plan)
	}
	explain("client of a company", queries.ClientList, none, none, nil, "id", "id", false, 50, 0, true, false, nobody, 1, none, 7, 0, false)
	explain("contracts of a client", queries.ContractList, none, none, nil, "id", "id", false, 50, 0, true, false, nobody, 1, false, false, 7, false, true, nothing, nothing, 0, false, false, nil, nil)
	explain("events of a contract", queries.EventList, none, none, nil, "id", "id", false, 50, 0, true, false, nobody, 1, false, nil, 7, nothing, nothing, 0, nil, nil)
	// What a filter names is looked up.
	explain("client of a commercial", queries.ClientList, none, none, nil, "id", "id", false, 50, 0, true, false, nobody, 1, none, 0, 7, false)
	explain("contracts of a commercial", queries.ContractList, none, none, nil, "id", "id", false, 50, 0, true, false, nobody, 1, false, false, 0, false, true, nothing, nothing, 7, false, false, nil, nil)
	explain("events of a support user", queries.EventList, none, none, nil, "id", "id", false, 50, 0, true, false, nobody, 1, false, nil, 0, nothing, nothing, 7, nil, nil)
	explain("events of a week", queries.EventList, none, none, nil, "start_date", "moment", false, 50, 0, true, false, nobody, 1, false, nil, 0, nothing, nothing, 0, time.Now(), time.Now().AddDate(0, 0, 7))
	// In the order of a name that many share: the first ones of each, by the index that has them by id.
	for _, list := range []struct {
		index, statement string
		filters          []interface{}
	}{
		{"client_by_commercial", queries.ClientListByCommercial, nil},
		{"client_by_company", queries.ClientListByCompany, nil},
		{"contract_by_commercial", queries.ContractListByCommercial, []interface{}{false, false, false}},
		{"event_by_support", queries.EventListBySupportContact, []interface{}{false, nil}},
	} {
		for _, descending := range []bool{false, true} {
			for _, after := range []int64{0, 4711} {
				name := fmt.Sprintf("%s, descending %t, after %d", list.index, descending, after)
				plan := explain(name, list.statement, append(append([]interface{}{d.mona.ActorID, descending, 50, after}, list.filters...), nil)...)
				if !regexp.MustCompile(`Limit .*\n( +InitPlan .*\n +->  CTE Scan .*\n)* +->  Index (Only )?Scan (Backward )?using ` + list.index + ` `).MatchString(plan) {
					t.Errorf("%s is not walked:\n%s", name, plan)
				}
			}
		}
	}
	explain("client", queries.ClientView, true, false, false, 1, 7, true, false, false, 21, 0, 0, 0, "")
	explain("clients of one's own", queries.ClientView, false, true, true, 1, 7, false, true, true, 21, 3, 2, 1, "x")
	explain("contract", queries.ContractView, true, false, false, 1, 7, true, false, false, 21, 3, 2, 1, "x")
	explain("company", queries.CompanyView, true, false, false, 1, 7, 21, 3, 2, 1, "x")
	explain("user's references", queries.UserReferences, 7)
	for _, reach := range [][]bool{{true, false, false}, {false, true, false}, {false, false, true}} {
		explain("names of a history", queries.HistoryNames, reach[0], reach[1], reach[2], d.carl.ActorID, pq.Int64Array{1}, pq.Int64Array{1}, pq.Int64Array{7}, pq.Int64Array{3, 4}, false, reach[0], reach[1], reach[2])
	}
	explain("earlier names of a history", queries.HistoryCalled, pq.StringArray{"user", "user", "client", "company", "role"}, pq.Int64Array{3, 4, 7, 1, 1})
	explain("roles", queries.RoleHolding, pq.StringArray{"x"})
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
