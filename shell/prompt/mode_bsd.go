//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package prompt

import "golang.org/x/sys/unix"

// Requests of ioctl(2) for the mode of a terminal.
const (
	getMode = unix.TIOCGETA
	setMode = unix.TIOCSETA
)

// noKey is _POSIX_VDISABLE.
const noKey = 0xff
