package security

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"epev/data/testdb/needs"
)

func TestIsRoot(t *testing.T) {
	t.Parallel()
	const identity = "         0          0 4294967295\n"
	for _, c := range []struct {
		name   string
		euid   int
		uidMap string
		want   bool
	}{
		{"root", 0, identity, true},
		{"anybody else", 1000, identity, false},
		{"unshare -r", 0, "         0       1000          1\n", false},
		{"a rootless container", 0, "         0       1000          1\n         1     100000      65536\n", false},
		{"a remapped container", 0, "         0     100000      65536\n", false},
		{"root of a part", 0, "         0          0          1\n", false},
		{"no map yet", 0, "", false},
	} {
		if got := isRoot(c.euid, c.uidMap); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TRAPS "bcrypt, golang-jwt": in a user namespace of one's own, the effective uid 0 is worth nothing.
func TestIsRootInUserNamespace(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), needs.Program(t, "unshare"), "-r", "sh", "-c", "id -u; cat /proc/self/uid_map").Output()
	if err != nil {
		t.Skipf("no user namespaces here: %v", err)
	}
	uid, uidMap, _ := strings.Cut(string(out), "\n")
	if uid != "0" {
		t.Fatalf("unshare -r is user %s", uid)
	}
	if isRoot(0, uidMap) {
		t.Errorf("root of a namespace passes for root: %q", uidMap)
	}
}

func TestIsRootOfThisProcess(t *testing.T) {
	t.Parallel()
	if IsRoot() && os.Geteuid() != 0 {
		t.Error("an ordinary user passes for root")
	}
}
