package commands

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"epev/data/testdb"
	queries "epev/sql"
)

// predecessorsRows are rows that hold nothing, or nothing sensible, where epev's own tables always hold something.
const predecessorsRows = `
	alter table company alter name drop not null, alter created_at drop not null, alter updated_at drop not null;
	alter table users alter username drop not null, alter full_name drop not null, alter email drop not null,
		alter is_active drop not null, alter created_at drop not null, alter updated_at drop not null;
	alter table client alter full_name drop not null, alter email drop not null, alter first_contact_date drop not null,
		alter created_at drop not null, alter updated_at drop not null;
	alter table contract alter total_amount type numeric, alter total_amount drop not null, alter remaining_amount type numeric,
		alter remaining_amount drop not null, alter is_signed drop not null, alter is_fully_paid drop not null,
		alter created_at drop not null, alter updated_at drop not null;
	alter table event alter title drop not null, alter full_address drop not null, alter start_date drop not null,
		alter end_date drop not null, alter participant_count drop not null, alter created_at drop not null, alter updated_at drop not null;
	alter table contract drop constraint contract_total_number_check, drop constraint contract_remaining_number_check,
		drop constraint contract_total_amount_check, drop constraint contract_remaining_amount_check,
		drop constraint contract_remaining_total_check, drop constraint contract_fully_paid_check;
	alter table event drop constraint event_dates_check, drop constraint event_participant_count_check;
	set session_replication_role = replica; -- whatever triggers say
	create temporary table odd (n integer, t text, at timestamptz, amount numeric, flag boolean, number integer);
	insert into odd values
		(1, null, null, null, null, null), (2, '', 'infinity', 'NaN', true, 0), (3, '   ', '-infinity', 'Infinity', false, -5),
		(4, E'\u00A0\u3000', '0044-03-15 BC', '-Infinity', null, null), (5, E'\u200B\u2060', '4713-01-01 BC', -100, true, 7),
		(6, E'\u3164\u2800', '20000-01-01', 100, null, 7), (7, E' \t ', 'infinity', 0, false, null), (8, null, null, null, null, null),
		(9, E'\u00ADzo\u00E9', '2027-01-02 23:30Z', 12.5, true, 3), (10, E'\u0301', '-infinity', 'NaN', null, 1),
		(11, '!', '2027-01-02 23:30Z', 12.5, true, 3), (12, E'\U0001F600', '2027-01-02 12:00Z', 99, false, 2), (13, 'Zoe', '294276-12-31', 5, true, 0),
		(14, E'\u0001\u0007', '0001-01-01', 5, true, 0), (15, '~', '2027-01-02 00:00Z', 1e9, true, 0), (16, '---', '2027-01-02 12:00Z', 1e-7, true, 0);
	insert into company (id, name, created_at, updated_at) select 100 + n, t, at, at from odd;
	insert into users (id, username, full_name, email, password_hash, role_id, is_active, last_login, created_at, updated_at)
		select 100 + n, t, t, t, '', 1 + n % 3, flag, at, at, at from odd;
	insert into client (id, full_name, email, phone, company_id, commercial_id, first_contact_date, last_contact_date, created_at, updated_at)
		select 100 + n, t, t, t, case when n % 4 > 0 then 100 + n / 2 + 1 end, 101 + n % 16, at, at, at, at from odd;
	insert into contract (id, client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid, created_at, updated_at)
		select 100 + n, 100 + n, 101 + n % 16, amount, amount, flag, flag, at, at from odd;
	insert into event (id, title, contract_id, full_address, support_contact_id, start_date, end_date, participant_count, created_at, updated_at)
		select 100 + n, t, 100 + n, t, case when n % 4 > 0 then 100 + n / 2 + 1 end, at, at, number, at, at from odd;
	set session_replication_role = origin;
	select from keep_all(), note_all_without_contract()` // what the triggers would have kept

// A list in pages of one or two is the list in one piece, behind marks and behind ids, and what is empty is last.
func TestEveryRowStandsOnOnePageWhateverItHolds(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	if _, err := o.db.Exec("begin;" + queries.Schema.Unshare.Text() + "; commit"); err != nil { // a view keeps its columns' types
		t.Fatal(err)
	}
	ofRoot(t, o, predecessorsRows)
	if _, err := o.db.Exec("begin;" + queries.Shown + "; commit"); err != nil {
		t.Fatal(err)
	}
	o.hire("mona.manager", "management")
	for _, noun := range []string{"client", "contract", "event", "user", "company", "role"} {
		t.Run(noun, func(t *testing.T) {
			t.Parallel()
			d := o.desk("mona.manager")
			for _, field := range sortFields(t, noun) {
				var orders [][]int64
				for _, sort := range []string{field, "-" + field} {
					whole := ids(t, d.must("%s list --sort %s --columns id", noun, sort))
					for i, behind := range []string{"marks", "ids"} {
						if diff := cmp.Diff(whole, paged(t, d, noun, sort, i+1, behind)); diff != "" {
							t.Errorf("by %s in pages of %d behind %s: %s", sort, i+1, behind, diff)
						}
					}
					orders = append(orders, whole)
				}
				empty := emptyValues(noun, field)
				for i, direction := range []string{"", "-"} {
					last := slices.Sorted(slices.Values(orders[i][len(orders[i])-len(empty):]))
					if len(empty) > 0 && !slices.Equal(empty, last) {
						t.Errorf("the last by %s%s are %v, not the empty ones, %v", direction, field, last, empty)
					}
				}
			}
		})
	}
}

// sortFields are what --sort of a noun's list takes, without their descending forms.
func sortFields(t *testing.T, noun string) (fields []string) {
	t.Helper()
	inv, err := NewRegistry(All()).Parse([]string{noun, "list"})
	if err != nil {
		t.Fatal(err)
	}
	sort, _ := inv.Command.Param("sort")
	candidates, err := sort.Source.find(t.Context(), nil, Query{})
	for _, c := range candidates {
		if !strings.HasPrefix(c.Value, "-") {
			fields = append(fields, c.Value)
		}
	}
	if err != nil || len(fields) == 0 {
		t.Fatalf("%s list is sorted by %v: %v", noun, fields, err)
	}
	return fields
}

// paged walks through a list page by page, behind the marks that it tells or behind the ids of its last rows.
func paged(t *testing.T, d *desk, noun, sort string, size int, behind string) (all []int64) {
	t.Helper()
	for after := ""; len(all) < 1000; {
		r := d.must("%s list --sort %s --columns id --limit %d%s", noun, sort, size, after)
		page := ids(t, r)
		all = append(all, page...)
		if r.Table.Next == "" {
			break
		}
		after = " --after " + r.Table.Next
		if behind == "ids" {
			after = fmt.Sprint(" --after ", page[len(page)-1])
		}
	}
	return all
}

// emptyValues are the rows that hold nothing to be seen in a field, or an amount that is none.
func emptyValues(noun, field string) (found []int64) {
	var rows []int64
	switch {
	case noun == "role":
	case slices.Contains([]string{"full_name", "email", "phone", "name", "username", "title", "full_address"}, field):
		rows = []int64{1, 2, 3, 4, 5, 6, 7, 8, 10}
	case slices.Contains([]string{"created_at", "updated_at", "start_date", "end_date", "first_contact_date", "last_contact_date"}, field):
		rows = []int64{1, 8}
	case strings.HasSuffix(field, "_amount"):
		rows = []int64{1, 2, 3, 4, 8, 10}
	}
	for _, n := range rows {
		found = append(found, 100+n)
	}
	return found
}

// ofRoot runs SQL as the database's superuser, whom no trigger keeps from anything.
func ofRoot(t *testing.T, o *office, statements string) {
	t.Helper()
	db, err := sql.Open("postgres", testdb.Superuser(o.dsn))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("set search_path = epic_events; " + statements); err != nil {
		t.Fatal(err)
	}
}
