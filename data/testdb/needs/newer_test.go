package needs

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestANewerPostgresRuns(t *testing.T) {
	t.Parallel()
	bin, major := NewerPostgres(t, 14)
	said, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil || !strings.HasPrefix(string(said), "postgres (PostgreSQL) 17.") || major != 17 {
		t.Errorf("%d %s %v", major, said, err)
	}
}
