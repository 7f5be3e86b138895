package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"epev/commands/tabular"
	"epev/data"
	"epev/model"
)

// importer says how the records of a noun come from a file.
type importer[R any] struct {
	insert, update saver[*R]
	// key tells records apart: what nobody else of the noun may have, in the form in which it is compared; of is that property. Without
	// it a record is known by its id alone.
	key func(r *R) string
	of  string
	// there returns the id of the record in the actor's sight that has the key of another one, 0 for none.
	there func(ctx context.Context, e *Act, r *R) (int64, error)
	// many writes many records at once; nil: each is written by itself.
	many *arrivals[R]
	// also are properties that nobody types, and a file tells.
	also []string
	// named are columns that name another record: each sets the property of its flag to the id that lookUp finds.
	named map[string]namedColumn
	// before are columns whose text comes before that of a property, as a first name does before the name.
	before map[string]string
	// barred are columns that no record of an import may have, and why.
	barred map[string]string
	// called are further names that files have for columns.
	called map[string][]string
}

// namedColumn is a column that names another record.
type namedColumn struct {
	flag   string
	lookUp func(ctx context.Context, e *Act, im importing, name string) (int64, error)
	// find returns the ids of those that are there, 0 for others, and keeps them there. It may be nil.
	find func(ctx context.Context, e *Act, names []string) ([]int64, error)
}

// importing is what an import was asked for.
type importing struct {
	file            string         // its path, or what standard input is called
	spool           *tabular.Spool // what came on standard input; nil: the file is read
	sheet           string
	maps            [][2]string // the name of a column, and what it is; empty: nothing
	dryRun          bool
	onConflict      string
	createCompanies bool
	keepGood        bool
	given           // the waivers
	seen            *imported
}

// imported is what became of the lines of a file.
type imported struct {
	created, changed, left, refused int64
	companies                       int64
	lines                           []outcome // what is told line by line
	number                          int64     // of the change in the history
	kept                            *refusedLines
}

// outcome is what became of a line.
type outcome struct {
	line   int
	column string
	what   string // "created", "changed", "left", "refused"
	why    string
}

// What is done with a record that is there already.
const (
	conflictFail, conflictSkip, conflictUpdate = "fail", "skip", "update"
)

// mostOutcomes are told line by line at most.
const mostOutcomes = 10_000

// imports declares "import NOUN FILE".
func (n noun[R, F]) imports() Command {
	im := n.importer
	fields := []Field[importing]{
		{Param: Param{Name: "file", Positional: true, Required: true, Format: "FILE", Help: "csv, jsonl or xlsx, with a line of column names; - for standard input",
			Source: &Source{Local: true, Path: true}}, Set: func(in *importing, raw string, _ Values) error { in.file = raw; return nil }},
		switchField("dry-run", "only tell what would become of each line", func(in *importing) *bool { return &in.dryRun }),
		field(Param{Name: "on-conflict", Format: "fail|skip|update", Unasked: true, Source: OneOf(conflictFail, conflictSkip, conflictUpdate),
			Help: "what becomes of a line whose record is there already, by its " + im.knownBy() + "; fail unless given"},
			func(in *importing) *string { return &in.onConflict }, parseConflict),
		switchField("keep-good", "import the lines that can be, and write the others to a file beside, each with its reason", func(in *importing) *bool { return &in.keepGood }),
		{Param: Param{Name: "map", Format: "COLUMN=FIELD", Unasked: true, Repeats: true, Help: "what a column of the file is; COLUMN= leaves it out, and *= all that are not known"},
			Set: func(in *importing, raw string, _ Values) (err error) { in.maps, err = parseMaps(raw); return err }},
		field(Param{Name: "sheet", Format: "NAME", Unasked: true, Help: "which sheet of a workbook"}, func(in *importing) *string { return &in.sheet }, anything),
	}
	for _, c := range im.named {
		if c.flag == "company-id" {
			fields = append(fields, switchField("create-companies", "create the companies that are not there", func(in *importing) *bool { return &in.createCompanies }))
		}
	}
	fields = append(fields, waiverFields(n, func(in *importing) *given { return &in.given })...)
	c := Command{Path: "import " + n.name, Aliases: []string{"import " + n.plural}, Help: "Create " + n.plural + " from a file, all of them or none",
		Example: "import " + n.name + " " + n.plural + ".csv --dry-run", Access: Needs(n.name, "create"), Apart: true}
	return Define(Spec[importing]{Command: c, Fields: fields, Run: func(ctx context.Context, e *Act, in importing) (Result, error) {
		return n.runImport(ctx, e, &c, in)
	}})
}

// knownBy is by what a record is found that is there already.
func (im *importer[R]) knownBy() string {
	if im.key == nil {
		return "id"
	}
	return strings.ReplaceAll(im.of, "_", " ")
}

func parseConflict(field, raw string) (string, error) {
	if !slices.Contains([]string{conflictFail, conflictSkip, conflictUpdate}, raw) {
		return "", model.Invalid(field, "on a conflict there is no %q", model.Escape(raw)).WithHint("one of fail, skip, update")
	}
	return raw, nil
}

func parseMaps(raw string) (maps [][2]string, err error) {
	before := "" // what stands before a comma in a column's name
	for part := range strings.SplitSeq(raw, ",") {
		if !strings.Contains(part, "=") && part != "" {
			before += part + ","
			continue
		}
		part, before = before+part, ""
		at := strings.LastIndexByte(part, '=')
		if at < 1 {
			return nil, model.Invalid("map", "%q maps no column", model.Escape(part)).WithHint(`write it like "Tél.=phone"; "Tél.=" leaves the column out`)
		}
		maps = append(maps, [2]string{strings.TrimSpace(part[:at]), strings.TrimSpace(part[at+1:])})
	}
	if before != "" {
		return nil, model.Invalid("map", "%q maps no column", model.Escape(strings.TrimSuffix(before, ","))).WithHint(`write it like "Tél.=phone"; "Tél.=" leaves the column out`)
	}
	return maps, nil
}

// errNothingStays ends the transaction of an import of which nothing is to stay.
var errNothingStays = errors.New("nothing of the import stays")

// runImport imports a file in a transaction of its own.
func (n noun[R, F]) runImport(ctx context.Context, e *Act, c *Command, in importing) (Result, error) {
	if in.dryRun && in.keepGood {
		return Result{}, model.Invalid("dry-run", "--dry-run imports nothing, and --keep-good what can be").WithHint("give one of them")
	}
	by, err := e.writer(ctx)
	if err != nil {
		return Result{}, err
	}
	if in.file == "-" {
		if err := in.readInput(e); err != nil {
			return Result{}, err
		}
		defer in.spool.Close()
	}
	kept, err := in.keeping()
	if err != nil {
		return Result{}, err
	}
	defer func() { kept.drop() }()
	var done imported
	show, end := e.progress("importing " + n.plural)
	defer func() { end() }()
	err = e.Store.Write(ctx, by, func(ctx context.Context, tx *Tx) error {
		done = imported{kept: kept}
		in.seen = &done
		inside := &Act{Env: e.Env, Data: tx.Reader, Tx: tx, held: map[data.Record]any{}}
		if err := inside.authorise(ctx, c); err != nil {
			return err
		}
		if inside.Actor.SessionID != by.SessionID {
			return data.ErrNoSession
		}
		if err := kept.begin(); err != nil {
			return err
		}
		if err := n.importFile(ctx, inside, in, show); err != nil {
			return err
		}
		if in.dryRun {
			return errNothingStays
		}
		if done.created+done.changed+done.companies > 0 {
			done.number, err = inside.Data.LastChange(ctx, inside.Actor.UserID)
		}
		return err
	})
	if err != nil && !errors.Is(err, errNothingStays) {
		return Result{}, n.lost(in, err)
	}
	result := n.importResult(e, in, &done)
	switch {
	case in.dryRun || done.refused == 0:
	case e.Later != nil:
		e.Later(kept.give, kept.drop)
		kept = nil
	default:
		result.Failure = kept.give()
	}
	return result, nil
}

// readInput reads the table from standard input.
func (in *importing) readInput(e *Act) error {
	if in.keepGood {
		return model.Invalid("keep-good", "--keep-good writes the lines that are left beside the file, and standard input is none").
			WithHint("leave it out: --dry-run tells what is wrong with each line")
	}
	from, err := e.Input()
	if err == nil {
		in.file = tabular.Input
		in.spool, err = tabular.ReadAll(from)
	}
	return err
}

// open begins to read the table, as often as the transaction begins.
func (in *importing) open() (*tabular.Table, error) {
	options := tabular.Options{Sheet: in.sheet}
	if in.spool != nil {
		return in.spool.Open(options)
	}
	return tabular.Open(in.file, options)
}

// importFile reads the file, and writes its records in the transaction.
func (n noun[R, F]) importFile(ctx context.Context, e *Act, in importing, show func(float64)) error {
	t, err := in.open()
	if err != nil {
		return err
	}
	defer t.Close()
	columns, err := n.columnsOf(t, in)
	if err != nil {
		return err
	}
	if err := e.Tx.Because(ctx, importCause+baseName(in.file)); err != nil {
		return err
	}
	in.seen.kept.header(t)
	r := reader[R, F]{n: n, im: n.importer, e: e, in: in, columns: columns, header: t.Header, keys: map[string]int{}, found: map[string]int64{}}
	for _, p := range n.asked() {
		if p.set.required {
			r.required = append(r.required, p.flag())
		}
	}
	for count := 0; ; count++ {
		if count%100 == 0 {
			show(t.Share())
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		row, err := t.Next()
		if errors.Is(err, io.EOF) {
			return r.flush(ctx)
		}
		if err != nil {
			return err
		}
		if err := r.take(ctx, row); err != nil {
			return err
		}
	}
}

func baseName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// importResult tells what became of the lines.
func (n noun[R, F]) importResult(e *Act, in importing, done *imported) Result {
	verb := func(n int64, what string) string {
		if in.dryRun {
			return fmt.Sprintf("%s would be %s", model.Grouped(fmt.Sprint(n)), what)
		}
		return fmt.Sprintf("%s %s", model.Grouped(fmt.Sprint(n)), what)
	}
	parts := []string{verb(done.created, "created"), verb(done.changed, "changed"), verb(done.left, "left as they are"), verb(done.refused, "refused")}
	said := Capital(n.plural) + ": " + strings.Join(parts, ", ")
	if done.companies > 0 {
		said += "; " + model.Count(done.companies, "company") + map[bool]string{true: " would be", false: ""}[in.dryRun] + " created"
	}
	said += "."
	if done.refused > 0 && !in.dryRun {
		said += fmt.Sprintf(" The refused lines are in %s, each with its reason: mend them, and import that file.", done.kept.path)
	}
	if done.number > 0 {
		said += fmt.Sprintf(" \"import undo %d\" takes all of it back.", done.number)
	}
	t := &Table{Name: "lines", Columns: []Column{{Name: "line", Title: "Line"}, {Name: "column", Title: "Column"}, {Name: "what", Title: "What"}, {Name: "why", Title: "Why", Wraps: true}}}
	for _, o := range done.lines {
		t.Rows = append(t.Rows, []Value{int64(o.line), unlessZero(o.column), o.what, unlessZero(o.why)})
	}
	if len(done.lines) == 0 {
		return Result{Message: said, Table: t}
	}
	e.Tell(said) // the lines are the result
	return Result{Table: t}
}

// importCommands are those that create records from files, and the one that takes an import back.
func importCommands() (imports []Command) {
	for _, n := range nouns() {
		if c := n.importCommand(); c != nil {
			imports = append(imports, *c)
		}
	}
	return append(imports, undoImport())
}

func (n noun[R, F]) importCommand() *Command {
	if n.importer == nil {
		return nil
	}
	c := n.imports()
	return &c
}
