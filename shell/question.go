package shell

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"epev/commands"
	"epev/model"
	"epev/shell/prompt"
)

// cleared is the answer that empties an optional field, where Enter keeps its present value.
const cleared = `""`

// askMissing asks a person for the fields that the invocation lacks: the required ones, then the
// optional ones, which Enter passes over; of an update each field with its present value, which
// Enter keeps. Nothing is asked when everything required was given.
func (s *Shell) askMissing(ctx context.Context, inv *commands.Invocation) error {
	if !s.human || !inv.Offered() {
		return nil
	}
	// Whoever may not run the command is told before the questions, not after.
	if err := inv.Authorise(ctx, s.Env); err != nil {
		return err
	}
	console, err := s.console()
	if err != nil {
		return err
	}
	for _, p := range inv.Command.Params {
		if _, given := inv.Raw[p.Name]; p.Positional && p.Required && !given {
			if err := s.ask(ctx, console, inv, p, ""); err != nil {
				return err
			}
		}
	}
	present, err := inv.Present(ctx, s.Env)
	if err != nil {
		return err
	}
	for _, p := range inv.Command.Params {
		if _, given := inv.Raw[p.Name]; given || p.Positional || p.Unasked {
			continue
		}
		if err := s.ask(ctx, console, inv, p, present.Values[p.Name]); err != nil {
			return err
		}
	}
	if present.Version != 0 {
		inv.Raw["if-version"] = strconv.FormatInt(present.Version, 10)
	}
	return nil
}

// ask asks for one field until the answer is valid, and puts it into the invocation.
func (s *Shell) ask(ctx context.Context, console *prompt.Prompt, inv *commands.Invocation, p commands.Param, present string) error {
	required := p.Required && present == ""
	q := prompt.Question{Label: capitalised(strings.ReplaceAll(p.Name, "-", " ")), Present: present, Hint: questionHint(p, present, inv.CheckValue(p.Name, "", s.Env.Values()) == nil)}
	q.Check = func(answer string) error {
		switch {
		case answer == "" && required:
			return s.told(model.Invalid(p.Name, "%s is needed", p.Name).WithHint("Ctrl-C leaves the command"))
		case answer == "":
			return nil
		}
		return s.told(inv.CheckValue(p.Name, unclear(answer, present), s.Env.Values()))
	}
	if p.Source != nil {
		q.Complete = s.words.forParam(inv, p)
	}
	answer, err := console.Ask(ctx, q)
	if err == nil && answer != "" {
		inv.Raw[p.Name] = unclear(answer, present)
	}
	return err
}

// unclear turns the answer that clears a field into the empty value that does so.
func unclear(answer, present string) string {
	if answer == cleared && present != "" {
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
	return errors.New(wrapped(model.Escape(text), s.width()-2, ""))
}

func questionHint(p commands.Param, present string, clearable bool) string {
	hint := p.Help
	if p.Format != "" {
		hint += " · " + p.Format
	}
	switch {
	case present != "" && clearable:
		hint += " · Enter keeps it, " + cleared + " clears it"
	case present != "":
		hint += " · Enter keeps it"
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

// askConfirmation has a person affirm a command that destroys, and tells what another one touches.
// Where nobody can answer, --yes must have been given.
func (s *Shell) askConfirmation(ctx context.Context, inv commands.Invocation) error {
	if inv.NeedsConfirmation() && !inv.Yes && !s.Options.Yes {
		if !s.human {
			return model.Invalid("yes", "%s asks before it acts, and nobody can answer here", inv.Command.Path).WithHint("give --yes")
		}
		question, err := inv.Confirmation(ctx, s.Env)
		if err != nil {
			return err
		}
		console, err := s.console()
		if err != nil {
			return err
		}
		sure, err := console.Confirm(ctx, model.Escape(question))
		if err == nil && !sure {
			return model.Errorf(model.Interrupted, "cancelled").WithHint("nothing was changed")
		}
		return err
	}
	if !s.human {
		return nil
	}
	notice, err := inv.Notice(ctx, s.Env)
	if err == nil && notice != "" {
		fmt.Fprintln(s.Stderr, s.paint(faintStyle, model.Escape(notice)))
	}
	return err
}
