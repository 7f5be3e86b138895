package prompt

import "testing"

func TestCompleteWord(t *testing.T) {
	t.Parallel()
	s := start(t, 80, 24)
	s.shows("epic>")
	s.send("hello\r")
	s.shows(`ran ["hello"]`)
	s.send("cl\t")
	s.at(13, "epic> client")
	s.send("\r")
	s.shows(`ran ["client "]`)
	s.send("ask\r")
	s.shows("Full name [Kévin Cousin]:", "at most 128 characters")
	s.send("wrong\r")
	s.shows("that is wrong, try another")
	s.send("right\r")
	s.shows(`answer "right" <nil>`)
	s.send("secret\r")
	s.shows("Password:")
	s.send("Sésame\r")
	s.shows("Password: ******", "6 runes")
	s.send("confirm\r")
	s.shows("Delete it? [y/N]")
	s.send("y\r")
	s.shows("confirmed true")
	s.send("\x04")
	if got := s.ends(); got != "exit status 0, mode kept" {
		t.Error(got)
	}
}
