package data

import (
	"context"
	"time"

	"epev/model"
	queries "epev/sql"
)

// What is to be done today. Each of these returns the first records alone, at most limit.

// lookedAt is how many contracts are looked at for those that match: who has more has others to do first.
const lookedAt = 5_000

// ToAttend returns the events that the actor supports and that take place in some of a time, by their start. Where begins says so, it is
// those alone that begin in it. The e-mail address and the phone of a client are told where that is within the reach on clients.
func (r *Reader) ToAttend(ctx context.Context, clients model.Reach, actor int64, when During, begins bool, limit int) ([]Appointment, error) {
	found, err := list[Appointment](ctx, r, queries.Today.Events, reachOf("related", clients).and(args{
		"actor": actor, "from": storable(when.From), "before": storable(when.Before), "begins": begins, "limit": limit}))
	return found, r.failed(ctx, "look for events to attend", err)
}

// ToSign returns the contracts of the actor's clients that are not signed, the oldest first.
func (r *Reader) ToSign(ctx context.Context, actor int64, limit int) ([]model.Contract, error) {
	found, err := list[model.Contract](ctx, r, queries.Today.Unsigned, args{"actor": actor, "limit": limit})
	return found, r.failed(ctx, "look for contracts to sign", err)
}

// ToBook returns the signed contracts of the actor's clients for which no event is booked, the newest first.
func (r *Reader) ToBook(ctx context.Context, actor int64, limit int) ([]model.Contract, error) {
	found, err := list[model.Contract](ctx, r, queries.Today.WithoutEvent, args{"actor": actor, "limit": limit, "looked_at": lookedAt})
	return found, r.failed(ctx, "look for contracts without event", err)
}

// ToBePaid returns the signed contracts of the actor's clients that are not paid, though at that moment their events are over,
// the oldest first.
func (r *Reader) ToBePaid(ctx context.Context, actor int64, now time.Time, limit int) ([]model.Contract, error) {
	found, err := list[model.Contract](ctx, r, queries.Today.Unpaid, args{"actor": actor, "limit": limit, "looked_at": lookedAt, "now": now})
	return found, r.failed(ctx, "look for unpaid contracts", err)
}

// ToCall returns the actor's clients to whom nobody has spoken since a moment, the longest ago first.
func (r *Reader) ToCall(ctx context.Context, actor int64, since time.Time, limit int) ([]model.Client, error) {
	found, err := list[model.Client](ctx, r, queries.Today.Silent, args{"actor": actor, "limit": limit, "since": since})
	return found, r.failed(ctx, "look for clients to call", err)
}

// ToAssign returns the events within reach that have not ended at that moment and that no active support user looks after, by
// their start.
func (r *Reader) ToAssign(ctx context.Context, reach model.Reach, now time.Time, limit int) ([]model.Event, error) {
	found, err := list[model.Event](ctx, r, queries.Today.Unassigned, events.within(reach).and(args{"now": now, "limit": limit}))
	return found, r.failed(ctx, "look for events to assign", err)
}

// Owed is what signed contracts have left to be paid.
type Owed struct {
	Count     int64        `db:"count"`
	Remaining model.Amount `db:"remaining"`
}

// Owed sums up what is left to be paid of at most limit contracts.
func (r *Reader) Owed(ctx context.Context, limit int) (Owed, error) {
	found, err := get[Owed](ctx, r, queries.Today.Owed, args{"looked_at": limit})
	return found, r.failed(ctx, "sum up what is unpaid", err)
}

// Gone is somebody who is not active, and how much of what is theirs still, counted up to a limit.
type Gone struct {
	ID       int64  `db:"id"`
	Username string `db:"username"`
	FullName string `db:"full_name"`
	Clients  int64  `db:"clients"`
	Events   int64  `db:"events"` // that have not ended
}

// Gone returns the users who are not active and have clients, or events that have not ended at that moment.
func (r *Reader) Gone(ctx context.Context, now time.Time, limit int) ([]Gone, error) {
	found, err := list[Gone](ctx, r, queries.Today.Left, args{"now": now, "limit": limit})
	return found, r.failed(ctx, "look for who left", err)
}
