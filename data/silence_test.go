package data_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"epev/commands/sentences"
	"epev/data"
	"epev/model"
)

// muter is a proxy after whose nth message, counted in both directions, the network says nothing more: neither to the
// client nor to the server, and to nobody who connects. Or it says so to the client alone, by closing its connection.
type muter struct {
	net.Listener
	server string
	closes bool

	mu     sync.Mutex
	left   int
	muted  chan struct{}
	opened []net.Conn
}

func newMuter(t testing.TB, dsn string, n int, closes bool) (m *muter, through string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	name := ".s.PGSQL." + query.Get("port")
	dir, err := os.MkdirTemp("", "mute")
	if err != nil {
		t.Fatal(err)
	}
	m = &muter{server: filepath.Join(query.Get("host"), name), closes: closes, left: n, muted: make(chan struct{})}
	if m.Listener, err = net.Listen("unix", filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	query.Set("host", dir)
	u.RawQuery = query.Encode()
	var running sync.WaitGroup
	running.Go(func() {
		for {
			client, err := m.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("unix", m.server)
			if err != nil {
				client.Close()
				continue
			}
			m.mu.Lock()
			m.opened = append(m.opened, client, server)
			m.mu.Unlock()
			running.Go(func() { m.pass(client, server, client, true) })
			running.Go(func() { m.pass(server, client, client, false) })
		}
	})
	t.Cleanup(func() { m.end(); running.Wait(); os.RemoveAll(dir) })
	return m, u.String()
}

// end has both sides notice.
func (m *muter) end() {
	m.Close()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.opened {
		c.Close()
	}
}

func (m *muter) pass(from, to, client net.Conn, startup bool) {
	in := bufio.NewReader(from)
	for {
		head := 5
		if startup {
			head, startup = 4, false
		}
		message := make([]byte, head)
		if _, err := io.ReadFull(in, message); err != nil {
			to.Close()
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(message[head-4:])-4)
		if _, err := io.ReadFull(in, body); err != nil {
			to.Close()
			return
		}
		if head == 4 && len(body) == 4 && !m.done() { // whether anybody is there
			io.WriteString(from, "N")
			from.Close()
			to.Close()
			return
		}
		switch last, silent := m.step(); {
		case silent && !m.closes:
			continue // swallowed
		case last && m.closes:
			client.Close()
			return
		}
		if _, err := to.Write(append(message, body...)); err != nil {
			return
		}
	}
}

// step counts a message. It is swallowed where the network is silent from it on.
func (m *muter) step() (last, silent bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-m.muted:
		return false, true
	default:
	}
	if m.left--; m.left > 0 {
		return false, false
	}
	close(m.muted)
	return true, true
}

func (m *muter) done() bool {
	select {
	case <-m.muted:
		return true
	default:
		return false
	}
}

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
	for n := 1; ; n += 2 { // the message that is the question, or the one that is the answer
		m, dsn := newMuter(t, d.dsn, n, false)
		s := open(t, dsn)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			select {
			case <-m.muted:
				cancel()
			case <-ctx.Done():
			}
		}()
		name := fmt.Sprint("silent ", n)
		err := s.Write(ctx, d.carl, addCompany(name))
		cancel()
		m.end()
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
		if !m.done() {
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
	for n := 1; ; n++ {
		c := d.client(t, d.carl, fmt.Sprint("kevin", n)) // of its own: it is to meet no attempt but this one's
		m, dsn := newMuter(t, d.dsn, n, true)
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
		over := !m.done()
		m.end()
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
