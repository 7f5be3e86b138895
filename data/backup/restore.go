package backup

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"epev/data"
	"epev/model"
)

// Proof tells what came of restoring a backup.
type Proof struct {
	Held     data.Held
	Made     time.Time // zero where the backup does not say so
	Compared bool      // with what the backup says that it holds
	// Left are the roles that were granted something and are not on this server.
	Left []string
}

// The databases that are made on the way bear the name of the one that they are for, with these endings. One that is found
// there when the next begins was left by one that was killed.
const (
	verifying = "_verifying" // the scratch database of Verify
	restoring = "_restoring" // what Restore fills
	replaced  = "_replaced"  // the old database, until it is dropped
)

// named returns the name with the ending, as long as PostgreSQL lets a name be.
func named(database, ending string) string {
	const most = 63
	if over := len(database) + len(ending) - most; over > 0 {
		database = strings.ToValidUTF8(database[:len(database)-over], "")
	}
	return database + ending
}

// Leftovers returns which databases a killed backup, proof or restoration left beside the one of that name.
func Leftovers(ctx context.Context, s *data.Store, database string) ([]string, error) {
	return s.LeftOver(ctx, []string{named(database, verifying), named(database, restoring), named(database, replaced)})
}

// Verify restores a backup into a database of its own, holds it to what the backup says of itself, and drops it again.
func Verify(ctx context.Context, s *data.Store, f *File, watch func(share float64)) (proof Proof, err error) {
	info, err := s.Info(ctx)
	if err != nil {
		return proof, err
	}
	occupied, progs, err := server(ctx, s)
	if err != nil {
		return proof, err
	}
	occupied.Owner = "" // the scratch database is whose it may be
	err = s.Exclusively(ctx, info.Database, func(ctx context.Context) error {
		scratch := named(info.Database, verifying)
		proof, err = fill(ctx, s, progs, occupied, f, scratch, watch)
		// It goes whatever became of it, also where the person gave up.
		return errors.Join(err, drop(context.WithoutCancel(ctx), s, progs, scratch))
	})
	return proof, err
}

// Restore puts what a backup holds in the place of the database. It fills a new database and proves it before the old one goes. Killed
// on the way, it leaves the old one as it is.
func Restore(ctx context.Context, s *data.Store, f *File, watch func(share float64)) (proof Proof, err error) {
	info, err := s.Info(ctx)
	if err != nil {
		return proof, err
	}
	occupied, progs, err := server(ctx, s)
	if err == nil {
		err = Replaceable(occupied, info.Database)
	}
	if err != nil {
		return proof, err
	}
	if held, ok := f.Held(); ok && held.Version > data.NewestVersion() {
		return proof, unavailable("backup-newer", model.Facts{"version": held.Version, "newest": data.NewestVersion()})
	}
	err = s.Exclusively(ctx, info.Database, func(ctx context.Context) error {
		made, kept := named(info.Database, restoring), named(info.Database, replaced)
		if err := drop(ctx, s, progs, kept); err != nil {
			return err
		}
		if proof, err = fill(ctx, s, progs, occupied, f, made, watch); err == nil {
			err = s.Swap(ctx, info.Database, made, kept)
		}
		if err != nil {
			return errors.Join(err, drop(context.WithoutCancel(ctx), s, progs, made))
		}
		return drop(context.WithoutCancel(ctx), s, progs, kept)
	})
	return proof, err
}

// Replaceable refuses a database that a restored one must not take the place of.
func Replaceable(o data.Occupied, database string) error {
	switch {
	case len(o.Others) > 0:
		return &model.Error{Kind: model.Conflict, Fault: "database-shared", Facts: model.Facts{"database": database, "others": []string(o.Others)}}
	case !o.MayCreate:
		return &model.Error{Kind: model.Denied, Fault: "may-not-create-databases"}
	case !o.Owns:
		return &model.Error{Kind: model.Denied, Fault: "not-the-owner", Facts: model.Facts{"database": database, "owner": o.Owner}}
	}
	return nil
}

func server(ctx context.Context, s *data.Store) (data.Occupied, programs, error) {
	occupied, err := s.Occupied(ctx)
	if err != nil {
		return occupied, programs{}, err
	}
	progs, err := find(ctx, occupied.Major)
	return occupied, progs, err
}

// fill makes a database of that name anew, restores the backup into it and proves it. All of its rows come in one transaction.
func fill(ctx context.Context, s *data.Store, progs programs, like data.Occupied, f *File, name string, watch func(share float64)) (proof Proof, err error) {
	proof.Made = f.Made()
	entries, err := progs.entries(ctx, f.File)
	if err != nil {
		return proof, err
	}
	if err := drop(ctx, s, progs, name); err != nil {
		return proof, err
	}
	create := []string{"--no-password", "--maintenance-db=postgres", "--template=template0", "--encoding=UTF8", "--lc-collate=" + like.Collate, "--lc-ctype=" + like.CType}
	if like.Provider != "libc" {
		create = append(create, "--locale-provider="+like.Provider, "--"+like.Provider+"-locale="+like.Locale)
	}
	var as []string
	if like.Owner != "" {
		create, as = append(create, "--owner="+like.Owner), []string{"--role=" + like.Owner}
	}
	if err := progs.run(ctx, task{name: "createdb", on: s, args: append(create, "--", name)}); err != nil {
		return proof, err
	}
	into, err := s.Beside(name)
	if err != nil {
		return proof, err
	}
	defer into.Close()
	if err := restore(ctx, progs, into, f, name, counting(len(entries), watch), append(as, "--no-privileges", "--single-transaction", "--exit-on-error")...); err != nil {
		return proof, err
	}
	// A role may be missing here that was granted something there. The others get their own all the same.
	missing := map[string]bool{}
	list, err := privileges(entries)
	if err != nil {
		return proof, err
	}
	defer os.Remove(list)
	err = restore(ctx, progs, into, f, name, func(said string) {
		if role, is := absentRole(said); is && !missing[role] {
			missing[role] = true
			proof.Left = append(proof.Left, role)
		}
	}, append(as, "--use-list="+list)...)
	if err != nil && len(missing) == 0 {
		return proof, err
	}
	if proof.Held, err = into.Counted(ctx, nil); err != nil {
		return proof, err
	}
	if held, ok := f.Held(); ok {
		proof.Compared = true
		if differences := held.Differences(proof.Held); len(differences) > 0 {
			return proof, &model.Error{Kind: model.Conflict, Fault: "backup-differs", Facts: model.Facts{"differences": differences[:min(3, len(differences))]}}
		}
	}
	if proof.Held.Version == 0 {
		return proof, refused("backup-of-others", f.Path)
	}
	watch(1)
	return proof, nil
}

func restore(ctx context.Context, progs programs, into *data.Store, f *File, name string, line func(string), options ...string) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return pathError(err, f.Path)
	}
	args := append([]string{"--no-password", "--no-owner", "--verbose", "--format=custom", "--dbname=" + name}, options...)
	return progs.run(ctx, task{name: "pg_restore", args: args, stdin: f.File, line: line, on: into})
}

// privileges writes the list of the entries that grant something, and returns its path.
func privileges(entries []string) (path string, err error) {
	list, err := os.CreateTemp("", "epev-")
	if err != nil {
		return "", err
	}
	for _, entry := range entries {
		// "3905; 0 0 ACL epic_events FUNCTION note_seen() epev"
		if words := strings.Fields(entry); len(words) > 4 && (words[3] == "ACL" || words[3] == "DEFAULT") {
			if _, err := list.WriteString(entry + "\n"); err != nil {
				return list.Name(), errors.Join(err, list.Close())
			}
		}
	}
	return list.Name(), list.Close()
}

// absentRole returns which role an error says not to be there.
func absentRole(said string) (role string, is bool) {
	_, after, found := strings.Cut(said, `ERROR:  role "`)
	role, _, is = strings.Cut(after, `" does not exist`)
	return role, found && is
}

// counting returns what hears pg_restore tell what it makes, and shows how much of all that is done.
func counting(all int, watch func(share float64)) func(said string) {
	done := 0
	return func(said string) {
		for _, work := range []string{"pg_restore: creating ", "pg_restore: processing data ", "pg_restore: executing "} {
			if strings.HasPrefix(said, work) {
				done++
				watch(min(0.99, float64(done)/float64(max(1, all))))
			}
		}
	}
}

// drop removes a database that one of these commands made, if it is there.
func drop(ctx context.Context, s *data.Store, progs programs, name string) error {
	there, err := s.LeftOver(ctx, []string{name})
	if err != nil || len(there) == 0 {
		return err
	}
	return progs.run(ctx, task{name: "dropdb", on: s, args: []string{"--no-password", "--maintenance-db=postgres", "--if-exists", "--force", "--", name}})
}
