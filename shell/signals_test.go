package shell

import (
	"cmp"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"epev/data/testdb"
)

// A phase is a moment of the real epev at which a signal comes.
type phase struct {
	args   []string // NUMBER stands for the client that is at stake
	script string   // what -f runs, if anything
	pager  string
	height int
	// begin brings epev to that moment, and returns what ends what it waits for.
	begin func(s *scene) (release func())
	// says is told, and denies is not, as it is not so. wrote is whether the client has the new name in the end.
	says, denies []string
	wrote        outcome
	status       int // after SIGINT, SIGTERM and SIGHUP; at the prompt SIGINT ends the command alone
	// asked is that the database is asked what became of the COMMIT, for as long as a person waits. A slow machine may not
	// have answered by then: it is told that nobody knows.
	asked bool
}

type outcome int

const (
	not outcome = iota
	done
	either
)

// A scene is an epev at a moment.
type scene struct {
	*terminal
	t      *testing.T
	dsn    string
	cutter *testdb.Cutter
	number int // of the client
}

// typed sends a line to the prompt.
func (s *scene) typed(line string) {
	s.ready()
	s.Send(strings.ReplaceAll(line, "NUMBER", strconv.Itoa(s.number)) + "\r")
}

// holds locks the client until release, and waits until somebody waits for it.
func (s *scene) holds(begin func()) (release func()) {
	s.t.Helper()
	db, err := sql.Open("postgres", s.dsn)
	if err != nil {
		s.t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN; SELECT FROM epic_events.client WHERE id = " + strconv.Itoa(s.number) + " FOR UPDATE"); err != nil {
		s.t.Fatal(err)
	}
	begin()
	for waits := false; !waits; {
		if err := db.QueryRow("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))").Scan(&waits); err != nil {
			s.t.Fatal(err)
		}
	}
	return func() { db.Close() }
}

// commits has the answer to the next COMMIT withheld, and the COMMIT itself where it is lost.
func commits(lost, forAll bool, begin func(s *scene)) func(s *scene) (release func()) {
	return func(s *scene) func() {
		heard := make(chan struct{})
		s.cutter.Arm(1, testdb.Cut{Of: "COMMIT", Before: lost, Silent: true, Alone: !forAll}, func() { close(heard) })
		begin(s)
		select {
		case <-heard:
		case <-time.After(30 * time.Second):
			s.t.Fatalf("no COMMIT was sent; the screen:\n%s", s.Text())
		}
		return func() {}
	}
}

func atPrompt(line string) func(s *scene) { return func(s *scene) { s.typed(line) } }
func atOnce(*scene)                       {}

const (
	rename     = "client update NUMBER -n ChangedNUMBER"
	renameMore = rename + " -c 4 -f 05/01/2026 -l 05/02/2026" // more than the window holds
)

// Whichever signal comes at whichever moment, what epev says is so, and it ends with the status of that signal with the
// terminal as it was.
func TestWhatASignalInterruptsIsToldTruly(t *testing.T) {
	t.Parallel()
	binary, err := realEpev()
	if err != nil {
		t.Fatal(err)
	}
	dsn := openOffice(t)
	run(t, dsn, `INSERT INTO epic_events.client (id, full_name, email, commercial_id, first_contact_date)
		SELECT i, 'Before' || i, 'row' || i || '@example.com', 2, '2026-02-01' FROM generate_series(101, 300) i`)
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(2)
	session := sharedSession(t, binary, dsn)
	pager := filepath.Join(t.TempDir(), "pager")
	if err := os.WriteFile(pager, []byte("echo reading; exec sleep 1000"), 0o600); err != nil {
		t.Fatal(err)
	}
	nothing, kept := "nothing was written", "the command itself was done"
	waitsForRow := func(begin func(s *scene)) func(s *scene) func() {
		return func(s *scene) func() { return s.holds(func() { begin(s) }) }
	}
	inPager := func(s *scene) func() {
		s.typed(renameMore)
		s.Shows("reading")
		return func() {}
	}
	phases := map[string]phase{
		"at the prompt":     {begin: func(s *scene) func() { s.ready(); return func() {} }, denies: []string{"interrupted", "written"}, status: 130},
		"in a question":     {begin: func(s *scene) func() { s.typed("client create"); s.Shows("Full name:"); return func() {} }, says: []string{nothing}, status: 130},
		"in a confirmation": {begin: func(s *scene) func() { s.typed("client delete NUMBER"); s.Shows("[y/N]"); return func() {} }, says: []string{nothing}, status: 130},
		"in a silent read": {begin: func(s *scene) func() {
			s.ready()
			s.cutter.Hush()
			s.Send("client view 1\r")
			s.Shows("waiting for")
			return s.cutter.Speak
		}, says: []string{nothing}, status: 130},
		"in a waiting write": {begin: waitsForRow(atPrompt(rename)), says: []string{nothing}, status: 130},
		"in a COMMIT that arrives": {begin: commits(false, false, atPrompt(rename)), says: []string{"updated"},
			denies: []string{nothing, "interrupted"}, wrote: done, status: 130, asked: true},
		"in a COMMIT that is lost": {begin: commits(true, false, atPrompt(rename)), says: []string{nothing}, status: 130, asked: true},
		"in a COMMIT of which nobody hears": {begin: commits(false, true, atPrompt(rename)), says: []string{"outcome unknown"},
			denies: []string{nothing, "interrupted"}, wrote: either, status: 130},
		"in the pager after an update":          {pager: "sh " + pager, height: 5, begin: inPager, says: []string{kept}, denies: []string{nothing}, wrote: done, status: 130},
		"in epev's own pager after an update":   {pager: "no-such-pager", height: 5, begin: func(s *scene) func() { s.typed(renameMore); s.Shows("-- more"); return func() {} }, says: []string{kept}, denies: []string{nothing}, wrote: done, status: 130},
		"one command, waiting":                  {args: strings.Fields(rename), begin: waitsForRow(atOnce), says: []string{nothing}, status: 130},
		"one command, in a COMMIT that arrives": {args: strings.Fields(rename), begin: commits(false, false, atOnce), says: []string{"updated"}, denies: []string{nothing}, wrote: done, status: 0, asked: true},
		"one command, in a COMMIT of which nobody hears": {args: strings.Fields(rename), begin: commits(false, true, atOnce), says: []string{"outcome unknown"},
			denies: []string{nothing}, wrote: either, status: 7},
		"in a script": {script: "client view 1\n" + rename + "\nclient view 2\n", begin: waitsForRow(atOnce),
			says: []string{":2: interrupted; " + nothing, "2 commands ran, 1 failed, 1 was not run"}, status: 130},
		"in a script, in a COMMIT that arrives": {script: rename + "\nclient view 2\n", begin: commits(false, false, atOnce), says: []string{"updated", "interrupted"}, wrote: done, status: 130, asked: true},
		"in an --atomic script": {args: []string{"--atomic"}, script: "client update 1 -n Other\n" + rename + "\n", begin: waitsForRow(atOnce),
			says: []string{":2: interrupted", "everything was rolled back"}, status: 130},
		"in the COMMIT of an --atomic script that is lost": {args: []string{"--atomic"}, script: rename + "\n", begin: commits(true, false, atOnce),
			says: []string{"interrupted; " + nothing}, status: 130, asked: true},
		"in the COMMIT of an --atomic script that arrives": {args: []string{"--atomic"}, script: rename + "\n", begin: commits(false, false, atOnce),
			says: []string{"updated"}, denies: []string{nothing, "rolled back"}, wrote: done, status: 0, asked: true},
		"in the COMMIT of an --atomic script of which nobody hears": {args: []string{"--atomic"}, script: rename + "\n", begin: commits(false, true, atOnce),
			says: []string{"outcome unknown"}, denies: []string{nothing, "rolled back"}, wrote: either, status: 7},
	}
	var rows atomic.Int64
	for name, p := range phases {
		for _, signal := range []struct {
			name string
			syscall.Signal
		}{{"SIGINT", syscall.SIGINT}, {"SIGTERM", syscall.SIGTERM}, {"SIGHUP", syscall.SIGHUP}, {"SIGQUIT", syscall.SIGQUIT}} {
			t.Run(signal.name+" "+name, func(t *testing.T) {
				t.Parallel()
				s := &scene{t: t, dsn: dsn, number: int(100 + rows.Add(1))}
				var through string
				s.cutter, through = testdb.NewCutter(t, dsn)
				home := t.TempDir()
				args := slices.Clone(p.args)
				for i := range args {
					args[i] = strings.ReplaceAll(args[i], "NUMBER", strconv.Itoa(s.number))
				}
				if p.script != "" {
					script := filepath.Join(home, "script")
					if err := os.WriteFile(script, []byte(strings.ReplaceAll(p.script, "NUMBER", strconv.Itoa(s.number))), 0o600); err != nil {
						t.Fatal(err)
					}
					args = append(args, "-f", script)
				}
				env := slices.DeleteFunc(realEnv(t, home, through), func(v string) bool {
					return strings.HasPrefix(v, "XDG_RUNTIME_DIR=") || p.pager != "" && strings.HasPrefix(v, "PAGER=")
				})
				env = append(env, "XDG_RUNTIME_DIR="+session, "PAGER="+p.pager)
				pidFile := filepath.Join(home, "pid")
				s.terminal = openTerminal(t, 160, cmp.Or(p.height, 24), env, "/bin/sh", append([]string{"-c", leader, "sh", pidFile, binary}, args...)...)
				release := p.begin(s)
				var pid int
				s.Until("the process", func() bool {
					text, _ := os.ReadFile(pidFile)
					pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
					return pid != 0
				})
				if err := syscall.Kill(pid, signal.Signal); err != nil {
					t.Fatal(err)
				}
				const unknown = "outcome unknown"
				s.Until(fmt.Sprint(p.says), func() bool {
					text := s.Text()
					return p.asked && strings.Contains(text, unknown) || !slices.ContainsFunc(p.says, func(part string) bool { return !strings.Contains(text, part) })
				})
				ended, wrote := fmt.Sprintf("[exit %d]", p.status), p.wrote
				if p.asked && strings.Contains(s.Text(), unknown) {
					wrote = either
					if len(args) > 0 {
						ended = "[exit " // 7 alone, 130 in a script that has more to run
					}
				}
				switch {
				case signal.Signal == syscall.SIGQUIT:
					ended = "[exit 131]"
				case signal.Signal == syscall.SIGINT && len(args) == 0:
					ended = "[exit 0]"
					s.ready()
					s.Send("\x15exit\r")
				}
				s.Shows(ended)
				release()
				for _, untrue := range p.denies {
					if strings.Contains(s.Text(), untrue) {
						t.Errorf("%q is told:\n%s", untrue, s.Text())
					}
				}
				var now string
				if err := db.QueryRow("SELECT full_name FROM epic_events.client WHERE id = $1", s.number).Scan(&now); err != nil {
					t.Fatal(err)
				}
				if changed := now == fmt.Sprintf("Changed%d", s.number); wrote != either && changed != (wrote == done) {
					t.Errorf("the client is called %s; told:\n%s", now, s.Text())
				}
			})
		}
	}
}

// sharedSession logs claire.dubois in, and returns the runtime directory that her shells share.
func sharedSession(t *testing.T, binary, dsn string) (dir string) {
	t.Helper()
	home := t.TempDir()
	dir = filepath.Join(home, "run")
	password := filepath.Join(home, "password")
	if err := os.WriteFile(password, []byte("Sunny-Terrace-7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "login", "-u", "claire.dubois", "--password-file", password)
	cmd.Env = realEnv(t, home, dsn)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}
