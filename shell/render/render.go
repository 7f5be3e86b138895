package render

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"epev/commands"
	"epev/model"
	"epev/shell/screen"
)

// Format is a way to print a Result.
type Format string

const (
	FormatTable    Format = "table"    // for people: aligned columns
	FormatJSON     Format = "json"     // an object for a record, an array for a list
	FormatCSV      Format = "csv"      // RFC 4180, lines end with LF as psql's and gh's do
	FormatTSV      Format = "tsv"      // the text format of PostgreSQL's COPY below a header
	FormatMarkdown Format = "markdown" // for people: pipe tables
	FormatXLSX     Format = "xlsx"     // a workbook, for a file
	FormatJSONL    Format = "jsonl"    // of files alone: an object a line, for a record and for each of a list
	FormatICS      Format = "ics"      // an iCalendar, of what has one
)

// ParseFormat parses the value given for field. Its errors are of kind Usage.
func ParseFormat(field, raw string) (Format, error) {
	if slices.Contains(commands.Formats, raw) || raw == string(FormatICS) || raw == string(FormatJSONL) {
		return Format(raw), nil
	}
	err := model.Invalid(field, "format %q is not known", raw)
	if near, ok := model.Nearest(raw, commands.Formats); ok {
		return "", err.WithHint("did you mean %s?", near)
	}
	return "", err.WithHint("use one of %s", strings.Join(commands.Formats, ", "))
}

// endings are those of the files that hold a format.
var endings = []struct {
	ending string
	Format
}{
	{".csv", FormatCSV}, {".tsv", FormatTSV}, {".json", FormatJSON}, {".jsonl", FormatJSONL}, {".md", FormatMarkdown}, {".txt", FormatTable}, {".xlsx", FormatXLSX},
	{".ics", FormatICS},
}

// FormatOfFile returns the format of a file by the ending of its name, empty for none.
func FormatOfFile(name string) Format {
	for _, e := range endings {
		if strings.HasSuffix(strings.ToLower(name), e.ending) {
			return e.Format
		}
	}
	return ""
}

// Endings returns those of all formats.
func Endings() (known []string) {
	for _, e := range endings {
		known = append(known, e.ending)
	}
	return known
}

// ForPeople reports whether the format shows commands.Formats, local dates and French amounts rather than
// ids, RFC 3339 and plain decimals.
func (f Format) ForPeople() bool { return f == FormatTable || f == FormatMarkdown }

// View says how a Result is to look. The zero View prints plain tables of any width.
type View struct {
	Format Format // empty: FormatTable
	// Width is the columns of the terminal, which tables keep within; 0 is no limit, for a pipe
	// or a file. Below 20 it counts as 20.
	Width int
	Color screen.Colors
	// Location is the time zone of the office, in which times are printed; nil: time.Local. Zoned times carry
	// it where people read them; the other formats always do.
	Location *time.Location
	Zoned    bool
	// OnTerminal says that a terminal reads the output. Then CSV shows control characters other than line breaks
	// escaped, as the other formats always do, so that no value can drive the terminal.
	OnTerminal bool
	// For says who reads csv: commands.ForExcelFR, or anybody.
	For string
}

// Result prints a Result on w. People's formats print its message or else its table, and its changes; the
// others the table or the changes, and JSON the message where there is neither.
//
// A value prints as follows.
//
//	             table, markdown       json             csv, tsv
//	nothing      –                     null             empty
//	string       escaped by            escaped as JSON  ' before what a spreadsheet
//	             model.Escape          wants            would take for a formula
//	int64        8                     8                8
//	model.Amount 1 200,50 €            "1200.50"        1200.50
//	bool         Yes, No               true, false      true, false
//	time.Time    23/11/2026 15:04      "2026-11-23T15:04:05+01:00", likewise in csv
//	model.Day    23/11/2026            "2026-11-23", likewise in csv
//	model.Phone  +33 7 56 78 90 12     "+33756789012"   +33756789012
//	[]string     a, b                  ["a","b"]        a,b
//	RawMessage   as it is              as it is         as it is
//	Share        33,3 %                0.3333           0.3333
func Result(w io.Writer, r commands.Result, v View) error {
	v.Format = cmp.Or(v.Format, FormatTable)
	v.Location = cmp.Or(v.Location, time.Local)
	if v.Width > 0 {
		v.Width = max(v.Width, 20)
	}
	for _, t := range []*commands.Table{r.Table, v.changes(r)} {
		if err := checkTable(t); err != nil {
			return fmt.Errorf("render: %w", err)
		}
	}
	if v.Format.ForPeople() && r.Message != "" {
		r.Table = nil // the sentence says it
	}
	p := printer{Writer: bufio.NewWriter(w), View: v}
	switch v.Format {
	case FormatJSON:
		p.json(r)
	case FormatJSONL:
		p.jsonLines(r)
	case FormatCSV, FormatTSV:
		p.csv(r)
	case FormatMarkdown:
		p.markdown(r)
	case FormatICS:
		if err := p.ics(r); err != nil {
			return err
		}
	case FormatXLSX:
		if err := p.xlsx(r); err != nil {
			return err
		}
	default:
		p.table(r)
	}
	return p.Flush()
}

// printer prints one Result. Its Writer keeps the first error for Flush, so that no other
// method need return one.
type printer struct {
	*bufio.Writer
	View
}

// checkTable holds a table to what commands.Table and commands.Value promise, so that the formats need not doubt it.
func checkTable(t *commands.Table) error {
	if t == nil {
		return nil
	}
	if t.Single && len(t.Rows) != 1 {
		return fmt.Errorf("%s: a single record of %d rows", t.Name, len(t.Rows))
	}
	for _, row := range footed(t).Rows {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("%s: %d values in %d columns", t.Name, len(row), len(t.Columns))
		}
		for i, val := range row {
			if !isValue(val) {
				return fmt.Errorf("%s: column %s holds a %T", t.Name, t.Columns[i].Name, val)
			}
		}
	}
	for i := range t.Related {
		if err := checkTable(&t.Related[i]); err != nil {
			return err
		}
	}
	return nil
}

func isValue(val commands.Value) bool {
	switch val.(type) {
	case nil, string, int64, bool, time.Time, model.Day, model.Amount, model.Email, model.Phone, []string, json.RawMessage, commands.Share:
		return true
	}
	return false
}

// shown returns the indices of the columns that stand in the view's format.
func (v View) shown(columns []commands.Column) []int {
	hidden := commands.People
	if v.Format.ForPeople() {
		hidden = commands.Machines
	}
	shown := make([]int, 0, len(columns))
	for i, c := range columns {
		if c.Chosen || c.For != hidden {
			shown = append(shown, i)
		}
	}
	return shown
}

// changes returns the changes of an update as a table, one a row, in the columns of the view's
// format.
func (v View) changes(r commands.Result) *commands.Table {
	long := slices.ContainsFunc(r.Changes, func(c commands.Change) bool { return ofLines(c.Before) || ofLines(c.After) })
	t := &commands.Table{Name: "changes", Asides: map[commands.Cell]commands.Aside{}, Columns: []commands.Column{
		{Name: "id", For: commands.Machines},
		{Name: "field", Title: "Field"},
		{Name: "before", Title: "Before", Wraps: long},
		{Name: "after", Title: "After", Wraps: long},
	}}
	fields := make([]commands.Column, len(r.Changes))
	for i, c := range r.Changes {
		fields[i] = c.Column
	}
	for _, i := range v.shown(fields) {
		c := r.Changes[i]
		field := c.Name
		if v.Format.ForPeople() {
			field = c.Title
		}
		if c.Days != nil {
			before, after := c.Days(v.Location)
			t.Asides[commands.Cell{Row: len(t.Rows), Column: 2}] = commands.Aside{Day: before}
			t.Asides[commands.Cell{Row: len(t.Rows), Column: 3}] = commands.Aside{Day: after}
		}
		t.Rows = append(t.Rows, []commands.Value{r.ChangedID, field, c.Before, c.After})
	}
	return t
}

// ofLines reports whether a value is a text of several lines.
func ofLines(val commands.Value) bool {
	text, _ := val.(string)
	return strings.Contains(text, "\n")
}

// nothing stands for a value that is not there.
const nothing = "–"

// people returns a value as people read it: no control character but the line ends of a long text, in NFC.
func (v View) people(val commands.Value) string {
	return cmp.Or(eachLine(commands.Text(val, v.Location, v.Zoned), visible), nothing)
}

// told returns a cell as people read it.
func (v View) told(t *commands.Table, y, x int) string {
	if at, is := t.Rows[y][x].(time.Time); is && t.Asides[commands.Cell{Row: y, Column: x}].Day {
		return commands.ShowDay(at, v.Location)
	}
	return v.people(t.Rows[y][x])
}

// mark returns why a terminal makes a cell stand out.
func (p *printer) mark(t *commands.Table, y, x int) commands.Mark {
	if !p.OnTerminal || p.Format != FormatTable {
		return commands.NoMark
	}
	return t.Asides[commands.Cell{Row: y, Column: x}].Mark
}

// marks are the sign, the style and the meaning of each mark.
var marks = map[commands.Mark]struct {
	sign, meaning string
	style         screen.Style
}{
	commands.Today: {"*", "today", screen.Warning},
	commands.Late:  {"!", "late", screen.Failure},
}

// marksNote tells what the marks of a table mean.
func (p *printer) marksNote(t *commands.Table, shown []int) string {
	var told []string
	for _, m := range []commands.Mark{commands.Today, commands.Late} {
		for cell, aside := range t.Asides {
			if aside.Mark == m && cell.Row < len(t.Rows) && slices.Contains(shown, cell.Column) && p.mark(t, cell.Row, cell.Column) == m {
				told = append(told, marks[m].sign+" "+marks[m].meaning)
				break
			}
		}
	}
	return strings.Join(told, " · ")
}

// eachLine returns text with each of its lines as show has it.
func eachLine(text string, show func(string) string) string {
	if !strings.Contains(text, "\n") {
		return show(text)
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = show(line)
	}
	return strings.Join(lines, "\n")
}

// visible returns text that came from somewhere else as it may stand on a terminal, without the
// blanks at its end, which nobody sees.
func visible(s string) string {
	return model.Escape(norm.NFC.String(strings.TrimRight(s, " ")))
}

// machine returns a value in the notation of programs; JSON wraps it as its type demands.
func (v View) machine(val commands.Value) string {
	switch val := val.(type) {
	case string:
		return val
	case int64:
		return strconv.FormatInt(val, 10)
	case bool:
		return strconv.FormatBool(val)
	case time.Time:
		if val.IsZero() {
			return ""
		}
		if word := model.Endless(val); word != "" {
			return word
		}
		return val.In(v.Location).Format(time.RFC3339)
	case model.Day:
		return val.ISO(v.Location)
	case model.Amount:
		return val.String()
	case model.Email:
		return string(val)
	case model.Phone:
		return string(val)
	case []string:
		return strings.Join(val, ",")
	case json.RawMessage:
		return string(val)
	case commands.Share:
		return val.String()
	}
	return ""
}

// emptyNote is what people read in place of a list without rows.
func emptyNote(t *commands.Table) string { return "No " + t.Name + "." }

// sumsNote says what a list comes to: "Total 1 200,50 € · Remaining more than 200,00 €".
func sumsNote(t *commands.Table) string {
	var sums []string
	for _, s := range t.Sums {
		sum := s.Title + " "
		if s.More {
			sum += "more than "
		}
		sums = append(sums, sum+s.Amount.French())
	}
	return strings.Join(sums, " · ")
}

// PageNote says how much of a list its rows are, and how to see more: "50 of 1 234 clients; next page: --after 57". Where there are
// more than were counted, it says "50 of more than 10 000 clients". It is empty when the rows are all there is.
func PageNote(t *commands.Table) string {
	total := model.Grouped(strconv.FormatInt(t.Total, 10))
	switch {
	case t.More:
		total = "more than " + total
	case t.Total <= int64(len(t.Rows)):
		return ""
	}
	note := fmt.Sprintf("%s of %s %s", model.Grouped(strconv.Itoa(len(t.Rows))), total, t.Name)
	if t.Next != "" {
		note += "; next page: --after " + t.Next
	}
	return note
}
