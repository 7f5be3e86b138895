package data_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"epev/commands/sentences"
	"epev/data"
	"epev/data/testdb"
	"epev/model"
)

// others commit transactions of their own, so that numbers of transactions that were lost are given again.
func others(t *testing.T, s *testdb.Server) {
	t.Helper()
	db := s.DB(t)
	for i := range 30 {
		if _, err := db.Exec("insert into epic_events.company (name) values ($1)", fmt.Sprint("other ", i)); err != nil {
			t.Fatal(err)
		}
	}
}

// A write whose COMMIT was lost leaves evidence of its own, which tells what became of it. The evidence survives what
// happens to the server before it can be asked: a promotion, or a crash and a restart that give others the number of
// its transaction.
func TestALostCommitIsToldByItsOwnMark(t *testing.T) {
	t.Parallel()
	const done, unknown = "done", "outcome unknown"
	for name, test := range map[string]struct {
		answer, keeps bool // is lost; the server is not told that the connection is gone
		then          func(t *testing.T, primary, standby *testdb.Server) (next *testdb.Server)
		want          string
	}{
		"lost, crash, restart": {then: func(t *testing.T, primary, _ *testdb.Server) *testdb.Server {
			primary.Crash(t)
			primary.Start(t)
			others(t, primary)
			return primary
		}, want: done},
		"its answer lost, crash, restart": {answer: true, then: func(t *testing.T, primary, _ *testdb.Server) *testdb.Server {
			primary.Crash(t)
			primary.Start(t)
			others(t, primary)
			return primary
		}, want: done},
		"lost, restart": {then: func(t *testing.T, primary, _ *testdb.Server) *testdb.Server {
			primary.Run(t, "pg_ctl", "-D", primary.Data(), "-m", "fast", "-w", "stop")
			primary.Start(t)
			others(t, primary)
			return primary
		}, want: done},
		"lost, promotion": {then: func(t *testing.T, primary, standby *testdb.Server) *testdb.Server {
			primary.Crash(t)
			standby.Promote(t)
			others(t, standby)
			return standby
		}, want: unknown},
		"its answer lost, promotion": {answer: true, then: func(t *testing.T, primary, standby *testdb.Server) *testdb.Server {
			standby.Follows(t, primary)
			primary.Crash(t)
			standby.Promote(t)
			others(t, standby)
			return standby
		}, want: done},
		"its answer lost, promotion of one that lags": {answer: true, then: func(t *testing.T, primary, standby *testdb.Server) *testdb.Server {
			primary.Crash(t)
			standby.Start(t)
			standby.Promote(t)
			others(t, standby)
			return standby
		}, want: unknown},
		"lost, and the server knows nothing of it": {keeps: true, want: done},
		"lost":            {want: done},
		"its answer lost": {answer: true, want: done},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			primary := testdb.NewServer(t)
			if _, err := open(t, primary.DSN()).Migrate(t.Context(), data.Seed{}); err != nil {
				t.Fatal(err)
			}
			var standby *testdb.Server
			if strings.Contains(name, "promotion") {
				standby = primary.Standby(t)
				standby.Follows(t, primary)
			}
			lags := strings.Contains(name, "lags")
			if lags {
				standby.Run(t, "pg_ctl", "-D", standby.Data(), "-m", "fast", "-w", "stop")
			}
			proxy, dsn := testdb.NewCutter(t, primary.DSN())
			s := open(t, dsn)
			if err := s.Write(t.Context(), data.By{}, addCompany("before")); err != nil {
				t.Fatal(err)
			}
			if standby != nil && !lags {
				standby.Follows(t, primary)
			}
			next := primary
			n := 1
			if test.answer {
				n = 2
			}
			proxy.Arm(n, testdb.Cut{Of: "COMMIT", Before: true, Keeps: test.keeps}, func() {
				if test.then != nil {
					next = test.then(t, primary, standby)
				}
				proxy.Lead(next)
			})
			err := s.Write(t.Context(), data.By{}, addCompany("A"))
			told := done
			if err != nil {
				told = sentences.Of(err).Message
			}
			if !strings.Contains(told, test.want) || err != nil && model.KindOf(err) != model.Unavailable {
				t.Errorf("told %v, want %s", err, test.want)
			}
			var names []string
			var history int
			db := next.DB(t)
			if err := db.Select(&names, "select name from epic_events.company where name = 'A'"); err != nil {
				t.Fatal(err)
			}
			if err := db.Get(&history, "select count(*) from epic_events.change_log where after ->> 'name' = 'A'"); err != nil {
				t.Fatal(err)
			}
			if told == done && !slices.Equal(names, []string{"A"}) || len(names) != history || len(names) > 1 {
				t.Errorf("told %s: companies %q, %d rows of history", told, names, history)
			}
		})
	}
}
