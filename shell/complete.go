package shell

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"epev/commands"
	"epev/data"
	"epev/model"
	"epev/shell/prompt"
	"epev/shell/screen"
)

// Completion must never stand in the way of typing: what the database has to say is waited for as
// long as nobody notices, and shown later when it takes longer.
const (
	patience     = 12 * time.Millisecond // at a key
	lookUpLimit  = 3 * time.Second       // of one look-up
	answerStays  = 5 * time.Second       // how long an answer is offered again
	maxOffered   = 50
	maxRemembers = 256 // answers
)

// completer finds what may stand at the cursor. Its methods belong to the goroutine that reads the
// line; the look-ups that they begin go on beside it.
type completer struct {
	registry *commands.Registry
	env      *commands.Env // of its own: the shell changes its while look-ups go on
	refresh  func()        // has the line completed again: an answer has come
	width    func() int    // of a line of the hint; 0 is no limit
	patience time.Duration // of a key
	recent   map[string][]string

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

// answer is what one look-up gives.
type answer struct {
	key   string
	at    time.Time
	done  chan struct{} // closed when there are candidates
	late  bool          // nobody waits for it any more
	found []commands.Candidate
}

func newCompleter(registry *commands.Registry, env *commands.Env, past []string, refresh func()) *completer {
	own := *env
	c := &completer{registry: registry, env: &own, refresh: refresh, width: func() int { return 0 }, patience: patience, recent: map[string][]string{}, answers: map[string]*answer{},
		previous: map[string][]commands.Candidate{}}
	for _, line := range past[max(0, len(past)-longestPast):] {
		words, err := commands.Split(line)
		if err != nil {
			continue
		}
		if inv, err := registry.Parse(words); err == nil {
			c.used(inv, commands.Result{})
		}
	}
	return c
}

// Of the history, and of the values of one kind in it, the latest are remembered.
const (
	longestPast = 300
	maxRecent   = 20
)

// used remembers the records that a command named, and the one that it answered with.
func (c *completer) used(inv commands.Invocation, r commands.Result) {
	remember := func(kind, value string) {
		if kind != "" {
			others := slices.DeleteFunc(c.recent[kind], func(v string) bool { return v == value })
			c.recent[kind] = append([]string{value}, others[:min(len(others), maxRecent-1)]...)
		}
	}
	for _, p := range inv.Command.Params {
		if value, given := inv.Raw[p.Name]; given && p.Source != nil {
			remember(p.Source.Kind(inv.Raw), value)
		}
	}
	if t := r.Table; t != nil && t.Single && len(t.Columns) > 0 && t.Columns[0].Name == "id" {
		remember(inv.Command.Group(), fmt.Sprint(t.Rows[0][0]))
	}
}

// begin prepares for a line: it forgets old answers and finds out anew who is logged in, or whether anybody can. It does
// not wait.
func (c *completer) begin() {
	c.prompts++
	first := c.prompts == 1
	c.mu.Lock()
	c.answers, c.previous = map[string]*answer{}, map[string][]commands.Candidate{}
	c.mu.Unlock()
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
		if e, ok := errors.AsType[*model.Error](err); ok && e.Kind == model.Unavailable {
			c.unable = model.Escape(e.Message + "; " + e.Hint)
		}
		c.mu.Unlock()
		c.refresh()
	})
}

// reportTo has the reporter told of look-ups that panicked, of which the person who types is told nothing.
func (c *completer) reportTo(r *Reporter) {
	c.values.failed = func(p *panicked) { r.Error(p, "completion") }
	c.who.failed = c.values.failed
}

// stop ends the look-ups.
func (c *completer) stop() {
	c.values.stop()
	c.who.stop()
}

// whoami returns who is logged in, nil for nobody; known is false while that is not known.
func (c *completer) whoami() (actor *model.Actor, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.actor, c.known
}

// latest runs look-ups one after the other. Of those that come while one runs the newest alone is kept,
// and the running one is told to stop: however fast somebody types, and however long the database
// is silent, one goroutine and one connection are at it.
type latest struct {
	mu      sync.Mutex
	cancel  context.CancelFunc // of the running one; nil when none runs
	next    func(context.Context)
	stopped bool
	failed  func(*panicked) // is told of a panic in one, after which the next begins all the same
}

// run begins look, or has it begin next.
func (l *latest) run(look func(context.Context)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.stopped:
	case l.cancel != nil:
		l.cancel()
		l.next = look
	default:
		l.start(look)
	}
}

func (l *latest) start(look func(context.Context)) {
	ctx, cancel := context.WithTimeout(context.Background(), lookUpLimit)
	l.cancel = cancel
	go func() {
		l.attempt(ctx, look)
		cancel()
		l.mu.Lock()
		defer l.mu.Unlock()
		l.cancel = nil
		if look, l.next = l.next, nil; look != nil {
			l.start(look)
		}
	}()
}

// attempt runs look. A panic in it, which no command could catch, ends nothing but the look-up.
func (l *latest) attempt(ctx context.Context, look func(context.Context)) {
	defer func() {
		if r := recover(); r != nil && l.failed != nil {
			l.failed(newPanicked(r))
		}
	}()
	look(ctx)
}

func (l *latest) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped, l.next = true, nil; l.cancel != nil {
		l.cancel()
	}
}

// complete is what the prompt calls at each key.
func (c *completer) complete(line string, cursor int) (suggestions []prompt.Suggestion) {
	runes := []rune(line)
	line = string(runes)
	at := c.registry.At(line, len(string(runes[:min(cursor, len(runes))])))
	for _, o := range c.offers(at) {
		o.value = commands.Quote(o.value)
		suggestions = append(suggestions, o.suggestion(utf8.RuneCountInString(line[:at.Start])))
	}
	return suggestions
}

// offer is one thing that may stand at the cursor.
type offer struct {
	value string // the whole word
	shown string // what of it the list shows
	about string
	of    string // of how many it is one, where not all are offered
	by    foundBy
	open  bool // the word goes on: a directory, a list
}

func (o offer) suggestion(start int) prompt.Suggestion {
	return prompt.Suggestion{Text: o.value, Start: start, Display: o.shown, Description: norm.NFC.String(o.about), Open: o.open, Of: o.of}
}

// foundBy says what of an offer a typed text is looked for in.
type foundBy int

const (
	byName   foundBy = iota // of commands and flags
	byAbout                 // also in what it is about
	bySearch                // the database has looked already
)

// offers finds what may stand at the cursor, the best first: a command's words, a flag, or a value.
func (c *completer) offers(at commands.Cursor) []offer {
	actor, _ := c.whoami()
	switch {
	case at.Nothing:
		return nil
	case at.Command != nil:
		if !at.Command.Access.Allows(actor) {
			return nil
		}
		return c.parameters(at.Command, at.Place)
	case at.Group == "":
		return best(at.Text, c.firstWords(actor, at.Text))
	}
	verbs := c.verbs(actor, at.Group, at.Text)
	if !at.Topic {
		verbs = append(verbs, offer{value: "help", shown: "help", about: "Explain these commands"})
	}
	return best(at.Text, verbs)
}

func (c *completer) firstWords(actor *model.Actor, text string) []offer {
	var offers []offer
	for _, command := range c.registry.Commands() {
		if !command.Access.Allows(actor) {
			continue
		}
		group := command.Group()
		switch {
		case group == "":
			offers = append(offers, named(&command, "", text)...)
		case !slices.ContainsFunc(offers, func(o offer) bool { return o.value == group }):
			var verbs []string
			for _, o := range c.verbs(actor, group, "") {
				verbs = append(verbs, o.value)
			}
			offers = append(offers, offer{value: group, shown: group, about: strings.Join(verbs, ", ")})
		}
	}
	return offers
}

func (c *completer) verbs(actor *model.Actor, group, text string) []offer {
	var offers []offer
	for _, command := range c.registry.In(group) {
		if command.Access.Allows(actor) {
			offers = append(offers, named(command, group+" ", text)...)
		}
	}
	return offers
}

// named offers a command by its name, and by an alias to whoever types that.
func named(command *commands.Command, group, text string) []offer {
	name := strings.TrimPrefix(command.Path, group)
	offers := []offer{{value: name, shown: name, about: command.Help}}
	for _, alias := range command.Aliases {
		if alias = strings.TrimPrefix(alias, group); strings.HasPrefix(alias, text) && !strings.HasPrefix(name, text) {
			offers = append(offers, offer{value: alias, shown: alias, about: command.Help})
		}
	}
	return offers
}

// parameters finds what may stand at a place behind a command.
func (c *completer) parameters(command *commands.Command, at commands.Place) []offer {
	var offers []offer
	whole := true
	if at.Param != nil {
		offers, whole = c.valuesAt(command, at)
	}
	if at.Flags && (at.Param == nil || at.Text == "" && len(offers) == 0 && whole) {
		offers = append(offers, best(at.Text, c.flags(command, at.Raw))...)
	}
	return offers
}

// flags offers the flags of a command that were not given, but for those that whoever is logged in may not set, and one
// that means nothing to it.
func (c *completer) flags(command *commands.Command, raw map[string]string) []offer {
	actor, known := c.whoami()
	asks := commands.Invocation{Command: command}.MayAsk()
	return flags(slices.Concat(command.Params, commands.Common), func(p commands.Param) bool {
		_, given := raw[p.Name]
		return given || known && !p.Settable(actor) || p.Name == "yes" && !asks
	})
}

// flags offers flags, the required ones first, but for those that are kept back.
func flags(params []commands.Param, back func(commands.Param) bool) []offer {
	var required, optional []offer
	for _, p := range params {
		if p.Positional || back(p) {
			continue
		}
		o := offer{value: "--" + p.Name, shown: "--" + p.Name, about: p.Help}
		if p.Required {
			o.about = "required · " + o.about
			required = append(required, o)
		} else {
			optional = append(optional, o)
		}
	}
	return append(required, optional...)
}

// valuesAt offers values for the parameter at a place, in the order of their source. While the database
// has not answered, they are not all there: whole is false.
func (c *completer) valuesAt(command *commands.Command, at commands.Place) (offers []offer, whole bool) {
	p, text, before := *at.Param, at.Text, at.Prefix
	var candidates []commands.Candidate
	by := byAbout
	whole = true
	switch source := p.Source; {
	case source == nil:
		return nil, true
	case source.Path:
		return c.paths(text, before)
	case source.List:
		given, last := "", text
		if i := strings.LastIndexByte(text, ','); i >= 0 {
			given, last = text[:i+1], text[i+1:]
		}
		text, before = last, before+given
		all, _ := commands.Complete(context.Background(), c.env, command, p, commands.Query{Text: last, Raw: at.Raw})
		for _, candidate := range all {
			if !slices.Contains(strings.Split(given, ","), candidate.Value) {
				candidates = append(candidates, candidate)
			}
		}
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
	offers = make([]offer, len(candidates))
	for i, candidate := range candidates {
		offers[i] = offer{value: before + candidate.Value, shown: candidate.Value, about: candidate.About, of: counted(candidate.Of), by: by, open: p.Source != nil && p.Source.List}
	}
	return best(text, offers), whole
}

// paths offers the files that a path can go on with.
func (c *completer) paths(text, before string) (offers []offer, whole bool) {
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
			offers = append(offers, offer{value: before + dir + file, shown: file, open: strings.HasSuffix(file, "/")})
		}
	}
	return offers[:min(len(offers), maxOffered)], whole
}

// lookUp returns what find has for the text at a place, if it is known within the patience of a key.
// Otherwise it comes with the next refresh, and until then, as whole tells, the answer to what was typed before stands in.
func (c *completer) lookUp(where, text string, find func(context.Context) ([]commands.Candidate, error)) (found []commands.Candidate, whole bool) {
	key := where + "\x00" + text
	c.mu.Lock()
	a, known := c.answers[key]
	if known && time.Since(a.at) < answerStays {
		defer c.mu.Unlock()
		c.previous = map[string][]commands.Candidate{where: a.found}
		return a.found, true
	}
	wait := c.patience
	if a = c.sought; a == nil || a.key != key {
		if a != nil {
			wait = 0 // the database is slow; who types on does not wait for it again
		}
		a = &answer{key: key, done: make(chan struct{})}
		c.sought = a
		c.values.run(func(ctx context.Context) { c.find(ctx, a, find) })
	}
	c.mu.Unlock()
	select {
	case <-a.done:
	case <-time.After(wait):
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answers[key] == a {
		c.previous = map[string][]commands.Candidate{where: a.found}
		return a.found, true
	}
	a.late = true
	return c.previous[where], false
}

// find fills an answer. It gives up silently: completion is a help, never an obstacle.
func (c *completer) find(ctx context.Context, a *answer, find func(context.Context) ([]commands.Candidate, error)) {
	found, err := find(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sought == a {
		c.sought = nil
	}
	if ctx.Err() == context.Canceled {
		return // another one is looked for now
	}
	if err == nil {
		a.found = found
	}
	if a.at = time.Now(); len(c.answers) > maxRemembers {
		c.answers = map[string]*answer{}
	}
	c.answers[a.key] = a
	close(a.done)
	if a.late && err == nil {
		c.refresh()
	}
}

// best keeps the offers that fit the text, the best first.
func best(text string, offers []offer) []offer {
	text = model.Fold(text)
	ranks := map[int][]offer{}
	for _, o := range offers {
		rank := fit(text, model.Fold(o.shown), model.Fold(o.about), o.by)
		ranks[rank] = append(ranks[rank], o)
	}
	delete(ranks, none)
	kept := slices.Concat(ranks[0], ranks[1], ranks[2], ranks[3], ranks[4], ranks[5])
	return kept[:min(len(kept), maxOffered)]
}

// counted tells in words of how many a candidate is one.
func counted(of int64) string {
	switch {
	case of == commands.Uncounted:
		return fmt.Sprintf("more than %d", maxOffered)
	case of > commands.MostCounted:
		return "more than 1,000"
	case of > 0:
		return strconv.FormatInt(of, 10)
	}
	return ""
}

// none is the rank of what does not fit.
const none = -1

// fit ranks an offer for what was typed: all of the name, its beginning, that of a word of what it is
// about, a part of either. A flag needs not be typed with its dashes.
func fit(text, name, about string, by foundBy) (rank int) {
	bare := strings.TrimLeft(text, "-")
	part := utf8.RuneCountInString(bare) > 1 // a single letter is in most of them
	switch {
	case name == text:
		return 0
	case strings.HasPrefix(name, text) || by == byName && text != "" && strings.HasPrefix(name, "--"+text):
		return 1
	case by != byName && (strings.HasPrefix(about, text) || strings.Contains(about, " "+text)):
		return 2
	case part && strings.Contains(name, bare) && (bare == text || by == byName):
		return 3
	case part && by != byName && strings.Contains(about, text):
		return 4
	case by == bySearch:
		return 5
	}
	return none
}

// forParam completes the answer to a question about one parameter.
func (c *completer) forParam(inv *commands.Invocation, p commands.Param) func(string, int) []prompt.Suggestion {
	return func(text string, cursor int) (suggestions []prompt.Suggestion) {
		runes := []rune(text)
		text = string(runes[:min(cursor, len(runes))])
		offers, _ := c.valuesAt(inv.Command, commands.Place{Raw: maps.Clone(inv.Raw), Param: &p, Text: text})
		for _, o := range offers {
			suggestions = append(suggestions, o.suggestion(0)) // an answer is no command line: nothing is quoted
		}
		return suggestions
	}
}

// hint tells about the command being typed: what stands at the cursor, what is still missing, the
// usage. Below an empty line it says who is logged in, on the first screen and where that is nobody, and what keeps
// everybody out.
func (c *completer) hint(line string) string {
	words, last, comment := commands.Unfinished(line)
	switch {
	case comment:
		return ""
	case len(words) == 0 && last.Text == "":
		return c.status()
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

func (c *completer) status() string {
	actor, known := c.whoami()
	c.mu.Lock()
	unable := c.unable
	c.mu.Unlock()
	switch {
	case unable != "":
		return screen.Wrap(unable, c.width(), "  ")
	case known && actor == nil:
		return "nobody is logged in: type login"
	case known && c.prompts == 1:
		return fmt.Sprintf("logged in as %s (%s)", actor.Username, actor.Role)
	}
	return ""
}
