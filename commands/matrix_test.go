package commands

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"epev/commands/sentences"
	"epev/model"
	"epev/security"
)

// cast is one actor and, by relation to that actor, a record of each kind.
type cast struct {
	title   string // of the actor's column
	name    string // username
	user    int64
	role    int64
	desk    *desk
	records map[string]map[string]int64 // "client" → "mine" → id
	deleted map[string]int64            // "client" → id of one that is gone
	free    struct{ company, user, client, contract, support, target, unsigned, signed, supported, off int64 }
}

// trial is one command line of the matrix for each relation; %d stands for the record's id. A trial
// without of has no record.
type trial struct {
	note string // what is particular about it, "" for the plain command
	of   string // the kind of record that it is about
	line string
	// with returns the values for the line's verbs after the record's id.
	with func(c *cast) []any
	// done is a statement about the record that changes it first, $1, as somebody else or as the actor; the line takes the number of
	// that change.
	done   string
	myself bool
}

// relations of each kind of record to the actor, in the order of the matrix.
var relations = map[string][]string{
	"":         {""},
	"client":   {"mine", "assigned to me", "a stranger's", "missing"},
	"contract": {"my client's", "assigned to me", "a stranger's", "missing"},
	"signed":   {"my client's", "assigned to me", "a stranger's", "missing"},
	"event":    {"my client's", "assigned to me", "a stranger's", "missing"},
	"payment":  {"my client's", "assigned to me", "a stranger's", "missing"},
	"note":     {"mine", "another's on my client", "another's on a stranger's", "missing"},
	"company":  {"any", "missing"},
	"user":     {"myself", "another", "missing"},
	"role":     {"mine", "another", "missing"},
}

const missing = 99999

// trials says how each command is tried. A command that is not here fails the test.
var trials = map[string][]trial{
	"login":   {{line: "login -u %s --password-file -", with: func(c *cast) []any { return []any{c.name} }}},
	"logout":  {{line: "logout"}, {note: "--all", line: "logout --all"}},
	"refresh": {{line: "refresh"}},
	"whoami":  {{line: "whoami"}},
	"today":   {{line: "today"}},
	"help":    {{line: "help"}},
	"exit":    {{line: "exit"}},
	"timing":  {{line: "timing on"}},
	"clear":   {{line: "clear"}},
	"every":   {{line: "every 30s client list"}},
	"save":    {{line: "save mine = client list --only-mine"}},
	"saved":   {{line: "saved"}},
	"unsave":  {{line: "unsave mine"}},

	"find": {{line: "find client"}},

	"export client":   {{line: "export client"}},
	"export contract": {{line: "export contract"}},
	"export payment":  {{line: "export payment"}},
	"export event":    {{line: "export event"}},
	"export company":  {{line: "export company"}},
	"export user":     {{line: "export user"}},
	"import client":   {{note: "no file", line: "import client nowhere.csv"}},
	"import contract": {{note: "no file", line: "import contract nowhere.csv"}},
	"import event":    {{note: "no file", line: "import event nowhere.csv"}},
	"import company":  {{note: "no file", line: "import company nowhere.csv"}},
	"import undo":     {{note: "none", line: "import undo 99999"}},

	"export history": {{line: "export history"}, {note: "--resource user", line: "export history --resource user"}},

	"open": {{note: "nothing listed", line: "open 1"}},

	"completion": {{line: "completion bash"}},

	"gate":       {{line: "gate 1"}},
	"gate-keys":  {{line: "gate-keys nobody ssh-ed25519 AAAA"}},
	"gate-setup": {{line: "gate-setup"}},

	"db-create":      {{line: "db-create"}},
	"db-status":      {{line: "db-status"}},
	"db-stop":        {{line: "db-stop"}},
	"db-backup":      {{line: "db-backup"}},
	"db-verify":      {{line: "db-verify epev.dump"}},
	"db-restore":     {{line: "db-restore epev.dump --yes"}},
	"doctor":         {{line: "doctor"}},
	"db-upgrade":     {{line: "db-upgrade --yes"}},
	"manager-create": {{line: "manager-create -u boss.second -n Boss -e boss@epicevents.fr --password-file -"}},

	"user create": {{line: "user create -u new.person -n New -e new@epicevents.fr -r support --password-file -"}},
	"user list":   {{line: "user list"}},
	"user view":   {{of: "user", line: "user view %d"}},
	"user update": {{of: "user", line: "user update %d -n Renamed"}, {note: "-r ROLE", of: "user", line: "user update %d -r nothing"}},
	"user update-password": {
		{of: "user", line: "user update-password %d --password-file -"},
	},
	"user deactivate": {{of: "user", line: "user deactivate %d"}, {note: "--handover", of: "user", line: "user deactivate %d --handover %d", with: func(c *cast) []any { return []any{c.free.user} }}},
	"user activate":   {{of: "user", line: "user activate %d"}},
	"user delete":     {{of: "user", line: "user delete %d"}},
	"user key add":    {{of: "user", line: "user key add %d ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPrIxIFeW8mfXLHnK9p+TWb6dCDCliRIAkmYd8se3bIT"}},
	"user key list":   {{line: "user key list"}, {note: "USER", of: "user", line: "user key list %d"}},
	"user key remove": {{note: "missing", line: "user key remove 99999"}},
	"session list":    {{line: "session list"}, {note: "USER", of: "user", line: "session list %d"}},
	"session end":     {{note: "missing", line: "session end 99999"}},

	"role list":   {{line: "role list"}},
	"role perms":  {{line: "role perms"}},
	"role view":   {{of: "role", line: "role view %d"}},
	"role grant":  {{of: "role", line: "role grant %d company:delete"}},
	"role revoke": {{of: "role", line: "role revoke %d company:delete"}},

	"role simulate": {{of: "role", line: "role simulate %d company:delete -client:view"}},

	"company create": {{line: "company create -n Nouvelle"}},
	"company list":   {{line: "company list"}},
	"company view":   {{of: "company", line: "company view %d"}},
	"company update": {{of: "company", line: "company update %d -n Autre"}},
	"company delete": {{of: "company", line: "company delete %d"}},

	"company duplicates": {{line: "company duplicates"}},
	"company merge": {
		{of: "company", line: "company merge %d %d", with: func(c *cast) []any { return []any{c.free.target} }},
		{note: "into it", of: "company", line: "company merge %[2]d %[1]d", with: func(c *cast) []any { return []any{c.free.target} }},
	},

	"client create":   {{line: "client create -n New -e new@startup.io"}},
	"client list":     {{line: "client list"}, {note: "--only-mine", line: "client list --only-mine"}},
	"client view":     {{of: "client", line: "client view %d"}},
	"client update":   {{of: "client", line: "client update %d --phone 0612345678"}, {note: "--company-id", of: "client", line: "client update %d --company-id %d", with: func(c *cast) []any { return []any{c.free.company} }}},
	"client delete":   {{of: "client", line: "client delete %d"}},
	"client reassign": {{of: "client", line: "client reassign %d %d", with: func(c *cast) []any { return []any{c.free.user} }}},

	"client duplicates": {{line: "client duplicates"}},
	"client merge": {
		{of: "client", line: "client merge %d %d", with: func(c *cast) []any { return []any{c.free.client} }},
		{note: "into it", of: "client", line: "client merge %[2]d %[1]d", with: func(c *cast) []any { return []any{c.free.client} }},
		{note: "mine, with an unsigned contract", line: "client merge %d %d", with: func(c *cast) []any { return []any{c.free.unsigned, c.free.client} }},
		{note: "mine, with a signed contract", line: "client merge %d %d", with: func(c *cast) []any { return []any{c.free.signed, c.free.client} }},
		{note: "into itself", line: "client merge %d %[1]d", with: func(c *cast) []any { return []any{c.free.client} }},
	},

	"contract create": {{of: "client", line: "contract create --client-id %d --total-amount 100"}},
	"contract list":   {{line: "contract list"}},
	"contract view":   {{of: "contract", line: "contract view %d"}},
	"contract update": {
		{of: "contract", line: "contract update %d --remaining-amount 300"},
		{note: "--is-signed true", of: "contract", line: "contract update %d --is-signed true"},
		{note: "--total-amount, unsigned", of: "contract", line: "contract update %d --total-amount 2000"},
		{note: "--total-amount, signed", of: "signed", line: "contract update %d --total-amount 2000"},
		{note: "--is-signed false, signed", of: "signed", line: "contract update %d --is-signed false"},
		{note: "--client-id, one of mine", of: "contract", line: "contract update %d --client-id %d", with: func(c *cast) []any { return []any{c.records["client"]["mine"]} }},
		{note: "--client-id, a stranger's", of: "contract", line: "contract update %d --client-id %d", with: func(c *cast) []any { return []any{c.records["client"]["a stranger's"]} }},
	},
	"contract delete": {{of: "contract", line: "contract delete %d"}, {note: "signed", of: "signed", line: "contract delete %d"}},

	"contract sign": {{of: "contract", line: "contract sign %d"}, {note: "signed", of: "signed", line: "contract sign %d --on 01/02/2020"}},
	"contract pay":  {{of: "contract", line: "contract pay %d 100"}, {note: "signed", of: "signed", line: "contract pay %d 400,01"}},

	"payment list": {{line: "payment list"}},
	"payment view": {{of: "payment", line: "payment view %d"}},
	"payment void": {{of: "payment", line: "payment void %d --reason bounced"}},

	"event create": {
		{of: "signed", line: "event create --contract-id %d --title Fair --full-address Paris --start-date 01/11/2027 --end-date 02/11/2027"},
		{note: "unsigned", of: "contract", line: "event create --contract-id %d --title Fair --full-address Paris --start-date 01/11/2027 --end-date 02/11/2027"},
	},
	"event list": {{line: "event list"}},
	"event view": {{of: "event", line: "event view %d"}},
	"event update": {
		{of: "event", line: "event update %d --notes Ramp"},
		{note: "my client's, with support", line: "event update %d --notes Ramp", with: func(c *cast) []any { return []any{c.free.supported} }},
		{note: "my client's, cancelled", line: "event update %d --notes Ramp", with: func(c *cast) []any { return []any{c.free.off} }},
		{note: "--support-contact-id", of: "event", line: "event update %d --support-contact-id %d", with: func(c *cast) []any { return []any{c.free.support} }},
		{note: "--contract-id, my client's", of: "event", line: "event update %d --contract-id %d", with: func(c *cast) []any { return []any{c.free.contract} }},
		{note: "--contract-id, a stranger's", of: "event", line: "event update %d --contract-id %d", with: func(c *cast) []any { return []any{c.records["signed"]["a stranger's"]} }},
	},
	"note add": {
		{note: "client", of: "client", line: "note add client %d Called"},
		{note: "company", of: "company", line: "note add company %d Called"},
		{note: "contract", of: "contract", line: "note add contract %d Called"},
		{note: "event", of: "event", line: "note add event %d Called --remind 01/11/2027"},
	},
	"note list": {{line: "note list"}},
	"note view": {{of: "note", line: "note view %d"}},
	"note update": {
		{of: "note", line: "note update %d --text Again"},
		{note: "--remind", of: "note", line: "note update %d --remind 01/11/2027"},
	},
	"note done":   {{of: "note", line: "note done %d"}},
	"note delete": {{of: "note", line: "note delete %d"}},

	"event cancel": {{of: "event", line: "event cancel %d --reason Flooded"}},
	"event restore": {{of: "event", line: "event restore %d"},
		{note: "my client's, cancelled", line: "event restore %d", with: func(c *cast) []any { return []any{c.free.off} }}},
	"event delete":         {{of: "event", line: "event delete %d"}},
	"event suggest":        {{of: "event", line: "event suggest %d"}},
	"agenda":               {{line: "agenda"}, {note: "--of USER", line: "agenda --of %s", with: func(c *cast) []any { return []any{c.name} }}},
	"event assign_support": {{of: "event", line: "event assign_support %d %d", with: func(c *cast) []any { return []any{c.free.support} }}},

	"report revenue":  {{line: "report revenue"}},
	"report pipeline": {{line: "report pipeline"}},
	"report unpaid":   {{line: "report unpaid"}},
	"report workload": {{line: "report workload"}},
	"report events":   {{line: "report events"}, {note: "--by support", line: "report events --by support"}},

	"undo": {
		{line: "undo"},
		{note: "of the deletion of a client of mine", line: "undo", with: func(c *cast) []any { return c.deletes(c.user) }},
		{note: "of the deletion of a stranger's client", line: "undo", with: func(c *cast) []any { return c.deletes(c.free.user) }},
	},
	"handover": {{of: "user", line: "handover %d %d", with: func(c *cast) []any { return []any{c.free.user} }},
		{note: "--dry-run", of: "user", line: "handover %d %d --dry-run", with: func(c *cast) []any { return []any{c.free.user} }}},
	"explain": {
		{note: "view", of: "client", line: "explain view client %d"},
		{note: "delete", of: "contract", line: "explain delete contract %d"},
		{note: "no record", line: "explain create client"},
		{note: "--as", of: "client", line: "explain update client %d --as %d", with: func(c *cast) []any { return []any{c.free.user} }},
	},

	"history": {
		{note: "client", of: "client", line: "history client %d"},
		{note: "contract", of: "contract", line: "history contract %d"},
		{note: "event", of: "event", line: "history event %d"},
		{note: "payment", of: "payment", line: "history payment %d"},
		{note: "company", of: "company", line: "history company %d"},
		{note: "note", of: "note", line: "history note %d"},
		{note: "user", of: "user", line: "history user %d"},
		{note: "role", of: "role", line: "history role %d"},
		{note: "client, --undo of its update", of: "client", line: "history client %d --undo %d", done: "update client set phone = '+33612345678' where id = $1"},
		{note: "client, --undo of its reassignment", of: "client", line: "history client %d --undo %d", done: givenBack},
		{note: "client, --undo of its creation", of: "client", line: "history client %d --undo %d", done: madeAnew},
		{note: "client, --undo of my creation", of: "client", line: "history client %d --undo %d", done: madeAnew, myself: true},
		{note: "contract, --undo of its signature", of: "contract", line: "history contract %d --undo %d", done: "update contract set is_signed = true where id = $1"},
		{note: "contract, --undo of a total, signed", of: "signed", line: "history contract %d --undo %d",
			done: "update contract set total_amount = 1500, remaining_amount = 900 where id = $1"},
		{note: "event, --undo of its update", of: "event", line: "history event %d --undo %d", done: "update event set notes = 'Ramp' where id = $1"},
		{note: "event, --undo of its support", of: "event", line: "history event %d --undo %d", done: otherSupport},
		{note: "company, --undo of its update", of: "company", line: "history company %d --undo %d", done: "update company set name = name || ' SARL' where id = $1"},
		{note: "user, --undo of its update", of: "user", line: "history user %d --undo %d", done: "update users set full_name = 'Renamed' where id = $1"},
		{note: "client, deleted", line: "history client %d", with: func(c *cast) []any { return []any{c.deleted["client"]} }},
		{note: "event, deleted", line: "history event %d", with: func(c *cast) []any { return []any{c.deleted["event"]} }},
		{note: "user, deleted", line: "history user %d", with: func(c *cast) []any { return []any{c.deleted["user"]} }},
	},
}

// What is undone: a client and an event were somebody else's for a moment, and a client was written down as it is.
const (
	givenBack = `select set_config('test.before', commercial_id::text, true) from client where id = $1;
		update client set commercial_id = (select max(u.id) from users u where u.username like 'stranger.%' and u.id <> commercial_id) where id = $1;
		update client set commercial_id = current_setting('test.before')::integer where id = $1`
	otherSupport = `select set_config('test.before', coalesce(support_contact_id::text, ''), true) from event where id = $1;
		update event set support_contact_id = (select max(id) from users where username like 'helper.%') where id = $1;
		update event set support_contact_id = nullif(current_setting('test.before'), '')::integer where id = $1`
	madeAnew = `insert into change_log (resource, record_id, action, after)
		select 'client', id, 'create', to_jsonb(c) - '{version,updated_at}'::text[] from client c where id = $1`
)

// change does what a statement says to a record, as the database or as the actor, and returns the number of that change.
func (c *cast) change(statement string, myself bool, id int64) int64 {
	if id == missing {
		return missing
	}
	actor := int64(0)
	if myself {
		actor = c.user
	}
	c.desk.o.exec("set local timezone = 'UTC'; select set_config('epev.actor_id', nullif('$2', '0'), true); "+statement, id, actor)
	return c.desk.o.number("select max(id) from @change_log")
}

// deletes deletes a client of that commercial as the actor.
func (c *cast) deletes(commercial int64) []any {
	client := c.desk.o.client(commercial)
	c.change("delete from client where id = $1", true, client)
	return nil
}

const castPassword = "Correct-Horse-1"

// newCast makes an actor of the role and the records around them; "" is nobody, who is not logged in.
func newCast(o *office, title, role, hash string) *cast {
	c := &cast{title: title, records: map[string]map[string]int64{}, deleted: map[string]int64{}}
	name := strings.ReplaceAll(title, " ", ".")
	c.name = "actor." + name
	if role == "" {
		c.user = o.hire(c.name, "support")
		c.desk = o.emptyDesk()
	} else {
		c.user = o.hire(c.name, role)
		c.desk = o.desk(c.name)
	}
	o.exec("update users set password_hash = $1 where id = $2", hash, c.user)
	c.role = o.number("select role_id from @users where id = $1", c.user)
	stranger, support := o.hire("stranger."+name, "commercial"), o.hire("helper."+name, "support")
	put := func(kind, relation string, id int64) {
		if c.records[kind] == nil {
			c.records[kind] = map[string]int64{"missing": missing}
		}
		c.records[kind][relation] = id
	}

	assigned := o.client(stranger) // an event of its signed contract is the actor's to support
	paying := o.contract(assigned, true)
	put("event", "assigned to me", o.event(paying, c.user))
	put("client", "assigned to me", assigned)
	put("signed", "assigned to me", paying)
	unsigned := o.contract(assigned, true)
	o.event(unsigned, c.user)
	o.exec("update contract set is_signed = false where id = $1", unsigned) // as only a predecessor could have it
	put("contract", "assigned to me", unsigned)

	for relation, commercial := range map[string]int64{"mine": c.user, "a stranger's": stranger} {
		put("client", relation, o.client(commercial)) // without contracts: it can be deleted
		client := o.client(commercial)
		if relation == "mine" {
			relation = "my client's"
			c.free.contract = o.contract(client, true)
		}
		put("contract", relation, o.contract(client, false))
		put("signed", relation, o.contract(client, true))
		put("event", relation, o.event(o.contract(client, true), 0))
	}
	for relation, contract := range map[string]int64{"my client's": o.contract(o.client(c.user), true), "assigned to me": o.contract(assigned, true),
		"a stranger's": o.contract(o.client(stranger), true)} {
		put("payment", relation, o.payment(contract))
		if relation == "assigned to me" {
			o.event(contract, c.user)
		}
	}
	c.free.client, c.free.unsigned, c.free.signed = o.client(c.user), o.client(c.user), o.client(c.user)
	o.contract(c.free.unsigned, false)
	o.contract(c.free.signed, true)
	c.free.supported, c.free.off = o.event(c.free.contract, o.hire("aide."+name, "support")), o.event(c.free.contract, 0)
	o.exec("update event set cancelled_at = now(), cancel_reason = 'Rain' where id = $1", c.free.off)
	c.free.target = o.company("Target " + name)
	put("note", "mine", o.note("client", c.records["client"]["a stranger's"], c.user))
	put("note", "another's on my client", o.note("client", o.client(c.user), stranger))
	put("note", "another's on a stranger's", o.note("client", o.client(stranger), stranger))
	put("company", "any", o.company("Startup "+name))
	put("user", "myself", c.user)
	put("user", "another", o.hire("another."+name, "support"))
	put("role", "mine", c.role)
	put("role", "another", o.number("select id from @role where name = 'nothing'"))
	c.free.company, c.free.user, c.free.support = c.records["company"]["any"], stranger, support

	gone := o.event(paying, 0)
	o.exec("delete from event where id = $1", gone)
	c.deleted["event"] = gone
	goneClient, goneUser := o.client(stranger), o.hire("gone."+name, "support")
	o.exec("delete from client where id = $1; delete from users where id = $2", goneClient, goneUser)
	c.deleted["client"], c.deleted["user"] = goneClient, goneUser
	return c
}

var code = regexp.MustCompile(`[a-z_]+:[a-z_]+(:[a-z_]+)?`)

// answer is the exit status of a command (SPEC 1), and for a denial also which codes would have sufficed.
func answer(err error) string {
	if err == nil || errors.Is(err, ErrExit) {
		return "ok"
	}
	e := sentences.Of(err)
	switch model.KindOf(err) {
	case model.Usage:
		return "2"
	case model.Unauthenticated:
		return "3"
	case model.Denied:
		needs, _, _ := strings.Cut(e.Hint, ";")
		return strings.Join(append([]string{"4"}, code.FindAllString(needs, -1)...), " ")
	case model.NotFound:
		return "5"
	case model.Conflict:
		return "6"
	}
	return "UNEXPECTED " + err.Error()
}

// try runs one line as one actor, leaving no trace.
func (c *cast) try(path string, tr trial, relation string) string {
	var values []any
	if tr.of != "" {
		values = append(values, c.records[tr.of][relation])
	}
	if tr.done != "" {
		values = append(values, c.change(tr.done, tr.myself, c.records[tr.of][relation]))
	}
	if tr.with != nil {
		values = append(values, tr.with(c)...)
	}
	var err error
	run := func() { _, err = c.desk.do(tr.line, values...) }
	c.desk.lines = []string{castPassword, castPassword, castPassword}
	c.desk.env.Listed = &Listed{} // nothing of what was tried before
	switch path {
	case "logout", "refresh", "login":
		// These act on the session outside of any transaction.
		absent := c.desk.env.Sessions.pair.Refresh == ""
		run()
		if absent {
			c.desk = c.desk.o.emptyDesk()
		} else {
			c.desk = c.desk.o.desk(c.name)
		}
	case "db-create", "db-status":
		run() // needs the database as a whole, and changes nothing
	case "manager-create":
		if !security.IsRoot() {
			return "ok for root"
		}
		c.desk.undo(run)
		if err == nil {
			return "ok for root"
		}
	default:
		c.desk.undo(run)
	}
	return answer(err)
}

// TestMatrix writes down how every command answers every role about records of every relation, for
// a reader to check against SPEC 5.
func TestMatrix(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	hash, err := security.HashPassword(castPassword)
	if err != nil {
		t.Fatal(err)
	}
	o.role("nothing")
	o.role("deputy", "role:assign")
	o.hire("deputy.assigner", "deputy") // so that managers are not the last who hold role:assign
	var actors []*cast
	for _, a := range []struct{ title, role string }{
		{"management", "management"}, {"commercial", "commercial"}, {"support", "support"}, {"no permission", "nothing"}, {"logged out", ""},
	} {
		actors = append(actors, newCast(o, a.title, a.role, hash))
	}

	groups, tables := []string{}, map[string][][]string{}
	for _, c := range o.registry.Commands() {
		tried := trials[c.Path]
		if len(tried) == 0 {
			t.Errorf("%s is not tried: add it to trials", c.Path)
		}
		group := c.Group()
		if group == "" {
			group = map[bool]string{true: "database", false: "session and shell"}[strings.HasPrefix(c.Path, "db-") || c.Path == "manager-create"]
		}
		if c.Path == "history" {
			group = "history"
		}
		if c.Path == "handover" || c.Path == "explain" {
			group = "handover and explanation"
		}
		if !slices.Contains(groups, group) {
			groups = append(groups, group)
		}
		for _, tr := range tried {
			var rows [][]string
			for _, relation := range relations[tr.of] {
				if kind := strings.Replace(tr.of, "signed", "contract", 1); kind != "" && kind != group && group != "history" {
					relation = kind + " " + relation
				}
				row := []string{strings.TrimPrefix(c.Path, group+" "), tr.note, relation}
				for _, actor := range actors {
					row = append(row, actor.try(c.Path, tr, strings.TrimPrefix(relation, strings.Replace(tr.of, "signed", "contract", 1)+" ")))
				}
				if last := len(rows) - 1; last >= 0 && slices.Equal(rows[last][3:], row[3:]) {
					rows[last][2] += ", " + relation // the same for both
				} else {
					rows = append(rows, row)
				}
			}
			tables[group] = append(tables[group], rows...)
		}
	}
	var b strings.Builder
	b.WriteString("How every command answers, by role and by the record's relation to the actor (SPEC 5), as exit statuses (SPEC 1):\n" +
		"2 usage, 3 not logged in, 4 denied with the codes that would have sufficed (those that some role holds, else the\n" +
		"bare one), 5 not found, 6 a rule of the business. Made by go test ./commands -run Matrix -update.\n")
	for _, group := range groups {
		head := []string{"command", "with", "record"}
		for _, actor := range actors {
			head = append(head, actor.title)
		}
		fmt.Fprintf(&b, "\n%s\n%s\n", group, strings.Repeat("=", len(group)))
		b.WriteString(columns(append([][]string{head}, tables[group]...)))
	}
	golden(t, "matrix.txt", b.String())
}

// columns lays rows out side by side.
func columns(rows [][]string) string {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, text := range row {
			width[i] = max(width[i], len(text))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, text := range row {
			if width[i] > 0 {
				fmt.Fprintf(&line, "%-*s  ", width[i], text)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

// TestDatabaseStatusForAnOrdinaryOwner: db-status tells where the database is without more rights than
// a database's owner has.
func TestDatabaseStatusForAnOrdinaryOwner(t *testing.T) {
	t.Parallel()
	d := openOffice(t).emptyDesk()
	r := d.must("db-status")
	if host, _ := cell(t, r, "host").(string); !strings.HasPrefix(host, "/") {
		t.Errorf("host %q is no socket's directory", host)
	}
	if cell(t, r, "private") != false || cell(t, r, "running") != true || cell(t, r, "user") != "epev_owner" {
		t.Errorf("status %+v", r.Table.Rows)
	}
}
