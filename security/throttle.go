package security

import "time"

// ForgetFailures is how long after the last failed login its user's failures no longer count.
const ForgetFailures = 15 * time.Minute

const (
	freeFailures = 3
	maxDelay     = 30 * time.Second
)

// LoginDelay returns how long a user's next login must wait after the last of so many failures in a
// row: nothing for the first three, then 1, 2, 4, 8, 16 and at most 30 seconds. The slowness stops
// guessing and locks nobody out.
func LoginDelay(failures int) time.Duration {
	if failures <= freeFailures {
		return 0
	}
	doublings := min(failures-freeFailures-1, 5)
	return min(time.Second<<doublings, maxDelay)
}
