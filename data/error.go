package data

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/lib/pq"

	"epev/model"
)

// rule is what a broken constraint means to a person.
type rule struct{ field, message, hint string }

// rules are the constraints of SPEC 6 by name; names do not depend on the server's language.
// A duplicate does not tell whose it is: the actor may not be allowed to view that record.
var rules = map[string]rule{
	"role_name_key":         {"name", "a role of this name exists already", "choose another name"},
	"permission_name_key":   {"code", "this permission exists already", "run the command again"},
	"users_username_key":    {"username", "this username is already taken", "choose another username"},
	"users_email_key":       {"email", "this e-mail address is already used by another user", "give another address"},
	"users_email_lower_key": {"email", "this e-mail address is already used by another user", "give another address"},
	"users_role_id_fkey":    {"role-id", "there is no such role", `"role list" shows the roles`},
	"company_name_key":      {"name", "a company of this name exists already", `"company list" shows the companies`},
	"client_email_key":      {"email", "this e-mail address is already used by another client", "give another address"},
	"client_email_lower_key": {"email", "this e-mail address is already used by another client",
		"give another address"},
	// However it is written: see take() in the schema.
	"users_username_taken":            {"username", "this username is already taken", "choose another username"},
	"users_email_taken":               {"email", "this e-mail address is already used by another user", "give another address"},
	"company_name_taken":              {"name", "a company of this name exists already", `"company list" shows the companies`},
	"client_email_taken":              {"email", "this e-mail address is already used by another client", "give another address"},
	"client_company_id_fkey":          {"company-id", "there is no such company", `"company list" shows the companies`},
	"client_commercial_id_fkey":       {"commercial-id", "there is no such user", `"user list --commercial" shows the commercials`},
	"contract_client_id_fkey":         {"client-id", "there is no such client", `"client list" shows the clients`},
	"contract_commercial_id_fkey":     {"commercial-id", "there is no such user", `"user list --commercial" shows the commercials`},
	"contract_total_number_check":     {"total-amount", "the total amount is no number", "give the amount anew"},
	"contract_remaining_number_check": {"remaining-amount", "the remaining amount is no number", "give the amount anew"},
	"contract_total_amount_check":     {"total-amount", "the total amount is below zero", "give 0 or more"},
	"contract_remaining_amount_check": {"remaining-amount", "the remaining amount is below zero",
		"give an amount between 0 and the total"},
	"contract_remaining_total_check": {"remaining-amount", "the remaining amount is above the total",
		"give an amount between 0 and the total"},
	"contract_fully_paid_check": {"is-fully-paid", "a contract is fully paid exactly when nothing remains to be paid",
		"change the remaining amount, or leave --is-fully-paid out"},
	"event_contract_id_fkey":        {"contract-id", "there is no such contract", `"contract list" shows the contracts`},
	"event_support_contact_id_fkey": {"support-contact-id", "there is no such user", `"user list --support" shows the support users`},
	"event_dates_check":             {"end-date", "the event ends before it starts, or at the same moment", "give an end after the start"},
	"event_participant_count_check": {"participant-count", "the number of participants is below zero", "give 0 or more"},
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
		return &model.Error{Kind: model.Interrupted, Message: "interrupted", Hint: "nothing was written", Err: err}
	}
	if _, unreachable := errors.AsType[*connectError](err); unreachable {
		return s.unconnected(err)
	}
	if e, ok := errors.AsType[*pq.Error](err); ok {
		if translated := s.translateSQLState(e, err); translated != nil {
			return translated
		}
	}
	if isSerialization(err) {
		return &model.Error{Kind: model.Conflict, Message: "others change the same records at this moment",
			Hint: "run the command again", Err: err}
	}
	if isLost(err) || errors.Is(err, context.DeadlineExceeded) {
		return &model.Error{Kind: model.Unavailable, Err: err,
			Message: fmt.Sprintf("the connection to the database at %s was lost", s.target),
			Hint:    "run the command again; if it stays so, see whether the server runs"}
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

// translateSQLState returns nil for a state that has no meaning to a person.
func (s *Store) translateSQLState(e *pq.Error, err error) *model.Error {
	unavailable := func(hint, format string, args ...any) *model.Error {
		return &model.Error{Kind: model.Unavailable, Message: fmt.Sprintf(format, args...), Hint: hint, Err: err}
	}
	switch e.Code {
	case "23505", "23503", "23514", "23P01":
		if r, ok := rules[e.Constraint]; ok {
			return &model.Error{Kind: model.Conflict, Field: r.field, Message: r.message, Hint: r.hint, Err: err}
		}
		return &model.Error{Kind: model.Conflict, Message: "the database refuses this change: it would break " + e.Constraint,
			Hint: "look at the record and what refers to it", Err: err}
	case "22001":
		return &model.Error{Kind: model.Usage, Message: "a text is longer than its column in this database allows", Hint: "shorten it", Err: err}
	case "22003":
		return &model.Error{Kind: model.Usage, Message: "a number is larger than its column in this database allows", Hint: "give a smaller one", Err: err}
	case "55P03":
		return &model.Error{Kind: model.Conflict, Message: "someone else is changing the same record right now",
			Hint: "run the command again in a moment", Err: err}
	case "57014":
		return unavailable("ask for less, or try again when the server is less busy",
			"the database took longer than %s to answer", statementTimeout)
	case "42P01", "3F000", "42703", "42883":
		return unavailable(`run "db-create"`, "the database has no schema yet, or one of another version of epev")
	case "28P01", "28000":
		return unavailable("see whether user and password in the address are right, and whether the server admits them",
			"the database at %s refuses this user or password", s.target)
	case "3D000":
		return unavailable("create it, or correct the name in the address", "there is no such database: %s", s.target)
	case "42501":
		return unavailable("ask the database's owner for the right, or use the owner's account",
			"the database user has not the right for this")
	case "25006":
		return unavailable("give the address of the primary server, or add target_session_attrs=read-write",
			"the database at %s can only be read", s.target)
	case "53300":
		return unavailable("try again in a moment", "the database at %s has no connection left", s.target)
	case "53100":
		return unavailable("make room on the server's disk", "the disk of the database at %s is full", s.target)
	case "57P01", "57P02", "57P03":
		return unavailable("try again in a moment", "the database at %s is starting or stopping", s.target)
	}
	return nil
}
