package render

import (
	"slices"
	"strings"

	"epev/commands"
	"epev/shell/screen"
)

// sections prints a list in sections, each below its title. A line begins with its first column, below one another in a section, and ends
// with its last one, a command. What stands between them goes on in the next line where it has no room.
func (p *printer) sections(t *commands.Table) {
	by := slices.IndexFunc(t.Columns, func(c commands.Column) bool { return c.Name == t.Sections })
	shown := slices.DeleteFunc(p.shown(t.Columns), func(i int) bool { return i == by })
	first, last, between := shown[0], shown[len(shown)-1], shown[1:len(shown)-1]
	for from := 0; from < len(t.Rows); {
		until := from
		for until < len(t.Rows) && t.Rows[until][by] == t.Rows[from][by] {
			until++
		}
		if from > 0 {
			p.WriteByte('\n')
		}
		p.lines(screen.Title, p.people(t.Rows[from][by]))
		indent := 0
		for _, row := range t.Rows[from:until] {
			if row[first] != nil {
				indent = max(indent, screen.Width.StringWidth(p.people(row[first]))+columnGap)
			}
		}
		for _, row := range t.Rows[from:until] {
			lead := ""
			if row[first] != nil {
				lead = p.people(row[first])
			}
			var parts []string
			for _, i := range between {
				if row[i] != nil {
					parts = append(parts, strings.ReplaceAll(p.people(row[i]), "\n", " "))
				}
			}
			p.choreLine(lead, strings.Join(parts, " · "), p.people(row[last]), indent)
		}
		from = until
	}
}

// choreLine prints one line of a section, whose text begins at a column.
func (p *printer) choreLine(lead, text, command string, indent int) {
	const margin, arrow = 2, "→ "
	if p.Width > 0 {
		indent = min(indent, p.Width/3)
		lead = screen.Width.Truncate(lead, max(1, indent), "…")
	}
	room := 0
	if p.Width > 0 {
		room = max(1, p.Width-margin-indent)
	}
	p.blanks(margin)
	p.WriteString(lead)
	p.blanks(indent - screen.Width.StringWidth(lead))
	line, rest := screen.Cut(text, room)
	for rest != "" {
		p.WriteString(line)
		p.WriteByte('\n')
		p.blanks(margin + indent)
		line, rest = screen.Cut(rest, room)
	}
	p.WriteString(line)
	end := arrow + command
	if room > 0 && screen.Width.StringWidth(line)+columnGap+screen.Width.StringWidth(end) > room {
		p.WriteByte('\n')
		p.blanks(margin + indent)
		for rest := end; rest != ""; {
			if line, rest = screen.Cut(rest, room); rest != "" {
				p.WriteString(p.Color.Paint(screen.ID, line))
				p.WriteByte('\n')
				p.blanks(margin + indent)
			}
		}
		end = line
	} else if line != "" {
		p.blanks(columnGap)
	}
	p.WriteString(p.Color.Paint(screen.ID, end))
	p.WriteByte('\n')
}
