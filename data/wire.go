package data

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
)

// The clock of everything that waits for the database. A person gets a connection, or the reason why there is
// none, within connectTimeout, and an answer within silence. Of a network that is silent to others, too, nobody waits so long.
// A write whose commit was lost ends within writeTimeout; what became of it a person waits for no longer than for a
// connection. What the server is told to limit itself ends before that.
const (
	connectTimeout   = 10 * time.Second
	hostTimeout      = 5 * time.Second // for one of several hosts
	statementTimeout = 25 * time.Second
	lockTimeout      = 10 * time.Second
	silence          = 30 * time.Second
	writeTimeout     = 60 * time.Second
	outcomeTimeout   = writeTimeout - connectTimeout - silence
	// idleTimeout is shorter than lockTimeout: who waits for what a lost shell has locked gets it.
	idleTimeout = 5 * time.Second
)

const (
	// noticeable is after how long a wait is told. From then on it is found out whether anybody is there: who is silent to
	// a new connection, too, for probeTimeout, says nothing more on the old one either.
	noticeable    = 3 * time.Second
	probeTimeout  = 3 * time.Second
	probeInterval = 4 * time.Second
	// unheard is how long a network that has fallen silent in the midst of a commit is asked for what became of it.
	unheard = 3 * time.Second
	// grace is how long a server may take to obey once the person has had enough.
	grace = 250 * time.Millisecond
)

// clock is when the work on a transaction began, connected: of a script, its commit.
type clock struct{ time.Time }

func startClock() clock { return clock{time.Now()} }

// allowsAnother reports whether there is time left for another attempt.
func (c clock) allowsAnother() bool { return time.Since(c.Time) < silence/2 }

// commit is until when the answer to a commit that begins now is waited for, without the grace.
func (c clock) commit() time.Time {
	end, least := c.Add(silence-grace), time.Now().Add(silence/6)
	if end.Before(least) {
		return least
	}
	return end
}

// calling marks a context with the one that its caller may end, although the operation itself is not to be
// interrupted: a commit, the undoing of a command.
type calling struct{}

func calledBy(ctx context.Context) context.Context { return context.WithValue(ctx, calling{}, ctx) }

// caller returns the context that ends the wait for an operation.
func caller(ctx context.Context) context.Context {
	if c, ok := ctx.Value(calling{}).(context.Context); ok {
		return c
	}
	return ctx
}

// attended marks a context that a person waits for.
type attended struct{}

// Attended returns a context of what a person waits for. Of a commit that was lost with the server they know within
// connectTimeout what became of it, or that nobody can tell.
func Attended(ctx context.Context) context.Context { return context.WithValue(ctx, attended{}, true) }

// wire is a connection as lib/pq sees it, which waits for an answer whatever became of the context. So it is the
// wire that gives up: on a peer that says nothing for too long, and, a grace after the caller did, on every one.
type wire struct {
	net.Conn
	silence time.Duration             // for how long the peer may say nothing; 0: for ever
	waiting func(ctx context.Context) // is told of a long wait; nil: nobody is
	answers func() bool               // whether the peer has anything to say to others; nil: that is not asked

	mu    sync.Mutex
	ctx   context.Context // the caller's
	fixed time.Time       // a deadline that was set for all that comes
	end   time.Time       // since the caller gave up
	dead  bool
	heard bool // something has come, and its beginning was looked at
}

// wired is a connection of lib/pq whose wire knows for whom it works.
type wired struct {
	pqConn
	wire *wire
}

func (c wired) serve(ctx context.Context) { c.wire.serve(ctx) }

func (c wired) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.serve(ctx)
	return c.pqConn.QueryContext(ctx, query, args)
}

func (c wired) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.serve(ctx)
	return c.pqConn.ExecContext(ctx, query, args)
}

func (c wired) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	c.serve(ctx)
	return c.pqConn.PrepareContext(ctx, query)
}

func (c wired) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	c.serve(ctx)
	return c.pqConn.BeginTx(ctx, options)
}

func (c wired) Ping(ctx context.Context) error {
	c.serve(ctx)
	return c.pqConn.Ping(ctx)
}

// unhurried marks a context whose statements may take any time, so that a server may be silent for as long.
type unhurried struct{}

// serve says for whom the wire works from here on.
func (w *wire) serve(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ctx = caller(ctx); w.ctx != ctx {
		w.ctx, w.end = ctx, time.Time{}
	}
}

// serve says for whom a connection works from here on.
func serve(c *sqlx.Conn, ctx context.Context) error {
	return c.Raw(func(driver any) error {
		driver.(interface{ serve(context.Context) }).serve(ctx)
		return nil
	})
}

func (w *wire) SetDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fixed = t
	return w.Conn.SetDeadline(t)
}

func (w *wire) Read(b []byte) (int, error) {
	n, err := w.patiently(w.Conn.Read, b)
	if n > 0 && !w.heard {
		if w.heard = true; !isPostgres(b[:n]) {
			return 0, errNotPostgres
		}
	}
	return n, err
}

func (w *wire) Write(b []byte) (int, error) { return w.patiently(w.Conn.Write, b) }

var errNotPostgres = errors.New("what answers speaks another protocol")

// isPostgres reports whether a peer may go on after its first words. They must be the answer to a question for TLS, TLS
// itself, or a message. A web server's greeting is none: lib/pq would take it for the length of a message, and make
// room for it.
func isPostgres(first []byte) bool {
	const tlsAlert, tlsHandshake, longest = 0x15, 0x16, 1 << 20
	switch first[0] {
	case tlsAlert, tlsHandshake, 'E', 'N':
		return true
	case 'R', 'S', 'v', 'K', 'Z':
		return len(first) < 5 || binary.BigEndian.Uint32(first[1:]) <= longest
	}
	return false
}

// patiently makes a transfer. A long wait is told. What is written then goes on where it was.
func (w *wire) patiently(transfer func([]byte) (int, error), b []byte) (int, error) {
	began := time.Now()
	ctx, last, err := w.begin(began, true)
	if err != nil {
		return 0, err
	}
	stop := context.AfterFunc(ctx, func() { w.hurry(ctx) })
	defer stop()
	n, err := transfer(b)
	if !last && errors.Is(err, os.ErrDeadlineExceeded) {
		if ctx.Err() == nil && w.waiting != nil {
			w.waiting(ctx)
		}
		if _, _, err = w.begin(began, false); err == nil {
			stop := w.watch(ctx)
			var more int
			more, err = transfer(b[n:])
			n += more
			stop()
		}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.dead = true // what comes later would be taken for the answer to something else
	}
	return n, err
}

// begin sets the deadline of a transfer: the last one, unless a long wait is to be told before.
func (w *wire) begin(began time.Time, aloud bool) (ctx context.Context, last bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return nil, true, os.ErrDeadlineExceeded
	}
	deadline := w.fixed
	if deadline.IsZero() && w.silence > 0 && w.ctx.Value(unhurried{}) == nil {
		deadline = began.Add(w.silence)
	}
	deadline = sooner(deadline, w.end)
	last = true
	if first := began.Add(noticeable); aloud && sooner(first, deadline) == first {
		deadline, last = first, false
	}
	return w.ctx, last, w.Conn.SetDeadline(deadline)
}

// watch ends what the wire does soon, once nobody is there any more, until it is stopped.
func (w *wire) watch(ctx context.Context) (stop func()) {
	if w.answers == nil || w.silence == 0 || ctx.Value(unhurried{}) != nil {
		return func() {}
	}
	over := make(chan struct{})
	go func() {
		for w.answers() {
			select {
			case <-time.After(probeInterval):
			case <-over:
				return
			}
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		select {
		case <-over:
		default:
			_ = w.Conn.SetDeadline(time.Now())
		}
	}()
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		close(over)
	}
}

// hurry ends what the wire does for ctx soon.
func (w *wire) hurry(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx != ctx {
		return
	}
	if w.end.IsZero() {
		w.end = time.Now().Add(grace)
	}
	_ = w.Conn.SetDeadline(sooner(w.end, w.fixed))
}

// sooner returns the earlier of two times; a zero time is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
