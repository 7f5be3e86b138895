package data

import (
	"context"
	"net"
	"time"
)

// Over returns a configuration whose connections go over a network of the test's own.
func (c Config) Over(dial func(ctx context.Context, network, address string) (net.Conn, error)) Config {
	c.dial = dial
	return c
}

// The limits of silence, for the tests of them.
const (
	ConnectTimeout = connectTimeout
	Silence        = silence
	Silent         = 10 * time.Second // after which nobody waits for a silent network any more
)
