// Package complete finds what may stand at the cursor of a command line, at epev's prompt and in other shells, and what is
// still missing.
package complete

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"epev/commands"
	"epev/commands/sentences"
	"epev/data"
	"epev/model"
	"epev/shell/prompt"
)

// Completion must never stand in the way of typing: what the database has to say is waited for as
// long as nobody notices, and shown later when it takes longer.
const (
	patience     = 12 * time.Millisecond // at a key
	lookUpLimit  = 3 * time.Second       // of one look-up
	answerStays  = 5 * time.Second       // how long an answer is offered again
	MaxOffered   = 50                    // of what fits
	maxRemembers = 256                   // answers
)

// Completer finds what may stand at the cursor. Its methods belong to the goroutine that reads the
// line; the look-ups that they begin go on beside it.
type Completer struct {
	registry *commands.Registry
	env      *commands.Env // of its own: the shell changes its while look-ups go on
	refresh  func()        // has the line completed again: an answer has come
	recent   map[string][]string

	Width    func() int    // of a line of the hint; 0 is no limit
	Patience time.Duration // of a key

	values, who latest
	prompts     int // how many lines were begun

	mu       sync.Mutex
	unable   string       // why nobody can work with this database, and what to do; "" where they can
	known    bool         // who is logged in
	actor    *model.Actor // nil for nobody
	answers  map[string]*answer
	sought   *answer                         // the one that is looked up
	previous map[string][]commands.Candidate // the answer shown last, by its place
}

// New returns a completer of the commands, which remembers what past lines named. refresh is called when an answer has come.
func New(registry *commands.Registry, env *commands.Env, past []string, refresh func()) *Completer {
	own := *env
	c := &Completer{registry: registry, env: &own, refresh: refresh, Width: func() int { return 0 }, Patience: patience, recent: map[string][]string{}}
	c.Forget()
	for _, line := range past[max(0, len(past)-longestPast):] {
		read, err := commands.Read(line)
		if err != nil {
			continue
		}
		if inv, err := registry.Parse(read.Words); err == nil {
			c.Used(inv, commands.Result{})
		}
	}
	return c
}

// Of the history, and of the values of one kind in it, the latest are remembered.
const (
	longestPast = 300
	maxRecent   = 20
)

// Used remembers the records that a command named, and the one that it answered with.
func (c *Completer) Used(inv commands.Invocation, r commands.Result) {
	remember := func(kind, value string) {
		if kind != "" {
			others := slices.DeleteFunc(c.recent[kind], func(v string) bool { return v == value })
			c.recent[kind] = append([]string{value}, others[:min(len(others), maxRecent-1)]...)
		}
	}
	for _, p := range inv.Command.Params {
		if value, given := inv.Raw[p.Name]; given && p.Source != nil && p.Source.Several {
			for each := range strings.SplitSeq(value, ",") {
				remember(p.Source.Kind(inv.Raw), each)
			}
		} else if given && p.Source != nil {
			remember(p.Source.Kind(inv.Raw), value)
		}
	}
	if t := r.Table; t != nil && t.Single && len(t.Columns) > 0 && t.Columns[0].Name == "id" {
		remember(inv.Command.Group(), fmt.Sprint(t.Rows[0][0]))
	}
}

// Begin prepares for a line: it forgets old answers and finds out anew who is logged in, or whether anybody can. It does
// not wait.
func (c *Completer) Begin() {
	c.prompts++
	first := c.prompts == 1
	c.Forget()
	c.who.run(func(ctx context.Context) {
		actor, err := commands.WhoIs(ctx, c.env)
		nobody := model.KindOf(err) == model.Unauthenticated
		if nobody {
			if !first { // later on the private server may have been stopped on purpose
				ctx = data.AsFound(ctx)
			}
			err = commands.CanLogIn(ctx, c.env)
		}
		c.mu.Lock()
		switch {
		case nobody:
			c.known, c.actor = true, nil
		case err == nil:
			c.known, c.actor = true, &actor
		} // or the database does not say, and what was known before holds
		c.unable = ""
		if model.KindOf(err) == model.Unavailable {
			told := sentences.Of(err)
			c.unable = model.Escape(told.Message + "; " + told.Hint)
		}
		c.mu.Unlock()
		c.refresh()
	})
}

// Forget drops what was found.
func (c *Completer) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers, c.previous = map[string]*answer{}, map[string][]commands.Candidate{}
}

// ReportTo has the panics of look-ups reported. The person who types is told nothing of them.
func (c *Completer) ReportTo(report func(recovered any)) {
	c.values.failed, c.who.failed = report, report
}

// Stop ends the look-ups.
func (c *Completer) Stop() {
	c.values.stop()
	c.who.stop()
}

// whoami returns who is logged in, nil for nobody; known is false while that is not known.
func (c *Completer) whoami() (actor *model.Actor, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.actor, c.known
}

// Line is what the prompt calls at each key.
func (c *Completer) Line(line string, cursor int) []prompt.Suggestion {
	runes := []rune(line)
	line = string(runes)
	at := c.registry.At(line, len(string(runes[:min(cursor, len(runes))])))
	suggestions := c.offers(at)
	for i := range suggestions {
		s := &suggestions[i]
		s.Start = utf8.RuneCountInString(line[:at.Start])
		s.Text, s.Display = commands.Quote(s.Text), cmp.Or(s.Display, s.Text)
	}
	return suggestions
}

// offers finds what may stand at the cursor, the best first: a command's words, a flag, or a value.
func (c *Completer) offers(at commands.Cursor) []prompt.Suggestion {
	actor, _ := c.whoami()
	switch {
	case at.Nothing:
		return nil
	case at.Command == nil && at.Param != nil: // of a sign that sends the result elsewhere
		offers, _ := c.paths(at.Text, at.Prefix)
		return offers
	case at.Command != nil:
		if !at.Command.Access.Allows(actor) {
			return nil
		}
		return c.parameters(at.Command, at.Place)
	case at.Group == "":
		return best(at.Text, c.firstWords(actor, at), byName)
	}
	verbs := c.verbs(actor, at, at.Group, at.Text)
	if !at.Topic && at.Around == nil {
		verbs = append(verbs, prompt.Suggestion{Text: "help", Description: "Explain these commands"})
	}
	return best(at.Text, verbs, byName)
}

func (c *Completer) firstWords(actor *model.Actor, at commands.Cursor) (offers []prompt.Suggestion) {
	text := at.Text
	for _, command := range c.registry.Commands() {
		if !command.Access.Allows(actor) || !fits(at.Around, &command) {
			continue
		}
		group, _, _ := strings.Cut(command.Group(), " ")
		switch {
		case group == "":
			offers = append(offers, named(&command, "", text)...)
		case !slices.ContainsFunc(offers, func(o prompt.Suggestion) bool { return o.Text == group }):
			var verbs []string
			for _, o := range c.verbs(actor, at, group, "") {
				verbs = append(verbs, o.Text)
			}
			offers = append(offers, prompt.Suggestion{Text: group, Description: strings.Join(verbs, ", ")})
		}
	}
	views, _ := c.registry.Saved.All()
	for _, v := range views {
		if command, _, err := c.registry.Find([]string{v.Name}); err == nil && !at.Topic && command.Access.Allows(actor) && fits(at.Around, command) {
			offers = append(offers, prompt.Suggestion{Text: v.Name, Description: commands.Join(v.Words)})
		}
	}
	return offers
}

// fits reports whether a command may stand within another one, if there is one.
func fits(around, command *commands.Command) bool {
	return around == nil || around.Inside(commands.Invocation{Command: command}) == nil
}

func (c *Completer) verbs(actor *model.Actor, at commands.Cursor, group, text string) (offers []prompt.Suggestion) {
	for _, command := range c.registry.Commands() {
		if !command.InGroup(group) || !command.Access.Allows(actor) || !fits(at.Around, &command) {
			continue
		}
		within, _, nested := strings.Cut(strings.TrimPrefix(command.Group()+" ", group+" "), " ")
		switch {
		case !nested:
			offers = append(offers, named(&command, group+" ", text)...)
		case !slices.ContainsFunc(offers, func(o prompt.Suggestion) bool { return o.Text == within }):
			var verbs []string
			for _, o := range c.verbs(actor, at, group+" "+within, "") {
				verbs = append(verbs, o.Text)
			}
			offers = append(offers, prompt.Suggestion{Text: within, Description: strings.Join(verbs, ", ")})
		}
	}
	return offers
}

// named offers a command by its name, and by an alias to whoever types that.
func named(command *commands.Command, group, text string) []prompt.Suggestion {
	name := strings.TrimPrefix(command.Path, group)
	offers := []prompt.Suggestion{{Text: name, Description: command.Help}}
	for _, alias := range command.Aliases {
		if alias = strings.TrimPrefix(alias, group); strings.HasPrefix(alias, text) && !strings.HasPrefix(name, text) {
			offers = append(offers, prompt.Suggestion{Text: alias, Description: command.Help})
		}
	}
	return offers
}

// parameters finds what may stand at a place behind a command.
func (c *Completer) parameters(command *commands.Command, at commands.Place) (offers []prompt.Suggestion) {
	whole := true
	if at.Param != nil {
		offers, whole = c.valuesAt(command, at)
	}
	if at.Flags && (at.Param == nil || at.Text == "" && len(offers) == 0 && whole) {
		offers = append(offers, best(at.Text, c.flags(command, at.Raw), byName)...)
	}
	return offers
}

// flags offers the flags of a command that were not given. It leaves out those that whoever is logged in may not set,
// and --yes where nothing would be asked.
func (c *Completer) flags(command *commands.Command, raw map[string]string) []prompt.Suggestion {
	actor, known := c.whoami()
	asks := commands.Invocation{Command: command, Raw: raw}.MayAsk()
	return flags(slices.Concat(command.Params, commands.Common), func(p commands.Param) bool {
		_, given := raw[p.Name]
		return given || known && !p.Settable(actor) || p.Name == "yes" && !asks
	})
}

// flags offers flags, the required ones first, except those that are kept back.
func flags(params []commands.Param, back func(commands.Param) bool) []prompt.Suggestion {
	var required, optional []prompt.Suggestion
	for _, p := range params {
		if p.Positional || back(p) {
			continue
		}
		o := prompt.Suggestion{Text: "--" + p.Name, Description: p.Help}
		if p.Required {
			o.Description = "required · " + o.Description
			required = append(required, o)
		} else {
			optional = append(optional, o)
		}
	}
	return append(required, optional...)
}

// valuesAt offers values for the parameter at a place, in the order of their source. While the database
// has not answered, they are not all there: whole is false.
func (c *Completer) valuesAt(command *commands.Command, at commands.Place) (offers []prompt.Suggestion, whole bool) {
	p, text, before := *at.Param, at.Text, at.Prefix
	var candidates []commands.Candidate
	var given []string // before the last comma
	if i := strings.LastIndexByte(text, ','); i >= 0 && p.Source != nil && (p.Source.List || p.Source.Several) {
		given, before, text = strings.Split(text[:i], ","), before+text[:i+1], text[i+1:]
	}
	by := byAbout
	whole = true
	switch source := p.Source; {
	case source == nil:
		return nil, true
	case source.Path:
		return c.paths(text, before)
	case source.Local:
		candidates, _ = commands.Complete(context.Background(), c.env, command, p, commands.Query{Text: text, Raw: at.Raw})
	default:
		q := commands.Query{Text: text, Raw: at.Raw, Recent: slices.Clone(c.recent[source.Kind(at.Raw)])}
		candidates, whole = c.lookUp(command.Path+" "+p.Name+fmt.Sprint(at.Raw), text, func(ctx context.Context) ([]commands.Candidate, error) {
			return commands.Complete(ctx, c.env, command, p, q)
		})
		if source.Searched && whole {
			by = bySearch
		}
	}
	candidates = slices.DeleteFunc(slices.Clone(candidates), func(c commands.Candidate) bool { return slices.Contains(given, c.Value) })
	offers = make([]prompt.Suggestion, len(candidates))
	for i, candidate := range candidates {
		offers[i] = prompt.Suggestion{Text: before + candidate.Value, Display: candidate.Value, Description: norm.NFC.String(candidate.About),
			Of: counted(candidate.Of), Open: p.Source.List}
	}
	return best(text, offers, by), whole
}

// paths offers the files that a path can go on with.
func (c *Completer) paths(text, before string) (offers []prompt.Suggestion, whole bool) {
	if c.env.Remote { // they would be another machine's
		return nil, true
	}
	dir, name := filepath.Split(text)
	entries, whole := c.lookUp("files in "+dir, "", func(context.Context) (found []commands.Candidate, err error) {
		entries, err := os.ReadDir(cmp.Or(dir, "."))
		for _, entry := range entries {
			file := entry.Name()
			if info, err := os.Stat(filepath.Join(dir, file)); err == nil && info.IsDir() {
				file += "/"
			}
			found = append(found, commands.Candidate{Value: file})
		}
		return found, err
	})
	for _, entry := range entries {
		if file := entry.Value; strings.HasPrefix(file, name) && (file[0] != '.' || name != "") {
			offers = append(offers, prompt.Suggestion{Text: before + dir + file, Display: file, Open: strings.HasSuffix(file, "/")})
		}
	}
	return offers[:min(len(offers), MaxOffered)], whole
}

// Answer completes the answer to a question about one parameter.
func (c *Completer) Answer(inv *commands.Invocation, p commands.Param) func(string, int) []prompt.Suggestion {
	return func(text string, cursor int) []prompt.Suggestion {
		runes := []rune(text)
		text = string(runes[:min(cursor, len(runes))])
		offers, _ := c.valuesAt(inv.Command, commands.Place{Raw: maps.Clone(inv.Raw), Param: &p, Text: text})
		return offers // an answer is no command line: nothing is quoted
	}
}
