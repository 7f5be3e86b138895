package prompt

import (
	"bytes"
	"io"
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// A reader takes keys from the terminal, for one goroutine. Others can wake that through a pipe.
type reader struct {
	in         int // the terminal's descriptor
	pipe, poke *os.File
	poked      atomic.Bool // a byte is in the pipe

	tokens tokeniser
	keys   []key // read and not yet taken, also from one line to the next
	err    error // io.EOF once the terminal is gone
	ahead  bool  // the next read has what was typed before the terminal became raw
}

func newReader(in int) (*reader, error) {
	pipe, poke, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &reader{in: in, pipe: pipe, poke: poke}, nil
}

// wake ends a wait although no key was pressed. It may be called from any goroutine.
func (r *reader) wake() {
	if !r.poked.Swap(true) {
		r.poke.Write([]byte{0})
	}
}

// typedAhead reports whether there is something to read. It is asked when the terminal has
// just become raw: that was typed, and echoed, before.
func (r *reader) typedAhead() bool {
	n, _ := unix.Poll([]unix.PollFd{{Fd: int32(r.in), Events: unix.POLLIN}}, 0)
	r.ahead = n > 0
	return r.ahead
}

// wait blocks until there are keys, the terminal has gone, or somebody wakes it.
func (r *reader) wait() error {
	for woken := false; len(r.keys) == 0 && r.err == nil && !woken; {
		waits, timeout := r.tokens.waits(), -1
		if waits > 0 {
			timeout = int(waits.Milliseconds())
		}
		var typed bool
		switch typed, woken = r.poll(timeout); {
		case typed:
			r.read()
		case !woken && waits > 0:
			r.keys = append(r.keys, r.tokens.expire()...)
		}
	}
	if len(r.keys) > 0 {
		return nil
	}
	return r.err
}

// poll blocks until there is something to read, somebody wakes it, or so many milliseconds, if not -1, are over.
func (r *reader) poll(timeout int) (typed, woken bool) {
	fds := []unix.PollFd{{Fd: int32(r.pipe.Fd()), Events: unix.POLLIN}, {Fd: int32(r.in), Events: unix.POLLIN}}
	_, err := unix.Poll(fds, timeout)
	for err == unix.EINTR || err == unix.EAGAIN {
		_, err = unix.Poll(fds, timeout)
	}
	if woken = fds[0].Revents != 0; woken {
		r.pipe.Read(make([]byte, 1))
		r.poked.Store(false)
	}
	return err != nil || fds[1].Revents != 0, woken // whoever reads then learns of the error
}

// read takes what is there to be read.
func (r *reader) read() {
	var chunk [4096]byte
	n, err := unix.Read(r.in, chunk[:])
	input := chunk[:max(n, 0)]
	switch {
	case err == unix.EINTR || err == unix.EAGAIN:
	case err != nil || n == 0:
		r.err = io.EOF
	case r.tokens.pasting && string(input) == "\x03":
		r.tokens = tokeniser{} // Ctrl-C by itself: the end of this paste was lost
	default:
		if r.ahead { // a Ctrl-D that was typed before is a NUL now
			input = bytes.ReplaceAll(input, []byte{0x00}, []byte{0x04})
			r.ahead = false
		}
		r.keys = append(r.keys, r.tokens.feed(input)...)
	}
}
