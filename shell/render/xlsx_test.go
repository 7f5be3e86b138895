package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"epev/commands"
	"epev/model"
)

// workbook renders a result as a workbook, and reads it back.
func workbook(t *testing.T, r commands.Result, loc *time.Location) *excelize.File {
	t.Helper()
	var b bytes.Buffer
	if err := Result(&b, r, View{Format: FormatXLSX, Location: loc}); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func amount(t *testing.T, text string) model.Amount {
	t.Helper()
	a := model.Amount{}
	if err := a.Scan(text); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAWorkbookHoldsEachValueAsWhatItIs(t *testing.T) {
	t.Parallel()
	day := model.Day(time.Date(2027, 3, 28, 12, 0, 0, 0, time.UTC))
	type is struct{ kind excelize.CellType }
	number, text, flag := is{excelize.CellTypeUnset}, is{excelize.CellTypeInlineString}, is{excelize.CellTypeBool}
	for _, c := range []struct {
		name         string
		value        commands.Value
		raw, shown   string
		is           is
		numberFormat string
	}{
		{"id", int64(2147483647), "2147483647", "2147483647", number, ""},
		{"flag", true, "1", "TRUE", flag, ""},
		{"amount", amount(t, "1200.5"), "1200.5", "1,200.50", number, "#,##0.00"},
		{"greatest amount", amount(t, "9999999999.99"), "9999999999.99", "9,999,999,999.99", number, "#,##0.00"},
		{"negative amount", amount(t, "-0.01"), "-0.01", "-0.01", number, "#,##0.00"},
		{"no number", amount(t, "NaN"), "NaN", "NaN", text, ""},
		{"an amount of more digits than a sheet has", amount(t, "12345678901234.567"), "12345678901234.567", "12345678901234.567", text, ""},
		{"nothing", nil, "", "", number, ""},
		{"no amount", model.NoAmount(), "", "", number, ""},
		{"day", day, "46474", "28/03/2027", number, "dd/mm/yyyy"},
		{"time by the office's clock", time.Date(2027, 3, 28, 0, 59, 0, 0, time.UTC), "46474.0826388888", "28/03/2027 01:59", number, "dd/mm/yyyy hh:mm"},
		{"after the clock change", time.Date(2027, 3, 28, 12, 0, 0, 0, time.UTC), "46474.5833333333", "28/03/2027 14:00", number, "dd/mm/yyyy hh:mm"},
		{"a day before those of a sheet", model.Day(time.Date(1899, 3, 1, 12, 0, 0, 0, time.UTC)), "1899-03-01", "1899-03-01", text, ""},
		{"the end of time", model.AfterAllTime, "infinity", "infinity", text, ""},
		{"phone", model.Phone("+33678123456"), "+33678123456", "+33678123456", text, ""},
		{"formula", "=1+1", "=1+1", "=1+1", text, ""},
		{"escape of the format", "_x0041_ & <b>", "_x0041_ & <b>", "_x0041_ & <b>", text, ""},
		{"lines and blanks", " two\nlines ", " two\nlines ", " two\nlines ", text, ""},
		{"control characters", "a\x1b[31mb", `a\x1b[31mb`, `a\x1b[31mb`, text, ""},
		{"several", []string{"a", "b"}, "a,b", "a,b", text, ""},
		{"share", commands.Share{Exact: 3333, Shown: 333}, "0.3333", "33.3%", number, "0.0%"},
		{"JSON", json.RawMessage(`{"a":1}`), `{"a":1}`, `{"a":1}`, text, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := workbook(t, commands.Result{Table: &commands.Table{Name: "things", Columns: []commands.Column{{Name: "value", Title: "Value"}},
				Rows: [][]commands.Value{{c.value}}}}, paris(t))
			raw, err := f.GetCellValue("Things", "A2", excelize.Options{RawCellValue: true})
			if err != nil {
				t.Fatal(err)
			}
			shown, _ := f.GetCellValue("Things", "A2")
			kind, _ := f.GetCellType("Things", "A2")
			if formula, _ := f.GetCellFormula("Things", "A2"); formula != "" {
				t.Errorf("it is the formula %q", formula)
			}
			if raw != c.raw || kind != c.is.kind {
				t.Errorf("the cell holds %q of type %d, want %q of type %d", raw, kind, c.raw, c.is.kind)
			}
			if c.numberFormat != "" {
				id, _ := f.GetCellStyle("Things", "A2")
				style, err := f.GetStyle(id)
				if err != nil || style.CustomNumFmt == nil || *style.CustomNumFmt != c.numberFormat {
					t.Errorf("its style is %+v, want the format %s", style, c.numberFormat)
				}
			} else if shown != c.shown {
				t.Errorf("it shows %q, want %q", shown, c.shown)
			}
		})
	}
}

func TestAWorkbookHasTheColumnsOfCSVAndASheetForWhatBelongs(t *testing.T) {
	t.Parallel()
	client := commands.Table{Name: "clients", Single: true, Columns: clientColumns(), Rows: [][]commands.Value{{int64(8), "Kévin", model.Email("k@x.fr"), nil, "Startup", int64(3), nil, true}}}
	contracts := commands.Table{Name: "contracts", Columns: []commands.Column{column("id", "ID", 0)}, Rows: [][]commands.Value{{int64(1)}, {int64(2)}}}
	client.Related = []commands.Table{contracts}
	f := workbook(t, commands.Result{Message: "Not told.", Table: &client}, paris(t))
	if diff := cmp.Diff([]string{"Clients", "Contracts"}, f.GetSheetList()); diff != "" {
		t.Errorf("sheets (-want +got):\n%s", diff)
	}
	rows, err := f.GetRows("Clients")
	if err != nil || len(rows) != 2 {
		t.Fatalf("rows %v, %v", rows, err)
	}
	if got := strings.Join(rows[0], ","); got != "id,full_name,email,phone,company_id,first_contact_date,is_active" {
		t.Errorf("the header is %s", got)
	}
	panes, err := f.GetPanes("Clients")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the panes are %+v, %v", panes, err)
	}
	if width, err := f.GetColWidth("Clients", "F"); err != nil || width < 20 {
		t.Errorf("the column of first_contact_date is %v wide, %v", width, err)
	}
	if rows, _ := f.GetRows("Contracts"); len(rows) != 3 {
		t.Errorf("the contracts are %v", rows)
	}
}

func TestAResultWithoutATableHasNoWorkbook(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := Result(&b, commands.Result{Message: "Done."}, View{Format: FormatXLSX}); err != nil || b.Len() > 0 {
		t.Errorf("%d bytes, %v", b.Len(), err)
	}
}

func TestWhatASheetHasNoRoomForIsRefused(t *testing.T) {
	t.Parallel()
	rows := make([][]commands.Value, sheetRows)
	for i := range rows {
		rows[i] = []commands.Value{nil}
	}
	table := &commands.Table{Name: "things", Columns: []commands.Column{{Name: "value"}}, Rows: rows}
	refused := func(want string) {
		t.Helper()
		var b bytes.Buffer
		if err := Result(&b, commands.Result{Table: table}, View{Format: FormatXLSX}); err == nil || !strings.Contains(err.Error(), want) || b.Len() > 0 {
			t.Errorf("%d bytes, and the error %v", b.Len(), err)
		}
	}
	refused("a sheet has room for")
	table.Rows = [][]commands.Value{{strings.Repeat("é", cellUnits+1)}}
	refused("value of row 1 is too long")
}

// Whatever a text holds, the workbook is read back whole, and every column is where it was written.
func TestAWorkbookIsReadBackWhole(t *testing.T) {
	t.Parallel()
	table := commands.Table{Name: "all & <things>", Rows: make([][]commands.Value, 3)}
	for x := range 60 {
		table.Columns = append(table.Columns, commands.Column{Name: fmt.Sprintf("column_%d", x)})
		for y, text := range []string{"_x005F__x0041_x0042_", "\r\n\t \"'&<>]]>\u2028é🎉", ""} {
			table.Rows[y] = append(table.Rows[y], text+strings.Repeat(".", x))
		}
	}
	table.Related = []commands.Table{{Name: "none"}, table}
	table.Related[1].Name = "again"
	f := workbook(t, commands.Result{Table: &table}, paris(t))
	if diff := cmp.Diff([]string{"All & <things>", "None", "Again"}, f.GetSheetList()); diff != "" {
		t.Fatalf("sheets (-want +got):\n%s", diff)
	}
	for _, name := range []string{"All & <things>", "Again"} {
		rows, err := f.GetRows(name)
		if err != nil || len(rows) != 1+len(table.Rows) {
			t.Fatalf("%s has the rows %q, %v", name, rows, err)
		}
		for x := range table.Columns {
			if rows[0][x] != table.Columns[x].Name {
				t.Errorf("column %d of %s is called %q", x, name, rows[0][x])
			}
			for y := range table.Rows {
				if want := table.Rows[y][x].(string); rows[y+1][x] != want {
					t.Errorf("row %d holds %q in column %d, want %q", y+1, rows[y+1][x], x, want)
				}
			}
		}
	}
	style, err := f.GetCellStyle("Again", "BH1")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := f.GetStyle(style); err != nil || s.Font == nil || !s.Font.Bold {
		t.Errorf("the header looks like %+v, %v", s, err)
	}
}
