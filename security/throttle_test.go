package security

import (
	"math"
	"testing"
	"time"
)

// SPEC 7: repeated failures slow down.
func TestLoginDelay(t *testing.T) {
	t.Parallel()
	for failures, seconds := range map[int]time.Duration{
		math.MinInt: 0, -1: 0, 0: 0, 1: 0, 2: 0, 3: 0,
		4: 1, 5: 2, 6: 4, 7: 8, 8: 16, 9: 30, 10: 30, 100: 30, math.MaxInt: 30,
	} {
		if got, want := LoginDelay(failures), seconds*time.Second; got != want {
			t.Errorf("LoginDelay(%d) = %s, want %s", failures, got, want)
		}
	}
}
