package commands

import "time"

// Calendar is what a list of events is shown as on a terminal, day by day, and what its iCalendar file is made of.
type Calendar struct {
	Name string // whose it is, and of which days
	// Its days are those from First on, up to the one before Beyond: each begins at 00:00 by the calendar of their location.
	First, Beyond time.Time
	Today         time.Time // any moment of it
	Entries       []Entry   // by their start
}

// Entry is an event in a calendar. What its reader is not told is empty.
type Entry struct {
	ID                    int64
	Start, End            time.Time
	Title, Client, Phone  string
	Place, Support, About string
	Clashes               []string // the ids of those that it clashes with
	Created, Updated      time.Time
	Version               int64
}

// WholeDays reports whether an event takes days as such, from the first minute of one to the last of another.
func (e Entry) WholeDays(location *time.Location) bool {
	start, end := e.Start.In(location), e.End.In(location)
	last := end.Hour() == 23 && end.Minute() == 59 || end.Hour() == 0 && end.Minute() == 0
	return start.Hour() == 0 && start.Minute() == 0 && last
}

// On returns the events that take place on the day that begins then. The end of one, at 00:00, is none of that day.
func (c *Calendar) On(day time.Time) (entries []Entry) {
	next := day.AddDate(0, 0, 1)
	for _, e := range c.Entries {
		if e.Start.Before(next) && (e.End.After(day) || e.Start.Equal(day)) {
			entries = append(entries, e)
		}
	}
	return entries
}
