package data

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"epev/model"
	queries "epev/sql"
)

// A resource that forgets a part fails at start, with the name of the part.
func TestAResourceLacksNoPart(t *testing.T) {
	t.Parallel()
	whole := reflect.ValueOf(clients.resource)
	for i := range whole.NumField() {
		part := whole.Type().Field(i)
		if kind := part.Type.Kind(); kind != reflect.String && kind != reflect.Struct {
			continue // none of them is an answer too, which opens nothing
		}
		lacking := clients.resource
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
	if d, err := resourceOf("moon"); err == nil {
		t.Errorf("a moon is taken for %q", d.name)
	}
}

// The queries that a resource names take what is given to those of every resource, and take all that narrows what is told.
func TestEachResourceGivesItsQueriesWhatTheyTake(t *testing.T) {
	t.Parallel()
	everything, actor, id := model.Reach{Any: true}, args{"actor": 1}, args{"id": 1}
	extra := map[string]args{"user": {"password_hash": ""}}
	for _, d := range resources {
		check := func(q queries.Query, given args, must ...string) {
			t.Helper()
			if q.Name() == queries.None.Name() {
				return
			}
			if _, err := q.Bind(given); err != nil {
				t.Errorf("%s: %v", d.name, err)
			}
			for _, name := range must {
				if !slices.Contains(q.Parameters(), name) {
					t.Errorf("%s does not take @%s", q.Name(), name)
				}
			}
		}
		reach := slices.Collect(maps.Keys(d.within(everything)))
		check(d.lock, id)
		check(d.hold, id)
		check(d.delete, id)
		check(d.referrers, id)
		check(d.assignment, id.and(actor))
		check(d.reach, actor.and(args{"most": nil}).taken(d.reach))
		check(d.named, d.sightOf(Sight{}).and(args{"ids": nil}), append(reach, "any")...)
		var nobody *presumption
		check(d.view, d.viewing(everything, 1, everything, 1).and(nobody.arguments()).taken(d.view), append(reach, "id")...)
		record := reflect.New(d.record).Interface()
		check(d.insert, fieldsOf(record, d.insert, extra[d.name]))
		check(d.update, fieldsOf(record, d.update, map[bool]args{true: actor}[d.whole]), "id", "version")
		filter, _ := filtering(reflect.Zero(d.filter).Interface())
		searched := narrowed(d.list, filter, "").and(d.within(everything))
		check(d.list, paged(model.Page{}).and(searched, map[bool]args{true: {"walk": int64(0)}}[d.common.Text() != ""]), "parts", "digits")
		check(d.common, searched.and(args{"limit": 1}).taken(d.common), "parts", "digits", "limit")
		check(d.count, args{"limit": 0}.and(narrowed(d.count, filter, ""), d.within(everything)), "parts", "digits")
		for _, q := range d.grouped {
			check(q, paged(model.Page{}).and(filter, actor).taken(q), "after", "after_key", "limit", "descending")
		}
	}
}

// The schema keeps the history of each resource, under the same names.
func TestTheSchemaKeepsEachResource(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, m := range migrations {
		all.WriteString(m.text())
	}
	for _, d := range resources {
		if kept := "keep_noun('" + d.name + "', '" + d.table + "', '" + d.title + "', '"; !strings.Contains(all.String(), kept) {
			t.Errorf("no migration has %s", kept)
		}
	}
}
