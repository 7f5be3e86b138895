package commands

import (
	"fmt"
	"strings"
	"testing"

	"epev/model"
	"epev/security"
)

// clerk is an office with one whose grants change, a colleague's records and their own.
type clerk struct {
	*office
	me                           *desk
	id, role, other              int64
	client, contract, event      int64 // their own
	theirs, theirContract, apart int64 // a colleague's, and an event of it
}

func newClerk(t *testing.T) *clerk {
	o := openOffice(t)
	c := &clerk{office: o, role: o.role("clerk")}
	c.id, c.other = o.hire("alex.actor", "clerk"), o.hire("claire.dubois", "commercial")
	c.client, c.theirs = o.client(c.id), o.client(c.other)
	c.contract, c.theirContract = o.contract(c.client, true), o.contract(c.theirs, true)
	c.event, c.apart = o.event(c.contract, 0), o.event(c.theirContract, 0)
	c.me = o.desk("alex.actor")
	return c
}

// may gives the clerk exactly these codes.
func (c *clerk) may(codes string) { c.t.Helper(); c.grant(c.role, strings.Fields(codes)...) }

// untouched fails where fn leaves a row in the history.
func (c *clerk) untouched(fn func()) {
	c.t.Helper()
	before := c.number("select coalesce(max(id), 0) from @change_log")
	fn()
	if changed := c.text("select string_agg(action || ' ' || resource, ', ') from @change_log where id > $1 and resource <> 'role'", before); changed != "" {
		c.t.Errorf("what was refused changed something: %s", changed)
	}
}

// A record out of sight is one that does not exist, whatever the right to pay, to note or to void.
func TestPaymentsAndNotesOfWhatIsOutOfSight(t *testing.T) {
	t.Parallel()
	c := newClerk(t)
	payment, note := c.payment(c.theirContract), c.office.note("client", c.theirs, c.id)
	d := c.me
	c.untouched(func() {
		c.may("client:view:own contract:view:own event:view:own_client payment:list payment:view:own payment:create payment:void note:list note:view note:create note:update note:delete")
		for _, line := range []string{
			fmt.Sprintf("contract pay %d 10", c.theirContract), fmt.Sprintf("payment view %d", payment), fmt.Sprintf("payment void %d --reason x", payment),
			fmt.Sprintf("note add client %d Called", c.theirs), fmt.Sprintf("note add contract %d Called", c.theirContract), fmt.Sprintf("note add event %d Called", c.apart),
			fmt.Sprintf("note view %d", note), fmt.Sprintf("note update %d --text X", note), fmt.Sprintf("note done %d", note), fmt.Sprintf("note delete %d", note),
			fmt.Sprintf("history payment %d", payment), fmt.Sprintf("history note %d", note), fmt.Sprintf("explain view note %d", note),
		} {
			e := d.fails(model.NotFound, "%s", line)
			missing := strings.NewReplacer(fmt.Sprint(c.theirContract), "N", fmt.Sprint(c.theirs), "N", fmt.Sprint(c.apart), "N", fmt.Sprint(payment), "N", fmt.Sprint(note), "N")
			words := strings.Fields(line)
			for i, w := range words {
				if w == fmt.Sprint(c.theirContract) || w == fmt.Sprint(c.theirs) || w == fmt.Sprint(c.apart) || w == fmt.Sprint(payment) || w == fmt.Sprint(note) {
					words[i] = "987654"
					break
				}
			}
			other := d.fails(model.NotFound, "%s", strings.Join(words, " "))
			if got, want := missing.Replace(e.Message), strings.ReplaceAll(other.Message, "987654", "N"); got != want {
				t.Errorf("%s: %q, and of one that is not there %q", line, got, want)
			}
		}
	})
	// In sight and somebody else's.
	other := c.office.note("client", c.client, c.other)
	c.untouched(func() {
		c.may("client:view contract:view event:view payment:view payment:create:own payment:void:own note:view note:create note:update:mine note:delete:mine")
		for _, line := range []string{fmt.Sprintf("contract pay %d 10", c.theirContract), fmt.Sprintf("payment void %d --reason x", payment),
			fmt.Sprintf("note update %d --text X", other), fmt.Sprintf("note update %d --remind ''", other), fmt.Sprintf("note done %d", other), fmt.Sprintf("note delete %d", other)} {
			d.fails(model.Denied, "%s", line)
		}
	})
	// Sight that ends with the assignment ends at once for the note, too.
	c.may("event:view:assigned note:view note:create note:update:mine")
	c.exec("update event set support_contact_id = $1 where id = $2", c.id, c.apart)
	d.must("note add event %d Ramp", c.apart)
	noted := c.number("select max(id) from @note")
	d.must("note update %d --text Door", noted)
	c.exec("update event set support_contact_id = null where id = $1", c.apart)
	d.fails(model.NotFound, "note update %d --text Gate", noted)
	d.fails(model.Denied, "undo")
}

// event:update:own_client reaches events of one's clients that have no support and take place, and never the support.
func TestWhoseClientAnEventIsForMendsItUntilItHasSupport(t *testing.T) {
	t.Parallel()
	c := newClerk(t)
	ines := c.hire("ines.morel", "support")
	d := c.me
	c.may("event:list event:view contract:view client:view event:update:own_client")
	d.must("event update %d --title Gala --start-date 01/11/2027 --end-date 02/11/2027 --participant-count 3", c.event)
	c.untouched(func() {
		for _, who := range []any{ines, "ines.morel", "alex.actor", "nobody.there"} {
			d.fails(model.Denied, "event update %d --support-contact-id %v", c.event, who)
		}
		d.fails(model.Denied, "event update %d --title X", c.apart)
		d.fails(model.Denied, "event cancel %d --reason Rain", c.event)
		d.fails(model.Denied, "event update %d --contract-id %d", c.event, c.theirContract)
	})
	c.exec("update event set cancelled_at = now(), cancel_reason = 'Rain' where id = $1", c.event)
	d.fails(model.Conflict, "event update %d --title X", c.event)
	c.exec("update event set cancelled_at = null, cancel_reason = null, support_contact_id = $1 where id = $2", ines, c.event)
	c.untouched(func() {
		d.fails(model.Denied, "event update %d --title X", c.event)
		d.fails(model.Denied, "event update %d --support-contact-id ''", c.event)
		d.fails(model.Denied, "undo") // what was mended before somebody looked after it
	})
	// The bare right is as it was.
	c.may("event:list event:view contract:view client:view event:update event:update:own_client")
	d.must("event update %d --title Again", c.event)
	d.must("event update %d --title Far", c.apart)
}

// Undo takes the right of the single command at the moment of the undo, guards of fields included.
func TestUndoTakesTheRightOfThatMoment(t *testing.T) {
	t.Parallel()
	c := newClerk(t)
	d := c.me
	last := func() int64 { return c.number("select max(id) from @change_log where resource = 'client'") }
	sees := "client:view contract:view event:view note:view payment:view history:view "
	for _, tried := range []struct{ did, with, less, line string }{
		{"a total of a signed contract", "contract:update", "contract:update:own contract:update:assigned", fmt.Sprintf("contract update %d --total-amount 2000", c.contract)},
		{"a signature", "contract:update", "contract:update:own", fmt.Sprintf("contract sign %d", c.office.contract(c.client, false))},
		{"a commercial", "client:reassign client:update", "client:update", fmt.Sprintf("client reassign %d %d", c.office.client(c.other), c.hire("hugo.lefevre", "commercial"))},
		{"a support contact", "event:assign_support event:update", "event:update", fmt.Sprintf("event assign_support %d %d", c.event, c.hire("oscar.petit", "support"))},
		{"a cancellation", "event:cancel event:update", "event:update event:delete", fmt.Sprintf("event cancel %d --reason Rain", c.apart)},
		{"a payment", "payment:create payment:void", "payment:list contract:update", fmt.Sprintf("contract pay %d 10", c.theirContract)},
		{"a deletion", "client:create client:delete", "client:delete client:update client:create:own", fmt.Sprintf("client delete %d", c.office.client(c.other))},
		{"a note", "note:create note:delete", "note:list note:delete:mine note:update", fmt.Sprintf("note add event %d Ramp", c.event)},
		{"a merge", "client:merge contract:update", "client:merge:own contract:update", fmt.Sprintf("client merge %d %d", c.office.client(c.other), c.office.client(c.other))},
	} {
		c.may(sees + tried.with)
		d.must("%s", tried.line)
		c.untouched(func() {
			if tried.did != "a note" && tried.did != "a payment" { // of one's own, as is written below
				c.may(sees + tried.less)
				if e := d.fails(model.Denied, "undo"); e.Message == "" {
					t.Error(tried.did)
				}
			}
			c.may("client:list")
			d.fails(model.Denied, "undo")
		})
		c.may(sees + tried.with)
		d.must("undo")
	}
	// Somebody else's change: with the rights alone, by its number, and never by undo.
	manon := c.hire("manon.directrice", "management")
	c.exec("insert into role_permission (role_id, permission_id) select (select role_id from users where id = $1), id from permission on conflict do nothing", manon)
	boss := c.desk("manon.directrice")
	boss.must("client update %d -n Renamed", c.theirs)
	c.may(sees + "client:update:own")
	c.untouched(func() { d.fails(model.Denied, "history client %d --undo %d", c.theirs, last()) })
	boss.must("note add client %d Mine", c.client)
	note := c.number("select max(id) from @note")
	c.may(sees + "note:create note:update:mine note:delete:mine client:update")
	c.untouched(func() {
		d.fails(model.Denied, "history note %d --undo %d", note, c.number("select max(id) from @change_log where resource = 'note'"))
	})
}

// Who is not there is told as who is out of sight, to whoever may not view users.
func TestNobodyIsToldOfAroundAnAgenda(t *testing.T) {
	t.Parallel()
	c := newClerk(t)
	c.hire("manon.directrice", "management")
	gone := c.hire("paul.ancien", "support")
	c.exec("update users set is_active = false where id = $1", gone)
	c.may("event:list event:view client:list client:view contract:view contract:list payment:list payment:view")
	d := c.me
	for _, line := range []string{"agenda --of NAME", "client list --commercial NAME", "event list --support NAME", "payment list --commercial NAME", "contract list --commercial NAME"} {
		ask := func(name string) string {
			_, err := d.do("%s", strings.ReplaceAll(line, "NAME", name))
			return fmt.Sprint(err == nil, strings.ReplaceAll(told(err), name, "NAME"))
		}
		for _, who := range []string{"manon.directrice", "paul.ancien", fmt.Sprint(gone), fmt.Sprint(c.id + 1000)} {
			if got, want := ask(who), ask("nobody.there"); got != want {
				t.Errorf("%s of %s: %s, and of nobody: %s", line, who, got, want)
			}
		}
		for _, who := range []string{"claire.dubois", "alex.actor"} {
			if _, err := d.do("%s", strings.ReplaceAll(line, "NAME", who)); err != nil && who != "alex.actor" && !strings.Contains(line, "support") {
				t.Errorf("%s of %s, who is offered: %s", line, who, told(err))
			}
		}
	}
	c.may("event:list event:view user:view")
	d.must("agenda --of manon.directrice")
	d.must("agenda --of paul.ancien")
	d.fails(model.NotFound, "agenda --of nobody.there")
}

// Of several records none is changed where one is out of sight, and none is given twice, by whichever of its ids.
func TestSeveralRecordsAreAllInSightAndEachOnce(t *testing.T) {
	t.Parallel()
	c := newClerk(t)
	ines := c.hire("ines.morel", "support")
	d := c.me
	c.may("client:list client:view:own client:merge client:merge:own client:reassign contract:view:own event:view:own_client event:assign_support contract:update")
	second := c.office.client(c.id)
	c.untouched(func() {
		d.fails(model.NotFound, "client reassign %d,%d,%d claire.dubois", c.client, c.theirs, second)
		d.fails(model.NotFound, "event assign_support %d,%d %d", c.event, c.apart, ines)
		d.fails(model.Usage, "event assign_support %d,%d %d", c.event, c.event, ines)
	})
	d.must("client merge %d %d", second, c.client)
	c.untouched(func() {
		d.fails(model.Usage, "client reassign %d,%d claire.dubois", c.client, second)
		d.fails(model.Usage, "client reassign %d,%d claire.dubois", second, c.client)
	})
	d.must("client reassign %d claire.dubois", second)
}

// A handover takes its own right beside that of each single command, and goes to nobody who could not take one of them.
func TestAHandoverTakesItsRightAndAServingColleague(t *testing.T) {
	t.Parallel()
	c := newClerk(t)
	idle, ines := c.hire("paul.ancien", "commercial"), c.hire("ines.morel", "support")
	c.exec("update users set is_active = false where id = $1", idle)
	d := c.me
	sees := "client:view contract:view event:view user:view user:list role:view "
	c.untouched(func() {
		c.may(sees + "client:reassign event:assign_support user:update")
		d.fails(model.Denied, "handover claire.dubois paul.ancien")
		d.fails(model.Denied, "user deactivate claire.dubois --handover ines.morel")
		c.may(sees + "user:handover user:update")
		d.fails(model.Denied, "handover claire.dubois alex.actor --clients")
		c.may(sees + "user:handover client:reassign:own")
		d.fails(model.Denied, "handover claire.dubois alex.actor")
		c.may(sees + "user:handover client:reassign event:assign_support user:update")
		d.fails(model.Conflict, "handover claire.dubois paul.ancien")
		d.fails(model.Conflict, "handover claire.dubois %d", ines)
		d.fails(model.Conflict, "handover claire.dubois claire.dubois")
		d.fails(model.NotFound, "handover claire.dubois nobody.there")
		c.may("client:view contract:view event:view user:handover client:reassign event:assign_support")
		for _, who := range []string{"paul.ancien", "ines.morel", "nobody.there"} { // none of whom is told of
			if e := d.fails(model.NotFound, "handover alex.actor %s", who); strings.ReplaceAll(e.Message, who, "X") != `user "X" not found` && strings.ReplaceAll(e.Message, who, "X") != "user X not found" {
				t.Error(told(e))
			}
		}
	})
	// What is out of sight stays.
	c.may("client:view:own contract:view:own event:view:own_client user:view user:handover client:reassign event:assign_support")
	d.must("handover claire.dubois %s", "alex.actor")
	if n := c.number("select count(*) from @client where commercial_id = $1", c.other); n != 1 {
		t.Errorf("%d of her clients stay", n)
	}
}

// A waiver is offered to whom it can serve.
func TestTheWaiverOfAClashIsOfferedWhereItActs(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	for name, want := range map[string]bool{"claire.dubois": false, "manon.directrice": true} {
		role := map[bool]int{true: 0, false: 1}[want]
		me := model.Actor{Permissions: security.DefaultRoles()[role].Permissions}
		for _, path := range []string{"event create", "event update"} {
			command, _ := o.registry.Lookup(path)
			p, _ := command.Param(evenIfBusy)
			if got := p.Settable(&me); got != (want || path == "event update") {
				t.Errorf("%s offers --%s to %s: %v", path, evenIfBusy, name, got)
			}
		}
	}
}
