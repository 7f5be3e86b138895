package shell

import (
	"os"
	"path/filepath"
	"testing"

	"epev/data/testdb"
)

// Where a commit was lost with the server, whoever sits at a terminal waits ten seconds at most to be told what became of it, and a script
// twenty. Ctrl-C ends the wait for either.
func TestAPersonWaitsTenSecondsForALostCommit(t *testing.T) {
	t.Parallel()
	binary, err := realEpev()
	if err != nil {
		t.Fatal(err)
	}
	dsn := openOffice(t)
	session := sharedSession(t, binary, dsn)
	for name, test := range map[string]struct {
		command string // of a shell that has epev as $0
		types   string
		waits   string
	}{
		"at the prompt":            {`"$0"`, "client update 1 -n Never\r", "10s"},
		"one command":              {`"$0" client update 1 -n Never`, "", "10s"},
		"one command, into a file": {`"$0" client update 1 -n Never >/dev/null`, "", "10s"},
		"a script":                 {`"$0" -f script`, "", "20s"},
		"a script of a pipe":       {`"$0" <script`, "", "20s"},
		"one command of a program": {`"$0" client update 1 -n Never </dev/null`, "", "20s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cutter, through := testdb.NewCutter(t, dsn)
			home := t.TempDir()
			if err := os.WriteFile(filepath.Join(home, "script"), []byte("client update 1 -n Never\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			cutter.Arm(1, testdb.Cut{Of: "COMMIT", Before: true, Stays: true}, nil)
			env := append(realEnv(t, home, through), "XDG_RUNTIME_DIR="+session)
			s := openTerminalIn(t, home, 200, 24, env, "/bin/sh", "-c", test.command, binary)
			if test.types != "" {
				s.ready()
				s.Send(test.types)
			}
			s.Shows("waiting up to "+test.waits+" for the database at ", "to ask whether the change was made")
			s.Send("\x03")
			s.Shows("outcome unknown", "look whether the change was made")
			if test.types != "" {
				s.ready()
				s.Send("exit\r")
			}
			<-s.Ended
		})
	}
}
