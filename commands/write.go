package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"epev/model"
	"epev/security"
)

// edit is the input of the creation and of the update of a record: only the fields that were given are assigned.
type edit[R any] struct {
	record  reference // of an update
	version int64     // of the record that the person saw; 0: whichever is there
	draft[R]
}

// saver is a change of the database that takes a V.
type saver[V any] func(tx *Tx, ctx context.Context, v V) error

// fieldsOf makes flags of the noun's settable properties, for an input with a draft. Where names are given, of those alone.
func fieldsOf[T, R, F any](n noun[R, F], at func(*T) *draft[R], only ...string) []Field[T] {
	var fields []Field[T]
	for _, p := range n.asked() {
		if len(only) == 0 || slices.Contains(only, p.flag()) {
			fields = append(fields, Field[T]{Param: n.setter(p), Set: func(in *T, raw string, v Values) error { return at(in).give(p, raw, v) }})
		}
	}
	return fields
}

// ended ends a sentence. One that ends with a text of a person's, which has its own end, has no second one.
func ended(sentence string) string {
	if end, _ := utf8.DecodeLastRuneInString(sentence); strings.ContainsRune(".!?…", end) {
		return sentence
	}
	return sentence + "."
}

// waiver is a flag with which a rule lets pass what a terminal would ask about. A record that is made gives it no cause unless the
// property of the flag about is given.
type waiver struct {
	Param
	about string
}

// waiverFields make flags of the noun's waivers. One that is given is noted as a field that was.
func waiverFields[T, R, F any](n noun[R, F], at func(*T) *given) (fields []Field[T]) {
	for _, w := range n.waivers {
		p := w.Param
		p.Switch, p.Unasked = true, true
		fields = append(fields, Field[T]{Param: p, Set: func(in *T, raw string, _ Values) error {
			on, err := model.ParseBool(p.Name, raw)
			if on {
				at(in).names = append(at(in).names, p.Name)
			}
			return err
		}})
	}
	return fields
}

// edits gives a declaration the noun's fields, its rules, guards first, and its doubts. They are about what states tells
// of the input: the record before, which is nil at creation, and after.
func (n noun[R, F]) edits(s Spec[edit[R]], states func(ctx context.Context, e *Act, in edit[R]) (before *R, after R, err error)) Spec[edit[R]] {
	s.Fields = append(s.Fields, fieldsOf(n, func(in *edit[R]) *draft[R] { return &in.draft })...)
	s.Fields = append(s.Fields, waiverFields(n, func(in *edit[R]) *given { return &in.given })...)
	rule := func(fields []string, check settler[R]) {
		s.Rules = append(s.Rules, Rule[edit[R]]{fields, func(ctx context.Context, e *Act, in edit[R]) error {
			before, after, err := states(ctx, e, in)
			if err != nil {
				return err
			}
			return check(ctx, e, before, &after, in.given)
		}})
	}
	for _, p := range n.asked() {
		if p.set.guard.name != "" {
			rule([]string{p.flag()}, n.guard)
		}
	}
	for _, r := range n.rules {
		rule(r.fields, r.check)
	}
	if n.doubts == nil {
		return s
	}
	s.Doubts = func(ctx context.Context, e *Act, in edit[R]) (all []error, err error) {
		before, after, err := states(ctx, e, in)
		if err == nil {
			err = n.settle(ctx, e, before, &after, in.given)
		}
		for _, doubt := range n.doubts {
			if err != nil {
				return nil, err
			}
			var told []error
			told, err = doubt(ctx, e, before, &after, in.given)
			all = append(all, told...)
		}
		return all, err
	}
	return s
}

// settle fills defaults, makes fields that follow from others agree, and refuses what the business forbids, or what the actor
// may not do.
func (n noun[R, F]) settle(ctx context.Context, e *Act, before, after *R, g given) error {
	if err := n.guard(ctx, e, before, after, g); err != nil {
		return err
	}
	for _, r := range n.rules {
		if err := r.check(ctx, e, before, after, g); err != nil {
			return err
		}
	}
	if before != nil {
		return nil
	}
	// The relation to check is that of the record as it will be.
	if !n.reach(e, "create").Covers(n.relation(after)) {
		return n.denied(ctx, e, after, "create", "create this "+n.name)
	}
	return n.guard(ctx, e, nil, after, g)
}

// creates declares "NOUN create".
func (n noun[R, F]) creates(help, example string, insert saver[*R]) Command {
	s := n.edits(Spec[edit[R]]{Command: Command{Path: n.name + " create", Help: help, Example: example, Access: Needs(n.name, "create"), Writes: true}},
		func(_ context.Context, _ *Act, in edit[R]) (before *R, after R, err error) {
			return nil, in.applied(after), nil
		})
	for _, w := range n.waivers {
		at := slices.IndexFunc(s.Fields, func(f Field[edit[R]]) bool { return f.Param.Name == w.Name })
		s.Fields[at].Param.Needs = security.Setting(n.permission("create"), w.about)
	}
	s.Run = func(ctx context.Context, e *Act, in edit[R]) (Result, error) {
		return n.create(ctx, e, in.draft, insert)
	}
	return Define(s)
}

// create writes the record of a draft, and tells of it.
func (n noun[R, F]) create(ctx context.Context, e *Act, in draft[R], insert saver[*R]) (Result, error) {
	var none R
	r := in.applied(none)
	err := n.settle(ctx, e, nil, &r, in.given)
	if err == nil {
		err = insert(e.Tx, ctx, &r)
	}
	if err != nil {
		return Result{}, err
	}
	n.note(e, nil, &r)
	return n.report("created", &r), nil
}

// note notes a change that is of note.
func (n noun[R, F]) note(e *Act, before, after *R) {
	if n.noted == nil {
		return
	}
	if what := n.noted(before, after); what != "" {
		e.note(what)
	}
}

// report tells what was done to a record.
func (n noun[R, F]) report(what string, r *R) Result {
	return Result{Message: ended(fmt.Sprintf("%s %d %s%s", Capital(n.name), n.id(r), what, n.called(r))), Table: n.record(r)}
}

// reportChange is report with the properties that differ between before and after.
func (n noun[R, F]) reportChange(what string, before, after *R) Result {
	r := n.report(what, after)
	return Result{Message: r.Message, Changes: n.changes(before, after), ChangedID: n.id(before)}
}

// updates declares "NOUN update ID": it changes only the fields given, and shows before and after.
func (n noun[R, F]) updates(example string, save saver[*R]) Command {
	return Define(n.updating(example, save))
}

// updating is the declaration that updates defines.
func (n noun[R, F]) updating(example string, save saver[*R]) Spec[edit[R]] {
	s := n.edits(Spec[edit[R]]{
		Command: Command{Path: n.name + " update", Help: "Change fields of " + withArticle(n.name), Example: example, Access: Needs(n.name, "update"),
			Writes: true, AskAll: true}, Present: n.present,
		Fields: []Field[edit[R]]{recordField(n, n.offers("update"), func(in *edit[R]) *reference { return &in.record })},
	}, n.edited)
	for i := range s.Fields[1:] {
		f := &s.Fields[1+i]
		f.Required = false
		if about, rest, ok := strings.Cut(f.Help, "; "); ok && strings.HasSuffix(rest, "unless given") {
			f.Help = about // an update fills nothing in
		}
	}
	s.Fields = append(s.Fields, field(Param{Name: "if-version", Format: "N", Unasked: true,
		Help: "only if the record still has this version (the version key in json)"}, func(in *edit[R]) *int64 { return &in.version }, model.ParseID))
	s.Run = func(ctx context.Context, e *Act, in edit[R]) (Result, error) {
		before, err := n.take(ctx, e, in.record, "update")
		if err != nil {
			return Result{}, err
		}
		if in.version != 0 && in.version != n.version(&before) {
			return Result{}, e.stale(ctx, n.name, n.id(&before), in.version)
		}
		after := in.applied(before)
		if err := n.settle(ctx, e, &before, &after, in.given); err != nil {
			return Result{}, err
		}
		return n.write(ctx, e, save, before, after)
	}
	return s
}

// edited tells the record of an update, and what it would become.
func (n noun[R, F]) edited(ctx context.Context, e *Act, in edit[R]) (before *R, after R, err error) {
	r, err := n.find(ctx, e, in.record, "update")
	if err == nil && e.Tx != nil {
		e.found.of, e.found.record = sought{n.name, "update", in.record}, r
	}
	return &r, in.applied(r), err
}

// present tells the values that an update starts from. What follows from the fields given is told as it would be.
func (n noun[R, F]) present(ctx context.Context, e *Act, in edit[R]) (Present, error) {
	before, after, err := n.edited(ctx, e, in)
	if err != nil {
		return Present{}, err
	}
	p := Present{Values: map[string]string{}, Names: map[string]string{}, Version: n.version(before)}
	for _, rule := range n.rules {
		next := after
		if rule.check(ctx, e, before, &next, in.given) == nil {
			after = next // what is wrong with them is told elsewhere
		}
	}
	days := n.shownDays(&after, e.Location)
	for _, property := range n.asked() {
		p.Values[property.flag()] = property.present(&after, e.Values())
		if at, is := property.value(&after).(time.Time); is && days[property.Name] {
			p.Values[property.flag()] = ShowDay(at, e.Location)
		}
		if property.set.name != nil {
			p.Names[property.flag()] = property.set.name(before)
		}
		guarded := property.set.guard
		held := guarded.name != "" && (guarded.holds == nil || guarded.holds(before))
		if held && !security.MayChange(e.Actor, n.permission("update"), n.relation(before), guarded.name) {
			p.Kept = append(p.Kept, property.flag())
		}
	}
	return p, nil
}

// write saves a changed record, and tells what changed.
func (n noun[R, F]) write(ctx context.Context, e *Act, save saver[*R], before, after R) (Result, error) {
	if len(n.changes(&before, &after)) == 0 {
		return Result{Message: fmt.Sprintf("Nothing to change in %s %d.", n.name, n.id(&before)), Table: n.record(&before)}, nil
	}
	if err := save(e.Tx, ctx, &after); err != nil {
		return Result{}, n.explain(ctx, e, &before, err)
	}
	n.note(e, &before, &after)
	return n.reportChange("updated", &before, &after), nil
}

// removes declares "NOUN delete ID", for records of the source, or of all that the actor may delete where that is nil.
func (n noun[R, F]) removes(example string, source *Source, remove saver[int64]) Command {
	if source == nil {
		source = n.offers("delete")
	}
	return Define(Spec[reference]{
		Command: Command{Path: n.name + " delete", Help: "Delete " + withArticle(n.name) + "; its history stays", Example: example,
			Access: Needs(n.name, "delete"), Writes: true}, Fields: []Field[reference]{recordField(n, source, itself[reference])},
		Confirm: func(ctx context.Context, e *Act, ref reference) (string, error) {
			r, err := n.find(ctx, e, ref, "delete")
			if err == nil {
				err = e.Data.Unreferred(ctx, n.name, n.id(&r), n.id(&r)) // nobody is asked about what cannot be
			}
			goes := ""
			if err == nil {
				goes, err = n.withNotes(ctx, e, n.id(&r))
			}
			return fmt.Sprintf("Delete %s %d%s%s?", n.name, n.id(&r), inBrackets(n.who(&r)), goes), err
		},
		Run: func(ctx context.Context, e *Act, ref reference) (Result, error) {
			r, err := n.take(ctx, e, ref, "delete")
			goes := ""
			if err == nil {
				goes, err = n.withNotes(ctx, e, n.id(&r))
			}
			if err == nil {
				err = remove(e.Tx, ctx, n.id(&r))
			}
			if err != nil {
				return Result{}, err
			}
			return n.report("deleted"+goes, &r), nil
		},
	})
}

// views declares "NOUN view ID". read reads the record together with the tables that belong to it; it may be nil
// where none do.
func (n noun[R, F]) views(example string, read func(ctx context.Context, e *Act, reach model.Reach, id int64) (R, []Table, error)) Command {
	return Define(Spec[reference]{
		Command: Command{Path: n.name + " view", Help: "Show one " + n.name, Example: example, Access: Needs(n.name, "view"), Views: true},
		Fields:  []Field[reference]{recordField(n, n.offers("view"), itself[reference])},
		Run: func(ctx context.Context, e *Act, ref reference) (Result, error) {
			if read == nil {
				r, err := n.see(ctx, e, ref)
				if err != nil {
					return Result{}, err
				}
				t := n.viewing(&r)
				return Result{Table: t}, n.annotate(ctx, e, t, []R{r})
			}
			r, belonging, err := read(ctx, e, n.reach(e, "view"), ref.ID)
			if err != nil {
				return Result{}, err
			}
			e.led(n.name, ref.ID, n.id(&r))
			t := n.viewing(&r)
			if t.Related, err = n.notesOf(ctx, e, &r); err != nil {
				return Result{}, err
			}
			t.Related = append(belonging, t.Related...)
			return Result{Table: t}, n.annotate(ctx, e, t, []R{r})
		},
	})
}
