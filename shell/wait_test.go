package shell

import (
	"testing"
)

// Nobody takes epev for hung whose output goes through a pipe while its input is the terminal.
func TestATerminalWithoutOutputIsToldThatAScriptIsAwaited(t *testing.T) {
	t.Parallel()
	binary, err := realEpev()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	s := openTerminal(t, 80, 24, realEnv(t, home, "host=/nowhere dbname=none user=none"), "/bin/sh", "-c", `"$0" | cat; echo "[left]"`, binary)
	s.Shows("epev waits for a script from the terminal")
	s.Send("\x04")
	s.Shows("[left]")
}
