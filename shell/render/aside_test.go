package render

import (
	"strings"
	"testing"
	"time"

	"epev/commands"
	"epev/model"
)

func agendaOf() *commands.Table {
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC) }
	return &commands.Table{Name: "events", Sort: "id", Columns: []commands.Column{
		column("id", "ID", 0), column("start_date", "Start", 1), column("end_date", "End", 2), column("remaining_amount", "Remaining", 0),
	}, Rows: [][]commands.Value{
		{int64(1), at(22, 23, 0), at(24, 22, 59), model.AmountOf(20000)},
		{int64(2), at(23, 17, 30), at(23, 20, 0), model.AmountOf(120050)},
	}, Asides: map[commands.Cell]commands.Aside{
		{Row: 0, Column: 1}: {Day: true, Mark: commands.Today}, {Row: 0, Column: 2}: {Day: true}, {Row: 1, Column: 3}: {Mark: commands.Late},
	}}
}

// A time that stands for its day is told as that to people, and as it is to programs.
func TestATimeThatStandsForItsDayIsToldAsADay(t *testing.T) {
	t.Parallel()
	for _, format := range []Format{FormatTable, FormatMarkdown} {
		got := render(t, commands.Result{Table: agendaOf()}, View{Format: format})
		if !strings.Contains(got, "23/11/2026") || !strings.Contains(got, "24/11/2026") || strings.Contains(got, "00:00") || strings.Contains(got, "23:59") ||
			!strings.Contains(got, "23/11/2026 18:30") {
			t.Errorf("%s:\n%s", format, got)
		}
	}
	for _, format := range []Format{FormatJSON, FormatJSONL, FormatCSV, FormatTSV} {
		got := render(t, commands.Result{Table: agendaOf()}, View{Format: format, OnTerminal: true, Width: 80})
		if !strings.Contains(got, "2026-11-23T00:00:00+01:00") || !strings.Contains(got, "2026-11-24T23:59:00+01:00") || strings.ContainsAny(got, "*!") {
			t.Errorf("%s:\n%s", format, got)
		}
	}
	change := commands.Result{ChangedID: 1, Changes: []commands.Change{{Column: column("start_date", "Start", 1),
		Before: agendaOf().Rows[0][1], After: agendaOf().Rows[1][1], Days: func(*time.Location) (bool, bool) { return true, false }}}}
	if got := render(t, change, View{}); !strings.Contains(got, "23/11/2026  ") || !strings.Contains(got, "23/11/2026 18:30") || strings.Contains(got, "00:00") {
		t.Errorf("changed:\n%s", got)
	}
}

// Marks stand on a terminal alone, with or without colours, and below the table is what they mean.
func TestMarksStandOnATerminalAlone(t *testing.T) {
	t.Parallel()
	const want = "ID  Start             End                  Remaining\n" +
		" 1  23/11/2026 *      24/11/2026          200,00 €\n" +
		" 2  23/11/2026 18:30  23/11/2026 21:00  1 200,50 € !\n" +
		"* today · ! late\n"
	if got := render(t, commands.Result{Table: agendaOf()}, View{OnTerminal: true, Width: 80}); strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(got) != want {
		t.Errorf("a list:\n%s", got)
	}
	one := agendaOf()
	one.Single, one.Rows = true, one.Rows[:1]
	if got := render(t, commands.Result{Table: one}, View{OnTerminal: true, Width: 80}); !strings.Contains(got, "Start      23/11/2026 *\n") || !strings.HasSuffix(got, "\n* today\n") {
		t.Errorf("a record:\n%s", got)
	}
	if got := render(t, commands.Result{Table: agendaOf()}, View{OnTerminal: true, Width: 80, Color: true}); !strings.Contains(got, "\x1b[33m23/11/2026 *") || !strings.Contains(got, "\x1b[31m") {
		t.Errorf("in colour: %q", got)
	}
	for _, format := range []Format{FormatTable, FormatMarkdown} {
		if got := render(t, commands.Result{Table: agendaOf()}, View{Format: format}); strings.ContainsAny(got, "*!") {
			t.Errorf("%s, not on a terminal:\n%s", format, got)
		}
	}
}
