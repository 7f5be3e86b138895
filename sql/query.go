package sql

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// Query is a statement of a file. Only this package makes one, so that none is put together from strings.
type Query struct {
	name    string // "client.list"
	compile func() statement
}

// statement is a query as PostgreSQL takes it.
type statement struct {
	text       string // with $1 for its first parameter
	parameters []string
}

func (q Query) statement() statement {
	if q.compile == nil {
		return statement{}
	}
	return q.compile()
}

// None is said where there could be a query and there is none. To bind it fails.
var None = Query{name: "none"}

// Name tells which query it is, as "client.list".
func (q Query) Name() string { return q.name }

// Text is the query as PostgreSQL takes it, with $1 for its first parameter.
func (q Query) Text() string { return q.statement().text }

// Parameters are the names of $1, $2 and so on.
func (q Query) Parameters() []string { return slices.Clone(q.statement().parameters) }

// Bind puts arguments in the order of the parameters. It fails unless each parameter has one, and each of them has a parameter.
func (q Query) Bind(given map[string]any) ([]any, error) {
	st := q.statement()
	if st.text == "" {
		return nil, errors.New("there is no query")
	}
	bound := make([]any, len(st.parameters))
	for i, name := range st.parameters {
		argument, ok := given[name]
		if !ok {
			return nil, fmt.Errorf("query %s: @%s is not given", q.name, name)
		}
		bound[i] = argument
	}
	if len(given) > len(bound) {
		for name := range given {
			if !slices.Contains(st.parameters, name) {
				return nil, fmt.Errorf("query %s: it has no @%s", q.name, name)
			}
		}
	}
	return bound, nil
}

var all []Query

// All returns every query.
func All() []Query { return slices.Clone(all) }

// load makes the queries of a noun, a struct with a field for each: ListByCompany is list_by_company. The file is read, and
// each query compiled, when it is first used: a start uses few of them.
func load[T any](noun string) T {
	queries, each := queriesOf[T](noun)
	all = append(all, each...)
	return queries
}

// queriesOf returns the queries of a noun, and a slice of them. To use one panics where the file and the struct differ,
// for then this program is not whole.
func queriesOf[T any](noun string) (queries T, each []Query) {
	fields := reflect.ValueOf(&queries).Elem()
	names := make([]string, fields.NumField())
	texts := sync.OnceValue(func() map[string]string {
		text, err := fs.ReadFile(files, noun+".sql")
		if err != nil {
			panic(err)
		}
		found, err := split(noun, string(text))
		if err != nil {
			panic(err)
		}
		if of := slices.Sorted(maps.Keys(found)); !slices.Equal(of, slices.Sorted(slices.Values(names))) {
			panic(fmt.Sprintf("%s.sql has the queries %v, and %v are taken", noun, of, names))
		}
		return found
	})
	for i := range names {
		name := snake(fields.Type().Field(i).Name)
		names[i] = name
		query := Query{noun + "." + name, sync.OnceValue(func() statement {
			compiled, err := compile(texts()[name])
			if err != nil {
				panic(fmt.Sprintf("query %s.%s: %v", noun, name, err))
			}
			return compiled
		})}
		fields.Field(i).Set(reflect.ValueOf(query))
		each = append(each, query)
	}
	return queries, each
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

// split reads the queries of a file by their names. Comments come before the first one, and tell what the file is
// about. It looks at lines alone, which is quick. A heading within a literal leaves that literal open,
// and compile refuses it.
func split(noun, text string) (map[string]string, error) {
	parts := strings.Split("\n"+text, "\n-- name: ")
	found := make(map[string]string, len(parts))
	for about := parts[0]; about != ""; {
		kind, size := token(about)
		if kind != comment && kind != blank {
			return nil, fmt.Errorf("%s.sql: there is a statement before the first name", noun)
		}
		about = about[size:]
	}
	for _, part := range parts[1:] {
		name, query, _ := strings.Cut(part, "\n")
		if _, twice := found[name]; twice {
			return nil, fmt.Errorf("%s.sql: there are two queries %s", noun, name)
		}
		found[name] = strings.TrimSpace(query)
	}
	return found, nil
}

// compile turns the parameters of a query into $1, $2 and so on, in the order in which they first stand in it. All else
// stays as it is to the letter.
func compile(text string) (st statement, err error) {
	var b strings.Builder
	whole, before := false, blank
	for at := 0; at < len(text); {
		kind, size := token(text[at:])
		word := text[at : at+size]
		switch kind {
		case parameter:
			if before == identifier || before == parameter {
				return st, fmt.Errorf("put a blank before %s", word)
			}
			i := slices.Index(st.parameters, word[1:])
			if i < 0 {
				i, st.parameters = len(st.parameters), append(st.parameters, word[1:])
			}
			word = "$" + strconv.Itoa(i+1)
		case positional:
			return st, fmt.Errorf("%s has no name", word)
		case ambiguous:
			return st, fmt.Errorf("%s can be read in two ways", word)
		case open:
			return st, fmt.Errorf("%.20s is never closed", word)
		}
		whole = whole || kind != comment && kind != blank
		b.WriteString(word)
		at, before = at+size, kind
	}
	if !whole {
		return st, errors.New("there is no statement")
	}
	st.text = b.String()
	return st, nil
}
