package testdb

import (
	"bufio"
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
	net.Listener
	server string // socket of the server

	mu    sync.Mutex
	left  int // messages until it happens; 0: it did, or nothing will
	how   Cut
	onCut func()
	made  bool
	open  []net.Conn

	trips atomic.Int64
}

// A Cut is what happens at a message.
type Cut struct {
	Before bool // the message itself is lost
	Stays  bool // nobody gets through any more
	// Silent is that nothing comes through any more, of this connection and all others, and nobody is told. Both ends stay open.
	Silent bool
	Delay  time.Duration // the message is late, and nothing else happens
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
	c = &Cutter{server: filepath.Join(query.Get("host"), name)}
	if c.Listener, err = net.Listen("unix", filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	query.Set("host", dir)
	u.RawQuery = query.Encode()
	var running sync.WaitGroup
	running.Go(func() {
		for {
			client, err := c.Accept()
			if err != nil {
				return
			}
			c.mu.Lock()
			refused := c.made && c.how.Stays
			c.mu.Unlock()
			server, err := net.Dial("unix", c.server)
			if err != nil || refused {
				client.Close()
				continue
			}
			c.mu.Lock()
			c.open = append(c.open, client, server)
			c.mu.Unlock()
			var gone atomic.Bool
			running.Go(func() { c.pass(client, server, true, &gone) })
			running.Go(func() { c.pass(server, client, false, &gone) })
		}
	})
	t.Cleanup(func() { c.Close(); c.Hang(); running.Wait() })
	return c, u.String()
}

// Hang ends all connections that are open.
func (c *Cutter) Hang() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.open {
		conn.Close()
	}
	c.open = nil
}

// pass passes messages on until the connection ends, or is gone: no answer slips through behind a cut.
func (c *Cutter) pass(from, to net.Conn, startup bool, gone *atomic.Bool) {
	defer from.Close()
	defer to.Close()
	in, asks := bufio.NewReader(from), startup
	for {
		head := 5 // type and length
		if startup {
			head, startup = 4, false
		}
		message := make([]byte, head)
		if _, err := io.ReadFull(in, message); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(message[head-4:])-4)
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		if c.isSilent() {
			_, _ = io.Copy(io.Discard, in)
			return
		}
		if head == 4 && len(body) == 4 { // whether anybody is there
			_, _ = io.WriteString(from, "N")
			return
		}
		if asks && head == 5 && (message[0] == 'S' || message[0] == 'Q') {
			c.trips.Add(1)
		}
		cut, how := c.step()
		if cut && how.Before && !how.Silent || gone.Load() {
			return
		}
		if cut && how.Silent {
			if !how.Before {
				_, _ = to.Write(append(message, body...))
			}
			_, _ = io.Copy(io.Discard, in)
			return
		}
		if cut {
			gone.Store(true)
		}
		if _, err := to.Write(append(message, body...)); err != nil || cut {
			return
		}
	}
}

func (c *Cutter) isSilent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.made && c.how.Silent
}

func (c *Cutter) step() (cut bool, how Cut) {
	c.mu.Lock()
	if c.left == 0 {
		defer c.mu.Unlock()
		return false, c.how
	}
	c.left--
	happens, how := c.left == 0, c.how
	if happens {
		c.made = true
		if c.onCut != nil {
			c.onCut()
		}
	}
	c.mu.Unlock()
	if happens && how.Delay > 0 {
		time.Sleep(how.Delay)
		return false, how
	}
	return happens, how
}

// Arm has it happen at the nth message from now on, and calls onCut then, unless it is nil.
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

// Trips is how many questions were passed on, each of them a round trip.
func (c *Cutter) Trips() int64 { return c.trips.Load() }
