package data_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jmoiron/sqlx"

	"epev/commands/sentences"
	"epev/data"
	"epev/data/testdb"
	"epev/model"
)

// pair is a primary with the office database and a standby of it. What epev tells is in told.
type pair struct {
	desk
	primary, standby *testdb.Server
	follower         *sqlx.DB // the standby's database postgres, as the user who may do everything

	mu   sync.Mutex
	told []string
}

var officeSeed = data.Seed{
	Codes: []string{"client:list", "client:view", "company:list"},
	Roles: []data.SeedRole{{Name: "management", Permissions: []string{"client:list", "company:list"}}, {Name: "commercial", Permissions: []string{"client:list"}},
		{Name: "support", Permissions: []string{"client:list"}}},
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{primary: testdb.NewServer(t)}
	p.primary.Owned(t, "office")
	p.desk = desk{Store: open(t, testdb.Addresses("office", p.primary)), dsn: testdb.Addresses("office", p.primary)}
	if _, err := p.Migrate(t.Context(), officeSeed); err != nil {
		t.Fatal(err)
	}
	p.mona, p.carl, p.cora = p.hire(t, "mona", 1), p.hire(t, "carl", 2), p.hire(t, "cora", 2)
	p.standby = p.primary.Standby(t)
	p.follower = p.standby.DB(t)
	return p
}

// open returns a store like that of another process, whose lists go to the standby at the address.
func (p *pair) open(t *testing.T, aside string) *data.Store {
	t.Helper()
	s, err := data.Open(data.Config{DSN: p.dsn, Standby: aside, Waiting: func(notice error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.told = append(p.told, sentences.Message(notice))
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// aside is open with the standby, which does come as far as the primary, however busy the machine is.
func (p *pair) aside(t *testing.T) *data.Store {
	t.Helper()
	return p.awaiting(t, testdb.Addresses("office", p.standby))
}

func (p *pair) awaiting(t *testing.T, aside string) *data.Store {
	t.Helper()
	s := p.open(t, aside)
	s.AwaitStandby()
	return s
}

// tell returns what was told since the last time.
func (p *pair) tell() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	told := p.told
	p.told = nil
	return told
}

// companies are the names that a list shows, which is told to between once it has authorised.
func companies(t *testing.T, s *data.Store, by data.By, between func()) (names []string) {
	t.Helper()
	err := s.ReadingAside(t.Context(), func(ctx context.Context, r *data.Reader) error {
		if _, err := r.Authorise(ctx, by.SessionID); err != nil {
			return err
		}
		if between != nil {
			between()
		}
		found, err := r.Companies(ctx, model.Everything, data.CompanyFilter{}, model.Page{})
		for _, c := range found {
			names = append(names, c.Name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// answered reports whether the standby has listed companies since the last time, for whoever is connected there now.
func (p *pair) answered(t *testing.T) bool {
	t.Helper()
	var asked bool
	if err := p.follower.Get(&asked, `select exists (select from pg_stat_activity where usename = 'epev_owner' and query like '%FROM company%')`); err != nil {
		t.Fatal(err)
	}
	return asked
}

// add makes a company of the primary's, by a store of its own, as another process does.
func (p *pair) add(t *testing.T, name string) {
	t.Helper()
	if err := open(t, p.dsn).Write(t.Context(), p.mona, addCompany(name)); err != nil {
		t.Fatal(err)
	}
}

// pause keeps the standby from going on; what it has stays to be seen.
func (p *pair) pause(t *testing.T) {
	t.Helper()
	p.standby.Follows(t, p.primary)
	p.follower.MustExec("select pg_wal_replay_pause()")
	for paused := ""; paused != "paused"; {
		if err := p.follower.Get(&paused, "select pg_get_wal_replay_pause_state()"); err != nil {
			t.Fatal(err)
		}
	}
}

func (p *pair) resume(t *testing.T) {
	p.follower.MustExec("select pg_wal_replay_resume()")
	p.standby.Follows(t, p.primary)
}

// A standby answers lists, and each of them as the primary would have: with all that was written before it, by whomever.
func TestAStandbyAnswersLists(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	var want []string
	s := p.aside(t)
	for i := range 20 {
		name := fmt.Sprintf("Company %02d", i)
		if i%2 == 0 {
			p.add(t, name)
		} else if err := s.Write(t.Context(), p.mona, addCompany(name)); err != nil {
			t.Fatal(err)
		}
		want = append(want, name)
		if got := companies(t, s, p.mona, nil); !slices.Equal(got, want) {
			t.Fatalf("after %s: %q", name, got)
		}
	}
	if !p.answered(t) {
		t.Error("the standby was not asked")
	}
	if told := p.tell(); told != nil {
		t.Errorf("told %q", told)
	}
	// What is not for a standby stays where it was.
	s = p.aside(t)
	if _, err := s.Read().Companies(t.Context(), model.Everything, data.CompanyFilter{}, model.Page{}); err != nil {
		t.Fatal(err)
	}
	found, ok := s.Standby(t.Context())
	if !ok || found.Unfit != nil || !found.Behind.Valid || !strings.HasSuffix(found.Target, "/office") {
		t.Errorf("db-status: %+v %v", found, ok)
	}
	if _, ok := open(t, p.dsn).Standby(t.Context()); ok {
		t.Error("there is a standby that nobody configured")
	}
}

// A standby that is behind answers nothing. It lacks what somebody wrote, has rights that were taken away, and has clients
// of somebody who gave them away.
func TestAStandbyThatIsBehindDoesNotAnswer(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	mine := p.client(t, p.carl, "anna")
	p.add(t, "Before")
	p.pause(t)
	standby := testdb.Addresses("office", p.standby)
	for tries := 1; ; tries++ {
		got, told := companies(t, p.open(t, standby), p.mona, nil), p.tell()
		if !slices.Equal(got, []string{"Before"}) {
			t.Fatalf("got %q", got)
		}
		if told == nil && p.answered(t) {
			break
		}
		if tries == 5 {
			t.Fatalf("as long as nothing happens it is not behind, but %q", told)
		}
		// The primary writes to its log by itself now and then.
		p.resume(t)
		p.pause(t)
	}

	p.add(t, "After")
	s := p.open(t, standby)
	for range 3 {
		if got := companies(t, s, p.mona, nil); !slices.Equal(got, []string{"After", "Before"}) && !slices.Equal(got, []string{"Before", "After"}) {
			t.Errorf("without what was written before: %q", got)
		}
	}
	if told := p.tell(); len(told) != 1 || !strings.Contains(told[0], "is behind by ") || !strings.HasSuffix(told[0], ": the primary answers in its place") {
		t.Errorf("told %q", told)
	}
	if found, _ := s.Standby(t.Context()); found.Unfit == nil || found.Behind.Int64 <= 0 {
		t.Errorf("db-status: %+v", found)
	}

	p.must(t, p.mona, func(ctx context.Context, tx *data.Tx) error { return tx.ReassignClient(ctx, &mine, p.cora.ActorID) })
	own := func() (actor model.Actor, n int) {
		err := p.open(t, standby).ReadingAside(t.Context(), func(ctx context.Context, r *data.Reader) (err error) {
			if actor, err = r.Authorise(ctx, p.carl.SessionID); err != nil {
				return err
			}
			found, err := r.Clients(ctx, model.Reach{Own: true, ActorID: actor.UserID}, data.ClientFilter{}, model.Page{})
			n = len(found)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return actor, n
	}
	if _, n := own(); n != 0 {
		t.Error("a client that was given away is listed still")
	}
	p.must(t, p.mona, func(ctx context.Context, tx *data.Tx) error {
		_, err := tx.Revoke(ctx, 2, "client:list")
		return err
	})
	if actor, _ := own(); len(actor.Permissions) != 0 {
		t.Errorf("a right that was taken away counts still: %q", actor.Permissions)
	}
	p.must(t, p.mona, func(ctx context.Context, tx *data.Tx) error { return tx.EndSession(ctx, p.carl.SessionID, "logout") })
	err := p.open(t, standby).ReadingAside(t.Context(), func(ctx context.Context, r *data.Reader) error {
		_, err := r.Authorise(ctx, p.carl.SessionID)
		return err
	})
	if !errors.Is(err, data.ErrNoSession) {
		t.Errorf("a session that ended: %v", err)
	}

	p.tell()
	p.resume(t)
	s = p.aside(t)
	if got := companies(t, s, p.mona, nil); len(got) != 2 || p.tell() != nil || !p.answered(t) {
		t.Errorf("once it has all again: %q", got)
	}
}

// Whatever else is the matter with the standby, the primary answers, and once it is told why.
func TestThePrimaryAnswersForAStandbyThatWillNotDo(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.primary.Owned(t, "other")
	p.add(t, "One")
	p.standby.Follows(t, p.primary)

	stranger := testdb.NewServer(t)
	stranger.Owned(t, "office")
	stranger.Stop(t)
	if err := os.WriteFile(filepath.Join(stranger.Data(), "standby.signal"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	stranger.Start(t)

	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })

	for name, test := range map[string]struct{ aside, told string }{
		"the primary":        {testdb.Addresses("office", p.primary), "is no standby"},
		"another database":   {testdb.Addresses("other", p.standby), "is not known to follow this database"},
		"another server":     {testdb.Addresses("office", stranger), "is not known to follow this database"},
		"no such database":   {testdb.Addresses("nothing", p.standby), "there is no such database"},
		"nobody answers":     {"postgresql://epev_owner@127.0.0.1:1/office?sslmode=disable", "no database answers at 127.0.0.1:1/office"},
		"one that is silent": {"postgresql://epev_owner@" + silent.Addr().String() + "/office?sslmode=disable", "no database answers at"},
		"no standby of several": {testdb.Addresses("office", p.primary, p.primary) + "&target_session_attrs=standby",
			"is not of the kind that target_session_attrs asks for"},
		"somebody unknown": {strings.Replace(testdb.Addresses("office", p.standby), "epev_owner", "nobody_here", 1), "the primary answers in its place"},
		"without rights":   {strings.Replace(testdb.Addresses("office", p.standby), "epev_owner", "reader", 1), "fails to answer"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "without rights" {
				p.primary.DB(t).MustExec("create role reader login")
				p.standby.Follows(t, p.primary)
			}
			p.tell()
			s := p.open(t, test.aside)
			for range 2 {
				if got := companies(t, s, p.mona, nil); !slices.Equal(got, []string{"One"}) {
					t.Errorf("got %q", got)
				}
			}
			if told := p.tell(); len(told) != 1 || !strings.Contains(told[0], test.told) || !strings.HasSuffix(told[0], ": the primary answers in its place") {
				t.Errorf("told %q", told)
			}
		})
	}

	t.Run("killed in between", func(t *testing.T) {
		s := p.aside(t)
		companies(t, s, p.mona, nil)
		if got := companies(t, s, p.mona, func() { p.standby.Crash(t) }); !slices.Equal(got, []string{"One"}) {
			t.Errorf("got %q", got)
		}
		if told := p.tell(); len(told) != 1 || !strings.Contains(told[0], "fails to answer") {
			t.Errorf("told %q", told)
		}
		s = p.open(t, testdb.Addresses("office", p.standby))
		if got := companies(t, s, p.mona, nil); !slices.Equal(got, []string{"One"}) {
			t.Errorf("got %q", got)
		}
		if told := p.tell(); len(told) != 1 || !strings.Contains(told[0], "no database answers at") {
			t.Errorf("told %q", told)
		}
		p.standby.Start(t)
	})
	t.Run("killed and started again meanwhile", func(t *testing.T) {
		s := p.aside(t)
		companies(t, s, p.mona, nil)
		p.standby.Crash(t)
		p.standby.Start(t)
		p.standby.Follows(t, p.primary)
		if got := companies(t, s, p.mona, nil); !slices.Equal(got, []string{"One"}) || p.tell() != nil {
			t.Errorf("got %q", got)
		}
	})
}

// Behind a pooler the standby that is asked how far it has come is the one that answers.
func TestAStandbyBehindAPooler(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	pooled := testdb.Pooler(t, testdb.Addresses("office", p.standby))
	s := p.awaiting(t, pooled)
	for i := range 5 {
		p.add(t, fmt.Sprint("Company ", i))
		if got := companies(t, s, p.mona, nil); len(got) != i+1 {
			t.Errorf("got %q", got)
		}
	}
	if told := p.tell(); told != nil {
		t.Errorf("told %q", told)
	}
	if transactions, _ := testdb.Transactions(t, pooled); transactions < 5 {
		t.Errorf("%d transactions came to the standby", transactions)
	}
}

// After a failover the old primary comes back as a standby, and answers once it is known to follow the new one. A server
// that has what the new primary never had does not answer.
func TestAnOldPrimaryComesBackAsAStandby(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.add(t, "Before")
	p.standby.Follows(t, p.primary)
	both := testdb.Addresses("office", p.primary, p.standby)
	p.dsn = both + "&target_session_attrs=read-write"
	s := p.awaiting(t, both+"&target_session_attrs=standby")
	companies(t, s, p.mona, nil)

	behind := p.primary.Standby(t) // which gets something that is lost in the failover
	p.standby.Stop(t)
	p.primary.DB(t).MustExec("select pg_logical_emit_message(false, 'epev', repeat('x', 1000000))")
	behind.Follows(t, p.primary)
	p.primary.Crash(t)
	p.standby.Start(t)
	p.standby.Promote(t)
	p.add(t, "After")

	lost := p.open(t, testdb.Addresses("office", behind))
	if got := companies(t, lost, p.mona, nil); len(got) != 2 {
		t.Errorf("from another line of history: %q", got)
	}
	if told := p.tell(); len(told) != 1 || !strings.Contains(told[0], "is not known to follow this database") {
		t.Errorf("told %q", told)
	}

	p.primary.Rejoin(t, p.standby)
	p.primary.Follows(t, p.standby)
	p.standby.DB(t).MustExec("checkpoint")
	p.primary.Follows(t, p.standby)
	p.primary.DB(t).MustExec("checkpoint")
	p.follower = p.primary.DB(t)
	p.tell()
	s = p.awaiting(t, both+"&target_session_attrs=standby")
	p.add(t, "Later")
	if got := companies(t, s, p.mona, nil); len(got) != 3 || !p.answered(t) {
		t.Errorf("got %q", got)
	}
	if told := p.tell(); told != nil {
		t.Errorf("told %q", told)
	}
}

// A bad address of a standby is refused like that of the database, and by its own name.
func TestOpenRefusesABadAddressOfAStandby(t *testing.T) {
	t.Parallel()
	for aside, want := range map[string]string{
		"nonsense s3cret": "DATABASE_URL_READONLY cannot be used: the database address is not valid",
		"postgresql://u:s3cret@h/db?target_session_attrs=s3cret": "DATABASE_URL_READONLY cannot be used: the database address is not valid: its target_session_attrs is wrong",
	} {
		_, err := data.Open(data.Config{DSN: "host=h", Standby: aside})
		wantKind(t, err, model.Usage, want)
		if e := sentences.Of(err); strings.Contains(e.Message+e.Hint, "s3cret") || strings.Contains(e.Hint, "write DATABASE_URL like") {
			t.Errorf("%q: %s", aside, e.Hint)
		}
	}
	// What libpq's variables ask of the primary is not asked of the standby.
	getenv := func(name string) string { return map[string]string{"PGTARGETSESSIONATTRS": "read-write"}[name] }
	if _, err := data.Open(data.Config{DSN: "host=h", Standby: "host=h", Getenv: getenv}); err != nil {
		t.Error(err)
	}
}
