package render

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"epev/commands"
	"epev/model"
)

// pageOf is a page of a list of clients from one number to another.
func pageOf(first, beyond int) *commands.Table {
	t := &commands.Table{Name: "clients", Columns: []commands.Column{{Name: "id"}, {Name: "full_name"}, {Name: "total"}, {Name: "day"}, {Name: "phone"}}}
	for i := first; i < beyond; i++ {
		t.Rows = append(t.Rows, []commands.Value{int64(i), fmt.Sprintf("Client %d", i), model.AmountOf(int64(i)), model.Day(time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)),
			model.Phone("+33123456789")})
	}
	return t
}

// A list in pages is printed as the same list in one.
func TestAListInPagesIsPrintedAsAWhole(t *testing.T) {
	t.Parallel()
	for _, format := range []Format{FormatCSV, FormatJSONL, FormatXLSX} {
		var whole, paged bytes.Buffer
		v := View{Format: format, Location: time.UTC}
		if err := Result(&whole, commands.Result{Table: pageOf(0, 10)}, v); err != nil {
			t.Fatal(err)
		}
		s := NewStream(&paged, v)
		for _, page := range []*commands.Table{pageOf(0, 4), pageOf(4, 4), pageOf(4, 10)} {
			if err := s.Page(page); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := s.End(); n != 10 || err != nil {
			t.Errorf("%s: %d rows, %v", format, n, err)
		}
		if format != FormatXLSX {
			if whole.String() != paged.String() {
				t.Errorf("%s in pages:\n%s\nas a whole:\n%s", format, &paged, &whole)
			}
			continue
		}
		if a, b := rowsOf(t, whole.Bytes()), rowsOf(t, paged.Bytes()); a != b {
			t.Errorf("a workbook in pages:\n%s\nas a whole:\n%s", b, a)
		}
	}
}

// rowsOf reads the first sheet of a workbook.
func rowsOf(t *testing.T, workbook []byte) string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(workbook))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(rows)
}

// A French Excel reads numbers and dates of csv as such, and telephone numbers as text.
func TestCSVForAFrenchExcel(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	s := NewStream(&b, View{Format: FormatCSV, Location: time.UTC, For: commands.ForExcelFR})
	err := s.Page(&commands.Table{Name: "odd", Columns: []commands.Column{{Name: "a"}, {Name: "b"}}, Rows: [][]commands.Value{
		{model.AmountOf(123450), true}, {model.Phone("+33123456789"), model.Phone("=cmd()")}, {time.Date(2026, 1, 31, 8, 5, 0, 0, time.UTC), "=1+1"}, {nil, "a;b"},
	}})
	if err == nil {
		_, err = s.End()
	}
	want := "\uFEFFa;b\n1234,50;oui\n\"=\"\"+33123456789\"\"\";'=cmd()\n31/01/2026 08:05;'=1+1\n;\"a;b\"\n"
	if err != nil || b.String() != want {
		t.Errorf("%q, %v", b.String(), err)
	}
}

// A list that a sheet has no room for is refused before anything is read.
func TestASheetHasRoomForTheList(t *testing.T) {
	t.Parallel()
	s := NewStream(new(bytes.Buffer), View{Format: FormatXLSX})
	if err := s.Begin(sheetRows - 1); err != nil {
		t.Error(err)
	}
	if err := s.Begin(sheetRows); model.KindOf(err) != model.Usage {
		t.Errorf("%v", err)
	}
}

// full takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// A page that cannot be written ends the stream: nothing more is read for it.
func TestAFullDiskEndsTheStream(t *testing.T) {
	t.Parallel()
	for _, format := range []Format{FormatCSV, FormatJSONL, FormatXLSX} {
		s := NewStream(full{}, View{Format: format, Location: time.UTC})
		var err error
		for range 1000 {
			if err = s.Page(pageOf(0, 1000)); err != nil {
				break
			}
		}
		if err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("%s: %v", format, err)
		}
	}
}
