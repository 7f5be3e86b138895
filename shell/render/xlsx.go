package render

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"epev/commands"
	"epev/commands/tabular"
	"epev/model"
	"epev/shell/screen"
)

// A workbook has the columns of CSV, and values of their own types: dates are dates by the office's clock, amounts numbers
// with two places, telephone numbers text. No value is a formula. Tables that belong to a record have sheets of their own.

// The limits of a sheet: how many rows it has with its header, and how many UTF-16 units a cell. The first day that every
// program counts alike follows the 29 February 1900, which spreadsheets have and the year had not.
const (
	sheetRows = 1 << 20
	cellUnits = 1<<15 - 1
)

var (
	dayZero       = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	firstSheetDay = time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)
)

// The narrowest and the widest column, in characters. What is longer shows its beginning.
const narrowest, widest = 8, 60

// look is how the cells of one kind look.
type look int

const (
	plain look = iota
	heading
	dated
	timed
	money
	ratio
)

// formatsOf are the number formats of the looks.
var formatsOf = map[look]string{dated: "dd/mm/yyyy", timed: "dd/mm/yyyy hh:mm", money: "#,##0.00", ratio: "0.0%"}

// xlsx prints the table, or the changes, of a Result as a workbook. A message is left out, and nothing has no workbook.
func (p *printer) xlsx(r commands.Result) error {
	t := r.Table
	if t == nil {
		if r.ChangedID == 0 {
			return nil
		}
		t = p.changes(r)
	}
	tables := append([]commands.Table{*t}, t.Related...)
	for i := range tables {
		if err := p.fits(&tables[i]); err != nil {
			return err
		}
	}
	return p.workbook(p, tables)
}

// workbook writes the tables as the sheets of a workbook.
func (v View) workbook(w io.Writer, tables []commands.Table) error {
	b := sheets{zip: zip.NewWriter(w)}
	for i := range tables {
		if err := v.sheet(&b, &tables[i]); err != nil {
			return fmt.Errorf("make a sheet: %w", err)
		}
	}
	return b.finish()
}

// sheet writes a table: its header, which stays in sight, and a row a row. What does not fit is refused before anything is written.
func (v View) sheet(b *sheets, t *commands.Table) error {
	if err := v.sheetHead(b, t); err != nil {
		return err
	}
	v.sheetRows(b, t)
	return b.close()
}

// sheetHead begins the sheet of a table, whose columns are as wide as its rows want.
func (v View) sheetHead(b *sheets, t *commands.Table) error {
	shown := v.shown(t.Columns)
	widths := make([]float64, len(shown))
	for x, i := range shown {
		widths[x] = v.widthOf(t, i)
	}
	if err := b.sheet(commands.Capital(t.Name), widths); err != nil {
		return err
	}
	b.begin()
	for x, i := range shown {
		b.cell(x, t.Columns[i].Name, heading)
	}
	b.print(`</row>`)
	return nil
}

func (v View) sheetRows(b *sheets, t *commands.Table) {
	shown := v.shown(t.Columns)
	for _, row := range t.Rows {
		b.begin()
		for x, i := range shown {
			value, of := v.cell(row[i])
			b.cell(x, value, of)
		}
		b.print(`</row>`)
	}
}

// fits refuses a table that a sheet has no room for.
func (v View) fits(t *commands.Table) error {
	if err := haveRoom(int64(len(t.Rows))); err != nil {
		return err
	}
	for y, row := range t.Rows {
		for _, i := range v.shown(t.Columns) {
			value, _ := v.cell(row[i])
			if text, is := value.(string); is && len(text) > cellUnits && len(utf16.Encode([]rune(text))) > cellUnits {
				return model.Invalid("format", "%s of row %d is too long for the cell of a sheet", t.Columns[i].Name, y+1).
					WithHint("leave that column out with --columns, or take csv")
			}
		}
	}
	return nil
}

// haveRoom refuses more rows than a sheet has.
func haveRoom(rows int64) error {
	if rows < sheetRows {
		return nil
	}
	return model.Invalid("format", "a sheet has room for %s rows, and there are %s", model.Grouped(strconv.Itoa(sheetRows-1)),
		model.Grouped(strconv.FormatInt(rows, 10))).WithHint("narrow the list, or take csv")
}

// widthOf is how wide a column of the table is, in characters.
func (v View) widthOf(t *commands.Table, i int) float64 {
	width := screen.Width.StringWidth(t.Columns[i].Name)
	for _, row := range t.Rows {
		text := v.machine(row[i])
		if value, of := v.cell(row[i]); of != plain {
			text = formatsOf[of]
			if n, is := value.(float64); is && of == money {
				text = model.Grouped(strconv.FormatFloat(n, 'f', 2, 64)) + " "
			}
		}
		for line := range strings.SplitSeq(text, "\n") {
			width = max(width, screen.Width.StringWidth(line))
		}
	}
	return float64(min(max(width, narrowest), widest) + 2)
}

// cell returns a value as a cell holds it, and how it looks. What a sheet has no type for is text.
func (v View) cell(val commands.Value) (any, look) {
	switch val := val.(type) {
	case nil:
		return nil, plain
	case bool, int64:
		return val, plain
	case model.Amount:
		if n, exact := sheetNumber(val.String()); exact {
			return n, money
		}
	case commands.Share:
		n, _ := strconv.ParseFloat(val.String(), 64)
		return n, ratio
	case model.Day:
		if t := time.Time(val); !t.IsZero() && model.Endless(t) == "" {
			if n, is := sheetDate(val.In(v.Location)); is {
				return n, dated
			}
		}
	case time.Time:
		if !val.IsZero() && model.Endless(val) == "" {
			t := val.In(v.Location)
			wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
			if n, is := sheetDate(wall); is {
				return n, timed
			}
		}
	case json.RawMessage:
		return sheetText(string(val)), plain
	}
	if text := v.machine(val); text != "" {
		return sheetText(text), plain
	}
	return nil, plain
}

// mostDigits are those that a number of a sheet holds exactly.
const mostDigits = 15

// sheetNumber reads a number, and reports whether a sheet holds it exactly.
func sheetNumber(text string) (float64, bool) {
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && tabular.IsNumber(text) && model.CountDigits(text) <= mostDigits
}

// sheetDate counts the days of a sheet until a time of its clock, and reports whether a sheet knows that day.
func sheetDate(wall time.Time) (float64, bool) {
	if wall.Before(firstSheetDay) || wall.Year() > 9999 {
		return 0, false
	}
	return float64(wall.Unix()-dayZero.Unix()) / (24 * 60 * 60), true
}

// sheetText shows characters that the format of sheets cannot hold escaped. It reads _x0041_ as an A, which the escaped
// underscore keeps it from.
func sheetText(s string) string {
	if strings.ContainsFunc(s, unsheeted) {
		s = eachLine(s, model.Escape)
	}
	return s
}

func unsheeted(r rune) bool {
	return r < ' ' && !slices.Contains([]rune{'\t', '\n', '\r'}, r) || r == '\uFFFE' || r == '\uFFFF'
}
