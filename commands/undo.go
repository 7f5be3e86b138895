package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"epev/commands/sentences"
	"epev/data"
	"epev/model"
)

// undoInput is the input of undo. told keeps which change a person was asked about: they may have made another one since.
type undoInput struct {
	told  *int64
	given // the waiver
}

func undoCommands() []Command {
	return []Command{Define(Spec[undoInput]{
		Command: Command{Path: "undo", Help: "Take back your last change, if nothing was built on it; undo it again to have it back", Example: "undo",
			Access: LoggedIn(), Writes: true, Rehearses: true},
		New:    func() undoInput { return undoInput{told: new(int64)} },
		Fields: waiverFields(eventNoun(), func(in *undoInput) *given { return &in.given }),
		Confirm: func(ctx context.Context, e *Act, in undoInput) (string, error) {
			u, err := e.undoLast(ctx, in, e.Human)
			if err != nil {
				return "", err
			}
			*in.told = u.number
			return u.question(), nil
		},
		Run: func(ctx context.Context, e *Act, in undoInput) (Result, error) {
			u, err := e.undoLast(ctx, in, false)
			if err != nil {
				return Result{}, err
			}
			return u.result(), nil
		},
	})}
}

// undoLast takes the actor's last change back. asks is as undo says.
func (e *Act) undoLast(ctx context.Context, in undoInput, asks bool) (*undoing, error) {
	number, err := e.Data.LastChange(ctx, e.Actor.UserID)
	switch {
	case err != nil:
		return nil, err
	case number == 0:
		return nil, model.Errorf(model.Conflict, "there is no change of yours that could be undone").
			WithTry("{try} takes back another one of a record", "history RESOURCE ID --undo N")
	case *in.told != 0 && *in.told != number:
		return nil, model.Errorf(model.Conflict, "your last change is %d by now, and you were asked about change %d", number, *in.told).
			WithHint("run the command again, and see what it would take back")
	}
	return e.undo(ctx, number, in.given, asks)
}

// undoing is a change that is taken back.
type undoing struct {
	number   int64          // by which it was named: that of one of its rows
	rows     []model.Change // the newest first
	reversal *data.Reversal
	touched  []data.Record // the latest first
	records  []reversing   // what is taken back of each of these
	by       map[data.Record]reversing
	lines    []string // what taking it back does, a line for each record
	written  []model.Change
	given    given    // the waiver
	asks     bool     // a person is asked about what is doubtful
	doubts   []string // which they are told
	office   *Act
	many     *data.Whole            // a change of which the rows are not kept; nil: they are
	whos     map[data.Record]string // who the first records of many are
	into     map[data.Record]int64  // the records into which the change merged others; nil: they were not looked for
}

// undo takes a change back in the transaction of e, if nothing was built on it and the actor may do all of it by single commands.
// asks says that a person is told what is doubtful, and asked; otherwise it is refused unless they were.
func (e *Act) undo(ctx context.Context, number int64, g given, asks bool) (*undoing, error) {
	u := &undoing{number: number, office: e, by: map[data.Record]reversing{}, given: g, asks: asks}
	err := u.run(ctx, e)
	return u, u.kept(err)
}

func (u *undoing) run(ctx context.Context, e *Act) (err error) {
	whole, err := e.Data.Whole(ctx, u.number)
	if err != nil {
		return err
	}
	if u.isMany(e, &whole) {
		return u.unmake(ctx, e, &whole)
	}
	if u.rows, err = e.Data.WholeChange(ctx, u.number); err != nil {
		return err
	}
	if err := u.mayEver(); err != nil {
		return err
	}
	var since []model.Change
	if u.reversal, since, err = e.Tx.Reverse(ctx, u.rows); err != nil {
		return err
	}
	rows := map[data.Record][]model.Change{}
	for _, c := range u.rows {
		rows[recordOf(c)] = append(rows[recordOf(c)], c)
	}
	for _, c := range u.rows {
		if u.by[recordOf(c)] == nil {
			r := nounOf(c.Resource).reversing(e, u, c.RecordID, rows[recordOf(c)])
			u.by[recordOf(c)], u.records, u.touched = r, append(u.records, r), append(u.touched, recordOf(c))
		}
	}
	for _, r := range u.records {
		if err := r.may(ctx); err != nil {
			return err
		}
	}
	built := u.builtUpon
	if isImport(u.rows) {
		built = u.builtUponImport
	}
	if err := built(ctx, e, since); err != nil {
		return err
	}
	if err := e.Tx.Because(ctx, u.cause()); err != nil {
		return err
	}
	for _, first := range []bool{true, false} {
		for _, c := range u.rows {
			if r := u.by[recordOf(c)]; r.first(c) == first {
				if err := r.takeBack(ctx, c); err != nil {
					return err
				}
			}
		}
	}
	for _, r := range slices.Backward(u.records) { // what others belong to comes first
		if err := r.settle(ctx); err != nil {
			return err
		}
	}
	if u.written, err = u.reversal.Written(ctx, 0); err != nil {
		return err
	}
	return u.tell(ctx, e)
}

// cause is what the history tells of why.
func (u *undoing) cause() string { return fmt.Sprintf("undo of change %d", u.number) }

// mayEver refuses a change that touched records of which no change is taken back.
func (u *undoing) mayEver() error {
	var never []string
	for _, n := range nouns() {
		if n.lasting() {
			never = append(never, n.many())
		}
	}
	for _, c := range u.rows {
		if n := nounOf(c.Resource); n == nil || n.lasting() {
			return model.Errorf(model.Conflict, "change %d is of %s %d, and changes of %s are not undone",
				u.number, c.Resource, c.RecordID, sentences.List(never, "and")).
				WithTry("{try} shows the commands that change it back", "help "+c.Resource)
		}
	}
	if len(u.rows) == 0 {
		return model.Errorf(model.NotFound, "change %d not found", u.number).WithTry("{try} shows the numbers of changes", "history RESOURCE ID")
	}
	return nil
}

// recordOf is the record that a row of the history is of.
func recordOf(c model.Change) data.Record { return data.Record{Kind: c.Resource, ID: c.RecordID} }

// builtUpon refuses where records were changed since.
func (u *undoing) builtUpon(ctx context.Context, e *Act, since []model.Change) error {
	if len(since) == 0 {
		return nil
	}
	c := since[len(since)-1]
	what := fmt.Sprintf("%s %d", c.Resource, c.RecordID)
	if c.Action == "delete" {
		return model.Errorf(model.Conflict, "%s was deleted since, so change %d cannot be undone", what, u.number).
			WithTry("{try} tells by whom", fmt.Sprintf("history %s", what))
	}
	told, err := e.described(ctx, e.Data, nounOf(c.Resource), since[len(since)-1:])
	if err != nil {
		return err
	}
	return model.Errorf(model.Conflict, "%s was changed since, so change %d cannot be undone: %s changed %s on %s",
		what, u.number, c.Actor, told[0], e.showTime(c.At)).
		WithTry("undo that first, with {try}", fmt.Sprintf("history %s --undo %d", what, c.ID))
}

// kept says that the change stays, where something stands in the way of taking it back.
func (u *undoing) kept(err error) error {
	e, ok := errors.AsType[*model.Error](err)
	if !ok || len(u.lines) > 0 || u.reversal == nil || errors.Is(err, data.ErrRightsChanged) {
		return err
	}
	if e.Kind != model.Conflict && e.Kind != model.NotFound && e.Kind != model.Usage {
		return err
	}
	told := sentences.Of(err)
	if strings.Contains(told.Message, fmt.Sprintf("change %d ", u.number)) {
		return err
	}
	return &model.Error{Kind: model.Conflict, Message: fmt.Sprintf("change %d cannot be undone: %s", u.number, told.Message), Hint: told.Hint, Err: err}
}

// tell says what was written, a line for each row of the history.
func (u *undoing) tell(ctx context.Context, e *Act) error {
	staying := map[string]bool{}
	for i, r := range u.records {
		if becomes := r.stays(); becomes != "" {
			staying[u.touched[i].Kind] = true
			u.say(fmt.Sprintf("%s %d%s %s", u.touched[i].Kind, u.touched[i].ID, inBrackets(r.called()), becomes))
		}
	}
	for _, c := range u.written {
		if isImport(u.rows) && len(u.lines) >= mostTold {
			u.lines = append(u.lines, "") // it is counted
			continue
		}
		what, err := e.described(ctx, e.Data, nounOf(c.Resource), []model.Change{c})
		if err != nil {
			return err
		}
		line, called := fmt.Sprintf("%s %d", c.Resource, c.RecordID), ""
		r := u.by[recordOf(c)]
		if r == nil && staying[c.Resource] {
			continue // the one that takes another one back, of which was told
		}
		if r != nil {
			called = r.called()
		}
		if who := u.whos[recordOf(c)]; who != "" {
			called = who
		}
		if called != "" {
			line += " (" + called + ")"
		}
		switch {
		case c.Action == "delete":
			line += " goes"
		case c.Action == "create" && r != nil:
			line += " comes back"
		default:
			line += ": " + what[0]
		}
		u.say(line)
	}
	return nil
}

// say adds a line of what taking the change back does.
func (u *undoing) say(line string) {
	words := strings.FieldsFunc(model.Escape(line), func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) }) // amounts keep their own blanks
	u.lines = append(u.lines, strings.Join(words, " "))
}

// mostTold is how many lines of a change people are told.
const mostTold = 10

// mostRepeated is how many of them people are told once more who were told them before they were asked.
const mostRepeated = 3

// told are at most so many of the lines that people are told, and how many more there are.
func (u *undoing) told(most int) []string {
	lines := slices.Clone(u.lines[:min(len(u.lines), most)])
	if more := len(u.lines) - len(lines); more > 0 {
		lines = append(lines, "and "+model.Count(int64(more), "record")+" more")
	}
	return lines
}

// question asks whether to take the change back, and tells before what that would do.
func (u *undoing) question() string {
	c := u.rows[0]
	when := u.office.showTime(c.At)
	if c.Cause != "" {
		when += " (" + model.Escape(c.Cause) + ")"
	}
	head := fmt.Sprintf("Change %d of %s, %s, would be undone:", u.number, c.Actor, when)
	lines := append(u.told(mostTold), u.doubts...)
	return head + "\n  " + strings.Join(lines, "\n  ") + "\nUndo it?"
}

func (u *undoing) result() Result {
	if len(u.written) == 0 {
		return Result{Message: fmt.Sprintf("Nothing to change: all of change %d is undone already.", u.number)}
	}
	most := mostTold
	if u.office.Human {
		most = mostRepeated
	}
	message := ended(fmt.Sprintf("Change %d undone: %s", u.number, strings.Join(u.told(most), "; ")))
	if u.many != nil {
		return Result{Message: message}
	}
	t := &Table{Name: "changes", Columns: []Column{
		{Name: "id", Title: "No"}, {Name: "resource", Title: "Of"}, {Name: "record_id", Title: "ID"}, {Name: "action", Title: "Did"},
		{Name: "before", Title: "Before", For: Machines}, {Name: "after", Title: "After", For: Machines}, {Name: "cause", Title: "Why"},
	}}
	for _, c := range u.written {
		facts := nounOf(c.Resource).facts()
		t.Rows = append(t.Rows, []Value{c.ID, c.Resource, c.RecordID, c.Action, state(c.Before, facts, u.office.Location),
			state(c.After, facts, u.office.Location), c.Cause})
	}
	return Result{Message: message, Table: t}
}

// names reports whether the row of a change tells that its record refers to the other one in the column.
func names(c model.Change, column string, id int64) bool {
	for _, raw := range [][]byte{c.Before, c.After} {
		var state map[string]json.RawMessage
		if json.Unmarshal(raw, &state) == nil && string(state[column]) == fmt.Sprint(id) {
			return true
		}
	}
	return false
}
