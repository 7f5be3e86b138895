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
		n.creates("Create a company", `company create -n "Société Générale d'Horlogerie"`, (*Tx).InsertCompany),
		n.lists(lister[companyFilter]{example: "company list --search horlogerie", settle: func(e *Act, in *listInput[companyFilter]) {
			in.filter.clients = clientNoun().relatedReach(e)
		}}),
		n.views("company view 3", withRelated(clientNoun(), func(id int64) data.ClientFilter { return data.ClientFilter{CompanyID: id} },
			[]string{"company"}, (*data.Reader).CompanyWithClients)),
		n.updates(`company update 3 -n "Müller & Søn AG"`, (*Tx).UpdateCompany),
		n.removes("company delete 40", n.choosing("delete", hasNoClients, companyFilter{clients: anyRecord}), (*Tx).DeleteCompany),
	}
}

func listCompanies(r *data.Reader, ctx context.Context, _ model.Reach, f companyFilter, p model.Page) ([]model.Company, error) {
	return r.Companies(ctx, f.clients, p)
}

func countCompanies(r *data.Reader, ctx context.Context, _ model.Reach, _ companyFilter, search string, limit int) (int64, error) {
	return r.CountCompanies(ctx, search, limit)
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

// hasNoClients says that a company can be deleted.
func hasNoClients(_ *Act, c *model.Company) bool { return c.Clients != nil && *c.Clients == 0 }
