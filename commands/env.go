package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"epev/data"
	"epev/data/private"
	"epev/model"
	"epev/security"
)

// Env is what a handler may touch. Package shell fills it once; Actor, Data and Tx are set anew
// for each command.
type Env struct {
	Store    *data.Store
	Sessions *Sessions
	Private  *private.Server // nil with an external database
	Database string          // the private server's database in use
	Now      func() time.Time
	Location *time.Location // of the office
	Zoned    bool           // times are told with their zone, because the machine's is another than the office's
	Policy   Policy
	// Invoker is the user id of the person, whom sudo may have made root.
	Invoker int
	// Log is the path of the log of unexpected errors, which may not be there.
	Log string
	// Human says that standard input and output are a terminal: lists are paged.
	Human bool
	// AskSecret asks the person for a secret, masked, until it passes the check, which may be nil. It is
	// nil itself when nobody can answer.
	AskSecret func(ctx context.Context, label string, check func(secret string) error) (string, error)
	// Typed keeps the secrets that the person typed, by the flag that would give their file, so that they are
	// not asked for again when the command is run once more with other answers; nil keeps none.
	Typed map[string]string
	// NextLine returns the next line of the input that the command came from: the script's own
	// next line, or standard input's. It serves --password-file -. Where it is nil, the person types that line.
	NextLine func() (string, error)
	// Pause waits out the delay of a login; nil does so by the machine's clock.
	Pause func(ctx context.Context, d time.Duration) error
	// Tell writes one line for the person to standard error.
	Tell func(line string)
	// Report tells the observability service that something of note happened (SPEC 8).
	Report func(what string)

	Actor model.Actor
	Data  *data.Reader
	Tx    *Tx // nil for a command that does not write
}

// Tx is the transaction of a command that writes.
type Tx = data.Tx

// Values is what parsing a value depends on.
func (e *Env) Values() Values {
	return Values{Now: e.Now(), Location: e.Location, Zoned: e.Zoned, Policy: e.Policy}
}

// showTime tells a moment by the office's clock.
func (e *Env) showTime(t time.Time) string { return model.ShowTime(t, e.Location, e.Zoned) }

// reach returns which records of the resource the actor's permission for the action covers.
func (e *Env) reach(resource, action string) model.Reach {
	return security.ReachOf(e.Actor, security.Permission{Resource: resource, Action: action})
}

// denied explains a denial: what was needed and who holds it, what the actor holds instead, and why
// that does not suffice for a record with the given relation.
func (e *Env) denied(ctx context.Context, p security.Permission, rel model.Relation, what, reason string, fields ...string) error {
	d := security.Denial{What: what, Held: security.Held(e.Actor, p), Reason: reason}
	for _, code := range security.Needed(p, rel, fields...) {
		holders, err := e.Data.RolesHolding(ctx, code)
		if err != nil {
			return err
		}
		d.Needed = append(d.Needed, security.Requirement{Code: code, Holders: holders})
	}
	return security.Denied(d)
}

// readSecret takes a password from where the flag says: the file, the next line of the input,
// or the person, who is asked twice when confirm is set. RequireAll has seen to it that there is one.
func (e *Env) readSecret(ctx context.Context, flag, path, label string, confirm bool) (string, error) {
	switch {
	case path == "-" && e.NextLine == nil:
		return e.AskSecret(ctx, label, nil)
	case path == "-":
		line, err := e.NextLine()
		if errors.Is(err, io.EOF) {
			return "", model.Invalid("password-file", "there is no next line to read the password from").
				WithHint("put the password on the line after the command")
		}
		return strings.TrimPrefix(line, "\ufeff"), err // of a file that was put into the input
	case path != "":
		if rest, ok := strings.CutPrefix(path, "~/"); ok { // which no shell has expanded here
			if home, err := os.UserHomeDir(); err == nil {
				path = filepath.Join(home, rest)
			}
		}
		return security.ReadPasswordFile(path, e.Invoker)
	}
	if typed, ok := e.Typed[flag]; ok {
		return typed, nil
	}
	secret, err := e.askSecret(ctx, label, confirm)
	if err == nil && e.Typed != nil {
		e.Typed[flag] = secret
	}
	return secret, err
}

// secretTries is how often a person is asked for a password that is wrong.
const secretTries = 3

// readRight reads a password that must be right, as judge says. A person who types it is asked again when it is
// not, and has three tries in all.
func (e *Env) readRight(ctx context.Context, flag, path, label string, judge func(password string) error) error {
	typed := path == "" || path == "-" && e.NextLine == nil
	for try := 1; ; try++ {
		password, err := e.readSecret(ctx, flag, path, label, false)
		if err != nil {
			return err
		}
		wrong := judge(password)
		if e, ok := errors.AsType[*model.Error](wrong); !ok || e.Kind != model.Unauthenticated && e.Kind != model.Denied {
			return wrong
		}
		delete(e.Typed, flag)
		if !typed || try == secretTries {
			return wrong
		}
		e.Tell(wrong.Error() + "; try again")
	}
}

func (e *Env) askSecret(ctx context.Context, label string, confirm bool) (string, error) {
	if !confirm {
		return e.AskSecret(ctx, label, nil)
	}
	for {
		secret, err := e.AskSecret(ctx, label, e.Policy.CheckPassword)
		if err != nil {
			return "", err
		}
		again, err := e.AskSecret(ctx, label+" again", nil)
		if err != nil || again == secret {
			return again, err
		}
		e.Tell("The two passwords differ: type both anew.")
	}
}

// about says which field of a command an error is about that comes from looking up what it names.
func about(field string, err error) error {
	e, ok := errors.AsType[*model.Error](err)
	if !ok || e.Kind != model.NotFound && e.Kind != model.Conflict {
		return err
	}
	named := *e
	named.Field = field
	return &named
}

// passwordField is the one way to give a password without a prompt.
func passwordField[T any](set func(in *T, path string)) Field[T] {
	return Field[T]{
		Param: Param{Name: "password-file", Format: "PATH", Unasked: true, Secret: true, Source: files(),
			Help: "file that holds the password and that only you can read; - takes the next line of the input; without it you are asked"},
		Set: func(in *T, raw string, _ Values) error {
			if raw == "" {
				return model.Invalid("password-file", "--password-file is empty").WithHint("give a path, or - for the next line of the input")
			}
			set(in, raw)
			return nil
		},
	}
}

// recordField is the positional ID of a noun's commands. Where the noun's records have names it takes
// one too.
func recordField[T, R any](n noun[R], source *Source, set func(in *T, ref reference)) Field[T] {
	p := Param{Name: "id", Positional: true, Required: true, Format: "ID", Source: source, Help: "which " + n.name}
	if n.byName != nil {
		return referenceField(p, set)
	}
	return Field[T]{Param: p, Set: func(in *T, raw string, _ Values) error {
		id, err := model.ParseID("id", raw)
		if err == nil {
			set(in, reference{ID: id})
		}
		return err
	}}
}

// reference names a role or a user by id or by name; a name is looked up when the command runs.
type reference struct {
	ID   int64
	Name string
}

func parseReference(field, raw string) (reference, error) {
	raw = model.Pasted(raw)
	if raw == "" {
		return reference{}, model.Invalid(field, "%s is empty", field).WithHint("give an id or a name")
	}
	if strings.Trim(raw, "-+.0123456789") == "" {
		id, err := model.ParseID(field, raw)
		return reference{ID: id}, err
	}
	name, err := model.ParseText(field, raw, 64)
	return reference{Name: name}, err
}

func (r reference) String() string {
	if r.Name != "" {
		return fmt.Sprintf("%q", r.Name)
	}
	return fmt.Sprint(r.ID)
}

// referenceField is an argument or flag that takes an id or a name.
func referenceField[T any](p Param, set func(in *T, ref reference)) Field[T] {
	return Field[T]{Param: p, Set: func(in *T, raw string, _ Values) error {
		ref, err := parseReference(p.Name, raw)
		if err == nil {
			set(in, ref)
		}
		return err
	}}
}
