package commands

import (
	"cmp"
	"context"
	"slices"
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
	after   *mark // where --after lets the page begin
	limited bool  // --limit was given
	columns []string
	lookUps []func(ctx context.Context, e *Act, filter *F) error // of what the filter names
}

// visible is which records a list shows: exactly what a view would let through (SPEC 5, rule 3), whatever the scope of
// the permission to list.
func (n noun[R, F]) visible(ctx context.Context, e *Act) (model.Reach, error) {
	reach := n.reach(e, "view")
	if reach.None() {
		return reach, e.denied(ctx, n.permission("view"), model.Relation{Own: true, Assigned: true}, "view "+n.plural+", and so to list them", "")
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
	return Define(Spec[listInput[F]]{
		Path: n.name + " list", Help: "List the " + n.plural + " you may see", Example: l.example, Access: Needs(n.name, "list"),
		Fields: append(l.filters, n.listOptions()...),
		Run: func(ctx context.Context, e *Act, in listInput[F]) (Result, error) {
			t, err := n.page(ctx, e, l, in)
			return Result{Table: t}, err
		},
	})
}

// page reads the page of a list that the input asks for.
func (n noun[R, F]) page(ctx context.Context, e *Act, l lister[F], in listInput[F]) (*Table, error) {
	reach, err := n.visible(ctx, e)
	if err != nil {
		return nil, err
	}
	for _, lookUp := range in.lookUps {
		if err := lookUp(ctx, e, &in.filter); err != nil {
			return nil, err
		}
	}
	if l.settle != nil {
		l.settle(e, &in)
	}
	if in.after != nil {
		if err := in.after.place("after", n.name, &in.page); err != nil {
			return nil, err
		}
	}
	if e.Human && !in.limited {
		in.page.Limit = defaultLimit
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
	t.Sort = cmp.Or(in.page.Sort.Field, "id")
	if e.Human && l.sums != nil && len(records) > 1 {
		if t.Sums, err = l.sums(ctx, e.Data, reach, in.filter, in.page.Search); err != nil {
			return nil, err
		}
	}
	if more {
		t.Next = n.mark(in.page.Sort, &records[len(records)-1])
		t.Total, err = n.count(e.Data, ctx, reach, in.filter, in.page.Search, 0)
	}
	return t, err
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
	option := func(p Param, set func(in *listInput[F], raw string) error) Field[listInput[F]] {
		p.Unasked = true
		return Field[listInput[F]]{Param: p, Set: func(in *listInput[F], raw string, _ Values) error { return set(in, raw) }}
	}
	orders := n.orders()
	var sorts, bothWays []string
	for _, o := range orders {
		sorts, bothWays = append(sorts, o.Field), append(bothWays, o.Field, "-"+o.Field)
	}
	columns := n.columnNames()
	return []Field[listInput[F]]{
		option(Param{Name: "search", Format: "TEXT", Near: []string{"query", "filter"},
			Help: "only those with all of these words somewhere; accents, case, hyphens and apostrophes aside"}, func(in *listInput[F], raw string) (err error) {
			in.page.Search, err = model.ParseSearch("search", raw)
			return err
		}),
		option(Param{Name: "sort", Format: "FIELD", Near: []string{"order", "order-by", "sort-by"}, Source: words(bothWays...),
			Help: "order by " + strings.Join(sorts, ", ") + "; -FIELD for descending"}, func(in *listInput[F], raw string) error {
			field, descending := strings.CutPrefix(raw, "-")
			i := slices.Index(sorts, field)
			if i < 0 {
				return model.Invalid("sort", "%s cannot be sorted by %q", n.plural, raw).WithHint("one of %s; -FIELD for descending", strings.Join(sorts, ", "))
			}
			in.page.Sort = orders[i]
			in.page.Sort.Descending = descending
			return nil
		}),
		option(Param{Name: "limit", Format: "N", Near: []string{"max"}, Help: "at most N rows (50 on a terminal, otherwise all)"}, func(in *listInput[F], raw string) error {
			limit, err := strconv.Atoi(model.Pasted(raw))
			if err != nil || limit < 1 || limit > 1_000_000 {
				return model.Invalid("limit", "limit %q is not valid", raw).WithHint("give a number from 1 to 1000000")
			}
			in.page.Limit, in.limited = limit, true
			return nil
		}),
		option(Param{Name: "after", Format: "MARK", Help: "the page after this mark, as the page before tells it, or after an id", Source: n.source("view")}, func(in *listInput[F], raw string) error {
			m, err := parseMark("after", raw)
			in.after = &m
			return err
		}),
		option(Param{Name: "columns", Format: "A,B", Near: []string{"fields"}, Help: "show these columns: " + strings.Join(columns, ","), Source: listed(words(columns...))}, func(in *listInput[F], raw string) error {
			for name := range strings.SplitSeq(raw, ",") {
				in.columns = append(in.columns, strings.TrimSpace(name))
			}
			_, err := n.choose(in.columns)
			return err
		}),
	}
}

// switchField is a flag without a value.
func switchField[T any](name, short, help string, set func(in *T, on bool)) Field[T] {
	return Field[T]{
		Param: Param{Name: name, Short: short, Help: help, Switch: true, Unasked: true},
		Set: func(in *T, raw string, _ Values) error {
			on, err := model.ParseBool(name, raw)
			if err == nil {
				set(in, on)
			}
			return err
		},
	}
}

// filterSwitch is a list's filter without a value.
func filterSwitch[F any](name, short, help string, set func(f *F, on bool)) Field[listInput[F]] {
	return switchField(name, short, help, func(in *listInput[F], on bool) { set(&in.filter, on) })
}

// onlyMine is the --only-mine of clients, contracts and events (SPEC 4).
func onlyMine[F any](plural string, set func(f *F, on bool)) Field[listInput[F]] {
	f := filterSwitch("only-mine", "", "only your own "+plural, set)
	f.Near = []string{"mine"}
	return f
}

// filterID is a list's filter by the id of another record.
func filterID[F any](of anyNoun, set func(*F, int64)) Field[listInput[F]] {
	name := of.title() + "-id"
	return Field[listInput[F]]{
		Param: Param{Name: name, Format: "ID", Help: "only those of this " + of.title(), Unasked: true, Source: of.source("view"), Near: []string{of.title()}},
		Set: func(in *listInput[F], raw string, _ Values) error {
			id, err := model.ParseID(name, raw)
			if err == nil {
				set(&in.filter, id)
			}
			return err
		},
	}
}

// filterUser is a list's filter by a user, active or not.
func filterUser[F any](name, help string, source *Source, set func(*F, int64)) Field[listInput[F]] {
	return referenceField(Param{Name: name, Format: "USER", Help: help + ", by id or username", Unasked: true, Source: source},
		func(in *listInput[F], ref reference) {
			in.lookUps = append(in.lookUps, func(ctx context.Context, e *Act, filter *F) error {
				u, err := e.user(ctx, ref)
				set(filter, u.ID)
				return about(name, err)
			})
		})
}

// filterDays are --from and --to, both days included. set is given when the first begins and when the last is over.
func filterDays[F any](of string, from, before func(*F) *time.Time) []Field[listInput[F]] {
	field := func(name, help string, after int, at func(*F) *time.Time) Field[listInput[F]] {
		return Field[listInput[F]]{
			Param: Param{Name: name, Format: dayFormat, Help: help, Unasked: true, Source: days()},
			Set: func(in *listInput[F], raw string, v Values) error {
				t, err := readDay(name, raw, v)
				if err != nil {
					return err
				}
				year, month, day := t.Date()
				*at(&in.filter) = time.Date(year, month, day+after, 0, 0, 0, 0, v.Location)
				return nil
			},
		}
	}
	return []Field[listInput[F]]{
		field("from", "only those "+of+" on that day or later", 0, from),
		field("to", "only those "+of+" on that day or before", 1, before),
	}
}
