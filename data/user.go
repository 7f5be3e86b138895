package data

import (
	"context"
	"errors"
	"fmt"
	"time"

	"epev/model"
	queries "epev/sql"
)

// UserFilter narrows a list of users. Its conditions all hold at once.
type UserFilter struct {
	Roles    []string `db:"roles"`    // names: users of any of these roles; none: of every role
	Inactive bool     `db:"inactive"` // only the deactivated ones
}

// users are what data knows of users. Who was somebody is told to everybody.
var users = noun[model.User, UserFilter]{resource{
	name: "user", table: "users", title: "username",
	view: queries.User.View, insert: queries.User.Insert, update: queries.User.Update, delete: queries.User.Delete,
	list: queries.User.List, count: queries.User.Count, common: queries.None,
	reach: queries.None, named: queries.User.Named, through: []string{"client", "event"}, public: true,
	lock: queries.User.Lock, hold: queries.None, assignment: queries.None,
	referrers: queries.User.References, referred: "user-referred-to",
	rules: map[string]rule{
		"username": {"username", "username-taken", ""},
		"email":    {"email", "e-mail-taken", ""},
	},
}}

// User returns a user; NotFound if there is none within reach.
func (r *Reader) User(ctx context.Context, reach model.Reach, id int64) (model.User, error) {
	return users.one(ctx, r, reach, id)
}

// UserByName returns the user of a username; NotFound if there is none.
func (r *Reader) UserByName(ctx context.Context, username string) (model.User, error) {
	u, err := get[model.User](ctx, r, queries.User.View, args{"id": 0, "name": username})
	return u, r.failed(ctx, "read a user", found(err, "user", username))
}

// Users lists the users within reach, active or not.
func (r *Reader) Users(ctx context.Context, reach model.Reach, f UserFilter, p model.Page) ([]model.User, error) {
	return users.page(ctx, r, reach, f, p)
}

// EachUser tells the users that Users lists one after the other, as they are read.
func (r *Reader) EachUser(ctx context.Context, reach model.Reach, f UserFilter, p model.Page, tell func(*model.User) error) error {
	return users.each(ctx, r, reach, f, p, tell)
}

// CountUsers counts what Users lists without a limit, up to limit; 0 counts all.
func (r *Reader) CountUsers(ctx context.Context, reach model.Reach, f UserFilter, search string, limit int) (int64, error) {
	return users.number(ctx, r, reach, f, search, limit)
}

// InsertUser creates an active user and fills u with the row as it is now. ID, version and times of
// u are not looked at.
func (tx *Tx) InsertUser(ctx context.Context, u *model.User, passwordHash string) error {
	return users.create(ctx, tx, u, args{"password_hash": passwordHash})
}

// UpdateUser writes username, full name, e-mail and role of u, and fills u with the row as it is
// now. ErrStale if u is not of the newest version; Conflict if the role change would leave
// nobody with role:assign.
func (tx *Tx) UpdateUser(ctx context.Context, u *model.User) error {
	return users.change(ctx, tx, true, u, func() error {
		if err := tx.open(ctx, true); err != nil {
			return err
		}
		before, err := tx.User(ctx, model.Everything, u.ID)
		if err != nil {
			return err
		}
		if before.RoleID == u.RoleID {
			return nil
		}
		return tx.keepsAssigner(ctx, u.ID, 0, u.RoleID)
	}())
}

// SetPassword replaces a user's password hash. The sessions of the user go on: see EndSessions.
func (tx *Tx) SetPassword(ctx context.Context, userID int64, passwordHash string) error {
	_, err := write[int64](ctx, tx, true, queries.User.SetPassword, args{"id": userID, "password_hash": passwordHash})
	return tx.failed(ctx, "set a password", found(err, "user", userID))
}

// ChoosePassword replaces the password that somebody else chose by the user's own one. oldHash is what the hash was when the password was
// checked: ErrNoSession if the user is not active, or has another one by now. The sessions of the user go on: see EndSessions.
func (tx *Tx) ChoosePassword(ctx context.Context, userID int64, oldHash, newHash string) error {
	_, err := write[int64](ctx, tx, true, queries.User.ChoosePassword, args{"id": userID, "old_hash": oldHash, "new_hash": newHash})
	if errors.Is(err, errNoRow) {
		err = ErrNoSession
	}
	if err == nil {
		err = tx.MayKeep(ctx, userID)
	}
	return tx.failed(ctx, "choose a password", err)
}

// MustChange has a user change the password at the next login with it; MayKeep takes that back.
func (tx *Tx) MustChange(ctx context.Context, userID int64) error {
	_, err := write[int64](ctx, tx, false, queries.User.MustChange, args{"id": userID})
	return tx.failed(ctx, "have a password changed", err)
}

func (tx *Tx) MayKeep(ctx context.Context, userID int64) error {
	_, err := write[int64](ctx, tx, false, queries.User.MayKeep, args{"id": userID})
	return tx.failed(ctx, "let a password be kept", err)
}

// SetActive activates or deactivates a user and fills u with the row as it is now. A deactivated
// user's sessions end in the same transaction. ErrStale if u is not of the newest version; Conflict if
// nobody with role:assign would be left.
func (tx *Tx) SetActive(ctx context.Context, u *model.User, active bool) error {
	err := tx.open(ctx, true)
	if err == nil && !active {
		err = tx.keepsAssigner(ctx, u.ID, 0, 0)
	}
	if err == nil {
		err = changed(ctx, tx, true, users.resource, u.ID, queries.User.SetActive, args{"id": u.ID, "version": u.Version, "active": active})
	}
	if err == nil && !active {
		_, err = tx.EndSessions(ctx, u.ID, 0, "deactivated")
	}
	return users.saved(ctx, tx, "activate or deactivate", u, u.ID, err)
}

// DeleteUser deletes a user; Conflict while clients, contracts or events refer to them, or if
// nobody with role:assign would be left.
func (tx *Tx) DeleteUser(ctx context.Context, id int64) error {
	return remove(ctx, tx, true, users.resource, id, func(username string) error {
		if err := tx.keepsAssigner(ctx, id, 0, 0); err != nil {
			return err
		}
		return tx.Unreferred(ctx, "user", id, username)
	})
}

// keepsAssigner is a Conflict if the user, or everybody of the role, were the only active ones who hold role:assign
// (SPEC 5, rule 6). It is none if the user moves to a role that holds it as well. The transaction runs alone, so that
// nobody else can lose it meanwhile.
func (tx *Tx) keepsAssigner(ctx context.Context, userID, roleID, newRoleID int64) error {
	last, err := get[bool](ctx, tx.Reader, queries.Role.LastAssigner, args{"user": userID, "role": roleID, "new_role": newRoleID})
	if err != nil {
		return fmt.Errorf("look for holders of role:assign: %w", err)
	}
	if last {
		return &model.Error{Kind: model.Conflict, Fault: "last-assigner"}
	}
	return nil
}

// LeftBehind counts what refers to a user: clients, contracts, and events that have not ended at that moment, each
// within the reach of the same actor.
func (r *Reader) LeftBehind(ctx context.Context, userID int64, now time.Time, clients, contracts, events model.Reach) (Left, error) {
	left, err := get[Left](ctx, r, queries.User.LeftBehind, args{"id": userID, "now": now, "actor": clients.ActorID}.and(
		reachOf("clients", clients), reachOf("contracts", contracts), reachOf("events", events)))
	return left, r.failed(ctx, "count what a user leaves behind", err)
}

// Left counts records that somebody leaves behind.
type Left struct {
	Clients   int64 `db:"clients"`
	Contracts int64 `db:"contracts"`
	Events    int64 `db:"events"`
}
