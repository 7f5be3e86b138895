package commands

import (
	"context"
	"fmt"
	"slices"
	"time"

	"epev/data"
	"epev/model"
)

// agendaInput says which days of whose agenda are wanted.
type agendaInput struct {
	week, month bool
	from, to    time.Time // days; zero: not given
	of          reference
}

// The most days of an agenda, and the most events that a terminal is shown.
const (
	mostDays    = 366
	mostEntries = 300
)

func agendaCommands() []Command {
	type input = agendaInput
	day := func(name, help string, place func(in *input) *time.Time) Field[input] {
		return Field[input]{Param: Param{Name: name, Format: dayFormat, Help: help, Unasked: true, Source: days()},
			Set: func(in *input, raw string, v Values) error {
				t, err := readDay(name, raw, v)
				*place(in) = t
				return err
			}}
	}
	return []Command{Define(Spec[input]{
		Command: Command{Path: "agenda", Help: "Show the events of a time as a calendar: your own, or everybody's where you may assign any", Example: "agenda --month",
			Access: Needs("event", "list"), Also: []string{FormatICS}, Aside: true},
		Fields: []Field[input]{
			switchField("week", "the week from Monday to Sunday, as without any flag; with --from, the one that this day is in", func(in *input) *bool { return &in.week }),
			switchField("month", "the month; with --from, the one that this day is in", func(in *input) *bool { return &in.month }),
			day("from", "from that day on; a week of it unless --to says until when", func(in *input) *time.Time { return &in.from }),
			day("to", "up to that day; from today unless --from says since when", func(in *input) *time.Time { return &in.to }),
			field(Param{Name: "of", Format: "USER", Help: "those that this user supports, or whose client's commercial they are, by id or username",
				Unasked: true, Source: oneOf(staff("support", nil), staff("commercial", nil)), Near: []string{"user", "for"}}, func(in *input) *reference { return &in.of }, parseReference),
		},
		Run: showAgenda,
	})}
}

// oneOf offers what several sources of the same kind do.
func oneOf(sources ...*Source) *Source {
	s := *sources[0]
	s.find = func(ctx context.Context, e *Act, q Query) (all []Candidate, err error) {
		for _, source := range sources {
			some, err := source.find(ctx, e, q)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
		return all, nil
	}
	return &s
}

// during returns the days that the input asks for: when the first begins, and the one behind the last.
func (in agendaInput) during(e *Env) (first, beyond time.Time, err error) {
	first, beyond = e.dayOf(e.Now(), 0), time.Time{}
	if !in.from.IsZero() {
		first = e.midnight(in.from, 0)
	}
	switch {
	case in.week && in.month:
		return first, beyond, model.Invalid("month", "--week and --month contradict each other").WithHint("give one of them")
	case (in.week || in.month) && !in.to.IsZero():
		return first, beyond, model.Invalid("to", "--to says where the agenda ends, and so does --%s", map[bool]string{true: "week", false: "month"}[in.week]).
			WithHint("give one of them")
	case in.month:
		year, month, _ := first.Date()
		return time.Date(year, month, 1, 0, 0, 0, 0, e.Location), time.Date(year, month+1, 1, 0, 0, 0, 0, e.Location), nil
	case !in.to.IsZero():
		beyond = e.midnight(in.to, 1)
	case in.from.IsZero() || in.week:
		week := e.weekOf(first)
		return week.From, week.Before, nil
	default:
		beyond = first.AddDate(0, 0, 7)
	}
	switch days := int(beyond.Sub(first).Hours()+12) / 24; {
	case days < 1:
		return first, beyond, model.Invalid("to", "the agenda would end on %s, before it begins on %s", beyond.AddDate(0, 0, -1).Format("02/01/2006"),
			first.Format("02/01/2006")).WithHint("give a day for --to that is not before --from")
	case days > mostDays:
		return first, beyond, model.Invalid("to", "the agenda would have %d days", days).WithHint("give at most %d, which is a year", mostDays)
	}
	return first, beyond, nil
}

// dayOf returns when the day of a moment begins by the office's calendar, or another day that many days after it.
func (e *Env) dayOf(t time.Time, after int) time.Time {
	year, month, day := t.In(e.Location).Date()
	return time.Date(year, month, day+after, 0, 0, 0, 0, e.Location)
}

// midnight is dayOf for a day as people type it.
func (e *Env) midnight(day time.Time, after int) time.Time {
	year, month, number := model.Day(day).In(e.Location).Date()
	return time.Date(year, month, number+after, 0, 0, 0, 0, e.Location)
}

// showAgenda shows what a view of each event would let through, as lists do.
func showAgenda(ctx context.Context, e *Act, in agendaInput) (Result, error) {
	reach, err := eventNoun().visible(ctx, e)
	if err != nil {
		return Result{}, err
	}
	first, beyond, err := in.during(e.Env)
	if err != nil {
		return Result{}, err
	}
	of, whose := e.Actor.UserID, e.Actor.Username
	switch everybody := e.reach("event", "assign_support").Any; {
	case in.of != reference{}:
		u, err := e.known(ctx, in.of, func(id int64) (bool, error) {
			some, err := e.Data.Agenda(ctx, reach, clientNoun().reach(e, "view"), id, data.During{From: first, Before: beyond}, 1)
			if err != nil || len(some) > 0 {
				return len(some) > 0, err
			}
			count, err := e.Data.CountEvents(ctx, reach, data.EventFilter{SupportID: id}, "", 1)
			return count > 0, err
		}, "support", "commercial")
		if err != nil {
			return Result{}, about("of", err)
		}
		of, whose = u.ID, u.Username
	case everybody:
		of, whose = 0, "everybody"
	}
	limit := 0
	if e.Human {
		limit = mostEntries + 1
	}
	found, err := e.Data.Agenda(ctx, reach, clientNoun().reach(e, "view"), of, data.During{From: first, Before: beyond}, limit)
	if err != nil {
		return Result{}, err
	}
	c := &Calendar{Name: fmt.Sprintf("Agenda of %s, %s to %s", whose, first.Format("02/01/2006"), beyond.AddDate(0, 0, -1).Format("02/01/2006")),
		First: first, Beyond: beyond, Today: e.Now()}
	var warnings []error // in every format
	if limit > 0 && len(found) > mostEntries {
		found, warnings = found[:mostEntries], []error{fmt.Errorf("these are the first %d events: fewer days, or --of USER, show all of them", mostEntries)}
	}
	return Result{Table: agendaTable(found, c), Warnings: warnings}, nil
}

// agendaTable is the plain list of an agenda, with its calendar.
func agendaTable(found []data.Appointment, c *Calendar) *Table {
	n := eventNoun()
	t := &Table{Name: "events in this time", Calendar: c, Columns: []Column{
		{Name: "id", Title: "ID"}, {Name: "start_date", Title: "Start", Priority: 1}, {Name: "end_date", Title: "End", Priority: 3},
		{Name: "title", Title: "Title", Priority: 1}, {Name: "client", Title: "Client", Priority: 4}, {Name: "client_phone", Title: "Phone", Priority: 6},
		{Name: "full_address", Title: "Address", Priority: 5}, {Name: "support_contact", Title: "Support", Priority: 2}, {Name: "clashes_with", Title: "Clashes with", Priority: 1},
	}}
	events := make([]model.Event, 0, len(found))
	for _, a := range found {
		v := a.Event
		events = append(events, v)
		clashes := Value(nil)
		if len(a.Clashes) > 0 {
			clashes = a.Clashes
		}
		t.Rows = append(t.Rows, []Value{v.ID, v.Start, v.End, v.Title, v.Client, unlessZero(v.ClientPhone), v.Address, unlessZero(v.Support), clashes})
		c.Entries = append(c.Entries, Entry{ID: v.ID, Start: v.Start, End: v.End, Title: v.Title, Client: v.Client, Phone: v.ClientPhone.International(),
			Place: v.Address, Support: v.Support, About: v.Notes, Clashes: slices.Clone(a.Clashes), Created: v.CreatedAt, Updated: v.UpdatedAt, Version: v.Version})
	}
	t.Open = n.opened(events)
	return t
}
