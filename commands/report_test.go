package commands

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"epev/model"
)

// spread gives the records of the world companies, days and amounts, some of them as only a predecessor could have them.
func (w *world) spread(r *rand.Rand) {
	o := w.o
	o.exec(`alter table contract drop constraint if exists contract_total_number_check, drop constraint if exists contract_remaining_number_check,
			drop constraint if exists contract_remaining_amount_check, drop constraint if exists contract_remaining_total_check,
			drop constraint if exists contract_fully_paid_check, drop constraint if exists contract_total_amount_check;
		alter table event drop constraint if exists event_end_date_check, drop constraint if exists event_dates_check`)
	companies := []int64{o.company("Startup SAS"), o.company("Horlogerie SA"), o.company("Élan & Fils")}
	for id := range w.above["client"] {
		if r.IntN(4) > 0 {
			o.exec("update client set company_id = $1 where id = $2", companies[r.IntN(len(companies))], id)
		}
	}
	moment := func() string { // near the ends of months, which other zones put into another one
		return fmt.Sprintf("20%d-%02d-01 00:00+00", 24+r.IntN(4), 1+r.IntN(12))
	}
	for id := range w.above["contract"] {
		total := int64(r.IntN(1_000_000_00))
		remaining := r.Int64N(total + 1)
		o.exec("update contract set total_amount = $1::numeric / 100, remaining_amount = $2::numeric / 100, is_fully_paid = ($2 = '0'), created_at = $3::timestamptz - ($4 || ' min')::interval where id = $5",
			total, remaining, moment(), int64(r.IntN(180)), id)
	}
	for id := range w.above["event"] {
		o.exec("update event set start_date = $1::timestamptz - ($2 || ' min')::interval, participant_count = $3 where id = $4", moment(), int64(r.IntN(180)), int64(r.IntN(500)), id)
		o.exec("update event set end_date = start_date + ($1 || ' min')::interval where id = $2", int64(1+r.IntN(5000)), id)
	}
	for id := range w.above["contract"] { // some have payments, of which one may have no day
		for n := range r.IntN(4) {
			kind, day := "payment", fmt.Sprintf("20%d-%02d-%02d", 24+r.IntN(4), 1+r.IntN(12), []int{1, 28}[r.IntN(2)])
			if n == 0 && r.IntN(2) == 0 {
				kind, day = "opening", ""
			} else if r.IntN(4) == 0 {
				kind = "correction"
			}
			o.exec("insert into payment (contract_id, kind, amount, paid_on) values ($1, $2, case $2 when 'correction' then -1 else 1 end * $3::numeric / 100, nullif($4, '')::date)",
				id, kind, int64(1+r.IntN(100_000_00)), day)
		}
	}
	o.exec(`insert into payment (contract_id, kind, amount, paid_on, voids, reason)
		select contract_id, 'void', -amount, case when id % 2 = 0 then paid_on else paid_on + 40 end, id, 'Bounced' from payment where id % 3 = 0`)
	for range 2 {
		o.exec("update event set cancelled_at = now(), cancel_reason = 'rain' where id = $1", pick(r, w.above["event"]))
	}
	for _, odd := range []string{"total_amount = 'NaN'", "remaining_amount = 'NaN'", "total_amount = 'NaN', remaining_amount = 'NaN'", "created_at = '-infinity'"} {
		o.exec("update contract set "+odd+" where id = $1", pick(r, w.above["contract"]))
	}
	o.exec("update event set start_date = '-infinity' where id = $1", pick(r, w.above["event"]))
	o.exec("update event set end_date = 'infinity' where id = $1", pick(r, w.above["event"]))
}

// Keys of groups, as the test itself finds them: c is the client, y its company where the client may be seen.
var (
	contractKeys = map[string]string{
		"month": "to_char(k.created_at at time zone 'Europe/Paris', 'YYYY-MM')", "quarter": `to_char(k.created_at at time zone 'Europe/Paris', 'YYYY"-Q"Q')`,
		"commercial": "u.username", "company": companyKey}
	eventKeys = map[string]string{
		"month": "to_char(e.start_date at time zone 'Europe/Paris', 'YYYY-MM')", "quarter": `to_char(e.start_date at time zone 'Europe/Paris', 'YYYY"-Q"Q')`,
		"commercial": "u.username", "company": companyKey, "support": "h.username"}
	idKeys     = map[string]string{"commercial": "u.id", "company": "case when c.id = any ($2) then y.id end", "support": "h.id"}
	companyKey = "case when c.id = any ($2) then y.name else '(not told)' end"
)

const ofContracts = ` from epic_events.contract k join epic_events.client c on c.id = k.client_id join epic_events.users u on u.id = c.commercial_id
	left join epic_events.company y on y.id = c.company_id where k.id = any ($1) and ($2::bigint[] is not null) and `

const ofEvents = ` from epic_events.event e join epic_events.contract k on k.id = e.contract_id join epic_events.client c on c.id = k.client_id
	join epic_events.users u on u.id = c.commercial_id left join epic_events.users h on h.id = e.support_contact_id
	left join epic_events.company y on y.id = c.company_id where e.id = any ($1) and ($2::bigint[] is not null) and `

// finite is an amount for a sum that leaves out what is no number.
func finite(amount string) string {
	return fmt.Sprintf("coalesce(sum(case when %s::text not in ('NaN', 'Infinity', '-Infinity') then %s else 0 end), 0)", amount, amount)
}

// sums are the reports as the test itself makes them: the figures of a group, in the order of the report's columns.
var sums = map[string]struct {
	noun, figures, of string
	keys              map[string]string
	by                []string
	days              string // the column of --from and --to
	upcoming          string // where neither is given
}{
	"pipeline": {"contract", "count(*), " + finite("k.total_amount"), ofContracts + "not k.is_signed", contractKeys, []string{"commercial", "company", "month", "quarter"}, "k.created_at", ""},
	"unpaid": {"contract", "count(*), " + finite("k.total_amount") + ", " + finite("k.remaining_amount"), ofContracts + "k.is_signed and k.remaining_amount > 0",
		contractKeys, []string{"commercial", "company", "month", "quarter"}, "k.created_at", ""},
	"events": {"event", "count(*) - count(e.cancelled_at), sum(case when e.cancelled_at is null then e.participant_count else 0 end), count(e.cancelled_at)", ofEvents + "true", eventKeys, []string{"month", "quarter", "commercial", "company", "support"}, "e.start_date", ""},
	"workload": {"event", `count(*), round(coalesce(sum(case when isfinite(e.start_date) and isfinite(e.end_date) then extract(epoch from e.end_date - e.start_date) else 0 end), 0) / 3600)::bigint,
		sum(e.participant_count)`, ofEvents + "e.cancelled_at is null", eventKeys, []string{"support", "month", "quarter"}, "e.start_date", " and e.end_date > '2026-11-23 12:00+00'"},
}

// checkRevenue compares the report of payments with their sums, and those of what no payment tells.
func (w *world) checkRevenue(codes []string, r *rand.Rand) {
	t := w.o.t
	clients := w.where("client", func(id int64) bool { sees, _ := w.reaches(codes, "client", "view", id); return sees })
	ofPayments := w.where("contract", func(id int64) bool {
		own, assigned := w.relation("contract", id)
		return slices.Contains(codes, "payment:view") || own && slices.Contains(codes, "payment:view:own") || assigned && slices.Contains(codes, "payment:view:assigned")
	})
	has := func(beginning string) bool {
		return slices.ContainsFunc(codes, func(code string) bool { return strings.HasPrefix(code+":", beginning+":") })
	}
	ofContracts := w.where("contract", func(id int64) bool {
		sees, _ := w.reaches(codes, "contract", "view", id)
		return sees && has("contract:list") && slices.Contains(ofPayments, id)
	})
	keys := map[string]string{"commercial": "u.username", "company": companyKey,
		"month": "coalesce(to_char(day, 'YYYY-MM'), 'before')", "quarter": `coalesce(to_char(day, 'YYYY"-Q"Q'), 'before')`}
	for by, key := range keys {
		line, days := "report revenue --by "+by, "true"
		if r.IntN(2) == 0 {
			line, days = line+" --from 28/03/2025 --to 01/10/2026", "day between '2025-03-28' and '2026-10-01'"
		}
		result, err := w.desk.do("%s", line)
		if !has("payment:list") || !has("payment:view") {
			if model.KindOf(err) != model.Denied {
				t.Errorf("%s without payment:list or payment:view: %v", line, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %s", line, told(err))
			continue
		}
		from := fmt.Sprintf(` from (
				select contract_id, amount, paid_on as day, voids is null and id not in (select voids from epic_events.payment where voids > 0) as stands
				from epic_events.payment where contract_id = any ($1)
				union all
				select id, total_amount - remaining_amount, null, true from epic_events.contract
				where id = any (%s) and total_amount <> 'NaN' and remaining_amount <> 'NaN' and total_amount > remaining_amount
				and id not in (select contract_id from epic_events.payment)
			) p join epic_events.contract k on k.id = p.contract_id join epic_events.client c on c.id = k.client_id
			join epic_events.users u on u.id = k.commercial_id left join epic_events.company y on y.id = c.company_id
			where ($2::bigint[] is not null) and %s`, literal(ofContracts), days)
		id := cmp.Or(idKeys[by], "''")
		want := w.expectedSums("select "+key+", count(*) filter (where stands), sum(amount), "+id+from+" group by 1, "+cmp.Or(idKeys[by], "1"), ofPayments, clients)
		maps.Copy(want, w.expectedSums("select 'Total', count(*) filter (where stands), coalesce(sum(amount), 0), ''"+from, ofPayments, clients))
		got := figuresOf(result.Table)
		maps.DeleteFunc(got, func(_, figures string) bool { return strings.HasPrefix(figures, "0 0 ") }) // of a contract that is left out
		maps.DeleteFunc(want, func(_, figures string) bool { return strings.HasPrefix(figures, "0 0 ") })
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
}

// zero has sums of participants be 0 where there are no events.
func (w *world) zero(figures string) string {
	for _, sum := range []string{"sum(e.participant_count)", "sum(case when e.cancelled_at is null then e.participant_count else 0 end)"} {
		figures = strings.ReplaceAll(figures, sum, "coalesce("+sum+", 0)")
	}
	return figures
}

// literal writes ids as SQL does.
func literal(ids []int64) string {
	text, _ := pq.Array(ids).Value()
	return fmt.Sprintf("'%s'::bigint[]", text)
}

// expectedSums reads the groups of a report as the test itself makes them.
func (w *world) expectedSums(query string, visible, clients []int64) map[string]string {
	w.o.t.Helper()
	rows, err := w.o.db.Query(query, pq.Array(visible), pq.Array(clients))
	if err != nil {
		w.o.t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	names, _ := rows.Columns()
	want := map[string]string{}
	for rows.Next() {
		cells := make([]any, len(names))
		for i := range cells {
			cells[i] = new(nullText)
		}
		if err := rows.Scan(cells...); err != nil {
			w.o.t.Fatal(err)
		}
		var figures []string
		for _, c := range cells[1:] {
			figures = append(figures, strings.TrimSuffix(string(*c.(*nullText)), ".00"))
		}
		want[string(*cells[0].(*nullText))] = strings.Join(figures, " ")
	}
	return want
}

// nullText reads any value as text, and null as none.
type nullText string

func (t *nullText) Scan(src any) error {
	switch src := src.(type) {
	case nil:
		*t = ""
	case []byte:
		*t = nullText(src)
	default:
		*t = nullText(fmt.Sprint(src))
	}
	return nil
}

// figuresOf are the groups of a report's table, and what stands in its last line.
func figuresOf(t *Table) map[string]string {
	var from, to int
	for i, c := range t.Columns {
		switch {
		case c.For == Machines:
			from = i + 1
		case c.Name == "share":
			to = i
		}
	}
	got := map[string]string{}
	for _, row := range append(slices.Clone(t.Rows), t.Foot) {
		var figures []string
		for _, v := range row[from+1 : to] {
			figures = append(figures, strings.TrimSuffix(fmt.Sprint(v), ".00"))
		}
		name, _ := row[from].(string)
		if from > 0 && row[0] != nil {
			figures = append(figures, fmt.Sprint(row[0]))
		} else {
			figures = append(figures, "")
		}
		got[name] = strings.Join(figures, " ")
	}
	return got
}

// The sums of reports are those of what the actor may list, made in another way, for random grants and records.
func TestReportsSumUpWhatTheActorMayList(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			r := seeded(100 + seed)
			o := openOffice(t)
			w := newWorld(o, r)
			w.spread(r)
			w.desk.env.Location = paris(t)
			role := o.number("select id from @role where name = 'clerk'")
			for round := range 6 {
				codes := append(randomCodes(r), "report:view")
				if round == 0 { // somebody who sees all
					codes = append(codes, "client:view", "contract:list", "contract:view", "event:list", "event:view", "payment:list", "payment:view")
				}
				o.grant(role, codes...)
				for _, report := range slices.Sorted(maps.Keys(sums)) {
					w.checkReport(codes, report, r)
				}
				w.checkRevenue(codes, r)
				if t.Failed() {
					t.Fatalf("the grants were %s", strings.Join(codes, " "))
				}
			}
		})
	}
}

func (w *world) checkReport(codes []string, report string, r *rand.Rand) {
	t, is := w.o.t, sums[report]
	clients := w.where("client", func(id int64) bool { sees, _ := w.reaches(codes, "client", "view", id); return sees })
	visible := w.where(is.noun, func(id int64) bool { sees, _ := w.reaches(codes, is.noun, "view", id); return sees })
	_, lists := w.reaches(codes, is.noun, "list", 0)
	_, views := w.reaches(codes, is.noun, "view", 0)
	for _, by := range is.by {
		line := fmt.Sprintf("report %s --by %s", report, by)
		group, narrowed := is.of, is.upcoming
		if r.IntN(2) == 0 {
			from, to := 2024+r.IntN(2), 2026+r.IntN(2)
			line += fmt.Sprintf(" --from 15/03/%d --to 15/10/%d", from, to)
			narrowed = fmt.Sprintf(" and %[1]s at time zone 'Europe/Paris' >= '%[2]d-03-15' and %[1]s at time zone 'Europe/Paris' < '%[3]d-10-16' and isfinite(%[1]s)", is.days, from, to)
		}
		result, err := w.desk.do("%s", line)
		if !lists || !views {
			if model.KindOf(err) != model.Denied {
				t.Errorf("%s without %s:list or %s:view: %v", line, is.noun, is.noun, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %s", line, told(err))
			continue
		}
		key := is.keys[by]
		if by == "month" || by == "quarter" {
			key = fmt.Sprintf("case when isfinite(%s) then %s else 'no date' end", is.days, key)
		}
		want := w.expectedSums("select "+key+", "+is.figures+", "+cmp.Or(idKeys[by], "''")+group+narrowed+" group by 1, "+cmp.Or(idKeys[by], "1"), visible, clients)
		whole := w.expectedSums("select 'Total', "+w.zero(is.figures)+", ''"+group+narrowed, visible, clients)
		maps.Copy(want, whole)
		if diff := gocmp.Diff(want, figuresOf(result.Table)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
}

func TestWhoMayNotSeeReportsIsDenied(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.role("clerk", "contract:list", "contract:view")
	o.hire("alex.actor", "clerk")
	if e := o.desk("alex.actor").fails(model.Denied, "report pipeline"); !strings.Contains(e.Hint, "report:view") {
		t.Errorf("the hint is %q", e.Hint)
	}
}

// The shares of a report come to all of it, as people read them and as programs do.
func TestSharesComeToTheWhole(t *testing.T) {
	t.Parallel()
	of := func(n int64) model.Amount { return model.AmountOf(n) }
	for _, parts := range [][]model.Amount{{of(1), of(1), of(1)}, {of(1), of(1), of(1), of(1), of(1), of(1), of(1)}, {of(-50), of(150), of(13)}} {
		var whole model.Amount
		for _, p := range parts {
			whole = whole.Add(p)
		}
		var exact, shown int64
		for _, v := range sharesOf(parts, whole) {
			exact, shown = exact+v.(Share).Exact, shown+v.(Share).Shown
		}
		if exact != 10_000 || shown != 1000 {
			t.Errorf("the shares of %v come to %d and %d", parts, exact, shown)
		}
	}
}
