package commands

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"epev/data"
	"epev/model"
	"epev/security"
)

type historyInput struct {
	resource string
	record   reference
}

func historyCommands() []Command {
	return []Command{Define(Spec[historyInput]{
		Path: "history", Help: "Tell who changed a record, when, and from what to what", Example: "history client 8", Access: LoggedIn(),
		Fields: []Field[historyInput]{
			{
				Param: Param{Name: "resource", Positional: true, Required: true, Format: "RESOURCE", Help: strings.Join(resources, ", "), Source: historic()},
				Set: func(in *historyInput, raw string, _ Values) error {
					if in.resource = strings.TrimSpace(raw); slices.Contains(resources, in.resource) {
						return nil
					}
					err := model.Invalid("resource", "there is no history of %q", raw)
					if near, ok := model.Nearest(raw, resources); ok {
						return err.WithHint("did you mean %q?", near)
					}
					return err.WithHint("one of %s", strings.Join(resources, ", "))
				},
			},
			referenceField(Param{Name: "id", Positional: true, Required: true, Format: "ID", Help: "which record", Source: recordsOf("resource")},
				func(in *historyInput, ref reference) { in.record = ref }),
		},
		Run: func(ctx context.Context, e *Env, in historyInput) (Result, error) {
			id, err := e.historyOf(ctx, in)
			if err != nil {
				return Result{}, err
			}
			changes, err := e.Data.History(ctx, in.resource, id)
			if err != nil {
				return Result{}, err
			}
			if len(changes) == 0 {
				if err := seen(ctx, e, in.resource, anyRecord, id); err != nil {
					return Result{}, err
				}
			}
			what, err := e.described(ctx, e.Data, in.resource, changes)
			if err != nil {
				return Result{}, err
			}
			return Result{Table: changeTable(changes, what, e.Location)}, nil
		},
	})}
}

// historyOf resolves the record and refuses who may not read its history: it is open to whoever may
// view the record; history:view also opens deleted records, users and roles (SPEC 4).
func (e *Env) historyOf(ctx context.Context, in historyInput) (int64, error) {
	all := security.Allows(e.Actor, security.Permission{Resource: "history", Action: "view"})
	view := security.Permission{Resource: in.resource, Action: "view"}
	if !all && !security.Allows(e.Actor, view) {
		return 0, e.denied(ctx, view, model.Relation{Own: true, Assigned: true}, "read the history of "+in.resource+" records", "")
	}
	id := in.record.ID
	if in.record.Name != "" {
		switch in.resource {
		case "role":
			r, err := e.role(ctx, in.record)
			if err != nil {
				return 0, about("id", err)
			}
			id = r.ID
		case "user":
			u, err := e.user(ctx, in.record)
			if err != nil {
				return 0, about("id", err)
			}
			id = u.ID
		default:
			return 0, model.Invalid("id", "%s is not the id of a %s", in.record, in.resource).WithHint("give its number")
		}
	}
	if all && (in.resource == "user" || in.resource == "role") {
		return id, nil
	}
	err := seen(ctx, e, in.resource, e.reach(in.resource, "view"), id)
	if all && err != nil && model.KindOf(seen(ctx, e, in.resource, anyRecord, id)) == model.NotFound {
		return id, nil // it was deleted
	}
	return id, err
}

// anyRecord is the reach of a record that is there at all.
var anyRecord = model.Reach{Any: true}

// seen returns nil when the record is there within reach.
func seen(ctx context.Context, e *Env, resource string, reach model.Reach, id int64) (err error) {
	switch resource {
	case "user":
		_, err = userNoun().get(ctx, e.Data, reach, id)
	case "role":
		_, err = roleNoun().get(ctx, e.Data, reach, id)
	case "company":
		_, err = companyNoun().get(ctx, e.Data, reach, id)
	case "client":
		_, err = clientNoun().get(ctx, e.Data, reach, id)
	case "contract":
		_, err = contractNoun().get(ctx, e.Data, reach, id)
	case "event":
		_, err = eventNoun().get(ctx, e.Data, reach, id)
	}
	return about("id", err)
}

func changeTable(changes []model.Change, what []string, office *time.Location) *Table {
	t := &Table{Name: "changes", Columns: []Column{
		{Name: "id", Title: "No", For: Machines}, {Name: "at", Title: "When"}, {Name: "actor_id", Title: "Actor ID", For: Machines}, {Name: "actor", Title: "Who"},
		{Name: "session_id", Title: "Session", For: Machines}, {Name: "action", Title: "Did"}, {Name: "what", Title: "What", For: People, Wraps: true},
		{Name: "before", Title: "Before", For: Machines}, {Name: "after", Title: "After", For: Machines},
	}}
	for i, c := range changes {
		t.Rows = append(t.Rows, []Value{c.ID, c.At, optional(c.ActorID), c.Actor, optional(c.SessionID), c.Action, what[i],
			state(c.Before, office), state(c.After, office)})
	}
	return t
}

// object is a JSON object as a cell; nil when there is none.
func object(raw []byte) Value {
	if len(raw) == 0 {
		return nil
	}
	return json.RawMessage(raw)
}

// described tells each change of a resource's records in one line, as people read it: "Company: Startup SAS →
// Horlogerie SA, Phone: +33 6… → +33 7…".
func (e *Env) described(ctx context.Context, r *data.Reader, resource string, changes []model.Change) ([]string, error) {
	columns := columnsOf(resource)
	var states []map[string]any // before and after each change
	var referred []data.Record
	for _, c := range changes {
		for _, raw := range [][]byte{c.Before, c.After} {
			state := fieldsOf(raw)
			states = append(states, state)
			for name, kind := range references {
				if id, ok := idIn(state[name]); ok {
					referred = append(referred, data.Record{Kind: kind, ID: id})
				}
			}
		}
	}
	users := e.reach("user", "view")
	roles := e.reach("role", "view")
	roles.Any = roles.Any || users.Any // who views users is told their roles
	names, err := r.Names(ctx, referred, data.Sight{"company": e.reach("company", "view"), "role": roles, "user": users,
		"client": e.reach("client", "view"), "event": e.reach("event", "view")})
	if err != nil {
		return nil, err
	}
	shown := func(c model.Change, name string, state map[string]any) string {
		if id, ok := idIn(state[name]); ok {
			if known, ok := names[data.Record{Kind: references[name], ID: id}]; ok {
				return known.At(c)
			}
		}
		return Text(valueOf(name, state[name], columns), e.Location, e.Zoned)
	}
	lines := make([]string, len(changes))
	for i, c := range changes {
		before, after := states[2*i], states[2*i+1]
		names := maps.Clone(before)
		maps.Copy(names, after)
		var parts []string
		for _, name := range inOrder(names, columns) {
			_, had := before[name]
			_, has := after[name]
			b, a := shown(c, name, before), shown(c, name, after)
			switch {
			case had && has:
				parts = append(parts, fmt.Sprintf("%s: %s → %s", titleOf(name, columns), cmp.Or(b, "–"), cmp.Or(a, "–")))
			case a+b != "":
				parts = append(parts, fmt.Sprintf("%s: %s", titleOf(name, columns), a+b))
			}
		}
		lines[i] = strings.Join(parts, ", ")
	}
	return lines, nil
}

// references are the columns that refer to a record which has a name, and its kind.
var references = map[string]string{"company_id": "company", "client_id": "client", "commercial_id": "user", "support_contact_id": "user", "role_id": "role"}

func idIn(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	id, err := n.Int64()
	return id, err == nil
}

// sample is a column with the value that it has in an empty record, which tells its type.
type sample struct {
	Column
	value Value
}

func (n noun[R]) samples() []sample {
	var none R
	samples := make([]sample, len(n.columns))
	for i, c := range n.columns {
		samples[i] = sample{c.Column, c.value(&none)}
	}
	return samples
}

// columnsOf returns the columns of a resource's tables.
func columnsOf(resource string) []sample {
	switch resource {
	case "user":
		return userNoun().samples()
	case "role":
		return roleNoun().samples()
	case "company":
		return companyNoun().samples()
	case "client":
		return clientNoun().samples()
	case "contract":
		return contractNoun().samples()
	}
	return eventNoun().samples()
}

// columnOf returns the index of the column in which people read a field: of a record's id, that of its name.
func columnOf(name string, columns []sample) int {
	if _, refers := references[name]; refers {
		name = strings.TrimSuffix(name, "_id")
	}
	return slices.IndexFunc(columns, func(c sample) bool { return c.Name == name })
}

func titleOf(name string, columns []sample) string {
	if i := columnOf(name, columns); i >= 0 {
		return columns[i].Title
	}
	return capital(strings.ReplaceAll(name, "_", " "))
}

// inOrder returns the names of fields in the order of the columns, those without one last.
func inOrder(fields map[string]any, columns []sample) []string {
	place := func(name string) int {
		if i := columnOf(name, columns); i >= 0 {
			return i
		}
		return len(columns)
	}
	return slices.SortedFunc(maps.Keys(fields), func(a, b string) int { return cmp.Or(place(a)-place(b), cmp.Compare(a, b)) })
}

// valueOf turns a field of a JSON object into the value that its column has.
func valueOf(name string, raw any, columns []sample) Value {
	var like Value
	if i := columnOf(name, columns); i >= 0 {
		like = columns[i].value
	}
	switch raw := raw.(type) {
	case nil, bool:
		return raw
	case string:
		if name == "phone" {
			return model.Phone(raw)
		}
		if t, err := time.Parse(time.RFC3339, raw); err == nil {
			if isDay(name) {
				return model.Day(t)
			}
			return t
		}
		return raw
	case json.Number:
		if _, ok := like.(model.Amount); ok {
			if amount, err := model.ParseAmount(name, raw.String()); err == nil {
				return amount
			}
		}
	}
	return fmt.Sprint(raw)
}

// isDay reports whether the moments of a field stand for days.
func isDay(name string) bool { return strings.HasSuffix(name, "_contact_date") }

// storedDay is a day as the history holds it.
var storedDay = regexp.MustCompile(`("\w+_contact_date": ?")([^"]+)"`)

// state is a state of a record as a cell, nil when there is none, in which days are told as in the record's own view.
func state(raw []byte, office *time.Location) Value {
	return object(storedDay.ReplaceAllFunc(raw, func(field []byte) []byte {
		m := storedDay.FindSubmatch(field)
		t, err := time.Parse(time.RFC3339, string(m[2]))
		if err != nil {
			return field
		}
		return fmt.Appendf(nil, `%s%s"`, m[1], model.Day(t).ISO(office))
	}))
}

// fieldsOf reads a JSON object's values, without the bookkeeping.
func fieldsOf(raw []byte) map[string]any {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // an amount stays what it is
	fields := map[string]any{}
	if decoder.Decode(&fields) != nil {
		return map[string]any{}
	}
	for _, bookkeeping := range []string{"id", "created_at", "updated_at"} {
		delete(fields, bookkeeping)
	}
	return fields
}
