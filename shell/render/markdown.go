package render

import (
	"strings"

	"epev/commands"
)

// markdown prints a Result in GitHub's Markdown: a record and a list as pipe tables, related
// tables under a heading, sentences as paragraphs.
func (p *printer) markdown(r commands.Result) {
	if r.Message != "" {
		p.paragraph(r.Message)
		if len(r.Changes) > 0 {
			p.WriteByte('\n') // without it the table would belong to the paragraph
		}
	}
	if t := r.Table; t != nil {
		p.markdownTable(t)
		for i := range t.Related {
			p.WriteString("\n### ")
			p.paragraph(t.Related[i].Heading())
			p.WriteByte('\n')
			p.markdownTable(&t.Related[i])
		}
	}
	if len(r.Changes) > 0 {
		p.markdownTable(p.changes(r))
	}
}

func (p *printer) paragraph(text string) {
	p.WriteString(markdownText(visible(text)))
	p.WriteByte('\n')
}

func (p *printer) markdownTable(t *commands.Table) {
	t = footed(t)
	shown := p.shown(t.Columns)
	if t.Single {
		p.WriteString("| Field | Value |\n| --- | --- |\n")
		for _, i := range shown {
			p.markdownRow(t.Columns[i].Title, p.told(t, 0, i))
		}
		return
	}
	if len(t.Rows) == 0 {
		p.paragraph(emptyNote(t))
	} else {
		g := p.newGrid(t)
		titles, below := make([]string, len(shown)), "|"
		for x, i := range shown {
			titles[x] = t.Columns[i].Title
			if g.right[x] {
				below += " ---: |"
			} else {
				below += " --- |"
			}
		}
		p.markdownRow(titles...)
		p.WriteString(below + "\n")
		for _, row := range g.cells {
			p.markdownRow(row...)
		}
	}
	for _, note := range []string{sumsNote(t), PageNote(t)} {
		if note == "" {
			continue
		}
		p.WriteByte('\n')
		p.paragraph(note)
	}
}

func (p *printer) markdownRow(cells ...string) {
	p.WriteByte('|')
	for _, cell := range cells {
		p.WriteString(" " + strings.ReplaceAll(markdownText(cell), "\n", "<br>") + " |")
	}
	p.WriteByte('\n')
}

// markdownText escapes what Markdown would read as its own: a bar would end the cell, and < begin
// HTML.
func markdownText(s string) string { return markdownEscaper.Replace(s) }

var markdownEscaper = strings.NewReplacer(`\`, `\\`, `|`, `\|`, `<`, `\<`, `&`, `\&`, `*`, `\*`,
	`_`, `\_`, "`", "\\`", `[`, `\[`, `~`, `\~`)
