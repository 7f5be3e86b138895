// Package tabular reads tables that other programs wrote: csv, lines of JSON, and workbooks. It reads them row by row, however long they
// are. Every cell becomes text as a person would type it.
package tabular

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"epev/model"
)

// Row is one row of a table.
type Row struct {
	Line  int // in the file, from 1; of a workbook: of the sheet
	Cells []string
	// Wrong is why the row cannot be used, and Column which cell that is about, from 0; -1: all of it. Nil: it can.
	Wrong  error
	Column int
}

// Table is a table that is being read.
type Table struct {
	// Header are the names of the columns, as the file has them.
	Header []string
	// HeaderLine is where they stand.
	HeaderLine int
	// Comma stands between the cells of a csv; 0: it is none.
	Comma rune
	// Marked is whether a spreadsheet takes the text for what it is by its mark alone, or by its being no UTF-8.
	Marked bool
	passed []bool // the columns that are passed over
	next   func() (Row, error)
	size   int64
	read   func() int64
	close  func() error
}

// Next returns the next row that is not empty; io.EOF behind the last one.
func (t *Table) Next() (Row, error) {
	for {
		row, err := t.next()
		if err != nil || row.Wrong != nil {
			return row, err
		}
		for i, cell := range row.Cells {
			if isError(cell) && !t.passes(i) {
				row.Wrong, row.Column = model.Invalid("", "the error %s of a formula stands here", cell).WithHint("mend the formula, or empty the cell"), i
				return row, nil
			}
		}
		if !blank(row.Cells) {
			return row, nil
		}
	}
}

// PassOver says that a column does not matter: what stands in it makes no row wrong.
func (t *Table) PassOver(column int) {
	if t.passed == nil {
		t.passed = make([]bool, len(t.Header))
	}
	t.passed[column] = true
}

func (t *Table) passes(column int) bool { return column < len(t.passed) && t.passed[column] }

// blank reports whether nothing is to be seen in any of the cells.
func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

// spreadsheetErrors are what a spreadsheet shows in place of a value, in English and in French.
var spreadsheetErrors = []string{"#N/A", "#REF!", "#VALUE!", "#VALEUR!", "#DIV/0!", "#NAME?", "#NOM?", "#NUM!", "#NOMBRE!", "#NULL!", "#NUL!", "#SPILL!", "#CALC!"}

func isError(cell string) bool {
	return len(cell) > 0 && cell[0] == '#' && slices.Contains(spreadsheetErrors, cell)
}

// Share is how much of the file was read, from 0 to 1.
func (t *Table) Share() float64 {
	if t.size == 0 {
		return 1
	}
	return min(1, float64(t.read())/float64(t.size))
}

// Close closes the file.
func (t *Table) Close() error { return t.close() }

// Options say how a file is read.
type Options struct {
	Sheet string // of a workbook; empty: the only one
}

// largest is how large a file may be. A larger one is meant for the database's own programs.
const largest = 1 << 30

// How files begin that are no csv.
var (
	zipped = []byte("PK\x03\x04")
	ole    = []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}
)

// Open begins to read the table in a file. Its errors are of kind Usage, about the field "file".
func Open(path string, o Options) (*Table, error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	t, err := beginNamed(f, path, o)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	within := t.close
	t.close = func() error { return errors.Join(within(), f.Close()) }
	return t, nil
}

// beginNamed begins to read a table whose columns have names. Closing it leaves the file open.
func beginNamed(f *os.File, path string, o Options) (*Table, error) {
	t, err := begin(f, path, o)
	if err == nil {
		if err = named(t, path); err != nil {
			err = errors.Join(err, t.Close())
		}
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

func open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, wrong("there is no file %s", path).WithHint("give the path of a file that is there")
	case err != nil:
		return nil, wrong("%s cannot be read: %s", path, reason(err)).WithHint("make it readable, or give another file")
	case info.IsDir():
		return nil, wrong("%s is a directory", path).WithHint("give a file in it")
	case !info.Mode().IsRegular():
		return nil, wrong("%s is no regular file", path).WithHint("write what it gives to a file first: it is read more than once")
	case info.Size() == 0:
		return nil, wrong("%s is empty", path).WithHint("give a file with a line of column names, and lines below it")
	case info.Size() > largest:
		return nil, wrong("%s is larger than a gigabyte", path).WithHint("divide it into smaller files")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, wrong("%s cannot be read: %s", path, reason(err)).WithHint("make it readable, or give another file")
	}
	return f, nil
}

func reason(err error) string {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return failed.Err.Error()
	}
	return err.Error()
}

// wrong is an error about the file.
func wrong(format string, args ...any) *model.Error { return model.Invalid("file", format, args...) }

// begin finds out what the file is.
func begin(f *os.File, path string, o Options) (*Table, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	head := make([]byte, 4096)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	head = head[:n]
	ending := strings.ToLower(filepath.Ext(path))
	switch {
	case bytes.HasPrefix(head, zipped):
		return workbook(f, info.Size(), path, o)
	case bytes.HasPrefix(head, ole):
		return nil, oldOrLocked(f, path)
	case ending == ".xlsx":
		return nil, wrong("%s is no workbook, although its name ends with .xlsx", path).WithHint("save it as xlsx or csv")
	case o.Sheet != "":
		return nil, model.Invalid("sheet", "%s is no workbook, and has no sheets", path).WithHint("leave --sheet out")
	}
	text, marked, err := decoded(f, path)
	if err != nil {
		return nil, err
	}
	read := &counter{Reader: text}
	t := &Table{size: info.Size(), read: func() int64 { return read.n }, close: func() error { return nil }, Marked: marked}
	begins := string(bytes.TrimLeft(head, " \r\n\t\uFEFF"))
	switch {
	case strings.HasPrefix(begins, "<"):
		return nil, wrong("%s is a web page or XML, and no table", path).WithHint("open it in a spreadsheet, and save it as xlsx or csv")
	case strings.HasPrefix(begins, "[") && (ending == ".json" || strings.HasPrefix(strings.TrimLeft(begins[1:], " \r\n\t"), "{")):
		return nil, wrong("%s is one list of JSON", path).WithHint("write one object a line, without the [ before and the ] behind them")
	case ending == ".jsonl" || ending == ".ndjson" || strings.HasPrefix(begins, "{"):
		return t, lines(t, bufio.NewReaderSize(read, 1<<16), path)
	}
	return t, separated(t, read, path)
}

// named wants a header in which each name stands once.
func named(t *Table, path string) error {
	seen := map[string]int{}
	for i, name := range t.Header {
		t.Header[i] = strings.TrimSpace(name)
		key := model.Fold(t.Header[i])
		if before, twice := seen[key]; twice && key != "" {
			return wrong("%s names column %s twice, as its columns %d and %d", path, model.Short(t.Header[i]), before+1, i+1).WithHint("take one of them out")
		}
		seen[key] = i
	}
	if blank(t.Header) {
		return wrong("%s has no line of column names", path).WithHint("name the columns in its first line")
	}
	return nil
}

// oldOrLocked tells a workbook with a password from one of an older program.
func oldOrLocked(f *os.File, path string) error {
	name := []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")
	part := make([]byte, 1<<20)
	for at := int64(0); ; at += int64(len(part) - len(name)) {
		n, err := f.ReadAt(part, at)
		if bytes.Contains(part[:n], name) {
			return wrong("%s is protected by a password", path).WithHint("save it without one")
		}
		if err != nil {
			return wrong("%s is a workbook of an older program (xls)", path).WithHint("save it as xlsx or csv")
		}
	}
}

// counter counts what is read.
type counter struct {
	io.Reader
	n    int64
	most int64 // behind which it reads no further; 0: no end
}

// longestRecord is how much of a file a record may be: whoever reads one holds all of it.
const longestRecord = 16 << 20

var errLong = errors.New("it is longer than 16 megabytes")

// record begins a record, which may be as long as one may be.
func (c *counter) record() { c.most = c.n + longestRecord }

func (c *counter) Read(b []byte) (int, error) {
	if c.most > 0 && c.n >= c.most {
		return 0, errLong
	}
	n, err := c.Reader.Read(b)
	c.n += int64(n)
	return n, err
}

// at tells where something stands.
func at(path string, line int) string { return fmt.Sprintf("%s, line %d", path, line) }
