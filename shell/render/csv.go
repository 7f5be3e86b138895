package render

import (
	"encoding/csv"
	"strings"
	"time"

	"epev/commands"
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
	write := p.csvWriter()
	p.csvHeader(t, write)
	p.csvRows(t, write)
}

func (p *printer) csvHeader(t *commands.Table, write func([]string)) {
	var names []string
	for _, i := range p.shown(t.Columns) {
		names = append(names, t.Columns[i].Name)
	}
	write(names)
}

func (p *printer) csvRows(t *commands.Table, write func([]string)) {
	shown := p.shown(t.Columns)
	fields := make([]string, len(shown))
	for _, row := range t.Rows {
		for x, i := range shown {
			fields[x] = p.spreadsheetCell(row[i])
		}
		write(fields)
	}
}

// csvWriter returns what writes one row in the view's format.
func (p *printer) csvWriter() func([]string) {
	if p.Format == FormatTSV {
		return func(fields []string) {
			for i, f := range fields {
				if i > 0 {
					p.WriteByte('\t')
				}
				p.WriteString(model.EscapeCopy(f))
			}
			p.WriteByte('\n')
		}
	}
	w := csv.NewWriter(p.Writer) // which, being large enough, is its buffer too: it needs no Flush of its own
	if p.For == commands.ForExcelFR {
		w.Comma = ';'
		p.WriteString("\uFEFF")
	}
	return func(fields []string) {
		if len(fields) == 1 && fields[0] == "" {
			p.WriteString("\"\"\n") // an empty line, as encoding/csv would have it, is no row
			return
		}
		w.Write(fields)
	}
}

// isNumber reports what a spreadsheet takes for a number and never for a formula: a sign or none, digits, and perhaps a point with digits.
func isNumber(s string) bool {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	whole, fraction, pointed := strings.Cut(s, ".")
	return isDigits(whole) && (!pointed || isDigits(fraction))
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// spreadsheetCell returns a value for CSV and TSV. Where a spreadsheet would run a formula there is a '
// before it (OWASP, "CSV injection"). A file may be opened with another separator than it was written with,
// so that holds within a value too. On a pipe it is the only change to a value.
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
	if s != "" && (strings.IndexByte(formulaStarts, s[0]) >= 0 || strings.ContainsAny(s, cellSeparators)) {
		s = disarmed(s)
	}
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
		if text := val.String(); isNumber(text) {
			return strings.Replace(text, ".", ",", 1), true
		}
	case model.Day:
		return val.Format(v.Location), true
	case time.Time:
		if !val.IsZero() {
			return model.ShowTime(val, v.Location, false), true
		}
	case model.Phone:
		if isNumber(string(val)) {
			return `="` + string(val) + `"`, true
		}
	}
	return "", false
}

const (
	formulaStarts  = "=+-@\t\r\x00"
	cellSeparators = ";,|\t\r\n"
)

// disarmed returns s with a ' before each formula: at its start, and after what may separate cells.
func disarmed(s string) string {
	var b strings.Builder
	for rest := s; ; {
		end := strings.IndexAny(rest, cellSeparators)
		cell := rest
		if end >= 0 {
			cell = rest[:end]
		}
		begins := cell != "" && strings.IndexByte(formulaStarts, cell[0]) >= 0 && !isNumber(cell)
		if begins || b.Len() == 0 && (strings.HasPrefix(rest, "\t") || strings.HasPrefix(rest, "\r")) {
			b.WriteByte('\'')
		}
		if end < 0 {
			b.WriteString(cell)
			return b.String()
		}
		b.WriteString(rest[:end+1])
		rest = rest[end+1:]
	}
}
