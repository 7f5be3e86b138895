package commands

import (
	"fmt"
	"testing"

	"epev/commands/sentences"
	"epev/model"
)

// settled fails unless what is left to pay of each contract with payments is its total less these, and within it.
func (o *office) settled() {
	o.t.Helper()
	if n := o.number(`select count(*) from @contract k where remaining_amount < 0 or remaining_amount > total_amount or is_fully_paid <> (remaining_amount = 0)
		or exists (select from @payment p where p.contract_id = k.id)
		and total_amount - remaining_amount <> (select sum(p.amount) from @payment p where p.contract_id = k.id)`); n != 0 {
		o.t.Errorf("what is left to pay of %d contracts is not what their payments leave", n)
	}
}

// Twenty people who take payments of one contract at once never take more than is left of it, and each that is taken counts.
func TestTwentyPaymentsAtOnceNeverExceedTheTotal(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	owner := o.hire("claire.seller", "commercial")
	o.hire("mona.manager", "management")
	const writers = 20
	var desks []*desk
	for i := range writers {
		desks = append(desks, o.desk([]string{"claire.seller", "mona.manager"}[i%2]))
	}
	for _, paid := range []int64{0, 600} { // 400.00 are left: with payments before, or with an opening that is yet to be written
		contract := o.contract(o.client(owner), true)
		if paid == 0 {
			o.exec("update contract set total_amount = 400 where id = $1", contract)
		}
		errs := together(writers, func(i int) error {
			_, err := desks[i].do("contract pay %d 30,01 --by card", contract)
			return err
		})
		if n := winners(t, errs, model.Conflict); n != 13 {
			t.Errorf("%d payments of 30.01 were taken of 400.00", n)
		}
		for _, err := range errs {
			if e := sentences.Of(err); err != nil && e.Message != fmt.Sprintf("30,01\u00a0€ is more than what is left to pay of contract %d: 9,87\u00a0€", contract) {
				t.Errorf("a loser is told %s", told(err))
			}
		}
		if n := o.number("select count(*) from @payment where contract_id = $1 and kind = 'payment'", contract); n != 13 {
			t.Errorf("there are %d payments", n)
		}
		if n := o.number("select coalesce(sum(amount), 0)::integer from @payment where contract_id = $1 and kind = 'opening'", contract); n != paid {
			t.Errorf("%d was paid before, and not %d", n, paid)
		}
	}
	o.settled()
	o.checkHistory("contract", "contract")
}

// A payment that is voided many times at once is voided once.
func TestAPaymentIsVoidedOnce(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	contract := o.contract(o.client(o.hire("claire.seller", "commercial")), true)
	payment := o.payment(contract)
	o.hire("mona.manager", "management")
	const writers = 8
	var desks []*desk
	for range writers {
		desks = append(desks, o.desk("mona.manager"))
	}
	errs := together(writers, func(i int) error {
		_, err := desks[i].do("payment void %d --reason bounced", payment)
		return err
	})
	if n := winners(t, errs, model.Conflict); n != 1 {
		t.Errorf("it was voided %d times", n)
	}
	if n := o.number("select count(*) from @payment where voids = $1", payment); n != 1 {
		t.Errorf("there are %d voids", n)
	}
	o.settled()
}

// Payments, voids and changes of one contract come at once. Whichever is first, what is left to pay is what the payments
// leave.
func TestPaymentsAgainstChangesOfAContract(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	owner := o.hire("claire.seller", "commercial")
	o.hire("mona.manager", "management")
	contract := o.contract(o.client(owner), false)
	first, other := o.payment(contract), o.client(o.hire("hugo.seller", "commercial"))
	lines := []string{
		fmt.Sprintf("contract pay %d 50", contract), fmt.Sprintf("contract update %d --remaining-amount 120", contract),
		fmt.Sprintf("contract update %d --total-amount 1500", contract), fmt.Sprintf("contract pay %d 290", contract),
		fmt.Sprintf("contract update %d --total-amount 720 --remaining-amount 20", contract), fmt.Sprintf("payment void %d --reason twice", first),
		fmt.Sprintf("contract update %d --is-fully-paid true", contract), fmt.Sprintf("contract sign %d", contract),
		fmt.Sprintf("contract update %d --client-id %d", contract, other), fmt.Sprintf("contract pay %d 1", contract),
	}
	desks := make([]*desk, 2*len(lines))
	for i := range desks {
		desks[i] = o.desk("mona.manager")
	}
	errs := together(len(desks), func(i int) error {
		for range 3 {
			if _, err := desks[i].do("%s", lines[i%len(lines)]); err != nil && model.KindOf(err) != model.Conflict {
				return err
			}
		}
		return nil
	})
	if n := winners(t, errs); n != len(desks) {
		t.Errorf("%d of %d came through", n, len(desks))
	}
	o.settled()
	o.checkHistory("contract", "contract")
}

// Whoever takes payments of their own contracts takes none of a contract that goes to somebody else meanwhile.
func TestAPaymentIsDecidedOnceNobodyChangesWhoseItIs(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	me, other := o.hire("claire.seller", "commercial"), o.hire("hugo.seller", "commercial")
	client := o.client(me)
	contract := o.contract(client, true)
	d := o.desk("claire.seller")
	tx, err := o.db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.Exec("update epic_events.client set commercial_id = $1 where id = $2", other, client); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := d.do("contract pay %d 10", contract)
		done <- err
	}()
	for o.number("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()") == 0 {
		select {
		case err := <-done:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; model.KindOf(err) != model.Denied && model.KindOf(err) != model.Conflict {
		t.Errorf("it was taken: %v", err)
	}
	if n := o.number("select count(*) from @payment"); n != 0 {
		t.Errorf("there are %d payments", n)
	}
}
