package data_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"epev/commands/sentences"
	"epev/data"
	"epev/data/testdb"
	"epev/model"
)

// asideSince returns the moment at which a list of the store went to the standby.
func asideSince(t *testing.T, s *data.Store, by data.By) (m data.Moment) {
	t.Helper()
	err := s.ReadingAside(t.Context(), func(ctx context.Context, r *data.Reader) error {
		_, err := r.Authorise(ctx, by.SessionID)
		m = r.Aside()
		return err
	})
	if err != nil || m == (data.Moment{}) {
		t.Fatalf("the standby does not answer: %v", err)
	}
	return m
}

// snapped are the names that one snapshot reads, twice. Before each time, between is told how often that was.
func snapped(t *testing.T, s *data.Store, since data.Moment, between func(n int)) (names []string, err error) {
	t.Helper()
	n := 0
	err = s.Snapshot(t.Context(), since, func(ctx context.Context, r *data.Reader) error {
		names = nil
		if _, err := r.CountCompanies(ctx, model.Everything, data.CompanyFilter{}, "", 0); err != nil {
			return err
		}
		for range 2 {
			if n++; between != nil {
				between(n)
			}
			if err := r.EachCompany(ctx, model.Everything, data.CompanyFilter{}, model.Page{}, func(c *model.Company) error {
				names = append(names, c.Name)
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	})
	return names, err
}

// conflict removes a row on the primary that a snapshot on the standby shows, which ends that one.
func (p *pair) conflict(t *testing.T) {
	t.Helper()
	office, err := sqlx.Open("postgres", p.primary.Superuser("office"))
	if err != nil {
		t.Fatal(err)
	}
	defer office.Close()
	office.MustExec("delete from epic_events.company where name = 'Removed'")
	office.MustExec("vacuum epic_events.company")
	office.MustExec("select pg_switch_wal()") // what it did is sent at once
	p.standby.Follows(t, p.primary)
}

// An export reads on the standby that its list went to, and there on a connection that has come as far as the primary had. Where that
// has not, or fails before anything is told, the primary answers; later, the export fails, and names the standby.
func TestAnExportOnAStandby(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	for _, name := range []string{"One", "Removed", "Two"} {
		p.add(t, name)
	}
	p.standby.Stop(t)
	p.standby.Settings = append(p.standby.Settings, "max_standby_streaming_delay=0")
	p.standby.Start(t)
	p.standby.Follows(t, p.primary)
	p.follower = p.standby.DB(t)
	all := []string{"One", "Removed", "Two", "One", "Removed", "Two"}

	s := p.aside(t)
	since := asideSince(t, s, p.mona)
	if names, err := snapped(t, s, since, func(n int) {
		if n == 2 && !p.answered(t) {
			t.Error("the standby was not asked")
		}
	}); err != nil || !slices.Equal(names, all) {
		t.Errorf("on the standby: %q, %v", names, err)
	}
	if told := p.tell(); told != nil {
		t.Errorf("told %q", told)
	}
	// All is of one moment, whatever is written meanwhile.
	if names, err := snapped(t, s, since, func(n int) {
		if n == 2 {
			p.add(t, "Meanwhile")
			p.standby.Follows(t, p.primary)
		}
	}); err != nil || !slices.Equal(names, all) {
		t.Errorf("one moment: %q, %v", names, err)
	}

	// Of several standbys another one may answer, which is behind.
	behind := p.primary.Standby(t)
	behind.Follows(t, p.primary)
	behind.DB(t).MustExec("select pg_wal_replay_pause()")
	p.add(t, "Later")
	p.standby.Follows(t, p.primary)
	since = asideSince(t, s, p.mona)
	if names, err := snapped(t, p.open(t, testdb.Addresses("office", behind)), since, nil); err != nil || len(names) != 10 {
		t.Errorf("on one that is behind: %q, %v", names, err)
	}
	if told := p.tell(); len(told) != 1 || !strings.Contains(told[0], "is behind by ") {
		t.Errorf("told %q", told)
	}

	// It is interrupted by what the primary removes: before a row was told, and behind one.
	since = asideSince(t, s, p.mona)
	names, err := snapped(t, s, since, func(n int) {
		if n == 1 {
			p.conflict(t)
		}
	})
	if want := []string{"One", "Two", "Meanwhile", "Later"}; err != nil || !slices.Equal(names, append(want, want...)) {
		t.Errorf("a conflict at the beginning: %q, %v", names, err)
	}
	if told := p.tell(); len(told) != 1 || !strings.HasSuffix(told[0], ": the primary answers in its place") {
		t.Errorf("told %q", told)
	}
	p.add(t, "Removed")
	p.standby.Follows(t, p.primary)
	failsInTheMiddle(t, p, "conflict", func() { p.conflict(t) })
	failsInTheMiddle(t, p, "crash", func() { p.standby.Crash(t) })

	// What is not the standby's fault is told as it is.
	p.standby.Start(t)
	p.standby.Follows(t, p.primary)
	s = p.aside(t)
	mine := errors.New("the disk is full")
	if err := s.Snapshot(t.Context(), asideSince(t, s, p.mona), func(context.Context, *data.Reader) error { return mine }); !errors.Is(err, mine) || p.tell() != nil {
		t.Errorf("another failure: %v", err)
	}
}

func failsInTheMiddle(t *testing.T, p *pair, name string, fails func()) {
	t.Helper()
	s := p.aside(t)
	_, err := snapped(t, s, asideSince(t, s, p.mona), func(n int) {
		if n == 2 {
			fails()
		}
	})
	if model.KindOf(err) != model.Unavailable || !strings.Contains(sentences.Message(err), "the standby at ") {
		t.Errorf("%s in the middle: %v", name, err)
	}
	if told := p.tell(); told != nil {
		t.Errorf("%s in the middle told %q", name, told)
	}
}
