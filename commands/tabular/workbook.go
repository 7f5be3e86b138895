package tabular

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"

	"epev/model"
)

// This file reads the parts of a workbook (ECMA-376) that tables have. The libraries that know all of it make their tables at each start
// of epev, hold a whole sheet, or pass over what breaks off. A sheet is read as it comes; only the texts that its cells share are held.

// sheet is one of a workbook.
type sheet struct {
	Name   string `xml:"name,attr"`
	State  string `xml:"state,attr"` // "hidden", "veryHidden" or visible
	ID     string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
	Strict string `xml:"http://purl.oclc.org/ooxml/officeDocument/relationships id,attr"`
}

// book is a workbook that is being read.
type book struct {
	path   string
	files  map[string]*zip.File
	shared []string
	dates  []bool // by the style of a cell: whether it shows a date
	y1904  bool
}

// mostUnpacked bounds how large a part is once it is unpacked, mostShared how much the shared texts hold, and mostSmall a part that is held
// as a whole.
const mostUnpacked, mostShared, mostSmall = 2 << 30, 256 << 20, 16 << 20

func workbook(f *os.File, size int64, file string, o Options) (*Table, error) {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return nil, damaged(file, err)
	}
	b := &book{path: file, files: map[string]*zip.File{}}
	for _, part := range z.File {
		b.files[strings.TrimPrefix(part.Name, "/")] = part
	}
	part, name, err := b.find(o.Sheet)
	if err != nil {
		return nil, err
	}
	if err := b.styles(); err != nil {
		return nil, damaged(file, err)
	}
	if err := b.strings(); err != nil {
		return nil, err
	}
	packed, err := b.unpack(part, "sheet "+name)
	if err != nil {
		return nil, damaged(file, err)
	}
	read := &counter{Reader: packed}
	t := &Table{size: int64(b.files[part].UncompressedSize64), read: func() int64 { return read.n }, close: packed.Close}
	rows := &rows{book: b, name: name, table: t, read: read, d: xml.NewDecoder(bufio.NewReaderSize(read, 1<<16)), columns: mostColumns}
	for {
		row, err := rows.next()
		if errors.Is(err, io.EOF) {
			return nil, errors.Join(wrong("%s: sheet %s has nothing in it", file, model.Short(name)).WithHint("name another sheet with --sheet"), packed.Close())
		}
		if err != nil {
			return nil, errors.Join(err, packed.Close())
		}
		if row.Wrong != nil {
			return nil, errors.Join(wrong("%s: a formula stands in the names of the columns, in line %d", file, row.Line).WithHint("write the names"), packed.Close())
		}
		if !blank(row.Cells) {
			for len(row.Cells) > 0 && blank(row.Cells[len(row.Cells)-1:]) {
				row.Cells = row.Cells[:len(row.Cells)-1]
			}
			t.Header, t.HeaderLine, rows.columns = row.Cells, row.Line, len(row.Cells)
			break
		}
	}
	t.next = func() (Row, error) {
		row, err := rows.next()
		if err != nil {
			return row, err
		}
		for len(row.Cells) < len(t.Header) {
			row.Cells = append(row.Cells, "")
		}
		return row, nil
	}
	return t, nil
}

// unpack opens a part that is read as it comes.
func (b *book) unpack(part, what string) (io.ReadCloser, error) {
	f := b.files[part]
	if f.UncompressedSize64 > mostUnpacked {
		return nil, wrong("%s of %s is larger than two gigabytes once it is unpacked", what, b.path).WithHint("divide it, or save it as csv")
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(r, mostUnpacked+1), r}, nil // what it says of its size it may not hold to
}

func damaged(file string, err error) error {
	if _, told := errors.AsType[*model.Error](err); told {
		return err
	}
	e := wrong("%s is damaged, or no workbook: %s", file, model.Escape(err.Error())).WithHint("open it in the program that made it, and save it anew")
	e.Err = err
	return e
}

// part reads a whole part that is small, and says whether there is one.
func (b *book) part(name string, into any) (bool, error) {
	f := b.files[name]
	if f == nil {
		return false, nil
	}
	r, err := f.Open()
	if err != nil {
		return true, err
	}
	defer r.Close()
	return true, xml.NewDecoder(io.LimitReader(r, mostSmall)).Decode(into)
}

// find returns the part of the sheet that is asked for, or of the only one.
func (b *book) find(asked string) (part, name string, err error) {
	var w struct {
		Sheets []sheet `xml:"sheets>sheet"`
		Pr     struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
	}
	var relations struct {
		All []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
			Type   string `xml:"Type,attr"`
		} `xml:"Relationship"`
	}
	there, err := b.part("xl/workbook.xml", &w)
	switch {
	case there:
	case b.files["content.xml"] != nil && b.files["mimetype"] != nil:
		return "", "", wrong("%s is an OpenDocument file (ods)", b.path).WithHint("save it as xlsx or csv")
	case b.files["xl/workbook.bin"] != nil:
		return "", "", wrong("%s is a binary workbook (xlsb)", b.path).WithHint("save it as xlsx or csv")
	default:
		return "", "", wrong("%s is an archive, and no workbook", b.path).WithHint("save it as xlsx, csv or jsonl")
	}
	if err == nil {
		_, err = b.part("xl/_rels/workbook.xml.rels", &relations)
	}
	if err != nil {
		return "", "", damaged(b.path, err)
	}
	b.y1904 = w.Pr.Date1904 == "1" || w.Pr.Date1904 == "true"
	var names []string
	var chosen *sheet
	for i := range w.Sheets {
		s := &w.Sheets[i]
		if asked != "" && (s.Name == asked || chosen == nil && model.Fold(s.Name) == model.Fold(asked)) {
			chosen = s
		}
		if s.State == "" || s.State == "visible" {
			names = append(names, s.Name)
			if asked == "" && chosen == nil {
				chosen = s
			}
		}
	}
	switch {
	case asked != "" && chosen == nil:
		return "", "", model.Invalid("sheet", "%s has no sheet %q", b.path, model.Short(asked)).WithHint("it has %s", model.Short(strings.Join(names, ", ")))
	case len(names) > 1 && asked == "":
		return "", "", model.Invalid("sheet", "%s has several sheets: %s", b.path, model.Short(strings.Join(names, ", "))).WithHint("name one with --sheet")
	case chosen == nil:
		return "", "", wrong("%s has no sheet to be seen", b.path).WithHint("name a hidden one with --sheet")
	}
	for _, r := range relations.All {
		if r.ID == chosen.ID || r.ID == chosen.Strict {
			part = strings.TrimPrefix(path.Join("xl", r.Target), "/")
			if strings.HasPrefix(r.Target, "/") {
				part = strings.TrimPrefix(r.Target, "/")
			}
		}
	}
	if b.files[part] == nil {
		return "", "", damaged(b.path, fmt.Errorf("sheet %s is not in it", chosen.Name))
	}
	return part, chosen.Name, nil
}

// isDateFormat tells the numbers of the formats of dates that every workbook knows.
func isDateFormat(id int) bool {
	return id >= 14 && id <= 22 || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58
}

// quoted are the parts of a number format that are no letters of a date.
var quoted = regexp.MustCompile(`"[^"]*"|\\.|\[[^\]]*\]|_.|\*.`)

// styles finds the styles that show a date.
func (b *book) styles() error {
	var s struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if _, err := b.part("xl/styles.xml", &s); err != nil {
		return err
	}
	custom := map[int]bool{}
	for _, f := range s.Formats {
		code, _, _ := strings.Cut(quoted.ReplaceAllString(strings.ToLower(f.Code), ""), ";")
		custom[f.ID] = strings.ContainsAny(code, "ymdhs") && !strings.Contains(code, "general")
	}
	for _, c := range s.Cells {
		is, known := custom[c.Format]
		b.dates = append(b.dates, is || !known && isDateFormat(c.Format))
	}
	return nil
}

// strings reads the texts that cells share.
func (b *book) strings() error {
	f := b.files["xl/sharedStrings.xml"]
	if f == nil {
		return nil
	}
	r, err := b.unpack("xl/sharedStrings.xml", "the text")
	if err != nil {
		return damaged(b.path, err)
	}
	defer r.Close()
	read := &counter{Reader: r}
	d := xml.NewDecoder(bufio.NewReaderSize(read, 1<<16))
	held := 0
	for {
		read.record()
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return damaged(b.path, err)
		}
		if start, is := token.(xml.StartElement); is && start.Name.Local == "si" {
			text, err := richText(d, "si")
			if err != nil {
				return damaged(b.path, err)
			}
			if held += len(text) + 16; held > mostShared {
				return wrong("%s holds more text than fits into memory", b.path).WithHint("save it as csv, which is read line by line")
			}
			b.shared = append(b.shared, text)
		}
	}
}

// richText reads a text of several runs, without how it is spoken, up to the end of the element.
func richText(d *xml.Decoder, of string) (string, error) {
	var text strings.Builder
	within, spoken := false, false
	for {
		token, err := d.RawToken()
		if err != nil {
			return "", unended(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			within = token.Name.Local == "t"
			spoken = spoken || token.Name.Local == "rPh"
		case xml.CharData:
			if within && !spoken {
				text.Write(token)
			}
		case xml.EndElement:
			switch token.Name.Local {
			case of:
				return unescaped(text.String()), nil
			case "rPh":
				spoken = false
			}
			within = false
		}
	}
}

func unended(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("it breaks off")
	}
	return err
}

// escape is a character that XML cannot hold, or an underscore that is no such.
var escape = regexp.MustCompile(`_x([0-9A-Fa-f]{4})_`)

func unescaped(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return escape.ReplaceAllStringFunc(s, func(found string) string {
		n, _ := strconv.ParseUint(found[2:6], 16, 32)
		return string(rune(n))
	})
}
