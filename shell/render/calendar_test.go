package render

import (
	"fmt"
	"strings"
	"testing"
	"time"

	goical "github.com/emersion/go-ical"

	"epev/commands"
	"epev/shell/screen"
)

// A second library reads every event back whole from the file: on both sides of the changes of the clock, across them, and in the
// hour that clocks show twice.
func TestAnICalendarIsReadBackWholeAcrossTheChangesOfTheClock(t *testing.T) {
	t.Parallel()
	l := paris(t)
	at := func(text string) time.Time {
		moment, err := time.Parse("2006-01-02 15:04 -0700", text)
		if err != nil {
			t.Fatal(err)
		}
		return moment.UTC()
	}
	made := at("2026-01-02 09:00 +0100")
	odd := "Gala; \"Été\", \\ back\nsecond line, with , and ; and a text that is far longer than the seventy-five octets of a line — éèàùç 株式会社さくら企画"
	entries := []commands.Entry{
		{Start: at("2026-03-28 18:00 +0100"), End: at("2026-03-28 23:30 +0100")},
		{Start: at("2026-03-29 01:30 +0100"), End: at("2026-03-29 03:30 +0200")}, // two hours later by the clock, one in truth
		{Start: at("2026-03-29 10:00 +0200"), End: at("2026-03-29 12:00 +0200")},
		{Start: at("2026-07-14 20:00 +0200"), End: at("2026-07-15 01:00 +0200")},
		{Start: at("2026-10-25 01:30 +0200"), End: at("2026-10-25 02:30 +0200")}, // 02:30 for the first time
		{Start: at("2026-10-25 02:30 +0100"), End: at("2026-10-25 03:30 +0100")}, // for the second time
		{Start: at("2026-10-25 10:00 +0100"), End: at("2026-12-31 12:00 +0100")},
		{Start: at("2026-03-29 00:00 +0100"), End: at("2026-03-29 23:59 +0200")}, // a day of 23 hours
		{Start: at("2026-10-24 00:00 +0200"), End: at("2026-10-26 00:00 +0100")}, // two days, of which one has 25 hours
	}
	for i := range entries {
		e := &entries[i]
		e.ID, e.Title, e.Place, e.About = int64(i+1), fmt.Sprintf("%d %s", i+1, odd), odd, odd
		e.Client, e.Phone, e.Support, e.Created, e.Updated, e.Version = "Kévin, Cousin", "+33 6 78 12 34 56", "ines.morel", made, made.Add(time.Hour), 3
	}
	c := &commands.Calendar{Name: "Agenda of ines.morel", First: time.Date(2026, 3, 23, 0, 0, 0, 0, l), Beyond: time.Date(2027, 1, 1, 0, 0, 0, 0, l), Entries: entries}
	view := View{Format: FormatICS, Location: l}
	file := render(t, commands.Result{Table: &commands.Table{Calendar: c}}, view)
	for n, text := range strings.Split(strings.TrimSuffix(file, "\r\n"), "\r\n") {
		if len(text) > 75 || strings.ContainsAny(text, "\r\n") {
			t.Errorf("line %d has %d octets: %q", n+1, len(text), text)
		}
	}
	read, err := goical.NewDecoder(strings.NewReader(file)).Decode()
	if err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	events := read.Events()
	if len(events) != len(entries) {
		t.Fatalf("%d of %d events", len(events), len(entries))
	}
	seen := map[string]bool{}
	for i, v := range events {
		e := entries[i]
		text := func(name string) string {
			got, err := v.Props.Text(name)
			if err != nil {
				t.Errorf("event %d: %v", e.ID, err)
			}
			return got
		}
		start, err := v.DateTimeStart(l)
		if err != nil {
			t.Fatal(err)
		}
		end, err := v.DateTimeEnd(l)
		if err != nil {
			t.Fatal(err)
		}
		wantEnd := e.End
		if e.WholeDays(l) {
			if v.Props.Get("DTSTART").Params.Get("VALUE") != "DATE" {
				t.Errorf("event %d is no event of whole days", e.ID)
			}
			if end.In(l).Hour() != 0 || end.Before(e.End) || end.Sub(e.End) > time.Minute {
				t.Errorf("event %d ends before %s", e.ID, end)
			}
			wantEnd = end
		}
		if !start.Equal(e.Start) || !end.Equal(wantEnd) {
			t.Errorf("event %d is from %s to %s, not from %s to %s", e.ID, start.In(l), end.In(l), e.Start.In(l), e.End.In(l))
		}
		if text("SUMMARY") != e.Title || text("LOCATION") != e.Place {
			t.Errorf("event %d: %q at %q", e.ID, text("SUMMARY"), text("LOCATION"))
		}
		if want := "Client: Kévin, Cousin · +33 6 78 12 34 56\nSupport: ines.morel\n" + odd; text("DESCRIPTION") != want {
			t.Errorf("event %d: %q instead of %q", e.ID, text("DESCRIPTION"), want)
		}
		uid := text("UID")
		if seen[uid] {
			t.Errorf("%s is the UID of two events", uid)
		}
		seen[uid] = true
	}
	// The file's own rules for its zone lead to the same moments, for a telephone that does not know the zone.
	zones := 0
	for _, child := range read.Children {
		if child.Name != goical.CompTimezone {
			continue
		}
		zones++
		for i, v := range events {
			for _, name := range []string{"DTSTART", "DTEND"} {
				p := v.Props.Get(name)
				if p.Params.Get("TZID") == "" {
					continue
				}
				want := entries[i].Start
				if name == "DTEND" {
					want = entries[i].End
				}
				if got := byRules(t, child, p.Value); !got.Equal(want) {
					t.Errorf("event %d, %s: the rules of the file make %s of it, not %s", i+1, name, got, want.UTC())
				}
			}
		}
	}
	if zones != 1 {
		t.Errorf("%d time zones", zones)
	}
	// The UID stays when the event changes, and is that of no other office's.
	changed := entries[0]
	changed.Title, changed.Start, changed.Version = "Other", changed.Start.Add(time.Hour), 4
	c.Entries = []commands.Entry{changed}
	again := render(t, commands.Result{Table: &commands.Table{Calendar: c}}, view)
	if first, _ := events[0].Props.Text("UID"); !strings.Contains(again, "UID:"+first+"\r\n") || !strings.Contains(again, "SEQUENCE:3\r\n") {
		t.Errorf("no %s in\n%s", first, again)
	}
}

// byRules reads a time by the observances of a VTIMEZONE: the last that begins before it counts.
func byRules(t *testing.T, zone *goical.Component, local string) time.Time {
	t.Helper()
	wall, err := time.Parse("20060102T150405", local)
	if err != nil {
		t.Fatal(err)
	}
	offset, last := 0, time.Time{}
	for _, o := range zone.Children {
		begins, err := time.Parse("20060102T150405", o.Props.Get("DTSTART").Value)
		if err != nil {
			t.Fatal(err)
		}
		seconds := func(name string) int {
			var hours, minutes int
			text := o.Props.Get(name).Value
			if _, err := fmt.Sscanf(text[1:], "%02d%02d", &hours, &minutes); err != nil {
				t.Fatal(err)
			}
			if n := hours*3600 + minutes*60; text[0] == '-' {
				return -n
			} else {
				return n
			}
		}
		if !begins.After(wall) && !begins.Before(last) {
			last, offset = begins, seconds("TZOFFSETTO")
		}
	}
	return wall.Add(-time.Duration(offset) * time.Second)
}

// Where there is room a week is a row of days, elsewhere one day stands under another. Today and clashes are marked.
func TestACalendarHasDaysAsColumnsWhereTheyFit(t *testing.T) {
	t.Parallel()
	l := paris(t)
	day := func(d, h, m int) time.Time { return time.Date(2026, 11, d, h, m, 0, 0, l) }
	c := &commands.Calendar{Name: "Agenda of ines.morel", First: day(23, 0, 0), Beyond: day(30, 0, 0), Today: day(26, 9, 0), Entries: []commands.Entry{
		{ID: 7, Title: "Gala", Client: "Kévin Cousin", Phone: "+33 6 78 12 34 56", Place: "Paris", Support: "ines.morel", Start: day(25, 18, 0), End: day(26, 2, 0), Clashes: []string{"12"}},
		{ID: 12, Title: "B2B Fair of a very long name\x1b[31m", Client: "Zoé", Support: "ines.morel", Start: day(25, 20, 0), End: day(25, 22, 30), Clashes: []string{"7"}},
		{ID: 9, Title: "Salon", Client: "Zoé", Support: "ines.morel", Start: day(28, 0, 0), End: day(29, 23, 59)},
	}}
	r := commands.Result{Table: &commands.Table{Calendar: c}}
	for _, width := range []int{80, 140, 20, 300} {
		shown := render(t, r, View{Width: width, Location: l})
		for text := range strings.SplitSeq(shown, "\n") {
			if n := screen.Width.StringWidth(text); n > width {
				t.Errorf("at %d: %d columns: %q", width, n, text)
			}
		}
		wide := width >= 140
		for _, want := range []string{"today", "! from 18:00", "all day", "events 7 and 12 clash"} {
			if flat := strings.Join(strings.Fields(shown), " "); !strings.Contains(flat, want) {
				t.Errorf("at %d: no %q in\n%s", width, want, shown)
			}
		}
		if columns := strings.Contains(shown, "Mon 23/11"); columns != wide || strings.Contains(shown, "\x1b") {
			t.Errorf("at %d:\n%s", width, shown)
		}
	}
	wide := render(t, r, View{Width: 140, Location: l})
	if lines := strings.Split(wide, "\n"); !strings.Contains(lines[2], "Wed 25/11         │ Thu 26/11 · today") || !strings.Contains(lines[3], "! from 18:00      │ ! until 02:00") {
		t.Errorf("%s", wide)
	}
	narrow := render(t, r, View{Width: 80, Location: l})
	for _, want := range []string{"Thursday 26/11/2026 · today\n! until 02:00   7 Gala · Kévin Cousin\n                Paris · +33 6 78 12 34 56\n", "Monday 23/11/2026\n  nothing\n", "  all day       9 Salon · Zoé\n"} {
		if !strings.Contains(narrow, want) {
			t.Errorf("no %q in\n%s", want, narrow)
		}
	}
	// Of a month, a terminal that is narrow leaves out the days without events, and one that is wide begins weeks on Monday.
	c.First, c.Beyond = day(1, 0, 0), day(31, 0, 0)
	if narrow := render(t, r, View{Width: 80, Location: l}); strings.Contains(narrow, "23/11/2026") || !strings.Contains(narrow, "26/11/2026") {
		t.Errorf("%s", narrow)
	}
	if wide := render(t, r, View{Width: 140, Location: l}); !strings.Contains(wide, "│ Sun 01/11") || !strings.Contains(wide, "\nMon 02/11 ") {
		t.Errorf("%s", wide)
	}
}

// Where many clash with many, the first clashes are told below the calendar, and how many more there are.
func TestACalendarTellsTheFirstOfVeryManyClashes(t *testing.T) {
	t.Parallel()
	const events = 300
	l := paris(t)
	c := &commands.Calendar{Name: "Agenda of ines.morel", First: time.Date(2026, 3, 23, 0, 0, 0, 0, l), Beyond: time.Date(2026, 3, 30, 0, 0, 0, 0, l)}
	var ids []string
	for i := range events {
		ids = append(ids, fmt.Sprint(i+1))
	}
	for i := range events {
		start := c.First.Add(time.Hour)
		c.Entries = append(c.Entries, commands.Entry{ID: int64(i + 1), Start: start, End: start.Add(time.Hour), Title: "Gala", Support: "ines.morel",
			Clashes: append(append([]string{}, ids[:i]...), ids[i+1:]...)})
	}
	text := render(t, commands.Result{Table: &commands.Table{Calendar: c}}, View{Width: 80, Location: l})
	if n := strings.Count(text, " clash: "); n != mostClashes {
		t.Errorf("%d clashes are told", n)
	}
	if more := fmt.Sprintf("! and %d more clashes", events*(events-1)/2-mostClashes); !strings.Contains(text, more) {
		t.Errorf("not told: %q", more)
	}
}

// The machine's own zone has no name that a telephone knows: the file tells its hours alone.
func TestAnICalendarNamesNoZoneThatNobodyKnows(t *testing.T) {
	t.Parallel()
	for _, l := range []*time.Location{paris(t), time.Local} {
		day := time.Date(2026, 3, 23, 0, 0, 0, 0, l)
		c := &commands.Calendar{Name: "Agenda", First: day, Beyond: day.AddDate(0, 0, 7)}
		var b strings.Builder
		if err := Result(&b, commands.Result{Table: &commands.Table{Calendar: c}}, View{Format: FormatICS, Location: l}); err != nil {
			t.Fatal(err)
		}
		if named := strings.Contains(b.String(), "X-WR-TIMEZONE:"); named != (l.String() == "Europe/Paris") {
			t.Errorf("in %s it names a zone: %v\n%s", l, named, b.String())
		}
	}
}
