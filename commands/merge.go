package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"epev/data"
	"epev/model"
)

// merger says how two records of a noun become one.
type merger[R any] struct {
	// The actions that it takes on the record which disappears, and on the one which stays; back is what it takes to undo that.
	from, into, back string
	// prefers names the properties of which that record has the better value although the other one has one; it may be nil.
	prefers func(from, into *R) []string
	// check is what the record that stays must fulfil, of the properties given; it may be nil.
	check settler[R]
	// may refuses an actor who may not move what belongs to the record; it may be nil.
	may  func(ctx context.Context, e *Act, from, into *R) error
	save func(tx *Tx, ctx context.Context, from int64, into *R) error
	// reasons are what two of them may share, as people read it.
	reasons map[string]string
}

// merging is the input of "NOUN merge".
type merging struct {
	from, into reference
	keep       map[string]bool // by property: whether the value of the record that disappears is kept
}

// merged is what comes of two records.
type merged[R any] struct {
	from, into, after R
	lines             []string // what changes in the record that stays: "Phone: – → +33 6…"
	follow            []string // what moves: "2 contracts"
}

// merges declares "NOUN merge FROM INTO".
func (n noun[R, F]) merges(example string) Command {
	m := n.merger
	var fields, values []string
	for _, p := range n.asked() {
		fields = append(fields, p.flag())
		values = append(values, p.flag()+"=from", p.flag()+"=into")
	}
	kept := OneOf(values...)
	kept.List = true
	return Define(Spec[merging]{
		Command: Command{Path: n.name + " merge", Help: "Let " + withArticle(n.name) + " disappear in another one, which keeps all that belongs to both",
			Example: example, Access: Needs(n.name, m.into), Writes: true},
		Fields: []Field[merging]{
			field(Param{Name: "from", Positional: true, Required: true, Format: "ID", Source: n.source(m.from),
				Help: "which " + n.name + " disappears; its id leads to the other one from then on"}, func(in *merging) *reference { return &in.from }, parseNumber),
			field(Param{Name: "into", Positional: true, Required: true, Format: "ID", Source: n.another(m.into, "from"),
				Help: "which " + n.name + " stays"}, func(in *merging) *reference { return &in.into }, parseNumber),
			field(Param{Name: "keep", Format: "FIELD=from|into", Unasked: true, Repeats: true, Source: kept, Help: "whose value stays, of " +
				strings.Join(fields, ", ") + "; what is empty is filled unless given"}, func(in *merging) *map[string]bool { return &in.keep }, n.parseKeep),
		},
		Rules: []Rule[merging]{{[]string{"from"}, func(ctx context.Context, e *Act, in merging) error {
			_, err := n.disappearing(ctx, e, in.from)
			return err
		}}},
		Confirm: func(ctx context.Context, e *Act, in merging) (string, error) {
			become, err := n.become(ctx, e, in)
			return n.mergeQuestion(become), err
		},
		Run: func(ctx context.Context, e *Act, in merging) (Result, error) { return n.merge(ctx, e, in) },
	})
}

// another is source without the record that an argument names.
func (n noun[R, F]) another(action, argument string) *Source {
	s := n.source(action)
	find := s.find
	s.find = func(ctx context.Context, e *Act, q Query) ([]Candidate, error) {
		candidates, err := find(ctx, e, q)
		return slices.DeleteFunc(candidates, func(c Candidate) bool { return c.Value == q.Raw[argument] }), err
	}
	return s
}

// parseKeep reads FIELD=from or FIELD=into, several with commas between them.
func (n noun[R, F]) parseKeep(field, raw string) (map[string]bool, error) {
	keep, fields := map[string]bool{}, []string{}
	for _, p := range n.asked() {
		fields = append(fields, p.flag())
	}
	for part := range strings.SplitSeq(raw, ",") {
		name, whose, _ := strings.Cut(strings.TrimSpace(part), "=")
		given := strings.ReplaceAll(strings.TrimLeft(strings.TrimSpace(name), "-"), "_", "-")
		name = given
		for _, p := range n.asked() {
			if slices.Contains(p.set.near, given) {
				name = p.flag()
			}
		}
		whose = strings.ToLower(strings.TrimSpace(whose))
		switch before, twice := keep[name]; {
		case !slices.Contains(fields, name):
			err := model.Invalid(field, "%s has no field %q to keep", withArticle(n.name), given)
			if near, ok := model.Nearest(given, fields); ok {
				return nil, err.WithHint("did you mean %q?", near)
			}
			return nil, err.WithHint("one of %s", strings.Join(fields, ", "))
		case whose != "from" && whose != "into":
			return nil, model.Invalid(field, "%q does not say whose %s to keep", strings.TrimSpace(part), name).
				WithHint("write %s=from for that of the one that disappears, or %s=into", name, name)
		case twice && before != (whose == "from"):
			return nil, model.Invalid(field, "%s is to be kept of both", name).WithHint("give it once")
		}
		keep[name] = whose == "from"
	}
	return keep, nil
}

// disappearing finds the record that a merge lets disappear. Its id must be its own: one that was merged already does not take
// the other one along.
func (n noun[R, F]) disappearing(ctx context.Context, e *Act, ref reference) (R, error) {
	r, err := n.find(ctx, e, ref, n.merger.from)
	if err == nil {
		err = n.itself(ref, &r)
	}
	return r, about("from", err)
}

// become reads two records and tells what comes of them. It refuses whatever would be refused in the end.
func (n noun[R, F]) become(ctx context.Context, e *Act, in merging) (b merged[R], err error) {
	m := n.merger
	if b.from, err = n.disappearing(ctx, e, in.from); err != nil {
		return b, err
	}
	if b.into, err = n.find(ctx, e, in.into, m.into); err != nil {
		return b, about("into", err)
	}
	if n.id(&b.from) == n.id(&b.into) {
		itself := fmt.Sprintf("%s %d cannot be merged into itself", n.name, n.id(&b.from))
		if in.into.ID != 0 && in.into.ID != n.id(&b.into) {
			itself += fmt.Sprintf(": %s %d was merged into it already", n.name, in.into.ID)
		}
		return b, about("into", model.Errorf(model.Conflict, "%s", itself).WithHint("give another one as INTO"))
	}
	b.after = b.into
	var preferred []string
	if m.prefers != nil {
		preferred = m.prefers(&b.from, &b.into)
	}
	g := given{}
	for _, p := range n.asked() {
		fromIt, said := in.keep[p.flag()]
		if !said {
			fromIt = slices.Contains(preferred, p.flag()) || n.shown(e, p, &b.into) == ""
		}
		if !fromIt || sameValue(p.value(&b.from), p.value(&b.into)) {
			continue
		}
		p.copy(&b.after, &b.from)
		g.names = append(g.names, p.flag())
		b.lines = append(b.lines, fmt.Sprintf("%s: %s → %s", n.titleOf(p), orDash(n.shown(e, p, &b.into)), orDash(n.shown(e, p, &b.from))))
	}
	if m.check != nil {
		if err := m.check(ctx, e, &b.into, &b.after, g); err != nil {
			return b, err
		}
	}
	if m.may != nil {
		if err := m.may(ctx, e, &b.from, &b.into); err != nil {
			return b, err
		}
	}
	left, err := e.Data.Referrers(ctx, n.name, n.id(&b.from))
	for _, c := range left {
		b.follow = append(b.follow, model.Count(c.N, c.Noun))
	}
	if err != nil || n.notes == nil {
		return b, err
	}
	notes, err := e.Data.CountNotes(ctx, model.Everything, n.notes.of(n.id(&b.from)), "", 0)
	if notes > 0 {
		b.follow = append(b.follow, model.Count(notes, "note"))
	}
	return b, err
}

// shown is the value of a property as people read it: the name of the record that an id stands for.
func (n noun[R, F]) shown(e *Act, p property[R], r *R) string {
	if p.set.name != nil {
		return p.set.name(r)
	}
	return Text(p.value(r), e.Location, e.Zoned)
}

// titleOf is what people call a property: that of an id, what the record of that id is.
func (n noun[R, F]) titleOf(p property[R]) string {
	if called := n.property(strings.TrimSuffix(p.Name, "_id")); p.refers != "" && called != nil {
		return called.Title
	}
	return p.Title
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// mergeQuestion asks whether two records are to become one, and says what will happen.
func (n noun[R, F]) mergeQuestion(b merged[R]) string {
	var parts []string
	if len(b.follow) > 0 {
		parts = append(parts, strings.Join(b.follow, " and ")+" go along")
	}
	parts = append(parts, b.lines...)
	parts = append(parts, fmt.Sprintf("%s %d disappears, and its id leads to %d", n.name, n.id(&b.from), n.id(&b.into)))
	return fmt.Sprintf("Merge %s %d%s into %s %d%s? %s.", n.name, n.id(&b.from), inBrackets(n.who(&b.from)), n.name, n.id(&b.into),
		inBrackets(n.who(&b.into)), Capital(strings.Join(parts, "; ")))
}

// merge lets a record disappear in another one. Both are looked at once more when nobody else can change them.
func (n noun[R, F]) merge(ctx context.Context, e *Act, in merging) (Result, error) {
	m := n.merger
	b, err := n.become(ctx, e, in)
	if err != nil {
		return Result{}, err
	}
	from, into := n.id(&b.from), n.id(&b.into)
	err = e.Tx.LockAll(ctx, n.name, false, from, into)
	if narrowed := !n.reach(e, "view").Any || !n.reach(e, m.from).Any || !n.reach(e, m.into).Any; err == nil && narrowed {
		err = e.Tx.LockAll(ctx, n.name, true, from, into)
	}
	if err == nil {
		b, err = n.become(ctx, e, in)
	}
	if err == nil {
		err = e.Tx.Because(ctx, fmt.Sprintf("%s %d merged into %d", n.name, from, into))
	}
	if err == nil {
		err = m.save(e.Tx, ctx, from, &b.after)
	}
	if err != nil {
		return Result{}, err
	}
	follow := ""
	if len(b.follow) > 0 {
		follow = ", with " + strings.Join(b.follow, " and ")
	}
	result := n.reportChange("", &b.into, &b.after)
	result.Message = ended(fmt.Sprintf("%s %d is merged into %s %d%s%s", Capital(n.name), from, n.name, into, n.called(&b.after), follow))
	return result, nil
}

// hunting is the input of "NOUN duplicates".
type hunting struct {
	after data.Alikeness
	limit int
}

// duplicates declares "NOUN duplicates".
func (n noun[R, F]) duplicates(example string,
	read func(ctx context.Context, e *Act, reach model.Reach, after data.Alikeness, limit int) ([]data.Duplicate[R], error)) Command {
	return Define(Spec[hunting]{
		Command: Command{Path: n.name + " duplicates", Help: "Find " + n.plural + " that may be there twice, the surest first", Example: example,
			Access: Needs(n.name, "list"), Aside: true},
		Fields: []Field[hunting]{
			field(Param{Name: "limit", Format: "N", Unasked: true, Near: []string{"max"}, Help: fmt.Sprintf("at most N pairs (%d unless given)", defaultLimit)},
				func(in *hunting) *int { return &in.limit }, parseLimit),
			field(Param{Name: "after", Format: "MARK", Unasked: true, Help: "the pairs after this mark, as those before tell it"},
				func(in *hunting) *data.Alikeness { return &in.after }, parseAlikeness),
		},
		Run: func(ctx context.Context, e *Act, in hunting) (Result, error) {
			reach, err := n.visible(ctx, e)
			if err != nil {
				return Result{}, err
			}
			if in.limit == 0 {
				in.limit = defaultLimit
			}
			pairs, err := read(ctx, e, reach, in.after, in.limit+1)
			if err != nil {
				return Result{}, err
			}
			var result Result
			if len(pairs) > in.limit {
				pairs = pairs[:in.limit]
				last := &pairs[len(pairs)-1]
				more := fmt.Sprintf("%s duplicates --after %d-%d", n.name, last.Kind, n.id(&last.Record))
				result.Warnings = []error{(&model.Error{Message: "there are more"}).WithTry("{try} goes on", more)}
			}
			result.Table = n.pairs(e, pairs)
			return result, nil
		},
	})
}

// pairs makes a table of records that are alike, each line with the command that merges them, where the actor may.
func (n noun[R, F]) pairs(e *Act, pairs []data.Duplicate[R]) *Table {
	m := n.merger
	t := &Table{Name: "duplicates", Columns: []Column{
		{Name: "id", Title: "ID"}, {Name: n.name, Title: Capital(n.name), Priority: 1, Wraps: true},
		{Name: "like_id", Title: "ID"}, {Name: "like", Title: "Is like", Priority: 2, Wraps: true},
		{Name: "why", Title: "Why", Priority: 3, Wraps: true}, {Name: "merge", Title: "To merge them", Priority: 4},
	}}
	newer := make([]R, len(pairs))
	for i := range pairs {
		newer[i] = pairs[i].Record
		from, into := &pairs[i].Record, &pairs[i].Like
		if pairs[i].Swap {
			from, into = into, from
		}
		var why []string
		for _, kind := range pairs[i].Kinds {
			if kind != "name" || !slices.Contains(pairs[i].Kinds, "company") {
				why = append(why, m.reasons[kind])
			}
		}
		var merge Value
		if n.reach(e, m.from).Covers(n.relation(from)) && n.reach(e, m.into).Covers(n.relation(into)) {
			merge = fmt.Sprintf("%s merge %d %d", n.name, n.id(from), n.id(into))
		}
		t.Rows = append(t.Rows, []Value{n.id(from), n.who(from), n.id(into), n.who(into), why, merge})
	}
	t.Open = n.opened(newer)
	return t
}

// parseAlikeness reads a mark of a list of duplicates: what the pair before it shares, and the id of its newer record.
func parseAlikeness(field, raw string) (after data.Alikeness, err error) {
	mark := model.Pasted(raw)
	if _, err := fmt.Sscanf(mark, "%d-%d", &after.Kind, &after.ID); err != nil || fmt.Sprintf("%d-%d", after.Kind, after.ID) != mark ||
		after.Kind < 1 || after.Kind > 4 || after.ID < 1 || after.ID > 1<<31-1 {
		return data.Alikeness{}, model.Invalid(field, "%q is not a mark of duplicates", raw).WithHint("give the one that the list before ended with")
	}
	return after, nil
}

// itself refuses a reference that leads to another record than it names, for what cannot be taken back by its id.
func (n noun[R, F]) itself(ref reference, r *R) error {
	if ref.ID == 0 || ref.ID == n.id(r) {
		return nil
	}
	merged := &model.Error{Kind: model.Conflict, Fault: "merged-away", Facts: model.Facts{"noun": n.name, "id": ref.ID, "into": n.id(r)}}
	return about("id", merged.WithTry("look at it with {try}, and give its own id", fmt.Sprintf("%s view %d", n.name, n.id(r))))
}

// read reads a record within reach, or the one into which it was merged. Then the person is told so.
func (n noun[R, F]) read(ctx context.Context, e *Act, reach model.Reach, id int64) (R, error) {
	r, err := n.get(e.Data, ctx, reach, id)
	if err == nil {
		e.led(n.name, id, n.id(&r))
	}
	return r, err
}
