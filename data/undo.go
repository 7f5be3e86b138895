package data

// How a change is taken back. A change is all that one transaction wrote into the history; package commands decides who may.

import (
	"context"
	"errors"
	"slices"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// LastChange returns the number of the last row of the history that tells of a change by the user; 0 for none.
func (r *Reader) LastChange(ctx context.Context, userID int64) (int64, error) {
	id, err := get[int64](ctx, r, queries.Undo.Last, args{"actor": userID})
	return id, r.failed(ctx, "look for the last change", err)
}

// WholeChange returns all rows of the change that one of them belongs to, the newest first. Without such a row there are none.
func (r *Reader) WholeChange(ctx context.Context, number int64) ([]model.Change, error) {
	rows, err := list[model.Change](ctx, r, queries.Undo.Whole, args{"id": number})
	return rows, r.failed(ctx, "read a change", err)
}

// Reversal is a change that a transaction takes back.
type Reversal struct {
	tx     *Tx
	rows   []model.Change // the newest first
	latest int64          // the last row of the history before it
}

// Reverse holds all that a change touched until the transaction ends, and returns what was changed since in records that are not
// any more as the change left them. Conflict if the change is of this transaction itself, a script's.
func (tx *Tx) Reverse(ctx context.Context, rows []model.Change) (*Reversal, []model.Change, error) {
	v := &Reversal{tx: tx, rows: rows}
	since, err := v.hold(ctx)
	return v, since, tx.failed(ctx, "hold what a change touched", err)
}

// begin has whoever takes the same change back at the same moment wait.
func (v *Reversal) begin(ctx context.Context) error {
	tx, last := v.tx, len(v.rows)-1
	held, err := write[struct {
		Within bool  `db:"within"`
		Latest int64 `db:"latest"`
	}](ctx, tx, false, queries.Undo.Hold, args{"id": v.rows[last].ID, "mark": tx.Reader.tx.mark})
	if err == nil && held.Within {
		err = &model.Error{Kind: model.Conflict, Fault: "undo-within-script", Facts: model.Facts{"change": v.rows[0].ID}}
	}
	v.latest = held.Latest
	return err
}

func (v *Reversal) hold(ctx context.Context) ([]model.Change, error) {
	tx := v.tx
	if err := v.begin(ctx); err != nil {
		return nil, err
	}
	var nouns pq.StringArray
	var ids, lasts pq.Int64Array
	for _, c := range v.newest() {
		nouns, ids, lasts = append(nouns, c.Resource), append(ids, c.RecordID), append(lasts, c.ID)
		if err := v.lock(ctx, c); err != nil {
			return nil, err
		}
	}
	return list[model.Change](ctx, tx.Reader, queries.Undo.Since, args{"nouns": nouns, "ids": ids, "lasts": lasts})
}

// newest are the last rows of the records that the change touched, in the order in which everybody locks records.
func (v *Reversal) newest() []model.Change {
	var newest []model.Change
	place := func(c model.Change) int {
		return slices.IndexFunc(resources, func(d resource) bool { return d.name == c.Resource })
	}
	known := map[Record]bool{}
	for _, c := range v.rows {
		if record := (Record{c.Resource, c.RecordID}); !known[record] {
			known[record], newest = true, append(newest, c)
		}
	}
	slices.SortFunc(newest, func(a, b model.Change) int {
		if by := place(a) - place(b); by != 0 {
			return by
		}
		return int(a.RecordID - b.RecordID)
	})
	return newest
}

// lock keeps a record as it is, if it is there.
func (v *Reversal) lock(ctx context.Context, c model.Change) error {
	d, err := resourceOf(c.Resource)
	if err != nil || d.lock.Text() == "" {
		return err
	}
	if _, err = write[any](ctx, v.tx, false, d.lock, args{"id": c.RecordID}); !errors.Is(err, errNoRow) {
		return err
	}
	there, err := v.tx.exists(ctx, d, c.RecordID) // else it was deleted, by the change or since
	if err == nil && there {
		// It was moved while this waited for it.
		err = &model.Error{Kind: model.Conflict, Fault: "changed-meanwhile", Facts: model.Facts{"noun": d.name, "id": c.RecordID}, Err: errDecideAgain}
	}
	return err
}

// TakeBack makes undone what one row of the change tells. Conflict if something refers to a record that is to go, or if the record
// is not as that row left it.
func (v *Reversal) TakeBack(ctx context.Context, c model.Change) error {
	err := v.takeBack(ctx, c)
	return v.tx.failed(ctx, "take a change back", err)
}

func (v *Reversal) takeBack(ctx context.Context, c model.Change) error {
	if c.Action == "create" {
		if err := v.tx.Unreferred(ctx, c.Resource, c.RecordID, c.RecordID); err != nil {
			return err
		}
		by, err := get[string](ctx, v.tx.Reader, queries.Undo.Referrer, args{"noun": c.Resource, "id": c.RecordID})
		if err == nil && by != "" {
			err = &model.Error{Kind: model.Conflict, Fault: "something-refers", Facts: model.Facts{"noun": c.Resource, "id": c.RecordID, "by": by}}
		}
		if err != nil {
			return err
		}
	}
	asLeft, err := get[bool](ctx, v.tx.Reader, queries.Undo.TakeBack, args{"id": c.ID})
	if err == nil && !asLeft {
		err = &model.Error{Kind: model.Conflict, Fault: "not-as-left", Facts: model.Facts{"noun": c.Resource, "id": c.RecordID, "change": c.ID}}
	}
	return err
}

// Written returns what the transaction has written into the history since it began to take the change back: all of it, or the first
// rows, if limit is not 0.
func (v *Reversal) Written(ctx context.Context, limit int64) ([]model.Change, error) {
	most := &limit
	if limit == 0 {
		most = nil
	}
	rows, err := list[model.Change](ctx, v.tx.Reader, queries.Undo.Written, args{"mark": v.tx.Reader.tx.mark, "since": v.latest, "limit": most})
	return rows, v.tx.failed(ctx, "read what was taken back", err)
}

// HoldServing keeps a user as they are until the transaction ends. Conflict if they are not active or not of the role. Where they
// have been like that since before a change, same is true instead: what was theirs may be theirs again. NotFound if there is no such user.
func (tx *Tx) HoldServing(ctx context.Context, id int64, role string, change int64) (same bool, err error) {
	err = tx.holdUser(ctx, id, role, "")
	if model.KindOf(err) == model.Conflict {
		since, failed := get[bool](ctx, tx.Reader, queries.Undo.Moved, args{"user": id, "change": change})
		if same = failed == nil && !since; same || failed != nil {
			err = failed
		}
	}
	return same, tx.failed(ctx, "hold a user", err)
}
