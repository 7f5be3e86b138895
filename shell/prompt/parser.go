package prompt

import (
	"bytes"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	goprompt "github.com/c-bata/go-prompt"
	"golang.org/x/sys/unix"
)

// wake is the one token go-prompt ever reads. Its key is bound to Prompt.turn, which
// takes the keys themselves from the parser. So no key is lost between two lines
// (go-prompt drops what it has read ahead), none is taken for another, and however many
// arrive at once cost one frame.
var wake = []byte{0x1d}

const wakeKey = goprompt.ControlSquareClose

// escapeDelay is how long an ESC waits for the rest of a sequence before it is the Escape key.
const escapeDelay = 100 // milliseconds

var errLineOver = errors.New("the line is over")

// A parser is go-prompt's ConsoleParser. Its Read blocks until there are keys or
// somebody pokes, and returns at once when the line is over, because go-prompt then
// waits for its reader to stop.
type parser struct {
	in         int // the terminal's descriptor
	size       func() (cols, rows int)
	pipe, poke *os.File

	mu        sync.Mutex
	tokens    tokeniser
	keys      []key // read and not yet taken, also from one line to the next
	err       error // io.EOF once the terminal is gone, os.ErrClosed after close
	attention bool  // somebody poked
	signalled bool  // a byte is in the pipe
	announced bool  // wake was handed out and not yet answered
	ahead     bool  // the next read has what was typed before the terminal became raw
	over      bool
	woken     chan struct{} // holds one value while wake is handed out
}

func newParser(in int, size func() (cols, rows int)) (*parser, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &parser{in: in, size: size, pipe: r, poke: w, over: true, woken: make(chan struct{}, 1)}, nil
}

// Setup and TearDown leave the terminal's mode alone: Prompt changes it, once for a
// line of any number of Input calls.
func (p *parser) Setup() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = false
	p.settle()
	p.attention = true // the first turn, from which on idle blocks, comes by itself
	return nil
}

func (p *parser) TearDown() error { return nil }

// GetWinSize never reports 0 columns, by which go-prompt would divide.
func (p *parser) GetWinSize() *goprompt.WinSize {
	cols, rows := p.size()
	return &goprompt.WinSize{Col: uint16(cols), Row: uint16(rows)}
}

// finish makes Read return, now and until the next Setup.
func (p *parser) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	p.signal()
}

// typedAhead reports whether there is something to read. It is asked when the terminal has
// just become raw: that was typed, and echoed, before.
func (p *parser) typedAhead() bool {
	n, _ := unix.Poll([]unix.PollFd{{Fd: int32(p.in), Events: unix.POLLIN}}, 0)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ahead = n > 0
	return p.ahead
}

// interrupt asks for a turn although no key was pressed. It may be called from any goroutine.
func (p *parser) interrupt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.attention = true
	p.signal()
}

// close ends the line being read, for good.
func (p *parser) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err, p.keys = os.ErrClosed, nil
	p.signal()
}

func (p *parser) signal() {
	if !p.signalled {
		p.signalled = true
		p.poke.Write([]byte{0})
	}
}

// answer starts a turn: the next key is announced anew.
func (p *parser) answer() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.attention = false
	p.settle()
	if len(p.keys) > 0 {
		return nil
	}
	return p.err
}

// settle takes back a wake that was handed out.
func (p *parser) settle() {
	p.announced = false
	select {
	case <-p.woken:
	default:
	}
}

// idle blocks until wake is handed out, and has passed go-prompt's channel: were it not
// there yet, go-prompt would sleep for 10 ms.
func (p *parser) idle() {
	<-p.woken
	time.Sleep(200 * time.Microsecond)
}

// take returns the next key, if there is one.
func (p *parser) take() (key, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.keys) == 0 {
		return key{}, false
	}
	k := p.keys[0]
	p.keys = p.keys[1:]
	return k, true
}

// Read implements goprompt.ConsoleParser.
func (p *parser) Read() ([]byte, error) {
	for {
		p.mu.Lock()
		if p.over {
			p.mu.Unlock()
			return nil, errLineOver
		}
		if !p.announced && (len(p.keys) > 0 || p.attention || p.err != nil) {
			p.announced = true
			p.woken <- struct{}{}
			p.mu.Unlock()
			return wake, nil
		}
		waiting, gone := p.tokens.waiting(), p.err != nil
		p.mu.Unlock()
		p.wait(waiting, gone)
	}
}

// wait blocks until there is something new: bytes, a poke, or the end of escapeDelay.
func (p *parser) wait(waiting, gone bool) {
	fds := []unix.PollFd{
		{Fd: int32(p.pipe.Fd()), Events: unix.POLLIN},
		{Fd: int32(p.in), Events: unix.POLLIN},
	}
	if gone {
		fds = fds[:1]
	}
	timeout := -1
	if waiting {
		timeout = escapeDelay
	}
	n, err := unix.Poll(fds, timeout)
	if err == unix.EINTR {
		return
	}
	var chunk [4096]byte
	read := 0
	ready := err == nil && !gone && fds[1].Revents != 0
	if ready {
		if read, err = unix.Read(p.in, chunk[:]); err == unix.EINTR || err == unix.EAGAIN {
			return
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if fds[0].Revents != 0 {
		p.pipe.Read(make([]byte, 1))
		p.signalled = false
	}
	switch {
	case p.err != nil:
	case err != nil || ready && read <= 0:
		p.err = io.EOF
	case ready && p.tokens.pasting && read == 1 && chunk[0] == 0x03:
		p.tokens.abandonPaste() // Ctrl-C by itself: the end of this paste was lost
	case ready:
		input := chunk[:read]
		if p.ahead { // a Ctrl-D that was typed before is a NUL now
			input = bytes.ReplaceAll(input, []byte{0x00}, []byte{0x04})
			p.ahead = false
		}
		p.keys = append(p.keys, p.tokens.feed(input)...)
	case n == 0 && waiting:
		p.keys = append(p.keys, p.tokens.expire()...)
	}
}
