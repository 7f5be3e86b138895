package data_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"epev/commands/demo"
	"epev/data"
	"epev/data/testdb"
	"epev/model"
	queries "epev/sql"
)

var (
	size = flag.Int64("size", 0, "clients of the sandbox in which the plans of all lists are read; 0: they are not")
	at   = flag.String("at", "", "the address of a sandbox that is there already, of which nothing is changed")
)

// A page of a list reads no more of the disk's pages than this, however many records there are. A list in the order of an index, narrowed by
// what another index tells, is either walked until the page is full or looked up and sorted. What fits one in n is met after n times a page
// on the walk, and found at once of so many. So the worst is about the root of all records times a page.
const mostBuffers = 64_000

// Of who has many records these are looked up one by one, where the planner finds that cheaper than the walk: each is in so many buffers.
const buffersOfOne = 13

// Every list, by each filter, in each order and for each scope, reads a bounded number of buffers: of the smallest to the largest part of all.
func TestEveryListReadsFewBuffers(t *testing.T) {
	t.Parallel()
	if *size == 0 && *at == "" {
		t.Skip("-args -size 1000000 makes a sandbox for it, and -at names one that is there")
	}
	dsn := *at
	if dsn == "" {
		dsn = testdb.Superuser(testdb.New(t))
	}
	store, err := data.Open(data.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if *at == "" {
		if err := store.LoadLarge(t.Context(), demo.Large(time.Now(), *size), func(float64) {}); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sqlx.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for name, value := range data.SessionSettings {
		db.MustExec("select set_config($1, $2, false)", name, value)
	}
	p := plans{t: t, store: store, db: db, orders: allOrders(t)}
	everything := model.Everything
	own := func(id int64) model.Reach { return model.Reach{Own: true, ActorID: id} }
	assigned := func(id int64) model.Reach { return model.Reach{Assigned: true, ActorID: id} }
	everything.ActorID = 1
	// Colin and Sarah have a large part, whoever comes behind them a small one, and nobody has any of user 8's, who left.
	some := p.number("select min(id) from epic_events.users where id > 12 and role_id = (select role_id from epic_events.users where id = 2)")
	other := p.number("select min(id) from epic_events.users where id > 12 and role_id = (select role_id from epic_events.users where id = 3)")
	scopes := map[string]model.Reach{"all": everything, "own of many": own(2), "own of few": own(some), "own of none": own(3), "assigned many": assigned(3),
		"assigned few": assigned(other), "assigned none": assigned(2), "own and assigned": {Own: true, Assigned: true, ActorID: 3}}
	p.whole = *size >= 1_000_000
	if !p.whole {
		maps.DeleteFunc(scopes, func(scope string, _ model.Reach) bool {
			return !slices.Contains([]string{"all", "own of few", "assigned many", "assigned few"}, scope)
		})
	}
	if _, err := store.Read().Users(t.Context(), everything, data.UserFilter{}, model.Page{Limit: 1}); err != nil { // the schema is looked at once
		t.Fatal(err)
	}
	r := store.Watch(p.explain)
	of(&p, "client", "client", scopes, r.Clients)
	of(&p, "contract", "contract", scopes, r.Contracts)
	of(&p, "event", "event", scopes, r.Events)
	of(&p, "payment", "payment", scopes, r.Payments)
	of(&p, "company", "company", map[string]model.Reach{"all": everything}, r.Companies)
	of(&p, "user", "users", map[string]model.Reach{"all": everything}, r.Users)
	slices.SortFunc(p.read, func(a, b planRead) int { return cmp.Compare(b.buffers, a.buffers) })
	for _, worst := range p.read[:min(len(p.read), 40)] {
		t.Logf("%7d buffers, %6.1f ms: %s", worst.buffers, worst.ms, worst.what)
	}
	t.Logf("%d plans read", len(p.read))
}

type planRead struct {
	what    string
	buffers int
	ms      float64
}

type plans struct {
	t      *testing.T
	store  *data.Store
	db     *sqlx.DB
	orders map[string][]model.Order
	whole  bool // also what is like another one
	most   int  // buffers
	now    planRead
	read   []planRead
}

func (p *plans) number(query string, args ...any) (n int64) {
	p.t.Helper()
	if err := p.db.Get(&n, query, args...); err != nil {
		p.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// allOrders are those of each noun, as its keys in shown.sql know them.
func allOrders(t *testing.T) map[string][]model.Order {
	found := map[string][]model.Order{}
	kinds := map[string]string{"text": "text", "moment": "moment", "number": "number", "flag": "flag"}
	for _, m := range regexp.MustCompile(`(?s)CREATE FUNCTION (\w+)_keys\(v .*?\)\s+RETURNS TABLE \(([^)]*)\).*?\$\$(.*?)\$\$`).FindAllStringSubmatch(queries.Shown, -1) {
		cases := regexp.MustCompile(`(?s)CASE sort (.*?) END`).FindAllStringSubmatch(m[3], -1)
		for i, column := range strings.Split(m[2], ", ") {
			kind := kinds[strings.SplitN(column, "_", 2)[0]]
			for _, field := range regexp.MustCompile(`WHEN '(\w+)'`).FindAllStringSubmatch(cases[i][1], -1) {
				for _, descending := range []bool{false, true} {
					found[m[1]] = append(found[m[1]], model.Order{Field: field[1], Kind: model.SortKind(kind), Descending: descending})
				}
			}
		}
	}
	if len(found["client"]) != 2*9 {
		t.Fatalf("orders of clients: %v", found["client"])
	}
	for noun := range found {
		found[noun] = append(found[noun], model.Order{}, model.Order{Field: "id", Kind: model.ByID, Descending: true})
	}
	return found
}

// of reads the plans of a noun's list.
func of[R, F any](p *plans, noun, table string, scopes map[string]model.Reach, list func(context.Context, model.Reach, F, model.Page) ([]R, error)) {
	middle := p.number("select coalesce(min(id), 0) from epic_events." + table + " where id >= (select max(id) from epic_events." + table + ") / 2")
	for scope, reach := range scopes {
		p.most = mostBuffers
		if !reach.Any {
			p.most += buffersOfOne * int(p.number(`select greatest((select count(*) from contract_owner where commercial_id = $1),
				(select count(*) from contract_support where user_id = $1))`, reach.ActorID))
		}
		for _, filter := range filters[F](p) {
			for i, order := range p.orders[noun] {
				if !p.whole && (order.Descending || filter.name != "all" && i%6 != 0) {
					continue
				}
				for _, after := range []int64{0, middle} {
					if after > 0 && scope != "all" {
						continue // what is not within reach begins no page
					}
					page := model.Page{Limit: 51, Sort: order, After: after}
					what := fmt.Sprintf("%s list, %s, %s, by %s %t, after %d", noun, scope, filter.name, order.Field, order.Descending, after)
					p.look(what, func(ctx context.Context) error {
						_, err := list(ctx, reach, filter.value, page)
						return err
					})
				}
			}
		}
	}
}

type narrow[F any] struct {
	name  string
	value F
}

// filters are none, and each alone.
func filters[F any](p *plans) []narrow[F] {
	all := []narrow[F]{{name: "all"}}
	kind := reflect.TypeFor[F]()
	for i := range kind.NumField() {
		name := kind.Field(i).Tag.Get("db")
		with := func(value any) {
			var f F
			v := reflect.ValueOf(&f).Elem()
			v.Field(i).Set(reflect.ValueOf(value).Convert(v.Field(i).Type()))
			all = append(all, narrow[F]{fmt.Sprintf("%s %v", name, value), f})
		}
		if strings.HasPrefix(name, "search_") {
			continue
		}
		switch kind.Field(i).Type {
		case reflect.TypeFor[bool]():
			with(true)
		case reflect.TypeFor[int64]():
			with(int64(2))
			with(int64(3))
			with(int64(700))
		case reflect.TypeFor[time.Time]():
			with(time.Now().AddDate(0, -3, 0))
			with(time.Now())
		case reflect.TypeFor[string]():
			with("card")
		}
	}
	return all
}

// look reads the plans of what a list asks for.
func (p *plans) look(what string, list func(ctx context.Context) error) {
	p.t.Helper()
	p.now = planRead{what: what}
	if err := list(p.t.Context()); err != nil && !errors.Is(err, errExplained) {
		p.t.Errorf("%s: %v", what, err)
		return
	}
	if p.now.buffers > p.most {
		p.t.Errorf("%s reads %d buffers, more than %d: %.1f ms", what, p.now.buffers, p.most, p.now.ms)
	}
	p.read = append(p.read, p.now)
}

var errExplained = errors.New("explained, and not asked")

// explain reads the plan of a statement with its arguments. The list itself is not asked beside: it would do the same again.
func (p *plans) explain(query string, args []any) error {
	var text []byte
	if err := p.db.Get(&text, "explain (analyze, buffers, timing off, format json) "+query, args...); err != nil {
		return fmt.Errorf("%s: %w", p.now.what, err)
	}
	var plan []struct {
		Plan struct {
			Hit  int `json:"Shared Hit Blocks"`
			Read int `json:"Shared Read Blocks"`
		}
		Time float64 `json:"Execution Time"`
	}
	if err := json.Unmarshal(text, &plan); err != nil {
		return err
	}
	p.now.buffers += plan[0].Plan.Hit + plan[0].Plan.Read
	p.now.ms += plan[0].Time
	if !strings.Contains(query, "AS own,") {
		return errExplained
	}
	return nil
}
