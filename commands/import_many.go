package commands

import (
	"context"
	"slices"
	"strings"

	"epev/commands/tabular"
	"epev/data"
	"epev/model"
)

// arrivals says how many records of a noun are written at once.
type arrivals[R any] struct {
	// there returns for each record what importer.there would, and data.OutOfSight where only somebody out of the actor's sight has its key.
	// It is nil where records are known by their ids alone.
	there func(ctx context.Context, e *Act, rs []R) ([]int64, error)
	// hold keeps what the records will belong to, all of it at once, as each of them would; nil: nothing.
	hold func(ctx context.Context, e *Act, rs []R) error
	// alone says that a record is written by itself, by what is given of it; nil: none.
	alone func(g given) bool
	// insert creates them, or none.
	insert saver[[]R]
	// update changes records that lock keeps as several reads them; nil: each is changed by itself.
	update  saver[[]R]
	lock    saver[[]int64]
	several func(r *data.Reader, ctx context.Context, reach model.Reach, ids []int64) ([]R, error)
}

// How many rows are looked up and created at once at most, and how many are changed, which takes the database longer. No statement is to
// take many seconds, even where much else goes on.
const (
	rowsTogether    = 2000
	changesTogether = 500
	// mostHeld are the records that are remembered to which others belong.
	mostHeld = 10_000
)

// arriving is a row that is written together with others.
type arriving[R any] struct {
	row    tabular.Row
	draft  draft[R]
	record R
	id     int64 // that its id column tells, where the noun has no key
	there  int64 // the record that is there already
	apart  bool  // it is written by itself, behind the others
	what   string
	err    error // why it is refused
}

// take imports a row, or keeps it until there are enough to be written together.
func (r *reader[R, F]) take(ctx context.Context, row tabular.Row) error {
	if r.im.many == nil {
		return r.row(ctx, row, false)
	}
	r.pending = append(r.pending, row)
	if len(r.pending) == rowsTogether {
		return r.flush(ctx)
	}
	return nil
}

// flush writes the rows that are kept: new records together, records that change together, and then each other row by itself, in the order
// of the file.
func (r *reader[R, F]) flush(ctx context.Context) error {
	defer func() {
		clear(r.pending)
		r.pending = r.pending[:0]
		if len(r.e.held) > mostHeld { // they stay locked, and are read once more where they are named again
			clear(r.e.held)
		}
	}()
	if err := r.find(ctx); err != nil {
		return err
	}
	rows := make([]*arriving[R], 0, len(r.pending))
	for _, row := range r.pending {
		a := &arriving[R]{row: row}
		rows = append(rows, a)
		if a.err = r.read(ctx, a); a.err == nil {
			continue
		}
		if !refusable(a.err) {
			return a.err
		}
		if !r.in.dryRun && !r.in.keepGood { // the lines before it may be wrong as well, those behind it do not matter
			break
		}
	}
	if err := r.together(ctx, rows); err != nil {
		return err
	}
	for _, a := range rows {
		var err error
		if a.apart {
			err = r.row(ctx, a.row, true)
		} else {
			err = r.tally(a.row, a.what, a.err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// find finds what the rows that are kept name, all of it at once.
func (r *reader[R, F]) find(ctx context.Context) error {
	for i, c := range r.columns {
		if c.named == nil || c.named.find == nil {
			continue
		}
		var keys, names []string
		asked := map[string]bool{}
		for _, row := range r.pending {
			if row.Wrong != nil {
				continue
			}
			name := strings.TrimSpace(row.Cells[i])
			key := c.key(name)
			if _, known := r.found[key]; name != "" && !known && !asked[key] {
				keys, names, asked[key] = append(keys, key), append(names, name), true
			}
		}
		if len(names) == 0 {
			continue
		}
		ids, err := c.named.find(ctx, r.e, names)
		if err != nil {
			return err
		}
		for j, id := range ids {
			if id > 0 {
				r.found[keys[j]] = id
			}
		}
	}
	return nil
}

// read reads a row. What it would create along with its record it does not create, if that is not to stay where the record is refused.
func (r *reader[R, F]) read(ctx context.Context, a *arriving[R]) (err error) {
	if err := r.wrong(a.row); err != nil {
		return err
	}
	r.looking, r.absent = r.in.dryRun || r.in.keepGood, false
	a.draft, a.id, err = r.draft(ctx, a.row)
	a.apart, r.looking = r.absent, false
	if err != nil {
		a.apart = false
		return err
	}
	var none R
	a.record = a.draft.applied(none)
	a.apart = a.apart || r.im.many.alone != nil && r.im.many.alone(a.draft.given)
	err = r.once(a.row, &a.record, a.id)
	a.apart = a.apart && err == nil
	return err
}

// together writes those of the rows whose records are new, and those whose records change. What is left to be written apart it marks.
func (r *reader[R, F]) together(ctx context.Context, rows []*arriving[R]) error {
	rows = slices.DeleteFunc(slices.Clone(rows), func(a *arriving[R]) bool { return a.err != nil || a.apart })
	if len(rows) == 0 {
		return nil
	}
	if err := r.know(ctx, rows); err != nil {
		return err
	}
	var fresh, known []*arriving[R]
	for _, a := range rows {
		switch {
		case a.there == 0:
			fresh = append(fresh, a)
		case a.there == data.OutOfSight:
			a.apart = true
		case r.in.onConflict == conflictSkip:
			a.what = "left"
		case r.in.onConflict == conflictUpdate && r.im.many.update != nil:
			known = append(known, a)
		default:
			a.apart = true
		}
	}
	if err := r.create(ctx, fresh); err != nil {
		return err
	}
	for some := range slices.Chunk(known, changesTogether) {
		if err := r.change(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

// know finds out which records of rows are there already.
func (r *reader[R, F]) know(ctx context.Context, rows []*arriving[R]) error {
	if r.im.key == nil {
		var ids []int64
		for _, a := range rows {
			if a.id != 0 {
				ids = append(ids, a.id)
			}
		}
		if len(ids) == 0 {
			return nil
		}
		found, err := r.im.many.several(r.e.Data, ctx, r.n.reach(r.e, "view"), ids)
		is := make(map[int64]bool, len(found))
		for i := range found {
			is[r.n.id(&found[i])] = true
		}
		for _, a := range rows {
			if is[a.id] {
				a.there = a.id
			}
		}
		return err
	}
	records := make([]R, len(rows))
	for i, a := range rows {
		records[i] = a.record
	}
	there, err := r.im.many.there(ctx, r.e, records)
	if err != nil {
		return err
	}
	for i, a := range rows {
		a.there = there[i]
	}
	return nil
}

// holdMany keeps those of the ids that the actor may view as parent keeps one, and remembers them.
func (n noun[R, F]) holdMany(ctx context.Context, e *Act, ids []int64,
	several func(*data.Reader, context.Context, model.Reach, []int64) ([]R, error), hold saver[[]int64]) error {
	ids = slices.DeleteFunc(ids, func(id int64) bool { return e.held[data.Record{Kind: n.name, ID: id}] != nil })
	slices.Sort(ids)
	if ids = slices.Compact(ids); len(ids) == 0 {
		return nil
	}
	reach := n.reach(e, "view")
	seen, err := several(e.Data, ctx, reach, ids)
	if err != nil || len(seen) == 0 {
		return err
	}
	ids = ids[:0]
	for i := range seen {
		ids = append(ids, n.id(&seen[i]))
	}
	if err := hold(e.Tx, ctx, ids); err != nil {
		return err
	}
	seen, err = several(e.Data, ctx, reach, ids) // as they are now
	for i := range seen {
		e.held[data.Record{Kind: n.name, ID: n.id(&seen[i])}] = seen[i]
	}
	return err
}

// create creates the records of rows together.
func (r *reader[R, F]) create(ctx context.Context, rows []*arriving[R]) error {
	e := *r.e
	e.sought = true
	if r.im.many.hold != nil && len(rows) > 0 {
		records := make([]R, len(rows))
		for i, a := range rows {
			records[i] = a.record
		}
		if err := r.im.many.hold(ctx, &e, records); err != nil {
			return err
		}
	}
	for _, a := range rows {
		if a.err = r.complete(a.draft); a.err == nil {
			a.err = r.n.settle(ctx, &e, nil, &a.record, a.draft.given)
		}
		if a.err != nil && !refusable(a.err) {
			return a.err
		}
		a.what = "created"
	}
	return r.save(ctx, rows, r.im.many.insert)
}

// change changes the records of rows together, as far as the actor may change them as their own or as anybody's. Others are left to be
// written apart.
func (r *reader[R, F]) change(ctx context.Context, rows []*arriving[R]) error {
	differ, _, err := r.differing(ctx, rows)
	if err != nil || len(differ) == 0 {
		return err
	}
	ids := make([]int64, len(differ))
	for i, a := range differ {
		ids[i] = a.there
	}
	if err := r.im.many.lock(r.e.Tx, ctx, ids); err != nil {
		return err
	}
	differ, before, err := r.differing(ctx, differ)
	if err != nil {
		return err
	}
	sight, reach := r.n.reach(r.e, "view"), r.n.reach(r.e, "update")
	for i, a := range differ {
		owned := model.Relation{Own: r.n.relation(&before[i]).Own}
		if a.apart = !sight.Covers(owned) || !reach.Covers(owned); a.apart {
			continue
		}
		a.record, a.what = a.draft.applied(before[i]), "changed"
		if a.err = r.n.settle(ctx, r.e, &before[i], &a.record, a.draft.given); a.err != nil && !refusable(a.err) {
			return a.err
		}
		if a.err == nil && len(r.n.changes(&before[i], &a.record)) == 0 {
			a.what = "left"
		}
	}
	return r.save(ctx, slices.DeleteFunc(differ, func(a *arriving[R]) bool { return a.what == "left" }), r.im.many.update)
}

// differing reads the records of rows, and returns those that the rows would change, with what they are. A record that is out of sight by
// now is left to be written apart.
func (r *reader[R, F]) differing(ctx context.Context, rows []*arriving[R]) (differ []*arriving[R], before []R, err error) {
	if len(rows) == 0 {
		return nil, nil, nil
	}
	ids := make([]int64, len(rows))
	for i, a := range rows {
		ids[i] = a.there
	}
	found, err := r.im.many.several(r.e.Data, ctx, r.n.reach(r.e, "view"), ids)
	if err != nil {
		return nil, nil, err
	}
	byID := make(map[int64]*R, len(found))
	for i := range found {
		byID[r.n.id(&found[i])] = &found[i]
	}
	for _, a := range rows {
		record := byID[a.there]
		if record == nil {
			a.apart = true
			continue
		}
		after := a.draft.applied(*record)
		if len(r.n.changes(record, &after)) == 0 {
			a.what = "left"
			continue
		}
		differ, before = append(differ, a), append(before, *record)
	}
	return differ, before, nil
}

// save writes the records of rows, or leaves all of them to be written apart: then it tells itself which one of them cannot be.
func (r *reader[R, F]) save(ctx context.Context, rows []*arriving[R], save saver[[]R]) error {
	rows = slices.DeleteFunc(rows, func(a *arriving[R]) bool { return a.err != nil || a.apart })
	if len(rows) == 0 {
		return nil
	}
	records := make([]R, len(rows))
	for i, a := range rows {
		records[i] = a.record
	}
	err := r.e.Tx.Try(ctx, func() error { return save(r.e.Tx, ctx, records) })
	if err != nil && !refusable(err) {
		return err
	}
	for _, a := range rows {
		a.apart = err != nil
	}
	return nil
}
