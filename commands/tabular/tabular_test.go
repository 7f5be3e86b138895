package tabular

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"epev/model"
)

// put writes a file, and returns its path.
func put(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// all reads a table to its end, a line for each row.
func all(path string, o Options) (string, error) {
	t, err := Open(path, o)
	if err != nil {
		return "", err
	}
	defer t.Close()
	said := fmt.Sprintf("%d %q\n", t.HeaderLine, t.Header)
	for {
		row, err := t.Next()
		if errors.Is(err, io.EOF) {
			return said, nil
		}
		if err != nil {
			return said, err
		}
		said += fmt.Sprintf("%d %q", row.Line, row.Cells)
		if row.Wrong != nil {
			said += fmt.Sprintf(" %d: %v", row.Column, row.Wrong)
		}
		said += "\n"
	}
}

func TestTextIsReadAsItWasMeant(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, content, want string }{
		{"comma.csv", "a,b\n1,\"x, y\"\n\n,\n2,z\n", "1 [\"a\" \"b\"]\n2 [\"1\" \"x, y\"]\n5 [\"2\" \"z\"]\n"},
		{"semicolon.csv", "\xEF\xBB\xBFa;b\r\n1,5;é\r\n", "1 [\"a\" \"b\"]\n2 [\"1,5\" \"é\"]\n"},
		{"tab.tsv", "a\tb\n1\t2\n", "1 [\"a\" \"b\"]\n2 [\"1\" \"2\"]\n"},
		{"told.csv", "sep=;\na;b\n1;2\n", "2 [\"a\" \"b\"]\n3 [\"1\" \"2\"]\n"},
		{"western.csv", "a;b\n\xE9t\xE9;\x80\n", "1 [\"a\" \"b\"]\n2 [\"été\" \"€\"]\n"},
		{"excel.csv", "a;b\n\"=\"\"+336\"\"\";'=x\n", "1 [\"a\" \"b\"]\n2 [\"+336\" \"=x\"]\n"},
		{"trailing.csv", "a,b\n1,2,,\n", "1 [\"a\" \"b\"]\n2 [\"1\" \"2\"]\n"},
		{"lines.jsonl", "{\"a\":1.50,\"b\":null}\n\n{\"b\":true}\n{\"c\":1}\n", "1 [\"a\" \"b\"]\n1 [\"1.50\" \"\"]\n3 [\"\" \"true\"]\n4 [\"\" \"\"] -1: there is no column \"c\" in the first object\n"},
		{"long.csv", "a,b\n1\n1,2,3\n", "1 [\"a\" \"b\"]\n2 [\"1\"] -1: the line has 1 cell, and the header 2 columns\n3 [\"1\" \"2\" \"3\"] -1: the line has 3 cells, and the header 2 columns\n"},
		{"formula.csv", "a,b\nx,=1+1\n", "1 [\"a\" \"b\"]\n2 [\"x\" \"=1+1\"] 1: a formula stands here\n"},
	} {
		said, err := all(put(t, test.name, test.content), Options{})
		if err != nil || said != test.want {
			t.Errorf("%s:\n%s%v\nwant\n%s", test.name, said, err, test.want)
		}
	}
}

func TestFilesThatAreNoTableSayWhy(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, content, want string }{
		{"none.csv", "", "is empty"},
		{"blank.csv", "\n\n", "is empty"},
		{"twice.csv", "a,A\n", "names column A twice"},
		{"mixed.csv", "a\né\n\xE9\n", "two encodings: line 2 is UTF-8, and line 3 is not"},
		{"other.csv", "a\n\x81\n", "neither UTF-8 nor Windows-1252"},
		{"wide.csv", "\xFF\xFEa\x00", "UTF-16"},
		{"binary.csv", "a\x00b", "U+0000"},
		{"open.csv", "a,b\n\"1,2\n3,4\n", "a quote that opens in the record of line 2"},
		{"bare.csv", "a,b\n1\"x,2\n", "a quote stands within a value: line 2, column 2"},
		{"brace.jsonl", "{\"a\":1", "line 1 is no JSON object"},
		{"deep.jsonl", "{\"a\":[1]}", "a value is no text, number, true, false or null"},
		{"some.xlsx", "a,b", "is no workbook, although its name ends with .xlsx"},
		{"cut.xlsx", "PK\x03\x04", "is damaged, or no workbook"},
		{"old.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on", "a workbook of an older program"},
		{"locked.xlsx", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00", "is protected by a password"},
	} {
		said, err := all(put(t, test.name, test.content), Options{})
		if model.KindOf(err) != model.Usage || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %s%v, want %s", test.name, said, err, test.want)
		}
	}
	if _, err := Open(t.TempDir(), Options{}); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("%v", err)
	}
	large := filepath.Join(t.TempDir(), "large.csv")
	if f, err := os.Create(large); err != nil || f.Truncate(2<<30) != nil || f.Close() != nil {
		t.Fatal(err)
	}
	if _, err := Open(large, Options{}); err == nil || !strings.Contains(err.Error(), "larger than a gigabyte") {
		t.Errorf("%v", err)
	}
}

// book makes a workbook with the library that knows all of them.
func bookOf(t testing.TB, fill func(f *excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	path := filepath.Join(t.TempDir(), "book.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func row(t testing.TB, f *excelize.File, sheet string, line int, cells ...any) {
	t.Helper()
	if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", line), &cells); err != nil {
		t.Fatal(err)
	}
}

func TestAWorkbookIsReadAsPeopleSeeIt(t *testing.T) {
	t.Parallel()
	path := bookOf(t, func(f *excelize.File) {
		row(t, f, "Sheet1", 2, "name", "day", "moment", "amount", "flag")
		row(t, f, "Sheet1", 3, "Zoé & co", time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 31, 18, 30, 0, 0, time.UTC), 1200.1, true)
		row(t, f, "Sheet1", 5, "last", nil, nil, 0.1+0.2)
	})
	want := "2 [\"name\" \"day\" \"moment\" \"amount\" \"flag\"]\n3 [\"Zoé & co\" \"2026-01-31\" \"2026-01-31 18:30\" \"1200.1\" \"true\"]\n5 [\"last\" \"\" \"\" \"0.3\" \"\"]\n"
	if said, err := all(path, Options{}); err != nil || said != want {
		t.Errorf("%s%v\nwant\n%s", said, err, want)
	}
}

func TestOddWorkbooksSayWhy(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fill  func(f *excelize.File)
		sheet string
		want  string
	}{
		"several sheets": {func(f *excelize.File) { f.NewSheet("Other") }, "", "has several sheets: Sheet1, Other"},
		"no such sheet":  {func(f *excelize.File) {}, "Nope", "has no sheet \"Nope\""},
		"empty sheet":    {func(f *excelize.File) {}, "", "sheet Sheet1"},
		"merged": {func(f *excelize.File) {
			row(t, f, "Sheet1", 1, "a", "b")
			row(t, f, "Sheet1", 2, 1, 2)
			f.MergeCell("Sheet1", "A2", "B2")
		}, "", "the cells A2:B2 of sheet Sheet1 are merged"},
		"beside":  {func(f *excelize.File) { row(t, f, "Sheet1", 1, "a"); row(t, f, "Sheet1", 2, 1, 2) }, "", "right of the last column"},
		"formula": {func(f *excelize.File) { row(t, f, "Sheet1", 1, "a"); f.SetCellFormula("Sheet1", "A2", "1+1") }, "", "a formula stands here"},
	} {
		said, err := all(bookOf(t, test.fill), Options{Sheet: test.sheet})
		if told := fmt.Sprint(said, err); !strings.Contains(told, test.want) {
			t.Errorf("%s: %s", name, told)
		}
	}
	path := bookOf(t, func(f *excelize.File) { f.NewSheet("Other"); row(t, f, "Other", 1, "a"); row(t, f, "Other", 2, "b") })
	if said, err := all(path, Options{Sheet: "Other"}); err != nil || said != "1 [\"a\"]\n2 [\"b\"]\n" {
		t.Errorf("%s%v", said, err)
	}
}

// A workbook that breaks off is not taken for a whole one.
func TestAWorkbookThatBreaksOffIsRefused(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range map[string]string{
		"xl/workbook.xml":            `<workbook xmlns="m" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row><row r="2"><c r="A2"><v>1</v></c></row>`,
	} {
		w, _ := z.Create(name)
		io.WriteString(w, text)
	}
	z.Close()
	said, err := all(put(t, "cut.xlsx", b.String()), Options{})
	if err == nil || !strings.Contains(err.Error(), "it breaks off") {
		t.Errorf("%s%v", said, err)
	}
}

func FuzzOpen(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "a;b\n\"x\"\"\";y\n", "{\"a\":1}\n{\"a\":\"b\"}", "\xE9;b\n", "sep=|\na|b", "PK\x03\x04", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"} {
		f.Add([]byte(seed), "x.csv")
	}
	f.Fuzz(func(t *testing.T, content []byte, name string) {
		ending := ".csv"
		if strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".xlsx") {
			ending = filepath.Ext(name)
		}
		exhaust(t, put(t, "f"+ending, string(content)))
	})
}
