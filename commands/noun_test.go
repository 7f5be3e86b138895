package commands

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"epev/model"
)

// SPEC 5, rule 2: what a deletion is allowed by is still so when it happens. A client that is given to
// somebody else between the decision and the deletion is not deleted by its former commercial.
func TestDeletionDecidesOnARecordThatNobodyChanges(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	mine := o.role("mine", "client:view", "client:delete:own", "event:view", "event:delete:own_client")
	_ = mine
	me := o.hire("former.owner", "mine")
	other := o.hire("next.owner", "commercial")
	client := o.client(me)
	event := o.event(o.contract(o.client(me), true), 0)
	d := o.desk("former.owner")
	for _, c := range []struct{ change, command string }{
		{"update epic_events.client set commercial_id = $1 where id = $2", "client delete"},
		{"update epic_events.client c set commercial_id = $1 from epic_events.contract k join epic_events.event e on e.contract_id = k.id where c.id = k.client_id and e.id = $2", "event delete"},
	} {
		id := client
		if c.command == "event delete" {
			id = event
		}
		tx, err := o.db.BeginTx(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(c.change, other, id); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() {
			_, err := d.do("%s %d", c.command, id)
			done <- err
		}()
		for o.number("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()") == 0 {
			select {
			case err := <-done:
				t.Fatalf("%s did not wait for the change: %v", c.command, err)
			case <-time.After(5 * time.Millisecond):
			}
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; model.KindOf(err) != model.Denied {
			t.Errorf("%s of a record that was given away: %v", c.command, err)
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
			if column.Name == "clients" {
				t.Errorf("company %d counts its clients: %v", c.company, table.Rows[0][i])
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

// Issue "A prompt that staff want to live in": a dangerous command asks, but not about what is refused anyway.
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
		inv, err := o.registry.Parse(strings.Fields(line))
		if err != nil {
			t.Fatal(err)
		}
		question, err := inv.Confirmation(context.Background(), d.env)
		if asks != (err == nil) || !asks && model.KindOf(err) != model.Conflict {
			t.Errorf("%s: asked %q, %v", line, question, err)
		}
	}
}
