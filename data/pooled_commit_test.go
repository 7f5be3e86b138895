package data_test

import (
	"context"
	"fmt"
	"testing"

	"epev/data"
	"epev/data/testdb"
	"epev/model"
)

// Behind a pooler a connection breaks before or behind it, before and after each message of a write, its COMMIT and the
// answer to that included. Whatever happens, the client is there once or not at all, with its history, and the answer tells which.
func TestALostCommitBehindAPoolerIsToldTruthfully(t *testing.T) {
	t.Parallel()
	for _, link := range []string{"to the pooler", "to the server"} {
		for _, stays := range []bool{false, true} {
			for _, before := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s stays %t before %t", link, stays, before), func(t *testing.T) {
					t.Parallel()
					d := newDesk(t)
					var c *testdb.Cutter
					dsn := d.dsn
					if link == "to the server" {
						c, dsn = testdb.NewCutter(t, dsn)
					}
					dsn = testdb.Pooler(t, dsn, "server_login_retry = 0.1") + "&pooler=transaction"
					if link == "to the pooler" {
						c, dsn = testdb.NewCutter(t, dsn)
					}
					outcomes := map[string]int{}
					for n := 1; ; n++ {
						s := open(t, dsn)
						for { // until it is connected: the pooler may not have noticed yet that its server is back
							if _, err := s.Read().Authorise(t.Context(), d.carl.SessionID); err == nil {
								break
							} else if model.KindOf(err) != model.Unavailable {
								t.Fatal(err)
							}
						}
						ctx, cancel := context.WithCancel(t.Context())
						onCut := cancel
						if !stays {
							onCut = nil
						}
						c.Arm(n, testdb.Cut{Before: before, Stays: stays}, onCut)
						k := model.Client{FullName: "K", Email: model.Email(fmt.Sprintf("k%d@x.test", n)), CommercialID: d.carl.ActorID, FirstContact: day(1)}
						err := s.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.InsertClient(ctx, &k) })
						cancel()
						over := !c.Done()
						c.Arm(0, testdb.Cut{}, nil) // everybody gets through
						s.Close()
						outcomes[d.told(t, fmt.Sprint("message ", n), k.Email, stays, err)]++
						if over {
							break // the write takes fewer messages
						}
					}
					t.Log(outcomes)
					if outcomes["done"] == 0 || stays && outcomes["unknown"] == 0 || !stays && outcomes["unknown"] > 0 {
						t.Errorf("outcomes %v", outcomes)
					}
				})
			}
		}
	}
}
