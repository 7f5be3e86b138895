package commands

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"epev/model"
)

// These words are typed by people who come from other programs, or whose keyboard or editor changes what they type.
// Where the command that was meant only reads, it is run; where it acts, a sentence names the right command.
var (
	// nearCommands stand for a whole command, or for its beginning.
	nearCommands = map[string]string{
		"?": "help", `\?`: "help", `\h`: "help", "man": "help", "commands": "help",
		`\q`: "exit", "q": "exit", ":q": "exit", "bye": "exit", "close": "exit",
		"cls": "clear", `\!clear`: "clear", `\timing`: "timing", `\conninfo`: "db-status",
		"who": "whoami", "me": "whoami", "status": "db-status", "log": "history", "audit": "history",
		"signin": "login", "connect": "login", "signout": "logout", "disconnect": "logout",
	}
	// nearVerbs stand for the verb of a group, whichever of them comes first. Those of one property stand at it.
	nearVerbs = map[string]string{
		"show": "view", "get": "view", "open": "view", "see": "view", "display": "view", "info": "view", "cat": "view", "details": "view",
		"ls": "list", "all": "list", "index": "list", "search": "list --search", "find": "list --search", "grep": "list --search",
		"edit": "update", "change": "update", "modify": "update", "set": "update", "mod": "update", "alter": "update",
		"rm": "delete", "del": "delete", "remove": "delete", "drop": "delete", "erase": "delete", "destroy": "delete",
		"add": "create", "new": "create", "insert": "create", "make": "create",
		"transfer": "reassign", "move": "reassign", "give": "reassign",
		"disable": "deactivate", "enable": "activate", "passwd": "update-password", "password": "update-password",
		"?": "help", `\?`: "help",
	}
	// nearFlags stand for a flag of every command, or for one with its value. Those of its parameters stand at these.
	nearFlags = map[string]string{
		"output": "format", "force": "yes", "nocolor": "no-color", "no-colour": "no-color",
		"json": "format json", "csv": "format csv", "tsv": "format tsv", "markdown": "format markdown", "md": "format markdown",
	}
)

// dashes are what editors and telephones make of hyphens.
const dashes = "-‐‑‒–—―−"

// reads reports whether the command changes nothing, unless it is given the flag with which it does.
func (c *Command) reads() bool {
	return !c.Apart && (!c.Writes || c.OnlyWith != "")
}

// near parses what words that are no command stand for. It returns the error of the words themselves where they stand
// for none. It does so too where the command that was meant acts rather than reads, with a hint that names it.
func (r *Registry) near(words []string, refused error) (Invocation, error) {
	words = r.expand(words)
	meant := r.meantWords(words)
	c, _, err := r.Find(meant)
	_, help := r.helpTopic(meant)
	switch {
	case slices.Equal(meant, words), err != nil && !help:
		return Invocation{}, refused
	case err != nil, c.reads():
		inv, err := r.parse(meant)
		if err != nil || !inv.Command.Writes || !inv.acts() {
			return inv, err
		}
	}
	if refusal, told := refused.(*model.Error); told {
		hint, try := r.rightCommand(c, words, meant)
		refused = refusal.WithTry(hint, try...)
	}
	return Invocation{}, refused
}

// rightCommand names the command that was meant, and of its flags those that stand in place of others. No value
// that was given is repeated: it may be a secret.
func (r *Registry) rightCommand(c *Command, words, meant []string) (hint string, try []string) {
	var flags []string
	walk := c.Grammar().Walk()
	for i, word := range meant {
		for _, p := range walk.Take(word) {
			if p.Role != RoleFlag || p.Param == nil || slices.Contains(words, word) {
				continue // it stood there, or may be a secret
			}
			flags = append(flags, p.Name)
			for _, verb := range r.nearVerbs {
				if i+1 < len(meant) && strings.HasSuffix(verb, " "+p.Name+" "+meant[i+1]) {
					flags[len(flags)-1] += " " + meant[i+1]
				}
			}
		}
	}
	if given, _, err := r.Find(words); err == nil && given == c && len(flags) > 0 {
		return "did you mean " + strings.Join(flags, " and ") + "?", nil
	}
	hint = "the command is {try}"
	if len(flags) == 0 {
		return hint, []string{c.Usage()}
	}
	line := c.Path
	for _, p := range c.Params {
		if p.Positional {
			line += " " + p.Label()
		}
	}
	return hint, []string{line + " " + strings.Join(flags, " ")}
}

// meantWords returns the words of the command that was meant, or the same ones.
func (r *Registry) meantWords(words []string) []string {
	w := cutBlanks(words, 0)
	if len(w) > 1 && w[0] == "epev" { // the program's own name, at its prompt
		w = cutBlanks(w[1:], 0)
	}
	if len(w) == 0 {
		return words
	}
	w[0] = unlike(w[0], func(s string) bool {
		_, found := r.byPath[s]
		return found || slices.Contains(r.groups, s) || s == "help"
	})
	w[0] = cmp.Or(nearCommands[w[0]], w[0])
	if w[0] == "help" {
		if len(w) == 2 {
			if group, ok := r.group(w[1]); ok {
				return []string{w[0], group}
			}
		}
		if topic := r.meantWords(w[1:]); len(topic) > 0 && topic[0] != "help" {
			return append([]string{"help"}, topic...)
		}
		return w
	}
	if group, ok := r.group(w[0]); ok {
		if w = cutBlanks(w, 1); group != w[0] && (len(w) == 1 || strings.Trim(w[1], dashes) != w[1] && w[1] != "") {
			w = slices.Insert(w, 1, "list") // the plural by itself
		}
		w[0] = group
	} else if w = cutBlanks(w, 1); len(w) > 1 { // the verb first
		group, ok := r.group(w[1])
		_, known := r.nearVerbs[w[0]]
		if _, found := r.byPath[group+" "+w[0]]; !ok || !found && !known {
			return words
		}
		w[0], w[1] = group, w[0]
	}
	if len(w) > 1 && slices.Contains(r.groups, w[0]) {
		w[1] = unlike(w[1], func(s string) bool { _, found := r.byPath[w[0]+" "+s]; return found })
		if _, exact := r.byPath[w[0]+" "+w[1]]; !exact {
			if meant := strings.Fields(r.nearVerbs[w[1]]); len(meant) > 0 {
				rest := w[2:]
				switch {
				case len(meant) == 1:
				case meant[1] == "--search": // whose value comes next
					rest = slices.Concat(meant[1:], rest)
				default:
					rest = slices.Concat(rest, meant[1:])
				}
				w = slices.Concat(w[:1], meant[:1], rest)
			} else if _, views := r.byPath[w[0]+" view"]; views && strings.Trim(w[1], "0123456789") == "" {
				w = slices.Insert(w, 1, "view")
			}
		}
	}
	c, rest, err := r.Find(w)
	if err != nil {
		return w
	}
	return append(w[:len(w)-len(rest):len(w)-len(rest)], c.meantFlags(rest)...)
}

// group returns the group that a word names, be it in the plural.
func (r *Registry) group(word string) (string, bool) {
	for _, g := range r.groups {
		plural := g + "s"
		if stem, ok := strings.CutSuffix(g, "y"); ok {
			plural = stem + "ies"
		}
		if word = strings.ToLower(word); word == g || word == plural {
			return g, true
		}
	}
	return word, false
}

// unlike returns the word in small letters where it is known in these alone.
func unlike(word string, known func(string) bool) string {
	if lower := strings.ToLower(word); !known(word) && known(lower) {
		return lower
	}
	return word
}

// cutBlanks cuts the word at i, where no value can stand, at blanks of other kinds than separate words.
func cutBlanks(words []string, i int) []string {
	if i >= len(words) {
		return slices.Clone(words)
	}
	return slices.Concat(words[:i], strings.FieldsFunc(words[i], otherBlank), words[i+1:])
}

func otherBlank(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' }

// meantFlags returns the words behind a command with its flags in the place of others. It touches no value.
func (c *Command) meantFlags(rest []string) (meant []string) {
	walk := c.Grammar().Walk()
	for _, word := range rest {
		words := []string{word}
		if walk.Waiting() == nil && !walk.literal {
			words = c.meantWord(word)
		}
		walk.Read(words)
		meant = append(meant, words...)
	}
	return meant
}

// meantWord returns the flag that a word stands for, perhaps with its value.
func (c *Command) meantWord(word string) []string {
	name := strings.TrimLeft(word, dashes)
	lead := word[:len(word)-len(name)]
	if lead == "" || name == "" || !unicode.IsLetter([]rune(name)[0]) {
		return []string{word}
	}
	var value []string
	equals := false
	if at := strings.IndexFunc(name, func(r rune) bool { return r == '=' || otherBlank(r) }); at >= 0 {
		sign := []rune(name[at:])[0]
		value, equals = []string{strings.TrimPrefix(name[at:], string(sign))}, sign == '='
		name = name[:at]
	}
	switch short := lead == "-" || strings.Trim(lead, "-") != "" && len(name) == 1; {
	case short && strings.Trim(lead, "-") == "" && len(value) == 0: // -n, -nVALUE or -MC
		return []string{word}
	case short:
		name = "-" + name
	default:
		expanded := strings.Fields(c.meantFlag(strings.ToLower(name)))
		name, value = "--"+expanded[0], append(expanded[1:], value...)
	}
	if equals && len(value) == 1 {
		return []string{name + "=" + value[0]}
	}
	return append([]string{name}, value...)
}

// meantFlag returns the flag that a name stands for, perhaps with its value; the name itself where it is one, or
// stands for none.
func (c *Command) meantFlag(name string) string {
	if c.Grammar().Flag(name, "") != nil {
		return name
	}
	for _, p := range c.Params {
		if !p.Positional && slices.Contains(p.Near, name) {
			return p.Name
		}
	}
	return cmp.Or(nearFlags[name], name)
}
