package render

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"epev/commands"
	"epev/model"
)

// A row is written as encoding/csv, or COPY's text format, has it.
func FuzzCSVRow(f *testing.F) {
	for _, s := range []string{"", " ", "a", "Édouard", "=1+1", "+33123456789", "-1", "a;=b", `\.`, `a"b`, "a\tb\r\nc", "\u00a0", "\x00", "\x80", "|-1", "\u202e", "a\\b", "\x7f"} {
		f.Add(s, s, int64(len(s)), int64(1_700_000_000), uint8(len(s)))
	}
	f.Fuzz(func(t *testing.T, a, b string, n, at int64, how uint8) {
		moment := time.Unix(at%(1<<36), 0)
		row := []commands.Value{a, model.Email(b), model.Phone(a), n, nil, n > 0, moment, model.Day(moment), model.AmountOf(n)}
		if how&8 != 0 {
			row = row[how>>4%9:][:1]
		}
		v := View{Format: FormatCSV, Location: time.UTC, OnTerminal: how&1 != 0}
		if how&2 != 0 {
			v.Format = FormatTSV
		} else if how&4 != 0 {
			v.For = commands.ForExcelFR
		}
		var got bytes.Buffer
		p := printer{Writer: bufio.NewWriter(&got), View: v}
		got.Write(p.appendRow(nil, row))
		var cells []string
		for _, cell := range row {
			cells = append(cells, v.spreadsheetCell(cell))
		}
		var want bytes.Buffer
		switch {
		case v.Format == FormatTSV:
			for i := range cells {
				cells[i] = model.EscapeCopy(cells[i])
			}
			want.WriteString(strings.Join(cells, "\t") + "\n")
		case len(cells) == 1 && cells[0] == "":
			want.WriteString("\"\"\n")
		default:
			w := csv.NewWriter(&want)
			if v.For != "" {
				w.Comma = ';'
			}
			w.Write(cells)
			w.Flush()
		}
		if got.String() != want.String() {
			t.Errorf("%+v of %q:\n%q, not\n%q", v, row, got.String(), want.String())
		}
	})
}
