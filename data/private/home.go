package private

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"epev/model"
	"epev/model/ownfile"
)

// Home is the directory where epev keeps a user's data, history and cache.
type Home struct {
	Dir      string // absolute
	UID, GID int    // who owns the files in it
}

// FindHome resolves the directory of this user without creating it: EPEV_HOME, else
// XDG_DATA_HOME/epev, else .local/share/epev in the user's home directory. Under sudo it is
// the invoking user's: HOME and XDG_DATA_HOME count where sudo kept them, and not where they
// are root's. An error is of kind Unavailable.
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
func randomKey(home Home, name string, damaged model.Fault) ([]byte, error) {
	if err := home.Make(); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(home.Dir)
	if err != nil {
		return nil, fileError(err, home.Dir)
	}
	defer root.Close()
	f, err := home.open(root, name, os.O_RDONLY, func() []byte {
		key := make([]byte, 32)
		rand.Read(key) // never fails, see crypto/rand
		return []byte(hex.EncodeToString(key) + "\n")
	})
	if err != nil {
		return nil, fileError(err, home.Dir)
	}
	defer f.Close()
	text := make([]byte, 256)
	n, _ := f.Read(text)
	key := strings.TrimSpace(string(text[:n]))
	if raw, err := hex.DecodeString(key); err != nil || len(raw) < 32 {
		return nil, unavailable(damaged, model.Facts{"path": f.Name()})
	}
	return []byte(key), nil
}

// logMax is how large a log becomes, in bytes.
const logMax = 1 << 20

// LogPath is that of epev's own log in this home.
func (h Home) LogPath() string { return filepath.Join(h.Dir, "epev.log") }

// OpenLog opens epev's own log, 0600 and the owner's, for one more entry. It keeps the newest half of a log that has
// become too large. Its errors are of kind Unavailable.
func (h Home) OpenLog() (*os.File, error) {
	if err := h.Make(); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(h.Dir)
	if err != nil {
		return nil, fileError(err, h.Dir)
	}
	defer root.Close()
	log, err := h.open(root, filepath.Base(h.LogPath()), os.O_RDWR|os.O_APPEND, nil)
	if err == nil {
		if err = halve(log); err != nil {
			log.Close()
		}
	}
	if err != nil {
		return nil, fileError(err, h.Dir)
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

// open opens a file that only the owner may reach, and creates it with its content where it is missing. It writes the
// file under another name and then links it. So nobody ever sees half of it, nor a file that still belongs to root.
func (h Home) open(root *os.Root, name string, flag int, content func() []byte) (*os.File, error) {
	flag |= syscall.O_NOFOLLOW | syscall.O_NONBLOCK // a pipe put in its place must not block
	f, err := root.OpenFile(name, flag, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if err := h.create(root, name, content); err != nil {
			return nil, err
		}
		f, err = root.OpenFile(name, flag, 0)
	}
	if err != nil {
		if info, statErr := root.Lstat(name); statErr == nil && !info.Mode().IsRegular() { // say so, whatever opening it says
			return nil, unavailable("own-irregular", model.Facts{"path": filepath.Join(root.Name(), name)})
		}
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	if why := notPrivate(info, h.UID); why != "" {
		f.Close()
		return nil, unavailable(why, model.Facts{"path": f.Name(), "owner": ownfile.Owner(info), "uid": h.UID, "mode": info.Mode().Perm()})
	}
	return f, nil
}

func (h Home) create(root *os.Root, name string, content func() []byte) error {
	temp := fmt.Sprintf(".%s.%s", name, rand.Text())
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer root.Remove(temp)
	defer f.Close()
	if content != nil {
		if _, err := f.Write(content()); err != nil {
			return err
		}
	}
	if os.Geteuid() == 0 {
		if err := f.Chown(h.UID, h.GID); err != nil {
			return err
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := root.Link(temp, name); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(root.Name())
}

func notPrivate(info fs.FileInfo, uid int) model.Fault {
	switch ownfile.FaultOf(info, uid, ownfile.Irregular, ownfile.Foreign, ownfile.Exposed) {
	case ownfile.Irregular:
		return "own-irregular"
	case ownfile.Foreign:
		return "own-foreign"
	case ownfile.Exposed:
		return "own-exposed"
	}
	return ""
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

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func unavailable(fault model.Fault, facts model.Facts) *model.Error {
	return &model.Error{Kind: model.Unavailable, Fault: fault, Facts: facts}
}

// fileError turns the refusal of the file system into one about dir.
func fileError(err error, dir string) error {
	var known *model.Error
	if errors.As(err, &known) {
		return err
	}
	e := unavailable("home-unusable", model.Facts{"path": dir, "why": err})
	switch {
	case ownfile.IsDiskFull(err):
		e.Fault = homeDiskFull
	case errors.Is(err, syscall.EROFS):
		e.Fault = "home-read-only"
	case errors.Is(err, fs.ErrPermission):
		e.Fault = "home-forbidden"
	}
	e.Err = err
	return e
}

const homeDiskFull model.Fault = "home-disk-full"
