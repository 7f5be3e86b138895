package render

import (
	"fmt"
	"strings"
	"time"

	ical "github.com/arran4/golang-ical"

	"epev/commands"
	"epev/model"
)

// An iCalendar file (RFC 5545) tells times by the clock of the office, whose changes it tells too. An event that takes whole days has
// dates alone. A time that clocks show twice is told in UTC, as programs differ in which of the two they take. The same event has the
// same UID in each file, so that it is changed in a calendar that has it already.

const clockForm, dateForm = "20060102T150405", "20060102"

// ics prints the calendar of a Result.
func (p *printer) ics(r commands.Result) error {
	if r.Table == nil || r.Table.Calendar == nil {
		return nil
	}
	c := r.Table.Calendar
	file := ical.NewCalendarFor("epev")
	file.SetMethod(ical.MethodPublish)
	file.SetXWRCalName(visible(c.Name))
	zone := zoneName(p.Location)
	if zone != "" {
		if p.Location != time.Local { // of the machine's it knows no name that others know
			file.SetXWRTimezone(zone)
		}
		first, last := c.First, c.Beyond
		for _, e := range c.Entries {
			if e.Start.Before(first) && !endless(e) {
				first = e.Start
			}
			if e.End.After(last) && !endless(e) {
				last = e.End
			}
		}
		addZone(file, zone, p.Location, first, last)
	}
	for _, e := range c.Entries {
		if endless(e) {
			continue
		}
		v := file.AddEvent(fmt.Sprintf("event-%d-%d@epev", e.ID, e.Created.UnixMicro()))
		v.SetDtStampTime(e.Updated)
		v.SetCreatedTime(e.Created)
		v.SetLastModifiedAt(e.Updated)
		v.SetSequence(int(e.Version - 1))
		p.moments(v, e, zone)
		v.SetSummary(plainText(e.Title))
		v.SetLocation(plainText(e.Place))
		v.SetDescription(plainText(described(e)))
		v.SetStatus(ical.ObjectStatusConfirmed)
	}
	return file.SerializeTo(p, ical.WithNewLine("\r\n"))
}

// endless reports whether an event of a predecessor's has no beginning or no end, which no calendar can hold.
func endless(e commands.Entry) bool {
	return model.Endless(e.Start) != "" || model.Endless(e.End) != ""
}

// moments sets when an event is.
func (p *printer) moments(v *ical.VEvent, e commands.Entry, zone string) {
	set := func(of ical.ComponentProperty, t time.Time) {
		if zone == "" || shownTwice(t.In(p.Location)) {
			v.SetProperty(of, t.UTC().Format(clockForm)+"Z")
			return
		}
		v.SetProperty(of, t.In(p.Location).Format(clockForm), ical.WithTZID(zone))
	}
	if !e.WholeDays(p.Location) {
		set(ical.ComponentPropertyDtStart, e.Start)
		set(ical.ComponentPropertyDtEnd, e.End)
		return
	}
	date := func(of ical.ComponentProperty, t time.Time) {
		v.SetProperty(of, t.In(p.Location).Format(dateForm), ical.WithValue(string(ical.ValueDataTypeDate)))
	}
	date(ical.ComponentPropertyDtStart, e.Start)
	date(ical.ComponentPropertyDtEnd, e.End.Add(time.Minute)) // the day behind the last one
}

// shownTwice reports whether clocks show the same time another time too: in the hour after which they are put back, or in the
// one after that.
func shownTwice(t time.Time) bool {
	since, until := t.ZoneBounds()
	_, now := t.Zone()
	if !since.IsZero() {
		_, before := since.Add(-time.Second).Zone()
		if t.Sub(since) < time.Duration(before-now)*time.Second {
			return true
		}
	}
	if until.IsZero() {
		return false
	}
	_, after := until.Zone()
	return until.Sub(t) <= time.Duration(now-after)*time.Second
}

// zoneName is the name of the zone in the file; empty for UTC.
func zoneName(l *time.Location) string {
	switch name := l.String(); name {
	case "UTC":
		return ""
	case "Local":
		return "Office"
	default:
		return name
	}
}

// addZone tells how the clocks of a place are set from a moment on to another one.
func addZone(file *ical.Calendar, name string, l *time.Location, first, last time.Time) {
	zone := file.AddTimezone(name)
	for at := first.In(l); ; {
		since, until := at.ZoneBounds()
		abbreviation, offset := at.Zone()
		from := offset // before the first change that a place knows
		start := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
		if !since.IsZero() {
			_, from = since.Add(-time.Second).Zone()
			start = since.UTC().Add(time.Duration(from) * time.Second)
		}
		part := ical.Component(nil)
		set := func(base *ical.ComponentBase) {
			base.SetProperty(ical.ComponentPropertyDtStart, start.Format(clockForm))
			base.SetProperty(ical.ComponentProperty(ical.PropertyTzoffsetfrom), offsetText(from))
			base.SetProperty(ical.ComponentProperty(ical.PropertyTzoffsetto), offsetText(offset))
			base.SetProperty(ical.ComponentProperty(ical.PropertyTzname), abbreviation)
		}
		if at.IsDST() {
			daylight := &ical.Daylight{}
			set(&daylight.ComponentBase)
			part = daylight
		} else {
			standard := ical.NewStandard()
			set(&standard.ComponentBase)
			part = standard
		}
		zone.Components = append(zone.Components, part)
		if until.IsZero() || until.After(last) {
			return
		}
		at = until
	}
}

// offsetText is a distance from UTC: "+0100".
func offsetText(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	return fmt.Sprintf("%s%02d%02d", sign, seconds/3600, seconds/60%60)
}

// described is what else a calendar tells of an event.
func described(e commands.Entry) string {
	var lines []string
	put := func(title, text string) {
		if strings.TrimSpace(text) != "" {
			lines = append(lines, title+text)
		}
	}
	put("Client: ", joined(e.Client, e.Phone))
	put("Support: ", e.Support)
	for _, other := range e.Clashes {
		put("Clashes with event ", other)
	}
	put("", e.About)
	return strings.Join(lines, "\n")
}

// plainText is a text without control characters but the ends of its lines.
func plainText(text string) string { return eachLine(text, visible) }
