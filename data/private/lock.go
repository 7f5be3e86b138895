package private

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// tryLock takes the file's lock, or reports false where another process has it. The lock
// belongs to the open file: processes that inherit it hold it until the last one ends.
func tryLock(f *os.File, how int) (bool, error) {
	for {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, syscall.EINTR):
			return false, &os.PathError{Op: "lock", Path: f.Name(), Err: err}
		}
	}
}

// wait calls done until it reports true or fails, or the context ends. It looks every
// millisecond at first, then more rarely, and so is late by at most a tenth of the time that
// what it waits for takes.
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
