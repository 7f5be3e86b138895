package shell

import (
	"strings"
	"testing"

	"epev/model"
)

// Two values for one flag are a mistake, also among the global flags and around demo.
func TestGlobalFlagsAreGivenOnce(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-f", "a", "-f", "b"}, {"--format", "json", "--format=csv", "whoami"}, {"-f", "a", "demo", "-f", "b"},
		{"demo", "--as", "management", "--as=support", "whoami"},
	} {
		if _, _, err := ParseOptions(args); model.KindOf(err) != model.Usage || !strings.HasSuffix(err.Error(), " is given twice") {
			t.Errorf("%q: %v", args, err)
		}
	}
	if _, _, err := ParseOptions([]string{"demo", "--reset", "--reset", "whoami"}); err != nil {
		t.Error(err)
	}
}

// What is about scripts is refused before a command, and not beside a request for help.
func TestScriptFlagsBeforeACommand(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--atomic", "--keep-going", "--echo"} {
		for _, args := range [][]string{{flag, "whoami"}, {flag, "demo", "whoami"}, {"demo", flag, "--", "client", "list"}} {
			if _, _, err := ParseOptions(args); model.KindOf(err) != model.Usage || !strings.HasPrefix(err.Error(), flag+" is for scripts") {
				t.Errorf("%q: %v", args, err)
			}
		}
		for _, args := range [][]string{{flag}, {flag, "-f", "a"}, {flag, "demo", "-f", "a"}, {flag, "--help", "client"}, {flag, "--version"}, {flag, "demo", "help"}} {
			if _, _, err := ParseOptions(args); err != nil {
				t.Errorf("%q: %v", args, err)
			}
		}
	}
}
