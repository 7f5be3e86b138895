package data

import (
	"context"

	"epev/model"
	queries "epev/sql"
)

// CompanyFilter says which clients of a company are counted.
type CompanyFilter struct {
	Clients model.Reach `db:"related"`
}

// companies are what data knows of companies.
var companies = noun[model.Company, CompanyFilter]{resource{
	name: "company", table: "company", title: "name",
	view: queries.Company.View, insert: queries.Company.Insert, update: queries.Company.Update, delete: queries.Company.Delete,
	list: queries.Company.List, count: queries.Company.Count, common: queries.Company.Common,
	reach: queries.None, named: queries.Company.Named,
	lock: queries.Company.Lock, hold: queries.Company.Hold, assignment: queries.None,
	clears:    []queries.Query{queries.Note.ClearOfCompany},
	referrers: queries.Company.References, referred: "company-referred-to", followers: []queries.Query{queries.Company.MergeClients, queries.Note.MergeOfCompany},
	rules: map[string]rule{"name": {"name", "company-taken", "company list"}},
}}

// Company returns a company; NotFound if there is none within reach.
func (r *Reader) Company(ctx context.Context, reach model.Reach, id int64) (model.Company, error) {
	return companies.one(ctx, r, reach, id)
}

// CompanyWithClients returns a company, as Company does, and the first of its clients that Clients would list within theirs.
func (r *Reader) CompanyWithClients(ctx context.Context, reach model.Reach, id int64, clients model.Reach, limit int) (
	model.Company, []model.Client, error) {
	return together[model.Company, model.Client](ctx, r, companies.resource, reach, id, clients, limit)
}

// Companies lists the companies within reach.
func (r *Reader) Companies(ctx context.Context, reach model.Reach, f CompanyFilter, p model.Page) ([]model.Company, error) {
	return companies.page(ctx, r, reach, f, p)
}

// EachCompany tells the companies that Companies lists one after the other, as they are read.
func (r *Reader) EachCompany(ctx context.Context, reach model.Reach, f CompanyFilter, p model.Page, tell func(*model.Company) error) error {
	return companies.each(ctx, r, reach, f, p, tell)
}

// CountCompanies counts what Companies lists without a limit, up to limit; 0 counts all.
func (r *Reader) CountCompanies(ctx context.Context, reach model.Reach, f CompanyFilter, search string, limit int) (int64, error) {
	return companies.number(ctx, r, reach, f, search, limit)
}

// CompanyCalled returns the id of the company of a name, whatever its case, accents and blanks; 0 for none.
func (r *Reader) CompanyCalled(ctx context.Context, name string) (int64, error) {
	id, err := get[int64](ctx, r, queries.Company.Called, args{"name": name})
	return id, r.failed(ctx, "look for a company", err)
}

// InsertCompany creates a company and fills c with the row as it is now.
func (tx *Tx) InsertCompany(ctx context.Context, c *model.Company) error {
	return companies.create(ctx, tx, c, nil)
}

// UpdateCompany writes the name and fills c with the row as it is now; ErrStale if c is not of
// the newest version.
func (tx *Tx) UpdateCompany(ctx context.Context, c *model.Company) error {
	return companies.change(ctx, tx, false, c, nil)
}

// DeleteCompany deletes a company; Conflict while clients refer to it.
func (tx *Tx) DeleteCompany(ctx context.Context, id int64) error {
	return companies.remove(ctx, tx, id)
}
