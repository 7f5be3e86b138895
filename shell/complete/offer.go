package complete

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"epev/commands"
	"epev/model"
	"epev/shell/prompt"
)

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

// fit ranks an offer for what was typed: all of the name, its beginning, the beginning of a word of what it is about, a
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
