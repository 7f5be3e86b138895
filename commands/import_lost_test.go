package commands

import (
	"errors"
	"testing"

	"epev/commands/sentences"
	"epev/model"
)

func TestWhatThereIsOfALostImportIsTold(t *testing.T) {
	t.Parallel()
	unknown := &model.Error{Kind: model.Unavailable, Fault: "outcome-unknown", Facts: model.Facts{"target": "db:5432/office"}}
	full := model.Errorf(model.Unavailable, "the disk is full").WithHint("make room")
	conflict := model.Errorf(model.Conflict, "client 1 has this email already")
	for _, test := range []struct {
		in                  importing
		err                 error
		message, hint, kind any
	}{
		{importing{}, unknown, "outcome unknown: the connection to the database at db:5432/office was lost during the commit",
			`either all of the file was imported, or nothing: "client list --sort -id --limit 5" shows whether its last lines are there`, model.Unavailable},
		{importing{}, full, "nothing was imported: the disk is full", "make room", model.Unavailable},
		{importing{dryRun: true}, full, "the disk is full", "make room", model.Unavailable},
		{importing{}, conflict, "client 1 has this email already", "", model.Conflict},
	} {
		err := clientNoun().lost(test.in, test.err)
		if told := sentences.Of(err); told.Message != test.message || told.Hint != test.hint || model.KindOf(err) != test.kind || !errors.Is(err, test.err) {
			t.Errorf("%q; %q", told.Message, told.Hint)
		}
	}
}
