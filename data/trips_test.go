package data_test

import (
	"testing"

	"epev/data"
	"epev/data/testdb"
	"epev/model"
)

// What one command asks takes a round trip each. A statement that comes again is prepared, which takes one more, once.
func TestEachReadTakesARoundTrip(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.client(t, d.carl, "kevin")
	c, dsn := testdb.NewCutter(t, d.dsn)
	s := open(t, dsn)
	trips := func(what string, wanted int64, read func() error) {
		t.Helper()
		before := c.Trips()
		if err := read(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if n := c.Trips() - before; n != wanted {
			t.Errorf("%s: %d round trips instead of %d", what, n, wanted)
		}
	}
	who := func() error {
		_, err := s.Read().Authorise(t.Context(), d.carl.SessionID)
		return err
	}
	view := func() error {
		_, _, err := s.Read().ClientWithContracts(t.Context(), everyone(d.carl), k.ID, everyone(d.carl), 5)
		return err
	}
	trips("who it is, of which database, in which schema", 2, who)
	trips("a record", 1, view)
	trips("a record, prepared", 2, view)
	trips("a record", 1, view)
	trips("who it is, prepared", 2, who)
	for range 3 {
		trips("a list", 1, func() error {
			_, err := s.Read().Clients(t.Context(), everyone(d.carl), data.ClientFilter{}, model.Page{Limit: 5})
			return err
		})
	}
}
