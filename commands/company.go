package commands

import (
	"context"
	"time"

	"epev/data"
	"epev/model"
)

// companyFilter says whose clients are counted.
type companyFilter struct{ clients model.Reach }

func companyNoun() noun[model.Company, companyFilter] { return once(makeCompanyNoun) }

func makeCompanyNoun() noun[model.Company, companyFilter] {
	type company = model.Company
	return noun[company, companyFilter]{
		name: "company", plural: "companies", commands: companyCommands,
		id: func(c *company) int64 { return c.ID }, version: func(c *company) int64 { return c.Version },
		who:      func(c *company) string { return c.Name },
		relation: unrelated[company], owner: nobodys[company],
		get: wholly("company", (*data.Reader).Company), list: listCompanies, count: countCompanies,
		properties: append([]property[company]{
			numbered(func(c *company) int64 { return c.ID }),
			{Column: Column{Name: "name", Title: "Name", Priority: 1}, sort: model.ByText, kind: nameOf(128, func(c *company) *string { return &c.Name }),
				set: setting[company]{short: "n", help: "the company's name; no other's, whatever the case, accents and blanks", required: true, near: []string{"title"}}},
			{Column: Column{Name: "clients", Title: "Clients", Priority: 2}, kind: kind[company]{value: func(c *company) Value { return optional(c.Clients) }}},
		}, bookkeeping(
			func(c *company) time.Time { return c.CreatedAt }, func(c *company) time.Time { return c.UpdatedAt }, func(c *company) int64 { return c.Version })...),
	}
}

func companyCommands() []Command {
	n := companyNoun()
	return []Command{
		n.creates(creator[model.Company]{
			help: "Create a company", example: `company create -n "Société Générale d'Horlogerie"`, insert: (*Tx).InsertCompany,
		}),
		n.lists(lister[companyFilter]{example: "company list --search horlogerie", settle: func(e *Act, in *listInput[companyFilter]) {
			in.filter.clients = clientNoun().relatedReach(e)
		}}),
		n.views("company view 3", viewCompany),
		n.updates(updater[model.Company]{example: `company update 3 -n "Müller & Søn AG"`, save: (*Tx).UpdateCompany}),
		n.removes(remover[model.Company]{example: "company delete 40", source: withoutClients(), delete: (*Tx).DeleteCompany}),
	}
}

func listCompanies(r *data.Reader, ctx context.Context, _ model.Reach, f companyFilter, p model.Page) ([]model.Company, error) {
	return r.Companies(ctx, f.clients, p)
}

func countCompanies(r *data.Reader, ctx context.Context, _ model.Reach, _ companyFilter, search string, limit int) (int64, error) {
	return r.CountCompanies(ctx, search, limit)
}

// viewCompany reads a company and its clients.
func viewCompany(ctx context.Context, e *Act, reach model.Reach, id int64) (c model.Company, tables []Table, err error) {
	if !reach.Any {
		return c, nil, model.Missing("company", id)
	}
	clients := clientNoun()
	c, first, err := e.Data.CompanyWithClients(ctx, id, clients.relatedReach(e), relatedLimit+1)
	if err == nil {
		tables, err = clients.related(ctx, e, first, data.ClientFilter{CompanyID: id}, "company")
	}
	return c, tables, err
}

// wholly reads a record of a resource without scopes: every one, or none.
func wholly[R any](noun string, get func(*data.Reader, context.Context, int64) (R, error)) func(*data.Reader, context.Context, model.Reach, int64) (R, error) {
	return func(r *data.Reader, ctx context.Context, reach model.Reach, id int64) (R, error) {
		if !reach.Any {
			var none R
			return none, model.Missing(noun, id)
		}
		return get(r, ctx, id)
	}
}

// withoutClients offers the companies that can be deleted.
func withoutClients() *Source {
	return choice[model.Company, companyFilter]{
		of:    companyNoun(),
		reach: companyNoun().reaching("delete"),
		list: func(r *data.Reader, ctx context.Context, _ model.Reach, p model.Page) ([]model.Company, error) {
			return r.Companies(ctx, model.Reach{Any: true}, p)
		},
		takes: func(_ *Act, c *model.Company) bool { return c.Clients != nil && *c.Clients == 0 },
	}.source()
}
