package data

// Records that come many at once: they are staged in a temporary table, and put in their place by one statement.

import (
	"context"
	"slices"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// OutOfSight is the id of a record that somebody else has, and that the actor may not know of.
const OutOfSight = -1

// placing is the id of what stands at a place of several, from 1.
type placing struct {
	Place   int64 `db:"place"`
	ID      int64 `db:"id"`
	Several bool  `db:"several"` // others stand there, too
}

// idsOf returns the ids of n places: 0 where nothing is there, and OutOfSight where it has no id.
func idsOf(rows []placing, n int) []int64 {
	ids := make([]int64, n)
	for _, row := range rows {
		if ids[row.Place-1] = row.ID; row.ID == 0 {
			ids[row.Place-1] = OutOfSight
		}
	}
	return ids
}

// ClientsAt returns, for each of the e-mail addresses, the id of the first client within reach that has it. It is 0 where nobody has it,
// and OutOfSight where only somebody out of reach has. several tells where more than one within reach has it.
func (r *Reader) ClientsAt(ctx context.Context, reach model.Reach, emails []model.Email) (ids []int64, several []bool, err error) {
	addresses, ascii, unicode := make([]string, len(emails)), make([]string, len(emails)), make([]string, len(emails))
	for i, email := range emails {
		forms := email.Forms()
		addresses[i], ascii[i], unicode[i] = forms[0], forms[1], forms[2]
	}
	rows, err := list[placing](ctx, r, queries.Client.Mailboxes, clients.within(reach).and(args{
		"addresses": pq.StringArray(addresses), "ascii": pq.StringArray(ascii), "unicode": pq.StringArray(unicode)}))
	several = make([]bool, len(emails))
	for _, row := range rows {
		several[row.Place-1] = row.Several
	}
	return idsOf(rows, len(emails)), several, r.failed(ctx, "look for the clients of e-mail addresses", err)
}

// SeveralClients returns those of the ids that are within reach, in any order.
func (r *Reader) SeveralClients(ctx context.Context, reach model.Reach, ids []int64) ([]model.Client, error) {
	rows, err := list[model.Client](ctx, r, queries.Client.Several, clients.within(reach).and(args{"ids": pq.Int64Array(ids)}))
	return rows, r.failed(ctx, "read several clients", err)
}

// SeveralContracts returns those of the ids that are within reach, in any order.
func (r *Reader) SeveralContracts(ctx context.Context, reach model.Reach, ids []int64) ([]model.Contract, error) {
	rows, err := list[model.Contract](ctx, r, queries.Contract.Several, contracts.within(reach).and(args{"ids": pq.Int64Array(ids)}))
	return rows, r.failed(ctx, "read several contracts", err)
}

// SeveralEvents returns those of the ids that are within reach, in any order.
func (r *Reader) SeveralEvents(ctx context.Context, reach model.Reach, ids []int64) ([]model.Event, error) {
	rows, err := list[model.Event](ctx, r, queries.Event.Several, events.within(reach).and(args{"ids": pq.Int64Array(ids)}))
	return rows, r.failed(ctx, "read several events", err)
}

// HoldClients keeps clients as Hold does one. One that is not there it passes over.
func (tx *Tx) HoldClients(ctx context.Context, ids []int64) error {
	err := tx.open(ctx, false)
	if err == nil {
		_, err = list[int64](ctx, tx.Reader, queries.Client.HoldMany, args{"ids": pq.Int64Array(ids)})
	}
	return tx.failed(ctx, "hold clients", err)
}

// HoldContracts keeps contracts as Hold does one. One that is not there it passes over.
func (tx *Tx) HoldContracts(ctx context.Context, ids []int64) error {
	err := tx.open(ctx, false)
	if err == nil {
		_, err = list[int64](ctx, tx.Reader, queries.Contract.HoldMany, args{"ids": pq.Int64Array(ids)})
	}
	return tx.failed(ctx, "hold contracts", err)
}

// LockSeveralClients keeps clients as they are until the transaction ends, as Lock does one. One that is not there it passes over.
func (tx *Tx) LockSeveralClients(ctx context.Context, ids []int64) error {
	err := tx.open(ctx, false)
	if err == nil {
		_, err = list[int64](ctx, tx.Reader, queries.Client.LockMany, args{"ids": pq.Int64Array(ids)})
	}
	return tx.failed(ctx, "lock clients", err)
}

// InsertClients creates many clients, each of its CommercialID, as InsertClient does one. It does not read them back.
func (tx *Tx) InsertClients(ctx context.Context, cs []model.Client) error {
	err := tx.stageClients(ctx, cs)
	if err == nil {
		err = tx.together(ctx, func() error {
			_, err := get[int64](ctx, tx.Reader, queries.Arriving.Clients, nil)
			return err
		})
	}
	if err == nil {
		err = tx.Reader.tx.run(ctx, queries.Arriving.UnstageClients)
	}
	return tx.failed(ctx, "create clients", err)
}

// UpdateClients changes many clients, as UpdateClient does one. It does not read them back. ErrStale if one is not of the newest version.
func (tx *Tx) UpdateClients(ctx context.Context, cs []model.Client) error {
	err := tx.stageClients(ctx, cs)
	var changed int64
	if err == nil {
		changed, err = get[int64](ctx, tx.Reader, queries.Arriving.ChangeClients, nil)
	}
	if err == nil {
		err = tx.Reader.tx.run(ctx, queries.Arriving.UnstageClients)
	}
	if err == nil && changed < int64(len(cs)) {
		err = ErrStale
	}
	return tx.failed(ctx, "update clients", err)
}

func (tx *Tx) stageClients(ctx context.Context, cs []model.Client) error {
	if err := tx.open(ctx, false); err != nil {
		return err
	}
	if err := tx.Reader.tx.run(ctx, queries.Arriving.StageClients); err != nil {
		return err
	}
	place, c := 0, tx.stager()
	copyAll(ctx, c, queries.Arriving.CopyClients, Many[model.Client]{All: slices.Values(cs)}, func(c model.Client) []any {
		place++
		return []any{place, c.ID, c.Version, c.FullName, string(c.Email), filled(string(c.Phone)), pointed(c.CompanyID), c.CommercialID,
			storable(c.FirstContact), storable(c.LastContact)}
	})
	return c.err
}

// together has put write records of which all is noted together that is noted of one at a time otherwise.
func (tx *Tx) together(ctx context.Context, put func() error) error {
	_, err := get[string](ctx, tx.Reader, queries.Arriving.Many, args{"many": "on"})
	if err == nil {
		err = put()
	}
	if err == nil {
		_, err = get[string](ctx, tx.Reader, queries.Arriving.Many, args{"many": ""})
	}
	return err
}

// stager copies what is staged, and tells nobody how far it is.
func (tx *Tx) stager() *copier { return &copier{tx: tx, progress: func(float64) {}, total: 1} }

// CompaniesCalled returns, for each of the names, what CompanyCalled does.
func (r *Reader) CompaniesCalled(ctx context.Context, names []string) ([]int64, error) {
	rows, err := list[placing](ctx, r, queries.Company.CalledMany, args{"names": pq.StringArray(names)})
	return idsOf(rows, len(names)), r.failed(ctx, "look for companies", err)
}

// SeveralCompanies returns those of the ids that are within reach, in any order.
func (r *Reader) SeveralCompanies(ctx context.Context, reach model.Reach, ids []int64) ([]model.Company, error) {
	if !reach.Any {
		return nil, nil
	}
	rows, err := list[model.Company](ctx, r, queries.Company.Several, args{"ids": pq.Int64Array(ids)})
	return rows, r.failed(ctx, "read several companies", err)
}

// HoldCompanies keeps companies there until the transaction ends, and returns those that are.
func (tx *Tx) HoldCompanies(ctx context.Context, ids []int64) ([]int64, error) {
	err := tx.open(ctx, false)
	var held []int64
	if err == nil {
		held, err = list[int64](ctx, tx.Reader, queries.Company.HoldMany, args{"ids": pq.Int64Array(ids)})
	}
	return held, tx.failed(ctx, "hold companies", err)
}

// InsertCompanies creates many companies, as InsertCompany does one. It does not read them back.
func (tx *Tx) InsertCompanies(ctx context.Context, cs []model.Company) error {
	err := tx.open(ctx, false)
	if err == nil {
		err = tx.Reader.tx.run(ctx, queries.Arriving.StageCompanies)
	}
	if err == nil {
		place, c := 0, tx.stager()
		copyAll(ctx, c, queries.Arriving.CopyCompanies, Many[model.Company]{All: slices.Values(cs)}, func(c model.Company) []any {
			place++
			return []any{place, c.Name}
		})
		err = c.err
	}
	if err == nil {
		err = tx.together(ctx, func() error {
			_, err := get[int64](ctx, tx.Reader, queries.Arriving.Companies, nil)
			return err
		})
	}
	if err == nil {
		err = tx.Reader.tx.run(ctx, queries.Arriving.UnstageCompanies)
	}
	return tx.failed(ctx, "create companies", err)
}

// InsertContracts creates many contracts, as InsertContract does one, all of which are paid for on the same day. It does not read them back.
// ErrStale if a client is not there any more, or belongs to another commercial.
func (tx *Tx) InsertContracts(ctx context.Context, cs []model.Contract) error {
	err := tx.open(ctx, false)
	if err == nil {
		err = tx.Reader.tx.run(ctx, queries.Arriving.StageContracts)
	}
	if err == nil {
		place, c := 0, tx.stager()
		copyAll(ctx, c, queries.Arriving.CopyContracts, Many[model.Contract]{All: slices.Values(cs)}, func(c model.Contract) []any {
			place++
			return []any{place, c.ClientID, c.CommercialID, c.Total.String(), c.Remaining.String(), c.IsSigned, storable(c.SignedOn), c.IsFullyPaid}
		})
		err = c.err
	}
	var arrived int64
	if err == nil {
		err = tx.together(ctx, func() error {
			arrived, err = get[int64](ctx, tx.Reader, queries.Arriving.Contracts, args{"on": storable(cs[0].On)})
			return err
		})
	}
	if err == nil {
		err = tx.Reader.tx.run(ctx, queries.Arriving.UnstageContracts)
	}
	if err == nil && arrived < int64(len(cs)) {
		err = ErrStale
	}
	return tx.failed(ctx, "create contracts", err)
}

// InsertEvents creates many events that nobody looks after yet, as InsertEvent does one. It does not read them back. ErrStale if a contract
// is not there any more, or not signed.
func (tx *Tx) InsertEvents(ctx context.Context, es []model.Event) error {
	err := tx.open(ctx, false)
	if err == nil {
		err = tx.Reader.tx.run(ctx, queries.Arriving.StageEvents)
	}
	if err == nil {
		place, c := 0, tx.stager()
		copyAll(ctx, c, queries.Arriving.CopyEvents, Many[model.Event]{All: slices.Values(es)}, func(e model.Event) []any {
			place++
			return []any{place, e.Title, e.ContractID, e.Address, storable(e.Start), storable(e.End), e.Participants, filled(e.Notes)}
		})
		err = c.err
	}
	var arrived int64
	if err == nil {
		err = tx.together(ctx, func() error {
			arrived, err = get[int64](ctx, tx.Reader, queries.Arriving.Events, nil)
			return err
		})
	}
	if err == nil {
		err = tx.Reader.tx.run(ctx, queries.Arriving.UnstageEvents)
	}
	if err == nil && arrived < int64(len(es)) {
		err = ErrStale
	}
	return tx.failed(ctx, "create events", err)
}
