package shell

import "testing"

// A command that nobody is logged in for, or no longer, offers the login, which Enter takes, and then runs.
func TestLoginIsOffered(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	s := openEpev(t, 80, 24, dsn, "")
	s.Shows("nobody is logged in")
	s.Send("whoami\r")
	s.Shows("Please login first.", "Log in now? [Y/n]")
	s.Send("n\r")
	s.ready()
	logIn := func(why string) {
		t.Helper()
		s.fresh()
		s.Send("whoami\r")
		s.Shows(why, "Log in now? [Y/n]")
		s.Send("\r")
		s.Shows("Username:")
		s.Send("claire.dubois\r")
		s.Shows("Password:")
		s.Send("Sunny-Terrace-7\r")
		s.Shows("Welcome Claire Dubois", "Session until")
		s.ready()
	}
	logIn("Please login first.")
	run(t, dsn, "UPDATE epic_events.session SET ended_at = now(), end_reason = 'logout'")
	logIn("Session missing or expired.")
	// Who gives a wrong password three times is told that, and asked for no other login.
	s.fresh()
	s.Send("login -u claire.dubois\r")
	for n := range 3 {
		s.asked("Password:", n+1)
		s.Send("Wrong-Terrace-7\r")
	}
	s.Shows("a manager can set a new password")
	s.ready()
}
