package commands

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"epev/model"
)

// property is one property of a noun's records. Columns, flags, questions, orders, completion and the titles of the
// history all come from it.
type property[R any] struct {
	Column
	kind[R]
	// sort says how lists are sorted by it; empty: they are not.
	sort model.SortKind
	// refers names the noun whose id it holds. People read the name of that record, which is a property of its own.
	refers string
	// detail properties stand in views, and in lists only for machines or when chosen.
	detail bool
	// seldom properties stand in a list only where a record has them, and in its view likewise.
	seldom bool
	// viewed properties stand in the view of a record alone, which reads more than a list.
	viewed bool
	// kept properties are kept by the database: no change of a person's.
	kept bool
	// act is the action by which it is changed, where that is not update.
	act string
	// follows says with what it changes, as a contract's commercial does with its client's.
	follows follow
	// moves is the column that changes along, unless that is given as well, as what is left to pay does with a total.
	moves string
	// carried says that it changes, without a right of its own, where the record that it refers to is merged into another one.
	carried bool
	// serves is the role of the user whose id it holds.
	serves string
	// set says how people set it; the zero setting: they do not.
	set setting[R]
}

// setting says how a property is set, by a flag and by a question.
type setting[R any] struct {
	flag        string // where it is not called as the property is
	short, help string
	required    bool
	unasked     bool     // a flag alone
	source      *Source  // nil: the kind's own
	near        []string // as Param.Near
	nearVerbs   map[string]string
	// turn is when it is asked for, where that is not the order of the columns.
	turn int
	// name tells who or what the present value names, where that is an id.
	name func(*R) string
	// guard is the right that a change of it needs beside the command's own permission; the zero guard needs none.
	guard guard[R]
}

// guard keeps some scopes from changing a property (SPEC 5, rule 5).
type guard[R any] struct {
	name    string // as security.MayChange takes it
	touched func(before, after *R, g given) bool
	// holds reports whether every change of that record's property is a guarded one; nil: of each record's.
	holds func(before *R) bool
}

// kind is what the values of a property are: how they are shown, and how they are read from what people type.
type kind[R any] struct {
	value func(*R) Value
	// like is a value of its type, as which the history shows what it stored.
	like Value
	// format is what a value looks like; empty for what nobody types.
	format string
	lines  bool // a value may have several lines
	source *Source
	// read turns what was typed into what assigns it. A value that is looked up later is noted in given.
	read func(field, raw string, v Values, g *given) (assign func(*R), err error)
	// present returns the value in the form that read takes.
	present func(*R, Values) string
	// copy gives a record the value of another one, as when both are merged.
	copy func(to, from *R)
}

// settable reports whether people set the property.
func (p property[R]) settable() bool { return p.set.help != "" }

// flag is the property's name as a flag.
func (p property[R]) flag() string { return cmp.Or(p.set.flag, strings.ReplaceAll(p.Name, "_", "-")) }

// given is which fields a command line names, and the records that some of them refer to by an id or a name.
type given struct {
	names []string
	refs  map[string]reference
}

func (g given) has(name string) bool { return slices.Contains(g.names, name) }

// ref is the record that the field refers to; ok is false where it refers to none.
func (g given) ref(name string) (ref reference, ok bool) {
	ref, ok = g.refs[name]
	return ref, ok
}

// refer notes the record that a field refers to.
func (g *given) refer(name string, ref reference) {
	if g.refs == nil {
		g.refs = map[string]reference{}
	}
	g.refs[name] = ref
}

// draft is what a command line says of a record.
type draft[R any] struct {
	given
	assign []func(*R)
}

// applied returns the record with the given values.
func (d draft[R]) applied(r R) R {
	for _, assign := range d.assign {
		assign(&r)
	}
	return r
}

// give reads a value into the draft.
func (d *draft[R]) give(p property[R], raw string, v Values) error {
	assign, err := p.read(p.flag(), raw, v, &d.given)
	if err != nil {
		return err
	}
	d.names = append(d.names, p.flag())
	if assign != nil {
		d.assign = append(d.assign, assign)
	}
	return nil
}

// shown is a kind that nobody types.
func shown[R, V any](value func(*R) V) kind[R] {
	var like V
	return kind[R]{value: func(r *R) Value { return value(r) }, like: like}
}

// label is a text that nobody types: nothing where it is empty.
func label[R any, S ~string](at func(*R) S) kind[R] {
	return kind[R]{value: func(r *R) Value { return unlessZero(string(at(r))) }, like: ""}
}

// What properties of several nouns share.
const emailHelp = "e-mail address; nobody else's"

var (
	emailNear    = []string{"mail", "e-mail"}
	fullNameNear = []string{"name", "fullname"}
	usernameNear = []string{"user", "login"}
)

// parser reads a value that was typed for a field.
type parser[V any] = func(field, raw string, v Values) (V, error)

// typed is the kind of a value that a parser of package model reads.
func typed[R, V any](at func(*R) *V, format string, parse parser[V]) kind[R] {
	return kind[R]{
		value: func(r *R) Value { return *at(r) }, like: *new(V), format: format,
		read: func(field, raw string, v Values, _ *given) (func(*R), error) {
			read, err := parse(field, raw, v)
			return func(r *R) { *at(r) = read }, err
		},
		present: func(r *R, _ Values) string { return fmt.Sprint(*at(r)) },
		copy:    func(to, from *R) { *at(to) = *at(from) },
	}
}

// plain lets a parser that depends on nothing else be given to typed, and upTo one that depends on a greatest length.
func plain[V any](parse func(field, raw string) (V, error)) parser[V] {
	return func(field, raw string, _ Values) (V, error) { return parse(field, raw) }
}

func upTo[V any](max int, parse func(field, raw string, max int) (V, error)) parser[V] {
	return func(field, raw string, _ Values) (V, error) { return parse(field, raw, max) }
}

// textOf is a text that must not be empty.
func textOf[R any](max int, at func(*R) *string) kind[R] {
	return typed(at, "TEXT", upTo(max, model.ParseText))
}

// nameOf is a text by which people tell records apart.
func nameOf[R any](max int, at func(*R) *string) kind[R] {
	return typed(at, "TEXT", upTo(max, model.ParseName))
}

// longTextOf is a text of any number of lines, or none.
func longTextOf[R any](max int, at func(*R) *string) kind[R] {
	k := typed(at, "TEXT", upTo(max, model.ParseLongText))
	k.value, k.lines = func(r *R) Value { return unlessZero(*at(r)) }, true
	return k
}

func usernameOf[R any](at func(*R) *string) kind[R] {
	return typed(at, "NAME", func(field, raw string, v Values) (string, error) {
		return model.ParseUsername(field, raw, v.Policy.UsernameMin, v.Policy.UsernameMax)
	})
}

func emailOf[R any](max int, at func(*R) *model.Email) kind[R] {
	return typed(at, "ADDRESS", upTo(max, model.ParseEmail))
}

// phoneOf is a telephone number, or none.
func phoneOf[R any](at func(*R) *model.Phone) kind[R] {
	k := typed(at, "NUMBER", func(field, raw string, _ Values) (model.Phone, error) {
		if raw == "" {
			return "", nil
		}
		return model.ParsePhone(field, raw)
	})
	k.value = func(r *R) Value { return unlessZero(*at(r)) }
	return k
}

func amountOf[R any](at func(*R) *model.Amount) kind[R] {
	return typed(at, "EUROS", plain(model.ParseAmount))
}

func boolOf[R any](at func(*R) *bool) kind[R] {
	k := typed(at, "true|false", plain(model.ParseBool))
	k.source = OneOf("true", "false")
	return k
}

func countOf[R any](at func(*R) *int64) kind[R] { return typed(at, "N", plain(model.ParseCount)) }

// idOf is the id of another record.
func idOf[R any](at func(*R) *int64) kind[R] { return typed(at, "ID", plain(model.ParseID)) }

// optionalIDOf is the id of another record, or none.
func optionalIDOf[R any](at func(*R) **int64) kind[R] {
	k := typed(at, "ID", func(field, raw string, _ Values) (*int64, error) {
		if raw == "" {
			return nil, nil
		}
		id, err := model.ParseID(field, raw)
		return &id, err
	})
	k.value, k.like = func(r *R) Value { return optional(*at(r)) }, int64(0)
	k.present = func(r *R, _ Values) string {
		if id := *at(r); id != nil {
			return fmt.Sprint(*id)
		}
		return ""
	}
	return k
}

// referenceTo is another record that is given by its id or its name, which a rule of the noun looks up. clear, which may
// be nil, takes it away.
func referenceTo[R any](format string, value func(*R) Value, present func(*R) string, clear func(*R)) kind[R] {
	return kind[R]{
		value: value, like: int64(0), format: format,
		read: func(field, raw string, _ Values, g *given) (func(*R), error) {
			if raw == "" && clear != nil {
				return clear, nil
			}
			ref, err := parseReference(field, raw)
			g.refer(field, ref)
			return nil, err
		},
		present: func(r *R, _ Values) string { return present(r) },
	}
}

const timeFormat = "dd/mm/yyyy[ HH:MM]"

// timeOf is a point in time; a date alone is its first minute, or its last when endOfDay.
func timeOf[R any](endOfDay bool, at func(*R) *time.Time) kind[R] {
	k := typed(at, timeFormat, func(field, raw string, v Values) (time.Time, error) {
		return model.ParseTime(field, raw, model.TimeOptions{Now: v.Now, Location: v.Location, EndOfDay: endOfDay})
	})
	k.present = func(r *R, v Values) string {
		if at(r).IsZero() {
			return ""
		}
		return model.ShowTime(*at(r), v.Location, v.Zoned)
	}
	k.source = days()
	return k
}

const dayFormat = "dd/mm/yyyy"

// dayOf is a day, such as that of a contact.
func dayOf[R any](at func(*R) *time.Time) kind[R] {
	return someDay(at, func(r *R, day *time.Time) { *at(r) = *day }, false)
}

// optionalDayOf is dayOf where there may be none.
func optionalDayOf[R any](at func(*R) **time.Time) kind[R] {
	return someDay(func(r *R) *time.Time { return *at(r) }, func(r *R, day *time.Time) { *at(r) = day }, true)
}

// someDay is a day; get gives the moment that stands for it. One that is the same day already stays the moment that it
// is.
func someDay[R any](get func(*R) *time.Time, set func(*R, *time.Time), optional bool) kind[R] {
	return kind[R]{
		value: func(r *R) Value {
			if t := get(r); t != nil {
				return model.Day(*t)
			}
			return nil
		},
		like: model.Day{}, format: dayFormat, source: days(),
		read: func(field, raw string, v Values, _ *given) (func(*R), error) {
			if raw == "" && optional {
				return func(r *R) { set(r, nil) }, nil
			}
			day, err := readDay(field, raw, v)
			return func(r *R) {
				now := day
				if t := get(r); t != nil && !t.IsZero() && model.Day(*t).In(v.Location).Equal(model.Day(day).In(v.Location)) {
					now = *t
				}
				set(r, &now)
			}, err
		},
		present: func(r *R, v Values) string {
			if t := get(r); t != nil && !t.IsZero() {
				return model.Day(*t).Format(v.Location)
			}
			return ""
		},
		copy: func(to, from *R) { set(to, get(from)) },
	}
}

func readDay(field, raw string, v Values) (time.Time, error) {
	return model.ParseDay(field, raw, model.TimeOptions{Now: v.Now, Location: v.Location})
}

// numbered is the id that every record has.
func numbered[R any](id func(*R) int64) property[R] {
	return property[R]{Column: Column{Name: "id", Title: "ID"}, kind: shown(id), sort: model.ByID, kept: true}
}

// bookkeeping are the properties that the records of a noun end with.
func bookkeeping[R any](createdAt, updatedAt func(*R) time.Time, version func(*R) int64) []property[R] {
	return []property[R]{
		{Column: Column{Name: "created_at", Title: "Created", Priority: 8}, kind: shown(createdAt), sort: model.ByMoment, detail: true, kept: true},
		{Column: Column{Name: "updated_at", Title: "Updated", Priority: 8}, kind: shown(updatedAt), sort: model.ByMoment, detail: true, kept: true},
		{Column: Column{Name: "version", Title: "Version", For: Machines}, kind: shown(version), detail: true, kept: true},
	}
}

// optional turns an optional id or moment into a cell: nothing when absent.
func optional[V any](p *V) Value {
	if p == nil {
		return nil
	}
	return *p
}

// unlessZero turns a value into a cell: nothing where it is empty.
func unlessZero[V comparable](v V) Value {
	if v == *new(V) {
		return nil
	}
	return v
}
