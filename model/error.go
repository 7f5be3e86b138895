package model

import (
	"errors"
	"fmt"
)

// Kind says what sort of failure an Error is. Each kind has one exit status (SPEC 1).
type Kind int

// The zero Kind is Internal, so that an error nobody classified is never shown raw.
const (
	Internal        Kind = iota // a fault of epev or of its surroundings; status 1
	Usage                       // unknown command or flag, missing or invalid value; status 2
	Unauthenticated             // not logged in, or the session expired; status 3
	Denied                      // logged in, and not permitted; status 4
	NotFound                    // no such record for this actor; status 5
	Conflict                    // duplicate, rule of the business, changed meanwhile; status 6
	Unavailable                 // the database cannot be used; status 7
	Interrupted                 // stopped by the person or a signal; status 130
)

// Error is an error that a person can act upon. Message is one sentence without a final
// full stop that names what was wrong; Hint says what to do next. Neither holds a secret.
type Error struct {
	Kind    Kind
	Field   string // the flag or argument at fault, without dashes; empty when there is none
	Message string
	Hint    string
	Err     error // the cause, for the log only
}

func (e *Error) Error() string {
	if e.Message == "" && e.Err != nil {
		return e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an Error of the given kind.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Invalid returns a Usage error about the value given for field.
func Invalid(field, format string, args ...any) *Error {
	return &Error{Kind: Usage, Field: field, Message: fmt.Sprintf(format, args...)}
}

// WithHint returns a copy of e that says what to do next.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// KindOf returns the kind of the first Error in err's chain, and Internal where there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Missing is the one answer to an id that does not exist and to one that the actor may
// not view: the two must not differ (SPEC 5, rule 4).
func Missing(noun string, id any) *Error {
	return &Error{Kind: NotFound, Message: fmt.Sprintf("%s %v not found", noun, id),
		Hint: fmt.Sprintf("%q shows those you may view", noun+" list")}
}
