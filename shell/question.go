package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"epev/commands"
	"epev/commands/sentences"
	"epev/model"
	"epev/shell/prompt"
	"epev/shell/screen"
)

// cleared is the answer that empties an optional field, as it would on a command line.
const cleared = `""`

// A dialogue is the questions for the fields of one call, until the command is done with the answers.
type dialogue struct {
	*Shell
	console *prompt.Prompt
	call    *commands.Call
	params  []commands.Param // that are asked for
	present commands.Present // what an update starts from
	asked   map[string]bool  // the fields that were answered or passed over
	offered bool             // to go through all of them again
}

// converse asks for the fields that the call lacks: the required ones, then the optional ones, which Enter passes over.
// For an update it asks for each field with its present value, which Enter keeps. It runs the command with the answers.
// Where they will not do, they are kept, and it asks again for what is wrong with them.
func (s *Shell) converse(ctx context.Context, call *commands.Call) (commands.Result, error) {
	// Whoever may not run the command is told before the questions, not after.
	params, err := call.Authorise(ctx, s.Env)
	if err != nil {
		return commands.Result{}, err
	}
	console, err := s.console()
	if err != nil {
		return commands.Result{}, err
	}
	call.Typed = map[string]string{}
	d := &dialogue{Shell: s, console: console, call: call, params: params, asked: map[string]bool{}}
	if err := d.askAll(ctx, false); err != nil {
		return commands.Result{}, err
	}
	var result commands.Result
	err = d.until(ctx, true, func() (err error) {
		result, err = s.perform(ctx, call)
		return err
	})
	return result, err
}

// until has the answers mended until act succeeds with them. ran says that act is the command itself.
func (d *dialogue) until(ctx context.Context, ran bool, act func() error) error {
	for {
		err := act()
		if err == nil {
			return nil
		}
		if err := d.mend(ctx, err, ran); err != nil {
			return err
		}
	}
}

// askAll asks for the fields that were not given, or for all fields again. It never asks anew for the record that was
// given.
func (d *dialogue) askAll(ctx context.Context, again bool) error {
	askFor := func(record bool) error {
		for _, p := range d.params {
			_, given := d.call.Raw[p.Name]
			lacks := !given || again && (!p.Positional || d.asked[p.Name])
			if p.Positional != record || record && !p.Required || !lacks || d.kept(p.Name) {
				continue
			}
			if err := d.ask(ctx, p); err != nil {
				return err
			}
			if err := d.hold(ctx, p.Name); err != nil {
				return err
			}
			if !record {
				d.follow(ctx)
			}
		}
		return nil
	}
	if err := askFor(true); err != nil {
		return err
	}
	if err := d.readPresent(ctx); err != nil {
		return err
	}
	if err := d.hold(ctx, ""); err != nil {
		return err
	}
	return askFor(false)
}

// follow has the present values of an update's other fields follow the answers, as a remainder does a total.
func (d *dialogue) follow(ctx context.Context) {
	if d.present.Version == 0 {
		return
	}
	if present, err := d.call.Present(ctx, d.Env); err == nil { // otherwise the command will tell
		d.present.Values = present.Values
	}
}

// readPresent reads what an update starts from, of the record that it names in the end.
func (d *dialogue) readPresent(ctx context.Context) error {
	err := d.until(ctx, false, func() error {
		present, err := d.call.Present(ctx, d.Env)
		if err == nil {
			d.present = present
		}
		return err
	})
	if err != nil || d.present.Version == 0 {
		return err
	}
	return d.call.Give("if-version", strconv.FormatInt(d.present.Version, 10))
}

// hold has the answers mended until they keep the rules about the field, as far as those can be told yet; ""
// is all rules.
func (d *dialogue) hold(ctx context.Context, field string) error {
	return d.until(ctx, false, func() error {
		rules := field
		field = "" // what is answered next may break another one
		return d.call.CheckRules(ctx, d.Env, rules, func(name string) bool {
			_, given := d.call.Raw[name]
			return given || d.asked[name] || d.kept(name)
		})
	})
}

// kept reports whether a field of the record is not the person's to change, so that it is not asked for.
func (d *dialogue) kept(field string) bool { return slices.Contains(d.present.Kept, field) }

// mend tells why the answers will not do and asks again for the field that is at fault; where its answer
// stays, for those that a rule ties to it. An error about no field is mended once the command has run: then
// everything is gone through again, once. It returns the error that no answer mends.
func (d *dialogue) mend(ctx context.Context, err error, ran bool) error {
	e, ok := errors.AsType[*model.Error](err)
	if !ok || e.Kind != model.Usage && e.Kind != model.NotFound && e.Kind != model.Conflict || len(d.asked) == 0 {
		return err
	}
	p, named := d.call.Command.Param(e.Field)
	if p.Positional && d.present.Version != 0 {
		return err // the record has gone, and the other answers were about it
	}
	if named && !p.Unasked {
		d.fail("", err)
		absent := e.Kind == model.NotFound && !p.Required && d.present.Version == 0
		if absent { // Enter goes on passing over it
			if err := d.call.Leave(p.Name); err != nil {
				return err
			}
		}
		before := d.call.Raw[p.Name]
		if err := d.ask(ctx, p); err != nil || absent || d.call.Raw[p.Name] != before {
			return err
		}
		for _, beside := range d.call.Beside(p.Name) {
			if d.kept(beside.Name) {
				continue
			}
			if err := d.ask(ctx, beside); err != nil {
				return err
			}
		}
		return nil
	}
	if !ran || d.offered || len(d.asked) == 1 { // one answer is soon given again
		return err
	}
	d.fail("", err)
	d.offered = true
	again, failed := d.console.Confirm(ctx, "Go through your answers again?", true)
	switch {
	case failed != nil:
		return failed
	case !again:
		return alreadyTold{err}
	}
	return d.askAll(ctx, true)
}

// ask asks for one field until the answer is valid, and puts it into the call. An answer that was given
// before stands as the present value.
func (d *dialogue) ask(ctx context.Context, p commands.Param) error {
	present, given := d.call.Raw[p.Name]
	shown := ""
	if !given {
		present, shown = d.present.Values[p.Name], d.present.Names[p.Name]
	}
	updates := d.present.Version != 0
	check := func(value string) error { return d.call.CheckValue(p.Name, value, d.Env.Values()) }
	// An update clears a field by an empty value, a creation by none.
	leftOut := func(answer string) bool { return answer == cleared && !updates && !p.Required }
	clearable := leftOut(cleared) || check("") == nil
	q := prompt.Question{Label: d.call.Command.Title(p), Present: present, Shown: shown, Hint: screen.Wrap(d.hint(p, present, clearable), d.width()-1, "")}
	q.Check = func(answer string) error {
		switch {
		case answer == "" && p.Required && present == "":
			return d.told(model.Invalid(p.Name, "%s is needed", p.Name).WithHint("Ctrl-C leaves the command"))
		case answer == "" || leftOut(answer):
			return nil
		}
		return d.told(check(unclear(answer)))
	}
	q.Lines = p.Lines
	if p.Source != nil {
		q.Complete = d.words.Answer(&d.call.Invocation, p)
	}
	answer, err := d.console.Ask(ctx, q)
	if err != nil {
		return err
	}
	d.asked[p.Name] = true
	switch {
	case answer == "":
		return nil
	case leftOut(answer):
		return d.call.Leave(p.Name)
	}
	return d.call.Give(p.Name, unclear(answer))
}

// unclear turns the answer that clears a field into the value that does so.
func unclear(answer string) string {
	if answer == cleared {
		return ""
	}
	return answer
}

// told makes an error ready to be shown below an answer.
func (s *Shell) told(err error) error {
	if err == nil {
		return nil
	}
	f := s.explain(err)
	text := f.message
	if f.hint != "" {
		text += "; " + f.hint
	}
	return errors.New(screen.Wrap(model.Escape(text), s.width()-2, ""))
}

func (d *dialogue) hint(p commands.Param, present string, clearable bool) string {
	hint, edits := p.Help, ", Up edits it"
	if d.plain {
		edits = ""
	}
	if p.Format != "" {
		hint += " · " + p.Format
	}
	if p.Lines && !d.plain {
		hint += " · Ctrl-O begins a line, Ctrl-X Ctrl-E opens an editor"
	}
	switch {
	case present != "" && clearable:
		hint += " · Enter keeps it" + edits + ", " + cleared + " clears it"
	case present != "":
		hint += " · Enter keeps it" + edits
	case !p.Required:
		hint += " · optional, Enter passes over it"
	}
	return hint
}

// askSecret asks for a secret, masked, until it passes the check, which may be nil.
func (s *Shell) askSecret(ctx context.Context, label string, check func(string) error) (string, error) {
	console, err := s.console()
	if err != nil {
		return "", err
	}
	return console.Ask(ctx, prompt.Question{Label: label, Secret: true, Check: func(answer string) error {
		switch {
		case answer == "":
			return s.told(model.Invalid("password", "a password is needed").WithHint("Ctrl-C leaves the command"))
		case check == nil:
			return nil
		}
		return s.told(check(answer))
	}})
}

// unseen reads a line that is typed on a terminal which is not epev's prompt, where nobody asks: without echo.
func unseen(in *os.File, out io.Writer, next func() (string, error)) func() (string, error) {
	return func() (line string, err error) {
		prompt.Unseen(in, func() { fmt.Fprint(out, "Password: ") }, func() {
			line, err = next()
			fmt.Fprintln(out)
		})
		return line, err
	}
}

// askConfirmation has a person affirm a command that destroys or that is doubtful, and tells what another one
// touches. Where nobody can answer, --yes must have been given for one that destroys.
func (s *Shell) askConfirmation(ctx context.Context, call *commands.Call) error {
	yes := call.Yes || s.Options.Yes
	if call.NeedsConfirmation() && !yes && !s.human && !call.Idle(ctx, s.Env) {
		return model.Invalid("yes", "%s asks before it acts, and nobody can answer here", call.Command.Path).WithHint("give --yes")
	}
	if s.human && !yes {
		doubts, err := call.Doubts(ctx, s.Env)
		if err != nil {
			return err
		}
		question, err := call.Confirmation(ctx, s.Env)
		if err != nil {
			return err
		}
		s.warn(doubts)
		if question == "" && len(doubts) > 0 {
			question = "Do it all the same?"
		}
		if question != "" {
			if err := s.confirm(ctx, question); err != nil {
				return err
			}
		}
		if len(doubts) > 0 {
			if err := s.offer(ctx, call); err != nil {
				return err
			}
		}
		call.Asked = true
		if call.NeedsConfirmation() {
			return nil
		}
	}
	if !s.human {
		return nil
	}
	notice, err := call.Notice(ctx, s.Env)
	if err == nil && notice != "" {
		fmt.Fprintln(s.Stderr, s.color.Paint(screen.Faint, screen.Wrap(model.Escape(notice), s.width(), "")))
	}
	return err
}

// confirm asks a question that only an explicit yes affirms.
func (s *Shell) confirm(ctx context.Context, question string) error {
	console, err := s.console()
	if err != nil {
		return err
	}
	// What does not fit beside its answer stands above it.
	var lines []string
	for line := range strings.SplitSeq(question, "\n") {
		lines = append(lines, strings.Split(screen.Wrap(model.Escape(line), max(1, s.width()-len(" [y/N] y")), ""), "\n")...)
	}
	last := len(lines) - 1
	for _, line := range lines[:last] {
		fmt.Fprintln(s.Stdout, line)
	}
	sure, err := console.Confirm(ctx, lines[last], false)
	if err == nil && !sure {
		return model.Errorf(model.Interrupted, "cancelled").WithHint("nothing was changed")
	}
	return err
}

// warn writes doubts to standard error, one a line, each after the place of its command as a failure is.
func (s *Shell) warn(doubts []error) {
	for _, doubt := range doubts {
		line := "warning: " + model.Escape(sentences.Message(doubt))
		if e, ok := errors.AsType[*model.Error](doubt); ok {
			if _, hint := s.inWords(e); hint != "" {
				line += ": " + model.Escape(hint)
			}
		}
		if s.human {
			line = s.color.Paint(screen.Warning, screen.Wrap(line, s.width(), "  "))
		} else if s.place != "" {
			line = s.place + ": " + line
		}
		fmt.Fprintln(s.Stderr, line)
	}
}
