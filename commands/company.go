package commands

import (
	"context"
	"time"

	"epev/data"
	"epev/model"
)

func companyNoun() noun[model.Company, data.CompanyFilter] { return once(makeCompanyNoun) }

func makeCompanyNoun() noun[model.Company, data.CompanyFilter] {
	type company = model.Company
	return noun[company, data.CompanyFilter]{
		name: "company", plural: "companies", commands: companyCommands,
		notes:     &annotation{place: func(v *model.Note) **int64 { return &v.CompanyID }, filter: func(f *data.NoteFilter) *int64 { return &f.CompanyID }},
		annotated: func(c *company) bool { return c.Noted },
		id:        func(c *company) int64 { return c.ID }, version: func(c *company) int64 { return c.Version },
		who:      func(c *company) string { return c.Name },
		relation: unrelated[company], owner: nobodys[company],
		get: (*data.Reader).Company, list: (*data.Reader).Companies, count: (*data.Reader).CountCompanies, each: (*data.Reader).EachCompany, meant: (*data.Reader).FindCompanies,
		found: (*data.Reader).WhoCompanies, merger: companyMerger(),
		properties: append([]property[company]{
			numbered(func(c *company) int64 { return c.ID }),
			{Column: Column{Name: "name", Title: "Name", Priority: 1}, sort: model.ByText, kind: nameOf(128, func(c *company) *string { return &c.Name }),
				set: setting[company]{short: "n", help: "the company's name; no other's, whatever the case, accents and blanks", required: true, near: []string{"title"}}},
			{Column: Column{Name: "clients", Title: "Clients", Priority: 2}, kind: kind[company]{value: func(c *company) Value { return optional(c.Clients) }}},
		}, bookkeeping(
			func(c *company) time.Time { return c.CreatedAt }, func(c *company) time.Time { return c.UpdatedAt }, func(c *company) int64 { return c.Version })...),
	}
}

func companyCommands(n noun[model.Company, data.CompanyFilter]) []Command {
	return []Command{
		n.creates("Create a company", `company create -n "Société Générale d'Horlogerie"`, (*Tx).InsertCompany),
		n.lists(lister[data.CompanyFilter]{example: "company list --search horlogerie", settle: func(e *Act, in *listInput[data.CompanyFilter]) {
			in.filter.Clients = clientNoun().relatedReach(e)
		}}),
		n.views("company view 3", withRelated(clientNoun(), func(id int64) data.ClientFilter { return data.ClientFilter{CompanyID: id} },
			[]string{"company"}, (*data.Reader).CompanyWithClients)),
		n.updates(`company update 3 -n "Müller & Søn AG"`, (*Tx).UpdateCompany),
		n.removes("company delete 40", n.choosing("delete", hasNoClients, data.CompanyFilter{Clients: model.Everything}), (*Tx).DeleteCompany),
		n.duplicates("company duplicates", func(ctx context.Context, e *Act, _ model.Reach, after data.Alikeness, limit int) ([]data.Duplicate[model.Company], error) {
			return e.Data.DuplicateCompanies(ctx, after, limit)
		}),
		n.merges("company merge 40 39"),
	}
}

// companyMerger says how two companies become one: it takes the rights to delete the one and to change the other.
func companyMerger() *merger[model.Company] {
	return &merger[model.Company]{from: "delete", into: "update", back: "create", save: (*Tx).MergeCompanies, reasons: map[string]string{"name": "nearly the same name"}}
}

// hasNoClients says that a company can be deleted.
func hasNoClients(_ *Act, c *model.Company) bool { return c.Clients != nil && *c.Clients == 0 }
