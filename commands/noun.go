package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"epev/data"
	"epev/model"
	"epev/security"
)

// noun is what the commands of one kind of record share: how it is read, shown and changed.
type noun[R any] struct {
	name, plural string
	columns      []column[R]
	fields       []field[R]
	rules        []rule[R]
	doubts       []doubt[R]
	// guards returns the guarded fields that a change touches, by the names of security.MayChange; before is nil at
	// creation. It may be nil.
	guards   func(before, after *R) []string
	id       func(*R) int64
	version  func(*R) int64
	who      func(*R) string // for messages and completion: "Kévin Cousin · Startup SAS"
	relation func(*R) model.Relation
	owner    func(*R) string // whose it is, for a denial; "" for nobody's
	get      func(context.Context, *data.Reader, model.Reach, int64) (R, error)
	list     func(context.Context, *data.Reader, model.Reach, model.Page) ([]R, error) // for completion
	// count counts what list finds, up to a limit; nil: completion does not tell how many there are.
	count  func(context.Context, *data.Reader, model.Reach, string, int) (int64, error)
	byName func(context.Context, *data.Reader, string) (int64, error) // nil: its records have no names
}

// column is one column of a noun's tables.
type column[R any] struct {
	Column
	value func(*R) Value
	sort  model.SortKind // how lists are sorted by it; empty: they are not
	// detail columns stand in views, and in lists only for machines or when chosen.
	detail bool
	// viewed columns stand in the view of a record alone, which reads more than a list.
	viewed bool
}

// field is a value that creation and update both take.
type field[R any] struct {
	Field[R]
	// show returns the present value in the form that Set accepts, for an update's questions.
	show func(*R, Values) string
	// name tells who or what show names, where that is an id; it may be nil.
	name func(*R) string
}

// rule is what fields must fulfil together, or with what the database holds, at creation and at update. It may
// fill in what follows from them. Without fields it is of no question.
type rule[R any] struct {
	fields []string
	check  settler[R]
}

// settler brings a record in order before it is written; before is nil at creation.
type settler[R any] func(ctx context.Context, e *Env, before, after *R, g given) error

// doubt tells what people hardly mean although the rules allow it, as Spec.Doubts does; before is nil at creation.
type doubt[R any] func(ctx context.Context, e *Env, before, after *R, g given) ([]string, error)

// doubtful tells the doubts about a record that is settled.
func (n noun[R]) doubtful(ctx context.Context, e *Env, before, after *R, g given) ([]string, error) {
	var all []string
	for _, d := range n.doubts {
		told, err := d(ctx, e, before, after, g)
		if err != nil {
			return nil, err
		}
		all = append(all, told...)
	}
	return all, nil
}

// settle fills defaults, makes fields that follow from others agree, and refuses what the business forbids.
func (n noun[R]) settle(ctx context.Context, e *Env, before, after *R, g given) error {
	for _, r := range n.rules {
		if err := r.check(ctx, e, before, after, g); err != nil {
			return err
		}
	}
	return nil
}

// title is the noun in the singular.
func (n noun[R]) title() string { return n.name }

func (n noun[R]) permission(action string) security.Permission {
	return security.Permission{Resource: n.name, Action: action}
}

// creation is the input of a creation: the record, and which of its fields were given.
type creation[R any] struct {
	record R
	given  given
}

// given is the set of fields that a command line names.
type given []string

func (g given) has(name string) bool { return slices.Contains(g, name) }

// creator is what the creation of a noun does beyond assigning fields.
type creator[R any] struct {
	help, example string
	insert        func(ctx context.Context, tx *Tx, r *R) error
	done          func(e *Env, r *R)
}

// create declares "NOUN create".
func (n noun[R]) create(c creator[R]) Command {
	var fields []Field[creation[R]]
	for _, f := range n.fields {
		fields = append(fields, Field[creation[R]]{Param: n.guardedParam(f), Set: func(in *creation[R], raw string, v Values) error {
			in.given = append(in.given, f.Name)
			return f.Set(&in.record, raw, v)
		}})
	}
	var rules []Rule[creation[R]]
	for _, f := range n.fields {
		if n.guards != nil {
			rules = append(rules, Rule[creation[R]]{[]string{f.Name}, func(ctx context.Context, e *Env, in creation[R]) error {
				return n.guard(ctx, e, nil, &in.record)
			}})
		}
	}
	for _, r := range n.rules {
		rules = append(rules, Rule[creation[R]]{r.fields, func(ctx context.Context, e *Env, in creation[R]) error {
			return r.check(ctx, e, nil, &in.record, in.given)
		}})
	}
	settled := func(ctx context.Context, e *Env, in creation[R]) (R, error) {
		r := in.record
		if err := n.guard(ctx, e, nil, &r); err != nil {
			return r, err
		}
		if err := n.settle(ctx, e, nil, &r, in.given); err != nil {
			return r, err
		}
		// The relation to check is that of the record as it will be.
		if !e.reach(n.name, "create").Covers(n.relation(&r)) {
			return r, n.denied(ctx, e, &r, "create", "create this "+n.name)
		}
		return r, n.guard(ctx, e, nil, &r)
	}
	var doubts func(ctx context.Context, e *Env, in creation[R]) ([]string, error)
	if n.doubts != nil {
		doubts = func(ctx context.Context, e *Env, in creation[R]) ([]string, error) {
			r, err := settled(ctx, e, in)
			if err != nil {
				return nil, err
			}
			return n.doubtful(ctx, e, nil, &r, in.given)
		}
	}
	return Define(Spec[creation[R]]{
		Path: n.name + " create", Help: c.help, Example: c.example, Access: Needs(n.name, "create"), Writes: true,
		Fields: fields, Rules: rules, Doubts: doubts,
		Run: func(ctx context.Context, e *Env, in creation[R]) (Result, error) {
			r, err := settled(ctx, e, in)
			if err != nil {
				return Result{}, err
			}
			if err := c.insert(ctx, e.Tx, &r); err != nil {
				return Result{}, err
			}
			if c.done != nil {
				c.done(e, &r)
			}
			return Result{Message: fmt.Sprintf("%s %d created%s.", capital(n.name), n.id(&r), n.called(&r)), Table: n.record(&r)}, nil
		},
	})
}

// orders are the ascending ones of the noun's lists.
func (n noun[R]) orders() []model.Order {
	var orders []model.Order
	for _, c := range n.columns {
		if c.sort != "" {
			orders = append(orders, model.Order{Field: c.Name, Kind: c.sort})
		}
	}
	return orders
}

// called says who or what a record is behind its number, and nothing where that cannot be seen.
func (n noun[R]) called(r *R) string {
	if who := n.who(r); model.Visible(who) {
		return ": " + who
	}
	return ""
}

// listed are the columns that stand in lists too.
func (n noun[R]) listed() []column[R] {
	return slices.DeleteFunc(slices.Clone(n.columns), func(c column[R]) bool { return c.viewed })
}

// record makes a table of one record.
func (n noun[R]) record(r *R) *Table { return n.single(r, n.listed()) }

// viewed makes the view of one record.
func (n noun[R]) viewed(r *R) *Table { return n.single(r, n.columns) }

func (n noun[R]) single(r *R, columns []column[R]) *Table {
	t := &Table{Name: n.plural, Single: true, Columns: make([]Column, len(columns)), Rows: [][]Value{make([]Value, len(columns))}}
	for i, c := range columns {
		t.Columns[i], t.Rows[0][i] = c.Column, c.value(r)
	}
	return t
}

// rows makes a list, of the chosen columns when there are any.
func (n noun[R]) rows(records []R, chosen []string) (*Table, error) {
	columns, err := n.choose(chosen)
	if err != nil {
		return nil, err
	}
	t := &Table{Name: n.plural, Columns: make([]Column, len(columns)), Rows: make([][]Value, len(records))}
	for i, c := range columns {
		t.Columns[i] = c.Column
	}
	for i := range records {
		row := make([]Value, len(columns))
		for j, c := range columns {
			row[j] = c.value(&records[i])
		}
		t.Rows[i] = row
	}
	return t, nil
}

func (n noun[R]) choose(names []string) ([]column[R], error) {
	if len(names) == 0 {
		columns := n.listed()
		for i := range columns {
			if columns[i].detail {
				columns[i].For = Machines
			}
		}
		return columns, nil
	}
	var columns []column[R]
	listed := n.listed()
	for _, name := range names {
		i := slices.IndexFunc(listed, func(c column[R]) bool { return c.Name == name })
		if i < 0 {
			err := model.Invalid("columns", "%s has no column %q", n.name, name)
			if near, ok := model.Nearest(name, n.columnNames()); ok {
				return nil, err.WithHint("did you mean %q?", near)
			}
			return nil, err.WithHint("one of %s", strings.Join(n.columnNames(), ", "))
		}
		c := listed[i]
		c.Chosen = true
		columns = append(columns, c)
	}
	return columns, nil
}

func (n noun[R]) columnNames() []string {
	var names []string
	for _, c := range n.listed() {
		names = append(names, c.Name)
	}
	return names
}

// find reads a record that the actor may view, and refuses when the action does not reach it: a
// record out of sight is missing, one in sight is denied (SPEC 5, rule 4).
func (n noun[R]) find(ctx context.Context, e *Env, ref reference, action string) (R, error) {
	r, err := n.see(ctx, e, ref)
	if err == nil && !e.reach(n.name, action).Covers(n.relation(&r)) {
		err = n.denied(ctx, e, &r, action, fmt.Sprintf("%s %s %d", action, n.name, n.id(&r)))
	}
	return r, err
}

// take is find for a record that the command changes. What the actor may do to it can follow from whose it is: then
// it is decided upon again once nobody else can change that.
func (n noun[R]) take(ctx context.Context, e *Env, ref reference, action string) (R, error) {
	r, err := n.find(ctx, e, ref, action)
	sight, reach := e.reach(n.name, "view"), e.reach(n.name, action)
	if err != nil || sight.Any && reach.Any {
		return r, err
	}
	seen, owned := n.version(&r), model.Relation{Own: n.relation(&r).Own}
	if err := e.Tx.Lock(ctx, n.name, n.id(&r), !sight.Covers(owned) || !reach.Covers(owned)); err != nil {
		return r, err
	}
	if r, err = n.find(ctx, e, reference{ID: n.id(&r)}, action); err == nil && n.version(&r) != seen {
		err = e.stale(ctx, n.name, n.id(&r), seen)
	}
	return r, err
}

// parent reads a record within reach that another one will belong to. It stays as it is until the transaction ends, where
// there is one.
func (n noun[R]) parent(ctx context.Context, e *Env, reach model.Reach, id int64) (R, error) {
	r, err := n.get(ctx, e.Data, reach, id)
	if err != nil || e.Tx == nil {
		return r, err
	}
	if err := e.Tx.Hold(ctx, n.name, id); err != nil {
		return r, err
	}
	return n.get(ctx, e.Data, reach, id)
}

// see reads a record that the actor may view.
func (n noun[R]) see(ctx context.Context, e *Env, ref reference) (r R, err error) {
	reach := e.reach(n.name, "view")
	if ref.Name != "" {
		if reach.None() {
			return r, about("id", model.Missing(n.name, ref.Name))
		}
		if ref.ID, err = n.byName(ctx, e.Data, ref.Name); err != nil {
			return r, about("id", err)
		}
	}
	r, err = n.get(ctx, e.Data, reach, ref.ID)
	return r, about("id", err)
}

// denied explains why the actor may not do that to the record.
func (n noun[R]) denied(ctx context.Context, e *Env, r *R, action, what string) error {
	return e.denied(ctx, n.permission(action), n.relation(r), what, n.belongs(r))
}

// belongs says whose the record is: "client 8 belongs to claire.dubois"; "" for nobody's.
func (n noun[R]) belongs(r *R) string {
	owner := n.owner(r)
	if owner == "" || n.id(r) == 0 {
		return ""
	}
	return fmt.Sprintf("%s %d belongs to %s", n.name, n.id(r), owner)
}

// view declares "NOUN view ID". read reads the record together with the tables that belong to it; it may be nil
// where none do.
func (n noun[R]) view(example string, read func(ctx context.Context, e *Env, reach model.Reach, id int64) (R, []Table, error)) Command {
	return Define(Spec[reference]{
		Path: n.name + " view", Help: "Show one " + n.name, Example: example, Access: Needs(n.name, "view"), Views: true,
		Fields: []Field[reference]{recordField(n, n.source("view"), func(in *reference, ref reference) { *in = ref })},
		Run: func(ctx context.Context, e *Env, ref reference) (Result, error) {
			if read == nil {
				r, err := n.see(ctx, e, ref)
				return Result{Table: n.viewed(&r)}, err
			}
			r, related, err := read(ctx, e, e.reach(n.name, "view"), ref.ID)
			t := n.viewed(&r)
			t.Related = related
			return Result{Table: t}, err
		},
	})
}

// listInput is the input of every list: the noun's own filter and the options that all lists take.
type listInput[F any] struct {
	filter  F
	page    model.Page
	after   *mark // where --after lets the page begin
	limited bool  // --limit was given
	columns []string
	lookUps []func(ctx context.Context, e *Env, filter *F) error // of what the filter names
}

// sight is which records a list shows: exactly what a view would let through (SPEC 5, rule 3), whatever the scope of
// the permission to list.
func (n noun[R]) sight(ctx context.Context, e *Env) (model.Reach, error) {
	reach := e.reach(n.name, "view")
	if reach.None() {
		return reach, e.denied(ctx, n.permission("view"), model.Relation{Own: true, Assigned: true}, "view "+n.plural+", and so to list them", "")
	}
	return reach, nil
}

// defaultLimit is how many rows a list shows on a terminal unless --limit says otherwise (SPEC 4).
const defaultLimit = 50

// lister reads and counts the records of a list.
type lister[R, F any] struct {
	// settle fills in what follows from who asks, or from the filter; it may be nil.
	settle func(e *Env, in *listInput[F])
	list   func(context.Context, *data.Reader, model.Reach, F, model.Page) ([]R, error)
	count  func(context.Context, *data.Reader, model.Reach, F, string) (int64, error)
	// sums tells a terminal what the whole list comes to; it may be nil.
	sums func(context.Context, *data.Reader, model.Reach, F, string) ([]Sum, error)
}

// listCommand declares "NOUN list" with the noun's filters before the options of all lists.
func listCommand[R, F any](n noun[R], example string, filters []Field[listInput[F]], l lister[R, F]) Command {
	return Define(Spec[listInput[F]]{
		Path: n.name + " list", Help: "List the " + n.plural + " you may see", Example: example, Access: Needs(n.name, "list"),
		Fields: append(filters, listOptions[R, F](n)...),
		Run: func(ctx context.Context, e *Env, in listInput[F]) (Result, error) {
			reach, err := n.sight(ctx, e)
			if err != nil {
				return Result{}, err
			}
			for _, lookUp := range in.lookUps {
				if err := lookUp(ctx, e, &in.filter); err != nil {
					return Result{}, err
				}
			}
			if l.settle != nil {
				l.settle(e, &in)
			}
			if in.after != nil {
				if err := in.after.place("after", n.name, &in.page); err != nil {
					return Result{}, err
				}
			}
			if e.Human && !in.limited {
				in.page.Limit = defaultLimit
			}
			asked := in.page
			if asked.Limit > 0 {
				asked.Limit++ // one more tells whether there is a next page
			}
			records, err := l.list(ctx, e.Data, reach, in.filter, asked)
			if err != nil {
				return Result{}, err
			}
			more := in.page.Limit > 0 && len(records) > in.page.Limit
			if more {
				records = records[:in.page.Limit]
			}
			t, err := n.rows(records, in.columns)
			if err != nil {
				return Result{}, err
			}
			t.Sort = cmp.Or(in.page.Sort.Field, "id")
			if e.Human && l.sums != nil && len(records) > 1 {
				if t.Sums, err = l.sums(ctx, e.Data, reach, in.filter, in.page.Search); err != nil {
					return Result{}, err
				}
			}
			if !more {
				return Result{Table: t}, nil
			}
			t.Next = n.mark(in.page.Sort, &records[len(records)-1])
			t.Total, err = l.count(ctx, e.Data, reach, in.filter, in.page.Search)
			return Result{Table: t}, err
		},
	})
}

// mark tells where the page behind a record begins, in a list of that order.
func (n noun[R]) mark(sort model.Order, r *R) string {
	var key Value
	if i := slices.IndexFunc(n.columns, func(c column[R]) bool { return c.Name == sort.Field }); i >= 0 {
		key = n.columns[i].value(r)
	}
	return markOf(n.name, sort, n.id(r), key).String()
}

func listOptions[R, F any](n noun[R]) []Field[listInput[F]] {
	option := func(name, format, help string, source *Source, set func(in *listInput[F], raw string) error) Field[listInput[F]] {
		return Field[listInput[F]]{
			Param: Param{Name: name, Format: format, Help: help, Unasked: true, Source: source},
			Set:   func(in *listInput[F], raw string, _ Values) error { return set(in, raw) },
		}
	}
	var sorts []string
	for _, o := range n.orders() {
		sorts = append(sorts, o.Field)
	}
	return []Field[listInput[F]]{
		option("search", "TEXT", "only those with all of these words somewhere; accents, case, hyphens and apostrophes aside", nil, func(in *listInput[F], raw string) (err error) {
			in.page.Search, err = model.ParseSearch("search", raw)
			return err
		}),
		option("sort", "FIELD", "order by "+strings.Join(sorts, ", ")+"; -FIELD for descending", words(bothWays(sorts)...), func(in *listInput[F], raw string) error {
			field, descending := strings.CutPrefix(raw, "-")
			i := slices.Index(sorts, field)
			if i < 0 {
				return model.Invalid("sort", "%s cannot be sorted by %q", n.plural, raw).WithHint("one of %s; -FIELD for descending", strings.Join(sorts, ", "))
			}
			in.page.Sort = n.orders()[i]
			in.page.Sort.Descending = descending
			return nil
		}),
		option("limit", "N", "at most N rows (50 on a terminal, otherwise all)", nil, func(in *listInput[F], raw string) error {
			limit, err := strconv.Atoi(model.Pasted(raw))
			if err != nil || limit < 1 || limit > 1_000_000 {
				return model.Invalid("limit", "limit %q is not valid", raw).WithHint("give a number from 1 to 1000000")
			}
			in.page.Limit, in.limited = limit, true
			return nil
		}),
		option("after", "MARK", "the page after this mark, as the page before tells it, or after an id", n.source("view"), func(in *listInput[F], raw string) error {
			m, err := parseMark("after", raw)
			in.after = &m
			return err
		}),
		option("columns", "A,B", "show these columns: "+strings.Join(n.columnNames(), ","), listed(words(n.columnNames()...)), func(in *listInput[F], raw string) error {
			for name := range strings.SplitSeq(raw, ",") {
				in.columns = append(in.columns, strings.TrimSpace(name))
			}
			_, err := n.choose(in.columns)
			return err
		}),
	}
}

func bothWays(fields []string) []string {
	var both []string
	for _, f := range fields {
		both = append(both, f, "-"+f)
	}
	return both
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

// filterID is a list's filter by the id of another record.
func filterID[F any](name, of string, source *Source, set func(*F, int64)) Field[listInput[F]] {
	return Field[listInput[F]]{
		Param: Param{Name: name, Format: "ID", Help: "only those of this " + of, Unasked: true, Source: source},
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
			in.lookUps = append(in.lookUps, func(ctx context.Context, e *Env, filter *F) error {
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
			Param: Param{Name: name, Format: "dd/mm/yyyy", Help: help, Unasked: true, Source: days()},
			Set: func(in *listInput[F], raw string, v Values) error {
				t, err := model.ParseDay(name, raw, model.TimeOptions{Now: v.Now, Location: v.Location})
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

// withArticle returns the noun as it stands in a sentence: "an event", but "a user".
func withArticle(noun string) string {
	if strings.ContainsRune("aeio", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// updateInput is the input of an update: only the fields that were given are assigned.
type updateInput[R any] struct {
	record  reference
	version int64 // of the record that the person saw; 0: whichever is there
	given   []assignment[R]
}

type assignment[R any] struct {
	name  string
	apply func(*R) error
}

// updater is what an update of a noun does beyond assigning fields.
type updater[R any] struct {
	example string
	save    func(ctx context.Context, tx *Tx, r *R) error
	done    func(e *Env, before, after *R)
}

// update declares "NOUN update ID": it changes only the fields given, and shows before and after.
func (n noun[R]) update(u updater[R]) Command {
	type input = updateInput[R]
	fields := []Field[input]{recordField(n, n.source("update"), func(in *input, ref reference) { in.record = ref })}
	for _, f := range n.fields {
		p := n.guardedParam(f)
		p.Required = false
		if about, rest, ok := strings.Cut(p.Help, "; "); ok && strings.HasSuffix(rest, "unless given") {
			p.Help = about // an update fills nothing in
		}
		fields = append(fields, Field[input]{Param: p, Set: func(in *input, raw string, v Values) error {
			var scratch R
			if err := f.Set(&scratch, raw, v); err != nil {
				return err
			}
			in.given = append(in.given, assignment[R]{f.Name, func(r *R) error { return f.Set(r, raw, v) }})
			return nil
		}})
	}
	fields = append(fields, Field[input]{
		Param: Param{Name: "if-version", Format: "N", Unasked: true, Help: "only if the record still has this version (the version key in json)"},
		Set: func(in *input, raw string, _ Values) (err error) {
			in.version, err = model.ParseID("if-version", raw)
			return err
		},
	})
	// Each is told at its question of what the record would become.
	asChanged := func(check settler[R]) func(context.Context, *Env, input) error {
		return func(ctx context.Context, e *Env, in input) error {
			before, err := n.find(ctx, e, in.record, "update")
			if err != nil {
				return err
			}
			after, g, err := in.applied(before)
			if err != nil {
				return err
			}
			return check(ctx, e, &before, &after, g)
		}
	}
	var rules []Rule[input]
	if n.guards != nil {
		for _, f := range n.fields {
			rules = append(rules, Rule[input]{[]string{f.Name}, asChanged(func(ctx context.Context, e *Env, before, after *R, _ given) error {
				return n.guard(ctx, e, before, after)
			})})
		}
	}
	for _, r := range n.rules {
		rules = append(rules, Rule[input]{r.fields, asChanged(r.check)})
	}
	var doubts func(ctx context.Context, e *Env, in input) ([]string, error)
	if n.doubts != nil {
		doubts = func(ctx context.Context, e *Env, in input) (told []string, err error) {
			err = asChanged(func(ctx context.Context, e *Env, before, after *R, g given) error {
				if err := n.guard(ctx, e, before, after); err != nil {
					return err
				}
				if err := n.settle(ctx, e, before, after, g); err != nil {
					return err
				}
				told, err = n.doubtful(ctx, e, before, after, g)
				return err
			})(ctx, e, in)
			return told, err
		}
	}
	return Define(Spec[input]{
		Path: n.name + " update", Help: "Change fields of " + withArticle(n.name), Example: u.example, Access: Needs(n.name, "update"),
		Writes: true, AskAll: true, Fields: fields, Rules: rules, Doubts: doubts,
		Present: func(ctx context.Context, e *Env, in input) (Present, error) {
			r, err := n.find(ctx, e, in.record, "update")
			if err != nil {
				return Present{}, err
			}
			p := Present{Values: map[string]string{}, Names: map[string]string{}, Version: n.version(&r)}
			after, g, err := in.applied(r)
			if err != nil {
				return Present{}, err
			}
			for _, check := range n.rules {
				next := after
				if check.check(ctx, e, &r, &next, g) == nil {
					after = next // what follows from the fields given; what is wrong with them is told elsewhere
				}
			}
			for _, f := range n.fields {
				p.Values[f.Name] = f.show(&after, e.Values())
				if f.name != nil {
					p.Names[f.Name] = f.name(&r)
				}
			}
			return p, nil
		},
		Run: func(ctx context.Context, e *Env, in input) (Result, error) {
			before, err := n.take(ctx, e, in.record, "update")
			if err != nil {
				return Result{}, err
			}
			if in.version != 0 && in.version != n.version(&before) {
				return Result{}, e.stale(ctx, n.name, n.id(&before), in.version)
			}
			return n.apply(ctx, e, u, before, in)
		},
	})
}

func (n noun[R]) apply(ctx context.Context, e *Env, u updater[R], before R, in updateInput[R]) (Result, error) {
	after, g, err := in.applied(before)
	if err != nil {
		return Result{}, err
	}
	if err := n.guard(ctx, e, &before, &after); err != nil {
		return Result{}, err
	}
	if err := n.settle(ctx, e, &before, &after, g); err != nil {
		return Result{}, err
	}
	return n.write(ctx, e, u, before, after)
}

// applied returns the record with the given fields assigned, and which those are.
func (in updateInput[R]) applied(before R) (after R, g given, err error) {
	after = before
	for _, a := range in.given {
		if err := a.apply(&after); err != nil {
			return after, nil, err
		}
		g = append(g, a.name)
	}
	return after, g, nil
}

// guardedParam is the parameter of a field, with the permission that setting it takes.
func (n noun[R]) guardedParam(f field[R]) Param {
	p := f.Param
	if setting := security.Setting(n.permission(""), f.Name); setting.Action != "" {
		p.Needs = setting
	}
	return p
}

// guardedNames turn the name of a guarded field into what people call it.
var guardedNames = strings.NewReplacer("is-signed", "signature", "-id", "", "-", " ")

// guard refuses a change of what the scope of the actor's right does not let them change (SPEC 5, rule 5). A record
// that is yet to be made is guarded by what it will be; until that is known, by whether any may be.
func (n noun[R]) guard(ctx context.Context, e *Env, before, after *R) error {
	if n.guards == nil {
		return nil
	}
	rel, action := model.Relation{Own: true, Assigned: true}, "create"
	switch {
	case before != nil:
		rel, action = n.relation(before), "update"
	case n.relation(after) != model.Relation{}:
		rel = n.relation(after)
	}
	for _, guarded := range n.guards(before, after) {
		if security.MayChange(e.Actor, n.permission(action), rel, guarded) {
			continue
		}
		field, _, _ := strings.Cut(guarded, "/")
		what := fmt.Sprintf("set the %s of %s", guardedNames.Replace(field), withArticle(n.name))
		if before != nil {
			what = fmt.Sprintf("change the %s of %s %d", guardedNames.Replace(field), n.name, n.id(before))
		}
		return e.denied(ctx, security.Setting(n.permission(action), field), rel, what, "", guarded)
	}
	return nil
}

// write saves a changed record, and tells what changed.
func (n noun[R]) write(ctx context.Context, e *Env, u updater[R], before, after R) (Result, error) {
	if len(n.changes(&before, &after)) == 0 {
		return Result{Message: fmt.Sprintf("Nothing to change in %s %d.", n.name, n.id(&before)), Table: n.record(&before)}, nil
	}
	if err := u.save(ctx, e.Tx, &after); err != nil {
		return Result{}, n.explain(ctx, e, &before, err)
	}
	if u.done != nil {
		u.done(e, &before, &after)
	}
	return Result{
		Message:   fmt.Sprintf("%s %d updated%s.", capital(n.name), n.id(&before), n.called(&after)),
		Changes:   n.changes(&before, &after),
		ChangedID: n.id(&before),
	}, nil
}

// explain tells who changed the record meanwhile, where that is why a write failed.
func (n noun[R]) explain(ctx context.Context, e *Env, before *R, err error) error {
	if errors.Is(err, data.ErrStale) {
		return e.stale(ctx, n.name, n.id(before), n.version(before))
	}
	return err
}

// within reads a record of a resource without scopes: every one, or none.
func within[R any](reach model.Reach, noun string, id int64, read func() (R, error)) (R, error) {
	if !reach.Any {
		var none R
		return none, model.Missing(noun, id)
	}
	return read()
}

// changes compares two states of a record column by column, bookkeeping aside.
func (n noun[R]) changes(before, after *R) []Change {
	var changes []Change
	for _, c := range n.columns {
		if c.Name == "updated_at" || c.Name == "version" {
			continue
		}
		if b, a := c.value(before), c.value(after); !sameValue(b, a) {
			changes = append(changes, Change{Column: c.Column, Before: b, After: a})
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

// stale explains that a record changed since the version that the person saw: who, when and what.
func (e *Env) stale(ctx context.Context, resource string, id, version int64) error {
	err := model.Errorf(model.Conflict, "%s %d was changed meanwhile, so nothing was written", resource, id)
	changes, herr := e.Store.Read().History(context.WithoutCancel(ctx), resource, id)
	if herr != nil {
		return herr
	}
	// Each update in the history made one more version.
	updates := slices.DeleteFunc(changes, func(c model.Change) bool { return c.Action != "update" })
	if version > int64(len(updates)) {
		return model.Errorf(model.Conflict, "%s %d has no version %d, so nothing was written", resource, id, version).
			WithHint("look at it with %q", fmt.Sprintf("%s view %d", resource, id))
	}
	updates = updates[version-1:]
	what, herr := e.described(context.WithoutCancel(ctx), e.Store.Read(), resource, updates)
	if herr != nil {
		return herr
	}
	var told []string
	for i, c := range updates {
		told = append(told, fmt.Sprintf("%s changed %s on %s", c.Actor, what[i], e.showTime(c.At)))
	}
	return err.WithHint("%s; look at it again with %q, then repeat the command", strings.Join(told, "; "), fmt.Sprintf("%s view %d", resource, id))
}

// remove declares "NOUN delete ID". check refuses what may not be deleted; it may be nil.
func (n noun[R]) remove(example string, deletable *Source, check func(ctx context.Context, e *Env, r *R) error, del func(ctx context.Context, tx *Tx, id int64) error) Command {
	return Define(Spec[reference]{
		Path: n.name + " delete", Help: "Delete " + withArticle(n.name) + "; its history stays", Example: example,
		Access: Needs(n.name, "delete"), Writes: true,
		Fields: []Field[reference]{recordField(n, deletable, func(in *reference, ref reference) { *in = ref })},
		Confirm: func(ctx context.Context, e *Env, ref reference) (string, error) {
			r, err := n.find(ctx, e, ref, "delete")
			if err == nil && check != nil {
				err = check(ctx, e, &r)
			}
			if err == nil {
				err = e.Data.Unreferred(ctx, n.name, n.id(&r), n.id(&r)) // nobody is asked about what cannot be
			}
			return fmt.Sprintf("Delete %s %d (%s)?", n.name, n.id(&r), n.who(&r)), err
		},
		Run: func(ctx context.Context, e *Env, ref reference) (Result, error) {
			r, err := n.take(ctx, e, ref, "delete")
			if err == nil && check != nil {
				err = check(ctx, e, &r)
			}
			if err != nil {
				return Result{}, err
			}
			if err := del(ctx, e.Tx, n.id(&r)); err != nil {
				return Result{}, err
			}
			return Result{Message: fmt.Sprintf("%s %d deleted%s.", capital(n.name), n.id(&r), n.called(&r)), Table: n.record(&r)}, nil
		},
	})
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// pointer and value turn an optional id or time into a cell: nil when absent.
func optional[V any](p *V) Value {
	if p == nil {
		return nil
	}
	return *p
}

// optionalDay is optional for a day.
func optionalDay(t *time.Time) Value {
	if t == nil {
		return nil
	}
	return model.Day(*t)
}

// text turns an optional text into a cell: nil when empty.
func text[S ~string](s S) Value {
	if s == "" {
		return nil
	}
	return string(s)
}

// The columns that every table of records ends with.
func bookkeeping[R any](createdAt, updatedAt func(*R) time.Time, version func(*R) int64) []column[R] {
	return []column[R]{
		{Column: Column{Name: "created_at", Title: "Created", Priority: 8}, sort: model.ByMoment, value: func(r *R) Value { return createdAt(r) }, detail: true},
		{Column: Column{Name: "updated_at", Title: "Updated", Priority: 8}, sort: model.ByMoment, value: func(r *R) Value { return updatedAt(r) }, detail: true},
		{Column: Column{Name: "version", Title: "Version", For: Machines}, value: func(r *R) Value { return version(r) }, detail: true},
	}
}
