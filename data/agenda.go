package data

import (
	"context"
	"time"

	"epev/model"
	queries "epev/sql"
)

// Appointment is an event in an agenda, and the ids of those that it clashes with: the same support contact has them at the
// same time. Those are within the agenda's reach, too.
type Appointment struct {
	model.Event
	Clashes []string `db:"clashes"`
}

// During is a time: from a moment on, and before another one.
type During struct{ From, Before time.Time }

// Agenda returns the events within reach that take place in some of a time, by their start: at most limit, or all for 0. They
// are of a user who supports them or is their client's commercial, or of everybody for 0. The e-mail address and the phone
// of a client are told where that is within the reach on clients.
func (r *Reader) Agenda(ctx context.Context, reach, clients model.Reach, of int64, when During, limit int) ([]Appointment, error) {
	found, err := list[Appointment](ctx, r, queries.Event.Agenda, events.within(reach).and(reachOf("related", clients), args{
		"of": of, "from": storable(when.From), "before": storable(when.Before), "limit": limit}))
	return found, r.failed(ctx, "read an agenda", err)
}

// Clash is an event that a support contact has at the time of another one. Of one that is not Seen nothing is told but
// when it is.
type Clash struct {
	ID     int64     `db:"id"`
	Seen   bool      `db:"seen"`
	Title  string    `db:"title"`
	Client string    `db:"client"`
	Start  time.Time `db:"start_date"`
	End    time.Time `db:"end_date"`
}

// Clashes returns what a support contact has in some of a time, but for one event, which is 0 for none. Whether a clash is
// Seen is told by the reach on events.
func (r *Reader) Clashes(ctx context.Context, reach model.Reach, support int64, when During, but int64) ([]Clash, error) {
	found, err := list[Clash](ctx, r, queries.Event.Clashing, events.within(reach).and(args{
		"support": support, "from": storable(when.From), "before": storable(when.Before), "but": but}))
	return found, r.failed(ctx, "look for clashes", err)
}

// KeepCalendar keeps others who call it for the same support contact waiting until the transaction ends. So what Clashes
// tells afterwards stays true until then. Several contacts are kept in the order of their ids.
func (tx *Tx) KeepCalendar(ctx context.Context, support int64) error {
	_, err := write[bool](ctx, tx, false, queries.Event.KeepCalendar, args{"support": support})
	return tx.failed(ctx, "keep a calendar", err)
}

// Available is a support user who can look after an event, or is Busy at its time.
type Available struct {
	model.User
	Events int64 `db:"events"` // in the week
	Busy   bool  `db:"busy"`
	// The first event that keeps them from it. Of one that is not seen nothing is told but when it is.
	EventID    int64     `db:"event_id"`
	EventSeen  bool      `db:"event_seen"`
	EventTitle string    `db:"event_title"`
	EventStart time.Time `db:"event_start"`
	EventEnd   time.Time `db:"event_end"`
}

// Available returns the active support users whom a search finds, at most limit: those who are free at a time first, then who has
// the fewest events in a week. One event does not count, 0 for none. Whether an event is seen is told by the reach on events.
func (r *Reader) Available(ctx context.Context, reach model.Reach, when, week During, but int64, search string, limit int) ([]Available, error) {
	s := searchOf(search)
	found, err := list[Available](ctx, r, queries.User.Available, events.within(reach).and(args{
		"from": storable(when.From), "before": storable(when.Before), "week_from": storable(week.From), "week_before": storable(week.Before),
		"but": but, "parts": s.parts, "digits": s.digits, "limit": limit}))
	return found, r.failed(ctx, "look who is free", err)
}
