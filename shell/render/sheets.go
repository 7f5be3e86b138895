package render

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"epev/model"
)

// This file writes the few parts of a workbook (ECMA-376) that epev's have. The library that knows all of them makes its tables
// at each start, also of who never sees a workbook. The tests read what is written here back with it.

// sheets are a workbook that is being written, a sheet after the other.
type sheets struct {
	zip   *zip.Writer
	part  *bufio.Writer // the sheet that is being written
	names []string      // of the sheets
	row   int           // the last one of the sheet
}

const (
	xmlHead   = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainSpace = `http://schemas.openxmlformats.org/spreadsheetml/2006/main`
	docSpace  = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	packSpace = `http://schemas.openxmlformats.org/package/2006/`
	mainType  = `application/vnd.openxmlformats-officedocument.spreadsheetml.`
)

// sheet begins a sheet, whose name is of at most 31 letters: its header stays in sight, and each column is as wide as is said.
func (b *sheets) sheet(name string, widths []float64) error {
	b.names, b.row = append(b.names, name), 0
	part, err := b.zip.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", len(b.names)))
	if err != nil {
		return err
	}
	b.part = bufio.NewWriter(part)
	b.print(xmlHead, `<worksheet xmlns="`, mainSpace, `"><sheetViews><sheetView workbookViewId="0">`,
		`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft"/></sheetView></sheetViews>`)
	cols, end := `<cols>`, `` // there is none without a column
	for i, width := range widths {
		b.print(cols, fmt.Sprintf(`<col min="%d" max="%[1]d" width="%g" customWidth="1"/>`, i+1, width))
		cols, end = ``, `</cols>`
	}
	b.print(end, `<sheetData>`)
	return nil
}

// print writes to the sheet; a failure comes to light at its end.
func (b *sheets) print(parts ...string) {
	for _, part := range parts {
		b.part.WriteString(part)
	}
}

// begin begins the next row; it ends with </row>.
func (b *sheets) begin() {
	b.row++
	b.print(`<row r="`, strconv.Itoa(b.row), `">`)
}

// cell writes a value into a column of the row, from 0; nil leaves it empty. Text is text, whatever it looks like.
func (b *sheets) cell(column int, value any, of look) {
	b.print(`<c r="`, columnName(column), strconv.Itoa(b.row), `" s="`, strconv.Itoa(int(of)), `"`)
	switch value := value.(type) {
	case nil:
		b.print(`/>`)
	case bool:
		b.print(` t="b"><v>`, map[bool]string{true: "1", false: "0"}[value], `</v></c>`)
	case int64:
		b.print(`><v>`, strconv.FormatInt(value, 10), `</v></c>`)
	case float64:
		text := strconv.FormatFloat(value, 'f', -1, 64)
		if more := model.CountDigits(text) - mostDigits; more > 0 && strings.Contains(text, ".") {
			text = text[:len(text)-more]
		}
		b.print(`><v>`, text, `</v></c>`)
	default:
		text := strings.ReplaceAll(fmt.Sprint(value), "_x", "_x005F_x") // _x0041_ is an A
		b.print(` t="inlineStr"><is><t xml:space="preserve">`, escaped(text), `</t></is></c>`)
	}
}

// broken returns what has kept the sheet from being written.
func (b *sheets) broken() error {
	_, err := b.part.Write(nil)
	return err
}

// columnName returns the letters of a column, from 0: A, Z, AA.
func columnName(column int) string {
	if column < 26 {
		return string(rune('A' + column))
	}
	return columnName(column/26-1) + string(rune('A'+column%26))
}

// close ends a sheet.
func (b *sheets) close() error {
	b.print(`</sheetData></worksheet>`)
	return b.part.Flush()
}

// finish writes what belongs to all sheets, and ends the workbook.
func (b *sheets) finish() error {
	var sheets, relations, types strings.Builder
	for i, name := range b.names {
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="rId%[2]d"/>`, escaped(name), i+1)
		fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%[1]d.xml"/>`, i+1, docSpace)
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, i+1, mainType)
	}
	var formats, styles strings.Builder
	for of := plain; of <= ratio; of++ {
		bold, format := 0, 0
		if of == heading {
			bold = 1
		}
		if code := formatsOf[of]; code != "" {
			format = 164 + int(of) // the first that is one's own is 164
			fmt.Fprintf(&formats, `<numFmt numFmtId="%d" formatCode="%s"/>`, format, escaped(code))
		}
		fmt.Fprintf(&styles, `<xf numFmtId="%d" fontId="%d" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>`, format, bold)
	}
	var errs error
	write := func(name, format string, args ...any) {
		part, err := b.zip.Create(name)
		if err == nil {
			_, err = fmt.Fprintf(part, xmlHead+format, args...)
		}
		errs = errors.Join(errs, err)
	}
	write("xl/styles.xml", `<styleSheet xmlns="%s"><numFmts count="%d">%s</numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>`+
		`<font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill>`+
		`<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>`+
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="%d">%s</cellXfs>`+
		`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`, mainSpace, len(formatsOf), &formats, ratio+1, &styles)
	write("xl/workbook.xml", `<workbook xmlns="%s" xmlns:r="%s"><bookViews><workbookView/></bookViews><sheets>%s</sheets></workbook>`, mainSpace, docSpace, &sheets)
	write("xl/_rels/workbook.xml.rels", `<Relationships xmlns="%srelationships">%s<Relationship Id="styles" Type="%s/styles" Target="styles.xml"/></Relationships>`,
		packSpace, &relations, docSpace)
	write("_rels/.rels", `<Relationships xmlns="%srelationships"><Relationship Id="rId1" Type="%s/officeDocument" Target="xl/workbook.xml"/></Relationships>`, packSpace, docSpace)
	write("[Content_Types].xml", `<Types xmlns="%scontent-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>`+
		`<Override PartName="/xl/workbook.xml" ContentType="%[2]ssheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="%[2]sstyles+xml"/>%s</Types>`,
		packSpace, mainType, &types)
	return errors.Join(errs, b.zip.Close())
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // which a builder never refuses
	return b.String()
}
