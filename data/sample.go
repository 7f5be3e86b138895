package data

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// Sample is what a sandbox begins with. Every record has its id, from 1 upwards in each table, and all
// of its times; a user names the role, and PasswordHash is that of everyone's password.
type Sample struct {
	Users        []model.User
	PasswordHash string
	Companies    []model.Company
	Clients      []model.Client
	Contracts    []model.Contract
	Events       []model.Event
	Payments     []model.Payment
	Notes        []model.Note
}

// sampler is who loads a sample, for the history.
var sampler = By{Actor: "demo"}

// Sampled reports whether the database has the schema of this epev and a sample was loaded into it,
// whatever became of the records since. It is one round trip.
func (s *Store) Sampled(ctx context.Context) (bool, error) {
	sampled, err := sampled(ctx, s.anyReader())
	if e, ok := errors.AsType[*pq.Error](err); ok && e.Code == "42P01" { // there is no schema
		return false, nil
	}
	return sampled, s.reader.failed(ctx, "look for the sample", err)
}

func sampled(ctx context.Context, r *Reader) (bool, error) {
	return get[bool](ctx, r, queries.Sample.Exists, args{"version": newestVersion(), "actor": sampler.Actor})
}

// LoadSample puts the sample into a database that Migrate has made ready and that holds no records yet,
// in one transaction. Where another process has loaded it meanwhile, that one stays as it is.
func (s *Store) LoadSample(ctx context.Context, sample Sample) error {
	return s.Write(ctx, sampler, func(ctx context.Context, tx *Tx) error {
		return tx.failed(ctx, "load the sample", tx.loadSample(ctx, sample))
	})
}

func (tx *Tx) loadSample(ctx context.Context, sample Sample) error {
	const alone = true
	if err := tx.open(ctx, alone); err != nil {
		return err
	}
	if loaded, err := sampled(ctx, tx.Reader); err != nil || loaded {
		return err
	}
	_, err := get[int64](ctx, tx.Reader, queries.Sample.Users, args{"rows": inJSON{sample.Users}, "password_hash": sample.PasswordHash})
	if err == nil {
		_, err = get[int64](ctx, tx.Reader, queries.Sample.Companies, args{"rows": inJSON{sample.Companies}})
	}
	if err == nil {
		_, err = get[int64](ctx, tx.Reader, queries.Sample.Clients, args{"rows": inJSON{sample.Clients}})
	}
	if err == nil {
		_, err = get[int64](ctx, tx.Reader, queries.Sample.Contracts, args{"rows": inJSON{sample.Contracts}})
	}
	if err == nil {
		_, err = get[int64](ctx, tx.Reader, queries.Sample.Events, args{"rows": inJSON{sample.Events}})
	}
	if err == nil {
		_, err = get[int64](ctx, tx.Reader, queries.Sample.Payments, args{"rows": inJSON{sample.Payments}})
	}
	if err == nil {
		_, err = get[int64](ctx, tx.Reader, queries.Sample.Notes, args{"rows": inJSON{sample.Notes}})
	}
	if err == nil {
		_, err = get[int64](ctx, tx.Reader, queries.Sample.Cancelled, args{"rows": inJSON{sample.Events}})
	}
	if err == nil {
		err = tx.Reader.tx.run(ctx, queries.Sample.History)
	}
	if err == nil {
		err = tx.continueIDs(ctx)
	}
	return err
}

// continueIDs has the next ids follow those that were given to the sample's records.
func (tx *Tx) continueIDs(ctx context.Context) error {
	tables, _ := tablesOf()
	_, err := get[int64](ctx, tx.Reader, queries.Sample.Sequences, args{"tables": tables})
	return err
}

// inJSON is records as a parameter: a JSON array of objects, whose keys are the names of their fields.
type inJSON struct{ records any }

func (j inJSON) Value() (driver.Value, error) {
	text, err := json.Marshal(j.records)
	return string(text), err
}
