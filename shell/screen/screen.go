// Package screen knows what may stand on a terminal: in which colours, how wide it is, and which characters it would
// not just show. All that is drawn passes through it.
package screen

import (
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/fatih/color"
)

// The colours are few, and of the terminal's own palette, so that they are legible on light and
// dark backgrounds alike.
var (
	Title    = newStyle(color.Bold)
	ID       = newStyle(color.FgCyan)
	Yes      = newStyle(color.FgGreen)
	Faint    = newStyle(color.Faint)
	Failure  = newStyle(color.FgRed)
	Warning  = newStyle(color.FgYellow)
	Selected = newStyle(color.ReverseVideo)
)

// Style colours a text. The nil style leaves it as it is.
type Style func(...any) string

// newStyle returns a style that always colours: whether to is that of Colors, not of the
// environment at start.
func newStyle(a color.Attribute) Style {
	c := color.New(a)
	c.EnableColor()
	return c.SprintFunc()
}

// Colors says whether there are any.
type Colors bool

// Paint colours a text where there are colours.
func (on Colors) Paint(s Style, text string) string {
	if !on || s == nil || text == "" {
		return text
	}
	return s(text)
}

// Painted counts the columns of a cell. Only Paint's sequences hold an escape in it.
func Painted(s string) int {
	width := 0
	for {
		text, rest, painted := strings.Cut(s, "\x1b[")
		width += Width.StringWidth(text)
		if !painted {
			return width
		}
		_, s, _ = strings.Cut(rest, "m")
	}
}

// Wrap breaks a text at its blanks into lines of at most width columns. All but the first begin with indent. A width of
// 0 is no limit.
func Wrap(text string, width int, indent string) string {
	line, rest := Cut(text, width)
	lines := []string{line}
	for rest != "" {
		line, rest = Cut(rest, max(1, width-len(indent)))
		lines = append(lines, indent+line)
	}
	return strings.Join(lines, "\n")
}

// Cut cuts the first line of at most width columns off a text: at its own line end, else at a blank where there is one.
// It drops the blanks around the cut. A width of 0 is no limit.
func Cut(text string, width int) (line, rest string) {
	if first, others, several := strings.Cut(text, "\n"); several {
		if line, rest = Cut(first, width); rest == "" {
			return line, others
		}
		return line, rest + "\n" + others
	}
	if width == 0 || len(text) <= width { // no character is wider than its bytes are many
		return text, ""
	}
	used, blank, begun := 0, 0, false
	for g := graphemes.FromString(text); g.Next(); {
		if g.Value() != " " {
			begun = true
		} else if begun {
			blank = g.Start()
		}
		used += Width.StringWidth(g.Value())
		if used > width && g.Start() > 0 {
			cut := g.Start()
			if blank > 0 {
				cut = blank
			}
			return strings.TrimRight(text[:cut], " "), strings.TrimLeft(text[cut:], " ")
		}
	}
	return text, ""
}

// Rows cuts a painted line into rows of at most width columns.
func Rows(line string, width int) (rows []string) {
	begin, used := 0, 0
	for at := 0; at < len(line); {
		if strings.HasPrefix(line[at:], "\x1b[") {
			_, rest, _ := strings.Cut(line[at:], "m")
			at = len(line) - len(rest)
			continue
		}
		g := graphemes.FromString(line[at:])
		g.Next()
		columns := Width.StringWidth(g.Value())
		if used+columns > width && at > begin {
			rows = append(rows, line[begin:at])
			begin, used = at, 0
		}
		used += columns
		at += len(g.Value())
	}
	return append(rows, line[begin:])
}
