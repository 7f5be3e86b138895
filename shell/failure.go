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
	"epev/commands/demo"
	"epev/commands/sentences"
	"epev/model"
	"epev/shell/prompt"
	"epev/shell/render"
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
	if interrupted(err) {
		f := failure{status: statuses[model.Interrupted], message: "interrupted", hint: "nothing was written"}
		if ok {
			f.message, f.hint = s.inWords(e)
		}
		if c, ok := errors.AsType[changed](err); ok {
			f.hint = c.kept
		}
		return f
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
		if f.hint == "" && sentences.Of(e).Hint != "" && e.Kind == model.Usage {
			f.hint = s.advice(`"help" lists what there is`) // the right command is not the reader's to run
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

// inWords returns what an error tells its reader: what went wrong, and what they can do next.
func (s *Shell) inWords(e *model.Error) (message, hint string) {
	if len(e.Try) == 0 { // its hint may quote a command
		told := sentences.Of(e)
		return told.Message, s.advice(told.Hint)
	}
	reader := s.newReader()
	program := ""
	if !s.atPrompt && s.Registry != nil {
		program = s.program()
	}
	told := sentences.Tell(e, sentences.Reader{MayRun: reader.mayRun, Program: program})
	if told.Hint == "" && reader.isNobody() {
		told.Hint = s.asTyped(logIn)
	}
	return told.Message, told.Hint
}

// interrupted reports whether Ctrl-C or a signal is why a command failed. An error of another kind is not interrupted,
// even if that was its cause: the outcome of a commit may be unknown.
func interrupted(err error) bool {
	if e, ok := errors.AsType[*model.Error](err); ok {
		return e.Kind == model.Interrupted
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, prompt.ErrInterrupted)
}

// advice is a hint, a warning or a notice as its reader gets it: with only the commands that the reader may run, as
// they are typed there.
func (s *Shell) advice(text string) string { return s.asTyped(s.runnable(text)) }

// hintPatience is how long a failure that is to be told waits for who its reader is.
const hintPatience = 2 * time.Second

// logIn is what a hint says to a reader who may run none of its commands.
const logIn = `log in with "login"`

// A hintReader is who a hint is told to. It is asked for only where a hint names a command that is not everybody's. A
// reader who cannot be found out is told of all commands.
type hintReader struct {
	registry *commands.Registry
	who      func() (actor *model.Actor, known bool)
}

func (s *Shell) newReader() hintReader {
	if s.Registry == nil || s.Env == nil || s.Env.Sessions == nil || s.Env.Store == nil {
		return hintReader{s.Registry, func() (*model.Actor, bool) { return nil, false }}
	}
	return hintReader{s.Registry, sync.OnceValues(func() (*model.Actor, bool) {
		ctx, cancel := context.WithTimeout(context.Background(), hintPatience)
		defer cancel()
		return commands.LastKnown(ctx, s.Env)
	})}
}

// mayRun reports whether the reader may run what a line says; whatever is no command they may.
func (r hintReader) mayRun(line string) bool {
	if r.registry == nil {
		return true
	}
	c, _, err := r.registry.Find(strings.Fields(line))
	if err != nil || c.Access.Open() {
		return true
	}
	actor, known := r.who()
	return !known || c.Access.Allows(actor)
}

// isNobody reports whether nobody is logged in, for all that is known.
func (r hintReader) isNobody() bool {
	actor, known := r.who()
	return known && actor == nil
}

// runnable returns a hint without what names a command that its reader may not run.
func (s *Shell) runnable(hint string) string {
	reader := s.newReader()
	left := withoutCommands(hint, func(line string) bool { return !reader.mayRun(line) })
	if left == "" && hint != "" && reader.isNobody() {
		return logIn
	}
	return left
}

// withoutCommands returns a hint without the quoted commands that are refused. Each goes with its clause, from the last
// alternative or colon before it. Where there is none, the whole clause goes. So what is left stays a sentence. The
// usage of a refused command goes likewise.
func withoutCommands(hint string, refused func(line string) bool) string {
	var left []string
	for _, clause := range clauses(hint) {
		if usage, is := strings.CutPrefix(clause, "usage: "); is && refused(usage) {
			continue
		}
		parts := strings.Split(clause, `"`)
		for i := 1; i < len(parts)-1; i += 2 {
			if !refused(parts[i]) {
				continue
			}
			end, at := 0, 0
			for j := 0; j < i; j++ {
				if j%2 == 0 { // outside of quotes
					for _, separator := range []string{", or ", ": "} {
						if last := strings.LastIndex(parts[j], separator); last >= 0 {
							end = max(end, at+last)
						}
					}
				}
				at += len(parts[j]) + len(`"`)
			}
			clause = clause[:end]
			break
		}
		if clause != "" {
			left = append(left, clause)
		}
	}
	return strings.Join(left, "; ")
}

// clauses returns what semicolons outside of quotes separate.
func clauses(hint string) []string {
	var all []string
	for i, part := range strings.Split(hint, `"`) {
		pieces := []string{part}
		if i%2 == 0 {
			pieces = strings.Split(part, "; ")
		}
		if i > 0 {
			all[len(all)-1] += `"` + pieces[0]
			pieces = pieces[1:]
		}
		all = append(all, pieces...)
	}
	return all
}

// asTyped returns a hint with its commands as they are typed where it is read: bare at the prompt, after
// the program's name elsewhere. Hints quote a command, or end with the usage of one.
func (s *Shell) asTyped(hint string) string {
	if s.atPrompt || s.Registry == nil {
		return hint
	}
	isCommand := func(line string) bool {
		_, _, err := s.Registry.Find(strings.Fields(line))
		return err == nil
	}
	parts := strings.Split(hint, `"`)
	for i := 1; i < len(parts)-1; i += 2 {
		if isCommand(parts[i]) && !strings.HasSuffix(parts[i-1], "did you mean ") { // that is the word that was meant
			parts[i] = s.program() + " " + parts[i]
		}
	}
	hint = strings.Join(parts, `"`)
	if before, usage, ok := strings.Cut(hint, "usage: "); ok && isCommand(usage) {
		hint = before + "usage: " + s.program() + " " + usage
	}
	return hint
}

// program is how epev was called, as far as its commands depend on it.
func (s *Shell) program() string {
	switch sandbox := s.Options.Demo; {
	case sandbox == nil:
		return "epev"
	case sandbox.As != demo.Accounts[0].Role:
		return "epev demo --as " + sandbox.As
	}
	return "epev demo"
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
		line += " " + render.Capitalised(hint) // the sentences that staff know end with a full stop
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

// Fail tells of an error that kept the shell from starting, and returns the exit status.
func (s *Shell) Fail(err error) int {
	f := s.explain(err)
	s.tell("epev", f)
	return f.status
}
