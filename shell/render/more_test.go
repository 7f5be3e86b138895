package render

import (
	"testing"

	"epev/commands"
)

// What was not counted to its end is told to be more than what was.
func TestAPageOfMoreThanWereCounted(t *testing.T) {
	t.Parallel()
	page := commands.Table{Name: "clients", Rows: make([][]commands.Value, 50), Total: 10_000, More: true, Next: "57"}
	if note := PageNote(&page); note != "50 of more than 10\u202f000 clients; next page: --after 57" && note != "50 of more than 10\u00a0000 clients; next page: --after 57" && note != "50 of more than 10 000 clients; next page: --after 57" {
		t.Errorf("%q", note)
	}
	page.Rows, page.Total = make([][]commands.Value, 20_000), 20_000
	if note := PageNote(&page); note == "" {
		t.Error("nothing is told of what comes behind 20,000")
	}
}
