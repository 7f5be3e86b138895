package private

import (
	"errors"
	"testing"
)

// However PostgreSQL says that the disk is full, a person is told so.
func TestEverySignOfAFullDiskIsTold(t *testing.T) {
	t.Parallel()
	s := &Server{home: Home{Dir: t.TempDir()}}
	for _, output := range []string{
		"FATAL:  could not extend file \"base/1/2691\": No space left on device\nHINT:  Check free disk space.\nPANIC:  cannot abort transaction 1, it was already committed",
		"FATAL:  could not extend file \"base/1/2691\": wrote only 4096 of 8192 bytes at block 20\nHINT:  Check free disk space.\nPANIC:  cannot abort transaction 1, it was already committed",
		"initdb: error: could not write file \"/proc/self/fd/4/PG_VERSION\": No space left on device",
		"FATAL:  could not write lock file \"postmaster.pid\": Disk quota exceeded",
	} {
		refusal(t, s.refused(account{}, output, errors.New("exit status 1")), "the disk that holds", "is full")
	}
}
