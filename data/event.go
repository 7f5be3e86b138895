package data

import (
	"context"
	"errors"
	"slices"
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

// own are the parameters of the filter, around those of the search for a text.
func (f EventFilter) own(text string) []any {
	return slices.Concat([]any{f.Unassigned, orNull(f.Upcoming), f.ContractID}, f.amounts(text).arguments(),
		[]any{f.SupportID, orNull(f.From), orNull(f.Before)})
}

// Event returns an event; NotFound if there is none within reach. Its client's e-mail address and phone are not told.
func (r *Reader) Event(ctx context.Context, reach model.Reach, id int64) (model.Event, error) {
	return r.EventWithClient(ctx, reach, id, model.Reach{})
}

// EventWithClient is Event with the e-mail address and phone of its client, where that is within the reach on clients.
func (r *Reader) EventWithClient(ctx context.Context, reach model.Reach, id int64, clients model.Reach) (model.Event, error) {
	rows, err := view[model.Event](ctx, r, queries.EventView, append(within(reach, id), clients.Any, clients.Own, clients.Assigned)...)
	if err != nil {
		return model.Event{}, r.failed(ctx, "read an event", found(err, "event", id))
	}
	return rows[0], nil
}

// Events lists the events within reach. An After that is not within reach is NotFound.
func (r *Reader) Events(ctx context.Context, reach model.Reach, f EventFilter, p model.Page) ([]model.Event, error) {
	reached, err := r.sight(ctx, reach, f.Mine, queries.EventReach)
	if err != nil {
		return nil, r.failed(ctx, "list events", err)
	}
	args := listArguments(p, append(reached, f.own(p.Search)...)...)
	statement := queries.EventList
	if descending, ok := grouped("support_contact", reach, f.Mine, p); ok && f == (EventFilter{Unassigned: f.Unassigned, Upcoming: f.Upcoming, SearchAmounts: f.SearchAmounts}) {
		statement, args = queries.EventListBySupportContact, []any{reach.ActorID, descending, p.Limit, p.After, f.Unassigned, orNull(f.Upcoming), p.AfterKey}
	}
	events, err := list[model.Event](ctx, r, statement, args...)
	if err == nil && len(events) == 0 && p.After != 0 && p.AfterKey == nil {
		_, err = r.Event(ctx, reach, p.After)
	}
	return events, r.failed(ctx, "list events", err)
}

// CountEvents counts what Events lists without a limit, up to limit; 0 counts all.
func (r *Reader) CountEvents(ctx context.Context, reach model.Reach, f EventFilter, search string, limit int) (int64, error) {
	reached, err := r.sight(ctx, reach, f.Mine, queries.EventReach)
	if err != nil {
		return 0, r.failed(ctx, "count events", err)
	}
	n, err := count(ctx, r, queries.EventCount, append(countArguments(search, append(reached, f.own(search)...)...), limit)...)
	return n, r.failed(ctx, "count events", err)
}

// InsertEvent creates an event and fills e with the row as it is now. Conflict unless its contract is
// signed and its support contact, if there is one, is an active support user.
func (tx *Tx) InsertEvent(ctx context.Context, e *model.Event) error {
	var id int64
	err := tx.holdSupport(ctx, e.SupportID)
	if err == nil {
		id, err = write[int64](ctx, tx, false, queries.EventInsert, e.Title, e.ContractID, e.Address, e.SupportID,
			e.Start, e.End, e.Participants, e.Notes)
	}
	if errors.Is(err, errNoRow) {
		err = tx.whyNoEvent(ctx, e.ContractID)
	}
	if err == nil {
		err = into(tx, e)(tx.Event(ctx, tx.everything(), id))
	}
	return tx.failed(ctx, "create an event", err)
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
			signed, err := write[bool](ctx, tx, false, queries.ContractHold, e.ContractID)
			if errors.Is(err, errNoRow) || err == nil && !signed {
				return tx.whyNoEvent(ctx, e.ContractID)
			}
			if err != nil {
				return err
			}
		}
		return changed(ctx, tx, false, "event", e.ID, queries.EventUpdate, e.ID, e.Version, e.Title, e.ContractID, e.Address,
			e.SupportID, stored(e.Start), stored(e.End), e.Participants, e.Notes)
	}()
	if err == nil {
		err = into(tx, e)(tx.Event(ctx, tx.everything(), e.ID))
	}
	return tx.failed(ctx, "update an event", err)
}

// DeleteEvent deletes an event.
func (tx *Tx) DeleteEvent(ctx context.Context, id int64) error {
	_, err := write[int64](ctx, tx, false, queries.EventDelete, id)
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
