package testdb

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Cutter is a proxy in front of PostgreSQL to which something happens at the nth message, counted in both directions.
type Cutter struct {
	mu     sync.Mutex
	server string // its socket
	left   int    // messages until it happens; 0: it did, or nothing will
	how    Cut
	onCut  func()
	made   bool
	open   map[*link]bool
	most   int           // were open at once
	spoken chan struct{} // closed while answers come through
	delay  time.Duration // of each answer

	trips atomic.Int64
}

// A Cut is what happens at a message.
type Cut struct {
	Of     string // what a message holds that counts; empty: each does
	Before bool   // the message itself is lost
	Stays  bool   // nobody gets through any more
	Keeps  bool   // the server is not told that the connection is gone
	// Silent is that nothing comes through any more, of this connection and all others, and nobody is told. Both ends stay open.
	Silent bool
	Alone  bool          // silent is this connection alone
	Delay  time.Duration // the message is late, and nothing else happens
}

// link is a connection through the proxy.
type link struct {
	client, server net.Conn
	// Of a link that is gone no answer slips through behind the cut.
	gone, silent, keeps bool
}

// NewCutter returns a proxy before the database at dsn, and the address of that behind it.
func NewCutter(t testing.TB, dsn string) (c *Cutter, through string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	name := ".s.PGSQL." + query.Get("port")
	dir, err := os.MkdirTemp("", "cut") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c = &Cutter{server: filepath.Join(query.Get("host"), name), open: map[*link]bool{}, spoken: make(chan struct{})}
	close(c.spoken)
	listener, err := net.Listen("unix", filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	query.Set("host", dir)
	u.RawQuery = query.Encode()
	var running sync.WaitGroup
	running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			if l := c.connect(client); l != nil {
				running.Go(func() { c.pass(l, client, l.server) })
				running.Go(func() { c.pass(l, l.server, client) })
			}
		}
	})
	t.Cleanup(func() { listener.Close(); c.Speak(); c.Hang(); running.Wait() })
	return c, u.String()
}

// connect connects a client to the server, if it gets through.
func (c *Cutter) connect(client net.Conn) *link {
	c.mu.Lock()
	defer c.mu.Unlock()
	server, err := net.Dial("unix", c.server)
	if err != nil || c.made && c.how.Stays {
		client.Close()
		if err == nil {
			server.Close()
		}
		return nil
	}
	l := &link{client: client, server: server}
	c.open[l] = true
	c.most = max(c.most, len(c.open))
	return l
}

// Hang ends all connections that are open.
func (c *Cutter) Hang() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for l := range c.open {
		l.client.Close()
		l.server.Close()
	}
	clear(c.open)
}

// end ends a connection that one side has left. Where nobody is told, the client is not.
func (c *Cutter) end(l *link, left net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if left == l.server && c.isSilent(l) {
		return
	}
	l.client.Close()
	if !l.keeps {
		l.server.Close()
		delete(c.open, l)
	}
}

// pass passes messages on until the connection ends, or nothing comes through any more.
func (c *Cutter) pass(l *link, from, to net.Conn) {
	defer c.end(l, from)
	asks := from == l.client
	in := bufio.NewReader(from)
	for startup := asks; ; startup = false {
		head := 5 // type and length
		if startup {
			head = 4
		}
		first := in.Buffered() == 0 // of those that come at once
		message := make([]byte, head)
		if _, err := io.ReadFull(in, message); err != nil {
			return
		}
		message = append(message, make([]byte, binary.BigEndian.Uint32(message[head-4:])-4)...)
		if _, err := io.ReadFull(in, message[head:]); err != nil {
			return
		}
		whether := startup && len(message) == 8 // anybody is there
		if whether || !asks {
			c.await(first)
		}
		if asks && !startup && (message[0] == 'S' || message[0] == 'Q') {
			c.trips.Add(1)
		}
		fate, delay := c.step(l, to, message, whether)
		switch fate {
		case answered:
			_, _ = io.WriteString(from, "N")
			return
		case swallowed:
			_, _ = io.Copy(io.Discard, in)
			return
		case ended:
			return
		}
		time.Sleep(delay)
		if _, err := to.Write(message); err != nil {
			return
		}
	}
}

// fate is what becomes of a message.
type fate int

const (
	passed fate = iota
	swallowed
	ended
	answered // by the proxy
)

// step counts a message. Nobody connects, and no other message is passed on, until what happens at it is done.
func (c *Cutter) step(l *link, to net.Conn, message []byte, whether bool) (f fate, delay time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case l.gone:
		return ended, 0
	case c.isSilent(l):
		return swallowed, 0
	case whether:
		return answered, 0
	case c.left == 0 || !bytes.Contains(message, []byte(c.how.Of)):
		return passed, 0
	}
	if c.left--; c.left > 0 {
		return passed, 0
	}
	c.made = true
	if c.onCut != nil {
		defer c.onCut()
	}
	if c.how.Delay > 0 {
		return passed, c.how.Delay
	}
	if !c.how.Before {
		_, _ = to.Write(message)
	}
	if c.how.Silent {
		l.silent = true
		return swallowed, 0
	}
	cut := func(l *link) {
		l.gone, l.keeps = true, c.how.Keeps
		l.client.Close()
		if !l.keeps {
			l.server.Close()
		}
	}
	cut(l)
	if c.how.Stays {
		for other := range c.open {
			cut(other)
		}
	}
	return ended, 0
}

func (c *Cutter) isSilent(l *link) bool {
	return l.silent || c.made && c.how.Silent && !c.how.Alone
}

// await waits until answers come through. The first of those that come at once is the one that is slow.
func (c *Cutter) await(first bool) {
	c.mu.Lock()
	spoken, delay := c.spoken, c.delay
	c.mu.Unlock()
	<-spoken
	if first {
		time.Sleep(delay)
	}
}

// Arm has it happen at the nth message from now on that counts, and calls onCut then, unless it is nil.
func (c *Cutter) Arm(n int, how Cut, onCut func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.how, c.onCut, c.made = n, how, onCut, false
}

// Done reports whether it has happened.
func (c *Cutter) Done() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.made
}

// Lead has whoever connects from now on reach another server. It is for onCut, which has the proxy for itself.
func (c *Cutter) Lead(to *Server) { c.server = to.Socket() }

// Hush withholds every answer until Speak.
func (c *Cutter) Hush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spoken, c.most = make(chan struct{}), len(c.open)
}

// Speak gives the answers that were withheld.
func (c *Cutter) Speak() {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.spoken:
	default:
		close(c.spoken)
	}
}

// Slow has each answer come after a delay.
func (c *Cutter) Slow(delay time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.delay = delay
}

// Most is how many connections were open at once since Hush.
func (c *Cutter) Most() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.most
}

// Trips is how many questions were passed on, each of them a round trip.
func (c *Cutter) Trips() int64 { return c.trips.Load() }

// Relay lets everybody through the socket at from to that at to, which is for its owner alone.
func Relay(t testing.TB, from, to string) {
	t.Helper()
	l, err := net.Listen("unix", from)
	if err == nil {
		err = os.Chmod(from, 0o777)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("unix", to)
			if err != nil {
				client.Close()
				continue
			}
			for _, ends := range [][2]net.Conn{{client, server}, {server, client}} {
				go func() {
					io.Copy(ends[1], ends[0])
					ends[0].Close()
					ends[1].Close()
				}()
			}
		}
	}()
}
