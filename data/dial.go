package data

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// dialer makes wires.
type dialer struct {
	dial        func(ctx context.Context, network, address string) (net.Conn, error)
	silence     time.Duration
	waiting     func(ctx context.Context)
	mute        bool // nothing answers a question for TLS: the server is spoken to in TLS at once
	userTimeout time.Duration
	reached     atomic.Pointer[Address] // host and port of the last connection; nil before the first
}

// dialled marks a context with where the wire that is made for it goes.
type dialled struct{}

// Dial is what a pq.Dialer has, and nobody calls.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

func (d *dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	made, ok := ctx.Value(dialled{}).(**wire)
	canceling := time.Time{}
	if !ok { // it only tells the server to cancel a statement, for somebody who has had enough
		canceling = time.Now().Add(grace * 3 / 2)
		limited, cancel := context.WithDeadline(ctx, canceling)
		defer cancel()
		ctx = limited
	}
	c, err := d.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.reached.Store(addressOf(network, address))
	if err := limitUnacknowledged(c, d.userTimeout); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	w := &wire{Conn: c, silence: d.silence, waiting: d.waiting, ctx: context.Background(), end: canceling}
	if !d.mute {
		w.answers = func() bool { return d.answers(network, address) }
	}
	if ok {
		*made = w
		w.serve(ctx)
	}
	return w, nil
}

// asksForTLS is the shortest question of PostgreSQL's protocol that has an answer, which does not touch its log.
var asksForTLS = []byte{0, 0, 0, 8, 4, 210, 22, 47}

// answers reports whether somebody at the address answers a new connection. One that is refused is an answer, too.
func (d *dialer) answers(network, address string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
	defer cancel()
	c, err := d.dial(ctx, network, address)
	if err != nil {
		return ctx.Err() == nil
	}
	defer c.Close()
	deadline, _ := ctx.Deadline()
	err = c.SetDeadline(deadline)
	if err == nil {
		_, err = c.Write(asksForTLS)
	}
	if err == nil {
		_, err = c.Read(make([]byte, 1))
	}
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

// addressOf reads what lib/pq dials: host:port, or a socket in its directory.
func addressOf(network, address string) *Address {
	host, port, _ := net.SplitHostPort(address)
	if network == "unix" {
		i := strings.LastIndexByte(address, '.')
		host, port = filepath.Dir(address), address[i+1:]
	}
	n, _ := strconv.Atoi(port)
	return &Address{Host: host, Port: n}
}
