package render

import (
	"testing"

	"epev/commands"
)

func TestALineBreakInCSVIsTheSameOnATerminal(t *testing.T) {
	t.Parallel()
	r := commands.Result{Table: &commands.Table{
		Columns: []commands.Column{{Name: "notes", Title: "Notes"}},
		Rows:    [][]commands.Value{{"one\n\x1btwo"}},
	}}
	for _, test := range []struct {
		view View
		want string
	}{
		{View{Format: FormatCSV}, "notes\n\"one\n\x1btwo\"\n"},
		{View{Format: FormatCSV, OnTerminal: true}, "notes\n\"one\n\\x1btwo\"\n"},
		{View{Format: FormatTSV, OnTerminal: true}, "notes\none\\n\\x1btwo\n"},
	} {
		if got := render(t, r, test.view); got != test.want {
			t.Errorf("%s, on a terminal %v: %q, want %q", test.view.Format, test.view.OnTerminal, got, test.want)
		}
	}
}
