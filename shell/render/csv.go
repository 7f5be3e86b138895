package render

import (
	"encoding/csv"
	"regexp"
	"strings"

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
	shown := p.shown(t.Columns)
	fields := make([]string, len(shown))
	for x, i := range shown {
		fields[x] = t.Columns[i].Name
	}
	write(fields)
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
	w := csv.NewWriter(p) // p being large enough, this is p and needs no Flush of its own
	return func(fields []string) {
		if len(fields) == 1 && fields[0] == "" {
			p.WriteString("\"\"\n") // an empty line, as encoding/csv would have it, is no row
			return
		}
		w.Write(fields)
		w.Flush()
	}
}

// number matches what a spreadsheet takes for a number and never for a formula.
var number = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

// spreadsheetCell returns a value for CSV and TSV. Where a spreadsheet would run a formula there is a '
// before it (OWASP, "CSV injection"). A file may be opened with another separator than it was written with,
// so that holds within a value too. On a pipe it is the only change to a value.
func (v View) spreadsheetCell(val commands.Value) string {
	s := v.machine(val)
	if strings.ContainsAny(s, formulaStarts) {
		s = disarmed(s)
	}
	if v.OnTerminal && v.Format == FormatCSV {
		s = eachLine(s, model.Escape)
	}
	return s
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
		begins := cell != "" && strings.IndexByte(formulaStarts, cell[0]) >= 0 && !number.MatchString(cell)
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
