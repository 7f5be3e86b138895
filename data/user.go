package data

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// UserFilter narrows a list of users. Its conditions all hold at once.
type UserFilter struct {
	Roles    []string // names: users of any of these roles; none: of every role
	Inactive bool     // only the deactivated ones
}

// User returns a user; NotFound if there is none.
func (r *Reader) User(ctx context.Context, id int64) (model.User, error) {
	u, err := get[model.User](ctx, r, queries.UserView, id)
	return u, r.failed(ctx, "read a user", found(err, "user", id))
}

// UserByName returns the user of a username; NotFound if there is none.
func (r *Reader) UserByName(ctx context.Context, username string) (model.User, error) {
	u, err := get[model.User](ctx, r, queries.UserViewByName, username)
	return u, r.failed(ctx, "read a user", found(err, "user", username))
}

// Users lists users, active or not.
func (r *Reader) Users(ctx context.Context, f UserFilter, p model.Page) ([]model.User, error) {
	args := listArguments(p, pq.StringArray(f.Roles), f.Inactive)
	users, err := list[model.User](ctx, r, queries.UserList, args...)
	if err == nil && len(users) == 0 && p.After != 0 && p.AfterKey == nil {
		_, err = r.User(ctx, p.After)
	}
	return users, r.failed(ctx, "list users", err)
}

// CountUsers counts what Users lists without a limit, up to limit; 0 counts all.
func (r *Reader) CountUsers(ctx context.Context, f UserFilter, search string, limit int) (int64, error) {
	n, err := count(ctx, r, queries.UserCount, append(countArguments(search, pq.StringArray(f.Roles), f.Inactive), limit)...)
	return n, r.failed(ctx, "count users", err)
}

// InsertUser creates an active user and fills u with the row as it is now. ID, version and times of
// u are not looked at.
func (tx *Tx) InsertUser(ctx context.Context, u *model.User, passwordHash string) error {
	id, err := write[int64](ctx, tx, false, queries.UserInsert, u.Username, u.FullName, u.Email, u.RoleID, passwordHash)
	if err == nil {
		err = into(tx, u)(tx.User(ctx, id))
	}
	return tx.failed(ctx, "create a user", err)
}

// UpdateUser writes username, full name, e-mail and role of u, and fills u with the row as it is
// now. ErrStale if u is not of the newest version; Conflict if the role change would leave
// nobody with role:assign.
func (tx *Tx) UpdateUser(ctx context.Context, u *model.User) error {
	err := func() error {
		before, err := tx.alone(ctx, func() (model.User, error) { return tx.User(ctx, u.ID) })
		if err != nil {
			return err
		}
		if before.RoleID != u.RoleID {
			if err := tx.keepsAssigner(ctx, u.ID, 0, u.RoleID); err != nil {
				return err
			}
		}
		return changed(ctx, tx, true, "user", u.ID, queries.UserUpdate,
			u.ID, u.Version, u.Username, u.FullName, u.Email, u.RoleID)
	}()
	if err == nil {
		err = into(tx, u)(tx.User(ctx, u.ID))
	}
	return tx.failed(ctx, "update a user", err)
}

// SetPassword replaces a user's password hash. The sessions of the user go on: see EndSessions.
func (tx *Tx) SetPassword(ctx context.Context, userID int64, passwordHash string) error {
	_, err := write[int64](ctx, tx, true, queries.UserSetPassword, userID, passwordHash)
	return tx.failed(ctx, "set a password", found(err, "user", userID))
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
		err = changed(ctx, tx, true, "user", u.ID, queries.UserSetActive, u.ID, u.Version, active)
	}
	if err == nil && !active {
		_, err = tx.EndSessions(ctx, u.ID, 0, "deactivated")
	}
	if err == nil {
		err = into(tx, u)(tx.User(ctx, u.ID))
	}
	return tx.failed(ctx, "change whether a user is active", err)
}

// DeleteUser deletes a user; Conflict while clients, contracts or events refer to them, or if
// nobody with role:assign would be left.
func (tx *Tx) DeleteUser(ctx context.Context, id int64) error {
	err := func() error {
		username, err := write[string](ctx, tx, true, queries.UserLock, id)
		if err != nil {
			return found(err, "user", id)
		}
		if err := tx.keepsAssigner(ctx, id, 0, 0); err != nil {
			return err
		}
		if err := tx.Unreferred(ctx, "user", id, username); err != nil {
			return err
		}
		_, err = get[int64](ctx, tx.Reader, queries.UserDelete, id)
		return err
	}()
	return tx.failed(ctx, "delete a user", err)
}

// alone opens the transaction for a change of rights and then reads.
func (tx *Tx) alone(ctx context.Context, read func() (model.User, error)) (model.User, error) {
	if err := tx.open(ctx, true); err != nil {
		return model.User{}, err
	}
	return read()
}

// keepsAssigner is a Conflict if the user, or everybody of the role, were the only active ones who
// hold role:assign (SPEC 5, rule 6), unless the user moves to a role that holds it as well.
// The transaction runs alone, so that nobody else can lose it meanwhile.
func (tx *Tx) keepsAssigner(ctx context.Context, userID, roleID, newRoleID int64) error {
	last, err := get[bool](ctx, tx.Reader, queries.RoleLastAssigner, userID, roleID, newRoleID)
	if err != nil {
		return fmt.Errorf("look for holders of role:assign: %w", err)
	}
	if last {
		return model.Errorf(model.Conflict, "nobody active would be left who holds role:assign").
			WithHint("give it to somebody else first")
	}
	return nil
}

// LeftBehind counts what refers to a user: clients, contracts, and events that have not ended at that moment, each
// within the reach of the same actor.
func (r *Reader) LeftBehind(ctx context.Context, userID int64, now time.Time, clients, contracts, events model.Reach) (Left, error) {
	left, err := get[Left](ctx, r, queries.UserLeftBehind, userID, clients.Any, clients.Own, clients.Assigned, clients.ActorID,
		contracts.Any, contracts.Own, contracts.Assigned, events.Any, events.Own, events.Assigned, now)
	return left, r.failed(ctx, "count what a user leaves behind", err)
}

// Left counts records that somebody leaves behind.
type Left struct {
	Clients   int64 `db:"clients"`
	Contracts int64 `db:"contracts"`
	Events    int64 `db:"events"`
}

// references counts the records that refer to one.
type references struct {
	Clients   int64 `db:"clients"`
	Contracts int64 `db:"contracts"`
	Events    int64 `db:"events"`
}

// conflict names what still refers to a record that should be deleted; nil if nothing does.
func (n references) conflict(noun string, name any, hint string) error {
	var parts []string
	for _, p := range []struct {
		n    int64
		noun string
	}{{n.Clients, "client"}, {n.Contracts, "contract"}, {n.Events, "event"}} {
		if p.n > 0 {
			parts = append(parts, model.Count(p.n, p.noun))
		}
	}
	if parts == nil {
		return nil
	}
	return model.Errorf(model.Conflict, "%s %v still has %s", noun, name, joined(parts)).WithHint("%s", hint)
}

func joined(parts []string) string {
	if n := len(parts); n > 1 {
		return fmt.Sprintf("%s and %s", joined(parts[:n-1]), parts[n-1])
	}
	return parts[0]
}
