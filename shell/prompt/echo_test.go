package prompt

import (
	"syscall"
	"testing"
)

// What completes a line may take a moment; what was typed is there before.
func TestAKeyIsEchoedBeforeItsCompletionIsKnown(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	s.ready()
	s.Send("slow ")
	s.at(11, "epic> slow")
	syscall.Kill(s.pid, syscall.SIGUSR2)
	s.is("epic> slow\n  at-last")
}

// Where the locale is Chinese or Japanese, go-runewidth takes letters with accents for two columns. Terminals do not.
func TestAnAccentIsOneColumnInEveryLocale(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24, "RUNEWIDTH_EASTASIAN=1")
	s.ready()
	s.Send("é€x" + left)
	s.at(8, "epic> é€x")
}
