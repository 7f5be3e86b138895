package data_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"epev/data"
	"epev/model"
)

// cashier writes payments of contracts.
type cashier struct {
	*desk
	t *testing.T
}

func newCashier(t *testing.T) cashier { return cashier{newDesk(t), t} }

// contract makes one with a total and a remainder in cents, without a payment.
func (d cashier) contract(total, remaining int64) int64 {
	d.t.Helper()
	k := model.Contract{ClientID: d.client(d.t, d.carl, fmt.Sprintf("c%d", time.Now().UnixNano())).ID, Total: model.AmountOf(total), Remaining: model.AmountOf(remaining),
		IsFullyPaid: remaining == 0}
	d.must(d.t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.InsertContract(ctx, &k) })
	return k.ID
}

func (d cashier) pay(contract, cents int64) error {
	return d.Write(d.t.Context(), d.carl, func(ctx context.Context, tx *data.Tx) error {
		on := noonOf(3)
		return tx.Pay(ctx, &model.Payment{ContractID: contract, Amount: model.AmountOf(cents), PaidOn: &on})
	})
}

func (d cashier) void(payment int64) error {
	return d.Write(d.t.Context(), d.mona, func(ctx context.Context, tx *data.Tx) error {
		_, err := tx.VoidPayment(ctx, payment, "wrong", noonOf(5))
		return err
	})
}

// change updates a contract with amounts in cents, on a day.
func (d cashier) change(contract, total, remaining int64) error {
	return d.Write(d.t.Context(), d.mona, func(ctx context.Context, tx *data.Tx) error {
		k, err := tx.Contract(ctx, everyone(d.mona), contract)
		if err != nil {
			return err
		}
		k.Total, k.Remaining, k.IsFullyPaid, k.On = model.AmountOf(total), model.AmountOf(remaining), remaining == 0, noonOf(4)
		return tx.UpdateContract(ctx, &k)
	})
}

func noonOf(n int) time.Time { return time.Date(2027, 3, n, 12, 0, 0, 0, time.UTC) }

// rows are the payments of a contract: kind, amount and day of the month, 0 for none.
func (d cashier) rows(contract int64) (rows []string) {
	d.t.Helper()
	all, err := d.Read().Payments(d.t.Context(), everyone(d.mona), data.PaymentFilter{ContractID: contract}, model.Page{})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, p := range all {
		day := 0
		if p.PaidOn != nil {
			day = p.PaidOn.Day()
		}
		rows = append(rows, fmt.Sprintf("%s %s %d", p.Kind, p.Amount, day))
	}
	return rows
}

func (d cashier) has(contract int64, want ...string) {
	d.t.Helper()
	if got := d.rows(contract); !slices.Equal(got, want) {
		d.t.Errorf("contract %d has the payments %q, want %q", contract, got, want)
	}
}

func (d cashier) ok(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// A contract that was paid in part before gets what nobody dated as its opening, once: at its first payment or change.
func TestWhatWasPaidBeforeOpensThePayments(t *testing.T) {
	t.Parallel()
	d := newCashier(t)
	paid, changed, none, total := d.contract(1000, 400), d.contract(1000, 400), d.contract(1000, 1000), d.contract(1000, 400)
	d.ok(d.pay(paid, 100))
	d.ok(d.pay(paid, 100))
	d.has(paid, "opening 6.00 0", "payment 1.00 3", "payment 1.00 3")
	d.ok(d.change(changed, 1000, 500))
	d.has(changed, "opening 6.00 0", "correction -1.00 4")
	d.ok(d.pay(none, 1000))
	d.has(none, "payment 10.00 3")
	d.ok(d.change(total, 2000, 1400)) // what was paid is the same
	d.has(total)
	d.ok(d.change(total, 2000, 0))
	d.has(total, "opening 6.00 0", "payment 14.00 4")
}

// Who knows nothing of payments, such as the Python program, writes none where there are none, and leaves none wrong.
func TestOthersThatChangeWhatIsLeft(t *testing.T) {
	t.Parallel()
	d := newCashier(t)
	raw := d.raw(t)
	before, with := d.contract(1000, 400), d.contract(1000, 400)
	raw.MustExec("update epic_events.contract set remaining_amount = 3 where id = $1", before)
	d.has(before)
	d.ok(d.pay(with, 100))
	raw.MustExec("update epic_events.contract set remaining_amount = 2 where id = $1", with)
	if got := d.rows(with); len(got) != 3 || !strings.HasPrefix(got[2], "payment 1.00 ") {
		t.Errorf("payments %q", got)
	}
	for _, statement := range []string{"delete from epic_events.payment", "update epic_events.payment set amount = 1", "truncate epic_events.payment"} {
		if _, err := raw.Exec(statement); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if _, err := raw.Exec("delete from epic_events.contract where id = $1", with); err == nil {
		t.Error("a contract with payments was deleted")
	}
}

// Amounts that are no sums of money are mended before anything is paid, and tell nothing of what was paid.
func TestAmountsAreMendedBeforeAPayment(t *testing.T) {
	t.Parallel()
	d := newCashier(t)
	raw := d.raw(t)
	for _, rule := range []string{"total_number", "remaining_number", "total_amount", "remaining_amount", "remaining_total", "fully_paid"} {
		raw.MustExec("alter table epic_events.contract drop constraint contract_" + rule + "_check")
	}
	raw.MustExec(`set search_path = epic_events`)
	raw.MustExec(`alter table epic_events.contract alter total_amount drop not null`)
	for amounts, says := range map[string]string{
		"total_amount = 'NaN'":     "the total amount is no number",
		"total_amount = null":      "the total amount is no number",
		"remaining_amount = 'NaN'": "the remaining amount is no number",
		"remaining_amount = -1":    "the remaining amount is below zero",
		"remaining_amount = 11":    "the remaining amount is above the total",
		"total_amount = -1":        "the total amount is below zero",
	} {
		id := d.contract(1000, 400)
		raw.MustExec("update epic_events.contract set "+amounts+" where id = $1", id)
		wantKind(t, d.pay(id, 100), model.Conflict, fmt.Sprintf("nothing can be paid of contract %d yet: %s", id, says))
		d.has(id)
		d.ok(d.change(id, 1000, 300))
		d.has(id)
		d.ok(d.pay(id, 100))
		d.has(id, "opening 7.00 0", "payment 1.00 3")
	}
}

// Whatever is paid, voided and changed in turn, what is left to pay is the total less the payments, and is within the total.
func TestWhatIsLeftIsTheTotalLessThePayments(t *testing.T) {
	t.Parallel()
	d := newCashier(t)
	random := rand.New(rand.NewPCG(7, 7))
	contracts := []int64{d.contract(1000, 1000), d.contract(1000, 300), d.contract(1000, 0)}
	done := map[string]int{}
	for range 150 {
		id := contracts[random.IntN(len(contracts))]
		var err error
		what := []string{"pay", "void", "change"}[random.IntN(3)]
		switch what {
		case "pay":
			err = d.pay(id, 1+random.Int64N(400))
		case "void":
			var last int64
			d.ok(d.raw(t).Get(&last, "select coalesce(max(id), 1) from epic_events.payment"))
			err = d.void(1 + random.Int64N(last))
		case "change":
			total := 500 + random.Int64N(1000)
			err = d.change(id, total, random.Int64N(total+1))
		}
		switch kind := model.KindOf(err); {
		case err == nil:
			done[what]++
		case kind != model.Conflict && kind != model.NotFound:
			t.Fatalf("%s: %v", what, err)
		}
	}
	if done["pay"] == 0 || done["void"] == 0 || done["change"] == 0 {
		t.Errorf("done %v", done)
	}
	var wrong int
	d.ok(d.raw(t).Get(&wrong, `select count(*) from epic_events.contract k where remaining_amount not between 0 and total_amount or is_fully_paid <> (remaining_amount = 0)
		or total_amount - remaining_amount <> (select sum(amount) from epic_events.payment p where p.contract_id = k.id)`))
	if wrong != 0 {
		t.Errorf("%d contracts are wrong", wrong)
	}
}

// A void is of the day on which it is written, but for that of an opening, and tells both rows of each other.
func TestAVoidPointsToItsPayment(t *testing.T) {
	t.Parallel()
	d := newCashier(t)
	id := d.contract(1000, 400)
	d.ok(d.pay(id, 100))
	d.ok(d.void(2))
	d.ok(d.void(1))
	d.has(id, "opening 6.00 0", "payment 1.00 3", "void -1.00 5", "void -6.00 0")
	p, err := d.Read().Payment(t.Context(), everyone(d.mona), 2)
	if err != nil || p.VoidedBy == nil || *p.VoidedBy != 3 {
		t.Errorf("%+v, %v", p, err)
	}
	wantKind(t, d.void(2), model.Conflict, "payment 2 is voided already, by payment 3")
	wantKind(t, d.void(3), model.Conflict, "payment 3 is itself the void of payment 2")
	wantKind(t, d.void(99), model.NotFound, "payment 99 not found")
	wantKind(t, d.pay(99, 1), model.NotFound, "contract 99 not found")
}
