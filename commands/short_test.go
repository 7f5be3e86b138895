package commands

import (
	"testing"
	"time"
)

// What today tells of when an event is: of one that began before, until when it lasts.
func TestHoursOfADay(t *testing.T) {
	t.Parallel()
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC) }
	e := &Env{Clock: Clock{Location: time.UTC}}
	for _, test := range []struct {
		start, end time.Time
		onTheDay   bool
		want       string
	}{
		{at(26, 10, 0), at(26, 12, 0), true, "10:00–12:00"},
		{at(26, 0, 0), at(26, 23, 59), true, "all day"},
		{at(25, 19, 0), at(26, 2, 0), true, "until 02:00"},
		{at(25, 19, 0), at(27, 2, 0), true, "until 27/11"},
		{at(25, 0, 0), at(26, 23, 59), true, "until 26/11"},
		{at(26, 19, 0), at(27, 2, 0), true, "from 19:00"},
		{at(28, 19, 0), at(28, 21, 0), false, "28/11 19:00"},
	} {
		if got := e.hours(test.start, test.end, at(26, 0, 0), test.onTheDay); got != test.want {
			t.Errorf("%v to %v: %q, want %q", test.start, test.end, got, test.want)
		}
	}
}

// A text of several lines is told by its first one, which ends once.
func TestBeginningOfAText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"Called.": "Called.", "Called.\nTwice.": "Called …", "A quote:\n10": "A quote …"} {
		if got := beginning(text); got != want {
			t.Errorf("%q begins %q, want %q", text, got, want)
		}
	}
	if got := ended("Note 1 is done: Called …"); got != "Note 1 is done: Called …" {
		t.Errorf("%q", got)
	}
	if got := ended("Note 1 is done: Called"); got != "Note 1 is done: Called." {
		t.Errorf("%q", got)
	}
	for _, own := range []string{"Note 2 deleted: À rappeler.", "Note 2 deleted: Really?", "Event 1 cancelled: Gala!"} {
		if got := ended(own); got != own {
			t.Errorf("%q", got)
		}
	}
}
