package shell

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/getsentry/sentry-go"
	"github.com/lib/pq"

	"epev/commands"
	"epev/model"
)

// flushTime is how long the end of epev waits for Sentry (SPEC 8).
const flushTime = time.Second

// Reporter tells Sentry of unexpected errors and of what SPEC 8 wants noted. The zero Reporter tells
// nobody. Nothing personal leaves: an event is made anew from an allow-list.
type Reporter struct {
	// Unexpected errors are written to the file that OpenLog opens for one more entry; LogPath is told to people.
	LogPath string
	OpenLog func() (*os.File, error)

	hub     *sentry.Hub
	pending atomic.Bool // something was reported
}

// NewReporter returns the reporter of the configuration: a silent one without a DSN. A DSN that
// cannot be read is a Usage error.
func NewReporter(c Config) (*Reporter, error) {
	if c.SentryDSN == "" {
		return &Reporter{}, nil
	}
	client, err := sentry.NewClient(sentryOptions(c))
	if err != nil {
		return nil, model.Invalid("SENTRY_DSN", "SENTRY_DSN is not valid").WithHint("it must be the DSN that Sentry shows for the project, or empty")
	}
	return &Reporter{hub: sentry.NewHub(client, sentry.NewScope())}, nil
}

func sentryOptions(c Config) sentry.ClientOptions {
	info, _ := debug.ReadBuildInfo()
	_, commit := built(info)
	return sentry.ClientOptions{
		Dsn:              c.SentryDSN,
		Environment:      c.SentryEnvironment,
		Release:          "epev@" + commit,
		EnableTracing:    c.SentrySampleRate > 0,
		TracesSampleRate: c.SentrySampleRate,
		SampleRate:       1,
		AttachStacktrace: true,
		// Nothing personal is collected (SendDefaultPII is off unless it is set), and BeforeSend makes sure.
		MaxBreadcrumbs:        -1,
		ServerName:            "epev", // otherwise the name of the machine goes out
		BeforeSendLog:         func(*sentry.Log) *sentry.Log { return nil },
		BeforeSend:            func(e *sentry.Event, _ *sentry.EventHint) *sentry.Event { return allowed(e) },
		BeforeSendTransaction: func(e *sentry.Event, _ *sentry.EventHint) *sentry.Event { return allowed(e) },
	}
}

// allowed makes an event anew from what may leave: what kind of error it was, and where in the program. For a
// transaction that is which command it was, how long it took, and how it ended. Messages of errors are left behind, as
// they can hold what people typed.
func allowed(e *sentry.Event) *sentry.Event {
	clean := sentry.NewEvent()
	clean.Type, clean.Transaction, clean.StartTime, clean.TransactionInfo = e.Type, e.Transaction, e.StartTime, e.TransactionInfo
	for _, name := range []string{"trace_id", "span_id", "op", "status"} {
		if value, ok := e.Contexts["trace"][name]; ok {
			if clean.Contexts["trace"] == nil {
				clean.Contexts["trace"] = sentry.Context{}
			}
			clean.Contexts["trace"][name] = value
		}
	}
	clean.EventID, clean.Timestamp, clean.Level, clean.Platform = e.EventID, e.Timestamp, e.Level, e.Platform
	clean.Release, clean.Environment, clean.ServerName, clean.Sdk = e.Release, e.Environment, e.ServerName, e.Sdk
	clean.Message = e.Message // only Note sets one, from fixed texts
	for _, name := range []string{"reference", "sqlstate"} {
		if value, ok := e.Tags[name]; ok {
			clean.Tags[name] = value
		}
	}
	for _, x := range e.Exception {
		clean.Exception = append(clean.Exception, sentry.Exception{Type: x.Type, Stacktrace: allowedStack(x.Stacktrace)})
	}
	return clean
}

// allowedStack leaves out where the source lies: where epev was built in a person's own directory,
// that path holds their name.
func allowedStack(stack *sentry.Stacktrace) *sentry.Stacktrace {
	if stack == nil {
		return nil
	}
	clean := &sentry.Stacktrace{}
	for _, f := range stack.Frames {
		clean.Frames = append(clean.Frames, sentry.Frame{
			Function: f.Function, Module: f.Module, Filename: path.Base(cmp.Or(f.AbsPath, f.Filename)), Lineno: f.Lineno, InApp: f.InApp})
	}
	return clean
}

// panicked is a panic on its way to Sentry, which takes the place from StackTrace. Its text may hold
// what people typed: it is neither shown nor sent.
type panicked struct {
	value any
	stack []uintptr
}

// newPanicked is called by a deferred function with what recover gave it.
func newPanicked(value any) *panicked {
	stack := make([]uintptr, 64)
	return &panicked{value, stack[:runtime.Callers(2, stack)]}
}

func (p *panicked) Error() string         { return fmt.Sprint("panic: ", p.value) }
func (p *panicked) StackTrace() []uintptr { return p.stack }

// Error reports an error that nobody expected, under the reference that the person was given. It returns the path of the
// log that tells of it, if there is one.
func (r *Reporter) Error(err error, reference string) (log string) {
	log = r.log(err, reference)
	if r.hub == nil {
		return log
	}
	r.pending.Store(true)
	r.hub.WithScope(func(scope *sentry.Scope) {
		scope.SetTag("reference", reference)
		if e, ok := errors.AsType[*pq.Error](err); ok {
			scope.SetTag("sqlstate", string(e.Code))
		}
		r.hub.CaptureException(err)
	})
	return log
}

// outcomes are how the commands of a trace end, in Sentry's words.
var outcomes = map[model.Kind]sentry.SpanStatus{
	model.Internal:        sentry.SpanStatusInternalError,
	model.Usage:           sentry.SpanStatusInvalidArgument,
	model.Unauthenticated: sentry.SpanStatusUnauthenticated,
	model.Denied:          sentry.SpanStatusPermissionDenied,
	model.NotFound:        sentry.SpanStatusNotFound,
	model.Conflict:        sentry.SpanStatusFailedPrecondition,
	model.Unavailable:     sentry.SpanStatusUnavailable,
}

// Trace tells how long a command takes, in the share of cases that SENTRY_TRACES_SAMPLE_RATE asks for.
// ended is to be called when it is done.
func (r *Reporter) Trace(ctx context.Context, path string) (ended func(error)) {
	if r.hub == nil {
		return func(error) {}
	}
	span := sentry.StartTransaction(sentry.SetHubOnContext(ctx, r.hub), path, sentry.WithOpName("command"), sentry.WithTransactionSource(sentry.SourceTask))
	return func(err error) {
		switch {
		case err == nil || errors.Is(err, commands.ErrExit):
			span.Status = sentry.SpanStatusOK
		case interrupted(err):
			span.Status = sentry.SpanStatusCanceled
		default:
			span.Status = outcomes[model.KindOf(err)]
		}
		if span.Sampled.Bool() {
			r.pending.Store(true)
		}
		span.Finish()
	}
}

// Note reports that something of note happened, in fixed words that name nobody.
func (r *Reporter) Note(what string) {
	if r.hub != nil {
		r.pending.Store(true)
		r.hub.CaptureMessage(what)
	}
}

// Flush waits until all that was reported is sent, a second at most.
func (r *Reporter) Flush() {
	if r.pending.Load() {
		r.hub.Flush(flushTime)
	}
}
