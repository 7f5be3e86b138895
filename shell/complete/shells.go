package complete

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"epev/commands"
	"epev/model"
	"epev/shell/prompt"
	"epev/shell/screen"
)

// bash, zsh and fish complete as the prompt does. A script of a few lines asks "epev __complete SHELL WORD…" for what
// may stand in the place of the last word.

// Scripts are to be sourced. They read a line for each value: the value, what it is about, and "open" where the word
// goes on, with U+001F in between. For fish it has a form of its own.
var Scripts = map[string]string{
	// In bash, only the part of the word behind the last = or : or an open quote is replaced, and nothing but values is
	// shown. So where there are several, each comes with what it is about. The script asks with the line, which bash
	// has cut into words in its own way. The word epev may be typed as a path, or be hidden in an alias with words of
	// its own. A word is looked up with its quotes. So a path that is quoted, not escaped, meets only "complete -D":
	// that is the user's own.
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
	// fish shows only what begins with the text that was typed, whatever it is offered. So a record is found by its id,
	// or by its name in a search of the list (Ctrl-S).
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

// Request is a command line that a shell wants completed.
type Request struct {
	Words  []string       // package shell takes the global flags off them
	Last   string         // the word at the cursor, perhaps empty
	Before commands.Place // what it may become where no command has begun

	shell string
	kept  string // bash: the part of the word that stays, unquoted
	quote byte   // bash: the quote that is open
}

// NewRequest reads what a script asks. All of it may be unfinished.
func NewRequest(args []string) *Request {
	r := &Request{}
	if len(args) == 0 {
		return r
	}
	r.shell, args = args[0], args[1:]
	switch {
	case r.shell == "bash" && len(args) == 2:
		words, last, _ := commands.Unfinished(args[0])
		r.Words, r.Last = commands.Texts(words[min(1, len(words)):]), last.Text
		r.kept, r.quote = keptByReadline(args[0], args[1])
	case len(args) > 0:
		r.Words, r.Last = args[:len(args)-1], args[len(args)-1]
		if r.shell == "fish" { // the last word comes as it is typed
			_, last, _ := commands.Unfinished(r.Last)
			r.Last = last.Text
		}
	}
	return r
}

// Reply answers a request, in the form that the script of the shell reads. The grammar is that of what stands before a
// command; demo says that the word demo may.
func (c *Completer) Reply(w io.Writer, r *Request, grammar commands.Grammar, demo bool) {
	var offers []prompt.Suggestion
	switch at := r.Before; {
	case len(r.Words) > 0:
		offers = c.offers(c.registry.Between(r.Words, r.Last, nil))
	case at.Param != nil:
		offers, _ = c.valuesAt(nil, at)
	case at.Prefix != "":
	case strings.HasPrefix(at.Text, "-"):
		offers = best(at.Text, flags(slices.Concat(grammar...), func(commands.Param) bool { return false }), byName)
	default:
		offers = c.offers(c.registry.Between(nil, r.Last, nil))
		if demo {
			offers = append(offers, best(at.Text, []prompt.Suggestion{{Text: "demo", Description: "Open a sandbox with sample data"}}, byName)...)
		}
	}
	r.print(w, offers)
}

// keptByReadline returns what readline keeps of the word at the end of a line, unquoted, and the quote that
// is open there. It replaces what stands behind the open quote, or else behind the last of its breaks.
func keptByReadline(line, breaks string) (kept string, quote byte) {
	var s commands.Scanner
	begin, opened := 0, 0
	for i := range len(line) {
		quoted := s.Waits() != ""
		s.Take(line[i])
		switch {
		case quoted:
		case s.Quote() != 0:
			opened = i + 1
		case s.Waits() == "" && strings.IndexByte(breaks, line[i]) >= 0:
			begin = i + 1
		}
	}
	if s.Quote() != 0 {
		begin = opened
	}
	_, last, _ := commands.Unfinished(line[:begin])
	return last.Text, s.Quote()
}

// print writes offers in the form that the script of the shell reads.
func (r *Request) print(w io.Writer, offers []prompt.Suggestion) {
	if r.shell == "bash" {
		offers = slices.DeleteFunc(offers, func(o prompt.Suggestion) bool { return !strings.HasPrefix(o.Text, r.kept) })
	}
	width := 0
	for _, o := range offers {
		width = max(width, screen.Width.StringWidth(o.Text))
	}
	foreign := false // values that do not begin with what was typed
	for _, o := range offers {
		value, about, open := model.Escape(o.Text), model.Escape(o.Description), ""
		if o.Open {
			open = "open"
		}
		if r.shell == "bash" {
			foreign = foreign || !strings.HasPrefix(value, r.Last)
			if value = strings.TrimPrefix(value, r.kept); len(offers) == 1 {
				value = escapeWord(value, r.quote)
			} else if about != "" {
				value += strings.Repeat(" ", width-screen.Width.StringWidth(o.Text)) + "  (" + about + ")"
			}
		}
		if r.shell == "fish" {
			fmt.Fprintf(w, "%s\t%s\n", value, about)
		} else {
			fmt.Fprintf(w, "%s\x1f%s\x1f%s\n", value, about, open)
		}
	}
	if foreign && len(offers) > 1 {
		// bash replaces what was typed, which found them, with what all of them have in common. With this one they have
		// nothing in common.
		fmt.Fprint(w, " \x1f\x1f\n")
	}
}

// escapeWord writes a word, or the rest of one, as a POSIX shell takes it behind the open quote; 0 is none.
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
