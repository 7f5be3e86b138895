package shell

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
				tsvEscaper.WriteString(p, f)
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

// tsvEscaper writes what TSV has no place for as PostgreSQL's COPY does.
var tsvEscaper = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)

// number matches what a spreadsheet takes for a number and never for a formula.
var number = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

// spreadsheetCell returns a value for CSV and TSV. One that a spreadsheet would run as a formula
// has ' before it (OWASP, "CSV injection"), which is the only change to a value that is not read
// on a terminal.
func (v View) spreadsheetCell(val commands.Value) string {
	s := v.machine(val)
	if s != "" && strings.IndexByte("=+-@\t\r\x00", s[0]) >= 0 && !number.MatchString(s) {
		s = "'" + s
	}
	if v.OnTerminal {
		s = model.Escape(s)
	}
	return s
}
