package data_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"epev/data/testdb"
	queries "epev/sql"
)

// What find reads is bounded, whatever the text: of many records it looks at few that do not fit. How many rows of a table are read
// tells PostgreSQL, also of the functions whose plans it does not show.
func TestFindLooksAtFew(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if !trigrams(t, d) {
		return
	}
	db, err := sqlx.Open("postgres", testdb.Superuser(d.dsn))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx := db.MustBegin()
	defer tx.Rollback()
	tx.MustExec("set local session_replication_role = replica; set local search_path = epic_events, pg_catalog") // no history
	tx.MustExec("insert into company (name) select 'Company ' || i || case when i % 3 = 0 then ' Startup' else ' Conseil' end from generate_series(1, 9000) i")
	// Every client is a Zoe or a Kevin, none both.
	tx.MustExec(`insert into client (full_name, email, phone, company_id, commercial_id, first_contact_date)
		select case when i % 2 = 0 then 'Zoé ' else 'Kévin ' end || case when i % 3 = 0 then 'Martin' else md5(i::text) end, md5(i::text) || '@example.fr',
			'+336' || lpad(i::text, 8, '0'), 1 + i % 2000, $1 + i % 2, now()
		from generate_series(1, 20000) i`, d.carl.ActorID)
	tx.MustExec(`insert into contract (client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid)
		select id, commercial_id, 100 + id % 1000, 1 + id % 100, id % 2 = 0, false from client`)
	tx.MustExec(`insert into event (title, contract_id, full_address, start_date, end_date)
		select case when id % 2 = 0 then 'Gala' else 'Mariage' end || ' ' || id, id, 'Rue ' || id, now(), now() + interval '1 hour' from contract`)
	tx.MustExec("analyze company, client, contract, event")

	const most = 21
	all := map[string]any{"any": true, "own": false, "assigned": pq.Int64Array{}, "actor": d.mona.ActorID}
	own := map[string]any{"any": false, "own": true, "assigned": pq.Int64Array{}, "actor": d.carl.ActorID}
	read := func() (rows map[string]int) {
		var tables []struct {
			Name string `db:"relname"`
			Rows int
		}
		if err := tx.Select(&tables, "select relname, seq_tup_read + coalesce(idx_tup_fetch, 0) as rows from pg_stat_xact_user_tables where schemaname = 'epic_events'"); err != nil {
			t.Fatal(err)
		}
		rows = map[string]int{}
		for _, table := range tables {
			rows[table.Name] = table.Rows
		}
		return rows
	}
	for _, text := range []string{"8", "z", "zoe", "zoe martin", "zoe kevin", "kevin zyx", "zoe example.fr", "martin startup", "gala mariage", "zyx", "example.fr", "company zyx"} {
		for sight, reach := range map[string]map[string]any{"all": all, "own": own} {
			words := strings.Fields(text)
			parts := pq.StringArray{}
			for _, w := range words {
				if len(words[0]) > 2 {
					parts = append(parts, "%"+w+"%")
				}
			}
			a := map[string]any{"text": text, "from": text, "to": text + "\U0010FFFF", "word": "% " + text + "%", "parts": parts, "digits": "", "limit": most, "phone": "",
				"low": nil, "high": nil, "clients": pq.Int64Array{1, 2, 3}}
			maps.Copy(a, reach)
			for name, q := range map[string]queries.Query{"clients": queries.Find.Clients, "companies": queries.Find.Companies, "contracts": queries.Find.Contracts, "events": queries.Find.Events} {
				some := map[string]any{}
				for _, p := range q.Parameters() {
					some[p] = a[p]
				}
				arguments, err := q.Bind(some)
				if err != nil {
					t.Fatal(err)
				}
				before := read()
				var hits []struct {
					ID   int64
					Rank int
				}
				if err := tx.Select(&hits, q.Text(), arguments...); err != nil {
					t.Fatalf("%s of %q: %v", name, text, err)
				}
				for table, n := range read() {
					if n -= before[table]; n > 200*most {
						t.Errorf("%s of %q within %s: %d rows of %s are read, and %d records found", name, text, sight, n, table, len(hits))
					}
				}
			}
		}
	}
}
