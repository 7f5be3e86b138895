package data_test

import (
	"context"
	"fmt"
	"testing"

	"epev/commands/sentences"
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
					db := d.raw(t)
					var c *cutter
					dsn := d.dsn
					if link == "to the server" {
						c, dsn = newCutter(t, dsn)
					}
					dsn = testdb.Pooler(t, dsn, "server_login_retry = 0.1") + "&pooler=transaction"
					if link == "to the pooler" {
						c, dsn = newCutter(t, dsn)
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
						c.arm(n, before, stays, onCut)
						k := model.Client{FullName: "K", Email: model.Email(fmt.Sprintf("k%d@x.test", n)), CommercialID: d.carl.ActorID, FirstContact: day(1)}
						err := s.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.InsertClient(ctx, &k) })
						cancel()
						over := !c.done()
						c.arm(0, false, false, nil) // everybody gets through
						s.Close()
						d.settle(t)
						var clients, history int
						if err := db.QueryRow("select (select count(*) from epic_events.client where email = $1), (select count(*) from epic_events.change_log where after ->> 'email' = $1)", k.Email).Scan(&clients, &history); err != nil {
							t.Fatal(err)
						}
						told := "done"
						switch kind := model.KindOf(err); {
						case err == nil:
						case kind == model.Unavailable && contains(sentences.Of(err).Message, "outcome unknown"):
							told = "unknown"
						case kind == model.Unavailable, kind == model.Interrupted && stays:
							told = "not done"
						default:
							t.Errorf("message %d: %v", n, err)
						}
						outcomes[told]++
						if clients != history || clients > 1 || told == "done" && clients != 1 || told == "not done" && clients != 0 {
							t.Errorf("message %d: told %s (%v), %d clients, %d rows of history", n, told, err, clients, history)
						}
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
