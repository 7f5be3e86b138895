package private

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// pause is how long to wait before looking again; what is waited for takes 10 to 100 ms.
const pause = time.Millisecond

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

// wait calls done until it reports true or fails, or the context ends.
func wait(ctx context.Context, done func() (bool, error)) error {
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}
