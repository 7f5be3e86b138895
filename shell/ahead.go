package shell

import (
	"bytes"
	"context"
	"runtime"
	"strings"

	"epev/commands"
)

// foresee begins the next command of a script while this one is printed, where both only view a record, and where the next line
// is there already. It is asked of the database after this one was answered. What it tells comes in its turn.
func (s *Shell) foresee(ctx context.Context, now commands.Invocation) {
	if s.coming == nil || !now.Command.Views {
		return
	}
	words := s.coming.peek()
	if words == nil {
		return
	}
	next, err := s.Registry.Parse(words)
	if err != nil {
		return
	}
	call, err := next.Bind(s.Env.Values())
	if err == nil && call.Ahead(ctx, *s.Env) {
		s.ahead = call
		runtime.Gosched() // a script has one processor: now the question goes out
	}
}

// bind returns the call of an invocation: the one that was begun before its turn, if it is that.
func (s *Shell) bind(inv *commands.Invocation) (*commands.Call, error) {
	if s.ahead != nil && s.ahead.Same(*inv) {
		call := s.ahead
		s.ahead = nil
		return call, nil
	}
	s.abandon()
	return inv.Bind(s.Env.Values())
}

// abandon forgets the command that was begun before its turn.
func (s *Shell) abandon() {
	if s.ahead != nil {
		s.ahead.Abandon()
		s.ahead = nil
	}
}

// longestPlain is how long a line may be that is looked at before its turn.
const longestPlain = 200

// peek returns the words of the next line, if it is one that nobody need wait for, and of words without signs.
func (l *lines) peek() []string {
	if l.broken {
		return nil
	}
	there, _ := l.reader.Peek(min(l.reader.Buffered(), longestPlain))
	line, _, whole := bytes.Cut(there, []byte("\n"))
	for _, b := range line {
		letter := b|0x20 >= 'a' && b|0x20 <= 'z'
		if !letter && (b < '0' || b > '9') && !strings.ContainsRune(" -_.\r", rune(b)) {
			return nil
		}
	}
	if !whole {
		return nil
	}
	return strings.Fields(string(line))
}
