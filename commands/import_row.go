package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"epev/commands/sentences"
	"epev/commands/tabular"
	"epev/data"
	"epev/model"
)

// reader turns the rows of a file into records.
type reader[R, F any] struct {
	n       noun[R, F]
	im      *importer[R]
	e       *Act
	in      importing
	columns []target[R]
	header  []string
	// required are the flags of what a new record must have.
	required []string
	keys     map[string]int   // the lines of the keys in the file
	found    map[string]int64 // the records that columns name
	fresh    []string         // of these, those that the present row has found
	pending  []tabular.Row    // the rows that are written together
	// looking says that a row is read and not written yet: what it names is not created. absent tells that something was not there.
	looking, absent bool
}

// refusal is why a line is not imported.
type refusal struct {
	column string
	err    error
}

func (r refusal) Error() string { return r.err.Error() }
func (r refusal) Unwrap() error { return r.err }

// row imports a row by itself, or refuses it. seen says that its key is noted. Its error ends the import.
func (r *reader[R, F]) row(ctx context.Context, row tabular.Row, seen bool) error {
	what, err := "", r.wrong(row)
	switch {
	case err != nil:
	case !r.in.dryRun && !r.in.keepGood:
		err = r.e.Tx.Alone(func() error { what, err = r.record(ctx, row, seen); return err })
	default:
		companies := r.in.seen.companies
		r.fresh = nil
		err = r.e.Tx.Try(ctx, func() error { what, err = r.record(ctx, row, seen); return err })
		if err != nil { // what it created went with it
			for _, key := range r.fresh {
				delete(r.found, key)
			}
			clear(r.e.held)
			r.in.seen.companies = companies
		}
	}
	return r.tally(row, what, err)
}

// wrong is why a row cannot be used, with its column.
func (r *reader[R, F]) wrong(row tabular.Row) error {
	if row.Wrong == nil {
		return nil
	}
	refused := refusal{err: row.Wrong}
	if row.Column >= 0 && row.Column < len(r.header) {
		refused.column = r.header[row.Column]
	}
	return refused
}

// tally tells what became of a row. Its error ends the import.
func (r *reader[R, F]) tally(row tabular.Row, what string, err error) error {
	done := r.in.seen
	switch {
	case err == nil && what == "created":
		done.created++
		return nil
	case err == nil && what == "changed":
		done.changed++
	case err == nil:
		done.left++
	case !refusable(err):
		return err
	default:
		return r.refuse(row, err)
	}
	done.tell(outcome{line: row.Line, what: what})
	return nil
}

func (d *imported) tell(o outcome) {
	if len(d.lines) < mostOutcomes {
		d.lines = append(d.lines, o)
	}
}

// refusable reports whether an error is about a line, and not about the whole import.
func refusable(err error) bool {
	if errors.Is(err, data.ErrRightsChanged) {
		return false
	}
	switch model.KindOf(err) {
	case model.Usage, model.Denied, model.NotFound, model.Conflict:
		return true
	}
	return false
}

// refuse keeps a line out, or ends an import that is all or nothing.
func (r *reader[R, F]) refuse(row tabular.Row, err error) error {
	told := sentences.Of(err)
	column := ""
	if refused, is := errors.AsType[refusal](err); is {
		column = refused.column
	}
	if column == "" && told.Field != "" {
		column = r.headed(told.Field)
	}
	why := told.Message
	if told.Hint != "" {
		why += "; " + told.Hint
	}
	if !r.in.dryRun && !r.in.keepGood {
		hint := "nothing was imported"
		if told.Hint != "" {
			hint += "; " + told.Hint
		}
		hint += "; --dry-run tells what becomes of each line"
		if r.in.spool == nil {
			hint += ", and --keep-good imports the others"
		}
		place := fmt.Sprintf("%s, line %d", r.in.file, row.Line)
		if column != "" {
			place += ", column " + model.Escape(column)
		}
		return &model.Error{Kind: model.KindOf(err), Field: told.Field, Message: place + ": " + told.Message, Err: err,
			Hint: hint}
	}
	r.in.seen.refused++
	r.in.seen.tell(outcome{line: row.Line, column: column, what: "refused", why: why})
	return r.in.seen.kept.add(row.Cells, why)
}

// headed is the column of the file from which a field comes.
func (r *reader[R, F]) headed(field string) string {
	for i, c := range r.columns {
		if c.property != nil && c.property.flag() == field || c.named != nil && c.named.flag == field {
			return r.header[i]
		}
	}
	return ""
}

// record writes the record of a row, and tells what became of it. seen says that its key is noted.
func (r *reader[R, F]) record(ctx context.Context, row tabular.Row, seen bool) (what string, err error) {
	d, id, err := r.draft(ctx, row)
	if err != nil {
		return "", err
	}
	var none R
	record := d.applied(none)
	if !seen {
		if err := r.once(row, &record, id); err != nil {
			return "", err
		}
	}
	there, err := r.there(ctx, &record, id)
	if err != nil {
		return "", err
	}
	if there != 0 {
		return r.conflict(ctx, d, &record, there)
	}
	if err := r.complete(d); err != nil {
		return "", err
	}
	if err := r.n.settle(ctx, r.e, nil, &record, d.given); err != nil {
		return "", err
	}
	if err := r.im.insert(r.e.Tx, ctx, &record); err != nil {
		return "", err
	}
	return "created", nil
}

// complete wants all that a new record must have.
func (r *reader[R, F]) complete(d draft[R]) error {
	for i := range r.required {
		if flag := r.required[i]; !d.has(flag) {
			return model.Invalid(flag, "%s is empty", flag).WithHint("give it a value, or map a column to it")
		}
	}
	return nil
}

// draft reads the cells of a row. id is what its id column says, 0 for nothing.
func (r *reader[R, F]) draft(ctx context.Context, row tabular.Row) (d draft[R], id int64, err error) {
	d.given = given{names: slices.Clone(r.in.names)}
	values := r.e.Values()
	ahead := map[string]string{} // of a property: what stands before its text
	for i, c := range r.columns {
		cell := strings.TrimSpace(row.Cells[i])
		if cell == "" {
			continue
		}
		refuse := func(err error) error {
			if err != nil && refusable(err) {
				return refusal{r.header[i], err}
			}
			return err
		}
		switch {
		case c.unnamed:
			return d, 0, refuse(model.Invalid("", "a value stands in a column without a name").WithHint("name the column, or empty it"))
		case c.barred != "":
			return d, 0, refuse(model.Errorf(model.Conflict, "%s", c.barred))
		case c.before != "":
			ahead[c.before] = strings.TrimSpace(ahead[c.before] + " " + cell)
		case c.id && r.im.key == nil:
			if id, err = model.ParseID("id", cell); err != nil {
				return d, 0, refuse(err)
			}
		}
	}
	// What names a record counts before its id: in another database it has another one.
	for i, c := range r.columns {
		cell := strings.TrimSpace(row.Cells[i])
		if c.named == nil || cell == "" || d.has(c.named.flag) {
			continue
		}
		of, err := r.lookUp(ctx, c, cell)
		if err == nil {
			err = d.give(*r.n.flagged(c.named.flag), fmt.Sprint(of), values)
		}
		if err != nil {
			if refusable(err) {
				err = refusal{r.header[i], err}
			}
			return d, 0, err
		}
	}
	for i, c := range r.columns {
		cell := strings.TrimSpace(row.Cells[i])
		if c.property == nil || d.has(c.property.flag()) {
			continue
		}
		if before := ahead[c.property.Name]; before != "" {
			cell = strings.TrimSpace(before + " " + cell)
			delete(ahead, c.property.Name)
		}
		if cell == "" {
			continue
		}
		if err := d.give(*c.property, cell, values); err != nil {
			return d, 0, refusal{r.header[i], err}
		}
	}
	for name, text := range ahead { // there is a first name alone
		if p := r.n.property(name); !d.has(p.flag()) {
			if err := d.give(*p, text, values); err != nil {
				return d, 0, err
			}
		}
	}
	return d, id, nil
}

// lookUp finds the record that a cell names, each name once.
func (r *reader[R, F]) lookUp(ctx context.Context, c target[R], name string) (int64, error) {
	key := c.key(name)
	if id, known := r.found[key]; known {
		return id, nil
	}
	in := r.in
	in.createCompanies = in.createCompanies && !r.looking
	id, err := c.named.lookUp(ctx, r.e, in, name)
	if r.looking && r.in.createCompanies && model.KindOf(err) == model.NotFound {
		r.absent = true
		return 1, nil // any: the row is read once more
	}
	if err == nil {
		r.found[key], r.fresh = id, append(r.fresh, key)
	}
	return id, err
}

// once notes the key of a row, by which its record is known, and refuses a second one.
func (r *reader[R, F]) once(row tabular.Row, record *R, id int64) error {
	key := ""
	switch {
	case r.im.key != nil:
		key = r.im.key(record)
	case id != 0:
		key = fmt.Sprint(id)
	}
	if key == "" {
		return nil
	}
	before, twice := r.keys[key]
	if !twice {
		r.keys[key] = row.Line
		return nil
	}
	if r.im.key == nil {
		return model.Errorf(model.Conflict, "line %d has the id %d already", before, id).WithHint("take one of both lines out")
	}
	return refusal{r.headed(r.n.property(r.im.of).flag()), model.Errorf(model.Conflict, "line %d has the same %s", before, r.im.knownBy()).WithHint("take one of both lines out")}
}

// there returns the record that a row is about, if it is there already.
func (r *reader[R, F]) there(ctx context.Context, record *R, id int64) (int64, error) {
	switch {
	case r.im.key != nil && r.im.key(record) != "":
		return r.im.there(ctx, r.e, record)
	case r.im.key != nil || id == 0:
		return 0, nil
	}
	found, err := r.n.get(r.e.Data, ctx, r.n.reach(r.e, "view"), id)
	if model.KindOf(err) == model.NotFound || err == nil && r.n.id(&found) != id { // one out of sight is as good as none
		return 0, nil
	}
	return id, err
}

// conflict deals with a record that is there already.
func (r *reader[R, F]) conflict(ctx context.Context, d draft[R], record *R, id int64) (string, error) {
	switch r.in.onConflict {
	case conflictSkip:
		return "left", nil
	case conflictUpdate:
	default:
		field := "id"
		if r.im.of != "" {
			field = r.n.property(r.im.of).flag()
		}
		return "", about(field, model.Errorf(model.Conflict, "%s %d has this %s already", r.n.name, id, r.im.knownBy()).
			WithHint("--on-conflict skip leaves such lines out, and --on-conflict update changes the %s", r.n.name))
	}
	before, err := r.n.see(ctx, r.e, reference{ID: id})
	if err != nil {
		return "", err
	}
	after := d.applied(before)
	if len(r.n.changes(&before, &after)) == 0 { // which takes no right
		return "left", nil
	}
	if before, err = r.n.take(ctx, r.e, reference{ID: id}, "update"); err != nil {
		return "", err
	}
	after = d.applied(before)
	if err := r.n.settle(ctx, r.e, &before, &after, d.given); err != nil {
		return "", err
	}
	if len(r.n.changes(&before, &after)) == 0 {
		return "left", nil
	}
	if err := r.im.update(r.e.Tx, ctx, &after); err != nil {
		return "", r.n.explain(ctx, r.e, &before, err)
	}
	return "changed", nil
}
