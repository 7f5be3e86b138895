package commands

import (
	"context"
	"fmt"
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
	rows, err := e.Data.WholeChange(ctx, in.number)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || !isImport(rows) {
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
