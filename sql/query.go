package sql

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Query is a statement of a file. Only this package makes one, so that none is put together from strings.
type Query struct {
	name       string // "client.list"
	text       string
	parameters []string
}

// None is said where there could be a query and there is none. To bind it fails.
var None = Query{name: "none"}

// Name tells which query it is, as "client.list".
func (q Query) Name() string { return q.name }

// Text is the query as PostgreSQL takes it, with $1 for its first parameter.
func (q Query) Text() string { return q.text }

// Parameters are the names of $1, $2 and so on.
func (q Query) Parameters() []string { return slices.Clone(q.parameters) }

// Bind puts arguments in the order of the parameters. It fails unless each parameter has one, and each of them has a parameter.
func (q Query) Bind(given map[string]any) ([]any, error) {
	if q.text == "" {
		return nil, errors.New("there is no query")
	}
	bound := make([]any, len(q.parameters))
	for i, name := range q.parameters {
		argument, ok := given[name]
		if !ok {
			return nil, fmt.Errorf("query %s: @%s is not given", q.name, name)
		}
		bound[i] = argument
	}
	if len(given) > len(bound) {
		for name := range given {
			if !slices.Contains(q.parameters, name) {
				return nil, fmt.Errorf("query %s: it has no @%s", q.name, name)
			}
		}
	}
	return bound, nil
}

var all []Query

// All returns every query.
func All() []Query { return slices.Clone(all) }

// load reads the queries of a noun into a struct with a field for each: ListByCompany is list_by_company. It panics where
// the file and the struct differ, for then this program is not whole.
func load[T any](noun string) (queries T) {
	text, err := fs.ReadFile(files, noun+".sql")
	if err != nil {
		panic(err)
	}
	found, err := parse(noun, string(text))
	if err != nil {
		panic(err)
	}
	fields := reflect.ValueOf(&queries).Elem()
	for i := range fields.NumField() {
		name := snake(fields.Type().Field(i).Name)
		query, ok := found[name]
		if !ok {
			panic(fmt.Sprintf("%s.sql has no query %s", noun, name))
		}
		fields.Field(i).Set(reflect.ValueOf(query))
		all = append(all, query)
		delete(found, name)
	}
	for name := range found {
		panic(fmt.Sprintf("nothing takes the query %s of %s.sql", name, noun))
	}
	return queries
}

func snake(field string) string {
	var b strings.Builder
	for i, r := range field {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// parse reads the queries of a file. What comes before the first one is comments, which tell what the file is about.
func parse(noun, text string) (map[string]Query, error) {
	found := map[string]Query{}
	name, begin := "", 0
	end := func(at int) (err error) {
		if _, twice := found[name]; twice {
			return fmt.Errorf("%s.sql: there are two queries %s", noun, name)
		}
		if name != "" {
			found[name], err = compile(noun+"."+name, strings.TrimSpace(text[begin:at]))
		}
		return err
	}
	for at := 0; at < len(text); {
		kind, size := token(text[at:])
		next := at + size
		if heading, ok := strings.CutPrefix(text[at:next], "-- name: "); ok && (at == 0 || text[at-1] == '\n') {
			if err := end(at); err != nil {
				return nil, err
			}
			name, begin = heading, next
		} else if name == "" && kind != comment && kind != blank {
			return nil, fmt.Errorf("%s.sql: there is a statement before the first name", noun)
		}
		at = next
	}
	return found, end(len(text))
}

// compile turns the parameters of a query into $1, $2 and so on, in the order in which they first stand in it. All else
// stays as it is to the letter.
func compile(name, text string) (Query, error) {
	q := Query{name: name}
	var b strings.Builder
	whole, before := false, blank
	for at := 0; at < len(text); {
		kind, size := token(text[at:])
		word := text[at : at+size]
		switch kind {
		case parameter:
			if before == identifier || before == parameter {
				return q, fmt.Errorf("query %s: put a blank before %s", name, word)
			}
			i := slices.Index(q.parameters, word[1:])
			if i < 0 {
				i, q.parameters = len(q.parameters), append(q.parameters, word[1:])
			}
			word = "$" + strconv.Itoa(i+1)
		case positional:
			return q, fmt.Errorf("query %s: %s has no name", name, word)
		case ambiguous:
			return q, fmt.Errorf("query %s: %s can be read in two ways", name, word)
		case open:
			return q, fmt.Errorf("query %s: %.20s is never closed", name, word)
		}
		whole = whole || kind != comment && kind != blank
		b.WriteString(word)
		at, before = at+size, kind
	}
	if !whole {
		return q, fmt.Errorf("query %s: there is no statement", name)
	}
	q.text = b.String()
	return q, nil
}
