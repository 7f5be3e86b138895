package data

import (
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// limitUnacknowledged has the system give a connection up whose peer acknowledges nothing for that long.
func limitUnacknowledged(c net.Conn, limit time.Duration) error {
	tcp, ok := c.(*net.TCPConn)
	if !ok || limit <= 0 {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return err
	}
	var set error
	err = raw.Control(func(fd uintptr) {
		set = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(limit.Milliseconds()))
	})
	if err == nil {
		err = set
	}
	return err
}
