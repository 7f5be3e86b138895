package commands

// What doctor finds out from the machine alone: configuration, files and disks.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"epev/commands/sentences"
	"epev/model"
	"epev/model/ownfile"
)

func lookAtConfiguration(_ context.Context, x *examination) []finding {
	var found []finding
	if err := x.Config.Wrong; err != nil {
		found = append(found, x.failed(wrong, err))
	}
	if x.Private == nil && x.Config.NoDatabase == nil {
		if _, err := x.Sessions.Keys(); err != nil {
			f := x.failed(wrong, err)
			f.remedy = x.remedyBy("SECRET_KEY", `"$(openssl rand -base64 48)"`)
			if len(found) > 0 && found[0].said == f.said {
				found = nil // nobody is told twice
			}
			found = append(found, f)
		}
	}
	if len(found) > 0 {
		return found
	}
	var from []string
	by := map[string][]string{}
	for _, s := range x.Config.Set {
		if !slices.Contains(from, s.From) {
			from = append(from, s.From)
		}
		by[s.From] = append(by[s.From], s.Name)
	}
	var told []string
	for _, place := range from {
		told = append(told, fmt.Sprintf("%s from %s", sentences.List(by[place], "and"), place))
	}
	if len(told) == 0 {
		return well("no variable is set, and none is needed")
	}
	return well("%s; all else is as it comes", strings.Join(told, "; "))
}

// remedyBy is the command that gives a variable another value: where the environment has it, which counts before a file, in the environment.
func (x *examination) remedyBy(name, value string) string {
	for _, s := range x.Config.Set {
		if s.Name == name && s.From == FromEnvironment {
			return fmt.Sprintf("export %s=%s", name, value)
		}
	}
	return fmt.Sprintf("umask 077; echo %s=%s >> .env", name, value)
}

// secretVariables are those whose values nobody should know who only works with epev.
var secretVariables = []string{
	"SECRET_KEY", "SECRET_KEY_PREV", "DATABASE_URL", "DATABASE_URL_READONLY", "POSTGRES_PASSWORD", "PGPASSWORD",
}

// secrets are the variables with a secret that whoever runs this can read.
func (x *examination) secrets() (told []string) {
	way, err := x.store.Way()
	for _, s := range x.Config.Set {
		address := strings.HasPrefix(s.Name, "DATABASE_URL") && err == nil && !way.Password
		if slices.Contains(secretVariables, s.Name) && s.From != x.Config.OfficeFile && !address {
			told = append(told, fmt.Sprintf("%s (%s)", s.Name, s.From))
		}
	}
	return told
}

func lookAtSecrets(_ context.Context, x *examination) []finding {
	uid := os.Geteuid()
	if f, err := os.OpenFile(x.Config.OfficeFile, os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
		info, err := f.Stat()
		f.Close()
		if err == nil && uid != 0 && ownfile.Owner(info) != uid {
			return []finding{amiss(wrong, "sudo chmod 600 "+x.Config.OfficeFile, "%s, which holds the office's secrets, can be read by %s", x.Config.OfficeFile, accountOf(uid))}
		}
	}
	if x.Private != nil {
		return well("the private database and its key are the account's own")
	}
	secrets := x.secrets()
	switch {
	case len(secrets) == 0:
		return well("no secret is in reach of who works with epev")
	case uid == 0:
		return well("root runs this, from whom nothing is secret")
	}
	return []finding{amiss(warning, "epev gate-setup", "%s can be read by %s, so that permissions hold for the polite alone", sentences.List(secrets, "and"), accountOf(uid))}
}

// shownEach is how many findings of a kind are told one by one.
const shownEach = 5

func lookAtFiles(ctx context.Context, x *examination) []finding {
	found := slices.Concat(x.lookAtHome(ctx), x.lookAtSession(), x.lookAtDotEnv(), x.lookAtOffice())
	if len(found) == 0 {
		return well("%s and the session are open to their owner alone", model.Escape(x.Home.Dir))
	}
	return found
}

// lookAtHome looks at the modes and owners of all in the home but what is the server's own.
func (x *examination) lookAtHome(ctx context.Context) (found []finding) {
	more := int64(0)
	err := filepath.WalkDir(x.Home.Dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		}
		info, err := d.Info()
		if err != nil {
			return nil // it has just gone
		}
		if f, is := x.exposed(path, info, x.Home.UID); is && len(found) < shownEach {
			found = append(found, f)
		} else if is {
			more++
		}
		if d.IsDir() && path == filepath.Join(x.Home.Dir, "postgresql") {
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		found = append(found, amiss(wrong, fmt.Sprintf("ls -la %s", quote(x.Home.Dir)), "%s cannot be read: %s", model.Escape(x.Home.Dir), whyNot(err)))
	}
	if more > 0 {
		found = append(found, amiss(wrong, "chmod -R go= "+quote(x.Home.Dir), "%s is as open", model.Count(more, "file")+" more in "+model.Escape(x.Home.Dir)))
	}
	return found
}

// exposed tells of a file that is another user's, or open to others than its owner.
func (x *examination) exposed(path string, info fs.FileInfo, uid int) (finding, bool) {
	shown := model.Escape(path)
	mode, state := "600", wrong
	if info.IsDir() {
		mode = "700"
	}
	if path == x.Home.Dir && info.Mode().Perm()&0o022 == 0 {
		state = warning // what is in it has modes of its own
	}
	switch owner := ownfile.Owner(info); {
	case owner != uid:
		return amiss(wrong, fmt.Sprintf("sudo chown %s %s", accountOf(uid), quote(path)), "%s belongs to %s", shown, accountOf(owner)), true
	case info.Mode()&fs.ModeSymlink == 0 && ownfile.IsExposed(info):
		return amiss(state, fmt.Sprintf("chmod %s %s", mode, quote(path)), "%s is open to others: its mode is %04o", shown, info.Mode().Perm()), true
	}
	return finding{}, false
}

func (x *examination) lookAtSession() []finding {
	if x.Sessions.File == nil {
		return nil
	}
	path := x.Sessions.File.Path
	info, err := os.Lstat(path)
	if err == nil && info.Mode().IsRegular() {
		if f, is := x.exposed(path, info, os.Geteuid()); is {
			return []finding{f}
		}
	}
	if _, err := x.Sessions.File.Load(); err != nil {
		f := x.failed(wrong, err)
		f.remedy = "rm " + quote(path)
		if dir, statErr := os.Stat(filepath.Dir(path)); statErr == nil && ownfile.IsExposed(dir) && info == nil {
			f.remedy = "chmod 700 " + quote(filepath.Dir(path))
		}
		return []finding{f}
	}
	return nil
}

// lookAtDotEnv looks whether a file that holds secrets and counts can be read by others.
func (x *examination) lookAtDotEnv() (found []finding) {
	for _, s := range x.Config.Set {
		info, err := os.Stat(s.From)
		if err == nil && s.From != x.Config.OfficeFile && slices.Contains(secretVariables, s.Name) && ownfile.IsExposed(info) && info.Mode().IsRegular() {
			return []finding{amiss(wrong, "chmod 600 "+quote(s.From), "%s holds %s and is open to others: its mode is %04o", s.From, s.Name, info.Mode().Perm())}
		}
	}
	return nil
}

// lookAtOffice looks at the file that holds the configuration of an office, and at its directory.
func (x *examination) lookAtOffice() (found []finding) {
	path := x.Config.OfficeFile
	info, err := os.Lstat(path)
	if err != nil {
		return nil
	}
	dir, err := os.Stat(filepath.Dir(path))
	switch {
	case !info.Mode().IsRegular():
		found = append(found, amiss(wrong, "ls -la "+path, "%s is no regular file", path))
	case ownfile.IsExposed(info):
		found = append(found, amiss(wrong, "sudo chmod 600 "+path, "%s is open to others: its mode is %04o", path, info.Mode().Perm()))
	case ownfile.Owner(info) == 0:
		found = append(found, amiss(wrong, "sudo chown epev "+path, "%s belongs to root, so that the account of the office cannot read it", path))
	}
	if err == nil && (dir.Mode().Perm()&0o022 != 0 || ownfile.Owner(dir) != 0) {
		found = append(found, amiss(wrong, fmt.Sprintf("sudo chown root %[1]s && sudo chmod 755 %[1]s", filepath.Dir(path)),
			"%s can be changed by others than root, and with it the file in it", filepath.Dir(path)))
	}
	return found
}

func whyNot(err error) string {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return failed.Err.Error()
	}
	return err.Error()
}

func lookAtDisk(_ context.Context, x *examination) (found []finding) {
	places := []string{nearest(x.Home.Dir)}
	// A private server knows its directory by a name that it alone has.
	way, err := x.store.Way()
	if at := x.server.Data; at != nil && x.Private == nil && err == nil && len(way.Remote) == 0 && !strings.HasPrefix(*at, "/proc/") {
		places = append(places, *at)
	}
	var told []string
	devices := map[uint64]bool{}
	for _, place := range places {
		info, err := os.Stat(place)
		if err != nil {
			continue // it is another machine's, or account's
		}
		if device := uint64(info.Sys().(*syscall.Stat_t).Dev); devices[device] {
			continue
		} else {
			devices[device] = true
		}
		var disk syscall.Statfs_t
		if err := syscall.Statfs(place, &disk); err != nil {
			continue
		}
		size := uint64(disk.Bsize)
		f := room(place, uint64(disk.Bavail)*size, uint64(disk.Blocks)*size)
		if f.state == fine {
			told = append(told, f.said)
		} else {
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		return well("%s", strings.Join(told, "; "))
	}
	return found
}

// nearest is the path, or what there is of it.
func nearest(path string) string {
	for filepath.Dir(path) != path {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		path = filepath.Dir(path)
	}
	return path
}

// room judges what is free on the disk of a directory. Where less is free than the log of the server grows to, it may stop at any moment.
func room(place string, free, all uint64) finding {
	const mega, giga = 1 << 20, 1 << 30
	said := fmt.Sprintf("%s free of %s on the disk of %s", inBytes(free), inBytes(all), model.Escape(place))
	switch {
	case free < 128*mega:
		return amiss(wrong, "df -h "+quote(place), "only %s", said)
	case free < 512*mega, free < all/30 && free < 2*giga:
		return amiss(warning, "df -h "+quote(place), "only %s", said)
	}
	return finding{state: fine, said: said}
}

func inBytes(n uint64) string {
	if n < 1<<30 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d GB", n>>30)
}
