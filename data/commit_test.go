package data_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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

// loser is a proxy that loses one COMMIT, or the answer to it. Then it lets something happen before anybody gets
// through again.
type loser struct {
	net.Listener
	target  atomic.Pointer[testdb.Server]
	running sync.WaitGroup

	mu       sync.Mutex
	armed    bool
	answer   bool   // it is the answer that is lost
	keeps    bool   // the server is not told that the connection is gone
	then     func() // in between
	awaiting chan struct{}
	kept     []net.Conn
}

func newLoser(t *testing.T, s *testdb.Server) (l *loser, dsn string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "lose")
	if err != nil {
		t.Fatal(err)
	}
	l = &loser{awaiting: make(chan struct{})}
	close(l.awaiting)
	l.target.Store(s)
	if l.Listener, err = net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432")); err != nil {
		t.Fatal(err)
	}
	l.running.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			l.running.Go(func() { l.serve(client) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		for _, c := range l.kept {
			c.Close()
		}
		l.running.Wait()
		os.RemoveAll(dir)
	})
	return l, "host=" + dir + " port=5432 user=epev dbname=postgres sslmode=disable"
}

func (l *loser) serve(client net.Conn) {
	l.mu.Lock()
	awaiting := l.awaiting
	l.mu.Unlock()
	<-awaiting
	server, err := net.Dial("unix", l.target.Load().Socket())
	if err != nil {
		client.Close()
		return
	}
	var both sync.WaitGroup
	both.Go(func() { l.pass(client, server, 'Q', false) })
	both.Go(func() { l.pass(server, client, 'C', true) })
	both.Wait()
}

// pass passes messages on until the one of the kind that says COMMIT.
func (l *loser) pass(from, to net.Conn, kind byte, answer bool) {
	keep := false
	defer func() {
		from.Close()
		if !keep {
			to.Close()
		}
	}()
	in := bufio.NewReader(from)
	for startup := !answer; ; startup = false {
		head := 5
		if startup {
			head = 4
		}
		message := make([]byte, head)
		if _, err := io.ReadFull(in, message); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(message[head-4:])-4)
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		if startup && len(body) == 4 { // whether anybody is there
			io.WriteString(from, "N")
			return
		}
		if !startup && message[0] == kind && strings.HasPrefix(string(body), "COMMIT") {
			if lost, keeps := l.lose(answer); lost {
				if keep = keeps; keep {
					l.mu.Lock()
					l.kept = append(l.kept, to)
					l.mu.Unlock()
				} else {
					to.Close()
				}
				from.Close()
				defer func() { // also when it fails the test
					l.mu.Lock()
					defer l.mu.Unlock()
					close(l.awaiting)
				}()
				l.then()
				return
			}
		}
		if _, err := to.Write(append(message, body...)); err != nil {
			return
		}
	}
}

func (l *loser) lose(answer bool) (lost, keeps bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.armed || l.answer != answer {
		return false, false
	}
	l.armed, l.awaiting = false, make(chan struct{})
	return true, l.keeps
}

// arm has the next COMMIT lost.
func (l *loser) arm(answer, keeps bool, then func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.armed, l.answer, l.keeps, l.then = true, answer, keeps, then
}

// A write whose COMMIT was lost leaves evidence of its own, which tells what became of it. The evidence survives what
// happens to the server before it can be asked: a promotion, or a crash and a restart that give others the number of
// its transaction.
func TestALostCommitIsToldByItsOwnMark(t *testing.T) {
	t.Parallel()
	const done, unknown = "done", "outcome unknown"
	for name, test := range map[string]struct {
		answer, keeps bool // see loser
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
			proxy, dsn := newLoser(t, primary)
			s := open(t, dsn)
			if err := s.Write(t.Context(), data.By{}, addCompany("before")); err != nil {
				t.Fatal(err)
			}
			if standby != nil && !lags {
				standby.Follows(t, primary)
			}
			next := primary
			proxy.arm(test.answer, test.keeps, func() {
				if test.then != nil {
					next = test.then(t, primary, standby)
				}
				proxy.target.Store(next)
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
