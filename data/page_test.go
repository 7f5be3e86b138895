package data_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"epev/data"
	"epev/model"
)

// crowd fills a database with records that share sort keys and leave optional ones out.
func crowd(t testing.TB, d *desk) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	d.must(t, data.By{}, func(ctx context.Context, tx *data.Tx) error {
		names := []string{"Élodie", "elodie", "Zoë", "Ærø", "Kévin", "Łukasz", "李雷", "a_b", "100%"}
		for i := range 5 {
			if err := tx.InsertCompany(ctx, &model.Company{Name: fmt.Sprintf("%s & Søn %d", names[i], i)}); err != nil {
				return err
			}
		}
		for i := range 24 {
			c := model.Client{FullName: names[random.IntN(len(names))], Email: model.Email(fmt.Sprintf("c%d@x%d.test", i, i%3)),
				CommercialID: []int64{d.carl.ActorID, d.cora.ActorID}[i%2], FirstContact: day(1 + random.IntN(3))}
			if i%3 == 0 {
				company, last := int64(1+random.IntN(5)), day(5+random.IntN(2))
				c.CompanyID, c.LastContact, c.Phone = &company, &last, model.Phone(fmt.Sprintf("+3367812%04d", i))
			}
			if err := tx.InsertClient(ctx, &c); err != nil {
				return err
			}
			k := model.Contract{ClientID: c.ID, Total: model.AmountOf(100 * int64(1+random.IntN(3))), IsSigned: i%4 != 0}
			if k.Remaining = model.AmountOf(100 * int64(random.IntN(2))); k.Remaining.IsZero() {
				k.IsFullyPaid = true
			}
			if err := tx.InsertContract(ctx, &k); err != nil {
				return err
			}
			if !k.IsSigned {
				continue
			}
			e := model.Event{Title: names[random.IntN(len(names))], ContractID: k.ID, Address: names[random.IntN(len(names))],
				Start: day(1 + random.IntN(3)), End: day(4 + random.IntN(3)), Participants: int64(random.IntN(3))}
			switch i % 3 {
			case 0:
				e.SupportID = &d.sam.ActorID
			case 1:
				e.SupportID = &d.suse.ActorID
			}
			if err := tx.InsertEvent(ctx, &e); err != nil {
				return err
			}
		}
		_, err := tx.Grant(ctx, 3, "client:update")
		return err
	})
	d.must(t, data.By{}, func(ctx context.Context, tx *data.Tx) error { return tx.TouchLogin(ctx, d.sam.ActorID) })
}

// listing reads ids of one resource in one way.
type listing struct {
	resource string
	ids      func(model.Page) ([]int64, error)
	count    func(search string) (int64, error)
	view     func(id int64) error // nil where there is no reach
}

func idsOf[T any](rows []T, err error, id func(T) int64) ([]int64, error) {
	ids := []int64{}
	for _, row := range rows {
		ids = append(ids, id(row))
	}
	return ids, err
}

func listings(ctx context.Context, r *data.Reader, reach model.Reach, mine bool) []listing {
	clients, contracts, events := data.ClientFilter{Mine: mine}, data.ContractFilter{Mine: mine}, data.EventFilter{Mine: mine}
	return []listing{
		{"client", func(p model.Page) ([]int64, error) {
			rows, err := r.Clients(ctx, reach, clients, p)
			return idsOf(rows, err, func(c model.Client) int64 { return c.ID })
		}, func(search string) (int64, error) { return r.CountClients(ctx, reach, clients, search, 0) },
			func(id int64) error { _, err := r.Client(ctx, reach, id); return err }},
		{"contract", func(p model.Page) ([]int64, error) {
			rows, err := r.Contracts(ctx, reach, contracts, p)
			return idsOf(rows, err, func(c model.Contract) int64 { return c.ID })
		}, func(search string) (int64, error) { return r.CountContracts(ctx, reach, contracts, search, 0) },
			func(id int64) error { _, err := r.Contract(ctx, reach, id); return err }},
		{"event", func(p model.Page) ([]int64, error) {
			rows, err := r.Events(ctx, reach, events, p)
			return idsOf(rows, err, func(e model.Event) int64 { return e.ID })
		}, func(search string) (int64, error) { return r.CountEvents(ctx, reach, events, search, 0) },
			func(id int64) error { _, err := r.Event(ctx, reach, id); return err }},
		{"user", func(p model.Page) ([]int64, error) {
			rows, err := r.Users(ctx, model.Everything, data.UserFilter{}, p)
			return idsOf(rows, err, func(u model.User) int64 { return u.ID })
		}, func(search string) (int64, error) {
			return r.CountUsers(ctx, model.Everything, data.UserFilter{}, search, 0)
		}, nil},
		{"company", func(p model.Page) ([]int64, error) {
			rows, err := r.Companies(ctx, model.Everything, data.CompanyFilter{}, p)
			return idsOf(rows, err, func(c model.Company) int64 { return c.ID })
		}, func(search string) (int64, error) {
			return r.CountCompanies(ctx, model.Everything, data.CompanyFilter{}, search, 0)
		}, nil},
		{"role", func(p model.Page) ([]int64, error) {
			rows, err := r.Roles(ctx, model.Everything, struct{}{}, p)
			return idsOf(rows, err, func(r model.Role) int64 { return r.ID })
		}, func(search string) (int64, error) { return r.CountRoles(ctx, model.Everything, struct{}{}, search, 0) }, nil},
	}
}

// sorts are the orders that the SQL of each list knows.
var sorts = map[string][]model.Order{
	"user":     orders("id", "id", "text", "username full_name email role", "number", "is_active", "moment", "last_login created_at updated_at"),
	"role":     orders("id", "id", "text", "name", "number", "users"),
	"company":  orders("id", "id", "text", "name", "moment", "created_at updated_at"),
	"client":   orders("id", "id", "text", "full_name email phone company commercial", "moment", "first_contact_date last_contact_date created_at updated_at"),
	"contract": orders("id", "id", "text", "client commercial", "number", "total_amount remaining_amount", "flag", "is_signed is_fully_paid", "moment", "created_at updated_at"),
	"event":    orders("id", "id", "text", "title client commercial support_contact full_address", "number", "contract_id participant_count", "moment", "start_date end_date created_at updated_at"),
}

// orders pairs each kind with the fields that follow it.
func orders(kindsAndFields ...string) []model.Order {
	var all []model.Order
	for i := 0; i < len(kindsAndFields); i += 2 {
		for _, field := range strings.Fields(kindsAndFields[i+1]) {
			all = append(all, model.Order{Field: field, Kind: model.SortKind(kindsAndFields[i])})
		}
	}
	return all
}

// by returns the order of a list that --sort names so.
func by(resource, sort string) model.Order {
	field, descending := strings.CutPrefix(sort, "-")
	all := sorts[resource]
	o := all[slices.IndexFunc(all, func(o model.Order) bool { return o.Field == field })]
	o.Descending = descending
	return o
}

// empties count the records that have nothing in a sort field.
var empties = map[string]string{
	"client phone":             "select count(*) from epic_events.client where coalesce(phone, '') = ''",
	"client company":           "select count(*) from epic_events.client where company_id is null",
	"client last_contact_date": "select count(*) from epic_events.client where last_contact_date is null",
	"event support_contact":    "select count(*) from epic_events.event where support_contact_id is null",
	"user last_login":          "select count(*) from epic_events.users where last_login is null",
}

// Pages of any size, put together, are the list, in every sort order and direction.
func TestPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	crowd(t, d)
	for _, l := range listings(t.Context(), d.Read(), everyone(d.mona), false) {
		for _, sort := range sorts[l.resource] {
			field := sort.Field
			orders := map[bool][]int64{}
			for _, descending := range []bool{false, true} {
				page := model.Page{Sort: by(l.resource, field)}
				page.Sort.Descending = descending
				whole, err := l.ids(page)
				if err != nil {
					t.Fatalf("%s by %s: %v", l.resource, page.Sort, err)
				}
				orders[descending] = whole
				var paged []int64
				for page.Limit = 4; ; page.After = paged[len(paged)-1] {
					ids, err := l.ids(page)
					if err != nil {
						t.Fatalf("%s by %s after %d: %v", l.resource, page.Sort, page.After, err)
					}
					if len(ids) == 0 {
						break
					}
					paged = append(paged, ids...)
				}
				if diff := cmp.Diff(whole, paged); diff != "" {
					t.Errorf("%s by %s: %s", l.resource, page.Sort, diff)
				}
			}
			// But for those that have no such value, which come last both ways.
			backwards := slices.Clone(orders[true])
			full := len(backwards)
			if query, ok := empties[l.resource+" "+field]; ok {
				var n int
				if err := d.raw(t).Get(&n, query); err != nil || n == 0 {
					t.Fatal(n, err)
				}
				full -= n
			}
			slices.Reverse(backwards[:full])
			slices.Reverse(backwards[full:])
			if diff := cmp.Diff(orders[false], backwards); diff != "" {
				t.Errorf("%s by %s descending is not the same order backwards: %s", l.resource, field, diff)
			}
			for _, page := range []model.Page{{Sort: by(l.resource, field), After: 12345}, {Sort: by(l.resource, "-"+field), After: 12345}} {
				ids, err := l.ids(page)
				if l.resource != "role" && field != "id" {
					wantKind(t, err, model.NotFound, l.resource+" 12345 not found")
				} else if field != "id" && len(ids) > 0 {
					t.Errorf("roles by %s after none: %v", page.Sort, ids)
				}
			}
			if !slices.Contains([]string{"id", "is_active", "contract_id", "created_at", "updated_at"}, field) && l.resource != "role" && slices.IsSorted(orders[false]) {
				t.Errorf("%s by %s is by id: %v", l.resource, field, orders[false])
			}
		}
		if n, err := l.count(""); err != nil || n != int64(len(mustIDs(t, l, model.Page{}))) {
			t.Errorf("%s: count %d %v", l.resource, n, err)
		}
	}
}

func mustIDs(t *testing.T, l listing, p model.Page) []int64 {
	t.Helper()
	ids, err := l.ids(p)
	if err != nil {
		t.Fatalf("%s %+v: %v", l.resource, p, err)
	}
	return ids
}

// SPEC 5, rule 3: what a list shows is what a view lets through, for every reach, actor and record.
func TestListAndViewAgree(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	crowd(t, d)
	all := map[string][]int64{}
	for _, l := range listings(t.Context(), d.Read(), everyone(d.mona), false) {
		all[l.resource] = mustIDs(t, l, model.Page{})
	}
	for _, by := range []data.By{d.mona, d.carl, d.cora, d.sam, d.suse} {
		for bits := range 8 {
			reach := model.Reach{Any: bits&1 != 0, Own: bits&2 != 0, Assigned: bits&4 != 0, ActorID: by.ActorID}
			for _, mine := range []bool{false, true} {
				for _, l := range listings(t.Context(), d.Read(), reach, mine) {
					if l.view == nil {
						continue
					}
					shown := mustIDs(t, l, model.Page{})
					if n, err := l.count(""); err != nil || n != int64(len(shown)) {
						t.Errorf("%s %+v: count %d %v, list %d", l.resource, reach, n, err, len(shown))
					}
					for _, id := range all[l.resource] {
						err := l.view(id)
						if err != nil && model.KindOf(err) != model.NotFound {
							t.Fatal(err)
						}
						listed := slices.Contains(shown, id)
						if !mine && listed != (err == nil) || listed && err != nil {
							t.Errorf("%s %d as %s %+v: listed %t, view %v", l.resource, id, by.Actor, reach, listed, err)
						}
					}
				}
			}
		}
	}
}

// The relation that comes along with a record is the one that the reach is decided by.
func TestRelations(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	crowd(t, d)
	seen := map[string]int{}
	for _, by := range []data.By{d.carl, d.sam} {
		check := func(what string, id int64, listed model.Relation, view func(model.Reach) (model.Relation, error)) {
			t.Helper()
			viewed, err := view(everyone(by))
			if err != nil || viewed != listed {
				t.Errorf("%s %d as %s: list %+v, view %+v %v", what, id, by.Actor, listed, viewed, err)
			}
			for _, reach := range []model.Reach{{Own: true, ActorID: by.ActorID}, {Assigned: true, ActorID: by.ActorID}} {
				if _, err := view(reach); (err == nil) != reach.Covers(listed) {
					t.Errorf("%s %d as %s: relation %+v, view %v", what, id, by.Actor, listed, err)
				}
			}
			if listed.Own || listed.Assigned {
				seen[what+by.Actor]++
			}
		}
		clients, err := d.Read().Clients(ctx, everyone(by), data.ClientFilter{}, model.Page{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range clients {
			check("client", c.ID, c.Relation, func(r model.Reach) (model.Relation, error) {
				c, err := d.Read().Client(ctx, r, c.ID)
				return c.Relation, err
			})
		}
		contracts, err := d.Read().Contracts(ctx, everyone(by), data.ContractFilter{}, model.Page{})
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range contracts {
			check("contract", k.ID, k.Relation, func(r model.Reach) (model.Relation, error) {
				k, err := d.Read().Contract(ctx, r, k.ID)
				return k.Relation, err
			})
		}
		events, err := d.Read().Events(ctx, everyone(by), data.EventFilter{}, model.Page{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			check("event", e.ID, e.Relation, func(r model.Reach) (model.Relation, error) {
				e, err := d.Read().Event(ctx, r, e.ID)
				return e.Relation, err
			})
		}
	}
	if len(seen) != 6 {
		t.Errorf("not every relation was met: %v", seen)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	crowd(t, d)
	u, err := d.Read().User(ctx, model.Everything, d.cora.ActorID)
	if err != nil {
		t.Fatal(err)
	}
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.SetActive(ctx, &u, false) })
	filter(t, "users", func(f data.UserFilter) ([]model.User, error) {
		return d.Read().Users(ctx, model.Everything, f, model.Page{})
	},
		func(f data.UserFilter) (int64, error) { return d.Read().CountUsers(ctx, model.Everything, f, "", 0) },
		func(f data.UserFilter, u model.User) bool {
			return (len(f.Roles) == 0 || slices.Contains(f.Roles, u.Role)) && (!f.Inactive || !u.IsActive)
		},
		data.UserFilter{Roles: []string{"commercial", "support"}}, data.UserFilter{Inactive: true}, data.UserFilter{Roles: []string{"commercial"}, Inactive: true})
	filter(t, "clients", func(f data.ClientFilter) ([]model.Client, error) {
		return sameInAnyOrder(t, "company", func(p model.Page) ([]model.Client, error) {
			return d.Read().Clients(ctx, everyone(d.carl), f, p)
		}, func(c model.Client) int64 { return c.ID })
	},
		func(f data.ClientFilter) (int64, error) {
			return d.Read().CountClients(ctx, everyone(d.carl), f, "", 0)
		},
		func(f data.ClientFilter, c model.Client) bool {
			return (!f.Mine || c.Own || c.Assigned) && (f.CompanyID == 0 || c.CompanyID != nil && *c.CompanyID == f.CompanyID)
		},
		data.ClientFilter{Mine: true}, data.ClientFilter{CompanyID: 2}, data.ClientFilter{CompanyID: 4})
	filter(t, "contracts", func(f data.ContractFilter) ([]model.Contract, error) {
		return sameInAnyOrder(t, "commercial", func(p model.Page) ([]model.Contract, error) {
			return d.Read().Contracts(ctx, everyone(d.sam), f, p)
		}, func(k model.Contract) int64 { return k.ID })
	},
		func(f data.ContractFilter) (int64, error) {
			return d.Read().CountContracts(ctx, everyone(d.sam), f, "", 0)
		},
		func(f data.ContractFilter, k model.Contract) bool {
			return (!f.Mine || k.Own || k.Assigned) && (!f.Unsigned || !k.IsSigned) && (!f.Signed || k.IsSigned) && (!f.Unpaid || !k.Remaining.IsZero()) &&
				(f.ClientID == 0 || f.ClientID == k.ClientID)
		},
		data.ContractFilter{Mine: true}, data.ContractFilter{Unsigned: true}, data.ContractFilter{Unpaid: true},
		data.ContractFilter{Unsigned: true, Unpaid: true}, data.ContractFilter{Signed: true}, data.ContractFilter{ClientID: 3})
	filter(t, "events", func(f data.EventFilter) ([]model.Event, error) {
		return sameInAnyOrder(t, "support_contact", func(p model.Page) ([]model.Event, error) {
			return d.Read().Events(ctx, everyone(d.sam), f, p)
		}, func(e model.Event) int64 { return e.ID })
	},
		func(f data.EventFilter) (int64, error) { return d.Read().CountEvents(ctx, everyone(d.sam), f, "", 0) },
		func(f data.EventFilter, e model.Event) bool {
			return (!f.Mine || e.Own || e.Assigned) && (!f.Unassigned || e.SupportID == nil) && (f.Upcoming.IsZero() || e.End.After(f.Upcoming)) &&
				(f.ContractID == 0 || f.ContractID == e.ContractID)
		},
		data.EventFilter{Mine: true}, data.EventFilter{Unassigned: true}, data.EventFilter{Upcoming: day(5).Add(-time.Hour)},
		data.EventFilter{Unassigned: true, Upcoming: day(5)}, data.EventFilter{ContractID: 2})
}

// sameInAnyOrder returns a list, by id. Sorted by a name that records share, which has a statement of its own, it must
// have the same records.
func sameInAnyOrder[T any](t *testing.T, field string, list func(model.Page) ([]T, error), id func(T) int64) ([]T, error) {
	t.Helper()
	rows, err := list(model.Page{})
	for _, sort := range []model.Order{{Field: field, Kind: model.ByText}, {Field: field, Kind: model.ByText, Descending: true}} {
		sorted, err := list(model.Page{Sort: sort})
		slices.SortFunc(sorted, func(a, b T) int { return int(id(a) - id(b)) })
		if diff := cmp.Diff(rows, sorted); err != nil || diff != "" {
			t.Errorf("by %s: %v %s", sort, err, diff)
		}
	}
	return rows, err
}

// filter compares what the database filters with what keep lets through of everything.
func filter[F, T any](t *testing.T, what string, rows func(F) ([]T, error), count func(F) (int64, error), keep func(F, T) bool, filters ...F) {
	t.Helper()
	var none F
	all, err := rows(none)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range filters {
		want := slices.DeleteFunc(slices.Clone(all), func(row T) bool { return !keep(f, row) })
		got, err := rows(f)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := count(f); err != nil || n != int64(len(got)) {
			t.Errorf("%s %+v: count %d %v, list %d", what, f, n, err, len(got))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %+v: %s", what, f, diff)
		}
		if len(want) == 0 || len(want) == len(all) {
			t.Errorf("%s %+v keeps %d of %d: it shows nothing", what, f, len(want), len(all))
		}
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	d.must(t, d.carl, func(ctx context.Context, tx *data.Tx) error {
		y := model.Company{Name: "Müller & Søn AG"}
		if err := tx.InsertCompany(ctx, &y); err != nil {
			return err
		}
		for i, c := range []model.Client{
			{FullName: "Élodie Nguyễn", Email: "elodie@deuxrives.fr", Phone: "+33142278186"},
			{FullName: "Kévin Cousin", Email: "kevin@startup.io", CompanyID: &y.ID},
			{FullName: "100% Bio_", Email: "bio@x.test"},
			{FullName: "李雷", Email: "li@x.test"},
		} {
			c.CommercialID, c.FirstContact = d.carl.ActorID, day(1)
			if err := tx.InsertClient(ctx, &c); err != nil {
				return err
			}
			k := model.Contract{ClientID: c.ID, IsSigned: true, IsFullyPaid: true}
			if err := tx.InsertContract(ctx, &k); err != nil {
				return err
			}
			e := newEvent(k.ID)
			e.Title, e.Address = []string{"Gala", "Œuvre", "Fête", "Salon"}[i], "Straße 5"
			if err := tx.InsertEvent(ctx, &e); err != nil {
				return err
			}
		}
		return nil
	})
	byResource := map[string]listing{}
	for _, l := range listings(ctx, d.Read(), everyone(d.mona), false) {
		byResource[l.resource] = l
	}
	for _, test := range []struct {
		resource, search string
		want             []int64
	}{
		{"client", "elodie", []int64{1}}, {"client", "ÉLO", []int64{1}}, {"client", "nguyen", []int64{1}}, {"client", "odi", []int64{1}},
		{"client", "startup.io", []int64{2}}, {"client", "SØN", []int64{2}}, {"client", "son", []int64{2}}, {"client", "0142278", []int64{1}},
		{"client", "01 42 27 81 86", []int64{1}}, {"client", "+33 1 42", []int64{1}}, {"client", "%", []int64{}}, {"client", "00% b", []int64{3}},
		{"client", "o_", []int64{}}, {"client", "bio_", []int64{3}}, {"client", `\`, []int64{}}, {"client", "雷", []int64{4}},
		{"client", "co", []int64{2}}, {"client", "ou", []int64{}}, {"client", "3", []int64{3}}, {"client", " kevin ", []int64{2}},
		{"client", "'; drop table client", []int64{}}, {"client", "99999999999999", []int64{}},
		{"contract", "cousin", []int64{2}}, {"contract", "carl", []int64{1, 2, 3, 4}}, {"contract", "4", []int64{4}},
		{"event", "oeuvre", []int64{2}}, {"event", "strasse", []int64{1, 2, 3, 4}}, {"event", "elodie", []int64{1}},
		{"company", "MULLER", []int64{1}}, {"role", "supp", []int64{3}}, {"role", "2", []int64{2}},
	} {
		got := mustIDs(t, byResource[test.resource], model.Page{Search: test.search})
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s %q: %s", test.resource, test.search, diff)
		}
		if n, err := byResource[test.resource].count(test.search); err != nil || n != int64(len(test.want)) {
			t.Errorf("%s %q: count %d %v", test.resource, test.search, n, err)
		}
	}
	if got := mustIDs(t, byResource["user"], model.Page{Search: "cor"}); len(got) != 1 || got[0] != d.cora.ActorID {
		t.Errorf("users %v", got)
	}
	// An id is found by its first digits.
	if _, err := d.raw(t).Exec("update epic_events.client set id = 1234 where id = 4"); err == nil {
		t.Fatal("a contract lost its client")
	}
	c := d.client(t, d.carl, "far")
	d.raw(t).MustExec("update epic_events.client set id = 1234567890 where id = $1", c.ID)
	for search, want := range map[string][]int64{"12": {1234567890}, "1234567890": {1234567890}, "1": {1, 3, 1234567890}, "34": {}, "0": {}} {
		if diff := cmp.Diff(want, mustIDs(t, byResource["client"], model.Page{Search: search})); diff != "" {
			t.Errorf("ids %q: %s", search, diff)
		}
	}
}
