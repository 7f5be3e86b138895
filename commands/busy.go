package commands

// Two events of one support contact clash where their times overlap. A terminal asks before it makes a clash. A script is refused
// unless it says that it means it.

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"epev/data"
	"epev/model"
)

// evenIfBusy is the flag with which an event may clash.
const evenIfBusy = "even-if-busy"

// busy says that an event would clash, and with which one.
type busy struct {
	who string
	data.Clash
}

// told is the clash in words. Of an event out of sight it tells when that is.
func (b busy) told(e *Env) string {
	what := "an event that you may not view"
	if b.Seen {
		what = fmt.Sprintf("event %d%s", b.ID, inBrackets(join(b.Title, b.Client)))
	}
	return fmt.Sprintf("%s is busy: %s is from %s to %s", b.who, what, e.showBound(b.Start, b.End, b.Start), e.showBound(b.Start, b.End, b.End))
}

// newClashes returns what an event would clash with as it is to be, and does not as it is. before is nil for one that takes no
// time yet: at its creation, and at its return.
func (e *Act) newClashes(ctx context.Context, before, after *model.Event) ([]busy, error) {
	if after.SupportID == nil || after.Start.IsZero() || !after.End.After(after.Start) {
		return nil, nil
	}
	if sameTime(before, after) {
		return nil, nil
	}
	same := before != nil && sameID(before.SupportID, after.SupportID)
	clashes, err := e.Data.Clashes(ctx, e.reach("event", "view"), *after.SupportID, data.During{From: after.Start, Before: after.End}, after.ID)
	if err != nil {
		return nil, err
	}
	var all []busy
	for _, c := range clashes {
		if !same || !overlap(before.Start, before.End, c.Start, c.End) {
			all = append(all, busy{after.Support, c})
		}
	}
	return all, nil
}

// sameTime reports whether an event takes the time of the same support contact as before.
func sameTime(before, after *model.Event) bool {
	return before != nil && sameID(before.SupportID, after.SupportID) && before.Start.Equal(after.Start) && before.End.Equal(after.End)
}

// overlap reports whether two times have a part in common.
func overlap(start, end, otherStart, otherEnd time.Time) bool {
	return start.Before(otherEnd) && otherStart.Before(end)
}

// doubtBusy doubts a change of an event that makes a clash. A person who gives the flag has no doubt.
func doubtBusy(ctx context.Context, e *Act, before, after *model.Event, g given) (doubts []error, err error) {
	if e.Human && g.has(evenIfBusy) {
		return nil, nil
	}
	clashes, err := e.newClashes(ctx, before, after)
	for _, b := range clashes {
		told := b.told(e.Env)
		e.tell(told)
		doubts = append(doubts, model.Errorf(model.Conflict, "%s", told))
	}
	return doubts, err
}

// doubtAssigned doubts giving events to a support contact who is busy, perhaps with another one of them.
func doubtAssigned(ctx context.Context, e *Act, records []model.Event, support model.User, g given) (doubts []error, err error) {
	var others []model.Event
	for _, before := range records {
		after := lookedAfterBy(before, support)
		more, err := doubtBusy(ctx, e, &before, &after, g)
		if err != nil {
			return nil, err
		}
		doubts = append(doubts, more...)
		if e.Human && g.has(evenIfBusy) || sameID(before.SupportID, &support.ID) {
			continue
		}
		for _, o := range others {
			if overlap(o.Start, o.End, after.Start, after.End) {
				told := busy{support.Username, data.Clash{ID: o.ID, Seen: true, Title: o.Title, Client: o.Client, Start: o.Start, End: o.End}}.told(e.Env)
				e.tell(told)
				doubts = append(doubts, model.Errorf(model.Conflict, "%s", told))
			}
		}
		others = append(others, after)
	}
	return doubts, nil
}

// refuseBusy refuses a change of an event that makes a clash, unless the flag is given, or the person was told of that clash and
// went on. It is decided while nobody else gives the contact an event. before is nil as newClashes says.
func refuseBusy(ctx context.Context, e *Act, before, after *model.Event, g given) error {
	if e.Tx == nil || after.SupportID == nil || g.has(evenIfBusy) || sameTime(before, after) {
		return nil // until it is done, doubts tell
	}
	if err := e.Tx.KeepCalendar(ctx, *after.SupportID); err != nil {
		return err
	}
	clashes, err := e.newClashes(ctx, before, after)
	if err != nil {
		return err
	}
	for _, b := range clashes {
		if told := b.told(e.Env); !e.affirmed(told) {
			conflict := model.Errorf(model.Conflict, "%s", told)
			conflict.Field = "support-contact-id"
			if after.ID == 0 {
				return conflict.WithHint("choose another time or support contact, or give --%s", evenIfBusy)
			}
			return conflict.WithTry("{try} tells who is free; or give --"+evenIfBusy, fmt.Sprintf("event suggest %d", after.ID))
		}
	}
	return nil
}

// clashesAgain tells what an event clashes with that is changed back, but for those that are changed back along with it.
func clashesAgain(ctx context.Context, e *Act, before, after *model.Event, along func(id int64) bool) (told []string, err error) {
	if before != nil && before.CancelledAt != nil {
		before = nil
	}
	if after.CancelledAt != nil || after.SupportID == nil || sameTime(before, after) {
		return nil, nil
	}
	if err := e.Tx.KeepCalendar(ctx, *after.SupportID); err != nil {
		return nil, err
	}
	clashes, err := e.newClashes(ctx, before, after)
	for _, b := range clashes {
		if !along(b.ID) {
			told = append(told, b.told(e.Env))
		}
	}
	return told, err
}

// weekOf returns the week from Monday to Sunday, by the office's calendar, that a moment is in.
func (e *Env) weekOf(t time.Time) data.During {
	year, month, day := t.In(e.Location).Date()
	day -= (int(t.In(e.Location).Weekday()) + 6) % 7
	return data.During{From: time.Date(year, month, day, 0, 0, 0, 0, e.Location), Before: time.Date(year, month, day+7, 0, 0, 0, 0, e.Location)}
}

// available tells who could look after an event.
func (e *Act) available(ctx context.Context, v *model.Event, search string, limit int) ([]data.Available, error) {
	return e.Data.Available(ctx, e.reach("event", "view"), data.During{From: v.Start, Before: v.End}, e.weekOf(v.Start), v.ID, search, limit)
}

// freeFirst offers the active support users, except the one who looks after the event already: those who are free at its time first.
// Of several events it is the time of each of them, and the week of the first. Where no event with a time is named, it offers
// them as staff does.
func freeFirst() *Source {
	s := staff("support", supportOf)
	anyway := s.find
	s.find = func(ctx context.Context, e *Act, q Query) ([]Candidate, error) {
		var users []data.Available
		var first model.Event
		for part := range strings.SplitSeq(q.Raw["event-id"], ",") {
			id, _ := strconv.ParseInt(part, 10, 64)
			v, err := e.Data.Event(ctx, e.reach("event", "view"), id)
			if err != nil || v.Start.IsZero() || !v.End.After(v.Start) {
				return anyway(ctx, e, q)
			}
			found, err := e.available(ctx, &v, q.Text, candidateLimit)
			if err != nil {
				return nil, err
			}
			if first.ID == 0 {
				first, users = v, found
				continue
			}
			for i := range users {
				users[i].Busy = users[i].Busy || slices.ContainsFunc(found, func(u data.Available) bool { return u.ID == users[i].ID && u.Busy })
			}
		}
		told := !e.reach("user", "view").None() // to find somebody by their e-mail address would be to be told it
		var candidates []Candidate
		for _, u := range users {
			who := Candidate{Value: strconv.FormatInt(u.ID, 10), About: userNoun().who(&u.User)}
			if sameID(first.SupportID, &u.ID) || !told && !who.shows(q.Text) {
				continue
			}
			who.About, who.later = join(u.FullName, u.Username, freeOrBusy(u.Busy), model.Count(u.Events, "event")+" that week"), u.Busy
			candidates = append(candidates, who)
		}
		return candidates, nil
	}
	return s
}

func freeOrBusy(busy bool) string {
	if busy {
		return "busy"
	}
	return "free"
}

// suggests declares "event suggest ID": who could look after an event, and why.
func suggests(n noun[model.Event, data.EventFilter]) Command {
	return Define(Spec[reference]{
		Command: Command{Path: "event suggest", Help: "Tell which support users are free for an event, and how much they have to do", Example: "event suggest 1",
			Access: Needs("event", "assign_support")},
		Fields: []Field[reference]{recordField(n, unassignedFirst(), itself[reference])},
		Run: func(ctx context.Context, e *Act, ref reference) (Result, error) {
			v, err := n.find(ctx, e, ref, "assign_support")
			if err != nil {
				return Result{}, err
			}
			if v.Start.IsZero() || !v.End.After(v.Start) {
				return Result{}, model.Errorf(model.Conflict, "event %d has no time for which anybody could be free", v.ID).
					WithTry("give it a start and an end with {try}", fmt.Sprintf("event update %d --start-date START --end-date END", v.ID))
			}
			users, err := e.available(ctx, &v, "", 0)
			return Result{Table: suggestions(e, &v, users)}, err
		},
	})
}

func suggestions(e *Act, v *model.Event, users []data.Available) *Table {
	t := &Table{Name: "support users", Columns: []Column{
		{Name: "id", Title: "ID"}, {Name: "username", Title: "Username", Priority: 2}, {Name: "full_name", Title: "Full name", Priority: 6},
		{Name: "is_free", Title: "Free", Priority: 1}, {Name: "events_that_week", Title: "That week", Priority: 1}, {Name: "why", Title: "Why", Priority: 3, Wraps: true},
		{Name: "command", Title: "To assign", Priority: 7},
	}}
	for _, u := range users {
		why := "free at that time"
		switch {
		case sameID(v.SupportID, &u.ID):
			why = "looks after it already"
		case u.Busy:
			why = busy{u.Username, data.Clash{ID: u.EventID, Seen: u.EventSeen, Title: u.EventTitle, Start: u.EventStart, End: u.EventEnd}}.told(e.Env)
		case u.Events == 0:
			why = "free, and has nothing else that week"
		case u.Events == users[0].Events: // the free come first, who has the fewest before the others
			why = "free, and has the fewest events that week"
		}
		command := Value(fmt.Sprintf("event assign_support %d %s", v.ID, u.Username))
		if sameID(v.SupportID, &u.ID) {
			command = nil
		}
		t.Rows = append(t.Rows, []Value{u.ID, u.Username, u.FullName, !u.Busy, u.Events, why, command})
	}
	return t
}
