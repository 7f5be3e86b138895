package data

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/jmoiron/sqlx/reflectx"

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

// view returns the rows of a record's view: one, or one for each record that comes along. It asks the database in the
// same statement whether what the reader presumes of its actor still holds.
func view[T any](ctx context.Context, r *Reader, q queries.Query, a args) (rows []T, err error) {
	a = a.and(r.presumed.arguments())
	err = r.attempt(ctx, func() error {
		rows, err = selected(ctx, r.q, rows[:0], q, a)
		return err
	})
	if err == nil && len(rows) == 0 {
		err = errNoRow
	}
	return rows, r.presumed.settle(err)
}

// list returns all rows of a query that is planned for its arguments.
func list[T any](ctx context.Context, r *Reader, q queries.Query, a args) ([]T, error) {
	ctx = context.WithValue(ctx, planned{}, true)
	rows := []T{}
	err := r.try(ctx, func() (err error) {
		rows, err = selected(ctx, r.q, rows[:0], q, a)
		return err
	})
	return rows, err
}

// selected appends the rows of a query.
func selected[T any](ctx context.Context, on asker, rows []T, q queries.Query, a args) ([]T, error) {
	bound, err := q.Bind(a)
	if err != nil {
		return rows, err
	}
	found, err := on.QueryxContext(ctx, q.Text(), bound...)
	if err != nil {
		return rows, err
	}
	defer found.Close()
	for found.Next() {
		var row T
		if err := scan(found, &row); err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, found.Err()
}

// scan reads a row. A predecessor's row may hold values that epev's own tables do not allow: null, and infinite times.
// They are read as the zero value and as the ends of time, so that the rest of the row can still be seen and changed.
func scan(rows *sqlx.Rows, row any) error {
	target := reflect.ValueOf(row).Elem()
	_, scans := row.(sql.Scanner)
	fields, read := []reflect.Value{target}, rows.Scan
	if !scans && target.Kind() == reflect.Struct && target.Type() != reflect.TypeFor[time.Time]() {
		fields, read = nil, func(...any) error { return rows.StructScan(row) }
	}
	strict := read(row)
	if strict == nil {
		return nil
	}
	if fields == nil {
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		for _, path := range rows.Mapper.TraversalsByName(target.Type(), columns) {
			if len(path) == 0 {
				return strict // a column without a field
			}
			fields = append(fields, reflectx.FieldByIndexes(target, path))
		}
	}
	held := make([]any, len(fields))
	for i, field := range fields {
		held[i] = holder(field.Addr().Interface())
	}
	if err := rows.Scan(held...); err != nil {
		return err
	}
	for i, field := range fields {
		if value := reflect.ValueOf(held[i]); value.Type() == reflect.PointerTo(reflect.PointerTo(field.Type())) {
			field.SetZero()
			if !value.Elem().IsNil() {
				field.Set(value.Elem().Elem())
			}
		}
	}
	return nil
}

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

// storedOr is stored of a time that may be missing.
func storedOr(t *time.Time) any {
	if t == nil {
		return nil
	}
	return stored(*t)
}

// stored is a time as a column takes it: an infinite one by its word, and none as null.
func stored(t time.Time) any {
	if word := model.Endless(t); word != "" {
		return word
	}
	if t.IsZero() {
		return nil
	}
	return t
}

// count returns what a query planned for its arguments sums up.
func count[T any](ctx context.Context, r *Reader, q queries.Query, a args) (T, error) {
	return get[T](context.WithValue(ctx, planned{}, true), r, q, a)
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
