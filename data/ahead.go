package data

import (
	"context"
	"database/sql/driver"
)

// Ahead begins to connect, beside what its caller does next. What fails is left to whatever needs the database first.
func (s *Store) Ahead() { s.connector.ahead() }

// early is a connection that is made before anybody asks for it.
type early struct {
	made   chan driver.Conn // closed where there is none to be had
	giveUp context.CancelFunc
}

// ahead begins to make the first connection. Where it cannot be made, it is made again for whoever asks for it, who then starts the
// server or is told why.
func (c *connector) ahead() {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout-grace)
	e := &early{make(chan driver.Conn, 1), cancel}
	c.early.Store(e)
	go func() {
		defer close(e.made)
		if made, err := c.dial(calledBy(ctx)); err == nil {
			e.made <- made
		}
	}()
}

// fetch returns the connection that was made ahead, once; nil if there is none.
func (c *connector) fetch(ctx context.Context) driver.Conn {
	e := c.early.Swap(nil)
	if e == nil {
		return nil
	}
	select {
	case made := <-e.made:
		e.giveUp()
		return made
	case <-ctx.Done():
		go e.drop()
		return nil
	}
}

// drop closes what nobody asked for.
func (e *early) drop() {
	e.giveUp()
	if made := <-e.made; made != nil {
		_ = made.Close()
	}
}
