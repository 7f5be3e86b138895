package shell

import (
	"strings"
	"testing"
)

// Nothing is made below a directory that is itself called ~.
func TestAPathFromTheEnvironmentWithATildeIsRefused(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"EPEV_HOME=~/epev", "TEMP_FILE_PATH=~/session", "EPEV_HOME=~"} {
		name, _, _ := strings.Cut(setting, "=")
		if _, err := ReadConfig([]string{setting}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", setting, err)
		}
	}
}
