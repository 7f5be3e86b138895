package backup

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"epev/data"
	"epev/data/testdb"
	"epev/model"
)

// killed is the environment of a run of this binary that restores and is killed on the way: the share at which, the database and the file.
const killed = "EPEV_TEST_RESTORE"

func TestMain(m *testing.M) {
	if at, rest, ok := strings.Cut(os.Getenv(killed), " "); ok {
		moment, _ := strconv.ParseFloat(at, 64)
		dsn, path, _ := strings.Cut(rest, " ")
		s, err := data.Open(data.Config{DSN: dsn})
		if err == nil {
			var f *File
			if f, err = Open(path); err == nil {
				_, err = Restore(context.Background(), s, f, func(share float64) {
					if share >= moment {
						_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
					}
				})
			}
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if dir := os.Getenv(upgradedHome); dir != "" {
		if err := upgradeHere(context.Background(), dir, os.Getenv(befalls)); err != nil {
			fmt.Fprintln(os.Stderr, told(err))
			os.Exit(1)
		}
		os.Exit(0)
	}
	status := testdb.Run(m)
	os.RemoveAll(strings.TrimSuffix(seed.data, "postgresql/data"))
	os.Exit(status)
}

// office returns a database with some records, as who may make others, and its handle.
func office(t *testing.T) (*data.Store, *sql.DB, string) {
	t.Helper()
	dsn := testdb.Superuser(testdb.New(t))
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	text, err := os.ReadFile("../../testdata/office.sql")
	if err == nil {
		_, err = db.Exec(string(text))
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := data.Open(data.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, db, dsn
}

func unwatched(float64) {}

func plan(dir string) Plan {
	return Plan{Dir: dir, UID: os.Geteuid(), GID: os.Getegid(), Now: time.Date(2027, 3, 4, 5, 6, 7, 0, time.UTC)}
}

func backUp(t *testing.T, s *data.Store, p Plan) Made {
	t.Helper()
	made, err := Make(t.Context(), s, p, unwatched)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func open(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func faultOf(err error) model.Fault {
	e, _ := errors.AsType[*model.Error](err)
	if e == nil {
		return ""
	}
	return e.Fault
}

func one(t *testing.T, db *sql.DB, query string) (value string) {
	t.Helper()
	if err := db.QueryRow(query).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

func TestABackupIsWholePrivateAndProvesItself(t *testing.T) {
	t.Parallel()
	s, _, _ := office(t)
	dir := t.TempDir()
	var shares []float64
	made, err := Make(t.Context(), s, plan(dir), func(share float64) { shares = append(shares, share) })
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(made.Path)
	if err != nil || info.Mode() != 0o600 || filepath.Dir(made.Path) != dir || !strings.HasSuffix(made.Path, "-20270304T050607Z.dump") {
		t.Errorf("%v %v %v", made.Path, info.Mode(), err)
	}
	if !slices.IsSorted(shares) || len(shares) < 5 {
		t.Errorf("progress: %v", shares)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left beside it: %v", left)
	}
	again := plan(dir)
	again.Name = filepath.Base(made.Path)
	if _, err := Make(t.Context(), s, again, unwatched); faultOf(err) != "backup-there" || model.KindOf(err) != model.Conflict {
		t.Errorf("a file that is there: %v", err)
	}
	f := open(t, made.Path)
	held, ok := f.Held()
	if !ok || held.Rows() == 0 || held.Version != data.NewestVersion() || !f.Made().Equal(plan("").Now) {
		t.Errorf("it says of itself: %+v %v", held, f.Made())
	}
	proof, err := Verify(t.Context(), s, f, unwatched)
	if err != nil || !proof.Compared || proof.Held.Rows() != held.Rows() {
		t.Errorf("proof: %+v %v", proof, err)
	}
	content, err := os.ReadFile(made.Path)
	if err != nil {
		t.Fatal(err)
	}
	// PostgreSQL's own program alone reads it, too; and a backup of pg_dump's alone is taken, but cannot be compared.
	plain := filepath.Join(dir, "plain.dump")
	if err := os.WriteFile(plain, content[:bytes.LastIndex(content, []byte(mark))], 0o600); err != nil {
		t.Fatal(err)
	}
	if proof, err := Verify(t.Context(), s, open(t, plain), unwatched); err != nil || proof.Compared || proof.Held.Rows() != held.Rows() {
		t.Errorf("of pg_dump alone: %+v %v", proof, err)
	}
	for name, changed := range map[string][]byte{
		"a byte of the rows":  flipped(content, len(content)/3),
		"a byte of the label": flipped(content, len(content)-30),
		"the end is missing":  content[:len(content)-10],
	} {
		path := filepath.Join(dir, "damaged.dump")
		if err := os.WriteFile(path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); faultOf(err) != "backup-damaged" {
			t.Errorf("%s: %v", name, err)
		}
	}
	half := filepath.Join(dir, "half.dump")
	if err := os.WriteFile(half, content[:len(content)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(t.Context(), s, open(t, half), unwatched); faultOf(err) != "backup-cut" || model.KindOf(err) != model.Usage {
		t.Errorf("half a backup: %v", err)
	}
	for path, want := range map[string]model.Fault{"backup_test.go": "backup-no-archive", "": "backup-unnamed", ".": "backup-directory", "/dev/null": "backup-no-file", "none": "backup-not-there"} {
		if _, err := Open(path); faultOf(err) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	if left, err := Leftovers(t.Context(), s, s.Address().Database); err != nil || len(left) > 0 {
		t.Errorf("databases are left: %v %v", left, err)
	}
}

func flipped(content []byte, at int) []byte {
	changed := bytes.Clone(content)
	changed[at] ^= 1
	return changed
}

func TestSoManyBackupsAreKept(t *testing.T) {
	t.Parallel()
	s, _, _ := office(t)
	dir := t.TempDir()
	for _, name := range []string{"epev-other-20200101T000000Z.dump", "mine.dump", prefix(s.Address().Database) + "old.dump"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := plan(dir)
	p.Keep = 2
	var last Made
	for range 4 {
		last = backUp(t, s, p)
		p.Now = p.Now.Add(time.Hour)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(left) != 5 || len(last.Removed) != 1 || !strings.Contains(last.Removed[0], "T060607Z") {
		t.Errorf("%v; removed %v", left, last.Removed)
	}
	// Those of a database that other bytes name stay, though their files are named alike; and so do those of one of the same name elsewhere.
	other, _, _ := office(t)
	name := plan("").Now.Add(-time.Hour).Format(moment) + ending
	alike := filepath.Join(dir, prefix(s.Address().Database)+name)
	if elsewhere := backUp(t, other, plan(t.TempDir())); os.Rename(elsewhere.Path, alike) != nil {
		t.Fatal("the other backup cannot be moved")
	}
	for range 3 {
		backUp(t, s, p)
		p.Now = p.Now.Add(time.Hour)
	}
	if _, err := os.Lstat(alike); err != nil {
		t.Errorf("the backup of another database: %v", err)
	}
	// What a killed one left goes, and what one that lives writes stays.
	dead := filepath.Join(dir, "."+prefix(s.Address().Database)+"20270101T000000Z.dump-DEAD")
	if err := os.WriteFile(dead, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	backUp(t, s, p)
	if _, err := os.Lstat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the draft of one that was killed: %v", err)
	}
}

// Two that are made in one second have names of their own, as one made by hand beside that of a timer.
func TestBackupsOfOneSecond(t *testing.T) {
	t.Parallel()
	s, _, _ := office(t)
	dir := t.TempDir()
	first, second := backUp(t, s, plan(dir)), backUp(t, s, plan(dir))
	if first.Path == second.Path || filepath.Dir(second.Path) != dir {
		t.Errorf("%s and %s", first.Path, second.Path)
	}
	open(t, second.Path)
	third := plan(dir)
	third.Keep = 2
	if made := backUp(t, s, third); !slices.Equal(made.Removed, []string{first.Path}) {
		t.Errorf("removed: %v", made.Removed)
	}
}

func TestARestoredDatabaseTakesThePlaceOfTheOldOne(t *testing.T) {
	t.Parallel()
	s, db, _ := office(t)
	name := s.Address().Database
	for _, statement := range []string{
		"ALTER DATABASE " + name + " SET work_mem = '5MB'", "ALTER DATABASE " + name + " SET search_path = public, \"a b\"",
		"REVOKE CONNECT ON DATABASE " + name + " FROM PUBLIC", "CREATE ROLE " + name + "_reader", "CREATE ROLE " + name + "_gone",
		"GRANT CONNECT ON DATABASE " + name + " TO " + name + "_reader", "GRANT USAGE ON SCHEMA epic_events TO " + name + "_reader, " + name + "_gone",
		"GRANT SELECT ON epic_events.company TO " + name + "_reader", "ALTER ROLE " + name + "_reader IN DATABASE " + name + " SET lock_timeout = '7s'",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(statement, err)
		}
	}
	before, err := s.Counted(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	f := open(t, backUp(t, s, plan(t.TempDir())).Path)
	for _, statement := range []string{
		"DELETE FROM epic_events.note", "UPDATE epic_events.company SET name = name || ' changed'", "DROP INDEX epic_events.client_email_key",
		"REVOKE ALL ON SCHEMA epic_events FROM " + name + "_gone", "DROP ROLE " + name + "_gone",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Log(statement, err)
		}
	}
	proof, err := Restore(t.Context(), s, f, unwatched)
	if err != nil || !proof.Compared || !slices.Equal(proof.Left, []string{name + "_gone"}) {
		t.Fatalf("%+v %v", proof, err)
	}
	after, err := s.Counted(t.Context(), nil)
	if err != nil || len(before.Differences(after)) > 0 {
		t.Errorf("after it: %v %v", before.Differences(after), err)
	}
	if has := one(t, db, "SELECT has_table_privilege('"+name+"_reader', 'epic_events.company', 'SELECT')"); has != "true" {
		t.Error("the reader has lost what was granted")
	}
	if got := one(t, db, "SELECT string_agg(c, ' ' ORDER BY c) FROM pg_db_role_setting, unnest(setconfig) c WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())"); got != `lock_timeout=7s search_path=public, "a b" work_mem=5MB` {
		t.Errorf("the settings: %s", got)
	}
	if role := one(t, db, "SELECT r.setrole::regrole::text FROM pg_db_role_setting r WHERE 'lock_timeout=7s' = ANY (r.setconfig) AND r.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())"); role != name+"_reader" {
		t.Errorf("the reader's setting is that of %s", role)
	}
	if has := one(t, db, "SELECT datacl::text LIKE '%"+name+"_reader=c/%' AND datacl::text NOT LIKE '%{=%' FROM pg_database WHERE datname = current_database()"); has != "true" {
		t.Error("the privileges on the database are others")
	}
	if left, err := Leftovers(t.Context(), s, name); err != nil || len(left) > 0 {
		t.Errorf("databases are left: %v %v", left, err)
	}
	if _, err := db.Exec("REVOKE ALL ON SCHEMA epic_events FROM " + name + "_reader; REVOKE ALL ON epic_events.company FROM " + name + "_reader; REVOKE ALL ON DATABASE " + name + " FROM " + name + "_reader; DROP ROLE " + name + "_reader"); err != nil {
		t.Error(err)
	}
}

// In what order texts come is of the database, and no backup tells it.
func TestARestoredDatabaseKeepsItsOrderOfTexts(t *testing.T) {
	t.Parallel()
	s, db, dsn := office(t)
	name := s.Address().Database
	made := backUp(t, s, plan(t.TempDir()))
	if _, err := db.Exec("CREATE DATABASE " + name + "_icu LOCALE_PROVIDER icu ICU_LOCALE 'fr-CA' TEMPLATE template0"); err != nil {
		t.Skipf("needs a server of version 15 or newer with ICU: %v", err)
	}
	defer db.Exec("DROP DATABASE " + name + "_icu WITH (FORCE)")
	there := strings.Replace(dsn, "/"+name, "/"+name+"_icu", 1)
	icu, err := data.Open(data.Config{DSN: there})
	if err != nil {
		t.Fatal(err)
	}
	defer icu.Close()
	if _, err := Verify(t.Context(), icu, open(t, made.Path), unwatched); err != nil {
		t.Error(err)
	}
	if _, err := Restore(t.Context(), icu, open(t, made.Path), unwatched); err != nil {
		t.Fatal(err)
	}
	if got := one(t, db, "SELECT to_jsonb(d) ->> 'datlocprovider' || coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', '') FROM pg_database d WHERE datname = '"+name+"_icu'"); got != "ifr-CA" {
		t.Errorf("the order of texts is %q", got)
	}
}

func TestARestorationThatIsKilledLeavesTheOldDatabase(t *testing.T) {
	t.Parallel()
	// From the first thing that is made, to when all is there and proved. The last is beside it: the new one has taken the place.
	for _, moment := range []string{"0", "0.2", "0.5", "0.8", "1", "2"} {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			s, db, dsn := office(t)
			name := s.Address().Database
			made := backUp(t, s, plan(t.TempDir()))
			if _, err := db.Exec("INSERT INTO epic_events.company (name) VALUES ('Since then')"); err != nil {
				t.Fatal(err)
			}
			stands, err := s.Counted(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), killed+"="+moment+" "+dsn+" "+made.Path)
			if moment == "2" {
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				through, err := s.Beside("postgres")
				if err != nil {
					t.Fatal(err)
				}
				defer through.Close()
				stands = made.Held
				for ended := time.Now().Add(time.Minute); time.Now().Before(ended); {
					if left, err := through.LeftOver(t.Context(), []string{named(name, replaced)}); err != nil || len(left) > 0 {
						break
					}
				}
				_ = cmd.Process.Kill()
				_ = cmd.Wait() // which may have ended by itself just before
			} else if said, err := cmd.CombinedOutput(); err == nil || cmd.ProcessState.ExitCode() != -1 {
				t.Fatalf("it was not killed: %v %s", err, said)
			}
			if after, err := s.Counted(t.Context(), nil); err != nil || len(stands.Differences(after)) > 0 {
				t.Errorf("after it: %v %v", stands.Differences(after), err)
			}
			left, err := Leftovers(t.Context(), s, name)
			if err != nil || len(left) != 1 && moment != "2" {
				t.Errorf("of a killed one is left: %v %v", left, err)
			}
			// The next one is not kept from it by what is left, and leaves nothing.
			if _, err := Restore(t.Context(), s, open(t, made.Path), unwatched); err != nil {
				t.Errorf("again: %v", err)
			}
			if after, err := s.Counted(t.Context(), nil); err != nil || len(made.Held.Differences(after)) > 0 {
				t.Errorf("after the next one: %v %v", made.Held.Differences(after), err)
			}
			if left, err := Leftovers(t.Context(), s, name); err != nil || len(left) > 0 {
				t.Errorf("is left: %v %v", left, err)
			}
		})
	}
}

func TestARestorationThatIsGivenUpLeavesTheOldDatabase(t *testing.T) {
	t.Parallel()
	s, _, _ := office(t)
	name := s.Address().Database
	before, err := s.Counted(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	made := backUp(t, s, plan(t.TempDir()))
	// The person gives up: all is as before, and nothing is left, either of the one before.
	ctx, cancel := context.WithCancel(t.Context())
	_, err = Restore(ctx, s, open(t, made.Path), func(share float64) {
		if share > 0.3 {
			cancel()
		}
	})
	if model.KindOf(err) != model.Interrupted {
		t.Errorf("given up: %v", err)
	}
	if after, err := s.Counted(t.Context(), nil); err != nil || len(before.Differences(after)) > 0 {
		t.Errorf("after it: %v %v", before.Differences(after), err)
	}
	if left, err := Leftovers(t.Context(), s, name); err != nil || len(left) > 0 {
		t.Errorf("is left: %v %v", left, err)
	}
}

func TestWhatIsNotReplaced(t *testing.T) {
	t.Parallel()
	s, db, dsn := office(t)
	made := backUp(t, s, plan(t.TempDir()))
	owner, err := data.Open(data.Config{DSN: strings.Replace(dsn, "epev@", "epev_owner@", 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	if _, err := Restore(t.Context(), owner, open(t, made.Path), unwatched); faultOf(err) != "may-not-create-databases" {
		t.Errorf("by who may make no database: %v", err)
	}
	if _, err := db.Exec("CREATE TABLE public.wages (id int)"); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), s, open(t, made.Path), unwatched); faultOf(err) != "database-shared" {
		t.Errorf("a table of others: %v", err)
	}
	err = s.Exclusively(t.Context(), s.Address().Database, func(ctx context.Context) error {
		_, err := Verify(ctx, s, open(t, made.Path), unwatched)
		return err
	})
	if faultOf(err) != "database-in-hand" {
		t.Errorf("two at once: %v", err)
	}
}

func TestThePasswordIsNeitherOnTheCommandLineNorInTheEnvironment(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script := "#!/bin/sh\n{ tr '\\0' ' ' </proc/$$/cmdline; tr '\\0' ' ' </proc/$$/environ; } >\"$1/seen\"\ncat \"$PGPASSFILE\" \"$PGPASSFILE\" >\"$1/given\"\n"
	if err := os.WriteFile(filepath.Join(dir, "pg_dump"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Skip("there is no /proc")
	}
	s, err := data.Open(data.Config{DSN: `host=db.example port=5433 user=nobody password='Se:cr\\et' dbname=crm`})
	if err != nil {
		t.Fatal(err)
	}
	if err := (programs{bin: dir}).run(t.Context(), task{name: "pg_dump", args: []string{dir}, on: s}); err != nil {
		t.Fatal(err)
	}
	seen, _ := os.ReadFile(filepath.Join(dir, "seen"))
	given, _ := os.ReadFile(filepath.Join(dir, "given"))
	if strings.Contains(string(seen), "Se") || !strings.Contains(string(seen), "PGHOST=db.example") || !strings.Contains(string(seen), "PGSSLMODE=require") {
		t.Errorf("seen: %s", seen)
	}
	if want := `*:*:*:*:Se\:cr\\et` + "\n"; string(given) != want+want {
		t.Errorf("given: %q", given)
	}
}

func TestProgramsOlderThanTheServerAreTold(t *testing.T) {
	t.Parallel()
	if _, err := find(t.Context(), 99); faultOf(err) != "dump-too-old" && faultOf(err) != "no-dump" {
		t.Error(err)
	}
	if progs, err := find(t.Context(), 9); err != nil || progs.major < 14 {
		t.Errorf("newer ones serve an older server: %+v %v", progs, err)
	}
}

// A broken pipe, a directory that may not be written and their like are no full disks.
func TestAFullDiskIsToldWhereItIsOne(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]model.Fault{
		"pg_dump: error: could not write to output file: Broken pipe":                                                        "program-gave-up",
		"pg_restore: error: could not write to output file: Input/output error":                                              "program-gave-up",
		"pg_dump: error: could not write to output file: No space left on device":                                            "backup-disk-full",
		"pg_restore: error: could not execute query: ERROR:  could not write to file \"base/1\": Disk quota exceeded":        "backup-disk-full",
		"ERROR:  could not extend file \"base/1\": wrote only 4096 of 8192 bytes at block 20\nHINT:  Check free disk space.": "backup-disk-full",
	} {
		if got := faultOf(failure("pg_dump", strings.Split(said, "\n"), errors.New("exit status 1"))); got != want {
			t.Errorf("%s: %s, not %s", said, got, want)
		}
	}
}

// An index on an expression has the statement run a function, which looks how long it may take.
func TestAnalysingTakesAsLongAsItTakes(t *testing.T) {
	t.Parallel()
	s, db, _ := office(t)
	if _, err := db.Exec(`CREATE FUNCTION public.patient(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
		BEGIN
			IF current_setting('statement_timeout') <> '0' THEN RAISE EXCEPTION 'it may take %', current_setting('statement_timeout'); END IF;
			RETURN i;
		END $$;
		SET statement_timeout = 0;
		CREATE TABLE public.large AS SELECT 1 AS i;
		CREATE INDEX ON public.large (public.patient(i))`); err != nil {
		t.Fatal(err)
	}
	if err := s.Analyse(t.Context()); err != nil {
		t.Error(err)
	}
}
