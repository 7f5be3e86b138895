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
	queries "epev/sql"
)

// listing is which of a resource's records are listed, or counted.
type listing struct {
	resource
	reach  model.Reach
	mine   bool // of those within reach, the actor's own and those assigned to the actor
	search search
	filter args
	// plain says that the filter lets everything through but what shared filters, which the grouped queries take too.
	plain  bool
	shared args
}

// listed returns a page of a list; after is asked about the record behind which it should begin, where it is empty.
func listed[T any](ctx context.Context, r *Reader, l listing, p model.Page, after func() error) ([]T, error) {
	var rows []T
	q, a, err := l.page(ctx, r, p)
	if err == nil {
		rows, err = list[T](ctx, r, q, a)
	}
	if err == nil && len(rows) == 0 && p.After != 0 && p.AfterKey == nil {
		err = after()
	}
	return rows, r.failed(ctx, "list the records of a "+l.name, err)
}

// page returns the query of a page, and its arguments.
func (l listing) page(ctx context.Context, r *Reader, p model.Page) (queries.Query, args, error) {
	page := args{"after_key": p.AfterKey, "descending": p.Sort.Descending, "limit": p.Limit, "after": p.After}
	if q, ok := l.grouped[p.Sort.Field]; ok && l.plain && l.reach.Any && !l.mine && p.Search == "" {
		return q, page.and(l.shared, args{"actor": l.reach.ActorID}), nil
	}
	a, err := l.arguments(ctx, r)
	return l.list, a.and(page, args{"sort": cmp.Or(p.Sort.Field, "id"), "kind": cmp.Or(p.Sort.Kind, model.ByID)}), err
}

// counted sums up what listed lists without a limit, up to limit; 0: all.
func counted[T any](ctx context.Context, r *Reader, l listing, limit int) (T, error) {
	a, err := l.arguments(ctx, r)
	var sums T
	if err == nil {
		sums, err = count[T](ctx, r, l.count, a.and(args{"limit": limit}))
	}
	return sums, r.failed(ctx, "count the records of a "+l.name, err)
}

// arguments are those that a list and a count share.
func (l listing) arguments(ctx context.Context, r *Reader) (args, error) {
	a := args{"parts": l.search.parts, "digits": l.search.digits}
	if l.resource.reach.Text() == "" {
		return a.and(l.filter), nil
	}
	reached, err := r.sight(ctx, l.resource, l.reach, l.mine)
	return a.and(reached, l.filter), err
}

// sight are the arguments of a reach in a list: any, own, the assigned records and the actor. Among a million records
// an actor often has none of their own, or only a few assigned. The reaching query finds that out; told so, the planner
// looks at no others.
func (r *Reader) sight(ctx context.Context, d resource, reach model.Reach, mine bool) (args, error) {
	if mine && reach.Any {
		reach.Any, reach.Own, reach.Assigned = false, true, true
	}
	assigned := pq.Int64Array{}
	if reach.Assigned && !reach.Any {
		held, err := get[struct {
			Own      bool
			Assigned pq.Int64Array
		}](ctx, r, d.reach, args{"actor": reach.ActorID})
		if err != nil {
			return nil, err
		}
		reach.Own, assigned = reach.Own && held.Own, held.Assigned
	}
	return args{"any": reach.Any, "own": reach.Own, "assigned": assigned, "actor": reach.ActorID}, nil
}

// within are the arguments of a reach.
func within(r model.Reach) args {
	return args{"any": r.Any, "own": r.Own, "assigned": r.Assigned, "actor": r.ActorID}
}

// search is a text to search for, in the words of the SQL: parallel arrays, one element a word. A record is found where
// each of them stands in it. The indexes look by the first word, and the others sort out. So the first should be the
// rarest: most often one with digits in it, or else the longest.
type search struct {
	parts   pq.StringArray // a LIKE pattern over search_key
	digits  pq.StringArray // the beginning of an id, or empty
	phones  pq.StringArray // a regular expression of numbers in E.164, or empty
	amounts sums
}

// sums are amounts that are searched, one element a word, each from the one to the other or null; for other words too.
type sums struct{ from, to []*string }

func (s sums) arguments() args {
	return args{"amounts_from": pq.GenericArray{A: s.from}, "amounts_to": pq.GenericArray{A: s.to}}
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// searchOf makes text ready to be looked for. A word is found anywhere, but one of one or two ASCII letters only where
// a word begins. No index knows such short parts, and most records hold them.
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

// rarity is higher for the word that fewer records hold, as well as one can say without knowing the records.
func rarity(w model.Word) int {
	length := utf8.RuneCountInString(w.Text)
	if digits := model.CountDigits(w.Text); digits > 2 {
		length += 1000 * digits
	}
	return length
}

// orNull is a moment as a parameter of SQL; the zero time is none.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
