package security

import "time"

// ForgetFailures is how long after the last failed login its user's failures no longer count.
const ForgetFailures = 15 * time.Minute

// LoginDelay returns how long a user's next login must wait after the last of so many failures in a row. It is nothing
// for the first three, then 1, 2, 4, 8, 16 and at most 30 seconds. The slowness stops guessing and locks nobody out.
func LoginDelay(failures int) time.Duration {
	return delay(failures, 3, 30*time.Second)
}

// TotalDelay returns how long the next login of a stranger must wait after the last of so many failures of all of them. A
// stranger logs in from a machine that they were not in from before. Ten are free, then it is 1, 2, 4, at most 5 seconds.
// That slows who tries many accounts, and lets everybody in in the end.
func TotalDelay(failures int) time.Duration {
	return delay(failures, 10, 5*time.Second)
}

// delay begins after so many free failures, and doubles with each from then on.
func delay(failures, free int, most time.Duration) time.Duration {
	if failures <= free {
		return 0
	}
	return min(time.Second<<min(failures-free-1, 5), most)
}
