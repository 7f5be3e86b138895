package private

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"epev/model"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// oldest is the first major version of PostgreSQL that epev works with (SPEC 6).
const oldest = 14

// fetched are the versions that can be fetched, by major version; new ones get newest.
var fetched = map[int]embeddedpostgres.PostgresVersion{
	14: embeddedpostgres.V14, 15: embeddedpostgres.V15, 16: embeddedpostgres.V16,
	17: embeddedpostgres.V17, 18: embeddedpostgres.V18,
}

const newest = 18

// places are where systems put the server programs, beyond PATH and pg_config: Debian, Red
// Hat, Alpine, Arch, Homebrew on both kinds of Mac, Postgres.app.
var places = []string{
	"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*", "/usr/local/pgsql/bin",
	"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// programs are PostgreSQL's server programs of one version.
type programs struct {
	bin   string // their directory
	major int
}

func (p programs) path(name string) string { return filepath.Join(p.bin, name) }

// findPrograms returns programs of the given major version, or for 0 the first of at least
// version 14. They are fetched where the machine has none.
func (s *Server) findPrograms(ctx context.Context, as account, major int) (programs, error) {
	if s.given != nil {
		return *s.given, nil
	}
	var found []string // versions
	for dir := range s.candidates(ctx) {
		p, err := programsIn(ctx, as, dir)
		if os.Geteuid() == 0 && (errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL)) { // as in a user namespace
			return p, unavailable("root-without-rights", model.Facts{"account": as.name})
		}
		if err != nil {
			continue
		}
		if p.major == major || major == 0 && p.major >= oldest {
			return p, nil
		}
		if version := strconv.Itoa(p.major); !slices.Contains(found, version) {
			found = append(found, version)
		}
	}
	if err := ctx.Err(); err != nil {
		return programs{}, err
	}
	p, err := s.fetch(ctx, as, major)
	if err == nil || ctx.Err() != nil {
		return p, err
	}
	e := unavailable("no-programs", model.Facts{"major": major, "here": found, "oldest": oldest, "data": s.data()})
	switch {
	case major != 0 && found == nil:
		e.Fault = "no-programs-of-version"
	case major != 0:
		e.Fault, e.Try = "programs-of-other-version", []string{"db-upgrade"}
	case found != nil:
		e.Fault = "programs-too-old"
	}
	e.Err = err
	return programs{}, e
}

// candidates yields directories that may hold the programs, best first.
func (s *Server) candidates(ctx context.Context) iter.Seq[string] {
	return directories(ctx, "postgres", append(slices.Clone(s.places), filepath.Join(s.fetchDir(), "*/bin")))
}

// Directories yields where this machine may have a program of PostgreSQL's, best first.
func Directories(ctx context.Context, program string) iter.Seq[string] {
	return directories(ctx, program, places)
}

func directories(ctx context.Context, program string, patterns []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if p, err := exec.LookPath(program); err == nil {
			p, err = filepath.EvalSymlinks(p) // beside a link there are no others
			if err == nil && !yield(filepath.Dir(p)) {
				return
			}
		}
		out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output()
		if err == nil && !yield(strings.TrimSpace(string(out))) {
			return
		}
		for _, pattern := range patterns {
			matches, _ := filepath.Glob(pattern)
			slices.SortFunc(matches, func(a, b string) int { return number(b) - number(a) })
			for _, dir := range matches {
				if !yield(dir) {
					return
				}
			}
		}
	}
}

// number is the last whole number in text, the version in a path like postgresql@16/bin.
func number(text string) int {
	all := strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if len(all) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(all[len(all)-1])
	return n
}

func programsIn(ctx context.Context, as account, dir string) (programs, error) {
	p := programs{bin: dir}
	if _, err := os.Stat(p.path("initdb")); err != nil {
		return p, err
	}
	out, err := as.command(ctx, p.path("postgres"), "--version").Output()
	if err != nil {
		return p, err
	}
	if _, err := fmt.Sscanf(string(out), "postgres (PostgreSQL) %d", &p.major); err != nil {
		return p, fmt.Errorf("%s: no version in %q", dir, out)
	}
	return p, nil
}

// fetchDir is where fetched programs are: in the home, or for the server of a real root,
// whose account cannot pass root's directories, in a public place.
func (s *Server) fetchDir() string {
	if s.home.UID == 0 {
		return "/var/lib/epev/programs"
	}
	return filepath.Join(s.base(), "programs")
}

// fetch gets the programs from the network, once, and puts them in place complete.
func (s *Server) fetch(ctx context.Context, as account, major int) (programs, error) {
	major = cmp.Or(major, newest)
	version, ok := fetched[major]
	if !ok {
		return programs{}, fmt.Errorf("PostgreSQL %d is not offered", major)
	}
	final := filepath.Join(s.fetchDir(), strconv.Itoa(major))
	if err := s.home.mkdirAll(s.fetchDir()); err != nil {
		return programs{}, err
	}
	if as.other {
		for dir := s.fetchDir(); dir != "/var/lib"; dir = filepath.Dir(dir) {
			if err := os.Chmod(dir, 0o755); err != nil {
				return programs{}, err
			}
		}
	}
	temp, err := os.MkdirTemp(s.fetchDir(), "fetch-")
	if err != nil {
		return programs{}, err
	}
	defer os.RemoveAll(temp)
	s.notify(&model.Error{Fault: "fetching-programs", Facts: model.Facts{"major": major}})
	extracted := filepath.Join(temp, "programs")
	// The library only knows to fetch, extract and start. A data directory below a file is
	// refused right after the extraction, which is all that is wanted here.
	library := embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().Version(version).Port(0).BinaryRepositoryURL(s.repository).
		CachePath(filepath.Join(temp, "archive")).RuntimePath(filepath.Join(temp, "runtime")).
		BinariesPath(extracted).DataPath("/dev/null/none").Logger(io.Discard))
	done := make(chan error, 1)
	go func() { done <- library.Start() }() // it takes no context
	select {
	case <-ctx.Done():
		return programs{}, ctx.Err()
	case <-time.After(5 * time.Minute):
		return programs{}, errors.New("the network was too slow")
	case err = <-done:
	}
	if _, statErr := os.Stat(filepath.Join(extracted, "bin", "initdb")); statErr != nil {
		return programs{}, err
	}
	if err = publish(extracted, s.home); err == nil {
		err = os.Rename(extracted, final)
	}
	if err != nil {
		return programs{}, err
	}
	return programsIn(ctx, as, filepath.Join(final, "bin"))
}

// publish lets the account of the server read and run what was extracted.
func publish(dir string, home Home) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if os.Geteuid() == 0 {
			if err := os.Lchown(path, home.UID, home.GID); err != nil {
				return err
			}
		}
		if d.Type()&fs.ModeSymlink != 0 {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := info.Mode().Perm() | 0o444
		if mode&0o100 != 0 {
			mode |= 0o111
		}
		return os.Chmod(path, mode)
	})
}
