package shell

import (
	"context"
	"io"
	"os"

	"golang.org/x/term"

	"epev/model"
)

// wholeInput is standard input for a command that reads all of it.
func (s *Shell) wholeInput(ctx context.Context) (io.Reader, error) {
	hint := "give a file, or < FILE behind the command that is run by itself"
	if s.Gate != nil {
		hint = "send it by itself: ssh … import NOUN < FILE"
	}
	if in, isFile := s.Stdin.(*os.File); isFile && term.IsTerminal(int(in.Fd())) {
		return nil, model.Invalid("file", "standard input is a terminal, and a table is read from a file or a pipe").WithHint("%s", hint)
	}
	if s.input.number > 0 {
		return nil, model.Invalid("file", "the script itself stands on standard input").WithHint("%s", hint)
	}
	return interruptibleReader{ctx, s.Stdin}, nil
}
