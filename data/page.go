package data

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lib/pq"

	"epev/model"
)

// sight are the arguments of a reach in a list: any, own, the assigned records and the actor. Among a million records
// an actor often has none of their own, or only a few assigned. The reaching query finds that out; told so, the planner
// looks at no others. A list needs no more than one of those assigned, for it finds them by itself; all is for what else takes them.
func (r *Reader) sight(ctx context.Context, d resource, reach model.Reach, mine bool, most mostAssigned) (args, error) {
	if mine && reach.Any {
		reach.Any, reach.Own, reach.Assigned = false, true, true
	}
	assigned := pq.Int64Array{}
	if reach.Assigned && !reach.Any {
		held, err := get[struct {
			Own      bool
			Assigned pq.Int64Array
		}](ctx, r, d.reach, args{"actor": reach.ActorID, "most": int64(most)}.taken(d.reach))
		if err != nil {
			return nil, err
		}
		reach.Own, assigned = reach.Own && held.Own, held.Assigned
	}
	a := args{"any": reach.Any, "own": reach.Own, "assigned": assigned, "actor": reach.ActorID}
	d.narrow(a, reach.Of)
	return a, nil
}

// mostAssigned is how many of the assigned records are read.
type mostAssigned int64

const (
	allAssigned mostAssigned = 0
	whether     mostAssigned = 1
)

// scoped reports whether only some records of the resource may be within a reach.
func (d resource) scoped() bool { return d.reach.Text() != "" }

// beyond reports whether no record is within a reach, as the resource has no scopes.
func (d resource) beyond(r model.Reach) bool { return !d.scoped() && !r.Any }

// within are the arguments of a reach on the resource. One without scopes has none.
func (d resource) within(r model.Reach) args {
	if !d.scoped() {
		return args{}
	}
	a := args{"any": r.Any, "own": r.Own, "assigned": r.Assigned, "actor": r.ActorID}
	d.narrow(a, r.Of)
	return a
}

// narrow adds the argument that narrows the records of a resource to those about what the actor views, where they are about other
// records.
func (d resource) narrow(a args, of model.Of) {
	if slices.Contains(d.list.Parameters(), "of") {
		a["of"] = seenOf(of)
	}
}

// seenOf are the kinds of records whose notes the actor views. Null narrows nothing.
func seenOf(of model.Of) pq.StringArray {
	seen := pq.StringArray(nil)
	v := reflect.ValueOf(of)
	for i := range v.NumField() {
		noun := v.Type().Field(i).Tag.Get("db")
		extent, is := v.Field(i).Interface().(model.Extent)
		if !of.Narrowed || !is {
			continue
		}
		for code, covers := range map[string]bool{noun: extent.Any, noun + " own": extent.Own, noun + " assigned": extent.Assigned} {
			if covers {
				seen = append(seen, code)
			}
		}
	}
	if of.Narrowed && seen == nil {
		seen = pq.StringArray{}
	}
	return seen
}

// reachOf are the arguments of a reach on other records.
func reachOf(name string, r model.Reach) args {
	return args{name + "_any": r.Any, name + "_own": r.Own, name + "_assigned": r.Assigned}
}

// search is a text to search for, in the words of the SQL: parallel arrays, one element a word. A record is found where
// each of them stands in it. The indexes look by the first word, and the others sort out. So the first should be the
// rarest: most often one with digits in it, or else the longest.
type search struct {
	parts    pq.StringArray // a LIKE pattern over search_key
	digits   pq.StringArray // the beginning of an id, or empty
	phones   pq.StringArray // a regular expression of numbers in E.164, or empty
	from, to []*string      // an amount, from the one to the other, or null
}

func (s search) arguments() args {
	return args{"parts": s.parts, "digits": s.digits, "phones": s.phones,
		"amounts_from": pq.GenericArray{A: s.from}, "amounts_to": pq.GenericArray{A: s.to}}
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// searchOf makes text ready to be looked for. A word is found anywhere, but one of one or two ASCII letters only where
// a word begins. No index knows such short parts, and most records hold them.
func searchOf(text string) search {
	words := model.SearchWords(text)
	slices.SortStableFunc(words, func(a, b model.Word) int { return rarity(b) - rarity(a) })
	s := search{pq.StringArray{}, pq.StringArray{}, pq.StringArray{}, []*string{}, []*string{}}
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
		s.from, s.to = append(s.from, from), append(s.to, to)
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
