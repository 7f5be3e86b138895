package backup

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"epev/data"
	"epev/model"
	"epev/model/ownfile"
)

// Plan says where a backup goes.
type Plan struct {
	Dir  string // an absolute path
	Name string // of the file in it; empty: one by the database and the moment
	Keep int    // of those that have such a name in the directory, how many of this database stay; 0: all
	// UID and GID are whose the file is.
	UID, GID int
	Now      time.Time
}

// Made tells of a backup that was made.
type Made struct {
	Path    string
	Bytes   int64
	Held    data.Held
	Removed []string // the paths of older ones
}

// moment is how the name of a backup tells when it was made: in UTC, so that names sort as they came.
const moment = "20060102T150405Z"

const ending = ".dump"

// prefix begins the names of a database's backups.
func prefix(database string) string {
	return "epev-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, database) + "-"
}

// byMoment is the name of a backup that nobody names.
func byMoment(database string, at time.Time) string {
	return prefix(database) + at.UTC().Format(moment) + ending
}

// isOf reports whether a file has the name of a backup of that database.
func isOf(database, name string) bool {
	when, begins := strings.CutPrefix(name, prefix(database))
	when, ends := strings.CutSuffix(when, ending)
	if !begins || !ends {
		return false
	}
	_, err := time.Parse(moment, when)
	return err == nil
}

// Make makes a backup: the whole file is there in the end, or none. A file that is there already is never touched. It tells
// watch which share of it is done.
func Make(ctx context.Context, s *data.Store, plan Plan, watch func(share float64)) (made Made, err error) {
	info, err := s.Info(ctx)
	if err != nil {
		return made, err
	}
	if info.SchemaVersion == 0 {
		return made, unavailable("nothing-to-back-up", model.Facts{"database": info.Database})
	}
	occupied, err := s.Occupied(ctx)
	if err != nil {
		return made, err
	}
	progs, err := find(ctx, occupied.Major)
	if err != nil {
		return made, err
	}
	dir, err := os.OpenRoot(plan.Dir)
	if err != nil {
		return made, pathError(err, plan.Dir)
	}
	defer dir.Close()
	name := cmp.Or(plan.Name, byMoment(info.Database, plan.Now))
	made.Path = filepath.Join(plan.Dir, name)
	if _, err := dir.Lstat(name); err == nil && plan.Name != "" {
		return made, taken(made.Path)
	}
	tidy(dir, info.Database, name)
	draft, err := ownfile.NewDraft(dir, name, plan.UID, plan.GID)
	if err != nil {
		return made, pathError(err, made.Path)
	}
	defer draft.Drop()
	if _, err := ownfile.TryLock(draft.File, false); err != nil { // by which tidy knows that it lives
		return made, pathError(err, made.Path)
	}
	sizes, err := s.Sizes(ctx)
	if err != nil {
		return made, err
	}
	made.Held, err = s.Counted(ctx, func(snapshot string, held data.Held) error {
		err := progs.run(ctx, task{name: "pg_dump", stdout: draft.File, line: dumping(sizes, watch), on: s, args: []string{
			"--format=custom", "--no-password", "--verbose", "--snapshot=" + snapshot, "--schema=epic_events", "--extension=pg_trgm"}})
		if err != nil {
			return err
		}
		written, err := dir.Open(filepath.Base(draft.Name()))
		if err != nil {
			return err
		}
		defer written.Close()
		// pg_dump goes back to write where each table begins.
		if made.Bytes, err = draft.Seek(0, io.SeekEnd); err == nil {
			err = seal(written, draft.File, label{plan.Now.UTC().Truncate(time.Second), info.Database, placeOf(s), occupied.Major, held})
		}
		return err
	})
	if err != nil {
		return made, pathError(err, made.Path)
	}
	free := true
	err = draft.Give(func(from, to string) error {
		err := dir.Link(from, to)
		for at := plan.Now; plan.Name == "" && errors.Is(err, fs.ErrExist); { // another one was made in that second
			at = at.Add(time.Second)
			to = byMoment(info.Database, at)
			err = dir.Link(from, to)
		}
		free, made.Path = !errors.Is(err, fs.ErrExist), filepath.Join(plan.Dir, to)
		return err
	})
	switch {
	case err != nil:
		return made, pathError(err, made.Path)
	case !free:
		return made, taken(made.Path)
	}
	made.Removed, err = thin(dir, plan, label{Database: info.Database, Address: placeOf(s)})
	return made, pathError(err, plan.Dir)
}

// placeOf tells servers apart.
func placeOf(s *data.Store) string {
	return net.JoinHostPort(s.Address().Host, strconv.Itoa(s.Address().Port))
}

func taken(path string) error {
	return &model.Error{Kind: model.Conflict, Field: "file", Fault: "backup-there", Facts: model.Facts{"path": model.Escape(path)}}
}

// tidy removes what backups left that were killed: drafts that nobody holds.
func tidy(dir *os.Root, database, name string) {
	for _, entry := range entriesOf(dir) {
		if strings.HasPrefix(entry, ownfile.DraftPrefix(name)) || strings.HasPrefix(entry, "."+prefix(database)) && strings.Contains(entry, ending+"-") {
			abandoned(dir, entry, func() { _ = dir.Remove(entry) })
		}
	}
}

// abandoned calls do where nobody holds a draft.
func abandoned(dir *os.Root, draft string, do func()) {
	f, err := dir.OpenFile(draft, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if free, err := ownfile.TryLock(f, false); err == nil && free {
		do()
	}
}

// Drafts returns the paths of what backups left in a directory that were killed, whatever their database.
func Drafts(path string) (left []string) {
	dir, err := os.OpenRoot(path)
	if err != nil {
		return nil
	}
	defer dir.Close()
	for _, entry := range entriesOf(dir) {
		if strings.HasPrefix(entry, ".epev-") && strings.Contains(entry, ending+"-") {
			abandoned(dir, entry, func() { left = append(left, filepath.Join(path, entry)) })
		}
	}
	return left
}

// thin removes the oldest backups of the database beyond those to keep. Another one may have the same name, on another server, or one that only
// file names do not tell apart: each backup says itself of which it is.
func thin(dir *os.Root, plan Plan, of label) (removed []string, err error) {
	if plan.Keep == 0 {
		return nil, nil
	}
	names := slices.DeleteFunc(entriesOf(dir), func(name string) bool {
		if !isOf(of.Database, name) {
			return true
		}
		l := labelOf(dir, name)
		return l == nil || l.Database != of.Database || l.Address != of.Address
	})
	slices.Sort(names) // and so by their moment
	for _, name := range names[:max(0, len(names)-plan.Keep)] {
		if err := dir.Remove(name); err != nil {
			return removed, err
		}
		removed = append(removed, filepath.Join(plan.Dir, name))
	}
	return removed, nil
}

func entriesOf(dir *os.Root) (names []string) {
	entries, _ := fs.ReadDir(dir.FS(), ".")
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// dumping returns what hears pg_dump tell which table is next, and shows how much of all the tables is done.
func dumping(sizes map[string]int64, watch func(share float64)) func(said string) {
	var all, done, current int64
	for _, size := range sizes {
		all += size
	}
	return func(said string) {
		_, table, found := strings.Cut(said, `dumping contents of table "epic_events.`)
		if !found || all == 0 {
			return
		}
		done += current
		current = sizes[strings.TrimSuffix(table, `"`)]
		watch(float64(done) / float64(all))
	}
}
