package tabular

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"epev/model"
)

// rows are those of a sheet, one after the other.
type rows struct {
	*book
	table   *Table
	name    string
	read    *counter
	d       *xml.Decoder
	columns int // how many are told; behind them nothing may stand
	line    int
	ended   bool
}

// mostRows and mostColumns are those of the largest sheet that there is.
const mostRows, mostColumns = 1 << 20, 1 << 14

// next returns the next row; its cells are as many as it has. Behind the last one it looks for merged cells.
func (r *rows) next() (Row, error) {
	for {
		r.read.record()
		token, err := r.d.RawToken()
		if errors.Is(err, io.EOF) && r.ended {
			return Row{}, io.EOF
		}
		if err != nil {
			return Row{}, r.broken(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch token.Name.Local {
			case "row":
				r.line++
				if n, err := strconv.Atoi(attribute(token, "r")); err == nil {
					r.line = n
				}
				if r.line < 1 || r.line > mostRows {
					return Row{}, damaged(r.path, fmt.Errorf("sheet %s has a line %d, and no sheet can", r.name, r.line))
				}
				return r.row()
			case "mergeCell":
				return Row{}, wrong("%s: the cells %s of sheet %s are merged", r.path, attribute(token, "ref"), r.name).WithHint("unmerge them, and fill each of them")
			}
		case xml.EndElement:
			r.ended = r.ended || token.Name.Local == "worksheet"
		}
	}
}

// broken tells where a sheet breaks off.
func (r *rows) broken(err error) error {
	if err = unended(err); r.line == 0 {
		return damaged(r.path, err)
	}
	return damaged(r.path, fmt.Errorf("%w, at line %d of sheet %s or behind it", err, r.line, model.Short(r.name)))
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// row reads the cells up to the end of the row.
func (r *rows) row() (Row, error) {
	row := Row{Line: r.line, Column: -1}
	for next := 0; ; { // the place of the next cell
		token, err := r.d.RawToken()
		if err != nil {
			return row, r.broken(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local != "c" {
				continue
			}
			place := next
			if ref := attribute(token, "r"); ref != "" {
				place = columnOf(ref)
			}
			if place < next || place >= mostColumns {
				return row, damaged(r.path, fmt.Errorf("cell %s of line %d is out of its place", attribute(token, "r"), r.line))
			}
			next = place + 1
			text, err := r.cell(token)
			if errors.Is(err, errFormula) {
				if err = nil; row.Wrong == nil && !r.table.passes(place) {
					row.Wrong, row.Column = formula(), place
				}
			}
			if err != nil {
				return row, r.broken(err)
			}
			if place >= r.columns {
				if row.Wrong == nil && strings.TrimSpace(text) != "" || row.Column >= r.columns {
					row.Wrong, row.Column = model.Invalid("", "a value stands right of the last column, in cell %s", placeOf(place, r.line)).
						WithHint("name that column, or take the value out"), -1
				}
				continue
			}
			for len(row.Cells) < place {
				row.Cells = append(row.Cells, "")
			}
			row.Cells = append(row.Cells, text)
		case xml.EndElement:
			if token.Name.Local == "row" {
				return row, nil
			}
		}
	}
}

// columnOf reads the letters of a cell's place, from 0: A1, AA1.
func columnOf(ref string) int {
	n := 0
	for _, c := range ref {
		if c < 'A' || c > 'Z' {
			break
		}
		n = min(n*26+int(c-'A')+1, 1<<20)
	}
	return n - 1
}

// placeOf writes a cell's place: A1, AA1.
func placeOf(column, line int) string {
	letters := ""
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		letters = string(rune('A'+(n-1)%26)) + letters
	}
	return letters + strconv.Itoa(line)
}

var errFormula = errors.New("a formula")

// cell reads the value of a cell as text.
func (r *rows) cell(start xml.StartElement) (string, error) {
	kind, style := attribute(start, "t"), attribute(start, "s")
	var value bytes.Buffer
	within, calculated, text := "", false, ""
	for {
		token, err := r.d.RawToken()
		if err != nil {
			return "", unended(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch within = token.Name.Local; within {
			case "f":
				calculated = true
			case "is":
				if text, err = richText(r.d, "is"); err != nil {
					return "", err
				}
			}
		case xml.CharData:
			if within == "v" {
				value.Write(token)
			}
		case xml.EndElement:
			if within = ""; token.Name.Local != "c" {
				continue
			}
			text, err := r.text(kind, style, value.String(), text)
			if err == nil && calculated {
				err = errFormula
			}
			return text, err
		}
	}
}

// text is a value as a person would type it.
func (r *rows) text(kind, style, value, inline string) (string, error) {
	switch kind {
	case "inlineStr":
		return inline, nil
	case "str":
		return unescaped(value), nil
	case "s":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 || n >= len(r.shared) {
			return "", fmt.Errorf("a cell refers to a text that is not there")
		}
		return r.shared[n], nil
	case "b":
		return strconv.FormatBool(value == "1"), nil
	case "d":
		day, clock, _ := strings.Cut(value, "T")
		if strings.Trim(clock, "0:.Z") == "" {
			return day, nil
		}
		return value, nil
	case "e":
		return value, nil
	}
	if value == "" {
		return "", nil
	}
	n, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return "", fmt.Errorf("%q is no number", model.Short(value))
	}
	if s, err := strconv.Atoi(style); err == nil && s >= 0 && s < len(r.dates) && r.dates[s] {
		return r.date(n), nil
	}
	if math.Abs(n) >= 1e15 {
		return value, nil
	}
	return strconv.FormatFloat(round(n), 'f', -1, 64), nil
}

// round leaves of a number the 15 digits that a sheet knows.
func round(n float64) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(n, 'g', 15, 64), 64)
	return rounded
}

// date writes the days since the beginning of a sheet's time as a date, with the time of day where there is one.
func (r *rows) date(days float64) string {
	zero := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if r.y1904 {
		zero = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	} else if days >= 1 && days < 60 {
		days++ // before the 29 February 1900, which sheets have and the year had not
	}
	if days < 0 || days > 2_958_466 {
		return strconv.FormatFloat(days, 'f', -1, 64)
	}
	if days < 1 && (days > 0 || !r.y1904) { // a time of no day
		return zero.Add(time.Duration(math.Round(days*86_400)) * time.Second).Format("15:04")
	}
	t := zero.AddDate(0, 0, int(days)).Add((time.Duration(math.Round((days-math.Floor(days))*86_400)) * time.Second).Round(time.Second))
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02 15:04")
}
