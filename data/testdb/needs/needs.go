// Package needs lets a test do without what a machine may lack: a program, or a disk of its own.
package needs

import (
	"os"
	"os/exec"
	"testing"
)

// Program returns the path of a program, looked for on the PATH and then at the other paths. Where it is missing the
// test is skipped by the program's name; with EPEV_CI set it fails, so that nothing goes untested unnoticed.
func Program(t testing.TB, name string, others ...string) string {
	t.Helper()
	for _, candidate := range append([]string{name}, others...) {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	missing(t, name)
	return ""
}

// missing ends the test for want of what it needs.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("EPEV_CI") != "" {
		t.Fatalf("there is no %s here, and EPEV_CI asks for every test", what)
	}
	t.Skipf("there is no %s here", what)
}
