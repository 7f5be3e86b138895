package commands

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"epev/data"
	"epev/model"
	"epev/security"
)

// Row is a record that a row of a list shows: what "open" views.
type Row struct {
	data.Record
	About string // who or what it is, for completion
}

// view is the command line that views the record.
func (r Row) view() string { return fmt.Sprintf("%s view %d", r.Kind, r.ID) }

// mostOpened is how many rows of a list can be opened by their number.
const mostOpened = 1000

// Listed is what the shell showed last as a list. It is kept in memory alone, and ends with the shell.
type Listed struct {
	mu   sync.Mutex
	any  bool // whether there was a list
	rows []Row
}

// keep remembers the rows of a result that is a list, those of the tables that belong to it behind its own.
func (l *Listed) keep(t *Table) {
	if l == nil || t == nil {
		return
	}
	rows, lists := slices.Clone(t.Open), t.Open != nil
	for _, more := range t.Related {
		rows, lists = append(rows, more.Open...), lists || more.Open != nil
	}
	if !lists || t.Single {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.any, l.rows = true, rows
}

// last returns the rows of the last list; there is false where nothing was listed.
func (l *Listed) last() (rows []Row, there bool) {
	if l == nil {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.rows), l.any
}

// at returns the row of that number.
func (l *Listed) at(number int) (Row, error) {
	rows, there := l.last()
	switch {
	case !there:
		return Row{}, model.Invalid("number", "nothing was listed in this shell yet, so there is no number %d to open", number).
			WithTry("first list records: {try}", "client list", "find TEXT")
	case len(rows) == 0:
		return Row{}, model.Invalid("number", "the last list was empty, so there is no number %d to open", number).
			WithTry("list others first: {try}", "client list", "find TEXT")
	case number > len(rows):
		return Row{}, model.Invalid("number", "the last list has no number %d", number).WithHint("give a number from 1 to %d", len(rows))
	case rows[number-1].ID == 0:
		return Row{}, model.Invalid("number", "number %d of the last list is no record that can be viewed", number).WithHint("give the number of another line")
	}
	return rows[number-1], nil
}

// opened are the records of a noun as rows that can be opened.
func (n noun[R, F]) opened(records []R) []Row {
	rows := make([]Row, min(len(records), mostOpened))
	for i := range rows {
		rows[i] = Row{data.Record{Kind: n.name, ID: n.id(&records[i])}, n.who(&records[i])}
	}
	return rows
}

func openCommands() []Command {
	return []Command{Define(Spec[int]{
		Command: Command{Path: "open", Help: "View the record of that number in what this shell listed last: a list, find, today or agenda", Example: "open 3", Access: LoggedIn()},
		Fields: []Field[int]{
			field(Param{Name: "number", Positional: true, Required: true, Format: "N", Help: "which line of it, counted from 1", Source: listed()}, itself[int], parsePlace),
		},
		Run: openRow,
	})}
}

func parsePlace(field, raw string) (int, error) {
	number, err := strconv.Atoi(model.Pasted(raw))
	if err != nil || number < 1 || number > 1_000_000 {
		return 0, model.Invalid(field, "%q is not the number of a line", raw).WithHint("give a number that counts the lines of the last list from 1: open 3")
	}
	return number, nil
}

// openRow runs the command that views the record, for an actor who may run it.
func openRow(ctx context.Context, e *Act, number int) (Result, error) {
	row, err := e.Listed.at(number)
	if err != nil {
		return Result{}, err
	}
	n := nounOf(row.Kind)
	commands := n.declare()
	i := slices.IndexFunc(commands, func(c Command) bool {
		return c.Access.Permission == security.Permission{Resource: row.Kind, Action: "view"} && c.Views
	})
	if i < 0 {
		return Result{}, fmt.Errorf("the noun %s has no view", row.Kind)
	}
	view := &commands[i]
	if !view.Access.Allows(&e.Actor) {
		return Result{}, e.denied(ctx, view.Access.Permission, model.Relation{Own: true, Assigned: true}, fmt.Sprintf("run %q", view.Path), "")
	}
	bound, err := view.bind(map[string]string{"id": strconv.FormatInt(row.ID, 10)}, e.Values())
	if err != nil {
		return Result{}, err
	}
	return bound.run(ctx, e)
}

// listed offers the numbers of what was listed last.
func listed() *Source {
	return &Source{Local: true, find: func(_ context.Context, e *Act, _ Query) ([]Candidate, error) {
		rows, _ := e.Listed.last()
		candidates := make([]Candidate, 0, min(len(rows), candidateLimit))
		for i, r := range rows[:min(len(rows), candidateLimit)] {
			if r.ID != 0 {
				candidates = append(candidates, Candidate{Value: strconv.Itoa(i + 1), About: join(fmt.Sprintf("%s %d", r.Kind, r.ID), r.About)})
			}
		}
		return candidates, nil
	}}
}
