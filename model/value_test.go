package model

import (
	"errors"
	"strings"
	"testing"
)

// refused checks that err is a Usage error for field that a person can act upon, with want
// somewhere in its message, and nothing in it that a terminal would obey.
func refused(t *testing.T, raw string, err error, field, want string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("%q: error = %v, want an *Error about %q", raw, err, want)
		return
	}
	if e.Kind != Usage || e.Field != field || e.Hint == "" {
		t.Errorf("%q: kind %d, field %q, hint %q; want Usage, %q and a hint", raw, e.Kind, e.Field, e.Hint, field)
	}
	if !strings.Contains(e.Message, want) || !strings.HasPrefix(e.Message, field) {
		t.Errorf("%q: message = %s, want %q in it and the field first", raw, e.Message, want)
	}
	if Escape(e.Message) != e.Message || Escape(e.Hint) != e.Hint || strings.HasSuffix(e.Message, ".") {
		t.Errorf("%q: message %q or hint %q is not one plain sentence", raw, e.Message, e.Hint)
	}
}
