// Package commands declares what epev can do: one value per command, one file per noun. From a
// declaration come parsing, the questions for missing fields, validation, help, completion and
// the permission; its handler reads and writes through the store and returns a Result.
package commands

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"epev/model"
	"epev/security"
)

// Spec declares a command whose input is a T. Define turns it into a Command.
type Spec[T any] struct {
	Command
	// Ready refuses what cannot be done at all, before anything is asked for.
	Ready func(ctx context.Context, e *Env) error
	// New makes the input before its fields are set; nil: it is empty.
	New    func() T
	Fields []Field[T]
	// Present returns the fields' present values, for the questions of an update, and the version of the record
	// that they were read from. What follows from the fields of the input is told as it would be.
	Present func(ctx context.Context, e *Act, in T) (Present, error)
	// Rules hold across fields. The command itself keeps them when it runs: here they are for a terminal,
	// which is told of a broken one before it asks on.
	Rules []Rule[T]
	// Confirm returns what the command touches, as a question that must be answered with yes.
	Confirm func(ctx context.Context, e *Act, in T) (string, error)
	// Doubts returns what people hardly mean although no rule forbids it, each as a sentence without capital and full
	// stop. A terminal is told them and asked; elsewhere the command goes through with them as warnings.
	Doubts func(ctx context.Context, e *Act, in T) ([]error, error)
	// Notice returns what a terminal is told just before the command takes effect.
	Notice func(ctx context.Context, e *Act, in T) (string, error)
	// Prepare completes the input before the transaction begins, once authorised: what waits for a
	// person or costs time.
	Prepare func(ctx context.Context, e *Act, in *T) error
	Run     func(ctx context.Context, e *Act, in T) (Result, error)
}

// Rule is what the values of some fields must fulfil together, or with what the database holds.
type Rule[T any] struct {
	Fields []string
	Check  func(ctx context.Context, e *Act, in T) error
}

// Present is what an update starts from.
type Present struct {
	Values  map[string]string // by field name, in the form that the field accepts
	Names   map[string]string // of the fields that name another record: who or what it is
	Kept    []string          // the fields of this record that are not the actor's to change: each answer would be refused
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
	Rest       bool   // of the last argument: it takes all words that are left, as one text
	Signed     bool   // of an argument: a value may begin with a - before a code
	Unless     string // the flag with which it is not required, nor the password asked for
	Switch     bool   // a flag without a value: --only-mine
	Unasked    bool   // never offered as a question: list options, --if-version
	Repeats    bool   // may be given several times, which is as good as once with commas between the values; of an argument: the last
	// Needs is what setting the field takes beside the command's own permission; who has it not is not asked for it.
	Needs  security.Permission
	Secret bool    // required where nobody can be asked for it, masked, as the command runs
	Source *Source // nil: nothing to offer
	// Near are words that people type in place of the name, and NearVerbs verbs for setting it to a value: "sign" is to
	// update a contract with is-signed true.
	Near      []string
	NearVerbs map[string]string
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
	offline    bool
	session    bool
	Permission security.Permission
}

// Anyone may run the command, logged in or not.
func Anyone() Access { return Access{open: true} }

// Offline lets anyone run the command, also without a database.
func Offline() Access { return Access{open: true, offline: true} }

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
	Path    string // "client create"; Aliases name the same command otherwise
	Aliases []string
	Help    string // one line, without a full stop
	Example string // one whole command line, without the program's name
	Access  Access // the zero value allows nobody
	// Writes says that the command runs in one transaction, with its authorisation read again inside.
	Writes bool
	// OnlyWith is the flag without which the command does not write, and asks nothing; empty: it always does.
	OnlyWith string
	// Rehearses says that the question before the command is found by doing it, in a transaction of which nothing stays.
	Rehearses bool
	// Host says that the command is about the machine or the database itself, and not for who comes in through ssh.
	Host bool
	// Apart says that the command has transactions of its own, or asks or acts while it runs: it is no mere reading.
	Apart bool
	// Diagnoses says that the command tells what is wrong, also with a configuration or a database that cannot be used.
	Diagnoses bool
	// Aside says that the command reads much, and does so where that is in nobody's way: on a standby, if there is one.
	Aside bool
	// Views says that the command does nothing but read a record through Act.Data, so that it can be run
	// while the database confirms who its actor is.
	Views bool
	// Also are the ways to print its result that few others have, beside Formats. Only are those in place of Formats, the default first.
	Also, Only []string
	// Streams says that its result is an Export, which goes to the file that its argument file names, if there is one.
	Streams bool
	// AskAll says that the command, given without any flag on a terminal, offers every field.
	AskAll bool
	// Ahead names the words that stand ahead of a command within this one: parameters, and signs for themselves. Inside
	// refuses what may not be that command; it is nil for a command that takes none.
	Ahead  []string
	Inside func(Invocation) error
	// Offers names a parameter that a terminal is asked for once a person has affirmed doubts: it mends what they are about.
	Offers string
	Params []Param // of the fields

	confirms, doubtful bool       // whether it may ask before it runs
	waits              bool       // there is something to prepare
	export             *Command   // of a list: the command that writes all of it to a file
	commons            []Param    // the common flags, where they are others than those of most commands
	ties               [][]string // the fields of each rule
	ready              func(ctx context.Context, e *Env) error
	// bind parses the values that are there, and gives what the command does with them.
	bind func(raw map[string]string, v Values) (*bound, error)
}

// Define erases the type of a declaration's input.
func Define[T any](s Spec[T]) Command {
	c := s.Command
	c.ready, c.confirms, c.doubtful, c.waits = s.Ready, s.Confirm != nil, s.Doubts != nil, s.Prepare != nil
	c.commons = c.withFormats()
	for _, f := range s.Fields {
		c.Params = append(c.Params, f.Param)
	}
	for _, r := range s.Rules {
		c.ties = append(c.ties, r.Fields)
	}
	c.bind = func(raw map[string]string, v Values) (*bound, error) {
		in := new(T)
		if s.New != nil {
			*in = s.New()
		}
		for _, f := range s.Fields {
			if value, given := raw[f.Name]; given {
				if err := f.Set(in, value, v); err != nil {
					return nil, err
				}
			}
		}
		return &bound{
			check: func(ctx context.Context, e *Act, rule int) error { return s.Rules[rule].Check(ctx, e, *in) },
			prepare: func(ctx context.Context, e *Act) error {
				if s.Prepare == nil {
					return nil
				}
				return s.Prepare(ctx, e, in)
			},
			present: with(in, s.Present), confirm: with(in, s.Confirm), doubts: with(in, s.Doubts), notice: with(in, s.Notice), run: with(in, s.Run),
		}, nil
	}
	return c
}

// bound is what a declaration does with its input.
type bound struct {
	check           func(ctx context.Context, e *Act, rule int) error
	prepare         func(ctx context.Context, e *Act) error
	present         func(ctx context.Context, e *Act) (Present, error)
	confirm, notice func(ctx context.Context, e *Act) (string, error)
	doubts          func(ctx context.Context, e *Act) ([]error, error)
	run             func(ctx context.Context, e *Act) (Result, error)
}

// with gives the input to a function of a declaration. One that is left out answers nothing.
func with[T, R any](in *T, fn func(context.Context, *Act, T) (R, error)) func(context.Context, *Act) (R, error) {
	return func(ctx context.Context, e *Act) (answer R, err error) {
		if fn == nil {
			return answer, nil
		}
		return fn(ctx, e, *in)
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
	return Capital(strings.ReplaceAll(name, "-", " "))
}

// Group is all but the last word of a command, "" for one of one word. The group "user key" is within the group "user".
func (c *Command) Group() string { return c.Path[:max(0, strings.LastIndexByte(c.Path, ' '))] }

// InGroup reports whether the command is of the group, or of one within it.
func (c *Command) InGroup(group string) bool {
	return c.Group() == group || strings.HasPrefix(c.Group(), group+" ")
}

// Usage is the synopsis: "client update ID [-n NAME] …".
func (c *Command) Usage() string {
	synopsis, optional := c.Path, ""
	for _, p := range c.Params {
		if p.Name == inside && slices.Contains(c.Ahead, equals) {
			synopsis += " " + equals
		}
		switch {
		case p.Positional && !p.Required:
			synopsis += " [" + p.Label() + "]"
		case p.Positional:
			synopsis += " " + p.Label()
			if p.Repeats {
				synopsis += "…"
			}
		case p.Required:
			synopsis += " " + p.Label() + " " + p.Format
		default:
			optional = " [flags]"
		}
	}
	return synopsis + optional
}

// Settable reports whether the actor may set the parameter at all; nil stands for nobody logged in.
func (p Param) Settable(actor *model.Actor) bool {
	return p.Needs == security.Permission{} || actor != nil && security.Allows(*actor, p.Needs)
}
