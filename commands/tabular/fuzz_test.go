package tabular

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"epev/model"
)

// exhaust reads a table to its end. Whatever it holds, each row has a place, and as many cells as there are columns or a reason why not.
func exhaust(t *testing.T, path string) (rows int) {
	t.Helper()
	usual := func(err error) {
		t.Helper()
		if model.KindOf(err) != model.Usage {
			t.Fatalf("%v", err)
		}
		if !utf8.ValidString(err.Error()) {
			t.Fatalf("%q", err.Error())
		}
	}
	table, err := Open(path, Options{})
	if err != nil {
		usual(err)
		return 0
	}
	defer table.Close()
	for last := table.HeaderLine - 1; ; rows++ {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			usual(err)
			return rows
		}
		switch {
		case row.Wrong == nil && len(row.Cells) != len(table.Header):
			t.Fatalf("%d cells in %d columns", len(row.Cells), len(table.Header))
		case row.Column >= len(row.Cells):
			t.Fatalf("column %d of %d", row.Column, len(row.Cells))
		case row.Line < last:
			t.Fatalf("line %d behind line %d", row.Line, last)
		}
		last = row.Line
		for _, cell := range row.Cells {
			if !utf8.ValidString(cell) {
				t.Fatalf("%q is no text", cell)
			}
		}
		if share := table.Share(); share < 0 || share > 1 {
			t.Fatalf("%v of the file is read", share)
		}
	}
}

// FuzzLines reads lines of JSON.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{`{"a":1}` + "\n" + `{"a":"b"}`, `{"a":1e400,"b":"\ud800"}`, `{"a":[1]}`, `{" a":1}` + "\n\n" + `{" a":null}`, `{"a":1}{"a":2}`, "\xEF\xBB\xBF{\"\":true}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) { exhaust(t, put(t, "f.jsonl", string(content))) })
}

// FuzzSheet reads a sheet of a workbook, with the texts and the styles beside it.
func FuzzSheet(f *testing.F) {
	f.Add(`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" s="1"><v>45000.5</v></c></row></sheetData></worksheet>`, `<sst><si><t>a</t></si></sst>`,
		`<styleSheet><numFmts><numFmt numFmtId="170" formatCode="dd/mm/yyyy"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>`)
	f.Add(`<worksheet><sheetData><row><c t="inlineStr"><is><r><t>a</t></r></is></c><c><v>-1e9</v></c></row><row><c><f>1</f></c><c t="e"><v>#N/A</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells></worksheet>`, `<sst/>`, ``)
	f.Fuzz(func(t *testing.T, sheet, texts, styles string) {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, part := range [][2]string{
			{"xl/workbook.xml", `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" r:id="r1"/></sheets></workbook>`},
			{"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>`},
			{"xl/worksheets/sheet1.xml", sheet}, {"xl/sharedStrings.xml", texts}, {"xl/styles.xml", styles},
		} {
			w, _ := z.CreateHeader(&zip.FileHeader{Name: part[0], Method: zip.Store})
			io.WriteString(w, part[1])
		}
		z.Close()
		exhaust(t, put(t, "f.xlsx", b.String()))
	})
}

// FuzzEncoding finds out how a text is written: what comes of it is UTF-8, and what is UTF-8 already is left as it is.
func FuzzEncoding(f *testing.F) {
	for _, seed := range []string{"a\nb", "\xE9t\xE9\r", "\xEF\xBB\xBFé\r\n", "é\n\xE9", "a\rb\rc", "\x81", "\xFF\xFEa\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := put(t, "f.txt", string(content))
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		r, _, err := decoded(file, path)
		if err != nil {
			if model.KindOf(err) != model.Usage {
				t.Fatalf("%v", err)
			}
			return
		}
		text, err := io.ReadAll(r)
		if err != nil || !utf8.Valid(text) {
			t.Fatalf("%q %v", text, err)
		}
		plain := strings.TrimLeft(string(content), "\uFEFF")
		if utf8.Valid(content) && strings.Contains(plain, "\n") && string(text) != plain {
			t.Fatalf("%q became %q", plain, text)
		}
		if found, err := examined(bufio.NewReader(bytes.NewReader(text)), path); err != nil || found.other > 0 {
			t.Fatalf("%q: %v %v", text, found, err)
		}
	})
}
