package data

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// resource is what data knows of a noun. Each part is said, if only by queries.None: what is forgotten fails at start, and
// leaves nothing open.
type resource struct {
	name  string // of the noun, as the history tells it: "user"
	table string // where its records are: "users"
	title string // the column that tells people which record it is: "username"
	// view reads a record, within a reach where there is one, and perhaps others that come along.
	view queries.Query
	// insert and update write the fields of a record, delete deletes it.
	insert, update, delete queries.Query
	// list and count read the records within a filter. Where grouped has a query for a sort field, the records share its names
	// with many others: in that order all of them are read name by name.
	list, count queries.Query
	grouped     map[string]queries.Query
	// common tells how many records are to be walked for a page of a search that many fit; 0: these are looked up.
	common queries.Query
	// reach tells whether any record is an actor's own, and which ones are assigned to them.
	reach queries.Query
	// named tells the names of records by their ids, as far as they are within a reach. Whoever views records of the
	// nouns in through is told names that those records mention. Whoever views all is told of what is gone, and
	// everybody is where it is public.
	named   queries.Query
	through []string
	public  bool
	// Records with an owner, and whose they are, are kept as they are until the transaction ends. The query lock keeps
	// everybody else from changing what the transaction changes itself; hold lets others hold it too. With assignment
	// it keeps an event through which a record is assigned to the actor.
	lock, hold, assignment queries.Query
	// whole says that a record's own row tells whose it is, so that it stays so with the version, which lock returns. Its update
	// returns the record as view tells it.
	whole bool
	// clears delete what goes with a record, before it.
	clears []queries.Query
	// referrers count what refers to a record, and keep it from being deleted; referred is that fault.
	referrers queries.Query
	referred  model.Fault
	// followers move what refers to a record @from to the record @into, as the first is merged into the second. Without them
	// the noun's records are not merged.
	followers []queries.Query
	// rules tell what the constraints of the table mean: each by its name behind that of the table, or by the column that is
	// taken already or refers to nothing.
	rules map[string]rule
	// record and filter are the types of the noun's records, and of what narrows its lists.
	record, filter reflect.Type
}

// resources are all of them.
var resources = declared(users.described(), roles.described(), companies.described(), clients.described(), contracts.described(), events.described(),
	payments.described(), notes.described())

// declared returns the resources. It refuses one that lacks a part.
func declared(all ...resource) []resource {
	for _, d := range all {
		if part := d.lacks(); part != "" {
			panic(fmt.Sprintf("the resource %q does not say its %s", d.name, part))
		}
	}
	return all
}

// lacks names the first part that the resource does not say; empty if it says all.
func (d resource) lacks() string {
	v := reflect.ValueOf(d)
	for i := range v.NumField() {
		switch field := v.Type().Field(i); field.Type.Kind() {
		case reflect.String, reflect.Struct:
			if v.Field(i).IsZero() {
				return field.Name
			}
		}
	}
	return ""
}

// resourceOf returns the resource of a noun. One that is unknown is a fault of epev's.
func resourceOf(noun string) (resource, error) {
	i := slices.IndexFunc(resources, func(d resource) bool { return d.name == noun })
	if i < 0 {
		return resource{}, fmt.Errorf("there is no resource %q", noun)
	}
	return resources[i], nil
}

// exists reports whether a record is there.
func (r *Reader) exists(ctx context.Context, d resource, id int64) (bool, error) {
	return get[bool](ctx, r, queries.Record.Exists, args{"table": d.table, "id": id})
}

// changed is write for an update of one version of a record: no row means that the version is
// an older one, or that the record is gone.
func changed(ctx context.Context, tx *Tx, alone exclusive, d resource, id int64, q queries.Query, a args) error {
	_, err := write[int64](ctx, tx, alone, q, a)
	return tx.updated(ctx, d, id, err)
}

// updated tells what it means that an update found no row of the version.
func (tx *Tx) updated(ctx context.Context, d resource, id int64, err error) error {
	if !errors.Is(err, errNoRow) {
		return err
	}
	there, err := tx.exists(ctx, d, id)
	switch {
	case err != nil:
		return err
	case !there:
		return model.Missing(d.name, id)
	}
	return ErrStale
}

// Lock keeps a client, contract or event that is about to be changed as it is, so that what is read of it afterwards
// stays true. NotFound if there is none. With assigned it also keeps one event of the actor's that the record is
// assigned to them through. It returns the version that it keeps where that alone tells whose the record is; 0 elsewhere.
func (tx *Tx) Lock(ctx context.Context, noun string, id int64, assigned bool) (version int64, err error) {
	d, err := resourceOf(noun)
	if err == nil {
		version, err = tx.kept(ctx, d, d.lock, id)
		err = tx.unmerged(ctx, d, id, err)
	}
	if assigned || !d.whole {
		version = 0
	}
	if assigned && err == nil && d.assignment.Text() != "" {
		if _, err = get[int64](ctx, tx.Reader, d.assignment, args{"id": id, "actor": tx.by.ActorID}); errors.Is(err, errNoRow) {
			err = nil // it is assigned no more, which the next reading tells
		}
	}
	return version, tx.failed(ctx, "lock a "+noun, err)
}

// Hold keeps a client, company, contract or event that another record will belong to as it is. NotFound if there is none.
func (tx *Tx) Hold(ctx context.Context, noun string, id int64) error {
	d, err := resourceOf(noun)
	if err == nil {
		err = tx.unmerged(ctx, d, id, tx.keep(ctx, d, d.hold, id))
	}
	return tx.failed(ctx, "hold a "+noun, err)
}

// unmerged turns a record that is missing, as it was merged while its lock was waited for, into a Conflict after which the command
// is decided anew.
func (tx *Tx) unmerged(ctx context.Context, d resource, id int64, missing error) error {
	if model.KindOf(missing) != model.NotFound || !d.merges() {
		return missing
	}
	into, err := tx.led(ctx, d, id)
	if err != nil || into == 0 {
		return cmp.Or(err, missing)
	}
	return &model.Error{Kind: model.Conflict, Fault: "changed-meanwhile", Facts: model.Facts{"noun": d.name, "id": id}, Err: errDecideAgain}
}

func (tx *Tx) keep(ctx context.Context, d resource, q queries.Query, id int64) error {
	_, err := tx.kept(ctx, d, q, id)
	return err
}

// kept is keep that returns what the query does.
func (tx *Tx) kept(ctx context.Context, d resource, q queries.Query, id int64) (int64, error) {
	told, err := write[any](ctx, tx, false, q, args{"id": id})
	if !errors.Is(err, errNoRow) {
		number, _ := told.(int64)
		return number, err
	}
	there, err := tx.exists(ctx, d, id)
	switch {
	case err != nil:
		return 0, err
	case there: // it was moved while the lock was waited for
		return 0, &model.Error{Kind: model.Conflict, Fault: "changed-meanwhile", Facts: model.Facts{"noun": d.name, "id": id}, Err: errDecideAgain}
	}
	return 0, model.Missing(d.name, id)
}

// Unreferred is a Conflict where something still refers to a record, which keeps it from being deleted, and nil where
// nothing does. It says what refers to it, under the name that people know the record by.
func (r *Reader) Unreferred(ctx context.Context, noun string, id int64, name any) error {
	d, err := resourceOf(noun)
	if err != nil || d.referrers.Text() == "" {
		return r.failed(ctx, "look what refers to a record", err)
	}
	return r.referred(ctx, d, id, name, d.referred)
}

// referred is the fault that keeps a record from what is to be done with it where something refers to it.
func (r *Reader) referred(ctx context.Context, d resource, id int64, name any, fault model.Fault) error {
	left, err := list[model.Counted](ctx, r, d.referrers, args{"id": id})
	left = slices.DeleteFunc(left, func(c model.Counted) bool { return c.N == 0 })
	if err != nil || len(left) == 0 {
		return r.failed(ctx, "look what refers to a "+d.name, err)
	}
	return &model.Error{Kind: model.Conflict, Fault: fault, Facts: model.Facts{"noun": d.name, "name": name, "left": left}}
}

// tablesOf are the tables of all resources, and the nouns by which the history knows them.
func tablesOf() (tables, nouns pq.StringArray) {
	for _, d := range resources {
		tables, nouns = append(tables, d.table), append(nouns, d.name)
	}
	return tables, nouns
}
