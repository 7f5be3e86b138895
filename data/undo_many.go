package data

// How a change that made many records is taken back: some hundreds of them at a time, and never all of them in memory.

import (
	"context"
	"errors"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// Whole is a change as a whole, known by its newest row.
type Whole struct {
	model.Change
	Lines    int64          `db:"lines"`    // how many rows it has
	Earliest int64          `db:"earliest"` // the first of them
	Creates  bool           `db:"creates"`  // all of them create a record
	Nouns    pq.StringArray `db:"nouns"`    // of which they are
}

// Made is a record that a change made, and the row that tells it.
type Made struct {
	Change int64 `db:"change"`
	Record int64 `db:"record"`
}

// Whole returns the change that a row of the history belongs to. Without such a row it has no lines.
func (r *Reader) Whole(ctx context.Context, number int64) (Whole, error) {
	w, err := get[Whole](ctx, r, queries.Undo.Summary, args{"id": number})
	if errors.Is(err, errNoRow) {
		err = nil
	}
	return w, r.failed(ctx, "read a change", err)
}

// madeAtOnce is how many records are taken back at once.
const madeAtOnce = 500

// EachMade has fn look at the records of a noun that a change made, some at a time, in the order of its rows.
func (r *Reader) EachMade(ctx context.Context, w Whole, noun string, fn func(made []Made) error) error {
	for after := w.Earliest - 1; ; {
		made, err := list[Made](ctx, r, queries.Undo.Made, args{"noun": noun, "after": after, "last": w.ID, "limit": madeAtOnce})
		if err != nil || len(made) == 0 {
			return r.failed(ctx, "read what a change made", err)
		}
		if err := fn(made); err != nil {
			return err
		}
		after = made[len(made)-1].Change
	}
}

// ReverseMade begins to take a change back that made records and nothing else. Conflict if it is of this transaction itself, a script's.
func (tx *Tx) ReverseMade(ctx context.Context, w Whole) (*Reversal, error) {
	v := &Reversal{tx: tx, rows: []model.Change{w.Change}}
	return v, tx.failed(ctx, "hold a change", v.begin(ctx))
}

// BuiltUpon keeps records as they are until the transaction ends, and returns those that are not any more as the change made them, or
// to which others refer.
func (v *Reversal) BuiltUpon(ctx context.Context, noun string, made []Made) ([]int64, error) {
	ids, changes := idsMade(made), make(pq.Int64Array, len(made))
	for i, m := range made {
		changes[i] = m.Change
	}
	built, err := list[int64](ctx, v.tx.Reader, queries.Undo.BuiltUpon, args{"noun": noun, "ids": ids, "changes": changes})
	return built, v.tx.failed(ctx, "look for what was built on records", err)
}

// Unmake deletes records that the change made. Conflict if one of them is not there any more.
func (v *Reversal) Unmake(ctx context.Context, noun string, made []Made) error {
	deleted, err := write[int64](ctx, v.tx, false, queries.Undo.Unmake, args{"noun": noun, "ids": idsMade(made)})
	if err == nil && deleted < int64(len(made)) {
		err = &model.Error{Kind: model.Conflict, Fault: "not-as-left", Facts: model.Facts{"noun": noun, "id": made[0].Record, "change": made[0].Change}}
	}
	return v.tx.failed(ctx, "take a change back", err)
}

func idsMade(made []Made) pq.Int64Array {
	ids := make(pq.Int64Array, len(made))
	for i, m := range made {
		ids[i] = m.Record
	}
	return ids
}
