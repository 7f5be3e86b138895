package render

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"epev/commands"
	"epev/model"
	"epev/shell/screen"
)

var formats = []Format{FormatTable, FormatJSON, FormatCSV, FormatTSV, FormatMarkdown, FormatXLSX}

var updateRender = flag.Bool("update-render", false, "write the golden files of Result anew")

func column(name, title string, priority int) commands.Column {
	return commands.Column{Name: name, Title: title, Priority: priority}
}

func audience(c commands.Column, a commands.Audience) commands.Column {
	c.For = a
	return c
}

var noon = time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)

func paris(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func clientColumns() []commands.Column {
	return []commands.Column{
		column("id", "ID", 0),
		column("full_name", "Full name", 1),
		column("email", "E-mail", 3),
		column("phone", "Phone", 4),
		audience(column("company", "Company", 2), commands.People),
		audience(column("company_id", "Company ID", 2), commands.Machines),
		column("first_contact_date", "First contact", 6),
		column("is_active", "Active", 5),
	}
}

func client(id int64, name, email, phone string, company, companyID commands.Value, active bool) []commands.Value {
	return []commands.Value{id, name, model.Email(email), model.Phone(phone), company, companyID, noon, active}
}

func clients() *commands.Table {
	return &commands.Table{Name: "clients", Columns: clientColumns(), Total: 1234, Next: "12345", Rows: [][]commands.Value{
		client(8, "Kévin Cousin", "kevin@startup.io", "+33756789012", "Startup SAS", int64(1), true),
		client(9, "Zoe\u0308 Lefe\u0300vre", "zoe@cool.fr", "", nil, nil, false), // in NFD
		client(10, "王小明", "wang@example.cn", "+8613812345678", "株式会社エピック・イベント東京本社", int64(2), true),
		client(11, "x\x1b[31mred\x00\u009b\u202egnp.exe", "a|b@<i>.fr", "+44 bad", "=1+1,\"q\"\nline\tend\\", int64(3), true),
		client(12345, strings.Repeat("Jean-Sébastien ", 8)+"é", strings.Repeat("a", 60)+"@example.com", "+33612345678", "L’Œuvre & fils", int64(4), true),
	}}
}

func contractColumns() []commands.Column {
	return []commands.Column{
		column("id", "ID", 0),
		audience(column("client", "Client", 1), commands.People),
		audience(column("client_id", "Client ID", 1), commands.Machines),
		column("total_amount", "Total", 0),
		column("remaining_amount", "Remaining", 0),
		column("is_signed", "Signed", 2),
	}
}

func contracts() *commands.Table {
	return &commands.Table{Name: "contracts", Columns: contractColumns(), Rows: [][]commands.Value{
		{int64(1), "Kévin Cousin", int64(8), model.AmountOf(120050), model.AmountOf(0), true},
		{int64(20), "王小明", int64(10), model.AmountOf(999999999999), model.AmountOf(999999999999), false},
	}}
}

func clientRecord() *commands.Table {
	columns := append(clientColumns(),
		column("notes", "Notes", 9), column("tags", "Tags", 9), column("last_contact_date", "Last contact", 9))
	row := append(client(8, "Kévin Cousin", "kevin@startup.io", "+33756789012", "Startup SAS", int64(1), true),
		"Préfère être appelé le matin, avant neuf heures; sinon laisser un message à Mme Lefèvre. 東京の展示会に参加予定です。",
		[]string{"vip", "salon"}, nil)
	events := commands.Table{Name: "events", Columns: []commands.Column{column("id", "ID", 0), column("title", "Title", 1)}}
	related := *contracts()
	related.Total = 3
	return &commands.Table{Name: "clients", Columns: columns, Rows: [][]commands.Value{row}, Single: true,
		Related: []commands.Table{related, events}}
}

func historyTable() *commands.Table {
	return &commands.Table{Name: "changes", Columns: []commands.Column{
		column("at", "When", 0), column("actor", "Who", 0), column("action", "Did", 0), {Name: "what", Title: "What", Wraps: true}, {Name: "why", Title: "Why", Wraps: true},
	}, Rows: [][]commands.Value{
		{noon, "claire.dubois", "create", "company_id: 1, email: wang@example.cn, full_name: 王小明, phone: +33756789012", nil},
		{noon.Add(time.Hour), "marc", "update", "company: 株式会社エピック・イベント東京本社 → –", "she left the firm"},
	}}
}

func changes() commands.Result {
	return commands.Result{Message: "Client 8 updated.", ChangedID: 8, Changes: []commands.Change{
		{Column: column("phone", "Phone", 4), Before: nil, After: model.Phone("+33756789012")},
		{Column: column("last_contact_date", "Last contact", 6), Before: noon, After: noon.Add(24 * time.Hour)},
		{Column: audience(column("company", "Company", 2), commands.People), Before: "Startup SAS", After: nil},
		{Column: audience(column("company_id", "Company ID", 2), commands.Machines), Before: int64(1), After: nil},
	}}
}

func render(t testing.TB, r commands.Result, v View) string {
	t.Helper()
	if v.Location == nil {
		v.Location = paris(t)
	}
	var out bytes.Buffer
	if err := Result(&out, r, v); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// SPEC 1: 40 to 200 columns, every format; the golden files are what a person sees.
func TestRenderGolden(t *testing.T) {
	t.Parallel()
	empty := &commands.Table{Name: "clients", Columns: clientColumns()}
	chosen := contracts()
	chosen.Columns[1].Chosen, chosen.Columns[2].Chosen = true, true
	results := map[string]commands.Result{
		"clients":   {Table: clients()},
		"contracts": {Table: contracts()},
		"client":    {Table: clientRecord()},
		"created":   {Message: "Client 8 created.", Table: clientRecord()},
		"changes":   changes(),
		"unchanged": {Message: "Nothing to change.", ChangedID: 8},
		"message":   {Message: "Client 8 \x1b[2Jdeleted, and with it everything that was said about it."},
		"empty":     {Table: empty},
		"history":   {Table: historyTable()},
		"chosen":    {Table: chosen},
		"nothing":   {},
	}
	for name, r := range results {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got strings.Builder
			for _, v := range []View{
				{Width: 40}, {Width: 80}, {Width: 200}, {}, {Width: 80, Color: true},
				{Format: FormatJSON}, {Format: FormatCSV}, {Format: FormatTSV}, {Format: FormatMarkdown},
			} {
				fmt.Fprintf(&got, "== format %q, width %d, colour %t\n", v.Format, v.Width, v.Color)
				text := render(t, r, v)
				checkTerminal(t, text, v)
				// In the files, sequences and other invisible characters stand readable.
				for _, r := range text {
					if r == '\n' || r == '\u00a0' || unicode.IsPrint(r) {
						got.WriteRune(r)
					} else {
						fmt.Fprintf(&got, "{%U}", r)
					}
				}
			}
			file := filepath.Join("testdata", name+".txt")
			if *updateRender {
				if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

// checkTerminal holds what every people's format promises: lines within the width, no control
// character but those of paint, no blank at the end of a line.
func checkTerminal(t *testing.T, text string, v View) {
	t.Helper()
	if v.Format != "" && !v.Format.ForPeople() {
		return
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if v.Width > 0 && screen.Painted(line) > v.Width {
			t.Errorf("line of %d columns in %d: %q", screen.Painted(line), v.Width, line)
		}
		if strings.HasSuffix(line, " ") {
			t.Errorf("blank at the end of %q", line)
		}
		for _, r := range line {
			if (unicode.IsControl(r) && (r != '\x1b' || !bool(v.Color))) || '\u202a' <= r && r <= '\u202e' {
				t.Errorf("%U in %q", r, line)
			}
		}
	}
}

// SPEC 1: a terminal changes prompts, colour, pager and width, never the data.
func TestRenderTerminalAndPipeShowTheSame(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]commands.Result{
		"list": {Table: clients()}, "record": {Table: clientRecord()}, "changes": changes(), "history": {Table: historyTable()},
	} {
		pipe := render(t, r, View{})
		if wide := render(t, r, View{Width: 2000, OnTerminal: true}); wide != pipe {
			t.Errorf("%s: %s", name, cmp.Diff(pipe, wide))
		}
		painted := render(t, r, View{Color: true})
		if !strings.Contains(painted, "\x1b[") || unpainted(painted) != pipe {
			t.Errorf("%s: colour changed the text: %s", name, cmp.Diff(pipe, unpainted(painted)))
		}
	}
}

func unpainted(s string) string {
	var b strings.Builder
	for {
		text, rest, painted := strings.Cut(s, "\x1b[")
		b.WriteString(text)
		if !painted {
			return b.String()
		}
		_, s, _ = strings.Cut(rest, "m")
	}
}

// Only a list takes --columns: beside a record's own tables nobody is sent there.
func TestRenderRelatedOffersNoColumns(t *testing.T) {
	t.Parallel()
	record := clientRecord()
	record.Related = []commands.Table{*clients()}
	got := render(t, commands.Result{Table: record}, View{Width: 60})
	if !strings.Contains(got, "left out: ") || strings.Contains(got, "--columns") {
		t.Error(got)
	}
}

// Ids and amounts are never dropped nor shortened, however narrow the screen.
func TestRenderKeepsAmounts(t *testing.T) {
	t.Parallel()
	for width := 20; width <= 120; width++ {
		text := render(t, commands.Result{Table: contracts()}, View{Width: width})
		for _, want := range []string{"20", "1\u00a0200,50\u00a0€", "9\u00a0999\u00a0999\u00a0999,99\u00a0€"} {
			if !strings.Contains(text, want) && width >= 40 {
				t.Errorf("width %d: no %q in\n%s", width, want, text)
			}
		}
		checkTerminal(t, text, View{Width: width})
	}
}

// TRAPS "spreadsheets": formulas are disarmed, numbers are not touched.
func TestRenderDisarmsFormulas(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "@SUM(A1)": "'@SUM(A1)", "+33 7": "'+33 7", "-2+3": "'-2+3", "\tx": "'\tx",
		"\rx": "'\rx", "\x00x": "'\x00x", "+33756789012": "+33756789012", "-12.50": "-12.50",
		"-": "'-", "a=1": "a=1", "": "", "+1e9": "'+1e9",
	} {
		if got := (View{}).spreadsheetCell(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := (View{Format: FormatCSV, OnTerminal: true}).spreadsheetCell("a\x1b[2J"); got != `a\x1b[2J` {
		t.Errorf("on a terminal: %q", got)
	}
}

// Whichever separator a spreadsheet takes, no cell that it finds begins a formula.
func TestRenderDisarmsFormulasBehindAnySeparator(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"x;=1+1": "x;'=1+1", "x,@SUM(A1)": "x,'@SUM(A1)", "x|+1+1": "x|'+1+1", "x\t=1": "x\t'=1", "x\n=1": "x\n'=1",
		"x\r\n-1+1": "x\r\n'-1+1", ";;=1": ";;'=1", "\t=1": "'\t'=1", ";\t=1": ";\t'=1", "=1;=2": "'=1;'=2",
		"a;-12.50": "a;-12.50", "a; =1": "a; =1", "a,b": "a,b", "x=1;y": "x=1;y",
	} {
		if got := (View{}).spreadsheetCell(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// SPEC 1: TSV is what COPY reads. A terminal that is shown it obeys nothing in it.
func TestRenderTSVIsCopyText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a\x1b[31m": `a\x1b[31m`, "\u202eb": `\xe2\x80\xaeb`, "\u009b1m": `\xc2\x9b1m`, "\x7f\x00": `\x7f\x00`,
		"a\tb\nc\rd": `a\tb\nc\rd`, `a\b`: `a\\b`, `a\x1b`: `a\\x1b`, "\xff": `\xff`, "é山\u200f": "é山\u200f", "a\u2066": `a\xe2\x81\xa6`,
	} {
		r := commands.Result{Table: &commands.Table{Columns: []commands.Column{column("name", "Name", 0)}, Rows: [][]commands.Value{{in}}}}
		for _, v := range []View{{Format: FormatTSV}, {Format: FormatTSV, OnTerminal: true}} {
			if got := render(t, r, v); got != "name\n"+want+"\n" {
				t.Errorf("%q: got %q, want %q", in, got, want)
			}
		}
	}
}

func TestRenderCSVKeepsEmptyRows(t *testing.T) {
	t.Parallel()
	r := commands.Result{Table: &commands.Table{Name: "clients", Columns: []commands.Column{column("phone", "Phone", 0)},
		Rows: [][]commands.Value{{nil}, {model.Phone("+33756789012")}, {""}}}}
	rows, err := csv.NewReader(strings.NewReader(render(t, r, View{Format: FormatCSV}))).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Errorf("%d rows of 4, %v", len(rows), err)
	}
}

func TestParseFormat(t *testing.T) {
	t.Parallel()
	if len(formats) != len(commands.Formats) {
		t.Errorf("%v are not %v", formats, commands.Formats)
	}
	for _, f := range formats {
		if got, err := ParseFormat("format", string(f)); got != f || err != nil {
			t.Errorf("%s: %q, %v", f, got, err)
		}
	}
	for raw, hint := range map[string]string{
		"jsno": "did you mean json?", "": "use one of table, json, csv, tsv, markdown, xlsx", "JSON": "did you mean json?",
	} {
		_, err := ParseFormat("format", raw)
		var e *model.Error
		if !errors.As(err, &e) || e.Kind != model.Usage || e.Field != "format" || e.Hint != hint {
			t.Errorf("%q: %#v", raw, err)
		}
	}
}

func TestRenderRefusesWhatIsNoResult(t *testing.T) {
	t.Parallel()
	one := []commands.Column{column("id", "ID", 0)}
	for name, r := range map[string]commands.Result{
		"ragged":  {Table: &commands.Table{Columns: one, Rows: [][]commands.Value{{int64(1), int64(2)}}}},
		"type":    {Table: &commands.Table{Columns: one, Rows: [][]commands.Value{{1}}}},
		"single":  {Table: &commands.Table{Columns: one, Single: true}},
		"change":  {Changes: []commands.Change{{Before: &noon}}},
		"related": {Table: &commands.Table{Related: []commands.Table{{Columns: one, Rows: [][]commands.Value{{}}}}}},
	} {
		if err := Result(io.Discard, r, View{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestRenderReportsWriteErrors(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		if err := Result(brokenWriter{}, commands.Result{Table: clients()}, View{Format: f}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// Every text in a database, at every width: lines fit, nothing drives the terminal, JSON and CSV
// read back as what was stored.
func FuzzRender(f *testing.F) {
	f.Add("Kévin Cousin", "Zoe\u0308", 40)
	f.Add("\x1b[31m\u202e\u009b", "=1+1", 20)
	f.Add("王小明 👩‍👩‍👧‍👦 🇫🇷 1️⃣", "\r\n,\"", 33)
	f.Add("\u0600a \u0301\u0300", strings.Repeat("wo rd ", 90), 80)
	f.Add("\xff\xfe", "\u200d\u00ad\u2028", 0)
	loc := time.FixedZone("", 3600)
	f.Fuzz(func(t *testing.T, a, b string, width int) {
		width = int(uint(width) % 300)
		columns := []commands.Column{
			column("id", "ID", 0), column("a", "Title of A", 1), column("b", "B", 2), column("tags", "Tags", 3), column("at", "At", 4),
		}
		row := func(id int64) []commands.Value { return []commands.Value{id, a, b, []string{b, a}, noon} }
		list := &commands.Table{Name: "things", Columns: columns, Rows: [][]commands.Value{row(1), row(22)}}
		record := &commands.Table{Name: "things", Columns: columns, Rows: [][]commands.Value{row(1)}, Single: true, Related: []commands.Table{*list}}
		for _, r := range []commands.Result{{Table: list, Message: a}, {Table: record}, {Message: b},
			{ChangedID: 1, Changes: []commands.Change{{Column: columns[1], Before: a, After: b}}}} {
			for _, v := range []View{{Width: width}, {Width: width, Color: true}, {Format: FormatMarkdown}} {
				v.Location = loc
				limited := v
				if v.Width > 0 {
					limited.Width = max(v.Width, 20)
				}
				checkTerminal(t, render(t, r, v), limited)
			}
			if text := render(t, r, View{Format: FormatJSON, Location: loc}); text != "" && !json.Valid([]byte(text)) {
				t.Errorf("not JSON: %q", text)
			}
		}

		text := render(t, commands.Result{Table: list}, View{Format: FormatJSON, Location: loc})
		var objects []struct{ A, B string }
		if err := json.Unmarshal([]byte(text), &objects); err != nil {
			t.Fatal(err)
		}
		if valid := utf8.ValidString(a) && utf8.ValidString(b); valid && (objects[1].A != a || objects[1].B != b) {
			t.Errorf("JSON holds %q and %q for %q and %q", objects[1].A, objects[1].B, a, b)
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && unicode.IsControl(r) }) {
			t.Errorf("control character in %q", text)
		}

		text = render(t, commands.Result{Table: list}, View{Format: FormatCSV, Location: loc})
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		for i, want := range []string{a, b} {
			// The reader, as it says, makes LF of CR LF.
			want = strings.ReplaceAll((View{}).spreadsheetCell(want), "\r\n", "\n")
			if got := rows[2][i+1]; got != want {
				t.Errorf("CSV holds %q for %q", got, want)
			}
		}

		text = render(t, commands.Result{Table: list}, View{Format: FormatTSV, Location: loc})
		for line := range strings.Lines(text) {
			if strings.Count(line, "\t") != len(columns)-1 {
				t.Errorf("TSV line %q", line)
			}
		}
		field := strings.Split(strings.Split(text, "\n")[1], "\t")[1]
		if got := readCopy(t, field); got != (View{}).spreadsheetCell(a) {
			t.Errorf("TSV holds %q for %q", got, a)
		}
		if model.Escape(field) != field {
			t.Errorf("a terminal would obey something in %q", field)
		}
	})
}

// readCopy reads a field of COPY's text format.
func readCopy(t *testing.T, field string) string {
	t.Helper()
	var b strings.Builder
	for i := 0; i < len(field); i++ {
		if field[i] != '\\' {
			b.WriteByte(field[i])
			continue
		}
		i++
		switch field[i] {
		case 't':
			b.WriteByte('\t')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 'x':
			c, err := strconv.ParseUint(field[i+1:i+3], 16, 8)
			if err != nil {
				t.Fatalf("%q: %v", field, err)
			}
			b.WriteByte(byte(c))
			i += 2
		default:
			b.WriteByte(field[i])
		}
	}
	return b.String()
}

// A script of 10,000 `client view` renders as many single records.
func BenchmarkRender(b *testing.B) {
	record := clientRecord()
	record.Related = nil
	many := clients()
	for len(many.Rows) < 1000 {
		many.Rows = append(many.Rows, many.Rows[0])
	}
	for _, bench := range []struct {
		name string
		r    commands.Result
		v    View
	}{
		{"record/pipe", commands.Result{Table: record}, View{}},
		{"record/terminal", commands.Result{Table: record}, View{Width: 80, Color: true}},
		{"record/json", commands.Result{Table: record}, View{Format: FormatJSON}},
		{"list1000/pipe", commands.Result{Table: many}, View{}},
		{"list1000/terminal", commands.Result{Table: many}, View{Width: 80, Color: true}},
		{"list1000/json", commands.Result{Table: many}, View{Format: FormatJSON}},
		{"list1000/csv", commands.Result{Table: many}, View{Format: FormatCSV}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			bench.v.Location = paris(b)
			for b.Loop() {
				if err := Result(io.Discard, bench.r, bench.v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TRAPS, Terminal: one writer shows every control character escaped; history hands JSON over as the
// database has it.
func TestRawJSONIsEscaped(t *testing.T) {
	t.Parallel()
	raw := View{}.appendJSON(nil, json.RawMessage(`{"name": "A\u0007`+"\u009b31m\u202eB é"+`"}`))
	if want := `{"name": "A\u0007\u009b31m\u202eB é"}`; string(raw) != want {
		t.Errorf("%s, want %s", raw, want)
	}
}
