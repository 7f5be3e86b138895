package data

import (
	"context"

	"epev/model"
	queries "epev/sql"
)

// companyFilter says whose clients are counted.
type companyFilter struct {
	Clients model.Reach `db:"related"`
}

// companies are what data knows of companies.
var companies = noun[model.Company, companyFilter]{resource{
	name: "company", table: "company", title: "name",
	view: queries.Company.View, insert: queries.Company.Insert, update: queries.Company.Update, delete: queries.Company.Delete,
	list: queries.Company.List, count: queries.Company.Count,
	reach: queries.None, named: queries.Company.Named,
	lock: queries.Company.Lock, hold: queries.None, assignment: queries.None,
	referrers: queries.Company.References, referred: "company-referred-to",
	rules: map[string]rule{"name": {"name", "company-taken", "company list"}},
}}

// Company returns a company; NotFound if there is none.
func (r *Reader) Company(ctx context.Context, id int64) (model.Company, error) {
	return companies.one(ctx, r, everyone, id)
}

// CompanyWithClients returns a company, if the reach is any, and the first of its clients that Clients would list within theirs.
func (r *Reader) CompanyWithClients(ctx context.Context, reach model.Reach, id int64, clients model.Reach, limit int) (model.Company, []model.Client, error) {
	return together[model.Company, model.Client](ctx, r, companies.resource, reach, id, clients, limit)
}

// Companies lists companies, and counts their clients within reach.
func (r *Reader) Companies(ctx context.Context, clients model.Reach, p model.Page) ([]model.Company, error) {
	return companies.page(ctx, r, everyone, companyFilter{clients}, p)
}

// CountCompanies counts what Companies lists without a limit, up to limit; 0 counts all.
func (r *Reader) CountCompanies(ctx context.Context, search string, limit int) (int64, error) {
	return companies.number(ctx, r, everyone, companyFilter{}, search, limit)
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
