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
	Mine       bool      `db:"mine"`       // the actor of the reach supports it, or is the commercial of its client
	Current    bool      `db:"current"`    // not cancelled
	Cancelled  bool      `db:"cancelled"`  // these alone
	Unassigned bool      `db:"unassigned"` // without a support contact who is an active support user
	Upcoming   time.Time `db:"upcoming"`   // not ended at this moment; zero: any
	ContractID int64     `db:"contract"`   // 0: any
	SupportID  int64     `db:"support"`    // 0: any
	From       time.Time `db:"from"`       // when it starts; zero: any
	Before     time.Time `db:"before"`

	// SearchAmounts says that a search finds events by the amounts of their contracts too: the actor may view every contract.
	SearchAmounts bool `db:"search_amounts"`
}

// events are what data knows of events.
var events = noun[model.Event, EventFilter]{resource{
	name: "event", table: "event", title: "title",
	view: queries.Event.View, insert: queries.Event.Insert, update: queries.Event.Update, delete: queries.Event.Delete,
	list: queries.Event.List, count: queries.Event.Count, common: queries.Event.Common,
	grouped: map[string]queries.Query{"commercial": queries.Event.ListByCommercial, "support_contact": queries.Event.ListBySupportContact},
	reach:   queries.Event.Reach, named: queries.None,
	lock: queries.Event.Lock, hold: queries.Event.Hold, assignment: queries.None,
	clears:    []queries.Query{queries.Note.ClearOfEvent},
	referrers: queries.None, referred: "referred-to",
	rules: map[string]rule{
		"support_contact_id":      {"support-contact-id", "no-such-support-user", "user list --support"},
		"dates_check":             {"end-date", "end-not-after-start", ""},
		"participant_count_check": {"participant-count", "count-below-zero", ""},
	},
}}

// Event returns an event; NotFound if there is none within reach. Its client's e-mail address and phone are not told.
func (r *Reader) Event(ctx context.Context, reach model.Reach, id int64) (model.Event, error) {
	return events.one(ctx, r, reach, id)
}

// EventWithClient is Event with the e-mail address and phone of its client, where that is within the reach on clients.
func (r *Reader) EventWithClient(ctx context.Context, reach model.Reach, id int64, clients model.Reach) (model.Event, error) {
	e, _, err := together[model.Event, struct{}](ctx, r, events.resource, reach, id, clients, 0)
	return e, err
}

// Events lists the events within reach. An After that is not within reach is NotFound.
func (r *Reader) Events(ctx context.Context, reach model.Reach, f EventFilter, p model.Page) ([]model.Event, error) {
	return events.page(ctx, r, reach, f, p)
}

// EachEvent tells the events that Events lists one after the other, as they are read.
func (r *Reader) EachEvent(ctx context.Context, reach model.Reach, f EventFilter, p model.Page, tell func(*model.Event) error) error {
	return events.each(ctx, r, reach, f, p, tell)
}

// CountEvents counts what Events lists without a limit, up to limit; 0 counts all.
func (r *Reader) CountEvents(ctx context.Context, reach model.Reach, f EventFilter, search string, limit int) (int64, error) {
	return events.number(ctx, r, reach, f, search, limit)
}

// InsertEvent creates an event and fills e with the row as it is now. Conflict unless its contract is
// signed and its support contact, if there is one, is an active support user.
func (tx *Tx) InsertEvent(ctx context.Context, e *model.Event) error {
	var id int64
	err := tx.holdSupport(ctx, e.SupportID)
	if err == nil {
		id, err = write[int64](ctx, tx, false, events.insert, fieldsOf(e, events.insert, nil))
	}
	if errors.Is(err, errNoRow) {
		err = tx.whyNoEvent(ctx, e.ContractID)
	}
	return events.saved(ctx, tx, "create", e, id, err)
}

// UpdateEvent writes all of e, and fills e with the row as it is now; it also assigns support. ErrStale
// if e is not of the newest version; a contract or support contact that is another than before is
// checked as in InsertEvent.
func (tx *Tx) UpdateEvent(ctx context.Context, e *model.Event) error {
	return events.change(ctx, tx, false, e, func() error {
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
			return err
		}
		return nil
	}())
}

// CancelEvent notes that the event does not take place, and why; where its reason is empty, that it does after all. It fills e with
// the row as it is now. It gives ErrStale if e is not of the newest version.
func (tx *Tx) CancelEvent(ctx context.Context, e *model.Event) error {
	err := changed(ctx, tx, false, events.resource, e.ID, queries.Event.Cancel, args{"id": e.ID, "version": e.Version, "cancel_reason": e.CancelReason})
	return events.saved(ctx, tx, "cancel", e, e.ID, err)
}

// DeleteEvent deletes an event and the notes on it.
func (tx *Tx) DeleteEvent(ctx context.Context, id int64) error {
	return events.remove(ctx, tx, id)
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
