package data

import (
	"context"

	"epev/model"
	queries "epev/sql"
)

// Company returns a company; NotFound if there is none.
func (r *Reader) Company(ctx context.Context, id int64) (model.Company, error) {
	c, _, err := r.CompanyWithClients(ctx, id, model.Reach{}, 0)
	return c, err
}

// CompanyWithClients returns a company, as Company does, and the first of its clients that Clients would
// list within their reach.
func (r *Reader) CompanyWithClients(ctx context.Context, id int64, clients model.Reach, limit int) (c model.Company, first []model.Client, err error) {
	rows, err := view[struct {
		model.Company
		Client model.Client `db:"client"`
	}](ctx, r, queries.CompanyView, within(clients, id, limit)...)
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
	args := listArguments(p, within(clients)...)
	companies, err := list[model.Company](ctx, r, queries.CompanyList, args...)
	if err == nil && len(companies) == 0 && p.After != 0 && p.AfterKey == nil {
		_, err = r.Company(ctx, p.After)
	}
	return companies, r.failed(ctx, "list companies", err)
}

// CountCompanies counts what Companies lists without a limit, up to limit; 0 counts all.
func (r *Reader) CountCompanies(ctx context.Context, search string, limit int) (int64, error) {
	n, err := count(ctx, r, queries.CompanyCount, append(countArguments(search), limit)...)
	return n, r.failed(ctx, "count companies", err)
}

// InsertCompany creates a company and fills c with the row as it is now.
func (tx *Tx) InsertCompany(ctx context.Context, c *model.Company) error {
	id, err := write[int64](ctx, tx, false, queries.CompanyInsert, c.Name)
	if err == nil {
		err = into(tx, c)(tx.Company(ctx, id))
	}
	return tx.failed(ctx, "create a company", err)
}

// UpdateCompany writes the name and fills c with the row as it is now; ErrStale if c is not of
// the newest version.
func (tx *Tx) UpdateCompany(ctx context.Context, c *model.Company) error {
	err := changed(ctx, tx, false, "company", c.ID, queries.CompanyUpdate, c.ID, c.Version, c.Name)
	if err == nil {
		err = into(tx, c)(tx.Company(ctx, c.ID))
	}
	return tx.failed(ctx, "update a company", err)
}

// DeleteCompany deletes a company; Conflict while clients refer to it.
func (tx *Tx) DeleteCompany(ctx context.Context, id int64) error {
	err := func() error {
		if _, err := write[int64](ctx, tx, false, queries.CompanyLock, id); err != nil {
			return found(err, "company", id)
		}
		if err := tx.Unreferred(ctx, "company", id, id); err != nil {
			return err
		}
		_, err := get[int64](ctx, tx.Reader, queries.CompanyDelete, id)
		return err
	}()
	return tx.failed(ctx, "delete a company", err)
}
