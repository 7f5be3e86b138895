package commands

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"epev/data"
	"epev/model"
)

func noteNoun() noun[model.Note, data.NoteFilter] { return once(makeNoteNoun) }

func makeNoteNoun() noun[model.Note, data.NoteFilter] {
	type note = model.Note
	return noun[note, data.NoteFilter]{
		name: "note", plural: "notes", commands: noteCommands,
		id: func(v *note) int64 { return v.ID }, version: func(v *note) int64 { return v.Version },
		who:      func(v *note) string { return join(v.About, beginning(v.Text)) },
		relation: func(v *note) model.Relation { return v.Relation },
		owner:    func(v *note) string { return v.Author },
		get:      (*data.Reader).Note, list: (*data.Reader).Notes, count: (*data.Reader).CountNotes, meant: (*data.Reader).FindNotes,
		found:  (*data.Reader).WhoNotes,
		scopes: map[string]string{"mine": "that you wrote"},
		properties: append([]property[note]{
			numbered(func(v *note) int64 { return v.ID }),
			{Column: Column{Name: "record", Title: "Record", Priority: 2}, kind: label(noteRecord)},
			{Column: Column{Name: "about", Title: "About", Priority: 4}, kind: label(func(v *note) string { return v.About })},
			{Column: Column{Name: "client_id", Title: "Client", For: Machines}, refers: "client", carried: true, kind: referring(func(v *note) *int64 { return v.ClientID })},
			{Column: Column{Name: "company_id", Title: "Company", For: Machines}, refers: "company", carried: true, kind: referring(func(v *note) *int64 { return v.CompanyID })},
			{Column: Column{Name: "contract_id", Title: "Contract", For: Machines}, kind: referring(func(v *note) *int64 { return v.ContractID })},
			{Column: Column{Name: "event_id", Title: "Event", For: Machines}, kind: referring(func(v *note) *int64 { return v.EventID })},
			{Column: Column{Name: "text", Title: "Text", Priority: 1, Wraps: true}, kind: linesOf(longestNote, func(v *note) *string { return &v.Text }),
				set: setting[note]{help: "what there is to say", required: true, turn: 1, near: []string{"note", "notes"}}},
			{Column: Column{Name: "remind_on", Title: "Reminder", Priority: 3}, sort: model.ByMoment, kind: optionalDayOf(func(v *note) **time.Time { return &v.RemindOn }),
				set: setting[note]{flag: "remind", help: "day on which to be reminded of it", turn: 2, near: []string{"remind-on", "reminder", "on"}}},
			{Column: Column{Name: "is_done", Title: "Done", For: Machines}, kept: true, kind: doneOf(func(v *note) **time.Time { return &v.DoneAt }),
				set: setting[note]{help: "whether that was dealt with", turn: 3, near: []string{"done"}}},
			{Column: Column{Name: "done_at", Title: "Done", Priority: 6}, kind: kind[note]{value: func(v *note) Value { return optional(v.DoneAt) }, like: time.Time{}}},
			{Column: Column{Name: "author_id", Title: "Author ID", For: Machines}, kept: true, kind: shown(func(v *note) int64 { return v.AuthorID })},
			{Column: Column{Name: "author", Title: "Author", Priority: 5}, kind: label(func(v *note) string { return v.Author })},
		}, writtenAt(bookkeeping(
			func(v *note) time.Time { return v.CreatedAt }, func(v *note) time.Time { return v.UpdatedAt }, func(v *note) int64 { return v.Version }))...),
		rules:  []rule[note]{{[]string{"remind", "is-done"}, remindsOnce}},
		doubts: []doubt[note]{remindsInTime}, marks: dueReminders,
	}
}

func noteCommands(n noun[model.Note, data.NoteFilter]) []Command {
	type filter = data.NoteFilter
	mine := onlyMine(n.plural, func(f *filter) *bool { return &f.Mine })
	mine.Help = "only those that you wrote"
	filters := []Field[listInput[filter]]{
		mine,
		filterOn("due", "", "only those with a reminder for today or before that is not done; by that day unless --sort says otherwise",
			func(f *filter, v Values) { f.Due = model.Today(v.Now, v.Location) }),
		filterSwitch("remind", "only those with a reminder", func(f *filter) *bool { return &f.Remind }),
		filterSwitch("open", "only those with a reminder that is not done", func(f *filter) *bool { return &f.Open }),
		filterSwitch("done", "only those with a reminder that is done", func(f *filter) *bool { return &f.Done }),
	}
	for _, noted := range annotated() {
		filters = append(filters, filterID(noted, func(f *filter) *int64 { return noted.annotation().filter(f) }))
	}
	return []Command{
		addsNote(n),
		n.lists(lister[filter]{
			example: "note list --due --only-mine",
			filters: append(filters, filterDays("written", func(f *filter) *time.Time { return &f.From }, func(f *filter) *time.Time { return &f.Before })...),
			settle: func(_ *Act, in *listInput[filter]) {
				if !in.filter.Due.IsZero() && in.page.Sort.Field == "" {
					in.page.Sort = model.Order{Field: "remind_on", Kind: model.ByMoment}
				}
			},
		}),
		n.views("note view 1", nil),
		n.updates("note update 1 --remind 15/01/2028", (*Tx).UpdateNote),
		doesNote(n),
		n.removes("note delete 2", nil, (*Tx).DeleteNote),
	}
}

// longestNote is how many characters a note may have.
const longestNote = 10_000

// beginning is the first line of a text, shortened.
func beginning(text string) string {
	first, _, more := strings.Cut(text, "\n")
	if runes := []rune(first); len(runes) > 50 {
		first, more = string(runes[:50]), true
	}
	if more {
		first = strings.TrimRight(first, " .,;:…") + " …"
	}
	return first
}

// linesOf is a text of any number of lines that must not be empty.
func linesOf[R any](max int, at func(*R) *string) kind[R] {
	k := typed(at, "TEXT", func(field, raw string, _ Values) (string, error) {
		text, err := model.ParseLongText(field, raw, max)
		if err == nil && text == "" {
			_, err = model.ParseText(field, "", max) // which tells what is wrong
		}
		return text, err
	})
	k.lines = true
	return k
}

// referring is the id of another record that nobody types here, or none.
func referring[R any](at func(*R) *int64) kind[R] {
	return kind[R]{value: func(r *R) Value { return optional(at(r)) }, like: int64(0)}
}

// doneOf is whether something was done, which is noted as when.
func doneOf[R any](at func(*R) **time.Time) kind[R] {
	return kind[R]{
		value: func(r *R) Value { return *at(r) != nil }, like: false, format: "true|false", source: OneOf("true", "false"),
		read: func(field, raw string, v Values, _ *given) (func(*R), error) {
			done, err := model.ParseBool(field, raw)
			return func(r *R) {
				if now := v.Now; done && *at(r) == nil {
					*at(r) = &now
				} else if !done {
					*at(r) = nil
				}
			}, err
		},
		present: func(r *R, _ Values) string { return fmt.Sprint(*at(r) != nil) },
	}
}

// writtenAt shows in lists when a record was made.
func writtenAt[R any](kept []property[R]) []property[R] {
	for i := range kept {
		if kept[i].Name == "created_at" {
			kept[i].Title, kept[i].detail = "Written", false
		}
	}
	return kept
}

// remindsOnce lets a changed day be one to be reminded on again, and takes what was done from a note without one.
func remindsOnce(_ context.Context, _ *Act, before, after *model.Note, g given) error {
	if before != nil && g.has("remind") && !g.has("is-done") && !sameValue(optionalDay(before.RemindOn), optionalDay(after.RemindOn)) {
		after.DoneAt = nil
	}
	if after.DoneAt == nil || after.RemindOn != nil {
		return nil
	}
	return &model.Error{Kind: model.Conflict, Field: "is-done", Fault: "nothing-to-be-done"}
}

func optionalDay(t *time.Time) Value {
	if t == nil {
		return nil
	}
	return model.Day(*t)
}

// remindsInTime doubts a reminder for a day that is over.
func remindsInTime(_ context.Context, e *Act, _, after *model.Note, g given) ([]error, error) {
	if after.RemindOn == nil || !g.has("remind") {
		return nil, nil
	}
	if day := model.Day(*after.RemindOn); day.In(e.Location).Before(model.Day(model.Today(e.Now(), e.Location)).In(e.Location)) {
		return []error{fmt.Errorf("the reminder would be for a day that is over: %s", day.Format(e.Location))}, nil
	}
	return nil, nil
}

// doesNote declares "note done ID".
func doesNote(notes noun[model.Note, data.NoteFilter]) Command {
	isOpen := func(_ *Act, v *model.Note) bool { return v.RemindOn != nil && v.DoneAt == nil }
	return Define(Spec[reference]{
		Command: Command{Path: "note done", Help: "Say that what a note reminds of was dealt with", Example: "note done 1", Access: Needs("note", "update"), Writes: true},
		Fields:  []Field[reference]{recordField(notes, notes.choosing("update", isOpen, data.NoteFilter{Open: true}), itself[reference])},
		Run: func(ctx context.Context, e *Act, ref reference) (Result, error) {
			before, err := notes.take(ctx, e, ref, "update")
			switch {
			case err != nil:
				return Result{}, err
			case before.RemindOn == nil:
				return Result{}, &model.Error{Kind: model.Conflict, Field: "id", Fault: "nothing-to-be-done"}
			case before.DoneAt != nil:
				return Result{Message: fmt.Sprintf("Nothing to change: note %d was done on %s.", before.ID, e.showTime(*before.DoneAt)), Table: notes.record(&before)}, nil
			}
			after, now := before, e.Now()
			after.DoneAt = &now
			result, err := notes.write(ctx, e, (*Tx).UpdateNote, before, after)
			if err == nil {
				result.Message = ended(fmt.Sprintf("Note %d is done%s", before.ID, notes.called(&before)))
			}
			return result, err
		},
	})
}

// annotation is how notes are about the records of a noun.
type annotation struct {
	place  func(*model.Note) **int64       // where a note holds the id of the record
	filter func(f *data.NoteFilter) *int64 // and what narrows a list to those about one
	// contact notes that who the record is was spoken to, and returns the day where that is news; nil where it is nobody.
	contact func(ctx context.Context, e *Act, id int64) (time.Time, error)
}

// of narrows a list of notes to those about the record.
func (a annotation) of(id int64) (f data.NoteFilter) {
	*a.filter(&f) = id
	return f
}

// annotated are the nouns whose records have notes.
func annotated() (some []anyNoun) {
	for _, n := range nouns() {
		if n.annotation() != nil {
			some = append(some, n)
		}
	}
	return some
}

func (n noun[R, F]) annotation() *annotation { return n.notes }

// noteRecord tells what a note is about as a command names it: "client 8".
func noteRecord(v *model.Note) string {
	for _, n := range annotated() {
		if id := *n.annotation().place(v); id != nil {
			return fmt.Sprintf("%s %d", n.title(), *id)
		}
	}
	return ""
}

// notesOf are the newest notes on a record that the actor views, for its view, which told whether there are any.
func (n noun[R, F]) notesOf(ctx context.Context, e *Act, r *R) ([]Table, error) {
	if n.notes == nil || !n.annotated(r) {
		return nil, nil
	}
	notes, id := noteNoun(), n.id(r)
	reach := notes.relatedReach(e)
	if reach.None() {
		return nil, nil
	}
	some, err := e.Data.NotesOf(ctx, reach, n.notes.of(id), relatedLimit+1)
	if err != nil || len(some) == 0 {
		return nil, err
	}
	shown := some[:min(len(some), relatedLimit)]
	t, err := notes.rows(shown, nil)
	if err == nil {
		err = notes.annotate(ctx, e, t, shown)
	}
	if err != nil {
		return nil, err
	}
	for i := range t.Columns {
		if c := &t.Columns[i]; c.Name == "record" || c.Name == "about" { // the viewed record says so itself
			c.For = Machines
		}
	}
	if len(some) > relatedLimit {
		err = t.countedBy(func(limit int) (int64, error) { return e.Data.CountNotes(ctx, reach, n.notes.of(id), "", limit) })
	}
	if n.property(t.Name) != nil { // which says something of its own under that name
		t.Name = n.name + "_" + t.Name
	}
	return []Table{*t}, err
}

// withNotes tells how many notes go with a record: " with its 3 notes", whoever may see them.
func (n noun[R, F]) withNotes(ctx context.Context, e *Act, id int64) (string, error) {
	if n.notes == nil {
		return "", nil
	}
	count, err := e.Data.CountNotes(ctx, model.Everything, n.notes.of(id), "", 0)
	if err != nil || count == 0 {
		return "", err
	}
	return " with its " + cmp.Or(map[int64]string{1: "note"}[count], model.Count(count, "note")), nil
}
