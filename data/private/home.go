package private

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"epev/model"
	"epev/model/ownfile"
)

// Home is the directory where epev keeps a user's data, history and cache.
type Home struct {
	Dir      string // absolute
	UID, GID int    // who owns the files in it
}

// FindHome resolves the directory of this user without creating it: EPEV_HOME, else XDG_DATA_HOME/epev, else
// .local/share/epev in the user's home directory. Under sudo it is the invoking user's: HOME and XDG_DATA_HOME count
// where sudo kept them, and not where they are root's. An error is of kind Unavailable.
func FindHome(getenv func(string) string) (Home, error) {
	h := Home{UID: os.Geteuid(), GID: os.Getegid()}
	sudo := h.UID == 0 && getenv("SUDO_UID") != "" && getenv("SUDO_UID") != "0"
	var person *user.User
	if sudo {
		uid, err := strconv.ParseUint(getenv("SUDO_UID"), 10, 31)
		if err != nil {
			return Home{}, unavailable("sudo-of-no-id", model.Facts{"id": getenv("SUDO_UID")})
		}
		h.UID = int(uid)
		person, err = user.LookupId(strconv.Itoa(h.UID))
		if err != nil {
			return Home{}, unavailable("sudo-of-no-account", model.Facts{"id": h.UID})
		}
		h.GID, _ = strconv.Atoi(person.Gid)
	}
	counts := func(dir string) bool { // the XDG specification has relative paths ignored
		return filepath.IsAbs(dir) && (!sudo || belongsTo(h.UID, dir))
	}
	var err error
	switch xdg, dir := getenv("XDG_DATA_HOME"), getenv("HOME"); {
	case getenv("EPEV_HOME") != "":
		h.Dir, err = filepath.Abs(getenv("EPEV_HOME"))
	case counts(xdg):
		h.Dir = filepath.Join(xdg, "epev")
	case counts(dir):
		h.Dir = filepath.Join(dir, ".local/share/epev")
	default:
		if person == nil {
			person, err = user.Current()
		}
		if err == nil {
			h.Dir = filepath.Join(person.HomeDir, ".local/share/epev")
		}
	}
	if err != nil {
		return Home{}, unavailable("no-home", model.Facts{"why": err})
	}
	return h, nil
}

// belongsTo reports whether the path is the user's, or would be: its nearest part that exists is.
func belongsTo(uid int, path string) bool {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && filepath.Dir(path) != path {
		return belongsTo(uid, filepath.Dir(path))
	}
	return err == nil && ownfile.Owner(info) == uid
}

// Make creates the directory, and its parents, with mode 0700 where they are missing. One
// that belongs to someone else, or that everyone may write, is refused.
func (h Home) Make() error {
	if err := h.mkdirAll(h.Dir); err != nil {
		return fileError(err, h.Dir)
	}
	info, err := os.Stat(h.Dir)
	if err != nil {
		return fileError(err, h.Dir)
	}
	switch uid := ownfile.Owner(info); {
	case !info.IsDir():
		return unavailable("home-no-directory", model.Facts{"path": h.Dir})
	case uid != h.UID:
		return foreign(h.Dir, uid, h.UID)
	case info.Mode()&0o002 != 0:
		return unavailable("home-open-to-all", model.Facts{"path": h.Dir})
	}
	return nil
}

func (h Home) mkdirAll(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := h.mkdirAll(parent); err != nil {
			return err
		}
	}
	err := mkdir(dir, h.UID, h.GID)
	if errors.Is(err, fs.ErrExist) {
		return nil // another process was faster, or Make finds what it is
	}
	return err
}

// mkdir makes a directory, 0700, that belongs to uid. Root does both in the opened parent:
// whoever owns the path, and called sudo, cannot have another directory given to himself.
func mkdir(dir string, uid, gid int) error {
	if os.Geteuid() != 0 {
		return os.Mkdir(dir, 0o700)
	}
	parent, err := os.OpenRoot(filepath.Dir(dir))
	if err != nil {
		return err
	}
	defer parent.Close()
	if err := parent.Mkdir(filepath.Base(dir), 0o700); err != nil {
		return err
	}
	return parent.Lchown(filepath.Base(dir), uid, gid)
}

// Secret returns the SECRET_KEY of this home. An error is of kind Unavailable.
func Secret(home Home) ([]byte, error) {
	return randomKey(home, "secret_key", "secret-damaged")
}

// MachineKey returns the secret by which this home, and so whoever works from it, is known again at a login. An
// error is of kind Unavailable.
func MachineKey(home Home) ([]byte, error) {
	return randomKey(home, "machine_key", "machine-key-damaged")
}

// randomKey returns what the file of that name in the home holds: 32 random bytes as 64 hexadecimal digits,
// made at the first call. Processes that call it at the same moment get the same key. A file that is not a regular
// 0600 file of the owner is refused, and one that is damaged with that fault.
func randomKey(home Home, name string, damaged model.Fault) (key []byte, err error) {
	err = home.within(func(root *os.Root) error {
		made := make([]byte, 32)
		rand.Read(made) // never fails, see crypto/rand
		f, err := home.open(root, name, os.O_RDONLY, fmt.Appendf(nil, "%x\n", made))
		if err != nil {
			return err
		}
		defer f.Close()
		text := make([]byte, 256)
		n, _ := f.Read(text)
		text = bytes.TrimSpace(text[:n])
		if raw, err := hex.DecodeString(string(text)); err != nil || len(raw) < 32 {
			return unavailable(damaged, model.Facts{"path": f.Name()})
		}
		key = text
		return nil
	})
	return key, err
}

// logMax is how large a log becomes, in bytes.
const logMax = 1 << 20

// LogPath is that of epev's own log in this home.
func (h Home) LogPath() string { return filepath.Join(h.Dir, "epev.log") }

// OpenLog opens epev's own log, 0600 and the owner's, for one more entry. Its errors are of kind Unavailable.
func (h Home) OpenLog() (log *os.File, err error) {
	err = h.within(func(root *os.Root) error {
		log, err = h.openLog(root, filepath.Base(h.LogPath()))
		return err
	})
	return log, err
}

// Directory makes a directory of the home, the owner's alone, and returns its path. What is there in its place and is none is refused.
func (h Home) Directory(name string) (path string, err error) {
	path = filepath.Join(h.Dir, name)
	return path, h.within(func(*os.Root) error { return h.account().mkdir(path) })
}

// WriteFile replaces a small file of the home, 0600 and the owner's.
func (h Home) WriteFile(name string, content []byte) error {
	return h.within(func(root *os.Root) error { return ownfile.Put(root, name, content, h.UID, h.GID, root.Rename) })
}

// ReadFile returns what such a file holds, and makes nothing.
func (h Home) ReadFile(name string) ([]byte, error) {
	root, err := os.OpenRoot(h.Dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, logMax))
}

// within makes the home and runs do in it.
func (h Home) within(do func(root *os.Root) error) error {
	if err := h.Make(); err != nil {
		return err
	}
	root, err := os.OpenRoot(h.Dir)
	if err == nil {
		defer root.Close()
		err = do(root)
	}
	return fileError(err, h.Dir)
}

// openLog opens a log for one more entry. It keeps the newest half of a log that has become too large.
func (h Home) openLog(root *os.Root, name string) (*os.File, error) {
	log, err := h.open(root, name, os.O_RDWR|os.O_APPEND, nil)
	if err != nil {
		return nil, err
	}
	if err := halve(log); err != nil {
		log.Close()
		return nil, err
	}
	return log, nil
}

// halve cuts the older half off a log that is too large.
func halve(log *os.File) error {
	info, err := log.Stat()
	if err != nil || info.Size() <= logMax {
		return err
	}
	newest := make([]byte, logMax/2)
	if _, err := log.ReadAt(newest, info.Size()-logMax/2); err != nil {
		return err
	}
	if _, rest, found := bytes.Cut(newest, []byte("\n")); found {
		newest = rest
	}
	if err := log.Truncate(0); err != nil {
		return err
	}
	_, err = log.Write(newest)
	return err
}

// open opens a file that only the owner may reach, and creates it with its content where it is missing.
func (h Home) open(root *os.Root, name string, flag int, content []byte) (*os.File, error) {
	flag |= syscall.O_NOFOLLOW | syscall.O_NONBLOCK // a pipe put in its place must not block
	f, err := root.OpenFile(name, flag, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if err := ownfile.Put(root, name, content, h.UID, h.GID, root.Link); err != nil {
			return nil, err
		}
		f, err = root.OpenFile(name, flag, 0)
	}
	if err != nil {
		if info, statErr := root.Lstat(name); statErr == nil && !info.Mode().IsRegular() { // say so, whatever opening it says
			return nil, unavailable(notPrivate[ownfile.Irregular], model.Facts{"path": filepath.Join(root.Name(), name)})
		}
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		if e := ownfile.FaultOf(info, h.UID, ownfile.Irregular, ownfile.Foreign, ownfile.Exposed); e != nil {
			e.Facts["path"] = f.Name()
			err = unavailable(notPrivate[e.Fault], e.Facts)
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// notPrivate are the faults of files by what is wrong with them.
var notPrivate = map[model.Fault]model.Fault{
	ownfile.Irregular: "own-irregular", ownfile.Foreign: "own-foreign", ownfile.Exposed: "own-exposed",
}

// foreign refuses a directory of another user: a database, perhaps, that is to stay where it is.
func foreign(dir string, owner, uid int) error {
	facts := model.Facts{"path": dir, "owner": owner, "uid": uid}
	if u, err := user.LookupId(strconv.Itoa(owner)); err == nil {
		facts["name"] = u.Username
		return unavailable("directory-of-other", facts)
	}
	return unavailable("directory-of-nobody", facts)
}

func unavailable(fault model.Fault, facts model.Facts) *model.Error {
	return &model.Error{Kind: model.Unavailable, Fault: fault, Facts: facts}
}

// fileError turns the refusal of the file system into one about dir.
func fileError(err error, dir string) error {
	if _, known := errors.AsType[*model.Error](err); known || err == nil {
		return err
	}
	fault := model.Fault("home-unusable")
	switch {
	case ownfile.IsDiskFull(err):
		fault = homeDiskFull
	case errors.Is(err, syscall.EROFS):
		fault = "home-read-only"
	case errors.Is(err, fs.ErrPermission):
		fault = "home-forbidden"
	}
	return &model.Error{Kind: model.Unavailable, Fault: fault, Facts: model.Facts{"path": dir, "why": err}, Err: err}
}

const homeDiskFull model.Fault = "home-disk-full"
