package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"epev/commands/sentences"
	"epev/data"
	"epev/model"
	"epev/security"
)

// Export is to write a list of any length where the result goes, page by page, as it is at one moment.
type Export struct {
	Name string // the plural noun: "clients"
	For  string // ForExcelFR, or empty
	// Read calls its functions within one snapshot: begin with the number of rows, if asks says that it is wanted, and then page with
	// each page. The first page may be empty; it tells the columns.
	Read func(ctx context.Context, asks bool, begin func(rows int64) error, page func(*Table) error) error
}

// ForExcelFR is how a French Excel takes csv for what it is.
const ForExcelFR = "excel-fr"

// exportFormats are the ways to write one, the default first.
var exportFormats = []string{"csv", "jsonl", "xlsx"}

// exportPage is how many records are told at once.
const exportPage = 2000

// exportInput is the input of an export: that of the list, and how it is written.
type exportInput[L any] struct {
	list L
	way  string // of --for
}

// exportCommand declares "export NOUN [FILE]", with the fields of a list.
func exportCommand[L any](noun, plural string, access Access, fields []Field[L], run func(ctx context.Context, e *Act, in L) (Export, error)) Command {
	type input = exportInput[L]
	all := []Field[input]{
		{Param: Param{Name: "file", Positional: true, Format: "FILE", Help: "where to; its ending tells the format (" + "csv without a file)",
			Source: &Source{Local: true, Path: true}}, Set: func(*input, string, Values) error { return nil }},
		field(Param{Name: "for", Format: ForExcelFR, Unasked: true, Source: OneOf(ForExcelFR),
			Help: "csv as a French Excel reads it: ; between cells, decimal commas, dd/mm/yyyy, telephone numbers as text"},
			func(in *input) *string { return &in.way }, parseWay),
	}
	for _, f := range fields {
		if f.Name == "after" || f.Name == "count" {
			continue
		}
		if f.Name == "limit" {
			f.Help = "at most N rows"
		}
		all = append(all, Field[input]{Param: f.Param, Set: func(in *input, raw string, v Values) error { return f.Set(&in.list, raw, v) }})
	}
	c := Command{Path: "export " + noun, Help: "Write all " + plural + " that you may list to a file", Example: "export " + noun + " --limit 20",
		Access: access, Only: exportFormats, Streams: true, Aside: true}
	if noun != plural {
		c.Aliases = []string{"export " + plural}
	}
	return Define(Spec[input]{Command: c, Fields: all, Run: func(ctx context.Context, e *Act, in input) (Result, error) {
		x, err := run(ctx, e, in.list)
		x.Name, x.For = plural, in.way
		return Result{Shell: x}, err
	}})
}

func parseWay(field, raw string) (string, error) {
	if raw != ForExcelFR {
		return "", model.Invalid(field, "there is no way of writing for %q", model.Escape(raw)).WithHint("leave --for out, or give " + ForExcelFR)
	}
	return raw, nil
}

// exportCommands are those that write lists to files, for the lists among the commands.
func exportCommands(all []Command) (exports []Command) {
	for _, c := range all {
		if c.export != nil {
			exports = append(exports, *c.export)
		}
	}
	return append(exports, exportHistory())
}

// exports declares "export NOUN": what the noun's list has, without a limit.
func (n noun[R, F]) exports(l lister[F]) Command {
	type input = listInput[F]
	return exportCommand(n.name, n.plural, Needs(n.name, "list"), slices.Concat(l.filters, n.listOptions()), func(ctx context.Context, e *Act, in input) (Export, error) {
		reach, err := n.settleList(ctx, e, l, &in)
		if err != nil {
			return Export{}, err
		}
		return Export{Read: inSnapshot(e, source[R]{
			count: func(ctx context.Context, r *data.Reader) (int64, error) {
				return n.count(r, ctx, reach, in.filter, in.page.Search, in.page.Limit)
			},
			each: func(ctx context.Context, r *data.Reader, tell func(*R) error) error {
				return n.each(r, ctx, reach, in.filter, in.page, tell)
			},
			table: func(records []R) (*Table, error) { return n.rows(records, in.columns) },
		})}, nil
	})
}

// source is where an export has its records from.
type source[R any] struct {
	count func(ctx context.Context, r *data.Reader) (int64, error)
	each  func(ctx context.Context, r *data.Reader, tell func(*R) error) error
	table func(records []R) (*Table, error)
}

// inSnapshot is the Read of an export: all of it within one snapshot, where a standby answers if it did before.
func inSnapshot[R any](e *Act, from source[R]) func(ctx context.Context, asks bool, begin func(int64) error, page func(*Table) error) error {
	aside := e.Data.Aside()
	return func(ctx context.Context, asks bool, begin func(int64) error, page func(*Table) error) error {
		return e.Store.Snapshot(ctx, aside, func(ctx context.Context, r *data.Reader) (err error) {
			rows := int64(0)
			if asks {
				if rows, err = from.count(ctx, r); err != nil {
					return err
				}
			}
			if err := begin(rows); err != nil {
				return err
			}
			return inPages(ctx, func(ctx context.Context, tell func(*R) error) error { return from.each(ctx, r, tell) }, func(records []R) error {
				t, err := from.table(records)
				if err != nil {
					return err
				}
				return page(t)
			})
		})
	}
}

// inPages reads records one after the other, and has each page of them told while the next one is read.
func inPages[R any](ctx context.Context, read func(ctx context.Context, each func(*R) error) error, tell func([]R) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pages, done := make(chan []R, 1), make(chan error, 1)
	go func() {
		page, send := []R{}, func(page []R) error {
			select {
			case pages <- page:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		told := false
		err := read(ctx, func(r *R) error {
			if page = append(page, *r); len(page) < exportPage {
				return nil
			}
			whole := page
			page, told = make([]R, 0, exportPage), true
			return send(whole)
		})
		if err == nil && (len(page) > 0 || !told) { // nothing has a page too, which tells its columns
			err = send(page)
		}
		done <- err
		close(pages)
	}()
	var failed error
	for page := range pages {
		if failed == nil {
			if failed = tell(page); failed != nil {
				cancel()
			}
		}
	}
	return cmp.Or(failed, <-done)
}

// historyList is the input of the export of the history.
type historyList struct {
	filter  data.HistoryFilter
	limit   int
	lookUps []func(ctx context.Context, e *Act, f *data.HistoryFilter) error
}

// exportHistory declares "export history": all changes of the records whose whole kind the actor may read the history of.
func exportHistory() Command {
	type input = historyList
	day := func(name, help string, after int, place func(*input) *time.Time) Field[input] {
		return Field[input]{Param: Param{Name: name, Format: dayFormat, Help: help, Unasked: true, Source: days()}, Set: func(in *input, raw string, v Values) error {
			t, err := readDay(name, raw, v)
			year, month, day := t.Date()
			*place(in) = time.Date(year, month, day+after, 0, 0, 0, 0, v.Location)
			return err
		}}
	}
	fields := []Field[input]{
		{Param: Param{Name: "resource", Format: "RESOURCE", Help: "only of these records: " + strings.Join(resources(), ", "), Unasked: true, Source: historic()},
			Set: func(in *input, raw string, _ Values) error {
				n, err := parseNoun("resource", raw)
				if err == nil {
					in.filter.Nouns = []string{n.title()}
				}
				return err
			}},
		{Param: Param{Name: "by", Format: "USER", Help: "only what this user changed, by id or username", Unasked: true, Source: userNoun().source("view")},
			Set: func(in *input, raw string, _ Values) error {
				ref, err := parseReference("by", raw)
				in.lookUps = append(in.lookUps, func(ctx context.Context, e *Act, f *data.HistoryFilter) error {
					u, err := userNoun().resolve(ctx, e, ref)
					f.ActorID = u.ID
					return about("by", err)
				})
				return err
			}},
		day("from", "only what was changed on that day or later", 0, func(in *input) *time.Time { return &in.filter.From }),
		day("to", "only what was changed on that day or before", 1, func(in *input) *time.Time { return &in.filter.Before }),
		field(Param{Name: "limit", Format: "N", Unasked: true, Help: "at most N rows"}, func(in *input) *int { return &in.limit }, parseLimit),
	}
	return exportCommand("history", "history", Needs("history", "view"), fields, func(ctx context.Context, e *Act, in input) (Export, error) {
		for _, lookUp := range in.lookUps {
			if err := lookUp(ctx, e, &in.filter); err != nil {
				return Export{}, err
			}
		}
		if err := e.wholeHistories(ctx, &in.filter); err != nil {
			return Export{}, err
		}
		return Export{Read: inSnapshot(e, source[model.Change]{
			count: func(ctx context.Context, r *data.Reader) (int64, error) {
				rows, err := r.CountChanges(ctx, in.filter)
				if in.limit > 0 {
					rows = min(rows, int64(in.limit))
				}
				return rows, err
			},
			each: func(ctx context.Context, r *data.Reader, tell func(*model.Change) error) error {
				return r.EachChange(ctx, in.filter, in.limit, tell)
			},
			table: func(changes []model.Change) (*Table, error) { return e.histories(changes), nil },
		})}, nil
	})
}

// wholeHistories leaves the nouns in a filter whose whole history the actor may read: where they view all records, or the history is open
// to all who view histories. What is left out is told; where it was asked for, that is denied.
func (e *Act) wholeHistories(ctx context.Context, f *data.HistoryFilter) error {
	var out []string
	asked := f.Nouns
	f.Nouns = nil
	for _, name := range resources() {
		n := nounOf(name)
		view := e.reach(name, "view")
		whole := n.alwaysOpen() || view.Any && (!view.Of.Narrowed || view.Of.Client.Any && view.Of.Company.Any && view.Of.Contract.Any && view.Of.Event.Any)
		switch {
		case len(asked) > 0 && asked[0] != name:
		case whole:
			f.Nouns = append(f.Nouns, name)
		case len(asked) > 0:
			return e.denied(ctx, security.Permission{Resource: name, Action: "view"}, model.Relation{}, "export the history of all "+n.many(), "")
		default:
			out = append(out, n.many())
		}
	}
	if len(out) > 0 {
		e.told = append(e.told, fmt.Errorf("the history of %s is left out, as you may not view all of them", sentences.List(out, "and")))
	}
	return nil
}

// histories makes a table of changes of all kinds of records.
func (e *Act) histories(changes []model.Change) *Table {
	t := &Table{Name: "history", Columns: []Column{{Name: "id"}, {Name: "at"}, {Name: "actor_id"}, {Name: "actor"}, {Name: "session_id"}, {Name: "resource"},
		{Name: "record_id"}, {Name: "action"}, {Name: "before"}, {Name: "after"}, {Name: "cause"}}}
	known := map[string]map[string]fact{}
	for _, c := range changes {
		facts, ok := known[c.Resource]
		if !ok {
			if n := nounOf(c.Resource); n != nil {
				facts = n.facts()
			}
			known[c.Resource] = facts
		}
		t.Rows = append(t.Rows, []Value{c.ID, c.At, optional(c.ActorID), c.Actor, optional(c.SessionID), c.Resource, c.RecordID, c.Action,
			state(c.Before, facts, e.Location), state(c.After, facts, e.Location), unlessZero(c.Cause)})
	}
	return t
}
