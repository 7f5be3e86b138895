package data

// The rights of whoever writes: they are held, or looked at once more, before anything is kept.

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"epev/model"
	queries "epev/sql"
)

// By says who writes; the history tells it. The zero By is the database's own credentials:
// db-create, manager-create, and what a login does before there is a session.
type By struct {
	SessionID int64
	ActorID   int64
	Actor     string // username; empty for the one of whoever fn authorises
	// Leaving says that the session itself ends. That takes no rights, and so does not wait for who
	// changes them, perhaps this very person's --atomic script.
	Leaving bool
}

// ErrRightsChanged is in the chain of the Conflict that a write gives when the session lost a permission after
// Authorise read it. Nothing was done. A command that is authorised and run again will be decided rightly; Write itself
// does so if fn authorises.
var ErrRightsChanged = errors.New("permissions changed while the command ran")

// errDecideAgain is ErrRightsChanged of a write that authorises.
var errDecideAgain = fmt.Errorf("%w, and it decides by itself", ErrRightsChanged)

// ErrStale is what an update gives that was made against an older version of its record.
var ErrStale = &model.Error{Kind: model.Conflict, Fault: "stale"}

// exclusive says that a write changes what users may do. Such transactions run one at a time.
type exclusive bool

// open makes the transaction ready for the first write in it: the history's settings, the locks
// on the actor's rights, and the transaction's mark.
func (tx *Tx) open(ctx context.Context, alone exclusive) error {
	t := tx.Reader.tx
	if tx.refused != nil {
		return tx.refused
	}
	if tx.by.Actor == "" && tx.decided != nil {
		tx.by.Actor = tx.decided.actor.Username
	}
	entitled, before := tx.by.SessionID, tx.authority()
	if tx.by.Leaving {
		entitled = 0
	}
	if t.script && entitled != 0 {
		t.relyOn(decision{tx.by, before})
		entitled = 0
	}
	if alone && !t.alone {
		// Before the shared locks below: two who held those and wanted more would wait for each other.
		if _, err := get[bool](ctx, tx.Reader, queries.Transaction.Alone, args{"mark": t.mark}); err != nil {
			return fmt.Errorf("wait for changes of rights: %w", err)
		}
		if tx.refused = tx.store.confirm(ctx, t); tx.refused != nil {
			return tx.refused
		}
		t.alone = true
	}
	if t.ready && t.by == tx.by {
		return nil
	}
	opened, err := tx.opening(ctx, entitled)
	if entitled != 0 && err == nil && !opened.RoleID.Valid {
		// If it was the role that changed while this waited for the user, it is now held, too.
		opened, err = tx.opening(ctx, entitled)
	}
	if err != nil {
		return fmt.Errorf("open a transaction: %w", err)
	}
	t.place, t.wrote = opened.Place, true
	switch {
	case entitled != 0 && !opened.RoleID.Valid:
		tx.refused = ErrNoSession
	case entitled != 0 && !opened.confirms(before):
		tx.refused = tx.compareRights(ctx, before.actor)
	}
	if tx.refused != nil {
		return tx.refused
	}
	t.by, t.ready = tx.by, true
	return nil
}

// authority is what the transaction's writes are decided by.
func (tx *Tx) authority() authority {
	if tx.decided != nil {
		// Not what another reader of the session, such as completion, may have found since.
		return *tx.decided
	}
	return tx.store.rights.of(tx.by.SessionID)
}

// opening is what the opening of a transaction tells of it and of the actor, if one is held.
type opening struct {
	Place     sql.NullString `db:"place"`
	UserStamp sql.NullString `db:"user_stamp"`
	RoleID    sql.NullInt64  `db:"role_id"`
	Version   sql.NullInt64  `db:"version"`
	Stamp     sql.NullString `db:"stamp"`
}

func (tx *Tx) opening(ctx context.Context, entitled int64) (opening, error) {
	return get[opening](ctx, tx.Reader, queries.Transaction.Start, args{"session": entitled, "actor_id": decimal(tx.by.ActorID),
		"actor": tx.by.Actor, "session_id": decimal(tx.by.SessionID), "mark": tx.Reader.tx.mark})
}

// confirms reports whether nothing has changed in the actor since a was found.
func (o opening) confirms(a authority) bool {
	return o.RoleID.Valid && o.RoleID.Int64 == a.actor.RoleID && o.Version.Int64 == a.version &&
		o.Stamp.String == a.stamp && o.UserStamp.String == a.userStamp
}

// compareRights lets a write go on if nothing that its decision could rest upon was lost. It reads once
// the actor's rows are held.
func (tx *Tx) compareRights(ctx context.Context, before model.Actor) error {
	cause := ErrRightsChanged
	if tx.decided != nil {
		cause = errDecideAgain
	}
	now, err := tx.Authorise(ctx, tx.by.SessionID)
	if err != nil {
		return err
	}
	if !covers(now.Permissions, before.Permissions) {
		return &model.Error{Kind: model.Conflict, Fault: "rights-changed", Err: cause}
	}
	return nil
}

// covers reports whether all of the permissions that were held are held still.
func covers(now, before []string) bool {
	return !slices.ContainsFunc(before, func(code string) bool { return !slices.Contains(now, code) })
}

// hold keeps a user and their role as they are until the transaction ends, and returns what they may do. It
// is ErrNoSession if they are not active any more or their session, if by has one, has ended.
func (r *Reader) hold(ctx context.Context, by By) (permissions []string, err error) {
	role, err := get[int64](ctx, r, queries.Transaction.Hold, args{"user": by.ActorID})
	if errors.Is(err, errNoRow) {
		// If it was the role that changed while this waited for the user, it is now held, too.
		role, err = get[int64](ctx, r, queries.Transaction.Hold, args{"user": by.ActorID})
	}
	switch {
	case errors.Is(err, errNoRow):
		return nil, ErrNoSession
	case err != nil:
		return nil, fmt.Errorf("hold an actor: %w", err)
	case by.SessionID == 0:
		role, err := r.Role(ctx, model.Everything, role)
		return role.Permissions, err
	}
	actor, err := r.Authorise(ctx, by.SessionID)
	return actor.Permissions, err
}

// decimal writes an id; empty for none.
func decimal(id int64) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprint(id)
}
