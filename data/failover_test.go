package data_test

import (
	"context"
	"net"
	"slices"
	"sync/atomic"
	"testing"

	"epev/commands/sentences"
	"epev/data"
	"epev/data/testdb"
	"epev/model"
)

// visitors counts who comes to the socket of a server that has gone, and turns them away.
func visitors(t *testing.T, gone *testdb.Server) (came chan struct{}) {
	t.Helper()
	l, err := net.Listen("unix", gone.Socket())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	came = make(chan struct{}, 1000)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
			came <- struct{}{}
		}
	}()
	return came
}

// Between the end of the primary and the promotion of its standby there is nobody who writes. A list of hosts waits for it.
func TestAPromotionIsWaitedFor(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.add(t, "Before")
	p.standby.Follows(t, p.primary)
	s := open(t, testdb.Addresses("office", p.primary, p.standby)+"&target_session_attrs=read-write")
	if err := s.Write(t.Context(), p.mona, addCompany("There")); err != nil {
		t.Fatal(err)
	}
	p.standby.Follows(t, p.primary)
	p.primary.Crash(t)
	came := visitors(t, p.primary)
	var promoted atomic.Bool
	go func() {
		<-came // once with the write's attempt,
		<-came // and once more as it waits
		promoted.Store(true)
		if err := p.standby.Try("pg_ctl", "-w", "-D", p.standby.Data(), "promote"); err != nil {
			t.Error(err)
		}
	}()
	if err := s.Write(t.Context(), p.mona, addCompany("After")); err != nil {
		t.Fatal(err)
	}
	if !promoted.Load() {
		t.Error("the write did not wait")
	}
	got, err := s.Read().Companies(t.Context(), model.Everything, data.CompanyFilter{}, model.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range got {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"After", "Before", "There"}) {
		t.Errorf("got %q", names)
	}
}

// Whoever gives a wrong address is told at once: one standby alone becomes no primary by waiting.
func TestNoPromotionIsWaitedForWhereNoneIsToCome(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for dsn, want := range map[string]string{
		testdb.Addresses("office", p.standby) + "&target_session_attrs=primary":             "is not of the kind that target_session_attrs asks for",
		testdb.Addresses("nothing", p.standby, p.primary) + "&target_session_attrs=primary": "there is no such database",
	} {
		_, err := open(t, dsn).Info(ctx)
		if model.KindOf(err) != model.Unavailable || !contains(sentences.Of(err).Message, want) {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}

// A connection that does nothing is given back, and the next command has one all the same.
func TestIdleConnectionsAreGivenBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	s, err := data.Open(data.Config{DSN: d.dsn + "&application_name=idler", Idle: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	db := d.raw(t)
	connected := func() (n int) {
		t.Helper()
		if err := db.Get(&n, "select count(*) from pg_stat_activity where application_name = 'idler'"); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for i := range 2 {
		if err := s.Write(t.Context(), d.mona, addCompany(string(rune('A'+i)))); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read().Authorise(t.Context(), d.mona.SessionID); err != nil {
			t.Fatal(err)
		}
		for connected() > 0 { // a test that hangs here has failed
		}
	}
	if got := d.companies(t); !slices.Equal(got, []string{"A", "B"}) {
		t.Errorf("got %q", got)
	}
}
