package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"epev/data"
	"epev/model"
)

// importCause begins the cause that the history tells of an import.
const importCause = "import of "

// importUndone is the input of "import undo N".
type importUndone struct {
	number int64
	given  // the waivers
}

// undoImport declares "import undo N".
func undoImport() Command {
	type input = importUndone
	return Define(Spec[input]{
		Command: Command{Path: "import undo", Help: "Take back a whole import, if nothing was built on it", Example: "import undo 812", Access: LoggedIn(),
			Writes: true, Rehearses: true},
		Fields: append([]Field[input]{
			field(Param{Name: "number", Positional: true, Required: true, Format: "N", Help: "the number that the import told"},
				func(in *input) *int64 { return &in.number }, model.ParseID),
		}, waiverFields(eventNoun(), func(in *input) *given { return &in.given })...),
		Confirm: func(ctx context.Context, e *Act, in input) (string, error) {
			u, err := e.undoImport(ctx, in, e.Human)
			if err != nil {
				return "", err
			}
			return u.question(), nil
		},
		Run: func(ctx context.Context, e *Act, in input) (Result, error) {
			u, err := e.undoImport(ctx, in, false)
			if err != nil {
				return Result{}, err
			}
			return u.result(), nil
		},
	})
}

// undoImport takes an import back. asks is as undo says.
func (e *Act) undoImport(ctx context.Context, in importUndone, asks bool) (*undoing, error) {
	whole, err := e.Data.Whole(ctx, in.number)
	if err != nil {
		return nil, err
	}
	if whole.Lines == 0 || !isImport([]model.Change{whole.Change}) {
		return nil, model.Errorf(model.NotFound, "there is no import %d", in.number).WithHint("give the number that the import told")
	}
	return e.undo(ctx, in.number, in.given, asks)
}

// isImport reports whether a change was an import.
func isImport(rows []model.Change) bool { return strings.HasPrefix(rows[0].Cause, importCause) }

// mostBuilt is how many records are named on which something was built.
const mostBuilt = 5

// builtUponImport names the first records of an import on which something was built: they were changed since, or others refer to them. What
// was created along with the records is looked at when it is taken back.
func (u *undoing) builtUponImport(ctx context.Context, e *Act, since []model.Change) error {
	changed := map[data.Record]bool{}
	for _, c := range since {
		changed[recordOf(c)] = true
	}
	var built []string
	seen := map[data.Record]bool{}
	for i := len(u.rows) - 1; i >= 0 && len(built) <= mostBuilt; i-- { // in the order of the file
		c := u.rows[i]
		record := recordOf(c)
		if seen[record] {
			continue
		}
		seen[record] = true
		is := changed[record]
		if !is && c.Action == "create" && c.Resource == u.rows[0].Resource {
			err := e.Data.Unreferred(ctx, c.Resource, c.RecordID, c.RecordID)
			if is = model.KindOf(err) == model.Conflict; err != nil && !is {
				return err
			}
		}
		if is {
			built = append(built, fmt.Sprintf("%s %d", c.Resource, c.RecordID))
		}
	}
	return u.refuseBuilt(built)
}

// refuseBuilt refuses an import on whose records something was built.
func (u *undoing) refuseBuilt(built []string) error {
	if len(built) == 0 {
		return nil
	}
	more := ""
	if len(built) > mostBuilt {
		built, more = built[:mostBuilt], " and more"
	}
	return model.Errorf(model.Conflict, "change %d is an import on which something was built: see %s%s", u.number, strings.Join(built, ", "), more).
		WithTry("nothing was changed; {try} tells what became of one", "history "+built[0])
}

// mostApart is how many rows an import has at most that is taken back record by record.
const mostApart = 200

// isMany reports whether a change is an import of so many new records that they are taken back together: nothing but themselves goes.
func (u *undoing) isMany(e *Act, w *data.Whole) bool {
	return w.Lines > mostApart && w.Creates && isImport([]model.Change{w.Change}) &&
		!slices.ContainsFunc(w.Nouns, func(noun string) bool { n := nounOf(noun); return n == nil || n.lasting() || !n.unmakes(e) })
}

// unmakes reports whether records of the noun can be taken back together.
func (n noun[R, F]) unmakes(e *Act) bool {
	return n.importer != nil && n.importer.many != nil && n.importer.many.several != nil && n.voids.write == nil && !n.reach(e, "view").Of.Narrowed
}

// mayUnmake refuses whoever may not take back all of these records, which a change made.
func (n noun[R, F]) mayUnmake(ctx context.Context, e *Act, u *undoing, ids []int64) error {
	records, err := n.importer.many.several(e.Data, ctx, model.Reach{Any: true, ActorID: e.Actor.UserID}, ids)
	for i := range records {
		r := &records[i]
		v := reversed[R, F]{n: n, e: e, u: u, id: n.id(r), before: r, rows: u.rows}
		if !n.reach(e, "view").Covers(n.relation(r)) {
			return v.outOfSight()
		}
		if err := v.mayRemove(ctx); err != nil {
			return err
		}
		if len(u.whos) < mostTold {
			u.whos[data.Record{Kind: n.name, ID: v.id}] = v.called()
		}
	}
	return err
}

// unmake takes an import of many records back, some of them at a time: all, or none.
func (u *undoing) unmake(ctx context.Context, e *Act, w *data.Whole) (err error) {
	u.many, u.rows, u.whos = w, []model.Change{w.Change}, map[data.Record]string{}
	for _, noun := range w.Nouns {
		err := e.Data.EachMade(ctx, *w, noun, func(made []data.Made) error {
			ids := make([]int64, len(made))
			for i, m := range made {
				ids[i] = m.Record
			}
			return nounOf(noun).mayUnmake(ctx, e, u, ids)
		})
		if err != nil {
			return err
		}
	}
	if u.reversal, err = e.Tx.ReverseMade(ctx, *w); err != nil {
		return err
	}
	if err := e.Tx.Because(ctx, u.cause()); err != nil {
		return err
	}
	// What the others were created for goes first.
	nouns := append([]string{w.Resource}, slices.DeleteFunc(slices.Clone(w.Nouns), func(noun string) bool { return noun == w.Resource })...)
	for _, noun := range nouns {
		var built []string
		err := e.Data.EachMade(ctx, *w, noun, func(made []data.Made) error {
			ids, err := u.reversal.BuiltUpon(ctx, noun, made)
			for _, id := range ids {
				built = append(built, fmt.Sprintf("%s %d", noun, id))
			}
			if err == nil && len(built) > mostBuilt {
				err = u.refuseBuilt(built)
			}
			return err
		})
		if err == nil {
			err = u.refuseBuilt(built)
		}
		if err != nil {
			return err
		}
		err = e.Data.EachMade(ctx, *w, noun, func(made []data.Made) error { return u.reversal.Unmake(ctx, noun, made) })
		if err != nil {
			return err
		}
	}
	if u.written, err = u.reversal.Written(ctx, mostTold); err != nil {
		return err
	}
	if err := u.tell(ctx, e); err != nil {
		return err
	}
	for int64(len(u.lines)) < w.Lines { // they are counted
		u.lines = append(u.lines, "")
	}
	return nil
}
