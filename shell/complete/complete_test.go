package complete

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"epev/commands"
	"epev/data"
	"epev/model"
	"epev/security"
)

// Look-ups for every key do not pile up: one runs, and of the others the last one after it.
func TestLatest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l latest
		var running, most, ran, cancelled atomic.Int64
		var last atomic.Int64
		for key := range 1000 {
			l.run(func(ctx context.Context) {
				most.Store(max(most.Load(), running.Add(1)))
				defer running.Add(-1)
				ran.Add(1)
				last.Store(int64(key))
				time.Sleep(5 * time.Second) // the database is slow, and does not hear that it is told to stop
				if ctx.Err() != nil {
					cancelled.Add(1)
				}
			})
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		if most.Load() != 1 || last.Load() != 999 || ran.Load() > 4 || cancelled.Load() < 2 {
			t.Errorf("%d at once, %d in all, %d told to stop, the last one for key %d", most.Load(), ran.Load(), cancelled.Load(), last.Load())
		}
		l.stop()
		l.run(func(context.Context) { t.Error("it runs after the end") })
	}) // and no goroutine is left
}

// A panic in a look-up, which runs beside the line that is typed, is reported and ends nothing else.
func TestLookUpThatPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l latest
		var reports, ran atomic.Int64
		l.failed = func(any) { reports.Add(1) }
		l.run(func(context.Context) { panic("Secret") })
		l.run(func(context.Context) { ran.Add(1) })
		synctest.Wait()
		if reports.Load() != 1 || ran.Load() != 1 {
			t.Errorf("%d reports, %d look-ups after it", reports.Load(), ran.Load())
		}
	})
}

// A key is not kept waiting by a database that answers late. While a look-up is under way, the next key waits not at
// all. What the database says is shown when it comes, and until then what is known.
func TestLookUpOfASlowDatabase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var refreshed, asked atomic.Int64
		c := New(commands.NewRegistry(nil), &commands.Env{}, nil, func() { refreshed.Add(1) })
		delay := 5 * time.Millisecond
		look := func(text string) (names []string, took time.Duration) {
			began := time.Now()
			found, _ := c.lookUp("client view id", text, func(ctx context.Context) ([]commands.Candidate, error) {
				asked.Add(1)
				select {
				case <-ctx.Done():
					return nil, ctx.Err()
				case <-time.After(delay):
					return []commands.Candidate{{Value: "8", About: "Kévin"}, {Value: text}}, nil
				}
			})
			for _, f := range found {
				names = append(names, f.Value)
			}
			return names, time.Since(began)
		}
		if names, took := look("k"); !slices.Equal(names, []string{"8", "k"}) || took != delay {
			t.Errorf("of a fast database: %v after %v", names, took)
		}
		look("k")
		if asked.Load() != 1 {
			t.Error("asked again for what is known")
		}
		delay = time.Second
		if names, took := look("ke"); !slices.Equal(names, []string{"8", "k"}) || took != patience {
			t.Errorf("of a slow one: %v after %v, want what was there before", names, took)
		}
		if _, took := look("kev"); took != 0 {
			t.Errorf("while it is at another answer: after %v", took)
		}
		if refreshed.Load() != 0 {
			t.Error("refreshed without an answer")
		}
		time.Sleep(2 * time.Second)
		if refreshed.Load() != 1 {
			t.Errorf("refreshed %d times for one answer", refreshed.Load())
		}
		if names, _ := look("kev"); !slices.Equal(names, []string{"8", "kev"}) || asked.Load() != 3 {
			t.Errorf("when it has come: %v, asked %d times", names, asked.Load())
		}
		delay = time.Hour
		look("never")
		time.Sleep(time.Minute)
		if refreshed.Load() != 1 {
			t.Error("refreshed for nothing")
		}
		c.Stop()
	})
}

// Whatever is typed, the completion does not panic, and what it offers is one word in the place of what was typed.
func FuzzComplete(f *testing.F) {
	for _, seed := range []string{"client view 8 --format ", `event create --title "a`, "user list -MC --", "a\\", "client list --columns id,", "--", "client create -n=x -"} {
		f.Add(seed, 3)
	}
	store, err := data.Open(data.Config{DSN: "host=/nowhere"})
	if err != nil {
		f.Fatal(err)
	}
	defer store.Close()
	c := New(commands.NewRegistry(commands.All()), &commands.Env{Store: store, Clock: commands.Clock{Now: time.Now, Location: time.UTC}, Sessions: &commands.Sessions{
		Now: time.Now, Keys: func() (*security.Keys, error) { return nil, model.Errorf(model.Unauthenticated, "nobody") }}}, nil, func() {})
	c.actor = &model.Actor{UserID: 1, Permissions: security.Codes()}
	f.Fuzz(func(t *testing.T, line string, cursor int) {
		runes := []rune(line)
		cursor = min(max(cursor, 0), len(runes))
		for _, s := range c.Line(string(runes), cursor) {
			if s.Start < 0 || s.Start > cursor {
				t.Fatalf("a suggestion for %q that starts at %d", line, s.Start)
			}
			completed := string(runes[:s.Start]) + s.Text
			if words, err := commands.Split(completed); err == nil && len(words) > 0 && commands.Quote(words[len(words)-1]) != s.Text {
				t.Fatalf("%q does not end with the word %q", completed, s.Text)
			}
		}
		c.Hint(string(runes))
	})
}
