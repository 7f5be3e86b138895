package data

// What is done with the records of every noun alike. A noun's own file says what it is and what else its writes hold to.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx/reflectx"
	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// noun is a resource whose records are each a T, and whose lists are narrowed by an F. Parameters of its queries are named like
// the columns of T, or as F says in its tags.
type noun[T, F any] struct{ resource }

// columns knows the fields of a record by the columns that they are read from.
var columns = reflectx.NewMapperFunc("db", strings.ToLower)

// described is the resource with the types of its noun.
func (n noun[T, F]) described() resource {
	d := n.resource
	d.record, d.filter = reflect.TypeFor[T](), reflect.TypeFor[F]()
	return d
}

// one reads a record, or the one that it was merged into; NotFound if there is none within reach.
func (n noun[T, F]) one(ctx context.Context, r *Reader, reach model.Reach, id int64) (T, error) {
	c, _, err := together[T, struct{}](ctx, r, n.resource, reach, id, model.Reach{}, 0)
	return c, err
}

// together reads a record, as one does, and the first of those that come along with it, within a reach of their own.
func together[T, U any](ctx context.Context, r *Reader, d resource, reach model.Reach, id int64, of model.Reach, limit int) (
	record T, first []U, err error) {
	if d.beyond(reach) {
		return record, nil, model.Missing(d.name, id)
	}
	rows, err := view[pair[T, U]](ctx, r, d.view, d.viewing(reach, id, of, limit))
	if errors.Is(err, errNoRow) && d.merges() {
		var into int64
		if into, err = r.led(ctx, d, id); err == nil {
			rows, err = view[pair[T, U]](ctx, r, d.view, d.viewing(reach, into, of, limit))
		}
	}
	if err != nil {
		return record, nil, r.failed(ctx, "read a "+d.name, found(err, d.name, id))
	}
	for _, row := range rows {
		if row.There {
			first = append(first, row.Related)
		}
	}
	return rows[0].Record, first, nil
}

// viewing are the arguments that a view may take.
func (d resource) viewing(reach model.Reach, id int64, of model.Reach, limit int) args {
	return d.within(reach).and(reachOf("related", of), args{"id": id, "name": "", "limit": limit, "actor": cmp.Or(reach.ActorID, of.ActorID)})
}

// pair is a row of a record and one that comes along with it, in columns such as "related.id".
type pair[T, U any] struct {
	Record  T    `db:"record"`
	Related U    `db:"related"`
	There   bool `db:"there"`
}

// page returns a page of the records within reach and filter. An After that is not within reach is NotFound.
func (n noun[T, F]) page(ctx context.Context, r *Reader, reach model.Reach, f F, p model.Page) ([]T, error) {
	var rows []T
	if n.beyond(reach) {
		return rows, nil
	}
	q, a, err := n.paging(ctx, r, reach, f, p)
	if err == nil {
		rows, err = list[T](ctx, r, q, a)
	}
	if walked, _ := a["walk"].(int64); err == nil && walked > 0 && len(rows) < p.Limit { // those that fit lie together elsewhere
		a["walk"] = int64(0)
		rows, err = list[T](ctx, r, q, a)
	}
	if err == nil && len(rows) == 0 && p.After != 0 && p.AfterKey == nil {
		var behind T
		behind, err = n.one(ctx, r, reach, p.After)
		if id := idOf(&behind); err == nil && id != p.After && p.Sort.Field != "" { // it was merged into that one
			p.After = id
			return n.page(ctx, r, reach, f, p)
		}
	}
	return rows, r.failed(ctx, "list the records of a "+n.name, err)
}

// each tells the records that page lists, one after the other, as they are read. How they relate to the actor is told only where that
// decides which of them there are.
func (n noun[T, F]) each(ctx context.Context, r *Reader, reach model.Reach, f F, p model.Page, tell func(*T) error) error {
	if n.beyond(reach) {
		return nil
	}
	q, a, err := n.paging(ctx, r, reach, f, p)
	if _, mine := filtering(f); err == nil {
		if reach.Any && !mine {
			a["actor"] = nil
		}
		err = each(ctx, r, q, a.taken(q), tell)
	}
	return r.failed(ctx, "read the records of a "+n.name, err)
}

// paging returns the query of a page, and its arguments. Where the filter lets everything through but what the grouped query
// of that order filters too, it is that one.
func (n noun[T, F]) paging(ctx context.Context, r *Reader, reach model.Reach, f F, p model.Page) (queries.Query, args, error) {
	page := paged(p)
	filter, mine := filtering(f)
	if q, ok := n.grouped[p.Sort.Field]; ok && reach.Any && !mine && p.Search == "" && narrowest(q, filter) {
		return q, page.and(filter, args{"actor": reach.ActorID}).taken(q), nil
	}
	a, err := n.narrowing(ctx, r, n.list, reach, filter, mine, p.Search)
	if err == nil && n.common.Text() != "" {
		a["walk"], err = n.walk(ctx, r, p, a)
	}
	return n.list, page.and(a), err
}

// walk is how many records are looked at in the order of a page, where so many fit its search that the page is full then. It is 0 where those
// that fit are looked up, as they are few, or as all of them are asked for.
func (n noun[T, F]) walk(ctx context.Context, r *Reader, p model.Page, a args) (int64, error) {
	if p.Limit == 0 || strings.TrimSpace(p.Search) == "" {
		return 0, nil
	}
	return get[int64](context.WithValue(ctx, planned{}, true), r, n.common, a.and(args{"limit": p.Limit}).taken(n.common))
}

// paged are the arguments of a page.
func paged(p model.Page) args {
	return args{"after_key": p.AfterKey, "descending": p.Sort.Descending, "limit": p.Limit, "after": p.After,
		"sort": cmp.Or(p.Sort.Field, "id"), "kind": cmp.Or(p.Sort.Kind, model.ByID)}
}

// number counts what page lists without a limit, up to limit; 0: all.
func (n noun[T, F]) number(ctx context.Context, r *Reader, reach model.Reach, f F, search string, limit int) (int64, error) {
	return summed[int64](ctx, r, n, reach, f, search, limit)
}

// summed sums up what page lists without a limit, up to limit; 0: all.
func summed[S, T, F any](ctx context.Context, r *Reader, n noun[T, F], reach model.Reach, f F, search string, limit int) (sums S, err error) {
	if n.beyond(reach) {
		return sums, nil
	}
	filter, mine := filtering(f)
	a, err := n.narrowing(ctx, r, n.count, reach, filter, mine, search)
	if err == nil {
		sums, err = get[S](context.WithValue(ctx, planned{}, true), r, n.count, a.and(args{"limit": limit}))
	}
	return sums, r.failed(ctx, "count the records of a "+n.name, err)
}

// narrowing are the arguments that a list and its count share: the filter, the search, and the reach where the noun has one.
func (n noun[T, F]) narrowing(ctx context.Context, r *Reader, q queries.Query, reach model.Reach, filter args, mine bool, text string) (args, error) {
	a := narrowed(q, filter, text)
	if !n.scoped() {
		return a, nil
	}
	reached, err := r.sight(ctx, n.resource, reach, mine, whether)
	return a.and(reached), err
}

// narrowed are the whole filter, and what a query takes of a search and of a reach on related records, which narrows nothing.
func narrowed(q queries.Query, filter args, text string) args {
	a := filter.and(searchOf(text).arguments())
	optional := searchOf("").arguments().and(reachOf("related", model.Reach{}), args{"actor": nil})
	maps.DeleteFunc(a, func(name string, _ any) bool {
		_, is := optional[name]
		return is && !slices.Contains(q.Parameters(), name)
	})
	return a
}

// filtering are the arguments of a filter, and whether it asks for what is the actor's own and what is assigned to them.
func filtering(f any) (filter args, mine bool) {
	filter = args{}
	v := reflect.ValueOf(f)
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("db")
		switch value := v.Field(i).Interface().(type) {
		case model.Reach:
			filter = filter.and(reachOf(name, value), args{"actor": value.ActorID})
		case bool:
			if name == "mine" {
				mine = value
				continue
			}
			filter[name] = value
		default:
			filter[name] = storable(value)
		}
	}
	return filter, mine
}

// narrowest reports whether the filter lets everything through but what the query filters too. What a search may look at does
// not count, for there is none.
func narrowest(q queries.Query, filter args) bool {
	taken := q.Parameters()
	for name, value := range filter {
		if !slices.Contains(taken, name) && !strings.HasPrefix(name, "search_") && value != nil && !reflect.ValueOf(value).IsZero() {
			return false
		}
	}
	return true
}

// create inserts a record, and fills it with its row. extra is what the row has beside the fields.
func (n noun[T, F]) create(ctx context.Context, tx *Tx, record *T, extra args) error {
	id, err := write[int64](ctx, tx, false, n.insert, fieldsOf(record, n.insert, extra))
	return n.saved(ctx, tx, "create", record, id, err)
}

// change updates a record, and fills it with its row; ErrStale if it is not of the newest version. err is what kept it from that.
func (n noun[T, F]) change(ctx context.Context, tx *Tx, alone exclusive, record *T, err error) error {
	id := idOf(record)
	if n.whole && err == nil {
		var row T
		row, err = write[T](ctx, tx, alone, n.update, fieldsOf(record, n.update, args{"actor": tx.by.ActorID}))
		return n.filled(ctx, tx, "update", record, row, tx.updated(ctx, n.resource, id, err))
	}
	if err == nil {
		err = changed(ctx, tx, alone, n.resource, id, n.update, fieldsOf(record, n.update, nil))
	}
	return n.saved(ctx, tx, "update", record, id, err)
}

// idOf is the id of a record.
func idOf[T any](record *T) int64 { return columns.FieldByName(reflect.ValueOf(record), "id").Int() }

// fieldsOf are the arguments that a query takes of a record's fields, and those beside them.
func fieldsOf(record any, q queries.Query, extra args) args {
	a := args{}.and(extra)
	v := reflect.ValueOf(record).Elem()
	known := columns.TypeMap(v.Type())
	for _, name := range q.Parameters() {
		if field := known.GetByPath(name); field != nil {
			a[name] = storable(v.FieldByIndex(field.Index).Interface())
		}
	}
	return a
}

// saved fills a record with its row as it is after a write.
func (n noun[T, F]) saved(ctx context.Context, tx *Tx, did string, record *T, id int64, err error) error {
	var row T
	if err == nil {
		row, err = n.one(ctx, tx.Reader, tx.everything(), id)
	}
	return n.filled(ctx, tx, did, record, row, err)
}

// filled fills a record with a row. If the transaction comes to nothing, and perhaps is tried again, the record is as it was.
func (n noun[T, F]) filled(ctx context.Context, tx *Tx, did string, record *T, row T, err error) error {
	if err != nil {
		return tx.failed(ctx, fmt.Sprintf("%s a %s", did, n.name), err)
	}
	before, t := *record, tx.Reader.tx
	t.undo = append(t.undo, func() { *record = before })
	*record = row
	return nil
}

// remove deletes a record that it has locked, and what goes with it, unless something refers to it, or may refuses. locked is what the lock tells.
func remove[L any](ctx context.Context, tx *Tx, alone exclusive, d resource, id int64, may func(locked L) error) error {
	locked, err := write[L](ctx, tx, alone, d.lock, args{"id": id})
	if err = found(err, d.name, id); err == nil {
		err = may(locked)
	}
	for _, q := range append(slices.Clone(d.clears), d.delete) {
		if err == nil {
			_, err = get[int64](ctx, tx.Reader, q, args{"id": id})
		}
	}
	return tx.failed(ctx, "delete a "+d.name, err)
}

// remove deletes a record to which nothing refers.
func (n noun[T, F]) remove(ctx context.Context, tx *Tx, id int64) error {
	return remove(ctx, tx, false, n.resource, id, func(any) error { return tx.Unreferred(ctx, n.name, id, id) })
}

// everything is the reach in which a transaction reads back what it wrote.
func (tx *Tx) everything() model.Reach { return model.Reach{Any: true, ActorID: tx.by.ActorID} }

// storable is a value as a parameter takes it: an infinite time by its word, and no time as null.
func storable(value any) any {
	switch value := value.(type) {
	case time.Time:
		if word := model.Endless(value); word != "" {
			return word
		}
		if value.IsZero() {
			return nil
		}
	case *time.Time:
		if value == nil {
			return nil
		}
		return storable(*value)
	case []string:
		return pq.StringArray(value)
	}
	return value
}
