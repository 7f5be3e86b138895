package data_test

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"epev/data/testdb"
	queries "epev/sql"
)

// The agenda, clashes and each section of today read few of the many records. Those that a filter removes are counted with them. One
// support user has half of all events.
func TestTodayAndTheAgendaReadLittle(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	db, err := sqlx.Open("postgres", testdb.Superuser(d.dsn))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx := db.MustBegin()
	defer tx.Rollback()
	tx.MustExec("set local session_replication_role = replica; set local search_path = epic_events, pg_catalog") // no history
	tx.MustExec(`insert into client (full_name, email, commercial_id, first_contact_date, last_contact_date)
		select 'Client ' || i, i || '@x.test', case when i % 100 = 0 then $1::int else 1000 + i % 100 end, now() - interval '3 years', now() - i * interval '1 hour'
		from generate_series(1, 20000) i`, d.carl.ActorID)
	tx.MustExec(`insert into contract (client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid, created_at)
		select c.id, c.commercial_id, 1000, case when c.id % 4 = 0 then 10 else 0 end, c.id % 20 > 0, c.id % 4 > 0, now() - c.id * interval '1 hour'
		from client c, generate_series(1, 2)`)
	// A start each half hour, five sixths of them past; some last two days, and few a month.
	tx.MustExec(`insert into event (title, contract_id, full_address, support_contact_id, start_date, end_date)
		select 'Event ' || i, k.id, 'Street ' || i, case when i % 2 = 0 then $1 when i % 40 > 1 then $2 + i % 40 end, s,
			s + case when i % 5000 = 0 then interval '30 days' when i % 500 = 0 then interval '2 days' else interval '3 hours' end
		from (select k.id, row_number() over (order by k.id * 7919::bigint % 40009) as i from contract k) k,
			lateral (select date_trunc('hour', now()) + (i - 33000) * interval '30 minutes' as s) b
		where k.id % 50 > 0`, d.sam.ActorID, 100_000)
	tx.MustExec(`insert into note (client_id, text, remind_on, author_id)
		select id, 'Call', now() + (id % 400 - 399) * interval '1 day', case when id % 100 = 0 then $1::int else $2::int end from client`, d.carl.ActorID, d.mona.ActorID)
	tx.MustExec("insert into users (username, full_name, email, role_id, password_hash, is_active) select 'left' || i, 'Left', i || '@left.test', role_id, 'x', false from users, generate_series(1, 5) i where id = $1", d.sam.ActorID)
	tx.MustExec("analyze client, contract, event, note, users")

	type given = map[string]any
	scan := regexp.MustCompile(`(Seq Scan|Index Only Scan|Index Scan|Bitmap Heap Scan|Scan Backward)[^(]* on (client|contract|event|note) .*\(actual rows=(\d+) loops=(\d+)\)`)
	removed := regexp.MustCompile(`Rows Removed by (Filter|Index Recheck): (\d+)`)
	now := time.Now().UTC()
	reads := func(name string, most int, q queries.Query, some ...given) {
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
		if err := tx.Select(&lines, "explain (analyze, timing off, summary off, costs off) "+q.Text(), arguments...); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		read, loops, table := map[string]int{}, 0, ""
		number := func(s string) int {
			n, err := strconv.Atoi(s)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		for _, l := range lines {
			if m := scan.FindStringSubmatch(strings.ReplaceAll(l, "\t", " ")); m != nil {
				table, loops = m[2], number(m[4])
				read[table] += number(m[3]) * loops
			} else if strings.Contains(l, "->") {
				table = ""
			} else if m := removed.FindStringSubmatch(l); m != nil && table != "" {
				read[table] += number(m[2]) * loops
			}
		}
		for _, table := range slices.Sorted(maps.Keys(read)) {
			if read[table] > most {
				t.Errorf("%s reads %d rows of %s:\n%s", name, read[table], table, strings.Join(lines, "\n"))
			}
		}
		if len(read) == 0 {
			t.Errorf("%s reads nothing:\n%s", name, strings.Join(lines, "\n"))
		}
	}
	within := func(any, own, assigned bool, actor int64) given {
		return given{"any": any, "own": own, "assigned": assigned, "actor": actor, "related_any": any, "related_own": own, "related_assigned": assigned}
	}
	week := func(days int) given {
		return given{"from": now, "before": now.AddDate(0, 0, days)}
	}
	for name, of := range map[string]struct {
		of    int64
		sight given
	}{
		"agenda of everybody":       {0, within(true, false, false, d.mona.ActorID)},
		"agenda of a support user":  {d.sam.ActorID, within(true, false, false, d.mona.ActorID)},
		"agenda of what one does":   {d.sam.ActorID, within(false, false, true, d.sam.ActorID)},
		"agenda of a commercial":    {d.carl.ActorID, within(true, false, false, d.mona.ActorID)},
		"agenda of one's own":       {d.carl.ActorID, within(false, true, false, d.carl.ActorID)},
		"agenda of nobody's events": {d.suse.ActorID, within(true, false, false, d.mona.ActorID)},
	} {
		reads(name, 8000, queries.Event.Agenda, of.sight, week(7), given{"of": of.of, "limit": 0})
		reads(name+", the first ones", 1200, queries.Event.Agenda, of.sight, week(7), given{"of": of.of, "limit": 9})
	}
	reads("agenda of a year, the first ones", 400, queries.Event.Agenda, within(true, false, false, d.mona.ActorID), week(365), given{"of": 0, "limit": 9})
	sight := within(true, false, false, d.mona.ActorID)
	for _, begins := range []bool{false, true} {
		reads("events to attend", 1000, queries.Today.Events, week(7), given{"actor": d.sam.ActorID, "related_any": false, "related_own": false,
			"related_assigned": true, "begins": begins, "limit": 9})
	}
	delete(sight, "related_any")
	delete(sight, "related_own")
	delete(sight, "related_assigned")
	words := given{"parts": pq.StringArray{}, "digits": pq.StringArray{}}
	busy := given{"from": now, "before": now.Add(time.Hour), "but": 1}
	reads("clashes", 100, queries.Event.Clashing, sight, busy, given{"support": d.sam.ActorID})
	reads("who is available", 1000, queries.User.Available, sight, busy, words, given{"week_from": now, "week_before": now.AddDate(0, 0, 7), "limit": 50})

	carl := given{"actor": d.carl.ActorID, "limit": 9}
	reads("contracts to sign", 50, queries.Today.Unsigned, carl)
	reads("contracts without event", 2500, queries.Today.WithoutEvent, carl, given{"looked_at": 5_000})
	reads("unpaid contracts", 2500, queries.Today.Unpaid, carl, given{"looked_at": 5_000, "now": now})
	reads("clients to call", 50, queries.Today.Silent, carl, given{"since": now.AddDate(0, 0, -30)})
	reads("events to assign", 2500, queries.Today.Unassigned, sight, given{"now": now, "limit": 9})
	reads("what is owed", 2000, queries.Today.Owed, given{"looked_at": 1001})
	reads("who left", 500, queries.Today.Left, given{"now": now, "limit": 101})
	reads("reminders due", 100, queries.Note.List, words, carl, given{"any": false, "own": true, "assigned": pq.Int64Array{}, "of": pq.StringArray(nil),
		"client": 0, "company": 0, "contract": 0, "event": 0, "remind": false, "due": now, "open": false, "done": false, "from": nil, "before": nil,
		"after": 0, "after_key": nil, "sort": "remind_on", "kind": "moment", "descending": false, "walk": 0})
}
