package commands

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"epev/data"
	"epev/model"
	"epev/security"
)

func eventNoun() noun[model.Event] {
	type event = model.Event
	n := noun[event]{
		name: "event", plural: "events",
		id: func(v *event) int64 { return v.ID }, version: func(v *event) int64 { return v.Version },
		who:      func(v *event) string { return join(v.Title, v.Client) },
		relation: func(v *event) model.Relation { return v.Relation },
		owner:    func(v *event) string { return v.Commercial + ", supported by " + cmp.Or(v.Support, "nobody") },
		get: func(ctx context.Context, r *data.Reader, reach model.Reach, id int64) (event, error) {
			return r.Event(ctx, reach, id)
		},
		list: func(ctx context.Context, r *data.Reader, reach model.Reach, p model.Page) ([]event, error) {
			return r.Events(ctx, reach, data.EventFilter{}, p)
		},
		count: func(ctx context.Context, r *data.Reader, reach model.Reach, search string, limit int) (int64, error) {
			return r.CountEvents(ctx, reach, data.EventFilter{}, search, limit)
		},
		columns: []column[event]{
			{Column: Column{Name: "id", Title: "ID"}, sort: model.ByID, value: func(v *event) Value { return v.ID }},
			{Column: Column{Name: "title", Title: "Title", Priority: 1}, sort: model.ByText, value: func(v *event) Value { return v.Title }},
			{Column: Column{Name: "contract_id", Title: "Contract", Priority: 4}, sort: model.ByNumber, value: func(v *event) Value { return v.ContractID }},
			{Column: Column{Name: "client_id", Title: "Client ID", Priority: 8}, value: func(v *event) Value { return v.ClientID }, detail: true},
			{Column: Column{Name: "client", Title: "Client", Priority: 3}, sort: model.ByText, value: func(v *event) Value { return v.Client }},
			{Column: Column{Name: "client_phone", Title: "Phone"}, value: func(v *event) Value { return phone(v.ClientPhone) }, viewed: true},
			{Column: Column{Name: "client_email", Title: "E-mail"}, value: func(v *event) Value { return text(string(v.ClientEmail)) }, viewed: true},
			{Column: Column{Name: "commercial_id", Title: "Commercial ID", For: Machines}, value: func(v *event) Value { return v.CommercialID }},
			{Column: Column{Name: "commercial", Title: "Commercial", Priority: 7}, sort: model.ByText, value: func(v *event) Value { return v.Commercial }, detail: true},
			{Column: Column{Name: "support_contact_id", Title: "Support ID", For: Machines}, value: func(v *event) Value { return optional(v.SupportID) }},
			{Column: Column{Name: "support_contact", Title: "Support", Priority: 2}, sort: model.ByText, value: func(v *event) Value { return text(v.Support) }},
			{Column: Column{Name: "start_date", Title: "Start", Priority: 1}, sort: model.ByMoment, value: func(v *event) Value { return v.Start }},
			{Column: Column{Name: "end_date", Title: "End", Priority: 5}, sort: model.ByMoment, value: func(v *event) Value { return v.End }},
			{Column: Column{Name: "full_address", Title: "Address", Priority: 6}, sort: model.ByText, value: func(v *event) Value { return v.Address }},
			{Column: Column{Name: "participant_count", Title: "Participants", Priority: 5}, sort: model.ByNumber, value: func(v *event) Value { return v.Participants }},
			{Column: Column{Name: "notes", Title: "Notes", Priority: 9}, value: func(v *event) Value { return text(v.Notes) }, detail: true},
		},
		fields: []field[event]{
			idOfField("contract-id", "signed contract that pays for it", bookable(), func(v *event) *int64 { return &v.ContractID },
				func(v *event) string { return join(fmt.Sprint(v.ContractID), v.Client) }),
			textField("title", "", 128, "what the event is called", true, func(v *event) *string { return &v.Title }),
			textField("full-address", "", 256, "where it takes place", true, func(v *event) *string { return &v.Address }),
			timeField("start-date", "", true, false, "when it starts", func(v *event) *time.Time { return &v.Start }),
			timeField("end-date", "", true, true, "when it ends; after the start", func(v *event) *time.Time { return &v.End }),
			{
				Field: Field[event]{
					Param: Param{Name: "support-contact-id", Format: "ID", Help: "active support user who looks after it, by id or username", Source: staff("support", supportOf)},
					Set: func(v *event, raw string, _ Values) error {
						if raw == "" {
							v.SupportID, v.Support = nil, ""
							return nil
						}
						id, err := parseUser("support-contact-id", raw, &v.Support)
						v.SupportID = &id
						return err
					},
				},
				show: func(v *event, _ Values) string { return v.Support },
			},
			{
				Field: Field[event]{
					Param: Param{Name: "participant-count", Format: "N", Help: "how many are expected; 0 unless given"},
					Set: func(v *event, raw string, _ Values) (err error) {
						v.Participants, err = model.ParseCount("participant-count", raw)
						return err
					},
				},
				show: func(v *event, _ Values) string { return fmt.Sprint(v.Participants) },
			},
			longTextField("notes", "", 10_000, "anything else", func(v *event) *string { return &v.Notes }),
		},
		guards: func(before, after *event) (guarded []string) {
			if before == nil {
				before = &event{ContractID: after.ContractID}
			}
			if before.ContractID != after.ContractID {
				guarded = append(guarded, "contract-id")
			}
			if !sameSupport(before, after) {
				guarded = append(guarded, "support-contact-id")
			}
			return guarded
		},
		rules: []rule[event]{
			{[]string{"contract-id"}, bookedOnAContract},
			{[]string{"support-contact-id"}, lookedAfterBySupport},
			{[]string{"start-date", "end-date"}, endsAfterItStarts},
		},
		doubts: []doubt[event]{takesPlaceAtSomeTime, isBookedOnce},
	}
	n.columns = append(n.columns, bookkeeping(
		func(v *event) time.Time { return v.CreatedAt }, func(v *event) time.Time { return v.UpdatedAt }, func(v *event) int64 { return v.Version })...)
	return n
}

type assignSupport struct {
	id      int64
	support reference
}

func eventCommands() []Command {
	n := eventNoun()
	type filter = data.EventFilter
	return []Command{
		n.create(creator[model.Event]{
			help:    "Book an event on a signed contract",
			example: `event create --contract-id 7 --title "B2B Fair" --full-address "42 Rue de Paris, 75000 Paris" --start-date 01/11/2027 --end-date "02/11/2027 18:00"`,
			insert:  func(ctx context.Context, tx *Tx, v *model.Event) error { return tx.InsertEvent(ctx, v) },
		}),
		listCommand(n, "event list --upcoming --unassigned",
			append([]Field[listInput[filter]]{
				onlyMine(n.plural, func(f *filter, on bool) { f.Mine = on }),
				filterSwitch("unassigned", "", "only those without an active support contact", func(f *filter, on bool) { f.Unassigned = on }),
				upcoming(),
				filterID("contract-id", "contract", contractNoun().source("view"), func(f *filter, id int64) { f.ContractID = id }),
				filterUser("support", "only those that this support user looks after", staff("support", nil), func(f *filter, id int64) { f.SupportID = id }),
			}, filterDays("starting", func(f *filter) *time.Time { return &f.From }, func(f *filter) *time.Time { return &f.Before })...),
			lister[model.Event, filter]{
				settle: func(e *Env, in *listInput[filter]) {
					in.filter.SearchAmounts = e.reach("contract", "view").Any
					if !in.filter.Upcoming.IsZero() && in.page.Sort.Field == "" {
						in.page.Sort = model.Order{Field: "start_date", Kind: model.ByMoment}
					}
				},
				list: func(ctx context.Context, r *data.Reader, reach model.Reach, f filter, p model.Page) ([]model.Event, error) {
					return r.Events(ctx, reach, f, p)
				},
				count: func(ctx context.Context, r *data.Reader, reach model.Reach, f filter, search string) (int64, error) {
					return r.CountEvents(ctx, reach, f, search, 0)
				},
			}),
		n.view("event view 1", func(ctx context.Context, e *Env, reach model.Reach, id int64) (model.Event, []Table, error) {
			v, err := e.Data.EventWithClient(ctx, reach, id, e.reach("client", "view"))
			return v, nil, about("id", err)
		}),
		n.update(updater[model.Event]{
			example: `event update 1 --participant-count 220 --notes "Ramp at the rear door."`,
			save:    func(ctx context.Context, tx *Tx, v *model.Event) error { return tx.UpdateEvent(ctx, v) },
		}),
		n.remove("event delete 1", n.source("delete"), nil, func(ctx context.Context, tx *Tx, id int64) error { return tx.DeleteEvent(ctx, id) }),
		Define(Spec[assignSupport]{
			Path: "event assign_support", Aliases: []string{"event assign-support"},
			Help: "Give an event to a support user", Example: "event assign_support 1 thao.tran",
			Access: Needs("event", "assign_support"), Writes: true,
			Fields: []Field[assignSupport]{
				{Param: Param{Name: "event-id", Positional: true, Required: true, Format: "ID", Help: "which event", Source: unassignedFirst()},
					Set: func(in *assignSupport, raw string, _ Values) (err error) {
						in.id, err = model.ParseID("event-id", raw)
						return err
					}},
				referenceField(Param{Name: "support-id", Positional: true, Required: true, Format: "ID", Help: "an active support user, by id or username", Source: staff("support", supportOf)},
					func(in *assignSupport, ref reference) { in.support = ref }),
			},
			Rules: []Rule[assignSupport]{
				{[]string{"event-id"}, func(ctx context.Context, e *Env, in assignSupport) error {
					_, err := n.find(ctx, e, reference{ID: in.id}, "assign_support")
					return about("event-id", err)
				}},
			},
			Run: func(ctx context.Context, e *Env, in assignSupport) (Result, error) {
				before, err := n.take(ctx, e, reference{ID: in.id}, "assign_support")
				if err != nil {
					return Result{}, about("event-id", err)
				}
				support, err := e.colleague(ctx, in.support, "support", "support-id")
				if err != nil {
					return Result{}, err
				}
				if sameID(before.SupportID, &support.ID) {
					return Result{Message: fmt.Sprintf("Nothing to change: event %d is already with %s.", in.id, support.Username), Table: n.record(&before)}, nil
				}
				after := before
				after.SupportID = &support.ID
				return n.write(ctx, e, updater[model.Event]{
					save: func(ctx context.Context, tx *Tx, v *model.Event) error { return tx.UpdateEvent(ctx, v) },
				}, before, after)
			},
		}),
	}
}

// upcoming needs the clock, unlike the other filters.
func upcoming() Field[listInput[data.EventFilter]] {
	f := filterSwitch("upcoming", "", "only those that are not over yet; by their start unless --sort says otherwise", func(*data.EventFilter, bool) {})
	set := f.Set
	f.Set = func(in *listInput[data.EventFilter], raw string, v Values) error {
		on, err := model.ParseBool("upcoming", raw)
		if err == nil && on {
			in.filter.Upcoming = v.Now
		}
		return set(in, raw, v)
	}
	return f
}

func sameID(a, b *int64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// sameSupport compares support contacts, of which the later one may yet be a username alone.
func sameSupport(before, after *model.Event) bool {
	if after.SupportID != nil && *after.SupportID == named {
		return before.Support == after.Support
	}
	return sameID(before.SupportID, after.SupportID)
}

// bookedOnAContract wants a signed contract on which the actor may book events. That it is signed the write
// itself checks again, which holds it still meanwhile.
func bookedOnAContract(ctx context.Context, e *Env, before, after *model.Event, g given) error {
	if before != nil && before.ContractID == after.ContractID {
		return nil
	}
	contract, err := contractNoun().parent(ctx, e, e.reach("contract", "view"), after.ContractID)
	if err != nil {
		return about("contract-id", err)
	}
	after.Own, after.Commercial = contract.Own, contract.Commercial
	if before == nil {
		after.Assigned = sameSupport(&model.Event{SupportID: &e.Actor.UserID, Support: e.Actor.Username}, after)
		reach := e.reach("event", "create")
		mayYet := reach.Assigned && !g.has("support-contact-id") // that is asked later, or else missed at the end
		if !reach.Covers(after.Relation) && !mayYet {
			return e.denied(ctx, eventNoun().permission("create"), after.Relation, fmt.Sprintf("book events on contract %d", contract.ID),
				contractNoun().belongs(&contract))
		}
	} else if !security.MayChange(e.Actor, eventNoun().permission("update"), after.Relation, "contract-id") {
		return e.denied(ctx, eventNoun().permission("update"), after.Relation, fmt.Sprintf("move event %d to contract %d", after.ID, contract.ID),
			contractNoun().belongs(&contract), "contract-id")
	}
	return contract.PaysForEvents("contract-id")
}

// lookedAfterBySupport resolves the support contact, who is an active support user; the write itself checks
// that again.
func lookedAfterBySupport(ctx context.Context, e *Env, before, after *model.Event, _ given) error {
	if before != nil && sameSupport(before, after) {
		after.SupportID = before.SupportID
		return nil
	}
	if after.SupportID == nil {
		return nil
	}
	ref := reference{ID: *after.SupportID}
	if ref.ID == named {
		ref.Name = after.Support
	}
	support, err := e.colleague(ctx, ref, "support", "support-contact-id")
	after.SupportID = &support.ID
	return err
}

// endsAfterItStarts passes over a predecessor's event without a time while neither of both is given: it stays to be mended.
func endsAfterItStarts(_ context.Context, e *Env, before, after *model.Event, g given) error {
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
		e.showTime(after.End), e.showTime(after.Start)).WithHint("give an end after the start"))
}

// longestEvent is how long an event may last without being asked about.
const longestEvent = 31 * 24 * time.Hour

// takesPlaceAtSomeTime doubts an event that is over, or has begun, before it is booked, and one that lasts longer than any.
func takesPlaceAtSomeTime(_ context.Context, e *Env, before, after *model.Event, _ given) (told []string, err error) {
	if before != nil && before.Start.Equal(after.Start) && before.End.Equal(after.End) {
		return nil, nil
	}
	now := e.Now()
	switch {
	case !after.End.After(now):
		told = append(told, fmt.Sprintf("the event would be in the past: it ends on %s", e.showTime(after.End)))
	case after.Start.Before(now) && (before == nil || !before.Start.Equal(after.Start)):
		told = append(told, fmt.Sprintf("the event would have begun already: its start, %s, is in the past", e.showTime(after.Start)))
	}
	if length := after.End.Sub(after.Start); length > longestEvent {
		told = append(told, fmt.Sprintf("the event would last %d days, from %s to %s", int(length.Hours()+23)/24,
			e.showTime(after.Start), e.showTime(after.End)))
	}
	return told, nil
}

// isBookedOnce doubts an event of the title and start of another one of its contract.
func isBookedOnce(ctx context.Context, e *Env, before, after *model.Event, _ given) ([]string, error) {
	same := func(v *model.Event) bool {
		return v.ContractID == after.ContractID && v.Start.Equal(after.Start) && model.Fold(v.Title) == model.Fold(after.Title)
	}
	if before != nil && same(before) {
		return nil, nil
	}
	others, err := e.Data.Events(ctx, e.reach("event", "view"), data.EventFilter{ContractID: after.ContractID}, model.Page{})
	if err != nil {
		return nil, err
	}
	for _, other := range others {
		if other.ID != after.ID && same(&other) {
			return []string{fmt.Sprintf("contract %d has an event of this title and start already: event %d", after.ContractID, other.ID)}, nil
		}
	}
	return nil, nil
}
