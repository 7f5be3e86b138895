package data

import (
	"reflect"
	"strings"
	"testing"

	"epev/model"
	queries "epev/sql"
)

// A resource that forgets a part fails at start, with the name of the part.
func TestAResourceLacksNoPart(t *testing.T) {
	t.Parallel()
	whole := reflect.ValueOf(clientResource)
	for i := range whole.NumField() {
		part := whole.Type().Field(i)
		if kind := part.Type.Kind(); kind != reflect.String && kind != reflect.Struct {
			continue // none of them is an answer too, which opens nothing
		}
		lacking := clientResource
		reflect.NewAt(part.Type, reflect.ValueOf(&lacking).Elem().Field(i).Addr().UnsafePointer()).Elem().SetZero()
		if named := lacking.lacks(); named != part.Name {
			t.Errorf("without its %s a resource is said to lack %q", part.Name, named)
		}
		func() {
			defer func() {
				if said, _ := recover().(string); !strings.Contains(said, part.Name) {
					t.Errorf("without its %s a resource is taken: %s", part.Name, said)
				}
			}()
			declared(lacking)
		}()
	}
}

func TestAnUnknownNounIsNoResource(t *testing.T) {
	t.Parallel()
	if d, err := resourceOf("venue"); err == nil {
		t.Errorf("a venue is taken for %q", d.name)
	}
}

// The queries that a resource names take what the functions of every resource give.
func TestEachResourceGivesItsQueriesWhatTheyTake(t *testing.T) {
	t.Parallel()
	everything, sight := model.Reach{Any: true}, Sight{}
	listings := map[string]listing{
		"user": UserFilter{}.listing(""), "role": {resource: roleResource}, "client": ClientFilter{}.listing(everything, ""),
		"contract": ContractFilter{}.listing(everything, ""), "event": EventFilter{}.listing(everything, ""),
		"company": {resource: companyResource},
	}
	for _, d := range resources {
		check := func(q queries.Query, a args) {
			t.Helper()
			if q.Name() == queries.None.Name() {
				return
			}
			if _, err := q.Bind(a); err != nil {
				t.Errorf("%s: %v", d.name, err)
			}
		}
		id := args{"id": 1}
		check(d.lock, id)
		check(d.hold, id)
		check(d.referrers, id)
		check(d.assignment, id.and(args{"actor": 1}))
		check(d.reach, args{"actor": 1})
		check(d.named, d.sightOf(sight).and(args{"ids": nil}))
		l, ok := listings[d.name]
		if !ok {
			t.Errorf("nobody lists %s records here", d.name)
		}
		a, err := l.arguments(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		check(d.count, a.and(args{"limit": 0}))
		l.filter = l.filter.and(map[string]args{"company": within(everything)}[d.name])
		fields := []string{""}
		for field := range d.grouped {
			fields = append(fields, field)
		}
		l.reach = everything
		for _, field := range fields {
			q, a, err := l.page(t.Context(), nil, model.Page{Sort: model.Order{Field: field}})
			if grouped, ok := d.grouped[field]; err != nil || ok && grouped.Name() != q.Name() {
				t.Errorf("%s by %s: %s %v", d.name, field, q.Name(), err)
			}
			check(q, a)
		}
	}
}
