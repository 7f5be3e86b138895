package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"epev/shell/screen"
)

// ReadLine reads a command: one line, or several that continue each other or were
// pasted. The error is io.EOF for Ctrl-D on an empty line and for a terminal that closed,
// ErrInterrupted for Ctrl-C, or the cause of ctx.
func (p *Prompt) ReadLine(ctx context.Context) (Input, error) {
	defer p.leaveRaw()
	p.history.load() // without its file the history is that of this shell
	var lines []string
	block := false // several lines came at once, not each followed by Enter
	e := p.command(nil, "")
	for {
		outcome, err := p.edit(ctx, e)
		if err != nil {
			return Input{}, err
		}
		added := e.String()
		switch outcome {
		case interrupted:
			return Input{}, ErrInterrupted
		case ended:
			if len(lines) == 0 {
				return Input{}, io.EOF
			}
			return Input{Lines: lines}, nil // not whole; whoever parses it says what is missing
		case pasted:
			added, block = e.pasted, true
		}
		before := len(lines)
		lines = append(lines, strings.Split(added, "\n")...)
		one, waits := p.config.Scan(strings.Join(lines, "\n"))
		if waits != "" && outcome == pasted { // its last line can still be typed on
			last, shown := len(lines)-1, p.config.Masked(lines)
			p.print(preview(shown[before:last], p.Width(), p.Height(), p.config.Color))
			_, waits = p.config.Scan(strings.Join(lines[:last], "\n"))
			e = p.command(lines[:last], waits)
			if shown[last] == lines[last] { // else it may be a secret
				e.set(lines[last])
			}
			lines = lines[:last]
			continue
		}
		if waits != "" {
			e = p.command(lines, waits)
			continue
		}
		whole := strings.Join(lines, "\n")
		if outcome == pasted || block && !one {
			p.print(preview(p.config.Masked(lines), p.Width(), p.Height(), p.config.Color))
			run, err := p.Confirm(ctx, fmt.Sprintf("Run these %d lines?", len(lines)), true)
			if err != nil && !errors.Is(err, ErrInterrupted) {
				return Input{}, err
			}
			if !run {
				p.keep(whole) // Up brings it back, to be mended
				lines, block, e = nil, false, p.command(nil, "")
				continue
			}
		}
		if one || !block {
			p.keep(whole)
		}
		p.silent.Store(p.config.Silences(whole))
		return Input{Lines: lines, Pasted: !one}, nil
	}
}

// keep puts into the history what holds no secret.
func (p *Prompt) keep(entry string) {
	if !p.config.Sensitive(entry) {
		p.history.add(entry)
	}
}

// command returns the editor for a command's next line, after those before it, which wait for something.
func (p *Prompt) command(before []string, waits string) *editor {
	prefix, start, waiting := p.config.Prefix(), "", ""
	if len(before) > 0 {
		prefix = strings.Repeat(" ", max(0, screen.Width.StringWidth(prefix)-2)) + "> "
		if waits == `"` || waits == "'" {
			prefix, waiting = "quote "+waits+"> ", "the quote "+waits+" is open: close it, or Ctrl-C drops the command\n"
		}
		start = strings.Join(before, "\n") + "\n"
	}
	e := &editor{prefix: prefix, past: p.history.recalled(), list: list{selected: none, closed: true}}
	offset := len([]rune(start))
	e.complete = func(text string, cursor int) []Suggestion {
		suggestions := slices.Clone(p.config.Complete(start+text, offset+cursor))
		for i := range suggestions {
			suggestions[i].Start -= offset
		}
		return suggestions
	}
	e.hint = func(text string) string { return waiting + p.config.Hint(start+text) }
	return e
}
