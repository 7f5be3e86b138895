package commands

import (
	"fmt"
	"strings"
	"testing"

	"epev/model"
)

// What stands in the way of an undo is told, and nothing is changed.
func TestUndoTellsWhatStandsInItsWay(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	s.all("management")
	d, other := s.manager, s.desk("manon.directrice")
	hugo := s.hire("hugo.lefevre", "commercial")
	thao := s.hire("thao.tran", "support")
	alone := s.office.client(hugo)
	for name, c := range map[string]struct{ change, meanwhile, says string }{
		"a record that was changed": {fmt.Sprintf("client update %d -n First", alone), fmt.Sprintf("client update %d -n Second", alone),
			"was changed since, so change %d cannot be undone: manon.directrice changed Full name: First → Second on "},
		"another field of it":       {fmt.Sprintf("client update %d -n Third", alone), fmt.Sprintf("client update %d -p 0612345678", alone), "was changed since"},
		"a record that was deleted": {fmt.Sprintf("event update %d --notes Ramp", s.event(s.signed, 0)), "event delete {last}", "was deleted since"},
		"a record that is referred to": {fmt.Sprintf("contract create --client-id %d --total-amount 10 --is-signed true", alone),
			"event create --contract-id {last} --title Fair --full-address Paris --start-date 01/11/2027 --end-date 02/11/2027", "contract {last} still has 1 event"},
		"a name that is taken":       {fmt.Sprintf("company update %d -n Neuve", s.office.company("Vieille")), "company create -n vieille", "a company of this name exists already"},
		"an address that is taken":   {fmt.Sprintf("client delete %d", s.number("insert into @client (full_name, email, commercial_id, first_contact_date) values ('Léa', 'lea@example.fr', $1, now()) returning id", hugo)), "client create -n New -e LEA@example.fr", "this e-mail address is already used by another client"},
		"a company that was deleted": {fmt.Sprintf("client update %d -c ''", s.withCompany(hugo)), "company delete {company}", "was deleted meanwhile"},
		"a user who left":            {fmt.Sprintf("client reassign %d %d", s.office.client(s.hire("left.already", "commercial")), hugo), "user deactivate left.already", "left.already is deactivated"},
		"a support user who left":    {fmt.Sprintf("event assign_support %d %d", s.event(s.signed, s.hire("gone.support", "support")), thao), "user update gone.support -r commercial", "gone.support is not a support user"},
		"a contract that pays":       {fmt.Sprintf("contract update %d --is-signed true", s.contract(alone, false)), "event create --contract-id {last} --title Fair --full-address Paris --start-date 01/11/2027 --end-date 02/11/2027", "still has 1 event"},
		"a contract paid meanwhile":  {fmt.Sprintf("contract update %d --total-amount 2000", s.contract(alone, true)), "contract update {last} --remaining-amount 0", "was changed since"},
		"a contract drawn up since": {fmt.Sprintf("client reassign %d %d", s.office.client(hugo), s.claire), "contract create --client-id {last} --total-amount 10",
			"has 1 contract that did not move with it"},
		"a client that moved":         {fmt.Sprintf("contract delete %d", s.contract(alone, false)), fmt.Sprintf("client reassign %d %d", alone, s.claire), "a contract belongs to its client's commercial, and that is claire.dubois"},
		"a contract no longer signed": {fmt.Sprintf("event delete %d", s.event(s.contract(alone, true), 0)), "contract update {contract} --is-signed false", "is not signed: an event needs a signed contract"},
	} {
		t.Run(name, func(t *testing.T) {
			before := s.number("select max(id) from @change_log")
			d.must("%s", c.change)
			change := s.number("select max(id) from @change_log")
			last := s.number("select record_id from @change_log where id = $1", change)
			fill := strings.NewReplacer("{last}", fmt.Sprint(last), "{company}", s.text("select max(coalesce(before ->> 'company_id', '0')) from @change_log where id > $1", before),
				"{contract}", s.text("select max(coalesce(before ->> 'contract_id', '0')) from @change_log where id > $1", before))
			other.must("%s", fill.Replace(c.meanwhile))
			state := s.rows(everything...)
			e := d.fails(model.Conflict, "history %s %d --undo %d", strings.Fields(c.change)[0], last, change)
			says := fill.Replace(c.says)
			if strings.Contains(says, "%d") {
				says = fmt.Sprintf(says, change)
			}
			if !strings.Contains(e.Message, says) || e.Hint == "" {
				t.Errorf("told %q (%s), which does not say %q", e.Message, e.Hint, says)
			}
			if diff := differing(state, s.rows(everything...)); diff != "" {
				t.Errorf("the refused undo changed\n%s", diff)
			}
		})
	}
}

// withCompany adds a client of a company of its own.
func (s *staffed) withCompany(commercial int64) int64 {
	id := s.office.client(commercial)
	s.exec("update client set company_id = $1 where id = $2", s.office.company("Employeur"), id)
	return id
}

func TestUsersAndRolesAreNotUndone(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	hugo := s.hire("hugo.lefevre", "commercial")
	if e := s.commercial.fails(model.Conflict, "undo"); !strings.Contains(e.Message, "no change of yours") {
		t.Error(told(e))
	}
	for _, line := range []string{fmt.Sprintf("user update %d -n Hugo", hugo), "role grant support company:delete", fmt.Sprintf("user deactivate %d", hugo)} {
		s.manager.must("%s", line)
		if e := s.manager.fails(model.Conflict, "undo"); !strings.Contains(e.Message, "changes of users and roles are not undone") {
			t.Error(told(e))
		}
	}
}
