package shell

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"epev/data/testdb"
	"epev/data/testdb/needs"
)

// runEpev runs the real epev to its end, and returns its status and what it said.
func runEpev(t *testing.T, env []string, binary string, args ...string) (status int, said string) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// A real epev is stopped while it holds the session's lock: the others end, say who holds it, and a logout logs out. Once it
// is killed, they go on.
func TestAStoppedEpevThatHoldsTheSessionHangsNobody(t *testing.T) {
	t.Parallel()
	binary, err := realEpev()
	if err != nil {
		t.Fatal(err)
	}
	dsn := openOffice(t)
	run := sharedSession(t, binary, dsn)
	password := filepath.Join(filepath.Dir(run), "password")
	cutter, through := testdb.NewCutter(t, dsn)
	env := func(dsn string) []string { return append(realEnv(t, t.TempDir(), dsn), "XDG_RUNTIME_DIR="+run) }

	holder := exec.Command(binary, "refresh")
	holder.Env = env(through)
	heard := make(chan struct{})
	cutter.Arm(1, testdb.Cut{Of: "COMMIT", Before: true, Silent: true, Alone: true}, func() { close(heard) })
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	defer holder.Wait()
	defer holder.Process.Kill()
	select {
	case <-heard:
	case <-time.After(30 * time.Second):
		t.Fatal("refresh never came to its COMMIT")
	}
	if err := holder.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	who := fmt.Sprintf("another shell (process %d, which is stopped) keeps the session file %s locked", holder.Process.Pid, filepath.Join(run, "epev", "session"))
	t.Run("while it is stopped", func(t *testing.T) {
		for _, args := range [][]string{{"refresh"}, {"login", "-u", "claire.dubois", "--password-file", password}} {
			t.Run(args[0], func(t *testing.T) {
				t.Parallel()
				status, said := runEpev(t, env(dsn), binary, args...)
				if status != 7 || !strings.Contains(said, "Waiting: "+who) || !strings.Contains(said, "epev: "+who) {
					t.Errorf("status %d: %s", status, said)
				}
			})
		}
	})
	if status, said := runEpev(t, env(dsn), binary, "logout"); status != 0 || !strings.Contains(said, "Goodbye Claire Dubois") {
		t.Errorf("logout: status %d: %s", status, said)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	holder.Wait()
	if status, said := runEpev(t, env(dsn), binary, "login", "-u", "claire.dubois", "--password-file", password); status != 0 {
		t.Errorf("login afterwards: status %d: %s", status, said)
	}
}

// On a full disk, which holds the session, the home and the output, work goes on, what is told is so, and a logout logs out.
func TestOnAFullDiskWhatIsToldIsSo(t *testing.T) {
	t.Parallel()
	binary, err := realEpev()
	if err != nil {
		t.Fatal(err)
	}
	disk := needs.SmallDisk(t)
	dsn := openOffice(t)
	home := t.TempDir()
	env := append(realEnv(t, home, dsn), "EPEV_HOME="+filepath.Join(disk, "home"), "TEMP_FILE_PATH="+filepath.Join(disk, "session"))
	file := func(name, content string) string {
		t.Helper()
		path := filepath.Join(home, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	login := []string{"login", "-u", "claire.dubois", "--password-file", file("password", "Sunny-Terrace-7\n")}
	if status, said := runEpev(t, env, binary, login...); status != 0 {
		t.Fatalf("status %d: %s", status, said)
	}
	script := file("script", "client update 1 -n Never\nclient view 1\n")
	out := filepath.Join(disk, "out")
	needs.Fill(t, disk)
	for _, test := range []struct {
		command        string // of a shell that has epev as $0
		status         int
		says, denies   []string
		client1Becomes string
	}{
		{`"$0" --atomic -f "$1" >"$2"`, 1, []string{"no space left on device", "everything was rolled back"}, []string{"was done"}, "Élodie Nguyễn"},
		{`"$0" --atomic -f "$1"`, 0, []string{"updated"}, []string{"rolled back"}, "Never"},
		{`"$0" client update 1 -n Kept >"$2"`, 1, []string{"no space left on device", "the command itself was done"}, []string{"nothing"}, "Kept"},
		{`"$0" client update 1 -n Plain`, 0, []string{"updated"}, nil, "Plain"},
		{`"$0" refresh`, 3, []string{"no space left", "free some space"}, nil, "Plain"},
		{`"$0" logout`, 0, []string{"Goodbye"}, nil, "Plain"},
		{`"$0" whoami`, 3, []string{"Please login first"}, nil, "Plain"},
	} {
		status, said := runEpev(t, env, "/bin/sh", "-c", test.command, binary, script, out)
		for _, text := range test.says {
			if !strings.Contains(said, text) {
				t.Errorf("%s: %q is not told: %s", test.command, text, said)
			}
		}
		for _, text := range test.denies {
			if strings.Contains(said, text) {
				t.Errorf("%s: %q is told: %s", test.command, text, said)
			}
		}
		if name := value(t, dsn, "SELECT full_name FROM epic_events.client WHERE id = 1"); status != test.status || name != test.client1Becomes {
			t.Errorf("%s: status %d, and the client is %s: %s", test.command, status, name, said)
		}
	}

	// At the prompt too: its history is that of this shell alone.
	s := openTerminal(t, 100, 24, env, binary)
	s.ready()
	s.Send("help timing\r")
	s.Shows("epev timing on")
	s.ready()
	s.Send("\x1b[A")
	s.Shows("epic> help timing")
	s.Send("\x15exit\r")
	s.ends()
}

// value is what a query that finds one text finds.
func value(t *testing.T, dsn, query string) (text string) {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}
