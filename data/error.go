package data

import (
	"context"
	"errors"
	"runtime"
	"strings"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"epev/model"
)

// rule is what a broken constraint means to a person: the field, the fault, and a command that helps.
type rule struct {
	field string
	fault model.Fault
	try   string
}

// ofColumn is the end of the name of a constraint that keeps the values of a column apart, or lets them refer to a record.
var ofColumn = model.Pattern(`(_lower)?_key$|_fkey$|_taken$`)

// broken tells what breaking a constraint means, by its name: that of its table and of the column, or what the resource says in its
// rules. It does not depend on the server's language. A duplicate does not tell whose it is: the actor may not be
// allowed to view that record.
func broken(constraint string) *model.Error {
	for _, d := range resources {
		of := strings.TrimPrefix(constraint, d.table+"_")
		column := ofColumn().ReplaceAllString(of, "")
		r, said := d.rules[of]
		if !said {
			r, said = d.rules[column]
		}
		facts := model.Facts{"noun": d.name}
		if of != constraint && column != of && !said {
			said, r = true, rule{strings.ReplaceAll(column, "_", "-"), "taken", ""}
			if noun, refers := strings.CutSuffix(column, "_id"); refers {
				r.fault, r.try, facts = "no-such-record-to-refer-to", noun+" list", model.Facts{"noun": noun, "those": model.Plural(noun)}
			}
		}
		if said {
			e := &model.Error{Kind: model.Conflict, Field: r.field, Fault: r.fault, Facts: facts}
			if r.try != "" {
				e.Try = []string{r.try}
			}
			return e
		}
	}
	return &model.Error{Kind: model.Conflict, Fault: "breaks-a-constraint", Facts: model.Facts{"constraint": constraint}}
}

// translate turns what went wrong into an Error that a person can act upon. What is neither a
// known failure nor an Error already stays as it is: Internal.
func (s *Store) translate(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, already := errors.AsType[*model.Error](err); already {
		return err
	}
	if ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return &model.Error{Kind: model.Interrupted, Fault: "stopped", Err: err}
	}
	if _, unreachable := errors.AsType[*connectError](err); unreachable {
		return s.unconnected(err)
	}
	if e, ok := errors.AsType[*pq.Error](err); ok {
		if translated := s.translateSQLState(ctx, e, err); translated != nil {
			return translated
		}
	}
	if isSerialization(err) {
		return &model.Error{Kind: model.Conflict, Fault: "crowded", Err: err}
	}
	if isLost(err) || errors.Is(err, context.DeadlineExceeded) {
		return &model.Error{Kind: model.Unavailable, Fault: "connection-lost", Facts: model.Facts{"target": s.target}, Err: err}
	}
	return traced(err)
}

// unforeseen is an error that means nothing to a person, with the place where that was found.
type unforeseen struct {
	error
	stack []uintptr
}

func (e *unforeseen) Unwrap() error         { return e.error }
func (e *unforeseen) StackTrace() []uintptr { return e.stack }

func traced(err error) error {
	if _, already := errors.AsType[*unforeseen](err); already {
		return err
	}
	stack := make([]uintptr, 64)
	return &unforeseen{err, stack[:runtime.Callers(2, stack)]}
}

// states are what the SQLSTATEs mean that are no constraint's.
var states = map[pqerror.Code]struct {
	kind  model.Kind
	fault model.Fault
}{
	"22001": {model.Usage, "text-too-long-for-its-column"},
	"22003": {model.Usage, "number-too-large-for-its-column"},
	"55P03": {model.Conflict, "being-changed"},
	"57014": {model.Unavailable, "too-slow"},
	"28P01": {model.Unavailable, "login-refused"},
	"28000": {model.Unavailable, "login-refused"},
	"3D000": {model.Unavailable, "no-such-database"},
	"42501": {model.Unavailable, "no-right"},
	"25006": {model.Unavailable, "read-only"},
	"53300": {model.Unavailable, "no-connection-left"},
	"53100": {model.Unavailable, "disk-full"},
	"53200": {model.Unavailable, "server-without-memory"},
	"53400": {model.Unavailable, "server-at-its-limit"},
	"58030": {model.Unavailable, "server-disk-fails"},
	"XX001": {model.Unavailable, "database-damaged"},
	"XX002": {model.Unavailable, "database-damaged"},
	"57P01": {model.Unavailable, "starting-or-stopping"},
	"57P02": {model.Unavailable, "starting-or-stopping"},
	"57P03": {model.Unavailable, "starting-or-stopping"},
}

// translateSQLState returns nil for a state that has no meaning to a person.
func (s *Store) translateSQLState(ctx context.Context, e *pq.Error, err error) *model.Error {
	switch e.Code {
	case "23505", "23503", "23514", "23P01":
		told := broken(e.Constraint)
		told.Err = err
		return told
	case "42P01", "3F000", "42703", "42883":
		return s.schemaFault(ctx, err)
	}
	if state, ok := states[e.Code]; ok {
		return &model.Error{Kind: state.kind, Fault: state.fault, Facts: model.Facts{"target": s.target, "patience": statementTimeout}, Err: err}
	}
	return nil
}

// schemaFault tells why a table, a column or a function is not there: the schema is absent, older or half made. It
// returns nil where the schema is whole, for then the statement is wrong, which is a fault of epev's.
func (s *Store) schemaFault(ctx context.Context, err error) *model.Error {
	_, why := SchemaVersion(ctx, s.db.DB)
	unfit, ok := errors.AsType[*model.Error](why)
	if !ok {
		return nil
	}
	s.usable.Store(false)
	told := *unfit
	told.Err = err
	return &told
}
