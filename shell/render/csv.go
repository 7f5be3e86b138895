package render

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"epev/commands"
	"epev/commands/tabular"
	"epev/model"
)

// csv prints the table, or the changes, of a Result as CSV or TSV: a header of column names, then
// a row a line. A message and related tables are left out.
func (p *printer) csv(r commands.Result) {
	t := r.Table
	if t == nil {
		if r.ChangedID == 0 {
			return
		}
		t = p.changes(r)
	}
	p.csvHeader(t)
	p.csvRows(t)
}

func (p *printer) csvHeader(t *commands.Table) {
	var names []commands.Value
	for _, i := range p.shown(t.Columns) {
		names = append(names, t.Columns[i].Name)
	}
	if p.For == commands.ForExcelFR {
		p.WriteString("\uFEFF")
	}
	p.Write(p.appendRow(nil, names))
}

func (p *printer) csvRows(t *commands.Table) {
	shown := p.shown(t.Columns)
	cells := make([]commands.Value, len(shown))
	var line []byte
	for _, row := range t.Rows {
		for x, i := range shown {
			cells[x] = row[i]
		}
		line = p.appendRow(line[:0], cells)
		p.Write(line)
	}
}

// appendRow appends a row in the view's format, with the end of its line.
func (p *printer) appendRow(b []byte, cells []commands.Value) []byte {
	begin, comma := len(b), byte(',')
	switch {
	case p.Format == FormatTSV:
		comma = '\t'
	case p.For == commands.ForExcelFR:
		comma = ';'
	}
	for x, cell := range cells {
		if x > 0 {
			b = append(b, comma)
		}
		switch val := cell.(type) {
		case nil:
			continue
		case int64:
			b = strconv.AppendInt(b, val, 10)
			continue
		case model.Day:
			if p.For == "" {
				b = val.AppendISO(b, p.Location)
				continue
			}
		case time.Time:
			if p.For == "" && !val.IsZero() && model.Endless(val) == "" {
				b = val.In(p.Location).AppendFormat(b, time.RFC3339)
				continue
			}
		case string:
			if p.plain(val) {
				b = append(b, val...)
				continue
			}
		case model.Email:
			if p.plain(string(val)) {
				b = append(b, val...)
				continue
			}
		case model.Phone:
			if p.For == "" && tabular.IsNumber(string(val)) {
				b = append(b, val...)
				continue
			}
		}
		s := p.spreadsheetCell(cell)
		switch {
		case p.Format == FormatTSV:
			b = append(b, model.EscapeCopy(s)...)
		case needsQuotes(s, comma):
			b = append(b, '"')
			b = append(b, strings.ReplaceAll(s, `"`, `""`)...)
			b = append(b, '"')
		default:
			b = append(b, s...)
		}
	}
	if len(b) == begin && len(cells) == 1 && p.Format != FormatTSV {
		b = append(b, `""`...) // an empty line is no row
	}
	return append(b, '\n')
}

// plain reports of most texts that they are written as they are: nothing in them is special in a format of cells, nor at their start.
func (p *printer) plain(s string) bool {
	if s == "" || p.OnTerminal || (s[0]|0x20 < 'a' || s[0]|0x20 > 'z') && (s[0] < '0' || s[0] > '9') {
		return false
	}
	for i := range len(s) {
		switch s[i] {
		case ';', ',', '|', '"', '\\':
			return false
		default:
			if s[i] < ' ' || s[i] > '~' && p.Format == FormatTSV {
				return false
			}
		}
	}
	return true
}

// needsQuotes reports what encoding/csv puts in quotes.
func needsQuotes(s string, comma byte) bool {
	if s == "" {
		return false
	}
	first, _ := utf8.DecodeRuneInString(s)
	return s == `\.` || strings.IndexByte(s, comma) >= 0 || strings.ContainsAny(s, "\"\r\n") || unicode.IsSpace(first)
}

// spreadsheetCell returns a value for CSV and TSV. Where a spreadsheet would run a formula there is a ' before it. On a pipe that is the
// only change to a value.
func (v View) spreadsheetCell(val commands.Value) string {
	if v.For == commands.ForExcelFR {
		if s, is := v.excelFR(val); is {
			return s
		}
	}
	s := v.machine(val)
	switch val.(type) {
	case nil, int64, bool, time.Time, model.Day: // of which none is a formula
		return s
	}
	s = tabular.Disarmed(s)
	if v.OnTerminal && v.Format == FormatCSV {
		s = eachLine(s, model.Escape)
	}
	return s
}

// excelFR returns a value that a French Excel takes for what it is, where that is written in another way than elsewhere. A telephone number
// is text in it as the value of a formula: otherwise it would be a number, without its +.
func (v View) excelFR(val commands.Value) (s string, is bool) {
	switch val := val.(type) {
	case bool:
		if val {
			return "oui", true
		}
		return "non", true
	case model.Amount:
		if text := val.String(); tabular.IsNumber(text) {
			return strings.Replace(text, ".", ",", 1), true
		}
	case model.Day:
		return val.Format(v.Location), true
	case time.Time:
		if !val.IsZero() {
			return model.ShowTime(val, v.Location, false), true
		}
	case model.Phone:
		if tabular.IsNumber(string(val)) {
			return `="` + string(val) + `"`, true
		}
	}
	return "", false
}
