package data_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"epev/commands/sentences"
	"epev/data"
	"epev/data/testdb"
	"epev/model"
)

// settle waits until no client's transaction runs.
func (d *desk) settle(t testing.TB) {
	t.Helper()
	db := d.raw(t)
	defer db.Close()
	for busy := true; busy; {
		if err := db.Get(&busy, "select exists (select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend' and (state <> 'idle' or backend_xid is not null))"); err != nil {
			t.Fatal(err)
		}
	}
}

// Ctrl-C ends the wait for a network that went silent after any message of a write, the answer to its commit
// included. What became of the write is told truthfully.
func TestCtrlCEndsTheWaitForASilentNetwork(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	db := d.raw(t)
	outcomes := map[string]int{}
	c, dsn := testdb.NewCutter(t, d.dsn)
	for n := 1; ; n += 2 { // the message that is the question, or the one that is the answer
		s := open(t, dsn)
		ctx, cancel := context.WithCancel(t.Context())
		c.Arm(n, testdb.Cut{Before: true, Silent: true}, cancel)
		name := fmt.Sprint("silent ", n)
		err := s.Write(ctx, d.carl, addCompany(name))
		cancel()
		over := !c.Done()
		c.Hang()
		s.Close()
		d.settle(t)
		told := "done"
		switch kind := model.KindOf(err); {
		case err == nil:
		case kind == model.Unavailable && contains(sentences.Of(err).Message, "outcome unknown"):
			told = "unknown"
		case kind == model.Interrupted:
			told = "not done"
		default:
			t.Errorf("message %d: %v", n, err)
		}
		outcomes[told]++
		var there, history int
		if err := db.QueryRow("select (select count(*) from epic_events.company where name = $1), (select count(*) from epic_events.change_log where after ->> 'name' = $1)", name).Scan(&there, &history); err != nil {
			t.Fatal(err)
		}
		if there != history || there > 1 || told == "done" && there != 1 || told == "not done" && there != 0 {
			t.Errorf("message %d: told %s (%v), %d companies, %d rows of history", n, told, err, there, history)
		}
		if over {
			break // the write takes fewer messages
		}
	}
	if outcomes["unknown"] == 0 || outcomes["not done"] < 5 || outcomes["done"] == 0 {
		t.Errorf("outcomes %v", outcomes)
	}
}

// A write that is made again, after its connection was lost and the server did not notice, does not wait for what
// its abandoned attempt holds.
func TestARepeatedWriteDoesNotMeetItsAbandonedAttempt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	cutter, dsn := testdb.NewCutter(t, d.dsn)
	for n := 1; ; n++ {
		c := d.client(t, d.carl, fmt.Sprint("kevin", n)) // of its own: it is to meet no attempt but this one's
		cutter.Arm(n, testdb.Cut{Before: true, Keeps: true}, nil)
		s := open(t, dsn)
		c.FullName = fmt.Sprint("kevin ", n)
		if err := s.Write(t.Context(), d.carl, func(ctx context.Context, tx *data.Tx) error {
			if _, err := tx.Lock(ctx, "client", c.ID, false); err != nil {
				return err
			}
			return tx.UpdateClient(ctx, &c)
		}); err != nil && model.KindOf(err) != model.Unavailable { // no connection was made
			t.Errorf("message %d: %v", n, err)
		}
		over := !cutter.Done()
		cutter.Hang()
		s.Close()
		if c, _ = d.Read().Client(t.Context(), everyone(d.carl), c.ID); over {
			if c.FullName != fmt.Sprint("kevin ", n) {
				t.Errorf("it is %q", c.FullName)
			}
			return
		}
	}
}

// A shell that is lost in the middle of a command keeps nobody for long from what it holds: a manager who deactivates
// its user waits, and does it.
func TestALostShellHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	holds, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	lost := make(chan error)
	go func() {
		lost <- open(t, d.dsn).Write(context.Background(), d.carl, func(ctx context.Context, tx *data.Tx) error {
			if err := addCompany("A")(ctx, tx); err != nil {
				return err
			}
			once.Do(func() { close(holds) })
			<-release
			return nil
		})
	}()
	<-holds
	err := d.Write(t.Context(), d.mona, func(ctx context.Context, tx *data.Tx) error {
		carl, err := tx.User(ctx, model.Everything, d.carl.ActorID)
		if err != nil {
			return err
		}
		return tx.SetActive(ctx, &carl, false)
	})
	if err != nil {
		t.Errorf("the deactivation: %v", err)
	}
	close(release)
	wantKind(t, <-lost, model.Unauthenticated, "Session missing or expired.")
	d.wantCompanies(t)
}
