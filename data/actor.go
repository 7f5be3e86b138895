package data

import (
	"context"
	"errors"
	"time"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// ErrNoSession is what Authorise answers for a session that ended, ran out or never was, and
// for one whose user is no longer active.
var ErrNoSession = &model.Error{Kind: model.Unauthenticated, Message: "Session missing or expired.", Hint: `log in with "login"`}

// Authorise returns who the session is and what they may do, as it is in the database at this
// moment (SPEC 5, rule 2): every command begins with it. It is one round trip.
func (r *Reader) Authorise(ctx context.Context, sessionID int64) (model.Actor, error) {
	known := r.store.rights.of(sessionID)
	row, err := get[struct {
		UserID      int64          `db:"user_id"`
		Username    string         `db:"username"`
		FullName    string         `db:"full_name"`
		RoleID      int64          `db:"role_id"`
		Role        string         `db:"role"`
		Expires     time.Time      `db:"expires_at"`
		Version     int64          `db:"version"`
		Stamp       string         `db:"stamp"`
		Permissions pq.StringArray `db:"permissions"` // null: as they are known
	}](ctx, r, queries.SessionAuthorise, sessionID, known.actor.RoleID, known.version, known.stamp)
	if errors.Is(err, errNoRow) {
		return model.Actor{}, ErrNoSession
	}
	if err != nil {
		return model.Actor{}, r.failed(ctx, "authorise", err)
	}
	actor := model.Actor{
		UserID: row.UserID, Username: row.Username, FullName: row.FullName,
		RoleID: row.RoleID, Role: row.Role, SessionID: sessionID, Expires: row.Expires,
		Permissions: row.Permissions,
	}
	if row.Permissions == nil {
		actor.Permissions = known.actor.Permissions
	}
	found := authority{actor: actor, version: row.Version, stamp: row.Stamp}
	r.store.rights.keep(sessionID, found)
	if r.tx != nil {
		r.decided = &found
	}
	return actor, nil
}
