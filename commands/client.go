package commands

import (
	"context"
	"fmt"
	"time"

	"epev/data"
	"epev/model"
)

func clientNoun() noun[model.Client] {
	type client = model.Client
	n := noun[client]{
		name: "client", plural: "clients",
		id: func(c *client) int64 { return c.ID }, version: func(c *client) int64 { return c.Version },
		who:      func(c *client) string { return join(c.FullName, c.Company) },
		relation: func(c *client) model.Relation { return c.Relation },
		owner:    func(c *client) string { return c.Commercial },
		get: func(ctx context.Context, r *data.Reader, reach model.Reach, id int64) (client, error) {
			return r.Client(ctx, reach, id)
		},
		list: func(ctx context.Context, r *data.Reader, reach model.Reach, p model.Page) ([]client, error) {
			return r.CompleteClients(ctx, reach, p.Search, false, p.Limit)
		},
		count: func(ctx context.Context, r *data.Reader, reach model.Reach, search string, limit int) (int64, error) {
			return r.CountClients(ctx, reach, data.ClientFilter{}, search, limit)
		},
		columns: []column[client]{
			{Column: Column{Name: "id", Title: "ID"}, sort: model.ByID, value: func(c *client) Value { return c.ID }},
			{Column: Column{Name: "full_name", Title: "Full name", Priority: 1}, sort: model.ByText, value: func(c *client) Value { return c.FullName }},
			{Column: Column{Name: "email", Title: "E-mail", Priority: 3}, sort: model.ByText, value: func(c *client) Value { return c.Email }},
			{Column: Column{Name: "phone", Title: "Phone", Priority: 4}, sort: model.ByText, value: func(c *client) Value { return phone(c.Phone) }},
			{Column: Column{Name: "company_id", Title: "Company ID", For: Machines}, value: func(c *client) Value { return optional(c.CompanyID) }},
			{Column: Column{Name: "company", Title: "Company", Priority: 2}, sort: model.ByText, value: func(c *client) Value { return text(c.Company) }},
			{Column: Column{Name: "commercial_id", Title: "Commercial ID", For: Machines}, value: func(c *client) Value { return c.CommercialID }},
			{Column: Column{Name: "commercial", Title: "Commercial", Priority: 5}, sort: model.ByText, value: func(c *client) Value { return c.Commercial }},
			{Column: Column{Name: "first_contact_date", Title: "First contact", Priority: 7}, sort: model.ByMoment, value: func(c *client) Value { return model.Day(c.FirstContact) }},
			{Column: Column{Name: "last_contact_date", Title: "Last contact", Priority: 6}, sort: model.ByMoment, value: func(c *client) Value { return optionalDay(c.LastContact) }},
		},
		fields: []field[client]{
			textField("full-name", "n", 128, "who the client is", true, func(c *client) *string { return &c.FullName }),
			emailField("email", "e", 128, func(c *client) *model.Email { return &c.Email }),
			{
				Field: Field[client]{
					Param: Param{Name: "phone", Short: "p", Format: "NUMBER", Help: "French as written, others with + and the country"},
					Set: func(c *client, raw string, _ Values) (err error) {
						if raw == "" {
							c.Phone = ""
							return nil
						}
						c.Phone, err = model.ParsePhone("phone", raw)
						return err
					},
				},
				show: func(c *client, _ Values) string { return string(c.Phone) },
			},
			optionalIDField("company-id", "c", "company the client belongs to", companyNoun().source("view"), func(c *client) **int64 { return &c.CompanyID }, func(c *client) string { return c.Company }),
			dayField("first-contact-date", "f", "first contact; today unless given", func(c *client) *time.Time { return &c.FirstContact }),
			optionalDayField("last-contact-date", "l", "last contact", func(c *client) **time.Time { return &c.LastContact }),
		},
		doubts: []doubt[client]{isNobodyElse, wasContacted},
		rules: []rule[client]{
			{check: belongsToItsCreator},
			{[]string{"email"}, hasAMailboxOfItsOwn},
			{[]string{"company-id"}, worksForACompany},
			{[]string{"first-contact-date", "last-contact-date"}, lastContactIsNotFirst},
		},
	}
	n.columns = append(n.columns, bookkeeping(
		func(c *client) time.Time { return c.CreatedAt }, func(c *client) time.Time { return c.UpdatedAt }, func(c *client) int64 { return c.Version })...)
	return n
}

type reassignment struct{ client, commercial reference }

func clientCommands() []Command {
	n, contracts := clientNoun(), contractNoun()
	type filter = data.ClientFilter
	return []Command{
		n.create(creator[model.Client]{
			help: "Create a client; it is yours", example: `client create -n "Kévin Cousin" -e kevin@startup.io -p "06 78 12 34 56"`,
			insert: func(ctx context.Context, tx *Tx, c *model.Client) error { return tx.InsertClient(ctx, c) },
		}),
		listCommand(n, "client list --only-mine --sort full_name",
			[]Field[listInput[filter]]{
				onlyMine(n.plural, func(f *filter, on bool) { f.Mine = on }),
				filterID("company-id", "company", companyNoun().source("view"), func(f *filter, id int64) { f.CompanyID = id }),
				filterUser("commercial", "only those of this commercial", staff("commercial", nil), func(f *filter, id int64) { f.CommercialID = id }),
				filterSwitch("without-contract", "", "only those without a contract", func(f *filter, on bool) { f.WithoutContract = on }),
			},
			lister[model.Client, filter]{
				list: func(ctx context.Context, r *data.Reader, reach model.Reach, f filter, p model.Page) ([]model.Client, error) {
					return r.Clients(ctx, reach, f, p)
				},
				count: func(ctx context.Context, r *data.Reader, reach model.Reach, f filter, search string) (int64, error) {
					return r.CountClients(ctx, reach, f, search, 0)
				},
			}),
		n.view("client view 8", func(ctx context.Context, e *Env, reach model.Reach, id int64) (c model.Client, tables []Table, err error) {
			theirs := e.relatedReach(contracts.name)
			c, first, err := e.Data.ClientWithContracts(ctx, reach, id, theirs, relatedLimit+1)
			if err == nil {
				tables, err = related(contracts, first, func() (int64, error) {
					return e.Data.CountContracts(ctx, theirs, data.ContractFilter{ClientID: id}, "", 0)
				}, "client")
			}
			return c, tables, err
		}),
		n.update(updater[model.Client]{
			example: `client update 7 --phone "07 56 78 90 12"`,
			save:    func(ctx context.Context, tx *Tx, c *model.Client) error { return tx.UpdateClient(ctx, c) },
		}),
		n.remove("client delete 200", withoutContracts(), nil, func(ctx context.Context, tx *Tx, id int64) error { return tx.DeleteClient(ctx, id) }),
		Define(Spec[reassignment]{
			Path: "client reassign", Help: "Give a client and its contracts to another commercial", Example: "client reassign 8 elodie.nguyen",
			Access: Needs("client", "reassign"), Writes: true,
			Fields: []Field[reassignment]{
				recordField(n, n.source("reassign"), func(in *reassignment, ref reference) { in.client = ref }),
				referenceField(Param{Name: "commercial-id", Positional: true, Required: true, Format: "ID", Source: staff("commercial", commercialOf), Help: "an active commercial, by id or username"},
					func(in *reassignment, ref reference) { in.commercial = ref }),
			},
			Rules: []Rule[reassignment]{
				{[]string{"id"}, func(ctx context.Context, e *Env, in reassignment) error {
					_, err := n.find(ctx, e, in.client, "reassign")
					return err
				}},
			},
			Run: func(ctx context.Context, e *Env, in reassignment) (Result, error) {
				before, err := n.take(ctx, e, in.client, "reassign")
				if err != nil {
					return Result{}, err
				}
				commercial, err := e.colleague(ctx, in.commercial, "commercial", "commercial-id")
				if err != nil {
					return Result{}, err
				}
				if commercial.ID == before.CommercialID {
					// Its contracts do too, but for a predecessor's.
					moved, err := e.Tx.FollowClient(ctx, before.ID, commercial.ID)
					if err == nil && moved > 0 {
						return Result{Message: fmt.Sprintf("Client %d already belonged to %s, who now has %s of it that had not.", before.ID, commercial.Username, model.Count(moved, "contract"))}, nil
					}
					return Result{Message: fmt.Sprintf("Nothing to change: client %d already belongs to %s.", before.ID, commercial.Username), Table: n.record(&before)}, err
				}
				after := before
				if err := e.Tx.ReassignClient(ctx, &after, commercial.ID); err != nil {
					return Result{}, n.explain(ctx, e, &before, err)
				}
				return Result{
					Message:   fmt.Sprintf("Client %d and its contracts now belong to %s.", before.ID, commercial.Username),
					Changes:   n.changes(&before, &after),
					ChangedID: before.ID,
				}, nil
			},
		}),
	}
}

// belongsToItsCreator makes a client that of the commercial who creates it (SPEC 4).
func belongsToItsCreator(_ context.Context, e *Env, before, after *model.Client, _ given) error {
	if before == nil {
		after.CommercialID, after.Own = e.Actor.UserID, true
	}
	return nil
}

// hasAMailboxOfItsOwn names the client that has the e-mail address already, where the actor may view it. That nobody
// else has it the write itself checks.
func hasAMailboxOfItsOwn(ctx context.Context, e *Env, before, after *model.Client, _ given) error {
	if before != nil && model.Fold(string(before.Email)) == model.Fold(string(after.Email)) {
		return nil
	}
	alike, err := e.Data.ClientsAlike(ctx, e.reach("client", "view"), after.ID, "", "", after.Email)
	if err != nil || len(alike) == 0 {
		return err
	}
	return about("email", model.Errorf(model.Conflict, "this e-mail address is already used by client %d (%s)", alike[0].ID, alike[0].FullName).
		WithHint("give another address, or see whether it is the same person"))
}

// isNobodyElse doubts a client of the name or the phone number of another one that the actor may view.
func isNobodyElse(ctx context.Context, e *Env, before, after *model.Client, _ given) (told []string, err error) {
	name, phone := after.FullName, after.Phone
	if before != nil && model.Fold(before.FullName) == model.Fold(name) {
		name = ""
	}
	if before != nil && before.Phone == phone {
		phone = ""
	}
	if name == "" && phone == "" {
		return nil, nil
	}
	alike, err := e.Data.ClientsAlike(ctx, e.reach("client", "view"), after.ID, name, phone, "")
	for _, a := range alike {
		told = append(told, fmt.Sprintf("client %d (%s) has the same %s", a.ID, a.FullName, a.Same))
	}
	return told, err
}

// wasContacted doubts a contact that is yet to come.
func wasContacted(_ context.Context, e *Env, before, after *model.Client, g given) (told []string, err error) {
	today := model.Day(model.Today(e.Now(), e.Location)).ISO(e.Location)
	doubt := func(name, which string, at time.Time) {
		if day := model.Day(at); g.has(name) && day.ISO(e.Location) > today {
			told = append(told, fmt.Sprintf("the %s contact, %s, is in the future", which, day.Format(e.Location)))
		}
	}
	doubt("first-contact-date", "first", after.FirstContact)
	if after.LastContact != nil {
		doubt("last-contact-date", "last", *after.LastContact)
	}
	return told, nil
}

// worksForACompany wants a company that the actor may view.
func worksForACompany(ctx context.Context, e *Env, before, after *model.Client, _ given) error {
	if after.CompanyID == nil || before != nil && sameID(before.CompanyID, after.CompanyID) {
		return nil
	}
	_, err := companyNoun().get(ctx, e.Data, e.reach("company", "view"), *after.CompanyID)
	return about("company-id", err)
}

// lastContactIsNotFirst fills in a first contact, today, and keeps the last one from coming before it. What a
// predecessor left in another order does not keep the rest from being changed.
func lastContactIsNotFirst(_ context.Context, e *Env, before, after *model.Client, g given) error {
	if before == nil && after.FirstContact.IsZero() {
		after.FirstContact = model.Today(e.Now(), e.Location)
	}
	if after.LastContact == nil || !g.has("first-contact-date") && !g.has("last-contact-date") {
		return nil
	}
	first, last := model.Day(after.FirstContact), model.Day(*after.LastContact)
	if last.In(e.Location).Before(first.In(e.Location)) {
		return model.Invalid("last-contact-date", "the last contact, %s, would be before the first, %s",
			last.Format(e.Location), first.Format(e.Location)).WithHint("give a last contact on or after the first")
	}
	return nil
}
