package shell

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"epev/commands"
	"epev/model"
	"epev/shell/prompt"
)

// The completion of bash, zsh and fish is that of the prompt: a script of a few lines asks
// "epev __complete SHELL WORD…" for what may stand in the place of the last word.

// completeWord is the command behind the scripts. No help tells of it.
const completeWord = "__complete"

// completionPatience is how long a shell's Tab waits for the database.
const completionPatience = time.Second

// completionScripts are to be sourced. What they read is a line for each value: the value, what it is
// about, and "open" where the word goes on, with U+001F in between; fish has a form of its own.
var completionScripts = map[string]string{
	// bash replaces the part of the word behind the last = or : or an open quote alone, and shows nothing but
	// values: they come with what they are about where there are several. It asks with the line, which it has
	// cut into words in its own way. epev may be typed as a path, or be hidden in an alias with words of its own.
	// What it looks up keeps its quotes, so that a path that is quoted, not escaped, meets only "complete -D": that is
	// the user's own.
	"bash": `# Completion of epev in bash: source <(epev completion bash)
# For an alias: complete -F _epev ALIAS
_epev() {
	local program=$1 line=${COMP_LINE:0:COMP_POINT} value about open
	local -a words
	COMPREPLY=()
	if [[ ${BASH_ALIASES[$1]-} ]]; then
		read -ra words <<<"${BASH_ALIASES[$1]}"
		program=${words[0]} line="${BASH_ALIASES[$1]}${line#"$1"}"
	fi
	program=${program//[\\\"\']/}
	[[ $program == '~/'* ]] && program=$HOME/${program:2}
	while IFS=$'\037' read -r value about open; do
		COMPREPLY+=("$value")
		if [[ $open ]]; then compopt -o nospace 2>/dev/null; fi
	done < <("$program" __complete bash "$line" "$COMP_WORDBREAKS" 2>/dev/null)
}
complete -o nosort -F _epev epev 2>/dev/null || complete -F _epev epev
`,
	// zsh looks up the end of a path with the quote that closes it, which a pattern meets.
	"zsh": `#compdef epev
# Completion of epev in zsh: source <(epev completion zsh)
_epev() {
	local program=${(Q)words[1]} value about open
	[[ $program == '~/'* ]] && program=$HOME/${program[3,-1]}
	local -a values shown open_values open_shown
	while IFS=$'\037' read -r value about open; do
		[[ -n $about ]] && about="$value  $about" || about=$value
		if [[ -n $open ]]; then open_values+=("$value") open_shown+=("$about")
		else values+=("$value") shown+=("$about"); fi
	done < <("$program" __complete zsh "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)
	# What was found by its name is gone through, as there is no common beginning to insert.
	(( ${#values} > 1 && ! ${values[(I)${(b)${(Q)PREFIX}}*]} )) && compstate[insert]=menu compstate[list]='list force'
	compadd -U -l -V epev -d shown -a values
	compadd -U -l -V epev -S '' -d open_shown -a open_values
}
compdef _epev epev
compdef -p _epev "epev[\"']"
`,
	// fish shows what begins with the text that was typed, whatever it is offered: a record is found by its id, or by
	// its name in a search of the list (Ctrl-S).
	"fish": `# Completion of epev in fish: epev completion fish | source
function __epev_complete
	set -l words (commandline -opc)
	set -l program (string replace -r '^~/' $HOME/ -- $words[1])
	functions -q -- $program; and set program epev
	$program __complete fish $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c epev -k -f -a '(__epev_complete)'
`,
}

// Completion is a command line that a shell wants completed.
type Completion struct {
	Shell  string
	typed  typed
	kept   string // bash: the part of the word that stays, unquoted
	quote  byte   // bash: the quote that is open
	offers []offer
	first  bool // no command has begun yet
	script bool // a script's path is wanted
}

// completionOptions reads what a script asks: the global flags, demo, and what is behind them, which
// may all be unfinished.
func completionOptions(args []string) Options {
	o := Options{Format: FormatTable, Complete: &Completion{}}
	c := o.Complete
	if len(args) == 0 {
		return o
	}
	c.Shell, args = args[0], args[1:]
	switch {
	case c.Shell == "bash" && len(args) == 2:
		c.typed = readBefore(args[0])
		c.typed.words = c.typed.words[min(1, len(c.typed.words)):]
		c.kept, c.quote = keptByReadline(args[0], args[1])
	case len(args) > 0:
		c.typed = typed{words: args[:len(args)-1], last: args[len(args)-1]}
		if c.Shell == "fish" { // the last word comes as it is typed
			c.typed.last = readBefore(c.typed.last).last
		}
	}
	flags, words := o.flags("epev"), c.typed.words
	var waiting *pflag.Flag
	for len(words) > 0 {
		word := words[0]
		long, isLong := strings.CutPrefix(word, "--")
		name, value, valued := strings.Cut(long, "=")
		var flag *pflag.Flag
		switch {
		case waiting != nil:
			_ = waiting.Value.Set(word) // whoever runs the line is told what is wrong with it
			waiting = nil
		case word == "demo" && o.Demo == nil:
			o.Demo = &Demo{As: commands.DemoAccounts[0].Role}
			flags = o.demoFlags()
		case isLong:
			flag = flags.Lookup(name)
		case len(word) == 2 && word[0] == '-':
			flag = flags.ShorthandLookup(word[1:])
		default:
			c.typed.words = words
			return o
		}
		switch {
		case flag == nil || flag.NoOptDefVal != "":
		case valued:
			_ = flag.Value.Set(value)
		default:
			waiting = flag
		}
		words = words[1:]
	}
	c.typed.words, c.first = nil, waiting == nil
	text := c.typed.last
	before := ""
	if name, value, valued := strings.Cut(text, "="); waiting == nil && valued && strings.HasPrefix(name, "--") {
		if waiting = flags.Lookup(name[2:]); waiting != nil {
			c.first, text, before = false, value, name+"="
		}
	}
	switch {
	case waiting != nil && waiting.Name == "file":
		c.script = before == ""
	case waiting != nil:
		for _, offer := range best(text, o.valuesOf(waiting.Name)) {
			offer.value = before + offer.value
			c.offers = append(c.offers, offer)
		}
	case strings.HasPrefix(text, "-"):
		c.first = false
		flags.VisitAll(func(f *pflag.Flag) {
			c.offers = append(c.offers, offer{value: "--" + f.Name, shown: "--" + f.Name})
		})
		c.offers = best(text, c.offers)
	case o.Demo == nil:
		c.offers = best(text, []offer{{value: "demo", shown: "demo", about: "Open a sandbox with sample data"}})
	}
	return o
}

// valuesOf offers values for a global flag.
func (o Options) valuesOf(flag string) (offers []offer) {
	var values []string
	switch flag {
	case "format":
		for _, f := range Formats {
			values = append(values, string(f))
		}
	case "as":
		values = o.Demo.roles()
	}
	for _, v := range values {
		offers = append(offers, offer{value: v, shown: v})
	}
	return offers
}

// completeOnce answers a completion script. Whatever goes wrong, it offers nothing, or less.
func (s *Shell) completeOnce(ctx context.Context) int {
	asked := *s.Options.Complete
	arrived := make(chan struct{}, 1)
	c := newCompleter(s.Registry, s.Env, prompt.Past(s.historyFile()), func() {
		select {
		case arrived <- struct{}{}:
		default:
		}
	})
	defer c.stop()
	c.patience = completionPatience
	if s.databaseThere(ctx) {
		c.begin()
		select {
		case <-arrived:
		case <-time.After(c.patience):
		}
	}
	offers := asked.offers
	if asked.script {
		offers, _ = c.paths(asked.typed.last, "")
	}
	if asked.first || len(asked.typed.words) > 0 {
		offers = append(c.offers(asked.typed), offers...)
	}
	asked.print(s.Stdout, offers)
	return 0
}

// databaseThere reports whether there is a database to ask: for a Tab alone none is set up.
func (s *Shell) databaseThere(ctx context.Context) bool {
	if s.Env.Private == nil {
		return true
	}
	status, err := s.Env.Private.Status(ctx)
	return err == nil && status.Version != 0
}

// keptByReadline returns what readline keeps of the word at the end of a line, unquoted, and the quote that
// is open there. It replaces what stands behind the open quote, or else behind the last of its breaks.
func keptByReadline(line, breaks string) (kept string, quote byte) {
	begin, opened := 0, 0
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && quote != '\'':
			i++
		case c == quote:
			quote = 0
		case quote != 0:
		case c == '"' || c == '\'':
			quote, opened = c, i+1
		case strings.IndexByte(breaks, c) >= 0:
			begin = i + 1
		}
	}
	if quote != 0 {
		begin = opened
	}
	return readBefore(line[:begin]).last, quote
}

// print writes offers in the form that the script of the shell reads.
func (c Completion) print(w io.Writer, offers []offer) {
	if c.Shell == "bash" {
		offers = slices.DeleteFunc(offers, func(o offer) bool { return !strings.HasPrefix(o.value, c.kept) })
	}
	width := 0
	for _, o := range offers {
		width = max(width, cellWidth.StringWidth(o.value))
	}
	foreign := false // values that do not begin with what was typed
	for _, o := range offers {
		value, about, open := model.Escape(o.value), model.Escape(o.about), ""
		if o.open {
			open = "open"
		}
		if c.Shell == "bash" {
			foreign = foreign || !strings.HasPrefix(value, c.typed.last)
			if value = strings.TrimPrefix(value, c.kept); len(offers) == 1 {
				value = escapeWord(value, c.quote)
			} else if about != "" {
				value += strings.Repeat(" ", width-cellWidth.StringWidth(o.value)) + "  (" + about + ")"
			}
		}
		if c.Shell == "fish" {
			fmt.Fprintf(w, "%s\t%s\n", value, about)
		} else {
			fmt.Fprintf(w, "%s\x1f%s\x1f%s\n", value, about, open)
		}
	}
	if foreign && len(offers) > 1 {
		// bash puts what all have in common in the place of what was typed, which found them: with this
		// one they have nothing in common.
		fmt.Fprint(w, " \x1f\x1f\n")
	}
}

// escapeWord writes a word, or the rest of one, as a POSIX shell takes it behind an open quote, or behind
// none where that is 0.
func escapeWord(word string, quote byte) string {
	special := " \t'\"\\$`!&;|<>()*?[]#{}"
	switch quote {
	case '\'':
		return strings.ReplaceAll(word, "'", `'\''`)
	case '"':
		special = "\"\\$`"
	}
	var b strings.Builder
	for _, r := range word {
		if strings.ContainsRune(special, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
