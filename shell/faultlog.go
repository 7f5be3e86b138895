package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/lib/pq"

	"epev/model"
)

// Whatever nobody expected is written to a log of this user's, under the reference that the person was given. The log
// says what kind of error it was, what was attempted, and where in the program. No value of a record or of what was
// typed gets there.

// log writes an entry, and returns the path of the log if that was done.
func (r *Reporter) log(err error, reference string) string {
	if r.OpenLog == nil {
		return ""
	}
	file, openErr := r.OpenLog()
	if openErr != nil {
		return "" // a full disk, say: the person is told of the error itself anyway
	}
	defer file.Close()
	if _, err := io.WriteString(file, faultEntry(err, reference, time.Now())); err != nil {
		return ""
	}
	return r.LogPath
}

// faultEntry tells of an error without what it says of values.
func faultEntry(err error, reference string, now time.Time) string {
	info, _ := debug.ReadBuildInfo()
	_, commit := built(info)
	var b strings.Builder
	fmt.Fprintf(&b, "%s reference %s, epev of commit %s\n", now.UTC().Format(time.RFC3339), reference, commit)
	chain(&b, err, "  ")
	stack := make([]uintptr, 64)
	stack = stack[:runtime.Callers(1, stack)]
	var traced interface{ StackTrace() []uintptr }
	if errors.As(err, &traced) {
		stack = traced.StackTrace()
	}
	frames := runtime.CallersFrames(stack)
	for more := len(stack) > 0; more; {
		var f runtime.Frame
		f, more = frames.Next()
		fmt.Fprintf(&b, "    %s %s:%d\n", f.Function, path.Base(f.File), f.Line)
	}
	return b.String()
}

// chain writes the errors of a chain, one a line, each a step further in.
func chain(b *strings.Builder, err error, indent string) {
	if err == nil {
		return
	}
	fmt.Fprintf(b, "%s%T: %s\n", indent, err, harmless(err))
	switch wrapped := err.(type) {
	case interface{ Unwrap() error }:
		chain(b, wrapped.Unwrap(), indent+"  ")
	case interface{ Unwrap() []error }:
		for _, e := range wrapped.Unwrap() {
			chain(b, e, indent+"  ")
		}
	}
}

// harmlessWords are a text that holds no value: no digit, no quotation, no address.
var harmlessWords = model.Pattern(`^[\pL ,;:'’()-]+$`)

// scanned is how database/sql begins to tell of a column that cannot be read.
var scanned = model.Pattern(`^sql: Scan error on column index \d+, name "\w+"`)

// harmless returns an error's message without values: in the words of its kind, or as the step that was attempted.
func harmless(err error) string {
	switch e := err.(type) {
	case *pq.Error:
		said := fmt.Sprintf("SQLSTATE %s", e.Code)
		for _, part := range [][2]string{{"schema", e.Schema}, {"table", e.Table}, {"column", e.Column}, {"type", e.DataTypeName}, {"constraint", e.Constraint}} {
			if part[1] != "" {
				said += fmt.Sprintf(", %s %q", part[0], part[1])
			}
		}
		return said + fmt.Sprintf(", in %s of %s:%s", e.Routine, e.File, e.Line)
	case runtime.Error, syscall.Errno:
		return e.Error()
	case *fs.PathError:
		return e.Op
	case *os.SyscallError:
		return e.Syscall
	case *net.OpError:
		return e.Op + " " + e.Net
	case *panicked:
		if cause, ok := e.value.(runtime.Error); ok {
			return "panic: " + cause.Error()
		}
		return fmt.Sprintf("panic with a %T", e.value)
	}
	said := err.Error()
	if errors.Is(err, context.DeadlineExceeded) && errors.Unwrap(err) == nil {
		return "deadline exceeded"
	}
	if found := scanned().FindString(said); found != "" {
		return found
	}
	if inner := errors.Unwrap(err); inner != nil {
		if said = strings.TrimSuffix(said, inner.Error()); said == "" {
			return "at"
		}
	}
	if harmlessWords().MatchString(said) {
		return strings.TrimSuffix(strings.TrimSpace(said), ":")
	}
	return "(what it says may hold values)"
}
