package shell

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"epev/commands"
)

const logo = `   ___ _ __   _____   __
  / _ \ '_ \ / _ \ \ / /   Epic Events
 |  __/ |_) |  __/\ V /    clients, contracts, events
  \___| .__/ \___| \_/
      |_|
`

// banner is the first screen of the prompt.
func (s *Shell) banner() string {
	var b strings.Builder
	b.WriteString(s.paint(titleStyle, strings.TrimSuffix(logo, "\n")) + "\n\n")
	if s.Greeting != "" {
		b.WriteString(s.Greeting + "\n")
	}
	b.WriteString(s.paint(faintStyle, "Tab completes, help explains, Ctrl-D leaves.") + "\n")
	return b.String()
}

// help prints the help on a topic: everything, a group, or one command.
func (s *Shell) help(topic string, v View) error {
	var b bytes.Buffer
	h := helpPage{Buffer: &b, shell: s, color: v.Color}
	c, ok := s.Registry.Lookup(topic)
	switch {
	case topic == "":
		h.all()
	case ok:
		h.command(c)
	case topic == "demo":
		h.demo()
	default:
		h.group(topic)
	}
	if s.human {
		return Page(context.Background(), s.Stdout.(*os.File), b.Bytes(), s.height(), s.Getenv)
	}
	_, err := s.Stdout.Write(b.Bytes())
	return err
}

// helpPage is generated from the declarations alone.
type helpPage struct {
	*bytes.Buffer
	shell *Shell
	color bool
}

func (h helpPage) title(text string) {
	fmt.Fprintf(h, "\n%s\n", h.shell.paint(titleStyle, text))
}

// rows prints pairs in two columns.
func (h helpPage) rows(pairs [][2]string) {
	width := 0
	for _, p := range pairs {
		width = max(width, cellWidth.StringWidth(p[0]))
	}
	for _, p := range pairs {
		fmt.Fprintf(h, "  %s%s  %s\n", h.shell.paint(idStyle, p[0]), strings.Repeat(" ", width-cellWidth.StringWidth(p[0])), p[1])
	}
}

func (h helpPage) all() {
	h.WriteString(h.shell.paint(titleStyle, strings.TrimSuffix(logo, "\n")) + "\n")
	h.title("Ways to run it")
	h.rows([][2]string{
		{"epev", "the prompt"},
		{"epev < session.txt, epev -f session.txt", "run a script"},
		{"epev client view 8", "run one command"},
		{"epev demo", "a sandbox with sample data"},
		{"epev --version", "version, Go version, commit"},
	})
	var groups []string
	for _, c := range h.shell.Registry.Commands() {
		if group := c.Group(); !slices.Contains(groups, group) {
			groups = append(groups, group)
		}
	}
	for _, group := range groups {
		name := group
		if group == "" {
			name = "epev"
		}
		h.title(capitalised(name))
		h.rows(h.overview(group))
	}
	h.title("Global flags, before the command")
	h.rows([][2]string{
		{"-f, --file FILE", "run the script FILE"},
		{"--keep-going", "run the rest of a script after a failure"},
		{"--atomic", "run a script in one transaction: all of it or nothing"},
		{"--echo", "show each command of a script on standard error"},
		{"--format FORMAT", "table, json, csv, tsv or markdown; also after the command"},
		{"--no-color", "no colour, as with NO_COLOR; also after the command"},
		{"--time", "tell on standard error how long each command took"},
		{"--yes", "do not ask before what destroys; also after the command"},
	})
	fmt.Fprintf(h, "\n%s\n", h.shell.paint(faintStyle, "help COMMAND explains one: help client create"))
}

func (h helpPage) overview(group string) [][2]string {
	var rows [][2]string
	for _, c := range h.shell.Registry.Commands() {
		if c.Group() == group {
			rows = append(rows, [2]string{c.Path, c.Help})
		}
	}
	return rows
}

func (h helpPage) group(group string) {
	h.title(capitalised(group))
	h.rows(h.overview(group))
	fmt.Fprintf(h, "\n%s\n", h.shell.paint(faintStyle, fmt.Sprintf("help %s VERB explains one", group)))
}

func (h helpPage) command(c *commands.Command) {
	fmt.Fprintf(h, "%s\n", c.Help+".")
	h.title("Usage")
	fmt.Fprintf(h, "  %s\n", c.Usage())
	for _, alias := range c.Aliases {
		fmt.Fprintf(h, "  also: %s\n", alias)
	}
	var args, flags [][2]string
	for _, p := range c.Params {
		if p.Positional {
			args = append(args, [2]string{p.Label(), p.Help})
			continue
		}
		name := "    --" + p.Name
		if p.Short != "" {
			name = "-" + p.Short + ", --" + p.Name
		}
		if !p.Switch {
			name += " " + p.Format
		}
		help := p.Help
		if p.Required {
			help += " (required)"
		}
		flags = append(flags, [2]string{name, help})
	}
	if len(args) > 0 {
		h.title("Arguments")
		h.rows(args)
	}
	if len(flags) > 0 {
		h.title("Flags")
		h.rows(flags)
	}
	h.title("Example")
	fmt.Fprintf(h, "  epev %s\n", c.Example)
	if code := c.Access.Permission.String(); code != ":" {
		h.title("Permission")
		fmt.Fprintf(h, "  %s\n", code)
	}
}

// paint colours a text where colour is wanted.
func (s *Shell) paint(style style, text string) string {
	v := View{Color: s.color}
	return (&printer{View: v}).paint(style, text)
}
