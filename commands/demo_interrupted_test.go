package commands

import (
	"context"
	"strings"
	"testing"

	"epev/data"
	"epev/model"
)

// A sandbox that was being made anew is not said to be as it was.
func TestAnInterruptedSandboxIsToldToBeUnfinished(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	err := SetUpDemo(ended, &Env{}, data.Config{DSN: "host=/nowhere dbname=none user=none"}, Making{Reset: true})
	e, ok := err.(*model.Error)
	if !ok || e.Kind != model.Interrupted || !strings.Contains(e.Hint, "completes it") {
		t.Errorf("%v", err)
	}
}
