package data

import (
	"context"

	"epev/model"
	queries "epev/sql"
)

// companyResource is what data knows of companies.
var companyResource = resource{
	name: "company", table: "company", title: "name",
	list: queries.Company.List, count: queries.Company.Count,
	reach: queries.None, named: queries.Company.Named,
	lock: queries.Company.Lock, hold: queries.None, assignment: queries.None,
	referrers: queries.Company.References, referred: "company-referred-to",
}

// Company returns a company; NotFound if there is none.
func (r *Reader) Company(ctx context.Context, id int64) (model.Company, error) {
	c, _, err := r.CompanyWithClients(ctx, model.Reach{Any: true}, id, model.Reach{}, 0)
	return c, err
}

// CompanyWithClients returns a company, if the reach is any, and the first of its clients that Clients would list within theirs.
func (r *Reader) CompanyWithClients(ctx context.Context, reach model.Reach, id int64, clients model.Reach, limit int) (
	c model.Company, first []model.Client, err error) {
	if !reach.Any {
		return c, nil, model.Missing("company", id)
	}
	rows, err := view[struct {
		model.Company
		Client model.Client `db:"client"`
	}](ctx, r, queries.Company.View, within(clients).and(args{"id": id, "limit": limit}))
	if err != nil {
		return c, nil, r.failed(ctx, "read a company", found(err, "company", id))
	}
	for _, row := range rows {
		if row.Client.ID != 0 {
			first = append(first, row.Client)
		}
	}
	return rows[0].Company, first, nil
}

// Companies lists companies, and counts their clients within reach.
func (r *Reader) Companies(ctx context.Context, clients model.Reach, p model.Page) ([]model.Company, error) {
	l := listing{resource: companyResource, search: searchOf(p.Search), filter: within(clients)}
	return listed[model.Company](ctx, r, l, p, func() error {
		_, err := r.Company(ctx, p.After)
		return err
	})
}

// CountCompanies counts what Companies lists without a limit, up to limit; 0 counts all.
func (r *Reader) CountCompanies(ctx context.Context, search string, limit int) (int64, error) {
	return counted[int64](ctx, r, listing{resource: companyResource, search: searchOf(search)}, limit)
}

// InsertCompany creates a company and fills c with the row as it is now.
func (tx *Tx) InsertCompany(ctx context.Context, c *model.Company) error {
	id, err := write[int64](ctx, tx, false, queries.Company.Insert, args{"name": c.Name})
	return saved(ctx, tx, "create a company", c, func() (model.Company, error) { return tx.Company(ctx, id) }, err)
}

// UpdateCompany writes the name and fills c with the row as it is now; ErrStale if c is not of
// the newest version.
func (tx *Tx) UpdateCompany(ctx context.Context, c *model.Company) error {
	err := changed(ctx, tx, false, companyResource, c.ID, queries.Company.Update, args{"id": c.ID, "version": c.Version, "name": c.Name})
	return saved(ctx, tx, "update a company", c, func() (model.Company, error) { return tx.Company(ctx, c.ID) }, err)
}

// DeleteCompany deletes a company; Conflict while clients refer to it.
func (tx *Tx) DeleteCompany(ctx context.Context, id int64) error {
	return remove(ctx, tx, false, companyResource, queries.Company.Delete, id, func(int64) error { return tx.Unreferred(ctx, "company", id, id) })
}
