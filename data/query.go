package data

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/jmoiron/sqlx/reflectx"
	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// errNoRow is what get gives when the query yields nothing.
var errNoRow = sql.ErrNoRows

// get returns the one row of a query.
func get[T any](ctx context.Context, r *Reader, q queries.Query, a args) (T, error) {
	var row T
	err := r.try(ctx, func() error {
		rows, err := selected[T](ctx, r.q, nil, q, a)
		switch {
		case err != nil:
			return err
		case len(rows) == 0:
			return errNoRow
		}
		row = rows[0]
		return nil
	})
	return row, err
}

// view returns the rows of a record's view: one, or one for each record that comes along. If the view can confirm it, it asks the
// database in the same statement whether what the reader presumes of its actor still holds.
func view[T any](ctx context.Context, r *Reader, q queries.Query, a args) (rows []T, err error) {
	run, presumed := r.try, (*presumption)(nil)
	if slices.Contains(q.Parameters(), "session") {
		run, presumed = r.attempt, r.presumed
	}
	a = a.and(presumed.arguments()).taken(q)
	err = run(ctx, func() error {
		rows, err = selected(ctx, r.q, rows[:0], q, a)
		return err
	})
	if err == nil && len(rows) == 0 {
		err = errNoRow
	}
	return rows, presumed.settle(err)
}

// list returns all rows of a query that is planned for its arguments.
func list[T any](ctx context.Context, r *Reader, q queries.Query, a args) ([]T, error) {
	return few[T](context.WithValue(ctx, planned{}, true), r, q, a)
}

// few returns all rows of a query that is planned once, as the same plan is good for all arguments.
func few[T any](ctx context.Context, r *Reader, q queries.Query, a args) ([]T, error) {
	rows := []T{}
	err := r.try(ctx, func() (err error) {
		rows, err = selected(ctx, r.q, rows[:0], q, a)
		return err
	})
	return rows, err
}

// each tells all rows of a query that is planned for its arguments, as they are read. Within a transaction it is not attempted again.
func each[T any](ctx context.Context, r *Reader, q queries.Query, a args, tell func(*T) error) error {
	ctx = context.WithValue(ctx, planned{}, true)
	if r.tx == nil {
		return errors.New("rows are read one by one in a transaction alone")
	}
	return r.try(ctx, func() error {
		return rowsOf(ctx, r.q, q, a, func(row *T) error {
			r.tx.told = true
			return tell(row)
		})
	})
}

// selected appends the rows of a query.
func selected[T any](ctx context.Context, on asker, rows []T, q queries.Query, a args) ([]T, error) {
	err := rowsOf(ctx, on, q, a, func(row *T) error {
		rows = append(rows, *row)
		return nil
	})
	return rows, err
}

// rowsOf tells the rows of a query.
func rowsOf[T any](ctx context.Context, on asker, q queries.Query, a args, tell func(row *T) error) error {
	bound, err := q.Bind(a)
	if err != nil {
		return err
	}
	found, err := on.QueryxContext(ctx, q.Text(), bound...)
	if err != nil {
		return err
	}
	defer found.Close()
	names, err := found.Columns()
	if err != nil {
		return err
	}
	places, err := placesOf(reflect.TypeFor[T](), q.Name(), names)
	if err != nil {
		return err
	}
	var row T
	into := targetsOf(reflect.ValueOf(&row).Elem(), names, places)
	for found.Next() {
		row = *new(T)
		if err := into.scan(found); err != nil {
			return err
		}
		if err := tell(&row); err != nil {
			return err
		}
	}
	return found.Err()
}

// placesOf tells in which fields of a row its columns belong, each by its index path. The path of a row that is a value itself is
// empty, and that of a column for which nobody asked is nil. A query has the same columns each time.
func placesOf(row reflect.Type, query string, names []string) ([][]int, error) {
	type of struct {
		row   reflect.Type
		query string
	}
	if found, ok := placed.Load(of{row, query}); ok {
		return found.([][]int), nil
	}
	if row.Kind() != reflect.Struct || row == reflect.TypeFor[time.Time]() || reflect.PointerTo(row).Implements(reflect.TypeFor[sql.Scanner]()) {
		return [][]int{{}}, nil
	}
	known, places := columns.TypeMap(row), make([][]int, len(names))
	for i, name := range names {
		field := cmp.Or(known.GetByPath(name), known.GetByPath("record."+name))
		if field == nil && !strings.HasPrefix(name, related) && name != "there" {
			return nil, fmt.Errorf("query %s: nothing takes the column %s", query, name)
		}
		if field != nil {
			places[i] = field.Index
		}
	}
	placed.Store(of{row, query}, places)
	return places, nil
}

// placed are the places that were found, by the type of the row and the query.
var placed sync.Map

// targets are where the columns of a row are read into.
type targets struct {
	fields     []reflect.Value
	plain, odd []any // of a row as epev writes it, and of any other
	held       []int // of the odd ones, those that hold a value, or none
}

// targetsOf returns those of a row, for all rows of a statement.
func targetsOf(row reflect.Value, names []string, places [][]int) targets {
	t := targets{fields: make([]reflect.Value, len(places)), plain: make([]any, len(places)), odd: make([]any, len(places))}
	for i, place := range places {
		switch {
		case place == nil:
			t.fields[i] = reflect.New(reflect.TypeFor[any]()).Elem()
		case len(place) == 0:
			t.fields[i] = row
		default:
			t.fields[i] = reflectx.FieldByIndexes(row, place)
		}
		field := t.fields[i].Addr().Interface()
		if t.fields[i].Type() == reflect.TypeFor[[]string]() {
			field = pq.Array(field)
		}
		t.plain[i], t.odd[i] = field, holder(field)
		if reflect.TypeOf(t.odd[i]) == reflect.PointerTo(reflect.PointerTo(t.fields[i].Type())) {
			t.held = append(t.held, i)
		}
		if strings.HasPrefix(names[i], related) { // there may be none
			t.plain[i] = t.odd[i]
		}
	}
	return t
}

// scan reads a row. A predecessor's row may hold what epev's own tables do not allow: null and infinite times. They are
// read as the zero value and the ends of time, so that what else is in it can still be seen and changed.
func (t *targets) scan(rows *sqlx.Rows) error {
	odd := rows.Scan(t.plain...) != nil
	if odd {
		if err := rows.Scan(t.odd...); err != nil {
			return err
		}
	}
	for _, i := range t.held {
		if !odd && t.plain[i] != t.odd[i] {
			continue
		}
		value := reflect.ValueOf(t.odd[i]).Elem()
		if t.fields[i].SetZero(); value.IsNil() {
			t.plain[i] = t.odd[i] // the next rows have none there either, most often
		} else {
			t.fields[i].Set(value.Elem())
		}
	}
	return nil
}

// related is how the columns of a record begin that comes along with another.
const related = "related."

// holder returns the target that a field is scanned into where it takes null: the field itself, or a pointer to a
// pointer.
func holder(field any) any {
	switch field := field.(type) {
	case *model.Amount:
		return anyAmount{field}
	case sql.Scanner:
		return field
	case *time.Time:
		return &anyTime{set: func(t *time.Time) { *field = *cmp.Or(t, &time.Time{}) }}
	case **time.Time:
		return &anyTime{set: func(t *time.Time) { *field = t }}
	}
	if reflect.TypeOf(field).Elem().Kind() == reflect.Pointer {
		return field
	}
	return reflect.New(reflect.TypeOf(field)).Interface()
}

// anyAmount takes an amount, or null.
type anyAmount struct{ *model.Amount }

func (a anyAmount) Scan(src any) error {
	if src == nil {
		*a.Amount = model.NoAmount()
		return nil
	}
	return a.Amount.Scan(src)
}

// anyTime takes a time, an infinite one, or null.
type anyTime struct{ set func(*time.Time) }

func (a *anyTime) Scan(src any) error {
	switch src := src.(type) {
	case nil:
		a.set(nil)
	case time.Time:
		a.set(&src)
	case []byte:
		t, ok := map[string]time.Time{model.Endless(model.BeforeAllTime): model.BeforeAllTime, model.Endless(model.AfterAllTime): model.AfterAllTime}[string(src)]
		if !ok {
			return fmt.Errorf("%q is no time", src)
		}
		a.set(&t)
	default:
		return fmt.Errorf("a %T is no time", src)
	}
	return nil
}

// try attempts a read that does not ask whether what the reader presumes holds: another one has.
func (r *Reader) try(ctx context.Context, read func() error) error {
	if !r.Confirmed() {
		return errUnconfirmed
	}
	return r.attempt(ctx, read)
}

// attempt runs a read, and once more if the connection was lost and there is no transaction that
// was lost with it. A read does not change anything: twice is as good as once.
func (r *Reader) attempt(ctx context.Context, read func() error) error {
	if r.tx != nil {
		return r.tx.try(read)
	}
	if r.home != nil {
		err := read()
		if err == nil || errors.Is(err, errNoRow) || ctx.Err() != nil {
			return err
		}
		r.back()
		r.store.standby.failed(ctx, err)
	}
	use := func() error {
		err := r.usable(ctx)
		if err == nil {
			err = read()
		}
		if err != nil && !errors.Is(err, errNoRow) {
			r.leave()
		}
		return err
	}
	err := use()
	for range idleConnections {
		// Every idle connection may be broken: a server that died takes all of them along.
		if err == nil || ctx.Err() != nil || !repeatable(err) {
			return err
		}
		err = use()
	}
	return err
}

func (r *Reader) usable(ctx context.Context) error {
	if r.anySchema {
		return nil
	}
	return r.store.use(ctx, r)
}

// found turns no row into the answer for a record that is not there, or not for this actor.
func found(err error, noun string, id any) error {
	if errors.Is(err, errNoRow) {
		return model.Missing(noun, id)
	}
	return err
}

// failed is translate with what was attempted.
func (r *Reader) failed(ctx context.Context, attempted string, err error) error {
	if _, already := errors.AsType[*model.Error](err); err == nil || already {
		return err
	}
	return r.store.translate(ctx, fmt.Errorf("%s: %w", attempted, err))
}

// write is get for a statement that changes something: it opens the transaction first.
func write[T any](ctx context.Context, tx *Tx, alone exclusive, q queries.Query, a args) (T, error) {
	if err := tx.open(ctx, alone); err != nil {
		var nothing T
		return nothing, err
	}
	return get[T](ctx, tx.Reader, q, a)
}

// args are the arguments of a query, by the names of its parameters.
type args map[string]any

// and returns the arguments with others.
func (a args) and(more ...args) args {
	all := make(args, len(a)+8)
	for _, some := range append([]args{a}, more...) {
		maps.Copy(all, some)
	}
	return all
}

// taken returns those of the arguments that a query takes.
func (a args) taken(q queries.Query) args {
	some := make(args, len(a))
	for _, name := range q.Parameters() {
		if value, ok := a[name]; ok {
			some[name] = value
		}
	}
	return some
}
