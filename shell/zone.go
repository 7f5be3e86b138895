package shell

import (
	"os"
	"strings"
	"time"
)

// office returns the time zone of the office, EPEV_TIMEZONE or else the machine's, and whether the machine's
// clock shows other times. A TZ that Go does not know would silently be UTC.
func (r *reader) office() (*time.Location, bool) {
	const allowed = "the name of a time zone, like Europe/Paris or UTC"
	if tz := r.getenv("TZ"); !isZone(strings.TrimPrefix(tz, ":")) {
		r.fail("TZ", tz, allowed)
	}
	name := r.getenv("EPEV_TIMEZONE")
	if name == "" {
		return time.Local, false
	}
	location, err := time.LoadLocation(name)
	if err != nil || location == time.Local {
		r.fail("EPEV_TIMEZONE", name, allowed)
		return time.Local, false
	}
	return location, differ(location, time.Local, time.Now())
}

// isZone reports whether Go takes TZ for a zone: a name, the path of a file, or nothing, which is UTC.
func isZone(tz string) bool {
	if strings.HasPrefix(tz, "/") {
		text, err := os.ReadFile(tz)
		if err == nil {
			_, err = time.LoadLocationFromTZData(tz, text)
		}
		return err == nil
	}
	_, err := time.LoadLocation(tz)
	return err == nil && tz != "Local"
}

// differ reports whether clocks in the two places show other times at any time of the year.
func differ(a, b *time.Location, now time.Time) bool {
	for month := range 12 {
		t := now.AddDate(0, month, 0)
		_, here := t.In(a).Zone()
		if _, there := t.In(b).Zone(); here != there {
			return true
		}
	}
	return false
}
