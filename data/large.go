package data

// A sandbox of any size, which is copied in rather than inserted.

import (
	"context"
	"iter"
	"time"

	"epev/model"
	queries "epev/sql"
)

// Large is a sample and what comes behind it, made as it is read. The ids of each table go on where the sample's end.
type Large struct {
	Sample
	Companies Many[model.Company]
	Clients   Many[model.Client]
	Contracts Many[model.Contract]
	Events    Many[model.Event]
	Payments  Many[model.Payment]
	Notes     Many[model.Note] // about clients
}

// Many are records that nobody keeps in memory.
type Many[T any] struct {
	About int64 // how many there are, more or less
	All   iter.Seq[T]
}

// LoadLarge is LoadSample of a large sample, in one transaction that may take minutes. It tells how much of it is done, as a share of 1.
func (s *Store) LoadLarge(ctx context.Context, large Large, progress func(share float64)) error {
	unhurried, err := s.unhurried()
	if err != nil {
		return err
	}
	defer unhurried.Close()
	err = unhurried.Write(ctx, sampler, func(ctx context.Context, tx *Tx) error {
		return tx.failed(ctx, "load a large sample", tx.loadLarge(ctx, large, progress))
	})
	if err == nil {
		s.written.Add(1)
	}
	return err
}

// unhurried is the store for what takes longer than anybody would wait for an answer. It is to be closed.
func (s *Store) unhurried() (*Store, error) {
	u, err := openStore(s.cfg, 0)
	if err == nil {
		u.patient = true
	}
	return u, err
}

// What takes as long as how many rows that are copied, with a million clients.
const (
	anIndex     = 700_000
	theHistory  = 16_000_000
	theLikeness = 24_000_000
	million     = 1_000_000

	rowsAtOnce = 1000
)

func (tx *Tx) loadLarge(ctx context.Context, large Large, progress func(share float64)) error {
	err := tx.open(ctx, true)
	if err == nil {
		err = tx.Reader.tx.run(ctx, queries.Sample.Large)
	}
	if err == nil {
		err = tx.loadSample(ctx, large.Sample)
	}
	if err == nil {
		err = tx.Reader.tx.run(ctx, queries.Sample.Begin)
	}
	if err != nil {
		return err
	}
	indexes, err := get[int64](ctx, tx.Reader, queries.Sample.Indexes, nil)
	if err != nil {
		return err
	}
	scale := float64(large.Clients.About) / million
	rest := (float64(indexes)*anIndex + theHistory + theLikeness) * scale
	c := &copier{tx: tx, progress: progress, total: rest + float64(large.Companies.About+large.Clients.About+large.Contracts.About+
		large.Events.About+large.Payments.About+large.Notes.About)}
	copyAll(ctx, c, queries.Sample.CopyCompanies, large.Companies, func(r model.Company) []any {
		return []any{r.ID, r.Name, r.CreatedAt, r.UpdatedAt}
	})
	copyAll(ctx, c, queries.Sample.CopyClients, large.Clients, func(r model.Client) []any {
		return []any{r.ID, r.FullName, string(r.Email), filled(string(r.Phone)), pointed(r.CompanyID), r.CommercialID, r.FirstContact, pointed(r.LastContact),
			r.CreatedAt, r.UpdatedAt}
	})
	copyAll(ctx, c, queries.Sample.CopyContracts, large.Contracts, func(r model.Contract) []any {
		return []any{r.ID, r.ClientID, r.CommercialID, r.Total.String(), r.Remaining.String(), r.IsSigned, pointed(r.SignedOn), r.IsFullyPaid, r.CreatedAt, r.UpdatedAt}
	})
	copyAll(ctx, c, queries.Sample.CopyEvents, large.Events, func(r model.Event) []any {
		return []any{r.ID, r.Title, r.ContractID, r.Address, pointed(r.SupportID), r.Start, r.End, r.Participants, filled(r.Notes), r.CreatedAt, r.UpdatedAt}
	})
	copyAll(ctx, c, queries.Sample.CopyPayments, large.Payments, func(r model.Payment) []any {
		return []any{r.ID, r.ContractID, string(r.Kind), r.Amount.String(), pointed(r.PaidOn), r.Method, filled(r.Reference), pointed(r.AuthorID), r.Author, r.CreatedAt}
	})
	copyAll(ctx, c, queries.Sample.CopyNotes, large.Notes, func(r model.Note) []any {
		return []any{r.ID, pointed(r.ClientID), r.Text, pointed(r.RemindOn), pointed(r.DoneAt), r.AuthorID, r.CreatedAt, r.UpdatedAt}
	})
	t := tx.Reader.tx
	c.then(theHistory*scale, func() error { return t.run(ctx, queries.Sample.CopyHistory) })
	c.then(theLikeness*scale, func() error { return t.run(ctx, queries.Sample.Finish) })
	for n := int64(1); n <= indexes && c.err == nil; n++ {
		_, c.err = get[int64](ctx, tx.Reader, queries.Sample.BuildIndex, args{"n": n})
		c.add(anIndex * scale)
	}
	c.then(0, func() error { return t.run(ctx, queries.Sample.Analyse) })
	c.then(0, func() error { return tx.continueIDs(ctx) })
	if c.err == nil {
		progress(1)
	}
	return c.err
}

// copier copies one table after the other, until one fails.
type copier struct {
	tx          *Tx
	progress    func(share float64)
	done, total float64
	err         error
}

func (c *copier) add(rows float64) {
	c.done += rows
	c.progress(min(1, c.done/c.total))
}

// then makes the next step, which counts as much as so many rows.
func (c *copier) then(rows float64, step func() error) {
	if c.err == nil {
		c.err = step()
		c.add(rows)
	}
}

// copyAll copies records into their table.
func copyAll[T any](ctx context.Context, c *copier, q queries.Query, many Many[T], row func(T) []any) {
	if c.err != nil {
		return
	}
	c.err = c.tx.Reader.tx.try(func() error {
		into, err := c.tx.Reader.tx.sqlx.PrepareContext(ctx, q.Text())
		if err != nil {
			return err
		}
		defer into.Close()
		n := 0
		for record := range many.All {
			if _, err := into.ExecContext(ctx, row(record)...); err != nil {
				return err
			}
			if n++; n%rowsAtOnce == 0 {
				c.add(rowsAtOnce)
				if err := ctx.Err(); err != nil {
					return err
				}
			}
		}
		c.add(float64(n % rowsAtOnce))
		_, err = into.ExecContext(ctx) // the rest, and the answer
		return err
	})
}

// filled is a text, or null for an empty one.
func filled(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// pointed is what a pointer points to, or null.
func pointed[T int64 | time.Time](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}
