package shell

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
)

// cell reads one value of the database.
func cell(t testing.TB, dsn, query string) (value string) {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(context.Background(), query).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// dialogue answers questions: each question, by the line that it shows, and its answer.
func (s *terminal) dialogue(questions ...string) {
	s.T.Helper()
	for i := 0; i < len(questions); i += 2 {
		s.Until(questions[i], func() bool { return strings.HasPrefix(s.Line(), questions[i]) && s.answered() })
		s.Send(questions[i+1] + "\r")
	}
}

// asked waits for a question that is asked for the nth time since the screen was cleared.
func (s *terminal) asked(question string, n int) {
	s.T.Helper()
	s.Until(fmt.Sprintf("%s, %d times", question, n), func() bool {
		return s.Line() == question && strings.Count(s.Text(), "\n"+question) == n && s.answered()
	})
}

// An answer that somebody else has already is told, and asked for again alone.
func TestFailedAnswerIsAskedAgain(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	s := openEpev(t, 80, 40, dsn, "claire.dubois")
	s.ready()
	s.Send("client create\r")
	s.dialogue("Full name:", "Léa Été", "Email:", "client8@example.com")
	s.Shows("this e-mail address is already used by client 8 (Kévin Cousin)", "give another address")
	s.dialogue("Email [client8@example.com]:", "lea@example.fr", "Phone:", "06 78 12 34 56", "Company:", "4", "First contact date:", "", "Last contact date:", "")
	s.Shows("Client 11 created: Léa Été · Startup SAS.")
	s.ready()
	if got := cell(t, dsn, "SELECT email || phone || company_id FROM epic_events.client WHERE id = 11"); got != "lea@example.fr+336781234564" {
		t.Error(got)
	}
	// Up brings the wrong answer back to be mended; an answer that stays is refused again.
	s.fresh()
	s.Send("client create -n Zoé\r")
	s.dialogue("Email:", "lea@example.fr", "Email [lea@", "")
	s.dialogue("Email [lea@", "\x1b[A\x01zoe.", "Phone:", "", "Company:", "", "First contact date:", "", "Last contact date:", "")
	s.Shows("Client 12 created: Zoé.")
	s.ready()
	// What is not there is no answer: Enter passes over it, as over a field that was not answered.
	s.fresh()
	s.Send("client create -n Zoé2\r")
	s.dialogue("Email:", "zoe2@example.fr", "Phone:", "", "Company:", "99")
	s.Shows("company 99 not found")
	s.dialogue("Company:", "", "First contact date:", "", "Last contact date:", "")
	s.Shows("Client 13 created: Zoé2.")
	s.ready()
	// A command given whole is run, and asks nothing.
	s.fresh()
	s.Send("client create -n Zoé -e lea@example.fr\r")
	s.Shows("already used")
	s.ready()
}

// Rules across fields are told once the last of their fields is answered, and let either be mended.
func TestRulesAcrossFieldsAreToldAtTheQuestion(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	s := openEpev(t, 80, 40, dsn, "claire.dubois")
	s.ready()
	s.Send("event create\r")
	s.dialogue("Contract:", "2")
	s.Shows("contract 2 is not signed: an event needs a signed contract", "have it signed first")
	s.dialogue("Contract [2]:", "99")
	s.Shows("contract 99 not found")
	s.dialogue("Contract [99]:", "1", "Title:", "Gala", "Full address:", "1 Rue de Paris, 75000 Paris", "Start date:", "01/11/2028", "End date:", "02/11/2027")
	s.Shows("the event would end on 02/11/2027, which is not after its start on 01/11/2028")
	s.dialogue("End date [02/11/2027]:", "", "Start date [01/11/2028]:", "01/11/2027", "Participant count:", "", "Notes:", "")
	s.Shows("Event 3 created: Gala · Kévin Cousin.")
	s.ready()
	// What the command line gave counts as answered; no rule is told before its fields are.
	s.fresh()
	s.Send("event create --contract-id 1 --end-date 01/11/2026\r")
	s.dialogue("Title:", "Gala", "Full address:", "Paris", "Start date:", "02/11/2026", "End date [01/11/2026]:", "03/11/2026", "Participant count:", "\x03")
	s.ready()
	// Of an update what the event would become counts.
	manager := openEpev(t, 80, 40, dsn, "admin.root")
	manager.ready()
	manager.Send("event update 2\r")
	manager.dialogue("Contract [3 · ", "", "Title [", "", "Full address [", "", "Start date [04/06/2027 13:00]:", "04/07/2027", "End date [05/06/2027 02:00]:", "")
	manager.Shows("the event would end on 05/06/2027 02:00")
	manager.dialogue("End date [05/06/2027 02:00]:", "05/07/2027", "Support contact:", "hugo.lefevre")
	manager.Shows("hugo.lefevre is not a support user")
	manager.dialogue("Support contact [hugo", "ines.morel", "Participant count [75]:", "", "Notes:", "")
	manager.Shows("Event 2 updated")
	manager.ready()
}

// Who may not do it to that record is told once it was named, and asked no further.
func TestDenialComesAtTheQuestion(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	s := openEpev(t, 80, 40, dsn, "claire.dubois")
	s.ready()
	s.Send("event create\r")
	s.dialogue("Contract:", "3")
	s.Shows("You don't have permission to book events on contract 3", "contract 3 belongs to hugo.lefevre")
	s.ready()
	s.fresh()
	s.Send("event create --contract-id 3\r")
	s.Shows("You don't have permission to book events on contract 3")
	s.ready()
	if strings.Contains(s.Text(), "Title") {
		t.Error(s.Text())
	}
	manager := openEpev(t, 80, 40, dsn, "admin.root")
	manager.ready()
	manager.Send("client reassign\r")
	manager.dialogue("Client:", "99")
	manager.Shows("client 99 not found")
	manager.dialogue("Client [99]:", "7", "Commercial:", "ines.morel")
	manager.Shows("ines.morel is not a commercial user", `"user list --commercial" shows who can be chosen`)
	manager.dialogue("Commercial [ines.morel]:", "claire.dubois")
	manager.Shows("Client 7 and its contracts now belong to claire.dubois.")
	manager.ready()
}

// A field of that record that is not theirs to change is no question: each answer but Enter would be refused.
func TestNobodyIsAskedForWhatTheyMayNotChange(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	support := openEpev(t, 80, 40, dsn, "ines.morel")
	support.ready()
	support.Send("event update\r")
	support.dialogue("Event:", "1", "Title [", "", "Full address [", "", "Start date [", "", "End date [", "", "Participant count [", "210", "Notes [", "")
	support.Shows("Event 1 updated")
	support.ready()
	commercial := openEpev(t, 80, 40, dsn, "claire.dubois")
	commercial.ready()
	commercial.Send("contract update 1\r")
	commercial.dialogue("Remaining amount [200.00]:", "5000")
	commercial.Shows("is above the total") // a rule about a field that is not asked for
	commercial.dialogue("Remaining amount [5000]:", "100", "Fully paid [", "")
	commercial.Shows("Contract 1 updated")
	commercial.ready()
	commercial.fresh()
	commercial.Send("contract update 2\r") // which is not signed
	commercial.dialogue("Client [Kévin Cousin]:", "", "Total amount [9800.00]:", "", "Remaining amount [9800.00]:", "", "Signed [false]:", "", "Fully paid [false]:", "")
	commercial.Shows("Nothing to change in contract 2")
	commercial.ready()
}

// What is left to pay, the total and the paid flag are held together as soon as they are answered.
func TestAmountsAreToldAtTheQuestion(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	s := openEpev(t, 80, 40, dsn, "admin.root")
	s.ready()
	s.Send("contract create --client-id 8\r")
	s.dialogue("Total amount:", "100", "Remaining amount:", "200")
	s.Shows("is above the total", "at most the total")
	s.dialogue("Remaining amount [200]:", `""`, "Signed:", "yes", "Fully paid:", "no")
	s.Shows("Contract 5 created")
	s.ready()
	s.fresh()
	s.Send("contract create --client-id 8\r")
	s.dialogue("Total amount:", "100", "Remaining amount:", "50", "Signed:", "", "Fully paid:", "yes")
	s.Shows("the contract is not fully paid while")
	s.dialogue("Fully paid [yes]:", "", "Total amount [100]:", "", "Remaining amount [50]:", "0")
	s.Shows("Contract 6 created")
	s.ready()
	// Of an update the kept amounts count, and only once nothing can change them any more.
	s.fresh()
	s.Send("contract update 2\r")
	s.dialogue("Client [Kévin Cousin]:", "", "Total amount [9800.00]:", "500", "Remaining amount [500.00]:", "", "Signed [false]:", "", "Fully paid [false]:", "yes")
	s.Shows("Contract 2 updated")
	s.ready()
	if got := cell(t, dsn, "SELECT total_amount || ' ' || remaining_amount || ' ' || is_fully_paid FROM epic_events.contract WHERE id = 2"); got != "500.00 0.00 true" {
		t.Error(got)
	}
}

// An error about no field offers, once, to go through the answers again.
func TestAnswersAreGoneThroughAgain(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	s := openEpev(t, 80, 40, dsn, "claire.dubois")
	s.ready()
	meanwhile := func(name string) {
		run(t, dsn, "SET search_path = epic_events; UPDATE client SET phone = '"+name+"' WHERE id = 8")
	}
	through := func(name string) {
		t.Helper()
		s.fresh()
		s.Send("client update 8\r")
		s.dialogue("Full name [Kévin", name, "Email [", "", "Phone [", "", "Company [", "", "First contact date [", "")
		s.Until("the last question", func() bool { return strings.HasPrefix(s.Line(), "Last contact date:") })
	}
	through("Kévin Cousin-Dubois")
	meanwhile("+33199001499")
	s.Send("\r")
	s.Shows("client 8 was changed meanwhile, so nothing was written", "Go through your answers again? [Y/n]")
	s.Send("\r")
	s.dialogue("Full name [Kévin Cousin-Dubois]:", "", "Email [", "", "Phone [+33199001499]:", "", "Company [", "", "First contact date [", "", "Last contact date:", "")
	s.Shows("Client 8 updated: Kévin Cousin-Dubois")
	s.ready()
	through("Kévin Petit")
	meanwhile("+33199001498")
	s.Send("\r")
	s.Shows("Go through your answers again? [Y/n]")
	s.Send("n\r")
	s.ready()
	if n := strings.Count(s.Wrote(), "changed meanwhile"); n != 2 {
		t.Errorf("told %d times, of two:\n%s", n, s.Wrote())
	}
}

// A password is not asked for again because a username was taken.
func TestPasswordIsKept(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	s := openEpev(t, 80, 40, dsn, "admin.root", "user", "create")
	s.dialogue("Username:", "claire.dubois", "Full name:", "Claire Deux", "Email:", "deux@epicevents.fr", "Role:", "nobody")
	s.Shows("role nobody not found", `"epev role list" shows`)
	s.dialogue("Role [nobody]:", "support", "Password of claire.dubois:", "Sunny-Terrace-8", "Password of claire.dubois again:", "Sunny-Terrace-8")
	s.Shows("this username is already taken")
	s.dialogue("Username [claire.dubois]:", "claire.deux")
	s.Shows("User 7 created: Claire Deux · claire.deux · support.")
	<-s.Ended
	if err := s.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// A question that is wider than the window breaks at a blank, above its answer.
func TestWideConfirmation(t *testing.T) {
	t.Parallel()
	s := openEpev(t, 40, 40, openOffice(t), "admin.root")
	s.ready()
	s.Send("event delete 1\r")
	s.Shows("\nDelete event 1 (B2B Fair · Kévin\nCousin)? [y/N]")
	s.Send("n\r")
	s.Shows("nothing was changed")
	s.ready()
}

// The answers about a record that is gone are nobody else's.
func TestAnswersAboutARecordThatIsGone(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	s := openEpev(t, 80, 40, dsn, "claire.dubois")
	s.ready()
	s.Send("client update\r")
	s.dialogue("Client:", "99", "Client [99]:", "9", "Full name [Kevin Costa]:", "Kevin Petit", "Email [", "", "Phone [", "", "Company:", "", "First contact date [", "")
	s.Until("the last question", func() bool { return strings.HasPrefix(s.Line(), "Last contact date:") })
	run(t, dsn, "DELETE FROM epic_events.client WHERE id = 9")
	s.Send("\r")
	s.Shows("client 9 not found")
	s.ready()
}
