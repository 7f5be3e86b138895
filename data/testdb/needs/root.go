package needs

import (
	"os"
	"testing"
)

// Root ends the test for want of root's rights, and tells what for.
func Root(t testing.TB, why string) {
	t.Helper()
	if os.Geteuid() != 0 {
		missing(t, "root: "+why)
	}
}
