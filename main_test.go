package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hinshun/vt10x"
	"github.com/lib/pq"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/term"

	"epev/commands"
	"epev/commands/tabular/odd"
	"epev/data/private"
	"epev/data/testdb"
	"epev/data/testdb/memory"
	"epev/data/testdb/needs"
	"epev/shell"
	"epev/shell/attacktest"
	"epev/shell/hosttest"
	"epev/shell/screentest"
)

// The end-to-end tests are the scripts of testdata/script. They run the real epev, which is this binary under another
// name, on a real PostgreSQL. Each has directories and a database of its own. The words that they add to those of
// testscript stand in testdata/script/README.

func TestMain(m *testing.M) {
	testscript.Main(servers{m}, map[string]func(){"epev": main, "epev-that-panics": mainThatPanics,
		"killed-at": attacktest.KilledAt})
}

// servers runs the tests between the start and the end of the database servers.
type servers struct{ m *testing.M }

// homes is where private databases live while they are tested.
var homes string

func (s servers) Run() int {
	memory.Use()
	var err error
	if root, err = os.Getwd(); err != nil {
		panic(err)
	}
	if homes, err = os.MkdirTemp("", "epev-homes-"); err == nil {
		err = os.Chmod(homes, 0o755) // under sudo they are another user's
	}
	if err != nil {
		panic(err)
	}
	// Should this process end by a panic or a signal, the private servers end all the same.
	watch := exec.Command("/bin/sh", "-c", `read done || for f in "$1"/*/postgresql/data/postmaster.pid; do
		[ ! -f "$f" ] || kill -QUIT "$(head -n 1 "$f")"; done; rm -rf "$1"`, "sh", homes)
	watch.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	alive, err := watch.StdinPipe()
	if err == nil {
		err = watch.Start()
	}
	if err != nil {
		panic(err)
	}
	code := testdb.Run(s.m, commands.Seed())
	fmt.Fprintln(alive, "done")
	watch.Wait()
	return code
}

// mainThatPanics is epev with commands that panic: in the handler, and in what prints the result.
func mainThatPanics() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	panics := func(path string, run func() commands.Result) commands.Command {
		return commands.Define(commands.Spec[struct{}]{
			Command: commands.Command{Path: path, Help: "Panic", Example: path, Access: commands.Anyone()},
			Run:     func(context.Context, *commands.Act, struct{}) (commands.Result, error) { return run(), nil },
		})
	}
	s := &shell.Shell{
		Registry: commands.NewRegistry(append(commands.All(),
			panics("panic-handler", func() commands.Result { panic("a handler's defect") }),
			panics("panic-printer", func() commands.Result {
				return commands.Result{Table: &commands.Table{Rows: [][]commands.Value{{"no column for this"}}}}
			}))),
		Reporter: &shell.Reporter{},
		Stdin:    os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}
	s.Options, _, _ = shell.ParseOptions(nil)
	config, err := shell.ReadConfig(os.Environ())
	if err == nil {
		s.Getenv = config.Getenv
		err = wire(ctx, s, config, nil)
	}
	if err != nil {
		os.Exit(s.Fail(err))
	}
	os.Exit(s.Run(ctx, nil))
}

func TestScripts(t *testing.T) { runScripts(t, testscript.Params{Dir: "testdata/script"}) }

// TestAttacks runs the tables of testdata/attacks, whose README tells their form.
func TestAttacks(t *testing.T) {
	scripts, err := attacktest.Scripts("testdata/attacks", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	runScripts(t, testscript.Params{Files: scripts, ContinueOnError: true})
}

func runScripts(t *testing.T, p testscript.Params) {
	p.Setup, p.RequireUniqueNames = setUp, true
	p.Cmds = map[string]func(*testscript.TestScript, bool, []string){
		"database": database, "user": userOf, "private": privateDatabaseOf, "as": as, "sql": query, "dump": dump,
		"exits": exits, "told": toldIn, "refused": refused, "together": together,
		"shell": openShell, "terminal": openTerminal, "type": typeInto, "see": see, "unseen": unseen,
		"ready": ready, "hang": hangUp, "signal": signalTo, "ends": ends, "crash": crash, "repeat": repeat, "mistakes": mistakes, "envfile": envFile,
		"pooler": pooler, "pool": pool, "needs": program, "newer": newer,
		"host": newHost, "port": newPort, "readme": readme, "readme-done": readmeDone, "gateway": gateway, "attacks": attacks,
		"odd": oddFiles, "lock": lock, "unlock": unlock, "waiting": waiting, "vanishes": vanishes, "raw": raw,
		"disk": disk, "full": full,
	}
	maps.Copy(p.Cmds, attacktest.Words)
	p.Condition = func(condition string) (bool, error) {
		if condition == "root" {
			return os.Geteuid() == 0, nil
		}
		return false, fmt.Errorf("unknown condition %q", condition)
	}
	testscript.Run(t, p)
}

// secretKey signs the tokens of the scripts' sessions.
const secretKey = "a key for the tests, and for nothing else at all"

// password is that of all users of testdata/office.sql.
const password = "Sunny-Terrace-7"

// variables are those that the environment of an epev in a session is made of.
var variables = []string{
	"PATH", "HOME", "TMPDIR", "XDG_RUNTIME_DIR", "TERM", "TZ", "GORACE", "GOCOVERDIR", "NO_COLOR", "PAGER", "EDITOR", "SUDO_UID", "SUDO_GID",
	"SSH_OPTIONS", "DATABASE_URL", "SECRET_KEY", "EPEV_HOME", "TEMP_FILE_PATH", "ACCESS_TOKEN_LIFETIME_MINUTES",
}

// A state is what a script has going.
type state struct {
	t        testing.TB
	database string  // the address of the one it took, "" before
	db       *sql.DB // connected to it
	locks    *sql.DB // holds the locks of lock, in one transaction; nil otherwise
	sessions map[string]*session
	typed    []string // lines of the README
	shells   bool     // its epevs work as the role that shells use, as far as the database has it
}

type stateKey struct{}

// use makes a database the script's, and its epevs'.
func (s *state) use(ts *testscript.TestScript, database string) {
	s.close()
	address, err := url.Parse(database)
	ts.Check(err)
	// The office's time zone: between midnight in Paris and midnight in the server's zone, current_date is another day.
	parameters := address.Query()
	parameters.Set("timezone", ts.Getenv("TZ"))
	address.RawQuery = parameters.Encode()
	s.db, err = sql.Open("postgres", address.String())
	ts.Check(err)
	s.db.SetMaxOpenConns(1)
	s.database = database
	s.work(ts)
}

// work has the epevs come to the database as the role that shells use, or as its owner.
func (s *state) work(ts *testscript.TestScript) {
	ts.Setenv("OWNER_URL", s.database)
	if s.shells {
		ts.Setenv("DATABASE_URL", testdb.Shells(s.database))
	} else {
		ts.Setenv("DATABASE_URL", s.database)
	}
}

func (s *state) close() {
	if s.db != nil {
		s.db.Close()
	}
}

func stateOf(ts *testscript.TestScript) *state { return ts.Value(stateKey{}).(*state) }

func setUp(env *testscript.Env) error {
	for name, value := range map[string]string{
		"HOME": filepath.Join(env.WorkDir, ".home"), "EPEV_HOME": filepath.Join(env.WorkDir, ".epev"),
		"XDG_RUNTIME_DIR": filepath.Join(env.WorkDir, ".run", "nobody"), "TMPDIR": filepath.Join(env.WorkDir, ".tmp"),
		"FIRSTDAY": filepath.Join(root, "testdata/firstday"), "DAY": filepath.Join(root, "testdata/day"), "FOREIGN": filepath.Join(root, "testdata/foreign"), "PREDECESSOR": filepath.Join(root, "testdata/predecessor.sql"),
		"MANAGER": filepath.Join(root, "testdata/manager.sql"), "PREDECESSOR_ROWS": filepath.Join(root, "testdata/predecessor-rows.sql"),
		"TZ": "Europe/Paris", "TERM": "xterm-256color", "SECRET_KEY": secretKey, "TEST_KEY": secretKey, "PAGER": "cat",
		// Nobody listens there: a script that wants a database says which.
		"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
	} {
		env.Setenv(name, value)
	}
	state := &state{t: env.T().(testing.TB), sessions: map[string]*session{}}
	env.Values[stateKey{}] = state
	env.Defer(func() {
		for _, s := range state.sessions {
			s.kill()
		}
		state.close()
	})
	if err := os.WriteFile(filepath.Join(env.WorkDir, ".password"), []byte(password+"\n"), 0o600); err != nil {
		return err
	}
	return errors.Join(os.Mkdir(env.Getenv("HOME"), 0o700), os.MkdirAll(env.Getenv("XDG_RUNTIME_DIR"), 0o700))
}

// usage ends a script whose command was not given between least and most arguments.
func usage(ts *testscript.TestScript, neg bool, args []string, least, most int, text string) {
	if neg || len(args) < least || len(args) > most {
		ts.Fatalf("usage: %s", text)
	}
}

const many = 1 << 20

func program(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, 1, "needs PROGRAM")
	needs.Program(stateOf(ts).t, args[0])
}

func disk(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, 2, "disk DIRECTORY OPTIONS")
	ts.Check(os.MkdirAll(ts.MkAbs(args[0]), 0o700))
	needs.Disk(stateOf(ts).t, ts.MkAbs(args[0]), args[1])
}

func full(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, 1, "full DIRECTORY")
	needs.Fill(stateOf(ts).t, ts.MkAbs(args[0]))
}

// newer fetches the programs of a newer PostgreSQL than that of the script's private database.
func newer(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 0, 0, "newer")
	version, err := os.ReadFile(filepath.Join(ts.Getenv("EPEV_HOME"), "postgresql/data/PG_VERSION"))
	ts.Check(err)
	major, err := strconv.Atoi(strings.TrimSpace(string(version)))
	ts.Check(err)
	bin, newest := needs.NewerPostgres(stateOf(ts).t, major)
	ts.Setenv("NEWER", bin)
	ts.Setenv("VERSIONS", fmt.Sprintf("%d to %d", major, newest))
}

func pooler(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 0, many, "pooler SETTING…")
	ts.Setenv("POOL", testdb.Pooler(stateOf(ts).t, stateOf(ts).database, args...))
	ts.Setenv("DATABASE_URL", ts.Getenv("POOL"))
}

func pool(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 0, 0, "pool")
	fmt.Fprintln(ts.Stdout(), testdb.Held(stateOf(ts).t, ts.Getenv("POOL")))
}

func database(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 0, 1, "database [empty|manager|office|FILE]")
	state := stateOf(ts)
	what := strings.Join(args, "")
	state.shells = what == "" || what == "manager" || what == "office"
	if state.shells {
		state.use(ts, testdb.New(state.t))
	} else {
		state.use(ts, testdb.Empty(state.t))
	}
	switch what {
	case "", "empty":
	case "manager", "office":
		content, err := os.ReadFile(filepath.Join(root, "testdata", what+".sql"))
		ts.Check(err)
		execute(ts, string(content))
	default:
		execute(ts, ts.ReadFile(what))
	}
}

// userOf says as whom the epevs come to the database from here on.
func userOf(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, 1, "user shells|owner|administrator")
	state := stateOf(ts)
	switch args[0] {
	case "shells", "owner":
		state.shells = args[0] == "shells"
		state.work(ts)
	case "administrator":
		ts.Setenv("DATABASE_URL", testdb.Superuser(state.database))
	default:
		ts.Fatalf("there is no user %s", args[0])
	}
}

// root is where the repository is: scripts run elsewhere.
var root string

func execute(ts *testscript.TestScript, statements string) {
	_, err := stateOf(ts).db.Exec(statements)
	ts.Check(err)
}

func query(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, 1, "sql STATEMENT")
	ts.Stdout() // also of no rows
	rows, err := stateOf(ts).db.Query(args[0])
	ts.Check(err)
	defer rows.Close()
	columns, err := rows.Columns()
	ts.Check(err)
	cells := make([]sql.NullString, len(columns))
	into := make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		ts.Check(rows.Scan(into...))
		var line []string
		for _, c := range cells {
			line = append(line, c.String)
		}
		fmt.Fprintln(ts.Stdout(), strings.Join(line, "|"))
	}
	ts.Check(rows.Err())
}

// contents returns every row of every table of the script's database, except failed logins.
func contents(ts *testscript.TestScript) string {
	var tables []string
	ts.Check(stateOf(ts).db.QueryRow(`SELECT coalesce(array_agg(tablename ORDER BY tablename), '{}') FROM pg_tables
		WHERE schemaname = 'epic_events' AND tablename <> 'login_attempt'`).Scan(pq.Array(&tables)))
	all := []string{"''"}
	for _, table := range tables {
		all = append(all, fmt.Sprintf(`E'== %s\n' || (SELECT coalesce(string_agg(r || E'\n', '' ORDER BY r), '') FROM
			(SELECT to_jsonb(t)::text FROM epic_events.%s t) AS rows (r))`, table, pq.QuoteIdentifier(table)))
	}
	var rows string
	ts.Check(stateOf(ts).db.QueryRow("SELECT " + strings.Join(all, " || ")).Scan(&rows))
	return rows
}

func dump(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, 1, "dump FILE")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(contents(ts)), 0o600))
}

func oddFiles(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, many, "odd FILE…")
	for _, path := range args {
		make := odd.Files[filepath.Base(path)]
		if make == nil {
			ts.Fatalf("odd makes no %s", path)
		}
		ts.Check(os.WriteFile(ts.MkAbs(path), []byte(make()), 0o600))
	}
}

var homeCount int
var homeMu sync.Mutex

func privateDatabaseOf(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 0, 1, "private [HOME]")
	homeMu.Lock()
	homeCount++
	home := filepath.Join(homes, strconv.Itoa(homeCount))
	homeMu.Unlock()
	if len(args) == 1 {
		ts.Check(os.Mkdir(home, 0o755))
		home = filepath.Join(home, args[0])
	}
	for name, value := range map[string]string{"DATABASE_URL": "", "SECRET_KEY": "", "EPEV_HOME": home} {
		ts.Setenv(name, value)
	}
	ts.Defer(func() {
		// A new one, for the script may have gone on to another user's.
		h, err := private.FindHome(func(name string) string {
			if name == "EPEV_HOME" {
				return home
			}
			return ts.Getenv(name)
		})
		if err == nil {
			_, err = private.New(h, nil).Stop(context.Background())
		}
		if pid := postmaster(home); pid != 0 {
			syscall.Kill(pid, syscall.SIGKILL)
			ts.Logf("the private server %d had to be killed", pid)
		}
		if err != nil {
			ts.Logf("stop the private server: %v", err)
		}
	})
}

// postmaster returns the process of a home's private server, or 0.
func postmaster(home string) int {
	content, err := os.ReadFile(filepath.Join(home, "postgresql/data/postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(first))
	return pid
}

func crash(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 0, 0, "crash")
	pid := postmaster(ts.Getenv("EPEV_HOME"))
	if pid == 0 {
		ts.Fatalf("no private server runs")
	}
	ts.Check(syscall.Kill(pid, syscall.SIGKILL))
}

func as(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, 1, "as USERNAME|nobody")
	run := filepath.Join(ts.Getenv("WORK"), ".run", args[0])
	ts.Setenv("XDG_RUNTIME_DIR", run)
	if _, err := os.Stat(run); err == nil {
		return
	}
	ts.Check(os.Mkdir(run, 0o700))
	if args[0] != "nobody" {
		ts.Check(ts.Exec("epev", "login", "-u", args[0], "--password-file", filepath.Join(ts.Getenv("WORK"), ".password")))
	}
}

// statusOf is the exit status that an error of exec means; -1 for a process that a signal ended.
func statusOf(ts *testscript.TestScript, err error) int {
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	if err == nil {
		return 0
	}
	return exit.ExitCode()
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, many, "exits STATUS COMMAND ARGUMENT…")
	if got := strconv.Itoa(statusOf(ts, ts.Exec(args[1], args[2:]...))); got != args[0] {
		ts.Fatalf("%q exits with %s, want %s", args[1:], got, args[0])
	}
}

// sentence is how a refusal is told: on one line, after its place, and never as an unexpected error. It begins with a
// lower-case letter, except in the messages that staff know (SPEC 7).
var sentence = regexp.MustCompile(`^\S+: (?:[a-z0-9"'/-]|You don't|Please login|Session missing|SECRET_KEY|[A-Z_]{2,} )[^\n]*\n$`)

func refused(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 3, many, "refused STATUS REGEXP COMMAND ARGUMENT…")
	watched, before := stateOf(ts).database != "", ""
	if watched {
		before = contents(ts)
	}
	toldIn(ts, neg, args)
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("a refusal on standard output: %q", out)
	}
	if watched && contents(ts) != before {
		ts.Fatalf("refused, and yet something was changed")
	}
}

// toldIn is refused of what may print and change something first.
func toldIn(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 3, many, "told STATUS REGEXP COMMAND ARGUMENT…")
	exits(ts, false, append(args[:1:1], args[2:]...))
	said := ts.ReadFile("stderr")
	if !sentence.MatchString(said) || strings.Contains(said, "unexpected error") {
		ts.Fatalf("not one sentence: %q", said)
	}
	if !regexp.MustCompile(args[1]).MatchString(said) {
		ts.Fatalf("%q does not match %q", said, args[1])
	}
}

func together(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, many, "together 'STATUS…' COMMAND ARGUMENT…")
	want := strings.Fields(args[0])
	got := make([]string, len(want))
	said := make([]string, len(want))
	failed := make([]error, len(want))
	var wg sync.WaitGroup
	for i := range want {
		cmd := command(ts, args[1], args[2:]...)
		wg.Go(func() {
			out, err := cmd.CombinedOutput()
			failed[i], said[i] = err, string(out)
		})
	}
	wg.Wait()
	for i, err := range failed {
		got[i] = strconv.Itoa(statusOf(ts, err))
	}
	fmt.Fprint(ts.Stdout(), strings.Join(said, ""))
	slices.Sort(want)
	if slices.Sort(got); !slices.Equal(got, want) {
		ts.Fatalf("exit statuses %v, want %v", got, want)
	}
}

func repeat(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 3, 3, "repeat FILE TIMES TEXT")
	times, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), bytes.Repeat([]byte(unescaped(ts, args[2])), times), 0o600))
}

func envFile(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, 2, "envfile VARIABLE FILE")
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
}

// unescaped reads Go's escapes, such as \r and \x03, in a script's word.
func unescaped(ts *testscript.TestScript, word string) string {
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(word, `"`, `\"`) + `"`)
	ts.Check(err)
	return text
}

// A slip is a mistake in a line of a script.
type slip struct {
	in     *regexp.Regexp
	to     string
	status int
}

// slips are how each command of the first day can go wrong, and the exit status of that. The first
// that fits a line counts.
var slips = []slip{
	{regexp.MustCompile(`-r \S+`), "-r 77", 5},
	{regexp.MustCompile(`^login -u \S+`), "login -u no.body", 3},
	{regexp.MustCompile(`^role (grant|revoke) .*`), "role $1 2 client:fly", 2},
	{regexp.MustCompile(`^role view .*`), "role view 77", 5},
	{regexp.MustCompile(`--contract-id 1`), "--contract-id 2", 6},
	{regexp.MustCompile(`--client-id \d`), "--client-id 99", 5},
	{regexp.MustCompile(`-c \d`), "-c 99", 5},
	{regexp.MustCompile(`--full-name`), "--ful-name", 2},
	{regexp.MustCompile(`^event assign_support 1 4`), "event assign_support 1 2", 6},
	{regexp.MustCompile(`^(\w+ (?:view|update)|history event) 1`), "$1 99", 5},
	{regexp.MustCompile(`$`), " --bogus", 2},
}

// mistakes runs a script with --atomic once for each command in it, with a mistake in that one. Of the later ones it
// takes every fourth, as passwords cost time. For the second and the last it also runs the script without --atomic, on
// a copy of the database. The script's database and session are left as they are.
func mistakes(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, 1, "mistakes FILE")
	lines := strings.SplitAfter(ts.ReadFile(args[0]), "\n")
	var at []int // the lines that commands begin on
	for i, line := range lines {
		first, _, _ := strings.Cut(line, " ")
		isPassword := i > 0 && strings.HasSuffix(lines[i-1], "--password-file -\n")
		if !isPassword && regexp.MustCompile(`^[a-z]+\n?$`).MatchString(first) {
			at = append(at, i)
		}
	}
	original, session := stateOf(ts).database, ts.Getenv("XDG_RUNTIME_DIR")
	use := func(database string) { stateOf(ts).use(ts, database) }
	for n, i := range at {
		if n > 4 && n%4 != 1 && n < len(at)-1 {
			continue
		}
		line := strings.TrimSuffix(lines[i], "\n")
		slip := slips[slices.IndexFunc(slips, func(s slip) bool { return s.in.MatchString(line) })]
		broken := slices.Clone(lines)
		broken[i] = slip.in.ReplaceAllString(line, slip.to) + "\n"
		ts.Check(os.WriteFile(ts.MkAbs("broken.txt"), []byte(strings.Join(broken, "")), 0o600))
		for _, options := range [][]string{{"--atomic", "-f", "broken.txt"}, {"-f", "broken.txt"}} {
			use(original)
			if options[0] != "--atomic" {
				if n != 1 && n != len(at)-1 {
					continue
				}
				stateOf(ts).close()
				use(copied(ts, original))
			}
			ts.Setenv("XDG_RUNTIME_DIR", session+"-copy")
			ts.Check(os.RemoveAll(session + "-copy"))
			ts.Check(os.CopyFS(session+"-copy", os.DirFS(session)))
			ts.Check(filepath.WalkDir(session+"-copy", func(path string, entry os.DirEntry, err error) error {
				if err == nil && entry.IsDir() {
					return os.Chmod(path, 0o700)
				} else if err == nil {
					return os.Chmod(path, 0o600)
				}
				return err
			}))
			before := business(ts)
			exits(ts, false, slices.Concat([]string{strconv.Itoa(slip.status), "epev"}, options))
			said := ts.ReadFile("stderr")
			place := fmt.Sprintf("broken.txt:%d: ", i+1)
			counts := fmt.Sprintf("broken.txt: %d commands ran, 1 failed, %d were not run\n", n+1, len(at)-n-1)
			counts = strings.NewReplacer(" 1 commands ran", " 1 command ran", " 1 were not", " 1 was not").Replace(counts)
			if strings.Count(said, "broken.txt:") != 2+len(options)-2 || !strings.HasPrefix(said, place) || !strings.HasSuffix(said, counts) {
				ts.Fatalf("not told as %q … %q", place, counts)
			}
			if options[0] == "--atomic" && business(ts) != before {
				ts.Fatalf("not all was rolled back:\n%s\nbefore:\n%s", business(ts), before)
			}
			for _, table := range []string{"users", "company", "client", "contract", "event"} {
				// Ids are used up by what is rolled back, and the scripts know theirs.
				execute(ts, `SELECT setval(pg_get_serial_sequence('epic_events.`+table+`', 'id'), coalesce(max(id), 0) + 1, false) FROM epic_events.`+table)
			}
		}
	}
	use(original)
	ts.Setenv("XDG_RUNTIME_DIR", session)
}

// copied makes a copy of a database that nobody is connected to, and returns its address.
func copied(ts *testscript.TestScript, dsn string) string {
	address, err := url.Parse(testdb.Superuser(dsn))
	ts.Check(err)
	from := strings.TrimPrefix(address.Path, "/")
	homeMu.Lock()
	homeCount++
	to := fmt.Sprintf("%s_copy_%d", from, homeCount)
	homeMu.Unlock()
	address.Path = "/postgres"
	admin, err := sql.Open("postgres", address.String())
	ts.Check(err)
	defer admin.Close()
	_, err = admin.Exec("CREATE DATABASE " + pq.QuoteIdentifier(to) + " TEMPLATE " + pq.QuoteIdentifier(from) + " STRATEGY file_copy")
	ts.Check(err)
	address, err = url.Parse(dsn)
	ts.Check(err)
	address.Path = "/" + to
	return address.String()
}

// business is contents without what logins leave: they act at once, whatever becomes of a script.
func business(ts *testscript.TestScript) string {
	all := regexp.MustCompile(`(?s)== session\n.*?(== |$)`).ReplaceAllString(contents(ts), "$1")
	all = regexp.MustCompile(`(?s)== (?:session_token|known_machine)\n.*?(== |$)`).ReplaceAllString(all, "$1")
	all = regexp.MustCompile(`(?m)^.*"action": "log(in|out)".*\n`).ReplaceAllString(all, "")
	return regexp.MustCompile(`"last_login": ("[^"]*"|null)`).ReplaceAllString(all, "")
}

// command prepares a program with the script's environment.
func command(ts *testscript.TestScript, name string, args ...string) *exec.Cmd {
	for dir := range strings.SplitSeq(ts.Getenv("PATH"), ":") { // a script may have programs of its own
		if path := filepath.Join(dir, name); filepath.Base(name) == name && isProgram(path) {
			name = path
			break
		}
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range variables {
		if value := ts.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	return cmd
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// A session is an epev that a script talks to while it runs: on a pipe, or on an emulated terminal.
type session struct {
	cmd      *exec.Cmd
	in       io.WriteCloser
	terminal *os.File       // nil on a pipe
	screen   vt10x.Terminal // nil on a pipe
	before   *term.State    // of the terminal, before epev
	ended    chan struct{}  // closed when all of the output is here

	mu      sync.Mutex
	output  string // on a pipe: what see has not passed yet
	entered int    // the prompts that had begun when a line was last typed
	changed chan struct{}
}

// patience is how long a script waits for something to be seen before it fails.
const patience = time.Minute

// leader leads the terminal's session, and outlives epev so that the terminal can be looked at.
const leader = `trap : INT TERM HUP QUIT; sh -c 'echo $$ >"$0"; exec "$@"' "$@"; echo "[exit $?]"; cat >/dev/null`

func sessionOf(ts *testscript.TestScript, name string) *session {
	s := stateOf(ts).sessions[name]
	if s == nil {
		ts.Fatalf("there is no session %q", name)
	}
	return s
}

func pidFile(ts *testscript.TestScript, name string) string {
	return filepath.Join(ts.Getenv("WORK"), ".pid-"+name)
}

func openShell(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, many, "shell NAME COMMAND ARGUMENT…")
	s := &session{cmd: command(ts, args[1], args[2:]...)}
	in, err := s.cmd.StdinPipe()
	ts.Check(err)
	s.in = in
	out, both, err := os.Pipe()
	ts.Check(err)
	s.cmd.Stdout, s.cmd.Stderr = both, both
	s.start(ts, args[0], out)
	both.Close()
}

func openTerminal(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, many, "terminal NAME COMMAND ARGUMENT…")
	const cols, rows = 100, 40
	master, slave, err := screentest.Pair(cols, rows)
	ts.Check(err)
	defer slave.Close()
	s := &session{in: master, terminal: master, screen: vt10x.New(vt10x.WithSize(cols, rows))}
	s.before, err = term.GetState(int(master.Fd()))
	ts.Check(err)
	s.cmd = command(ts, "/bin/sh", append([]string{"-c", leader, "sh", pidFile(ts, args[0])}, args[1:]...)...)
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = slave, slave, slave
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	s.start(ts, args[0], master)
}

func (s *session) start(ts *testscript.TestScript, name string, out io.Reader) {
	s.changed, s.ended = make(chan struct{}), make(chan struct{})
	ts.Check(s.cmd.Start())
	stateOf(ts).sessions[name] = s
	go func() {
		defer close(s.ended)
		chunk := make([]byte, 4096)
		for {
			n, err := out.Read(chunk)
			s.mu.Lock()
			if s.screen != nil {
				s.screen.Write(chunk[:n])
			}
			s.output += string(chunk[:n])
			close(s.changed)
			s.changed = make(chan struct{})
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
}

func (s *session) kill() {
	if s.terminal != nil {
		syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) // the leader and all it started
	}
	s.cmd.Process.Kill()
	s.cmd.Wait()
	s.in.Close()
}

// shown is the screen, without trailing blanks, or what a pipe said and see has not passed.
func (s *session) shown() string {
	if s.screen == nil {
		return s.output
	}
	var lines []string
	for line := range strings.SplitSeq(s.screen.String(), "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// begun is how many prompts and questions have, at a terminal that is not plain.
func (s *session) begun() int { return strings.Count(s.output, "\x1b[?2004h") }

// until waits for the condition on the session, which it holds still meanwhile.
func (s *session) until(ts *testscript.TestScript, what string, condition func() bool) {
	late := time.After(patience)
	for {
		s.mu.Lock()
		changed, met := s.changed, condition()
		s.mu.Unlock()
		if met {
			return
		}
		select {
		case <-changed:
		case <-late:
			s.mu.Lock()
			defer s.mu.Unlock()
			ts.Fatalf("never saw %s in:\n%s", what, s.shown())
		}
	}
}

func typeInto(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, 2, "type NAME TEXT")
	s, keys := sessionOf(ts, args[0]), unescaped(ts, args[1])
	if strings.ContainsAny(keys, "\r\x03") {
		s.mu.Lock()
		s.entered = s.begun()
		s.mu.Unlock()
	}
	_, err := io.WriteString(s.in, keys)
	ts.Check(err)
}

func see(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, many, "see NAME TEXT…")
	s := sessionOf(ts, args[0])
	for _, text := range args[1:] {
		s.until(ts, strconv.Quote(text), func() bool {
			if s.screen != nil {
				return strings.Contains(s.shown(), text)
			}
			_, after, found := strings.Cut(s.output, text)
			if found {
				s.output = after
			}
			return found
		})
	}
}

func unseen(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, many, "unseen NAME TEXT…")
	s := sessionOf(ts, args[0])
	for _, text := range args[1:] {
		s.until(ts, "an end of "+strconv.Quote(text), func() bool { return !strings.Contains(s.shown(), text) })
	}
}

func ready(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, 1, "ready NAME")
	s := sessionOf(ts, args[0])
	s.until(ts, "an empty prompt", func() bool {
		lines := strings.Split(s.screen.String(), "\n")
		cursor := s.screen.Cursor()
		return cursor.Y < len(lines) && strings.TrimRight(lines[cursor.Y], " ") == "epic>" && cursor.X == len("epic> ") &&
			(s.begun() == 0 || s.begun() > s.entered)
	})
}

// raw writes all that came from a terminal to a file.
func raw(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, 2, "raw NAME FILE")
	s := sessionOf(ts, args[0])
	s.mu.Lock()
	defer s.mu.Unlock()
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(s.output), 0o600))
}

func hangUp(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, 1, "hang NAME")
	ts.Check(sessionOf(ts, args[0]).in.Close())
}

func signalTo(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, 2, "signal NAME INT|TERM|HUP|KILL")
	pid := sessionOf(ts, args[0]).cmd.Process.Pid
	if sessionOf(ts, args[0]).terminal != nil {
		var err error
		pid, err = strconv.Atoi(strings.TrimSpace(ts.ReadFile(pidFile(ts, args[0]))))
		ts.Check(err)
	}
	signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "KILL": syscall.SIGKILL}
	ts.Check(syscall.Kill(pid, signals[args[1]]))
}

// lock begins a transaction that holds what the statement locks, until unlock or the script's end.
func lock(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, 1, "lock STATEMENT")
	db, err := sql.Open("postgres", stateOf(ts).database)
	ts.Check(err)
	db.SetMaxOpenConns(1)
	stateOf(ts).locks = db
	ts.Defer(func() { db.Close() })
	_, err = db.Exec("BEGIN; " + args[0])
	ts.Check(err)
}

func unlock(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 0, 0, "unlock")
	ts.Check(stateOf(ts).locks.Close())
}

// waiting returns once somebody waits for what lock holds.
func waiting(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 0, 0, "waiting")
	late := time.Now().Add(patience)
	for waits := false; !waits; {
		ts.Check(stateOf(ts).locks.QueryRow(`SELECT EXISTS (SELECT FROM pg_locks
			WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))`).Scan(&waits))
		if time.Now().After(late) {
			ts.Fatalf("nobody waits")
		}
	}
}

// vanishes waits for the end of an epev whose terminal has been closed.
func vanishes(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, 1, "vanishes NAME")
	pid, err := strconv.Atoi(strings.TrimSpace(ts.ReadFile(pidFile(ts, args[0]))))
	ts.Check(err)
	for late := time.Now().Add(patience); syscall.Kill(pid, 0) == nil; {
		if time.Now().After(late) {
			ts.Fatalf("it lives on")
		}
		runtime.Gosched()
	}
}

func ends(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, 2, "ends NAME STATUS")
	s := sessionOf(ts, args[0])
	if s.terminal != nil {
		s.until(ts, "its end with "+args[1], func() bool { return strings.Contains(s.shown(), "[exit "+args[1]+"]") })
		after, err := term.GetState(int(s.terminal.Fd()))
		ts.Check(err)
		if !reflect.DeepEqual(after, s.before) {
			ts.Fatalf("the terminal is left in another mode: %v, before epev %v", after, s.before)
		}
		return
	}
	s.in.Close()
	select {
	case <-s.ended:
	case <-time.After(patience):
		ts.Fatalf("it does not end")
	}
	if got := strconv.Itoa(statusOf(ts, s.cmd.Wait())); got != args[1] {
		ts.Fatalf("it exits with %s, want %s; it said:\n%s", got, args[1], s.output)
	}
	fmt.Fprint(ts.Stdout(), s.output)
}

// newHost is the word "host" of the scripts. It writes the words that stand before a command there into a program.
func newHost(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 0, 0, "host")
	makeHost(ts)
}

func makeHost(ts *testscript.TestScript) *hosttest.Host {
	h := hosttest.New(stateOf(ts).t)
	h.Install(stateOf(ts).t, "epev")
	var quoted []string
	for _, word := range h.Enter {
		quoted = append(quoted, "'"+word+"'")
	}
	addProgram(ts, "on-host", "exec "+strings.Join(quoted, " ")+` "$@"`)
	ts.Setenv("HOST", h.Dir)
	ts.Setenv("HOST_PORT", strconv.Itoa(h.Port))
	ts.Setenv("ATTACKS", filepath.Join(root, "testdata/attacks"))
	return h
}

// newPort sets a variable to a port of loopback at which nobody listens.
func newPort(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, 1, "port VARIABLE")
	ts.Setenv(args[0], strconv.Itoa(hosttest.FreePort(stateOf(ts).t)))
}

// addProgram gives a script a program of its own, which a shell reads.
func addProgram(ts *testscript.TestScript, name, text string) {
	dir := ts.MkAbs(".programs")
	ts.Check(os.MkdirAll(dir, 0o755))
	ts.Check(os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755))
	if !strings.HasPrefix(ts.Getenv("PATH"), dir+":") {
		ts.Setenv("PATH", dir+":"+ts.Getenv("PATH"))
	}
}

// gateway is the word "gateway" of the scripts: what gate-setup tells is done for the script's database, on a host of the script's own.
// The program "via NAME ARGUMENT…" is ssh with the key of that name, which it makes.
func gateway(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 0, 0, "gateway")
	makeHost(ts).Office(stateOf(ts).t, stateOf(ts).database, secretKey)
	keys := ts.MkAbs(".keys")
	ts.Check(os.MkdirAll(keys, 0o700))
	ts.Setenv("KEYS", keys)
	addProgram(ts, "via", fmt.Sprintf(`name=$1; shift
[ -f %[1]s/$name ] || ssh-keygen -q -t ed25519 -N '' -C "$name" -f %[1]s/$name || exit 99
exec ${SSH_PROGRAM:-ssh} -F /dev/null $SSH_OPTIONS -i %[1]s/$name -o Port=%[2]s -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
	-o LogLevel=ERROR -o User=epev 127.0.0.1 ${1+--} "$@"`, keys, ts.Getenv("HOST_PORT")))
}

func matches(expression, text string) bool {
	return regexp.MustCompile("(?s)" + expression).MatchString(text)
}

// attacks is the word "attacks FILE". Each line of the file is what somebody tries with the key "claire", and what must come of it. The
// lines are tried four at a time. Whatever is tried, no file and no variable of the machine comes back.
func attacks(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, 1, "attacks FILE")
	type row struct{ line, status, said, options, remote string }
	var rows []row
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || len(cells) < 2 {
			continue
		}
		for len(cells) < 4 {
			cells = append(cells, "")
		}
		remote, err := strconv.Unquote(`"` + cells[3] + `"`)
		if err != nil {
			ts.Fatalf("%q: %v", line, err)
		}
		rows = append(rows, row{line, cells[0], cells[1], cells[2], remote})
	}
	var mu sync.Mutex
	var failed []string
	var wg sync.WaitGroup
	at := make(chan row)
	for range 4 {
		wg.Go(func() {
			for r := range at {
				words := []string{"claire"}
				if r.remote != "" {
					words = append(words, r.remote)
				}
				cmd := command(ts, "via", words...)
				cmd.Env = append(cmd.Env, "SSH_OPTIONS="+r.options, "SECRET_OF_THE_CLIENT=planted", "EPEV_HOME=/tmp", "DATABASE_URL=postgresql://nobody@127.0.0.1:1/x",
					"LD_PRELOAD=/nowhere.so", "PAGER=id", "EDITOR=id", "LESSOPEN=|id %s")
				var out, said strings.Builder
				cmd.Stdout, cmd.Stderr = &out, &said
				status := strconv.Itoa(statusOf(ts, cmd.Run()))
				whole := out.String() + said.String()
				wrong := ""
				switch {
				case status != r.status:
					wrong = "status " + status
				case !matches(r.said, whole):
					wrong = "it says something else"
				case strings.Contains(whole, "uid="), strings.Contains(whole, "root:x:0"), strings.Contains(whole, "DATABASE_URL="), strings.Contains(whole, secretKey),
					strings.Contains(whole, "PRIVATE KEY"), strings.Contains(whole, "unexpected error"):
					wrong = "it tells what is nobody's"
				}
				if wrong != "" {
					mu.Lock()
					failed = append(failed, fmt.Sprintf("%s: %q\n%s", wrong, r.line, whole))
					mu.Unlock()
				}
			}
		})
	}
	for _, r := range rows {
		at <- r
	}
	close(at)
	wg.Wait()
	if len(failed) > 0 {
		ts.Fatalf("of %d attacks %d are not held:\n%s", len(rows), len(failed), strings.Join(failed, "\n"))
	}
	fmt.Fprintf(ts.Stdout(), "%d attacks are held\n", len(rows))
}

// sections are those of the README whose lines are typed, in both languages.
var sections = map[string][2]string{"office": {"### For an office\n", "### Pour un bureau\n"}}

// linesOf are the lines that a section shows to be typed, without what is told beside them.
func linesOf(ts *testscript.TestScript, section string) []string {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	ts.Check(err)
	var languages [2][]string
	for i, heading := range sections[section] {
		_, rest, found := strings.Cut(string(text), "\n"+heading)
		if !found {
			ts.Fatalf("the README has no %q", heading)
		}
		rest, _, _ = strings.Cut(rest, "\n#")
		for line := range strings.Lines(rest) {
			if line, shown := strings.CutPrefix(line, "    "); shown {
				line, _, _ = strings.Cut(line, "  #")
				languages[i] = append(languages[i], strings.TrimSpace(line))
			}
		}
	}
	if !slices.Equal(languages[0], languages[1]) {
		ts.Fatalf("the README shows %q in one language, and %q in the other", languages[0], languages[1])
	}
	return languages[0]
}

func readme(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 3, 5, "readme NAME SECTION BEGINNING [OLD NEW]")
	state := stateOf(ts)
	for _, line := range linesOf(ts, args[1]) {
		if strings.HasPrefix(line, args[2]) && !slices.Contains(state.typed, line) {
			state.typed = append(state.typed, line)
			if len(args) == 5 {
				if !strings.Contains(line, args[3]) {
					ts.Fatalf("%q holds no %q", line, args[3])
				}
				line = strings.Replace(line, args[3], args[4], 1)
			}
			typeInto(ts, false, []string{args[0], line + `\r`})
			return
		}
	}
	ts.Fatalf("the README has no further line that begins with %q", args[2])
}

func readmeDone(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, 1, "readme-done SECTION")
	if lines := linesOf(ts, args[0]); !slices.Equal(stateOf(ts).typed, lines) {
		ts.Fatalf("typed was %q, and the README has %q", stateOf(ts).typed, lines)
	}
}
