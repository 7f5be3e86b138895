package private

import (
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// SPEC 2: EPEV_HOME, by default the XDG data directory + /epev.
func TestFindHome(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"EPEV_HOME": "/a/b", "XDG_DATA_HOME": "/x", "HOME": "/h"}, "/a/b"},
		{map[string]string{"EPEV_HOME": "a"}, filepath.Join(here, "a")},
		{map[string]string{"XDG_DATA_HOME": "/x", "HOME": "/h"}, "/x/epev"},
		{map[string]string{"XDG_DATA_HOME": "x", "HOME": "/h"}, "/h/.local/share/epev"},
		{map[string]string{"HOME": "/h"}, "/h/.local/share/epev"},
		{map[string]string{"HOME": "/h", "SUDO_UID": "0"}, "/h/.local/share/epev"},
	} {
		home, err := FindHome(func(name string) string { return c.env[name] })
		if want := (Home{Dir: c.want, UID: os.Geteuid(), GID: os.Getegid()}); err != nil || home != want {
			t.Errorf("%v: %+v, %v, want %+v", c.env, home, err, want)
		}
	}
}

// SPEC 3: under sudo it is the invoking user's: the same that the user's own epev finds, where sudo -E keeps
// the variables; those of root do not count.
func TestFindHomeUnderSudo(t *testing.T) {
	t.Parallel()
	root(t)
	u, err := user.LookupId("65534")
	if err != nil {
		t.Skip("no user id 65534")
	}
	roots := t.TempDir()
	env := map[string]string{"SUDO_UID": "65534", "HOME": roots, "XDG_DATA_HOME": roots + "/x"}
	home, err := FindHome(func(name string) string { return env[name] })
	if want := filepath.Join(u.HomeDir, ".local/share/epev"); err != nil || home.Dir != want || home.UID != 65534 {
		t.Errorf("%+v, %v, want %s", home, err, want)
	}
	mine := t.TempDir()
	if err := os.Chown(mine, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ xdg, home, want string }{
		{mine, roots, mine + "/epev"},
		{mine + "/not/there/yet", roots, mine + "/not/there/yet/epev"},
		{roots + "/x", mine, mine + "/.local/share/epev"},
		{"", mine, mine + "/.local/share/epev"},
		{roots, "/not-there", filepath.Join(u.HomeDir, ".local/share/epev")},
	} {
		env["XDG_DATA_HOME"], env["HOME"] = c.xdg, c.home
		if home, err := FindHome(func(name string) string { return env[name] }); err != nil || home.Dir != c.want || home.UID != 65534 {
			t.Errorf("%v: %+v, %v", c, home, err)
		}
	}
	for _, bad := range []string{"x", "-1", "4000000000"} {
		env["SUDO_UID"] = bad
		_, err := FindHome(func(name string) string { return env[name] })
		refusal(t, err)
	}
}

// SPEC 3: SECRET_KEY is generated once, 0600.
func TestSecret(t *testing.T) {
	t.Parallel()
	home := server(t).home
	first, err := Secret(home)
	if err != nil || len(first) < 32 {
		t.Fatalf("%q, %v", first, err)
	}
	if again, err := Secret(home); err != nil || string(again) != string(first) {
		t.Errorf("another one, %v", err)
	}
	path := filepath.Join(home.Dir, "secret_key")
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if entries, _ := os.ReadDir(home.Dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	for name, spoil := range map[string]func() error{
		"open":        func() error { return os.Chmod(path, 0o640) },
		"short":       func() error { return os.WriteFile(path, []byte("abcd\n"), 0o600) },
		"no text":     func() error { return os.WriteFile(path, make([]byte, 64), 0o600) },
		"empty":       func() error { return os.Truncate(path, 0) },
		"a link":      func() error { return os.Symlink("/etc/hostname", path) },
		"a pipe":      func() error { return syscall.Mkfifo(path, 0o600) },
		"a directory": func() error { return os.Mkdir(path, 0o700) },
	} {
		if strings.HasPrefix(name, "a ") {
			os.RemoveAll(path)
		} else if err := os.WriteFile(path, first, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		key, err := Secret(home)
		if key != nil {
			t.Errorf("%s: accepted", name)
		}
		refusal(t, err, path)
		os.RemoveAll(path)
	}
}

// SPEC 3: once, also when several processes ask for it at the same moment.
func TestSecretRace(t *testing.T) {
	t.Parallel()
	home := server(t).home
	var wg sync.WaitGroup
	keys := make([]string, 12)
	for i := range keys {
		wg.Go(func() {
			out, err := again(os.Geteuid(), "secret", "EPEV_HOME="+home.Dir).CombinedOutput()
			if err != nil {
				t.Errorf("%v: %s", err, out)
			}
			keys[i] = string(out)
		})
	}
	wg.Wait()
	for _, key := range keys {
		if key != keys[0] || !strings.HasSuffix(key, " <nil>\n") {
			t.Errorf("%q and %q", keys[0], key)
		}
	}
}
