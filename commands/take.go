package commands

import (
	"context"

	"epev/data"
	"epev/model"
)

// take is find for a record that the command changes. Whose the record is may decide what the actor may do to it. Then
// it is decided again once nobody else can change that.
func (n noun[R, F]) take(ctx context.Context, e *Act, ref reference, action string) (R, error) {
	r, is := e.found.record.(R)
	if is = is && e.found.of == (sought{n.name, action, ref}); is {
		e.found.record = nil // what comes next is read anew
	} else {
		var err error
		if r, err = n.find(ctx, e, ref, action); err != nil {
			return r, err
		}
	}
	sight, reach := n.reach(e, "view"), n.reach(e, action)
	if sight.Any && reach.Any {
		return r, nil
	}
	seen, owned := n.version(&r), model.Relation{Own: n.relation(&r).Own}
	kept, err := e.Tx.Lock(ctx, n.name, n.id(&r), !sight.Covers(owned) || !reach.Covers(owned))
	if err != nil || kept == seen {
		return r, err
	}
	if r, err = n.find(ctx, e, reference{ID: n.id(&r)}, action); err == nil && n.version(&r) != seen {
		err = e.stale(ctx, n.name, n.id(&r), seen)
	}
	return r, err
}

// parent reads a record within reach that another one will belong to. It stays as it is until the transaction ends, where
// there is one.
func (n noun[R, F]) parent(ctx context.Context, e *Act, reach model.Reach, id int64) (R, error) {
	place := data.Record{Kind: n.name, ID: id}
	if held, is := e.held[place].(R); is && reach.Covers(n.relation(&held)) {
		return held, nil
	}
	r, err := n.read(ctx, e, reach, id)
	if err != nil || e.Tx == nil {
		return r, err
	}
	id = n.id(&r)
	if err := e.Tx.Hold(ctx, n.name, id); err != nil {
		return r, err
	}
	if r, err = n.get(e.Data, ctx, reach, id); err == nil && e.held != nil {
		e.held[place] = r
	}
	return r, err
}
