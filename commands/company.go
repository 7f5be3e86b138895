package commands

import (
	"context"
	"time"

	"epev/data"
	"epev/model"
)

func companyNoun() noun[model.Company] {
	type company = model.Company
	n := noun[company]{
		name: "company", plural: "companies",
		id: func(c *company) int64 { return c.ID }, version: func(c *company) int64 { return c.Version },
		who:      func(c *company) string { return c.Name },
		relation: func(*company) model.Relation { return model.Relation{} },
		owner:    func(*company) string { return "" },
		get: func(ctx context.Context, r *data.Reader, reach model.Reach, id int64) (company, error) {
			return within(reach, "company", id, func() (company, error) { return r.Company(ctx, id) })
		},
		list: func(ctx context.Context, r *data.Reader, reach model.Reach, p model.Page) ([]company, error) {
			return r.Companies(ctx, model.Reach{}, p)
		},
		count: func(ctx context.Context, r *data.Reader, _ model.Reach, search string, limit int) (int64, error) {
			return r.CountCompanies(ctx, search, limit)
		},
		columns: []column[company]{
			{Column: Column{Name: "id", Title: "ID"}, sort: model.ByID, value: func(c *company) Value { return c.ID }},
			{Column: Column{Name: "name", Title: "Name", Priority: 1}, sort: model.ByText, value: func(c *company) Value { return c.Name }},
			{Column: Column{Name: "clients", Title: "Clients", Priority: 2}, value: func(c *company) Value { return optional(c.Clients) }},
		},
		fields: []field[company]{
			nameField("name", "n", 128, "the company's name; no other's, whatever the case, accents and blanks", func(c *company) *string { return &c.Name }),
		},
	}
	n.columns = append(n.columns, bookkeeping(
		func(c *company) time.Time { return c.CreatedAt }, func(c *company) time.Time { return c.UpdatedAt }, func(c *company) int64 { return c.Version })...)
	return n
}

func companyCommands() []Command {
	n, clients := companyNoun(), clientNoun()
	type filter struct{ clients model.Reach } // whose number is told
	return []Command{
		n.create(creator[model.Company]{
			help: "Create a company", example: `company create -n "Société Générale d'Horlogerie"`,
			insert: func(ctx context.Context, tx *Tx, c *model.Company) error { return tx.InsertCompany(ctx, c) },
		}),
		listCommand(n, "company list --search horlogerie", nil,
			lister[model.Company, filter]{
				settle: func(e *Env, in *listInput[filter]) { in.filter.clients = e.relatedReach(clients.name) },
				list: func(ctx context.Context, r *data.Reader, _ model.Reach, f filter, p model.Page) ([]model.Company, error) {
					return r.Companies(ctx, f.clients, p)
				},
				count: func(ctx context.Context, r *data.Reader, _ model.Reach, _ filter, search string) (int64, error) {
					return r.CountCompanies(ctx, search, 0)
				},
			}),
		n.view("company view 3", func(ctx context.Context, e *Env, reach model.Reach, id int64) (c model.Company, tables []Table, err error) {
			if !reach.Any {
				return c, nil, model.Missing("company", id)
			}
			theirs := e.relatedReach(clients.name)
			c, first, err := e.Data.CompanyWithClients(ctx, id, theirs, relatedLimit+1)
			if err == nil {
				tables, err = related(clients, first, func() (int64, error) {
					return e.Data.CountClients(ctx, theirs, data.ClientFilter{CompanyID: id}, "", 0)
				}, "company")
			}
			return c, tables, err
		}),
		n.update(updater[model.Company]{
			example: `company update 3 -n "Müller & Søn AG"`,
			save:    func(ctx context.Context, tx *Tx, c *model.Company) error { return tx.UpdateCompany(ctx, c) },
		}),
		n.remove("company delete 40", withoutClients(), nil, func(ctx context.Context, tx *Tx, id int64) error { return tx.DeleteCompany(ctx, id) }),
	}
}
