package private

import (
	"context"
	"time"
)

// wait calls done until it reports true or fails, or the context ends. It looks every millisecond at first, then more
// rarely. So it is late by at most a tenth of the time that the wait takes.
func wait(ctx context.Context, done func() (bool, error)) error {
	begin := time.Now()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(max(time.Since(begin)/10, time.Millisecond), 100*time.Millisecond)):
		}
	}
}
