package commands

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"time"

	"epev/data"
	"epev/model"
)

// tabled are the properties that stand in lists too.
func (n noun[R, F]) tabled() []property[R] {
	return slices.DeleteFunc(slices.Clone(n.properties), func(p property[R]) bool { return p.viewed })
}

// record makes a table of one record.
func (n noun[R, F]) record(r *R) *Table { return n.table(n.tabled(), true, *r) }

// viewing makes the view of one record.
func (n noun[R, F]) viewing(r *R) *Table { return n.table(n.properties, true, *r) }

// rows makes a list, of the chosen columns when there are any.
func (n noun[R, F]) rows(records []R, chosen []string) (*Table, error) {
	properties, err := n.choose(chosen)
	return n.table(properties, false, records...), err
}

func (n noun[R, F]) table(properties []property[R], single bool, records ...R) *Table {
	t := &Table{Name: n.plural, Single: single, Columns: make([]Column, len(properties)), Rows: make([][]Value, len(records))}
	for i, p := range properties {
		if t.Columns[i] = p.Column; p.seldom && !p.Chosen && !slices.ContainsFunc(records, func(r R) bool { return p.value(&r) != nil }) {
			t.Columns[i].For = Machines
		}
	}
	values := make([]Value, len(records)*len(properties)) // of all rows
	for i := range records {
		t.Rows[i], values = values[:len(properties):len(properties)], values[len(properties):]
		for j := range properties {
			t.Rows[i][j] = properties[j].value(&records[i])
		}
	}
	return t
}

func (n noun[R, F]) choose(names []string) ([]property[R], error) {
	listed := n.tabled()
	if len(names) == 0 {
		for i := range listed {
			if listed[i].detail {
				listed[i].For = Machines
			}
		}
		return listed, nil
	}
	var chosen []property[R]
	for _, name := range names {
		i := slices.IndexFunc(listed, func(p property[R]) bool { return p.Name == name })
		if i < 0 {
			err := model.Invalid("columns", "%s has no column %q", n.name, name)
			if near, ok := model.Nearest(name, n.columnNames()); ok {
				return nil, err.WithHint("did you mean %q?", near)
			}
			return nil, err.WithHint("one of %s", strings.Join(n.columnNames(), ", "))
		}
		p := listed[i]
		p.Chosen = true
		chosen = append(chosen, p)
	}
	return chosen, nil
}

func (n noun[R, F]) columnNames() []string {
	var names []string
	for _, p := range n.tabled() {
		names = append(names, p.Name)
	}
	return names
}

// relatedLimit is how many records of another noun a view shows at most.
const relatedLimit = 20

// withRelated reads a record for its view, together with the records of another noun that belong to it. It shows the
// first of those and counts the rest. People are not told again in each row what the viewed record is: the columns that
// do are named.
func withRelated[R, S, G any](of noun[S, G], all func(id int64) G, ofTheViewed []string,
	read func(r *data.Reader, ctx context.Context, reach model.Reach, id int64, related model.Reach, limit int) (R, []S, error),
) func(context.Context, *Act, model.Reach, int64) (R, []Table, error) {
	return func(ctx context.Context, e *Act, reach model.Reach, id int64) (R, []Table, error) {
		related := of.relatedReach(e)
		r, first, err := read(e.Data, ctx, reach, id, related, relatedLimit+1)
		if err != nil {
			return r, nil, err
		}
		tables, err := of.belonging(ctx, e, related, all(id), ofTheViewed, first)
		return r, tables, err
	}
}

// belonging makes the table of the first records that belong to one that is viewed, or none.
func (n noun[R, F]) belonging(ctx context.Context, e *Act, related model.Reach, all F, ofTheViewed []string, first []R) ([]Table, error) {
	if len(first) == 0 {
		return nil, nil
	}
	first, more := first[:min(len(first), relatedLimit)], len(first) > relatedLimit
	t, err := n.rows(first, nil)
	if err == nil {
		err = n.annotate(ctx, e, t, first)
	}
	for i := range t.Columns {
		if slices.Contains(ofTheViewed, t.Columns[i].Name) {
			t.Columns[i].For = Machines
		}
	}
	if err == nil && more {
		err = t.countedBy(func(limit int) (int64, error) { return n.count(e.Data, ctx, related, all, "", limit) })
	}
	return []Table{*t}, err
}

// relatedReach is which of a noun's records stand below one that they belong to: those of the actor's own
// list.
func (n noun[R, F]) relatedReach(e *Act) model.Reach {
	reach := n.reach(e, "view")
	if n.reach(e, "list").None() {
		return model.Reach{ActorID: reach.ActorID}
	}
	return reach
}

// changes compares two states of a record property by property, bookkeeping aside.
func (n noun[R, F]) changes(before, after *R) []Change {
	var changes []Change
	for _, p := range n.properties {
		if b, a := p.value(before), p.value(after); !p.kept && !sameValue(b, a) {
			changes = append(changes, Change{Column: p.Column, Before: b, After: a, Days: n.daysOf(p, *before, *after)})
		}
	}
	return changes
}

func sameValue(a, b Value) bool {
	switch x := a.(type) {
	case time.Time:
		y, ok := b.(time.Time)
		return ok && x.Equal(y)
	case model.Day:
		y, ok := b.(model.Day)
		return ok && time.Time(x).Equal(time.Time(y))
	case model.Amount:
		y, ok := b.(model.Amount)
		return ok && x.Cmp(y) == 0
	}
	return reflect.DeepEqual(a, b)
}

// MostTold is how many records people are told of exactly. Where there are more, that takes too long to find out unasked.
const MostTold = 10_000

// countedBy finds out how many rows there are in all where the table shows the first ones.
func (t *Table) countedBy(count func(limit int) (int64, error)) (err error) {
	most := max(MostTold, len(t.Rows))
	if t.Total, err = count(most + 1); t.Total > int64(most) {
		t.Total, t.More = int64(most), true
	}
	return err
}

// Heading is what stands above a table that belongs to a record: "Event notes".
func (t *Table) Heading() string { return Capital(strings.ReplaceAll(t.Name, "_", " ")) }
