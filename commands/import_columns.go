package commands

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"epev/commands/tabular"
	"epev/model"
)

// target is what a column of a file is. One without anything is passed over.
type target[R any] struct {
	property *property[R]
	named    *namedColumn
	before   string // the property before whose text it stands
	barred   string // why it must be empty
	id       bool
	unnamed  bool // it has no name, and must be empty
}

// nothing reports whether a column is passed over.
func (t target[R]) nothing() bool {
	return t.property == nil && t.named == nil && t.before == "" && t.barred == "" && !t.id && !t.unnamed
}

// key is a name in a column under which what it names is remembered.
func (t target[R]) key(name string) string { return t.named.flag + " " + model.Fold(name) }

// reasonColumn is the column of refused lines that tells why they were refused.
const reasonColumn = "reason"

// flagged returns the property of that flag.
func (n noun[R, F]) flagged(flag string) *property[R] {
	i := slices.IndexFunc(n.properties, func(p property[R]) bool { return p.flag() == flag })
	return &n.properties[i]
}

// columnKey is a name of a column without case, accents, blanks and signs.
func columnKey(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, model.Fold(name))
}

// columnsOf finds out what the columns of a file are.
func (n noun[R, F]) columnsOf(t *tabular.Table, in importing) ([]target[R], error) {
	known, names := n.importable()
	mapped := map[string]string{}
	var unknown []string
	others := false // are left out
	for _, m := range in.maps {
		if m == othersOut {
			others = true
			continue
		}
		if !slices.ContainsFunc(t.Header, func(h string) bool { return columnKey(h) == columnKey(m[0]) }) {
			return nil, model.Invalid("map", "%s has no column %q", in.file, model.Escape(m[0])).WithHint("it has %s", headings(t.Header))
		}
		if _, is := known[columnKey(m[1])]; !is && m[1] != "" {
			err := model.Invalid("map", "%s has no field %q", n.name, model.Escape(m[1]))
			if near, ok := model.Nearest(m[1], names); ok {
				return nil, err.WithHint("did you mean %q?", near)
			}
			return nil, err.WithHint("one of %s", strings.Join(names, ", "))
		}
		mapped[columnKey(m[0])] = m[1]
	}
	targets := make([]target[R], len(t.Header))
	from := map[string]string{} // of a property: the column that tells it
	for i, name := range t.Header {
		key := columnKey(name)
		to, is := mapped[key]
		switch {
		case is && to == "":
			t.PassOver(i)
			continue
		case is:
			key = columnKey(to)
		case key == "" && strings.TrimSpace(name) == "":
			targets[i].unnamed = true
			continue
		}
		found, is := known[key]
		if !is {
			if t.PassOver(i); !others {
				unknown = append(unknown, name)
			}
			continue
		}
		if found.nothing() {
			t.PassOver(i)
		}
		targets[i] = found
		if found.property == nil {
			continue
		}
		if before, twice := from[found.property.Name]; twice {
			return nil, model.Invalid("file", "%s, line %d: the columns %q and %q are both the %s", in.file, t.HeaderLine, model.Short(before), model.Short(name), found.property.Name).
				WithHint("leave one of them out with --map %q", model.Short(name)+"=")
		}
		from[found.property.Name] = name
	}
	if len(unknown) > 0 {
		return nil, n.unknownColumns(in.file, t.HeaderLine, unknown, names)
	}
	if !slices.ContainsFunc(targets, func(t target[R]) bool { return t.property != nil || t.named != nil }) {
		return nil, model.Invalid("file", "%s has no column of a %s", in.file, n.name).WithHint("fields are %s", strings.Join(names, ", "))
	}
	return targets, nil
}

// othersOut is how --map leaves out all columns that are not known.
var othersOut = [2]string{"*", ""}

// unknownColumns tells which columns of a file are none of the noun's.
func (n noun[R, F]) unknownColumns(file string, line int, unknown, names []string) error {
	first := model.Short(unknown[0])
	if len(unknown) == 1 {
		return model.Invalid("file", "%s, line %d: column %q is none of a %s", file, line, first, n.name).
			WithHint("tell what it is with --map %q, or leave it out with --map %q; fields are %s", first+"=FIELD", first+"=", strings.Join(names, ", "))
	}
	return model.Invalid("file", "%s, line %d: these columns are none of a %s: %s", file, line, n.name, headings(unknown)).
		WithHint("tell what one is as with --map %q, and leave the others out with --map %q; fields are %s", first+"=FIELD", "*=", strings.Join(names, ", "))
}

func headings(header []string) string {
	var names []string
	for _, h := range header {
		if len(names) == 20 {
			return strings.Join(names, ", ") + fmt.Sprintf(" and %d more", len(header)-len(names))
		}
		names = append(names, model.Short(h))
	}
	return strings.Join(names, ", ")
}

// importable returns what columns may be, by their names, and the fields among them.
func (n noun[R, F]) importable() (known map[string]target[R], fields []string) {
	im := n.importer
	known = map[string]target[R]{}
	add := func(t target[R], names ...string) {
		for _, name := range names {
			if _, taken := known[columnKey(name)]; !taken {
				known[columnKey(name)] = t
			}
		}
	}
	for _, first := range []bool{true, false} { // a column's own name counts before what else it may be called
		for i := range n.properties {
			p := &n.properties[i]
			t := target[R]{id: p.Name == "id", barred: im.barred[p.Name]}
			if p.settable() && !p.set.unasked || slices.Contains(im.also, p.Name) {
				t.property = p
			}
			if c, is := im.named[p.Name]; is {
				t = target[R]{named: &c}
			}
			if first {
				if add(t, p.Name); t.property != nil || t.named != nil {
					fields = append(fields, p.Name)
				}
				continue
			}
			add(t, im.called[p.Name]...)
			if t.property != nil || t.named != nil {
				add(t, p.Title, p.flag())
				add(t, p.set.near...)
			}
		}
		for name, of := range im.before {
			if t := (target[R]{before: of}); first {
				add(t, name)
				fields = append(fields, name)
			} else {
				add(t, im.called[name]...)
			}
		}
	}
	add(target[R]{}, reasonColumn)
	return known, fields
}
