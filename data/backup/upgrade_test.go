package backup

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"epev/commands/sentences"
	"epev/data"
	"epev/data/private"
	"epev/data/testdb/needs"
	"epev/model"
	"epev/model/ownfile"
)

// In the environment of a run of this binary that upgrades the server of a home, and the moment at which something befalls it.
const (
	upgradedHome = "EPEV_TEST_UPGRADED_HOME"
	befalls      = "EPEV_TEST_BEFALLS"
	upgradedFor  = "EPEV_TEST_UPGRADED_FOR" // the user id of who called sudo
)

func homeOf(dir string) private.Home {
	if id, err := strconv.Atoi(os.Getenv(upgradedFor)); err == nil {
		return private.Home{Dir: dir, UID: id, GID: id}
	}
	return private.Home{Dir: dir, UID: os.Geteuid(), GID: os.Getegid()}
}

func serverOf(dir string) *private.Server {
	s := private.New(homeOf(dir), nil)
	s.Volatile = true
	return s
}

// upgradeHere is that run. It prints how it ends.
func upgradeHere(ctx context.Context, dir, moment string) error {
	server := serverOf(dir)
	if moment == "start" {
		return server.Start(ctx)
	}
	main := data.Words(server.Address().Words(data.Main.Name)...)
	s, err := data.Open(data.Config{DSN: main, Start: server.Start})
	if err != nil {
		return err
	}
	defer s.Close()
	plan, err := server.Upgradable(ctx)
	if err != nil {
		return err
	}
	if plan.From == plan.To {
		return model.Fault("nothing newer")
	}
	ctx, giveUp := context.WithCancel(ctx)
	defer giveUp()
	what, when, _ := strings.Cut(moment, " ")
	befall := func() {
		switch what {
		case "kill":
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		case "interrupt":
			giveUp()
		case "fill":
			f, err := os.Create(filepath.Join(dir, "filler"))
			for err == nil {
				_, err = f.Write(make([]byte, 1<<16))
			}
		case "wait":
			wait()
		case "occupy": // the place to which something is to be renamed
			for _, place := range map[string][]string{"keeping": {plan.Kept}, "replacing": {filepath.Join(dir, "postgresql/data")}}[when] {
				if err := os.MkdirAll(filepath.Join(place, "something"), 0o700); err != nil {
					panic(err)
				}
			}
		}
	}
	if what == "refuse" || what == "unstoppable" {
		return refusedHere(ctx, server, plan, what)
	}
	_, err = Upgrade(ctx, s, server, plan, func(step private.Step) {
		if when == string(step) {
			befall()
		}
	}, func(share float64) {
		if when == "half" && share > 0.4 {
			when = ""
			befall()
		}
	})
	return err
}

// wait waits until the test goes on.
func wait() {
	fmt.Println("waiting")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

// refusedHere upgrades to a new database that is found not to answer as it should, and whose server perhaps cannot be stopped.
func refusedHere(ctx context.Context, server *private.Server, plan private.Upgrade, what string) error {
	progs, err := moving(ctx, plan)
	if err != nil {
		return err
	}
	return server.Upgrade(ctx, plan, private.Mover{
		At: func(private.Step) {},
		Move: func(ctx context.Context, from, to private.Address) error {
			_, err := move(ctx, progs, from, to, unwatched)
			return err
		},
		Answers: func(_ context.Context, address private.Address) error {
			if what == "refuse" {
				wait()
				return model.Fault("refused")
			}
			file := filepath.Join(filepath.Dir(address.Socket), "data/postmaster.pid")
			content, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			pid, rest, _ := bytes.Cut(content, []byte("\n"))
			fmt.Println(string(pid))
			return errors.Join(os.WriteFile(file, fmt.Appendf(nil, "%d\n%s", os.Getppid(), rest), 0o600), model.Fault("refused"))
		},
	})
}

// seed is a stopped private database of this machine's PostgreSQL, for all tests to copy: an office, and what its owner has put beside that.
var seed struct {
	once sync.Once
	data string // its directory; empty where it could not be made
	held data.Held
}

func makeSeed(t *testing.T) {
	dir, err := os.MkdirTemp("", "epev-seed-")
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{Server: serverOf(dir), dir: dir}
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := data.Main.Ensure(t.Context(), data.Config{DSN: data.Words(d.Address().Words("postgres")...)}); err != nil {
		t.Fatal(err)
	}
	from, _, _ := office(t)
	s := d.store(t)
	if _, err := Restore(t.Context(), s, open(t, backUp(t, from, plan(t.TempDir())).Path), unwatched); err != nil {
		t.Fatal(err)
	}
	db := d.db(t, data.Main.Name)
	for _, statement := range []string{
		"CREATE ROLE reader LOGIN PASSWORD 'Granite'", "CREATE ROLE readers", "GRANT readers TO reader", "GRANT SELECT ON epic_events.company TO readers",
		"ALTER DATABASE epev SET work_mem = '5MB'", "CREATE DATABASE wages OWNER reader", "CREATE DATABASE " + named("epev", verifying), "CREATE TABLE public.mine (id int)",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(statement, err)
		}
	}
	if _, err := d.db(t, "wages").Exec("CREATE TABLE wage AS SELECT 42 AS amount"); err != nil {
		t.Fatal(err)
	}
	if seed.held, err = s.Counted(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	seed.data = filepath.Join(dir, "postgresql/data")
}

// desk is a private database of a test's own, made of the seed, which runs.
type desk struct {
	*private.Server
	dir   string
	path  string // PATH of who has the newer programs
	newer int
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	dir, err := os.MkdirTemp("", "epev-desk-")
	if err != nil {
		t.Fatal(err)
	}
	return deskIn(t, dir)
}

func deskIn(t *testing.T, dir string) *desk {
	t.Helper()
	seed.once.Do(func() { makeSeed(t) })
	if seed.data == "" {
		t.Fatal("there is no database to copy")
	}
	d := &desk{Server: serverOf(dir), dir: dir}
	d.Cluster = func(dir string) error { return needs.Copy(seed.data, dir) }
	t.Cleanup(func() {
		if _, err := d.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		os.RemoveAll(dir)
	})
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	status, err := d.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bin, major := needs.NewerPostgres(t, status.Version)
	d.newer, d.path = major, bin+":"+os.Getenv("PATH")
	return d
}

func (d *desk) store(t *testing.T) *data.Store {
	t.Helper()
	s, err := data.Open(data.Config{DSN: data.Words(d.Address().Words(data.Main.Name)...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func (d *desk) db(t *testing.T, database string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", data.Words(d.Address().Words(database)...)+" sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// arrives starts an upgrade as by does, and returns once it has come to where it waits. ends lets it go on to its end, and returns what it
// complained of.
func (d *desk) arrives(t *testing.T, how string) (ends func() (said string, err error)) {
	t.Helper()
	cmd := d.by(how)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscanln(out, new(string)); err != nil {
		t.Fatal(err, cmd.Wait(), said.String())
	}
	return func() (string, error) {
		in.Close()
		err := cmd.Wait()
		return said.String(), err
	}
}

// by is another epev, which has the newer programs on its PATH.
func (d *desk) by(moment string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), upgradedHome+"="+d.dir, befalls+"="+moment, "PATH="+d.path)
	return cmd
}

// whole holds the database to be of that version and to hold what it held, and nothing to be left of an upgrade.
func (d *desk) whole(t *testing.T, major int) {
	t.Helper()
	if out, err := d.by("start").CombinedOutput(); err != nil {
		t.Fatalf("it does not start: %v %s", err, out)
	}
	s := d.store(t)
	defer s.Close()
	info, err := s.Info(t.Context())
	if err != nil || !strings.HasPrefix(info.ServerVersion, fmt.Sprint(major, ".")) {
		t.Errorf("it is of version %s and not of %d: %v", info.ServerVersion, major, err)
	}
	after, err := s.Counted(t.Context(), nil)
	if differences := seed.held.Differences(after); err != nil || len(differences) > 0 {
		t.Errorf("it is not what it was: %v %v", differences, err)
	}
	if amount := one(t, d.db(t, "wages"), "SELECT amount FROM wage"); amount != "42" {
		t.Errorf("the other database: %s", amount)
	}
	base := filepath.Join(d.dir, "postgresql")
	for _, name := range []string{"upgrade", "data.upgraded", "socket.aside"} {
		if _, err := os.Lstat(filepath.Join(base, name)); err == nil {
			t.Errorf("%s is left", name)
		}
	}
	processes, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, process := range processes {
		if at, _ := os.Readlink(process); strings.HasPrefix(at, filepath.Join(base, "upgrade")) || strings.HasPrefix(at, filepath.Join(base, "data.")) {
			t.Errorf("%s works in %s", process, at)
		}
	}
}

func TestAnUpgradeTakesAllAlongAndKeepsTheOld(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	old, err := d.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Meanwhile nobody else reaches either server.
	shell := d.db(t, data.Main.Name)
	if _, err := shell.Exec("SELECT 1"); err != nil {
		t.Fatal(err)
	}
	ends := d.arrives(t, "wait moving")
	if err := d.Start(t.Context()); faultOf(err) != "private-upgrading" {
		t.Errorf("another shell meanwhile: %v", err)
	}
	if _, err := d.Stop(t.Context()); faultOf(err) != "private-upgrading" {
		t.Errorf("db-stop meanwhile: %v", err)
	}
	if _, err := shell.Exec("INSERT INTO public.mine VALUES (1)"); err == nil {
		t.Error("a shell wrote meanwhile, into what is no more")
	}
	if said, err := ends(); err != nil {
		t.Fatal(err, said)
	}
	d.whole(t, d.newer)
	db := d.db(t, data.Main.Name)
	for query, want := range map[string]string{
		"SHOW work_mem": "5MB",
		"SELECT has_table_privilege('reader', 'epic_events.company', 'SELECT')":                    "true",
		"SELECT rolpassword IS NOT NULL FROM pg_authid WHERE rolname = 'reader'":                   "true",
		"SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'wages'":                  "reader",
		"SELECT count(*) FROM pg_database WHERE datname LIKE 'epev\\_%'":                           "0",
		"SELECT count(*) FROM pg_stats WHERE schemaname = 'epic_events' AND tablename = 'company'": "",
		"SELECT to_regclass('public.mine') IS NOT NULL":                                            "true",
		"SELECT lower('ÉLODIE') || (lower('ÉLODIE') COLLATE \"default\" < 'zz')::text":             "élodiefalse",
	} {
		if got := one(t, db, query); got != want && (want != "" || got == "0") {
			t.Errorf("%s: %s, not %s", query, got, want)
		}
	}
	// The old one is there, and comes back where it is put back. While it is there, no other is kept in its place.
	keptAt := fmt.Sprintf("%s.%d", old.Data, old.Version)
	if _, err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.RemoveAll(old.Data), os.Rename(keptAt, old.Data)); err != nil {
		t.Fatal(err)
	}
	d.whole(t, old.Version)
	if err := os.Mkdir(keptAt, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := d.by("").CombinedOutput(); err == nil || !strings.Contains(string(out), "kept-already") {
		t.Errorf("where the old data would be kept is something: %v %s", err, out)
	}
}

func TestAnUpgradeThatIsKilledLeavesAWholeDatabase(t *testing.T) {
	t.Parallel()
	moments := []string{"ending", "making", "initdb", "moving", "half", "closing", "answering", "placing", "keeping", "replacing", "starting"}
	for i, moment := range moments {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			status, err := d.Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			cmd := d.by("kill " + moment)
			var said bytes.Buffer
			cmd.Stderr = &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if moment == "initdb" {
				made := filepath.Join(d.dir, "postgresql/upgrade/postgresql/data.new/PG_VERSION")
				for begin := time.Now(); ; time.Sleep(time.Millisecond) {
					if _, err := os.Stat(made); err == nil || time.Since(begin) > time.Minute {
						break
					}
				}
				_ = cmd.Process.Kill()
			}
			err = cmd.Wait()
			if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != -1 {
				t.Fatalf("it was not killed: %v %s", err, said.String())
			}
			stands := status.Version
			if slices.Index(moments, moment) >= slices.Index(moments, "replacing") {
				stands = d.newer
			}
			// Half of them go on with the next command, half upgrade again at once.
			if i%2 == 0 {
				d.whole(t, stands)
			}
			out, err := d.by("").CombinedOutput()
			if stands == d.newer {
				if err == nil || strings.Contains(string(out), "nothing-to-upgrade") { // there is none newer, or no pg_dump for it
					t.Errorf("it is upgraded twice: %v %s", err, out)
				}
			} else if err != nil {
				t.Fatalf("again: %v %s", err, out)
			}
			d.whole(t, d.newer)
			if _, err := os.Stat(fmt.Sprintf("%s.%d", status.Data, status.Version)); err != nil {
				t.Errorf("the old data is not kept: %v", err)
			}
		})
	}
}

func TestAnUpgradeThatFailsLeavesTheDatabaseAsItWas(t *testing.T) {
	t.Parallel()
	t.Run("given up", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		status, err := d.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if out, err := d.by("interrupt half").CombinedOutput(); err == nil || !strings.Contains(string(out), "upgrade-interrupted") {
			t.Errorf("%v %s", err, out)
		}
		if hint := sentences.Of(&model.Error{Fault: "upgrade-interrupted"}).Hint; !strings.Contains(hint, "is as it was") {
			t.Errorf("a person is told %q", hint)
		}
		d.whole(t, status.Version)
		// Once the new one is being put in its place, it is too late.
		if out, err := d.by("interrupt keeping").CombinedOutput(); err != nil {
			t.Errorf("%v %s", err, out)
		}
		d.whole(t, d.newer)
	})
	t.Run("the server cannot be stopped", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		status, err := d.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		cmd := d.by("unstoppable")
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		pid, _ := strconv.Atoi(strings.TrimSpace(string(out)))
		if err == nil || pid == 0 {
			t.Fatalf("%v %s %s", err, out, said.String())
		}
		// Nothing was renamed under it, and that is told.
		if version, err := os.ReadFile(filepath.Join(status.Data, "PG_VERSION")); err != nil || strings.TrimSpace(string(version)) != strconv.Itoa(status.Version) {
			t.Errorf("in the place of the data is version %s: %v", version, err)
		}
		for _, absent := range []string{fmt.Sprintf("%s.%d", status.Data, status.Version), status.Data + ".upgraded"} {
			if _, err := os.Lstat(absent); err == nil {
				t.Errorf("%s is there", absent)
			}
		}
		if !strings.Contains(said.String(), "upgrade-left") || !strings.Contains(said.String(), status.Data) {
			t.Errorf("it is told: %s", said.String())
		}
		if err := d.Start(t.Context()); faultOf(err) != "private-elsewhere" {
			t.Errorf("the next start: %v", err)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		lock, err := os.Open(filepath.Join(d.dir, "postgresql/upgrade/postgresql/server.lock"))
		if err != nil {
			t.Fatal(err)
		}
		defer lock.Close()
		if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil { // until its last process has ended
			t.Fatal(err)
		}
		lock.Close()
		d.whole(t, status.Version)
	})
	t.Run("something is in the way", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		status, err := d.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		keptAt := fmt.Sprintf("%s.%d", status.Data, status.Version)
		if out, err := d.by("occupy keeping").CombinedOutput(); err == nil || !strings.Contains(string(out), "upgrade-not-placed") {
			t.Errorf("%v %s", err, out)
		}
		d.whole(t, status.Version)
		if _, err := d.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(keptAt); err != nil {
			t.Fatal(err)
		}
		out, err := d.by("occupy replacing").CombinedOutput()
		if err == nil || !strings.Contains(string(out), "upgrade-between") || !strings.Contains(string(out), keptAt) {
			t.Errorf("%v %s", err, out)
		}
		// Neither a new database is begun, nor is the one that was in the way taken, until somebody has decided.
		if err := d.Start(t.Context()); faultOf(err) != "cluster-without-version" {
			t.Errorf("the next start: %v", err)
		}
		if err := os.RemoveAll(status.Data); err != nil {
			t.Fatal(err)
		}
		if err := d.Start(t.Context()); faultOf(err) != "cluster-put-away" {
			t.Errorf("a start where nothing is in the place of the data: %v", err)
		}
		if err := os.Rename(keptAt, status.Data); err != nil {
			t.Fatal(err)
		}
		d.whole(t, status.Version)
	})
	t.Run("no newer programs are to be had", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		if plan, err := d.Upgradable(t.Context()); err != nil || plan.Programs != "" {
			t.Skipf("this machine has a newer PostgreSQL in %s: %v", plan.Programs, err)
		}
		before, err := d.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		d.path = os.Getenv("PATH")
		cmd := d.by("")
		cmd.Env = append(cmd.Env, "HTTPS_PROXY=http://127.0.0.1:1")
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "no-newer-programs") {
			t.Errorf("%v %s", err, out)
		}
		if after, err := d.Status(t.Context()); err != nil || after.PID != before.PID {
			t.Errorf("the server was ended for nothing: process %d, not %d: %v", after.PID, before.PID, err)
		}
	})
	t.Run("the disk is full", func(t *testing.T) {
		t.Parallel()
		dir, err := os.MkdirTemp("", "epev-desk-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Remove(dir) }) // once it is no disk any more
		needs.Disk(t, dir, "size=260m")
		d := deskIn(t, dir)
		status, err := d.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if out, err := d.by("fill moving").CombinedOutput(); err == nil || !strings.Contains(string(out), "disk-full") {
			t.Errorf("%v %s", err, out)
		}
		if err := os.Truncate(filepath.Join(dir, "filler"), 0); err != nil {
			t.Fatal(err)
		}
		d.whole(t, status.Version)
		// Where it is known before, nothing is begun.
		filler, err := os.Create(filepath.Join(dir, "filler"))
		for taken := int64(0); err == nil; taken += 1 << 20 {
			plan, planErr := d.Upgradable(t.Context())
			if planErr != nil {
				err = planErr
			} else if plan.Free > plan.Needs+(8<<20) {
				_, err = filler.Write(make([]byte, plan.Free-plan.Needs-(4<<20)))
			} else {
				_, err = filler.Write(make([]byte, 1<<20))
			}
		}
		if faultOf(err) != "no-room-to-upgrade" {
			t.Errorf("too little room: %v", err)
		}
		d.whole(t, status.Version)
		_ = errors.Join(filler.Truncate(0), filler.Close())
	})
	t.Run("programs that do not run", func(t *testing.T) {
		t.Parallel()
		dir, err := os.MkdirTemp("", "epev-desk-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Remove(dir) }) // once it is no disk any more
		needs.Disk(t, dir, "size=260m")
		d := deskIn(t, dir)
		status, err := d.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		bin := t.TempDir()
		for at := bin; at != "/" && at != os.TempDir(); at = filepath.Dir(at) { // the server's account passes it
			if err := os.Chmod(at, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		d.path = bin + ":" + os.Getenv("PATH")
		// The true cause is told where the disk has no room besides.
		const fills = "for a; do case $a in --pgdata=*) dd if=/dev/zero of=\"${a#--pgdata=}/filler\" bs=64k 2>/dev/null;; esac; done\n"
		for _, before := range []string{"", fills} {
			for name, script := range map[string]string{"postgres": "echo 'postgres (PostgreSQL) 19.0'\n", "initdb": before + "echo initdb: error: it is broken\nexit 1\n"} {
				if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			out, err := d.by("").CombinedOutput()
			if err == nil || !strings.Contains(string(out), "upgrade-not-started") || !strings.Contains(string(out), "it is broken") {
				t.Errorf("%v %s", err, out)
			}
			d.whole(t, status.Version)
		}
	})
}

// What a shell is told to be done stays, also where it writes while the new database is judged and found wanting.
func TestNothingThatIsWrittenDuringAnUpgradeIsLost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	old, err := d.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db := d.db(t, data.Main.Name)
	var acknowledged atomic.Int64
	write := func() {
		if _, err := db.Exec("INSERT INTO public.mine VALUES (1)"); err == nil {
			acknowledged.Add(1)
		}
	}
	done := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				write()
			}
		}
	})
	ends := d.arrives(t, "refuse")
	if _, err := os.Lstat(filepath.Join(d.Address().Socket, ".s.PGSQL.5432")); err == nil {
		t.Error("others reach a database that is not judged yet")
	}
	for range 3 {
		write()
	}
	if said, err := ends(); err == nil || !strings.Contains(said, "refused") {
		t.Errorf("%v %s", err, said)
	}
	d.whole(t, old.Version)
	close(done)
	writer.Wait()
	if there, _ := strconv.ParseInt(one(t, d.db(t, data.Main.Name), "SELECT count(*) FROM mine"), 10, 64); there < acknowledged.Load() || there == 0 {
		t.Errorf("%d rows were written, and %d are there", acknowledged.Load(), there)
	}
}

func TestTheNewServerAnswersWithAllDatabasesAndTheirRules(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	wages, err := at(d.Address(), "wages")
	if err != nil {
		t.Fatal(err)
	}
	defer wages.Close()
	held := map[string]data.Held{data.Main.Name: seed.held}
	if held["wages"], err = wages.Counted(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	wages.Close()
	db := d.db(t, data.Main.Name)
	for _, change := range []struct{ statement, difference string }{
		{"SELECT 1", ""},
		{"DROP DATABASE wages WITH (FORCE)", "held-no-database"},
		{"DROP INDEX epic_events.client_by_company", "held-no-rule"},
	} {
		if _, err := db.Exec(change.statement); err != nil {
			t.Fatal(err)
		}
		err := answers(t.Context(), d.Address(), held)
		if (err == nil) != (change.difference == "") || err != nil && (faultOf(err) != "upgrade-differs" || !strings.Contains(told(err), change.difference)) {
			t.Errorf("%s: %s", change.statement, told(err))
		}
	}
}

// Under root the server keeps the account that it runs as, also where epev would take another one by now. Under sudo all is the person's.
func TestAnUpgradeLeavesTheAccountAsItIs(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	const nobody = 65534
	d := newDesk(t)
	status, err := d.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	give := func(dir string) {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			return errors.Join(err, os.Lchown(path, nobody, nobody))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	give(status.Data)
	give(status.Socket)
	if out, err := d.by("").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	d.whole(t, d.newer)
	// All of it is that account's. Its kept data goes back to it where the next account is the person's under sudo.
	if _, err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.RemoveAll(status.Data), os.Rename(fmt.Sprintf("%s.%d", status.Data, status.Version), status.Data)); err != nil {
		t.Fatal(err)
	}
	give(d.dir)
	cmd := d.by("")
	cmd.Env = append(cmd.Env, upgradedFor+"="+strconv.Itoa(nobody))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("under sudo: %v %s", err, out)
	}
	person := private.New(private.Home{Dir: d.dir, UID: nobody, GID: nobody}, nil)
	person.Volatile = true
	if after, err := person.Status(t.Context()); err != nil || after.Version != d.newer || !after.Running {
		t.Errorf("under sudo: %+v %v", after, err)
	}
	if _, err := person.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	err = filepath.WalkDir(d.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && ownfile.Owner(info) != nobody {
			t.Errorf("%s belongs to %d", path, ownfile.Owner(info))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if err := os.Lchown(d.dir, 0, 0); err != nil { // for the end of the test
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(d.dir, "postgresql")); err != nil {
		t.Fatal(err)
	}
}

// told is what an error says in a test's own run.
func told(err error) string {
	if err == nil {
		return ""
	}
	e, _ := errors.AsType[*model.Error](err)
	if e == nil {
		return err.Error()
	}
	return cmp.Or(string(e.Fault), e.Message) + fmt.Sprint(e.Facts, " ", err)
}
