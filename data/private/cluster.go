package private

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"epev/model"
	"epev/model/ownfile"
)

//go:embed epev.conf
var settings []byte

const include = "\ninclude 'epev.conf'  # epev's settings; yours below have the last word\n"

// clusterVersion returns the major version of a data directory, and 0 where there is none yet or only an empty one.
func clusterVersion(data string) (int, error) {
	text, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		entries, err := os.ReadDir(data)
		if len(entries) > 0 {
			return 0, unavailable("cluster-without-version", model.Facts{"path": data})
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return 0, err
	}
	if err != nil {
		return 0, err
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, unavailable("cluster-damaged", model.Facts{"path": data, "version": fmt.Sprintf("%.20q", text)})
	}
	return major, nil
}

// putAway refuses to make a new cluster where one was put away: somebody who goes back to it after an upgrade is half-way.
func (s *Server) putAway() error {
	var kept []string
	entries, _ := os.ReadDir(s.base())
	for _, e := range entries {
		if version, is := strings.CutPrefix(e.Name(), "data."); is && number(version) > 0 {
			kept = append(kept, filepath.Join(s.base(), e.Name()))
		}
	}
	if kept == nil {
		return nil
	}
	return unavailable("cluster-put-away", model.Facts{"path": s.data(), "kept": kept})
}

// createCluster makes the data directory under another name and renames it, so that one that is there is always complete.
// The lock guard says that a process of the server is alive: initdb holds it too, should epev be killed meanwhile.
func (s *Server) createCluster(ctx context.Context, root *os.Root, as account, progs programs, guard, log *os.File) error {
	const name = "data.new"
	temp := filepath.Join(s.base(), name)
	if err := root.RemoveAll(name); err != nil {
		return err
	}
	if err := as.mkdir(temp); err != nil {
		return err
	}
	defer root.RemoveAll(name)
	if s.Cluster != nil {
		if err := s.Cluster(temp); err != nil {
			return err
		}
	} else if err := s.initdb(ctx, root, as, progs, temp, guard, log); err != nil {
		return err
	}
	if err := root.Remove("data"); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty one
		return err
	}
	if err := root.Rename(name, "data"); err != nil {
		return err
	}
	return ownfile.Sync(root)
}

func (s *Server) initdb(ctx context.Context, root *os.Root, as account, progs programs, dir string, guard, log *os.File) error {
	var said []byte
	var err error
	for _, locale := range locales(progs.major) {
		cmd := as.command(ctx, progs.path("initdb"), "--username="+superuser, "--auth=peer", "--encoding=UTF8",
			"--data-checksums", "--wal-segsize=4", "--lc-messages=C", "--lc-monetary=C", "--lc-numeric=C", "--lc-time=C")
		cmd.Args = append(cmd.Args, locale...)
		if s.Volatile {
			cmd.Args = append(cmd.Args, "--no-sync")
		}
		cmd.ExtraFiles = []*os.File{guard}
		name, giveBack, lendErr := as.lend(cmd, dir)
		if lendErr != nil {
			return lendErr
		}
		cmd.Args = append(cmd.Args, "--pgdata="+name)
		said, err = cmd.CombinedOutput()
		giveBack()
		if err == nil {
			return appendTo(root, filepath.Base(dir)+"/postgresql.conf", include)
		}
		log.Write(said) // where the disk is full there is no log
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !bytes.Contains(said, []byte("invalid locale")) {
			break
		}
	}
	return s.refused(as, string(said), err)
}

// locales lists what initdb is asked for, in turn until this machine knows one. Each orders by code point, which is the
// same everywhere, and knows upper and lower case of all letters.
func locales(major int) [][]string {
	wanted, plain := []string{"--lc-collate=C.UTF-8", "--lc-ctype=C.UTF-8"}, []string{"--lc-collate=C", "--lc-ctype=C"}
	switch {
	case major >= 17:
		wanted = append([]string{"--locale-provider=builtin", "--builtin-locale=C.UTF-8"}, plain...)
	case runtime.GOOS == "darwin":
		wanted[0], wanted[1] = plain[0], "--lc-ctype=en_US.UTF-8"
	}
	return [][]string{wanted, plain}
}

// configure writes epev's own files where they differ from what this epev wants, also in a cluster that an older epev
// made.
func (s *Server) configure(root *os.Root, as account, progs programs) error {
	want := bytes.Clone(settings)
	if progs.major >= 18 {
		want = append(want, "\n# The reading workers of version 18 are three more processes.\nio_method = 'sync'\n"...)
	}
	people, err := s.people()
	if err != nil {
		return err
	}
	data, err := root.OpenRoot("data") // wherever a link in its place leads
	if err != nil {
		return err
	}
	defer data.Close()
	for _, f := range []struct {
		name    string
		content []byte
	}{{"epev.conf", want}, {"pg_ident.conf", people}, {"pg_hba.conf", s.admission()}} {
		if have, err := data.ReadFile(f.name); err == nil && bytes.Equal(have, f.content) {
			continue
		}
		if err := ownfile.Put(data, f.name, f.content, as.uid, as.gid, data.Rename); err != nil {
			return err
		}
	}
	return nil
}

// admission is who gets in: the users of the machine whom pg_ident.conf names, as the kernel says that they are. The mode
// of the socket's directory alone would let in all that the server's account runs, which for root's server is another's.
func (s *Server) admission() []byte {
	const head = "# epev writes this file anew at each start.\n"
	if s.Volatile { // tests make roles of their own
		return []byte(head + "local all " + superuser + " peer map=epev\nlocal all all trust\n")
	}
	return []byte(head + "local all all peer map=epev\n")
}

// people maps the accounts that may use the private database to its user: the owner, root, and under sudo the account
// that called it.
func (s *Server) people() ([]byte, error) {
	text := "# epev writes this file anew at each start.\n"
	for _, uid := range slices.Compact([]int{0, s.home.UID}) {
		name, err := accountName(uid)
		if err != nil && uid == s.home.UID {
			return nil, unavailable("owner-without-account", model.Facts{"uid": uid})
		}
		if err == nil {
			text += `epev "` + strings.ReplaceAll(name, `"`, `""`) + `" ` + superuser + "\n"
		}
	}
	return []byte(text), nil
}

// full reports whether the disk of the server is as good as full.
func (s *Server) full() bool {
	var disk syscall.Statfs_t
	return syscall.Statfs(s.base(), &disk) == nil && uint64(disk.Bavail)*uint64(disk.Bsize) < 1<<20
}

func appendTo(root *os.Root, name, text string) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// What is told of a server that does not start, and of one whose disk is full besides.
const (
	notStarted     model.Fault = "private-not-started"
	notStartedFull model.Fault = "private-not-started-full"
)

// refused turns what a program of PostgreSQL said when it gave up into one error.
func (s *Server) refused(as account, output string, cause error) error {
	complaint, _, _ := strings.Cut(strings.TrimSpace(output), "\n")
	fault, full := notStarted, s.full()
	if full {
		fault = homeDiskFull // where nothing says why: the log may not hold it
	}
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		for _, mark := range []string{"FATAL:", "PANIC:", "error:", "postgres:"} {
			if _, after, found := strings.Cut(line, mark); found {
				complaint = strings.TrimSpace(after)
				if full {
					fault = notStartedFull
				}
			}
		}
	}
	if ownfile.TellsDiskFull(output) {
		fault = homeDiskFull
	}
	if fault == homeDiskFull {
		return &model.Error{Kind: model.Unavailable, Fault: fault, Facts: model.Facts{"path": s.base()}, Err: cause}
	}
	if as.other { // the names that launch and initdb lend
		complaint = strings.NewReplacer("/proc/self/fd/4", s.data(), "/proc/self/fd/5", s.socketDir()).Replace(complaint)
	}
	if complaint == "" {
		complaint = cause.Error()
	}
	return &model.Error{Kind: model.Unavailable, Fault: fault,
		Facts: model.Facts{"path": s.base(), "said": complaint, "log": s.logPath()}, Err: fmt.Errorf("%v: %s", cause, output)}
}
