package render

import (
	"strings"
	"testing"

	"epev/commands"
)

// threeClients is a list of three, in which one column says the same on every line.
func threeClients(sort string) *commands.Table {
	t := &commands.Table{Name: "clients", Sort: sort, Columns: []commands.Column{
		{Name: "id", Title: "ID"}, {Name: "name", Title: "Name", Priority: 1}, {Name: "email", Title: "E-mail", Priority: 3},
		{Name: "commercial", Title: "Commercial", Priority: 2}, {Name: "created_at", Title: "Created", Priority: 8, For: commands.Machines},
	}}
	for i, name := range []string{"Ada", "Bob", "Cleo"} {
		t.Rows = append(t.Rows, []commands.Value{int64(i + 1), name, name + "@a-rather-long-domain.example", "claire.dubois", noon})
	}
	return t
}

func TestAListOnATerminalDropsWhatIsTheSameOnEveryLine(t *testing.T) {
	t.Parallel()
	got := render(t, commands.Result{Table: threeClients("id")}, View{Format: FormatTable, Width: 100})
	if strings.Contains(got, "Commercial") || strings.Contains(got, "claire") || !strings.Contains(got, "left out: commercial (see --columns)") {
		t.Error(got)
	}
	for what, table := range map[string]*commands.Table{"one line": threeClients("id"), "chosen columns": threeClients("id"), "its sort": threeClients("commercial"), "no list": threeClients("")} {
		switch what {
		case "one line":
			table.Rows = table.Rows[:1]
		case "chosen columns":
			for i := range table.Columns {
				table.Columns[i].Chosen = true
			}
		}
		if got := render(t, commands.Result{Table: table}, View{Format: FormatTable, Width: 100}); !strings.Contains(got, "claire") {
			t.Errorf("%s: %s", what, got)
		}
	}
	if got := render(t, commands.Result{Table: threeClients("id")}, View{Format: FormatTable}); strings.Count(got, "claire") != 3 {
		t.Errorf("on a pipe: %s", got)
	}
}

func TestAListOnATerminalKeepsTheColumnThatItIsSortedBy(t *testing.T) {
	t.Parallel()
	narrow := View{Format: FormatTable, Width: 44}
	if got := render(t, commands.Result{Table: threeClients("id")}, narrow); !strings.Contains(got, "Name") {
		t.Error(got)
	}
	for sort, title := range map[string]string{"email": "E-mail", "commercial": "Commercial", "created_at": "Created"} {
		if got := render(t, commands.Result{Table: threeClients(sort)}, narrow); !strings.Contains(strings.SplitN(got, "\n", 2)[0], title) {
			t.Errorf("sorted by %s: %s", sort, got)
		}
	}
	if got := render(t, commands.Result{Table: threeClients("created_at")}, View{Format: FormatTable}); strings.Contains(got, "Created") {
		t.Errorf("on a pipe: %s", got)
	}
}
