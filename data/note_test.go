package data_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"epev/data"
	"epev/model"
)

// annotate writes notes on the records of the crowd, on each one at least and by several authors, and returns them.
func annotate(t testing.TB, d *desk) []model.Note {
	t.Helper()
	ctx, all := t.Context(), []model.Note{}
	random := rand.New(rand.NewPCG(3, 4))
	authors := []data.By{d.mona, d.carl, d.sam}
	everything := everyone(d.mona)
	clients, err := d.Read().Clients(ctx, everything, data.ClientFilter{}, model.Page{})
	if err != nil {
		t.Fatal(err)
	}
	add := func(n model.Note) {
		n.AuthorID = authors[random.IntN(len(authors))].ActorID
		n.Text = fmt.Sprintf("Appelé, veut un devis d%dd", len(all))
		if len(all)%2 == 0 {
			on := day(1 + random.IntN(3))
			n.RemindOn = &on
		}
		d.must(t, data.By{}, func(ctx context.Context, tx *data.Tx) error { return tx.InsertNote(ctx, &n) })
		if len(all)%4 == 0 {
			done := day(3)
			n.DoneAt = &done
			d.must(t, data.By{}, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateNote(ctx, &n) })
		}
		all = append(all, n)
	}
	for _, c := range clients {
		add(model.Note{ClientID: &c.ID})
	}
	for id := range int64(5) {
		add(model.Note{CompanyID: ptr(id + 1)})
	}
	contracts, err := d.Read().Contracts(ctx, everything, data.ContractFilter{}, model.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range contracts {
		add(model.Note{ContractID: &k.ID})
	}
	events, err := d.Read().Events(ctx, everything, data.EventFilter{}, model.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		add(model.Note{EventID: &e.ID})
	}
	return all
}

func ptr[T any](v T) *T { return &v }

// A note is seen by exactly those who see its record, and written by whom the scope says: list, count and view agree.
func TestANoteIsSeenByWhoSeesItsRecord(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	crowd(t, d)
	all := annotate(t, d)
	extents := func(bits int) model.Extent {
		return model.Extent{Any: bits&1 != 0, Own: bits&2 != 0, Assigned: bits&4 != 0}
	}
	random := rand.New(rand.NewPCG(5, 6))
	shown := 0
	for range 60 {
		by := []data.By{d.mona, d.carl, d.cora, d.sam, d.suse}[random.IntN(5)]
		of := model.Of{Narrowed: true, Client: extents(random.IntN(8)), Company: model.Extent{Any: random.IntN(2) == 0},
			Contract: extents(random.IntN(8)), Event: extents(random.IntN(8))}
		reach := model.Reach{Any: random.IntN(3) > 0, Own: random.IntN(2) == 0, ActorID: by.ActorID, Of: of}
		within := func(e model.Extent) model.Reach {
			return model.Reach{Any: e.Any, Own: e.Own, Assigned: e.Assigned, ActorID: by.ActorID}
		}
		var want []int64
		for _, n := range all {
			var err error
			switch {
			case n.ClientID != nil:
				_, err = d.Read().Client(ctx, within(of.Client), *n.ClientID)
			case n.CompanyID != nil:
				_, err = d.Read().Company(ctx, within(of.Company), *n.CompanyID)
			case n.ContractID != nil:
				_, err = d.Read().Contract(ctx, within(of.Contract), *n.ContractID)
			default:
				_, err = d.Read().Event(ctx, within(of.Event), *n.EventID)
			}
			if err == nil && (reach.Any || reach.Own && n.AuthorID == by.ActorID) {
				want = append(want, n.ID)
			}
			_, err = d.Read().Note(ctx, reach, n.ID)
			if (err == nil) != slices.Contains(want, n.ID) {
				t.Errorf("note %d as %s %+v: %v", n.ID, by.Actor, reach, err)
			}
		}
		listed, err := d.Read().Notes(ctx, reach, data.NoteFilter{}, model.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, n := range listed {
			got = append(got, n.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("as %s %+v: listed %v, want %v", by.Actor, reach, got, want)
		}
		if n, err := d.Read().CountNotes(ctx, reach, data.NoteFilter{}, "", 0); err != nil || n != int64(len(want)) {
			t.Errorf("as %s %+v: counted %d %v, want %d", by.Actor, reach, n, err, len(want))
		}
		shown += len(got)
	}
	if shown == 0 || shown == 60*len(all) {
		t.Errorf("%d of %d were seen: nothing was narrowed, or all of it", shown, 60*len(all))
	}
}

func TestNoteFiltersOrdersAndSearch(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	crowd(t, d)
	all := annotate(t, d)
	reach := everyone(d.carl)
	list := func(f data.NoteFilter, p model.Page) []model.Note {
		t.Helper()
		found, err := d.Read().Notes(ctx, reach, f, p)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	expect := func(what string, f data.NoteFilter, keep func(n model.Note) bool) {
		t.Helper()
		var want, got []int64
		for _, n := range all {
			if keep(n) {
				want = append(want, n.ID)
			}
		}
		for _, n := range list(f, model.Page{}) {
			got = append(got, n.ID)
		}
		if !slices.Equal(got, want) || len(want) == 0 || len(want) == len(all) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	expect("mine", data.NoteFilter{Mine: true}, func(n model.Note) bool { return n.AuthorID == d.carl.ActorID })
	expect("of a client", data.NoteFilter{ClientID: *all[0].ClientID}, func(n model.Note) bool { return n.ClientID != nil && *n.ClientID == *all[0].ClientID })
	expect("of a company", data.NoteFilter{CompanyID: 2}, func(n model.Note) bool { return n.CompanyID != nil && *n.CompanyID == 2 })
	expect("of a contract", data.NoteFilter{ContractID: 3}, func(n model.Note) bool { return n.ContractID != nil && *n.ContractID == 3 })
	expect("of an event", data.NoteFilter{EventID: 4}, func(n model.Note) bool { return n.EventID != nil && *n.EventID == 4 })
	expect("with a reminder", data.NoteFilter{Remind: true}, func(n model.Note) bool { return n.RemindOn != nil })
	expect("open", data.NoteFilter{Open: true}, func(n model.Note) bool { return n.RemindOn != nil && n.DoneAt == nil })
	expect("done", data.NoteFilter{Done: true}, func(n model.Note) bool { return n.DoneAt != nil })
	expect("due", data.NoteFilter{Due: day(2)}, func(n model.Note) bool { return n.RemindOn != nil && !n.RemindOn.After(day(2)) && n.DoneAt == nil })
	if found := list(data.NoteFilter{Before: all[0].CreatedAt}, model.Page{}); len(found) > 0 {
		t.Errorf("before the first there were %v", found)
	}
	if found := list(data.NoteFilter{From: all[0].CreatedAt}, model.Page{}); len(found) != len(all) {
		t.Errorf("from the first on there were %d of %d", len(found), len(all))
	}
	for text, want := range map[string]func(n model.Note) bool{
		"appele":     func(model.Note) bool { return true },
		"devis d17d": func(n model.Note) bool { return n.ID == all[17].ID },
		"kevin":      func(n model.Note) bool { return strings.HasPrefix(model.Fold(n.About), "kevin") },
		"full carl":  func(n model.Note) bool { return n.AuthorID == d.carl.ActorID },
	} {
		for _, n := range list(data.NoteFilter{}, model.Page{Search: text}) {
			if !want(n) {
				t.Errorf("%q finds %+v", text, n)
			}
		}
		if found := list(data.NoteFilter{}, model.Page{Search: text}); len(found) == 0 {
			t.Errorf("%q finds nothing", text)
		}
	}
	for _, field := range []string{"remind_on", "created_at", "updated_at"} {
		for _, descending := range []bool{false, true} {
			order := model.Order{Field: field, Kind: model.ByMoment, Descending: descending}
			whole, paged := list(data.NoteFilter{}, model.Page{Sort: order}), []model.Note{}
			for page := (model.Page{Sort: order, Limit: 7}); ; page.After = paged[len(paged)-1].ID {
				next := list(data.NoteFilter{}, page)
				if paged = append(paged, next...); len(next) < 7 {
					break
				}
			}
			same := func(a, b model.Note) bool { return a.ID == b.ID }
			if len(whole) != len(all) || !slices.EqualFunc(whole, paged, same) {
				t.Errorf("by %s: %d notes at once and %d in pages", order, len(whole), len(paged))
			}
			if field == "remind_on" && whole[len(whole)-1].RemindOn != nil {
				t.Errorf("by %s those without a reminder are not last", order)
			}
		}
	}
}

// A note goes with its record, and its history stays; an author stays while notes of theirs are there.
func TestANoteGoesWithItsRecord(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	c := d.client(t, d.carl, "kevin")
	n := model.Note{ClientID: &c.ID, Text: "Called\nand again", AuthorID: d.sam.ActorID}
	d.must(t, d.sam, func(ctx context.Context, tx *data.Tx) error { return tx.InsertNote(ctx, &n) })
	if n.ID == 0 || n.About != "kevin" || n.Author != "sam" || n.Version != 1 || n.CreatedAt.IsZero() {
		t.Errorf("created %+v", n)
	}
	stale := n
	n.Text, n.RemindOn = "Called", ptr(day(3))
	d.must(t, d.sam, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateNote(ctx, &n) })
	err := d.Write(ctx, d.sam, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateNote(ctx, &stale) })
	if !errors.Is(err, data.ErrStale) || n.Version != 2 {
		t.Errorf("an old version: %v, version %d", err, n.Version)
	}
	n.RemindOn, n.DoneAt = nil, ptr(time.Now())
	err = d.Write(ctx, d.sam, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateNote(ctx, &n) })
	wantKind(t, err, model.Conflict, "a note without a reminder has nothing to be done")

	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteUser(ctx, d.sam.ActorID) })
	wantKind(t, err, model.Conflict, "user sam still has 1 note")
	d.must(t, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteClient(ctx, c.ID) })
	_, err = d.Read().Note(ctx, model.Everything, n.ID)
	wantKind(t, err, model.NotFound, fmt.Sprintf("note %d not found", n.ID))
	changes, err := d.Read().History(ctx, "note", n.ID)
	if err != nil || len(changes) != 3 || changes[2].Action != "delete" || changes[2].Actor != "carl" {
		t.Errorf("its history is %v %v", changes, err)
	}
	all, err := d.Read().History(ctx, "client", c.ID)
	if err != nil || changes[2].ID > all[len(all)-1].ID {
		t.Errorf("the note was deleted after its client: %v", err)
	}
}

// A cancelled event stays on record, and goes where it is asked for alone.
func TestACancelledEventIsListedApart(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	crowd(t, d)
	whole, err := d.Read().Events(ctx, model.Everything, data.EventFilter{}, model.Page{})
	if err != nil {
		t.Fatal(err)
	}
	e := whole[3]
	e.CancelReason = "Flooded"
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.CancelEvent(ctx, &e) })
	if e.CancelledAt == nil || e.CancelReason != "Flooded" || e.Version != whole[3].Version+1 {
		t.Errorf("cancelled %+v", e)
	}
	stale := whole[3]
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateEvent(ctx, &stale) })
	if !errors.Is(err, data.ErrStale) {
		t.Errorf("an update of what it was before: %v", err)
	}
	for _, sort := range []model.Order{{}, {Field: "support_contact", Kind: model.ByText}, {Field: "start_date", Kind: model.ByMoment}} {
		for what, f := range map[string]data.EventFilter{"current": {Current: true}, "cancelled": {Cancelled: true}, "all": {}} {
			found, err := d.Read().Events(ctx, model.Everything, f, model.Page{Sort: sort})
			if err != nil {
				t.Fatal(err)
			}
			has := slices.ContainsFunc(found, func(v model.Event) bool { return v.ID == e.ID })
			want := map[string]int{"current": len(whole) - 1, "cancelled": 1, "all": len(whole)}[what]
			if len(found) != want || has == (what == "current") {
				t.Errorf("%s by %s: %d events, the cancelled one among them: %v", what, sort, len(found), has)
			}
			if n, err := d.Read().CountEvents(ctx, model.Everything, f, "", 0); err != nil || n != int64(want) {
				t.Errorf("%s: counted %d %v", what, n, err)
			}
		}
	}
	free, err := d.Read().Contracts(ctx, model.Everything, data.ContractFilter{WithoutEvent: true}, model.Page{})
	if err != nil || !slices.ContainsFunc(free, func(k model.Contract) bool { return k.ID == e.ContractID }) {
		t.Errorf("its contract has an event yet: %v", err)
	}
	e.CancelReason = ""
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.CancelEvent(ctx, &e) })
	if e.CancelledAt != nil || e.CancelReason != "" {
		t.Errorf("restored %+v", e)
	}
}
