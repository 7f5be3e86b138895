package render

import (
	"bufio"
	"bytes"
	"slices"
	"strings"

	"github.com/rodaine/table"

	"epev/commands"
	"epev/model"
	"epev/shell/screen"
)

// How a list is made to fit a terminal. While the narrowest form of its columns is too wide, the least important column
// is left out. Of those that remain the least important are shortened first, and titles once values are. A column of priority 0 is never touched,
// unless it wraps; then it gives way before any other is shortened. The column that a list is sorted by is never left
// out. One that says the same on every line always is. Where not even those fit, every row becomes a record of two
// columns, one below the other, as \x does in psql. A record is not shortened: its long values go on in the next line,
// as those of a column that wraps do.

// columnGap is the blanks between two columns.
const columnGap = 2

func valueStyle(c commands.Column, val commands.Value, text string) screen.Style {
	switch val := val.(type) {
	case int64:
		if c.Name == "id" {
			return screen.ID
		}
	case bool:
		if val {
			return screen.Yes
		}
		return screen.Faint
	}
	if text == nothing {
		return screen.Faint
	}
	return nil
}

// table prints a Result for a terminal.
func (p *printer) table(r commands.Result) {
	if r.Message != "" {
		p.lines(nil, visible(r.Message))
	}
	if t := r.Table; t != nil && t.Calendar != nil && p.Width > 0 {
		p.calendar(t.Calendar)
	} else if t != nil && t.Sections != "" && len(t.Rows) > 0 {
		p.sections(t)
	} else if t != nil {
		p.whole(t, " (see --columns)")
		for i := range t.Related {
			related := &t.Related[i]
			p.WriteByte('\n')
			if len(related.Rows) > 0 {
				p.lines(screen.Title, visible(related.Heading()))
			}
			p.whole(related, "")
		}
	}
	if len(r.Changes) > 0 {
		p.list(p.changes(r), "")
	}
}

// whole prints a record or a list, whose remedy list explains.
func (p *printer) whole(t *commands.Table, remedy string) {
	if t.Single {
		shown := p.shown(t.Columns)
		p.record(t, shown, 0)
		p.lines(screen.Faint, p.marksNote(t, shown))
	} else {
		p.list(t, remedy)
	}
}

// lines prints a text in as many lines as the width demands.
func (p *printer) lines(s screen.Style, text string) {
	for rest := text; rest != ""; {
		var line string
		line, rest = screen.Cut(rest, p.Width)
		p.WriteString(p.Color.Paint(s, line))
		p.WriteByte('\n')
	}
}

// record prints a row as two columns, title and value.
func (p *printer) record(t *commands.Table, shown []int, y int) {
	row := t.Rows[y]
	indent := 0
	for _, i := range shown {
		indent = max(indent, screen.Width.StringWidth(t.Columns[i].Title))
	}
	limit := p.Width
	if limit > 0 {
		indent = min(indent, limit/2-columnGap)
		limit -= indent + columnGap
	}
	for _, i := range shown {
		c := t.Columns[i]
		title := screen.Width.Truncate(c.Title, indent, "…")
		p.WriteString(p.Color.Paint(screen.Title, title))
		ahead := indent - screen.Width.StringWidth(title)
		text := p.told(t, y, i)
		s := valueStyle(c, row[i], text)
		if m := p.mark(t, y, i); m != commands.NoMark {
			text, s = text+" "+marks[m].sign, marks[m].style
		}
		for {
			var line string
			line, text = screen.Cut(text, limit)
			if line != "" {
				p.blanks(ahead + columnGap)
				p.WriteString(p.Color.Paint(s, line))
			}
			p.WriteByte('\n')
			if text == "" {
				break
			}
			ahead = indent
		}
	}
}

func (p *printer) blanks(n int) {
	for range n {
		p.WriteByte(' ')
	}
}

// list prints the rows of a table below its header, as they fit. remedy tells, after the columns that
// had to be left out, how to see them.
func (p *printer) list(t *commands.Table, remedy string) {
	t = footed(t)
	if len(t.Rows) == 0 {
		p.lines(screen.Faint, visible(emptyNote(t)))
	} else if g := p.newGrid(t); g.fit(p.Width) {
		p.grid(g)
		if len(g.omitted) > 0 {
			slices.Sort(g.omitted)
			names := make([]string, len(g.omitted))
			for i, j := range g.omitted {
				names[i] = t.Columns[g.shown[j]].Name
			}
			p.lines(screen.Faint, "left out: "+strings.Join(names, ", ")+remedy)
		}
	} else {
		for i := range t.Rows {
			if i > 0 {
				p.WriteByte('\n')
			}
			p.record(t, g.shown, i)
		}
	}
	p.lines(screen.Faint, p.marksNote(t, p.listed(t)))
	p.lines(screen.Faint, visible(sumsNote(t)))
	p.lines(screen.Faint, visible(PageNote(t)))
}

// footed is the table with its foot as the last row, where it has rows.
func footed(t *commands.Table) *commands.Table {
	if t.Foot == nil || len(t.Rows) == 0 {
		return t
	}
	whole := *t
	whole.Rows = append(slices.Clip(slices.Clone(t.Rows)), t.Foot)
	return &whole
}

// grid is a list on its way to the screen. The slices beside table are parallel to shown.
type grid struct {
	table   *commands.Table
	shown   []int      // indices of table.Columns
	cells   [][]string // a row of the table a row
	right   []bool     // aligned to the right: every value is a number
	width   []int      // present width; 0: left out
	floor   []int      // width below which the column is left out
	omitted []int      // indices of shown
}

// newGrid returns the list at its full width.
func (p *printer) newGrid(t *commands.Table) *grid {
	shown := p.listed(t)
	n := len(shown)
	g := &grid{table: t, shown: shown, cells: make([][]string, len(t.Rows)),
		right: make([]bool, n), width: make([]int, n), floor: make([]int, n)}
	cells := make([]string, n*len(t.Rows))
	for y := range t.Rows {
		g.cells[y], cells = cells[:n:n], cells[n:]
		for x, i := range shown {
			g.cells[y][x] = p.told(t, y, i)
			if !t.Columns[i].Wraps {
				g.cells[y][x] = strings.ReplaceAll(g.cells[y][x], "\n", `\n`)
			}
		}
	}
	for x, i := range shown {
		p.sign(t, g, x, i)
		c := t.Columns[i]
		if p.Width > 0 && t.Sort != "" && t.Sort != c.Name && !c.Chosen && uniform(g.cells, x) {
			g.omitted = append(g.omitted, x)
			continue
		}
		text, number, other := false, false, false
		for y, row := range t.Rows {
			switch row[i].(type) {
			case int64, model.Amount, commands.Share:
				number = true
			case string, model.Email, []string:
				text = true
			case nil:
			default:
				other = true
			}
			for line := range strings.SplitSeq(g.cells[y][x], "\n") {
				g.width[x] = max(g.width[x], screen.Width.StringWidth(line))
			}
		}
		g.right[x] = number && !text && !other
		title := g.title(x)
		g.floor[x] = max(g.width[x], min(title, 6))
		g.width[x] = max(g.width[x], title)
		if c.Wraps || text && c.Priority > 0 {
			g.floor[x] = min(g.width[x], max(12, p.Width/5))
		}
	}
	return g
}

// sign puts the signs of marks behind the cells of a column, and blanks behind the other numbers, which stay below one another.
func (p *printer) sign(t *commands.Table, g *grid, x, column int) {
	marked := false
	for y := range t.Rows {
		marked = marked || p.mark(t, y, column) != commands.NoMark
	}
	for y := range t.Rows {
		if m := p.mark(t, y, column); m != commands.NoMark {
			g.cells[y][x] += " " + marks[m].sign
		} else if _, amount := t.Rows[y][column].(model.Amount); marked && amount {
			g.cells[y][x] += "  "
		}
	}
}

// uniform reports whether several rows say the same in a column.
func uniform(rows [][]string, x int) bool {
	return len(rows) > 1 && !slices.ContainsFunc(rows, func(row []string) bool { return row[x] != rows[0][x] })
}

// listed returns the indices of the columns of a list. A terminal also shows the column that the list is sorted by.
func (p *printer) listed(t *commands.Table) []int {
	columns := t.Columns
	chosen := slices.ContainsFunc(columns, func(c commands.Column) bool { return c.Chosen })
	if i := slices.IndexFunc(columns, func(c commands.Column) bool { return c.Name == t.Sort }); i >= 0 && p.Width > 0 && !chosen {
		columns = slices.Clone(columns)
		columns[i].For = commands.Everyone
	}
	return p.shown(columns)
}

// fit narrows the list to limit columns, 0 being no limit. It reports whether it could.
func (g *grid) fit(limit int) bool {
	if limit == 0 {
		return true
	}
	order := make([]int, len(g.shown)) // the least important first, of equals the last
	for x := range order {
		order[x] = len(order) - 1 - x
	}
	priority := func(x int) int {
		c := g.table.Columns[g.shown[x]]
		if c.Name == g.table.Sort {
			return 0
		}
		return c.Priority
	}
	order = slices.DeleteFunc(order, func(x int) bool { return g.width[x] == 0 })
	slices.SortStableFunc(order, func(a, b int) int { return priority(b) - priority(a) })
	kept := order
	for ; g.total(g.floor) > limit; kept = kept[1:] {
		if len(kept) == 0 || priority(kept[0]) == 0 {
			return false
		}
		g.width[kept[0]], g.floor[kept[0]] = 0, 0
		g.omitted = append(g.omitted, kept[0])
	}
	excess := g.total(g.width) - limit
	for ; excess > 0; excess-- { // the widest of those that wrap, so that they end alike
		widest := -1
		for _, x := range kept {
			if g.table.Columns[g.shown[x]].Wraps && g.width[x] > g.floor[x] && (widest < 0 || g.width[x] > g.width[widest]) {
				widest = x
			}
		}
		if widest < 0 {
			break
		}
		g.width[widest]--
	}
	shorten := func(floor func(x int) int) {
		for _, x := range kept {
			less := max(0, min(excess, g.width[x]-floor(x)))
			g.width[x] -= less
			excess -= less
		}
	}
	shorten(func(x int) int { return max(g.floor[x], g.title(x)) })
	shorten(func(x int) int { return g.floor[x] })
	return true
}

// title is how wide the title of a column is.
func (g *grid) title(x int) int { return screen.Width.StringWidth(g.table.Columns[g.shown[x]].Title) }

// total returns how wide a line of columns of the given widths is.
func (g *grid) total(widths []int) int {
	total := -columnGap
	for _, w := range widths {
		if w > 0 {
			total += w + columnGap
		}
	}
	return total
}

// grid prints a list that fits. It wraps or shortens, aligns to the right and colours each cell;
// rodaine/table puts them in columns.
func (p *printer) grid(g *grid) {
	cell := func(x int, text string, s screen.Style) string {
		if screen.Width.StringWidth(text) > g.width[x] {
			text = screen.Width.Truncate(text, g.width[x], "…")
		}
		pad := ""
		if g.right[x] {
			pad = strings.Repeat(" ", g.width[x]-screen.Width.StringWidth(text))
		}
		return pad + p.Color.Paint(s, text)
	}
	var header []any
	for x, i := range g.shown {
		if g.width[x] > 0 {
			header = append(header, cell(x, g.table.Columns[i].Title, screen.Title))
		}
	}
	lines := make([][]string, 0, len(g.cells))
	for y, row := range g.cells {
		for more := true; more; {
			more = false
			line := make([]string, 0, len(header))
			for x, i := range g.shown {
				if g.width[x] == 0 {
					continue
				}
				text, rest := row[x], ""
				if g.table.Columns[i].Wraps {
					text, rest = screen.Cut(text, g.width[x])
				}
				style := valueStyle(g.table.Columns[i], g.table.Rows[y][i], text)
				if m := p.mark(g.table, y, i); m != commands.NoMark {
					style = marks[m].style
				}
				line = append(line, cell(x, text, style))
				row[x] = rest
				more = more || rest != ""
			}
			lines = append(lines, line)
		}
	}
	table.New(header...).WithPadding(columnGap).WithWidthFunc(screen.Painted).
		WithWriter(lineTrimmer{p.Writer}).SetRows(lines).Print()
}

// lineTrimmer removes the blanks that rodaine/table, which writes line by line, puts after the
// last column.
type lineTrimmer struct{ *bufio.Writer }

func (t lineTrimmer) Write(line []byte) (int, error) {
	t.Writer.Write(bytes.TrimRight(line, " \n"))
	return len(line), t.WriteByte('\n')
}
