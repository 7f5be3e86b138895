package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"epev/data"
	"epev/model"
	"epev/security"
)

// reversing is a record that a change touched, and that is taken back. The right is that of the single command which would do the
// same; what the rules of the business say is asked once all of the change is taken back.
type reversing interface {
	// may reads the record as it is, and refuses whoever may not take back what was done to it.
	may(ctx context.Context) error
	// first says that a row is taken back before the others: those follow then.
	first(c model.Change) bool
	// takeBack makes undone what one row of the change tells.
	takeBack(ctx context.Context, c model.Change) error
	// settle reads the record as it became, and refuses what no rule would let be.
	settle(ctx context.Context) error
	called() string
	// stays tells of a record that stays on record, as another one takes it back; empty for any other one.
	stays() string
	// mergedAway says that the change merged the record into another one.
	mergedAway() bool
}

// follow says that a property follows from a record of another noun: it changes together with that, and takes no right of its
// own then. By is the column in which one of them names the other.
type follow struct{ noun, by string }

// reversed is the reversing of a noun's record.
type reversed[R, F any] struct {
	n             noun[R, F]
	e             *Act
	u             *undoing
	id            int64
	rows          []model.Change // of the record, the newest first
	before, after *R             // taking back; nil: it is not there
	into          int64          // the record into which the change merged it; 0: none
	joined        bool           // whether the change merged another one into it
	asThen        []string       // the flags of users who could not be chosen any more, and had it like that before the change
}

func (n noun[R, F]) reversing(e *Act, u *undoing, id int64, rows []model.Change) reversing {
	return &reversed[R, F]{n: n, e: e, u: u, id: id, rows: rows}
}

func (v *reversed[R, F]) called() string {
	for _, r := range []*R{v.after, v.before} {
		if r != nil && model.Visible(v.n.who(r)) {
			return v.n.who(r)
		}
	}
	return ""
}

// read returns the record as it is, nil where it is not there.
func (v *reversed[R, F]) read(ctx context.Context) (*R, error) {
	return v.n.there(ctx, v.e, v.id)
}

// there returns the record of that very id, whoever asks; nil where there is none, or where it was merged into another one.
func (n noun[R, F]) there(ctx context.Context, e *Act, id int64) (*R, error) {
	r, err := n.get(e.Data, ctx, model.Reach{Any: true, ActorID: e.Actor.UserID}, id)
	if model.KindOf(err) == model.NotFound || err == nil && n.id(&r) != id {
		return nil, nil
	}
	return &r, err
}

func (n noun[R, F]) isThere(ctx context.Context, e *Act, id int64) (bool, error) {
	r, err := n.there(ctx, e, id)
	return r != nil, err
}

// made and gone say what the change did to the record, as a whole.
func (v *reversed[R, F]) made() bool { return v.rows[len(v.rows)-1].Action == "create" }
func (v *reversed[R, F]) gone() bool { return v.rows[0].Action == "delete" }

// creation is what the single command does that brings the record back.
func (v *reversed[R, F]) creation() string {
	if v.n.merger != nil && v.into != 0 {
		return v.n.merger.back
	}
	return "create"
}

// join finds out whether the change merged the record into another one, or another one into it.
func (v *reversed[R, F]) join(ctx context.Context) error {
	if v.n.merger == nil {
		return nil
	}
	if err := v.u.findMerged(ctx, v.e); err != nil {
		return err
	}
	for record, into := range v.u.into {
		if record.Kind != v.n.name {
			continue
		}
		if record.ID == v.id && into != v.id {
			v.into = into
		}
		v.joined = v.joined || into == v.id && record.ID != v.id
	}
	return nil
}

// findMerged finds out, once, which records the change merged into others.
func (u *undoing) findMerged(ctx context.Context, e *Act) error {
	if u.into != nil {
		return nil
	}
	u.into = map[data.Record]int64{}
	for _, c := range u.rows {
		if n := nounOf(c.Resource); c.Action != "delete" || n == nil || !n.joins() {
			continue
		}
		into, err := e.Data.Led(ctx, c.Resource, c.RecordID)
		if err != nil {
			return err
		}
		if into != 0 {
			u.into[recordOf(c)] = into
		}
	}
	return nil
}

func (v *reversed[R, F]) may(ctx context.Context) (err error) {
	if v.before, err = v.read(ctx); err != nil {
		return err
	}
	if err := v.join(ctx); err != nil {
		return err
	}
	switch {
	case v.gone() && v.made():
		return nil
	case v.gone():
		return v.permitted(ctx, v.creation(), model.Relation{Own: true, Assigned: true}, "")
	case v.before == nil: // it was deleted since, which is told in a moment
		return nil
	case v.made() && v.byUpdate() && v.e.reach(v.n.voids.by, "update").Covers(v.n.relation(v.before)):
		return nil
	case !v.n.reach(v.e, "view").Covers(v.n.relation(v.before)):
		return v.outOfSight()
	}
	if err := v.inSight(ctx); err != nil {
		return err
	}
	if v.made() {
		return v.mayRemove(ctx)
	}
	for _, action := range slices.Sorted(maps.Keys(v.actions())) {
		if err := v.permitted(ctx, action, v.n.relation(v.before), v.n.belongs(v.before)); err != nil {
			return err
		}
	}
	return nil
}

func (v *reversed[R, F]) outOfSight() error {
	return &model.Error{Kind: model.Denied, Message: fmt.Sprintf("You don't have permission to undo change %d", v.u.number),
		Hint: "it touched records that you may not view"}
}

// inSight refuses a record that is there about another one which the actor may not view.
func (v *reversed[R, F]) inSight(ctx context.Context) error {
	if !v.n.reach(v.e, "view").Of.Narrowed {
		return nil
	}
	_, seen, err := v.n.sees(ctx, v.e, v.e.Actor, v.id)
	if err == nil && !seen {
		err = v.outOfSight()
	}
	return err
}

// own reports whether the actor themselves made the change to the record.
func (v *reversed[R, F]) own() bool {
	by := v.rows[len(v.rows)-1].ActorID
	return by != nil && *by == v.e.Actor.UserID
}

// byUpdate reports whether an update of another noun may have written the record: the actor's own, or one that the history tells
// before it. Where there was more than one, nobody knows which of them it was.
func (v *reversed[R, F]) byUpdate() bool {
	if v.n.voids.by == "" || v.own() {
		return v.n.voids.by != ""
	}
	made, updates, before := v.rows[len(v.rows)-1], 0, false
	for _, c := range v.u.rows {
		if c.Resource == v.n.voids.by && c.Action == "update" && names(made, c.Resource+"_id", c.RecordID) {
			updates++
			before = c.ID < made.ID
		}
	}
	return updates == 1 && before
}

// permitted wants the right to do an action to a record of that relation to the actor.
func (v *reversed[R, F]) permitted(ctx context.Context, action string, rel model.Relation, reason string) error {
	if v.n.reach(v.e, action).Covers(rel) {
		return nil
	}
	return v.e.denied(ctx, v.n.permission(action), rel, fmt.Sprintf("undo change %d: it takes to %s %s %d", v.u.number, action, v.n.name, v.id), reason)
}

// columns are those that updates of the change changed, but for those that follow from what else it changed.
func (v *reversed[R, F]) columns() map[string]bool {
	columns := map[string]bool{}
	for _, c := range v.rows {
		for name := range storedFields(c.Before, v.n.facts()) {
			if p := v.n.property(name); c.Action == "update" && (p == nil || !v.follows(p.follows) && !(p.carried && v.carried(c, name))) {
				columns[name] = true
			}
		}
	}
	return columns
}

// follows reports whether the change touched a record that the property follows from.
func (v *reversed[R, F]) follows(f follow) bool {
	p := v.n.property(f.by)
	return f.noun != "" && slices.ContainsFunc(v.u.rows, func(c model.Change) bool {
		return c.Resource == f.noun && (p == nil && names(c, f.by, v.id) || p != nil && v.before != nil && p.value(v.before) == Value(c.RecordID))
	})
}

func (v *reversed[R, F]) mergedAway() bool { return v.into != 0 }

// carried reports whether the change moved the record along, as the one that it refers to in the column was merged into another one.
func (v *reversed[R, F]) carried(c model.Change, column string) bool {
	facts := v.n.facts()
	from, ok := idIn(storedFields(c.Before, facts)[column])
	of := v.u.by[data.Record{Kind: facts[column].refers, ID: from}]
	return ok && of != nil && of.mergedAway()
}

// actions are what the single commands do that would change the columns back.
func (v *reversed[R, F]) actions() map[string]bool {
	actions := map[string]bool{}
	for name := range v.columns() {
		action := "update"
		if p := v.n.property(name); p != nil {
			action = security.Setting(v.n.permission(action), p.flag()).Action
			if p.act != "" {
				action = p.act
			}
		}
		if v.joined {
			action = v.n.merger.into
		}
		actions[action] = true
	}
	return actions
}

func (v *reversed[R, F]) takeBack(ctx context.Context, c model.Change) error {
	if v.first(c) {
		return v.n.voids.write(ctx, v.e, v.before, v.u.cause())
	}
	if err := v.refer(ctx, c); err != nil {
		return err
	}
	return v.u.reversal.TakeBack(ctx, c)
}

// refer wants the records to be there to which the record would refer again.
func (v *reversed[R, F]) refer(ctx context.Context, c model.Change) error {
	facts := v.n.facts()
	state := storedFields(c.Before, facts)
	for _, name := range slices.Sorted(maps.Keys(state)) {
		id, ok := idIn(state[name])
		to := nounOf(facts[name].refers)
		if !ok || to == nil {
			continue
		}
		there, err := to.isThere(ctx, v.e, id)
		if err == nil && !there {
			err = model.Errorf(model.Conflict, "%s %d, to which %s %d would belong again, was deleted meanwhile", to.title(), id, v.n.name, v.id).
				WithHint("nothing was changed")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (v *reversed[R, F]) settle(ctx context.Context) (err error) {
	if v.after, err = v.read(ctx); err != nil || v.after == nil {
		return err
	}
	columns := v.columns()
	if v.before == nil {
		if err := v.inSight(ctx); err != nil {
			return err
		}
		for _, p := range v.n.properties {
			columns[p.Name] = p.value(v.after) != nil
		}
	}
	g := given{refs: map[string]reference{}}
	for _, p := range v.n.properties {
		id, isID := p.value(v.after).(int64)
		if columns[p.Name] && p.serves != "" && isID && (v.before != nil || id != v.e.Actor.UserID) { // what one creates is one's own in any role
			same, err := v.e.Tx.HoldServing(ctx, id, p.serves, v.u.number)
			if err != nil {
				return err
			}
			if same {
				v.asThen = append(v.asThen, p.flag())
			}
		}
		if !columns[p.Name] || !p.settable() {
			continue
		}
		g.names = append(g.names, p.flag())
		if along := v.n.property(p.moves); along != nil && !columns[p.moves] {
			g.names = append(g.names, along.flag()) // it comes back to what it was: perhaps it never changed
		}
		if p.refers != "" && isID {
			g.refs[p.flag()] = reference{ID: id}
		}
	}
	if err := v.rules(ctx, g); err != nil {
		return err
	}
	if err := v.clashes(ctx); err != nil {
		return err
	}
	v.n.note(v.e, v.before, v.after)
	return nil
}

// clashes refuses a record that would take the time of another one again, as the single command would. A person is told, and asked.
func (v *reversed[R, F]) clashes(ctx context.Context) error {
	if v.n.clashes == nil || v.u.given.has(evenIfBusy) {
		return nil
	}
	along := func(id int64) bool { return v.u.by[data.Record{Kind: v.n.name, ID: id}] != nil }
	clashes, err := v.n.clashes(ctx, v.e, v.before, v.after, along)
	for _, told := range clashes {
		switch {
		case v.u.asks:
			v.e.tell(told)
			v.u.doubts = append(v.u.doubts, told)
		case !v.e.affirmed(told):
			return model.Errorf(model.Conflict, "%s", told).WithHint("give --%s to undo it all the same", evenIfBusy)
		}
	}
	return err
}

// rules holds the record to the guards and rules of the noun. Those without a field fill in what nobody types, which the record has.
func (v *reversed[R, F]) rules(ctx context.Context, g given) error {
	n, e := v.n, v.e
	if err := n.guard(ctx, e, v.before, v.after, g); err != nil {
		return err
	}
	if v.before == nil && !n.reach(e, v.creation()).Covers(n.relation(v.after)) {
		return v.permitted(ctx, v.creation(), n.relation(v.after), n.belongs(v.after))
	}
	settled := *v.after
	for _, r := range n.rules {
		if len(r.fields) == 0 || slices.ContainsFunc(r.fields, func(f string) bool { return slices.Contains(v.asThen, f) }) {
			continue
		}
		// A value that nobody may type any more comes back all the same: it was there.
		if err := r.check(ctx, e, v.before, &settled, g); err != nil && model.KindOf(err) != model.Usage {
			return err
		}
	}
	for _, c := range n.changes(v.after, &settled) {
		return model.Errorf(model.Conflict, "%s of %s %d would have to be %s by now, and not %s", c.Title, n.name, v.id,
			orNone(Text(c.After, e.Location, e.Zoned)), orNone(Text(c.Before, e.Location, e.Zoned))).WithHint("nothing was changed")
	}
	return nil
}

func orNone(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}
