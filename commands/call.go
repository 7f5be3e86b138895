package commands

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"epev/data"
	"epev/model"
)

// Invocation is one command with the values given to it, unparsed.
type Invocation struct {
	Command *Command
	Raw     map[string]string // by parameter name
	Format  string            // of --format, "" when not given
	NoColor bool
	Yes     bool
}

// CheckValue reports what is wrong with one value.
func (i Invocation) CheckValue(name, raw string, v Values) error {
	_, err := i.Command.bind(map[string]string{name: raw}, v)
	return err
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
		return err.WithTry("nobody can be asked for a password here: "+passwordSources+"; "+usage, i.Command.Usage())
	}
	return err.WithTry(usage, i.Command.Usage())
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

// MayAsk reports whether the command asks before it runs, be it only of some values.
func (i Invocation) MayAsk() bool { return (i.Command.confirms || i.Command.doubtful) && i.acts() }

// acts reports whether the command writes, as it is given.
func (i Invocation) acts() bool {
	_, given := i.Raw[i.Command.OnlyWith]
	return i.Command.OnlyWith == "" || given
}

// Bind parses the values, once for all that is asked of the call.
func (i Invocation) Bind(v Values) (*Call, error) {
	c := &Call{Invocation: i, values: v}
	return c, c.bind()
}

// Call is an invocation with its input. Its rules, present values, questions and run are asked of it. It is authorised when
// the first of them is; the run of what writes is authorised anew, within its transaction.
type Call struct {
	Invocation
	// Asked says that a person was told the doubts and went on: they are no warnings any more.
	Asked bool

	// Typed keeps the secrets that the person types, so that they are not asked for again when the command is run once more
	// with other answers; nil keeps none.
	Typed map[string]string

	completes bool       // it is not run, and only asked for what completion offers
	foresight *foresight // what Ahead began; nil: nothing

	values  Values
	bound   *bound
	actor   *model.Actor // who was authorised for the questions; nil before
	doubted *doubted     // what was told of the doubts; nil before
}

// bind parses the values. What was bound before stays where one of them is refused.
func (c *Call) bind() error {
	bound, err := c.Command.bind(c.Raw, c.values)
	if err == nil {
		c.bound = bound
	}
	return err
}

// Give puts a value in the place of the one before. One that cannot be is refused, and the one before stays.
func (c *Call) Give(name, raw string) error {
	before, given := c.Raw[name]
	c.Raw[name] = raw
	err := c.bind()
	if err != nil {
		if c.Raw[name] = before; !given {
			delete(c.Raw, name)
		}
	}
	return err
}

// Leave leaves a value out.
func (c *Call) Leave(name string) error {
	delete(c.Raw, name)
	return c.bind()
}

// Authorise refuses an actor who may not run the command at all, and returns the fields that they may be asked for.
func (c *Call) Authorise(ctx context.Context, e *Env) ([]Param, error) {
	if c.Command.ready != nil {
		if err := c.Command.ready(ctx, e); err != nil {
			return nil, err
		}
	}
	if err := c.reading(ctx, e, func(context.Context, *Act) error { return nil }); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(c.Command.Params), func(p Param) bool { return p.Unasked || !p.Settable(c.actor) }), nil
}

// reading calls fn, which reads, and neither asks nor writes. The first time it authorises the actor.
func (c *Call) reading(ctx context.Context, e *Env, fn func(context.Context, *Act) error) error {
	reading := e.Store.Reading
	if c.completes {
		reading = e.Store.ReadingAside
	}
	return reading(ctx, func(ctx context.Context, r *data.Reader) error {
		act := &Act{Env: e, Data: r, doubted: c.doubted}
		if c.actor != nil {
			act.Actor = *c.actor
		} else if err := act.authorise(ctx, c.Command); err != nil {
			return err
		}
		c.actor = &act.Actor
		return fn(ctx, act)
	})
}

// ask is reading for a question that has an answer.
func ask[R any](ctx context.Context, e *Env, c *Call, question func(context.Context, *Act) (R, error)) (answer R, err error) {
	err = c.reading(ctx, e, func(ctx context.Context, act *Act) (err error) {
		answer, err = question(ctx, act)
		return err
	})
	return answer, err
}

// CheckRules reports a rule that the values break, of those that are about the field, or about any where
// that is "". A rule counts once all of its fields were answered, if only by passing them over.
func (c *Call) CheckRules(ctx context.Context, e *Env, field string, answered func(name string) bool) error {
	for i, fields := range c.Command.ties {
		whole := !slices.ContainsFunc(fields, func(name string) bool { return !answered(name) })
		if !whole || len(fields) == 0 || field != "" && !slices.Contains(fields, field) {
			continue
		}
		if err := c.reading(ctx, e, func(ctx context.Context, act *Act) error { return c.bound.check(ctx, act, i) }); err != nil {
			return err
		}
	}
	return nil
}

// Beside returns the parameters that a rule ties to the one of that name: the mistake may be in them.
func (c *Call) Beside(name string) []Param {
	var beside []Param
	for _, p := range c.Command.Params {
		if p.Name != name && slices.ContainsFunc(c.Command.ties, func(fields []string) bool {
			return slices.Contains(fields, name) && slices.Contains(fields, p.Name)
		}) {
			beside = append(beside, p)
		}
	}
	return beside
}

// Present reads the present values of the fields, for questions.
func (c *Call) Present(ctx context.Context, e *Env) (Present, error) {
	return ask(ctx, e, c, c.bound.present)
}

// Confirmation returns the question that a person must answer with yes before the command runs,
// "" when there is none. It runs the command's checks, so that what would be refused anyway is not asked for.
func (c *Call) Confirmation(ctx context.Context, e *Env) (string, error) {
	if !c.Command.Rehearses || !c.acts() {
		return ask(ctx, e, c, c.bound.confirm)
	}
	return c.rehearse(ctx, &Act{Env: e, Data: e.Store.Read()})
}

// errRehearsed gives a transaction up once it has told what it would do.
var errRehearsed = errors.New("nothing of this stays")

// rehearse finds the question before a command in a transaction of which nothing stays.
func (c *Call) rehearse(ctx context.Context, act *Act) (question string, err error) {
	by, err := act.writer(ctx)
	if err != nil {
		return "", err
	}
	err = act.Store.Write(ctx, by, func(ctx context.Context, tx *Tx) error {
		inside, err := c.inside(ctx, act, by, tx)
		if err == nil {
			question, err = c.bound.confirm(ctx, inside)
		}
		return cmp.Or(err, errRehearsed)
	})
	if errors.Is(err, errRehearsed) {
		err = nil
	}
	return question, err
}

// Idle reports whether a command that may ask before it runs has nothing to ask about, as where there is nothing to do. What is found out
// by doing it always has.
func (c *Call) Idle(ctx context.Context, e *Env) bool {
	if c.Command.Rehearses {
		return false
	}
	question, err := c.Confirmation(ctx, e)
	return err == nil && question == ""
}

// NeedsConfirmation reports whether the command asks before it runs.
func (c *Call) NeedsConfirmation() bool { return c.Command.confirms && c.acts() }

// Doubts returns what a person is told and asked about before the command runs.
func (c *Call) Doubts(ctx context.Context, e *Env) ([]error, error) {
	c.doubted = &doubted{}
	return ask(ctx, e, c, c.bound.doubts)
}

// Offer returns the parameter that mends what the doubts were about. ok is false where there is none, where it was given, and
// where the person may not set it.
func (c *Call) Offer() (p Param, ok bool) {
	p, ok = c.Command.Param(c.Command.Offers)
	_, given := c.Raw[p.Name]
	return p, ok && !given && p.Settable(c.actor)
}

// Notice returns what a terminal is told before the command takes effect.
func (c *Call) Notice(ctx context.Context, e *Env) (string, error) {
	return ask(ctx, e, c, c.bound.notice)
}

// Execute runs the command: identity and permission are read anew from the database (SPEC 5,
// rule 2), and a command that writes does all of it in one transaction.
func (c *Call) Execute(ctx context.Context, e *Env) (result Result, err error) {
	if err := c.RequireAll(e.AskSecret != nil); err != nil {
		return Result{}, err
	}
	act := &Act{Env: e, Data: e.Store.Read(), typed: c.Typed}
	result, foreseen := c.foreseen(e)
	switch {
	case foreseen:
	case c.Command.Writes && c.acts():
		result, err = c.write(ctx, act)
	case c.Command.Apart:
		if err = act.authorise(ctx, c.Command); err == nil {
			result, err = c.run(ctx, act)
		}
	default:
		reading := e.Store.Reading
		if c.Command.Aside {
			reading = e.Store.ReadingAside
		}
		err = reading(ctx, func(ctx context.Context, r *data.Reader) error {
			act.Data = r
			if c.Command.Views {
				var done bool
				if result, done, err = c.view(ctx, act); done {
					return err
				}
			}
			if err := act.authorise(ctx, c.Command); err != nil {
				return err
			}
			result, err = c.run(ctx, act)
			return err
		})
	}
	if err != nil {
		return Result{}, err
	}
	result.Warnings = append(result.Warnings, act.told...)
	for _, what := range act.noted {
		e.Report(what)
	}
	e.Listed.keep(result.Table)
	return result, nil
}

// run prepares and runs a command that does not write.
func (c *Call) run(ctx context.Context, act *Act) (Result, error) {
	if err := c.bound.prepare(ctx, act); err != nil {
		return Result{}, err
	}
	return c.bound.run(ctx, act)
}

// write runs the command in a transaction, perhaps more than once. What waits for a person comes before it, once authorised
// too.
func (c *Call) write(ctx context.Context, act *Act) (result Result, err error) {
	by, err := act.writer(ctx)
	if err != nil {
		return Result{}, err
	}
	if c.Command.waits {
		err := c.reading(ctx, act.Env, func(_ context.Context, found *Act) error { act.Actor = found.Actor; return nil })
		if err == nil {
			err = c.bound.prepare(ctx, act)
		}
		if err != nil {
			return Result{}, err
		}
	}
	if c.doubted != nil {
		c.doubted.affirmed = c.Asked
	}
	err = act.Store.Write(ctx, by, func(ctx context.Context, tx *Tx) error {
		inside, err := c.inside(ctx, act, by, tx)
		if err != nil {
			return err
		}
		var doubts []error
		if !c.Asked {
			// Before the change, as a terminal would be told.
			if doubts, err = c.bound.doubts(ctx, inside); err != nil {
				return err
			}
		}
		result, err = c.bound.run(ctx, inside)
		result.Warnings, act.noted, act.told = doubts, inside.noted, inside.told
		return err
	})
	return result, err
}

// writer is whose session writes.
func (e *Act) writer(ctx context.Context) (data.By, error) {
	session, err := e.Sessions.Current(ctx)
	return data.By{SessionID: session.SessionID, ActorID: session.UserID}, err
}

// inside authorises the command within its transaction.
func (c *Call) inside(ctx context.Context, act *Act, by data.By, tx *Tx) (*Act, error) {
	inside := &Act{Env: act.Env, Data: tx.Reader, Tx: tx, doubted: c.doubted}
	err := inside.authorise(ctx, c.Command)
	if err == nil && inside.Actor.SessionID != by.SessionID { // another login has taken its place
		err = data.ErrNoSession
	}
	return inside, err
}
