package shell

import (
	"context"
	"errors"

	"epev/commands"
	"epev/model"
)

// offer asks for what mends the doubts of a call, which Enter passes over. What is doubtful about the answer itself is asked
// about, too.
func (s *Shell) offer(ctx context.Context, call *commands.Call) error {
	p, ok := call.Offer()
	if !ok {
		return nil
	}
	console, err := s.console()
	if err != nil {
		return err
	}
	d := &dialogue{Shell: s, console: console, call: call, asked: map[string]bool{}}
	for {
		if err := d.ask(ctx, p); err != nil {
			return err
		}
		if _, given := call.Raw[p.Name]; !given {
			return nil
		}
		doubts, err := call.Doubts(ctx, s.Env)
		if e, ok := errors.AsType[*model.Error](err); ok && (e.Kind == model.NotFound || e.Kind == model.Conflict) {
			s.fail("", err)
			if err := call.Leave(p.Name); err != nil {
				return err
			}
			continue
		}
		if err != nil || len(doubts) == 0 {
			return err
		}
		s.warn(doubts)
		return s.confirm(ctx, "Do it all the same?")
	}
}
