package complete

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"epev/commands"
	"epev/model"
	"epev/shell/prompt"
)

// foundBy says what of a suggestion a typed text is looked for in.
type foundBy int

const (
	byName   foundBy = iota // of commands and flags
	byAbout                 // also in what it is about
	bySearch                // the database has looked already
)

// best keeps what fits the text of all that may stand at the cursor, the best first.
func best(text string, all []prompt.Suggestion, by foundBy) []prompt.Suggestion {
	text = model.Fold(text)
	ranks := map[int][]prompt.Suggestion{}
	for _, o := range all {
		rank := fit(text, model.Fold(cmp.Or(o.Display, o.Text)), model.Fold(o.Description), by)
		ranks[rank] = append(ranks[rank], o)
	}
	delete(ranks, none)
	kept := slices.Concat(ranks[0], ranks[1], ranks[2], ranks[3], ranks[4], ranks[5])
	return kept[:min(len(kept), MaxOffered)]
}

// counted tells in words of how many a candidate is one.
func counted(of int64) string {
	switch {
	case of == commands.Uncounted:
		return fmt.Sprintf("more than %d", MaxOffered)
	case of > commands.MostCounted:
		return "more than 1,000"
	case of > 0:
		return strconv.FormatInt(of, 10)
	}
	return ""
}

// none is the rank of what does not fit.
const none = -1

// fit ranks a suggestion for what was typed: all of the name, its beginning, the beginning of a word of what it is about, a
// part of either.
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
