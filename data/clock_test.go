package data_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"epev/commands/sentences"
	"epev/data"
	"epev/model"
)

// The tests of this file have a clock of their own, which goes on only while everybody waits: what they measure does not
// depend on the machine. The server is real; the network between is a line.

// line is a network. From somewhere on it says nothing more.
type line struct {
	socket string // of the server
	// hush tells where it falls silent: "connecting", "TLS", "password", or the beginning of a statement; empty: nowhere.
	hush string
	// slow is how long a connection takes, and starting how many are told that the server starts.
	slow     time.Duration
	starting int
	// before is what comes of the first messages in which it would fall silent: they are cut, with their connection, or pass.
	before []string

	// alone is that others are answered all the while.
	alone bool
	// gone is that it does not fall silent: the connection is cut, and nobody is let in any more.
	gone bool
	// long is that it falls silent in the midst of the first long message, and takes no more of it; or after a pause it does.
	long  bool
	pause time.Duration

	mu     sync.Mutex
	silent bool
	began  time.Time     // of the bubble's clock
	since  time.Time     // when it fell silent
	fell   chan struct{} // closed once it is silent
}

// behind returns the address of the server at dsn, behind the line.
func (l *line) behind(t *testing.T, dsn, parameters string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l.socket = filepath.Join(u.Query().Get("host"), ".s.PGSQL."+u.Query().Get("port"))
	u.Host, u.RawQuery = "db.example.org", parameters
	return u.String()
}

func (l *line) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if l.gone && l.isSilent() {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	if l.hush == "connecting" {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	select {
	case <-time.After(l.slow):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	client, far := net.Pipe()
	go l.serve(far)
	return near{client}, nil
}

// near is epev's end of a line. Once the far end of a pipe is closed, each call on the pipe fails with an error of its
// own. near gives a network's error in its place.
type near struct{ net.Conn }

func (n near) Write(said []byte) (int, error) {
	wrote, err := n.Conn.Write(said)
	if errors.Is(err, io.ErrClosedPipe) {
		err = &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}
	}
	return wrote, err
}

func (n near) SetDeadline(t time.Time) error      { return unnoticed(n.Conn.SetDeadline(t)) }
func (n near) SetReadDeadline(t time.Time) error  { return unnoticed(n.Conn.SetReadDeadline(t)) }
func (n near) SetWriteDeadline(t time.Time) error { return unnoticed(n.Conn.SetWriteDeadline(t)) }

func unnoticed(err error) error {
	if errors.Is(err, io.ErrClosedPipe) {
		return nil
	}
	return err
}

// quiet has the line say nothing to whom it serves, whatever they say.
func (l *line) quiet(far net.Conn) {
	l.mu.Lock()
	l.silent = !l.alone
	if l.since.IsZero() {
		l.since = time.Now()
	}
	if l.fell != nil {
		close(l.fell)
		l.fell = nil
	}
	l.mu.Unlock()
	if l.long {
		time.Sleep(time.Minute) // of that clock
		return
	}
	io.Copy(io.Discard, far)
}

func (l *line) isSilent() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.silent
}

func (l *line) serve(far net.Conn) {
	defer far.Close()
	in := bufio.NewReader(far)
	if l.isSilent() {
		l.quiet(far)
		return
	}
	startup, err := message(in, 4)
	if err != nil {
		return
	}
	if len(startup) == 8 && l.hush != "TLS" { // whether anybody is there
		io.WriteString(far, "N")
		return
	}
	l.mu.Lock()
	starting := l.starting > 0
	l.starting--
	l.mu.Unlock()
	switch {
	case starting:
		io.WriteString(far, refusing("57P03", "the database system is starting up"))
		return
	case l.hush == "TLS":
		io.WriteString(far, "S")
		l.quiet(far)
		return
	case l.hush == "password":
		io.WriteString(far, "R\x00\x00\x00\x08\x00\x00\x00\x03")
		l.quiet(far)
		return
	}
	server, err := net.Dial("unix", l.socket)
	if err != nil {
		return
	}
	defer server.Close()
	// The server is listened to only while it owes an answer: who waits for it keeps the clock from going on.
	answers := bufio.NewReader(server)
	for said, asks := startup, true; ; {
		if _, err := server.Write(said); err != nil {
			return
		}
		for asks {
			answer, err := message(answers, 5)
			if err != nil {
				return
			}
			if _, err := far.Write(answer); err != nil {
				return
			}
			asks = answer[0] != 'Z' // it is ready for more
		}
		if l.long {
			if head, err := in.Peek(5); err == nil && binary.BigEndian.Uint32(head[1:]) > long {
				if l.pause == 0 {
					server.Close()
					l.quiet(far)
					return
				}
				time.Sleep(l.pause)
			}
		}
		if said, err = message(in, 5); err != nil {
			return
		}
		asks = said[0] == 'Q' || said[0] == 'S'
		if l.hush != "" && strings.Contains(string(said), l.hush) {
			switch l.next() {
			case "hush":
				server.Close()
				l.quiet(far)
				return
			case "cut":
				return
			}
		}
	}
}

// next is what comes of a message in which the line would fall silent.
func (l *line) next() (what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.before) == 0 {
		l.silent = !l.alone
		if l.gone {
			l.since = time.Now()
			return "cut"
		}
		return "hush"
	}
	what, l.before = l.before[0], l.before[1:]
	return what
}

// long is how many bytes a long message has at least.
const long = 1 << 16

func message(in io.Reader, head int) ([]byte, error) {
	said := make([]byte, head)
	if _, err := io.ReadFull(in, said); err != nil {
		return nil, err
	}
	body := make([]byte, binary.BigEndian.Uint32(said[head-4:])-4)
	_, err := io.ReadFull(in, body)
	return append(said, body...), err
}

// told is what a person is told while they wait.
type told struct {
	mu    sync.Mutex
	lines []string
}

func (w *told) tell(notice error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, sentences.Message(notice))
}

func (w *told) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.lines, "; ")
}

// within runs something by a clock of its own, on a store behind the line, and returns how long it took.
func (l *line) within(t *testing.T, dsn string, run func(ctx context.Context, s *data.Store) error) (took time.Duration, heard string, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var waits told
		s, openErr := data.Open(data.Config{DSN: dsn, Waiting: waits.tell}.Over(l.dial))
		if openErr != nil {
			t.Fatal(openErr)
		}
		began := time.Now()
		l.began = began
		err = run(t.Context(), s)
		took = time.Since(began)
		s.Close()
		heard = waits.String()
		time.Sleep(time.Minute) // of that clock: until nobody tries to cancel anything any more
	})
	return took, heard, err
}

func reading(ctx context.Context, s *data.Store) error {
	_, err := s.Info(ctx)
	return err
}

// A connection, or the reason why there is none, takes ten seconds at most, wherever the network falls silent. The wait
// is told.
func TestAConnectionTakesTenSecondsAtMost(t *testing.T) {
	d := newDesk(t)
	for name, test := range map[string]struct {
		l          *line
		parameters string
	}{
		"nobody takes the call":              {&line{hush: "connecting"}, "sslmode=disable"},
		"of several hosts":                   {&line{hush: "connecting"}, "sslmode=disable&host=one,two,three,four"},
		"with a time-out of its own":         {&line{hush: "connecting"}, "sslmode=disable&connect_timeout=60"},
		"it encrypts, and says nothing more": {&line{hush: "TLS"}, "sslmode=require"},
		"or perhaps":                         {&line{hush: "TLS"}, "sslmode=prefer"},
		"it asks for a password":             {&line{hush: "password"}, "sslmode=disable&password=s3cret"},
		"it has no settings":                 {&line{hush: "epev.own"}, "sslmode=disable"},
		"a slow one":                         {&line{slow: 4 * time.Second, hush: "epev.own"}, "sslmode=disable"},
		"a server that starts for ever":      {&line{starting: 1 << 20}, "sslmode=disable"},
	} {
		t.Run(name, func(t *testing.T) {
			l := test.l
			took, heard, err := l.within(t, l.behind(t, d.dsn, test.parameters), reading)
			if model.KindOf(err) != model.Unavailable || took > data.ConnectTimeout {
				t.Errorf("took %v: %v", took, err)
			}
			if !strings.Contains(heard, "waiting for a connection to the database at") || !strings.Contains(heard, "Ctrl-C gives it up") {
				t.Errorf("told %q", heard)
			}
		})
	}
}

// A server that is starting up is waited for.
func TestAServerThatIsStartingUpIsWaitedFor(t *testing.T) {
	d := newDesk(t)
	l := &line{starting: 20}
	took, heard, err := l.within(t, l.behind(t, d.dsn, "sslmode=disable"), reading)
	if err != nil || took > data.ConnectTimeout || !strings.Contains(heard, "waiting for a connection") {
		t.Errorf("took %v, told %q: %v", took, heard, err)
	}
}

// An answer of a network that has fallen silent is waited for for ten seconds at most, and the wait for it is told. Where it is the
// server that thinks, which others find there, it is thirty.
func TestAnAnswerOfASilentNetworkTakesTenSecondsAtMost(t *testing.T) {
	d := newDesk(t)
	for name, test := range map[string]struct {
		hush, parameters string
		run              func(ctx context.Context, s *data.Store) error
		long             bool
	}{
		"to a read": {hush: "server_version", parameters: "sslmode=disable", run: reading},
		"to a read behind a pooler": {hush: "session s", parameters: "sslmode=disable&pooler=transaction", run: func(ctx context.Context, s *data.Store) error {
			return s.Reading(ctx, func(ctx context.Context, r *data.Reader) error {
				_, err := r.Authorise(ctx, d.carl.SessionID)
				return err
			})
		}},
		"to a write": {hush: "INSERT INTO company", parameters: "sslmode=disable", run: func(ctx context.Context, s *data.Store) error {
			return s.Write(ctx, d.carl, addCompany("A"))
		}},
		"to what it does not even take": {long: true, parameters: "sslmode=disable", run: func(ctx context.Context, s *data.Store) error {
			return s.Write(ctx, d.carl, addCompany(strings.Repeat("A", long)))
		}},
	} {
		for _, alone := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", alone ", alone), func(t *testing.T) {
				l := &line{hush: test.hush, long: test.long, alone: alone}
				took, heard, err := l.within(t, l.behind(t, d.dsn, test.parameters), test.run)
				if model.KindOf(err) != model.Unavailable || !alone && took > data.Silent || alone && (took > data.Silence || took < 2*data.Silent) {
					t.Errorf("took %v: %v", took, err)
				}
				if !strings.Contains(heard, "waiting for an answer of the database at") {
					t.Errorf("told %q", heard)
				}
			})
		}
	}
}

// What is sent slowly arrives whole, though the wait for it is told in between.
func TestALongMessageOfASlowNetworkArrivesWhole(t *testing.T) {
	d := newDesk(t)
	l := &line{long: true, pause: 8 * time.Second}
	cause := strings.Repeat("Because. ", long/4)
	took, heard, err := l.within(t, l.behind(t, d.dsn, "sslmode=disable"), func(ctx context.Context, s *data.Store) error {
		return s.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error {
			if err := tx.Because(ctx, cause); err != nil {
				return err
			}
			return addCompany("A")(ctx, tx)
		})
	})
	if err != nil || took != l.pause || !strings.Contains(heard, "waiting for an answer of the database at") {
		t.Errorf("took %v, told %q: %v", took, heard, err)
	}
	db := d.raw(t)
	defer db.Close()
	var kept string
	if err := db.Get(&kept, "select cause from epic_events.change_log where after ->> 'name' = 'A'"); err != nil || kept != cause {
		t.Errorf("%d bytes of %d arrived: %v", len(kept), len(cause), err)
	}
}

// A write whose commit is lost is over ten seconds after the network fell silent, whatever came before: a slow connection, an
// attempt that was lost and made again. It tells that nobody knows what became of it.
func TestAWriteWhoseCommitIsLostTakesTenSecondsAtMost(t *testing.T) {
	d := newDesk(t)
	for name, test := range map[string]struct {
		l    *line
		idle time.Duration // between two of its statements
	}{
		"at once":                  {&line{hush: "COMMIT"}, 0},
		"a slow connection":        {&line{hush: "COMMIT", slow: 4900 * time.Millisecond}, 0},
		"a slow server":            {&line{hush: "COMMIT", slow: 4 * time.Second, starting: 1}, 4 * time.Second},
		"an attempt that was lost": {&line{hush: "COMMIT", slow: 4900 * time.Millisecond, before: []string{"cut", "pass"}}, 0},
		"a slow one that was lost": {&line{hush: "COMMIT", slow: 4900 * time.Millisecond, before: []string{"cut", "pass"}}, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			l := test.l
			took, heard, err := l.within(t, l.behind(t, d.dsn, "sslmode=disable"), func(ctx context.Context, s *data.Store) error {
				return s.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error {
					time.Sleep(test.idle)
					return addCompany(name)(ctx, tx)
				})
			})
			if model.KindOf(err) != model.Unavailable || !strings.Contains(sentences.Of(err).Message, "outcome unknown") || took-l.since.Sub(l.began) > data.Silent {
				t.Errorf("took %v from %v on: %v", took, l.since.Sub(l.began), err)
			}
			if !strings.Contains(heard, "waiting for") {
				t.Errorf("told %q", heard)
			}
		})
	}
}

// Where a commit was lost with the server, a person waits ten seconds at most for what became of it, and a script twenty. Either is told.
func TestAPersonIsToldOfALostCommitWithinTenSeconds(t *testing.T) {
	d := newDesk(t)
	for name, test := range map[string]struct {
		who         func(context.Context) context.Context
		least, most time.Duration
	}{
		"a person": {data.Attended, 9 * time.Second, 10 * time.Second},
		"a script": {func(ctx context.Context) context.Context { return ctx }, 19 * time.Second, 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			l := &line{hush: "COMMIT", gone: true}
			took, heard, err := l.within(t, l.behind(t, d.dsn, "sslmode=disable"), func(ctx context.Context, s *data.Store) error {
				return s.Write(test.who(ctx), d.carl, addCompany(name))
			})
			if took -= l.since.Sub(l.began); took < test.least || took > test.most {
				t.Errorf("took %v", took)
			}
			if model.KindOf(err) != model.Unavailable || !strings.Contains(sentences.Of(err).Message, "outcome unknown") {
				t.Errorf("told %v", err)
			}
			if !strings.Contains(heard, fmt.Sprintf("waiting up to %v for the database at", test.most)) {
				t.Errorf("told %q meanwhile", heard)
			}
		})
	}
}

// From Ctrl-C to the prompt it takes a second at most, wherever the network fell silent, and what became of a write is told
// truthfully.
func TestFromCtrlCToThePromptTakesASecondAtMost(t *testing.T) {
	d := newDesk(t)
	add := func(ctx context.Context, s *data.Store) error { return s.Write(ctx, d.carl, addCompany("A")) }
	fail := func(ctx context.Context, s *data.Store) error {
		return s.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error {
			if err := addCompany("A")(ctx, tx); err != nil {
				return err
			}
			return data.ErrStale
		})
	}
	script := func(ctx context.Context, s *data.Store) error {
		return s.Atomic(ctx, func(ctx context.Context, inner *data.Store) error { return add(ctx, inner) })
	}
	const unknown = "outcome unknown"
	for name, test := range map[string]struct {
		l          *line
		parameters string
		run        func(ctx context.Context, s *data.Store) error
		after      time.Duration
		says       string
	}{
		"connecting":              {&line{hush: "connecting"}, "sslmode=disable", add, 2 * time.Second, "interrupted"},
		"connecting elsewhere":    {&line{hush: "connecting"}, "sslmode=disable&host=one,two,three", add, 9 * time.Second, "interrupted"},
		"encrypting":              {&line{hush: "TLS"}, "sslmode=require", add, 2 * time.Second, "interrupted"},
		"logging in":              {&line{hush: "password"}, "sslmode=disable&password=s3cret", add, 2 * time.Second, "interrupted"},
		"starting":                {&line{starting: 1 << 20}, "sslmode=disable", add, 2 * time.Second, "interrupted"},
		"the settings":            {&line{hush: "epev.own"}, "sslmode=disable", add, 2 * time.Second, "interrupted"},
		"the schema":              {&line{hush: "schema_version", alone: true}, "sslmode=disable", add, 20 * time.Second, "interrupted"},
		"BEGIN":                   {&line{hush: "BEGIN", alone: true}, "sslmode=disable", add, 20 * time.Second, "interrupted"},
		"BEGIN behind a pooler":   {&line{hush: "BEGIN", alone: true}, "sslmode=disable&pooler=transaction", add, 20 * time.Second, "interrupted"},
		"a read":                  {&line{hush: "server_version", alone: true}, "sslmode=disable", reading, 20 * time.Second, "interrupted"},
		"a write":                 {&line{hush: "INSERT INTO company", alone: true}, "sslmode=disable", add, 20 * time.Second, "interrupted"},
		"a write of a script":     {&line{hush: "INSERT INTO company", alone: true}, "sslmode=disable", script, 20 * time.Second, "interrupted"},
		"a savepoint":             {&line{hush: "SAVEPOINT", alone: true}, "sslmode=disable", script, 20 * time.Second, "interrupted"},
		"ROLLBACK":                {&line{hush: "ROLLBACK", alone: true}, "sslmode=disable", fail, 20 * time.Second, ""},
		"COMMIT":                  {&line{hush: "COMMIT"}, "sslmode=disable", add, 5 * time.Second, unknown},
		"COMMIT behind a pooler":  {&line{hush: "COMMIT\x00", before: []string{"pass"}}, "sslmode=disable&pooler=transaction", add, 5 * time.Second, unknown},
		"COMMIT of a script":      {&line{hush: "COMMIT"}, "sslmode=disable", script, 5 * time.Second, unknown},
		"the confirmation":        {&line{hush: "COMMIT"}, "sslmode=disable", add, 7 * time.Second, unknown},
		"the confirmation, later": {&line{hush: "COMMIT"}, "sslmode=disable", add, 8 * time.Second, unknown},
		"that of a script":        {&line{hush: "COMMIT"}, "sslmode=disable", script, 8 * time.Second, unknown},
	} {
		t.Run(name, func(t *testing.T) {
			var ended time.Duration
			took, _, err := test.l.within(t, test.l.behind(t, d.dsn, test.parameters), func(ctx context.Context, s *data.Store) error {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(test.after, cancel)
				err := test.run(ctx, s)
				began := time.Now()
				s.Close()
				ended = time.Since(began)
				return err
			})
			if took < test.after || took > test.after+time.Second {
				t.Errorf("took %v after %v, and %v to leave: %v", took-test.after, test.after, ended, err)
			}
			if !strings.Contains(sentences.Of(err).Message, test.says) {
				t.Errorf("told %v, not %s", err, test.says)
			}
		})
	}
}

// An open shell leaves at once, though its idle connections say nothing any more.
func TestLeavingWaitsForNoSilentNetwork(t *testing.T) {
	d := newDesk(t)
	l := &line{hush: "X\x00\x00\x00\x04"}
	took, _, err := l.within(t, l.behind(t, d.dsn, "sslmode=disable"), func(ctx context.Context, s *data.Store) error {
		if err := reading(ctx, s); err != nil {
			return err
		}
		return s.Close()
	})
	if err != nil || took > time.Second {
		t.Errorf("took %v: %v", took, err)
	}
}
