package commands

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"epev/data"
	"epev/model"
	"epev/security"
)

func eventNoun() noun[model.Event, data.EventFilter] { return once(makeEventNoun) }

func makeEventNoun() noun[model.Event, data.EventFilter] {
	type event = model.Event
	return noun[event, data.EventFilter]{
		name: "event", plural: "events", commands: eventCommands,
		notes:     &annotation{place: func(v *model.Note) **int64 { return &v.EventID }, filter: func(f *data.NoteFilter) *int64 { return &f.EventID }},
		annotated: func(v *event) bool { return v.Noted },
		id:        func(v *event) int64 { return v.ID }, version: func(v *event) int64 { return v.Version },
		who:      func(v *event) string { return join(v.Title, v.Client) },
		relation: func(v *event) model.Relation { return v.Relations() },
		owner:    func(v *event) string { return v.Commercial + ", supported by " + cmp.Or(v.Support, "nobody") },
		get:      (*data.Reader).Event, list: (*data.Reader).Events, count: (*data.Reader).CountEvents, each: (*data.Reader).EachEvent, meant: (*data.Reader).FindEvents,
		found:  (*data.Reader).WhoEvents,
		scopes: map[string]string{"own_client": "whose client's commercial you are", "assigned": "that you support"},
		properties: append([]property[event]{
			numbered(func(v *event) int64 { return v.ID }),
			{Column: Column{Name: "title", Title: "Title", Priority: 1}, sort: model.ByText, kind: textOf(128, func(v *event) *string { return &v.Title }),
				set: setting[event]{help: "what the event is called", required: true, turn: 2, near: []string{"name"}}},
			{Column: Column{Name: "contract_id", Title: "Contract", Priority: 4}, sort: model.ByNumber, kind: idOf(func(v *event) *int64 { return &v.ContractID }),
				set: setting[event]{help: "signed contract that pays for it", required: true, turn: 1, source: bookable(), near: []string{"contract"},
					name:  func(v *event) string { return join(fmt.Sprint(v.ContractID), v.Client) },
					guard: guard[event]{name: "contract-id", touched: movesToAnotherContract}}},
			{Column: Column{Name: "state", Title: "State", Priority: 1}, seldom: true, kept: true, kind: label(stateOf)},
			{Column: Column{Name: "client_id", Title: "Client ID", Priority: 8}, detail: true, kind: shown(func(v *event) int64 { return v.ClientID })},
			{Column: Column{Name: "client", Title: "Client", Priority: 3}, sort: model.ByText, kind: shown(func(v *event) string { return v.Client })},
			{Column: Column{Name: "client_phone", Title: "Phone"}, viewed: true, kind: kind[event]{value: func(v *event) Value { return unlessZero(v.ClientPhone) }}},
			{Column: Column{Name: "client_email", Title: "E-mail"}, viewed: true, kind: label(func(v *event) model.Email { return v.ClientEmail })},
			{Column: Column{Name: "commercial_id", Title: "Commercial ID", For: Machines}, kind: shown(func(v *event) int64 { return v.CommercialID })},
			{Column: Column{Name: "commercial", Title: "Commercial", Priority: 7}, sort: model.ByText, detail: true, kind: shown(func(v *event) string { return v.Commercial })},
			{Column: Column{Name: "support_contact_id", Title: "Support ID", For: Machines}, refers: "user", serves: "support",
				kind: referenceTo("ID", func(v *event) Value { return optional(v.SupportID) }, func(v *event) string { return v.Support },
					func(v *event) { v.SupportID, v.Support = nil, "" }),
				set: setting[event]{help: "active support user who looks after it, by id or username", turn: 6, source: staff("support", supportOf),
					near: []string{"support", "support-id"}, guard: guard[event]{name: "support-contact-id", touched: changesHands}}},
			{Column: Column{Name: "support_contact", Title: "Support", Priority: 2}, sort: model.ByText, kind: label(func(v *event) string { return v.Support })},
			{Column: Column{Name: "start_date", Title: "Start", Priority: 1}, sort: model.ByMoment, kind: timeOf(false, func(v *event) *time.Time { return &v.Start }),
				set: setting[event]{help: "when it starts", required: true, turn: 4, near: []string{"start"}}},
			{Column: Column{Name: "end_date", Title: "End", Priority: 5}, sort: model.ByMoment, kind: timeOf(true, func(v *event) *time.Time { return &v.End }),
				set: setting[event]{help: "when it ends; after the start", required: true, turn: 5, near: []string{"end"}}},
			{Column: Column{Name: "full_address", Title: "Address", Priority: 6}, sort: model.ByText, kind: textOf(256, func(v *event) *string { return &v.Address }),
				set: setting[event]{help: "where it takes place", required: true, turn: 3, near: []string{"address", "place"}}},
			{Column: Column{Name: "participant_count", Title: "Participants", Priority: 5}, sort: model.ByNumber, kind: countOf(func(v *event) *int64 { return &v.Participants }),
				set: setting[event]{help: "how many are expected; 0 unless given", turn: 7, near: []string{"participants", "attendees"}}},
			{Column: Column{Name: "notes", Title: "Notes", Priority: 9}, detail: true, kind: longTextOf(10_000, func(v *event) *string { return &v.Notes }),
				set: setting[event]{help: "anything else", turn: 8, near: []string{"note"}}},
			{Column: Column{Name: "cancelled_at", Title: "Cancelled", Priority: 8}, act: "cancel", seldom: true, detail: true, kind: kind[event]{value: func(v *event) Value { return optional(v.CancelledAt) }, like: time.Time{}}},
			{Column: Column{Name: "cancel_reason", Title: "Reason", Priority: 1, Wraps: true}, act: "cancel", seldom: true, kind: label(func(v *event) string { return v.CancelReason })},
		}, bookkeeping(
			func(v *event) time.Time { return v.CreatedAt }, func(v *event) time.Time { return v.UpdatedAt }, func(v *event) int64 { return v.Version })...),
		rules: []rule[event]{
			{[]string{"contract-id"}, bookedOnAContract},
			{[]string{"support-contact-id"}, lookedAfterBySupport},
			{[]string{"start-date", "end-date"}, endsAfterItStarts},
			{nil, refuseBusy},
		},
		days: lastsWholeDays, marks: goOnToday, importer: eventImporter(),
		doubts:  []doubt[event]{takesPlaceAtSomeTime, isBookedOnce, doubtBusy},
		waivers: []waiver{{Param{Name: evenIfBusy, Help: "although the support contact has another event then"}, "support-contact-id"}},
		refuses: staysCancelled, clashes: clashesAgain,
	}
}

func eventCommands(n noun[model.Event, data.EventFilter]) []Command {
	type filter = data.EventFilter
	return []Command{
		n.creates("Book an event on a signed contract",
			`event create --contract-id 7 --title "B2B Fair" --full-address "42 Rue de Paris, 75000 Paris" --start-date 01/11/2027 --end-date "02/11/2027 18:00"`,
			(*Tx).InsertEvent),
		n.lists(lister[filter]{
			example: "event list --upcoming --unassigned",
			filters: append([]Field[listInput[filter]]{
				onlyMine(n.plural, func(f *filter) *bool { return &f.Mine }),
				filterSwitch("unassigned", "only those without an active support contact", func(f *filter) *bool { return &f.Unassigned }),
				filterOn("upcoming", "", "only those that are not over yet; by their start unless --sort says otherwise",
					func(f *filter, v Values) { f.Upcoming = v.Now }),
				filterSwitch("cancelled", "only those that were cancelled, which are left out otherwise", func(f *filter) *bool { return &f.Cancelled }),
				filterID(contractNoun(), func(f *filter) *int64 { return &f.ContractID }),
				n.filterUser("support", "only those that this support user looks after", func(f *filter) *int64 { return &f.SupportID }),
			}, filterDays("starting", func(f *filter) *time.Time { return &f.From }, func(f *filter) *time.Time { return &f.Before })...),
			settle: settleEvents,
		}),
		n.views("event view 1", viewEvent),
		n.updates(`event update 1 --participant-count 220 --notes "Ramp at the rear door."`, (*Tx).UpdateEvent),
		n.removes("event delete 1", nil, (*Tx).DeleteEvent),
		suggests(n),
		cancelsEvent(n),
		restoresEvent(n),
		n.handsOver("assign_support", Command{Path: "event assign_support", Aliases: []string{"event assign-support"},
			Help: "Give an event to a support user", Example: "event assign_support 1 thao.tran"}, Param{Name: "event-id", Source: unassignedFirst()},
			"support", Param{Name: "support-id", Help: "an active support user, by id or username", Source: freeFirst()}, doubtAssigned, assignSupport),
	}
}

// eventImporter says how events come from a file: they are known by their ids alone, and support contacts also by their usernames.
func eventImporter() *importer[model.Event] {
	return &importer[model.Event]{insert: (*Tx).InsertEvent, update: (*Tx).UpdateEvent,
		many: &arrivals[model.Event]{insert: (*Tx).InsertEvents, several: (*data.Reader).SeveralEvents,
			alone: func(g given) bool { return g.has("support-contact-id") }, // whose other events are looked at
			hold: func(ctx context.Context, e *Act, vs []model.Event) error {
				ids := make([]int64, len(vs))
				for i := range vs {
					ids[i] = vs[i].ContractID
				}
				return contractNoun().holdMany(ctx, e, ids, (*data.Reader).SeveralContracts, (*Tx).HoldContracts)
			}},
		named: map[string]namedColumn{"support_contact": {flag: "support-contact-id", lookUp: func(ctx context.Context, e *Act, _ importing, name string) (int64, error) {
			u, err := userNoun().byName(ctx, e, name)
			return u.ID, about("support-contact-id", err)
		}}},
		barred: map[string]string{"cancelled_at": "the event is cancelled, and an import makes none that is"},
		called: map[string][]string{
			"title":             {"titre", "nom", "intitulé", "événement", "event", "manifestation"},
			"contract_id":       {"contrat", "numéro de contrat", "n° contrat", "id contrat"},
			"full_address":      {"adresse", "lieu", "adresse complète", "location", "venue"},
			"support_contact":   {"responsable", "contact support"},
			"start_date":        {"début", "date de début", "date début", "from", "commence le"},
			"end_date":          {"fin", "date de fin", "date fin", "to", "finit le"},
			"participant_count": {"nombre de participants", "participants attendus", "jauge", "convives"},
			"notes":             {"remarque", "remarques", "commentaire", "commentaires", "description"},
			"cancelled_at":      {"annulé", "annulé le"},
		}}
}

// settleEvents leaves out those that do not take place, unless they are asked for. It searches amounts for whoever may view every contract, and lists what is to come by its start.
func settleEvents(e *Act, in *listInput[data.EventFilter]) {
	in.filter.Current = !in.filter.Cancelled
	in.filter.SearchAmounts = contractNoun().reach(e, "view").Any
	if !in.filter.Upcoming.IsZero() && in.page.Sort.Field == "" {
		in.page.Sort = model.Order{Field: "start_date", Kind: model.ByMoment}
	}
}

// viewEvent reads an event with its client's phone and e-mail, where the actor may be told them.
func viewEvent(ctx context.Context, e *Act, reach model.Reach, id int64) (model.Event, []Table, error) {
	v, err := e.Data.EventWithClient(ctx, reach, id, clientNoun().reach(e, "view"))
	return v, nil, about("id", err)
}

func assignSupport(ctx context.Context, e *Act, before model.Event, support model.User, g given) (Result, error) {
	n := eventNoun()
	if sameID(before.SupportID, &support.ID) {
		return Result{Message: fmt.Sprintf("Nothing to change: event %d is already with %s.", before.ID, support.Username), Table: n.record(&before)}, nil
	}
	after := lookedAfterBy(before, support)
	if err := refuseBusy(ctx, e, &before, &after, g); err != nil {
		return Result{}, about("support-id", err)
	}
	return n.write(ctx, e, (*Tx).UpdateEvent, before, after)
}

// lookedAfterBy returns the event as it is once somebody looks after it.
func lookedAfterBy(v model.Event, support model.User) model.Event {
	v.SupportID, v.Support = &support.ID, support.Username
	return v
}

// stateOf tells that an event does not take place; empty for one that does.
func stateOf(v *model.Event) string {
	if v.CancelledAt != nil {
		return "cancelled"
	}
	return ""
}

func sameID(a, b *int64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// movesToAnotherContract and changesHands are the guarded changes of an event. At creation its contract is no change.
func movesToAnotherContract(before, after *model.Event, _ given) bool {
	return before != nil && before.ContractID != after.ContractID
}

func changesHands(before, after *model.Event, g given) bool {
	if before == nil {
		before = &model.Event{}
	}
	if ref, ok := g.ref("support-contact-id"); ok {
		return !isWith(before, ref)
	}
	return !sameID(before.SupportID, after.SupportID)
}

// isWith reports whether the user looks after the event.
func isWith(v *model.Event, user reference) bool {
	return v.SupportID != nil && user.is(*v.SupportID, v.Support)
}

// bookedOnAContract wants a signed contract on which the actor may book events. That it is signed the write
// itself checks again, which holds it still meanwhile.
func bookedOnAContract(ctx context.Context, e *Act, before, after *model.Event, g given) error {
	if before != nil && before.ContractID == after.ContractID {
		return nil
	}
	contract, err := contractNoun().parent(ctx, e, e.reach("contract", "view"), after.ContractID)
	if err != nil {
		return about("contract-id", err)
	}
	after.Own, after.Commercial = contract.Own, contract.Commercial
	if before == nil {
		ref, given := g.ref("support-contact-id")
		after.Assigned = given && ref.is(e.Actor.UserID, e.Actor.Username)
		reach := e.reach("event", "create")
		mayYet := reach.Assigned && !g.has("support-contact-id") // that is asked later, or else missed at the end
		if !reach.Covers(after.Relations()) && !mayYet {
			return e.denied(ctx, eventNoun().permission("create"), after.Relations(), fmt.Sprintf("book events on contract %d", contract.ID),
				contractNoun().belongs(&contract))
		}
	} else if !security.MayChange(e.Actor, eventNoun().permission("update"), after.Relations(), "contract-id") {
		return e.denied(ctx, eventNoun().permission("update"), after.Relations(), fmt.Sprintf("move event %d to contract %d", after.ID, contract.ID),
			contractNoun().belongs(&contract), "contract-id")
	}
	return contract.PaysForEvents("contract-id")
}

// lookedAfterBySupport resolves the support contact, who is an active support user; the write itself checks
// that again.
func lookedAfterBySupport(ctx context.Context, e *Act, before, after *model.Event, g given) error {
	ref, ok := g.ref("support-contact-id")
	if !ok || before != nil && isWith(before, ref) {
		return nil
	}
	support, err := e.colleague(ctx, ref, "support", "support-contact-id")
	after.SupportID, after.Support = &support.ID, support.Username
	return err
}

// endsAfterItStarts passes over a predecessor's event without a time while neither of both is given: it stays to be mended.
func endsAfterItStarts(_ context.Context, e *Act, before, after *model.Event, g given) error {
	if missing := before != nil && (after.Start.IsZero() || after.End.IsZero()); missing && !g.has("start-date") && !g.has("end-date") {
		return nil
	} else if missing {
		which := "end"
		if after.Start.IsZero() {
			which = "start"
		}
		return about(which+"-date", model.Errorf(model.Conflict, "the %s of the event is missing", which).WithHint("give --start-date and --end-date"))
	}
	if after.End.After(after.Start) {
		return nil
	}
	return about("end-date", model.Errorf(model.Conflict, "the event would end on %s, which is not after its start on %s",
		e.showBound(after.Start, after.End, after.End), e.showBound(after.Start, after.End, after.Start)).WithHint("give an end after the start"))
}

// longestEvent is how long an event may last without being asked about.
const longestEvent = 31 * 24 * time.Hour

// takesPlaceAtSomeTime doubts an event that is over, or has begun, before it is booked, and one that lasts longer than any.
func takesPlaceAtSomeTime(_ context.Context, e *Act, before, after *model.Event, _ given) (told []error, err error) {
	if before != nil && before.Start.Equal(after.Start) && before.End.Equal(after.End) {
		return nil, nil
	}
	now := e.Now()
	switch {
	case !after.End.After(now):
		told = append(told, fmt.Errorf("the event would be in the past: it ends on %s", e.showBound(after.Start, after.End, after.End)))
	case after.Start.Before(now) && (before == nil || !before.Start.Equal(after.Start)):
		told = append(told, fmt.Errorf("the event would have begun already: its start, %s, is in the past", e.showBound(after.Start, after.End, after.Start)))
	}
	if length := after.End.Sub(after.Start); length > longestEvent {
		told = append(told, fmt.Errorf("the event would last %d days, from %s to %s", int(length.Hours()+23)/24,
			e.showBound(after.Start, after.End, after.Start), e.showBound(after.Start, after.End, after.End)))
	}
	return told, nil
}

// isBookedOnce doubts an event of the title and start of another one of its contract.
func isBookedOnce(ctx context.Context, e *Act, before, after *model.Event, _ given) ([]error, error) {
	same := func(v *model.Event) bool {
		return v.ContractID == after.ContractID && v.Start.Equal(after.Start) && model.Fold(v.Title) == model.Fold(after.Title)
	}
	if before != nil && same(before) {
		return nil, nil
	}
	others, err := e.Data.Events(ctx, e.reach("event", "view"), data.EventFilter{ContractID: after.ContractID, Current: true}, model.Page{})
	if err != nil {
		return nil, err
	}
	for _, other := range others {
		if other.ID != after.ID && same(&other) {
			return []error{fmt.Errorf("contract %d has an event of this title and start already: event %d", after.ContractID, other.ID)}, nil
		}
	}
	return nil, nil
}

// unassignedFirst offers the events that nobody looks after before those that somebody does, those to come before those that are over.
func unassignedFirst() *Source {
	return choice[model.Event, data.EventFilter]{
		of: eventNoun(), action: "assign_support",
		first: func(e *Act) data.EventFilter {
			return data.EventFilter{Unassigned: true, Current: true, Upcoming: e.Now()}
		},
		filters: []data.EventFilter{{Unassigned: true, Current: true}, {Current: true}},
		later:   func(v *model.Event) bool { return v.SupportID != nil },
	}.source()
}

// supportOf tells who looks after the event of a command line.
func supportOf(ctx context.Context, e *Act, raw map[string]string) int64 {
	id, _ := strconv.ParseInt(cmp.Or(raw["event-id"], raw["id"]), 10, 64)
	if v, err := e.Data.Event(ctx, e.reach("event", "view"), id); err == nil && v.SupportID != nil {
		return *v.SupportID
	}
	return 0
}
