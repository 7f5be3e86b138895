package model

import (
	"regexp"
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

// timeForm is a day, by the calendar or by a word, and optionally a time of day.
var timeForm = regexp.MustCompile(`^(?:(\d{1,2})/(\d{1,2})/(\d{4})|(\d{4})-(\d{1,2})-(\d{1,2})|(yesterday|today|tomorrow))(?:(?: +|t)(\d{1,2}):(\d{2}))?$`)

// ParseTime parses "dd/mm/yyyy", "yyyy-mm-dd", "yesterday", "today" or "tomorrow", alone or
// with " HH:MM" behind it ("T" instead of the blank is fine), in the years 1900 to 9999, and
// returns the instant in UTC. A date or time that the calendar or a clock change leaves out is
// refused by name; of a time that occurs twice, when the clock goes back, the first is meant.
// A date alone whose 00:00 (23:59) is left out is the first (last) minute that it has.
func ParseTime(field, raw string, o TimeOptions) (time.Time, error) {
	typed := strings.TrimSpace(raw)
	m := timeForm.FindStringSubmatch(strings.ToLower(typed))
	if m == nil {
		return time.Time{}, notValid(field, raw).WithHint(`write it like 25/12/2026 or "25/12/2026 18:30"`)
	}
	// The form leaves nothing but a few digits, so Atoi cannot fail.
	number := func(group int) int { n, _ := strconv.Atoi(m[group]); return n }
	var day, month, year int
	switch {
	case m[1] != "":
		day, month, year = number(1), number(2), number(3)
	case m[4] != "":
		year, month, day = number(4), number(5), number(6)
	default:
		y, mo, d := o.Now.In(o.Location).Date()
		// Days are counted in UTC, where each has 24 hours.
		date := time.Date(y, mo, d+map[string]int{"yesterday": -1, "tomorrow": 1}[m[7]], 0, 0, 0, 0, time.UTC)
		day, month, year = date.Day(), int(date.Month()), date.Year()
	}

	missing := func(format string, args ...any) *Error {
		return Invalid(field, "%s %s does not exist: "+format, append([]any{field, typed}, args...)...)
	}
	const order = "a date is dd/mm/yyyy or yyyy-mm-dd"
	if year < 1900 {
		return time.Time{}, Invalid(field, "%s %s is too long ago", field, typed).
			WithHint("the years go from 1900 to 9999")
	}
	if month < 1 || month > 12 {
		return time.Time{}, missing("there is no month %d", month).WithHint(order)
	}
	if days := daysIn(year, time.Month(month)); day < 1 || day > days {
		return time.Time{}, missing("%s %d has %d days", time.Month(month), year, days).WithHint(order)
	}

	if m[8] != "" {
		hour, minute := number(8), number(9)
		if hour > 23 || minute > 59 {
			return time.Time{}, missing("a day goes from 00:00 to 23:59").
				WithHint("write the time as HH:MM, like 18:30")
		}
		t, ok := instant(year, time.Month(month), day, 60*hour+minute, o.Location)
		if !ok {
			return time.Time{}, missing("the clock change of that day skips it").
				WithHint("choose a time before or after the clock change")
		}
		return t, nil
	}
	minute, step := 0, 1
	if o.EndOfDay {
		minute, step = 24*60-1, -1
	}
	for ; 0 <= minute && minute < 24*60; minute += step {
		if t, ok := instant(year, time.Month(month), day, minute, o.Location); ok {
			return t, nil
		}
	}
	return time.Time{}, missing("the calendar of %s skips that day", o.Location).WithHint("choose another day")
}

// The ends of time: what PostgreSQL calls infinity, before and after every instant that it can hold.
var (
	BeforeAllTime = time.Date(-4800, 1, 1, 0, 0, 0, 0, time.UTC)
	AfterAllTime  = time.Date(294277, 1, 1, 0, 0, 0, 0, time.UTC)
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

// FormatTime shows t by the clock and calendar of loc, as "dd/mm/yyyy HH:MM".
func FormatTime(t time.Time, loc *time.Location) string {
	if word := Endless(t); word != "" {
		return word
	}
	return t.In(loc).Format("02/01/2006 15:04")
}

// instant returns when clocks in loc show that minute of that day for the first time, in UTC,
// and false when they skip it. time.Date promises neither.
func instant(year int, month time.Month, day, minute int, loc *time.Location) (time.Time, bool) {
	wall := time.Date(year, month, day, 0, minute, 0, 0, time.UTC)
	t := time.Date(year, month, day, 0, minute, 0, 0, loc)
	if start, _ := t.ZoneBounds(); !start.IsZero() {
		_, before := start.Add(-time.Second).Zone()
		if first := wall.Add(-time.Duration(before) * time.Second); first.Before(start) {
			t = first.In(loc)
		}
	}
	_, offset := t.Zone()
	return t.UTC(), t.Unix()+int64(offset) == wall.Unix()
}

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
