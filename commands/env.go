package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"epev/data"
	"epev/data/private"
	"epev/model"
	"epev/security"
)

// Env is what a shell has for its commands. Package shell fills it once; a script has its own store and next line.
type Env struct {
	Store    *data.Store
	Sessions *Sessions
	Policy   Policy
	Clock
	Person
	Host
	// Listed is what was listed last, for open; nil remembers nothing.
	Listed *Listed
	// Report tells the observability service that something of note happened (SPEC 8).
	Report func(what string)
	// Later keeps a file that a command wrote until its script is done, which is kept wholly or not at all: then it is given its name, or
	// taken away. It is nil where a file gets its name at once.
	Later func(give func() error, drop func())
}

// Clock is the time, and how the office tells it.
type Clock struct {
	Now      func() time.Time
	Location *time.Location // of the office
	Zoned    bool           // times are told with their zone, because the machine's is another than the office's
}

// Person is how whoever gave the command is told and asked.
type Person struct {
	// Human says that standard input and output are a terminal: lists are paged.
	Human bool
	// Window tells how large that terminal is; it may be nil.
	Window func() (columns, rows int)
	// AskSecret asks the person for a secret, masked, until it passes the check, which may be nil. It is
	// nil itself when nobody can answer.
	AskSecret func(ctx context.Context, label string, check func(secret string) error) (string, error)
	// NextLine returns the next line of the input that the command came from: the script's own
	// next line, or standard input's. It serves --password-file -. Where it is nil, the person types that line.
	NextLine func() (string, error)
	// Input returns standard input, for a command that reads all of it. Its error tells why that cannot be.
	Input func() (io.Reader, error)
	// Tell writes one line for the person to standard error.
	Tell func(line string)
	// Progress shows a person how much of something that takes long is done, as a share of 1, until its end; nil: nobody looks.
	Progress func(what string) (show func(share float64), end func())
	// Saved are the person's own commands; nil: there is no place for any.
	Saved *Saved
	// Remote says that the person is on another machine, and that no file of this one is theirs.
	Remote bool
	// Invoker is the user id of the person, whom sudo may have made root.
	Invoker int
}

// Host is what of the machine the commands of the database are about.
type Host struct {
	Private  *private.Server // nil with an external database
	Database string          // the private server's database in use
	// Log is the path of the log of unexpected errors, which may not be there.
	Log string
	// Home is the directory of this user's files.
	Home   private.Home
	Config Configuration
}

// Configuration is where the configuration comes from, and what is wrong with it. What it says is not told: much of it is secret.
type Configuration struct {
	Set        []Setting // the variables that are set
	Wrong      error     // why some of it is not taken; nil: all of it is
	NoDatabase error     // why it leads to no database; nil: it leads to one
	OfficeFile string    // the file that holds the configuration of an office; it may not be there
}

// Setting is a variable that is set, and where: FromEnvironment, or the name of a file.
type Setting struct{ Name, From string }

// FromEnvironment says that a variable is one of the environment.
const FromEnvironment = "the environment"

// progress is Progress, also where nobody looks.
func (p *Person) progress(what string) (show func(share float64), end func()) {
	if p.Progress == nil {
		return func(float64) {}, func() {}
	}
	return p.Progress(what)
}

// Values is what parsing a value depends on.
func (e *Env) Values() Values {
	return Values{Now: e.Now(), Location: e.Location, Zoned: e.Zoned, Policy: e.Policy}
}

// showTime tells a moment by the office's clock.
func (e *Env) showTime(t time.Time) string { return model.ShowTime(t, e.Location, e.Zoned) }

// reach returns which records of the resource the actor's permission for the action covers.
func (e *Act) reach(resource, action string) model.Reach {
	return security.ReachOf(e.Actor, security.Permission{Resource: resource, Action: action})
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

// field is a parameter whose value parse reads, into its place in the input.
func field[T, V any](p Param, place func(in *T) *V, parse func(field, raw string) (V, error)) Field[T] {
	return Field[T]{Param: p, Set: func(in *T, raw string, _ Values) error {
		value, err := parse(p.Name, raw)
		if err == nil {
			*place(in) = value
		}
		return err
	}}
}

// itself is the place of an input that is one value.
func itself[T any](in *T) *T { return in }

// anything parses a value that is taken as it is.
func anything(_, raw string) (string, error) { return raw, nil }

// recordField is the positional ID of a noun's commands. Where the noun's records have names it takes
// one too.
func recordField[T, R, F any](n noun[R, F], source *Source, place func(in *T) *reference) Field[T] {
	parse := parseNumber
	if n.byName != nil {
		parse = parseReference
	}
	return field(Param{Name: "id", Positional: true, Required: true, Format: "ID", Source: source, Help: "which " + n.name}, place, parse)
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
		return parseNumber(field, raw)
	}
	name, err := model.ParseText(field, raw, 64)
	return reference{Name: name}, err
}

func parseNumber(field, raw string) (reference, error) {
	id, err := model.ParseID(field, raw)
	return reference{ID: id}, err
}

// is reports whether the reference is to the record of that id and name.
func (r reference) is(id int64, name string) bool {
	if r.Name != "" {
		return r.Name == name
	}
	return r.ID == id
}

func (r reference) String() string {
	if r.Name != "" {
		return fmt.Sprintf("%q", r.Name)
	}
	return fmt.Sprint(r.ID)
}
