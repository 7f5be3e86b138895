package commands

// How much of today a window shows.

// roomFor is how many chores of each section a terminal shows, so that the window holds them with the prompt, if it can.
func roomFor(all [][]chore, columns, rows int) int {
	lines := func(limit int) (n int) {
		for _, chores := range all {
			if len(chores) > 0 {
				n += 2 // the title, and what parts it from the next one
			}
			for _, c := range chores[:min(len(chores), limit)] {
				n += c.lines(columns)
			}
			if len(chores) > limit {
				n++
			}
		}
		return n
	}
	limit := choresShown
	for limit > leastShown && lines(limit)+1 > rows { // the last one has nothing behind it but the prompt, and above is the command
		limit--
	}
	return limit
}

// lines is about how many lines a chore takes in a window of so many columns.
func (c *chore) lines(columns int) int {
	text, amount := join(c.what, c.client, c.place), 0
	if c.phone != "" || c.amount != nil || len(c.clashes) > 0 {
		amount = 20
	}
	const id = 9
	room := max(20, columns-len([]rune(c.shown))-4)
	return 1 + (id+len([]rune(text))+amount+len([]rune(c.command)))/room
}
