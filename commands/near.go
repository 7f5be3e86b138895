package commands

import (
	"slices"
	"strings"
	"unicode"

	"epev/model"
)

// What people type who come from other programs, or whose keyboard or editor changes what they type.
// Where it only reads, what was meant is done; where it acts, a sentence names the right command.
var (
	// nearCommands stand for a whole command, or for its beginning.
	nearCommands = map[string]string{
		"?": "help", `\?`: "help", `\h`: "help", "man": "help", "commands": "help",
		`\q`: "exit", "q": "exit", ":q": "exit", "bye": "exit", "close": "exit",
		"cls": "clear", `\!clear`: "clear", `\timing`: "timing", `\conninfo`: "db-status",
		"who": "whoami", "me": "whoami", "status": "db-status", "log": "history", "audit": "history",
		"signin": "login", "connect": "login", "signout": "logout", "disconnect": "logout",
	}
	// nearVerbs stand for the verb of a group, whichever of them comes first.
	nearVerbs = map[string]string{
		"show": "view", "get": "view", "open": "view", "see": "view", "display": "view", "info": "view", "cat": "view", "details": "view",
		"ls": "list", "all": "list", "index": "list", "search": "list --search", "find": "list --search", "grep": "list --search",
		"edit": "update", "change": "update", "modify": "update", "set": "update", "mod": "update", "alter": "update",
		"rm": "delete", "del": "delete", "remove": "delete", "drop": "delete", "erase": "delete", "destroy": "delete",
		"add": "create", "new": "create", "insert": "create", "make": "create",
		"sign": "update --is-signed true", "pay": "update --remaining-amount 0",
		"transfer": "reassign", "move": "reassign", "give": "reassign",
		"disable": "deactivate", "enable": "activate", "passwd": "update-password", "password": "update-password",
		"?": "help", `\?`: "help",
	}
	// nearFlags stand for a flag, or for one with its value, of the commands that have it. The first that it has counts.
	nearFlags = map[string][]string{
		"name": {"full-name", "username", "title"}, "fullname": {"full-name"}, "user": {"username"}, "login": {"username"}, "title": {"name"},
		"mail": {"email"}, "e-mail": {"email"}, "tel": {"phone"}, "telephone": {"phone"}, "mobile": {"phone"},
		"company": {"company-id"}, "client": {"client-id"}, "contract": {"contract-id"}, "commercial": {"commercial-id"},
		"support": {"support-contact-id"}, "support-id": {"support-contact-id"}, "role": {"role-id"},
		"total": {"total-amount"}, "amount": {"total-amount"}, "remaining": {"remaining-amount"}, "due": {"remaining-amount"},
		"signed": {"is-signed"}, "paid": {"is-fully-paid"}, "address": {"full-address"}, "place": {"full-address"},
		"start": {"start-date"}, "end": {"end-date"}, "participants": {"participant-count"}, "attendees": {"participant-count"}, "note": {"notes"},
		"first-contact": {"first-contact-date"}, "last-contact": {"last-contact-date"},
		"mine": {"only-mine"}, "order": {"sort"}, "order-by": {"sort"}, "sort-by": {"sort"}, "max": {"limit"}, "query": {"search"}, "filter": {"search"},
		"fields": {"columns"}, "output": {"format"}, "force": {"yes"}, "nocolor": {"no-color"}, "no-colour": {"no-color"},
		"json": {"format json"}, "csv": {"format csv"}, "tsv": {"format tsv"}, "markdown": {"format markdown"}, "md": {"format markdown"},
	}
)

// dashes are what editors and telephones make of hyphens.
const dashes = "-‐‑‒–—―−"

// reads reports whether the command changes nothing, whatever is given to it.
func (c *Command) reads() bool {
	return c.Views || c.NeedsNoDatabase() || strings.HasSuffix(c.Path, " list") ||
		slices.Contains([]string{"whoami", "history", "role perms", "db-status"}, c.Path)
}

// near parses what words that are no command stand for, and keeps the error of what they are otherwise, or
// where what was meant acts: then its hint names the right command.
func (r *Registry) near(words []string, refused error) (Invocation, error) {
	meant := r.meantWords(words)
	c, _, err := r.Find(meant)
	if slices.Equal(meant, words) || err != nil && (len(meant) == 0 || meant[0] != "help" && !r.isHelp(meant)) {
		return Invocation{}, refused
	}
	if err == nil && !c.reads() {
		refusal, ok := refused.(*model.Error)
		if !ok {
			return Invocation{}, refused
		}
		return Invocation{}, refusal.WithHint("%s", r.rightCommand(c, words, meant))
	}
	return r.parse(meant)
}

func (r *Registry) isHelp(words []string) bool {
	_, asked := r.helpTopic(words)
	return asked
}

// hasFlag says that --name or -n is one of the command's, and no secret behind dashes.
func (c *Command) hasFlag(dashed string) bool {
	name, long := strings.CutPrefix(dashed, "--")
	return long && slices.Contains(c.flagNames(), name) ||
		!long && slices.ContainsFunc(c.Params, func(p Param) bool { return p.Short != "" && "-"+p.Short == dashed })
}

// rightCommand names the command that was meant, and of its flags those that stand in place of others. No value
// that was given is repeated: it may be a secret.
func (r *Registry) rightCommand(c *Command, words, meant []string) string {
	var flags []string
	for i, w := range meant {
		if name, _, _ := strings.Cut(w, "="); strings.HasPrefix(w, "-") && !slices.Contains(words, w) && c.hasFlag(name) {
			flags = append(flags, name)
			for _, verb := range nearVerbs {
				if i+1 < len(meant) && strings.HasSuffix(verb, " "+name+" "+meant[i+1]) {
					flags[len(flags)-1] += " " + meant[i+1]
				}
			}
		}
	}
	if given, _, err := r.Find(words); err == nil && given == c && len(flags) > 0 {
		return "did you mean " + strings.Join(flags, " and ") + "?"
	}
	if len(flags) == 0 {
		return `the command is "` + c.Usage() + `"`
	}
	line := c.Path
	for _, p := range c.Params {
		if p.Positional {
			line += " " + p.Label()
		}
	}
	return `the command is "` + line + " " + strings.Join(flags, " ") + `"`
}

// meantWords returns the words of the command that was meant, or the same ones.
func (r *Registry) meantWords(words []string) []string {
	if len(words) == 0 {
		return words
	}
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
	if meant, ok := nearCommands[w[0]]; ok {
		w[0] = meant
	}
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
		_, known := nearVerbs[w[0]]
		if _, found := r.byPath[group+" "+w[0]]; !ok || !found && !known {
			return words
		}
		w[0], w[1] = group, w[0]
	}
	if len(w) > 1 && slices.Contains(r.groups, w[0]) {
		w[1] = unlike(w[1], func(s string) bool { _, found := r.byPath[w[0]+" "+s]; return found })
		if _, exact := r.byPath[w[0]+" "+w[1]]; !exact {
			if meant := strings.Fields(nearVerbs[w[1]]); len(meant) > 0 {
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
func (c *Command) meantFlags(rest []string) []string {
	var meant []string
	for i := 0; i < len(rest); i++ {
		word := rest[i]
		if word == "--" {
			return append(meant, rest[i:]...)
		}
		name := strings.TrimLeft(word, dashes)
		lead := word[:len(word)-len(name)]
		if lead == "" || name == "" || !unicode.IsLetter([]rune(name)[0]) {
			meant = append(meant, word)
			continue
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
			meant = append(meant, word)
			if c.short(name).takesNext() && i+1 < len(rest) {
				i++
				meant = append(meant, rest[i])
			}
			continue
		case short:
			name = "-" + name
		default:
			expanded := strings.Fields(c.meantFlag(strings.ToLower(name)))
			name, value = "--"+expanded[0], append(expanded[1:], value...)
		}
		if p, _ := c.flag(name); len(value) == 0 && p.takesNext() && i+1 < len(rest) {
			i++
			value = []string{rest[i]}
		}
		if equals && len(value) == 1 {
			name, value = name+"="+value[0], nil
		}
		meant = append(append(meant, name), value...)
	}
	return meant
}

// meantFlag returns the flag that a name stands for, perhaps with its value; the name itself where it is one, or
// stands for none.
func (c *Command) meantFlag(name string) string {
	if _, known := c.flag("--" + name); known {
		return name
	}
	for _, meant := range nearFlags[name] {
		flag, _, _ := strings.Cut(meant, " ")
		if _, known := c.flag("--" + flag); known {
			return meant
		}
	}
	return name
}

// flag returns the parameter of a flag with its dashes, also of those that every command has.
func (c *Command) flag(dashed string) (Param, bool) {
	switch name := strings.TrimPrefix(dashed, "--"); {
	case name == dashed:
		p := c.short(strings.TrimPrefix(dashed, "-"))
		return p, p.Name != ""
	case name == "format":
		return Param{Name: name}, true
	case name == "yes" || name == "no-color" || name == "help":
		return Param{Name: name, Switch: true}, true
	default:
		p, known := c.Param(name)
		return p, known && !p.Positional
	}
}

// short returns the parameter of a flag of one letter, without a name where there is none.
func (c *Command) short(letter string) Param {
	for _, p := range c.Params {
		if p.Short != "" && p.Short == letter {
			return p
		}
	}
	return Param{}
}

// takesNext says that the word behind the flag is its value.
func (p Param) takesNext() bool { return p.Name != "" && !p.Switch }
