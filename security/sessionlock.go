package security

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"epev/model"
	"epev/model/ownfile"
)

// lockPoll is how often a shell looks whether another one has let go of the session file: flock(2)
// itself cannot be interrupted.
const lockPoll = 10 * time.Millisecond

// Lock keeps every other shell that calls Lock waiting, in this process and in others, until unlock
// is called or the process ends. It gives up when ctx does: with an Interrupted error when cancelled,
// with Unavailable when out of time; the error says which process holds the lock. The lock is a file of its own
// beside the session file, which stays behind: to delete it would let two shells lock two files of one name.
func (f SessionFile) Lock(ctx context.Context) (unlock func(), err error) {
	dir, err := f.makeDir()
	if err != nil {
		return nil, f.failed("session-not-locked", err)
	}
	defer dir.Close()
	name := filepath.Base(f.Path) + ".lock"
	for {
		file, err := tryLock(dir, name)
		if err == nil {
			return func() { file.Close() }, nil
		}
		if !errors.Is(err, errLocked) {
			return nil, f.failed(lockUnusable, err)
		}
		select {
		case <-time.After(lockPoll):
		case <-ctx.Done():
			kind := model.Interrupted
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				kind = model.Unavailable
			}
			content, _ := readOwn(dir, name)
			who, _ := ownfile.Holder(content)
			return nil, &model.Error{Kind: kind, Fault: "session-held", Err: ctx.Err(), Facts: model.Facts{"who": who, "path": f.Path}}
		}
	}
}

// errLocked says that another shell holds the lock.
var errLocked = errors.New("locked")

// tryLock takes the lock in the file called name, or returns errLocked. The lock goes with the file's
// last descriptor, which no child process inherits.
func tryLock(dir *os.Root, name string) (*os.File, error) {
	file, err := openAt(dir, name, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	// First the check, lest somebody else's file that they hold locked keeps us waiting; then once
	// more, since what was cleaned away meanwhile, as /tmp is, no longer excludes anybody.
	free := false
	if err = checkLock(file); err == nil {
		free, err = ownfile.Hold(file)
	}
	if free && err == nil {
		err = checkLock(file)
	}
	if known, _ := errors.AsType[*model.Error](err); err == nil && !free || known != nil && known.Fault == ownfile.Nameless {
		err = errLocked
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// checkLock is checkOwn of a lock file, which is the user's alone and holds a process number at most.
func checkLock(file *os.File) error {
	if err := checkOwn(file, ownfile.Exposed); err != nil {
		return err
	}
	content, err := io.ReadAll(io.NewSectionReader(file, 0, maxSessionBytes))
	if err == nil && strings.Trim(string(content), " \n0123456789") != "" {
		err = unsafeFile{model.Fault("no-lock-file")}
	}
	return err
}
