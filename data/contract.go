package data

import (
	"context"
	"errors"
	"time"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// ContractFilter narrows a list of contracts. Its conditions all hold at once.
type ContractFilter struct {
	Mine           bool      `db:"mine"` // the actor of the reach is the client's commercial, or supports an event of theirs
	Signed         bool      `db:"signed"`
	Unsigned       bool      `db:"unsigned"`
	Unpaid         bool      `db:"unpaid"`     // something remains to be paid
	ClientID       int64     `db:"client"`     // 0: any
	CommercialID   int64     `db:"commercial"` // 0: any
	Paid           bool      `db:"paid"`       // nothing remains to be paid
	WithoutEvent   bool      `db:"without_event"`
	WithoutPayment bool      `db:"without_payment"` // nothing paid of it was written down
	From           time.Time `db:"from"`            // when it was created; zero: any
	Before         time.Time `db:"before"`

	// SearchEvents says that a search finds contracts by their events too: the actor may view every event.
	SearchEvents bool `db:"search_events"`
}

// contracts are what data knows of contracts.
var contracts = noun[model.Contract, ContractFilter]{resource{
	name: "contract", table: "contract", title: "id",
	view: queries.Contract.View, insert: queries.Contract.Insert, update: queries.Contract.Update, delete: queries.Contract.Delete,
	list: queries.Contract.List, count: queries.Contract.Count, common: queries.Contract.Common,
	grouped: map[string]queries.Query{"commercial": queries.Contract.ListByCommercial},
	reach:   queries.Contract.Reach, named: queries.None,
	lock: queries.Contract.Lock, hold: queries.Contract.Hold, assignment: queries.Contract.HoldAssigned,
	clears:    []queries.Query{queries.Note.ClearOfContract},
	referrers: queries.Contract.References, referred: "contract-referred-to",
	rules: map[string]rule{
		"commercial_id":          {"commercial-id", "no-such-commercial", "user list --commercial"},
		"total_number_check":     {"total-amount", "total-no-number", ""},
		"remaining_number_check": {"remaining-amount", "remainder-no-number", ""},
		"total_amount_check":     {"total-amount", "total-below-zero", ""},
		"remaining_amount_check": {"remaining-amount", "remainder-below-zero", ""},
		"remaining_total_check":  {"remaining-amount", "remainder-above-total", ""},
		"fully_paid_check":       {"is-fully-paid", "paid-against-remainder", ""},
	},
}}

// Contract returns a contract; NotFound if there is none within reach.
func (r *Reader) Contract(ctx context.Context, reach model.Reach, id int64) (model.Contract, error) {
	return contracts.one(ctx, r, reach, id)
}

// ContractsOver returns those of the ids whose contracts have events within reach, all of which are over by now.
func (r *Reader) ContractsOver(ctx context.Context, reach model.Reach, ids []int64, now time.Time) ([]int64, error) {
	within, err := r.sight(ctx, events.resource, reach, false, whether)
	if err != nil {
		return nil, err
	}
	return list[int64](ctx, r, queries.Contract.Over, within.and(args{"ids": pq.Int64Array(ids), "now": now}))
}

// ContractWithEvents returns a contract, as Contract does, and the first of its events that Events would
// list within their reach.
func (r *Reader) ContractWithEvents(ctx context.Context, reach model.Reach, id int64, events model.Reach, limit int) (
	model.Contract, []model.Event, error) {
	return together[model.Contract, model.Event](ctx, r, contracts.resource, reach, id, events, limit)
}

// Contracts lists the contracts within reach. An After that is not within reach is NotFound.
func (r *Reader) Contracts(ctx context.Context, reach model.Reach, f ContractFilter, p model.Page) ([]model.Contract, error) {
	return contracts.page(ctx, r, reach, f, p)
}

// ContractSums are how many contracts a list has, and what they come to.
type ContractSums struct {
	Count     int64        `db:"count"`
	Total     model.Amount `db:"total"`
	Remaining model.Amount `db:"remaining"`
}

// EachContract tells the contracts that Contracts lists one after the other, as they are read.
func (r *Reader) EachContract(ctx context.Context, reach model.Reach, f ContractFilter, p model.Page, tell func(*model.Contract) error) error {
	return contracts.each(ctx, r, reach, f, p, tell)
}

// CountContracts counts what Contracts lists without a limit, up to limit; 0 counts all.
func (r *Reader) CountContracts(ctx context.Context, reach model.Reach, f ContractFilter, search string, limit int) (int64, error) {
	sums, err := r.SumContracts(ctx, reach, f, search, limit)
	return sums.Count, err
}

// SumContracts sums up at most limit of what Contracts lists; amounts that are no numbers are left out. A limit of 0
// sums up none, and counts all.
func (r *Reader) SumContracts(ctx context.Context, reach model.Reach, f ContractFilter, search string, limit int) (ContractSums, error) {
	return summed[ContractSums](ctx, r, contracts, reach, f, search, limit)
}

// InsertContract creates a contract of c.ClientID and fills c with the row as it is now. Its
// commercial is the client's; a c.CommercialID that is another one is a Conflict, 0 is none given. What is paid of it
// already is a payment of the day c.On.
func (tx *Tx) InsertContract(ctx context.Context, c *model.Contract) error {
	id, err := write[int64](ctx, tx, false, contracts.insert, fieldsOf(c, contracts.insert, nil))
	if errors.Is(err, errNoRow) {
		err = tx.whyNoContract(ctx, c.ClientID, c.CommercialID)
	}
	if paid := c.Total.Sub(c.Remaining); err == nil && !c.On.IsZero() && paid.Cmp(model.Amount{}) > 0 {
		first := model.Payment{ContractID: id, Kind: model.Paid, Amount: paid, PaidOn: &c.On}
		_, err = write[int64](ctx, tx, false, payments.insert, fieldsOf(&first, payments.insert, nil))
	}
	return contracts.saved(ctx, tx, "create", c, id, err)
}

// UpdateContract writes client, amounts and signature of c, and fills c with the row as it is now. What the amounts pay,
// or take back, becomes a payment of the day c.On. Its commercial is the client's, as in InsertContract. ErrStale if c is not of the newest
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
		if !c.On.IsZero() {
			if _, err := get[string](ctx, tx.Reader, queries.Payment.Dated, args{"on": c.On}); err != nil {
				return err
			}
		}
		a := fieldsOf(c, contracts.update, nil)
		a["commercial_id"] = commercial
		return changed(ctx, tx, false, contracts.resource, c.ID, contracts.update, a)
	}()
	return contracts.saved(ctx, tx, "update", c, c.ID, err)
}

// mayBeUnsigned is a Conflict if the contract is signed and pays for events: an event needs a
// signed contract.
func (tx *Tx) mayBeUnsigned(ctx context.Context, id int64) error {
	signed, err := get[bool](ctx, tx.Reader, queries.Contract.Lock, args{"id": id})
	if errors.Is(err, errNoRow) { // it went to another client while the lock was waited for, unless it is gone
		if err = tx.keep(ctx, contracts.resource, contracts.lock, id); err == nil {
			err = ErrStale
		}
	}
	if err != nil || !signed {
		return err
	}
	return tx.PaysForNothing(ctx, id)
}

// PaysForNothing is a Conflict while events refer to a contract.
func (r *Reader) PaysForNothing(ctx context.Context, id int64) error {
	booked, err := list[model.Counted](ctx, r, queries.Contract.Booked, args{"id": id})
	if err == nil && booked[0].N > 0 {
		err = &model.Error{Kind: model.Conflict, Field: "is-signed", Fault: "pays-for-events",
			Facts: model.Facts{"noun": contracts.name, "name": id, "left": booked}}
	}
	return err
}

// DeleteContract deletes a contract; Conflict once it is signed, or while events refer to it.
func (tx *Tx) DeleteContract(ctx context.Context, id int64) error {
	return remove(ctx, tx, false, contracts.resource, id, func(signed bool) error {
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
