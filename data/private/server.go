// Package private runs epev's own PostgreSQL: found, started on demand, shared by all the
// shells of a user, and left running between commands (SPEC 3).
//
// The home holds, in the directory postgresql:
//   - data, the data directory.
//   - socket, the directory of the unix socket, 0700, which is the only way in.
//   - server.log, where the server writes what happens.
//   - start.lock, which the epev holds that starts or stops the server.
//   - server.lock, which every process of the server holds, and initdb.
//   - upgrade.lock, which the epev holds that brings it to a newer version of PostgreSQL.
//   - upgrade and data.upgraded, while it does so; data.15 and the like, what was the data of that version.
//
// The server inherits server.lock, open and locked, from the epev that starts it. The system
// drops that lock when the last of its processes has ended, however it ended. So whether a
// server is alive needs no trust in a pid file, whose number another process may have by now.
//
// A server that serves root runs as another account, which may not pass root's directories. It inherits its own two
// directories as open files and reaches them through /proc/self/fd.
package private

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"epev/model"
	"epev/model/ownfile"
)

const (
	superuser = "epev"           // the superuser that initdb makes; only the owner reaches the socket
	port      = 5432             // in the socket's name only
	socket    = "/.s.PGSQL.5432" // under the socket directory
)

// longest is how long the path of a unix socket may be, in bytes.
var longest = len(syscall.RawSockaddrUnix{}.Path) - 1

// Address says where the server is, in the words of lib/pq: host=Socket port=Port user=User.
// It asks for no password: the kernel says who comes through the socket, and the owner and root get in.
type Address struct {
	Socket string // directory of the unix socket
	Port   int
	User   string
}

// Words are the parameters of a connection to one of its databases.
func (a Address) Words(database string) [][2]string {
	return [][2]string{{"host", a.Socket}, {"port", strconv.Itoa(a.Port)}, {"user", a.User}, {"dbname", database}}
}

// Server is the private PostgreSQL of one home, running or not.
type Server struct {
	// Volatile gives up durability for speed: for the throw-away servers of tests.
	Volatile bool
	// Cluster fills an empty directory with a cluster in place of initdb: for tests, too.
	Cluster func(dir string) error

	home       Home
	notify     func(notice error)
	places     []string  // patterns of directories that may hold the programs
	repository string    // where they are fetched
	given      *programs // those to use, whatever there is
	aside      bool      // it listens where nobody looks for it
	like       string    // another data directory, whose owner it runs as
}

// New returns the server of home. Nothing happens yet. notify is called when something that takes
// time begins; it may be nil.
func New(home Home, notify func(notice error)) *Server {
	if notify == nil {
		notify = func(error) {}
	}
	return &Server{home: home, notify: notify, places: places, repository: "https://repo1.maven.org/maven2"}
}

// base is the directory of the server in the home, by its real path: however the home is
// called, the socket is in the same place.
func (s *Server) base() string {
	dir, err := filepath.EvalSymlinks(s.home.Dir)
	if err != nil {
		dir = s.home.Dir
	}
	return filepath.Join(dir, "postgresql")
}

func (s *Server) data() string    { return filepath.Join(s.base(), "data") }
func (s *Server) logPath() string { return filepath.Join(s.base(), "server.log") }

// socketDir is in the home, unless that path is too long for a socket or holds what the
// words of a connection string cannot. The other place is the same at every call, which
// TMPDIR and XDG_RUNTIME_DIR are not: they differ between a desktop, ssh and sudo.
func (s *Server) socketDir() string {
	dir := filepath.Join(s.base(), "socket")
	if s.aside {
		dir += ".aside"
	}
	if len(dir)+len(socket) <= longest && !strings.ContainsAny(dir, "\\'\", ") {
		return dir
	}
	sum := sha256.Sum256([]byte(dir))
	return fmt.Sprintf("/tmp/epev-%d-%x/socket", s.home.UID, sum[:8])
}

// Address returns where the server is, or will be once it is started.
func (s *Server) Address() Address {
	return Address{Socket: s.socketDir(), Port: port, User: superuser}
}

// Start makes sure that the server answers at its address. It costs microseconds when it does already. Else it waits for
// others that are at it, in any process, finds the programs, creates the data directory and starts the server, which
// outlives the caller. An error is of kind Unavailable, or the context's.
func (s *Server) Start(ctx context.Context) error {
	if s.running() {
		return nil
	}
	if err := s.home.Make(); err != nil {
		return err
	}
	return s.exclusively(ctx, "start", func(root *os.Root) error { return s.start(ctx, root) })
}

func (s *Server) start(ctx context.Context, root *os.Root) error {
	guard, err := s.home.open(root, "server.lock", os.O_RDWR, nil)
	if err != nil {
		return err
	}
	defer guard.Close()

	// An ended server's last processes may linger, and one that somebody killed epev over may still be starting.
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ready := false
	lingering := func() error { return model.Fault("waiting-for-private") }
	err = s.waitAloud(limited, lingering, func() (bool, error) {
		unreachable := s.postmaster().ready
		if ready = s.running(); ready {
			return true, nil
		}
		free, err := ownfile.TryLock(guard, false)
		if err == nil && !free && unreachable { // its socket was removed, or is where an upgrade had it
			s.interrupt()
		}
		return free, err
	})
	if ready || err != nil && ctx.Err() != nil {
		return err
	}
	if err != nil {
		return &model.Error{Kind: model.Unavailable, Fault: "private-busy", Facts: model.Facts{"path": s.base(), "log": s.logPath()}, Err: err}
	}
	if err := s.settle(ctx, root); err != nil {
		return err
	}
	if err := s.clearStale(); err != nil {
		return err
	}

	as, err := serverAccount(s.home, cmp.Or(s.like, s.data()))
	if err != nil {
		return err
	}
	major, err := clusterVersion(s.data())
	if err == nil && major == 0 {
		err = s.putAway()
	}
	if err != nil {
		return err
	}
	progs, err := s.findPrograms(ctx, as, major)
	if err != nil {
		return err
	}
	log, err := s.home.openLog(root, "server.log")
	if err != nil {
		return err
	}
	defer log.Close()
	keepFiles()
	if major == 0 {
		s.notify(&model.Error{Fault: "making-private", Facts: model.Facts{"path": s.base()}})
		err = s.createCluster(ctx, root, as, progs, guard, log)
	} else {
		s.notify(model.Fault("starting-private"))
	}
	if err == nil {
		err = s.configure(root, as, progs)
	}
	if err != nil {
		return err
	}
	return s.launch(ctx, as, progs, guard, log)
}

// Whoever starts the server may have to fetch its programs first, so others wait that long for them. A process that was
// stopped does not let go by itself.
const (
	lockPatience    = 5 * time.Minute
	stoppedPatience = 5 * time.Second
)

// exclusively runs do in the server's directory, with start.lock held. Its error is of kind Unavailable, or of who no longer
// waits: what was begun goes on by itself.
func (s *Server) exclusively(ctx context.Context, what string, do func(root *os.Root) error) error {
	err := s.locked(ctx, do)
	switch {
	case err == nil:
		return nil
	case ctx.Err() == nil:
		return fileError(err, s.base())
	}
	err = fmt.Errorf("%s the private database: %w", what, ctx.Err())
	if errors.Is(err, context.Canceled) {
		err = &model.Error{Kind: model.Interrupted, Err: err, Fault: "private-interrupted", Try: []string{"db-status"}}
	}
	return err
}

func (s *Server) locked(ctx context.Context, do func(root *os.Root) error) error {
	if err := s.home.account().mkdir(s.base()); err != nil {
		return err
	}
	root, err := os.OpenRoot(s.base())
	if err != nil {
		return err
	}
	defer root.Close()
	f, err := s.home.open(root, "start.lock", os.O_RDWR, nil)
	if err != nil {
		return err
	}
	defer f.Close()
	begin, who := time.Now(), error(nil)
	why := func() error { return &model.Error{Fault: "waiting-for-other", Facts: model.Facts{"who": who}} }
	err = s.waitAloud(ctx, why, func() (bool, error) {
		free, err := ownfile.Hold(f)
		if free || err != nil {
			return free, err
		}
		if other, is := s.upgradedBy(); is {
			return false, unavailable("private-upgrading", model.Facts{"who": other})
		}
		content, _ := io.ReadAll(io.NewSectionReader(f, 0, 64))
		other, stopped := ownfile.Holder(content)
		if waited := time.Since(begin); waited > lockPatience || stopped && waited > stoppedPatience {
			return false, unavailable("private-held", model.Facts{"who": other, "path": s.base()})
		}
		who = other
		return false, nil
	})
	if err != nil {
		return err
	}
	return do(root)
}

// waitAloud waits, and tells why when it takes more than two seconds.
func (s *Server) waitAloud(ctx context.Context, why func() error, done func() (bool, error)) error {
	begin, told := time.Now(), false
	return wait(ctx, func() (bool, error) {
		if !told && time.Since(begin) > 2*time.Second {
			s.notify(why())
			told = true
		}
		return done()
	})
}

// wait calls done until it reports true or fails, or the context ends. It looks every millisecond at first, then more
// rarely. So it is late by at most a tenth of the time that the wait takes.
func wait(ctx context.Context, done func() (bool, error)) error {
	begin := time.Now()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(max(time.Since(begin)/10, time.Millisecond), 100*time.Millisecond)):
		}
	}
}

// launch executes postgres itself, which pg_ctl would take twice as long to notice, and waits until it lets people in.
func (s *Server) launch(ctx context.Context, as account, progs programs, guard, log *os.File) error {
	cmd := as.command(context.WithoutCancel(ctx), progs.path("postgres"))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{guard}
	dir := s.socketDir()
	if filepath.Dir(dir) != s.base() {
		if err := s.home.account().mkdir(filepath.Dir(dir)); err != nil {
			return err
		}
	}
	if err := as.mkdir(dir); err != nil {
		return err
	}
	for _, dir := range []struct{ option, path string }{{"-D", s.data()}, {"-k", dir}} {
		name, giveBack, err := as.lend(cmd, dir.path)
		if err != nil {
			return err
		}
		defer giveBack()
		cmd.Args = append(cmd.Args, dir.option, name)
	}
	if s.Volatile {
		cmd.Args = append(cmd.Args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=200")
	}
	begin, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return s.refused(as, "", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // also, a dead child that nobody waits for still looks alive
	return wait(ctx, func() (bool, error) {
		select {
		case err := <-ended:
			said, _ := io.ReadAll(io.NewSectionReader(log, begin, 1<<16))
			return false, s.refused(as, string(said), fmt.Errorf("postgres ended: %v", err))
		default:
			p := s.postmaster()
			return p.ready && p.pid == cmd.Process.Pid, nil
		}
	})
}

// Stop shuts the server down, ending what its clients do, and waits until all of it has ended. It reports whether there
// was anything to stop. An error is of kind Unavailable, or the context's.
func (s *Server) Stop(ctx context.Context) (stopped bool, err error) {
	if _, err := os.Stat(s.base()); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	err = s.exclusively(ctx, "stop", func(root *os.Root) error {
		stopped = s.alive()
		if err := s.halt(ctx); err != nil {
			return err
		}
		return s.settle(ctx, root)
	})
	return stopped, err
}
