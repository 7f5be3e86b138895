package data

import (
	"context"
	"errors"
	"time"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// ErrNoSession is what Identify and Authorise answer for a session that ended, ran out or never was, and
// for one whose user is no longer active.
var ErrNoSession = &model.Error{Kind: model.Unauthenticated, Fault: "no-session", Try: []string{"login"}}

// Identify is Authorise for the bearer of a token that names the session: the hash is of the secret in it, and
// must be the session's own. Every command begins with it. It is one round trip.
func (r *Reader) Identify(ctx context.Context, sessionID int64, secretHash []byte) (model.Actor, error) {
	if len(secretHash) == 0 { // as null it would be that of whoever was authorised before
		return model.Actor{}, ErrNoSession
	}
	return r.authorise(ctx, sessionID, secretHash)
}

// Authorise returns who the session is and what they may do, as it is in the database at this moment (SPEC 5, rule 2). The
// caller knows from Identify that the session is the actor's.
func (r *Reader) Authorise(ctx context.Context, sessionID int64) (model.Actor, error) {
	return r.authorise(ctx, sessionID, nil)
}

func (r *Reader) authorise(ctx context.Context, sessionID int64, secretHash []byte) (model.Actor, error) {
	r.back() // what a standby knows is not of this moment
	known := r.store.rights.of(sessionID)
	row, err := get[struct {
		UserID      int64          `db:"user_id"`
		Username    string         `db:"username"`
		FullName    string         `db:"full_name"`
		RoleID      int64          `db:"role_id"`
		Role        string         `db:"role"`
		Expires     time.Time      `db:"expires_at"`
		Idle        bool           `db:"idle"`
		UserStamp   string         `db:"user_stamp"`
		Version     int64          `db:"version"`
		Stamp       string         `db:"stamp"`
		Permissions pq.StringArray `db:"permissions"` // null: as they are known
		Made        pq.Int64Array  `db:"made"`        // versions of the schema
		At          position       `db:"at"`
	}](ctx, r.unchecked(), queries.Session.Authorise, args{"session": sessionID, "role": known.actor.RoleID, "version": known.version, "stamp": known.stamp,
		"secret": secretHash, "placed": r.leaves})
	if unfit := r.checked(ctx, row.Made, err); unfit != nil {
		err = unfit
	}
	if errors.Is(err, errNoRow) {
		return model.Actor{}, ErrNoSession
	}
	if err != nil {
		return model.Actor{}, r.failed(ctx, "authorise", err)
	}
	actor := model.Actor{
		UserID: row.UserID, Username: row.Username, FullName: row.FullName,
		RoleID: row.RoleID, Role: row.Role, SessionID: sessionID, Expires: row.Expires, Idle: row.Idle,
		Permissions: row.Permissions,
	}
	if row.Permissions == nil {
		actor.Permissions = known.actor.Permissions
	}
	found := authority{actor: actor, version: row.Version, stamp: row.Stamp, userStamp: row.UserStamp}
	r.store.rights.keep(sessionID, found)
	if r.tx != nil {
		r.decided = &found
	}
	if r.leaves {
		r.aside(ctx, row.At)
	}
	return actor, nil
}

// unchecked is the reader for a statement that itself tells the versions of the schema, so that nobody asks for them before.
func (r *Reader) unchecked() *Reader {
	if r.tx != nil || r.store.usable.Load() {
		return r
	}
	some := *r
	some.anySchema = true
	return &some
}

// checked refuses a schema that is not that of this epev, by the versions that a statement told. Where it told none and
// they were never looked at, it asks for them. The schema may be a newer one since the store began.
func (r *Reader) checked(ctx context.Context, made []int64, err error) error {
	switch e, ok := errors.AsType[*pq.Error](err); {
	case err == nil && (schema{made: made}).check() == nil:
		r.store.usable.Store(true)
		return nil
	case err == nil:
		r.store.usable.Store(false)
	case r.tx != nil || !errors.Is(err, errNoRow) && !(ok && (e.Code.Class() == "42" || e.Code.Class() == "3F")):
		return nil // it has another reason
	}
	return r.store.use(ctx, r)
}

// presumption is an authority that holds if the database confirms it.
type presumption struct {
	authority
	confirmed bool
}

var errUnconfirmed = errors.New("what was presumed of the actor is not confirmed")

// Presume returns the actor of a session as Authorise found them last, without asking the database. The reader it
// returns asks the database in the same statement as its first read, which is of a company, client, contract or event.
// What was decided and read counts only once the reader is Confirmed. For everything else Authorise comes first, also
// for a denial and for a record that is not there. ok is false in a transaction, and where nothing is known.
func (r *Reader) Presume(sessionID int64) (actor model.Actor, presuming *Reader, ok bool) {
	known := r.store.rights.of(sessionID)
	if r.tx != nil || known.actor.SessionID == 0 {
		return model.Actor{}, nil, false
	}
	return known.actor, &Reader{store: r.store, q: r.q, presumed: &presumption{authority: known}}, true
}

// Confirmed reports whether the actor was, at the moment of the read, who the reader presumes. They had not signed out,
// were active, and had the role and the permissions that Presume told.
func (r *Reader) Confirmed() bool { return r.presumed == nil || r.presumed.confirmed }

// arguments are those of a view by which it confirms what is presumed; session 0: nothing is.
func (p *presumption) arguments() args {
	if p == nil || p.confirmed {
		return args{"session": 0, "role": 0, "version": 0, "stamp": ""}
	}
	return args{"session": p.actor.SessionID, "role": p.actor.RoleID, "version": p.version, "stamp": p.stamp}
}

// settle takes a row for the database's confirmation. Without one, it may be the record that is not there.
func (p *presumption) settle(err error) error {
	switch {
	case p == nil || p.confirmed:
		return err
	case errors.Is(err, errNoRow):
		return errUnconfirmed
	}
	p.confirmed = err == nil
	return err
}
