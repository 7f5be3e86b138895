package data

import (
	"context"
	"errors"
	"slices"
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

// own are the parameters of the filter, around those of the search for a text.
func (f ContractFilter) own(text string) []any {
	return slices.Concat([]any{f.Unsigned, f.Unpaid, f.ClientID, f.Signed, f.SearchEvents}, searchOf(text).amounts.arguments(),
		[]any{f.CommercialID, f.Paid, f.WithoutEvent, orNull(f.From), orNull(f.Before)})
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
	}](ctx, r, queries.ContractView, within(reach, id, events.Any, events.Own, events.Assigned, limit)...)
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
	reached, err := r.sight(ctx, reach, f.Mine, queries.ContractReach)
	if err != nil {
		return nil, r.failed(ctx, "list contracts", err)
	}
	args := listArguments(p, append(reached, f.own(p.Search)...)...)
	statement := queries.ContractList
	if descending, ok := grouped("commercial", reach, f.Mine, p); ok && f == (ContractFilter{Signed: f.Signed, Unsigned: f.Unsigned, Unpaid: f.Unpaid, SearchEvents: f.SearchEvents}) {
		statement, args = queries.ContractListByCommercial, []any{reach.ActorID, descending, p.Limit, p.After, f.Unsigned, f.Unpaid, f.Signed, p.AfterKey}
	}
	contracts, err := list[model.Contract](ctx, r, statement, args...)
	if err == nil && len(contracts) == 0 && p.After != 0 && p.AfterKey == nil {
		_, err = r.Contract(ctx, reach, p.After)
	}
	return contracts, r.failed(ctx, "list contracts", err)
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
	reached, err := r.sight(ctx, reach, f.Mine, queries.ContractReach)
	if err != nil {
		return ContractSums{}, r.failed(ctx, "count contracts", err)
	}
	ctx = context.WithValue(ctx, planned{}, true)
	sums, err := get[ContractSums](ctx, r, queries.ContractCount, append(countArguments(search, append(reached, f.own(search)...)...), limit)...)
	return sums, r.failed(ctx, "count contracts", err)
}

// InsertContract creates a contract of c.ClientID and fills c with the row as it is now. Its
// commercial is the client's; a c.CommercialID that is another one is a Conflict, 0 is none given.
func (tx *Tx) InsertContract(ctx context.Context, c *model.Contract) error {
	id, err := write[int64](ctx, tx, false, queries.ContractInsert,
		c.ClientID, c.CommercialID, c.Total, c.Remaining, c.IsSigned, c.IsFullyPaid)
	if errors.Is(err, errNoRow) {
		err = tx.whyNoContract(ctx, c.ClientID, c.CommercialID)
	}
	if err == nil {
		err = into(tx, c)(tx.Contract(ctx, tx.everything(), id))
	}
	return tx.failed(ctx, "create a contract", err)
}

// UpdateContract writes client, amounts, signature and payment of c, and fills c with the row as it
// is now. Its commercial is the client's, as in InsertContract. ErrStale if c is not of the newest
// version; Conflict if it would no longer be signed while events refer to it.
func (tx *Tx) UpdateContract(ctx context.Context, c *model.Contract) error {
	err := func() error {
		// The client first, then the contract: everybody locks in this order.
		commercial, err := write[int64](ctx, tx, false, queries.ClientHold, c.ClientID)
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
		return changed(ctx, tx, false, "contract", c.ID, queries.ContractUpdate,
			c.ID, c.Version, c.ClientID, commercial, c.Total, c.Remaining, c.IsSigned, c.IsFullyPaid)
	}()
	if err == nil {
		err = into(tx, c)(tx.Contract(ctx, tx.everything(), c.ID))
	}
	return tx.failed(ctx, "update a contract", err)
}

// mayBeUnsigned is a Conflict if the contract is signed and pays for events: an event needs a
// signed contract.
func (tx *Tx) mayBeUnsigned(ctx context.Context, id int64) error {
	signed, err := get[bool](ctx, tx.Reader, queries.ContractLock, id)
	if err != nil || !signed {
		return found(err, "contract", id)
	}
	left, err := get[references](ctx, tx.Reader, queries.ContractReferences, id)
	if err != nil {
		return err
	}
	err = left.conflict("contract", id, "a contract that pays for events stays signed")
	if e, ok := errors.AsType[*model.Error](err); ok {
		e.Field = "is-signed"
	}
	return err
}

// DeleteContract deletes a contract; Conflict once it is signed, or while events refer to it.
func (tx *Tx) DeleteContract(ctx context.Context, id int64) error {
	err := func() error {
		signed, err := write[bool](ctx, tx, false, queries.ContractLock, id)
		if err != nil {
			return found(err, "contract", id)
		}
		if err := tx.Unreferred(ctx, "contract", id, id); err != nil {
			return err
		}
		if signed {
			return model.Errorf(model.Conflict, "contract %d is signed", id).WithHint("a signed contract is kept")
		}
		_, err = get[int64](ctx, tx.Reader, queries.ContractDelete, id)
		return err
	}()
	return tx.failed(ctx, "delete a contract", err)
}

// whyNoContract says which rule kept a contract from being written.
func (tx *Tx) whyNoContract(ctx context.Context, clientID, commercialID int64) error {
	c, err := tx.Client(ctx, tx.everything(), clientID)
	if err != nil {
		return err
	}
	return &model.Error{Kind: model.Conflict, Field: "commercial-id",
		Message: "the commercial of a contract is its client's: " + c.Commercial,
		Hint:    `leave --commercial-id out, or move the client with "client reassign"`}
}
