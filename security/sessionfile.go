package security

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"epev/model"
	"epev/model/ownfile"

	"golang.org/x/sys/unix"
)

// maxSessionBytes is far above what Save writes.
const maxSessionBytes = 64 << 10

// TokenPair is an access token and the refresh token that renews it.
type TokenPair struct {
	Access  string `json:"access"`
	Refresh string `json:"refresh"`
}

// Format keeps the tokens out of whatever formats a pair, and however it does.
func (TokenPair) Format(f fmt.State, _ rune) { io.WriteString(f, "tokens (secret)") }

// Session is the content of a session file. The zero Session is that of nobody logged in.
type Session struct {
	Current TokenPair `json:"current"`
	// Next is written before the database rotates Current into it, and becomes Current afterwards. A shell that finds it
	// tries it first: the one that wrote it may have died on either side of the rotation.
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
	temp := cmp.Or(getenv("TMPDIR"), "/tmp")
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
func (f SessionFile) Load() (s Session, err error) {
	err = f.within("session-unread", func(dir *os.Root, name string) error {
		content, err := read(dir, name, ownfile.Exposed)
		if err == nil && (len(content) > maxSessionBytes || json.Unmarshal(content, &s) != nil || s.Current.Refresh == "") {
			s, err = Session{}, unsafeFile{model.Fault("damaged")}
		}
		return err
	})
	return s, err
}

// Check reports what keeps Save from putting a session in the file's place: something that is no session
// file stands there. What else may go wrong is found out by Save alone.
func (f SessionFile) Check() error { return f.within("session-unwritten", checkReplaceable) }

// Save puts a file that holds s into the place of the session file before it, of an empty file of the user's,
// or of none. Whatever else is there stays, and that is an error. A crash leaves the old file or the new one.
// Whoever rotates the session holds the Lock.
func (f SessionFile) Save(s Session) error {
	content, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode session: %w", err)
	}
	dir, err := f.makeDir()
	if err == nil {
		defer dir.Close()
		name := filepath.Base(f.Path)
		if err = checkReplaceable(dir, name); err == nil || errors.Is(err, fs.ErrNotExist) {
			err = ownfile.Put(dir, name, content, os.Geteuid(), os.Getegid(), dir.Rename)
		}
	}
	if err != nil {
		return f.failed("session-unwritten", err)
	}
	return nil
}

// Remove deletes the session file and the drafts of it that were left behind. What is no session file stays.
// Whoever calls it holds the Lock, or wants nothing that another shell is writing to stay.
func (f SessionFile) Remove() error {
	return f.within("session-not-removed", func(dir *os.Root, name string) error {
		removeDrafts(dir, name, drafts(dir, name))
		err := checkReplaceable(dir, name)
		if _, other := errors.AsType[unsafeFile](err); other {
			return nil
		}
		if err == nil {
			err = dir.Remove(name)
		}
		if err == nil {
			err = ownfile.Sync(dir)
		}
		return err
	})
}

// Tidy removes the drafts of shells that were killed while they wrote the file: those hold tokens. It leaves
// them where another shell holds the lock, and with it perhaps one of them.
func (f SessionFile) Tidy() {
	_ = f.within("", func(dir *os.Root, name string) error {
		found := drafts(dir, name)
		if len(found) == 0 {
			return nil
		}
		lock, err := tryLock(dir, name+".lock")
		if err == nil {
			defer lock.Close()
			removeDrafts(dir, name, found)
		}
		return err
	})
}

// drafts returns the names in dir that drafts of the file could have.
func drafts(dir *os.Root, name string) []string {
	entries, _ := fs.ReadDir(dir.FS(), ".")
	var found []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ownfile.DraftPrefix(name)) {
			found = append(found, e.Name())
		}
	}
	return found
}

// savedBeginning is how every session file begins.
const savedBeginning = `{"current":{"access":`

// removeDrafts removes those of the names that are drafts: files of the user's alone with a name that Save gives,
// or with a beginning of what it writes.
func removeDrafts(dir *os.Root, name string, names []string) {
	for _, draft := range names {
		content, err := readOwn(dir, draft)
		suffix := strings.TrimPrefix(draft, ownfile.DraftPrefix(name))
		named := len(suffix) == len(rand.Text()) && strings.Trim(suffix, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
		if err == nil && (named || bytes.HasPrefix(content, []byte(savedBeginning))) {
			_ = dir.Remove(draft)
		}
	}
}

// checkReplaceable refuses what is at name unless it is a session file, or an empty file that may become one. Anything
// else is somebody's, and its path was given by mistake. It is fs.ErrNotExist where nothing is.
func checkReplaceable(dir *os.Root, name string) error {
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
func readOwn(dir *os.Root, name string) ([]byte, error) {
	info, err := dir.Lstat(name)
	if err != nil {
		return nil, err
	}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, unsafeFile{model.Fault("link")}
	case info.IsDir():
		return nil, unsafeFile{model.Fault("directory")}
	case !info.Mode().IsRegular():
		return nil, unsafeFile{ownfile.Irregular}
	}
	return read(dir, name)
}

// read is readOwn of what may not be a file at all. It refuses a file with one of those faults, too.
func read(dir *os.Root, name string, faults ...model.Fault) ([]byte, error) {
	file, err := openAt(dir, name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := checkOwn(file, faults...); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(file, maxSessionBytes+1))
}

// within runs do in the file's directory, which it opens, and gives its error that fault. Where something is missing,
// there is nothing to do.
func (f SessionFile) within(fault model.Fault, do func(dir *os.Root, name string) error) error {
	dir, err := f.openDir()
	if err == nil {
		defer dir.Close()
		err = do(dir, filepath.Base(f.Path))
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return f.failed(fault, err)
}

// makeDir is openDir for who is about to write: it makes the directory where it is missing.
func (f SessionFile) makeDir() (*os.Root, error) {
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o700); err != nil {
		return nil, err
	}
	return f.openDir()
}

// openDir opens the file's directory and refuses one in which others could put files of their own.
// All that follows is done relative to the open directory: replacing it has no effect any more.
func (f SessionFile) openDir() (*os.Root, error) {
	path, stat, notOne := filepath.Dir(f.Path), os.Stat, error(unix.ENOTDIR)
	if f.private {
		stat, notOne = os.Lstat, model.Fault("directory-is-none")
	}
	there, err := stat(path)
	if err != nil {
		return nil, err
	}
	if !there.IsDir() {
		return nil, notOne
	}
	dir, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	info, err := dir.Stat(".")
	if err == nil {
		mode := info.Mode()
		mine := ownfile.Owner(info) == os.Geteuid()
		switch {
		case !os.SameFile(there, info): // it was replaced meanwhile, perhaps by a link
			err = notOne
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

// openAt opens name in dir, never through a symbolic link, as os.Root does not promise. A named pipe in the file's place
// must not hang the shell.
func openAt(dir *os.Root, name string, flags int) (*os.File, error) {
	d, err := dir.Open(".")
	if err != nil {
		return nil, err
	}
	defer d.Close()
	fd, err := unix.Openat(int(d.Fd()), name, flags|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
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

// checkOwn refuses an open file that is not a regular one, or that anybody but this process's effective user owns or
// may know by another name. It also refuses one that has one of the other faults.
func checkOwn(file *os.File, others ...model.Fault) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	counting := append([]model.Fault{ownfile.Irregular, ownfile.Foreign, ownfile.Nameless, ownfile.Linked}, others...)
	if e := ownfile.FaultOf(info, os.Geteuid(), counting...); e != nil {
		return unsafeFile{e}
	}
	return nil
}

// failed is what cannot be done with the session file or its lock, for that reason. What to do next depends on the reason.
func (f SessionFile) failed(fault model.Fault, err error) error {
	e := &model.Error{Kind: model.Unauthenticated, Fault: fault, Err: err, Accepts: "own-session-directory",
		Facts: model.Facts{"path": f.Path, "directory": filepath.Dir(f.Path), "why": withoutPath(err)}}
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

// withoutPath is an error of the file system for a sentence that names the path itself.
func withoutPath(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	if between, ok := errors.AsType[*os.LinkError](err); ok {
		return between.Err
	}
	return err
}
