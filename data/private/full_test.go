package private

import (
	"errors"
	"os"
	"testing"

	"epev/data/testdb/needs"
	"epev/model"
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

// Where PostgreSQL says another reason, that is told, with the full disk beside it.
func TestAnotherReasonIsToldOnAFullDisk(t *testing.T) {
	t.Parallel()
	s := &Server{home: Home{Dir: needs.SmallDisk(t)}}
	if err := os.Mkdir(s.base(), 0o700); err != nil {
		t.Fatal(err)
	}
	needs.Fill(t, s.home.Dir)
	refusal(t, s.refused(account{}, "initdb: error: it is broken", errors.New("exit status 1")), "it is broken", "its disk is full")
	refusal(t, s.refused(account{}, "LOG:  starting PostgreSQL", errors.New("exit status 1")), "the disk that holds", "is full")
	gaveUp := &model.Error{Kind: model.Unavailable, Fault: "program-gave-up", Facts: model.Facts{"program": "pg_restore", "said": "it is confused"}}
	refusal(t, s.because(gaveUp), "pg_restore gave up: it is confused", "the disk that holds", "is full", "as it was")
	refusal(t, s.because(&model.Error{Kind: model.Unavailable, Fault: "backup-disk-full"}), "the disk that holds", "as it was")
	refusal(t, s.because(errors.New("driver: bad connection")), "the disk that holds", "as it was")
	s.home.Dir = t.TempDir()
	if err := s.because(gaveUp); err != error(gaveUp) {
		t.Errorf("where there is room: %v", err)
	}
}
