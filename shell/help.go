package shell

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"epev/commands"
	"epev/shell/render"
	"epev/shell/screen"
)

// The logo, and what stands beside it where there is room; the small one is that of the help on something.
var (
	logo      = []string{`   ___ _ __   _____   __`, `  / _ \ '_ \ / _ \ \ / /`, ` |  __/ |_) |  __/\ V /`, `  \___| .__/ \___| \_/`, `      |_|`}
	smallLogo = []string{`  ___ _ __  _____ __`, ` / -_) '_ \/ -_) V /`, ` \___| .__/\___|\_/`, `     |_|`}
	caption   = []string{"Epic Events", "clients, contracts, events"}
)

// drawLogo draws a logo in a window of that width, 0 for no limit, with the caption beside its second line and
// those after it. Where there is no room for the caption, fits is false and it is left out.
func drawLogo(color screen.Colors, logo, caption []string, width int) (drawn string, fits bool) {
	aside := screen.Width.StringWidth(logo[0]) + 3
	fits = true
	for _, text := range caption {
		fits = fits && (width == 0 || aside+screen.Width.StringWidth(text) <= width)
	}
	var b strings.Builder
	for i, line := range logo {
		if at := i - 1; fits && at >= 0 && at < len(caption) {
			line += strings.Repeat(" ", aside-len(line)) + caption[at]
		}
		b.WriteString(color.Paint(screen.Title, line) + "\n")
	}
	return b.String(), fits
}

// banner is the first screen of the prompt.
func (s *Shell) banner() string {
	var b strings.Builder
	drawn, _ := drawLogo(s.color, logo, caption, s.width())
	b.WriteString(drawn + "\n")
	for line := range strings.Lines(s.Greeting) {
		b.WriteString(screen.Wrap(strings.TrimSuffix(line, "\n"), s.width(), "") + "\n")
	}
	keys := "today shows what waits for you, Tab completes, help explains, Ctrl-D leaves."
	if s.plain {
		keys = "today shows what waits for you, help explains, Ctrl-D leaves."
	}
	b.WriteString(s.color.Paint(screen.Faint, screen.Wrap(keys, s.width(), "")) + "\n")
	return b.String()
}

// help prints the help on a topic: everything, a group, or one command.
func (s *Shell) help(ctx context.Context, topic string, v render.View, to *output) error {
	if !v.Format.ForPeople() && v.Format != "" {
		return render.Result(to, commands.Result{Table: helpTable(s.Registry, topic)}, v)
	}
	var b bytes.Buffer
	h := helpPage{Buffer: &b, registry: s.Registry, color: v.Color, width: v.Width}
	c, ok := s.Registry.Lookup(topic)
	switch {
	case topic == "":
		h.all()
	case ok:
		h.command(c)
	case topic == "demo":
		h.demo()
	case s.Registry.Saved.Words(topic) != nil:
		h.saved(topic)
	default:
		h.group(topic)
	}
	if to.paged {
		return s.page(ctx, b.Bytes())
	}
	_, err := to.Write(b.Bytes())
	return err
}

// helpTable is the help on a topic for programs.
func helpTable(r *commands.Registry, topic string) *commands.Table {
	t := &commands.Table{Name: "commands", Columns: []commands.Column{
		{Name: "command"}, {Name: "help"}, {Name: "usage"}, {Name: "example"}, {Name: "permission"},
	}}
	one, _ := r.Lookup(topic)
	for _, c := range r.Commands() {
		if topic != "" && !c.InGroup(topic) && (one == nil || one.Path != c.Path) {
			continue
		}
		permission := commands.Value(nil)
		if code := c.Access.Permission.String(); code != ":" {
			permission = code
		}
		t.Rows = append(t.Rows, []commands.Value{c.Path, c.Help, c.Usage(), c.Example, permission})
	}
	t.Single = one != nil
	return t
}

// helpPage is generated from the declarations alone.
type helpPage struct {
	*bytes.Buffer
	registry *commands.Registry
	color    screen.Colors
	width    int // 0 is no limit
}

// head begins the help on something: the logo, and beside it or below what this is about.
func (h helpPage) head(about ...string) {
	drawn, fits := drawLogo(h.color, smallLogo, about, h.width)
	h.WriteString(drawn)
	for i, text := range about {
		switch {
		case fits:
		case i == 0:
			h.title(text)
		default:
			h.WriteString(screen.Wrap(text, h.width, "") + "\n")
		}
	}
}

func (h helpPage) title(text string) {
	fmt.Fprintf(h, "\n%s\n", h.color.Paint(screen.Title, text))
}

// narrowest is how many columns an explanation beside what it explains has at least.
const narrowest = 28

// rows prints pairs below a title, in two columns, or one below the other where it is narrow.
func (h helpPage) rows(title string, pairs [][2]string) {
	if title != "" && len(pairs) > 0 {
		h.title(title)
	}
	width := 0
	for _, p := range pairs {
		width = max(width, screen.Width.StringWidth(p[0]))
	}
	indent := strings.Repeat(" ", width+4)
	if h.width > 0 && h.width-len(indent) < narrowest { // what it means goes below it
		indent = strings.Repeat(" ", 6)
	}
	for _, p := range pairs {
		meaning := screen.Wrap(indent+p[1], h.width, indent)
		if gap := len(indent) - 2 - screen.Width.StringWidth(p[0]); gap >= 2 {
			meaning = strings.Repeat(" ", gap) + meaning[len(indent):]
		} else {
			meaning = "\n" + meaning
		}
		h.WriteString(h.color.Paint(screen.ID, screen.Wrap("  "+p[0], h.width, "      ")) + meaning + "\n")
	}
}

func (h helpPage) all() {
	drawn, _ := drawLogo(h.color, logo, caption, h.width)
	h.WriteString(drawn)
	h.rows("Ways to run it", [][2]string{
		{"epev", "the prompt"},
		{"epev < session.txt, epev -f session.txt", "run a script"},
		{"epev client view 8", "run one command"},
		{"epev demo", "a sandbox with sample data"},
		{"epev --version", "version, Go version, commit"},
	})
	var groups []string
	for _, c := range h.registry.Commands() {
		if group, _, _ := strings.Cut(c.Group(), " "); !slices.Contains(groups, group) {
			groups = append(groups, group)
		}
	}
	for _, group := range groups {
		h.rows(commands.Capital(cmp.Or(group, "epev")), h.overview(group))
	}
	h.rows("Global flags, before the command", flagRows(globals, ""))
	fmt.Fprintf(h, "\n%s\n", h.color.Paint(screen.Faint, "help COMMAND explains one: help client create"))
}

func (h helpPage) overview(group string) [][2]string {
	var rows [][2]string
	for _, c := range h.registry.Commands() {
		if c.Group() == group || group != "" && c.InGroup(group) {
			rows = append(rows, [2]string{c.Path, c.Help})
		}
	}
	return rows
}

func (h helpPage) group(group string) {
	h.head(commands.Capital(group))
	h.rows("", h.overview(group))
	fmt.Fprintf(h, "\n%s\n", h.color.Paint(screen.Faint, fmt.Sprintf("help %s VERB explains one", group)))
}

// saved explains a command that the person saved, and the one that it begins with.
func (h helpPage) saved(name string) {
	words := h.registry.Saved.Words(name)
	h.head(name, "Your own, for: "+commands.Join(words))
	if c, _, err := h.registry.Find(words); err == nil {
		h.title("Usage")
		fmt.Fprintf(h, "%s\n", screen.Wrap("  "+name+", and what else stands behind "+c.Path, h.width, "      "))
	}
	h.rows("", [][2]string{{"unsave " + name, "forget it"}, {"saved", "show all of them"}})
}

func (h helpPage) command(c *commands.Command) {
	h.head(c.Path, c.Help+".")
	h.title("Usage")
	fmt.Fprintf(h, "%s\n", screen.Wrap("  "+c.Usage(), h.width, "      "))
	for _, alias := range c.Aliases {
		fmt.Fprintf(h, "  also: %s\n", alias)
	}
	var args [][2]string
	for _, p := range c.Params {
		if p.Positional {
			args = append(args, [2]string{p.Label(), p.Help})
		}
	}
	h.rows("Arguments", args)
	h.rows("Flags", flagRows(c.Params, "    "))
	h.title("Example")
	fmt.Fprintf(h, "  epev %s\n", c.Example)
	if code := c.Access.Permission.String(); code != ":" {
		h.title("Permission")
		fmt.Fprintf(h, "  %s\n", code)
	}
}

// flagRows are flags and what they mean; those without a letter are indented.
func flagRows(params []commands.Param, indent string) (rows [][2]string) {
	for _, p := range params {
		if p.Positional || p.Help == "" {
			continue
		}
		name, help := indent+"--"+p.Name, p.Help
		if p.Short != "" {
			name = "-" + p.Short + ", --" + p.Name
		}
		if !p.Switch {
			name += " " + p.Format
		}
		if p.Required {
			help += " (required)"
		}
		if needs := p.Needs.String(); needs != ":" {
			help += "; needs " + needs
		}
		rows = append(rows, [2]string{name, help})
	}
	return rows
}
