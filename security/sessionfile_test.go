package security

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"epev/commands/sentences"
	"epev/data/testdb/needs"
	"epev/model"

	"github.com/google/go-cmp/cmp"
)

var pair = Session{Current: TokenPair{"an access token", "a refresh token"}}

// newSessionFile returns a session file in an epev directory that does not exist yet.
func newSessionFile(t testing.TB) SessionFile {
	t.Helper()
	return SessionFile{Path: filepath.Join(t.TempDir(), "epev", "session"), private: true}
}

func save(t testing.TB, f SessionFile, s Session) {
	t.Helper()
	if err := f.Save(s); err != nil {
		t.Fatal(err)
	}
}

func do(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSessionFileKeepsTheSession(t *testing.T) {
	t.Parallel()
	f := newSessionFile(t)
	if s, err := f.Load(); err != nil || s != (Session{}) {
		t.Fatalf("Load before Save = %v, %v", s, err)
	}
	next := pair
	next.Next = &TokenPair{Refresh: "the next one"}
	for _, want := range []Session{pair, next, pair} {
		save(t, f, want)
		got, err := f.Load()
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("Load: %v (-want +got):\n%s", err, diff)
		}
	}
	for path, want := range map[string]os.FileMode{f.Path: 0o600, filepath.Dir(f.Path): 0o700} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want mode %o", path, info.Mode(), err, want)
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(f.Path)); len(left) != 1 {
		t.Errorf("the directory holds %v, want the session file alone", left)
	}
	do(t, f.Remove())
	do(t, f.Remove())
	if s, err := f.Load(); err != nil || s != (Session{}) {
		t.Errorf("Load after Remove = %v, %v", s, err)
	}
}

func TestRemoveWithoutDirectory(t *testing.T) {
	t.Parallel()
	do(t, newSessionFile(t).Remove())
}

func wantRefusal(t *testing.T, s Session, err error, path, reason string) {
	t.Helper()
	var e *model.Error
	if s != (Session{}) || !errors.As(err, &e) || e.Kind != model.Unauthenticated {
		t.Fatalf("Load = %v, %v; want an Unauthenticated error", s, err)
	}
	if want := "cannot read the session file " + path + ": " + reason; sentences.Of(e).Message != want || sentences.Of(e).Hint == "" {
		t.Errorf("Load: %q, hint %q; want %q", sentences.Of(e).Message, sentences.Of(e).Hint, want)
	}
}

// SPEC 5, rule 7: a file that somebody edited neither stops the shell nor lets anybody in.
func TestLoadRefusesDamagedContent(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "\x00", "garbage", "{}", "[]", "null", `{"current":null}`, `{"current":{"access":"x"}}`,
		`{"current":{"access":1,"refresh":2}}`, `{"current":{"access":"a","refresh":"r"}`, `{"current":{"access":"a","refresh":"r"}} x`,
		`{"role":"management","user_id":1}`, `{"current":{"access":"a","refresh":"` + strings.Repeat("r", maxSessionBytes) + `"}}`} {
		f := newSessionFile(t)
		save(t, f, pair)
		do(t, os.WriteFile(f.Path, []byte(content), 0o600))
		s, err := f.Load()
		wantRefusal(t, s, err, f.Path, "its content is damaged")
		if strings.Contains(err.Error(), "management") {
			t.Errorf("%q is shown: %v", content, err)
		}
	}
}

// A path that the user chose may be in a directory that others read, and in a sticky one like /tmp,
// but not where others could replace it.
func TestChosenDirectory(t *testing.T) {
	t.Parallel()
	for mode, good := range map[os.FileMode]bool{0o700: true, 0o755: true, 0o777 | os.ModeSticky: true, 0o777: false, 0o775: false} {
		dir := t.TempDir()
		do(t, os.Chmod(dir, mode))
		f := SessionFile{Path: filepath.Join(dir, "session")}
		err := f.Save(pair)
		if (err == nil) != good {
			t.Errorf("in a directory of mode %v: %v", mode, err)
		}
		if good {
			if s, err := f.Load(); err != nil || s != pair {
				t.Errorf("in a directory of mode %v: Load = %v, %v", mode, s, err)
			}
			unlock, err := f.Lock(t.Context())
			do(t, err)
			unlock()
		}
	}
}

func TestLockGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	f := newSessionFile(t)
	unlock, err := f.Lock(t.Context())
	do(t, err)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Lock(cancelled); model.KindOf(err) != model.Interrupted {
		t.Errorf("cancelled: %v", err)
	}
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if _, err := f.Lock(late); model.KindOf(err) != model.Unavailable || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("out of time: %v", err)
	}
	unlock()
	unlock, err = f.Lock(t.Context())
	do(t, err)
	unlock()
}

// A lock file that was cleaned away while somebody waited for it no longer excludes anybody: the
// waiter must take the one that is there now.
func TestLockFollowsTheName(t *testing.T) {
	t.Parallel()
	f := newSessionFile(t)
	stale, err := f.Lock(t.Context())
	do(t, err)
	do(t, os.Remove(f.Path+".lock"))
	unlock, err := f.Lock(t.Context())
	do(t, err)
	stale()
	again, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Lock(again); err == nil {
		t.Error("two hold the lock")
	}
	unlock()
}

// lockHelper makes the test binary one of the shells of TestLockBetweenProcesses.
const lockHelper = "EPEV_TEST_LOCK"

func TestMain(m *testing.M) {
	if path := os.Getenv(lockHelper); path != "" {
		if err := countUnderLock(SessionFile{Path: path}, 50); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// countUnderLock adds n to the number in the session file, reading and writing it n times.
func countUnderLock(f SessionFile, n int) error {
	for range n {
		unlock, err := f.Lock(context.Background())
		if err != nil {
			return err
		}
		s, err := f.Load()
		if err != nil {
			return err
		}
		count, err := strconv.Atoi(s.Current.Refresh)
		if err != nil {
			return err
		}
		s.Current.Refresh = strconv.Itoa(count + 1)
		if err := f.Save(s); err != nil {
			return err
		}
		unlock()
	}
	return nil
}

// SPEC 7: several shells share one session file. Processes and goroutines rotate it at once, and
// none of the rotations is lost.
func TestLockBetweenProcesses(t *testing.T) {
	t.Parallel()
	f := SessionFile{Path: filepath.Join(t.TempDir(), "session")}
	save(t, f, Session{Current: TokenPair{Refresh: "0"}})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), lockHelper+"="+f.Path)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
		wg.Go(func() {
			if err := countUnderLock(f, 50); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if s, err := f.Load(); err != nil || s.Current.Refresh != "300" {
		t.Errorf("after 300 rotations the file says %q, %v", s.Current.Refresh, err)
	}
}

// A shell that is killed leaves no lock behind.
func TestLockEndsWithItsProcess(t *testing.T) {
	t.Parallel()
	f := SessionFile{Path: filepath.Join(t.TempDir(), "session")}
	unlock, err := f.Lock(t.Context())
	do(t, err)
	unlock()
	holder := exec.CommandContext(t.Context(), "sh", "-c", `exec 9<>"$1"; flock 9; echo held; exec cat`, "sh", f.Path+".lock")
	needs.Program(t, "flock")
	stdin, err := holder.StdinPipe()
	do(t, err)
	defer stdin.Close()
	stdout, err := holder.StdoutPipe()
	do(t, err)
	do(t, holder.Start())
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "held\n" {
		t.Fatalf("%q, %v", line, err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Lock(cancelled); err == nil {
		t.Error("two processes hold the lock")
	}
	do(t, holder.Process.Kill())
	_ = holder.Wait() // it was killed
	unlock, err = f.Lock(t.Context())
	do(t, err)
	unlock()
}

func TestNewSessionFile(t *testing.T) {
	t.Parallel()
	uid := strconv.Itoa(os.Geteuid())
	runtime := t.TempDir()
	for _, c := range []struct {
		env  map[string]string
		want SessionFile
	}{
		{map[string]string{"TEMP_FILE_PATH": "/x/../y/s", "XDG_RUNTIME_DIR": runtime}, SessionFile{"/y/s", false}},
		{map[string]string{"TEMP_FILE_PATH": "s"}, SessionFile{"s", false}},
		{map[string]string{"XDG_RUNTIME_DIR": runtime, "TMPDIR": "/t"}, SessionFile{runtime + "/epev/session", true}},
		{map[string]string{"XDG_RUNTIME_DIR": "relative", "TMPDIR": "/t"}, SessionFile{"/t/epev-" + uid + "/session", true}},
		{map[string]string{"XDG_RUNTIME_DIR": runtime + "/missing", "TMPDIR": "/t"}, SessionFile{"/t/epev-" + uid + "/session", true}},
		{nil, SessionFile{"/tmp/epev-" + uid + "/session", true}},
	} {
		if got := NewSessionFile(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("with %v: %+v, want %+v", c.env, got, c.want)
		}
	}
}

// The runtime directory that su leaves in the environment is another user's.
func TestNewSessionFilePassesOverForeignRuntimeDirectory(t *testing.T) {
	t.Parallel()
	foreign := "/" // root's, when the test runs as somebody else
	if os.Geteuid() == 0 {
		foreign = t.TempDir()
		do(t, os.Chown(foreign, 65534, 65534))
	}
	env := map[string]string{"XDG_RUNTIME_DIR": foreign, "TMPDIR": "/t"}
	if got := NewSessionFile(func(name string) string { return env[name] }); !strings.HasPrefix(got.Path, "/t/epev-") {
		t.Errorf("session file %s", got.Path)
	}
}

// SPEC 7: no secret is ever shown.
func TestTokensAreNotPrinted(t *testing.T) {
	t.Parallel()
	s := pair
	s.Next = &pair.Current
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if shown := fmt.Sprintf(format, s); strings.Contains(shown, "token\"") || strings.Contains(shown, "an access") {
			t.Errorf("%s shows %s", format, shown)
		}
	}
}

func FuzzLoad(f *testing.F) {
	file := newSessionFile(f)
	save(f, file, pair)
	for _, seed := range []string{"", "{}", "null", `{"current":{"access":"a","refresh":"r"}}`,
		`{"current":{"access":"a","refresh":"r"},"next":{"refresh":"n"}}`, `{"current":[]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		do(t, os.WriteFile(file.Path, content, 0o600))
		s, err := file.Load()
		if err != nil {
			wantRefusal(t, s, err, file.Path, "its content is damaged")
		} else if s.Current.Refresh == "" {
			t.Errorf("%q is taken for a session", content)
		}
	})
}
