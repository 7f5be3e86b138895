package shell

import (
	"context"
	"fmt"
	"time"

	"epev/commands"
	"epev/model"
	"epev/shell/screen"
)

// every runs a command again and again, as \watch of psql does: each time below a line with the time. Ctrl-C ends it. A
// database that does not answer is told of, and asked again; any other failure ends it too.
func (s *Shell) every(ctx context.Context, inv commands.Invocation, ask commands.Every) error {
	if !s.human {
		return model.Errorf(model.Usage, "every shows its results on a terminal alone").WithHint("in a script write the command once for each time that it is to run")
	}
	within, err := s.Registry.Within(inv)
	if err != nil {
		return err
	}
	to, err := s.open(within, commands.Sink{})
	if err != nil {
		return err
	}
	to.paged = false
	timer := time.NewTimer(0)
	defer timer.Stop()
	for first := true; ; first = false {
		if !first {
			timer.Reset(ask.Interval)
		}
		select {
		case <-ctx.Done():
			return ended
		case <-timer.C:
		}
		title := fmt.Sprintf("%s · every %s · %s", s.Env.Now().In(s.Env.Location).Format("02/01/2006 15:04:05"), ask.Interval, ask.Command)
		fmt.Fprintln(s.Stdout, s.color.Paint(screen.Title, screen.Wrap(model.Escape(title), s.width(), "  ")))
		switch err := s.once(ctx, within, to); {
		case ctx.Err() != nil:
			return ended
		case model.KindOf(err) == model.Unavailable:
			s.fail("", err)
		case err != nil:
			return err
		}
		fmt.Fprintln(s.Stdout)
	}
}

// ended is how every ends when the person has seen enough: there is nothing to tell.
var ended = alreadyTold{&model.Error{Kind: model.Interrupted}}

// once runs a command of every.
func (s *Shell) once(ctx context.Context, inv commands.Invocation, to *output) error {
	result, err := s.execute(ctx, &inv)
	if err == nil {
		err = s.print(ctx, inv, result, to)
	}
	if err == nil {
		err = result.Failure
	}
	return err
}

// saved keeps, forgets or shows the person's own commands.
func (s *Shell) saved(ask any) (commands.Result, error) {
	switch ask := ask.(type) {
	case commands.Save:
		replaced, err := s.Registry.Save(ask.Name, ask.Command, s.Env.Values())
		said := "saved"
		if replaced {
			said = "saved anew"
		}
		return commands.Result{Message: fmt.Sprintf("Command %s %s.", ask.Name, said)}, err
	case commands.Unsave:
		return commands.Result{Message: fmt.Sprintf("Command %s forgotten.", ask.Name)}, s.Registry.Unsave(ask.Name)
	}
	table, err := s.Env.Saved.Table()
	return commands.Result{Table: table}, err
}
