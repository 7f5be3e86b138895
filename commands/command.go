// Package commands declares what epev can do: one value per command, one file per noun. From a
// declaration come parsing, the questions for missing fields, validation, help, completion and
// the permission; its handler reads and writes through the store and returns a Result.
package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"epev/data"
	"epev/model"
	"epev/security"
)

// Spec declares a command whose input is a T. Define turns it into a Command.
type Spec[T any] struct {
	Path    string // "client create"; Aliases name the same command otherwise
	Aliases []string
	Help    string // one line, without a full stop
	Example string // one whole command line, without the program's name
	Access  Access // the zero value allows nobody
	// Writes says that the command runs in one transaction, with its authorisation read again inside.
	Writes bool
	// Apart says that the command has transactions of its own, or asks while it runs: it is no mere reading.
	Apart bool
	// Views says that the command does nothing but read a record through Env.Data, so that it can be run
	// while the database confirms who its actor is.
	Views bool
	// Ready refuses what cannot be done at all, before anything is asked for.
	Ready  func(ctx context.Context, e *Env) error
	Fields []Field[T]
	// AskAll says that the command, given without any flag on a terminal, offers every field.
	AskAll bool
	// Present returns the fields' present values, for the questions of an update, and the version of the record
	// that they were read from. What follows from the fields of the input is told as it would be.
	Present func(ctx context.Context, e *Env, in T) (Present, error)
	// Rules hold across fields. The command itself keeps them when it runs: here they are for a terminal,
	// which is told of a broken one before it asks on.
	Rules []Rule[T]
	// Confirm returns what the command touches, as a question that must be answered with yes.
	Confirm func(ctx context.Context, e *Env, in T) (string, error)
	// Doubts returns what people hardly mean although no rule forbids it, each as a sentence without capital and full
	// stop. A terminal is told them and asked; elsewhere the command goes through with them as warnings.
	Doubts func(ctx context.Context, e *Env, in T) ([]string, error)
	// Notice returns what a terminal is told just before the command takes effect.
	Notice func(ctx context.Context, e *Env, in T) (string, error)
	// Prepare completes the input before the transaction begins, once authorised: what waits for a
	// person or costs time.
	Prepare func(ctx context.Context, e *Env, in *T) error
	Run     func(ctx context.Context, e *Env, in T) (Result, error)
}

// Rule is what the values of some fields must fulfil together, or with what the database holds.
type Rule[T any] struct {
	Fields []string
	Check  func(ctx context.Context, e *Env, in T) error
}

// Present is what an update starts from.
type Present struct {
	Values  map[string]string // by field name, in the form that the field accepts
	Names   map[string]string // of the fields that name another record: who or what it is
	Version int64
}

// Param is the part of a field that needs no type: what help, completion and questions show.
type Param struct {
	Name       string // "full-name"; a positional argument's is shown in capitals
	Short      string // "n"
	Help       string // "who the client is"
	Format     string // what a value looks like: "dd/mm/yyyy [HH:MM]"
	Positional bool
	Required   bool
	Lines      bool   // a value may have several lines
	Unless     string // the flag with which it is not required, nor the password asked for
	Switch     bool   // a flag without a value: --only-mine
	Unasked    bool   // never offered as a question: list options, --if-version
	// Needs is what setting the field takes beside the command's own permission; who has it not is not asked for it.
	Needs  security.Permission
	Secret bool    // required where nobody can be asked for it, masked, as the command runs
	Source *Source // nil: nothing to offer
}

// Field is a parameter together with how its value enters the input.
type Field[T any] struct {
	Param
	Set func(in *T, raw string, v Values) error // parses and validates; "" clears an optional field
}

// Values is what parsing a value may depend on.
type Values struct {
	Now      time.Time
	Location *time.Location
	Zoned    bool // times are shown with their zone
	Policy   Policy
}

// Policy holds the configured bounds of usernames and passwords (SPEC 2).
type Policy struct {
	UsernameMin, UsernameMax int
	Password                 security.PasswordPolicy
}

// CheckPassword returns a Usage error that says what is wrong with a new password.
func (p Policy) CheckPassword(password string) error {
	if err := p.Password.Check(password); err != nil {
		return err
	}
	return security.CheckUncommon(password)
}

// Access says who may run a command. The zero Access allows nobody.
type Access struct {
	open       bool
	session    bool
	Permission security.Permission
}

// Anyone may run the command, logged in or not.
func Anyone() Access { return Access{open: true} }

// LoggedIn lets every active user with a live session run the command.
func LoggedIn() Access { return Access{session: true} }

// Needs lets those run the command whose role holds the permission in any scope; which records it
// then reaches is the permission's scope.
func Needs(resource, action string) Access {
	return Access{session: true, Permission: security.Permission{Resource: resource, Action: action}}
}

// Allows reports whether the actor may run the command; nil stands for nobody logged in.
func (a Access) Allows(actor *model.Actor) bool {
	switch {
	case a.open:
		return true
	case !a.session || actor == nil:
		return false
	case a.Permission == security.Permission{}:
		return true
	}
	return security.Allows(*actor, a.Permission)
}

// Open reports whether the command runs without a login.
func (a Access) Open() bool { return a.open }

// Command is a declared command with the type of its input erased.
type Command struct {
	Path    string
	Aliases []string
	Help    string
	Example string
	Access  Access
	Writes  bool
	Apart   bool
	Views   bool
	AskAll  bool
	Params  []Param

	ready   func(ctx context.Context, e *Env) error
	check   func(raw map[string]string, v Values) error
	rules   []rawRule
	present func(ctx context.Context, e *Env, raw map[string]string) (Present, error)
	confirm func(ctx context.Context, e *Env, raw map[string]string) (string, error)
	doubts  func(ctx context.Context, e *Env, raw map[string]string) ([]string, error)
	notice  func(ctx context.Context, e *Env, raw map[string]string) (string, error)
	waits   bool // there is something to prepare
	// prepare parses the input and completes it; the function it returns runs the command, any number
	// of times.
	prepare func(ctx context.Context, e *Env, raw map[string]string) (handler, error)
}

// rawRule is a Rule with the type of its input erased.
type rawRule struct {
	fields []string
	check  func(ctx context.Context, e *Env, raw map[string]string) (struct{}, error)
}

type handler func(ctx context.Context, e *Env) (Result, error)

// Define erases the type of a declaration's input.
func Define[T any](s Spec[T]) Command {
	c := Command{Path: s.Path, Aliases: s.Aliases, Help: s.Help, Example: s.Example, Access: s.Access, Writes: s.Writes, Apart: s.Apart, Views: s.Views, AskAll: s.AskAll}
	c.ready, c.waits = s.Ready, s.Prepare != nil
	for _, f := range s.Fields {
		c.Params = append(c.Params, f.Param)
	}
	parse := func(raw map[string]string, v Values) (T, error) {
		var in T
		for _, f := range s.Fields {
			value, given := raw[f.Name]
			if !given {
				continue
			}
			if err := f.Set(&in, value, v); err != nil {
				return in, err
			}
		}
		return in, nil
	}
	c.check = func(raw map[string]string, v Values) error {
		_, err := parse(raw, v)
		return err
	}
	c.prepare = typed(parse, func(ctx context.Context, e *Env, in T) (handler, error) {
		if s.Prepare != nil {
			if err := s.Prepare(ctx, e, &in); err != nil {
				return nil, err
			}
		}
		return func(ctx context.Context, e *Env) (Result, error) { return s.Run(ctx, e, in) }, nil
	})
	for _, r := range s.Rules {
		c.rules = append(c.rules, rawRule{r.Fields, typed(parse, func(ctx context.Context, e *Env, in T) (struct{}, error) {
			return struct{}{}, r.Check(ctx, e, in)
		})})
	}
	if s.Present != nil {
		c.present = typed(parse, s.Present)
	}
	if s.Confirm != nil {
		c.confirm = typed(parse, s.Confirm)
	}
	if s.Doubts != nil {
		c.doubts = typed(parse, s.Doubts)
	}
	if s.Notice != nil {
		c.notice = typed(parse, s.Notice)
	}
	return c
}

// typed lets a function of a typed input take the raw values.
func typed[T, R any](parse func(map[string]string, Values) (T, error), fn func(context.Context, *Env, T) (R, error)) func(context.Context, *Env, map[string]string) (R, error) {
	return func(ctx context.Context, e *Env, raw map[string]string) (R, error) {
		in, err := parse(raw, e.Values())
		if err != nil {
			var none R
			return none, err
		}
		return fn(ctx, e, in)
	}
}

// Param returns the parameter of that name.
func (c *Command) Param(name string) (Param, bool) {
	for _, p := range c.Params {
		if p.Name == name {
			return p, true
		}
	}
	return Param{}, false
}

// Label is how a parameter is written in help and messages: --full-name, ID.
func (p Param) Label() string {
	if p.Positional {
		return strings.ToUpper(strings.ReplaceAll(p.Name, "-", "_"))
	}
	return "--" + p.Name
}

// Title is what a person is asked for: "Full name", "Company", "Signed".
func (c *Command) Title(p Param) string {
	name := strings.TrimPrefix(strings.TrimSuffix(p.Name, "-id"), "is-")
	if name == "id" {
		name = cmp.Or(c.Group(), "ID")
	}
	return capital(strings.ReplaceAll(name, "-", " "))
}

// Group is the first word of a command of two words, "" for the others.
func (c *Command) Group() string {
	group, _, found := strings.Cut(c.Path, " ")
	if !found {
		return ""
	}
	return group
}

// Usage is the synopsis: "client update ID [-n NAME] …".
func (c *Command) Usage() string {
	parts := []string{c.Path}
	optional := false
	for _, p := range c.Params {
		switch {
		case p.Positional:
			parts = append(parts, p.Label())
		case p.Required:
			parts = append(parts, p.Label()+" "+p.Format)
		default:
			optional = true
		}
	}
	if optional {
		parts = append(parts, "[flags]")
	}
	return strings.Join(parts, " ")
}

// Invocation is one command with the values given to it, unparsed.
type Invocation struct {
	Command *Command
	Raw     map[string]string // by parameter name
	Format  string            // of --format, "" when not given
	NoColor bool
	Yes     bool
	Help    bool
	// Asked says that a person was told the doubts and went on: they are no warnings any more.
	Asked bool
}

// Check parses the values that are there, without running anything.
func (i Invocation) Check(v Values) error { return i.Command.check(i.Raw, v) }

// CheckValue reports what is wrong with one value.
func (i Invocation) CheckValue(name, raw string, v Values) error {
	return i.Command.check(map[string]string{name: raw}, v)
}

// CheckRules reports a rule that the values break, of those that are about the field, or about any where
// that is "". A rule counts once all of its fields were answered, if only by passing them over.
func (i Invocation) CheckRules(ctx context.Context, e *Env, field string, answered func(name string) bool) error {
	for _, r := range i.Command.rules {
		whole := !slices.ContainsFunc(r.fields, func(name string) bool { return !answered(name) })
		if !whole || len(r.fields) == 0 || field != "" && !slices.Contains(r.fields, field) {
			continue
		}
		if _, err := of(ctx, e, i, r.check); err != nil {
			return err
		}
	}
	return nil
}

// Beside returns the parameters that a rule ties to the one of that name: the mistake may be in them.
func (i Invocation) Beside(name string) []Param {
	var beside []Param
	for _, p := range i.Command.Params {
		if p.Name != name && slices.ContainsFunc(i.Command.rules, func(r rawRule) bool {
			return slices.Contains(r.fields, name) && slices.Contains(r.fields, p.Name)
		}) {
			beside = append(beside, p)
		}
	}
	return beside
}

// missing returns the required parameters that have no value, arguments first; asked says that a
// person can be asked for a password.
func (i Invocation) missing(asked bool) []Param {
	var missing []Param
	for _, p := range i.Command.Params {
		_, given := i.Raw[p.Name]
		if _, spared := i.Raw[p.Unless]; !given && !spared && (p.Required || p.Secret && !asked) {
			missing = append(missing, p)
		}
	}
	return missing
}

// RequireAll returns a usage error that names every missing parameter. asked says that a person can be
// asked for a password.
func (i Invocation) RequireAll(asked bool) error {
	missing := i.missing(asked)
	if len(missing) == 0 {
		return nil
	}
	labels := make([]string, len(missing))
	for n, p := range missing {
		labels[n] = p.Label()
	}
	err := model.Invalid(missing[0].Name, "%s needs %s", i.Command.Path, strings.Join(labels, ", "))
	if missing[len(missing)-1].Secret {
		return err.WithHint("nobody can be asked for a password here: %s; usage: %s", passwordSources, i.Command.Usage())
	}
	return err.WithHint("usage: %s", i.Command.Usage())
}

// Offered reports whether a terminal is asked for fields: a required one is missing, or the
// command offers all of them and none was given.
func (i Invocation) Offered() bool {
	if len(i.missing(true)) > 0 {
		return true
	}
	if !i.Command.AskAll {
		return false
	}
	for name := range i.Raw {
		if p, _ := i.Command.Param(name); !p.Positional {
			return false
		}
	}
	return true
}

// Present reads the present values of the fields, for questions. It needs the actor's right to
// run the command.
func (i Invocation) Present(ctx context.Context, e *Env) (Present, error) {
	if i.Command.present == nil {
		return Present{}, nil
	}
	return of(ctx, e, i, i.Command.present)
}

// Confirmation returns the question that a person must answer with yes before the command runs,
// "" when there is none. It runs the command's checks, so that what would be refused anyway is not asked for.
func (i Invocation) Confirmation(ctx context.Context, e *Env) (string, error) {
	if i.Command.confirm == nil {
		return "", nil
	}
	return of(ctx, e, i, i.Command.confirm)
}

// NeedsConfirmation reports whether the command asks before it runs.
func (i Invocation) NeedsConfirmation() bool { return i.Command.confirm != nil }

// MayAsk reports whether the command asks before it runs, be it only of some values.
func (i Invocation) MayAsk() bool { return i.NeedsConfirmation() || i.Command.doubts != nil }

// Doubts returns what a person is told and asked about before the command runs.
func (i Invocation) Doubts(ctx context.Context, e *Env) ([]string, error) {
	if i.Command.doubts == nil {
		return nil, nil
	}
	return of(ctx, e, i, i.Command.doubts)
}

// Notice returns what a terminal is told before the command takes effect.
func (i Invocation) Notice(ctx context.Context, e *Env) (string, error) {
	if i.Command.notice == nil {
		return "", nil
	}
	return of(ctx, e, i, i.Command.notice)
}

// of authorises the invocation and calls one of its command's functions that read.
func of[R any](ctx context.Context, e *Env, i Invocation, fn func(context.Context, *Env, map[string]string) (R, error)) (R, error) {
	return reading(ctx, e, i.Command, func(ctx context.Context, scoped *Env) (R, error) { return fn(ctx, scoped, i.Raw) })
}

// reading authorises the command and calls fn, which reads, and neither asks nor writes.
func reading[R any](ctx context.Context, e *Env, c *Command, fn func(context.Context, *Env) (R, error)) (result R, err error) {
	err = e.Store.Reading(ctx, func(ctx context.Context, r *data.Reader) error {
		scoped := *e
		scoped.Data = r
		err := scoped.authorise(ctx, c)
		if err == nil {
			result, err = fn(ctx, &scoped)
		}
		return err
	})
	return result, err
}

// Execute runs the command: identity and permission are read anew from the database (SPEC 5,
// rule 2), and a command that writes does all of it in one transaction.
func (i Invocation) Execute(ctx context.Context, e *Env) (result Result, err error) {
	if err := i.RequireAll(e.AskSecret != nil); err != nil {
		return Result{}, err
	}
	if err := i.Check(e.Values()); err != nil {
		return Result{}, err
	}
	switch {
	case i.Command.Writes:
		return i.write(ctx, e)
	case i.Command.Apart:
		scoped, err := authorised(ctx, e, i.Command)
		if err != nil {
			return Result{}, err
		}
		return i.Command.run(ctx, scoped, i.Raw)
	}
	err = e.Store.Reading(ctx, func(ctx context.Context, r *data.Reader) error {
		scoped := *e
		scoped.Data = r
		if i.Command.Views {
			var done bool
			if result, done, err = i.viewed(ctx, &scoped); done {
				return err
			}
		}
		if err := scoped.authorise(ctx, i.Command); err != nil {
			return err
		}
		result, err = i.Command.run(ctx, &scoped, i.Raw)
		return err
	})
	return result, err
}

// run prepares and runs a command that does not write.
func (c *Command) run(ctx context.Context, e *Env, raw map[string]string) (Result, error) {
	run, err := c.prepare(ctx, e, raw)
	if err != nil {
		return Result{}, err
	}
	return run(ctx, e)
}

// write runs a command that writes. What waits for a person comes before its transaction, once authorised too.
func (i Invocation) write(ctx context.Context, e *Env) (result Result, err error) {
	session, err := e.Sessions.Current(ctx)
	if err != nil {
		return Result{}, err
	}
	preparing := e
	if i.Command.waits {
		if preparing, err = authorised(ctx, e, i.Command); err != nil {
			return Result{}, err
		}
	}
	run, err := i.Command.prepare(ctx, preparing, i.Raw)
	if err != nil {
		return Result{}, err
	}
	var reports []string // told once the change is there
	by := data.By{SessionID: session.SessionID, ActorID: session.UserID}
	err = e.Store.Write(ctx, by, func(ctx context.Context, tx *Tx) error {
		inside := *e
		inside.Data, inside.Tx = tx.Reader, tx
		reports = nil
		inside.Report = func(what string) { reports = append(reports, what) }
		if err := inside.authorise(ctx, i.Command); err != nil {
			return err
		}
		var doubts []string
		if i.Command.doubts != nil && !i.Asked {
			// Before the change, as a terminal would be told.
			if doubts, err = i.Command.doubts(ctx, &inside, i.Raw); err != nil {
				return err
			}
		}
		result, err = run(ctx, &inside)
		result.Warnings = doubts
		return err
	})
	if err != nil {
		return Result{}, err
	}
	for _, what := range reports {
		e.Report(what)
	}
	return result, nil
}

// viewed runs a command that views a record with the rights that the actor had at the last command, of
// which the database says in the statement that reads the record whether they are still those. That
// spares asking for them before. Nothing but a result that was confirmed so counts: whatever else comes
// of it, the command is not done, and is to be run as any other.
func (i Invocation) viewed(ctx context.Context, e *Env) (result Result, done bool, err error) {
	session, err := e.Sessions.Current(ctx)
	if err != nil {
		return Result{}, true, err
	}
	scoped, known := *e, false
	scoped.Actor, scoped.Data, known = cmp.Or(e.Data, e.Store.Read()).Presume(session.SessionID)
	if !known || scoped.Actor.UserID != session.UserID || !i.Command.Access.Allows(&scoped.Actor) {
		return Result{}, false, nil
	}
	result, err = i.Command.run(ctx, &scoped, i.Raw)
	return result, err == nil && scoped.Data.Confirmed(), nil
}

// authorised returns the environment of one command by one actor, or refuses it. What it reads, it reads by itself.
func authorised(ctx context.Context, e *Env, c *Command) (*Env, error) {
	return reading(ctx, e, c, func(_ context.Context, scoped *Env) (*Env, error) {
		scoped.Data = e.Store.Read()
		return scoped, nil
	})
}

// authorise fills e.Actor and refuses who may not run the command.
func (e *Env) authorise(ctx context.Context, c *Command) error {
	if c.Access.Open() {
		return nil
	}
	session, err := e.Sessions.Current(ctx)
	if err != nil {
		return err
	}
	e.Actor, err = e.Data.Identify(ctx, session.SessionID, session.SecretHash[:])
	if errors.Is(err, data.ErrNoSession) {
		e.Sessions.Forget(session.SessionID)
	}
	if err != nil {
		return err
	}
	if e.Actor.UserID != session.UserID {
		return data.ErrNoSession
	}
	if !c.Access.Allows(&e.Actor) {
		return e.denied(ctx, c.Access.Permission, model.Relation{Own: true, Assigned: true}, fmt.Sprintf("run %q", c.Path), "")
	}
	return nil
}

// Authorise refuses an actor who may not run the command at all, and returns the fields that they may be asked for.
func (i Invocation) Authorise(ctx context.Context, e *Env) ([]Param, error) {
	if i.Command.ready != nil {
		if err := i.Command.ready(ctx, e); err != nil {
			return nil, err
		}
	}
	scoped, err := authorised(ctx, e, i.Command)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(i.Command.Params), func(p Param) bool { return p.Unasked || !p.Settable(&scoped.Actor) }), nil
}

// Settable reports whether the actor may set the parameter at all; nil stands for nobody logged in.
func (p Param) Settable(actor *model.Actor) bool {
	return p.Needs == security.Permission{} || actor != nil && security.Allows(*actor, p.Needs)
}
