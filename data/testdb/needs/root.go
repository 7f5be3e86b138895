package needs

import (
	"os"
	"testing"
)

// AsRoot returns the words that stand before a command which root alone may run, and none where this is root. Whoever is not root is
// skipped, and told what for, or with EPEV_CI set goes through sudo.
func AsRoot(t testing.TB, why string) []string {
	t.Helper()
	if os.Geteuid() == 0 {
		return nil
	}
	if os.Getenv("EPEV_CI") == "" {
		missing(t, "root, "+why)
	}
	return []string{Program(t, "sudo"), "-n"}
}
