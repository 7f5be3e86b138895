package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"epev/commands"
	"epev/shell/screen"
)

// How a calendar is laid out. Where the terminal is wide enough, a week is a row of days, each a column. Otherwise one day stands
// under another; of many days those without events are left out then.

const (
	narrowestDay = 16 // columns
	dayGap       = " │ "
	daysOfWeek   = 7
	mostClashes  = 50 // that are told below
)

// line is one of a cell, or of a day.
type line struct {
	text  string
	style screen.Style
}

// calendar prints a calendar for a terminal.
func (p *printer) calendar(c *commands.Calendar) {
	name := c.Name
	if p.Zoned {
		name += ", by the clock of " + c.First.Location().String()
	}
	p.lines(screen.Title, visible(name))
	var days []time.Time
	for day := c.First; day.Before(c.Beyond); day = day.AddDate(0, 0, 1) {
		days = append(days, day)
	}
	inRow := min(len(days), daysOfWeek)
	if width := (p.Width - (inRow-1)*screen.Width.StringWidth(dayGap)) / inRow; width >= narrowestDay && len(days) > 1 {
		p.weeks(c, days, min(width, 2*narrowestDay))
	} else {
		p.days(c, days)
	}
	p.clashes(c)
}

// weeks prints the days as columns, a week in a row.
func (p *printer) weeks(c *commands.Calendar, days []time.Time, width int) {
	row := make([]time.Time, 0, daysOfWeek)
	if len(days) > daysOfWeek { // a week begins on Monday
		row = append(row, make([]time.Time, (int(days[0].Weekday())+6)%daysOfWeek)...)
	}
	for i, day := range days {
		if row = append(row, day); len(row) < daysOfWeek && i+1 < len(days) {
			continue
		}
		var cells [][]line
		height := 0
		for _, day := range row {
			cell := p.cell(c, day, width)
			cells = append(cells, cell)
			height = max(height, len(cell))
		}
		p.WriteByte('\n')
		for y := range height {
			var b strings.Builder
			for x, cell := range cells {
				if x > 0 {
					b.WriteString(p.Color.Paint(screen.Faint, dayGap))
				}
				text := ""
				if y < len(cell) {
					text = p.Color.Paint(cell[y].style, cell[y].text)
				}
				b.WriteString(text + strings.Repeat(" ", max(0, width-screen.Painted(text))))
			}
			p.WriteString(strings.TrimRight(b.String(), " "))
			p.WriteByte('\n')
		}
		row = row[:0]
	}
}

// cell is a day as a column: its date, and its events. The zero day is none.
func (p *printer) cell(c *commands.Calendar, day time.Time, width int) (cell []line) {
	if day.IsZero() {
		return nil
	}
	put := func(style screen.Style, text string, most int) {
		for ; text != "" && most > 0; most-- {
			var first string
			if first, text = screen.Cut(text, width); most == 1 && text != "" {
				first = screen.Width.Truncate(first+" "+text, width, "…")
			}
			cell = append(cell, line{screen.Width.Truncate(first, width, "…"), style})
		}
	}
	put(p.dayStyle(c, day), day.Format("Mon 02/01")+today(c, day, " · "), 1)
	for _, e := range c.On(day) {
		if len(cell) > 1 {
			cell = append(cell, line{})
		}
		style, mark := screen.Style(nil), ""
		if len(e.Clashes) > 0 {
			style, mark = screen.Warning, "! "
		}
		put(style, mark+hours(e, day), 1)
		put(nil, visible(fmt.Sprintf("%d %s", e.ID, e.Title)), 2)
		put(screen.Faint, visible(e.Client), 1)
		if severalSupport(c) {
			put(screen.Faint, supportedBy(e), 1)
		}
	}
	return cell
}

// days prints one day under another.
func (p *printer) days(c *commands.Calendar, days []time.Time) {
	for _, day := range days {
		entries := c.On(day)
		isToday := today(c, day, "") != ""
		if len(entries) == 0 && len(days) > daysOfWeek && !isToday {
			continue
		}
		p.WriteByte('\n')
		p.lines(p.dayStyle(c, day), day.Format("Monday 02/01/2006")+today(c, day, " · "))
		if len(entries) == 0 {
			p.lines(screen.Faint, "  nothing")
		}
		for _, e := range entries {
			p.entry(c, e, day)
		}
	}
	if len(c.Entries) == 0 && len(days) > daysOfWeek {
		p.lines(screen.Faint, "No events in this time.")
	}
}

// entry prints an event below its day: when and what it is, then where and who.
func (p *printer) entry(c *commands.Calendar, e commands.Entry, day time.Time) {
	const indent = 16
	style, mark := screen.Style(nil), "  "
	if len(e.Clashes) > 0 {
		style, mark = screen.Warning, "! "
	}
	when := mark + hours(e, day)
	p.WriteString(p.Color.Paint(style, when))
	p.blanks(max(1, indent-screen.Width.StringWidth(when)))
	who := []string{e.Phone}
	if severalSupport(c) {
		who = append(who, supportedBy(e))
	}
	texts := []line{{fmt.Sprintf("%d %s", e.ID, joined(e.Title, e.Client)), nil}, {joined(append([]string{e.Place}, who...)...), screen.Faint}}
	for i, text := range texts {
		rest := visible(text.text)
		for begun := i > 0; rest != ""; begun = true {
			var first string
			if begun {
				p.blanks(min(indent, p.Width/2))
			}
			first, rest = screen.Cut(rest, max(1, p.Width-max(indent, screen.Width.StringWidth(when)+1)))
			p.WriteString(p.Color.Paint(text.style, first))
			p.WriteByte('\n')
		}
	}
}

// clashes tells below a calendar what its marks mean. Of very many clashes the first ones are told.
func (p *printer) clashes(c *commands.Calendar) {
	type pair struct{ first, second string }
	seen := map[pair]bool{}
	for _, e := range c.Entries {
		id := fmt.Sprint(e.ID)
		for _, other := range e.Clashes {
			both := pair{id, other}
			if cmp.Or(len(id)-len(other), strings.Compare(id, other)) > 0 {
				both = pair{other, id}
			}
			if seen[both] {
				continue
			}
			if seen[both] = true; len(seen) == 1 {
				p.WriteByte('\n')
			}
			if len(seen) <= mostClashes {
				p.lines(screen.Warning, visible(fmt.Sprintf("! events %s and %s clash: %s has both at the same time", both.first, both.second, e.Support)))
			}
		}
	}
	if more := len(seen) - mostClashes; more > 0 {
		p.lines(screen.Warning, fmt.Sprintf("! and %d more clashes; --format csv tells all of them", more))
	}
}

func (p *printer) dayStyle(c *commands.Calendar, day time.Time) screen.Style {
	if today(c, day, "") != "" {
		return screen.Selected
	}
	return screen.Title
}

// today is the mark of today, behind a separator; empty for another day.
func today(c *commands.Calendar, day time.Time, separator string) string {
	if c.Today.Before(day) || !c.Today.Before(day.AddDate(0, 0, 1)) {
		return ""
	}
	return separator + "today"
}

// hours tells when on a day an event is.
func hours(e commands.Entry, day time.Time) string {
	next := day.AddDate(0, 0, 1)
	start, end := e.Start.In(day.Location()), e.End.In(day.Location())
	since, until := start.After(day), end.Before(next.Add(-time.Minute))
	switch {
	case since && until:
		return start.Format("15:04") + "–" + end.Format("15:04")
	case since:
		return "from " + start.Format("15:04")
	case until:
		return "until " + end.Format("15:04")
	}
	return "all day"
}

// severalSupport reports whether the events of a calendar are of several support contacts.
func severalSupport(c *commands.Calendar) bool {
	return slices.ContainsFunc(c.Entries, func(e commands.Entry) bool { return e.Support != c.Entries[0].Support })
}

func supportedBy(e commands.Entry) string {
	if e.Support == "" {
		return "no support"
	}
	return visible(e.Support)
}

// joined puts the parts that are there together.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" }), " · ")
}
