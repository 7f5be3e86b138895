// Package ownfile looks after files that are one user's alone: keys, sessions, logs, locks. What is wrong with one it tells as a
// fault, whose sentence its callers choose.
//
// Locks are flock(2) on files that are open already. Most are opened inside a directory that was checked, and one is handed
// on to the server's processes. The library gofrs/flock opens files by their paths, and keeps the descriptors to itself.
package ownfile

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"epev/model"
)

// Why a file is not one that a user has alone.
const (
	Irregular model.Fault = "irregular" // a directory, a pipe, a device
	Foreign   model.Fault = "foreign"   // somebody else's
	Exposed   model.Fault = "exposed"   // others may open it: {mode}
	Nameless  model.Fault = "deleted"   // while it was open
	Linked    model.Fault = "linked"    // it has a second name
)

// FaultOf returns the first fault of those that count in a file which should be the user's alone, in their order, or nil.
// It has the facts "owner", "uid" and "mode".
func FaultOf(info fs.FileInfo, uid int, counting ...model.Fault) *model.Error {
	links := info.Sys().(*syscall.Stat_t).Nlink
	for _, f := range counting {
		switch {
		case f == Irregular && !info.Mode().IsRegular(), f == Foreign && Owner(info) != uid, f == Exposed && IsExposed(info),
			f == Nameless && links == 0, f == Linked && links > 1:
			return &model.Error{Fault: f, Facts: model.Facts{"owner": Owner(info), "uid": uid, "mode": info.Mode().Perm()}}
		}
	}
	return nil
}

// IsExposed reports whether others than the owner may open a file.
func IsExposed(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }

// Owner returns the uid of a file's owner.
func Owner(info fs.FileInfo) int { return int(info.Sys().(*syscall.Stat_t).Uid) }

// IsDiskFull reports whether a file could not be written because there is no room for it.
func IsDiskFull(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// TellsDiskFull reports whether that is why a program of PostgreSQL says that it gave up. The last sign is of a page that found room only
// in part.
func TellsDiskFull(said string) bool {
	for _, sign := range []string{"No space left on device", "Disk quota exceeded", "Check free disk space"} {
		if strings.Contains(said, sign) {
			return true
		}
	}
	return false
}

// Put writes a file with that content, 0600 and the user's, under the name of a draft. Then give gives it its own name:
// dir.Link where a file that is there is to stay, dir.Rename to replace it. Nobody ever sees half of it, nor a file that
// still belongs to root.
func Put(dir *os.Root, name string, content []byte, uid, gid int, give func(draft, name string) error) error {
	d, err := NewDraft(dir, name, uid, gid)
	if err != nil {
		return err
	}
	defer d.Drop()
	if _, err := d.Write(content); err != nil {
		return err
	}
	return d.Give(give)
}

// A Draft is a file on its way to its name, as Put tells. Until it is given that, nothing of it is there but itself.
type Draft struct {
	*os.File
	dir         *os.Root
	name, draft string
	uid, gid    int
}

// NewDraft makes an empty draft of the file of that name.
func NewDraft(dir *os.Root, name string, uid, gid int) (*Draft, error) {
	draft := DraftPrefix(name) + rand.Text()
	file, err := dir.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &Draft{file, dir, name, draft, uid, gid}, nil
}

// Give has all of the draft on disk, and gives it its name.
func (d *Draft) Give(give func(draft, name string) error) (err error) {
	if os.Geteuid() == 0 {
		err = d.Chown(d.uid, d.gid)
	}
	if err == nil {
		err = d.Sync()
	}
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	if err := give(d.draft, d.name); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return Sync(d.dir)
}

// Drop takes the draft away, where a rename has not done so.
func (d *Draft) Drop() {
	_ = d.Close()
	_ = d.dir.Remove(d.draft)
}

// DraftPrefix begins the names of drafts of the file called name; rand.Text ends them.
func DraftPrefix(name string) string { return "." + name + "-" }

// Sync has on disk what was made, renamed and removed in a directory.
func Sync(dir *os.Root) error {
	d, err := dir.Open(".")
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
