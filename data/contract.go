package data

import (
	"context"
	"errors"
	"time"

	"epev/model"
	queries "epev/sql"
)

// ContractFilter narrows a list of contracts. Its conditions all hold at once.
type ContractFilter struct {
	Mine         bool // the actor of the reach is the client's commercial, or supports an event of theirs
	Signed       bool
	Unsigned     bool
	Unpaid       bool  // something remains to be paid
	ClientID     int64 // 0: any
	CommercialID int64 // 0: any
	Paid         bool  // nothing remains to be paid
	WithoutEvent bool
	From, Before time.Time // when it was created; zero: any

	// SearchEvents says that a search finds contracts by their events too: the actor may view every event.
	SearchEvents bool
}

// contractResource is what data knows of contracts.
var contractResource = resource{
	name: "contract", table: "contract", title: "id",
	list: queries.Contract.List, count: queries.Contract.Count,
	grouped: map[string]queries.Query{"commercial": queries.Contract.ListByCommercial},
	reach:   queries.Contract.Reach, named: queries.None,
	lock: queries.Contract.Lock, hold: queries.Contract.Hold, assignment: queries.Contract.HoldAssigned,
	referrers: queries.Contract.References, referred: "contract-referred-to",
}

// listing is the list of the filter.
func (f ContractFilter) listing(reach model.Reach, text string) listing {
	s := searchOf(text)
	shared := args{"unsigned": f.Unsigned, "unpaid": f.Unpaid, "signed": f.Signed}
	return listing{resource: contractResource, reach: reach, mine: f.Mine, search: s, shared: shared,
		plain: f == ContractFilter{Signed: f.Signed, Unsigned: f.Unsigned, Unpaid: f.Unpaid, SearchEvents: f.SearchEvents},
		filter: shared.and(s.amounts.arguments(), args{"client": f.ClientID, "commercial": f.CommercialID, "paid": f.Paid,
			"without_event": f.WithoutEvent, "from": orNull(f.From), "before": orNull(f.Before), "search_events": f.SearchEvents})}
}

// Contract returns a contract; NotFound if there is none within reach.
func (r *Reader) Contract(ctx context.Context, reach model.Reach, id int64) (model.Contract, error) {
	c, _, err := r.ContractWithEvents(ctx, reach, id, model.Reach{}, 0)
	return c, err
}

// ContractWithEvents returns a contract, as Contract does, and the first of its events that Events would
// list within their reach.
func (r *Reader) ContractWithEvents(ctx context.Context, reach model.Reach, id int64, events model.Reach, limit int) (c model.Contract, first []model.Event, err error) {
	rows, err := view[struct {
		model.Contract
		Event model.Event `db:"event"`
	}](ctx, r, queries.Contract.View, within(reach).and(args{"id": id, "limit": limit,
		"events_any": events.Any, "events_own": events.Own, "events_assigned": events.Assigned}))
	if err != nil {
		return c, nil, r.failed(ctx, "read a contract", found(err, "contract", id))
	}
	for _, row := range rows {
		if row.Event.ID != 0 {
			first = append(first, row.Event)
		}
	}
	return rows[0].Contract, first, nil
}

// Contracts lists the contracts within reach. An After that is not within reach is NotFound.
func (r *Reader) Contracts(ctx context.Context, reach model.Reach, f ContractFilter, p model.Page) ([]model.Contract, error) {
	return listed[model.Contract](ctx, r, f.listing(reach, p.Search), p, func() error {
		_, err := r.Contract(ctx, reach, p.After)
		return err
	})
}

// ContractSums are how many contracts a list has, and what they come to.
type ContractSums struct {
	Count     int64        `db:"count"`
	Total     model.Amount `db:"total"`
	Remaining model.Amount `db:"remaining"`
}

// CountContracts counts what Contracts lists without a limit, up to limit; 0 counts all.
func (r *Reader) CountContracts(ctx context.Context, reach model.Reach, f ContractFilter, search string, limit int) (int64, error) {
	sums, err := r.SumContracts(ctx, reach, f, search, limit)
	return sums.Count, err
}

// SumContracts sums up at most limit of what Contracts lists; amounts that are no numbers are left out. A limit of 0
// sums up none, and counts all.
func (r *Reader) SumContracts(ctx context.Context, reach model.Reach, f ContractFilter, search string, limit int) (ContractSums, error) {
	return counted[ContractSums](ctx, r, f.listing(reach, search), limit)
}

// InsertContract creates a contract of c.ClientID and fills c with the row as it is now. Its
// commercial is the client's; a c.CommercialID that is another one is a Conflict, 0 is none given.
func (tx *Tx) InsertContract(ctx context.Context, c *model.Contract) error {
	id, err := write[int64](ctx, tx, false, queries.Contract.Insert, args{"client": c.ClientID, "commercial": c.CommercialID,
		"total": c.Total, "remaining": c.Remaining, "is_signed": c.IsSigned, "is_fully_paid": c.IsFullyPaid})
	if errors.Is(err, errNoRow) {
		err = tx.whyNoContract(ctx, c.ClientID, c.CommercialID)
	}
	return tx.savedContract(ctx, "create a contract", c, id, err)
}

func (tx *Tx) savedContract(ctx context.Context, attempted string, c *model.Contract, id int64, err error) error {
	return saved(ctx, tx, attempted, c, func() (model.Contract, error) { return tx.Contract(ctx, tx.everything(), id) }, err)
}

// UpdateContract writes client, amounts, signature and payment of c, and fills c with the row as it
// is now. Its commercial is the client's, as in InsertContract. ErrStale if c is not of the newest
// version; Conflict if it would no longer be signed while events refer to it.
func (tx *Tx) UpdateContract(ctx context.Context, c *model.Contract) error {
	err := func() error {
		// The client first, then the contract: everybody locks in this order.
		commercial, err := write[int64](ctx, tx, false, queries.Client.Hold, args{"id": c.ClientID})
		if err != nil {
			return found(err, "client", c.ClientID)
		}
		if c.CommercialID != 0 && c.CommercialID != commercial {
			before, err := tx.Contract(ctx, tx.everything(), c.ID)
			if err != nil {
				return err
			}
			if before.CommercialID != c.CommercialID || before.ClientID == c.ClientID {
				return tx.whyNoContract(ctx, c.ClientID, c.CommercialID)
			}
			// Only the client was changed: the commercial follows.
		}
		if !c.IsSigned {
			if err := tx.mayBeUnsigned(ctx, c.ID); err != nil {
				return err
			}
		}
		return changed(ctx, tx, false, contractResource, c.ID, queries.Contract.Update, args{"id": c.ID, "version": c.Version, "client": c.ClientID,
			"commercial": commercial, "total": c.Total, "remaining": c.Remaining, "is_signed": c.IsSigned, "is_fully_paid": c.IsFullyPaid})
	}()
	return tx.savedContract(ctx, "update a contract", c, c.ID, err)
}

// mayBeUnsigned is a Conflict if the contract is signed and pays for events: an event needs a
// signed contract.
func (tx *Tx) mayBeUnsigned(ctx context.Context, id int64) error {
	signed, err := get[bool](ctx, tx.Reader, queries.Contract.Lock, args{"id": id})
	if err != nil || !signed {
		return found(err, "contract", id)
	}
	left, err := get[references](ctx, tx.Reader, queries.Contract.References, args{"id": id})
	if err != nil {
		return err
	}
	err = left.conflict("contract", id, "pays-for-events")
	if e, ok := errors.AsType[*model.Error](err); ok {
		e.Field = "is-signed"
	}
	return err
}

// DeleteContract deletes a contract; Conflict once it is signed, or while events refer to it.
func (tx *Tx) DeleteContract(ctx context.Context, id int64) error {
	return remove(ctx, tx, false, contractResource, queries.Contract.Delete, id, func(signed bool) error {
		if err := tx.Unreferred(ctx, "contract", id, id); err != nil || !signed {
			return err
		}
		return &model.Error{Kind: model.Conflict, Fault: "contract-signed", Facts: model.Facts{"id": id}}
	})
}

// whyNoContract says which rule kept a contract from being written.
func (tx *Tx) whyNoContract(ctx context.Context, clientID, commercialID int64) error {
	c, err := tx.Client(ctx, tx.everything(), clientID)
	if err != nil {
		return err
	}
	return &model.Error{Kind: model.Conflict, Field: "commercial-id", Fault: "other-commercial",
		Facts: model.Facts{"commercial": c.Commercial}, Try: []string{"client reassign"}}
}
