package data

// Records that are merged, and those that are alike.

import (
	"context"
	"slices"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// merges reports whether records of the resource are merged into others.
func (d resource) merges() bool { return len(d.followers) > 0 }

// led returns the id of the record into which one was merged, or into which that one was later; 0 for one that was not.
func (r *Reader) led(ctx context.Context, d resource, id int64) (int64, error) {
	return get[int64](ctx, r, queries.Record.Led, args{"resource": d.name, "id": id})
}

// Led returns the id under which a record is found: its own, or that of the one into which it was merged.
func (r *Reader) Led(ctx context.Context, noun string, id int64) (int64, error) {
	d, err := resourceOf(noun)
	if err != nil || !d.merges() {
		return id, err
	}
	into, err := r.led(ctx, d, id)
	if into == 0 {
		into = id
	}
	return into, r.failed(ctx, "look into what a "+noun+" was merged", err)
}

// LockAll locks records of a noun, as Lock does each, in the order in which everybody locks several.
func (tx *Tx) LockAll(ctx context.Context, noun string, assigned bool, ids ...int64) error {
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if _, err := tx.Lock(ctx, noun, id, assigned); err != nil {
			return err
		}
	}
	return nil
}

// MergeClients lets a client disappear in another one, which becomes as into says and is filled with its row as it is then. Its
// contracts follow. Both must be locked. It is a Conflict if a contract breaks a rule and so cannot move.
func (tx *Tx) MergeClients(ctx context.Context, from int64, into *model.Client) error {
	if err := tx.mendedFirst(ctx, from, 0); err != nil {
		return tx.failed(ctx, "look for contracts to mend", err)
	}
	return clients.merge(ctx, tx, from, into)
}

// MergeCompanies lets a company disappear in another one, as MergeClients does a client. Its clients follow.
func (tx *Tx) MergeCompanies(ctx context.Context, from int64, into *model.Company) error {
	return companies.merge(ctx, tx, from, into)
}

// merge moves what refers to a record, deletes it, and lets its id lead to the other one. Only then may the other one take what
// was the first one's alone, such as an e-mail address.
func (n noun[T, F]) merge(ctx context.Context, tx *Tx, from int64, into *T) error {
	id, err := idOf(into), error(nil)
	for _, q := range n.followers {
		if err == nil {
			_, err = write[int64](ctx, tx, false, q, args{"from": from, "into": id})
		}
	}
	if err == nil {
		_, err = write[int64](ctx, tx, false, n.delete, args{"id": from})
		err = found(err, n.name, from)
	}
	if err == nil {
		_, err = write[int64](ctx, tx, false, queries.Record.Lead, args{"resource": n.name, "id": from, "into": id})
	}
	return n.change(ctx, tx, false, into, err)
}

// Referrers counts what refers to a record, by their nouns.
func (r *Reader) Referrers(ctx context.Context, noun string, id int64) ([]model.Counted, error) {
	d, err := resourceOf(noun)
	if err != nil || d.referrers.Text() == "" {
		return nil, err
	}
	left, err := list[model.Counted](ctx, r, d.referrers, args{"id": id})
	return slices.DeleteFunc(left, func(c model.Counted) bool { return c.N == 0 }), r.failed(ctx, "look what refers to a "+noun, err)
}

// Duplicate is a record that is like one that was there before it.
type Duplicate[T any] struct {
	Record T    `db:"record"`
	Like   T    `db:"related"`
	There  bool `db:"there"`
	// Kinds are what both share, the surest first: "phone", "company" with the name, "email" nearly, "name".
	Kinds pq.StringArray `db:"kinds"`
	// Kind is the number of the surest.
	Kind int64 `db:"kind"`
	// Swap says that the older one had better disappear: it has no signed contract, and the newer one has.
	Swap bool `db:"swap"`
}

// Alikeness is where a page of duplicates begins: behind a record and what it shares with another one. The zero one is the start.
type Alikeness struct{ Kind, ID int64 }

// settleAlike looks again at records that were written while others like them were.
func (r *Reader) settleAlike(ctx context.Context, d resource) error {
	_, err := get[int64](ctx, r, queries.Record.SettleAlike, args{"resource": d.name})
	return err
}

// DuplicateClients returns pairs of clients within reach that are alike, at most limit: the surest first, and of these
// the newest. contracts is what the actor may view of contracts.
func (r *Reader) DuplicateClients(ctx context.Context, reach, contracts model.Reach, after Alikeness, limit int) ([]Duplicate[model.Client], error) {
	reached, err := r.sight(ctx, clients.resource, reach, false, allAssigned)
	if err == nil {
		err = r.settleAlike(ctx, clients.resource)
	}
	if err != nil {
		return nil, r.failed(ctx, "look for duplicates", err)
	}
	pairs, err := list[Duplicate[model.Client]](ctx, r, queries.Client.Duplicates, reached.and(args{"kind": after.Kind, "before": after.ID,
		"limit": limit, "contracts": contracts.Any}))
	return pairs, r.failed(ctx, "look for duplicates", err)
}

// DuplicateCompanies returns pairs of companies that are alike, as DuplicateClients does clients.
func (r *Reader) DuplicateCompanies(ctx context.Context, after Alikeness, limit int) ([]Duplicate[model.Company], error) {
	if err := r.settleAlike(ctx, companies.resource); err != nil {
		return nil, r.failed(ctx, "look for duplicates", err)
	}
	pairs, err := list[Duplicate[model.Company]](ctx, r, queries.Company.Duplicates, args{"kind": after.Kind, "before": after.ID, "limit": limit})
	return pairs, r.failed(ctx, "look for duplicates", err)
}
