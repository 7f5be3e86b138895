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
				s.Golden(fmt.Sprintf("screen/%s-%d", name, cols), texts...)
			}
			ran := func(name string, texts ...string) {
				t.Helper()
				s.Shows(texts...)
				s.ready()
				scene(name)
			}
			scene("first", "logged in as claire.dubois (commercial)")
			s.Send("\r") // the second prompt does not say it again
			s.fresh()
			s.Send("c")
			scene("complete-command", "contract", "company", "clear")
			s.fresh()
			s.Send("client \t\t")
			scene("complete-verb", "> list")
			s.fresh()
			s.Send("event create --title Gala ")
			scene("complete-flag", "--participant-count", "missing: --contract-id")
			s.fresh()
			s.Send("client view ")
			s.Shows("8 of 10") // keys do not wait for the database, and so a Tab finds what is there
			s.Send("\t\t")
			scene("complete-record", "> 2", "Nguyễn", "王小明")
			s.fresh()
			s.Send("client create --company-id ")
			s.Shows("Startup SAS")
			s.Send("\t\t\x1b[Z")
			scene("complete-value", "> 1", "株式会社")
			s.fresh()
			s.Send("client list --limit 6\r")
			ran("list", "6 of 10 clients")
			s.fresh()
			s.Send("client view 8\r")
			ran("view", "Contracts", "Signed  Paid")
			s.fresh()
			s.Send("client view 99\r")
			ran("error", "client 99 not found")
			s.fresh()
			s.Send("client update 7 -n Zoe\r")
			ran("denial", "belongs to hugo.lefevre")
			s.fresh()
			s.Send("help client create\r")
			ran("help", "Permission", "client:create")
			s.fresh()
			s.Send("help client\r")
			ran("help-group", "help client VERB explains one")
			s.fresh()
			s.Send("client create\r")
			s.Shows("Full name:")
			s.Send("王 Zoe\u0308\r")
			s.Shows("Email:")
			s.Send("nobody\r")
			s.Shows("is not valid")
			s.Send("\x15zoe@example.fr\r")
			s.Shows("Phone:")
			s.Send("\r")
			s.Shows("Company:")
			s.Send("muller")
			scene("question", "Company: muller\n", "Müller & Søn AG")
			s.Send("\x03")
			s.Shows("interrupted")
			s.fresh()
			s.Send("event create --contract-id 1 --title Gala --full-address Paris --start-date 02/11/2027\r")
			s.Shows("End date:")
			s.Send("01/11/2027\r")
			scene("question-again", "End date [01/11/2027]:", "Enter keeps it")
			s.Send("\x03")
			s.Shows("interrupted")
			s.fresh()
			s.Send("client view 山田")
			scene("accents", "山田 太郎")
			s.Send("\x15exit\r")
			s.ends()
		})
	}
}

// The first screen tells nobody who nobody is.
func TestFirstScreenOfNobody(t *testing.T) {
	t.Parallel()
	s := openEpev(t, 80, 24, openOffice(t), "")
	s.Golden("screen/first-nobody", "nobody is logged in: type login")
	if strings.Contains(s.Text(), "logged in as") {
		t.Error(s.Text())
	}
}
