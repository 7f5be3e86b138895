package data

import (
	"context"
	"time"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// ReportFilter says which records a report is about, and in which groups it sums them up.
type ReportFilter struct {
	// By is what the groups are: "month", "quarter", "commercial", "company" or "support".
	By string
	// Places are the beginnings of the months or quarters, in their order.
	Places []time.Time
	// From and Before are the first moment and the one after the last; zero: any.
	From, Before time.Time
	// Upcoming leaves out events that have ended by then; zero: none.
	Upcoming time.Time
	// Contracts are those whose paid part a revenue tells where it is in no payment.
	Contracts model.Reach
}

// Figures are what a group of a report comes to, or all of its records together. A report fills those that it has.
type Figures struct {
	// ID is that of the user or company, or the number of the place, 0 before the first one. It is nil where the records have
	// no such thing, and 0 where a company is not told.
	ID           *int64       `db:"id"`
	Name         string       `db:"name"`
	Whole        bool         `db:"whole"` // of all groups
	Count        int64        `db:"count"`
	Total        model.Amount `db:"total"`
	Amount       model.Amount `db:"amount"`
	Participants int64        `db:"participants"`
	Hours        int64        `db:"hours"`
	Cancelled    int64        `db:"cancelled"`
	Odd          int64        `db:"odd"` // how many records are left out of a sum, as they hold no number
}

// Pipeline sums up the contracts within reach that are not signed. As in all reports, the figures are in no order, and the
// company of a client that is not within the reach on clients is not told.
func (r *Reader) Pipeline(ctx context.Context, reach, clients model.Reach, f ReportFilter) (figures []Figures, err error) {
	a, err := r.reporting(ctx, contracts.resource, reach, clients, f)
	if err == nil {
		figures, err = list[Figures](ctx, r, queries.Report.Pipeline, a)
	}
	return figures, r.failed(ctx, "sum up contracts to be signed", err)
}

// Unpaid sums up the signed contracts within reach of which something is left to be paid.
func (r *Reader) Unpaid(ctx context.Context, reach, clients model.Reach, f ReportFilter) (figures []Figures, err error) {
	a, err := r.reporting(ctx, contracts.resource, reach, clients, f)
	if err == nil {
		figures, err = list[Figures](ctx, r, queries.Report.Unpaid, a)
	}
	return figures, r.failed(ctx, "sum up unpaid contracts", err)
}

// Revenue sums up the payments within reach, and what was paid of the contracts within both reaches that is in no payment.
func (r *Reader) Revenue(ctx context.Context, reach, clients model.Reach, f ReportFilter) (figures []Figures, err error) {
	a, err := r.reporting(ctx, payments.resource, reach, clients, f)
	if err != nil {
		return nil, r.failed(ctx, "sum up payments", err)
	}
	of, err := r.sight(ctx, contracts.resource, f.Contracts, false, allAssigned)
	if err == nil {
		figures, err = list[Figures](ctx, r, queries.Report.Revenue, a.and(args{
			"contract_any": of["any"], "contract_own": of["own"], "contract_assigned": of["assigned"]}))
	}
	return figures, r.failed(ctx, "sum up payments", err)
}

// Workload sums up the events within reach.
func (r *Reader) Workload(ctx context.Context, reach, clients model.Reach, f ReportFilter) (figures []Figures, err error) {
	a, err := r.reporting(ctx, events.resource, reach, clients, f)
	if err == nil {
		figures, err = list[Figures](ctx, r, queries.Report.Workload, a.and(args{"upcoming": storable(f.Upcoming)}))
	}
	return figures, r.failed(ctx, "sum up a workload", err)
}

// EventFigures counts the events within reach.
func (r *Reader) EventFigures(ctx context.Context, reach, clients model.Reach, f ReportFilter) (figures []Figures, err error) {
	a, err := r.reporting(ctx, events.resource, reach, clients, f)
	if err == nil {
		figures, err = list[Figures](ctx, r, queries.Report.Events, a)
	}
	return figures, r.failed(ctx, "count events", err)
}

// reporting are the arguments that all reports take.
func (r *Reader) reporting(ctx context.Context, d resource, reach, seen model.Reach, f ReportFilter) (args, error) {
	of, err := r.sight(ctx, d, reach, false, allAssigned)
	if err != nil {
		return nil, err
	}
	told, err := r.sight(ctx, clients.resource, seen, false, allAssigned)
	if err != nil {
		return nil, err
	}
	places := pq.StringArray{}
	for _, t := range f.Places {
		places = append(places, t.UTC().Format(time.RFC3339))
	}
	return args{"any": of["any"], "own": of["own"], "assigned": of["assigned"], "actor": of["actor"],
		"client_any": told["any"], "client_own": told["own"], "client_assigned": told["assigned"],
		"by": f.By, "places": places, "from": storable(f.From), "before": storable(f.Before)}, nil
}
