package model_test

import (
	"errors"
	"strings"
	"testing"

	"epev/commands/sentences"

	. "epev/model"
)

// refused checks that err is a Usage error for field that a person can act upon. It has want
// somewhere in its message, and nothing in it that a terminal would obey.
func refused(t *testing.T, raw string, err error, field, want string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("%q: error = %v, want an *Error about %q", raw, err, want)
		return
	}
	told := sentences.Of(e)
	message, hint := told.Message, told.Hint
	if e.Kind != Usage || e.Field != field || hint == "" || strings.Contains(message+hint, "{") && !strings.Contains(raw, "{") {
		t.Errorf("%q: kind %d, field %q, hint %q; want Usage, %q and a hint", raw, e.Kind, e.Field, hint, field)
	}
	if !strings.Contains(message, want) || !strings.HasPrefix(message, field) {
		t.Errorf("%q: message = %s, want %q in it and the field first", raw, message, want)
	}
	if Escape(message) != message || Escape(hint) != hint || strings.HasSuffix(message, ".") {
		t.Errorf("%q: message %q or hint %q is not one plain sentence", raw, message, hint)
	}
}
