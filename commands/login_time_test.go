package commands

import (
	"flag"
	"slices"
	"testing"
	"time"

	"epev/model"
)

var tries = flag.Int("tries", 0, "how many logins of an unknown, an inactive and a known user are timed; 0: none")

// TestTimeTellsNoNames is a measurement, made with -args -tries 200: a login takes as long for a name that nobody has as for one
// whose password is wrong. What the suite holds in its place is that both do the same work (TestWrongPasswordsTakeTheSameWork).
func TestTimeTellsNoNames(t *testing.T) {
	if *tries == 0 {
		t.Skip("a measurement: -args -tries 200")
	}
	l := newLobby(t)
	idle := l.hire("paul.ancien", "support")
	l.withPassword(idle)
	l.exec("update users set is_active = false where id = $1", idle)
	d := l.shell()
	took := map[string][]time.Duration{}
	names := []string{"claire.dubois", "nobody.here", "paul.ancien"}
	for range *tries {
		for _, name := range names { // in turn, so that what else the machine does falls on all
			l.exec("delete from login_attempt")
			d.lines = []string{"Wrong-Horse-1"}
			from := time.Now()
			d.fails(model.Unauthenticated, "login -u %s --password-file -", name)
			took[name] = append(took[name], time.Since(from))
		}
	}
	median := func(name string) time.Duration {
		slices.Sort(took[name])
		return took[name][len(took[name])/2]
	}
	known := median(names[0])
	for _, name := range names[1:] {
		ratio := float64(median(name)) / float64(known)
		t.Logf("%s %s, %s %s: ratio %.3f", names[0], known, name, median(name), ratio)
		if ratio < 0.95 || ratio > 1.05 {
			t.Errorf("the median of %d logins of %s is %.3f times that of %s", *tries, name, ratio, names[0])
		}
	}
}
