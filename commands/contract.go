package commands

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"epev/data"
	"epev/model"
	"epev/security"
)

func contractNoun() noun[model.Contract] {
	type contract = model.Contract
	n := noun[contract]{
		name: "contract", plural: "contracts",
		id: func(c *contract) int64 { return c.ID }, version: func(c *contract) int64 { return c.Version },
		who:      func(c *contract) string { return join(c.Client, c.Total.French()) },
		relation: func(c *contract) model.Relation { return c.Relation },
		owner:    func(c *contract) string { return c.Owner },
		get: func(ctx context.Context, r *data.Reader, reach model.Reach, id int64) (contract, error) {
			return r.Contract(ctx, reach, id)
		},
		list: func(ctx context.Context, r *data.Reader, reach model.Reach, p model.Page) ([]contract, error) {
			return r.Contracts(ctx, reach, data.ContractFilter{}, p)
		},
		count: func(ctx context.Context, r *data.Reader, reach model.Reach, search string, limit int) (int64, error) {
			return r.CountContracts(ctx, reach, data.ContractFilter{}, search, limit)
		},
		columns: []column[contract]{
			{Column: Column{Name: "id", Title: "ID"}, value: func(c *contract) Value { return c.ID }},
			{Column: Column{Name: "client_id", Title: "Client ID", For: Machines}, value: func(c *contract) Value { return c.ClientID }},
			{Column: Column{Name: "client", Title: "Client", Priority: 1}, value: func(c *contract) Value { return c.Client }},
			{Column: Column{Name: "commercial_id", Title: "Commercial ID", For: Machines}, value: func(c *contract) Value { return c.CommercialID }},
			{Column: Column{Name: "commercial", Title: "Commercial", Priority: 4}, value: func(c *contract) Value { return c.Commercial }},
			{Column: Column{Name: "total_amount", Title: "Total"}, value: func(c *contract) Value { return c.Total }},
			{Column: Column{Name: "remaining_amount", Title: "Remaining"}, value: func(c *contract) Value { return c.Remaining }},
			{Column: Column{Name: "is_signed", Title: "Signed", Priority: 2}, value: func(c *contract) Value { return c.IsSigned }},
			{Column: Column{Name: "is_fully_paid", Title: "Paid", Priority: 3}, value: func(c *contract) Value { return c.IsFullyPaid }},
		},
		fields: []field[contract]{
			idOfField("client-id", "client who signs", contracting(), func(c *contract) *int64 { return &c.ClientID }, func(c *contract) string { return c.Client }),
			{
				Field: Field[contract]{
					Param: Param{Name: "commercial-id", Format: "ID", Help: "the client's commercial, and nobody else; by id or username", Unasked: true, Source: clientsCommercial()},
					Set: func(c *contract, raw string, _ Values) (err error) {
						c.CommercialID, err = parseUser("commercial-id", raw, &c.Commercial)
						return err
					},
				},
				show: func(c *contract, _ Values) string { return fmt.Sprint(c.CommercialID) },
				name: func(c *contract) string { return c.Commercial },
			},
			amountField("total-amount", "what the contract is worth", true, func(c *contract) *model.Amount { return &c.Total }),
			amountField("remaining-amount", "what is left to pay; the total unless given", false, func(c *contract) *model.Amount { return &c.Remaining }),
			boolField("is-signed", "whether the client has signed", func(c *contract) *bool { return &c.IsSigned }),
			boolField("is-fully-paid", "true sets what is left to pay to 0", func(c *contract) *bool { return &c.IsFullyPaid }),
		},
		guards: func(before, after *contract) (guarded []string) {
			if before == nil || !before.IsSigned {
				return nil
			}
			if before.ClientID != after.ClientID {
				guarded = append(guarded, security.SignedClient)
			}
			if before.Total.Cmp(after.Total) != 0 {
				guarded = append(guarded, security.SignedTotal)
			}
			if !after.IsSigned {
				guarded = append(guarded, security.Unsign)
			}
			return guarded
		},
		doubts: []doubt[contract]{hasACommercial},
		rules: []rule[contract]{
			{[]string{"client-id"}, drawnUpForItsClient},
			{[]string{"total-amount", "remaining-amount"}, keepsWhatWasPaid},
			{[]string{"total-amount", "remaining-amount", "is-fully-paid"}, amountsAgree},
		},
	}
	n.columns = append(n.columns, bookkeeping(
		func(c *contract) time.Time { return c.CreatedAt }, func(c *contract) time.Time { return c.UpdatedAt }, func(c *contract) int64 { return c.Version })...)
	return n
}

// mostSummed is how many contracts a list sums up (SPEC 4).
const mostSummed = 10_000

// sumContracts tells what the contracts of a list come to, and what of it is left to pay.
func sumContracts(ctx context.Context, r *data.Reader, reach model.Reach, f data.ContractFilter, search string) ([]Sum, error) {
	s, err := r.SumContracts(ctx, reach, f, search, mostSummed+1)
	more := s.Count > mostSummed
	return []Sum{{"Total", s.Total, more}, {"Remaining", s.Remaining, more}}, err
}

func contractCommands() []Command {
	n, events := contractNoun(), eventNoun()
	type filter = data.ContractFilter
	return []Command{
		n.create(creator[model.Contract]{
			help: "Draw up a contract for a client", example: `contract create --client-id 1 --total-amount "1 200,50" --remaining-amount 200 --is-signed true`,
			insert: func(ctx context.Context, tx *Tx, c *model.Contract) error { return tx.InsertContract(ctx, c) },
			done:   func(e *Env, c *model.Contract) { reportSignature(e, nil, c) },
		}),
		listCommand(n, "contract list --unpaid --sort -remaining_amount",
			append([]Field[listInput[filter]]{
				onlyMine(n.plural, func(f *filter, on bool) { f.Mine = on }),
				filterSwitch("signed", "", "only those that are signed", func(f *filter, on bool) { f.Signed = on }),
				filterSwitch("unsigned", "", "only those not signed yet", func(f *filter, on bool) { f.Unsigned = on }),
				filterSwitch("unpaid", "", "only those with something left to pay", func(f *filter, on bool) { f.Unpaid = on }),
				filterSwitch("paid", "", "only those with nothing left to pay", func(f *filter, on bool) { f.Paid = on }),
				filterSwitch("without-event", "", "only those without an event", func(f *filter, on bool) { f.WithoutEvent = on }),
				filterID("client-id", "client", clientNoun().source("view"), func(f *filter, id int64) { f.ClientID = id }),
				filterUser("commercial", "only those of this commercial", staff("commercial", nil), func(f *filter, id int64) { f.CommercialID = id }),
			}, filterDays("created", func(f *filter) *time.Time { return &f.From }, func(f *filter) *time.Time { return &f.Before })...),
			lister[model.Contract, filter]{
				settle: func(e *Env, in *listInput[filter]) { in.filter.SearchEvents = e.reach("event", "view").Any },
				list: func(ctx context.Context, r *data.Reader, reach model.Reach, f filter, p model.Page) ([]model.Contract, error) {
					return r.Contracts(ctx, reach, f, p)
				},
				count: func(ctx context.Context, r *data.Reader, reach model.Reach, f filter, search string) (int64, error) {
					return r.CountContracts(ctx, reach, f, search, 0)
				},
				sums: sumContracts,
			}),
		n.view("contract view 1", func(ctx context.Context, e *Env, reach model.Reach, id int64) (c model.Contract, tables []Table, err error) {
			theirs := e.relatedReach(events.name)
			c, first, err := e.Data.ContractWithEvents(ctx, reach, id, theirs, relatedLimit+1)
			if err == nil {
				tables, err = related(events, first, func() (int64, error) {
					return e.Data.CountEvents(ctx, theirs, data.EventFilter{ContractID: id}, "", 0)
				}, "contract_id", "client", "commercial")
			}
			return c, tables, err
		}),
		n.update(updater[model.Contract]{
			example: "contract update 1 --remaining-amount 0",
			save: func(ctx context.Context, tx *Tx, c *model.Contract) error {
				c.CommercialID = 0 // its client's, also where a predecessor left another
				return tx.UpdateContract(ctx, c)
			},
			done: reportSignature,
		}),
		n.remove("contract delete 2", unsigned(), keepSigned, func(ctx context.Context, tx *Tx, id int64) error { return tx.DeleteContract(ctx, id) }),
	}
}

// keepSigned refuses the deletion of a signed contract (SPEC 4), before anybody is asked about it; the
// deletion itself checks it too.
func keepSigned(ctx context.Context, e *Env, c *model.Contract) error {
	if !c.IsSigned {
		return nil
	}
	if err := e.Data.Unreferred(ctx, "contract", c.ID, c.ID); err != nil {
		return err // the reason that can be helped comes first
	}
	return model.Errorf(model.Conflict, "contract %d is signed", c.ID).WithHint("a signed contract is kept")
}

// drawnUpForItsClient makes a contract's commercial its client's (SPEC 4), and wants the actor to be who may
// draw it up.
func drawnUpForItsClient(ctx context.Context, e *Env, before, after *model.Contract, g given) error {
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
	if g.has("commercial-id") && after.CommercialID != client.CommercialID && (after.CommercialID != named || after.Commercial != client.Commercial) {
		err := model.Errorf(model.Conflict, "a contract belongs to its client's commercial, and that is %s (%d)", client.Commercial, client.CommercialID)
		return about("commercial-id", err.WithHint(`leave --commercial-id out, or move the client with "client reassign"`))
	}
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
func hasACommercial(ctx context.Context, e *Env, before, after *model.Contract, _ given) ([]string, error) {
	if before != nil && before.ClientID == after.ClientID {
		return nil, nil
	}
	u, err := e.Data.User(ctx, after.CommercialID)
	if err != nil || u.Serves("commercial", "") == nil {
		return nil, err
	}
	return []string{fmt.Sprintf("client %d belongs to %s, who is no active commercial: %s", after.ClientID, u.Username,
		e.moves("client", "reassign", fmt.Sprintf("client reassign %d COMMERCIAL_ID", after.ClientID), "it and its contracts"))}, nil
}

// keepsWhatWasPaid lets what remains follow a changed total, unless it is given as well: that is within the total then.
// What is paid of a predecessor's contract whose amounts contradict each other nobody knows: it remains as it is.
func keepsWhatWasPaid(_ context.Context, _ *Env, before, after *model.Contract, g given) error {
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
func amountsAgree(_ context.Context, _ *Env, before, after *model.Contract, g given) error {
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

func reportSignature(e *Env, before, after *model.Contract) {
	if after.IsSigned && (before == nil || !before.IsSigned) {
		e.Report("contract signed")
	}
}
