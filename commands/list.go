package commands

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"epev/data"
	"epev/model"
)

// listInput is the input of every list: the noun's own filter and the options that all lists take.
type listInput[F any] struct {
	filter  F
	page    model.Page
	after   mark // where --after lets the page begin
	columns []string
	counted bool                                                 // no rows, but how many they would be
	lookUps []func(ctx context.Context, e *Act, filter *F) error // of what the filter names
}

// visible is the reach of a list. It shows exactly what a view would let through (SPEC 5, rule 3), whatever the scope
// of the permission to list.
func (n noun[R, F]) visible(ctx context.Context, e *Act) (model.Reach, error) {
	reach := n.reach(e, "view")
	if reach.None() {
		return reach, e.denied(ctx, n.permission("view"), model.AnyRelation, "view "+n.plural+", and so to list them", "")
	}
	return reach, nil
}

// defaultLimit is how many rows a list shows on a terminal unless --limit says otherwise (SPEC 4).
const defaultLimit = 50

// lister is what the list of a noun does beyond reading its records.
type lister[F any] struct {
	example string
	filters []Field[listInput[F]]
	// settle fills in what follows from who asks, or from the filter; it may be nil.
	settle func(e *Act, in *listInput[F])
	// sums tells a terminal what the whole list comes to; it may be nil.
	sums func(context.Context, *data.Reader, model.Reach, F, string) ([]Sum, error)
}

// lists declares "NOUN list" with the noun's filters before the options of all lists.
func (n noun[R, F]) lists(l lister[F]) Command {
	c := Define(Spec[listInput[F]]{
		Command: Command{Path: n.name + " list", Help: "List the " + n.plural + " you may see", Example: l.example, Access: Needs(n.name, "list"), Aside: true},
		Fields:  append(l.filters, n.listOptions()...),
		Run: func(ctx context.Context, e *Act, in listInput[F]) (Result, error) {
			read := n.page
			if in.counted {
				read = n.counting
			}
			t, err := read(ctx, e, l, in)
			return Result{Table: t}, err
		},
	})
	if n.each != nil {
		export := n.exports(l)
		c.export = &export
	}
	return c
}

// page reads the page of a list that the input asks for.
func (n noun[R, F]) page(ctx context.Context, e *Act, l lister[F], in listInput[F]) (*Table, error) {
	reach, err := n.settleList(ctx, e, l, &in)
	if err != nil {
		return nil, err
	}
	if e.Human {
		in.page.Limit = cmp.Or(in.page.Limit, defaultLimit)
	}
	asked := in.page
	if asked.Limit > 0 {
		asked.Limit++ // one more tells whether there is a next page
	}
	records, err := n.list(e.Data, ctx, reach, in.filter, asked)
	if err != nil {
		return nil, err
	}
	more := in.page.Limit > 0 && len(records) > in.page.Limit
	if more {
		records = records[:in.page.Limit]
	}
	t, err := n.rows(records, in.columns)
	if err != nil {
		return nil, err
	}
	if err := n.annotate(ctx, e, t, records); err != nil {
		return nil, err
	}
	t.Sort, t.Open = cmp.Or(in.page.Sort.Field, "id"), n.opened(records)
	if e.Human && l.sums != nil && len(records) > 1 {
		if t.Sums, err = l.sums(ctx, e.Data, reach, in.filter, in.page.Search); err != nil {
			return nil, err
		}
	}
	if more {
		t.Next = n.mark(in.page.Sort, &records[len(records)-1])
		err = t.countedBy(func(limit int) (int64, error) { return n.count(e.Data, ctx, reach, in.filter, in.page.Search, limit) })
	}
	return t, err
}

// settleList fills in what follows from what a list was given, and returns its reach.
func (n noun[R, F]) settleList(ctx context.Context, e *Act, l lister[F], in *listInput[F]) (model.Reach, error) {
	reach, err := n.visible(ctx, e)
	if err != nil {
		return reach, err
	}
	for _, lookUp := range in.lookUps {
		if err := lookUp(ctx, e, &in.filter); err != nil {
			return reach, err
		}
	}
	if l.settle != nil {
		l.settle(e, in)
	}
	return reach, in.after.place("after", n.name, &in.page)
}

// counting tells how many records the list has, all of them counted, whatever its page.
func (n noun[R, F]) counting(ctx context.Context, e *Act, l lister[F], in listInput[F]) (*Table, error) {
	reach, err := n.settleList(ctx, e, l, &in)
	if err != nil {
		return nil, err
	}
	all, err := n.count(e.Data, ctx, reach, in.filter, in.page.Search, 0)
	return &Table{Name: n.plural, Single: true, Columns: []Column{{Name: "count", Title: "Count"}}, Rows: [][]Value{{all}}}, err
}

// mark tells where the page behind a record begins, in a list of that order.
func (n noun[R, F]) mark(sort model.Order, r *R) string {
	var key Value
	if p := n.property(sort.Field); p != nil {
		key = p.value(r)
	}
	return markOf(n.name, sort, n.id(r), key).String()
}

func (n noun[R, F]) listOptions() []Field[listInput[F]] {
	type input = listInput[F]
	sorts, columns := n.sorts(), n.columnNames()
	var bothWays []string
	for _, sort := range sorts {
		bothWays = append(bothWays, sort, "-"+sort)
	}
	chosen := OneOf(columns...)
	chosen.List = true
	return []Field[input]{
		field(Param{Name: "search", Format: "TEXT", Unasked: true, Near: []string{"query", "filter"},
			Help: "only those with all of these words somewhere; accents, case, hyphens and apostrophes aside"},
			func(in *input) *string { return &in.page.Search }, model.ParseSearch),
		field(Param{Name: "sort", Format: "FIELD", Unasked: true, Near: []string{"order", "order-by", "sort-by"}, Source: OneOf(bothWays...),
			Help: "order by " + strings.Join(sorts, ", ") + "; -FIELD for descending"}, func(in *input) *model.Order { return &in.page.Sort }, n.parseSort),
		field(Param{Name: "limit", Format: "N", Unasked: true, Near: []string{"max"}, Help: "at most N rows (50 on a terminal, otherwise all)"},
			func(in *input) *int { return &in.page.Limit }, parseLimit),
		field(Param{Name: "after", Format: "MARK", Unasked: true, Help: "the page after this mark, as the page before tells it, or after an id",
			Source: n.source("view")}, func(in *input) *mark { return &in.after }, parseMark),
		switchField("count", "tell how many there are in all, and nothing else", func(in *input) *bool { return &in.counted }),
		field(Param{Name: "columns", Format: "A,B", Unasked: true, Near: []string{"fields"}, Help: "show these columns: " + strings.Join(columns, ","),
			Source: chosen}, func(in *input) *[]string { return &in.columns }, n.parseColumns),
	}
}

// sorts are the properties that lists can be sorted by.
func (n noun[R, F]) sorts() (sorts []string) {
	for _, o := range n.orders() {
		sorts = append(sorts, o.Field)
	}
	return sorts
}

func (n noun[R, F]) parseSort(field, raw string) (model.Order, error) {
	name, descending := strings.CutPrefix(raw, "-")
	if p := n.property(name); p != nil && p.sort != "" {
		return model.Order{Field: name, Kind: p.sort, Descending: descending}, nil
	}
	return model.Order{}, model.Invalid(field, "%s cannot be sorted by %q", n.plural, raw).
		WithHint("one of %s; -FIELD for descending", strings.Join(n.sorts(), ", "))
}

func parseLimit(field, raw string) (int, error) {
	limit, err := strconv.Atoi(model.Pasted(raw))
	if err != nil || limit < 1 || limit > 1_000_000 {
		return 0, model.Invalid(field, "limit %q is not valid", raw).WithHint("give a number from 1 to 1000000")
	}
	return limit, nil
}

func (n noun[R, F]) parseColumns(_, raw string) ([]string, error) {
	names := strings.Split(raw, ",")
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
	}
	_, err := n.choose(names)
	return names, err
}

// switchField is a flag without a value.
func switchField[T any](name, help string, place func(in *T) *bool) Field[T] {
	return field(Param{Name: name, Help: help, Switch: true, Unasked: true}, place, model.ParseBool)
}

// filterSwitch is a list's filter without a value.
func filterSwitch[F any](name, help string, place func(f *F) *bool) Field[listInput[F]] {
	return filterOn(name, "", help, func(f *F, _ Values) { *place(f) = true })
}

// filterOn is a list's filter without a value that narrows in its own way.
func filterOn[F any](name, short, help string, narrow func(f *F, v Values)) Field[listInput[F]] {
	return Field[listInput[F]]{Param: Param{Name: name, Short: short, Help: help, Switch: true, Unasked: true},
		Set: func(in *listInput[F], raw string, v Values) error {
			on, err := model.ParseBool(name, raw)
			if on {
				narrow(&in.filter, v)
			}
			return err
		}}
}

// onlyMine is the --only-mine of clients, contracts and events (SPEC 4).
func onlyMine[F any](plural string, place func(f *F) *bool) Field[listInput[F]] {
	f := filterSwitch("only-mine", "only your own "+plural, place)
	f.Near = []string{"mine"}
	return f
}

// filterID is a list's filter by the id of another record.
func filterID[F any](of anyNoun, place func(*F) *int64) Field[listInput[F]] {
	p := Param{Name: of.title() + "-id", Format: "ID", Help: "only those of this " + of.title(), Unasked: true,
		Source: of.source("view"), Near: []string{of.title()}}
	return Field[listInput[F]]{Param: p, Set: func(in *listInput[F], raw string, _ Values) error {
		id, err := model.ParseID(p.Name, raw)
		in.lookUps = append(in.lookUps, func(ctx context.Context, e *Act, filter *F) (err error) {
			*place(filter), err = e.Data.Led(ctx, of.title(), id)
			return err
		})
		return err
	}}
}

// filterNamed is a list's filter by a record that is given by its id or name. lookUp finds it when the list is read.
func filterNamed[F any](p Param, lookUp func(ctx context.Context, e *Act, ref reference, filter *F) error) Field[listInput[F]] {
	p.Unasked = true
	return Field[listInput[F]]{Param: p, Set: func(in *listInput[F], raw string, _ Values) error {
		ref, err := parseReference(p.Name, raw)
		in.lookUps = append(in.lookUps, func(ctx context.Context, e *Act, filter *F) error { return about(p.Name, lookUp(ctx, e, ref, filter)) })
		return err
	}}
}

// filterUser is a list's filter by a user of a role, active or not.
func (n noun[R, F]) filterUser(role, help string, place func(*F) *int64) Field[listInput[F]] {
	return filterNamed(Param{Name: role, Format: "USER", Help: help + ", by id or username", Source: staff(role, nil)},
		func(ctx context.Context, e *Act, ref reference, filter *F) error {
			u, err := e.known(ctx, ref, func(id int64) (bool, error) {
				var theirs F
				*place(&theirs) = id
				count, err := n.count(e.Data, ctx, n.reach(e, "view"), theirs, "", 1)
				return count > 0, err
			}, role)
			*place(filter) = u.ID
			return err
		})
}

// filterDays are --from and --to, both days included: places for when the first begins and when the last is over.
func filterDays[F any](of string, from, before func(*F) *time.Time) []Field[listInput[F]] {
	onDay := func(name, help string, after int, place func(*F) *time.Time) Field[listInput[F]] {
		return Field[listInput[F]]{
			Param: Param{Name: name, Format: dayFormat, Help: help, Unasked: true, Source: days()},
			Set: func(in *listInput[F], raw string, v Values) error {
				t, err := readDay(name, raw, v)
				year, month, day := t.Date()
				*place(&in.filter) = time.Date(year, month, day+after, 0, 0, 0, 0, v.Location)
				if err == nil {
					err = inOrderOfDays(name, from(&in.filter).In(v.Location), before(&in.filter).In(v.Location))
				}
				return err
			},
		}
	}
	return []Field[listInput[F]]{
		onDay("from", "only those "+of+" on that day or later", 0, from),
		onDay("to", "only those "+of+" on that day or before", 1, before),
	}
}

// inOrderOfDays refuses days of which none could be: the first one is after the last. before is the one after the last, and both
// may be missing. name is the flag that tells it.
func inOrderOfDays(name string, from, before time.Time) error {
	if from.IsZero() || before.IsZero() || from.Before(before) {
		return nil
	}
	return model.Invalid(name, "the days would end on %s, before they begin on %s", before.AddDate(0, 0, -1).Format("02/01/2006"), from.Format("02/01/2006")).
		WithHint("give a day for --to that is not before --from")
}
