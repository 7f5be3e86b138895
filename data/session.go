package data

import (
	"context"
	"errors"
	"time"

	queries "epev/sql"
)

// Credentials are what a login is checked against. The zero Credentials are nobody's.
type Credentials struct {
	UserID       int64  `db:"id"`
	Username     string `db:"username"`
	PasswordHash string `db:"password_hash"`
	IsActive     bool   `db:"is_active"`
}

// Credentials returns those of a username, zero if there is no such user.
func (r *Reader) Credentials(ctx context.Context, username string) (Credentials, error) {
	c, err := get[Credentials](ctx, r, queries.SessionCredentials, username)
	if errors.Is(err, errNoRow) {
		return Credentials{}, nil
	}
	return c, r.failed(ctx, "read credentials", err)
}

// ReserveLogin counts an attempt to log in as a failed one before it is made, so that parallel
// guesses do not overtake the count. wait > 0 means that it is too early: nothing was counted, and
// the password must not be looked at. delay gives the pause after so many failures; after forget
// without an attempt they are forgotten. Commit it before the password is checked.
func (tx *Tx) ReserveLogin(ctx context.Context, username string, delay func(failures int) time.Duration, forget time.Duration) (wait time.Duration, err error) {
	row, err := write[struct {
		Failures int     `db:"failures"`
		Wait     float64 `db:"wait"` // seconds
	}](ctx, tx, false, queries.LoginReserve, username, forget.Seconds())
	if err == nil && row.Wait <= 0 {
		_, err = get[int64](ctx, tx.Reader, queries.LoginDelay, username, delay(row.Failures).Seconds())
	}
	return max(0, time.Duration(row.Wait*float64(time.Second))), tx.failed(ctx, "count a login", err)
}

// LoginSucceeded forgets the failures of a username.
func (tx *Tx) LoginSucceeded(ctx context.Context, username string) error {
	_, err := write[int64](ctx, tx, false, queries.LoginForget, username)
	return tx.failed(ctx, "forget failed logins", err)
}

// TouchLogin notes that the user logged in now. It is left out where somebody holds the user's row.
func (tx *Tx) TouchLogin(ctx context.Context, userID int64) error {
	_, err := write[int64](ctx, tx, false, queries.UserTouchLogin, userID)
	return tx.failed(ctx, "note a login", err)
}

// RenewHash replaces a password hash by a stronger one of the same password, unless the password
// was changed meanwhile or somebody holds the user's row. It returns which of the two counts now.
func (tx *Tx) RenewHash(ctx context.Context, userID int64, oldHash, newHash string) (string, error) {
	renewed, err := write[bool](ctx, tx, false, queries.UserRenewHash, userID, oldHash, newHash)
	if !renewed {
		newHash = oldHash
	}
	return newHash, tx.failed(ctx, "renew a password hash", err)
}

// OpenSession begins a session of an active user, and returns its id. passwordHash is the one that the
// password was checked against, tokenHash that of the session's first refresh token, and secretHash that of the
// secret by which Identify knows its bearer. Unauthenticated if the user is not active or has another password by now.
func (tx *Tx) OpenSession(ctx context.Context, userID int64, passwordHash string, tokenHash, secretHash []byte, expires time.Time) (int64, error) {
	id, err := write[int64](ctx, tx, false, queries.SessionOpen, userID, passwordHash, tokenHash, expires, secretHash)
	if errors.Is(err, errNoRow) {
		err = ErrNoSession
	}
	return id, tx.failed(ctx, "open a session", err)
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
	rotation, err := write[Rotation](ctx, tx, false, queries.SessionRotate, oldHash, newHash, expires, secretHash)
	if errors.Is(err, errNoRow) {
		rotation, err = get[Rotation](ctx, tx.Reader, queries.SessionReplay, oldHash)
	}
	if errors.Is(err, errNoRow) {
		return Rotation{Outcome: Unknown}, nil
	}
	return rotation, tx.failed(ctx, "rotate a session", err)
}

// SessionOf returns the living session of a present refresh token, without using it up: Unknown if there is
// none, and with id 0.
func (r *Reader) SessionOf(ctx context.Context, tokenHash []byte) (Rotation, error) {
	found, err := get[Rotation](ctx, r, queries.SessionFind, tokenHash)
	if errors.Is(err, errNoRow) {
		return Rotation{Outcome: Unknown}, nil
	}
	return found, r.failed(ctx, "look for a session", err)
}

// EndSession ends a session; reason ("logout") goes to the history. One that ended before stays as it is.
func (tx *Tx) EndSession(ctx context.Context, sessionID int64, reason string) error {
	_, err := write[int64](ctx, tx, false, queries.SessionEnd, sessionID, reason)
	return tx.failed(ctx, "end a session", err)
}

// EndSessions ends the sessions of a user, but for the one with the id except (0: none), and
// returns how many there were.
func (tx *Tx) EndSessions(ctx context.Context, userID, except int64, reason string) (int64, error) {
	n, err := write[int64](ctx, tx, false, queries.SessionEndAll, userID, except, reason)
	return n, tx.failed(ctx, "end sessions", err)
}
