// Package private runs epev's own PostgreSQL: found, started on demand, shared by all the
// shells of a user, and left running between commands (SPEC 3).
//
// The home holds, in the directory postgresql:
//
//	data         the data directory
//	socket       the directory of the unix socket, 0700, the only way in
//	server.log   what the server says
//	start.lock   held by the epev that starts or stops the server
//	server.lock  held by every process of the server, and by initdb
//
// The server inherits server.lock, open and locked, from the epev that starts it. The system
// drops that lock when the last of its processes has ended, however it ended. So whether a
// server is alive needs no trust in a pid file, whose number another process may have by now.
//
// A server that serves root runs as another account, which may not pass root's directories. It inherits its own two
// directories as open files and reaches them through /proc/self/fd.
package private

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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

// Server is the private PostgreSQL of one home, running or not.
type Server struct {
	// Volatile gives up durability for speed: for the throw-away servers of tests.
	Volatile bool
	// Seed is the data directory of a stopped server, which is copied where there is none,
	// instead of running initdb.
	Seed string

	home       Home
	notify     func(notice error)
	places     []string // patterns of directories that may hold the programs
	repository string   // where they are fetched
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

// Start makes sure that the server answers and returns where. It costs microseconds when it
// does already. Else it waits for others that are at it, in any process, finds the programs,
// creates the data directory and starts the server, which outlives the caller. An error is
// of kind Unavailable, or the context's.
func (s *Server) Start(ctx context.Context) (Address, error) {
	if s.running() {
		return s.Address(), nil
	}
	if err := s.start(ctx); err != nil {
		if ctx.Err() != nil {
			return Address{}, gaveUp(ctx, "start")
		}
		return Address{}, fileError(err, s.base())
	}
	return s.Address(), nil
}

func (s *Server) start(ctx context.Context) error {
	if err := s.home.Make(); err != nil {
		return err
	}
	root, unlock, err := s.exclusive(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	guard, err := s.home.open(root, "server.lock", os.O_RDWR, nil)
	if err != nil {
		return err
	}
	defer guard.Close()

	// An ended server's last processes may linger, and one that somebody killed epev over may
	// still be starting.
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ready := false
	if s.alive() && s.postmaster().ready && !s.running() { // its socket was removed: nobody can reach it
		s.interrupt()
	}
	lingering := func() error { return model.Fault("waiting-for-private") }
	err = s.waitAloud(limited, lingering, func() (bool, error) {
		if ready = s.running(); ready {
			return true, nil
		}
		return ownfile.TryLock(guard, false)
	})
	if ready || err != nil && ctx.Err() != nil {
		return err
	}
	if err != nil {
		return s.unreachable(err)
	}
	if err := s.clearStale(); err != nil {
		return err
	}

	as, err := serverAccount(s.home, s.data())
	if err != nil {
		return err
	}
	major, err := clusterVersion(s.data())
	if err != nil {
		return err
	}
	want := major
	if major == 0 && s.Seed != "" {
		if want, err = clusterVersion(s.Seed); err != nil {
			return err
		}
	}
	progs, err := s.findPrograms(ctx, as, want)
	if err != nil {
		return err
	}
	log, err := s.openLog(root)
	if err != nil {
		return err
	}
	defer log.Close()
	keepFiles()
	if major == 0 {
		s.notify(&model.Error{Fault: "making-private", Facts: model.Facts{"path": s.base()}})
		if err := s.createCluster(ctx, root, as, progs, guard, log); err != nil {
			return err
		}
	} else {
		s.notify(model.Fault("starting-private"))
	}
	if err := s.configure(root, as, progs); err != nil {
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

// gaveUp is the error of who no longer waits for the server to start or stop, which goes on by itself once begun.
func gaveUp(ctx context.Context, what string) error {
	err := fmt.Errorf("%s the private database: %w", what, ctx.Err())
	if !errors.Is(err, context.Canceled) {
		return err
	}
	return &model.Error{Kind: model.Interrupted, Err: err, Fault: "private-interrupted", Try: []string{"db-status"}}
}

// exclusive opens the server's directory and takes start.lock.
func (s *Server) exclusive(ctx context.Context) (root *os.Root, unlock func(), err error) {
	owner := account{uid: s.home.UID, gid: s.home.GID}
	if err := owner.mkdir(s.base()); err != nil {
		return nil, nil, err
	}
	root, err = os.OpenRoot(s.base())
	if err != nil {
		return nil, nil, err
	}
	f, err := s.home.open(root, "start.lock", os.O_RDWR, nil)
	if err != nil {
		root.Close()
		return nil, nil, err
	}
	begin := time.Now()
	other := func() (who error, stopped bool) {
		line := make([]byte, len(model.HolderLine()))
		n, _ := f.ReadAt(line, 0)
		return model.Holder(line[:n])
	}
	why := func() error {
		who, _ := other()
		return &model.Error{Fault: "waiting-for-other", Facts: model.Facts{"who": who}}
	}
	err = s.waitAloud(ctx, why, func() (bool, error) {
		free, err := ownfile.TryLock(f, false)
		if free || err != nil {
			return free, err
		}
		who, stopped := other()
		if waited := time.Since(begin); waited > lockPatience || stopped && waited > stoppedPatience {
			return false, unavailable("private-held", model.Facts{"who": who, "path": s.base()})
		}
		return false, nil
	})
	if err != nil {
		f.Close()
		root.Close()
		return nil, nil, err
	}
	_, _ = f.WriteAt(model.HolderLine(), 0) // where it cannot be told, the lock holds all the same
	return root, func() { f.Close(); root.Close() }, nil
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

// launch executes postgres itself, which pg_ctl would take twice as long to notice, and
// waits until it lets people in.
func (s *Server) launch(ctx context.Context, as account, progs programs, guard, log *os.File) error {
	cmd := as.command(context.WithoutCancel(ctx), progs.path("postgres"))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{guard}
	dir := s.socketDir()
	if filepath.Dir(dir) != s.base() {
		if err := (account{uid: s.home.UID, gid: s.home.GID}).mkdir(filepath.Dir(dir)); err != nil {
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

// keepFiles marks every open file as not to be inherited. Files that Go opens are marked already; files that epev got
// from its caller are not. Such a file may be a pipe or a lock of a script, and a server that outlives the script would
// hold it for ever.
func keepFiles() {
	entries, _ := os.ReadDir("/dev/fd")
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
}

func (s *Server) openLog(root *os.Root) (*os.File, error) {
	log, err := s.home.open(root, "server.log", os.O_RDWR|os.O_APPEND, nil)
	if err != nil {
		return nil, err
	}
	if err := halve(log); err != nil {
		log.Close()
		return nil, err
	}
	return log, nil
}

// Stop shuts the server down, ending what its clients do, and waits until all of it has
// ended. It reports whether there was anything to stop. An error is of kind Unavailable, or
// the context's.
func (s *Server) Stop(ctx context.Context) (stopped bool, err error) {
	if _, err := os.Stat(s.base()); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	stopped, err = s.stop(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return false, gaveUp(ctx, "stop")
		}
		return false, fileError(err, s.base())
	}
	return stopped, nil
}

func (s *Server) stop(ctx context.Context) (stopped bool, err error) {
	_, unlock, err := s.exclusive(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	if !s.alive() {
		return false, nil
	}
	if !s.interrupt() && s.running() {
		return false, unavailable("private-elsewhere", model.Facts{"path": s.base()})
	}
	if err := wait(ctx, func() (bool, error) { return !s.alive(), nil }); err != nil {
		return false, err
	}
	if dir := s.socketDir(); filepath.Dir(dir) != s.base() {
		os.Remove(dir)
		os.Remove(filepath.Dir(dir))
	}
	return true, nil
}

// interrupt asks the server for its fast shutdown, and reports whether there is one to ask.
func (s *Server) interrupt() bool {
	p := s.postmaster()
	return p.pid != 0 && worksIn(p.pid, s.data()) && syscall.Kill(p.pid, syscall.SIGINT) == nil
}

func exists(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// clearStale removes what an ended server left that would keep PostgreSQL from starting when
// its process id belongs to another process by now, or is no longer in its file. Nobody holds
// server.lock, so none that epev started lives; one that somebody started by hand in the same
// directory is left alone.
func (s *Server) clearStale() error {
	for _, name := range []string{socket, socket + ".lock"} {
		if err := os.Remove(s.socketDir() + name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	pidFile := filepath.Join(s.data(), "postmaster.pid")
	pid := s.postmaster().pid
	switch text, err := os.ReadFile(pidFile); {
	case err == nil && namesNobody(text):
		if pid, err = serverOf(s.data()); err != nil {
			return nil // PostgreSQL refuses to start, and says why
		}
	case pid == 0 || !exists(pid):
		return nil // PostgreSQL sees that itself
	case !worksIn(pid, s.data()):
		pid = 0
	}
	if pid != 0 {
		return unavailable("server-of-others", model.Facts{"pid": pid, "path": s.data()})
	}
	return os.Remove(pidFile)
}

// namesNobody reports whether a pid file holds no process id, as a power cut may leave it. That of a
// single-user server is negative.
func namesNobody(pidFile []byte) bool {
	first, _, _ := strings.Cut(string(pidFile), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	return err != nil || pid == 0
}

// serverOf returns a server of that data directory, found among all processes, or 0.
func serverOf(data string) (pid int, err error) {
	if runtime.GOOS != "linux" {
		out, err := exec.Command("lsof", "-a", "-c", "postgres", "-d", "cwd", "-t", "--", data).Output()
		if first, _, found := strings.Cut(string(out), "\n"); found {
			return strconv.Atoi(first)
		}
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 { // it found none
			return 0, nil
		}
		return 0, err
	}
	processes, err := os.ReadDir("/proc")
	for _, p := range processes {
		name, _ := os.ReadFile(filepath.Join("/proc", p.Name(), "comm"))
		n, notOne := strconv.Atoi(p.Name())
		if notOne == nil && strings.Contains(string(name), "postgres") && worksIn(n, data) && (pid == 0 || n < pid) {
			pid = n // the first of a server's processes is the one to stop
		}
	}
	return pid, err
}

// unreachable is for a server that is alive but lets nobody in.
func (s *Server) unreachable(cause error) error {
	e := unavailable("private-busy", model.Facts{"path": s.base(), "log": s.logPath()})
	e.Err = cause
	return e
}
