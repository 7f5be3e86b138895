package model

import (
	"errors"
	"fmt"
	"maps"
	"slices"
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
	Amiss                       // what was looked at is not as it must be; status 1
)

// A Fault names what went wrong, or a notice. Its sentence stands in commands/sentences, so that a language more touches
// nothing here. As an error it is a reason that needs no facts, to be told within the sentence of an Error.
type Fault string

func (f Fault) Error() string { return string(f) }

// A Form names what a field takes: how a value is written. It is told in commands/sentences, too.
type Form string

// Facts are what the sentence of a Fault tells, by the names that it has for them.
type Facts map[string]any

// Error is an error that a person can act upon. Below the commands it has a Fault and its facts, and no words. The
// commands and the shell may give it their own. Message is one sentence without a final full stop that names what was
// wrong. Hint says what to do next, with {try} where it names a command. Nothing of it is a secret.
type Error struct {
	Kind    Kind
	Field   string // the flag or argument at fault, without dashes; empty when there is none
	Fault   Fault
	Value   string   // what was given for the field, as it was typed
	Accepts Form     // what the field takes, where the fault does not say so
	Facts   Facts    // what else is to be told
	Try     []string // the commands that the hint names, as they are typed at the prompt
	Message string
	Hint    string
	Err     error // the cause, for the log only
}

// Error is for the log and for tests: what people are shown is made in commands/sentences.
func (e *Error) Error() string {
	if e.Message != "" {
		return e.Message
	}
	if e.Fault == "" && e.Err != nil {
		return e.Err.Error()
	}
	said := string(e.Fault)
	if e.Field != "" {
		said += " " + e.Field
	}
	for _, name := range slices.Sorted(maps.Keys(e.Facts)) {
		said += fmt.Sprintf(" %s=%v", name, e.Facts[name])
	}
	return said
}

func (e *Error) Unwrap() error { return e.Err }

// given is a text in a message, which %q shows as Quoted does.
type given string

func (g given) Format(f fmt.State, verb rune) {
	if verb == 'q' {
		fmt.Fprint(f, Quoted(string(g)))
		return
	}
	fmt.Fprintf(f, fmt.FormatString(f, verb), string(g))
}

func giveTexts(args []any) {
	for i, arg := range args {
		if s, is := arg.(string); is {
			args[i] = given(s)
		}
	}
}

// Errorf returns an Error of the given kind. A text that %q stands for is shown as Quoted shows it.
func Errorf(kind Kind, format string, args ...any) *Error {
	giveTexts(args)
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Invalid returns a Usage error about the value given for field, as Errorf does.
func Invalid(field, format string, args ...any) *Error {
	giveTexts(args)
	return &Error{Kind: Usage, Field: field, Message: fmt.Sprintf(format, args...)}
}

// WithHint returns a copy of e that says what to do next.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// WithTry returns a copy of e with the hint, whose {try} is the first of the commands, {try2} the second.
func (e *Error) WithTry(hint string, commands ...string) *Error {
	c := *e
	c.Hint, c.Try = hint, commands
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
	return &Error{Kind: NotFound, Fault: "no-such-record", Facts: Facts{"noun": noun, "id": id}, Try: []string{noun + " list"}}
}

// wrong is a Usage error about what was typed for a field.
func wrong(field, typed string, fault Fault, accepts Form, facts Facts) *Error {
	return &Error{Kind: Usage, Field: field, Fault: fault, Value: typed, Accepts: accepts, Facts: facts}
}

// Counted is how many of a noun there are.
type Counted struct {
	N    int64
	Noun string
}
