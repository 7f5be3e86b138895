package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"epev/commands/sentences"
	"epev/data"
	"epev/model"
)

// together runs fn for each number below n at once, and returns what went wrong by number.
func together(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = fn(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

// winners counts the successes, and fails unless every other answer is of one of the kinds and about the
// records: no deadlock, serialization failure or time-out may surface.
func winners(t *testing.T, errs []error, kinds ...model.Kind) int {
	t.Helper()
	n := 0
	for _, err := range errs {
		if err == nil {
			n++
			continue
		}
		expected := false
		for _, kind := range kinds {
			expected = expected || model.KindOf(err) == kind
		}
		for _, raw := range []string{"others change the same records", "right now", "permissions changed while"} {
			expected = expected && !strings.Contains(err.Error()+sentences.Of(err).Message, raw)
		}
		if !expected {
			t.Errorf("a loser is told %s", told(err))
		}
	}
	return n
}

// checkHistory compares every record's version with its rows in the history, and each row with the
// next: what one left is what the next one found.
func (o *office) checkHistory(resource, table string) {
	o.t.Helper()
	wrong := o.number(fmt.Sprintf(`select count(*) from @%s r where version - 1 <>
		(select count(*) from @change_log where resource = '%s' and record_id = r.id and action = 'update')`, table, resource))
	if wrong != 0 {
		o.t.Errorf("%d of %s have another number of changes in the history than versions", wrong, table)
	}
	broken := o.number(fmt.Sprintf(`
		with entries as (
			select c.id, c.record_id, f.key, c.before -> f.key as before, f.value as after
			from @change_log c cross join lateral jsonb_each(c.after) f
			where c.resource = '%s' and c.action in ('create', 'update')
		), chain as (
			select before, lag(after) over (partition by record_id, key order by id) as left_by_the_last, lag(id) over (partition by record_id, key order by id) as last
			from entries
		)
		select count(*) from chain where last is not null and before is distinct from left_by_the_last`, resource))
	if broken != 0 {
		o.t.Errorf("%d changes of %s do not begin where the one before ended: the history is not in the true order", broken, table)
	}
}

// crowded is an office in which n desks of claire.dubois, a commercial, are open.
func crowded(t *testing.T, n int) (*office, []*desk) {
	t.Helper()
	crowd.Lock()
	t.Cleanup(crowd.Unlock)
	o := openOffice(t)
	o.hire("claire.dubois", "commercial")
	desks := make([]*desk, n)
	for i := range desks {
		desks[i] = o.desk("claire.dubois")
	}
	return o, desks
}

// TestTwentyShellsUpdateOneContract: successes, versions and rows of the history are as many, and a
// loser is told of the other one's change.
func TestTwentyShellsUpdateOneContract(t *testing.T) {
	t.Parallel()
	o, desks := crowded(t, 20)
	contract := o.contract(o.client(o.number("select id from @users")), true)
	won := winners(t, together(20, func(i int) error {
		_, err := desks[i].do("contract update %d --remaining-amount %d", contract, i)
		return err
	}), model.Conflict)
	if version := o.number("select version from @contract"); won == 0 || version-1 != int64(won) {
		t.Errorf("%d winners made version %d", won, version)
	}
	// Whoever repeats what failed gets through in the end, and nothing is lost on the way.
	var tries atomic.Int64
	winners(t, together(20, func(i int) error {
		for {
			_, err := desks[i].do("contract update %d --remaining-amount %d.%02d", contract, 100+i, i)
			if tries.Add(1); model.KindOf(err) != model.Conflict {
				return err
			}
		}
	}))
	if version := o.number("select version from @contract"); version-1 != int64(won)+20 {
		t.Errorf("20 more winners made version %d of %d", version, won+1)
	}
	o.checkHistory("contract", "contract")
	last := o.text("select after->>'remaining_amount' from @change_log where resource = 'contract' order by id desc limit 1")
	if present := o.text("select remaining_amount::text from @contract"); present != last {
		t.Errorf("%s remains, and the history ends with %s", present, last)
	}
}

// TestTwentyShellsCreateTheSameClient: one of them does, also where the address differs in case.
func TestTwentyShellsCreateTheSameClient(t *testing.T) {
	t.Parallel()
	o, desks := crowded(t, 20)
	errs := together(20, func(i int) error {
		email := "kevin@startup.io"
		if i%2 == 1 {
			email = "Kevin@Startup.io"
		}
		_, err := desks[i].do("client create -n Kevin -e %s", email)
		return err
	})
	if won := winners(t, errs, model.Conflict); won != 1 || o.number("select count(*) from @client") != 1 ||
		o.number("select count(*) from @change_log where resource = 'client'") != 1 {
		t.Errorf("%d winners", won)
	}
	for _, err := range errs {
		if err != nil && !strings.Contains(sentences.Of(err).Message, "e-mail address is already used") {
			t.Errorf("a loser is told %s", told(err))
		}
	}
}

// TestDeletionAgainstInsertion: of a deletion and an insertion that refers to the record, one fails, and
// nothing is left that refers to nothing.
func TestDeletionAgainstInsertion(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	all := o.role("all", "user:view", "user:delete", "client:view", "client:create", "client:update", "client:delete", "client:reassign", "company:view", "company:delete",
		"contract:view", "contract:create", "contract:update", "contract:delete", "event:view", "event:create", "event:update", "event:delete", "event:assign_support")
	_ = all
	me := o.hire("alex.actor", "all")
	a, b := o.desk("alex.actor"), o.desk("alex.actor")
	const event = "event create --title T --full-address A --start-date 01/01/2027 --end-date 02/01/2027 --contract-id %d"
	for _, c := range []struct {
		name string
		make func() (del, ins string)
		left string // counts what must not be
	}{
		{"client, contract", func() (string, string) {
			client := o.client(me)
			return fmt.Sprintf("client delete %d", client), fmt.Sprintf("contract create --client-id %d --total-amount 10", client)
		}, "select 0"},
		{"client, contract moved", func() (string, string) {
			client, contract := o.client(me), o.contract(o.client(me), false)
			return fmt.Sprintf("client delete %d", client), fmt.Sprintf("contract update %d --client-id %d", contract, client)
		}, "select 0"},
		{"company, client", func() (string, string) {
			company := o.company(fmt.Sprintf("Company %d", o.number("select count(*) from @change_log")))
			return fmt.Sprintf("company delete %d", company), fmt.Sprintf("client create -n K -e k%d@startup.io -c %d", company, company)
		}, "select count(*) from @client where full_name = 'K' and company_id is null"},
		{"company, client moved", func() (string, string) {
			client, company := o.client(me), o.company(fmt.Sprintf("Company %d", o.number("select count(*) from @change_log")))
			return fmt.Sprintf("company delete %d", company), fmt.Sprintf("client update %d -n M -c %d", client, company)
		}, "select count(*) from @client where full_name = 'M' and company_id is null"},
		{"user, client reassigned", func() (string, string) {
			client, user := o.client(me), o.hire(fmt.Sprintf("hugo.%d", o.number("select count(*) from @change_log")), "commercial")
			return fmt.Sprintf("user delete %d", user), fmt.Sprintf("client reassign %d %d", client, user)
		}, "select 0"},
		{"user, event assigned", func() (string, string) {
			event, user := o.event(o.contract(o.client(me), true), 0), o.hire(fmt.Sprintf("ines.%d", o.number("select count(*) from @change_log")), "support")
			return fmt.Sprintf("user delete %d", user), fmt.Sprintf("event assign_support %d %d", event, user)
		}, "select count(*) from @event e where version = 2 and support_contact_id is null"},
		{"contract unsigned, event", func() (string, string) {
			contract := o.contract(o.client(me), true)
			return fmt.Sprintf("contract update %d --is-signed false", contract), fmt.Sprintf(event, contract)
		}, "select count(*) from @event e join @contract c on c.id = e.contract_id where not c.is_signed"},
		{"contract unsigned, event moved", func() (string, string) {
			contract, moved := o.contract(o.client(me), true), o.event(o.contract(o.client(me), true), 0)
			return fmt.Sprintf("contract update %d --is-signed false", contract), fmt.Sprintf("event update %d --contract-id %d", moved, contract)
		}, "select count(*) from @event e join @contract c on c.id = e.contract_id where not c.is_signed"},
		{"contract, event", func() (string, string) {
			contract := o.contract(o.client(me), false) // whose signature comes at the same moment
			return fmt.Sprintf("contract delete %d", contract), fmt.Sprintf("contract update %d --is-signed true", contract)
		}, "select 0"},
	} {
		for range 8 {
			del, ins := c.make()
			won := winners(t, together(2, func(i int) error {
				var err error
				if i == 0 {
					_, err = a.do("%s", del)
				} else {
					_, err = b.do("%s", ins)
				}
				return err
			}), model.Conflict, model.NotFound)
			if won != 1 {
				t.Errorf("%s: %d of deletion and insertion succeeded", c.name, won)
			}
			if n := o.number(c.left); n != 0 {
				t.Fatalf("%s: %d rows refer to what is gone", c.name, n)
			}
		}
	}
}

// TestDeactivationAgainstARunningScript: what the user did comes wholly before the deactivation, and
// nothing after it.
func TestDeactivationAgainstARunningScript(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("manon.directrice", "management")
	claire := o.hire("claire.dubois", "commercial")
	manager := o.desk("manon.directrice")
	for round := range 4 {
		d := o.desk("claire.dubois")
		done := make(chan struct{}, 64)
		var script sync.WaitGroup
		var succeeded, refused int
		script.Go(func() {
			defer close(done)
			for i := range 40 {
				_, err := d.do("client create -n Client -e c%d.%d@startup.io", round, i)
				switch {
				case err == nil && refused == 0:
					succeeded++
				case model.KindOf(err) == model.Unauthenticated:
					refused++
				default:
					t.Errorf("command %d: %v", i, err)
				}
				done <- struct{}{}
			}
		})
		for range 5 + round*3 {
			<-done
		}
		manager.must("user deactivate %d", claire)
		script.Wait()
		if refused == 0 {
			t.Log("the script had ended before")
		}
		rows := o.number("select count(*) from @client where email like $1", fmt.Sprintf("c%d.%%", round))
		if rows != int64(succeeded) {
			t.Errorf("%d commands succeeded and made %d clients", succeeded, rows)
		}
		after := o.number(`select count(*) from @change_log where actor_id = $1 and action = 'create' and id >
			(select max(id) from @change_log where resource = 'user' and record_id = $1 and after ->> 'is_active' = 'false')`, claire)
		if after != 0 {
			t.Errorf("%d changes came after the deactivation", after)
		}
		manager.must("user activate %d", claire)
	}
}

// TestGrantAgainstRevoke: grants and revocations of one code take turns, and what its holders did lies
// within the time they held it.
func TestGrantAgainstRevoke(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("manon.directrice", "management")
	o.hire("marc.second", "management")
	o.hire("claire.dubois", "commercial")
	company := o.company("Startup")
	desks := []*desk{o.desk("manon.directrice"), o.desk("marc.second"), o.desk("claire.dubois")}
	var updates atomic.Int64
	for _, err := range together(3, func(i int) error {
		for n := range 25 {
			var err error
			switch i {
			case 0:
				_, err = desks[0].do("role grant commercial company:update")
			case 1:
				_, err = desks[1].do("role revoke commercial company:update")
			case 2:
				_, err = desks[2].do("company update %d -n 'Startup %d'", company, n)
				if err == nil {
					updates.Add(1)
				} else if k := model.KindOf(err); k == model.Denied || k == model.Conflict {
					err = nil // refused, or its permission changed at each of its tries: nothing was done
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	}) {
		if err != nil {
			t.Error(told(err))
		}
	}
	role := o.number("select id from @role where name = 'commercial'")
	if n := o.number(`select count(*) from (select action, lag(action) over (order by id) as last from @change_log
		where resource = 'role' and record_id = $1 and (coalesce(before, after) ->> 'permission') = 'company:update' and session_id is not null) c where action = last`, role); n != 0 {
		t.Errorf("%d times the same follows itself", n)
	}
	if n := o.number(`select count(*) from @change_log u where resource = 'company' and action = 'update' and 'grant' is distinct from
		(select action from @change_log g where g.resource = 'role' and g.record_id = $1 and g.id < u.id and (coalesce(before, after) ->> 'permission') = 'company:update' order by id desc limit 1)`, role); n != 0 {
		t.Errorf("%d of %d updates were made without the permission", n, updates.Load())
	}
	o.checkHistory("company", "company")
	if n := o.number("select count(*) from @change_log where resource = 'company' and action = 'update'"); n != updates.Load() {
		t.Errorf("%d updates succeeded, and the history tells %d", updates.Load(), n)
	}
}

// TestCompletionHidesNoRevocation: what completion reads for the same shell, between a command's decision
// and its first write, does not let the write pass.
func TestCompletionHidesNoRevocation(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("manon.directrice", "management")
	o.hire("claire.dubois", "commercial")
	manager, d := o.desk("manon.directrice"), o.desk("claire.dubois")
	ctx := context.Background()
	session, err := d.env.Sessions.Current(ctx)
	if err != nil {
		t.Fatal(err)
	}
	by := data.By{SessionID: session.SessionID, ActorID: session.UserID, Actor: "claire.dubois"}
	denied := errors.New("decided against it")
	revoke := sync.OnceFunc(func() { manager.must("role revoke commercial company:create") })
	err = d.env.Store.Write(ctx, by, func(ctx context.Context, tx *Tx) error {
		actor, err := tx.Authorise(ctx, session.SessionID)
		if err != nil {
			return err
		}
		if !slices.Contains(actor.Permissions, "company:create") {
			return denied
		}
		revoke()
		if _, err := WhoIs(ctx, d.env); err != nil { // completion looks
			return err
		}
		return tx.InsertCompany(ctx, &model.Company{Name: "Too late"})
	})
	if !errors.Is(err, denied) {
		t.Errorf("the write gives %v", err)
	}
	d.fails(model.Denied, "company create -n 'Too late'")
}

// TestManyKindsOfWorkAtOnce: whatever is done at the same time, no deadlock surfaces and the history fits.
func TestManyKindsOfWorkAtOnce(t *testing.T) {
	t.Parallel()
	crowd.Lock()
	t.Cleanup(crowd.Unlock)
	o := openOffice(t)
	for i := range 2 {
		o.hire(fmt.Sprintf("manager.%d", i), "management")
		o.hire(fmt.Sprintf("claire.%d", i), "commercial")
		o.hire(fmt.Sprintf("ines.%d", i), "support")
	}
	one := func(name string) int64 { return o.number("select id from @users where username = $1", name) }
	client := o.client(one("claire.0"))
	other := o.client(one("claire.1"))
	contract := o.contract(client, true)
	event := o.event(contract, one("ines.0"))
	managers := []string{
		"client reassign %[1]d claire.0", "client reassign %[1]d claire.1", "client reassign %[5]d claire.0",
		"contract update %[2]d --remaining-amount %[4]d", "contract update %[2]d --client-id %[5]d", "contract update %[2]d --client-id %[1]d",
		"event assign_support %[3]d ines.0", "event assign_support %[3]d ines.1", "event update %[3]d --participant-count %[4]d",
		"user update ines.1 -n 'Ines %[4]d'", "user update claire.1 -n 'Claire %[4]d'",
		"role grant support company:update", "role revoke support company:update", "contract delete %[2]d", "company create -n 'Company %[4]d'",
	}
	commercials := []string{
		"client update %[1]d -n 'Client %[4]d'", "client update %[5]d -p 0612345678", "contract update %[2]d --remaining-amount %[4]d",
		"event create --contract-id %[2]d --title T --full-address A --start-date 01/01/2027 --end-date 02/01/2027", "client delete %[1]d",
		"client create -n N -e n%[4]d@startup.io",
	}
	supports := []string{"event update %[3]d --notes 'Note %[4]d'", "event update %[3]d --participant-count %[4]d"}
	type worker struct {
		d     *desk
		lines []string
	}
	var workers []worker
	for i := range 2 {
		for range 2 {
			workers = append(workers, worker{o.desk(fmt.Sprintf("manager.%d", i)), managers},
				worker{o.desk(fmt.Sprintf("claire.%d", i)), commercials}, worker{o.desk(fmt.Sprintf("ines.%d", i)), supports})
		}
	}
	var done atomic.Int64
	for _, err := range together(len(workers), func(i int) error {
		r := seeded(uint64(i))
		for n := range 25 {
			line := workers[i].lines[r.IntN(len(workers[i].lines))]
			line = strings.NewReplacer("%[1]d", fmt.Sprint(client), "%[2]d", fmt.Sprint(contract), "%[3]d", fmt.Sprint(event),
				"%[4]d", fmt.Sprint(1+i*30+n), "%[5]d", fmt.Sprint(other)).Replace(line)
			_, err := workers[i].d.do("%s", line)
			if err == nil {
				done.Add(1)
			}
			if k := model.KindOf(err); err != nil && k != model.Conflict && k != model.Denied && k != model.NotFound ||
				err != nil && (strings.Contains(sentences.Of(err).Message, "others change") || strings.Contains(sentences.Of(err).Message, "right now")) {
				return fmt.Errorf("%s: %s", line, told(err))
			}
		}
		return nil
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	if done.Load() < 50 {
		t.Errorf("only %d commands succeeded", done.Load())
	}
	for resource, table := range map[string]string{"client": "client", "contract": "contract", "event": "event", "user": "users", "company": "company"} {
		o.checkHistory(resource, table)
	}
	if n := o.number("select count(*) from @contract k join @client c on c.id = k.client_id where c.commercial_id <> k.commercial_id"); n != 0 {
		t.Errorf("%d contracts are not their client's commercial's", n)
	}
}

// TestInterruptedAnywhere: a command that was interrupted happened wholly, with its history, or not at
// all, and says which.
func TestInterruptedAnywhere(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("manon.directrice", "management")
	hugo, claire := o.hire("hugo.lefevre", "commercial"), o.hire("claire.dubois", "commercial")
	client := o.client(hugo)
	for range 5 {
		o.contract(client, true)
	}
	d := o.desk("manon.directrice")
	d.must("client view %d", client)
	started := time.Now()
	d.must("client reassign %d %d", client, claire)
	usual := time.Since(started)
	r := seeded(7)
	interrupted := 0
	at := claire
	for range 100 {
		to := hugo + claire - at
		log := o.number("select count(*) from @change_log")
		ctx, cancel := context.WithCancel(context.Background())
		timer := time.AfterFunc(time.Duration(r.Int64N(int64(2*usual))), cancel)
		_, err := d.doWithin(ctx, "client reassign %d %d", client, to)
		timer.Stop()
		cancel()
		if err != nil && model.KindOf(err) != model.Interrupted {
			t.Fatal(told(err))
		}
		now := o.number("select commercial_id from @client")
		moved := o.number("select count(*) from @contract where commercial_id = $1", to)
		rows := o.number("select count(*) from @change_log") - log
		if err == nil && (now != to || moved != 5 || rows != 6) || err != nil && (now != at || moved != 0 || rows != 0) {
			t.Fatalf("answered %v: the client is with %d (it was with %d), %d contracts moved, %d rows of history", err, now, at, moved, rows)
		}
		if err != nil {
			interrupted++
		}
		at = now
	}
	if interrupted == 0 || interrupted == 100 {
		t.Errorf("%d of 100 were interrupted: the test shows nothing", interrupted)
	}
	d.must("client view %d", client) // the shell goes on
}
