package tabular

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"epev/data/testdb/needs"
	"epev/model"
)

// rowsOf reads a table that was kept, and returns its cells.
func rowsOf(t *testing.T, s *Spool) (all [][]string) {
	t.Helper()
	table, err := s.Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			if err := table.Close(); err != nil {
				t.Fatal(err)
			}
			return all
		}
		if err != nil || row.Wrong != nil {
			t.Fatal(err, row.Wrong)
		}
		all = append(all, row.Cells)
	}
}

func TestStandardInputIsReadAsOftenAsATransactionBegins(t *testing.T) {
	for _, file := range []string{"name,city\nKévin,Lyon\nZoé,Nice\n", "{\"name\": \"Kévin\", \"city\": \"Lyon\"}\n{\"name\": \"Zoé\", \"city\": \"Nice\"}\n"} {
		s, err := ReadAll(iotest.OneByteReader(strings.NewReader(file)))
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if got := rowsOf(t, s); len(got) != 2 || got[1][0] != "Zoé" {
				t.Errorf("%q", got)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatComesOnStandardInputIsKeptWithoutAName(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s, err := ReadAll(strings.NewReader("name\nZoé\n"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
	if info, err := s.f.Stat(); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestStandardInputThatIsNoTableIsRefused(t *testing.T) {
	broken := errors.New("the line went dead")
	for _, c := range []struct {
		from io.Reader
		most int64
		want string
	}{
		{strings.NewReader(""), 10, "standard input is empty; send a line of column names, and lines below it"},
		{strings.NewReader("name\nZoé\n"), 9, "what comes on standard input is larger than a gigabyte; divide it"},
		{iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("name"))), 10, "standard input cannot be read: timeout; send it again"},
		{io.MultiReader(strings.NewReader("na"), iotest.ErrReader(broken)), 10, "standard input cannot be read: the line went dead; send it again"},
	} {
		s, err := readAll(c.from, c.most)
		told, ok := errors.AsType[*model.Error](err)
		if s != nil || !ok || told.Kind != model.Usage || told.Message+"; "+told.Hint != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	_, err := ReadAll(iotest.ErrReader(context.Canceled))
	if told, ok := errors.AsType[*model.Error](err); !ok || told.Kind != model.Interrupted {
		t.Errorf("%v", err)
	}
}

func TestNoRoomForStandardInputIsTold(t *testing.T) {
	t.Setenv("TMPDIR", needs.SmallDisk(t))
	_, err := ReadAll(bytes.NewReader(make([]byte, 1<<20)))
	if told, ok := errors.AsType[*model.Error](err); !ok || told.Message != "there is no room to keep what comes on standard input" {
		t.Errorf("%v", err)
	}
	t.Setenv("TMPDIR", "/nonexistent")
	_, err = ReadAll(strings.NewReader("name\n"))
	if told, ok := errors.AsType[*model.Error](err); !ok || told.Kind != model.Usage || !strings.HasPrefix(told.Message, "what comes on standard input cannot be kept: no such file") {
		t.Errorf("%v", err)
	}
}
