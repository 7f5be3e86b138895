// Package shell is how people and scripts talk to epev: the loop, the scripts, the prompt with its
// questions and completion, the rendering of results, and what becomes of errors.
package shell

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"sync/atomic"
	"time"

	"epev/commands"
	"epev/commands/sentences"
	"epev/data"
	"epev/model"
	"epev/shell/complete"
	"epev/shell/prompt"
	"epev/shell/render"
	"epev/shell/screen"
)

// Shell runs commands for one person or one script.
type Shell struct {
	Registry *commands.Registry
	Env      *commands.Env
	Options  Options
	Getenv   func(string) string
	Reporter *Reporter
	Stdin    io.Reader
	Stdout   io.Writer
	Stderr   io.Writer
	// Home is where the history of typed lines is kept; empty: nowhere. MakeHome makes the directory
	// where it is missing.
	Home     string
	MakeHome func() error
	// Gate is who comes in through ssh; nil: nobody does, and whoever is here works on this machine.
	Gate *Gate
	// Greeting is shown after the banner of an interactive shell.
	Greeting string

	atomic   bool        // a script runs that is kept wholly or not at all
	editing  atomic.Bool // a line or an answer is being typed: the screen is the prompt's
	human    bool        // standard input and output are a terminal
	plain    bool        // one that obeys nothing: text is all that it is sent
	atPrompt bool        // commands are typed at epev's own prompt
	color    screen.Colors
	terminal *prompt.Prompt // once somebody is asked
	input    *lines         // of standard input
	out      bool           // of the gate, as the session has ended
	workbook io.Writer      // the output that got a workbook, if one did
	place    string         // where the running command stands: "session.txt:12"
	files    []waiting      // that an atomic script wrote, and keeps once it is done
	coming   *lines         // of the script that runs, where its commands may be begun before their turn
	ahead    *commands.Call // the next command, which was begun while this one is printed
	words    *complete.Completer
}

// Run runs what the words say, a script, or the prompt, and returns the exit status.
func (s *Shell) Run(ctx context.Context, words []string) int {
	s.prepare()
	defer s.close()
	s.atPrompt = s.human && len(words) == 0
	if !s.atPrompt { // where Ctrl-C is a key
		interruptible, stop := signal.NotifyContext(ctx, os.Interrupt)
		defer stop()
		context.AfterFunc(interruptible, stop) // a second one ends even what does not heed the first
		ctx = interruptible
	}
	typed := s.typedIn()
	if typed && (s.atPrompt || len(words) > 0) {
		ctx = data.Attended(ctx)
	}
	s.input = s.reading().lines("<stdin>", interruptibleReader{ctx, s.Stdin})
	s.Env.NextLine = s.input.secret
	s.Env.Input = func() (io.Reader, error) { return s.wholeInput(ctx) }
	if s.human { // it is asked for, masked
		s.Env.NextLine = nil
	} else if typed {
		s.Env.NextLine = unseen(s.Stdin.(*os.File), s.Stderr, s.input.secret)
	}
	switch {
	case s.Options.Complete != nil:
		return s.completeOnce(ctx)
	case len(words) > 0:
		return s.single(ctx, words)
	case s.Options.File != "" && s.Options.File != standardInput:
		return s.scriptFile(ctx, s.Options.File)
	case s.atPrompt:
		if err := s.Options.withoutScript(); err != nil {
			return s.Fail(err)
		}
		return s.interactive(ctx)
	}
	if typed && s.Options.File == "" {
		s.Notify("epev waits for a script from the terminal, as its output is not one; Ctrl-D ends it")
	}
	return s.script(ctx, s.input)
}

// NeedsDatabase reports whether what the words say is done with a database. What is wrong with the words comes first.
func (s *Shell) NeedsDatabase(words []string) bool {
	if len(words) == 0 {
		return true
	}
	inv, err := s.Registry.Parse(words)
	return err == nil && !inv.Command.NeedsNoDatabase() && !inv.Command.Diagnoses
}

// Diagnoses reports whether the words ask what is wrong, so that a configuration which cannot be is no reason not to begin.
func (s *Shell) Diagnoses(words []string) bool {
	if len(words) == 0 {
		return false
	}
	inv, err := s.Registry.Parse(words)
	return err == nil && inv.Command.Diagnoses
}

func (s *Shell) reading() reading { return reading{s.Registry} }

// prepare finds out whether a person is there.
func (s *Shell) prepare() {
	in, isFile := s.Stdin.(*os.File)
	out, outIsFile := s.Stdout.(*os.File)
	s.human = isFile && outIsFile && s.Options.File == "" && prompt.OnTerminal(in, out)
	s.plain = s.Getenv("TERM") == "" || s.Getenv("TERM") == "dumb"
	s.color = screen.Colors(s.human && !s.Options.NoColor && s.Getenv("NO_COLOR") == "" && !s.plain)
	s.Env.Human, s.Env.Window, s.Env.Listed = s.human, s.window, &commands.Listed{}
	s.Env.Tell, s.Env.Remote = s.Notify, s.Gate != nil
	s.Env.Progress = s.progress()
	if s.Env.Sessions != nil {
		s.Env.Sessions.Tell = s.Notify
	}
	s.Env.Report = s.Reporter.Note
	if s.human {
		s.Env.AskSecret = s.askSecret
	}
}

func (s *Shell) close() {
	if s.terminal != nil {
		s.words.Stop()
		s.terminal.Close()
	}
}

// console returns the terminal to ask on.
func (s *Shell) console() (*prompt.Prompt, error) {
	if s.terminal != nil {
		return s.terminal, nil
	}
	p, err := prompt.New(prompt.Config{
		In: s.Stdin.(*os.File), Out: s.Stdout.(*os.File), Color: s.color, Plain: s.plain,
		Prefix:    func() string { return "epic> " },
		Complete:  func(line string, cursor int) []prompt.Suggestion { return s.words.Line(line, cursor) },
		Hint:      func(line string) string { return s.words.Hint(line) },
		Scan:      s.reading().scan,
		Sensitive: s.reading().sensitive,
		Edit:      s.edit,
		Masked:    s.reading().masked,
		Silences: func(line string) bool {
			broken, _ := commands.ReadBroken(line)
			return s.reading().takesPassword(broken.Words)
		},
		HistoryFile: s.historyFile(),
	})
	if err != nil {
		return nil, err
	}
	s.terminal = p
	s.words = complete.New(s.Registry, s.Env, prompt.Past(s.historyFile()), p.Refresh)
	s.words.Width = func() int { return p.Width() - 1 }
	s.words.ReportTo(func(recovered any) { s.Reporter.Error(newPanicked(recovered), "completion") })
	return p, nil
}

// Notify writes one line about something that takes time, unless that would go across a line that is
// being typed: then completion caused it, and nobody waits.
func (s *Shell) Notify(line string) {
	if !s.editing.Load() {
		fmt.Fprintln(s.Stderr, screen.Wrap(model.Escape(line), s.width(), ""))
	}
}

// Tell is Notify of a notice of the packages below the commands.
func (s *Shell) Tell(notice error) { s.Notify(sentences.Message(notice)) }

// single runs the command that the process was called with.
func (s *Shell) single(ctx context.Context, words []string) int {
	s.place = "epev"
	err := s.command(ctx, commands.Line{Words: words}) // a sign among them is a word: the shell that called has read its own
	if err == nil || errors.Is(err, commands.ErrExit) {
		return 0
	}
	status := s.Fail(err)
	s.forgetTyped(ctx, words)
	return status
}

// command parses and runs one command and prints its result. A panic in it is an error of its own.
func (s *Shell) command(ctx context.Context, line commands.Line) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = newPanicked(r)
			if s.terminal != nil {
				s.terminal.Restore()
			}
		}
	}()
	if s.Options.Time {
		defer func(began time.Time) {
			fmt.Fprintf(s.Stderr, "Time: %s\n", time.Since(began).Round(10*time.Microsecond))
		}(time.Now())
	}
	if asked, err := s.aboutDemo(ctx, line.Words); asked {
		return err
	}
	inv, err := s.Registry.Parse(line.Words)
	if err != nil {
		return err
	}
	to, err := s.open(inv, line.Sink)
	if err != nil {
		return err
	}
	defer to.close()
	s.Env.Human = to.screen // elsewhere a list has all of its rows
	defer func() { s.Env.Human = s.human }()
	before := s.written()
	result, err := s.execute(ctx, &inv)
	changed := s.written() > before
	if err != nil {
		return after(err, changed, "what was done until then stays done")
	}
	s.foresee(ctx, inv)
	s.echo()
	if s.words != nil {
		s.words.Used(inv, result)
	}
	err = s.print(ctx, inv, result, to)
	if err == nil {
		err = s.deliver(ctx, to, result)
	}
	if err == nil && result.Next != "" && to.screen {
		s.tellNext(result)
	}
	err = after(err, changed, "the command itself was done")
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return unwritten{failed.Err}
	}
	return cmp.Or(err, result.Failure)
}

// tellNext tells a person of the command that a result offers next.
func (s *Shell) tellNext(r commands.Result) {
	command := r.Next
	if !s.atPrompt {
		command = s.Options.program() + " " + command
	}
	fmt.Fprintln(s.Stdout, s.color.Paint(screen.Faint, screen.Wrap(fmt.Sprintf("%q %s.", command, r.Does), s.width(), "")))
}

// written returns how many changes are committed.
func (s *Shell) written() int64 {
	if s.Env.Store == nil {
		return 0
	}
	return s.Env.Store.Written()
}

// execute asks what is to be asked and runs the invocation.
func (s *Shell) execute(ctx context.Context, inv *commands.Invocation) (commands.Result, error) {
	if s.Gate != nil {
		if err := s.Gate.mayRun(*inv); err != nil {
			return commands.Result{}, err
		}
		s.Gate.fromInput(inv)
	}
	call, err := s.bind(inv)
	if err != nil {
		return commands.Result{}, err
	}
	if s.human && inv.Offered() {
		return s.converse(ctx, call)
	}
	return s.perform(ctx, call)
}

// perform has what destroys confirmed, and runs a call that is whole.
func (s *Shell) perform(ctx context.Context, call *commands.Call) (commands.Result, error) {
	if err := call.RequireAll(s.Env.AskSecret != nil); err != nil {
		return commands.Result{}, err
	}
	if err := s.askConfirmation(ctx, call); err != nil {
		return commands.Result{}, err
	}
	ended := s.Reporter.Trace(ctx, call.Command.Path)
	result, err := call.Execute(ctx, s.Env)
	ended(err)
	s.warn(result.Warnings)
	return result, err
}

// fits refuses a format that the command does not have. It refuses a workbook where a terminal would show it, and a second one in
// the same output: no program would read both.
func (s *Shell) fits(format render.Format, inv commands.Invocation) error {
	if err := inv.Command.CheckFormat(string(format)); err != nil {
		return err
	}
	switch {
	case format != render.FormatXLSX:
		return nil
	case s.onTerminal():
		return model.Invalid("format", "xlsx is for a file, and this is a terminal").
			WithTry("send it to one: {try}", inv.Command.Path+" --format xlsx > FILE.xlsx")
	case s.workbook != nil && s.workbook == s.Stdout:
		return model.Invalid("format", "the output holds a workbook already, and a file holds one").WithHint("send each to a file of its own")
	}
	return nil
}

// print writes a result to its output. On the screen that is through the pager when it is higher than that.
func (s *Shell) print(ctx context.Context, inv commands.Invocation, r commands.Result, to *output) error {
	v := render.View{Format: to.format, Location: s.Env.Location, Zoned: s.Env.Zoned}
	if to.Writer == s.Stdout {
		v.Color, v.OnTerminal, v.Width = s.color && screen.Colors(!inv.NoColor), s.onTerminal(), s.width()
	}
	switch ask := r.Shell.(type) {
	case commands.Help:
		return s.help(ctx, ask.Topic, v, to)
	case commands.Verbatim:
		_, err := io.WriteString(to, ask.Text)
		return err
	case commands.Completion:
		_, err := io.WriteString(to, complete.Scripts[ask.Shell])
		return err
	case commands.Timing:
		s.Options.Time = ask.On
		if s.human {
			fmt.Fprintf(to, "Timing is %s.\n", inv.Raw["state"])
		}
		return nil
	case commands.Clear:
		if s.human && !s.plain {
			fmt.Fprint(s.Stdout, "\x1b[H\x1b[2J\x1b[3J")
		}
		return nil
	case commands.Export:
		return s.export(ctx, ask, v, to)
	case commands.Every:
		return s.every(ctx, inv, ask)
	case commands.Save, commands.Unsave, commands.ListSaved:
		saved, err := s.saved(ask)
		if err != nil {
			return err
		}
		r = saved
	}
	if v.Format == render.FormatXLSX && to.Writer == s.Stdout && (r.Table != nil || r.ChangedID != 0) {
		s.workbook = s.Stdout
	}
	if !to.paged {
		return render.Result(to, r, v)
	}
	var text bytes.Buffer
	if err := render.Result(&text, r, v); err != nil {
		return err
	}
	if r.Table != nil && !v.Format.ForPeople() && r.Table.Total > 0 {
		defer fmt.Fprintln(s.Stderr, render.PageNote(r.Table))
	}
	return s.page(ctx, text.Bytes())
}

// page shows a person a text.
func (s *Shell) page(ctx context.Context, text []byte) error {
	if s.terminal == nil {
		defer prompt.Stoppable(s.Stdin.(*os.File), nil)()
	}
	_, height := s.window()
	if s.plain { // where no pager can work
		height = 0
	}
	if s.Gate != nil && height > 0 && bytes.Count(text, []byte("\n")) >= height {
		return pageItself(ctx, s.Stdout.(*os.File), text)
	}
	if s.Gate != nil {
		height = 0 // no program is run
	}
	return Page(ctx, s.Stdout.(*os.File), text, height, s.Getenv)
}
