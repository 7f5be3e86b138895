package shell

import (
	"testing"

	"epev/data/testdb"
)

// Ctrl-C at the prompt ends the wait for a network that says nothing more, and nothing was written; the next command
// that is answered works.
func TestCtrlCWhileTheNetworkIsSilent(t *testing.T) {
	t.Parallel()
	c, dsn := testdb.NewCutter(t, openOffice(t))
	s := openEpev(t, 100, 24, dsn, "claire.dubois")
	s.ready()
	s.Send("client view 1\r")
	s.Shows("client1@example.com")
	s.ready()
	c.Hush()
	s.Send("client update 1 -n Never\r")
	s.Shows("waiting for ", "the database at ")
	s.Send("\x03")
	s.Shows("interrupted", "nothing was written")
	s.ready()
	c.Speak()
	s.Send("client view 2\r")
	s.Shows("client2@example.com")
	s.ready()
	s.Send("exit\r")
	<-s.Ended
}
