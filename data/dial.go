package data

import (
	"context"
	"errors"
	"net"
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
	if ok {
		*made = w
		w.serve(ctx)
	}
	return w, nil
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
