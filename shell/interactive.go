package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"epev/commands"
	"epev/model"
	"epev/shell/prompt"
)

// interactive is the prompt: it reads commands until exit, Ctrl-D, or the end of the terminal.
func (s *Shell) interactive(ctx context.Context) int {
	if s.MakeHome != nil {
		_ = s.MakeHome() // without it the history is that of this shell alone
	}
	console, err := s.console()
	if err != nil {
		return s.Fail(err)
	}
	// Ctrl-C at the prompt is a key. A SIGINT from elsewhere stops only the running command.
	elsewhere := make(chan os.Signal, 1)
	signal.Notify(elsewhere, os.Interrupt)
	defer signal.Stop(elsewhere)

	fmt.Fprint(s.Stdout, s.banner())
	if s.Env.Private != nil {
		// Started here, while a line about it disturbs nobody; completion would start it too.
		if err := s.Env.Private.Start(ctx); err != nil {
			s.fail("", err)
		}
	}
	if s.plain { // which shows nothing below the line
		s.tellIfNobodyCan(ctx)
	}
	for {
		s.words.Begin()
		s.editing.Store(true)
		input, err := console.ReadLine(ctx)
		s.editing.Store(false)
		switch {
		case errors.Is(err, prompt.ErrInterrupted):
			continue
		case errors.Is(err, io.EOF):
			fmt.Fprintln(s.Stdout)
			return 0
		case ctx.Err() != nil:
			return statuses[model.Interrupted]
		case err != nil:
			return s.Fail(err)
		}
		running, done := signal.NotifyContext(ctx, os.Interrupt)
		left := s.runInput(running, input)
		done()
		switch {
		case s.out:
			return statuses[model.Unauthenticated]
		case left:
			return 0
		}
	}
}

// tellIfNobodyCan tells of a database in which nobody can log in. A database that is silent is not waited for.
func (s *Shell) tellIfNobodyCan(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, hintPatience)
	defer cancel()
	if _, err := commands.WhoIs(limited, s.Env); model.KindOf(err) != model.Unauthenticated {
		return
	}
	if err := commands.CanLogIn(limited, s.Env); model.KindOf(err) == model.Unavailable {
		s.fail("", err)
	}
}

// runInput runs what was entered at once, and reports whether that was to leave. Several pasted
// lines stop at the first failure, as a script does.
func (s *Shell) runInput(ctx context.Context, input prompt.Input) (left bool) {
	if input.Pasted {
		l := s.reading().lines("<pasted>", strings.NewReader(strings.Join(input.Lines, "\n")))
		outer := s.Env.NextLine
		s.Env.NextLine = l.secret
		defer func() { s.Env.NextLine = outer }()
		left = s.runLines(ctx, l)
		if l.failed > 0 {
			fmt.Fprintln(s.Stderr, l.tally)
		}
		s.echo()
		return left
	}
	line, err := commands.Read(strings.Join(input.Lines, "\n"))
	if err == nil && len(line.Words) > 0 {
		err = s.command(ctx, line)
	}
	if s.out = commands.NeedsLogin(err) && s.Gate != nil; s.out { // whose session has ended is out: the key opens another one
		s.fail("", err)
		return true
	}
	if commands.NeedsLogin(err) {
		err = s.afterLogin(ctx, line, err)
	}
	if errors.Is(err, commands.ErrExit) {
		return true
	}
	if err != nil {
		s.fail("", err)
		s.forgetTyped(ctx, line.Words)
	}
	return false
}

// forgetTyped drops what was typed while a command that takes a password failed, for it may be one. No line of it is
// taken for a command, here or by whoever has the terminal next. Then the terminal echoes again.
func (s *Shell) forgetTyped(ctx context.Context, words []string) {
	if s.terminal == nil {
		return
	}
	if s.reading().takesPassword(words) {
		_ = s.terminal.Forget(ctx) // a terminal that has gone is told of by the next line
	}
	s.echo()
}

// echo has the terminal show again what is typed. The question for a secret has switched that off.
func (s *Shell) echo() {
	if s.terminal != nil {
		s.terminal.Restore()
	}
}

// afterLogin says why the command needs a login, offers it, and then runs the command.
func (s *Shell) afterLogin(ctx context.Context, line commands.Line, why error) error {
	f := s.explain(why)
	if err := commands.CanLogIn(ctx, s.Env); err != nil {
		return err
	}
	f.hint = "" // the question is what to do next
	s.tell("", f)
	console, err := s.console()
	if err != nil {
		return err
	}
	sure, err := console.Confirm(ctx, "Log in now?", true)
	if err != nil || !sure {
		return err
	}
	if err := s.command(ctx, commands.Line{Words: []string{"login"}}); err != nil {
		s.fail("", err)
		s.forgetTyped(ctx, []string{"login"})
		return nil
	}
	return s.command(ctx, line)
}

// historyFile is where typed lines are kept; empty where they cannot be.
func (s *Shell) historyFile() string {
	if s.Home == "" || os.Geteuid() == 0 && s.Env.Invoker != 0 {
		return "" // under sudo the file would become root's, and unreadable to the person it belongs to
	}
	return filepath.Join(s.Home, "history")
}

// width is how many columns there are for what is printed; 0 is no limit. A terminal has its own, also where a script
// is read from elsewhere.
func (s *Shell) width() int {
	if !s.onTerminal() {
		return 0
	}
	width, _ := s.window()
	return width
}

// window is how large the terminal is.
func (s *Shell) window() (width, height int) {
	width, height, err := term.GetSize(int(s.Stdout.(*os.File).Fd()))
	if err != nil || width <= 0 {
		width = 80
	}
	if err != nil || height <= 0 {
		height = 24
	}
	return width, height
}
