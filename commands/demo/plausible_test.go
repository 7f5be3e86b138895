package demo

import (
	"slices"
	"strings"
	"testing"
	"time"

	"epev/data"
	"epev/model"
)

// everyWeekday makes the sample on each day of a week, which decides where weekends are, and at some hours of it.
func everyWeekday(t *testing.T, check func(t *testing.T, now time.Time, s data.Sample)) {
	t.Helper()
	place := paris(t)
	for day := range 7 {
		now := time.Date(2026, 11, 23+day, 15, 30, 0, 0, place)
		t.Run(now.Weekday().String(), func(t *testing.T) {
			t.Parallel()
			check(t, now, Sample(now))
		})
	}
}

func TestSampleEventsLastAsLongAsEventsDo(t *testing.T) {
	t.Parallel()
	everyWeekday(t, func(t *testing.T, now time.Time, s data.Sample) {
		twoDays := 0
		for _, e := range s.Events {
			start, end := e.Start.In(now.Location()), e.End.In(now.Location())
			switch {
			case start.YearDay() == end.YearDay() && start.Year() == end.Year():
				if length := end.Sub(start); length < 2*time.Hour || length > 10*time.Hour {
					t.Errorf("event %d (%s) lasts %s", e.ID, e.Title, length)
				}
			case model.Today(start.AddDate(0, 0, 1), now.Location()).Equal(model.Today(end, now.Location())):
				twoDays++
			default:
				t.Errorf("event %d (%s) lasts from %s to %s", e.ID, e.Title, start, end)
			}
		}
		if twoDays < 20 || twoDays > 120 {
			t.Errorf("%d events take two days", twoDays)
		}
	})
}

func TestSampleWeddingsAreOnWeekends(t *testing.T) {
	t.Parallel()
	everyWeekday(t, func(t *testing.T, now time.Time, s data.Sample) {
		weddings := 0
		for _, e := range s.Events {
			if strings.HasPrefix(e.Title, wedding+" ") {
				weddings++
				if day := e.Start.In(now.Location()).Weekday(); day != time.Saturday {
					t.Errorf("event %d (%s) begins on a %s", e.ID, e.Title, day)
				}
			}
		}
		if weddings < 3 {
			t.Errorf("there are %d weddings", weddings)
		}
	})
}

func TestSampleDoublesOneCalendarAlone(t *testing.T) {
	t.Parallel()
	everyWeekday(t, func(t *testing.T, now time.Time, s data.Sample) {
		found := 0
		for i, a := range s.Events {
			for _, b := range s.Events[:i] {
				if a.SupportID == nil || b.SupportID == nil || *a.SupportID != *b.SupportID || !a.Start.Before(b.End) || !b.Start.Before(a.End) {
					continue
				}
				if found++; *a.SupportID != doubled {
					t.Errorf("events %d and %d are at the same time, and both %s's", b.ID, a.ID, s.Users[*a.SupportID-1].Username)
				}
			}
		}
		if found < 1 || found > 12 {
			t.Errorf("%d pairs of events are to be found", found)
		}
	})
}

func TestSampleHasDepositsOnUnsignedContracts(t *testing.T) {
	t.Parallel()
	everyWeekday(t, func(t *testing.T, now time.Time, s data.Sample) {
		deposits, unsigned := 0, 0
		for _, c := range s.Contracts {
			if c.IsSigned {
				continue
			}
			unsigned++
			if c.Remaining.Cmp(c.Total) < 0 {
				deposits++
			}
			if c.IsFullyPaid {
				t.Errorf("contract %d is paid, and nobody signed it", c.ID)
			}
		}
		if deposits < 5 || deposits*2 > unsigned {
			t.Errorf("%d of %d unsigned contracts have a deposit", deposits, unsigned)
		}
	})
}

func TestSampleContactsAreDays(t *testing.T) {
	t.Parallel()
	everyWeekday(t, func(t *testing.T, now time.Time, s data.Sample) {
		noon := func(at time.Time) bool { return at.Equal(model.Today(at, time.UTC)) }
		if i := slices.IndexFunc(s.Clients, func(c model.Client) bool {
			return !noon(c.FirstContact) || c.LastContact != nil && (!noon(*c.LastContact) || c.LastContact.After(now))
		}); i >= 0 {
			t.Errorf("client %d: %v, %v", s.Clients[i].ID, s.Clients[i].FirstContact, s.Clients[i].LastContact)
		}
	})
}

func TestSampleHasEventsGoingOnAtAnyHour(t *testing.T) {
	t.Parallel()
	for _, hour := range []int{0, 7, 12, 16, 21} {
		now := time.Date(2026, 11, 25, hour, 30, 0, 0, paris(t))
		if !slices.ContainsFunc(Sample(now).Events, func(e model.Event) bool { return !e.Start.After(now) && e.End.After(now) }) {
			t.Errorf("nothing goes on at %s", now)
		}
	}
}

func paris(t testing.TB) *time.Location {
	t.Helper()
	place, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return place
}

// Only those who were written down twice are alike, so that what epev finds is right.
func TestSamplePhonesAreOfOneClientEach(t *testing.T) {
	t.Parallel()
	everyWeekday(t, func(t *testing.T, _ time.Time, s data.Sample) {
		of := map[model.Phone]string{}
		for _, c := range s.Clients {
			if other, taken := of[c.Phone]; taken && c.Phone != "" {
				t.Errorf("%s has the telephone number of %s", c.FullName, other)
			}
			of[c.Phone] = c.FullName
		}
	})
}
