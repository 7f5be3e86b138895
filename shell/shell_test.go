package shell

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/getsentry/sentry-go"

	"epev/commands"
	"epev/data"
	"epev/model"
	"epev/security"
	"epev/shell/prompt"
	"epev/shell/render"
)

// bench is a shell without a database, with commands that need none.
func bench(t *testing.T, stdin io.Reader, stdout io.Writer, more ...commands.Command) (s *Shell, stderr *bytes.Buffer) {
	t.Helper()
	store, err := data.Open(data.Config{DSN: "host=" + t.TempDir() + " dbname=none"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	stderr = &bytes.Buffer{}
	return &Shell{
		Registry: commands.NewRegistry(append(commands.All(), more...)),
		Env: &commands.Env{
			Store:    store,
			Sessions: &commands.Sessions{Store: store, Keys: func() (*security.Keys, error) { return nil, errors.New("no keys") }, Now: time.Now},
			Clock:    commands.Clock{Now: time.Now, Location: time.UTC},
		},
		Getenv: func(string) string { return "" }, Reporter: &Reporter{},
		Stdin: stdin, Stdout: stdout, Stderr: stderr,
	}, stderr
}

// command declares one that anybody may run and that answers what run gives.
func command(path string, run func() commands.Result) commands.Command {
	return commands.Define(commands.Spec[struct{}]{
		Command: commands.Command{Path: path, Help: "Test", Example: path, Access: commands.Anyone()},
		Run:     func(context.Context, *commands.Act, struct{}) (commands.Result, error) { return run(), nil },
	})
}

// A script that waits for its next line ends when it is told to, with status 130 (SPEC 1).
func TestInterruptedWhileWaitingForInput(t *testing.T) {
	t.Parallel()
	for _, words := range [][]string{nil, {"login", "--username", "claire.dubois", "--password-file", "-"}} {
		waiting, writer := io.Pipe()
		defer writer.Close()
		s, stderr := bench(t, waiting, io.Discard)
		s.Env.Sessions.Keys = func() (*security.Keys, error) { return security.NewKeys(strings.Repeat("k", 32), "v1", "", "") }
		ctx, cancel := context.WithCancel(t.Context())
		status := make(chan int)
		go func() { status <- s.Run(ctx, words) }()
		cancel()
		if got := <-status; got != 130 || !strings.Contains(stderr.String(), "interrupted") {
			t.Errorf("%q: status %d, %q", words, got, stderr)
		}
	}
}

func TestDirectoryAsStandardInput(t *testing.T) {
	t.Parallel()
	directory, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer directory.Close()
	s, stderr := bench(t, directory, io.Discard)
	if status := s.Run(t.Context(), nil); status != 2 || !strings.Contains(stderr.String(), "<stdin> is a directory") {
		t.Errorf("status %d, %q", status, stderr)
	}
}

// SPEC 7: no secret is ever shown. The password of a command that was refused is no command.
func TestKeepGoingPassesOverPasswords(t *testing.T) {
	t.Parallel()
	s, stderr := bench(t, strings.NewReader(strings.Join([]string{
		"logn -u claire.dubois --password-file -", "Secret-One-1",
		"login -u claire.dubois --pasword-file -", "Secret-Two-2",
		"login -u claire.dubois --pasword-file=-", "Secret-Three-3",
		"help login",
		`login -u "claire.dubois --password-file -`, "Secret-Four-4", // the quote goes on to the end
	}, "\n")), io.Discard)
	s.Options.KeepGoing, s.Options.Echo = true, true
	if status := s.Run(t.Context(), nil); status != 2 {
		t.Errorf("status %d", status)
	}
	if got := stderr.String(); strings.Contains(got, "Secret") || !strings.Contains(got, "5 commands ran, 4 failed") {
		t.Error(got)
	}
}

// A result that cannot be written is a failure that says so, and that the command itself was done.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	defer full.Close()
	s, stderr := bench(t, strings.NewReader(""), full, command("say", func() commands.Result { return commands.Result{Message: "Said."} }))
	for _, words := range [][]string{{"say"}, {"help"}} {
		stderr.Reset()
		if status := s.Run(t.Context(), words); status != 1 || !strings.Contains(stderr.String(), "no space left on device; the command itself was done") {
			t.Errorf("%s: status %d, %q", words, status, stderr)
		}
	}
}

// SPEC 1: exit leaves, also among pasted lines.
func TestExitAmongPastedLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s, _ := bench(t, strings.NewReader(""), &out, command("say", func() commands.Result { return commands.Result{Message: "Said."} }))
	s.prepare()
	if !s.runInput(t.Context(), prompt.Input{Lines: []string{"say", "exit", "say"}, Pasted: true}) || out.String() != "Said.\n" {
		t.Errorf("the shell goes on after exit: %q", out.String())
	}
}

// A script prints for programs what is there, and on a terminal what it may see (TRAPS, Terminal).
func TestScriptOnATerminalPrintsNoControlCharacters(t *testing.T) {
	t.Parallel()
	screen, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	s, _ := bench(t, strings.NewReader("say"), terminal, command("say", func() commands.Result {
		return commands.Result{Table: &commands.Table{Name: "words", Columns: []commands.Column{{Name: "word"}}, Rows: [][]commands.Value{{"a\x1b[2J"}}}}
	}))
	s.Options.Format = render.FormatCSV
	status := s.Run(t.Context(), nil)
	terminal.Close()
	printed, _ := io.ReadAll(screen) // ends with EIO once the terminal is closed
	if status != 0 || string(printed) != "word\r\na\\x1b[2J\r\n" {
		t.Errorf("status %d, %q", status, printed)
	}
}

// demo is a way to start epev: where commands are typed, it says so, and explains itself.
func TestDemoIsNoCommand(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s, stderr := bench(t, strings.NewReader("help demo\ndemo\n"), &out)
	if status := s.Run(t.Context(), nil); status != 2 || !strings.Contains(out.String(), "sandbox") || !strings.Contains(stderr.String(), "<stdin>:2: demo is a way to start epev") {
		t.Errorf("status %d, %q, %q", status, out.String(), stderr)
	}
}

// A panic anywhere in a command is an unexpected error: its text, which may hold anything, is not shown.
func TestPanic(t *testing.T) {
	t.Parallel()
	s, stderr := bench(t, strings.NewReader(""), panickingWriter{},
		command("boom", func() commands.Result { panic("Secret") }),
		command("say", func() commands.Result { return commands.Result{Message: "Said."} }))
	for _, word := range []string{"boom", "say"} {
		stderr.Reset()
		if status := s.Run(t.Context(), []string{word}); status != 1 || strings.Contains(stderr.String(), "Secret") ||
			!strings.HasPrefix(stderr.String(), "epev: unexpected error (reference ") {
			t.Errorf("%s: status %d, %q", word, status, stderr)
		}
	}
}

// Also one outside of any command.
func TestPanicOfTheShell(t *testing.T) {
	t.Parallel()
	s, stderr := bench(t, strings.NewReader(""), io.Discard)
	status := 0
	func() {
		defer s.Recover(&status)
		panic("Secret")
	}()
	if status != 1 || strings.Contains(stderr.String(), "Secret") || !strings.HasPrefix(stderr.String(), "epev: unexpected error (reference ") {
		t.Errorf("status %d, %q", status, stderr)
	}
}

type panickingWriter struct{}

func (panickingWriter) Write([]byte) (int, error) { panic("Secret") }

// SPEC 7: no secret is kept in the history of typed lines.
func TestSensitiveLinesAreNotKept(t *testing.T) {
	t.Parallel()
	s, _ := bench(t, strings.NewReader(""), io.Discard)
	for line, want := range map[string]bool{
		"user update-password 3 --password Secret-1":         true,
		"user update-password 3 -pSecret-1":                  true,
		"user update-password 3 Secret-1":                    true,
		"user create -u x -n X -e x@y.fr -r 2 -p Secret-1":   true,
		"manager-create -p Secret-1":                         true,
		"login claire.dubois Secret-1":                       true,
		"login -u claire.dubois --password='Secret-1":        true,
		"logn -u claire.dubois -p Secret-1":                  true,
		"login -u claire.dubois":                             false,
		"login -u claire.dubois --password-file pw":          false,
		"user update-password 3":                             false,
		`client create -n "No Password" -p "06 78 12 34 56"`: false,
		"client create -x":                                   false,
		"clinet list":                                        false,
		"clinet view 8 --no-color":                           false,
		"Hunter2Secret":                                      true,
		"logim claire Hunter3Secret":                         true,
		"DATABASE_URL=postgresql://u:p@h SECRET_KEY=x epev":  true,
		"user update-password Hunter12Secret":                true,
		"user updat-password 3":                              false,
		"client create --pasword=Secret":                     true,
		"client create --password=Secret":                    true,
		"client create -n 'Secret":                           false,
		"help clinet":                                        false,
		"Granite-Compass-1":                                  true,
		"It's-Me-7":                                          true,
		"client Granite-Compass-1":                           true,
		"clare.dubois Granite-Compass-1":                     true,
		"company list --password Secret-1":                   true,
	} {
		if got := s.reading().sensitive(line); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
}

// SPEC 8: no personal data. A directory of the source would name who built epev there.
func TestReportedStackNamesNoDirectory(t *testing.T) {
	t.Parallel()
	for _, f := range reported(t, newPanicked("Secret")) {
		if f.AbsPath != "" || f.ContextLine != "" || strings.Contains(f.Filename, "/") || f.Vars != nil {
			t.Errorf("the frame tells more than a place: %+v", f)
		}
	}
}

// reported returns the stack that leaves for an error.
func reported(t *testing.T, err error) []sentry.Frame {
	t.Helper()
	e := &sentry.Event{}
	e.SetException(err, 1)
	sent := allowed(e).Exception
	if len(sent) != 1 || sent[0].Value != "" || sent[0].Stacktrace == nil {
		t.Fatalf("reported %+v", sent)
	}
	return sent[0].Stacktrace.Frames
}

// A panic is reported with the place where it happened.
func TestReportedPanicKeepsItsPlace(t *testing.T) {
	t.Parallel()
	err := func() (err error) {
		defer func() { err = newPanicked(recover()) }()
		misbehave()
		return nil
	}()
	var found bool
	for _, f := range reported(t, err) {
		found = found || f.Function == "misbehave"
	}
	if !found {
		t.Error("the stack lacks the function that panicked")
	}
}

func misbehave() { panic("Secret") }

func TestEnvFileSetsNoOtherVariables(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile(".env", []byte("PAGER=evil\nEPEV_HOME=/somewhere\nUSERNAME_MIN_LENGTH=3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := ReadConfig(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Getenv("PAGER") != "" || c.Getenv("EPEV_HOME") != "/somewhere" || c.Policy.UsernameMin != 3 {
		t.Errorf("PAGER %q, EPEV_HOME %q, USERNAME_MIN_LENGTH %d", c.Getenv("PAGER"), c.Getenv("EPEV_HOME"), c.Policy.UsernameMin)
	}
	c, err = ReadConfig([]string{"PAGER=less"})
	if err != nil || c.Getenv("PAGER") != "less" {
		t.Errorf("PAGER %q of the environment: %v", c.Getenv("PAGER"), err)
	}
}

// SPEC 8: what is sent of a command is which one it was, how long it took and how it ended.
func TestTracesNameNobody(t *testing.T) {
	t.Parallel()
	sent := make(chan string, 10)
	listener := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent <- string(body)
	}))
	t.Cleanup(listener.Close)
	reporter, err := NewReporter(Config{SentryDSN: strings.Replace(listener.URL, "://", "://public@", 1) + "/1", SentrySampleRate: 1})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := bench(t, strings.NewReader("say\nclient list --search claire\n"), io.Discard,
		command("say", func() commands.Result { return commands.Result{Message: "Said."} }))
	s.Reporter = reporter
	if status := s.Run(t.Context(), nil); status != 1 {
		t.Fatalf("status %d", status)
	}
	reporter.Flush()
	listener.Close()
	close(sent)
	var all string
	for envelope := range sent {
		all += envelope
	}
	for _, want := range []string{`"transaction":"say"`, `"transaction":"client list"`, `"status":"ok"`, `"status":"internal_error"`, `"op":"command"`, `"release":"epev@`} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s in %s", want, all)
		}
	}
	if host, _ := os.Hostname(); strings.Contains(all, "claire") || strings.Contains(all, `"`+host+`"`) || strings.Contains(all, `"user"`) {
		t.Errorf("too much is told: %s", all)
	}
}

// What is said of one command is said of one.
func TestTallyCountsOne(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"logn":             "<stdin>: 1 command ran, 1 failed, 0 were not run\n",
		"logn\nhelp":       "<stdin>: 1 command ran, 1 failed, 1 was not run\n",
		"help\nlogn\n\n# ": "<stdin>: 2 commands ran, 1 failed, 0 were not run\n",
	} {
		s, stderr := bench(t, strings.NewReader(script), io.Discard)
		if s.Run(t.Context(), nil); !strings.HasSuffix(stderr.String(), want) {
			t.Errorf("%q: %s", script, stderr)
		}
	}
}

// A hint names commands as they are typed where it is read.
func TestHintsNameCommandsAsTheyAreTyped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ at, hint, command, want string }{
		{"a shell", "log in with {try}", "login", `log in with "epev login"`},
		{"a shell", "{try} shows those you may view", "client list", `"epev client list" shows those you may view`},
		{"a shell", "put a value with blanks in quotes; usage: {usage}", "client view ID", "put a value with blanks in quotes; usage: epev client view ID"},
		{"a shell", `did you mean {named}? made private with "chmod 600"`, "client", `did you mean "client"? made private with "chmod 600"`},
		{"a shell", "did you mean {named}?", "login", `did you mean "login"?`},
		{"a shell", "usage: epev demo [COMMAND]", "", "usage: epev demo [COMMAND]"},
		{"a shell", `an open "quote`, "", `an open "quote`},
		{"the sandbox", "{try} shows who can be chosen", "user list --support", `"epev demo user list --support" shows who can be chosen`},
		{"the sandbox as support", "log in with {try}", "login", `log in with "epev demo --as support login"`},
		{"the prompt", "log in with {try}; usage: {usage}", "client view ID", `log in with "client view ID"; usage: client view ID`},
	} {
		s, _ := bench(t, strings.NewReader(""), io.Discard)
		switch c.at {
		case "the prompt":
			s.atPrompt = true
		case "the sandbox":
			s.Options.Demo = &Demo{As: "management"}
		case "the sandbox as support":
			s.Options.Demo = &Demo{As: "support"}
		}
		if got := s.explain(model.Errorf(model.Conflict, "no").WithTry(c.hint, c.command)).hint; got != c.want {
			t.Errorf("at %s: %s, want %s", c.at, got, c.want)
		}
	}
}

// saying receives when something is written to it.
type saying chan struct{}

func (s saying) Write(p []byte) (int, error) {
	select {
	case s <- struct{}{}:
	default:
	}
	return len(p), nil
}

// pausedScript runs an --atomic script of claire.dubois that creates a company, lets pause happen, and goes on with the
// remaining lines.
func pausedScript(t *testing.T, dsn string, pause func(), lines ...string) (status int, stderr string) {
	t.Helper()
	input, script := io.Pipe()
	var told bytes.Buffer
	said := make(saying, 1)
	s := &Shell{Registry: commands.NewRegistry(commands.All()), Env: newDesk(t, dsn, "claire.dubois"), Reporter: &Reporter{},
		Getenv: func(string) string { return "" }, Stdin: input, Stdout: said, Stderr: io.MultiWriter(&told, said)}
	s.Options.Atomic = true
	ended := make(chan int)
	go func() { ended <- s.Run(t.Context(), nil) }()
	if _, err := io.WriteString(script, "company create -n Late\n"); err != nil {
		t.Fatal(err)
	}
	<-said // its result, or on a slow machine that the pause was one already
	pause()
	for _, line := range lines {
		if _, err := io.WriteString(script, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	script.Close()
	status = <-ended
	if n, err := newDesk(t, dsn, "").Store.Read().CountCompanies(t.Context(), model.Everything, data.CompanyFilter{}, "late", 0); n != 0 || err != nil {
		t.Errorf("%d companies %v", n, err)
	}
	return status, told.String()
}

// An --atomic script whose actor is deactivated while it waits for its next line keeps nothing, and says so once.
func TestAtomicScriptOfWhoIsDeactivated(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	status, stderr := pausedScript(t, dsn, func() {
		manager := newDesk(t, dsn, "admin.root")
		deactivation, err := commands.NewRegistry(commands.All()).Parse([]string{"user", "deactivate", "claire.dubois"})
		if err != nil {
			t.Error(err)
			return
		}
		call, err := deactivation.Bind(manager.Values())
		if err == nil {
			_, err = call.Execute(t.Context(), manager)
		}
		if err != nil {
			t.Error(err)
		}
	})
	if status != 3 || strings.Count(stderr, "the session of claire.dubois ended while the script ran: nothing of it was kept") != 1 {
		t.Errorf("status %d, %q", status, stderr)
	}
}

// So does one that was left idle for too long.
func TestIdleAtomicScript(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	untilEnded := func() {
		for open := true; open; {
			if err := db.QueryRow("select exists (select from pg_stat_activity where datname = current_database() and backend_xid is not null)").Scan(&open); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, lines := range [][]string{nil, {"company create -n Later", "company list"}} {
		status, stderr := pausedScript(t, dsn+"&idle_in_transaction_session_timeout=500", untilEnded, lines...)
		if status != 7 || strings.Count(stderr, "the script did nothing for 500ms, so that the database ended its transaction: nothing of it was kept") != 1 {
			t.Errorf("status %d, %q", status, stderr)
		}
	}
}
