// Package odd makes files that no editor makes, and that people bring all the same, for tests.
package odd

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

const (
	workbookPart  = `<workbook xmlns="m" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Feuil1" r:id="r1"/></sheets></workbook>`
	relationsPart = `<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>`
	oleHead       = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
	sheetHeader   = `<row r="1">` + `<c r="A1" t="inlineStr"><is><t>full_name</t></is></c><c r="B1" t="inlineStr"><is><t>email</t></is></c></row>`
)

// sheetOf is a sheet with the columns full_name and email, and those rows below.
func sheetOf(rows string) string {
	return `<worksheet><sheetData>` + sheetHeader + rows + `</sheetData></worksheet>`
}

// workbookOf packs a workbook of one sheet, and other parts, each a name and its content.
func workbookOf(sheet string, others ...string) string {
	parts := append([]string{"xl/workbook.xml", workbookPart, "xl/_rels/workbook.xml.rels", relationsPart, "xl/worksheets/sheet1.xml", sheet}, others...)
	return archiveOf(parts...)
}

func archiveOf(parts ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, _ := z.Create(parts[i])
		io.WriteString(w, parts[i+1])
	}
	z.Close()
	return b.String()
}

// claims packs a workbook whose sheet says that it unpacks to so many bytes.
func claims(size uint64) string {
	var packed, b bytes.Buffer
	sheet := sheetOf("")
	w, _ := flate.NewWriter(&packed, 1)
	io.WriteString(w, sheet)
	w.Close()
	z := zip.NewWriter(&b)
	for name, content := range map[string]string{"xl/workbook.xml": workbookPart, "xl/_rels/workbook.xml.rels": relationsPart} {
		w, _ := z.Create(name)
		io.WriteString(w, content)
	}
	raw, _ := z.CreateRaw(&zip.FileHeader{Name: "xl/worksheets/sheet1.xml", Method: zip.Deflate, CRC32: crc32.ChecksumIEEE([]byte(sheet)),
		CompressedSize64: uint64(packed.Len()), UncompressedSize64: size})
	raw.Write(packed.Bytes())
	z.Close()
	return b.String()
}

// columns is a line of many cells.
func columns(n int, cell string) string {
	cells := make([]string, n)
	for i := range cells {
		cells[i] = fmt.Sprintf(cell, i)
	}
	return strings.Join(cells, ",")
}

var laughs = `<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "` + strings.Repeat("&lol;", 10) + `"><!ENTITY lol3 "` + strings.Repeat("&lol2;", 10) + `">]>`

// Files are the files, by the names that tell what they are.
var Files = map[string]func() string{
	"nul.csv":       func() string { return "full_name,email\nAnn\x00,a@b.example\n" },
	"binary.bin":    func() string { return "\x7FELF\x02\x01\x01\x00\x00" },
	"mixed.csv":     func() string { return "full_name,email\nZo\xC3\xA9 A,a@b.example\nJos\xE9 B,c@d.example\n" },
	"undefined.csv": func() string { return "full_name,email\nJos\xE9 \x81,c@d.example\n" },
	"utf16.csv":     func() string { return "\xFF\xFEn\x00a\x00m\x00e\x00" },
	"utf16be.csv":   func() string { return "\xFE\xFF\x00n\x00a" },
	"unmarked.csv":  func() string { return "f\x00u\x00l\x00l\x00" },
	"mark.csv":      func() string { return "\xEF\xBB\xBF" },
	"returns.csv":   func() string { return "full_name;email\rJos\xE9 Ret\xEDn;ret@odd.example\rAnn Ret;ann.ret@odd.example" },
	"crlf.csv":      func() string { return "\xEF\xBB\xBFfull_name,email\r\n\"Ann, Crlf\",crlf@odd.example\r\n\r\n" },
	"long.csv":      func() string { return "full_name,email\n" + strings.Repeat("x", 1<<20) + ",long@odd.example\n" },
	"wide.csv":      func() string { return columns(10_000, "col%d") + "\n" + columns(10_000, "%d") + "\n" },
	"header.csv":    func() string { return strings.Repeat("x", 1<<20) + ",email\na,b\n" },
	"runaway.csv": func() string {
		return "full_name,email\nAnn,a@b.example\n\"" + strings.Repeat("never closed, and so on\n", 800_000)
	},
	"page.xls": func() string {
		return "<html><body><table><tr><td>full_name</td></tr></table></body></html>"
	},
	"entities.xml": func() string { return `<?xml version="1.0"?>` + laughs + `<all>&lol3;</all>` },
	"surrogate.jsonl": func() string {
		return `{"full_name":"\ud800","email":"a@b.example"}` + "\n"
	},
	"keys.jsonl": func() string {
		return "{" + strings.TrimSuffix(columns(60_000, `"key%d":1`), ",") + "}\n"
	},

	"locked.xlsx": func() string {
		return oleHead + strings.Repeat("\x00", 3000) + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00" + strings.Repeat("\x00", 3000)
	},
	"old.xls": func() string {
		return oleHead + strings.Repeat("\x00", 3000) + "W\x00o\x00r\x00k\x00b\x00o\x00o\x00k\x00"
	},
	"archive.zip": func() string { return archiveOf("letter.txt", "no workbook") },
	"text.docx":   func() string { return archiveOf("word/document.xml", "<document/>") },
	"table.ods": func() string {
		return archiveOf("mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "<office/>")
	},
	"binary.xlsb": func() string { return archiveOf("xl/workbook.bin", "\x00") },
	"truncated.xlsx": func() string {
		whole := workbookOf(sheetOf(`<row r="2"><c r="A2"><v>1</v></c></row>`))
		return whole[:len(whole)/2]
	},
	"spoiled.xlsx": func() string {
		whole := []byte(workbookOf(strings.Repeat("x", 10_000)))
		return string(whole)
	},
	"laughs.xlsx": func() string {
		return workbookOf(`<?xml version="1.0"?>` + laughs + sheetOf(`<row r="2"><c r="A2" t="inlineStr"><is><t>&lol3;</t></is></c></row>`))
	},
	"stranger.xlsx": func() string {
		return workbookOf(`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + sheetOf(`<row r="2"><c r="A2" t="inlineStr"><is><t>&x;</t></is></c></row>`))
	},
	"claims.xlsx": func() string { return claims(3 << 30) },
	"spaces.xlsx": func() string { return workbookOf(sheetOf(strings.Repeat(" ", 64<<20))) },
	"zeros.xlsx": func() string {
		return workbookOf(sheetOf(`<row r="2"><c r="A2"><v>` + strings.Repeat("0", 64<<20) + `</v></c></row>`))
	},
	"nothing.xlsx": func() string { return workbookOf(strings.Repeat("\x00", 1<<20)) },
	"texts.xlsx": func() string {
		return workbookOf(sheetOf(""), "xl/sharedStrings.xml", `<sst><si><t>`+strings.Repeat("x", 64<<20)+`</t></si></sst>`)
	},
	"far.xlsx":   func() string { return workbookOf(sheetOf(`<row r="1048577"><c r="A1048577"><v>1</v></c></row>`)) },
	"aside.xlsx": func() string { return workbookOf(sheetOf(`<row r="2"><c r="XFE2"><v>1</v></c></row>`)) },
	"back.xlsx": func() string {
		return workbookOf(sheetOf(`<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>`))
	},
	"beyond.xlsx": func() string {
		return workbookOf(sheetOf(`<row r="2"><c r="A2" t="inlineStr"><is><t>Ann</t></is></c><c r="D2"><v>1</v></c></row>`))
	},
	"shared.xlsx": func() string { return workbookOf(sheetOf(`<row r="2"><c r="A2" t="s"><v>7</v></c></row>`)) },
	"merged.xlsx": func() string {
		return workbookOf(`<worksheet><sheetData>` + sheetHeader + `<row r="2"><c r="A2" t="inlineStr"><is><t>Ann</t></is></c><c r="B2" t="inlineStr"><is><t>m@odd.example</t></is></c></row></sheetData><mergeCells><mergeCell ref="A2:A3"/></mergeCells></worksheet>`)
	},
	"formula.xlsx": func() string {
		return workbookOf(sheetOf(`<row r="2"><c r="A2" t="str"><f>"A"&amp;"B"</f><v>AB</v></c></row>`))
	},
	"error.xlsx": func() string {
		return workbookOf(sheetOf(`<row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="B2" t="inlineStr"><is><t>e@odd.example</t></is></c></row>`))
	},
	"several.xlsx": func() string {
		return archiveOf("xl/workbook.xml", strings.Replace(workbookPart, "</sheets>", `<sheet name="Feuil2" r:id="r2"/></sheets>`, 1),
			"xl/_rels/workbook.xml.rels", strings.Replace(relationsPart, "</", `<Relationship Id="r2" Target="worksheets/sheet2.xml"/></`, 1),
			"xl/worksheets/sheet1.xml", sheetOf(""), "xl/worksheets/sheet2.xml", sheetOf(`<row r="2"><c r="A2" t="inlineStr"><is><t>Ann Second</t></is></c><c r="B2" t="inlineStr"><is><t>second@odd.example</t></is></c></row>`))
	},
	"empty.xlsx": func() string { return workbookOf(`<worksheet><sheetData/></worksheet>`) },
	// As Excel has it: a rich text, a text within the cell, a number that is a phone. The day with a time is of the 1904 system. Some rows and
	// columns have nothing but a format.
	"rich.xlsx": func() string {
		return archiveOf("xl/workbook.xml", strings.Replace(workbookPart, "<sheets>", `<workbookPr date1904="1"/><sheets>`, 1), "xl/_rels/workbook.xml.rels", relationsPart,
			"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="170" formatCode="[$-40C]d\ mmmm\ yyyy;@"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>`,
			"xl/sharedStrings.xml", `<sst><si><r><t>Zoé </t></r><r><rPr><b/></rPr><t>Riche</t></r></si><si><t>full_name</t></si></sst>`,
			"xl/worksheets/sheet1.xml", `<worksheet><sheetData><row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" t="inlineStr"><is><t>Courriel</t></is></c><c r="C2" t="str"><v>Tél.</v></c><c r="D2" t="str"><v>Premier contact</v></c><c r="E2" s="1"/></row><row r="3"/>`+
				`<row r="5"><c r="A5" t="s"><v>0</v></c><c r="B5" t="inlineStr"><is><t>riche@odd.example</t></is></c><c r="C5"><v>612345678</v></c><c r="D5" s="1"><v>42769.75</v></c><c r="F5" s="1"/></row><row r="9"><c r="A9" s="1"/></row></sheetData></worksheet>`)
	},
}
