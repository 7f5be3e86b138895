package model_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the same clock changes on every machine

	. "epev/model"
)

func location(t testing.TB, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// SPEC 4, Values: dates are dd/mm/yyyy or dd/mm/yyyy HH:MM, also yyyy-mm-dd[ HH:MM], in the
// local time zone.
func TestParseTime(t *testing.T) {
	t.Parallel()
	// In Paris the next day has begun.
	now := time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		zone, raw string
		endOfDay  bool
		want      string
	}{
		{"Europe/Paris", "25/12/2026", false, "2026-12-24T23:00:00Z"},
		{"Europe/Paris", "25/12/2026", true, "2026-12-25T22:59:00Z"},
		{"Europe/Paris", "01/11/2026", false, "2026-10-31T23:00:00Z"}, // 1 November
		{"Europe/Paris", " 1/7/2026 9:05 ", true, "2026-07-01T07:05:00Z"},
		{"Europe/Paris", "2026-12-25", false, "2026-12-24T23:00:00Z"},
		{"Europe/Paris", "2026-12-25 18:30", false, "2026-12-25T17:30:00Z"},
		{"Europe/Paris", "2026-12-25T18:30", false, "2026-12-25T17:30:00Z"},
		{"UTC", "29/02/2024", false, "2024-02-29T00:00:00Z"},
		{"UTC", "29/02/2000 00:00", false, "2000-02-29T00:00:00Z"},
		{"UTC", "01/01/1900", false, "1900-01-01T00:00:00Z"},
		{"UTC", "31/12/9999", true, "9999-12-31T23:59:00Z"},
		{"Europe/Paris", "today", false, "2026-11-22T23:00:00Z"},
		{"Europe/Paris", "Today", true, "2026-11-23T22:59:00Z"},
		{"Europe/Paris", "tomorrow 14:00", false, "2026-11-24T13:00:00Z"},
		{"Europe/Paris", "yesterday", false, "2026-11-21T23:00:00Z"},
		{"UTC", "today", false, "2026-11-22T00:00:00Z"},
		// The clock goes back from 03:00 to 02:00: 02:30 occurs twice, the first is meant.
		{"Europe/Paris", "25/10/2026 01:59", false, "2026-10-24T23:59:00Z"},
		{"Europe/Paris", "25/10/2026 02:30", false, "2026-10-25T00:30:00Z"},
		{"Europe/Paris", "25/10/2026 03:00", false, "2026-10-25T02:00:00Z"},
		{"America/New_York", "01/11/2026 01:30", false, "2026-11-01T05:30:00Z"},
		{"Australia/Lord_Howe", "05/04/2026 01:45", false, "2026-04-04T14:45:00Z"},
		// The clock goes forward, in some places around midnight: the day has a first and a last minute all the same.
		{"Europe/Paris", "29/03/2026 03:00", false, "2026-03-29T01:00:00Z"},
		{"America/Sao_Paulo", "04/11/2018", false, "2018-11-04T03:00:00Z"},
		{"America/Toronto", "30/03/1919", true, "1919-03-31T04:29:00Z"}, // 23:29, then 00:30,
	} {
		o := TimeOptions{Now: now, Location: location(t, c.zone), EndOfDay: c.endOfDay}
		got, err := ParseTime("start-date", c.raw, o)
		if err != nil || got.Format(time.RFC3339) != c.want || got.Location() != time.UTC {
			t.Errorf("%s %q (end of day %t) = %v, %v; want %s", c.zone, c.raw, c.endOfDay, got, err, c.want)
		}
	}
}

// SPEC 4, Values: 31/02/2025 is an error.
func TestParseTimeRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, raw, want string }{
		{"UTC", "", "is empty"},
		{"UTC", "31/02/2025", "31/02/2025 does not exist: February 2025 has 28 days"},
		{"UTC", "29/02/2025", "29/02/2025 does not exist: February 2025 has 28 days"},
		{"UTC", "2100-02-29", "2100-02-29 does not exist: February 2100 has 28 days"},
		{"UTC", "31/04/2026 10:00", "April 2026 has 30 days"},
		{"UTC", "00/01/2026", "January 2026 has 31 days"},
		{"UTC", "12/25/2026", "there is no month 25"},
		{"UTC", "2026-00-10", "there is no month 0"},
		{"UTC", "31/12/1899", "31/12/1899 is too long ago"},
		{"UTC", "01/01/0000", "is too long ago"},
		{"UTC", "25/12/2026 24:01", "a day goes from 00:00 to 23:59"},
		{"UTC", "25/12/2026 12:60", "a day goes from 00:00 to 23:59"},
		{"UTC", "25/12/26", `"25/12/26" is not valid`},
		{"UTC", "25/12/10000", "is not valid"},
		{"UTC", "25-12/2026", "is not valid"},
		{"UTC", "2026/12/25", "is not valid"},
		{"UTC", "25/12/2026 18h3", "is not valid"},
		{"UTC", "25/12/2026 18:30:15", "is not valid"},
		{"UTC", "25/12/202618:30", "is not valid"},
		{"UTC", "18:30", "is not valid"},
		{"UTC", "soon", "is not valid"},
		{"UTC", "25/12/2026\x1b", `"25/12/2026\x1b" is not valid`},
		{"UTC", "25/12/2026\n18:30", "is not valid"},
		{"Europe/Paris", "29/03/2026 02:30", "29/03/2026 02:30 does not exist: the clock change of that day skips it"},
		{"Europe/Paris", "29/03/2026 02:00", "skips it"},
		{"America/Sao_Paulo", "04/11/2018 00:30", "skips it"},
		{"Pacific/Apia", "30/12/2011", "the calendar of Pacific/Apia skips that day"},
	} {
		for _, endOfDay := range []bool{false, true} {
			_, err := ParseTime("start-date", c.raw, TimeOptions{Location: location(t, c.zone), EndOfDay: endOfDay})
			refused(t, c.raw, err, "start-date", c.want)
		}
	}
}

func TestShowTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 7, 1, 22, 5, 59, 0, time.UTC)
	if got := ShowTime(at, location(t, "Europe/Paris"), false); got != "02/07/2026 00:05" {
		t.Errorf("ShowTime = %q", got)
	}
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{
		"25/12/2026", "31/02/2025", "29/03/2026 02:30", "25/10/2026 02:30", "2026-12-25T18:30", "tomorrow", "01/01/1900",
		"25.12.2027 18h30", "25-12-2027 18h", "2026-10-25T02:30:00+01:00", "9999-12-31T23:59:59Z", "25/12/2027 24:00",
	} {
		f.Add(s, false)
		f.Add(s, true)
	}
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, raw string, endOfDay bool) {
		for _, zone := range []string{"Europe/Paris", "Pacific/Apia", "America/Sao_Paulo"} {
			o := TimeOptions{Now: now, Location: location(t, zone), EndOfDay: endOfDay}
			at, err := ParseTime("start-date", raw, o)
			if err != nil {
				refused(t, raw, err, "start-date", "")
				continue
			}
			for _, zoned := range []bool{false, true} {
				form := ShowTime(at, o.Location, zoned)
				if at.Year() <= 1950 && len(form) > len("01/01/1900 00:00") {
					continue // of local mean times, which have seconds
				}
				again, err := ParseTime("start-date", form, o)
				if err != nil || ShowTime(again, o.Location, zoned) != form || at.Year() > 1950 && again.Sub(at).Abs() >= time.Minute {
					t.Errorf("ParseTime(%q) = %v, %q parsed again %v, %v", raw, at, form, again, err)
				}
			}
			if again, err := ParseTime("start-date", at.In(o.Location).Format(time.RFC3339), o); at.Year() > 1950 && (err != nil || !again.Equal(at)) {
				t.Errorf("ParseTime(%q) = %v, as JSON parsed again %v, %v", raw, at, again, err)
			}

			day, err := ParseDay("first-contact-date", raw, o)
			if err != nil {
				t.Errorf("ParseDay(%q): %v", raw, err)
				continue
			}
			for _, form := range []string{Day(day).Format(o.Location), Day(day).ISO(o.Location), day.Format(time.RFC3339)} {
				if again, err := ParseDay("first-contact-date", form, o); err != nil && zone != "Pacific/Apia" || err == nil && !again.Equal(day) {
					t.Errorf("ParseDay(%q) = %v, %q parsed again %v, %v", raw, day, form, again, err)
				}
			}
		}
	})
}
