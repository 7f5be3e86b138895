//go:build !linux

package data

import (
	"net"
	"time"
)

// limitUnacknowledged does nothing where the system knows no such limit, as libpq does.
func limitUnacknowledged(net.Conn, time.Duration) error { return nil }
