package commands

import (
	"strings"
	"testing"
	"time"

	"epev/model"
)

// What is typed for several records is each of them once, and what is no such list is refused as a mistake.
func FuzzParseNumbers(f *testing.F) {
	for _, s := range []string{"1,2,3", "1,1", "", ",", "1, 2", "-1", "2147483648", "１", "1;DROP"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		refs, err := parseNumbers("id", raw)
		if err != nil {
			if model.KindOf(err) != model.Usage {
				t.Errorf("%q: %v", raw, err)
			}
			return
		}
		seen := map[int64]bool{}
		for _, ref := range refs {
			if ref.ID < 1 || seen[ref.ID] {
				t.Errorf("%q is %v", raw, refs)
			}
			seen[ref.ID] = true
		}
		if len(refs) != strings.Count(raw, ",")+1 {
			t.Errorf("%q is %v", raw, refs)
		}
	})
}

func FuzzParseInterval(f *testing.F) {
	for _, s := range []string{"30s", "5m", "1h", "0", "-1s", "1e3s", "9223372036854775807", "1h1m1s1ms"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		d, err := parseInterval("interval", raw)
		if err == nil && (d < time.Second || d > time.Hour) || err != nil && model.KindOf(err) != model.Usage {
			t.Errorf("%q is %v, %v", raw, d, err)
		}
	})
}
