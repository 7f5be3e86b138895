package commands

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"epev/model"
)

// SPEC 5, rule 2: what a command is allowed by is still so when it happens. A record that is given to somebody else
// between the decision and the change is not changed by whose it was.
func TestWhoseItIsIsDecidedOnceNobodyChangesIt(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.role("mine", "client:view", "client:update:own", "client:delete:own", "client:reassign:own", "contract:view", "contract:create:own", "contract:update:own",
		"event:view", "event:create:own_client", "event:update:own_client", "event:delete:own_client", "event:assign_support:own_client")
	o.role("helper", "client:view", "client:update:assigned", "contract:view", "contract:update:assigned", "event:view", "event:update:assigned")
	me, helper := o.hire("former.owner", "mine"), o.hire("former.helper", "helper")
	other, support := o.hire("next.owner", "commercial"), o.hire("sam.support", "support")
	owner, helping := o.desk("former.owner"), o.desk("former.helper")
	const (
		client   = "update epic_events.client set commercial_id = $1 where id = $2"
		contract = "update epic_events.contract set client_id = $1 where id = $2"
		event    = "update epic_events.event set support_contact_id = $1 where id = $2"
	)
	for _, c := range []struct {
		desk    *desk
		command string // of client C, contract K and event E
		change  string
	}{
		{owner, "client update C -n Kept", client},
		{owner, "client delete C", client},
		{owner, "client reassign C next.owner", client},
		{owner, "contract create --client-id C --total-amount 10", client},
		{owner, "contract update K --remaining-amount 5", client},
		{owner, "contract update K --remaining-amount 5", contract},
		{owner, "contract update K --client-id D", client},
		{owner, "event create --contract-id K --title Fair --full-address Here --start-date 01/01/2027 --end-date 02/01/2027", client},
		{owner, "event create --contract-id K --title Fair --full-address Here --start-date 01/01/2027 --end-date 02/01/2027", contract},
		{owner, "event update E --title Kept", client},
		{owner, "event update E --title Kept", contract},
		{owner, "event update E --title Kept", event}, // which somebody supports then
		{owner, "event delete E", client},
		{owner, "event assign_support E sam.support", client},
		{helping, "client update C -n Kept", event},
		{helping, "contract update K --remaining-amount 5", event},
		{helping, "event update E --title Kept", event},
	} {
		ids := map[string]int64{"C": o.client(me), "D": o.client(me)}
		theirs := o.client(other)
		if c.command == "client delete C" {
			ids["K"] = o.contract(o.client(me), true)
		} else {
			ids["K"] = o.contract(ids["C"], !strings.Contains(c.command, "--client-id D")) // a signed one keeps its client
		}
		supports := helper
		if c.desk == owner && strings.HasPrefix(c.command, "event update") {
			supports = 0
		}
		ids["E"] = o.event(ids["K"], supports)
		var command []string
		for _, word := range strings.Fields(c.command) {
			if id, ok := ids[word]; ok {
				word = fmt.Sprint(id)
			}
			command = append(command, word)
		}
		line := strings.Join(command, " ")
		given, record := other, ids["C"]
		switch c.change {
		case client:
			if strings.Contains(c.command, "--client-id D") { // it is the one that the contract goes to
				record = ids["D"]
			}
		case contract:
			given, record = theirs, ids["K"]
		case event:
			given, record = support, ids["E"]
		}
		tx, err := o.db.BeginTx(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(c.change, given, record); err != nil {
			t.Fatal(err)
		}
		before := o.number("select max(id) from @change_log")
		done := make(chan error, 1)
		go func() {
			_, err := c.desk.do("%s", line)
			done <- err
		}()
		for waiting := true; waiting && o.number("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()") == 0; {
			select {
			case err := <-done:
				t.Errorf("%s did not wait for %s: %v", line, c.change, err)
				waiting = false
				done <- err
			case <-time.After(5 * time.Millisecond):
			}
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; model.KindOf(err) != model.Denied && model.KindOf(err) != model.Conflict {
			t.Errorf("%s after %s: %v", line, c.change, err)
		}
		if n := o.number("select count(*) from @change_log where id > $1 and session_id is not null", before); n != 0 {
			t.Errorf("%s after %s changed something", line, c.change)
		}
	}
}

// SPEC 5, rule 4: a company says nothing of clients that the actor may not see.
func TestCompanyTellsNothingOfHiddenClients(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.role("own", "company:list", "company:view", "client:list:own", "client:view:own")
	me, other := o.hire("olga.own", "own"), o.hire("hugo.other", "commercial")
	mine, theirs := o.company("Mine"), o.company("Theirs")
	o.exec("update client set company_id = $1 where id = $2; update client set company_id = $3 where id = $4", mine, o.client(me), theirs, o.client(other))
	d := o.desk("olga.own")
	for _, c := range []struct{ company, seen int64 }{{mine, 1}, {theirs, 0}} {
		table := d.must("company view %d", c.company).Table
		var related int64
		for _, t := range table.Related {
			related += int64(len(t.Rows))
		}
		if related != c.seen {
			t.Errorf("company %d shows %d clients, want %d", c.company, related, c.seen)
		}
		for i, column := range table.Columns {
			if column.Name == "clients" && table.Rows[0][i] != c.seen {
				t.Errorf("company %d counts %v clients, want %d", c.company, table.Rows[0][i], c.seen)
			}
		}
	}
}

// An update says of no field what a creation would fill in, and every help has the right article.
func TestHelpOfNouns(t *testing.T) {
	t.Parallel()
	for _, c := range All() {
		if strings.Contains(c.Help, " a event") {
			t.Errorf("help on %s: %s", c.Path, c.Help)
		}
		for _, p := range c.Params {
			if strings.HasSuffix(c.Path, " update") && strings.Contains(p.Help, "unless given") {
				t.Errorf("%s --%s: %s", c.Path, p.Name, p.Help)
			}
		}
	}
}

// A dangerous command asks, but not about what is refused anyway.
func TestNobodyIsAskedAboutADeletionThatCannotBe(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.role("eraser", "client:view", "client:delete", "contract:view", "contract:delete")
	me := o.hire("emil.eraser", "eraser")
	signed := o.contract(o.client(me), true)
	with, free := o.number("select client_id from @contract where id = $1", signed), o.client(me)
	d := o.desk("emil.eraser")
	for line, asks := range map[string]bool{
		fmt.Sprintf("client delete %d", with):     false,
		fmt.Sprintf("contract delete %d", signed): false,
		fmt.Sprintf("client delete %d", free):     true,
	} {
		call, err := d.call(line)
		if err != nil {
			t.Fatal(err)
		}
		question, err := call.Confirmation(context.Background(), d.env)
		if asks != (err == nil) || !asks && model.KindOf(err) != model.Conflict {
			t.Errorf("%s: asked %q, %v", line, question, err)
		}
	}
}
