package data

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
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
func get[T any](ctx context.Context, r *Reader, query string, args ...any) (T, error) {
	var row T
	err := r.try(ctx, func() error {
		rows, err := selected[T](ctx, r.q, nil, query, args...)
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

// view returns the rows of a record's view.sql, of which the arguments are the first: one, or one for each
// record that comes along. It asks the database in the same statement whether what the reader presumes of
// its actor still holds.
func view[T any](ctx context.Context, r *Reader, query string, args ...any) (rows []T, err error) {
	err = r.attempt(ctx, func() error {
		rows, err = selected(ctx, r.q, rows[:0], query, append(args, r.presumed.arguments()...)...)
		return err
	})
	if err == nil && len(rows) == 0 {
		err = errNoRow
	}
	return rows, r.presumed.settle(err)
}

// list returns all rows of a query that is planned for its arguments.
func list[T any](ctx context.Context, r *Reader, query string, args ...any) ([]T, error) {
	ctx = context.WithValue(ctx, planned{}, true)
	rows := []T{}
	err := r.try(ctx, func() (err error) {
		rows, err = selected(ctx, r.q, rows[:0], query, args...)
		return err
	})
	return rows, err
}

// selected appends the rows of a query.
func selected[T any](ctx context.Context, q asker, rows []T, query string, args ...any) ([]T, error) {
	found, err := q.QueryxContext(ctx, query, args...)
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

// scan reads a row. What a predecessor's row holds beside the values that epev's own tables allow, null and infinite
// times, is read as the zero value and the ends of time: what else is in it can still be seen and changed.
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

// holder returns what a field is scanned into that takes null: the field itself, or a pointer to a pointer.
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

// count returns the number that a query planned for its arguments yields.
func count(ctx context.Context, r *Reader, query string, args ...any) (int64, error) {
	return get[int64](context.WithValue(ctx, planned{}, true), r, query, args...)
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
func write[T any](ctx context.Context, tx *Tx, alone exclusive, statement string, args ...any) (T, error) {
	if err := tx.open(ctx, alone); err != nil {
		var nothing T
		return nothing, err
	}
	return get[T](ctx, tx.Reader, statement, args...)
}

// changed is write for an update of one version of a record: no row means that the version is
// an older one, or that the record is gone.
func changed(ctx context.Context, tx *Tx, alone exclusive, noun string, id int64, statement string, args ...any) error {
	_, err := write[int64](ctx, tx, alone, statement, args...)
	if !errors.Is(err, errNoRow) {
		return err
	}
	there, err := get[bool](ctx, tx.Reader, existence[noun], id)
	switch {
	case err != nil:
		return err
	case !there:
		return model.Missing(noun, id)
	}
	return ErrStale
}

// into fills an argument with the row as it is after a write. If the transaction comes to nothing, and
// perhaps is tried again, the argument is as it was.
func into[T any](tx *Tx, argument *T) func(T, error) error {
	return func(row T, err error) error {
		if err != nil {
			return err
		}
		before, t := *argument, tx.Reader.tx
		t.undo = append(t.undo, func() { *argument = before })
		*argument = row
		return nil
	}
}

// existence has the query that tells whether a record is still there.
var existence = map[string]string{
	"user": queries.UserExists, "company": queries.CompanyExists, "client": queries.ClientExists,
	"contract": queries.ContractExists, "event": queries.EventExists,
}

// Records with an owner are kept as they are, together with whose they are, until the transaction ends: locks
// keep everybody else from changing what the transaction changes itself, holds let others hold it too, and assignments
// keep an event through which a record is assigned to the actor.
var (
	locks       = map[string]string{"client": queries.ClientLock, "contract": queries.ContractLock, "event": queries.EventLock}
	holds       = map[string]string{"client": queries.ClientHold, "contract": queries.ContractHold}
	assignments = map[string]string{"client": queries.ClientHoldAssigned, "contract": queries.ContractHoldAssigned}
)

// Lock keeps a client, contract or event that is about to be changed as it is, so that what is read of it afterwards
// stays true. NotFound if there is none. Of the events through which it is assigned to somebody, that holds for one
// of the actor's alone, and only if assigned.
func (tx *Tx) Lock(ctx context.Context, noun string, id int64, assigned bool) error {
	err := tx.keep(ctx, noun, locks[noun], id)
	if query, ok := assignments[noun]; ok && assigned && err == nil {
		if _, err = get[int64](ctx, tx.Reader, query, id, tx.by.ActorID); errors.Is(err, errNoRow) {
			err = nil // it is assigned no more, which the next reading tells
		}
	}
	return tx.failed(ctx, "lock a "+noun, err)
}

// Hold keeps a client or contract that another record will belong to as it is. NotFound if there is none.
func (tx *Tx) Hold(ctx context.Context, noun string, id int64) error {
	return tx.failed(ctx, "hold a "+noun, tx.keep(ctx, noun, holds[noun], id))
}

func (tx *Tx) keep(ctx context.Context, noun, query string, id int64) error {
	_, err := write[any](ctx, tx, false, query, id)
	if !errors.Is(err, errNoRow) {
		return err
	}
	there, err := get[bool](ctx, tx.Reader, existence[noun], id)
	switch {
	case err != nil:
		return err
	case there: // it was moved while the lock was waited for
		return &model.Error{Kind: model.Conflict, Err: errDecideAgain,
			Message: fmt.Sprintf("%s %d was changed meanwhile, so nothing was written", noun, id), Hint: "run the command again"}
	}
	return model.Missing(noun, id)
}

// referrers count what refers to a record, and say what to do about it.
var referrers = map[string]struct{ query, hint string }{
	"user":     {queries.UserReferences, "reassign them first, or deactivate the user"},
	"company":  {queries.CompanyReferences, "move its clients to another company first"},
	"client":   {queries.ClientReferences, "a client with contracts is kept: delete the contracts first"},
	"contract": {queries.ContractReferences, "a contract with events is kept: delete the events first"},
}

// Unreferred is a Conflict that says what still refers to a record, under the name that people know
// it by, and so keeps it from being deleted; nil where nothing does.
func (r *Reader) Unreferred(ctx context.Context, noun string, id int64, name any) error {
	referrer, ok := referrers[noun]
	if !ok {
		return nil
	}
	left, err := get[references](ctx, r, referrer.query, id)
	if err != nil {
		return r.failed(ctx, "look what refers to a "+noun, err)
	}
	return left.conflict(noun, name, referrer.hint)
}
