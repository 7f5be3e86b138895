package commands

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"epev/model"
)

// fact is what the history knows of a property: the type of its records aside.
type fact struct {
	title  string
	place  int // among the properties
	refers string
	like   Value
	kept   bool
	bound  bool // the start or the end of a time that may be one of whole days
}

// boundsOf returns the start and the end of a time in each state: before and after each change, in their order. A change of
// one of both holds that alone; the other one is as the changes before it left it, or as a later one found it.
func boundsOf(changes []model.Change, states []map[string]any, facts map[string]fact) []map[string]any {
	whole := make([]map[string]any, len(states))
	last := map[int64]map[string]any{} // of each record
	pass := func(at int) {
		id := changes[at/2].RecordID
		if whole[at] == nil {
			whole[at] = map[string]any{}
			for name, value := range states[at] {
				if facts[name].bound {
					whole[at][name] = value
				}
			}
		}
		for name, value := range last[id] {
			if _, has := whole[at][name]; !has {
				whole[at][name] = value
			}
		}
		last[id] = whole[at]
	}
	for at := range states {
		pass(at)
	}
	clear(last)
	for at := range slices.Backward(states) {
		pass(at)
	}
	return whole
}

// ofDays reports whether a state holds both ends of a time, and that is one of whole days.
func ofDays(state map[string]any, facts map[string]fact, office *time.Location) bool {
	var bounds []time.Time
	for _, name := range inOrder(state, facts) {
		if at, is := facts[name].restored(state[name]).(time.Time); is && facts[name].bound {
			bounds = append(bounds, at)
		}
	}
	return len(bounds) == 2 && wholeDays(bounds[0], bounds[1], office)
}

// facts returns them by the names of the properties. People know a record's id by its name, which is a property too.
func (n noun[R, F]) facts() map[string]fact {
	facts := map[string]fact{}
	for i, p := range n.properties {
		facts[p.Name] = fact{p.Title, i, p.refers, p.like, p.kept, n.isBound(p)}
	}
	for name, f := range facts {
		if called, ok := facts[strings.TrimSuffix(name, "_id")]; ok && f.refers != "" {
			f.title, f.place = called.title, called.place
			facts[name] = f
		}
	}
	return facts
}

// inOrder returns the names of fields in the order of the properties, those without one last.
func inOrder(fields map[string]any, facts map[string]fact) []string {
	place := func(name string) int {
		if f, ok := facts[name]; ok {
			return f.place
		}
		return len(facts)
	}
	return slices.SortedFunc(maps.Keys(fields), func(a, b string) int { return cmp.Or(place(a)-place(b), cmp.Compare(a, b)) })
}

// restored turns what a JSON object holds of the property into a value of its type.
func (f fact) restored(raw any) Value {
	switch raw := raw.(type) {
	case nil, bool:
		return raw
	case string:
		if _, ok := f.like.(model.Phone); ok {
			return model.Phone(raw)
		}
		if t, err := time.Parse(time.DateOnly, raw); err == nil && f.isDay() {
			return model.Day(t.Add(12 * time.Hour)) // as a day is stored
		}
		if t, err := time.Parse(time.RFC3339, raw); err == nil {
			if f.isDay() {
				return model.Day(t)
			}
			return t
		}
		return raw
	case json.Number:
		if _, ok := f.like.(model.Amount); ok {
			var amount model.Amount // that of a payment may be negative
			if amount.Scan(raw.String()) == nil {
				return amount
			}
		}
	}
	return fmt.Sprint(raw)
}

// isDay reports whether the moments of a property stand for days.
func (f fact) isDay() bool { _, ok := f.like.(model.Day); return ok }

// storedText is a text as the history holds it, after its name.
var storedText = model.Pattern(`("(\w+)": ?")([^"]+)"`)

// state is a state of a record as a cell, with days told as in the record's own view. It is nil when there is no state.
func state(raw []byte, facts map[string]fact, office *time.Location) Value {
	if len(raw) == 0 {
		return nil
	}
	return json.RawMessage(storedText().ReplaceAllFunc(raw, func(field []byte) []byte {
		m := storedText().FindSubmatch(field)
		t, err := time.Parse(time.RFC3339, string(m[3]))
		if err != nil || !facts[string(m[2])].isDay() {
			return field
		}
		return fmt.Appendf(nil, `%s%s"`, m[1], model.Day(t).ISO(office))
	}))
}

// storedFields reads a JSON object's values, without the bookkeeping.
func storedFields(raw []byte, facts map[string]fact) map[string]any {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // an amount stays what it is
	fields := map[string]any{}
	if decoder.Decode(&fields) != nil {
		return map[string]any{}
	}
	maps.DeleteFunc(fields, func(name string, _ any) bool { return facts[name].kept })
	return fields
}
