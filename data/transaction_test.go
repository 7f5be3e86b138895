package data_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"epev/data"
	"epev/model"
)

func addCompany(name string) func(ctx context.Context, tx *data.Tx) error {
	return func(ctx context.Context, tx *data.Tx) error { return tx.InsertCompany(ctx, &model.Company{Name: name}) }
}

func (d *desk) companies(t testing.TB) []string {
	t.Helper()
	companies, err := d.Read().Companies(t.Context(), model.Everything, data.CompanyFilter{}, model.Page{})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, c := range companies {
		names = append(names, c.Name)
	}
	return names
}

func (d *desk) wantCompanies(t testing.TB, want ...string) {
	t.Helper()
	if got := d.companies(t); !slices.Equal(got, want) {
		t.Errorf("companies %q, want %q", got, want)
	}
}

func TestWriteRollsBack(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	sentinel := errors.New("no")
	err := d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error {
		if err := addCompany("A")(ctx, tx); err != nil {
			return err
		}
		return sentinel
	})
	if !errors.Is(err, sentinel) {
		t.Errorf("error %v", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error {
			if err := addCompany("B")(ctx, tx); err != nil {
				return err
			}
			panic("no")
		})
	}()
	cancelled, cancel := context.WithCancel(ctx)
	err = d.Write(cancelled, d.mona, func(ctx context.Context, tx *data.Tx) error {
		defer cancel()
		return addCompany("C")(ctx, tx)
	})
	wantKind(t, err, model.Interrupted, "interrupted")
	// An error that was passed over does not become half a transaction.
	err = d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error {
		_ = addCompany("D")(ctx, tx)
		_ = addCompany("D")(ctx, tx)
		return nil
	})
	if err == nil {
		t.Error("a failed transaction was committed")
	}
	d.wantCompanies(t)
	d.must(t, d.mona, addCompany("E"))
	d.wantCompanies(t, "E")
}

// SPEC 1: Ctrl-C leaves a running command, a statement that waits included.
func TestCancelledStatement(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must(t, d.mona, addCompany("A"))
	holder := d.raw(t).MustBegin()
	defer holder.Rollback()
	holder.MustExec("select from epic_events.company where id = 1 for update")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error {
		time.AfterFunc(50*time.Millisecond, cancel)
		return tx.DeleteCompany(ctx, 1)
	})
	wantKind(t, err, model.Interrupted, "interrupted")
	if err := holder.Rollback(); err != nil {
		t.Fatal(err)
	}
	d.wantCompanies(t, "A")
}

func TestAtomic(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	sentinel := errors.New("no")
	err := d.Atomic(ctx, func(ctx context.Context, s *data.Store) error {
		if err := s.Write(ctx, d.mona, addCompany("A")); err != nil {
			return err
		}
		// Others do not see it, the script does.
		if n, err := d.Read().CountCompanies(ctx, model.Everything, data.CompanyFilter{}, "", 0); n != 0 || err != nil {
			t.Errorf("outside: %d %v", n, err)
		}
		if n, err := s.Read().CountCompanies(ctx, model.Everything, data.CompanyFilter{}, "", 0); n != 1 || err != nil {
			t.Errorf("inside: %d %v", n, err)
		}
		return sentinel
	})
	if !errors.Is(err, sentinel) {
		t.Errorf("error %v", err)
	}
	d.wantCompanies(t)

	err = d.Atomic(ctx, func(ctx context.Context, s *data.Store) error {
		if err := s.Write(ctx, d.mona, addCompany("A")); err != nil {
			return err
		}
		// A failed command leaves those before it, and those after it can still be run.
		err := s.Write(ctx, d.mona, addCompany("A"))
		wantKind(t, err, model.Conflict, "a company of this name exists already")
		return s.Write(ctx, d.carl, addCompany("B"))
	})
	if err != nil {
		t.Error(err)
	}
	d.wantCompanies(t, "A", "B")
	companies, err := d.Read().Companies(ctx, model.Everything, data.CompanyFilter{}, model.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for i, actor := range []string{"mona", "carl"} {
		history, err := d.Read().History(ctx, "company", companies[i].ID)
		if len(history) != 1 || history[0].Actor != actor || err != nil {
			t.Errorf("%+v: %+v %v", companies[i], history, err)
		}
	}
}

// SPEC 1: login acts at once, outside of --atomic, even for the person whose rows the script holds.
func TestLoginBesideAtomic(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	err := d.Atomic(t.Context(), func(ctx context.Context, s *data.Store) error {
		if err := s.Write(ctx, d.mona, addCompany("A")); err != nil {
			return err
		}
		var session int64
		err := d.Write(ctx, data.By{}, func(ctx context.Context, tx *data.Tx) (err error) {
			hash, err := tx.RenewHash(ctx, d.mona.ActorID, "hash of mona", "better")
			if err != nil {
				return err
			}
			if err = tx.TouchLogin(ctx, d.mona.ActorID); err != nil {
				return err
			}
			session, err = tx.OpenSession(ctx, d.mona.ActorID, hash, "", refreshToken(), nil, time.Now().Add(time.Hour))
			return err
		})
		if err != nil {
			return err
		}
		if err := d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error {
			return tx.EndSession(ctx, d.mona.SessionID, "logout")
		}); err != nil {
			return err
		}
		s.Left(d.mona.ActorID, d.mona.SessionID)
		by := d.mona
		by.SessionID = session
		if _, err := s.Read().Authorise(ctx, session); err != nil {
			return err
		}
		return s.Write(ctx, by, addCompany("B"))
	})
	if err != nil {
		t.Fatal(err)
	}
	d.wantCompanies(t, "A", "B")
}

// conflicting makes the first n attempts of a transaction lose.
func conflicting(n int, code pqerror.Code) func(ctx context.Context, tx *data.Tx) error {
	var attempt int
	return func(ctx context.Context, tx *data.Tx) error {
		if attempt++; attempt <= n {
			return &pq.Error{Code: code}
		}
		return addCompany(fmt.Sprint("attempt ", attempt))(ctx, tx)
	}
}

func TestLostTransactionIsRepeated(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	d.must(t, d.mona, conflicting(3, "40001"))
	d.must(t, d.mona, conflicting(1, "40P01"))
	d.wantCompanies(t, "attempt 4", "attempt 2")
	err := d.Write(ctx, d.mona, conflicting(4, "40001"))
	wantKind(t, err, model.Conflict, "others change the same records at this moment")
	err = d.Atomic(ctx, func(ctx context.Context, s *data.Store) error { return s.Write(ctx, d.mona, conflicting(1, "40001")) })
	wantKind(t, err, model.Conflict, "something was changed by someone else meanwhile: nothing of the script was kept")
}

// Two transactions that lock each other out: PostgreSQL ends one, and the store repeats it.
func TestDeadlockDoesNotSurface(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must(t, d.mona, addCompany("A"))
	d.must(t, d.mona, addCompany("B"))
	var first sync.WaitGroup
	first.Add(2)
	var once [2]sync.Once
	var group sync.WaitGroup
	for i := range 2 {
		group.Go(func() {
			work := func(ctx context.Context, tx *data.Tx) error {
				for step := range 2 {
					y, err := tx.Company(ctx, model.Everything, int64(1+(i+step)%2))
					if err != nil {
						return err
					}
					y.Name += fmt.Sprint(i)
					if err := tx.UpdateCompany(ctx, &y); err != nil {
						return err
					}
					if step == 0 {
						once[i].Do(func() { first.Done(); first.Wait() })
					}
				}
				return nil
			}
			err := d.Write(t.Context(), d.mona, work)
			for errors.Is(err, data.ErrStale) { // repeated so soon that it read before the other's commit
				err = d.Write(t.Context(), d.mona, work)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, name := range d.companies(t) {
		if len(name) != 3 {
			t.Errorf("company %q was not changed twice", name)
		}
	}
}

// SPEC 5, rule 2: a grant, a revocation, a role change, a deactivation takes effect on the next
// command of every open shell.
func TestAuthoriseIsFresh(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	shell := open(t, d.dsn)
	holds := func(code string) bool {
		t.Helper()
		a, err := shell.Read().Authorise(ctx, d.carl.SessionID)
		if err != nil {
			t.Fatal(err)
		}
		if a.UserID != d.carl.ActorID || a.Username != "carl" || a.SessionID != d.carl.SessionID {
			t.Errorf("actor %+v", a)
		}
		return slices.Contains(a.Permissions, code)
	}
	if holds("client:delete") || !holds("client:create") {
		t.Error("wrong from the start")
	}
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { _, err := tx.Grant(ctx, 2, "client:delete"); return err })
	for range 2 { // read, and known already
		if !holds("client:delete") {
			t.Error("a grant is not obeyed")
		}
	}
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { _, err := tx.Revoke(ctx, 2, "client:delete"); return err })
	for range 2 {
		if holds("client:delete") {
			t.Error("a revocation is not obeyed")
		}
	}
	d.raw(t).MustExec("delete from epic_events.permission where name = 'client:create'")
	if holds("client:create") {
		t.Error("a permission that is gone is still held")
	}
	// What a transaction saw that did not happen is not remembered.
	_ = d.Atomic(ctx, func(ctx context.Context, s *data.Store) error {
		if err := s.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { _, err := tx.Grant(ctx, 2, "user:delete"); return err }); err != nil {
			return err
		}
		a, err := s.Read().Authorise(ctx, d.carl.SessionID)
		if err != nil || !slices.Contains(a.Permissions, "user:delete") {
			t.Errorf("inside: %v %v", a.Permissions, err)
		}
		return errors.New("no")
	})
	if a, err := d.Read().Authorise(ctx, d.carl.SessionID); err != nil || slices.Contains(a.Permissions, "user:delete") {
		t.Errorf("after the rollback: %v %v", a.Permissions, err)
	}
	u, err := d.Read().User(ctx, model.Everything, d.carl.ActorID)
	if err != nil {
		t.Fatal(err)
	}
	u.RoleID = 3
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateUser(ctx, &u) })
	if holds("company:create") || !holds("event:update:assigned") {
		t.Error("a role change is not obeyed")
	}
	// SPEC 5, rule 1: a role with no permissions may do nothing.
	d.raw(t).MustExec("delete from epic_events.role_permission")
	if a, err := shell.Read().Authorise(ctx, d.carl.SessionID); err != nil || len(a.Permissions) != 0 {
		t.Errorf("without grants: %v %v", a.Permissions, err)
	}
}

// A write whose actor lost a right after it was decided does not happen.
func TestRightsLostBeforeTheWrite(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	shell := open(t, d.dsn)
	authorise := func() {
		t.Helper()
		if _, err := shell.Read().Authorise(ctx, d.carl.SessionID); err != nil {
			t.Fatal(err)
		}
	}
	authorise()
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error {
		_, err := tx.Revoke(ctx, 2, "company:create")
		return err
	})
	err := shell.Write(ctx, d.carl, addCompany("A"))
	wantKind(t, err, model.Conflict, "your permissions changed while the command ran: nothing was done")
	if !errors.Is(err, data.ErrRightsChanged) {
		t.Errorf("error %v", err)
	}
	// Rights that grew do no harm.
	authorise()
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { _, err := tx.Grant(ctx, 2, "company:create"); return err })
	if err := shell.Write(ctx, d.carl, addCompany("A")); err != nil {
		t.Error(err)
	}
	authorise()
	u, err := d.Read().User(ctx, model.Everything, d.carl.ActorID)
	if err != nil {
		t.Fatal(err)
	}
	u.RoleID = 3
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateUser(ctx, &u) })
	if err := shell.Write(ctx, d.carl, addCompany("B")); !errors.Is(err, data.ErrRightsChanged) {
		t.Errorf("after a role change: %v", err)
	}
	d.wantCompanies(t, "A")
}

// A write that authorises inside decides again by itself when a right is lost.
func TestRightsLostInsideTheWrite(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	denied := errors.New("denied")
	err := d.Write(t.Context(), d.carl, func(ctx context.Context, tx *data.Tx) error {
		a, err := tx.Authorise(ctx, d.carl.SessionID)
		if err != nil {
			return err
		}
		if !slices.Contains(a.Permissions, "company:create") {
			return denied
		}
		d.setRight(t, "company:create", false)
		return addCompany("A")(ctx, tx)
	})
	if !errors.Is(err, denied) {
		t.Errorf("error %v", err)
	}
	d.wantCompanies(t)
}

// setRight gives a permission to the commercials, or takes it from them.
func (d *desk) setRight(t testing.TB, code string, held bool) {
	t.Helper()
	d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) (err error) {
		if _, err = tx.Authorise(ctx, d.mona.SessionID); err != nil {
			return err
		}
		if held {
			_, err = tx.Grant(ctx, 2, code)
		} else {
			_, err = tx.Revoke(ctx, 2, code)
		}
		return err
	})
}

// add writes a company as a command does, decided by what the database says at that moment.
func add(ctx context.Context, s *data.Store, by data.By, name string) error {
	return s.Write(ctx, by, func(ctx context.Context, tx *data.Tx) error {
		a, err := tx.Authorise(ctx, by.SessionID)
		if err == nil && !slices.Contains(a.Permissions, "company:create") {
			err = fmt.Errorf("%s may not", by.Actor)
		}
		if err != nil {
			return err
		}
		return addCompany(name)(ctx, tx)
	})
}

// SPEC 5, rule 2: a script that waits for its next command keeps nobody from changing what its actor may
// do. It is kept only if that is still enough at its end.
func TestRightsChangedBesideAtomic(t *testing.T) {
	t.Parallel()
	const changed = "the permissions of carl changed while the script ran: nothing of it was kept"
	const ended = "the session of carl ended while the script ran: nothing of it was kept"
	change := func(d *desk, fn func(ctx context.Context, tx *data.Tx, carl model.User) error) error {
		return d.Write(context.Background(), d.mona, func(ctx context.Context, tx *data.Tx) error {
			carl, err := tx.User(ctx, model.Everything, d.carl.ActorID)
			if err != nil {
				return err
			}
			return fn(ctx, tx, carl)
		})
	}
	toRole := func(id int64) func(d *desk) error {
		return func(d *desk) error {
			return change(d, func(ctx context.Context, tx *data.Tx, carl model.User) error {
				carl.RoleID = id
				return tx.UpdateUser(ctx, &carl)
			})
		}
	}
	setActive := func(active bool) func(d *desk) error {
		return func(d *desk) error {
			return change(d, func(ctx context.Context, tx *data.Tx, carl model.User) error { return tx.SetActive(ctx, &carl, active) })
		}
	}
	grant := func(d *desk) error {
		return change(d, func(ctx context.Context, tx *data.Tx, _ model.User) error {
			_, err := tx.Grant(ctx, 2, "company:delete")
			return err
		})
	}
	revoke := func(d *desk) error {
		return change(d, func(ctx context.Context, tx *data.Tx, _ model.User) error {
			_, err := tx.Revoke(ctx, 2, "company:create")
			return err
		})
	}
	restore := func(d *desk) error {
		return change(d, func(ctx context.Context, tx *data.Tx, _ model.User) error {
			_, err := tx.Grant(ctx, 2, "company:create")
			return err
		})
	}
	for name, c := range map[string]struct {
		changes []func(d *desk) error
		kind    model.Kind
		message string // none: the script is kept
	}{
		"grant":                         {changes: []func(d *desk) error{grant}},
		"to more and back":              {changes: []func(d *desk) error{toRole(1), toRole(2)}},
		"revocation that is taken back": {changes: []func(d *desk) error{revoke, restore}},
		"revocation":                    {[]func(d *desk) error{revoke}, model.Conflict, changed},
		"another role":                  {[]func(d *desk) error{toRole(3)}, model.Conflict, changed},
		"deactivation":                  {[]func(d *desk) error{setActive(false)}, model.Unauthenticated, ended},
		"deactivation that is undone":   {[]func(d *desk) error{setActive(false), setActive(true)}, model.Unauthenticated, ended},
		"another password": {[]func(d *desk) error{func(d *desk) error {
			return change(d, func(ctx context.Context, tx *data.Tx, carl model.User) error {
				if err := tx.SetPassword(ctx, carl.ID, "another"); err != nil {
					return err
				}
				_, err := tx.EndSessions(ctx, carl.ID, 0, "password changed")
				return err
			})
		}}, model.Unauthenticated, ended},
		"logout elsewhere": {[]func(d *desk) error{func(d *desk) error {
			return d.Write(context.Background(), data.By{}, func(ctx context.Context, tx *data.Tx) error {
				_, err := tx.EndSessions(ctx, d.carl.ActorID, 0, "logout")
				return err
			})
		}}, model.Unauthenticated, ended},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			err := d.Atomic(t.Context(), func(ctx context.Context, s *data.Store) error {
				if err := add(ctx, s, d.carl, "A"); err != nil {
					return err
				}
				for _, change := range c.changes {
					if err := change(d); err != nil {
						t.Errorf("the change is kept waiting: %v", err)
					}
				}
				return nil
			})
			if c.message == "" {
				if err != nil {
					t.Error(err)
				}
				d.wantCompanies(t, "A")
				return
			}
			wantKind(t, err, c.kind, c.message)
			d.wantCompanies(t)
		})
	}
}

// What was lost since an early command counts, also if the later ones were decided without it.
func TestEarlierDecisionOfAtomicIsLost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.setRight(t, "client:delete", true)
	err := d.Atomic(t.Context(), func(ctx context.Context, s *data.Store) error {
		if err := add(ctx, s, d.carl, "A"); err != nil {
			return err
		}
		d.setRight(t, "client:delete", false)
		return add(ctx, s, d.carl, "B") // decided without it
	})
	wantKind(t, err, model.Conflict, "the permissions of carl changed while the script ran: nothing of it was kept")
	if !errors.Is(err, data.ErrRightsChanged) {
		t.Error(err)
	}
	d.wantCompanies(t)
}

// With --atomic the database is as before a script that failed, down to the ids that it gives next. But no id is given
// twice, not even that of a record which is no more.
func TestAtomicGivesIDsBack(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	create := func(s *data.Store, name string) (c model.Company) {
		t.Helper()
		c.Name = name
		if err := s.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.InsertCompany(ctx, &c) }); err != nil {
			t.Fatal(err)
		}
		return c
	}
	fail := func(during func()) {
		t.Helper()
		sentinel := errors.New("no")
		if err := d.Atomic(ctx, func(ctx context.Context, s *data.Store) error {
			create(s, "Lost 1")
			create(s, "Lost 2")
			during()
			return sentinel
		}); !errors.Is(err, sentinel) {
			t.Fatal(err)
		}
	}
	last := func() (id int64) {
		t.Helper()
		if err := d.raw(t).Get(&id, "select max(id) from epic_events.change_log"); err != nil {
			t.Fatal(err)
		}
		return id
	}
	fail(func() {})
	changes := last()
	first := create(d.Store, "First")
	if first.ID != 1 || last() != changes+1 {
		t.Errorf("the first company has the id %d, its change %d after %d", first.ID, last(), changes)
	}
	var gone int64
	fail(func() {
		gone = create(d.Store, "Gone").ID
		if err := d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteCompany(ctx, gone) }); err != nil {
			t.Fatal(err)
		}
	})
	next := create(d.Store, "Next").ID
	if next != gone+1 {
		t.Errorf("after %d, which was deleted, comes %d", gone, next)
	}
	// While somebody else inserts, nobody knows yet which ids are taken.
	tx := d.raw(t).MustBegin()
	defer tx.Rollback()
	fail(func() {
		tx.MustExec("insert into epic_events.company (name, created_at, updated_at) values ('Other', now(), now())")
	})
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	create(d.Store, "Last")
	if d.wantCompanies(t, "First", "Next", "Other", "Last"); t.Failed() {
		return
	}
}

// What a script takes from its own actors does not undo what they wrote in it; what others took before that does.
func TestAtomicChangesRights(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	revoke := func(ctx context.Context, s *data.Store) error {
		return s.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error {
			if _, err := tx.Authorise(ctx, d.mona.SessionID); err != nil {
				return err
			}
			for _, role := range []int64{1, 2} {
				if _, err := tx.Revoke(ctx, role, "company:create"); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := d.Atomic(t.Context(), func(ctx context.Context, s *data.Store) error {
		for _, by := range []data.By{d.carl, d.mona} {
			if err := add(ctx, s, by, by.Actor); err != nil {
				return err
			}
		}
		if err := revoke(ctx, s); err != nil {
			return err
		}
		if err := add(ctx, s, d.carl, "C"); err == nil {
			t.Error("what the script itself took is still allowed in it")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	d.wantCompanies(t, "carl", "mona")

	d.setRight(t, "company:create", true)
	err = d.Atomic(t.Context(), func(ctx context.Context, s *data.Store) error {
		if err := add(ctx, s, d.carl, "D"); err != nil {
			return err
		}
		d.setRight(t, "company:create", false)
		err := revoke(ctx, s)
		wantKind(t, err, model.Conflict, "the permissions of carl changed while the script ran: nothing of it was kept")
		return nil // the savepoint is undone, and with it the lock that keeps others from changing rights
	})
	wantKind(t, err, model.Conflict, "the permissions of carl changed while the script ran: nothing of it was kept")
	d.wantCompanies(t, "carl", "mona")
}

// A script that is left alone does not keep what it has written, and nobody from it, for ever.
func TestIdleAtomic(t *testing.T) {
	t.Parallel()
	const sentence = "the script did nothing for 50ms, so that the database ended its transaction: nothing of it was kept"
	d := newDesk(t)
	db := d.raw(t)
	s := open(t, d.dsn+"&idle_in_transaction_session_timeout=50")
	for name, next := range map[string]func(ctx context.Context, s *data.Store) error{
		"a command comes": func(ctx context.Context, s *data.Store) error {
			err := s.Write(ctx, d.carl, addCompany("B"))
			wantKind(t, err, model.Unavailable, sentence)
			return err
		},
		"no command comes": func(context.Context, *data.Store) error { return nil },
	} {
		err := s.Atomic(t.Context(), func(ctx context.Context, s *data.Store) error {
			if err := s.Write(ctx, d.carl, addCompany("A")); err != nil {
				return err
			}
			for waits := true; waits; {
				if err := db.Get(&waits, "select exists (select from pg_stat_activity where datname = current_database() and backend_xid is not null)"); err != nil {
					return err
				}
			}
			return next(ctx, s)
		})
		t.Log(name)
		wantKind(t, err, model.Unavailable, sentence)
	}
	d.wantCompanies(t)
}

// A deactivation waits for a write that has begun, and a write that begins after it is refused.
func TestDeactivationAgainstWrites(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	carl, err := d.Read().User(ctx, model.Everything, d.carl.ActorID)
	if err != nil {
		t.Fatal(err)
	}
	begun := make(chan struct{})
	done := make(chan error)
	go func() {
		<-begun
		done <- d.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.SetActive(ctx, &carl, false) })
	}()
	d.must(t, d.carl, func(ctx context.Context, tx *data.Tx) error {
		if err := addCompany("A")(ctx, tx); err != nil {
			return err
		}
		close(begun)
		d.waitForLock(t)
		select {
		case err := <-done:
			t.Errorf("the deactivation overtook the write: %v", err)
		default:
		}
		return nil
	})
	if err := <-done; err != nil {
		t.Error(err)
	}
	wantKind(t, d.Write(ctx, d.carl, addCompany("B")), model.Unauthenticated, "Session missing or expired.")
	d.wantCompanies(t, "A")
	history := d.raw(t)
	var order []string
	if err := history.Select(&order, "select action || ' ' || resource from epic_events.change_log where id > (select max(id) from epic_events.change_log where action = 'login') order by id"); err != nil {
		t.Fatal(err)
	}
	if want := []string{"create company", "update user", "logout user"}; !slices.Equal(order, want) {
		t.Errorf("history %q, want %q", order, want)
	}
}

// waitForLock returns once a backend of this database waits for a lock.
func (d *desk) waitForLock(t testing.TB) {
	t.Helper()
	db := d.raw(t)
	for t.Context().Err() == nil {
		var waiting bool
		err := db.Get(&waiting, "select exists (select from pg_locks l join pg_stat_activity a using (pid) where a.datname = current_database() and not l.granted)")
		if err != nil {
			t.Fatal(err)
		}
		if waiting {
			return
		}
	}
}

// many runs fn in n shells of their own at the same moment and returns their errors.
func (d *desk) many(t testing.TB, n int, fn func(i int, s *data.Store) error) []error {
	t.Helper()
	errs := make([]error, n)
	start := make(chan struct{})
	var group sync.WaitGroup
	for i := range n {
		s := open(t, d.dsn)
		group.Go(func() {
			<-start
			errs[i] = fn(i, s)
		})
	}
	close(start)
	group.Wait()
	return errs
}

// 20 shells update one contract: each wins once, against the newest version.
func TestManyUpdateOneContract(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	k := d.contract(t, d.client(t, d.carl, "kevin").ID, false)
	const shells = 20
	errs := d.many(t, shells, func(i int, s *data.Store) error {
		mine := k
		mine.Remaining = model.AmountOf(int64(i + 1))
		return s.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error { k := mine; return tx.UpdateContract(ctx, &k) })
	})
	var won int
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, data.ErrStale):
			t.Errorf("neither done nor stale: %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d updates of one version", won)
	}
	errs = d.many(t, shells, func(i int, s *data.Store) error {
		for {
			err := s.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error {
				k, err := tx.Contract(ctx, everyone(d.mona), k.ID)
				if err != nil {
					return err
				}
				k.Total = model.AmountOf(1000000 + int64(i))
				return tx.UpdateContract(ctx, &k)
			})
			if !errors.Is(err, data.ErrStale) {
				return err
			}
		}
	})
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	k, err := d.Read().Contract(ctx, everyone(d.mona), k.ID)
	if err != nil || k.Version != 2+shells {
		t.Errorf("version %d after %d updates: %v", k.Version, 1+shells, err)
	}
	history, err := d.Read().History(ctx, "contract", k.ID)
	if err != nil || len(history) != 2+shells {
		t.Fatalf("%d rows of history: %v", len(history), err)
	}
	for i := 2; i < len(history); i++ {
		if before, after := string(history[i].Before), string(history[i-1].After); i > 2 && before != after {
			t.Errorf("change %d began with %s, but the one before it left %s", i, before, after)
		}
	}
}

// Of 20 shells that create the same client, one does.
func TestManyCreateOneClient(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	errs := d.many(t, 20, func(i int, s *data.Store) error {
		c := model.Client{FullName: "K", Email: "kevin@startup.io", CommercialID: d.carl.ActorID, FirstContact: day(1)}
		return s.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.InsertClient(ctx, &c) })
	})
	var won int
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			wantKind(t, err, model.Conflict, "this e-mail address is already used by another client")
		}
	}
	if n, err := d.Read().CountClients(ctx, everyone(d.mona), data.ClientFilter{}, "", 0); won != 1 || n != 1 || err != nil {
		t.Errorf("%d winners, %d clients, %v", won, n, err)
	}
}

// A deletion races an insertion that refers to the deleted record: one of them wins.
func TestDeletionAgainstInsertion(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	for i := range 8 {
		y := model.Company{Name: fmt.Sprint("company ", i)}
		d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error { return tx.InsertCompany(ctx, &y) })
		bare := d.client(t, d.carl, fmt.Sprint("bare", i))
		helper := d.hire(t, fmt.Sprint("helper", i), 3)
		k := d.contract(t, d.client(t, d.carl, fmt.Sprint("client", i)).ID, true)
		k2 := k
		k2.IsSigned = false
		type pair struct {
			remove, insert func(ctx context.Context, tx *data.Tx) error
		}
		for name, p := range map[string]pair{
			"company and client": {
				func(ctx context.Context, tx *data.Tx) error { return tx.DeleteCompany(ctx, y.ID) },
				func(ctx context.Context, tx *data.Tx) error {
					c := bare
					c.CompanyID = &y.ID
					return tx.UpdateClient(ctx, &c)
				}},
			"signature and event": {
				func(ctx context.Context, tx *data.Tx) error { k := k2; return tx.UpdateContract(ctx, &k) },
				func(ctx context.Context, tx *data.Tx) error { e := newEvent(k.ID); return tx.InsertEvent(ctx, &e) }},
			"support and event": {
				func(ctx context.Context, tx *data.Tx) error { return tx.DeleteUser(ctx, helper.ActorID) },
				func(ctx context.Context, tx *data.Tx) error {
					e := newEvent(k.ID)
					e.SupportID = &helper.ActorID
					return tx.InsertEvent(ctx, &e)
				}},
			"client and contract": {
				func(ctx context.Context, tx *data.Tx) error { return tx.DeleteClient(ctx, bare.ID) },
				func(ctx context.Context, tx *data.Tx) error {
					return tx.InsertContract(ctx, &model.Contract{ClientID: bare.ID, IsFullyPaid: true})
				}},
		} {
			if name == "support and event" {
				d.must(t, d.mona, func(ctx context.Context, tx *data.Tx) error {
					k, err := tx.Contract(ctx, everyone(d.mona), k.ID)
					if err != nil || k.IsSigned {
						return err
					}
					k.IsSigned = true
					return tx.UpdateContract(ctx, &k)
				})
			}
			errs := d.many(t, 2, func(i int, s *data.Store) error {
				fn := p.remove
				if i == 1 {
					fn = p.insert
				}
				return s.Write(ctx, d.mona, fn)
			})
			lost := errs[0]
			if lost == nil {
				lost = errs[1]
			}
			if (errs[0] == nil) == (errs[1] == nil) {
				// Whoever comes first may also have left nothing that the other would break.
				t.Errorf("%s: removal %v, insertion %v", name, errs[0], errs[1])
			} else if kind := model.KindOf(lost); kind != model.Conflict && kind != model.NotFound {
				t.Errorf("%s: %v", name, lost)
			}
		}
	}
}

// Grant against revoke in 20 shells of people whose own role it is: no deadlock surfaces,
// and the history tells an order in which each step is possible.
func TestGrantAgainstRevoke(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	const code = "company:delete" // managers hold it
	errs := d.many(t, 20, func(i int, s *data.Store) error {
		for range 3 {
			if _, err := s.Read().Authorise(ctx, d.mona.SessionID); err != nil {
				return err
			}
			err := s.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) (err error) {
				if i%2 == 0 {
					_, err = tx.Grant(ctx, 1, code)
				} else {
					_, err = tx.Revoke(ctx, 1, code)
				}
				return err
			})
			if err != nil && !errors.Is(err, data.ErrRightsChanged) {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	history, err := d.Read().History(ctx, "role", 1)
	if err != nil {
		t.Fatal(err)
	}
	held, changes := false, 0
	for _, h := range history {
		if !contains(string(h.Before)+string(h.After), `"`+code+`"`) {
			continue
		}
		changes++
		if held == (h.Action == "grant") {
			t.Errorf("change %d: %s although held is %t", h.ID, h.Action, held)
		}
		held = h.Action == "grant"
	}
	if changes < 2 {
		t.Errorf("%d changes: the shells never met", changes)
	}
	if r, err := d.Read().Role(ctx, model.Everything, 1); err != nil || slices.Contains(r.Permissions, code) != held {
		t.Errorf("role %+v %v, history says held is %t", r, err, held)
	}
}

// Two managers who demote each other at the same moment: one stays.
func TestLastHolderUnderConcurrency(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	other := d.hire(t, "max", 1)
	errs := d.many(t, 2, func(i int, s *data.Store) error {
		by, victim := d.mona, other
		if i == 1 {
			by, victim = other, d.mona
		}
		return s.Write(ctx, by, func(ctx context.Context, tx *data.Tx) error {
			u, err := tx.User(ctx, model.Everything, victim.ActorID)
			if err != nil {
				return err
			}
			return tx.SetActive(ctx, &u, false)
		})
	})
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("%v; %v", errs[0], errs[1])
	}
}

// A change of the password ends a session while a write of it waits for the actor's own row. PostgreSQL then reads that
// row again, and not the session's.
func TestSessionEndsWhileTheWriteWaits(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	manager := d.raw(t).MustBegin()
	defer manager.Rollback()
	manager.MustExec("update epic_events.users set password_hash = 'another' where id = $1", d.carl.ActorID)
	manager.MustExec("update epic_events.session set ended_at = now(), end_reason = 'password changed' where user_id = $1", d.carl.ActorID)
	done := make(chan error)
	go func() {
		done <- d.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error {
			if _, err := tx.Authorise(ctx, d.carl.SessionID); err != nil {
				return err
			}
			return addCompany("A")(ctx, tx)
		})
	}()
	d.waitForLock(t)
	if err := manager.Commit(); err != nil {
		t.Fatal(err)
	}
	wantKind(t, <-done, model.Unauthenticated, "Session missing or expired.")
	d.wantCompanies(t)
}

// An actor whose role changes while the write waits goes on if the new one can do as much, and keeps it
// until the write is done.
func TestRoleGrowsWhileTheWriteWaits(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	db := d.raw(t)
	db.MustExec("insert into epic_events.role (id, name) values (9, 'more')")
	db.MustExec("insert into epic_events.role_permission select 9, permission_id from epic_events.role_permission where role_id = 2")
	manager := db.MustBegin()
	defer manager.Rollback()
	manager.MustExec("update epic_events.users set role_id = 9 where id = $1", d.carl.ActorID)
	done := make(chan error)
	go func() {
		done <- d.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error {
			if _, err := tx.Authorise(ctx, d.carl.SessionID); err != nil {
				return err
			}
			if err := addCompany("A")(ctx, tx); err != nil {
				return err
			}
			_, err := db.Exec("select from epic_events.role where id = 9 for no key update nowait")
			if e, ok := errors.AsType[*pq.Error](err); !ok || e.Code != "55P03" {
				t.Errorf("the new role is not held: %v", err)
			}
			return nil
		})
	}()
	d.waitForLock(t)
	if err := manager.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	d.wantCompanies(t, "A")
}
