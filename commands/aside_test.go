package commands

import (
	"slices"
	"strings"
	"testing"
)

// What reads much may be read on a standby: every list and report, and what looks through all records. What writes may not,
// nor what views one record, which is decided and read at once.
func TestWhatReadsMuchIsReadAside(t *testing.T) {
	t.Parallel()
	also := []string{"find", "today", "agenda", "client duplicates", "company duplicates"}
	for _, c := range All() {
		_, verb, _ := strings.Cut(c.Path, " ")
		// Which sessions live is asked of the primary, as that is where they end.
		much := verb == "list" && c.Path != "session list" || strings.HasPrefix(c.Path, "report ") || strings.HasPrefix(c.Path, "export ") || slices.Contains(also, c.Path)
		if much && !c.Aside {
			t.Errorf("%s is not read aside", c.Path)
		}
		if c.Aside && (c.Writes || c.Views || c.Apart || c.Access.Open()) {
			t.Errorf("%s is read aside, and does not only read", c.Path)
		}
	}
}
