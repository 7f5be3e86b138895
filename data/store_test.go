package data_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"epev/commands/sentences"
	"epev/data"
	"epev/data/testdb"
	"epev/model"
)

// desk is a store on a database of its own with two commercials, two supports and a manager,
// each with a session.
type desk struct {
	*data.Store
	dsn                         string
	mona, carl, cora, sam, suse data.By
}

var tokens atomic.Int64

// refreshToken returns a refresh token's hash that was never used.
func refreshToken() []byte {
	hash := sha256.Sum256(fmt.Append(nil, tokens.Add(1)))
	return hash[:]
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	dsn := testdb.New(t)
	d := &desk{Store: open(t, testdb.Shells(dsn)), dsn: dsn}
	d.mona = d.hire(t, "mona", 1)
	d.carl = d.hire(t, "carl", 2)
	d.cora = d.hire(t, "cora", 2)
	d.sam = d.hire(t, "sam", 3)
	d.suse = d.hire(t, "suse", 3)
	return d
}

func open(t testing.TB, dsn string) *data.Store {
	t.Helper()
	s, err := data.Open(data.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// raw returns a handle for what only a test does.
func (d *desk) raw(t testing.TB) *sqlx.DB {
	t.Helper()
	db, err := sqlx.Open("postgres", d.dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// hire makes a user with a session.
func (d *desk) hire(t testing.TB, name string, role int64) data.By {
	t.Helper()
	u := model.User{Username: name, FullName: "Full " + name, Email: model.Email(name + "@epic.test"), RoleID: role}
	by := data.By{Actor: name}
	d.must(t, data.By{}, func(ctx context.Context, tx *data.Tx) error {
		if err := tx.InsertUser(ctx, &u, "hash of "+name); err != nil {
			return err
		}
		id, err := tx.OpenSession(ctx, u.ID, "hash of "+name, "", refreshToken(), nil, time.Now().Add(time.Hour))
		by.SessionID, by.ActorID = id, u.ID
		return err
	})
	return by
}

// must is Write that has to succeed.
func (d *desk) must(t testing.TB, by data.By, fn func(ctx context.Context, tx *data.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), by, fn); err != nil {
		t.Fatal(err)
	}
}

func everyone(by data.By) model.Reach { return model.Reach{Any: true, ActorID: by.ActorID} }

// client makes a client of by.
func (d *desk) client(t testing.TB, by data.By, name string) model.Client {
	t.Helper()
	c := model.Client{FullName: name, Email: model.Email(name + "@client.test"), CommercialID: by.ActorID, FirstContact: day(1)}
	d.must(t, by, func(ctx context.Context, tx *data.Tx) error { return tx.InsertClient(ctx, &c) })
	return c
}

// contract makes a signed contract of a client.
func (d *desk) contract(t testing.TB, clientID int64, signed bool) model.Contract {
	t.Helper()
	k := model.Contract{ClientID: clientID, Total: model.AmountOf(120050), Remaining: model.AmountOf(20000), IsSigned: signed}
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.InsertContract(ctx, &k) })
	return k
}

// event makes an event of a contract; support 0 is nobody.
func (d *desk) event(t testing.TB, contractID, support int64) model.Event {
	t.Helper()
	e := newEvent(contractID)
	if support != 0 {
		e.SupportID = &support
	}
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.InsertEvent(ctx, &e) })
	return e
}

func newEvent(contractID int64) model.Event {
	return model.Event{Title: "Fair", ContractID: contractID, Address: "42 Rue de Paris", Start: day(10), End: day(11)}
}

func day(n int) time.Time { return time.Date(2027, 3, n, 9, 0, 0, 0, time.UTC) }

// wantKind checks the kind of an error, and that its words are there.
func wantKind(t testing.TB, err error, kind model.Kind, message string) {
	t.Helper()
	e := sentences.Of(err)
	if e.Kind != kind || e.Message != message {
		t.Errorf("got %v (kind %d), want kind %d: %s", err, model.KindOf(err), kind, message)
	} else if e.Hint == "" && kind != model.Interrupted {
		t.Errorf("%q has no hint", message)
	}
}

func TestOpenRefusesABadAddress(t *testing.T) {
	t.Parallel()
	for dsn, part := range map[string]string{
		"postgresql://u:s3cret@h:port/db": ": its port is wrong", "host=h password=s3cret sslmode=wrong": ": its sslmode is wrong", "nonsense s3cret": "",
		"postgresql://u:s3cret@[::1/db": "", "postgresql://u:%zzs3cret@h/db": "",
		"host=h port='supported values are s3cret'": ": its port is wrong", "host=h target_session_attrs='supported values are s3cret'": ": its target_session_attrs is wrong",
	} {
		_, err := data.Open(data.Config{DSN: dsn})
		wantKind(t, err, model.Usage, "the database address is not valid"+part)
		if e := sentences.Of(err); contains(e.Message+e.Hint, "s3cret") {
			t.Errorf("%q tells its password: %s", dsn, e.Hint)
		}
		for ; err != nil; err = errors.Unwrap(err) {
			if contains(err.Error(), "s3cret") {
				t.Errorf("%q tells its password: %v", dsn, err)
			}
		}
	}
}
