package data_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"epev/data"
	"epev/model"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

func TestUser(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	u := model.User{Username: "nina", FullName: "Nína", Email: "Nina@epic.test", RoleID: 2}
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.InsertUser(ctx, &u, "h") })
	if u.ID == 0 || u.Role != "commercial" || !u.IsActive || u.Version != 1 || u.CreatedAt.IsZero() {
		t.Errorf("created %+v", u)
	}
	for _, read := range []func() (model.User, error){
		func() (model.User, error) { return d.Read().User(ctx, model.Everything, u.ID) },
		func() (model.User, error) { return d.Read().UserByName(ctx, "nina") },
	} {
		got, err := read()
		if err != nil || cmp.Diff(u, got) != "" {
			t.Errorf("read %v %s", err, cmp.Diff(u, got))
		}
	}
	_, err := d.Read().User(ctx, model.Everything, 999)
	wantKind(t, err, model.NotFound, "user 999 not found")
	_, err = d.Read().UserByName(ctx, "nobody")
	wantKind(t, err, model.NotFound, "user nobody not found")

	u.FullName, u.RoleID = "Nina", 3
	stale := u
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateUser(ctx, &u) })
	if u.FullName != "Nina" || u.Role != "support" || u.Version != 2 {
		t.Errorf("updated %+v", u)
	}
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateUser(ctx, &stale) })
	if !errors.Is(err, data.ErrStale) {
		t.Errorf("an old version: %v", err)
	}
	twin := model.User{Username: "nina2", FullName: "N", Email: "nina@EPIC.test", RoleID: 2}
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.InsertUser(ctx, &twin, "h") })
	wantKind(t, err, model.Conflict, "this e-mail address is already used by another user")
	twin = model.User{Username: "nina", FullName: "N", Email: "other@epic.test", RoleID: 2}
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.InsertUser(ctx, &twin, "h") })
	wantKind(t, err, model.Conflict, "this username is already taken")
	twin = model.User{Username: "ninb", FullName: "N", Email: "other@epic.test", RoleID: 77}
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.InsertUser(ctx, &twin, "h") })
	wantKind(t, err, model.Conflict, "there is no such role")

	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.SetPassword(ctx, u.ID, "new") })
	c, err := d.Read().Credentials(ctx, "nina")
	if err != nil || c != (data.Credentials{UserID: u.ID, Username: "nina", PasswordHash: "new", IsActive: true}) {
		t.Errorf("credentials %+v %v", c, err)
	}
	if c, err := d.Read().Credentials(ctx, "nobody"); c != (data.Credentials{}) || err != nil {
		t.Errorf("credentials of nobody %+v %v", c, err)
	}
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.SetPassword(ctx, 999, "new") })
	wantKind(t, err, model.NotFound, "user 999 not found")

	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteUser(ctx, u.ID) })
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteUser(ctx, u.ID) })
	wantKind(t, err, model.NotFound, fmt.Sprintf("user %d not found", u.ID))
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateUser(ctx, &u) })
	wantKind(t, err, model.NotFound, fmt.Sprintf("user %d not found", u.ID))
}

// SPEC 4: user delete is refused while clients, contracts or events refer to the user.
func TestUserWithReferencesIsKept(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	c := d.client(t, d.carl, "kevin")
	d.event(t, d.contract(t, c.ID, true).ID, d.sam.ActorID)
	for _, test := range []struct {
		by      data.By
		message string
	}{{d.carl, "user carl still has 1 client and 1 contract"}, {d.sam, "user sam still has 1 event"}} {
		err := d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteUser(ctx, test.by.ActorID) })
		wantKind(t, err, model.Conflict, test.message)
	}
}

func TestDeactivationEndsSessions(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	if _, err := d.Read().Authorise(ctx, d.carl.SessionID); err != nil {
		t.Fatal(err)
	}
	u, err := d.Read().User(ctx, model.Everything, d.carl.ActorID)
	if err != nil {
		t.Fatal(err)
	}
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.SetActive(ctx, &u, false) })
	if u.IsActive {
		t.Error("still active")
	}
	_, err = d.Read().Authorise(ctx, d.carl.SessionID)
	wantKind(t, err, model.Unauthenticated, "Session missing or expired.")
	err = d.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error {
		return tx.InsertCompany(ctx, &model.Company{Name: "X"})
	})
	wantKind(t, err, model.Unauthenticated, "Session missing or expired.")
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.SetActive(ctx, &u, true) })
	if _, err = d.Read().Authorise(ctx, d.carl.SessionID); !errors.Is(err, data.ErrNoSession) {
		t.Errorf("a session came back to life: %v", err)
	}
	stale := u
	stale.Version--
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.SetActive(ctx, &stale, false) })
	if !errors.Is(err, data.ErrStale) {
		t.Errorf("an old version: %v", err)
	}
}

// SPEC 5, rule 6: the last active holder of role:assign cannot lose it.
func TestLastHolderOfRoleAssign(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	mona, err := d.Read().User(ctx, model.Everything, d.mona.ActorID)
	if err != nil {
		t.Fatal(err)
	}
	lose := map[string]func(ctx context.Context, tx *data.Tx) error{
		"revoke": func(ctx context.Context, tx *data.Tx) error { _, err := tx.Revoke(ctx, 1, "role:assign"); return err },
		"role": func(ctx context.Context, tx *data.Tx) error {
			u := mona
			u.RoleID = 2
			return tx.UpdateUser(ctx, &u)
		},
		"deactivate": func(ctx context.Context, tx *data.Tx) error { u := mona; return tx.SetActive(ctx, &u, false) },
		"delete":     func(ctx context.Context, tx *data.Tx) error { return tx.DeleteUser(ctx, mona.ID) },
	}
	for name, fn := range lose {
		err := d.Write(ctx, data.By{}, fn)
		wantKind(t, err, model.Conflict, "nobody active would be left who holds role:assign")
		_ = name
	}
	// With another holder, in another role, each of them is possible; and rolled back here.
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { _, err := tx.Grant(ctx, 3, "role:assign"); return err })
	for name, fn := range lose {
		enough := errors.New("enough")
		err := d.Write(ctx, data.By{}, func(ctx context.Context, tx *data.Tx) error {
			if err := fn(ctx, tx); err != nil {
				return err
			}
			return enough
		})
		if !errors.Is(err, enough) {
			t.Errorf("%s with another holder: %v", name, err)
		}
	}
}

func TestRole(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	r, err := d.Read().Role(ctx, model.Everything, 3)
	if err != nil {
		t.Fatal(err)
	}
	if r.Name != "support" || r.Users != 2 || !slices.Contains(r.Permissions, "event:update:assigned") || !slices.IsSorted(r.Permissions) {
		t.Errorf("role %+v", r)
	}
	byName, err := d.Read().RoleByName(ctx, "support")
	if err != nil || cmp.Diff(r, byName) != "" {
		t.Errorf("by name: %v %s", err, cmp.Diff(r, byName))
	}
	roles, err := d.Read().Roles(ctx, model.Everything, struct{}{}, model.Page{Sort: by("role", "-name")})
	if err != nil || len(roles) != 3 || cmp.Diff(r, roles[0]) != "" {
		t.Errorf("list: %v %+v", err, roles)
	}
	_, err = d.Read().Role(ctx, model.Everything, 9)
	wantKind(t, err, model.NotFound, "role 9 not found")
	if n, err := d.Read().CountRoles(ctx, model.Everything, struct{}{}, "ma", 0); n != 1 || err != nil {
		t.Errorf("count %d %v", n, err)
	}

	for i, want := range []bool{true, false} {
		var changed bool
		d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) (err error) {
			changed, err = tx.Grant(ctx, 2, "client:reassign:own")
			return err
		})
		if changed != want {
			t.Errorf("grant %d: changed %t", i, changed)
		}
	}
	if names, err := d.Read().RolesHolding(ctx, "client:reassign:own", "role:assign"); err != nil || !slices.Equal(names, []string{"commercial", "management"}) {
		t.Errorf("holders %v %v", names, err)
	}
	for i, want := range []bool{true, false} {
		var changed bool
		d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) (err error) {
			changed, err = tx.Revoke(ctx, 2, "client:reassign:own")
			return err
		})
		if changed != want {
			t.Errorf("revoke %d: changed %t", i, changed)
		}
	}
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { _, err := tx.Grant(ctx, 9, "role:assign"); return err })
	wantKind(t, err, model.NotFound, "role 9 not found")
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { _, err := tx.Revoke(ctx, 9, "role:assign"); return err })
	wantKind(t, err, model.NotFound, "role 9 not found")

	history, err := d.Read().History(ctx, "role", 2)
	if err != nil || len(history) < 2 {
		t.Fatalf("history %v %v", history, err)
	}
	last := history[len(history)-2:]
	if last[0].Action != "grant" || last[1].Action != "revoke" || last[0].Actor != "mona" || *last[0].ActorID != d.mona.ActorID || *last[0].SessionID != d.mona.SessionID {
		t.Errorf("history %+v", last)
	}
}

func TestCompany(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	y := model.Company{Name: "Café du Nord"}
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.InsertCompany(ctx, &y) })
	err := d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error {
		return tx.InsertCompany(ctx, &model.Company{Name: "Café du Nord"})
	})
	wantKind(t, err, model.Conflict, "a company of this name exists already")
	stale := y
	y.Name = "Café du Sud"
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateCompany(ctx, &y) })
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateCompany(ctx, &stale) })
	if !errors.Is(err, data.ErrStale) {
		t.Errorf("an old version: %v", err)
	}
	c := d.client(t, d.carl, "kevin")
	c.CompanyID = &y.ID
	d.must(t, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateClient(ctx, &c) })
	if c.Company != "Café du Sud" {
		t.Errorf("client %+v", c)
	}
	y, _, err = d.Read().CompanyWithClients(ctx, model.Reach{Any: true}, y.ID, model.Reach{Any: true}, 0)
	if err != nil || y.Clients == nil || *y.Clients != 1 || y.Version != 2 {
		t.Errorf("company %+v %v", y, err)
	}
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteCompany(ctx, y.ID) })
	wantKind(t, err, model.Conflict, "company 1 still has 1 client")
	c.CompanyID = nil
	d.must(t, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateClient(ctx, &c) })
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteCompany(ctx, y.ID) })
	_, err = d.Read().Company(ctx, model.Everything, y.ID)
	wantKind(t, err, model.NotFound, "company 1 not found")
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteCompany(ctx, y.ID) })
	wantKind(t, err, model.NotFound, "company 1 not found")
}

func TestClient(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	last := day(3)
	c := model.Client{FullName: "Kévin", Email: "kevin@startup.io", Phone: "+33678123456", CommercialID: d.carl.ActorID,
		FirstContact: day(2), LastContact: &last}
	want := c
	d.must(t, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.InsertClient(ctx, &c) })
	want.ID, want.Commercial, want.Own, want.Version, want.CreatedAt, want.UpdatedAt = 1, "carl", true, 1, c.CreatedAt, c.UpdatedAt
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	got, err := d.Read().Client(ctx, model.Reach{Own: true, ActorID: d.carl.ActorID}, c.ID)
	if err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("read: %v %s", err, cmp.Diff(want, got))
	}
	_, err = d.Read().Client(ctx, model.Reach{Own: true, ActorID: d.cora.ActorID}, c.ID)
	wantKind(t, err, model.NotFound, "client 1 not found")

	c.FullName, c.Phone, c.LastContact = "Kevin", "", nil
	stale := got
	d.must(t, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateClient(ctx, &c) })
	if c.FullName != "Kevin" || c.Phone != "" || c.LastContact != nil || c.Version != 2 || !c.UpdatedAt.After(got.UpdatedAt) {
		t.Errorf("updated %+v", c)
	}
	err = d.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateClient(ctx, &stale) })
	if !errors.Is(err, data.ErrStale) {
		t.Errorf("an old version: %v", err)
	}
	twin := model.Client{FullName: "K", Email: "KEVIN@startup.io", CommercialID: d.cora.ActorID, FirstContact: day(1)}
	err = d.Write(ctx, d.cora, func(ctx context.Context, tx *data.Tx) error { return tx.InsertClient(ctx, &twin) })
	wantKind(t, err, model.Conflict, "this e-mail address is already used by another client")
	missing := int64(99)
	twin = model.Client{FullName: "K", Email: "k@startup.io", CommercialID: d.cora.ActorID, FirstContact: day(1), CompanyID: &missing}
	err = d.Write(ctx, d.cora, func(ctx context.Context, tx *data.Tx) error { return tx.InsertClient(ctx, &twin) })
	wantKind(t, err, model.Conflict, "there is no such company")

	d.contract(t, c.ID, false)
	d.contract(t, c.ID, false)
	err = d.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteClient(ctx, c.ID) })
	wantKind(t, err, model.Conflict, "client 1 still has 2 contracts")
	for id := int64(1); id <= 2; id++ {
		d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteContract(ctx, id) })
	}
	d.must(t, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteClient(ctx, c.ID) })
	err = d.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateClient(ctx, &c) })
	wantKind(t, err, model.NotFound, "client 1 not found")
	history, err := d.Read().History(ctx, "client", c.ID)
	if err != nil || len(history) != 3 || history[0].Action != "create" || history[1].Action != "update" || history[2].Action != "delete" {
		t.Errorf("history %v %v", history, err)
	}
}

// SPEC 4: client reassign moves the client and its contracts together.
func TestReassignClient(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	c := d.client(t, d.carl, "kevin")
	k := d.contract(t, c.ID, true)
	for _, test := range []struct {
		to      int64
		kind    model.Kind
		message string
	}{
		{d.sam.ActorID, model.Conflict, "sam is not a commercial user"},
		{99, model.NotFound, "user 99 not found"},
	} {
		err := d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { c := c; return tx.ReassignClient(ctx, &c, test.to) })
		wantKind(t, err, test.kind, test.message)
	}
	stale := c
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.ReassignClient(ctx, &c, d.cora.ActorID) })
	if c.Commercial != "cora" || c.CommercialID != d.cora.ActorID {
		t.Errorf("client %+v", c)
	}
	k, err := d.Read().Contract(ctx, everyone(d.mona), k.ID)
	if err != nil || k.Commercial != "cora" {
		t.Errorf("contract %+v %v", k, err)
	}
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.ReassignClient(ctx, &stale, d.cora.ActorID) })
	if !errors.Is(err, data.ErrStale) {
		t.Errorf("an old version: %v", err)
	}
	cora, err := d.Read().User(ctx, model.Everything, d.carl.ActorID)
	if err != nil {
		t.Fatal(err)
	}
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.SetActive(ctx, &cora, false) })
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.ReassignClient(ctx, &c, d.carl.ActorID) })
	wantKind(t, err, model.Conflict, "carl is deactivated")
}

// SPEC 6: remaining ≤ total, the paid flag follows the amounts, a contract's commercial
// is its client's, a signed contract or one with events is not deleted.
func TestContract(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	c := d.client(t, d.carl, "kevin")
	other := d.client(t, d.cora, "lea")
	k := d.contract(t, c.ID, false)
	if k.CommercialID != d.carl.ActorID || k.Client != "kevin" || !k.Total.Equal(model.AmountOf(120050)) {
		t.Errorf("created %+v", k)
	}
	insert := func(k model.Contract) error {
		return d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.InsertContract(ctx, &k) })
	}
	update := func(k model.Contract) error {
		return d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateContract(ctx, &k) })
	}
	wantKind(t, insert(model.Contract{ClientID: c.ID, CommercialID: d.cora.ActorID}), model.Conflict, "the commercial of a contract is its client's: carl")
	wantKind(t, insert(model.Contract{ClientID: 99}), model.NotFound, "client 99 not found")
	wantKind(t, insert(model.Contract{ClientID: c.ID, Total: model.AmountOf(1), Remaining: model.AmountOf(2)}), model.Conflict, "the remaining amount is above the total")
	wantKind(t, insert(model.Contract{ClientID: c.ID, Total: model.AmountOf(1), Remaining: model.AmountOf(-1)}), model.Conflict, "the remaining amount is below zero")
	wantKind(t, insert(model.Contract{ClientID: c.ID, Total: model.AmountOf(2), Remaining: model.AmountOf(1), IsFullyPaid: true}), model.Conflict, "a contract is fully paid exactly when nothing remains to be paid")

	changed := k
	changed.CommercialID = d.cora.ActorID
	wantKind(t, update(changed), model.Conflict, "the commercial of a contract is its client's: carl")
	changed = k
	changed.ClientID = 99
	wantKind(t, update(changed), model.NotFound, "client 99 not found")
	changed = k
	changed.ClientID = other.ID
	if err := update(changed); err != nil {
		t.Errorf("another client: %v", err)
	}
	if got, err := d.Read().Contract(ctx, everyone(d.mona), k.ID); err != nil || got.Commercial != "cora" || got.Client != "lea" {
		t.Errorf("another client: %+v %v", got, err)
	}
	if err := update(k); !errors.Is(err, data.ErrStale) {
		t.Errorf("an old version: %v", err)
	}

	k = d.contract(t, c.ID, true)
	err := d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteContract(ctx, k.ID) })
	wantKind(t, err, model.Conflict, fmt.Sprintf("contract %d is signed", k.ID))
	e := d.event(t, k.ID, 0)
	k.IsSigned = false
	wantKind(t, update(k), model.Conflict, fmt.Sprintf("contract %d still has 1 event", k.ID))
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteEvent(ctx, e.ID) })
	if err := update(k); err != nil {
		t.Errorf("unsign: %v", err)
	}
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteContract(ctx, k.ID) })
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteContract(ctx, k.ID) })
	wantKind(t, err, model.NotFound, fmt.Sprintf("contract %d not found", k.ID))
}

// An event needs a signed contract, ends after its start, and a support contact is an
// active support user.
func TestEvent(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	c := d.client(t, d.carl, "kevin")
	signed, unsigned := d.contract(t, c.ID, true), d.contract(t, c.ID, false)
	insert := func(e model.Event) error {
		return d.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.InsertEvent(ctx, &e) })
	}
	update := func(e *model.Event) error {
		return d.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateEvent(ctx, e) })
	}
	wantKind(t, insert(newEvent(unsigned.ID)), model.Conflict, "contract 2 is not signed: an event needs a signed contract")
	wantKind(t, insert(newEvent(99)), model.NotFound, "contract 99 not found")
	e := newEvent(signed.ID)
	e.End = e.Start
	wantKind(t, insert(e), model.Conflict, "the event ends before it starts, or at the same moment")
	e = newEvent(signed.ID)
	e.Participants = -1
	wantKind(t, insert(e), model.Conflict, "the number of participants is below zero")
	support := func(id int64) model.Event { e := newEvent(signed.ID); e.SupportID = &id; return e }
	wantKind(t, insert(support(d.cora.ActorID)), model.Conflict, "cora is not a support user")
	wantKind(t, insert(support(99)), model.NotFound, "user 99 not found")
	suse, err := d.Read().User(ctx, model.Everything, d.suse.ActorID)
	if err != nil {
		t.Fatal(err)
	}
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.SetActive(ctx, &suse, false) })
	wantKind(t, insert(support(d.suse.ActorID)), model.Conflict, "suse is deactivated")

	e = d.event(t, signed.ID, 0)
	if e.ClientID != c.ID || e.Commercial != "carl" || e.Support != "" || e.Notes != "" || e.Version != 1 {
		t.Errorf("created %+v", e)
	}
	stale := e
	e.SupportID, e.Notes = &d.sam.ActorID, "ramp"
	if err := update(&e); err != nil || e.Support != "sam" || e.Notes != "ramp" || e.Version != 2 {
		t.Errorf("updated %+v %v", e, err)
	}
	if err := update(&stale); !errors.Is(err, data.ErrStale) {
		t.Errorf("an old version: %v", err)
	}
	bad := e
	bad.ContractID = unsigned.ID
	wantKind(t, update(&bad), model.Conflict, "contract 2 is not signed: an event needs a signed contract")
	bad = e
	bad.SupportID = &d.carl.ActorID
	wantKind(t, update(&bad), model.Conflict, "carl is not a support user")
	// A support contact who was deactivated since stays until somebody assigns another.
	sam, err := d.Read().User(ctx, model.Everything, d.sam.ActorID)
	if err != nil {
		t.Fatal(err)
	}
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.SetActive(ctx, &sam, false) })
	e.Title = "B2B Fair"
	if err := update(&e); err != nil {
		t.Errorf("update of another field: %v", err)
	}
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteEvent(ctx, e.ID) })
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteEvent(ctx, e.ID) })
	wantKind(t, err, model.NotFound, fmt.Sprintf("event %d not found", e.ID))
	wantKind(t, update(&e), model.NotFound, fmt.Sprintf("event %d not found", e.ID))
}

func TestSessionRotation(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	first, second, third := refreshToken(), refreshToken(), refreshToken()
	var id int64
	d.must(t, data.By{}, func(ctx context.Context, tx *data.Tx) (err error) {
		id, err = tx.OpenSession(ctx, d.sam.ActorID, "hash of sam", "", first, nil, time.Now().Add(time.Hour))
		return err
	})
	rotate := func(old, next []byte) data.Rotation {
		t.Helper()
		var r data.Rotation
		d.must(t, data.By{}, func(ctx context.Context, tx *data.Tx) (err error) {
			r, err = tx.RotateSession(ctx, old, next, nil, time.Now().Add(2*time.Hour))
			return err
		})
		return r
	}
	if r := rotate(first, second); r != (data.Rotation{Outcome: data.Rotated, SessionID: id, UserID: d.sam.ActorID}) {
		t.Errorf("%+v", r)
	}
	if a, err := d.Read().Authorise(ctx, id); err != nil || time.Until(a.Expires) < 90*time.Minute {
		t.Errorf("actor %+v %v", a, err)
	}
	if r := rotate(refreshToken(), third); r.Outcome != data.Unknown {
		t.Errorf("%+v", r)
	}
	if r := rotate(first, third); r != (data.Rotation{Outcome: data.Replayed, SessionID: id, UserID: d.sam.ActorID}) {
		t.Errorf("%+v", r)
	}
	if _, err := d.Read().Authorise(ctx, id); !errors.Is(err, data.ErrNoSession) {
		t.Errorf("after a replay: %v", err)
	}
	if r := rotate(second, third); r.Outcome != data.Unknown {
		t.Errorf("the token of an ended session: %+v", r)
	}
	d.wantLogout(t, data.By{SessionID: id, ActorID: d.sam.ActorID, Actor: "sam"}, d.sam.ActorID, id, "replay")

	d.must(t, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.EndSession(ctx, d.carl.SessionID, "logout") })
	if _, err := d.Read().Authorise(ctx, d.carl.SessionID); !errors.Is(err, data.ErrNoSession) {
		t.Errorf("after a logout: %v", err)
	}
	var expired int64
	d.must(t, data.By{}, func(ctx context.Context, tx *data.Tx) (err error) {
		expired, err = tx.OpenSession(ctx, d.cora.ActorID, "hash of cora", "", refreshToken(), nil, time.Now().Add(-time.Second))
		if err == nil {
			_, err = tx.OpenSession(ctx, d.cora.ActorID, "hash of cora", "", refreshToken(), nil, time.Now().Add(time.Hour))
		}
		return err
	})
	if _, err := d.Read().Authorise(ctx, expired); !errors.Is(err, data.ErrNoSession) {
		t.Errorf("expired: %v", err)
	}
	var n int64
	d.must(t, d.cora, func(ctx context.Context, tx *data.Tx) (err error) {
		n, err = tx.EndSessions(ctx, d.cora.ActorID, d.cora.SessionID, "logout")
		return err
	})
	if _, err := d.Read().Authorise(ctx, d.cora.SessionID); n != 2 || err != nil {
		t.Errorf("ended %d others; own: %v", n, err)
	}
	cora, err := d.Read().User(ctx, model.Everything, d.cora.ActorID)
	if err != nil {
		t.Fatal(err)
	}
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.SetActive(ctx, &cora, false) })
	d.wantLogout(t, d.mona, cora.ID, d.cora.SessionID, "deactivated")
	err = d.Write(ctx, data.By{}, func(ctx context.Context, tx *data.Tx) error {
		_, err := tx.OpenSession(ctx, cora.ID, "hash of cora", "", refreshToken(), nil, time.Now().Add(time.Hour))
		return err
	})
	wantKind(t, err, model.Unauthenticated, "Session missing or expired.")
}

// wantLogout checks that the last thing in a user's history is the end of a session, which by brought about.
func (d *desk) wantLogout(t testing.TB, by data.By, userID, sessionID int64, reason string) {
	t.Helper()
	history, err := d.Read().History(t.Context(), "user", userID)
	if err != nil {
		t.Fatal(err)
	}
	last := history[len(history)-1]
	if last.Action != "logout" || string(last.After) != fmt.Sprintf(`{"reason": "%s", "session": %d}`, reason, sessionID) ||
		last.Actor != by.Actor || *last.ActorID != by.ActorID || *last.SessionID != by.SessionID {
		t.Errorf("%+v: %s", last, last.After)
	}
}

// What ended or ran out long ago is forgotten at a login, some at a time; the history stays.
func TestOldSessionsAreForgotten(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	db := d.raw(t)
	count := func(table string) (n int) {
		t.Helper()
		if err := db.Get(&n, "select count(*) from epic_events."+table); err != nil {
			t.Fatal(err)
		}
		return n
	}
	staff := count("session")
	for range 3 {
		d.login(t, d.cora)
	}
	db.MustExec(`update epic_events.session set ended_at = now() - interval '31 days' where user_id = $1`, d.sam.ActorID)
	db.MustExec(`update epic_events.session set expires_at = now() - interval '31 days' where user_id = $1`, d.cora.ActorID)
	db.MustExec(`update epic_events.session set ended_at = now() - interval '29 days', expires_at = now() - interval '29 days' where user_id = $1`, d.suse.ActorID)
	db.MustExec(`update epic_events.session set created_at = now() - interval '1 year' where user_id = $1`, d.carl.ActorID)
	db.MustExec(`insert into epic_events.session_token (token_hash, session_id) select sha256(('replaced ' || id)::bytea), id from epic_events.session`)
	history := count("change_log")
	d.login(t, d.mona)
	// Sam's one and Cora's four are gone, Mona has two.
	if sessions, tokens := count("session"), count("session_token"); sessions != staff-1 || tokens != sessions-1 {
		t.Errorf("%d sessions and %d tokens are left", sessions, tokens)
	}
	if n := count("change_log"); n != history+1 {
		t.Errorf("the history went from %d to %d rows", history, n)
	}
	db.MustExec(`insert into epic_events.session (user_id, token_hash, expires_at) select $1, sha256(('old ' || n)::bytea), now() - interval '1 year' from generate_series(1, 150) n`, d.sam.ActorID)
	sessions := count("session")
	for _, left := range []int{sessions - 100 + 1, sessions - 150 + 2} {
		d.login(t, d.mona)
		if n := count("session"); n != left {
			t.Errorf("%d sessions are left, want %d", n, left)
		}
	}
}

// login opens one more session of a user.
func (d *desk) login(t testing.TB, by data.By) {
	t.Helper()
	d.must(t, data.By{}, func(ctx context.Context, tx *data.Tx) error {
		_, err := tx.OpenSession(ctx, by.ActorID, "hash of "+by.Actor, "", refreshToken(), nil, time.Now().Add(time.Hour))
		return err
	})
}

func TestLoginBookkeeping(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	d.must(t, data.By{}, func(ctx context.Context, tx *data.Tx) error {
		for old, renewed := range map[string]string{"not the hash": "not the hash", "hash of sam": "better"} {
			if hash, err := tx.RenewHash(ctx, d.sam.ActorID, old, "better"); err != nil || hash != renewed {
				return fmt.Errorf("%q in the place of %q: %w", hash, old, err)
			}
		}
		return tx.TouchLogin(ctx, d.sam.ActorID)
	})
	u, err := d.Read().User(ctx, model.Everything, d.sam.ActorID)
	if err != nil || u.LastLogin == nil {
		t.Errorf("user %+v %v", u, err)
	}
	if c, err := d.Read().Credentials(ctx, "sam"); c.PasswordHash != "better" || err != nil {
		t.Errorf("credentials %+v %v", c, err)
	}
	history, err := d.Read().History(ctx, "user", d.sam.ActorID)
	if err != nil || len(history) != 2 {
		t.Errorf("bookkeeping is in the history: %+v %v", history, err)
	}
}

func TestThrottle(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	delay := func(failures int) time.Duration { return time.Duration(failures-1) * time.Hour }
	reserve := func(name string, forget time.Duration) (wait time.Duration) {
		t.Helper()
		d.must(t, data.By{}, func(ctx context.Context, tx *data.Tx) (err error) {
			wait, err = tx.ReserveLogin(ctx, name, nil, data.Throttle{Each: delay, All: func(int) time.Duration { return 0 }, Forget: forget})
			return err
		})
		return wait
	}
	if w := reserve("sam", time.Hour); w != 0 {
		t.Errorf("first attempt waits %s", w)
	}
	if w := reserve("SAM", time.Hour); w != 0 {
		t.Errorf("second attempt waits %s", w)
	}
	if w := reserve("sam", time.Hour); w < 59*time.Minute || w > time.Hour {
		t.Errorf("third attempt waits %s", w)
	}
	if w := reserve("carl", time.Hour); w != 0 {
		t.Errorf("another name waits %s", w)
	}
	d.must(t, data.By{}, func(ctx context.Context, tx *data.Tx) error { return tx.LoginSucceeded(ctx, "Sam", nil) })
	if w := reserve("sam", time.Hour); w != 0 {
		t.Errorf("after a success it waits %s", w)
	}
	reserve("sam", time.Hour)
	if _, err := d.raw(t).Exec("update epic_events.login_attempt set last_at = now() - interval '2 hours'"); err != nil {
		t.Fatal(err)
	}
	if w := reserve("sam", time.Hour); w != 0 {
		t.Errorf("after a long while it waits %s", w)
	}
}
