package data

import (
	"context"
	"errors"
	"time"

	"epev/model"
	queries "epev/sql"
)

// EventFilter narrows a list of events. Its conditions all hold at once.
type EventFilter struct {
	Mine         bool      // the actor of the reach supports it, or is the commercial of its client
	Unassigned   bool      // without a support contact who is an active support user
	Upcoming     time.Time // not ended at this moment; zero: any
	ContractID   int64     // 0: any
	SupportID    int64     // 0: any
	From, Before time.Time // when it starts; zero: any

	// SearchAmounts says that a search finds events by the amounts of their contracts too: the actor may view every contract.
	SearchAmounts bool
}

// amounts are those that are searched, one a word; none where they may not be.
func (f EventFilter) amounts(text string) sums {
	amounts := searchOf(text).amounts
	if !f.SearchAmounts {
		clear(amounts.from)
		clear(amounts.to)
	}
	return amounts
}

// eventResource is what data knows of events.
var eventResource = resource{
	name: "event", table: "event", title: "title",
	list: queries.Event.List, count: queries.Event.Count,
	grouped: map[string]queries.Query{"support_contact": queries.Event.ListBySupportContact},
	reach:   queries.Event.Reach, named: queries.None,
	lock: queries.Event.Lock, hold: queries.None, assignment: queries.None,
	referrers: queries.None, referred: "event-referred-to",
}

// listing is the list of the filter.
func (f EventFilter) listing(reach model.Reach, text string) listing {
	shared := args{"unassigned": f.Unassigned, "upcoming": orNull(f.Upcoming)}
	return listing{resource: eventResource, reach: reach, mine: f.Mine, search: searchOf(text), shared: shared,
		plain: f == EventFilter{Unassigned: f.Unassigned, Upcoming: f.Upcoming, SearchAmounts: f.SearchAmounts},
		filter: shared.and(f.amounts(text).arguments(), args{"contract": f.ContractID, "support": f.SupportID,
			"from": orNull(f.From), "before": orNull(f.Before)})}
}

// Event returns an event; NotFound if there is none within reach. Its client's e-mail address and phone are not told.
func (r *Reader) Event(ctx context.Context, reach model.Reach, id int64) (model.Event, error) {
	return r.EventWithClient(ctx, reach, id, model.Reach{})
}

// EventWithClient is Event with the e-mail address and phone of its client, where that is within the reach on clients.
func (r *Reader) EventWithClient(ctx context.Context, reach model.Reach, id int64, clients model.Reach) (model.Event, error) {
	rows, err := view[model.Event](ctx, r, queries.Event.View, within(reach).and(args{"id": id,
		"clients_any": clients.Any, "clients_own": clients.Own, "clients_assigned": clients.Assigned}))
	if err != nil {
		return model.Event{}, r.failed(ctx, "read an event", found(err, "event", id))
	}
	return rows[0], nil
}

// Events lists the events within reach. An After that is not within reach is NotFound.
func (r *Reader) Events(ctx context.Context, reach model.Reach, f EventFilter, p model.Page) ([]model.Event, error) {
	return listed[model.Event](ctx, r, f.listing(reach, p.Search), p, func() error {
		_, err := r.Event(ctx, reach, p.After)
		return err
	})
}

// CountEvents counts what Events lists without a limit, up to limit; 0 counts all.
func (r *Reader) CountEvents(ctx context.Context, reach model.Reach, f EventFilter, search string, limit int) (int64, error) {
	return counted[int64](ctx, r, f.listing(reach, search), limit)
}

// InsertEvent creates an event and fills e with the row as it is now. Conflict unless its contract is
// signed and its support contact, if there is one, is an active support user.
func (tx *Tx) InsertEvent(ctx context.Context, e *model.Event) error {
	var id int64
	err := tx.holdSupport(ctx, e.SupportID)
	if err == nil {
		id, err = write[int64](ctx, tx, false, queries.Event.Insert, args{"title": e.Title, "contract": e.ContractID, "address": e.Address,
			"support": e.SupportID, "start": e.Start, "end": e.End, "participants": e.Participants, "notes": e.Notes})
	}
	if errors.Is(err, errNoRow) {
		err = tx.whyNoEvent(ctx, e.ContractID)
	}
	return tx.savedEvent(ctx, "create an event", e, id, err)
}

func (tx *Tx) savedEvent(ctx context.Context, attempted string, e *model.Event, id int64, err error) error {
	return saved(ctx, tx, attempted, e, func() (model.Event, error) { return tx.Event(ctx, tx.everything(), id) }, err)
}

// UpdateEvent writes all of e, and fills e with the row as it is now; it also assigns support. ErrStale
// if e is not of the newest version; a contract or support contact that is another than before is
// checked as in InsertEvent.
func (tx *Tx) UpdateEvent(ctx context.Context, e *model.Event) error {
	err := func() error {
		before, err := tx.Event(ctx, tx.everything(), e.ID)
		if err != nil {
			return err
		}
		if e.SupportID != nil && (before.SupportID == nil || *before.SupportID != *e.SupportID) {
			if err := tx.holdSupport(ctx, e.SupportID); err != nil {
				return err
			}
		}
		if before.ContractID != e.ContractID {
			signed, err := write[bool](ctx, tx, false, queries.Contract.Hold, args{"id": e.ContractID})
			if errors.Is(err, errNoRow) || err == nil && !signed {
				return tx.whyNoEvent(ctx, e.ContractID)
			}
			if err != nil {
				return err
			}
		}
		return changed(ctx, tx, false, eventResource, e.ID, queries.Event.Update, args{"id": e.ID, "version": e.Version, "title": e.Title,
			"contract": e.ContractID, "address": e.Address, "support": e.SupportID, "start": stored(e.Start), "end": stored(e.End),
			"participants": e.Participants, "notes": e.Notes})
	}()
	return tx.savedEvent(ctx, "update an event", e, e.ID, err)
}

// DeleteEvent deletes an event.
func (tx *Tx) DeleteEvent(ctx context.Context, id int64) error {
	_, err := write[int64](ctx, tx, false, queries.Event.Delete, args{"id": id})
	return tx.failed(ctx, "delete an event", found(err, "event", id))
}

// holdSupport is a Conflict unless the user, if there is one, is an active support user; they
// stay so until the transaction ends.
func (tx *Tx) holdSupport(ctx context.Context, id *int64) error {
	if id == nil {
		return nil
	}
	return tx.holdUser(ctx, *id, "support", "support-contact-id")
}

// whyNoEvent says which rule kept an event from being written.
func (tx *Tx) whyNoEvent(ctx context.Context, contractID int64) error {
	c, err := tx.Contract(ctx, tx.everything(), contractID)
	if err != nil {
		return err
	}
	c.IsSigned = false // whatever it is by now
	return c.PaysForEvents("contract-id")
}
