package security

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"epev/model"
	"epev/model/ownfile"

	"golang.org/x/sys/unix"
)

// maxSessionBytes is far above what Save writes.
const maxSessionBytes = 64 << 10

// lockPoll is how often a shell looks whether another one has let go of the session file: flock(2)
// itself cannot be interrupted.
const lockPoll = 10 * time.Millisecond

// TokenPair is an access token and the refresh token that renews it.
type TokenPair struct {
	Access  string `json:"access"`
	Refresh string `json:"refresh"`
}

// String keeps the tokens out of whatever formats p.
func (TokenPair) String() string { return "tokens (secret)" }

// GoString does the same for %#v.
func (p TokenPair) GoString() string { return p.String() }

// Session is the content of a session file. The zero Session is that of nobody logged in.
type Session struct {
	Current TokenPair `json:"current"`
	// Next is written before the database rotates Current into it, and becomes Current afterwards. A
	// shell that finds it tries it first: the one that wrote it may have died on either side of the
	// rotation.
	Next *TokenPair `json:"next,omitempty"`
}

// SessionFile keeps a session from one run of epev to the next, readable by its user alone. What it
// holds is believed by nobody: tokens are verified, and the rest is asked of the database (SPEC 5,
// rule 7). Its errors are Unauthenticated and name the path and what is wrong with it.
type SessionFile struct {
	Path string
	// private says that the directory is epev's own and open to nobody else. The directory of a path
	// that the user chose need only keep others from replacing files in it.
	private bool
}

// NewSessionFile returns the session file of this process's effective user (SPEC 7): TEMP_FILE_PATH,
// else $XDG_RUNTIME_DIR/epev/session, else <system temp>/epev-<uid>/session. A runtime directory that
// belongs to another user, as su leaves it behind, is passed over.
func NewSessionFile(getenv func(string) string) SessionFile {
	if path := getenv("TEMP_FILE_PATH"); path != "" {
		return SessionFile{Path: filepath.Clean(path)}
	}
	if dir := getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() && ownfile.Owner(info) == os.Geteuid() {
			return SessionFile{Path: filepath.Join(dir, "epev", "session"), private: true}
		}
	}
	temp := getenv("TMPDIR")
	if temp == "" {
		temp = "/tmp"
	}
	return SessionFile{Path: filepath.Join(temp, "epev-"+strconv.Itoa(os.Geteuid()), "session"), private: true}
}

// CheckSessionPath says what a TEMP_FILE_PATH must be that no session file can be at, and "" of others.
func CheckSessionPath(path string) (allowed model.Fault) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() || strings.HasSuffix(path, "/") {
		return "file-not-directory"
	}
	dir := filepath.Dir(path)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		dir = filepath.Dir(dir) // what makeDir makes is one directory
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return "file-in-directory"
	}
	return ""
}

// Load returns the session in the file, and the zero Session where there is no file. A file that is
// not a regular one of the user's alone, or whose content is not what Save writes, is refused.
func (f SessionFile) Load() (Session, error) {
	dir, err := f.openDir()
	if errors.Is(err, fs.ErrNotExist) {
		return Session{}, nil
	}
	if err != nil {
		return Session{}, f.failed("session-unread", err)
	}
	defer dir.Close()
	// Without O_NONBLOCK a named pipe in the file's place would hang the shell.
	file, err := openAt(dir, filepath.Base(f.Path), os.O_RDONLY|unix.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return Session{}, nil
	}
	if err != nil {
		return Session{}, f.failed("session-unread", err)
	}
	defer file.Close()
	if err := checkPrivate(file); err != nil {
		return Session{}, f.failed("session-unread", err)
	}
	content, err := io.ReadAll(io.LimitReader(file, maxSessionBytes+1))
	if err != nil {
		return Session{}, f.failed("session-unread", err)
	}
	var s Session
	if len(content) > maxSessionBytes || json.Unmarshal(content, &s) != nil || s.Current.Refresh == "" {
		return Session{}, f.failed("session-unread", unsafeFile{model.Fault("damaged")})
	}
	return s, nil
}

// Check reports what keeps Save from putting a session in the file's place: something that is no session
// file stands there. What else may go wrong is found out by Save alone.
func (f SessionFile) Check() error {
	dir, err := f.openDir()
	if err == nil {
		defer dir.Close()
		err = checkReplaceable(dir, filepath.Base(f.Path))
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return f.failed("session-unwritten", err)
}

// Save puts a file that holds s into the place of the session file before it, of an empty file of the user's, or of
// none. It leaves anything else that is there, and fails. A crash leaves the old file or the new one. Whoever rotates
// the session holds the Lock.
func (f SessionFile) Save(s Session) error {
	content, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode session: %w", err)
	}
	if err := f.save(content); err != nil {
		return f.failed("session-unwritten", err)
	}
	return nil
}

func (f SessionFile) save(content []byte) error {
	dir, err := f.makeDir()
	if err != nil {
		return err
	}
	defer dir.Close()
	name := filepath.Base(f.Path)
	if err := checkReplaceable(dir, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	draft := draftPrefix(name) + rand.Text()
	file, err := openAt(dir, draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = unix.Renameat(int(dir.Fd()), draft, int(dir.Fd()), name)
	}
	if err != nil {
		_ = unix.Unlinkat(int(dir.Fd()), draft, 0) // the error that matters is err
		return err
	}
	return dir.Sync()
}

// Remove deletes the session file and the drafts of it that were left behind. What is no session file stays.
// Whoever calls it holds the Lock, or wants nothing that another shell is writing to stay.
func (f SessionFile) Remove() error {
	dir, err := f.openDir()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return f.failed("session-not-removed", err)
	}
	defer dir.Close()
	name := filepath.Base(f.Path)
	removeDrafts(dir, name, drafts(dir, name))
	var other unsafeFile
	err = checkReplaceable(dir, name)
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, &other) {
		return nil
	}
	if err == nil {
		err = unix.Unlinkat(int(dir.Fd()), name, 0)
	}
	if err == nil {
		err = dir.Sync()
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f.failed("session-not-removed", err)
	}
	return nil
}

// Tidy removes the drafts of shells that were killed while they wrote the file: those hold tokens. It leaves
// them where another shell holds the lock, and with it perhaps one of them.
func (f SessionFile) Tidy() {
	dir, err := f.openDir()
	if err != nil {
		return
	}
	defer dir.Close()
	name := filepath.Base(f.Path)
	found := drafts(dir, name)
	if len(found) == 0 {
		return
	}
	if lock, err := tryLock(dir, name+".lock"); err == nil {
		defer lock.Close()
		removeDrafts(dir, name, found)
	}
}

// draftPrefix begins the names of drafts of the file called name; rand.Text ends them.
func draftPrefix(name string) string { return "." + name + "-" }

// drafts returns the names in dir that drafts of the file could have.
func drafts(dir *os.File, name string) []string {
	again, err := openAt(dir, ".", os.O_RDONLY|unix.O_DIRECTORY, 0) // a directory is read from its beginning once
	if err != nil {
		return nil
	}
	defer again.Close()
	names, _ := again.Readdirnames(-1)
	return slices.DeleteFunc(names, func(other string) bool { return !strings.HasPrefix(other, draftPrefix(name)) })
}

// savedBeginning is how every session file begins.
const savedBeginning = `{"current":{"access":`

// removeDrafts removes those of the names that are drafts: files of the user's alone with a name that Save gives,
// or with a beginning of what it writes.
func removeDrafts(dir *os.File, name string, names []string) {
	for _, draft := range names {
		content, err := readOwn(dir, draft)
		suffix := strings.TrimPrefix(draft, draftPrefix(name))
		named := len(suffix) == len(rand.Text()) && strings.Trim(suffix, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
		if err == nil && (named || bytes.HasPrefix(content, []byte(savedBeginning))) {
			_ = unix.Unlinkat(int(dir.Fd()), draft, 0)
		}
	}
}

// checkReplaceable refuses what is at name unless it is a session file, or an empty file that may become one. Anything
// else is somebody's, and its path was given by mistake. It is fs.ErrNotExist where nothing is.
func checkReplaceable(dir *os.File, name string) error {
	content, err := readOwn(dir, name)
	if err == nil && len(content) > 0 && !isSession(content) {
		err = unsafeFile{model.Fault("no-session-file")}
	}
	return err
}

// isSession reports whether content is what Save writes and nothing else, or was that before somebody edited it: its
// access token is recognised by its form.
func isSession(content []byte) bool {
	var s Session
	if json.Unmarshal(content, &s) != nil || s.Current.Refresh == "" {
		return false
	}
	strict := json.NewDecoder(bytes.NewReader(content))
	strict.DisallowUnknownFields()
	return strict.Decode(&s) == nil || strings.HasPrefix(s.Current.Access, "eyJ") && strings.Count(s.Current.Access, ".") == 2
}

// readOwn returns what a regular file of the user's with one name holds, up to a byte more than a session
// file may. Anything else is not even opened.
func readOwn(dir *os.File, name string) ([]byte, error) {
	var before unix.Stat_t
	if err := unix.Fstatat(int(dir.Fd()), name, &before, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return nil, err
	}
	switch before.Mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFLNK:
		return nil, unsafeFile{model.Fault("link")}
	case unix.S_IFDIR:
		return nil, unsafeFile{model.Fault("directory")}
	default:
		return nil, errNotRegular
	}
	file, err := openAt(dir, name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := checkOwn(file); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(file, maxSessionBytes+1))
}

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
	retry := time.NewTicker(lockPoll)
	defer retry.Stop()
	for {
		file, err := tryLock(dir, filepath.Base(f.Path)+".lock")
		if err == nil {
			return func() { file.Close() }, nil
		}
		if !errors.Is(err, errLocked) {
			return nil, f.failed(lockUnusable, err)
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			kind := model.Interrupted
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				kind = model.Unavailable
			}
			return nil, &model.Error{Kind: kind, Fault: "session-held", Err: ctx.Err(),
				Facts: model.Facts{"who": holder(dir, filepath.Base(f.Path)+".lock"), "path": f.Path}}
		}
	}
}

// errLocked says that another shell holds the lock.
var errLocked = errors.New("locked")

// holder tells which process holds the lock in the file called name, where that is known.
func holder(dir *os.File, name string) error {
	content, _ := readOwn(dir, name)
	who, _ := model.Holder(content)
	return who
}

// tryLock takes the lock in the file called name, or returns errLocked. The lock goes with the file's
// last descriptor, which no child process inherits.
func tryLock(dir *os.File, name string) (*os.File, error) {
	file, err := openAt(dir, name, os.O_RDWR|os.O_CREATE|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	// First the check, lest somebody else's file that they hold locked keeps us waiting; then once
	// more, since what was cleaned away meanwhile, as /tmp is, no longer excludes anybody.
	err = checkLock(file)
	if err == nil {
		var free bool
		if free, err = ownfile.TryLock(file, false); err == nil && !free {
			err = errLocked
		}
	}
	if err == nil {
		err = checkLock(file)
	}
	if err == nil {
		_, _ = file.WriteAt(model.HolderLine(), 0) // where it cannot be told, the lock holds all the same
		return file, nil
	}
	file.Close()
	if errors.Is(err, errNoName) {
		err = errLocked
	}
	return nil, err
}

// checkLock is checkPrivate of a lock file, which holds a process number at most.
func checkLock(file *os.File) error {
	if err := checkPrivate(file); err != nil {
		return err
	}
	content, err := io.ReadAll(io.NewSectionReader(file, 0, maxSessionBytes))
	if err == nil && strings.Trim(string(content), " \n0123456789") != "" {
		err = unsafeFile{model.Fault("no-lock-file")}
	}
	return err
}

// makeDir is openDir for who is about to write: it makes the directory where it is missing.
func (f SessionFile) makeDir() (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o700); err != nil {
		return nil, err
	}
	return f.openDir()
}

// openDir opens the file's directory and refuses one in which others could put files of their own.
// All that follows is done relative to the open directory: replacing it has no effect any more.
func (f SessionFile) openDir() (*os.File, error) {
	flags := os.O_RDONLY | unix.O_DIRECTORY
	if f.private {
		flags |= unix.O_NOFOLLOW
	}
	dir, err := os.OpenFile(filepath.Dir(f.Path), flags, 0)
	if err != nil {
		if f.private && (errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENOTDIR)) {
			err = model.Fault("directory-is-none")
		}
		return nil, err
	}
	info, err := dir.Stat()
	if err == nil {
		mode := info.Mode()
		mine := ownfile.Owner(info) == os.Geteuid()
		switch {
		case !mine && (f.private || ownfile.Owner(info) != 0):
			err = model.Fault("directory-foreign")
		case f.private && ownfile.IsExposed(info):
			err = &model.Error{Fault: directoryExposed, Facts: model.Facts{"mode": mode.Perm()}}
		case mode.Perm()&0o022 != 0 && mode&fs.ModeSticky == 0:
			err = &model.Error{Fault: "directory-writable", Facts: model.Facts{"mode": mode.Perm()}}
		}
	}
	if err != nil {
		dir.Close()
		return nil, err
	}
	return dir, nil
}

// openAt opens name in dir, never through a symbolic link.
func openAt(dir *os.File, name string, flags int, perm uint32) (*os.File, error) {
	fd, err := unix.Openat(int(dir.Fd()), name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, perm)
	if errors.Is(err, unix.ELOOP) {
		return nil, unsafeFile{model.Fault("link")}
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

// unsafeFile is a reason not to use a file, which its removal cures.
type unsafeFile struct{ error }

func (f unsafeFile) Unwrap() error { return f.error }

const (
	directoryExposed model.Fault = "directory-open" // of a directory that is the user's and open to others
	lockUnusable     model.Fault = "lock-unusable"
)

var (
	// errNoName is the reason of checkOwn against a file that was deleted while open.
	errNoName = unsafeFile{model.Fault("deleted")}
	// errNotRegular is the reason against what is neither a file, a link nor a directory.
	errNotRegular = unsafeFile{model.Fault("irregular")}
)

// checkPrivate is checkOwn, and refuses what others may open.
func checkPrivate(file *os.File) error {
	err := checkOwn(file)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil && ownfile.IsExposed(info) {
		err = unsafeFile{&model.Error{Fault: "exposed", Facts: model.Facts{"mode": info.Mode().Perm()}}}
	}
	return err
}

// checkOwn refuses an open file that is not a regular one, or that anybody but this process's effective user
// owns or may know by another name.
func checkOwn(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	switch ownfile.FaultOf(info, os.Geteuid(), ownfile.Irregular, ownfile.Foreign, ownfile.Nameless, ownfile.Linked) {
	case ownfile.Irregular:
		return errNotRegular
	case ownfile.Foreign:
		return unsafeFile{model.Fault("foreign")}
	case ownfile.Nameless:
		return errNoName
	case ownfile.Linked:
		return unsafeFile{model.Fault("linked")}
	}
	return nil
}

// failed is what cannot be done with the session file or its lock, for that reason. What to do next depends on the reason.
func (f SessionFile) failed(fault model.Fault, err error) error {
	reason := err
	if path, ok := errors.AsType[*fs.PathError](err); ok { // it would name the path a second time
		reason = path.Err
	}
	e := &model.Error{Kind: model.Unauthenticated, Fault: fault, Err: err, Accepts: "own-session-directory",
		Facts: model.Facts{"path": f.Path, "directory": filepath.Dir(f.Path), "why": reason}}
	_, unsafe := errors.AsType[unsafeFile](err)
	known, _ := errors.AsType[*model.Error](err)
	switch {
	case unsafe && f.private && fault == lockUnusable:
		e.Accepts = "no-lock"
	case unsafe && f.private:
		e.Accepts = "no-session"
	case unsafe && fault == lockUnusable: // it may be anything
		e.Accepts = "lock-or-nothing"
	case unsafe:
		e.Accepts = "session-or-nothing"
	case known != nil && known.Fault == directoryExposed:
		e.Accepts = "closed-directory"
	case ownfile.IsDiskFull(err):
		e.Accepts = "room-for-session"
	}
	return e
}
