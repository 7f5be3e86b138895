package commands

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"epev/data"
	"epev/model"
)

func paymentNoun() noun[model.Payment, data.PaymentFilter] { return once(makePaymentNoun) }

func makePaymentNoun() noun[model.Payment, data.PaymentFilter] {
	type payment = model.Payment
	return noun[payment, data.PaymentFilter]{
		name: "payment", plural: "payments", commands: paymentCommands,
		id: func(p *payment) int64 { return p.ID }, version: func(*payment) int64 { return 1 }, // none ever changes
		who:      func(p *payment) string { return join(p.Amount.French(), p.Client) },
		relation: func(p *payment) model.Relation { return p.Relation },
		owner:    func(p *payment) string { return p.Owner },
		get:      (*data.Reader).Payment, list: (*data.Reader).Payments, count: (*data.Reader).CountPayments, each: (*data.Reader).EachPayment,
		voids:  voids[payment]{write: undoPayment, action: paymentUndoneBy, by: "contract", told: becomesOfPayment},
		scopes: map[string]string{"own": "of contracts whose client's commercial you are", "assigned": "of contracts linked to an event that you support"},
		properties: []property[payment]{
			numbered(func(p *payment) int64 { return p.ID }),
			{Column: Column{Name: "contract_id", Title: "Contract", Priority: 1}, kind: shown(func(p *payment) int64 { return p.ContractID })},
			{Column: Column{Name: "client_id", Title: "Client ID", For: Machines}, refers: "client", kind: shown(func(p *payment) int64 { return p.ClientID })},
			{Column: Column{Name: "client", Title: "Client", Priority: 2}, kind: shown(func(p *payment) string { return p.Client })},
			{Column: Column{Name: "commercial_id", Title: "Commercial ID", For: Machines}, refers: "user", kind: shown(func(p *payment) int64 { return p.CommercialID })},
			{Column: Column{Name: "commercial", Title: "Commercial", Priority: 7}, detail: true, kind: shown(func(p *payment) string { return p.Commercial })},
			{Column: Column{Name: "amount", Title: "Amount"}, sort: model.ByNumber, kind: shown(func(p *payment) model.Amount { return p.Amount })},
			{Column: Column{Name: "paid_on", Title: "Paid on", Priority: 1}, sort: model.ByMoment, kind: optionalDayOf(func(p *payment) **time.Time { return &p.PaidOn })},
			{Column: Column{Name: "method", Title: "By", Priority: 3}, kind: label(func(p *payment) string { return p.Method })},
			{Column: Column{Name: "reference", Title: "Reference", Priority: 5}, kind: label(func(p *payment) string { return p.Reference })},
			{Column: Column{Name: "kind", Title: "Kind", Priority: 4}, kind: label(func(p *payment) model.PaymentKind { return p.Kind })},
			{Column: Column{Name: "voids", Title: "Voids"}, detail: true, kind: kind[payment]{value: func(p *payment) Value { return optional(p.Voids) }, like: int64(0)}},
			{Column: Column{Name: "voided_by", Title: "Voided by", Priority: 4}, seldom: true, kind: kind[payment]{value: func(p *payment) Value { return optional(p.VoidedBy) }}},
			{Column: Column{Name: "reason", Title: "Reason", Priority: 3, Wraps: true}, seldom: true, kind: label(func(p *payment) string { return p.Reason })},
			{Column: Column{Name: "author_id", Title: "Author ID", For: Machines}, kind: kind[payment]{value: func(p *payment) Value { return optional(p.AuthorID) }, like: int64(0)}},
			{Column: Column{Name: "author", Title: "Author", Priority: 6}, kind: label(func(p *payment) string { return p.Author })},
			{Column: Column{Name: "created_at", Title: "Created", Priority: 8}, kind: shown(func(p *payment) time.Time { return p.CreatedAt }), sort: model.ByMoment, detail: true, kept: true},
		},
	}
}

func paymentCommands(n noun[model.Payment, data.PaymentFilter]) []Command {
	type filter = data.PaymentFilter
	return []Command{
		n.lists(lister[filter]{
			example: "payment list --by transfer --sort -paid_on",
			filters: append([]Field[listInput[filter]]{
				onlyMine(n.plural, func(f *filter) *bool { return &f.Mine }),
				filterID(contractNoun(), func(f *filter) *int64 { return &f.ContractID }),
				filterID(clientNoun(), func(f *filter) *int64 { return &f.ClientID }),
				n.filterUser("commercial", "only those of this commercial's contracts", func(f *filter) *int64 { return &f.CommercialID }),
				methodField("only those made in this way", func(in *listInput[filter]) *string { return &in.filter.Method }),
			}, paidDays()...),
			sums: sumPayments,
		}),
		n.views("payment view 1", nil),
		voidCommand(n),
	}
}

// methodField is --by, the way to pay.
func methodField[T any](help string, place func(*T) *string) Field[T] {
	return field(Param{Name: "by", Format: strings.Join(model.Methods, "|"), Help: help, Unasked: true, Source: OneOf(model.Methods...),
		Near: []string{"method", "with"}}, place, parseMethod)
}

func parseMethod(field, raw string) (string, error) {
	method := strings.ToLower(model.Pasted(raw))
	if !slices.Contains(model.Methods, method) {
		return "", model.Invalid(field, "%q is no way to pay", model.Escape(raw)).WithHint("one of %s", strings.Join(model.Methods, ", "))
	}
	return method, nil
}

// paidDays are --from and --to, both days included. A payment is of a day, whatever the zone.
func paidDays() []Field[listInput[data.PaymentFilter]] {
	day := func(name, help string, after int, place func(f *data.PaymentFilter) *time.Time) Field[listInput[data.PaymentFilter]] {
		return Field[listInput[data.PaymentFilter]]{
			Param: Param{Name: name, Format: dayFormat, Help: help, Unasked: true, Source: days()},
			Set: func(in *listInput[data.PaymentFilter], raw string, v Values) error {
				t, err := readDay(name, raw, v)
				*place(&in.filter) = t.AddDate(0, 0, after)
				if err == nil {
					err = inOrderOfDays(name, in.filter.From, in.filter.Before)
				}
				return err
			},
		}
	}
	return []Field[listInput[data.PaymentFilter]]{
		day("from", "only those paid on that day or later", 0, func(f *data.PaymentFilter) *time.Time { return &f.From }),
		day("to", "only those paid on that day or before", 1, func(f *data.PaymentFilter) *time.Time { return &f.Before }),
	}
}

// sumPayments adds up the payments of a list.
func sumPayments(ctx context.Context, r *data.Reader, reach model.Reach, f data.PaymentFilter, search string) ([]Sum, error) {
	s, err := r.SumPayments(ctx, reach, f, search, mostSummed+1)
	return []Sum{{"Amount", s.Amount, s.Count > mostSummed}}, err
}

// voiding is the input of "payment void".
type voiding struct {
	payment reference
	reason  string
}

// voidCommand declares "payment void ID".
func voidCommand(n noun[model.Payment, data.PaymentFilter]) Command {
	return Define(Spec[voiding]{
		Command: Command{Path: "payment void", Help: "Take a payment back; both stay on record", Example: `payment void 1 --reason "The cheque bounced"`,
			Access: Needs("payment", "void"), Writes: true},
		Fields: []Field[voiding]{
			recordField(n, n.choosing("void", func(_ *Act, p *model.Payment) bool { return p.Voidable() == nil }),
				func(in *voiding) *reference { return &in.payment }),
			field(Param{Name: "reason", Format: "TEXT", Help: "why it is void", Required: true, Near: []string{"why"}},
				func(in *voiding) *string { return &in.reason }, func(field, raw string) (string, error) { return model.ParseText(field, raw, 500) }),
		},
		Rules: []Rule[voiding]{{[]string{"id"}, func(ctx context.Context, e *Act, in voiding) error {
			p, err := n.find(ctx, e, in.payment, "void")
			if err == nil {
				err = p.Voidable()
			}
			return err
		}}},
		Run: func(ctx context.Context, e *Act, in voiding) (Result, error) {
			p, err := n.take(ctx, e, in.payment, "void")
			if err != nil {
				return Result{}, err
			}
			void, err := e.Tx.VoidPayment(ctx, p.ID, in.reason, e.today())
			if err != nil {
				return Result{}, err
			}
			told := fmt.Sprintf("Payment %d is void, by payment %d", p.ID, void.ID)
			c, err := e.Data.Contract(ctx, e.reach("contract", "view"), p.ContractID)
			switch {
			case err == nil:
				told += fmt.Sprintf(": %s is left to pay of contract %d", c.Remaining.French(), c.ID)
			case model.KindOf(err) != model.NotFound: // who does not view the contract is told nothing of it
				return Result{}, err
			}
			return Result{Message: told + ".", Table: n.record(&void)}, nil
		},
	})
}

func undoPayment(ctx context.Context, e *Act, p *model.Payment, reason string) error {
	return e.Tx.UndoPayment(ctx, *p, reason)
}

// paymentUndoneBy is what the single command does that would take the payment back: one that was void is paid again.
func paymentUndoneBy(p *model.Payment) string {
	if p.Kind == model.Void {
		return "create"
	}
	return "void"
}

// becomesOfPayment tells what undo makes of a payment.
func becomesOfPayment(p *model.Payment) string {
	if p.Kind == model.Void {
		return "is taken back"
	}
	return "is void"
}

// today is the office's, as a day is stored.
func (e *Env) today() time.Time { return model.Today(e.Now(), e.Location) }

// paying is the input of "contract pay".
type paying struct {
	contract          reference
	amount            model.Amount
	on                *time.Time
	method, reference string
}

// payCommand declares "contract pay ID AMOUNT".
func payCommand() Command {
	return Define(Spec[paying]{
		Command: Command{Path: "contract pay", Help: "Write down what was paid of a contract",
			Example: "contract pay 1 150 --by transfer --reference VIR-2041", Access: Needs("payment", "create"), Writes: true},
		Fields: []Field[paying]{
			recordField(contractNoun(), payable(), func(in *paying) *reference { return &in.contract }),
			field(Param{Name: "amount", Positional: true, Required: true, Format: "EUROS", Source: remainder(),
				Help: "what was paid; at most what is left to pay"}, func(in *paying) *model.Amount { return &in.amount }, parsePaid),
			pastDay("on", "the day of the payment; today unless given", func(in *paying) **time.Time { return &in.on }),
			methodField("how it was paid", func(in *paying) *string { return &in.method }),
			field(Param{Name: "reference", Format: "TEXT", Help: "what the bank or the receipt calls it", Unasked: true, Near: []string{"ref"}},
				func(in *paying) *string { return &in.reference }, func(field, raw string) (string, error) { return model.ParseText(field, raw, 128) }),
		},
		Rules: []Rule[paying]{
			{[]string{"id"}, func(ctx context.Context, e *Act, in paying) error { _, err := e.payable(ctx, in); return err }},
			{[]string{"id", "amount"}, func(ctx context.Context, e *Act, in paying) error {
				c, err := e.payable(ctx, in)
				if err == nil {
					err = c.Payable(in.amount)
				}
				return err
			}},
		},
		Doubts: doubtPayment,
		Run:    pay,
	})
}

// parsePaid parses an amount above 0.
func parsePaid(field, raw string) (model.Amount, error) {
	amount, err := model.ParseAmount(field, raw)
	if err == nil && amount.IsZero() {
		err = model.Invalid(field, "%s is no payment", amount.French()).WithHint("give an amount above 0")
	}
	return amount, err
}

// pastDay is a flag for a day that is not to come.
func pastDay[T any](name, help string, place func(*T) **time.Time) Field[T] {
	return Field[T]{Param: Param{Name: name, Format: dayFormat, Help: help, Unasked: true, Source: pastDays(), Near: []string{"date"}},
		Set: func(in *T, raw string, v Values) error {
			day, err := readDay(name, raw, v)
			if err == nil && day.After(model.Today(v.Now, v.Location)) {
				err = model.Invalid(name, "%s is in the future", model.Day(day).Format(v.Location)).WithHint("give today or a day before")
			}
			*place(in) = &day
			return err
		}}
}

// payable is the contract that is paid. It is refused where the actor may take no payments of it, or its amounts are to be
// mended first.
func (e *Act) payable(ctx context.Context, in paying) (model.Contract, error) {
	n := contractNoun()
	c, err := n.see(ctx, e, in.contract)
	if err != nil {
		return c, err
	}
	if !e.reach("payment", "create").Covers(c.Relation) {
		return c, e.denied(ctx, paymentNoun().permission("create"), c.Relation, fmt.Sprintf("take payments of contract %d", c.ID), n.belongs(&c))
	}
	if c.Client+c.Owner == "" { // only a predecessor's has none
		return c, model.Errorf(model.Conflict, "contract %d has no client", c.ID).
			WithTry("give it one with {try}", fmt.Sprintf("contract update %d --client-id CLIENT", c.ID))
	}
	return c, c.Mended()
}

// doubtPayment doubts a payment of a contract that nobody has signed, and one from before the contract.
func doubtPayment(ctx context.Context, e *Act, in paying) (told []error, err error) {
	c, err := e.payable(ctx, in)
	if err != nil {
		return nil, err
	}
	if !c.IsSigned {
		told = append(told, fmt.Errorf("contract %d is not signed yet", c.ID))
	}
	if drawn := model.Today(c.CreatedAt, e.Location); in.on != nil && in.on.Before(drawn) {
		told = append(told, fmt.Errorf("%s is before contract %d was drawn up, on %s",
			model.Day(*in.on).Format(e.Location), c.ID, model.Day(drawn).Format(e.Location)))
	}
	return told, nil
}

func pay(ctx context.Context, e *Act, in paying) (Result, error) {
	c, err := e.payable(ctx, in)
	sight, reach := e.reach("contract", "view"), e.reach("payment", "create")
	if err == nil && !(sight.Any && reach.Any) { // it is decided again once nobody else can change whose it is
		own := model.Relation{Own: c.Own}
		if _, err = e.Tx.Lock(ctx, "contract", c.ID, !sight.Covers(own) || !reach.Covers(own)); err == nil {
			c, err = e.payable(ctx, in)
		}
	}
	if err != nil {
		return Result{}, err
	}
	p := model.Payment{ContractID: c.ID, Amount: in.amount, PaidOn: in.on, Method: in.method, Reference: in.reference}
	if p.PaidOn == nil {
		today := e.today()
		p.PaidOn = &today
	}
	if err := e.Tx.Pay(ctx, &p); err != nil {
		return Result{}, err
	}
	if c, err = e.Data.Contract(ctx, model.Everything, c.ID); err != nil {
		return Result{}, err
	}
	left := "it is fully paid"
	if !c.IsFullyPaid {
		left = c.Remaining.French() + " is left to pay"
	}
	return Result{Message: fmt.Sprintf("Payment %d: %s of contract %d%s on %s; %s.", p.ID, p.Amount.French(), c.ID, inBrackets(c.Client),
		model.Day(*p.PaidOn).Format(e.Location), left), Table: paymentNoun().record(&p)}, nil
}

// payable offers the contracts with something left to pay of which the actor may take payments.
func payable() *Source {
	return choice[model.Contract, data.ContractFilter]{
		of: contractNoun(), reach: func(e *Act, _ map[string]string) model.Reach { return e.reach("payment", "create") },
		filters: []data.ContractFilter{{Unpaid: true}},
		takes:   func(_ *Act, c *model.Contract) bool { return !c.Remaining.IsZero() && c.Mended() == nil },
	}.source()
}

// remainder offers all that is left to pay of the contract of a command line.
func remainder() *Source {
	return &Source{kind: "amount", find: func(ctx context.Context, e *Act, q Query) ([]Candidate, error) {
		id, err := strconv.ParseInt(q.Raw["id"], 10, 64)
		if err != nil {
			return nil, nil
		}
		c, err := e.Data.Contract(ctx, e.reach("contract", "view"), id)
		if err != nil || c.Mended() != nil || c.Remaining.IsZero() {
			return nil, err
		}
		return []Candidate{{Value: c.Remaining.String(), About: "all that is left to pay"}}, nil
	}}
}
