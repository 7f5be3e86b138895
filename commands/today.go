package commands

// What waits for somebody today. Which sections there are follows from what they may do, and from what is theirs.

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"epev/data"
	"epev/model"
	"epev/security"
)

// chore is a line of today: a record that something is to be done with, and the command that does it.
type chore struct {
	noun    string
	id      int64
	when    Value // a time or a day
	shown   string
	what    string
	client  string
	phone   model.Phone
	place   string
	amount  Value
	clashes []string
	command string
}

// section is a part of today. Its chores are found for those whom it concerns; of the others there are none.
type section struct {
	title string
	find  func(ctx context.Context, e *Act, limit int) ([]chore, error)
	// more is the command that lists what a section has no room for.
	more string
}

// The most chores of a section: on a terminal, where it shows fewer if all of them have no room, and elsewhere.
const (
	leastShown  = 2
	choresShown = 8
	choresTold  = 100
)

// silence is how long nobody has spoken to a client of whom today tells.
const silence = 30 // days

// mostOwed is how many contracts are summed up; of more, the sum tells that it is more.
const mostOwed = 50_000

func todaySections() []section {
	return []section{
		{"Your events today", eventsOf(func(d days3) data.During { return data.During{From: d.today, Before: d.tomorrow} }), "agenda"},
		{"Your events tomorrow", eventsOf(func(d days3) data.During { return data.During{From: d.tomorrow, Before: d.after} }), "agenda"},
		{"Your events later this week", eventsOf(func(d days3) data.During { return data.During{From: d.after, Before: d.week} }), "agenda"},
		{"Contracts to sign, the oldest first", toSign, "contract list --only-mine --unsigned --sort created_at"},
		{"Signed contracts without an event", toBook, "contract list --only-mine --signed --without-event"},
		{"Unpaid contracts whose events are over", toBePaid, "contract list --only-mine --signed --unpaid"},
		{fmt.Sprintf("Clients not spoken to for %d days", silence), toCall, "client list --only-mine --sort last_contact_date"},
		{"Reminders due", reminders, "note list --due --only-mine"},
		{"Coming events without support", toAssign, "event list --unassigned --upcoming"},
		{"Left to be paid", owed, "contract list --signed --unpaid"},
		{"People who left, and what is theirs still", gone, "user list --inactive"},
		{"New since yesterday", newRecords, "client list --sort -created_at"},
	}
}

func todayCommands() []Command {
	return []Command{Define(Spec[struct{}]{
		Command: Command{Path: "today", Help: "Show what waits for you today, each line with the command that deals with it", Example: "today", Access: LoggedIn(), Aside: true},
		Run:     showToday,
	})}
}

func showToday(ctx context.Context, e *Act, _ struct{}) (Result, error) {
	t := &Table{Name: "chores", Sections: "section", Open: []Row{}, Columns: []Column{
		{Name: "section", Title: "Section"}, {Name: "noun", For: Machines}, {Name: "when", For: Machines}, {Name: "shown", Title: "When", For: People},
		{Name: "id", Title: "ID"}, {Name: "what", Title: "What", Priority: 1}, {Name: "client", Title: "Client", Priority: 2}, {Name: "client_phone", Title: "Phone", Priority: 2},
		{Name: "full_address", Title: "Place", Priority: 3}, {Name: "amount", Title: "Amount"}, {Name: "clashes_with", For: Machines},
		{Name: "clash", Title: "Clash", For: People}, {Name: "command", Title: "Command"},
	}}
	limit := choresTold
	if e.Human {
		limit = choresShown
	}
	var all [][]chore
	for _, s := range todaySections() {
		found, err := s.find(ctx, e, limit+1)
		if err != nil {
			return Result{}, err
		}
		all = append(all, found)
	}
	if e.Human && e.Window != nil {
		columns, rows := e.Window()
		limit = roomFor(all, columns, rows)
	}
	for i, s := range todaySections() {
		for _, c := range all[i][:min(len(all[i]), limit)] {
			t.add(s.title, c)
		}
		if len(all[i]) > limit {
			t.add(s.title, chore{what: "and more", command: s.more})
		}
	}
	if len(t.Rows) == 0 {
		return Result{Message: "Nothing waits for you today.", Table: t}, nil
	}
	return Result{Table: t}, nil
}

// add adds the line of a chore.
func (t *Table) add(section string, c chore) {
	clashes, clash, id := Value(nil), Value(nil), Value(nil)
	if len(c.clashes) > 0 {
		clashes, clash = c.clashes, "!\u00a0clashes\u00a0with\u00a0"+strings.Join(c.clashes, ", ")
	}
	if c.id != 0 {
		id = c.id
	}
	t.Rows = append(t.Rows, []Value{section, unlessZero(c.noun), c.when, unlessZero(c.shown), id, unlessZero(c.what), unlessZero(c.client), unlessZero(c.phone),
		unlessZero(c.place), c.amount, clashes, clash, c.command})
	if c.id != 0 && nounOf(c.noun) != nil {
		t.Open = append(t.Open, Row{data.Record{Kind: c.noun, ID: c.id}, join(c.what, c.client)})
	} else {
		t.Open = append(t.Open, Row{})
	}
}

// days3 are the beginnings of today, of tomorrow, of the day after it, and of next week or what comes later.
type days3 struct{ today, tomorrow, after, week time.Time }

// eventsOf finds the events that the actor supports at a time, each on the first of its days that is not over.
func eventsOf(during func(days3) data.During) func(context.Context, *Act, int) ([]chore, error) {
	return func(ctx context.Context, e *Act, limit int) ([]chore, error) {
		reach := e.reach("event", "view")
		now := e.Now()
		d := days3{e.dayOf(now, 0), e.dayOf(now, 1), e.dayOf(now, 2), e.weekOf(now).Before}
		when := during(d)
		if !reach.Any && !reach.Assigned || !when.From.Before(when.Before) {
			return nil, nil
		}
		// One that has begun before was told on that day, unless that day is over.
		found, err := e.Data.ToAttend(ctx, clientNoun().reach(e, "view"), e.Actor.UserID, when, when.From.After(d.today), limit)
		var chores []chore
		for _, a := range found {
			c := chore{noun: "event", id: a.ID, when: a.Start, shown: e.hours(a.Start, a.End, when.From, when.From.Before(d.after)), what: a.Title, client: a.Client,
				phone: a.ClientPhone, place: a.Address, clashes: a.Clashes, command: fmt.Sprintf("event view %d", a.ID)}
			if len(a.Clashes) > 0 && e.reach("event", "assign_support").Covers(a.Relation) {
				c.command = fmt.Sprintf("event suggest %d", a.ID)
			}
			chores = append(chores, c)
		}
		return chores, err
	}
}

// hours tells when an event is, shortly: the day only where it is not that of the section, and of one that began before, its end.
func (e *Env) hours(start, end time.Time, section time.Time, onTheDay bool) string {
	begin, until := start.In(e.Location), end.In(e.Location)
	form := "02/01 15:04"
	if begin.Hour() == 0 && begin.Minute() == 0 {
		form = "02/01"
	}
	over := until.AddDate(0, 0, -1).Before(section) // on that very day
	switch sameDay := begin.Format(time.DateOnly) == until.Format(time.DateOnly); {
	case onTheDay && sameDay && form == "02/01" && until.Format("15:04") == "23:59":
		return "all day"
	case onTheDay && start.Before(section) && over && until.Format("15:04") != "23:59":
		return "until " + until.Format("15:04")
	case onTheDay && start.Before(section):
		return "until " + until.Format("02/01")
	case onTheDay && sameDay:
		return begin.Format("15:04") + "–" + until.Format("15:04")
	case onTheDay && form != "02/01":
		return "from " + begin.Format("15:04")
	}
	return begin.Format(form)
}

// able reports whether the actor may do something to records that are their own.
func (e *Act) able(resource, action string) bool {
	return e.reach(resource, action).Covers(model.Relation{Own: true})
}

// contractChores are chores with contracts of the actor's clients, if they may do that to their own ones. Who may view them alone is
// shown them where the command is to view.
func contractChores(e *Act, found []model.Contract, err error, amount func(model.Contract) model.Amount, command func(model.Contract) string) ([]chore, error) {
	var chores []chore
	for _, k := range found {
		chores = append(chores, chore{noun: "contract", id: k.ID, when: k.CreatedAt, shown: "since " + k.CreatedAt.In(e.Location).Format("02/01/2006"),
			client: k.Client, amount: amount(k), command: command(k)})
	}
	return chores, err
}

func toSign(ctx context.Context, e *Act, limit int) ([]chore, error) {
	if !e.able("contract", "view") || !e.able("contract", "update") {
		return nil, nil
	}
	found, err := e.Data.ToSign(ctx, e.Actor.UserID, limit)
	return contractChores(e, found, err, func(k model.Contract) model.Amount { return k.Total }, func(k model.Contract) string {
		if broken := toMend(ctx, e, k); broken != nil {
			return mending(e, k, broken)
		}
		return fmt.Sprintf("contract sign %d", k.ID)
	})
}

func toBook(ctx context.Context, e *Act, limit int) ([]chore, error) {
	if !e.able("contract", "view") || !e.able("event", "create") {
		return nil, nil
	}
	found, err := e.Data.ToBook(ctx, e.Actor.UserID, limit)
	return contractChores(e, found, err, func(k model.Contract) model.Amount { return k.Total },
		func(k model.Contract) string { return fmt.Sprintf("event create --contract-id %d", k.ID) })
}

func toBePaid(ctx context.Context, e *Act, limit int) ([]chore, error) {
	pays := e.able("payment", "create")
	if !e.able("contract", "view") || !pays && !e.able("contract", "update") {
		return nil, nil
	}
	found, err := e.Data.ToBePaid(ctx, e.Actor.UserID, e.Now(), limit)
	return contractChores(e, found, err, func(k model.Contract) model.Amount { return k.Remaining }, func(k model.Contract) string {
		if broken := unmended(k); broken != nil {
			return mending(e, k, broken)
		}
		if pays {
			return fmt.Sprintf("contract pay %d %s", k.ID, k.Remaining)
		}
		return fmt.Sprintf("contract view %d", k.ID)
	})
}

func toCall(ctx context.Context, e *Act, limit int) ([]chore, error) {
	notes := security.Allows(e.Actor, security.Permission{Resource: "note", Action: "create"})
	if !e.able("client", "view") || !notes && !e.able("client", "update") {
		return nil, nil
	}
	found, err := e.Data.ToCall(ctx, e.Actor.UserID, e.dayOf(e.Now(), -silence), limit)
	var chores []chore
	for _, c := range found {
		last := c.FirstContact
		if c.LastContact != nil {
			last = *c.LastContact
		}
		line := chore{noun: "client", id: c.ID, when: model.Day(last), shown: model.Day(last).Format(e.Location), client: join(c.FullName, c.Company), phone: c.Phone,
			command: fmt.Sprintf("client update %d --last-contact-date today", c.ID)}
		if notes {
			line.command = fmt.Sprintf("note add client %d TEXT", c.ID)
		}
		chores = append(chores, line)
	}
	return chores, err
}

// reminders are those of the actor's own notes that are due.
func reminders(ctx context.Context, e *Act, limit int) ([]chore, error) {
	n := noteNoun()
	reach := n.reach(e, "view")
	if reach.None() {
		return nil, nil
	}
	found, err := e.Data.Notes(ctx, reach, data.NoteFilter{Mine: true, Due: model.Today(e.Now(), e.Location)},
		model.Page{Limit: limit, Sort: model.Order{Field: "remind_on", Kind: model.ByMoment}})
	var chores []chore
	for _, v := range found {
		day := model.Day(*v.RemindOn)
		chores = append(chores, chore{noun: "note", id: v.ID, when: day, shown: day.Format(e.Location), what: beginning(v.Text), client: join(noteRecord(&v), v.About),
			command: fmt.Sprintf("note done %d", v.ID)})
	}
	return chores, err
}

func toAssign(ctx context.Context, e *Act, limit int) ([]chore, error) {
	n := eventNoun()
	sight, reach := n.reach(e, "view"), n.reach(e, "assign_support")
	if sight.None() || reach.None() {
		return nil, nil
	}
	if sight.Any {
		sight = reach
	}
	found, err := e.Data.ToAssign(ctx, sight, e.Now(), limit)
	var chores []chore
	for _, v := range found {
		c := chore{noun: "event", id: v.ID, when: v.Start, shown: e.showTime(v.Start), what: v.Title, client: v.Client, command: fmt.Sprintf("event assign_support %d", v.ID)}
		if !e.Human { // who is chosen does not follow from where it is, and a screen has little room
			c.place = v.Address
		}
		chores = append(chores, c)
	}
	return chores, err
}

// owed concerns who may mend the amounts of any contract.
func owed(ctx context.Context, e *Act, _ int) ([]chore, error) {
	if !e.reach("contract", "view").Any || !e.reach("contract", "update").Any {
		return nil, nil
	}
	sum, err := e.Data.Owed(ctx, mostOwed+1)
	if err != nil || sum.Count == 0 {
		return nil, err
	}
	what := "of " + model.Count(sum.Count, "signed contract")
	if sum.Count > mostOwed {
		what = fmt.Sprintf("and more: of the first %s signed contracts", model.Grouped(fmt.Sprint(mostOwed)))
	}
	c := chore{what: what, amount: sum.Remaining, command: "contract list --signed --unpaid"}
	if security.Allows(e.Actor, security.Permission{Resource: "report", Action: "view"}) {
		c.command = "report unpaid"
	}
	return []chore{c}, nil
}

// gone concerns who may give what is anybody's to somebody else.
func gone(ctx context.Context, e *Act, limit int) ([]chore, error) {
	clients := e.reach("client", "reassign").Any && e.reach("client", "view").Any
	events := e.reach("event", "assign_support").Any && e.reach("event", "view").Any
	if !clients && !events || e.reach("user", "view").None() {
		return nil, nil
	}
	const counted = choresTold + 1
	found, err := e.Data.Gone(ctx, e.Now(), counted)
	var chores []chore
	for _, u := range found {
		var parts []string
		count := func(n int64, what string, told bool) {
			switch {
			case n == 0 || !told:
			case n == counted:
				parts = append(parts, fmt.Sprintf("more than %d %ss", counted-1, what))
			default:
				parts = append(parts, model.Count(n, what))
			}
		}
		count(u.Clients, "client", clients)
		count(u.Events, "coming event", events)
		if len(parts) == 0 || len(chores) == limit {
			continue
		}
		c := chore{noun: "user", id: u.ID, what: u.Username, client: strings.Join(parts, ", "), command: "client list --commercial " + u.Username}
		switch {
		case security.Allows(e.Actor, security.Permission{Resource: "user", Action: "handover"}):
			c.command = "handover " + u.Username
		case u.Clients == 0 || !clients:
			c.command = "event list --upcoming --support " + u.Username
		}
		chores = append(chores, c)
	}
	return chores, err
}

// newRecords concerns who may view the history: what anybody made since yesterday, the newest first.
func newRecords(ctx context.Context, e *Act, limit int) ([]chore, error) {
	if e.reach("history", "view").None() {
		return nil, nil
	}
	newest := model.Page{Limit: limit, Sort: model.Order{Field: "created_at", Kind: model.ByMoment, Descending: true}}
	since, chores := e.dayOf(e.Now(), -1), []chore{}
	add := func(noun string, id int64, at time.Time, what, client string, amount Value) {
		if !at.Before(since) && model.Endless(at) == "" {
			chores = append(chores, chore{noun: noun, id: id, when: at, shown: e.showTime(at), what: join(noun, what), client: client, amount: amount,
				command: fmt.Sprintf("%s view %d", noun, id)})
		}
	}
	if reach := e.reach("client", "view"); !reach.None() {
		found, err := e.Data.Clients(ctx, reach, data.ClientFilter{}, newest)
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			add("client", c.ID, c.CreatedAt, join(c.Company, c.Commercial), c.FullName, nil)
		}
	}
	if reach := e.reach("contract", "view"); !reach.None() {
		found, err := e.Data.Contracts(ctx, reach, data.ContractFilter{}, newest)
		if err != nil {
			return nil, err
		}
		for _, k := range found {
			add("contract", k.ID, k.CreatedAt, k.Commercial, k.Client, k.Total)
		}
	}
	if reach := e.reach("event", "view"); !reach.None() {
		found, err := e.Data.Events(ctx, reach, data.EventFilter{Current: true}, newest)
		if err != nil {
			return nil, err
		}
		for _, v := range found {
			add("event", v.ID, v.CreatedAt, v.Title, v.Client, nil)
		}
	}
	slices.SortStableFunc(chores, func(a, b chore) int { return b.when.(time.Time).Compare(a.when.(time.Time)) })
	return chores[:min(len(chores), limit)], nil
}
