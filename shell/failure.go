package shell

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"epev/commands"
	"epev/commands/sentences"
	"epev/model"
	"epev/shell/prompt"
	"epev/shell/screen"
)

// statuses are the exit statuses of SPEC 1, in their one place.
var statuses = map[model.Kind]int{
	model.Internal:        1,
	model.Usage:           2,
	model.Unauthenticated: 3,
	model.Denied:          4,
	model.NotFound:        5,
	model.Conflict:        6,
	model.Unavailable:     7,
	model.Interrupted:     130,
	model.Amiss:           1,
}

// failure is an error made ready to be told.
type failure struct {
	status  int
	message string
	hint    string
	told    bool // already: nothing is to be said
}

// unwritten is why a result did not reach standard output: a full disk.
type unwritten struct{ error }

// changed is a failure of a command that had changed something before it, as kept tells.
type changed struct {
	error
	kept string
}

func (e changed) Unwrap() error { return e.error }

// after returns err as that of a command that has, or has not, changed something already.
func after(err error, hasChanged bool, kept string) error {
	if err == nil || !hasChanged {
		return err
	}
	return changed{err, kept}
}

// alreadyTold is a failure that the person has read before they gave up.
type alreadyTold struct{ error }

func (e alreadyTold) Unwrap() error { return e.error }

// explain turns an error into what a person is told and the exit status. What nobody classified is
// reported and never shown raw: the person gets a reference to quote.
func (s *Shell) explain(err error) failure {
	e, ok := errors.AsType[*model.Error](err)
	if told, is := errors.AsType[alreadyTold](err); is && (ok || !interrupted(err)) {
		return failure{status: s.explain(told.error).status, told: true}
	}
	if !ok && interrupted(err) {
		e, ok = &model.Error{Kind: model.Interrupted, Fault: "stopped"}, true
	}
	if e, ok := errors.AsType[unwritten](err); ok {
		f := failure{status: statuses[model.Internal], message: "the result could not be written: " + e.Error(), hint: "the command itself was done"}
		if s.atomic {
			f.hint = "" // what becomes of it is told at the end of the script
		}
		return f
	}
	if ok && e.Kind != model.Internal {
		f := failure{status: statuses[e.Kind]}
		f.message, f.hint = s.inWords(e)
		if c, is := errors.AsType[changed](err); is && e.Kind == model.Interrupted {
			f.hint = c.kept
		}
		return f
	}
	reference := rand.Text()[:8]
	hint := "try again; if it stays, tell whoever runs epev the reference"
	if log := s.Reporter.Error(err, reference); log != "" {
		hint += ", which finds the cause in " + log
	}
	return failure{status: statuses[model.Internal], message: fmt.Sprintf("unexpected error (reference %s)", reference), hint: hint}
}

// inWords returns what an error tells its reader: what went wrong, and what they can do next. Commands are those that the
// reader may run, as they are typed where it is read. Who that is, is asked only where a command is not everybody's.
func (s *Shell) inWords(e *model.Error) (message, hint string) {
	who := sync.OnceValues(s.lastKnown)
	var reader sentences.Reader
	if s.Registry != nil {
		reader.MayRun = func(line string) bool { // whatever is no command they may
			c, _, err := s.Registry.Find(strings.Fields(line))
			if err == nil && s.Gate != nil && s.Gate.withholds(c) != nil {
				return false
			}
			if err != nil || c.Access.Open() {
				return true
			}
			actor, known := who()
			return !known || c.Access.Allows(actor)
		}
		if !s.atPrompt {
			reader.Program = s.Options.program()
		}
	}
	told := sentences.Tell(e, reader)
	if told.Hint == "" && len(e.Try) > 0 { // none of its commands is the reader's to run
		actor, known := who()
		switch {
		case s.Gate != nil && commands.NeedsLogin(e):
			told = sentences.Tell(e.WithTry(sentences.ComeIn), reader)
		case known && actor == nil:
			told = sentences.Tell(e.WithTry(sentences.LogIn, "login"), reader)
		case e.Kind == model.Usage:
			told = sentences.Tell(e.WithTry(sentences.ListHelp, "help"), reader)
		}
	}
	return told.Message, told.Hint
}

// hintPatience is how long a failure that is to be told waits for who its reader is.
const hintPatience = 2 * time.Second

// lastKnown returns who is logged in, for all that is known.
func (s *Shell) lastKnown() (actor *model.Actor, known bool) {
	if s.Env == nil || s.Env.Sessions == nil || s.Env.Store == nil {
		return nil, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), hintPatience)
	defer cancel()
	return commands.LastKnown(ctx, s.Env)
}

// interrupted reports whether Ctrl-C or a signal is why a command failed. An error of another kind is not interrupted,
// even if that was its cause: the outcome of a commit may be unknown.
func interrupted(err error) bool {
	if e, ok := errors.AsType[*model.Error](err); ok {
		return e.Kind == model.Interrupted
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, prompt.ErrInterrupted)
}

// tell writes a failure to standard error: on one line after its place, or for a person in two.
func (s *Shell) tell(place string, f failure) {
	if f.told {
		return
	}
	message, hint := model.Escape(f.message), model.Escape(f.hint)
	if s.human {
		fmt.Fprintln(s.Stderr, s.color.Paint(screen.Failure, screen.Wrap(message, s.width(), "")))
		if hint != "" {
			fmt.Fprintln(s.Stderr, s.color.Paint(screen.Faint, screen.Wrap("  "+hint, s.width(), "  ")))
		}
		return
	}
	line := place + ": " + message
	switch {
	case hint == "":
	case strings.HasSuffix(message, "."):
		line += " " + commands.Capital(hint) // the sentences that staff know end with a full stop
	default:
		line += "; " + hint
	}
	fmt.Fprintln(s.Stderr, line)
}

// Recover is to be deferred. It makes an error of a panic that nobody made one of, with the terminal as it was before
// and the status of an unexpected error. Nobody is shown its text, which may hold what people typed.
func (s *Shell) Recover(status *int) {
	if r := recover(); r != nil {
		s.close()
		*status = s.Fail(newPanicked(r))
	}
}

// Fail tells of an error that ends epev, and returns the exit status.
func (s *Shell) Fail(err error) int { return s.fail("epev", err) }

// fail tells of an error after its place, and returns its exit status.
func (s *Shell) fail(place string, err error) (status int) {
	f := s.explain(err)
	s.tell(place, f)
	return f.status
}
