package commands

import (
	"fmt"
	"testing"
)

// Today shows as much of each section as the window has room for: all that it ever shows in a large one, and in any two of each.
func TestTodayShowsWhatHasRoom(t *testing.T) {
	t.Parallel()
	section := func(n int) (chores []chore) {
		for i := range n {
			chores = append(chores, chore{noun: "contract", id: int64(i + 1), shown: "since 01/02/2026", client: "Kévin Cousin", command: fmt.Sprintf("contract sign %d", i+1)})
		}
		return chores
	}
	for _, c := range []struct {
		sections      []int
		columns, rows int
		want          int
	}{
		{[]int{9, 9, 9}, 80, 100, choresShown},
		{[]int{9}, 80, 24, choresShown},
		{[]int{9, 9, 9}, 80, 24, 4},
		{[]int{9, 9, 9, 9, 9}, 80, 24, leastShown},
		{[]int{9, 0, 0, 0, 9}, 80, 24, choresShown},
		{[]int{9, 9, 9}, 30, 24, leastShown},
		{[]int{9, 9, 9}, 0, 0, leastShown},
		{nil, 80, 24, choresShown},
	} {
		var all [][]chore
		for _, n := range c.sections {
			all = append(all, section(n))
		}
		if got := roomFor(all, c.columns, c.rows); got != c.want {
			t.Errorf("%v in %d × %d: %d of each, want %d", c.sections, c.columns, c.rows, got, c.want)
		}
	}
}
