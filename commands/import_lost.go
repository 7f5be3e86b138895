package commands

import (
	"errors"

	"epev/commands/sentences"
	"epev/model"
)

// lost tells of an import that ended for the database's sake what there is of it: nothing, unless nobody knows.
func (n noun[R, F]) lost(in importing, err error) error {
	e, is := errors.AsType[*model.Error](err)
	if !is || e.Kind != model.Unavailable || in.dryRun {
		return err
	}
	told := sentences.Of(err)
	if e.Fault == "outcome-unknown" {
		return (&model.Error{Kind: e.Kind, Message: told.Message, Err: err}).
			WithTry("either all of the file was imported, or nothing: {try} shows whether its last lines are there", n.name+" list --sort -id --limit 5")
	}
	return &model.Error{Kind: e.Kind, Message: "nothing was imported: " + told.Message, Hint: told.Hint, Try: e.Try, Err: err}
}
