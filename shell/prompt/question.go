package prompt

import (
	"cmp"
	"context"
	"strings"

	"epev/shell/screen"
)

// A Question asks for one value.
type Question struct {
	Label   string // what is asked for, "Full name"
	Hint    string // its format, in lines, shown below the answer while it is typed
	Present string // what Up brings back, and shown in brackets; the default when empty
	Shown   string // shown in brackets in place of Present: whose id that is
	Default string // what Enter on an empty answer means
	Secret  bool   // masked, without completion, kept nowhere; the terminal stays without echo until Restore
	Lines   bool   // an answer may have several lines: Ctrl-O, a paste, or an editor makes them

	// Complete is as Config.Complete, of the answer alone.
	Complete func(answer string, cursor int) []Suggestion

	// Check says why an answer will not do, in lines; the question is then asked again. It is not
	// asked about Default when that is not empty.
	Check func(answer string) error
}

// Ask asks until the answer passes its check. Ctrl-C and Ctrl-D give ErrInterrupted.
func (p *Prompt) Ask(ctx context.Context, q Question) (string, error) {
	if q.Secret {
		p.silent.Store(true) // also while it is judged: another one may be typed already
	}
	defer p.leaveRaw()
	present := cmp.Or(q.Shown, q.Present)
	if present == "" && !q.Secret {
		present = q.Default
	}
	prefix := q.Label + ": "
	if present != "" {
		prefix = q.Label + " [" + screen.Width.Truncate(present, max(8, p.Width()/2), "…") + "]: "
	}
	var past []string // Up brings back what is there, and what did not pass
	if q.Present != "" {
		past = []string{q.Present}
	}
	if p.config.Plain { // which has no below
		for line := range strings.Lines(q.Hint) {
			p.print(screen.Visible(strings.TrimSuffix(line, "\n")) + "\n")
		}
	}
	for {
		e := &editor{masked: q.Secret, lines: q.Lines, past: past, complete: q.Complete}
		if q.Secret {
			e.complete, e.past, e.verbatim = nil, nil, true
		}
		e.hint = func(string) string { return q.Hint }
		answer, err := p.answer(ctx, prefix, e)
		switch {
		case err != nil:
			return "", err
		case answer == "" && q.Default != "":
			return q.Default, nil
		case q.Check != nil:
			err = q.Check(answer)
		}
		if err == nil {
			return answer, nil
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			p.print("  " + screen.Visible(line) + "\r\n")
		}
		past = append(past, answer)
	}
}

// answer asks once.
func (p *Prompt) answer(ctx context.Context, prefix string, e *editor) (string, error) {
	e.prefix, e.question, e.list.selected = prefix, true, none
	outcome, err := p.edit(ctx, e)
	if err == nil && outcome != accepted {
		err = ErrInterrupted
	}
	return e.String(), err
}

// Confirm asks a question that an explicit yes affirms, and where that is usual Enter too.
func (p *Prompt) Confirm(ctx context.Context, question string, usual bool) (bool, error) {
	defer p.leaveRaw()
	choice := " [y/N] "
	if usual {
		choice = " [Y/n] "
	}
	for {
		answer, err := p.answer(ctx, question+choice, &editor{})
		if err != nil {
			return false, err
		}
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "":
			return usual, nil
		case "y", "yes", "o", "oui":
			return true, nil
		case "n", "no", "non":
			return false, nil
		}
		p.print("  please answer y or n\r\n")
	}
}
