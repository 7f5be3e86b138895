package attacktest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/user"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// stubs are the Sentries of the scripts that run, by the scripts.
var stubs sync.Map

// A stub is a Sentry that keeps what it is sent.
type stub struct {
	mu   sync.Mutex
	sent strings.Builder
}

func (s *stub) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, values := range r.Header {
		s.sent.WriteString(name + ": " + strings.Join(values, " ") + "\n")
	}
	s.sent.Write(body)
	s.sent.WriteString("\n")
}

// sentry has epev report to a Sentry of the script's own, and trace every command.
func sentry(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 0, "sentry")
	s := &stub{}
	server := httptest.NewServer(s)
	ts.Defer(func() { server.Close(); stubs.Delete(ts) })
	stubs.Store(ts, s)
	ts.Setenv("SENTRY_DSN", strings.Replace(server.URL, "://", "://public@", 1)+"/1")
	ts.Setenv("SENTRY_TRACES_SAMPLE_RATE", "1")
}

// sent fails unless the first word was sent to it since it was last asked, and none of the others. Nor may anything tell which
// machine, person, directory, key or password it was.
func sent(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 0, "sent WORD NOT…")
	found, is := stubs.Load(ts)
	if !is {
		ts.Fatalf("there is no sentry")
	}
	s := found.(*stub)
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.sent.String()
	s.sent.Reset()
	if !strings.Contains(all, args[0]) {
		ts.Fatalf("%q was not sent, but %s", args[0], all)
	}
	host, err := os.Hostname()
	ts.Check(err)
	person, err := user.Current()
	ts.Check(err)
	secrets := append(args[1:], `"`+host+`"`, `"`+person.Username+`"`, ts.Getenv("WORK"), ts.Getenv("HOME"), ts.Getenv("SECRET_KEY"), ts.Getenv("DATABASE_URL"),
		"Sunny-Terrace-7", "eyJ", "PGSQL", "/tmp/")
	for _, secret := range secrets {
		if strings.Contains(strings.ToLower(all), strings.ToLower(secret)) {
			ts.Fatalf("%q was sent: %s", secret, all)
		}
	}
}
