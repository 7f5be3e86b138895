package commands

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"epev/data"
	"epev/model"
	"epev/security"
)

func contractNoun() noun[model.Contract, data.ContractFilter] { return once(makeContractNoun) }

func makeContractNoun() noun[model.Contract, data.ContractFilter] {
	type contract = model.Contract
	return noun[contract, data.ContractFilter]{
		name: "contract", plural: "contracts", commands: contractCommands,
		notes:     &annotation{place: func(v *model.Note) **int64 { return &v.ContractID }, filter: func(f *data.NoteFilter) *int64 { return &f.ContractID }},
		annotated: func(c *contract) bool { return c.Noted },
		id:        func(c *contract) int64 { return c.ID }, version: func(c *contract) int64 { return c.Version },
		who:      func(c *contract) string { return join(c.Client, c.Total.French()) },
		relation: func(c *contract) model.Relation { return c.Relation },
		owner:    func(c *contract) string { return c.Owner },
		get:      (*data.Reader).Contract, list: (*data.Reader).Contracts, count: (*data.Reader).CountContracts, each: (*data.Reader).EachContract, meant: (*data.Reader).FindContracts,
		found:  (*data.Reader).WhoContracts,
		scopes: map[string]string{"own": "whose client's commercial you are", "assigned": "linked to an event that you support"},
		properties: append([]property[contract]{
			numbered(func(c *contract) int64 { return c.ID }),
			{Column: Column{Name: "client_id", Title: "Client ID", For: Machines}, refers: "client", kind: idOf(func(c *contract) *int64 { return &c.ClientID }),
				set: setting[contract]{help: "client who signs", required: true, source: contracting(), near: []string{"client"},
					name: func(c *contract) string { return c.Client }, guard: guard[contract]{security.SignedClient, movesOnceSigned, isSigned}}},
			{Column: Column{Name: "client", Title: "Client", Priority: 1}, sort: model.ByText, kind: shown(func(c *contract) string { return c.Client })},
			{Column: Column{Name: "commercial_id", Title: "Commercial ID", For: Machines}, refers: "user", serves: "commercial", follows: follow{"client", "client_id"},
				kind: referenceTo("ID", func(c *contract) Value { return c.CommercialID }, func(c *contract) string { return fmt.Sprint(c.CommercialID) }, nil),
				set: setting[contract]{help: "the client's commercial, and nobody else; by id or username", unasked: true, source: clientsCommercial(), near: []string{"commercial"},
					name: func(c *contract) string { return c.Commercial }}},
			{Column: Column{Name: "commercial", Title: "Commercial", Priority: 4}, sort: model.ByText, kind: shown(func(c *contract) string { return c.Commercial })},
			{Column: Column{Name: "total_amount", Title: "Total"}, sort: model.ByNumber, moves: "remaining_amount", kind: amountOf(func(c *contract) *model.Amount { return &c.Total }),
				set: setting[contract]{help: "what the contract is worth", required: true, near: []string{"total", "amount"},
					guard: guard[contract]{security.SignedTotal, changesTotalOnceSigned, isSigned}}},
			{Column: Column{Name: "remaining_amount", Title: "Remaining"}, sort: model.ByNumber, follows: follow{"payment", "contract_id"}, kind: amountOf(func(c *contract) *model.Amount { return &c.Remaining }),
				set: setting[contract]{help: "what is left to pay; the total unless given", near: []string{"remaining", "due"}}},
			{Column: Column{Name: "is_signed", Title: "Signed", Priority: 2}, sort: model.ByFlag, kind: boolOf(func(c *contract) *bool { return &c.IsSigned }),
				set: setting[contract]{help: "whether the client has signed", near: []string{"signed"}, guard: guard[contract]{security.Unsign, isUnsigned, isSigned}}},
			{Column: Column{Name: "signed_on", Title: "Signed on", Priority: 6}, detail: true, kind: optionalDayOf(func(c *contract) **time.Time { return &c.SignedOn })},
			{Column: Column{Name: "is_fully_paid", Title: "Paid", Priority: 3}, sort: model.ByFlag, follows: follow{"payment", "contract_id"}, kind: boolOf(func(c *contract) *bool { return &c.IsFullyPaid }),
				set: setting[contract]{help: "true sets what is left to pay to 0", near: []string{"paid"}}},
		}, bookkeeping(
			func(c *contract) time.Time { return c.CreatedAt }, func(c *contract) time.Time { return c.UpdatedAt }, func(c *contract) int64 { return c.Version })...),
		marks: paidTooLate, importer: contractImporter(),
		doubts: []doubt[contract]{hasACommercial}, keeps: keepSigned, noted: signature,
		rules: []rule[contract]{
			{nil, happensToday},
			{[]string{"client-id"}, drawnUpForItsClient},
			{[]string{"total-amount", "remaining-amount"}, keepsWhatWasPaid},
			{[]string{"total-amount", "remaining-amount", "is-fully-paid"}, amountsAgree},
			{[]string{"is-signed"}, staysSignedForEvents},
		},
	}
}

func contractCommands(n noun[model.Contract, data.ContractFilter]) []Command {
	type filter = data.ContractFilter
	return []Command{
		n.creates("Draw up a contract for a client", `contract create --client-id 1 --total-amount "1 200,50" --remaining-amount 200 --is-signed true`,
			(*Tx).InsertContract),
		n.lists(lister[filter]{
			example: "contract list --unpaid --sort -remaining_amount",
			filters: append([]Field[listInput[filter]]{
				onlyMine(n.plural, func(f *filter) *bool { return &f.Mine }),
				filterSwitch("signed", "only those that are signed", func(f *filter) *bool { return &f.Signed }),
				filterSwitch("unsigned", "only those not signed yet", func(f *filter) *bool { return &f.Unsigned }),
				filterSwitch("unpaid", "only those with something left to pay", func(f *filter) *bool { return &f.Unpaid }),
				filterSwitch("paid", "only those with nothing left to pay", func(f *filter) *bool { return &f.Paid }),
				filterSwitch("without-event", "only those without an event", func(f *filter) *bool { return &f.WithoutEvent }),
				filterID(clientNoun(), func(f *filter) *int64 { return &f.ClientID }),
				n.filterUser("commercial", "only those of this commercial", func(f *filter) *int64 { return &f.CommercialID }),
			}, filterDays("created", func(f *filter) *time.Time { return &f.From }, func(f *filter) *time.Time { return &f.Before })...),
			settle: func(e *Act, in *listInput[filter]) { in.filter.SearchEvents = eventNoun().reach(e, "view").Any },
			sums:   sumContracts,
		}),
		n.views("contract view 1", viewContract),
		n.updates("contract update 1 --remaining-amount 0", saveContract),
		signCommand(n),
		payCommand(),
		n.removes("contract delete 2", n.choosing("delete", isUnsignedYet, filter{Unsigned: true, WithoutPayment: true}), (*Tx).DeleteContract),
	}
}

// viewContract reads a contract with its payments and its events.
func viewContract(ctx context.Context, e *Act, reach model.Reach, id int64) (model.Contract, []Table, error) {
	ofTheContract := []string{"contract_id", "client", "commercial"}
	c, events, err := withRelated(eventNoun(), func(id int64) data.EventFilter { return data.EventFilter{ContractID: id} },
		ofTheContract, (*data.Reader).ContractWithEvents)(ctx, e, reach, id)
	if err != nil {
		return c, nil, err
	}
	n := paymentNoun()
	related := n.relatedReach(e)
	if related.None() {
		return c, events, nil
	}
	first, err := e.Data.PaymentsOf(ctx, related, id, relatedLimit+1)
	if err != nil {
		return c, nil, err
	}
	payments, err := n.belonging(ctx, e, related, data.PaymentFilter{ContractID: id}, ofTheContract, first)
	return c, append(payments, events...), err
}

// mostSummed is how many contracts a list sums up (SPEC 4).
const mostSummed = 10_000

// sumContracts adds up the contracts of a list: their totals, and what is left to pay.
func sumContracts(ctx context.Context, r *data.Reader, reach model.Reach, f data.ContractFilter, search string) ([]Sum, error) {
	s, err := r.SumContracts(ctx, reach, f, search, mostSummed+1)
	more := s.Count > mostSummed
	return []Sum{{"Total", s.Total, more}, {"Remaining", s.Remaining, more}}, err
}

// saveContract leaves a contract's commercial to be its client's, also where a predecessor left another.
func saveContract(tx *Tx, ctx context.Context, c *model.Contract) error {
	c.CommercialID = 0
	return tx.UpdateContract(ctx, c)
}

// happensToday dates a signature, and what a change of the amounts pays.
func happensToday(_ context.Context, e *Act, before, after *model.Contract, _ given) error {
	after.On = e.today()
	switch signed := before == nil || !before.IsSigned; {
	case !after.IsSigned:
		after.SignedOn = nil
	case signed && after.SignedOn == nil:
		today := after.On
		after.SignedOn = &today
	}
	return nil
}

// signing is the input of "contract sign".
type signing struct {
	contract reference
	on       *time.Time
}

// signCommand declares "contract sign ID". It does what "contract update ID --is-signed true" does, and says when.
func signCommand(n noun[model.Contract, data.ContractFilter]) Command {
	return Define(Spec[signing]{
		Command: Command{Path: "contract sign", Help: "Note that the client has signed a contract", Example: "contract sign 2 --on yesterday",
			Access: Needs("contract", "update"), Writes: true},
		Fields: []Field[signing]{
			recordField(n, n.choosing("update", isUnsignedYet, data.ContractFilter{Unsigned: true}), func(in *signing) *reference { return &in.contract }),
			pastDay("on", "the day of the signature; today unless given", func(in *signing) **time.Time { return &in.on }),
		},
		Rules: []Rule[signing]{{[]string{"id"}, func(ctx context.Context, e *Act, in signing) error {
			_, err := n.find(ctx, e, in.contract, "update")
			return err
		}}},
		Run: func(ctx context.Context, e *Act, in signing) (Result, error) {
			before, err := n.take(ctx, e, in.contract, "update")
			if err != nil {
				return Result{}, err
			}
			after := before
			after.IsSigned = true
			if in.on != nil {
				after.SignedOn = in.on
			}
			if err := toMend(ctx, e, before); err != nil {
				err.Fault = "amounts-to-be-signed" // it takes no amounts itself
				return Result{}, err
			}
			if err := n.settle(ctx, e, &before, &after, given{names: []string{"is-signed"}}); err != nil {
				return Result{}, err
			}
			if len(n.changes(&before, &after)) == 0 {
				return Result{Message: fmt.Sprintf("Nothing to change: contract %d is signed already.", before.ID), Table: n.record(&before)}, nil
			}
			if err := saveContract(e.Tx, ctx, &after); err != nil {
				return Result{}, n.explain(ctx, e, &before, err)
			}
			n.note(e, &before, &after)
			return n.reportChange("signed on "+model.Day(*after.SignedOn).Format(e.Location), &before, &after), nil
		},
	})
}

// signature notes that a contract is signed.
func signature(before, after *model.Contract) string {
	if after.IsSigned && (before == nil || !before.IsSigned) {
		return "contract signed"
	}
	return ""
}

// What the scope of a right does not let people change once a contract is signed (SPEC 5, rule 5).
func movesOnceSigned(before, after *model.Contract, _ given) bool {
	return before != nil && before.IsSigned && before.ClientID != after.ClientID
}

func changesTotalOnceSigned(before, after *model.Contract, _ given) bool {
	return before != nil && before.IsSigned && before.Total.Cmp(after.Total) != 0
}

func isUnsigned(before, after *model.Contract, _ given) bool {
	return before != nil && before.IsSigned && !after.IsSigned
}

func isSigned(c *model.Contract) bool { return c.IsSigned }

// staysSignedForEvents keeps a contract that pays for events from being unsigned; the write itself checks it too.
func staysSignedForEvents(ctx context.Context, e *Act, before, after *model.Contract, g given) error {
	if !isUnsigned(before, after, g) {
		return nil
	}
	return e.Data.PaysForNothing(ctx, after.ID)
}

// isUnsignedYet says that a contract can be deleted.
func isUnsignedYet(_ *Act, c *model.Contract) bool { return !c.IsSigned }

// keepSigned refuses the deletion of a signed contract (SPEC 4), before anybody is asked about it; the
// deletion itself checks it too.
func keepSigned(ctx context.Context, e *Act, c *model.Contract) error {
	if !c.IsSigned {
		return nil
	}
	if err := e.Data.Unreferred(ctx, "contract", c.ID, c.ID); err != nil {
		return err // the reason that can be helped comes first
	}
	return &model.Error{Kind: model.Conflict, Fault: "contract-signed", Facts: model.Facts{"id": c.ID}}
}

// drawnUpForItsClient makes a contract's commercial its client's (SPEC 4), and wants the actor to be who may
// draw it up.
func drawnUpForItsClient(ctx context.Context, e *Act, before, after *model.Contract, g given) error {
	moved := before == nil || before.ClientID != after.ClientID
	if !moved && !g.has("commercial-id") {
		return nil
	}
	reach := e.reach("client", "view")
	reach.Any = reach.Any || !moved // who views a contract is told its client
	client, err := clientNoun().parent(ctx, e, reach, after.ClientID)
	if err != nil {
		return about("client-id", err)
	}
	if ref, ok := g.ref("commercial-id"); ok && !ref.is(client.CommercialID, client.Commercial) {
		err := model.Errorf(model.Conflict, "a contract belongs to its client's commercial, and that is %s (%d)", client.Commercial, client.CommercialID)
		return about("commercial-id", err.WithTry("leave --commercial-id out, or move the client with {try}", "client reassign"))
	}
	after.ClientID = client.ID // perhaps the one into which that was merged
	after.CommercialID, after.Commercial, after.Client = client.CommercialID, client.Commercial, client.FullName
	// Whose it will be is its client's; only events that it has already can link it to a support user.
	after.Own = client.Own
	action, what := "create", fmt.Sprintf("draw up contracts for client %d", client.ID)
	if before != nil {
		action, what = "update", fmt.Sprintf("move contract %d to client %d", after.ID, client.ID)
	}
	if !e.reach("contract", action).Covers(after.Relation) {
		return e.denied(ctx, contractNoun().permission(action), after.Relation, what, clientNoun().belongs(&client))
	}
	return nil
}

// hasACommercial doubts a contract with a client whose commercial does not serve any more.
func hasACommercial(ctx context.Context, e *Act, before, after *model.Contract, _ given) ([]error, error) {
	if before != nil && before.ClientID == after.ClientID {
		return nil, nil
	}
	u, err := e.Data.User(ctx, model.Everything, after.CommercialID)
	if err != nil || u.Serves("commercial", "") == nil {
		return nil, err
	}
	return []error{e.moves("client", "reassign", fmt.Sprintf("client reassign %d COMMERCIAL_ID", after.ClientID), "it and its contracts",
		"client %d belongs to %s, who is no active commercial", after.ClientID, u.Username)}, nil
}

// keepsWhatWasPaid lets what remains follow a changed total, unless it is given as well: that is within the total then.
// The amounts of a predecessor's contract may contradict each other. Nobody knows what is paid of it, so it remains as
// it is.
func keepsWhatWasPaid(_ context.Context, _ *Act, before, after *model.Contract, g given) error {
	switch {
	case g.has("remaining-amount"):
		if after.Remaining.Cmp(after.Total) > 0 {
			return aboveTotal(after)
		}
	case g.has("is-fully-paid") && after.IsFullyPaid: // then nothing remains
	case before != nil && before.Total.Cmp(after.Total) != 0 && before.Remaining.Cmp(before.Total) <= 0 && sumsOfMoney(before) == nil:
		paid := before.Total.Sub(before.Remaining)
		if paid.Cmp(after.Total) > 0 {
			return about("total-amount", model.Errorf(model.Conflict, "%s is paid already, more than a total of %s", paid.French(), after.Total.French()).
				WithHint("give a total of at least %s, or what is left to pay as well", paid.French()))
		}
		after.Remaining = after.Total.Sub(paid)
	}
	return nil
}

// sumsOfMoney refuses a contract with an amount that a predecessor left and nobody has mended yet.
func sumsOfMoney(c *model.Contract) error {
	for _, sum := range []struct {
		flag, what string
		amount     model.Amount
	}{{"total-amount", "the total", c.Total}, {"remaining-amount", "what is left to pay", c.Remaining}} {
		if sum.amount.IsNumber() && sum.amount.Cmp(model.Amount{}) >= 0 {
			continue
		}
		return about(sum.flag, model.Errorf(model.Conflict, "%s is %s: no sum of money", sum.what, cmp.Or(sum.amount.French(), "missing")).
			WithHint("give it anew, with --%s AMOUNT", sum.flag))
	}
	return nil
}

func aboveTotal(c *model.Contract) error {
	if err := sumsOfMoney(c); err != nil {
		return err
	}
	return about("remaining-amount", model.Errorf(model.Conflict, "what is left to pay, %s, is above the total, %s", c.Remaining.French(), c.Total.French()).
		WithHint("give a remaining amount of at most the total"))
}

// amountsAgree holds the rules of SPEC 6: what remains is at most the total, and a contract is fully paid
// exactly when nothing remains. It passes over a predecessor's contract without an amount while none is given.
func amountsAgree(_ context.Context, _ *Act, before, after *model.Contract, g given) error {
	paid, saysPaid := after.IsFullyPaid, g.has("is-fully-paid")
	missing := after.Total.Equal(model.NoAmount()) || after.Remaining.Equal(model.NoAmount())
	if missing && !saysPaid && !g.has("total-amount") && !g.has("remaining-amount") {
		return nil
	}
	switch {
	case saysPaid && paid && !g.has("remaining-amount"):
		after.Remaining = model.Amount{}
	case before == nil && !g.has("remaining-amount"):
		after.Remaining = after.Total
	}
	if err := sumsOfMoney(after); err != nil {
		return err
	}
	if after.Remaining.Cmp(after.Total) > 0 {
		return aboveTotal(after)
	}
	after.IsFullyPaid = after.Remaining.IsZero()
	switch {
	case saysPaid && paid && !after.IsFullyPaid:
		return about("is-fully-paid", model.Errorf(model.Conflict, "the contract is not fully paid while %s is left to pay", after.Remaining.French()).
			WithHint("give 0 as the remaining amount, or leave is-fully-paid out"))
	case saysPaid && !paid && after.IsFullyPaid:
		return about("is-fully-paid", model.Errorf(model.Conflict, "the contract is fully paid, as nothing is left to pay").
			WithHint("give what is left as the remaining amount, or leave is-fully-paid out"))
	}
	return nil
}

// bookable offers the signed contracts that the actor may put an event on.
func bookable() *Source {
	return choice[model.Contract, data.ContractFilter]{
		of: contractNoun(),
		reach: func(e *Act, raw map[string]string) model.Reach {
			action := actionOf(raw)
			reach := e.reach("event", action)
			// Whose an event is follows from its contract. Who may create those assigned to them may do so on any.
			reach.Any = reach.Any || reach.Assigned && action == "create"
			reach.Assigned = false
			reach.Own = reach.Own || reach.Pending // it follows from the event itself that nobody supports it
			return reach
		},
		filters: []data.ContractFilter{{Signed: true}},
		takes:   func(_ *Act, c *model.Contract) bool { return c.IsSigned },
	}.source()
}

// clientsCommercial offers the one commercial that a contract can have: its client's.
func clientsCommercial() *Source {
	return &Source{kind: "user", find: func(ctx context.Context, e *Act, q Query) ([]Candidate, error) {
		clientID, _ := strconv.ParseInt(q.Raw["client-id"], 10, 64)
		if id, err := strconv.ParseInt(q.Raw["id"], 10, 64); err == nil && clientID == 0 {
			contract, err := e.Data.Contract(ctx, e.reach("contract", "view"), id)
			if err != nil {
				return nil, err
			}
			return []Candidate{{Value: strconv.FormatInt(contract.CommercialID, 10), About: contract.Commercial}}, nil
		}
		client, err := e.Data.Client(ctx, e.reach("client", "view"), clientID)
		if err != nil {
			return nil, err
		}
		return []Candidate{{Value: strconv.FormatInt(client.CommercialID, 10), About: client.Commercial}}, nil
	}}
}
