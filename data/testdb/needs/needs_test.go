package needs

import "testing"

// asked records what a test would have been told.
type asked struct {
	testing.TB
	skipped, failed bool
}

func (a *asked) Helper()               {}
func (a *asked) Skipf(string, ...any)  { a.skipped = true }
func (a *asked) Fatalf(string, ...any) { a.failed = true; panic(a) }

func TestAMissingProgramSkipsTheTest(t *testing.T) {
	t.Setenv("EPEV_CI", "")
	var a asked
	if Program(&a, "no-such-program"); !a.skipped || a.failed {
		t.Errorf("skipped is %v, failed is %v", a.skipped, a.failed)
	}
}

func TestAMissingProgramFailsTheTestWhereEveryOneIsAskedFor(t *testing.T) {
	t.Setenv("EPEV_CI", "1")
	var a asked
	defer func() {
		if recover(); a.skipped || !a.failed {
			t.Errorf("skipped is %v, failed is %v", a.skipped, a.failed)
		}
	}()
	Program(&a, "no-such-program")
}

func TestAProgramOffThePathIsFoundAtItsOtherPath(t *testing.T) {
	t.Setenv("EPEV_CI", "1")
	if got := Program(t, "no-such-program", "/bin/sh"); got != "/bin/sh" {
		t.Errorf("got %q", got)
	}
}
