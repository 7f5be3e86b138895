package data

import (
	"context"
	"fmt"
	"time"

	"epev/model"
	queries "epev/sql"
)

// PaymentFilter narrows a list of payments. Its conditions all hold at once.
type PaymentFilter struct {
	Mine         bool      `db:"mine"`       // the actor of the reach is the client's commercial, or supports an event of the contract
	ContractID   int64     `db:"contract"`   // 0: any
	ClientID     int64     `db:"client"`     // 0: any
	CommercialID int64     `db:"commercial"` // of the contract; 0: any
	Method       string    `db:"method"`     // empty: any
	From         time.Time `db:"from"`       // the first day; zero: any
	Before       time.Time `db:"before"`     // the day after the last; zero: any
}

// payments are what data knows of payments. What is paid is written under the lock of the contract.
var payments = noun[model.Payment, PaymentFilter]{resource{
	name: "payment", table: "payment", title: "id",
	view: queries.Payment.View, insert: queries.Payment.Insert, update: queries.None, delete: queries.None,
	list: queries.Payment.List, count: queries.Payment.Count, common: queries.Payment.Common,
	reach: queries.Payment.Reach, named: queries.None,
	lock: queries.Payment.Lock, hold: queries.None, assignment: queries.Payment.HoldAssigned,
	referrers: queries.None, referred: "referred-to",
	rules: map[string]rule{
		"voids":        {"id", "voided-meanwhile", ""},
		"amount_check": {"amount", "payment-of-nothing", ""},
	},
}}

// Payment returns a payment; NotFound if there is none within reach.
func (r *Reader) Payment(ctx context.Context, reach model.Reach, id int64) (model.Payment, error) {
	return payments.one(ctx, r, reach, id)
}

// Payments lists the payments within reach. An After that is not within reach is NotFound.
func (r *Reader) Payments(ctx context.Context, reach model.Reach, f PaymentFilter, p model.Page) ([]model.Payment, error) {
	return payments.page(ctx, r, reach, f, p)
}

// PaymentsOf returns the first payments of a contract within reach, at most limit of them. It is quicker than Payments for what every
// view reads, as it is planned once.
func (r *Reader) PaymentsOf(ctx context.Context, reach model.Reach, contractID int64, limit int) ([]model.Payment, error) {
	rows, err := few[model.Payment](ctx, r, queries.Payment.Of, payments.within(reach).and(args{"contract": contractID, "limit": limit}))
	return rows, r.failed(ctx, "list the payments of a contract", err)
}

// PaymentSums are how many payments a list has, and what they come to.
type PaymentSums struct {
	Count  int64        `db:"count"`
	Amount model.Amount `db:"amount"`
}

// EachPayment tells the payments that Payments lists one after the other, as they are read.
func (r *Reader) EachPayment(ctx context.Context, reach model.Reach, f PaymentFilter, p model.Page, tell func(*model.Payment) error) error {
	return payments.each(ctx, r, reach, f, p, tell)
}

// CountPayments counts what Payments lists without a limit, up to limit; 0 counts all.
func (r *Reader) CountPayments(ctx context.Context, reach model.Reach, f PaymentFilter, search string, limit int) (int64, error) {
	sums, err := r.SumPayments(ctx, reach, f, search, limit)
	return sums.Count, err
}

// SumPayments sums up at most limit of what Payments lists. A limit of 0 sums up none, and counts all.
func (r *Reader) SumPayments(ctx context.Context, reach model.Reach, f PaymentFilter, search string, limit int) (PaymentSums, error) {
	return summed[PaymentSums](ctx, r, payments, reach, f, search, limit)
}

// Pay writes a payment of p.ContractID and fills p with its row. What was paid before there were payments becomes an
// opening payment. It is a Conflict if p.Amount is above what is left to pay, or the contract's amounts are to be mended first.
func (tx *Tx) Pay(ctx context.Context, p *model.Payment) error {
	id, err := tx.pay(ctx, p.ContractID, func(c model.Contract) (*model.Payment, error) {
		p.Kind = model.Paid
		return p, c.Payable(p.Amount)
	})
	return payments.saved(ctx, tx, "write", p, id, err)
}

// VoidPayment takes a payment back with a row that says why, and returns that row. It is of the day on, unless the
// payment's own day is not known. It is a Conflict if the payment is void already, or takes one back itself. So it is if
// the others would come to less than nothing or to more than the total.
func (tx *Tx) VoidPayment(ctx context.Context, id int64, reason string, on time.Time) (void model.Payment, err error) {
	err = tx.keep(ctx, payments.resource, payments.lock, id)
	if err == nil {
		void, err = tx.Payment(ctx, tx.everything(), id)
	}
	if err != nil {
		return void, tx.failed(ctx, "void a payment", err)
	}
	row, err := tx.pay(ctx, void.ContractID, func(c model.Contract) (*model.Payment, error) {
		return voiding(void, c, reason, on)
	})
	return void, payments.saved(ctx, tx, "void", &void, row, err)
}

// voiding returns the row that takes a payment of the contract back.
func voiding(p model.Payment, c model.Contract, reason string, on time.Time) (*model.Payment, error) {
	if err := p.Voidable(); err != nil {
		return nil, err
	}
	facts := model.Facts{"id": p.ID, "contract": c.ID}
	switch left := c.Remaining.Add(p.Amount); {
	case left.Cmp(model.Amount{}) < 0:
		return nil, &model.Error{Kind: model.Conflict, Field: "id", Fault: "void-beyond-total", Facts: facts}
	case left.Cmp(c.Total) > 0:
		return nil, &model.Error{Kind: model.Conflict, Field: "id", Fault: "void-below-nothing", Facts: facts,
			Try: []string{fmt.Sprintf("contract view %d", c.ID)}}
	}
	void := &model.Payment{ContractID: c.ID, Kind: model.Void, Amount: p.Amount.Neg(), PaidOn: p.PaidOn, Method: p.Method, Voids: &p.ID, Reason: reason}
	if p.PaidOn != nil {
		void.PaidOn = &on
	}
	return void, nil
}

// UndoPayment writes the row that takes a payment back, of the same day, for whoever changes back what is left to pay. A void is
// taken back by the payment anew. An opening stays: so much was paid all the same.
func (tx *Tx) UndoPayment(ctx context.Context, p model.Payment, reason string) error {
	row, err := p, error(nil)
	switch p.Kind {
	case model.Opening:
		return nil
	case model.Void:
		row, err = tx.Payment(ctx, tx.everything(), *p.Voids)
		row.Voids = nil
	default:
		row.Kind, row.Voids = model.Void, &p.ID
	}
	if err == nil {
		row.Amount, row.PaidOn, row.Reason = p.Amount.Neg(), p.PaidOn, reason
		_, err = write[int64](ctx, tx, false, payments.insert, fieldsOf(&row, payments.insert, nil))
	}
	return tx.failed(ctx, "undo a payment", err)
}

// pay writes the payment that made makes of a contract which nobody else changes meanwhile, and what is left to pay of it.
func (tx *Tx) pay(ctx context.Context, contract int64, made func(model.Contract) (*model.Payment, error)) (id int64, err error) {
	if err = tx.keep(ctx, contracts.resource, contracts.lock, contract); err != nil {
		return 0, err
	}
	c, err := tx.Contract(ctx, tx.everything(), contract)
	if err == nil {
		err = c.Mended()
	}
	if err != nil {
		return 0, err
	}
	p, err := made(c)
	if err != nil {
		return 0, err
	}
	_, err = write[int64](ctx, tx, false, queries.Payment.Open, args{"contract": contract})
	if err == nil {
		id, err = write[int64](ctx, tx, false, payments.insert, fieldsOf(p, payments.insert, nil))
	}
	if err == nil {
		_, err = write[int64](ctx, tx, false, queries.Payment.Settle, args{"contract": contract, "amount": p.Amount})
	}
	return id, err
}
