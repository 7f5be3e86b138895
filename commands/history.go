package commands

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"epev/data"
	"epev/model"
	"epev/security"
)

type historyInput struct {
	noun   anyNoun
	record reference
	undo   int64 // the number of a change that is taken back; 0: none
	given        // the waiver of that
}

func historyCommands() []Command {
	return append(undoCommands(), Define(Spec[historyInput]{
		Command: Command{Path: "history", Help: "Tell who changed a record, when, and from what to what", Example: "history client 8", Access: LoggedIn(),
			Writes: true, OnlyWith: "undo", Rehearses: true},
		Fields: append([]Field[historyInput]{
			field(Param{Name: "resource", Positional: true, Required: true, Format: "RESOURCE", Help: strings.Join(resources(), ", "), Source: historic()},
				func(in *historyInput) *anyNoun { return &in.noun }, parseNoun),
			field(Param{Name: "id", Positional: true, Required: true, Format: "ID", Help: "which record", Source: recordsOf("resource")},
				func(in *historyInput) *reference { return &in.record }, parseReference),
			field(Param{Name: "undo", Format: "N", Unasked: true, Help: "take back the change of this number, if nothing was built on it", Source: changesOf()},
				func(in *historyInput) *int64 { return &in.undo }, model.ParseID),
		}, waiverFields(eventNoun(), func(in *historyInput) *given { return &in.given })...),
		Confirm: func(ctx context.Context, e *Act, in historyInput) (string, error) {
			if in.undo == 0 {
				return "", nil
			}
			u, err := e.undoOf(ctx, in, e.Human)
			if err != nil {
				return "", err
			}
			return u.question(), nil
		},
		Run: func(ctx context.Context, e *Act, in historyInput) (Result, error) {
			switch {
			case in.undo == 0 && in.has(evenIfBusy):
				return Result{}, model.Invalid(evenIfBusy, "--%s is for what is undone", evenIfBusy).WithHint("give it with --undo N, or leave it out")
			case in.undo == 0:
				return tellHistory(ctx, e, in)
			}
			u, err := e.undoOf(ctx, in, false)
			if err != nil {
				return Result{}, err
			}
			return u.result(), nil
		},
	}))
}

// undoOf takes back a change that the record's history tells. asks is as undo says.
func (e *Act) undoOf(ctx context.Context, in historyInput, asks bool) (*undoing, error) {
	changes, id, err := e.changesOf(ctx, in)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(changes, func(c model.Change) bool { return c.ID == in.undo }) {
		return nil, model.Errorf(model.NotFound, "the history of %s %d has no change %d", in.noun.title(), id, in.undo).
			WithTry("{try} shows the numbers", fmt.Sprintf("history %s %d", in.noun.title(), id))
	}
	return e.undo(ctx, in.undo, in.given, asks)
}

// changesOf reads the history of a record that the actor may read.
func (e *Act) changesOf(ctx context.Context, in historyInput) (changes []model.Change, id int64, err error) {
	if id, err = e.historyOf(ctx, in); err == nil {
		changes, err = e.Data.History(ctx, in.noun.title(), id)
	}
	if err == nil && len(changes) == 0 {
		err = in.noun.seen(ctx, e, model.Everything, id)
	}
	return changes, id, err
}

// changesOf offers the latest changes of the record that the line names, by their numbers.
func changesOf() *Source {
	return &Source{find: func(ctx context.Context, e *Act, q Query) ([]Candidate, error) {
		n := nounOf(q.Raw["resource"])
		if n == nil || n.lasting() {
			return nil, nil
		}
		record, err := parseReference("id", q.Raw["id"])
		if err != nil {
			return nil, nil
		}
		changes, _, err := e.changesOf(ctx, historyInput{noun: n, record: record})
		if err != nil {
			return nil, err
		}
		changes = changes[max(0, len(changes)-candidateLimit):]
		what, err := e.described(ctx, e.Data, n, changes)
		var candidates []Candidate
		for i, c := range slices.Backward(changes) {
			if err == nil {
				candidates = append(candidates, Candidate{Value: fmt.Sprint(c.ID), About: join(c.Actor, e.showTime(c.At), c.Action, what[i])})
			}
		}
		return candidates, err
	}}
}

func parseNoun(field, raw string) (anyNoun, error) {
	if n := nounOf(strings.TrimSpace(raw)); n != nil {
		return n, nil
	}
	err := model.Invalid(field, "there is no history of %q", raw)
	if near, ok := model.Nearest(raw, resources()); ok {
		return nil, err.WithHint("did you mean %q?", near)
	}
	return nil, err.WithHint("one of %s", strings.Join(resources(), ", "))
}

func tellHistory(ctx context.Context, e *Act, in historyInput) (Result, error) {
	changes, _, err := e.changesOf(ctx, in)
	if err != nil {
		return Result{}, err
	}
	what, err := e.described(ctx, e.Data, in.noun, changes)
	if err != nil {
		return Result{}, err
	}
	return Result{Table: changeTable(changes, what, in.noun.facts(), e.Location)}, nil
}

// resources are the nouns that history tells of, in the order of the catalogue.
func resources() []string {
	return slices.DeleteFunc(security.Resources(), func(name string) bool { return nounOf(name) == nil })
}

// opens says that the actor may read every history, also of deleted records.
func (e *Act) opens() bool {
	return security.Allows(e.Actor, security.Permission{Resource: "history", Action: "view"})
}

// historic offers the resources whose history the actor may read.
func historic() *Source {
	return &Source{find: func(_ context.Context, e *Act, _ Query) ([]Candidate, error) {
		var candidates []Candidate
		for _, r := range resources() {
			if e.opens() || !e.reach(r, "view").None() {
				candidates = append(candidates, Candidate{Value: r})
			}
		}
		return candidates, nil
	}}
}

// recordsOf offers records of the resource that an earlier argument names.
func recordsOf(argument string) *Source {
	return &Source{via: argument, find: func(ctx context.Context, e *Act, q Query) ([]Candidate, error) {
		n := nounOf(q.Raw[argument])
		if n == nil {
			return nil, nil
		}
		return n.offers("view").find(ctx, e, q)
	}}
}

// historyOf resolves the record and refuses who may not read its history. Whoever may view the record may read it;
// history:view also opens the history of deleted records, users and roles (SPEC 4).
func (e *Act) historyOf(ctx context.Context, in historyInput) (int64, error) {
	name := in.noun.title()
	view := security.Permission{Resource: name, Action: "view"}
	if !e.opens() && !security.Allows(e.Actor, view) {
		return 0, e.denied(ctx, view, model.AnyRelation, "read the history of "+name+" records", "")
	}
	id, err := in.noun.identify(ctx, e, in.record)
	if err != nil || e.opens() && in.noun.alwaysOpen() {
		return id, err
	}
	into, err := e.Data.Led(ctx, name, id)
	if err != nil {
		return 0, err
	}
	err = in.noun.seen(ctx, e, in.noun.within(e, "view"), id)
	if err != nil && e.opens() && model.KindOf(in.noun.seen(ctx, e, model.Everything, id)) == model.NotFound {
		e.led(name, id, into)
		return into, nil // it was deleted
	}
	return into, err
}

func changeTable(changes []model.Change, what []string, facts map[string]fact, office *time.Location) *Table {
	t := &Table{Name: "changes", Columns: []Column{
		{Name: "id", Title: "No", For: Machines}, {Name: "at", Title: "When"}, {Name: "actor_id", Title: "Actor ID", For: Machines}, {Name: "actor", Title: "Who"},
		{Name: "session_id", Title: "Session", For: Machines}, {Name: "action", Title: "Did"}, {Name: "number", Title: "No", For: People},
		{Name: "what", Title: "What", For: People, Wraps: true}, {Name: "before", Title: "Before", For: Machines},
		{Name: "after", Title: "After", For: Machines}, {Name: "cause", Title: "Why", For: Machines, Wraps: true},
	}}
	// What was merged has the history of several records, and only then is it told of which one each change is.
	several := slices.ContainsFunc(changes, func(c model.Change) bool { return c.RecordID != changes[0].RecordID })
	for i, c := range changes {
		if c.Cause != "" { // most histories have none, and people see no column for that
			t.Columns[len(t.Columns)-1].For = Everyone
		}
		t.Rows = append(t.Rows, []Value{c.ID, c.At, optional(c.ActorID), c.Actor, optional(c.SessionID), c.Action, c.ID, what[i],
			state(c.Before, facts, office), state(c.After, facts, office), unlessZero(c.Cause)})
	}
	if several {
		t.Columns = slices.Insert(t.Columns, 1, Column{Name: "record_id", Title: "ID"})
		for i, c := range changes {
			t.Rows[i] = slices.Insert(t.Rows[i], 1, Value(c.RecordID))
		}
	}
	return t
}

// described tells each change of a noun's records in one line, as people read it: "Company: Startup SAS →
// Horlogerie SA, Phone: +33 6… → +33 7…".
func (e *Act) described(ctx context.Context, r *data.Reader, n anyNoun, changes []model.Change) ([]string, error) {
	facts := n.facts()
	var states []map[string]any // before and after each change
	var referred []data.Record
	for _, c := range changes {
		for _, raw := range [][]byte{c.Before, c.After} {
			state := storedFields(raw, facts)
			states = append(states, state)
			for name, value := range state {
				if id, ok := idIn(value); ok && facts[name].refers != "" {
					referred = append(referred, data.Record{Kind: facts[name].refers, ID: id})
				}
			}
		}
	}
	sight := data.Sight{}
	for _, n := range nouns() {
		sight[n.title()] = n.sight(e)
	}
	names, err := r.Names(ctx, referred, sight)
	if err != nil {
		return nil, err
	}
	bounds := boundsOf(changes, states, facts)
	shown := func(c model.Change, name string, at int) string {
		state := states[at]
		f := facts[name]
		if id, ok := idIn(state[name]); ok {
			if known, ok := names[data.Record{Kind: f.refers, ID: id}]; ok {
				return known.At(c)
			}
		}
		v := f.restored(state[name])
		if t, is := v.(time.Time); is && f.bound && ofDays(bounds[at], facts, e.Location) {
			return ShowDay(t, e.Location)
		}
		return Text(v, e.Location, e.Zoned)
	}
	lines := make([]string, len(changes))
	for i, c := range changes {
		before, after := states[2*i], states[2*i+1]
		names := maps.Clone(before)
		maps.Copy(names, after)
		var parts []string
		for _, name := range inOrder(names, facts) {
			_, had := before[name]
			_, has := after[name]
			b, a := shown(c, name, 2*i), shown(c, name, 2*i+1)
			title := cmp.Or(facts[name].title, Capital(strings.ReplaceAll(name, "_", " ")))
			switch {
			case had && has:
				parts = append(parts, fmt.Sprintf("%s: %s → %s", title, cmp.Or(b, "–"), cmp.Or(a, "–")))
			case a+b != "":
				parts = append(parts, fmt.Sprintf("%s: %s", title, a+b))
			}
		}
		lines[i] = strings.Join(parts, ", ")
	}
	return lines, nil
}

func idIn(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	id, err := n.Int64()
	return id, err == nil
}
