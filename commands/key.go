package commands

import (
	"context"
	"fmt"
	"strconv"

	"epev/data"
	"epev/model"
	"epev/security"
)

// keyChange is the input of user key add.
type keyChange struct {
	user reference
	key  security.PublicKey
}

// keyCommands are those on the public keys by which people come in through ssh: one's own, or with user:update anybody's.
func keyCommands() []Command {
	return []Command{
		Define(Spec[keyChange]{
			Command: Command{Path: "user key add", Help: "Let somebody come in through ssh with a public key",
				Example: `user key add 3 "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPrIxIFeW8mfXLHnK9p+TWb6dCDCliRIAkmYd8se3bIT colin@laptop"`,
				Access:  LoggedIn(), Writes: true},
			Fields: []Field[keyChange]{
				recordField(userNoun(), withPasswords(), func(in *keyChange) *reference { return &in.user }),
				field(Param{Name: "key", Positional: true, Required: true, Rest: true, Format: "KEY", Help: "the line of a file like ~/.ssh/id_ed25519.pub"},
					func(in *keyChange) *security.PublicKey { return &in.key }, security.ParsePublicKey),
			},
			Run: addKey,
		}),
		Define(Spec[whose]{
			Command: Command{Path: "user key list", Help: "List the public keys of a user, your own unless one is named", Example: "user key list 3", Access: LoggedIn()},
			Fields:  []Field[whose]{whoseField()}, Run: listKeys,
		}),
		Define(Spec[int64]{
			Command: Command{Path: "user key remove", Help: "Let nobody come in with a public key any more, and end the sessions that it opened",
				Example: "user key remove 1", Access: LoggedIn(), Writes: true},
			Fields: []Field[int64]{field(Param{Name: "key", Positional: true, Required: true, Format: "ID", Help: "which key; user key list tells their numbers", Source: keysInSight()},
				itself[int64], model.ParseSerial)},
			Run: removeKey,
		}),
	}
}

// whose is the user whom a command is about; the zero one is oneself.
type whose struct{ user reference }

// whoseField is the user of a command that is about oneself unless somebody is named.
func whoseField() Field[whose] {
	f := recordField(userNoun(), withPasswords(), func(in *whose) *reference { return &in.user })
	f.Param.Required = false
	f.Param.Help = "which user; you, unless one is given"
	return f
}

// of returns the user's id, or 0 and the error of whoever may not be told.
func (in whose) of(ctx context.Context, e *Act) (int64, error) {
	if in.user == (reference{}) {
		return e.Actor.UserID, nil
	}
	u, err := whosePassword(ctx, e, in.user)
	return u.ID, err
}

// inSight is whose keys and sessions the actor may be told of: their own, or with user:update everybody's, which is 0.
func (e *Act) inSight() int64 {
	if e.reach("user", "update").Any && e.reach("user", "view").Any {
		return 0
	}
	return e.Actor.UserID
}

func addKey(ctx context.Context, e *Act, in keyChange) (Result, error) {
	u, err := whosePassword(ctx, e, in.user)
	if err != nil {
		return Result{}, err
	}
	k := model.UserKey{UserID: u.ID, Kind: in.key.Kind, Key: in.key.Bytes, Fingerprint: in.key.Fingerprint, Note: in.key.Note}
	if err := e.Tx.AddKey(ctx, &k); err != nil {
		return Result{}, err
	}
	if k, err = e.Data.Key(ctx, k.ID); err != nil {
		return Result{}, err
	}
	e.note("key added")
	t := keyTable(k)
	t.Single = true
	return Result{Message: fmt.Sprintf("Key %d of %s added: %s.", k.ID, u.Username, k.Fingerprint), Table: t}, nil
}

func listKeys(ctx context.Context, e *Act, in whose) (Result, error) {
	user, err := in.of(ctx, e)
	if err != nil {
		return Result{}, err
	}
	keys, err := e.Data.Keys(ctx, user, 0)
	return Result{Table: keyTable(keys...)}, err
}

func removeKey(ctx context.Context, e *Act, id int64) (Result, error) {
	k, err := e.Data.Key(ctx, id)
	if sight := e.inSight(); err == nil && sight != 0 && sight != k.UserID {
		err = data.NoSuchKey(id)
	}
	if err != nil {
		return Result{}, about("key", err)
	}
	ended, err := e.Tx.RemoveKey(ctx, id)
	if err != nil {
		return Result{}, err
	}
	e.note("key removed")
	message := fmt.Sprintf("Key %d of %s removed: %s.", k.ID, k.Username, k.Fingerprint)
	if ended > 0 {
		message += fmt.Sprintf(" %s ended.", model.Count(ended, "session"))
	}
	t := keyTable(k)
	t.Single = true
	return Result{Message: message, Table: t}, nil
}

func keyTable(keys ...model.UserKey) *Table {
	t := &Table{Name: "keys", Columns: []Column{
		{Name: "id", Title: "ID"}, {Name: "user_id", Title: "User ID", For: Machines}, {Name: "username", Title: "User", Priority: 1}, {Name: "kind", Title: "Kind", Priority: 4},
		{Name: "fingerprint", Title: "Fingerprint", Priority: 2}, {Name: "note", Title: "Note", Priority: 3}, {Name: "created_at", Title: "Added", Priority: 6},
		{Name: "used_at", Title: "Last used", Priority: 5},
	}}
	for _, k := range keys {
		t.Rows = append(t.Rows, []Value{k.ID, k.UserID, k.Username, k.Kind, k.Fingerprint, k.Note, k.CreatedAt, optional(k.UsedAt)})
	}
	return t
}

// keysInSight offers the keys that the actor may remove.
func keysInSight() *Source {
	return &Source{kind: "user key", find: func(ctx context.Context, e *Act, _ Query) ([]Candidate, error) {
		keys, err := e.Data.Keys(ctx, e.inSight(), candidateLimit)
		var candidates []Candidate
		for _, k := range keys {
			candidates = append(candidates, Candidate{Value: strconv.FormatInt(k.ID, 10), About: join(k.Username, k.Note, k.Fingerprint)})
		}
		return candidates, err
	}}
}
