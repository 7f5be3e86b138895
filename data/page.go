package data

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lib/pq"

	"epev/model"
)

// sortKey is a field that a list can be sorted by, and how the database compares it. The SQL of
// each list knows the same names: nothing of a sort field ever becomes SQL text.
type sortKey struct{ field, kind string }

// Kinds of sort keys.
const (
	byID     = "id"
	byText   = "text"
	byMoment = "moment"
	byNumber = "number"
	byFlag   = "flag"
)

var sortKeys = map[string][]sortKey{
	"user": {{"id", byID}, {"username", byText}, {"full_name", byText}, {"email", byText}, {"role", byText},
		{"is_active", byNumber}, {"last_login", byMoment}, {"created_at", byMoment}, {"updated_at", byMoment}},
	"role":    {{"id", byID}, {"name", byText}, {"users", byNumber}},
	"company": {{"id", byID}, {"name", byText}, {"created_at", byMoment}, {"updated_at", byMoment}},
	"client": {{"id", byID}, {"full_name", byText}, {"email", byText}, {"phone", byText}, {"company", byText},
		{"commercial", byText}, {"first_contact_date", byMoment}, {"last_contact_date", byMoment},
		{"created_at", byMoment}, {"updated_at", byMoment}},
	"contract": {{"id", byID}, {"client", byText}, {"commercial", byText}, {"total_amount", byNumber},
		{"remaining_amount", byNumber}, {"is_signed", byFlag}, {"is_fully_paid", byFlag},
		{"created_at", byMoment}, {"updated_at", byMoment}},
	"event": {{"id", byID}, {"title", byText}, {"client", byText}, {"commercial", byText}, {"support_contact", byText},
		{"full_address", byText}, {"contract_id", byNumber}, {"participant_count", byNumber},
		{"start_date", byMoment}, {"end_date", byMoment}, {"created_at", byMoment}, {"updated_at", byMoment}},
}

// SortFields returns the fields that a list of the resource ("client") can be sorted by, which
// are columns of its entity by their db tags; id comes first.
func SortFields(resource string) []string {
	var fields []string
	for _, k := range sortKeys[resource] {
		fields = append(fields, k.field)
	}
	return fields
}

// order is how a list is sorted, in the words of its SQL.
type order struct {
	field, kind string
	descending  bool
}

// orderOf reads a sort field of the resource. An unknown one is a Usage error that names those
// that are known.
func orderOf(resource, sort string) (order, error) {
	field, descending := strings.CutPrefix(sort, "-")
	if sort == "" {
		field = "id"
	}
	keys := sortKeys[resource]
	i := slices.IndexFunc(keys, func(k sortKey) bool { return k.field == field })
	if i < 0 {
		fields := SortFields(resource)
		err := model.Invalid("sort", "%q is no field that a %s list is sorted by", sort, resource)
		if near, ok := model.Nearest(field, fields); ok {
			return order{}, err.WithHint("did you mean %s? The fields are: %s", near, strings.Join(fields, ", "))
		}
		return order{}, err.WithHint("the fields are: %s; with - before it, descending", strings.Join(fields, ", "))
	}
	return order{field, keys[i].kind, descending}, nil
}

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
func listArguments(resource string, p model.Page, own ...any) ([]any, error) {
	o, err := orderOf(resource, p.Sort)
	if err != nil {
		return nil, err
	}
	s := searchOf(p.Search)
	return append([]any{s.parts, s.digits, p.AfterKey, o.field, o.kind, o.descending, p.Limit, p.After}, own...), nil
}

// countArguments are those that every count begins with; its own follow.
func countArguments(text string, own ...any) []any {
	s := searchOf(text)
	return append([]any{s.parts, s.digits}, own...)
}

// grouped reports whether a list has all records in the order of a name that they share with many, and whether
// descending: its page is then read name by name.
func grouped(by string, reach model.Reach, mine bool, p model.Page) (descending, ok bool) {
	field, descending := strings.CutPrefix(p.Sort, "-")
	return descending, field == by && reach.Any && !mine && p.Search == ""
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
