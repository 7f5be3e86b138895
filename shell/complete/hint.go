package complete

import (
	"fmt"
	"strings"

	"epev/commands"
	"epev/shell/screen"
)

// Hint tells about the command being typed: what stands at the cursor, what is still missing, the usage. Below an empty
// line it says who is logged in, on the first screen and where nobody is. It also says what keeps everybody out.
func (c *Completer) Hint(line string) string {
	words, last, over := commands.Unfinished(line)
	switch {
	case over:
		return ""
	case len(words) == 0 && last.Text == "":
		return c.status()
	}
	if p, sent := commands.Sent(line); sent {
		if p == nil {
			return ""
		}
		return p.Label() + ": " + p.Help
	}
	before := commands.Texts(words)
	command, at, err := c.registry.Behind(before, last.Text, nil)
	if err != nil {
		if command, at, err = c.registry.Behind(append(before, last.Text), "", nil); err != nil {
			return ""
		}
	}
	var parts, missing []string
	if at.Param != nil {
		label := at.Param.Label()
		if at.Param.Format != label {
			label += " " + at.Param.Format
		}
		parts = append(parts, label+": "+at.Param.Help)
	}
	for _, p := range command.Params {
		if _, given := at.Raw[p.Name]; p.Required && !given && (at.Param == nil || p.Name != at.Param.Name) {
			missing = append(missing, p.Label())
		}
	}
	if len(missing) > 0 {
		parts = append(parts, "missing: "+strings.Join(missing, ", "))
	}
	return strings.Join(append(parts, command.Usage()), " · ")
}

func (c *Completer) status() string {
	actor, known := c.whoami()
	c.mu.Lock()
	unable := c.unable
	c.mu.Unlock()
	switch {
	case unable != "":
		return screen.Wrap(unable, c.Width(), "  ")
	case known && actor == nil:
		return "nobody is logged in: type login"
	case known && c.prompts == 1:
		return fmt.Sprintf("logged in as %s (%s)", actor.Username, actor.Role)
	}
	return ""
}
