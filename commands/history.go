package commands

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

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
			return Result{Table: changeTable(changes, e.Location)}, nil
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

func changeTable(changes []model.Change, loc *time.Location) *Table {
	t := &Table{Name: "changes", Columns: []Column{
		{Name: "id", Title: "No", For: Machines}, {Name: "at", Title: "When"}, {Name: "actor_id", Title: "Actor ID", For: Machines}, {Name: "actor", Title: "Who"},
		{Name: "session_id", Title: "Session", For: Machines}, {Name: "action", Title: "Did"}, {Name: "what", Title: "What", For: People, Wraps: true},
		{Name: "before", Title: "Before", For: Machines}, {Name: "after", Title: "After", For: Machines},
	}}
	for _, c := range changes {
		t.Rows = append(t.Rows, []Value{c.ID, c.At, optional(c.ActorID), c.Actor, optional(c.SessionID), c.Action, describeChange(c, loc),
			object(c.Before), object(c.After)})
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

// describeChange tells a change in one line, as people read values: "phone: +336… → +337…".
func describeChange(c model.Change, loc *time.Location) string {
	before, after := fieldsOf(c.Before, loc), fieldsOf(c.After, loc)
	names := maps.Clone(before)
	maps.Copy(names, after)
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		b, had := before[name]
		a, has := after[name]
		switch {
		case had && has:
			parts = append(parts, fmt.Sprintf("%s: %s → %s", name, cmp.Or(b, "–"), cmp.Or(a, "–")))
		case a+b != "":
			parts = append(parts, fmt.Sprintf("%s: %s", name, a+b))
		}
	}
	return strings.Join(parts, ", ")
}

// fieldsOf reads a JSON object's values as text, empty for null, without the bookkeeping.
func fieldsOf(raw []byte, loc *time.Location) map[string]string {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // an amount stays what it is
	fields := map[string]string{}
	var object map[string]any
	if decoder.Decode(&object) != nil {
		return fields
	}
	for name, v := range object {
		switch v := v.(type) {
		case nil:
			fields[name] = ""
		case string:
			fields[name] = v
			if t, err := time.Parse(time.RFC3339, v); err == nil {
				fields[name] = model.FormatTime(t, loc)
			}
		default:
			fields[name] = fmt.Sprint(v)
		}
	}
	for _, bookkeeping := range []string{"id", "created_at", "updated_at"} {
		delete(fields, bookkeeping)
	}
	return fields
}
