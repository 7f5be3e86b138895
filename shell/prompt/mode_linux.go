package prompt

import "golang.org/x/sys/unix"

// Requests of ioctl(2) for the mode of a terminal.
const (
	getMode = unix.TCGETS
	setMode = unix.TCSETS
)

// noKey is _POSIX_VDISABLE.
const noKey = 0
