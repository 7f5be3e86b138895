package data

import (
	"context"
	"time"

	"epev/model"
	queries "epev/sql"
)

// NoteFilter narrows a list of notes. Its conditions all hold at once.
type NoteFilter struct {
	Mine       bool      `db:"mine"`     // the actor of the reach wrote it
	ClientID   int64     `db:"client"`   // 0: any
	CompanyID  int64     `db:"company"`  // 0: any
	ContractID int64     `db:"contract"` // 0: any
	EventID    int64     `db:"event"`    // 0: any
	Remind     bool      `db:"remind"`   // with a reminder
	Due        time.Time `db:"due"`      // with one on this day or before that is not done; as model.Today makes it, zero: any
	Open       bool      `db:"open"`     // with one that is not done
	Done       bool      `db:"done"`     // with one that is
	From       time.Time `db:"from"`     // when it was written; zero: any
	Before     time.Time `db:"before"`
}

// notes are what data knows of notes. Their reach is narrowed, in its Of, to those about records that the actor views.
var notes = noun[model.Note, NoteFilter]{resource{
	name: "note", table: "note", title: "id",
	view: queries.Note.View, insert: queries.Note.Insert, update: queries.Note.Update, delete: queries.Note.Delete,
	list: queries.Note.List, count: queries.Note.Count, common: queries.Note.Common,
	reach: queries.Note.Reach, named: queries.None,
	lock: queries.Note.Lock, hold: queries.None, assignment: queries.None,
	referrers: queries.None, referred: "referred-to",
	rules: map[string]rule{"done_check": {"is-done", "nothing-to-be-done", ""}},
}}

// Note returns a note; NotFound if there is none within reach.
func (r *Reader) Note(ctx context.Context, reach model.Reach, id int64) (model.Note, error) {
	return notes.one(ctx, r, reach, id)
}

// Notes lists the notes within reach. An After that is not within reach is NotFound.
func (r *Reader) Notes(ctx context.Context, reach model.Reach, f NoteFilter, p model.Page) ([]model.Note, error) {
	return notes.page(ctx, r, reach, f, p)
}

// NotesOf returns the newest notes within reach about one record, which f names, at most limit of them. It is quicker than Notes for
// what every view reads, as it is planned once.
func (r *Reader) NotesOf(ctx context.Context, reach model.Reach, f NoteFilter, limit int) ([]model.Note, error) {
	rows, err := few[model.Note](ctx, r, queries.Note.Of, args{"any": reach.Any, "own": reach.Own, "actor": reach.ActorID, "of": seenOf(reach.Of),
		"client": f.ClientID, "company": f.CompanyID, "contract": f.ContractID, "event": f.EventID, "limit": limit})
	return rows, r.failed(ctx, "list the notes about a record", err)
}

// CountNotes counts what Notes lists without a limit, up to limit; 0 counts all.
func (r *Reader) CountNotes(ctx context.Context, reach model.Reach, f NoteFilter, search string, limit int) (int64, error) {
	return notes.number(ctx, r, reach, f, search, limit)
}

// InsertNote creates a note of n.AuthorID and fills n with the row as it is now.
func (tx *Tx) InsertNote(ctx context.Context, n *model.Note) error {
	return notes.create(ctx, tx, n, nil)
}

// UpdateNote writes the text, the reminder and whether it is done, and fills n with the row as it is now; ErrStale if n is
// not of the newest version.
func (tx *Tx) UpdateNote(ctx context.Context, n *model.Note) error {
	return notes.change(ctx, tx, false, n, nil)
}

// DeleteNote deletes a note.
func (tx *Tx) DeleteNote(ctx context.Context, id int64) error {
	return notes.remove(ctx, tx, id)
}

// Contact notes the day on which a client was spoken to last. The client is locked.
func (tx *Tx) Contact(ctx context.Context, clientID int64, day time.Time) error {
	_, err := write[int64](ctx, tx, false, queries.Client.Contact, args{"id": clientID, "day": day})
	return tx.failed(ctx, "note a contact", found(err, "client", clientID))
}
