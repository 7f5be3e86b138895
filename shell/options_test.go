package shell

import (
	"testing"

	"epev/model"
)

// Two values for one flag are a mistake, also among the global flags and around demo.
func TestGlobalFlagsAreGivenOnce(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-f", "a", "-f", "b"}, {"--format", "json", "--format=csv", "whoami"}, {"-f", "a", "demo", "-f", "b"},
	} {
		if _, _, err := ParseOptions(args); model.KindOf(err) != model.Usage || err.Error() != "--file is given twice" && err.Error() != "--format is given twice" {
			t.Errorf("%q: %v", args, err)
		}
	}
}
