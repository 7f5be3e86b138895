package commands

import (
	"context"
	"slices"
	"strings"
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
		found: (*data.Reader).WhoCompanies, merger: companyMerger(), importer: companyImporter(),
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

// companyImporter says how companies come from a file: they are known by their names.
func companyImporter() *importer[model.Company] {
	return &importer[model.Company]{insert: (*Tx).InsertCompany, update: (*Tx).UpdateCompany, of: "name",
		key: func(c *model.Company) string { return strings.Join(strings.Fields(model.Fold(c.Name)), " ") },
		there: func(ctx context.Context, e *Act, c *model.Company) (int64, error) {
			if !e.reach("company", "view").Any {
				return 0, nil
			}
			return e.Data.CompanyCalled(ctx, c.Name)
		},
		many: &arrivals[model.Company]{insert: (*Tx).InsertCompanies, several: (*data.Reader).SeveralCompanies, there: func(ctx context.Context, e *Act, cs []model.Company) ([]int64, error) {
			names := make([]string, len(cs))
			for i := range cs {
				names[i] = cs[i].Name
			}
			ids, err := e.Data.CompaniesCalled(ctx, names)
			for i := range ids {
				if ids[i] != 0 && !e.reach("company", "view").Any {
					ids[i] = data.OutOfSight
				}
			}
			return ids, err
		}},
		called: map[string][]string{"name": {"nom", "société", "entreprise", "company", "raison sociale", "dénomination", "organisation", "organization", "structure", "company name"}}}
}

// companiesNamed finds those of several companies that are there, and keeps them there.
func companiesNamed(ctx context.Context, e *Act, names []string) ([]int64, error) {
	if !e.reach("company", "view").Any {
		return make([]int64, len(names)), nil
	}
	ids, err := e.Data.CompaniesCalled(ctx, names)
	if err != nil {
		return nil, err
	}
	held, err := e.Tx.HoldCompanies(ctx, ids)
	for _, id := range held {
		if place := (data.Record{Kind: "company", ID: id}); e.held[place] == nil {
			e.held[place] = model.Company{ID: id}
		}
	}
	for i, id := range ids {
		if !slices.Contains(held, id) {
			ids[i] = 0
		}
	}
	return ids, err
}

// companyNamed finds the company that a file names, and creates it where that is asked for.
func companyNamed(ctx context.Context, e *Act, in importing, name string) (int64, error) {
	n := companyNoun()
	if e.reach("company", "view").None() {
		return 0, about("company-id", model.Missing("company", name))
	}
	id, err := e.Data.CompanyCalled(ctx, name)
	if err != nil || id != 0 {
		return id, err
	}
	if !in.createCompanies {
		return 0, about("company-id", model.Errorf(model.NotFound, "there is no company %s", model.Escape(name)).WithHint("create it first, or give --create-companies"))
	}
	if n.reach(e, "create").None() {
		return 0, e.denied(ctx, n.permission("create"), model.Relation{}, "create companies", "")
	}
	d := draft[model.Company]{}
	if err := d.give(*n.property("name"), name, e.Values()); err != nil {
		return 0, err
	}
	company := d.applied(model.Company{})
	if err := n.settle(ctx, e, nil, &company, d.given); err != nil {
		return 0, err
	}
	if err := e.Tx.InsertCompany(ctx, &company); err != nil {
		return 0, err
	}
	in.seen.companies++
	return company.ID, nil
}

// hasNoClients says that a company can be deleted.
func hasNoClients(_ *Act, c *model.Company) bool { return c.Clients != nil && *c.Clients == 0 }
