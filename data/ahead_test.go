package data_test

import (
	"testing"
	"time"

	"epev/data"
	"epev/model"
)

// A connection that is made ahead is the one that the first statement goes over. Where nobody needs it, it is closed; where it cannot be made,
// whatever needs the database says why.
func TestAConnectionIsMadeAhead(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	raw := d.raw(t)
	connections := func() (n int) {
		if err := raw.Get(&n, "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"); err != nil {
			t.Fatal(err)
		}
		return n
	}
	reach := func(want int) {
		t.Helper()
		for late := time.Now().Add(time.Minute); connections() != want; {
			if time.Now().After(late) {
				t.Fatalf("%d connections, want %d", connections(), want)
			}
		}
	}
	before := connections()
	s := open(t, d.dsn)
	s.Ahead()
	reach(before + 1)
	if _, err := s.Info(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := connections(); n != before+1 {
		t.Errorf("the first statement went over another one: %d connections", n-before)
	}
	unused := open(t, d.dsn)
	unused.Ahead()
	reach(before + 2)
	unused.Close()
	s.Close()
	reach(before)

	nowhere, err := data.Open(data.Config{DSN: "host=127.0.0.1 port=1 user=nobody dbname=none sslmode=disable"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nowhere.Close() })
	nowhere.Ahead()
	_, err = nowhere.Info(t.Context())
	wantKind(t, err, model.Unavailable, "no database answers at 127.0.0.1:1/none")
}
