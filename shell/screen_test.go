package shell

import (
	"fmt"
	"strings"
	"testing"
)

// What a person sees, at three widths. A text behind a scene's name is on its screen when that is whole.
func TestScreens(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	for _, cols := range []int{40, 80, 200} {
		t.Run(fmt.Sprint(cols), func(t *testing.T) {
			t.Parallel()
			s := openEpev(t, cols, 40, dsn, "claire.dubois")
			scene := func(name string, texts ...string) {
				t.Helper()
				s.golden(fmt.Sprintf("%s-%d", name, cols), texts...)
			}
			ran := func(name string, texts ...string) {
				t.Helper()
				s.shows(texts...)
				s.ready()
				scene(name)
			}
			// fresh clears line and screen.
			fresh := func() {
				t.Helper()
				s.until("a prompt", func() bool { return strings.HasPrefix(s.line(), "epic>") })
				s.send("\x15\x0c")
				s.until("an empty screen", func() bool { return s.text() == "epic>" })
			}
			scene("first", "logged in as claire.dubois (commercial)")
			s.send("\r") // the second prompt does not say it again
			fresh()
			s.send("c")
			scene("complete-command", "contract", "company", "clear")
			fresh()
			s.send("client \t\t")
			scene("complete-verb", "> list")
			fresh()
			s.send("event create --title Gala ")
			scene("complete-flag", "--participant-count", "missing: --contract-id")
			fresh()
			s.send("client view ")
			s.shows("8 of 10") // keys do not wait for the database, and so a Tab finds what is there
			s.send("\t\t")
			scene("complete-record", "> 2", "Nguyễn", "王小明")
			fresh()
			s.send("client create --company-id ")
			s.shows("Startup SAS")
			s.send("\t\t\x1b[Z")
			scene("complete-value", "> 1", "株式会社")
			fresh()
			s.send("client list --limit 6\r")
			ran("list", "6 of 10 clients")
			fresh()
			s.send("client view 8\r")
			ran("view", "Contracts", "Signed  Paid")
			fresh()
			s.send("client view 99\r")
			ran("error", "client 99 not found")
			fresh()
			s.send("client update 7 -n Zoe\r")
			ran("denial", "belongs to hugo.lefevre")
			fresh()
			s.send("help client create\r")
			ran("help", "Permission", "client:create")
			fresh()
			s.send("help client\r")
			ran("help-group", "help client VERB explains one")
			fresh()
			s.send("client create\r")
			s.shows("Full name:")
			s.send("王 Zoe\u0308\r")
			s.shows("Email:")
			s.send("nobody\r")
			s.shows("is not valid")
			s.send("\x15client8@example.com\r")
			s.shows("Phone:")
			s.send("\r")
			s.shows("Company id:")
			s.send("muller")
			scene("question", "Company id: muller\n", "Müller & Søn AG")
			s.send("\x03")
			s.shows("interrupted")
			fresh()
			s.send("event create --contract-id 1 --title Gala --full-address Paris --start-date 02/11/2027\r")
			s.shows("End date:")
			s.send("01/11/2027\r")
			scene("question-again", "End date [01/11/2027]:", "Enter keeps it")
			s.send("\x03")
			s.shows("interrupted")
			fresh()
			s.send("client view 山田")
			scene("accents", "山田 太郎")
			s.send("\x15exit\r")
			s.ends()
		})
	}
}

// The first screen tells nobody who nobody is.
func TestFirstScreenOfNobody(t *testing.T) {
	t.Parallel()
	s := openEpev(t, 80, 24, openOffice(t), "")
	s.golden("first-nobody", "nobody is logged in: type login")
	if strings.Contains(s.text(), "logged in as") {
		t.Error(s.text())
	}
}
