package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"epev/data"
	"epev/model"
)

// findLimit is how many records find shows unless --limit says otherwise, and mostFound the most that it does.
const findLimit, mostFound = 20, 200

type findInput struct {
	text  string
	limit int
}

func findCommands() []Command {
	return []Command{Define(Spec[findInput]{
		Command: Command{Path: "find", Help: "Find records of all kinds that you may view, the best first; open N views one of them", Example: "find cousin", Access: LoggedIn(), Aside: true},
		Fields: []Field[findInput]{
			field(Param{Name: "text", Positional: true, Required: true, Rest: true, Format: "TEXT", Help: "words of a name, a title, a note, an e-mail address; a phone number, an amount, an id; or such a text behind a kind: client muller"},
				func(in *findInput) *string { return &in.text }, model.ParseSearch),
			field(Param{Name: "limit", Format: "N", Unasked: true, Near: []string{"max"}, Help: fmt.Sprintf("at most N records, up to %d; %d unless given", mostFound, findLimit)},
				func(in *findInput) *int { return &in.limit }, parseFindLimit),
		},
		Run: findRecords,
	})}
}

func parseFindLimit(field, raw string) (int, error) {
	limit, err := parseLimit(field, raw)
	if err == nil && limit > mostFound {
		err = model.Invalid(field, "find shows at most %d records", mostFound).WithHint("narrow the text, or list one kind of records with --search")
	}
	return limit, err
}

// match is a record that was found, and how it is read.
type match struct {
	data.Hit
	of    anyNoun
	place int // of the noun; less than that of any for those of the kind that the text names
}

// kindIn returns the kind of records that a text of several words begins with, and the rest of it: "client muller". It is nil
// where there is none.
func kindIn(text string) (anyNoun, string) {
	first, rest, several := strings.Cut(strings.TrimSpace(text), " ")
	if !several {
		return nil, ""
	}
	word := model.Fold(first)
	for _, n := range nouns() {
		if word == n.title() || word == n.many() {
			return n, strings.TrimSpace(rest)
		}
	}
	return nil, ""
}

// findRecords asks every noun for what the text means within the actor's sight. What is shown of a noun is read at once.
func findRecords(ctx context.Context, e *Act, in findInput) (Result, error) {
	limit := cmp.Or(in.limit, findLimit)
	var matches []match
	sees := false
	look := func(n anyNoun, meaning *data.Meaning, place int) error {
		hits, within, err := n.hits(ctx, e, meaning)
		sees = sees || within
		for _, h := range hits {
			if !slices.ContainsFunc(matches, func(m match) bool { return m.of.title() == n.title() && m.ID == h.ID }) {
				matches = append(matches, match{h, n, place})
			}
		}
		return err
	}
	if kind, rest := kindIn(in.text); kind != nil {
		if err := look(kind, data.NewMeaning(rest, limit+1), -1); err != nil {
			return Result{}, err
		}
	}
	meaning := data.NewMeaning(in.text, limit+1)
	for place, n := range nouns() {
		if err := look(n, meaning, place); err != nil {
			return Result{}, err
		}
	}
	if !sees {
		return Result{}, e.denied(ctx, clientNoun().permission("view"), model.Relation{Own: true, Assigned: true}, "find records, as you may view none", "")
	}
	slices.SortStableFunc(matches, func(a, b match) int {
		return cmp.Or(cmp.Compare(min(a.place, 0), min(b.place, 0)), cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.place, b.place), cmp.Compare(a.ID, b.ID))
	})
	t := &Table{Name: "records found", Open: []Row{}, Columns: []Column{
		{Name: "number", Title: "No", For: People}, {Name: "kind", Title: "Kind"}, {Name: "id", Title: "ID"}, {Name: "name", Title: "Name", Priority: 1},
		{Name: "command", Title: "Command", Priority: 2},
	}}
	shown := matches[:min(len(matches), limit)]
	ids, names := map[string][]int64{}, map[string]map[int64]string{}
	for _, m := range shown {
		ids[m.of.title()] = append(ids[m.of.title()], m.ID)
	}
	for _, n := range nouns() {
		if of := ids[n.title()]; len(of) > 0 {
			who, err := n.whoAre(ctx, e, of)
			if err != nil {
				return Result{}, err
			}
			names[n.title()] = who
		}
	}
	for _, m := range shown {
		who, there := names[m.of.title()][m.ID]
		if !there {
			continue // it has gone meanwhile
		}
		row := Row{data.Record{Kind: m.of.title(), ID: m.ID}, who}
		t.Open = append(t.Open, row)
		t.Rows = append(t.Rows, []Value{int64(len(t.Open)), row.Kind, row.ID, unlessZero(who), row.view()})
	}
	result := Result{Table: t}
	if len(matches) > limit {
		result.Warnings = []error{errors.New("more was found than is shown: give more of the text, or --limit")}
	}
	return result, nil
}

// hits are the records of the noun that a text means; within is whether the actor may view any at all.
func (n noun[R, F]) hits(ctx context.Context, e *Act, m *data.Meaning) (hits []data.Hit, within bool, err error) {
	reach := n.reach(e, "view")
	if n.meant == nil || reach.None() {
		return nil, false, nil
	}
	hits, err = n.meant(e.Data, ctx, reach, m)
	return hits, true, err
}

// whoAre tells who or what each of the records within the actor's sight is.
func (n noun[R, F]) whoAre(ctx context.Context, e *Act, ids []int64) (map[int64]string, error) {
	records, err := n.found(e.Data, ctx, n.reach(e, "view"), ids)
	who := make(map[int64]string, len(records))
	for _, r := range records {
		who[n.id(&r)] = n.who(&r)
	}
	return who, err
}
