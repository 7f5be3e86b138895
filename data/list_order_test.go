package data_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"epev/data"
	"epev/data/testdb"
	"epev/model"
)

// badly makes rows empty or senseless in ways that a predecessor's database can be, whatever rules hold.
func badly(t *testing.T, d *desk, statements ...string) {
	t.Helper()
	db, err := sqlx.Open("postgres", testdb.Superuser(d.dsn))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		db.MustExec("set session_replication_role = replica; set search_path = epic_events; " + s)
	}
}

// sorted lists ids by a field, at once and page by page behind the values of the last ones, which must agree.
func sorted(t *testing.T, l listing, sort string, value func(id int64) string) []int64 {
	t.Helper()
	whole := mustIDs(t, l, model.Page{Sort: by(l.resource, sort)})
	var paged []int64
	for page := (model.Page{Sort: by(l.resource, sort), Limit: 1}); ; {
		ids := mustIDs(t, l, page)
		if len(ids) == 0 {
			break
		}
		paged = append(paged, ids...)
		last := ids[len(ids)-1]
		key := value(last)
		page.After, page.AfterKey = last, &key
	}
	if diff := cmp.Diff(whole, paged); diff != "" {
		t.Errorf("%s by %s page by page: %s", l.resource, sort, diff)
	}
	return whole
}

func TestEmptyValuesAreLastWhicheverWayAListIsSorted(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	crowd(t, d)
	badly(t, d,
		"update company set name = '' where id = 1", "update company set name = '  ' where id = 2",
		"update client set full_name = ' ' where id = 1", "update client set phone = '' where id = 2", "update client set email = '' where id = 3",
		"alter table contract drop constraint contract_total_number_check, drop constraint contract_remaining_number_check",
		"update contract set total_amount = 'NaN' where id = 1", "update contract set total_amount = 'NaN', remaining_amount = 'NaN', is_fully_paid = false where id = 2",
		"update event set title = '' where id = 1", "update event set full_address = '   ' where id = 2")
	byResource := map[string]listing{}
	for _, l := range listings(t.Context(), d.Read(), everyone(d.mona), false) {
		byResource[l.resource] = l
	}
	db := d.raw(t)
	for _, test := range []struct{ resource, field, empty, value string }{
		{"company", "name", "btrim(name) = ''", "name"},
		{"client", "full_name", "btrim(full_name) = ''", "full_name"},
		{"client", "phone", "coalesce(phone, '') = ''", "phone"},
		{"client", "email", "email = ''", "email"},
		{"client", "last_contact_date", "last_contact_date IS NULL", "to_char(last_contact_date AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"},
		{"client", "company", "company_id IS NULL OR company_id IN (1, 2)", "(SELECT name FROM epic_events.company WHERE id = company_id)"},
		{"contract", "total_amount", "total_amount = 'NaN'", "total_amount::text"},
		{"contract", "remaining_amount", "remaining_amount = 'NaN'", "remaining_amount::text"},
		{"event", "title", "btrim(title) = ''", "title"},
		{"event", "full_address", "btrim(full_address) = ''", "full_address"},
		{"event", "support_contact", "support_contact_id IS NULL", "(SELECT username FROM epic_events.users WHERE users.id = support_contact_id)"},
		{"user", "last_login", "last_login IS NULL", "to_char(last_login AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"},
	} {
		table := "epic_events." + strings.Replace(test.resource, "user", "users", 1)
		var empty []int64
		if err := db.Select(&empty, "SELECT id FROM "+table+" WHERE "+test.empty+" ORDER BY id"); err != nil || len(empty) == 0 {
			t.Fatal(test, empty, err)
		}
		value := func(id int64) string {
			var v *string
			if err := db.Get(&v, "SELECT "+test.value+" FROM "+table+" WHERE id = $1", id); err != nil {
				t.Fatal(err)
			}
			if v == nil {
				return ""
			}
			return *v
		}
		for _, sort := range []string{test.field, "-" + test.field} {
			ids := sorted(t, byResource[test.resource], sort, value)
			last := ids[len(ids)-len(empty):]
			slices.Sort(last)
			if diff := cmp.Diff(empty, last); diff != "" {
				t.Errorf("the last of %s by %s are not the empty ones: %s", test.resource, sort, diff)
			}
		}
	}
}

func TestAPageGoesOnWhereItsMarkWasThoughTheRecordWasChangedOrDeleted(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	crowd(t, d)
	byResource := map[string]listing{}
	for _, l := range listings(t.Context(), d.Read(), everyone(d.mona), false) {
		byResource[l.resource] = l
	}
	clients, err := d.Read().Clients(t.Context(), everyone(d.mona), data.ClientFilter{}, model.Page{Sort: by("client", "-full_name")})
	if err != nil {
		t.Fatal(err)
	}
	place := clients[5]
	page := model.Page{Sort: by("client", "-full_name")}
	page.After, page.AfterKey = place.ID, &place.FullName
	var want []int64
	for _, c := range clients[6:] {
		want = append(want, c.ID)
	}
	badly(t, d, "update client set full_name = '!!' where id = "+strconv.FormatInt(place.ID, 10))
	got := mustIDs(t, byResource["client"], page)
	if !slices.Contains(got, place.ID) {
		t.Error("a record that was renamed to come later is not shown there")
	}
	if diff := cmp.Diff(want, slices.DeleteFunc(got, func(id int64) bool { return id == place.ID })); diff != "" {
		t.Errorf("after a renaming: %s", diff)
	}
	badly(t, d, "delete from event where contract_id in (select id from contract where client_id = "+strconv.FormatInt(place.ID, 10)+")",
		"delete from contract where client_id = "+strconv.FormatInt(place.ID, 10), "delete from client where id = "+strconv.FormatInt(place.ID, 10))
	if diff := cmp.Diff(want, mustIDs(t, byResource["client"], page)); diff != "" {
		t.Errorf("after a deletion: %s", diff)
	}
	badly(t, d, "delete from event", "delete from contract", "delete from client")
	if got := mustIDs(t, byResource["client"], page); len(got) > 0 {
		t.Error(got)
	}
}
