package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"epev/model"
)

// giving is the input of a command that gives records to a colleague.
type giving struct {
	records []reference // in the order in which they were named
	to      reference
	given   // the waivers
}

// handsOver declares a command that gives records to an active user of a role, if the action may be done to each of them.
// It is done to all of them, or to none. Where there are doubts about giving the records, which may be nil, it has the noun's
// waivers.
func (n noun[R, F]) handsOver(action string, c Command, record Param, role string, to Param,
	doubts func(ctx context.Context, e *Act, records []R, to model.User, g given) ([]error, error),
	give func(ctx context.Context, e *Act, record R, to model.User, g given) (Result, error)) Command {
	c.Access, c.Writes = Needs(n.name, action), true
	record.Positional, record.Required, record.Format, record.Help = true, true, "ID,…", "which "+n.name+", or several with commas between them"
	record.Source = record.Source.several()
	to.Positional, to.Required, to.Format = true, true, "ID"
	s := Spec[giving]{
		Command: c,
		Fields: []Field[giving]{
			field(record, func(in *giving) *[]reference { return &in.records }, parseNumbers),
			field(to, func(in *giving) *reference { return &in.to }, parseReference),
		},
		Rules: []Rule[giving]{{[]string{record.Name}, func(ctx context.Context, e *Act, in giving) error {
			return about(record.Name, n.eachOnce(ctx, e, in.records, action))
		}}},
		Run: func(ctx context.Context, e *Act, in giving) (Result, error) {
			var taken []R
			err := n.eachOnce(ctx, e, in.records, action)
			if err == nil {
				taken, err = n.takeAll(ctx, e, in.records, action)
			}
			if err != nil {
				return Result{}, about(record.Name, err)
			}
			u, err := e.colleague(ctx, in.to, role, to.Name)
			if err != nil {
				return Result{}, err
			}
			var result Result
			inOrder := func(a, b R) int { return cmp.Compare(n.id(&a), n.id(&b)) } // as they are locked
			for _, r := range slices.SortedFunc(slices.Values(taken), inOrder) {
				if result, err = give(ctx, e, r, u, in.given); err != nil {
					return Result{}, err
				}
			}
			if len(taken) == 1 {
				return result, nil
			}
			return n.given(ctx, e, taken, u)
		},
	}
	if doubts == nil {
		return Define(s)
	}
	s.Fields = append(s.Fields, waiverFields(n, func(in *giving) *given { return &in.given })...)
	s.Doubts = func(ctx context.Context, e *Act, in giving) ([]error, error) {
		var records []R
		for _, ref := range in.records {
			r, err := n.find(ctx, e, ref, action)
			if err != nil {
				return nil, about(record.Name, err)
			}
			records = append(records, r)
		}
		u, err := e.colleague(ctx, in.to, role, to.Name)
		if err != nil {
			return nil, err
		}
		return doubts(ctx, e, records, u, in.given)
	}
	return Define(s)
}

// takeAll takes several records, as take does, and returns them in the order of their references. Everybody takes them in
// the order of their ids, so that two people never wait for each other.
func (n noun[R, F]) takeAll(ctx context.Context, e *Act, refs []reference, action string) ([]R, error) {
	taken := make([]R, len(refs))
	order := make([]int, len(refs))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(refs[a].ID, refs[b].ID) })
	for _, i := range order {
		var err error
		if taken[i], err = n.take(ctx, e, refs[i], action); err != nil {
			return nil, err
		}
	}
	return taken, nil
}

// eachOnce finds records to which the action may be done, and refuses those of which one is named by two ids: its own, and one that
// leads to it.
func (n noun[R, F]) eachOnce(ctx context.Context, e *Act, refs []reference, action string) error {
	known := map[int64]bool{}
	for _, ref := range refs {
		r, err := n.find(ctx, e, ref, action)
		if err != nil {
			return err
		}
		if known[n.id(&r)] {
			return model.Invalid("id", "%s %d is given twice, as %d leads to it", n.name, n.id(&r), ref.ID).WithHint("name each record once")
		}
		known[n.id(&r)] = true
	}
	return nil
}

// given tells of several records that were given to somebody, and of those that were theirs already.
func (n noun[R, F]) given(ctx context.Context, e *Act, before []R, to model.User) (Result, error) {
	var after []R
	moved := 0
	for i := range before {
		r, err := n.get(e.Data, ctx, model.Reach{Any: true, ActorID: e.Actor.UserID}, n.id(&before[i]))
		if err != nil {
			return Result{}, err
		}
		after = append(after, r)
		if n.version(&r) != n.version(&before[i]) {
			moved++
		}
	}
	t, err := n.rows(after, nil)
	message := fmt.Sprintf("%s given to %s.", model.Count(int64(moved), n.name), to.Username)
	if already := len(before) - moved; already > 0 {
		message = fmt.Sprintf("%s given to %s, who had %d already.", model.Count(int64(moved), n.name), to.Username, already)
	}
	return Result{Message: message, Table: t}, err
}

// parseNumbers reads ids with commas between them, each of them once.
func parseNumbers(field, raw string) ([]reference, error) {
	var refs []reference
	for part := range strings.SplitSeq(raw, ",") {
		ref, err := parseNumber(field, part)
		if err != nil {
			return nil, err
		}
		if slices.Contains(refs, ref) {
			return nil, model.Invalid(field, "%s %d is given twice", field, ref.ID).WithHint("name each record once")
		}
		refs = append(refs, ref)
	}
	return refs, nil
}

// several is the source for several values with commas between them.
func (s *Source) several() *Source {
	several := *s
	several.Several = true
	return &several
}
