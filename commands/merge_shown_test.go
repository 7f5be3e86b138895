package commands

import "testing"

// The command that merges two records is what who looks for duplicates copies: on a narrow screen it wraps, and is never cut.
func TestTheCommandThatMergesIsNotCut(t *testing.T) {
	t.Parallel()
	for _, c := range clientNoun().pairs(&Act{}, nil).Columns {
		if c.Name == "merge" && !c.Wraps {
			t.Error("the command is cut where the screen is narrow")
		}
	}
}
