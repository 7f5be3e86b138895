package commands

import (
	"context"
	"fmt"
	"strings"

	"epev/model"
)

// fieldsOf makes flags of the noun's settable properties, for an input with a draft. Where names are given, of those alone.
func fieldsOf[T, R, F any](n noun[R, F], at func(*T) *draft[R], only ...string) []Field[T] {
	var fields []Field[T]
	for _, p := range n.asked() {
		if len(only) > 0 && !(given{names: only}).has(p.flag()) {
			continue
		}
		fields = append(fields, Field[T]{Param: n.setter(p), Set: func(in *T, raw string, v Values) error { return at(in).give(p, raw, v) }})
	}
	return fields
}

// rulesOf are the noun's rules about fields, guards first, for an input; check runs one on the input's state.
func rulesOf[T, R, F any](n noun[R, F], check func(settler[R]) func(context.Context, *Act, T) error) []Rule[T] {
	var rules []Rule[T]
	for _, flag := range n.guarded() {
		rules = append(rules, Rule[T]{[]string{flag}, check(n.guard)})
	}
	for _, r := range n.rules {
		rules = append(rules, Rule[T]{r.fields, check(r.check)})
	}
	return rules
}

// creator is what the creation of a noun does beyond assigning fields.
type creator[R any] struct {
	help, example string
	insert        func(tx *Tx, ctx context.Context, r *R) error
	done          func(e *Act, before, after *R)
}

// creates declares "NOUN create".
func (n noun[R, F]) creates(c creator[R]) Command {
	type input = draft[R]
	s := Spec[input]{
		Path: n.name + " create", Help: c.help, Example: c.example, Access: Needs(n.name, "create"), Writes: true,
		Fields: fieldsOf(n, func(in *input) *draft[R] { return in }),
		Rules: rulesOf(n, func(check settler[R]) func(context.Context, *Act, input) error {
			return func(ctx context.Context, e *Act, in input) error {
				var none R
				r := in.applied(none)
				return check(ctx, e, nil, &r, in.given)
			}
		}),
		Run: func(ctx context.Context, e *Act, in input) (Result, error) {
			r, err := n.new(ctx, e, in)
			if err != nil {
				return Result{}, err
			}
			if err := c.insert(e.Tx, ctx, &r); err != nil {
				return Result{}, err
			}
			if c.done != nil {
				c.done(e, nil, &r)
			}
			return n.done("created", &r), nil
		},
	}
	if n.doubts != nil {
		s.Doubts = func(ctx context.Context, e *Act, in input) ([]string, error) {
			r, err := n.new(ctx, e, in)
			if err != nil {
				return nil, err
			}
			return n.doubtful(ctx, e, nil, &r, in.given)
		}
	}
	return Define(s)
}

// new makes the record of a creation, which the actor may create.
func (n noun[R, F]) new(ctx context.Context, e *Act, in draft[R]) (r R, err error) {
	r = in.applied(r)
	if err := n.guard(ctx, e, nil, &r, in.given); err != nil {
		return r, err
	}
	if err := n.settle(ctx, e, nil, &r, in.given); err != nil {
		return r, err
	}
	// The relation to check is that of the record as it will be.
	if !n.reach(e, "create").Covers(n.relation(&r)) {
		return r, n.denied(ctx, e, &r, "create", "create this "+n.name)
	}
	return r, n.guard(ctx, e, nil, &r, in.given)
}

// done tells what was done to a record.
func (n noun[R, F]) done(what string, r *R) Result {
	return Result{Message: fmt.Sprintf("%s %d %s%s.", capital(n.name), n.id(r), what, n.called(r)), Table: n.record(r)}
}

// changed is done with the properties that differ between before and after.
func (n noun[R, F]) changed(what string, before, after *R) Result {
	r := n.done(what, after)
	return Result{Message: r.Message, Changes: n.changes(before, after), ChangedID: n.id(before)}
}

// updateInput is the input of an update: only the fields that were given are assigned.
type updateInput[R any] struct {
	record  reference
	version int64 // of the record that the person saw; 0: whichever is there
	draft[R]
}

// updater is what an update of a noun does beyond assigning fields.
type updater[R any] struct {
	example string
	save    func(tx *Tx, ctx context.Context, r *R) error
	done    func(e *Act, before, after *R)
}

// updates declares "NOUN update ID": it changes only the fields given, and shows before and after.
func (n noun[R, F]) updates(u updater[R]) Command {
	type input = updateInput[R]
	fields := []Field[input]{recordField(n, n.offers("update"), func(in *input, ref reference) { in.record = ref })}
	for _, f := range fieldsOf(n, func(in *input) *draft[R] { return &in.draft }) {
		f.Required = false
		if about, rest, ok := strings.Cut(f.Help, "; "); ok && strings.HasSuffix(rest, "unless given") {
			f.Help = about // an update fills nothing in
		}
		fields = append(fields, f)
	}
	fields = append(fields, Field[input]{
		Param: Param{Name: "if-version", Format: "N", Unasked: true, Help: "only if the record still has this version (the version key in json)"},
		Set: func(in *input, raw string, _ Values) (err error) {
			in.version, err = model.ParseID("if-version", raw)
			return err
		},
	})
	s := Spec[input]{
		Path: n.name + " update", Help: "Change fields of " + withArticle(n.name), Example: u.example, Access: Needs(n.name, "update"),
		Writes: true, AskAll: true, Fields: fields, Rules: rulesOf(n, n.asChanged), Present: n.present,
		Run: func(ctx context.Context, e *Act, in input) (Result, error) { return n.update(ctx, e, u, in) },
	}
	if n.doubts != nil {
		s.Doubts = func(ctx context.Context, e *Act, in input) (told []string, err error) {
			return told, n.asChanged(func(ctx context.Context, e *Act, before, after *R, g given) error {
				if err := n.guard(ctx, e, before, after, g); err != nil {
					return err
				}
				if err := n.settle(ctx, e, before, after, g); err != nil {
					return err
				}
				told, err = n.doubtful(ctx, e, before, after, g)
				return err
			})(ctx, e, in)
		}
	}
	return Define(s)
}

// asChanged checks what the record of an update would become.
func (n noun[R, F]) asChanged(check settler[R]) func(context.Context, *Act, updateInput[R]) error {
	return func(ctx context.Context, e *Act, in updateInput[R]) error {
		before, err := n.find(ctx, e, in.record, "update")
		if err != nil {
			return err
		}
		after := in.applied(before)
		return check(ctx, e, &before, &after, in.given)
	}
}

// present tells the values that an update starts from. What follows from the fields given is told as it would be.
func (n noun[R, F]) present(ctx context.Context, e *Act, in updateInput[R]) (Present, error) {
	r, err := n.find(ctx, e, in.record, "update")
	if err != nil {
		return Present{}, err
	}
	p := Present{Values: map[string]string{}, Names: map[string]string{}, Version: n.version(&r)}
	after := in.applied(r)
	for _, rule := range n.rules {
		next := after
		if rule.check(ctx, e, &r, &next, in.given) == nil {
			after = next // what is wrong with them is told elsewhere
		}
	}
	for _, property := range n.asked() {
		p.Values[property.flag()] = property.present(&after, e.Values())
		if property.set.name != nil {
			p.Names[property.flag()] = property.set.name(&r)
		}
	}
	return p, nil
}

func (n noun[R, F]) update(ctx context.Context, e *Act, u updater[R], in updateInput[R]) (Result, error) {
	before, err := n.take(ctx, e, in.record, "update")
	if err != nil {
		return Result{}, err
	}
	if in.version != 0 && in.version != n.version(&before) {
		return Result{}, e.stale(ctx, n.name, n.id(&before), in.version)
	}
	after := in.applied(before)
	if err := n.guard(ctx, e, &before, &after, in.given); err != nil {
		return Result{}, err
	}
	if err := n.settle(ctx, e, &before, &after, in.given); err != nil {
		return Result{}, err
	}
	return n.write(ctx, e, u, before, after)
}

// write saves a changed record, and tells what changed.
func (n noun[R, F]) write(ctx context.Context, e *Act, u updater[R], before, after R) (Result, error) {
	if len(n.changes(&before, &after)) == 0 {
		return Result{Message: fmt.Sprintf("Nothing to change in %s %d.", n.name, n.id(&before)), Table: n.record(&before)}, nil
	}
	if err := u.save(e.Tx, ctx, &after); err != nil {
		return Result{}, n.explain(ctx, e, &before, err)
	}
	if u.done != nil {
		u.done(e, &before, &after)
	}
	return n.changed("updated", &before, &after), nil
}

// remover is what the deletion of a noun's records does.
type remover[R any] struct {
	example string
	source  *Source // of those that can be deleted; nil: of all that the actor may delete
	// check refuses what may not be deleted; it may be nil.
	check  func(ctx context.Context, e *Act, r *R) error
	delete func(tx *Tx, ctx context.Context, id int64) error
}

// removes declares "NOUN delete ID".
func (n noun[R, F]) removes(d remover[R]) Command {
	if d.source == nil {
		d.source = n.offers("delete")
	}
	if d.check == nil {
		d.check = func(context.Context, *Act, *R) error { return nil }
	}
	return Define(Spec[reference]{
		Path: n.name + " delete", Help: "Delete " + withArticle(n.name) + "; its history stays", Example: d.example,
		Access: Needs(n.name, "delete"), Writes: true,
		Fields: []Field[reference]{recordField(n, d.source, func(in *reference, ref reference) { *in = ref })},
		Confirm: func(ctx context.Context, e *Act, ref reference) (string, error) {
			r, err := n.find(ctx, e, ref, "delete")
			if err == nil {
				err = d.check(ctx, e, &r)
			}
			if err == nil {
				err = e.Data.Unreferred(ctx, n.name, n.id(&r), n.id(&r)) // nobody is asked about what cannot be
			}
			return fmt.Sprintf("Delete %s %d (%s)?", n.name, n.id(&r), n.who(&r)), err
		},
		Run: func(ctx context.Context, e *Act, ref reference) (Result, error) {
			r, err := n.take(ctx, e, ref, "delete")
			if err == nil {
				err = d.check(ctx, e, &r)
			}
			if err == nil {
				err = d.delete(e.Tx, ctx, n.id(&r))
			}
			if err != nil {
				return Result{}, err
			}
			return n.done("deleted", &r), nil
		},
	})
}

// views declares "NOUN view ID". read reads the record together with the tables that belong to it; it may be nil
// where none do.
func (n noun[R, F]) views(example string, read func(ctx context.Context, e *Act, reach model.Reach, id int64) (R, []Table, error)) Command {
	return Define(Spec[reference]{
		Path: n.name + " view", Help: "Show one " + n.name, Example: example, Access: Needs(n.name, "view"), Views: true,
		Fields: []Field[reference]{recordField(n, n.offers("view"), func(in *reference, ref reference) { *in = ref })},
		Run: func(ctx context.Context, e *Act, ref reference) (Result, error) {
			if read == nil {
				r, err := n.see(ctx, e, ref)
				return Result{Table: n.viewing(&r)}, err
			}
			r, belonging, err := read(ctx, e, n.reach(e, "view"), ref.ID)
			t := n.viewing(&r)
			t.Related = belonging
			return Result{Table: t}, err
		},
	})
}
