package commands

import (
	"context"
	"slices"
	"strconv"

	"epev/data"
	"epev/model"
)

// choice says which records a parameter takes, of those that the actor may view.
type choice[R, F any] struct {
	of     noun[R, F]
	action string // what the command does to them
	// reach is which of them it may be done to; nil: those that the permission for the action covers.
	reach func(e *Act, raw map[string]string) model.Reach
	// filters narrow what is read, one after the other until there are enough; none: all are read.
	filters []F
	// first narrows what is read before the filters, to what depends on the moment; it may be nil.
	first func(e *Act) F
	// takes leaves out those that the rules of the business keep the command from; it may be nil.
	takes func(e *Act, r *R) bool
	later func(r *R) bool // whether it is offered after the others; it may be nil
}

func (c choice[R, F]) source() *Source {
	return &Source{kind: c.of.name, Searched: true, find: c.candidates}
}

func (c choice[R, F]) candidates(ctx context.Context, e *Act, q Query) ([]Candidate, error) {
	n := c.of
	sight, reach := n.reach(e, "view"), n.reach(e, c.action)
	if c.reach != nil {
		reach = c.reach(e, q.Raw)
	}
	within := sight
	if sight.Any {
		within = reach
	}
	within.Own = within.Own || within.Pending // which no query knows: the others are sorted out
	if sight.None() || reach.None() {
		return nil, nil
	}
	var all F
	var records []R
	filters := c.filters
	if len(filters) == 0 {
		filters = []F{all}
	}
	if c.first != nil {
		filters = append([]F{c.first(e)}, filters...)
	}
	for i := 0; i < len(filters) && len(records) < candidateLimit; i++ {
		some, err := n.some(e.Data, ctx, within, filters[i], model.Page{Limit: candidateLimit, Search: q.Text})
		if err != nil {
			return nil, err
		}
		known := records
		records = append(records, slices.DeleteFunc(some, func(r R) bool {
			return slices.ContainsFunc(known, func(k R) bool { return n.id(&k) == n.id(&r) })
		})...)
	}
	var candidates []Candidate
	offer := func(r *R) {
		rel := n.relation(r)
		offered := slices.ContainsFunc(candidates, func(known Candidate) bool { return known.Value == strconv.FormatInt(n.id(r), 10) })
		if !offered && reach.Covers(rel) && sight.Covers(rel) && (n.refuses == nil || n.refuses(r, c.action) == nil) && (c.takes == nil || c.takes(e, r)) {
			candidates = append(candidates, Candidate{Value: strconv.FormatInt(n.id(r), 10), About: n.who(r), later: c.later != nil && c.later(r)})
		}
	}
	for i := range records {
		offer(&records[i])
	}
	if id, err := strconv.ParseInt(q.Text, 10, 64); err == nil { // perhaps of one that was merged
		into, err := e.Data.Led(ctx, n.name, id)
		if err != nil {
			return nil, err
		}
		if r, err := n.get(e.Data, ctx, sight, into); into != id && err == nil {
			offer(&r)
		}
	}
	if len(records) < candidateLimit {
		return candidates, nil
	}
	// There are more, and what was used lately may be among those.
	for _, value := range q.Recent[:min(len(q.Recent), recentLimit)] {
		id, err := strconv.ParseInt(value, 10, 64)
		if err != nil || slices.ContainsFunc(records, func(r R) bool { return n.id(&r) == id }) {
			continue
		}
		r, err := n.get(e.Data, ctx, sight, id)
		if err == nil && (Candidate{Value: value, About: n.who(&r)}).shows(q.Text) {
			offer(&r)
		}
	}
	of := int64(Uncounted)
	if c.takes == nil && len(c.filters) == 0 && within == reach {
		var err error
		if of, err = n.count(e.Data, ctx, within, all, q.Text, MostCounted+1); err != nil {
			return nil, err
		}
		of = max(of, int64(len(candidates)))
	}
	for i := range candidates {
		candidates[i].Of = of
	}
	return candidates, nil
}

// source offers the ids of the noun's records that the action may be done to.
func (n noun[R, F]) source(action string) *Source { return n.choosing(action, nil) }

// choosing is source without the records that the rules of the business keep the action from. takes tells which they are,
// if it is not nil. filters spare reading many of them.
func (n noun[R, F]) choosing(action string, takes func(e *Act, r *R) bool, filters ...F) *Source {
	return choice[R, F]{of: n, action: action, takes: takes, filters: filters}.source()
}

// offers is source in the way that the noun's records are offered, by their ids or by their names.
func (n noun[R, F]) offers(action string) *Source {
	if n.offered != nil {
		return n.offered()
	}
	return n.source(action)
}

// some reads records of the noun for completion.
func (n noun[R, F]) some(r *data.Reader, ctx context.Context, reach model.Reach, f F, p model.Page) ([]R, error) {
	if n.complete != nil {
		return n.complete(r, ctx, reach, f, p)
	}
	return n.list(r, ctx, reach, f, p)
}

// actionOf tells what a command line with fields of a record does to it.
func actionOf(raw map[string]string) (action string) {
	if _, present := raw["id"]; present {
		return "update"
	}
	return "create"
}
