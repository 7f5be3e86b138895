package data

import (
	"context"
	"errors"
	"time"

	"epev/model"
	queries "epev/sql"
)

// Keys lists the public keys of a user; 0 stands for everybody's. A limit of 0 lists all.
func (r *Reader) Keys(ctx context.Context, userID int64, limit int) ([]model.UserKey, error) {
	keys, err := list[model.UserKey](ctx, r, queries.Key.List, args{"user": userID, "limit": limit})
	return keys, r.failed(ctx, "list keys", err)
}

// Key returns a public key; NotFound if there is none of that id.
func (r *Reader) Key(ctx context.Context, id int64) (model.UserKey, error) {
	k, err := get[model.UserKey](ctx, r, queries.Key.View, args{"id": id})
	return k, r.failed(ctx, "read a key", noKey(err, id))
}

// noKey turns no row into the answer for a key that is not there.
func noKey(err error, id int64) error {
	if errors.Is(err, errNoRow) {
		return &model.Error{Kind: model.NotFound, Fault: "no-such-key", Facts: model.Facts{"id": id}, Try: []string{"user key list"}}
	}
	return err
}

// OfferedKey returns the id of the key that sshd was offered; ok is false where it is nobody's who may come in.
func (r *Reader) OfferedKey(ctx context.Context, key []byte) (id int64, ok bool, err error) {
	id, err = get[int64](ctx, r, queries.Key.Offered, args{"key": key})
	if errors.Is(err, errNoRow) {
		return 0, false, nil
	}
	return id, err == nil, r.failed(ctx, "look for a key", err)
}

// AddKey gives a user a public key and fills in its id; Conflict if it is somebody's already.
func (tx *Tx) AddKey(ctx context.Context, k *model.UserKey) error {
	id, err := write[int64](ctx, tx, false, queries.Key.Add,
		args{"user": k.UserID, "kind": k.Kind, "key": k.Key, "fingerprint": k.Fingerprint, "note": k.Note})
	if errors.Is(err, errNoRow) {
		err = &model.Error{Kind: model.Conflict, Field: "key", Fault: "key-taken", Try: []string{"user key list"}}
	}
	if err == nil {
		k.ID = id
	}
	return tx.failed(ctx, "add a key", err)
}

// RemoveKey takes a public key away, and ends the sessions that it has opened.
func (tx *Tx) RemoveKey(ctx context.Context, id int64) (ended int64, err error) {
	err = func() error {
		if _, err := write[int64](ctx, tx, false, queries.Key.Lock, args{"id": id}); err != nil {
			return noKey(err, id)
		}
		if ended, err = get[int64](ctx, tx.Reader, queries.Key.EndSessions, args{"id": id}); err != nil {
			return err
		}
		_, err = get[int64](ctx, tx.Reader, queries.Key.Delete, args{"id": id})
		return err
	}()
	return ended, tx.failed(ctx, "remove a key", err)
}

// Opened is a session that a key has opened, and whose it is.
type Opened struct {
	SessionID int64  `db:"id"`
	UserID    int64  `db:"user_id"`
	Username  string `db:"username"`
}

// OpenSessionByKey begins a session of the user of a key, from that address, as OpenSession does; Unauthenticated if the key is
// nobody's any more, or its user is not active.
func (tx *Tx) OpenSessionByKey(ctx context.Context, keyID int64, origin string, tokenHash, secretHash []byte, expires time.Time) (Opened, error) {
	opened, err := write[Opened](ctx, tx, false, queries.Session.OpenByKey, args{"key": keyID, "origin": origin,
		"token": tokenHash, "expires": expires, "secret": secretHash})
	return opened, tx.opened(ctx, "open a session by a key", err)
}
