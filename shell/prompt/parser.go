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

var errLineOver = errors.New("the line is over")

// A parser is go-prompt's ConsoleParser, and where its loop idles. go-prompt's own reader pauses for 10 ms after each
// Read, so it is given wakes ahead of need. A key then finds one in go-prompt's channel, and waits for neither the
// pause nor another goroutine. What is typed is read by idle, in the loop's own.
type parser struct {
	in         int // the terminal's descriptor
	size       func() (cols, rows int)
	pipe, poke *os.File

	mu        sync.Mutex
	changed   *sync.Cond // handed or over
	tokens    tokeniser
	keys      []key     // read and not yet taken, also from one line to the next
	err       error     // io.EOF once the terminal is gone, os.ErrClosed after close
	attention bool      // somebody poked
	signalled bool      // a byte is in the pipe
	ahead     bool      // the next read has what was typed before the terminal became raw
	handed    int       // wakes that were handed out and not yet answered
	at        time.Time // of the last
	over      bool      // Read returns at once: go-prompt waits for its reader to stop
}

func newParser(in int, size func() (cols, rows int)) (*parser, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p := &parser{in: in, size: size, pipe: r, poke: w, over: true}
	p.changed = sync.NewCond(&p.mu)
	return p, nil
}

// Setup and TearDown leave the terminal's mode alone: Prompt changes it, once for a
// line of any number of Input calls.
func (p *parser) Setup() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over, p.handed = false, 0
	return nil
}

func (p *parser) TearDown() error { return nil }

// GetWinSize never reports 0 columns: go-prompt would divide by them.
func (p *parser) GetWinSize() *goprompt.WinSize {
	cols, rows := p.size()
	return &goprompt.WinSize{Col: uint16(cols), Row: uint16(rows)}
}

// finish makes Read return, now and until the next Setup.
func (p *parser) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	p.changed.Broadcast()
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

// answer starts a turn: another wake may be handed out.
func (p *parser) answer() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.attention = false
	p.handed--
	p.changed.Broadcast()
	if len(p.keys) > 0 {
		return nil
	}
	return p.err
}

// idle blocks until there is something to do, and a wake is there to have it done. The wake is put into go-prompt's
// channel right after Read: were it not there yet, go-prompt would sleep for 10 ms.
func (p *parser) idle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.keys) == 0 && !p.attention && p.err == nil {
		p.wait()
	}
	for p.handed == 0 {
		p.changed.Wait()
	}
	if since := time.Since(p.at); p.handed == 1 && since < onItsWay {
		time.Sleep(onItsWay - since)
	}
}

const (
	// mostAhead is how many wakes are handed out ahead of need: as many keys may follow each other at once.
	mostAhead = 16

	// onItsWay is how long a wake may take from Read to go-prompt's channel.
	onItsWay = 200 * time.Microsecond
)

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
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.handed == mostAhead && !p.over {
		p.changed.Wait()
	}
	if p.over {
		return nil, errLineOver
	}
	p.handed, p.at = p.handed+1, time.Now()
	p.changed.Broadcast()
	return wake, nil
}

// wait blocks until there is something new: bytes, a poke, or the end of what the tokens wait for. Meanwhile p is not locked.
func (p *parser) wait() {
	fds := []unix.PollFd{
		{Fd: int32(p.pipe.Fd()), Events: unix.POLLIN},
		{Fd: int32(p.in), Events: unix.POLLIN},
	}
	waits, timeout := p.tokens.waits(), -1
	if waits > 0 {
		timeout = int(waits.Milliseconds())
	}
	var chunk [4096]byte
	read := 0
	p.mu.Unlock()
	n, err := unix.Poll(fds, timeout)
	ready := err == nil && fds[1].Revents != 0
	if ready {
		read, err = unix.Read(p.in, chunk[:])
	}
	p.mu.Lock()
	if fds[0].Revents != 0 {
		p.pipe.Read(make([]byte, 1))
		p.signalled = false
	}
	switch {
	case err == unix.EINTR || err == unix.EAGAIN || p.err != nil:
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
	case n == 0 && waits > 0:
		p.keys = append(p.keys, p.tokens.expire()...)
	}
}
