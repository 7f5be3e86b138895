package model

import (
	"strconv"
	"strings"
	"time"
)

// TimeOptions say how ParseTime reads what a person typed.
type TimeOptions struct {
	Now      time.Time      // what "today" is relative to
	Location *time.Location // whose clock and calendar are meant; required
	EndOfDay bool           // a date alone is its last minute, 23:59, instead of 00:00
}

// timeForm is a day, by the calendar or by a word, and optionally a time of day, perhaps with its distance from UTC.
var timeForm = Pattern(`^(?:(\d{1,2})([/.-])(\d{1,2})([/.-])(\d{4})|(\d{4})-(\d{1,2})-(\d{1,2})|(yesterday|today|tomorrow))` +
	`(?:(?: +|t)(\d{1,2})(?::(\d{2})(?::(\d{2})(?:\.\d+)?)?| ?h(?: ?(\d{2}))?) ?(z|([+-])(\d{2})(?::?(\d{2}))?)?)?$`)

// typedTime is what a person typed: a day, a time of it or none, and a zone or none.
type typedTime struct {
	day          time.Time // its 00:00 in UTC
	timed, zoned bool
	clock        time.Duration // since 00:00; with a zone, in UTC
	midnight     bool          // with a zone, by the clock of which it is 00:00
}

// parseTime reads the form and the calendar; which days and minutes a place leaves out is not its matter.
func parseTime(field, raw string, o TimeOptions) (typedTime, error) {
	typed := plain(raw)
	m := timeForm().FindStringSubmatch(strings.ToLower(typed))
	if m == nil || m[2] != m[4] || m[12] != "" && m[14] == "" {
		return typedTime{}, notValid(field, raw, "time")
	}
	// The form leaves nothing but a few digits, so Atoi cannot fail.
	number := func(group int) int { n, _ := strconv.Atoi(m[group]); return n }
	year, month, day := o.Now.In(o.Location).Date()
	switch {
	case m[1] != "":
		day, month, year = number(1), time.Month(number(3)), number(5)
	case m[6] != "":
		year, month, day = number(6), time.Month(number(7)), number(8)
	}
	if year < 1900 {
		return typedTime{}, wrong(field, typed, "too-long-ago", "years", nil)
	}
	if month < time.January || month > time.December {
		return typedTime{}, wrong(field, typed, "no-such-month", "date", Facts{"month": int(month)})
	}
	if days := date(year, month+1, 0).Day(); day < 1 || day > days {
		return typedTime{}, wrong(field, typed, "no-such-day", "date", Facts{"month": month, "year": year, "days": days})
	}
	t := typedTime{day: date(year, month, day+map[string]int{"yesterday": -1, "tomorrow": 1}[m[9]])}
	if m[10] == "" {
		return t, nil
	}
	hour, minute := number(10), number(11)+number(13)
	if hour == 24 && minute == 0 && o.EndOfDay && m[14] == "" {
		return t, nil // the end of the day, as a date alone
	}
	if hour > 23 || minute > 59 || number(12) > 59 {
		return typedTime{}, wrong(field, typed, "no-such-time-of-day", "time-of-day", nil)
	}
	hours, minutes := number(16), number(17) // the zone's, none for "z"
	if hours > 15 || minutes > 59 {
		return typedTime{}, wrong(field, typed, "no-such-offset", "zone", nil)
	}
	t.timed, t.zoned, t.clock = true, m[14] != "", clock(hour, minute)+time.Duration(number(12))*time.Second
	t.midnight = t.zoned && t.clock == 0
	if m[15] == "-" {
		hours, minutes = -hours, -minutes
	}
	t.clock -= clock(hours, minutes)
	return t, nil
}

// ParseTime parses "dd/mm/yyyy", with dots or hyphens between the parts as well, "yyyy-mm-dd", "yesterday", "today" or
// "tomorrow", in the years 1900 to 9999. " HH:MM", " 18h30" or " 18h" may stand behind it, also with "T" instead of the
// blank. It returns the instant in UTC. A time may carry its zone, as ShowTime and RFC 3339 write it. A date or time
// that the calendar or a clock change leaves out is refused by name. Of a time that occurs twice, when the clock goes
// back, the first is meant. A date alone whose 00:00 (23:59) is left out is the first (last) minute that it has. The
// time 24:00 is the end of a day, where an end is asked for.
func ParseTime(field, raw string, o TimeOptions) (time.Time, error) {
	p, err := parseTime(field, raw, o)
	if err != nil {
		return time.Time{}, err
	}
	typed := plain(raw)
	wall, step, minutes := p.day.Add(p.clock), time.Minute, 24*60
	skipped := wrong(field, typed, "skipped-by-a-calendar", "", Facts{"place": o.Location.String()})
	switch there := wall.In(o.Location).Year(); {
	case p.zoned && there < 1900:
		return time.Time{}, wrong(field, typed, "too-long-ago", "years", nil)
	case p.zoned && there > 9999:
		return time.Time{}, wrong(field, typed, "too-far-off", "", nil)
	case p.zoned:
		return wall, nil
	case p.timed:
		minutes, skipped = 1, wrong(field, typed, "skipped-by-a-clock-change", "", nil)
	case o.EndOfDay:
		wall, step = wall.Add(clock(23, 59)), -step
	}
	for range minutes {
		if t, ok := instant(wall, o.Location); ok {
			return t, nil
		}
		wall = wall.Add(step)
	}
	return time.Time{}, skipped
}

// The ends of time: what PostgreSQL calls infinity, before and after every instant that it can hold.
var (
	BeforeAllTime = date(-4800, 1, 1)
	AfterAllTime  = date(294277, 1, 1)
)

// Endless returns PostgreSQL's word for an end of time, "" for any other instant.
func Endless(t time.Time) string {
	switch {
	case !t.After(BeforeAllTime):
		return "-infinity"
	case !t.Before(AfterAllTime):
		return "infinity"
	}
	return ""
}

// ShowTime shows t by the clock and calendar of loc, as "dd/mm/yyyy HH:MM", with the zone behind it, as " +01:00", where the
// person's own clock is another. When the clock goes back, it shows some minutes twice; the second time always with the zone.
func ShowTime(t time.Time, loc *time.Location, zoned bool) string {
	if word := Endless(t); word != "" {
		return word
	}
	t = t.In(loc)
	if !zoned {
		first, _ := instant(date(t.Date()).Add(clock(t.Hour(), t.Minute())), loc)
		zoned = t.Sub(first) >= time.Minute
	}
	if zoned {
		return t.Format("02/01/2006 15:04 -07:00")
	}
	return t.Format("02/01/2006 15:04")
}

// Day is a moment that stands for a day, such as that of a contact (SPEC 4). Exactly 12:00 UTC, as ParseDay makes
// it, is its UTC date wherever it is read; any other moment, of older records, is its date in the office's zone.
type Day time.Time

// ParseDay parses what ParseTime does and returns 12:00 UTC of that day, whatever the time of day. Where a clock shows 00:00 a
// day begins, so that this is no 12:00 UTC which stands for one.
func ParseDay(field, raw string, o TimeOptions) (time.Time, error) {
	t, err := ParseTime(field, raw, o)
	if err != nil {
		return time.Time{}, err
	}
	switch p, _ := parseTime(field, raw, o); {
	case !p.zoned:
		return p.day.Add(12 * time.Hour), nil
	case p.midnight:
		return Today(t, o.Location), nil
	}
	return Day(t).In(o.Location).Add(12 * time.Hour), nil
}

// Today returns the day of now in loc, as ParseDay makes it.
func Today(now time.Time, loc *time.Location) time.Time {
	return date(now.In(loc).Date()).Add(12 * time.Hour)
}

// In returns 00:00 UTC of the day, for an office whose zone is loc. Two days are the same, or one before the
// other, as these are.
func (d Day) In(loc *time.Location) time.Time {
	t := time.Time(d).UTC()
	if !t.Equal(t.Truncate(24 * time.Hour).Add(12 * time.Hour)) {
		t = t.In(loc)
	}
	return date(t.Date())
}

// Format shows the day as "dd/mm/yyyy".
func (d Day) Format(loc *time.Location) string { return d.format("02/01/2006", loc) }

// String shows the day as ISO does where the office is at UTC.
func (d Day) String() string { return d.ISO(time.UTC) }

// ISO shows the day as "yyyy-mm-dd".
func (d Day) ISO(loc *time.Location) string { return d.format(time.DateOnly, loc) }

// AppendISO appends the day as ISO shows it.
func (d Day) AppendISO(b []byte, loc *time.Location) []byte { return d.append(b, time.DateOnly, loc) }

func (d Day) format(layout string, loc *time.Location) string {
	return string(d.append(make([]byte, 0, len(time.DateOnly)), layout, loc))
}

func (d Day) append(b []byte, layout string, loc *time.Location) []byte {
	t := time.Time(d)
	if word := Endless(t); word != "" || t.IsZero() {
		return append(b, word...)
	}
	return d.In(loc).AppendFormat(b, layout)
}

// instant returns when clocks in loc show what UTC's show at wall for the first time, in UTC, and false when they skip it.
// The seconds of wall do not count. time.Date promises neither.
func instant(wall time.Time, loc *time.Location) (time.Time, bool) {
	year, month, day := wall.Date()
	t := time.Date(year, month, day, wall.Hour(), wall.Minute(), 0, 0, loc)
	if start, _ := t.ZoneBounds(); !start.IsZero() {
		_, before := start.Add(-time.Second).Zone()
		if first := wall.Add(-time.Duration(before) * time.Second); first.Before(start) {
			t = first.In(loc)
		}
	}
	_, offset := t.Zone()
	return t.UTC(), t.Unix()+int64(offset) == wall.Unix()
}

// clock is the time since 00:00 of a day with as many minutes as any other.
func clock(hours, minutes int) time.Duration {
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
}

// date is 00:00 of that day in UTC, where each day has 24 hours.
func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
