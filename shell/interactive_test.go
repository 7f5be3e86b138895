package shell

import "testing"

// A command that nobody is logged in for, or no longer, offers the login, which Enter takes, and then runs.
func TestLoginIsOffered(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	s := openEpev(t, 80, 24, dsn, "")
	s.shows("nobody is logged in")
	s.send("whoami\r")
	s.shows("Please login first.", "Log in now? [Y/n]")
	s.send("n\r")
	s.ready()
	logIn := func(why string) {
		t.Helper()
		s.send("\x0cwhoami\r")
		s.shows(why, "Log in now? [Y/n]")
		s.send("\r")
		s.shows("Username:")
		s.send("claire.dubois\r")
		s.shows("Password:")
		s.send("Sunny-Terrace-7\r")
		s.shows("Welcome Claire Dubois", "Session until")
		s.ready()
	}
	logIn("Please login first.")
	run(t, dsn, "UPDATE epic_events.session SET ended_at = now(), end_reason = 'logout'")
	logIn("Session missing or expired.")
	// Who gives a wrong password is told that, and asked for no other login.
	s.send("\x0clogin -u claire.dubois\r")
	s.shows("Password:")
	s.send("Wrong-Terrace-7\r")
	s.shows("wrong username or password")
	s.ready()
}
