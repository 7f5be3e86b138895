package data

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"epev/model"
	queries "epev/sql"
)

// Credentials are what a login is checked against. The zero Credentials are nobody's.
type Credentials struct {
	UserID       int64  `db:"id"`
	Username     string `db:"username"`
	PasswordHash string `db:"password_hash"`
	IsActive     bool   `db:"is_active"`
	MustChange   bool   `db:"must_change"` // the password, at the login
}

// Credentials returns those of a username, zero if there is no such user.
func (r *Reader) Credentials(ctx context.Context, username string) (Credentials, error) {
	c, err := get[Credentials](ctx, r, queries.Session.Credentials, args{"username": username})
	if errors.Is(err, errNoRow) {
		return Credentials{}, nil
	}
	return c, r.failed(ctx, "read credentials", err)
}

// Throttle says how failed logins slow down those that follow.
type Throttle struct {
	// Each is the pause after so many failures with one name, All that after so many of all strangers.
	Each, All func(failures int) time.Duration
	// Forget is after how long without an attempt the failures with a name are forgotten.
	Forget time.Duration
}

// attemptKey is the key under which the attempts at a name are counted. Whoever is known has a hash and is counted
// under it. Strangers have none and are counted together. No name holds a control character.
func attemptKey(username string, known []byte) string {
	if len(known) == 0 {
		return username
	}
	return username + "\x1f" + hex.EncodeToString(known)
}

// KnowsMachine reports whether the user of a name was in from the machine of that hash before.
func (r *Reader) KnowsMachine(ctx context.Context, username string, hash []byte) (bool, error) {
	known, err := get[bool](ctx, r, queries.Login.Known, args{"username": username, "machine": hash})
	return known, r.failed(ctx, "look for a machine", err)
}

// RememberMachine notes from which machine a user is in.
func (tx *Tx) RememberMachine(ctx context.Context, userID int64, hash []byte) error {
	_, err := write[int64](ctx, tx, false, queries.Login.Remember, args{"user": userID, "machine": hash})
	return tx.failed(ctx, "remember a machine", err)
}

// ReserveLogin counts an attempt to log in as a failed one before it is made, so that parallel guesses do not overtake
// the count. A wait above 0 means that it is too early: nothing was counted, and the password must not be looked at.
// Commit it before the password is checked.
//
// Whoever is known, by the hash of a machine or a session, is slowed by failures of their own alone. Strangers, with
// none, are slowed by those of all strangers with this name, and by those of all strangers together.
func (tx *Tx) ReserveLogin(ctx context.Context, username string, known []byte, t Throttle) (wait time.Duration, err error) {
	err = func() error {
		if len(known) == 0 {
			if wait, err = tx.waitOfAll(ctx, t); err != nil || wait > 0 {
				return err
			}
		}
		key := attemptKey(username, known)
		row, err := write[struct {
			Failures int     `db:"failures"`
			Wait     float64 `db:"wait"` // seconds
		}](ctx, tx, false, queries.Login.Reserve, args{"key": key, "forget": t.Forget.Seconds()})
		if wait = seconds(row.Wait); err != nil || wait > 0 {
			return err
		}
		_, err = get[int64](ctx, tx.Reader, queries.Login.Delay, args{"key": key, "seconds": t.Each(row.Failures).Seconds()})
		return err
	}()
	return max(0, wait), tx.failed(ctx, "count a login", err)
}

// waitOfAll is for how long every stranger waits yet. Until the transaction ends no other one is told.
func (tx *Tx) waitOfAll(ctx context.Context, t Throttle) (time.Duration, error) {
	if _, err := write[bool](ctx, tx, false, queries.Login.Alone, nil); err != nil {
		return 0, err
	}
	total, err := get[struct {
		Failures int     `db:"failures"`
		Since    float64 `db:"since"` // seconds
	}](ctx, tx.Reader, queries.Login.Total, args{"forget": t.Forget.Seconds()})
	return t.All(total.Failures) - seconds(total.Since), err
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// LoginSucceeded forgets the failures with a name of whoever is known by that hash, or of strangers.
func (tx *Tx) LoginSucceeded(ctx context.Context, username string, known []byte) error {
	_, err := write[int64](ctx, tx, false, queries.Login.Forget, args{"key": attemptKey(username, known)})
	return tx.failed(ctx, "forget failed logins", err)
}

// TouchLogin notes that the user logged in now. It is left out where somebody holds the user's row.
func (tx *Tx) TouchLogin(ctx context.Context, userID int64) error {
	_, err := write[int64](ctx, tx, false, queries.User.TouchLogin, args{"id": userID})
	return tx.failed(ctx, "note a login", err)
}

// RenewHash replaces a password hash by a stronger one of the same password, unless the password
// was changed meanwhile or somebody holds the user's row. It returns which of the two counts now.
func (tx *Tx) RenewHash(ctx context.Context, userID int64, oldHash, newHash string) (string, error) {
	renewed, err := write[bool](ctx, tx, false, queries.User.RenewHash, args{"id": userID, "old_hash": oldHash, "new_hash": newHash})
	if !renewed {
		newHash = oldHash
	}
	return newHash, tx.failed(ctx, "renew a password hash", err)
}

// OpenSession begins a session of an active user, and returns its id. The password was checked against passwordHash.
// The hash tokenHash is that of the session's first refresh token, and secretHash that of the secret that Identify
// knows its bearer by. The origin is the host that it is opened from. Unauthenticated if the user is not active or has another password by now.
func (tx *Tx) OpenSession(ctx context.Context, userID int64, passwordHash, origin string, tokenHash, secretHash []byte, expires time.Time) (int64, error) {
	id, err := write[int64](ctx, tx, false, queries.Session.Open, args{"user": userID, "password_hash": passwordHash,
		"origin": origin, "token": tokenHash, "expires": expires, "secret": secretHash})
	return id, tx.opened(ctx, "open a session", err)
}

// opened is what becomes of a session that was to be opened. Where it was, others are forgotten that are over for long.
func (tx *Tx) opened(ctx context.Context, attempted string, err error) error {
	if errors.Is(err, errNoRow) {
		err = ErrNoSession
	}
	if err == nil {
		_, err = get[int64](ctx, tx.Reader, queries.Session.Forget, nil)
	}
	return tx.failed(ctx, attempted, err)
}

// Outcome is what became of a refresh token that was shown.
type Outcome string

const (
	Unknown  Outcome = "unknown"  // not of a living session
	Rotated  Outcome = "rotated"  // replaced by the new one
	Replayed Outcome = "replayed" // it was replaced before: its session has ended now
)

// Rotation is what RotateSession did. SessionID and UserID are 0 for an unknown token.
type Rotation struct {
	Outcome   Outcome `db:"outcome"`
	SessionID int64   `db:"session_id"`
	UserID    int64   `db:"user_id"`
}

// RotateSession replaces a session's refresh token, and with it its expiry and the hash of its secret. To do so again, with the same two
// tokens, is as good as once: the outcome of the first time may have been lost. An old token that was replaced
// by another one is a replay: it ends its session, so the transaction must be committed whatever the outcome.
func (tx *Tx) RotateSession(ctx context.Context, oldHash, newHash, secretHash []byte, expires time.Time) (Rotation, error) {
	rotation, err := write[Rotation](ctx, tx, false, queries.Session.Rotate, args{"old_token": oldHash, "new_token": newHash,
		"expires": expires, "secret": secretHash})
	if errors.Is(err, errNoRow) {
		rotation, err = get[Rotation](ctx, tx.Reader, queries.Session.Replay, args{"token": oldHash})
	}
	if errors.Is(err, errNoRow) {
		return Rotation{Outcome: Unknown}, nil
	}
	return rotation, tx.failed(ctx, "rotate a session", err)
}

// SessionOf returns the living session of a present refresh token, without using it up: Unknown if there is
// none, and with id 0.
func (r *Reader) SessionOf(ctx context.Context, tokenHash []byte) (Rotation, error) {
	found, err := get[Rotation](ctx, r, queries.Session.Find, args{"token": tokenHash})
	if errors.Is(err, errNoRow) {
		return Rotation{Outcome: Unknown}, nil
	}
	return found, r.failed(ctx, "look for a session", err)
}

// EndSession ends a session; reason ("logout") goes to the history. One that ended before stays as it is.
func (tx *Tx) EndSession(ctx context.Context, sessionID int64, reason string) error {
	_, err := write[int64](ctx, tx, false, queries.Session.End, args{"id": sessionID, "reason": reason})
	return tx.failed(ctx, "end a session", err)
}

// EndSessions ends the sessions of a user, except the one with the id except (0: none), and returns how many there
// were.
func (tx *Tx) EndSessions(ctx context.Context, userID, except int64, reason string) (int64, error) {
	n, err := write[int64](ctx, tx, false, queries.Session.EndAll, args{"user": userID, "but": except, "reason": reason})
	return n, tx.failed(ctx, "end sessions", err)
}

// Sessions lists the living sessions of a user, the last one used first; 0 stands for everybody's. A limit of 0 lists all.
func (r *Reader) Sessions(ctx context.Context, userID int64, limit int) ([]model.Session, error) {
	sessions, err := list[model.Session](ctx, r, queries.Session.List, args{"user": userID, "limit": limit})
	return sessions, r.failed(ctx, "list sessions", err)
}

// SessionUser returns whose a living session is; NotFound if there is none of that id. It lives until the transaction ends it.
func (tx *Tx) SessionUser(ctx context.Context, id int64) (int64, error) {
	user, err := write[int64](ctx, tx, false, queries.Session.Living, args{"id": id})
	if errors.Is(err, errNoRow) {
		err = NoSuchSession(id)
	}
	return user, tx.failed(ctx, "look for a session", err)
}

// NoSuchSession is the answer to the id of a session that does not live, and to one that the actor may not be told of.
func NoSuchSession(id int64) error {
	return &model.Error{Kind: model.NotFound, Fault: "no-such-session", Facts: model.Facts{"id": id}, Try: []string{"session list"}}
}

// NoSuchKey is the same of a key.
func NoSuchKey(id int64) error { return noKey(errNoRow, id) }

// TouchSession notes that a session is used now.
func (tx *Tx) TouchSession(ctx context.Context, id int64) error {
	_, err := write[int64](ctx, tx, false, queries.Session.Touch, args{"id": id})
	return tx.failed(ctx, "note that a session is used", err)
}
