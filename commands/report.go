package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"epev/data"
	"epev/model"
)

// report is a command that sums up what the actor may list of a noun's records.
type report struct {
	verb, help, example string
	of                  string   // what it is about, for a list of nothing: "unpaid contracts"
	by                  []string // the groups that it takes, the first unless another is given
	days                string   // which day --from and --to are about: "created"
	odd                 string   // one and several records that a sum leaves out
	ofDays              bool     // the records have days, each of which is 12:00 UTC, and no moments
	undated             string   // what periods call the records without a day; "no date" unless given
	columns             []measure
	share               func(*data.Figures) model.Amount // what the share of a group is of
	// settle fills in what follows from what was given; it may be nil.
	settle func(e *Act, f *data.ReportFilter)
	reach  func(context.Context, *Act) (model.Reach, error)
	sums   func(r *data.Reader, ctx context.Context, reach, clients model.Reach, f data.ReportFilter) ([]data.Figures, error)
}

// measure is a column of a report.
type measure struct {
	Column
	value func(*data.Figures) Value
}

// counted is the measure of how many records there are.
func counted(name, title string) measure {
	return measure{Column{Name: name, Title: title}, func(f *data.Figures) Value { return f.Count }}
}

// reports are all of them, in the order of help.
func reports() []report {
	amount := measure{Column{Name: "amount", Title: "Amount"}, func(f *data.Figures) Value { return f.Amount }}
	participants := measure{Column{Name: "participants", Title: "Participants", Priority: 4}, func(f *data.Figures) Value { return f.Participants }}
	remaining, sum := amount, func(f *data.Figures) model.Amount { return f.Amount }
	remaining.Name, remaining.Title = "remaining", "Remaining"
	number := func(f *data.Figures) model.Amount { return model.AmountOf(f.Count) }
	contracts := "contract with an amount that is no number, contracts with an amount that is no number"
	return []report{
		{verb: "revenue", help: "Sum up the payments; what was paid before payments were written down stands once, as before", example: "report revenue --by quarter",
			of: "payments", by: []string{"month", "quarter", "commercial", "company"}, days: "paid", undated: "before", ofDays: true,
			odd:     "contract without payments whose amounts do not tell what was paid, contracts without payments whose amounts do not tell what was paid",
			columns: []measure{counted("payments", "Payments"), amount}, share: sum, settle: asDays, reach: paymentNoun().summable, sums: (*data.Reader).Revenue},
		{verb: "unpaid", help: "Sum up what is left to be paid on signed contracts", example: "report unpaid --by company", of: "unpaid contracts",
			by: []string{"commercial", "company", "month", "quarter"}, days: "created", odd: contracts,
			columns: []measure{counted("contracts", "Contracts"),
				{Column{Name: "total", Title: "Total", Priority: 3}, func(f *data.Figures) Value { return f.Total }}, remaining},
			share: sum, reach: contractNoun().summable, sums: (*data.Reader).Unpaid},
		{verb: "pipeline", help: "Sum up the contracts that are not signed yet", example: "report pipeline --by month", of: "contracts that are not signed",
			by: []string{"commercial", "company", "month", "quarter"}, days: "created", odd: contracts,
			columns: []measure{counted("contracts", "Contracts"), amount}, share: sum, reach: contractNoun().summable, sums: (*data.Reader).Pipeline},
		{verb: "workload", help: "Sum up the events to come by who looks after them, cancelled ones aside; with --from or --to also those that are over", example: "report workload",
			of: "events", by: []string{"support", "month", "quarter"}, days: "starting", odd: "event without a start and an end, events without a start and an end",
			columns: []measure{counted("events", "Events"),
				{Column{Name: "hours", Title: "Hours", Priority: 3}, func(f *data.Figures) Value { return f.Hours }}, participants},
			share: number, settle: upcoming, reach: eventNoun().summable, sums: (*data.Reader).Workload},
		{verb: "events", help: "Count the events, past and to come, their participants, and those that were cancelled", example: "report events --by quarter", of: "events",
			by: []string{"month", "quarter", "commercial", "company", "support"}, days: "starting",
			columns: []measure{counted("events", "Events"), participants,
				{Column{Name: "cancelled", Title: "Cancelled", Priority: 4}, func(f *data.Figures) Value { return f.Cancelled }}},
			share: number, reach: eventNoun().summable, sums: (*data.Reader).EventFigures},
	}
}

// asDays tells the days as payments have them, and that the contracts are those of the actor's list.
func asDays(e *Act, f *data.ReportFilter) {
	for _, t := range []*time.Time{&f.From, &f.Before} {
		if !t.IsZero() {
			year, month, day := t.In(e.Location).Date()
			*t = time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
		}
	}
	f.Contracts = contractNoun().relatedReach(e)
}

// upcoming has a report be about the events that are not over yet, where no days are given.
func upcoming(e *Act, f *data.ReportFilter) {
	if f.From.IsZero() && f.Before.IsZero() {
		f.Upcoming = e.Now()
	}
}

// summable is the reach of a report: it sums up what a list would show.
func (n noun[R, F]) summable(ctx context.Context, e *Act) (model.Reach, error) {
	if n.reach(e, "list").None() {
		return model.Reach{}, e.denied(ctx, n.permission("list"), model.Relation{Own: true, Assigned: true}, "list "+n.plural+", and so to sum them up", "")
	}
	return n.visible(ctx, e)
}

func reportCommands() []Command {
	var all []Command
	for _, r := range reports() {
		all = append(all, r.command())
	}
	return all
}

func (r report) command() Command {
	type input = listInput[data.ReportFilter]
	by := field(Param{Name: "by", Format: "GROUP", Unasked: true, Near: []string{"group-by", "per"}, Source: OneOf(r.by...),
		Help: fmt.Sprintf("in groups of one %s; %s unless given", strings.Join(r.by, ", "), r.by[0])},
		func(in *input) *string { return &in.filter.By }, r.parseBy)
	return Define(Spec[input]{
		Command: Command{Path: "report " + r.verb, Help: r.help, Example: r.example, Access: Needs("report", "view"), Aside: true},
		Fields: append([]Field[input]{by}, filterDays(r.days, func(f *data.ReportFilter) *time.Time { return &f.From },
			func(f *data.ReportFilter) *time.Time { return &f.Before })...),
		Run: func(ctx context.Context, e *Act, in input) (Result, error) { return r.run(ctx, e, in.filter) },
	})
}

func (r report) parseBy(field, raw string) (string, error) {
	if slices.Contains(r.by, raw) {
		return raw, nil
	}
	err := model.Invalid(field, "report %s has no groups by %q", r.verb, raw)
	if near, ok := model.Nearest(raw, r.by); ok {
		return "", err.WithHint("did you mean %q?", near)
	}
	return "", err.WithHint("one of %s", strings.Join(r.by, ", "))
}

func (r report) run(ctx context.Context, e *Act, f data.ReportFilter) (Result, error) {
	reach, err := r.reach(ctx, e)
	if err != nil {
		return Result{}, err
	}
	f.By = cmp.Or(f.By, r.by[0])
	if r.settle != nil {
		r.settle(e, &f)
	}
	office := e.Location
	if r.ofDays {
		office = time.UTC
	}
	periods := periodsBy(f.By, office)
	f.Places = periods.begin
	figures, err := r.sums(e.Data, ctx, reach, clientNoun().reach(e, "view"), f)
	if err != nil {
		return Result{}, err
	}
	at := slices.IndexFunc(figures, func(f data.Figures) bool { return f.Whole })
	whole := figures[at]
	figures = slices.Delete(figures, at, at+1)
	r.order(figures, periods)
	result := Result{Table: r.table(figures, &whole, f.By, periods)}
	if whole.Odd > 0 {
		one, several, _ := strings.Cut(r.odd, ", ")
		what, is := several, "are"
		if whole.Odd == 1 {
			what, is = one, "is"
		}
		result.Warnings = []error{fmt.Errorf("%d %s %s left out of the sums", whole.Odd, what, is)}
	}
	return result, nil
}

// order puts periods in their order, those without a day first, and others the greatest first.
func (r report) order(figures []data.Figures, periods periods) {
	slices.SortFunc(figures, func(a, b data.Figures) int {
		place := func(f data.Figures) int64 {
			if f.ID == nil {
				return -1
			}
			return *f.ID
		}
		if periods.begin != nil {
			return cmp.Compare(place(a), place(b))
		}
		return cmp.Or(r.share(&b).Cmp(r.share(&a)), cmp.Compare(a.Name, b.Name), cmp.Compare(place(a), place(b)))
	})
}

// barWidth is how many characters the longest bar has.
const barWidth = 12

func (r report) table(figures []data.Figures, whole *data.Figures, by string, periods periods) *Table {
	t := &Table{Name: r.of}
	if periods.begin == nil {
		t.Columns = append(t.Columns, Column{Name: by + "_id", Title: Capital(by) + " ID", For: Machines})
	}
	t.Columns = append(t.Columns, Column{Name: by, Title: Capital(by), Priority: 1})
	for _, m := range r.columns {
		t.Columns = append(t.Columns, m.Column)
	}
	t.Columns = append(t.Columns, Column{Name: "share", Title: "Share", Priority: 2}, Column{Name: "bar", Title: "", For: People, Priority: 5})
	row := func(f *data.Figures, name string, share Value) []Value {
		var row []Value
		if periods.begin == nil {
			var id Value
			if f.ID != nil && *f.ID != 0 {
				id = *f.ID
			}
			row = append(row, id)
		}
		row = append(row, unlessZero(name))
		for _, m := range r.columns {
			row = append(row, m.value(f))
		}
		return append(row, share)
	}
	var greatest model.Amount
	parts := make([]model.Amount, len(figures))
	for i := range figures {
		if parts[i] = r.share(&figures[i]); parts[i].Cmp(greatest) > 0 {
			greatest = parts[i]
		}
	}
	shares := sharesOf(parts, r.share(whole))
	for i := range figures {
		f := &figures[i]
		t.Rows = append(t.Rows, append(row(f, r.named(f, periods), shares[i]), bar(parts[i], greatest)))
	}
	t.Foot = append(row(whole, "Total", sharesOf([]model.Amount{r.share(whole)}, r.share(whole))[0]), nil)
	return t
}

// named is what a group is called.
func (r report) named(f *data.Figures, periods periods) string {
	switch {
	case periods.begin != nil && f.ID != nil:
		return periods.name(*f.ID)
	case periods.begin != nil:
		return cmp.Or(r.undated, "no date")
	case f.ID != nil && *f.ID == 0:
		return "(not told)"
	}
	return f.Name
}

// bar draws a part of the greatest one.
func bar(part, greatest model.Amount) Value {
	share, ok := part.Of(greatest)
	eighths := int(share) * barWidth * 8 / 10_000
	if !ok || eighths <= 0 {
		return nil
	}
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return text
}

// periods are months or quarters by the office's clock.
type periods struct {
	begin  []time.Time // nil: the groups are no periods
	months int         // of each
}

// The years whose periods a report tells apart. What is before or after them is told together.
const firstYear, lastYear = 1970, 2099

// periodsBy are those of the groups, none where the groups are others.
func periodsBy(by string, office *time.Location) periods {
	p := periods{months: map[string]int{"month": 1, "quarter": 3}[by]}
	for month := 0; p.months > 0 && month <= 12*(lastYear-firstYear+1); month += p.months {
		p.begin = append(p.begin, time.Date(firstYear, time.Month(1+month), 1, 0, 0, 0, 0, office))
	}
	return p
}

// name is that of a place: "2027-03", "2027-Q1".
func (p periods) name(place int64) string {
	month := int(place-1) * p.months
	year := firstYear + month/12
	switch {
	case place < 1:
		return fmt.Sprintf("%d and before", firstYear-1)
	case year > lastYear:
		return fmt.Sprintf("%d and later", lastYear+1)
	case p.months == 1:
		return fmt.Sprintf("%d-%02d", year, 1+month%12)
	}
	return fmt.Sprintf("%d-Q%d", year, 1+month%12/3)
}
