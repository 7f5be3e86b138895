//go:build linux

package security

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"epev/data/testdb/needs"
)

// Whoever makes a user namespace may mount over /proc what they like. Each of these says that every user is itself.
func TestAFalseProcMakesNoRoot(t *testing.T) {
	t.Parallel()
	if os.Getenv("EPEV_TEST_IS_ROOT") != "" {
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	unshare := needs.Program(t, "unshare")
	if out, err := exec.Command(unshare, "-rm", "true").CombinedOutput(); err != nil {
		t.Skipf("no user namespaces here: %s", out)
	}
	const ask = `; exec "$1" -test.run '^TestWhetherThisIsRoot$' -test.v`
	for name, script := range map[string]string{
		"as it is":            `:`,
		"another file system": `mount -t tmpfs none /proc && mkdir /proc/self && echo 0 0 4294967295 >/proc/self/uid_map`,
		"a file over it":      `f=$(mktemp) && echo 0 0 4294967295 >$f && mount --bind $f /proc/$$/uid_map && rm -f $f`,
		// Files of a true proc that say what their maker wants.
		"the projects' map": `echo 0 0 4294967295 >/proc/$$/projid_map && mount --bind /proc/$$/projid_map /proc/$$/uid_map`,
		"a process's name":  `(printf '0 0 4294967295' >/proc/self/comm; exec 9<&-; read x <"$2") & sleep=$!; while ! grep -q 4294967295 /proc/$sleep/comm; do :; done; mount --bind /proc/$sleep/comm /proc/$$/uid_map; echo >"$2"`,
		"a directory":       `d=$(mktemp -d) && echo 0 0 4294967295 >$d/uid_map && mount --bind $d /proc/$$`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pipe := t.TempDir() + "/pipe"
			if err := unix.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(unshare, "-rm", "sh", "-c", script+ask, "sh", self, pipe)
			cmd.Env = append(os.Environ(), "EPEV_TEST_IS_ROOT=yes")
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "root: false") {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// TestWhetherThisIsRoot is what TestAFalseProcMakesNoRoot runs in a namespace.
func TestWhetherThisIsRoot(t *testing.T) {
	if os.Getenv("EPEV_TEST_IS_ROOT") == "" {
		t.Skip("part of TestAFalseProcMakesNoRoot")
	}
	t.Logf("root: %v", IsRoot())
}
