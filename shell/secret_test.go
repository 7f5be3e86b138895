package shell

import (
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// never waits for nothing: at this moment no text of these is on the screen, nor was any sent to the terminal.
func (s *terminal) never(texts ...string) {
	s.T.Helper()
	for _, text := range texts {
		if strings.Contains(s.Wrote(), text) {
			s.T.Errorf("the terminal was sent %q", text)
		}
	}
}

// After a wrong password the prompt asks again, and after three forgets who it was; the right one in between counts.
func TestAPasswordIsAskedForThreeTimes(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	s := openEpev(t, 80, 40, dsn, "")
	s.ready()
	for _, how := range []string{"login -u claire.dubois", "login -u claire.dubois --password-file -"} {
		s.fresh()
		s.Send(how + "\r")
		for n := range 3 {
			s.asked("Password:", n+1)
			s.Send("Wrong-Terrace-7\r")
		}
		s.Shows("a manager can set a new password")
		s.ready()
		run(t, dsn, "DELETE FROM epic_events.login_attempt") // lest the test waits for the delay
	}
	s.fresh()
	s.Send("login\r")
	s.dialogue("Username:", "claire.dubois", "Password:", "Wrong-Terrace-7")
	s.Shows("wrong username or password; try again")
	s.dialogue("Password:", "Sunny-Terrace-7")
	s.Shows("Welcome Claire Dubois")
	s.ready()
	// One's own, of a change, is asked for so as well.
	s.fresh()
	s.Send("user update-password 2\r")
	s.dialogue("Current password:", "Wrong-Terrace-7")
	s.Shows("the current password is wrong;\ntry again")
	s.dialogue("Current password:", "Sunny-Terrace-7", "New password:", "Paper-Lantern-3", "New password again:", "Paper-Lantern-3")
	s.Shows("Your password is changed")
	s.ready()
	s.never("Wrong-", "Sunny", "Paper")
}

// What is typed while passwords are judged is neither echoed nor taken for a command; a line that is not whole is
// somebody who types still.
func TestWhatIsTypedAheadOfAPasswordIsForgotten(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	s := openEpev(t, 80, 40, dsn, "")
	s.ready()
	s.Send("login -u claire.dubois --password-file -\rWrong-One-1\rWrong-Two-2\rWrong-Three-3\rSunny-Terrace-7\rSunny-Terr")
	s.Shows("a manager can set a new password", "what is typed now is dropped, until Enter:")
	s.Send("ace-7\r")
	s.ready()
	s.never("Wrong-", "Sunny", "ace-7", "unknown command")
	run(t, dsn, "DELETE FROM epic_events.login_attempt")
	// After the right one, what follows are commands.
	s.fresh()
	s.Send("login -u claire.dubois\rSunny-Terrace-7\rwhoami\r")
	s.Shows("Welcome Claire Dubois", "Permissions")
	s.ready()
	// A command that takes a password and is mistyped may be followed by one.
	s.fresh()
	s.Send("login -u claire.dubois --pasword-file -\rSunny-Terrace-7\r")
	s.Shows("unknown flag --pasword-file")
	s.ready()
	s.never("Sunny")
	s.fresh()
	s.Send("user view\r")
	s.Shows("You don't have permission")
	s.ready()
	s.never("Sunny")
}

// A paste that has begun when a password is refused is forgotten to its end, wherever that is, with its lines.
func TestAPasteThatBeganAheadOfAPasswordIsForgotten(t *testing.T) {
	t.Parallel()
	s := openEpev(t, 80, 40, openOffice(t), "")
	s.ready()
	for _, begun := range []string{"\x1b[200~Sunny-", "\x1b[200~Sunny-Terrace-7\r"} {
		s.fresh()
		s.Send("login -u claire.dubois\rWrong-One-1\rWrong-Two-2\rWrong-Three-3\r" + begun)
		s.Shows("what is typed now is dropped, until Enter:")
		s.Send("Terrace-8\rfrobnicate\x1b[201~\r")
		s.ready()
		s.never("Wrong-", "Sunny", "Terrace", "frobnicate", "unknown command")
		s.fresh()
		s.Send("help login\r")
		s.Shows("Usage")
		s.ready()
	}
}

// A terminal that waits for an answer of the database does not echo the password that is typed meanwhile.
func TestATerminalDoesNotEchoWhileAPasswordIsJudged(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	for _, env := range []string{"TERM=xterm-256color", "TERM=dumb"} {
		s := openTerminal(t, 80, 40, append(epevEnv(t, t.TempDir(), dsn, ""), env), os.Args[0], "login", "-u", "claire.dubois")
		s.Shows("Password:")
		unlock := hold(t, dsn, "LOCK TABLE epic_events.login_attempt")
		s.Send("Wrong-One-1\r")
		s.Until("the end of the line", func() bool { return strings.Count(s.Wrote(), "\n") > 0 })
		s.Send("Sunny-Terrace-7\r")
		unlock()
		s.Shows("Welcome Claire Dubois")
		s.ends()
		s.never("Wrong-", "Sunny")
	}
}

// A script that is typed on a terminal, as with its output elsewhere, takes the line after --password-file - without
// echoing it.
func TestATypedScriptDoesNotEchoAPassword(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	out := filepath.Join(t.TempDir(), "out")
	for script, args := range map[string]string{"": "login -u claire.dubois --password-file -", "login -u claire.dubois --password-file -\r": ""} {
		s := openTerminal(t, 80, 40, epevEnv(t, t.TempDir(), dsn, ""), "sh", "-c", os.Args[0]+" "+args+" >"+out)
		s.Send(script)
		s.Shows("Password:")
		s.Send("Sunny-Terrace-7\r")
		if script != "" {
			s.Send("\x04")
		}
		s.ends()
		if answer, err := os.ReadFile(out); err != nil || !strings.Contains(string(answer), "Welcome Claire Dubois") {
			t.Errorf("%q, %v; on the terminal: %s", answer, err, s.Wrote())
		}
		s.never("Sunny")
	}
}

// The preview of a paste shows no password, at whatever place, nor does the history keep one.
func TestAPastedBlockShowsNoPassword(t *testing.T) {
	t.Parallel()
	s := openEpev(t, 100, 60, openOffice(t), "")
	s.ready()
	block := strings.Join([]string{
		"login -u claire.dubois --password-file -", "Sunny-Terrace-7", "client list --limit 1", "# a remark",
		"user update-password claire.dubois --password-file=-", "Sunny-Terrace-7", "Granite-Compass-1",
		"login -u claire.dubois", "Granite-Compass-1", "user create -u x -n X -e x@y.fr -r 2 -p Granite-Compass-1", "whoami",
	}, "\r")
	for _, answer := range []string{"n", "\x03"} {
		s.fresh()
		s.Send("\x1b[200~" + block + "\x1b[201~")
		s.Shows("Run these 11 lines?", "login -u claire.dubois --password-file -", "client list --limit 1", "# a remark", "whoami")
		s.Send(answer + "\r")
		s.ready()
	}
	for range 3 {
		frames := s.drawn()
		s.Send("\x1b[A")
		s.Until("a frame", func() bool { return s.drawn() > frames })
	}
	s.fresh()
	s.never("Sunny", "Granite")
	s.Send("\x1b[200~" + strings.Join(strings.Split(block, "\r")[:7], "\r") + "\x1b[201~")
	s.Shows("Run these 7 lines?")
	s.Send("\r")
	s.Shows("Welcome Claire Dubois", "Your password is changed")
	s.ready()
	s.never("Sunny", "Granite")
}

func TestMaskedLines(t *testing.T) {
	t.Parallel()
	b, _ := bench(t, strings.NewReader(""), io.Discard)
	for _, c := range []struct{ pasted, shown []string }{
		{[]string{"client list", "whoami"}, []string{"client list", "whoami"}},
		{[]string{"login -u a --password-file -", "Secret-1"}, []string{"login -u a --password-file -", "…"}},
		{[]string{"login --password-file - -u a", "client list", "whoami"}, []string{"login --password-file - -u a", "…", "whoami"}},
		{[]string{"", "login \\", "-u a --password-file -", "Secret 'one", "whoami"}, []string{"", "login \\", "-u a --password-file -", "…", "whoami"}},
		{[]string{"logn -u a --pasword-file -", "Secret-1", "whoami"}, []string{"…", "…", "whoami"}},
		{[]string{"user update-password 3 --password-file - --current-password-file -", "Secret-1", "Secret-2", "exit"},
			[]string{"user update-password 3 --password-file - --current-password-file -", "…", "…", "exit"}},
		{[]string{"user update-password 3 --password-file -", "Secret-1", "client list"}, []string{"user update-password 3 --password-file -", "…", "client list"}},
		{[]string{"user update-password 3", "Secret-1", "client list"}, []string{"user update-password 3", "…", "client list"}},
		{[]string{"manager-create -u a --password Secret-1", "whoami"}, []string{"manager-create …", "whoami"}},
		{[]string{"Secret-1", "whoami"}, []string{"…", "whoami"}},
		{[]string{"login -u a --password-file -"}, []string{"login -u a --password-file -"}},
	} {
		if got := b.reading().masked(c.pasted); strings.Join(got, "\n") != strings.Join(c.shown, "\n") {
			t.Errorf("%q is shown as %q, want %q", c.pasted, got, c.shown)
		}
	}
}

// hold keeps what a statement locks until it is let go.
func hold(t testing.TB, dsn, statement string) (unlock func()) {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin()
	if err == nil {
		_, err = tx.Exec(statement)
	}
	if err != nil {
		t.Fatal(err)
	}
	unlock = sync.OnceFunc(func() {
		if err := errors.Join(tx.Rollback(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(unlock)
	return unlock
}
