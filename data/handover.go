package data

import (
	"context"
	"errors"

	"github.com/lib/pq"

	queries "epev/sql"
)

// Handover is from a user to another one. What it moves is named, and moves only while it is still the first one's. So of two
// handovers at once each record goes with the one that comes first.
type Handover struct{ From, To int64 }

// LockClients keeps those of the clients that are From's as they are until the transaction ends, and returns their ids. To is an
// active commercial, and stays so, too.
func (tx *Tx) LockClients(ctx context.Context, h Handover, ids []int64) ([]int64, error) {
	err := tx.holdUser(ctx, h.To, "commercial", "to")
	if err != nil {
		return nil, tx.failed(ctx, "hand clients over", err)
	}
	locked, err := list[int64](ctx, tx.Reader, queries.Handover.LockClients, args{"ids": pq.Int64Array(ids), "from": h.From})
	return locked, tx.failed(ctx, "lock the clients of a handover", err)
}

// LockEvents is LockClients for events; To is an active support user.
func (tx *Tx) LockEvents(ctx context.Context, h Handover, ids []int64) ([]int64, error) {
	err := tx.holdUser(ctx, h.To, "support", "to")
	if err != nil {
		return nil, tx.failed(ctx, "hand events over", err)
	}
	locked, err := list[int64](ctx, tx.Reader, queries.Handover.LockEvents, args{"ids": pq.Int64Array(ids), "from": h.From})
	return locked, tx.failed(ctx, "lock the events of a handover", err)
}

// HandClients moves clients that LockClients has locked, and all their contracts. It is a Conflict, as of ReassignClient, where a
// contract is to be mended first.
func (tx *Tx) HandClients(ctx context.Context, h Handover, ids []int64) error {
	err := tx.open(ctx, false)
	if err == nil {
		var first int64
		first, err = get[int64](ctx, tx.Reader, queries.Handover.ToMend, args{"clients": pq.Int64Array(ids), "to": h.To})
		switch {
		case err == nil:
			err = tx.mendedFirst(ctx, first, h.To)
		case errors.Is(err, errNoRow):
			err = nil
		}
	}
	if err == nil {
		_, err = get[int64](ctx, tx.Reader, queries.Handover.Clients, args{"ids": pq.Int64Array(ids), "from": h.From, "to": h.To})
	}
	if err == nil {
		_, err = get[int64](ctx, tx.Reader, queries.Handover.Contracts, args{"clients": pq.Int64Array(ids), "to": h.To})
	}
	return tx.failed(ctx, "hand clients over", err)
}

// HandEvents moves events that LockEvents has locked.
func (tx *Tx) HandEvents(ctx context.Context, h Handover, ids []int64) error {
	_, err := write[int64](ctx, tx, false, queries.Handover.Events, args{"ids": pq.Int64Array(ids), "from": h.From, "to": h.To})
	return tx.failed(ctx, "hand events over", err)
}
