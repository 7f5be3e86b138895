package commands

import (
	"context"
	"time"

	"epev/model"
)

// Cell is a place in a table.
type Cell struct{ Row, Column int }

// Aside is what people are shown of a cell beside its value.
type Aside struct {
	// Day says that the time stands for its whole day: no time of day is shown.
	Day  bool
	Mark Mark
}

// Mark is why a terminal makes a cell stand out.
type Mark int

// The marks of a cell.
const (
	NoMark Mark = iota
	Today       // it is today, or goes on today
	Late        // it should have been done by now
)

// ShowDay shows the day of a time as "dd/mm/yyyy", by the calendar of the office. Typed, it is that time again wherever
// it stands for the day.
func ShowDay(t time.Time, office *time.Location) string { return t.In(office).Format("02/01/2006") }

// shownDays are the properties of a record whose times stand for days, by their columns.
func (n noun[R, F]) shownDays(r *R, office *time.Location) map[string]bool {
	if n.days == nil || !n.days(r, office) {
		return nil
	}
	days := map[string]bool{}
	for _, p := range n.properties {
		if n.isBound(p) {
			days[p.Name] = true
		}
	}
	return days
}

// daysOf tells of a property that changed when its times stand for days; nil where they never do.
func (n noun[R, F]) daysOf(p property[R], before, after R) func(*time.Location) (bool, bool) {
	if !n.isBound(p) {
		return nil
	}
	return func(office *time.Location) (bool, bool) { return n.days(&before, office), n.days(&after, office) }
}

// isBound reports whether a property is the start or the end of a time that may be one of whole days.
func (n noun[R, F]) isBound(p property[R]) bool {
	_, is := p.like.(time.Time)
	return is && n.days != nil && p.settable()
}

// annotate notes what people are shown of a table's records beside their values. Marks are for a person alone.
func (n noun[R, F]) annotate(ctx context.Context, e *Act, t *Table, records []R) error {
	note := func(row int, column string, with func(*Aside)) {
		for i := range t.Columns {
			if t.Columns[i].Name == column {
				if t.Asides == nil {
					t.Asides = map[Cell]Aside{}
				}
				aside := t.Asides[Cell{row, i}]
				with(&aside)
				t.Asides[Cell{row, i}] = aside
			}
		}
	}
	for row := range records {
		for column := range n.shownDays(&records[row], e.Location) {
			note(row, column, func(a *Aside) { a.Day = true })
		}
	}
	if !e.Human || n.marks == nil {
		return nil
	}
	column, marks, err := n.marks(ctx, e, records)
	for row, mark := range marks {
		if mark != NoMark {
			note(row, column, func(a *Aside) { a.Mark = mark })
		}
	}
	return err
}

// wholeDays reports whether a time starts with one day and ends with one: a day alone was meant for both.
func wholeDays(start, end time.Time, office *time.Location) bool {
	if model.Endless(start)+model.Endless(end) != "" || start.IsZero() || end.IsZero() {
		return false
	}
	start, end = start.In(office), end.In(office)
	return start.Hour() == 0 && start.Minute() == 0 && end.Hour() == 23 && end.Minute() == 59
}

func lastsWholeDays(v *model.Event, office *time.Location) bool {
	return wholeDays(v.Start, v.End, office)
}

// showBound tells the start or the end of a time: a day alone where whole days are meant.
func (e *Env) showBound(start, end, at time.Time) string {
	if wholeDays(start, end, e.Location) {
		return ShowDay(at, e.Location)
	}
	return e.showTime(at)
}

// goOnToday marks the starts of events that take place today.
func goOnToday(_ context.Context, e *Act, events []model.Event) (column string, marks []Mark, err error) {
	marks = make([]Mark, len(events))
	today := day(e.Now(), e.Location)
	for i, v := range events {
		if v.CancelledAt == nil && model.Endless(v.Start)+model.Endless(v.End) == "" && day(v.Start, e.Location) <= today && today <= day(v.End, e.Location) {
			marks[i] = Today
		}
	}
	return "start_date", marks, nil
}

// dueReminders marks the reminders of notes that are not done, from their day on.
func dueReminders(_ context.Context, e *Act, notes []model.Note) (column string, marks []Mark, err error) {
	marks = make([]Mark, len(notes))
	today := model.Day(model.Today(e.Now(), e.Location)).In(e.Location)
	for i, v := range notes {
		if v.RemindOn == nil || v.DoneAt != nil {
			continue
		}
		switch on := model.Day(*v.RemindOn).In(e.Location); {
		case on.Equal(today):
			marks[i] = Today
		case on.Before(today):
			marks[i] = Late
		}
	}
	return "remind_on", marks, nil
}

// day is a day that can be compared with others.
func day(t time.Time, office *time.Location) string { return t.In(office).Format(time.DateOnly) }

// paidTooLate marks what is left of signed contracts whose events are over, of those that the actor may view.
func paidTooLate(ctx context.Context, e *Act, contracts []model.Contract) (column string, marks []Mark, err error) {
	marks = make([]Mark, len(contracts))
	places := map[int64]int{}
	var ids []int64
	for i, c := range contracts {
		if c.IsSigned && !c.IsFullyPaid && c.Remaining.IsNumber() && c.Remaining.Cmp(model.Amount{}) > 0 {
			places[c.ID] = i
			ids = append(ids, c.ID)
		}
	}
	reach := e.reach("event", "view")
	if len(ids) == 0 || reach.None() {
		return "", nil, nil
	}
	over, err := e.Data.ContractsOver(ctx, reach, ids, e.Now())
	for _, id := range over {
		marks[places[id]] = Late
	}
	return "remaining_amount", marks, err
}
