package data

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lib/pq"

	"epev/model"
)

// search is a text to search for, in the words of the SQL: parallel arrays, one element a word. A record is found where each
// of them stands in it. By the first one the indexes look, the others sort out: it should be the rarest, which most often is
// one with digits in it, or else the longest.
type search struct {
	parts   pq.StringArray // a LIKE pattern over search_key
	digits  pq.StringArray // the beginning of an id, or empty
	phones  pq.StringArray // a regular expression of numbers in E.164, or empty
	amounts sums
}

// sums are amounts that are searched, one element a word, each from the one to the other or null; for other words too.
type sums struct{ from, to []*string }

func (s sums) arguments() []any { return []any{pq.GenericArray{A: s.from}, pq.GenericArray{A: s.to}} }

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// searchOf makes text ready to be looked for. A word is found anywhere; one of one or two ASCII letters only where
// a word begins: no index knows such short parts, and most records hold them.
func searchOf(text string) search {
	words := model.SearchWords(text)
	slices.SortStableFunc(words, func(a, b model.Word) int { return rarity(b) - rarity(a) })
	s := search{parts: pq.StringArray{}, digits: pq.StringArray{}, phones: pq.StringArray{}}
	s.amounts = sums{[]*string{}, []*string{}}
	for _, w := range words {
		part := "%"
		if len(w.Text) <= 2 {
			part = "% "
		}
		s.parts = append(s.parts, part+likeEscaper.Replace(w.Text)+"%")
		s.digits = append(s.digits, w.ID)
		s.phones = append(s.phones, w.Phone)
		var from, to *string
		if w.Amount != "" {
			from, to = &w.Amount, &w.Most
		}
		s.amounts = sums{append(s.amounts.from, from), append(s.amounts.to, to)}
	}
	return s
}

// rarity tells of which of two words there are fewer, as well as one can say who does not know the records.
func rarity(w model.Word) int {
	length := utf8.RuneCountInString(w.Text)
	if digits := model.CountDigits(w.Text); digits > 2 {
		length += 1000 * digits
	}
	return length
}

// listArguments are the parameters that every list begins with; its own follow.
func listArguments(p model.Page, own ...any) []any {
	s := searchOf(p.Search)
	return append([]any{s.parts, s.digits, p.AfterKey, cmp.Or(p.Sort.Field, "id"), cmp.Or(p.Sort.Kind, model.ByID), p.Sort.Descending, p.Limit, p.After}, own...)
}

// countArguments are those that every count begins with; its own follow.
func countArguments(text string, own ...any) []any {
	s := searchOf(text)
	return append([]any{s.parts, s.digits}, own...)
}

// grouped reports whether a list has all records in the order of a name that they share with many, and whether
// descending: its page is then read name by name.
func grouped(by string, reach model.Reach, mine bool, p model.Page) (descending, ok bool) {
	return p.Sort.Descending, p.Sort.Field == by && reach.Any && !mine && p.Search == ""
}

// sight are the parameters of a reach in a list: any, own, the assigned records and the actor. Of the actor's
// own records and those assigned to the actor, often there are none of the one, and a few of the other among a
// million: told so, the planner needs to look at no others. The reaching query finds that out.
func (r *Reader) sight(ctx context.Context, reach model.Reach, mine bool, reaching string) ([]any, error) {
	if mine && reach.Any {
		reach.Any, reach.Own, reach.Assigned = false, true, true
	}
	assigned := pq.Int64Array{}
	if reach.Assigned && !reach.Any {
		held, err := get[struct {
			Own      bool
			Assigned pq.Int64Array
		}](ctx, r, reaching, reach.ActorID)
		if err != nil {
			return nil, err
		}
		reach.Own, assigned = reach.Own && held.Own, held.Assigned
	}
	return []any{reach.Any, reach.Own, assigned, reach.ActorID}, nil
}

// within are the parameters of a reach, and others after them.
func within(r model.Reach, others ...any) []any {
	return append([]any{r.Any, r.Own, r.Assigned, r.ActorID}, others...)
}

// orNull is a moment as a parameter of SQL; the zero time is none.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
