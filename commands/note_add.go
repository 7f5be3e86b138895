package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"epev/data"
	"epev/model"
)

// addition is a note that is to be added to a record.
type addition struct {
	noun      anyNoun
	record    reference
	noContact bool
	draft[model.Note]
}

// addsNote declares "note add NOUN ID TEXT".
func addsNote(notes noun[model.Note, data.NoteFilter]) Command {
	fields := fieldsOf(notes, func(in *addition) *draft[model.Note] { return &in.draft }, "text", "remind")
	fields[0].Positional = true
	names := strings.Join(annotatedNames(), ", ")
	fields = append([]Field[addition]{
		field(Param{Name: "noun", Positional: true, Required: true, Format: "NOUN", Help: "what it is about: " + names, Source: annotatable()},
			func(in *addition) *anyNoun { return &in.noun }, parseAnnotated),
		field(Param{Name: "record-id", Positional: true, Required: true, Format: "ID", Help: "which of them", Source: recordsOf("noun")},
			func(in *addition) *reference { return &in.record }, parseNumber),
	}, fields...)
	contact := switchField("no-contact", "a client was not spoken to: their last contact stays as it is", func(in *addition) *bool { return &in.noContact })
	return Define(Spec[addition]{
		Command: Command{Path: "note add", Help: "Write a note on a record; one on a client sets their last contact",
			Example: `note add client 8 "Called, wants a quote" --remind 15/01/2028`, Access: Needs("note", "create"), Writes: true},
		Fields: append(fields, contact),
		Rules: []Rule[addition]{
			{[]string{"noun", "record-id"}, func(ctx context.Context, e *Act, in addition) error { _, err := in.seen(ctx, e); return err }},
			{[]string{"noun", "no-contact"}, func(_ context.Context, _ *Act, in addition) error { return in.aboutAPerson() }},
		},
		Doubts: func(ctx context.Context, e *Act, in addition) ([]error, error) {
			after := in.applied(model.Note{})
			return remindsInTime(ctx, e, nil, &after, in.given)
		},
		Run: addNote,
	})
}

// seen refuses a record that the actor may not view. It stays as it is, and theirs to view, until the transaction ends, where there
// is one. It returns the record's id: that of the one into which it was merged, if it was.
func (in addition) seen(ctx context.Context, e *Act) (id int64, err error) {
	sight := in.noun.within(e, "view")
	err = in.noun.seen(ctx, e, sight, in.record.ID)
	if err == nil {
		id, err = e.Data.Led(ctx, in.noun.title(), in.record.ID)
	}
	if err == nil && e.Tx != nil {
		if in.noun.annotation().contact != nil {
			_, err = e.Tx.Lock(ctx, in.noun.title(), id, false) // it is changed, too
		} else {
			err = e.Tx.Hold(ctx, in.noun.title(), id)
		}
		if err == nil {
			err = in.noun.seen(ctx, e, sight, id)
		}
	}
	return id, about("record-id", err)
}

// aboutAPerson refuses --no-contact where there is nobody to be spoken to.
func (in addition) aboutAPerson() error {
	if !in.noContact || in.noun.annotation().contact != nil {
		return nil
	}
	return model.Invalid("no-contact", "a note on %s sets no contact", withArticle(in.noun.title())).WithHint("leave --no-contact out")
}

func addNote(ctx context.Context, e *Act, in addition) (Result, error) {
	n := noteNoun()
	after := in.applied(model.Note{AuthorID: e.Actor.UserID, Author: e.Actor.Username})
	after.Own = true
	*in.noun.annotation().place(&after) = &in.record.ID
	err := in.aboutAPerson()
	if err == nil {
		in.record.ID, err = in.seen(ctx, e)
	}
	if err == nil {
		err = n.settle(ctx, e, nil, &after, in.given)
	}
	if err == nil {
		err = e.Tx.InsertNote(ctx, &after)
	}
	if err != nil {
		return Result{}, err
	}
	result := n.report("added", &after)
	result.Message = fmt.Sprintf("Note %d added to %s%s.", after.ID, noteRecord(&after), inBrackets(after.About))
	if contact := in.noun.annotation().contact; contact != nil && !in.noContact {
		day, err := contact(ctx, e, in.record.ID)
		if err != nil {
			return Result{}, err
		}
		if !day.IsZero() {
			result.Message += fmt.Sprintf(" Their last contact is now %s.", model.Day(day).Format(e.Location))
		}
	}
	return result, nil
}

// spokenTo sets the last contact of a client to today, unless it is as late already or the first is later. It returns that day where
// it was set.
func spokenTo(ctx context.Context, e *Act, id int64) (day time.Time, err error) {
	c, err := e.Data.Client(ctx, model.Everything, id)
	today := model.Today(e.Now(), e.Location)
	reached := func(t time.Time) bool {
		return !model.Day(t).In(e.Location).Before(model.Day(today).In(e.Location))
	}
	if err != nil || c.LastContact != nil && reached(*c.LastContact) || c.FirstContact.After(today) && reached(c.FirstContact) {
		return time.Time{}, err
	}
	return today, e.Tx.Contact(ctx, id, today)
}

func annotatedNames() (names []string) {
	for _, n := range annotated() {
		names = append(names, n.title())
	}
	return names
}

func parseAnnotated(field, raw string) (anyNoun, error) {
	name := strings.TrimSpace(raw)
	for _, n := range annotated() {
		if n.title() == name {
			return n, nil
		}
	}
	err := model.Invalid(field, "there are no notes on %q", raw)
	if near, ok := model.Nearest(name, annotatedNames()); ok {
		return nil, err.WithHint("did you mean %q?", near)
	}
	return nil, err.WithHint("one of %s", strings.Join(annotatedNames(), ", "))
}

// annotatable offers the nouns of which the actor may view records.
func annotatable() *Source {
	return &Source{find: func(_ context.Context, e *Act, _ Query) ([]Candidate, error) {
		var candidates []Candidate
		for _, n := range annotated() {
			if !n.within(e, "view").None() {
				candidates = append(candidates, Candidate{Value: n.title()})
			}
		}
		return candidates, nil
	}}
}
