package commands

import (
	"fmt"
	"testing"

	"epev/commands/demo"
	"epev/data/testdb"
)

// A sandbox of a size is copied in, and what triggers and indexes keep is made behind it as a whole. It is the same as where each row was
// inserted by itself: the same side tables, history, indexes, constraints and triggers.
func TestALargeSandboxIsAsTriggersMakeIt(t *testing.T) {
	t.Parallel()
	copied := testdb.New(t)
	e := sandbox(t, testdb.Superuser(copied))
	if err := e.Store.LoadLarge(t.Context(), demo.Large(e.Now().In(e.Location), 1000), func(float64) {}); err != nil {
		t.Fatal(err)
	}
	a, b := look(t, testdb.Superuser(copied)), look(t, testdb.Superuser(testdb.New(t)))
	for _, table := range []string{"users", "company", "client", "contract", "event", "payment", "note"} {
		var rows string
		if err := a.db.QueryRow("SELECT json_agg(r ORDER BY r.id) FROM epic_events." + table + " r").Scan(&rows); err != nil {
			t.Fatal(err)
		}
		if _, err := b.db.Exec("INSERT INTO epic_events."+table+" SELECT (json_populate_record(NULL::epic_events."+table+", r)).* "+
			"FROM json_array_elements($1::json) WITH ORDINALITY AS e (r, n) ORDER BY n", rows); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
	}
	for what, query := range map[string]string{
		"what is taken":         "SELECT to_jsonb(r) FROM epic_events.taken r",
		"what is alike":         "SELECT to_jsonb(r) FROM epic_events.alike r",
		"owners of contracts":   "SELECT to_jsonb(r) FROM epic_events.contract_owner r",
		"owners of events":      "SELECT to_jsonb(r) FROM epic_events.event_owner r",
		"supports of clients":   "SELECT to_jsonb(r) FROM epic_events.client_support r",
		"supports of contracts": "SELECT to_jsonb(r) FROM epic_events.contract_support r",
		"without a contract":    "SELECT to_jsonb(r) FROM epic_events.client_without_contract r",
		"indexes":               "SELECT to_jsonb(r) FROM pg_indexes r WHERE schemaname = 'epic_events'",
		"constraints": `SELECT jsonb_build_array(conrelid::regclass, conname, convalidated, pg_get_constraintdef(oid))
			FROM pg_constraint WHERE connamespace = 'epic_events'::regnamespace`,
		"indexes of constraints": `SELECT jsonb_build_array(conrelid::regclass, conname, conindid::regclass, i.indisvalid)
			FROM pg_constraint c JOIN pg_index i ON i.indexrelid = c.conindid WHERE connamespace = 'epic_events'::regnamespace`,
		"triggers": `SELECT jsonb_build_array(t.tgrelid::regclass, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid)) FROM pg_trigger t
			JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = 'epic_events'::regnamespace AND NOT t.tgisinternal`,
		"the history of creations": `SELECT jsonb_build_array(resource, record_id, after, names) FROM epic_events.change_log
			WHERE action = 'create' AND NOT (resource = 'event' AND record_id IN (SELECT id FROM epic_events.event WHERE cancelled_at IS NOT NULL))`,
	} {
		query = "SELECT r::text, count(*) FROM (" + query + ") AS found (r) GROUP BY r::text"
		all := func(o *office) map[string]int {
			rows, err := o.db.Query(query)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			defer rows.Close()
			found := map[string]int{}
			for rows.Next() {
				var row string
				var n int
				if err := rows.Scan(&row, &n); err != nil {
					t.Fatal(err)
				}
				found[row] = n
			}
			return found
		}
		asCopied, asInserted := all(a), all(b)
		var differ []string
		for row, n := range asInserted {
			if asCopied[row] != n {
				differ = append(differ, fmt.Sprintf("copied %d, inserted %d: %s", asCopied[row], n, row))
			}
			delete(asCopied, row)
		}
		for row, n := range asCopied {
			differ = append(differ, fmt.Sprintf("copied %d, inserted 0: %s", n, row))
		}
		if len(asInserted) == 0 {
			t.Errorf("%s: there is nothing to compare", what)
		}
		if len(differ) > 0 {
			t.Errorf("%s: %d differ, such as\n%s", what, len(differ), differ[0])
		}
	}
}
