package demo

import (
	"fmt"
	"slices"
	"time"

	"epev/model"
)

// No dice are thrown here, so that the other records of the sample stay as they were.

// unwritten contracts were paid before anybody wrote down payments: each one of so many.
const unwritten = 11

// payments writes down what was paid of the contracts: a deposit soon after each was drawn up, and the rest once its event is
// over. Some paid all of it before. One cheque was written down twice.
func (m *maker) payments() {
	for i := range m.Contracts {
		c, p := &m.Contracts[i], m.plans[i]
		if c.IsSigned {
			signed := m.contact(min(-1, p.drawn+1+i%6))
			c.SignedOn = &signed
		}
		paid := c.Total.Sub(c.Remaining)
		if paid.IsZero() || i%unwritten == 1 {
			continue
		}
		if !c.IsFullyPaid {
			m.payment(c, paid, p.drawn+3+i%9, i)
			continue
		}
		deposit := model.AmountOf(int64(1+i%4) * 250_00)
		if deposit.Cmp(paid) >= 0 {
			deposit = model.Amount{}
		}
		if !deposit.IsZero() {
			m.payment(c, deposit, p.drawn+3+i%9, i)
		}
		last := p.drawn + 20 + i%9
		if p.over() {
			last = max(last, p.first+p.days+i%20)
		}
		m.payment(c, paid.Sub(deposit), last, i+1)
	}
	slices.SortStableFunc(m.Payments, func(a, b model.Payment) int { return a.CreatedAt.Compare(b.CreatedAt) })
	for i := range m.Payments {
		m.Payments[i].ID = int64(i + 1)
	}
	m.twice()
}

// payment writes down a payment of a day, or of yesterday where that is yet to come.
func (m *maker) payment(c *model.Contract, amount model.Amount, day, n int) {
	day = min(day, -1)
	on := m.contact(day)
	author := c.CommercialID
	if staff[author-1].left != 0 && day >= staff[author-1].left {
		author = 1
	}
	p := model.Payment{ContractID: c.ID, Kind: model.Paid, Amount: amount, PaidOn: &on, Method: model.Methods[n%3],
		AuthorID: &author, Author: staff[author-1].username, CreatedAt: m.at(day, 9+n%9, n*7%60)}
	if p.Method == "transfer" {
		p.Reference = fmt.Sprintf("VIR-%d", 1000+7*n+len(m.Payments)%5)
	}
	m.Payments = append(m.Payments, p)
}

// twice writes down a cheque of a contract with something left to pay once more, and then that this was a mistake.
func (m *maker) twice() {
	for i := len(m.Payments) - 1; i >= 0; i-- {
		first := m.Payments[i]
		c := m.Contracts[first.ContractID-1]
		if first.Method != "cheque" || c.Remaining.Cmp(first.Amount) < 0 {
			continue
		}
		last := int64(len(m.Payments))
		again, void := first, first
		day, later := *first.PaidOn, *first.PaidOn
		again.PaidOn, void.PaidOn = &day, &later
		again.ID, again.CreatedAt = last+1, first.CreatedAt.Add(20*time.Minute)
		void.ID, void.Kind, void.Amount, void.Voids, void.Reason = last+2, model.Void, first.Amount.Neg(), &again.ID, "Chèque saisi deux fois"
		void.CreatedAt = again.CreatedAt.Add(5 * time.Minute)
		m.Payments = append(m.Payments, again, void)
		return
	}
}
