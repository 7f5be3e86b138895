package shell

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/getsentry/sentry-go"

	"epev/commands"
)

// mute is a Sentry that takes every call and answers none.
type mute struct{ calls chan struct{} }

func (m mute) RoundTrip(r *http.Request) (*http.Response, error) {
	m.calls <- struct{}{}
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// A Sentry that says nothing costs a second at most when epev ends, and nothing where nothing was reported. The time is
// that of the test's own clock.
func TestASilentSentryCostsASecondAtTheEndAtMost(t *testing.T) {
	for name, test := range map[string]struct {
		rate   float64
		report func(r *Reporter)
		costs  time.Duration
	}{
		"nothing is reported":           {0, func(*Reporter) {}, 0},
		"a command is traced by no one": {0, func(r *Reporter) { r.Trace(t.Context(), "client list")(nil) }, 0},
		"it ends by exit":               {0, func(r *Reporter) { r.Trace(t.Context(), "exit")(commands.ErrExit) }, 0},
		"a user was created":            {0, func(r *Reporter) { r.Note("user created") }, time.Second},
		"an error that nobody expected": {0, func(r *Reporter) { r.Error(errors.New("odd"), "abc") }, time.Second},
		"many": {1, func(r *Reporter) {
			for range 50 {
				r.Note("contract signed")
			}
		}, time.Second},
		"a command is traced": {1, func(r *Reporter) { r.Trace(t.Context(), "client list")(nil) }, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := mute{make(chan struct{}, 100)}
				options := sentryOptions(Config{SentryDSN: "http://public@sentry.example.org/1", SentrySampleRate: test.rate})
				options.HTTPTransport = m
				client, err := sentry.NewClient(options)
				if err != nil {
					t.Fatal(err)
				}
				r := &Reporter{hub: sentry.NewHub(client, sentry.NewScope())}
				began := time.Now()
				test.report(r)
				if reported := time.Since(began); reported > 0 {
					t.Errorf("reporting took %v", reported)
				}
				r.Flush()
				if took := time.Since(began); took != test.costs {
					t.Errorf("took %v instead of %v", took, test.costs)
				}
				synctest.Wait()
				if called := len(m.calls) > 0; called != (test.costs > 0) {
					t.Errorf("called %t", called)
				}
				client.Close()
				time.Sleep(time.Hour) // of that clock: until it has given up
			})
		})
	}
}
