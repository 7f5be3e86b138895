package data

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// History returns the changes of a record, oldest first; it outlives the record. For resource
// "user" it also holds logins and logouts, for "role" grants and revocations.
func (r *Reader) History(ctx context.Context, resource string, id int64) ([]model.Change, error) {
	changes, err := list[model.Change](ctx, r, queries.History.List, args{"resource": resource, "id": id})
	return changes, r.failed(ctx, "read a history", err)
}

// HistoryFilter narrows the history of all records. Its conditions all hold at once.
type HistoryFilter struct {
	Nouns        []string // whose records it is of
	ActorID      int64    // 0: anybody
	From, Before time.Time
}

func (f HistoryFilter) ofWhom() args {
	return args{"nouns": pq.StringArray(f.Nouns), "actor": f.ActorID, "from": storable(f.From), "before": storable(f.Before)}
}

// EachChange tells up to limit changes one after the other, as they are read, in their order; a limit of 0 tells all.
func (r *Reader) EachChange(ctx context.Context, f HistoryFilter, limit int, tell func(*model.Change) error) error {
	err := each(ctx, r, queries.History.All, f.ofWhom().and(args{"limit": limit}), tell)
	return r.failed(ctx, "read the history", err)
}

// CountChanges counts what EachChange tells without a limit.
func (r *Reader) CountChanges(ctx context.Context, f HistoryFilter) (int64, error) {
	n, err := get[int64](ctx, r, queries.History.Count, f.ofWhom())
	return n, r.failed(ctx, "count the history", err)
}

// Record is one of a kind: "user", 3.
type Record struct {
	Kind string `db:"kind"`
	ID   int64  `db:"id"`
}

// Sight is what an actor may view of the records of each noun. What it does not say, they may not.
type Sight map[string]model.Reach

// Named is a record and the names that it has had.
type Named struct {
	Record
	gone    bool
	renames []rename // oldest first
	today   string   // empty if it is gone, or out of sight
}

// rename is a change that tells what a record was called before or after it.
type rename struct {
	Change int64  `db:"change"`
	Before string `db:"before"`
	After  string `db:"after"`
}

// At returns the name that the record had when a change was made. The change itself tells it; else the record's own
// history or its name of today does, as far as they can.
func (n Named) At(c model.Change) string {
	stored := map[string]string{}
	key := fmt.Sprintf("%s %d", n.Kind, n.ID)
	if json.Unmarshal(c.Names, &stored); stored[key] != "" {
		return stored[key]
	}
	name := ""
	for _, r := range n.renames {
		switch {
		case r.Change <= c.ID:
			name = cmp.Or(r.After, r.Before) // the last name of a record that was deleted by then
		case name == "":
			name = r.Before
		}
	}
	return cmp.Or(name, n.today, key+" (deleted)")
}

// Names returns the names of those records that the actor may be told of. They are the records in sight, the users whom
// a client or an event in sight names, and the users who are gone. Other records that are gone are told of where their
// whole kind is in sight. It takes one statement for each kind, and one for all.
func (r *Reader) Names(ctx context.Context, records []Record, s Sight) (map[Record]Named, error) {
	names, err := r.names(ctx, records, s)
	return names, r.failed(ctx, "look up names", err)
}

func (r *Reader) names(ctx context.Context, records []Record, s Sight) (map[Record]Named, error) {
	names := map[Record]Named{}
	var ids pq.Int64Array
	var kinds, tables, titles pq.StringArray
	for _, d := range resources {
		var some pq.Int64Array
		for _, record := range records {
			if _, twice := names[record]; record.Kind == d.name && !twice {
				names[record] = Named{Record: record}
				some = append(some, record.ID)
				ids, kinds, tables, titles = append(ids, record.ID), append(kinds, d.name), append(tables, d.table), append(titles, d.title)
			}
		}
		if some == nil || d.named.Text() == "" {
			continue
		}
		today, err := list[struct {
			ID   int64  `db:"id"`
			Name string `db:"name"`
		}](ctx, r, d.named, d.sightOf(s).and(args{"ids": some}))
		if err != nil {
			return nil, err
		}
		for _, row := range today {
			record := Record{d.name, row.ID}
			names[record] = Named{Record: record, today: row.Name}
		}
	}
	if ids == nil {
		return names, nil
	}
	called, err := list[struct {
		Record
		There bool `db:"there"`
		rename
	}](ctx, r, queries.Record.Called, args{"ids": ids, "kinds": kinds, "tables": tables, "titles": titles})
	if err != nil {
		return nil, err
	}
	for _, row := range called {
		n := names[row.Record]
		n.gone = !row.There
		if row.Change > 0 {
			n.renames = append(n.renames, row.rename)
		}
		names[row.Record] = n
	}
	maps.DeleteFunc(names, func(record Record, n Named) bool {
		d, err := resourceOf(record.Kind)
		return err != nil || n.today == "" && !(n.gone && (d.public || s[d.name].Any))
	})
	return names, nil
}

// sightOf are the arguments of what may be viewed of the resource, and of those through which others are told of it.
func (d resource) sightOf(s Sight) args {
	a := args{"any": s[d.name].Any, "actor": s[d.name].ActorID}.and(d.within(s[d.name]))
	for _, noun := range d.through {
		a = a.and(reachOf(noun+"s", s[noun]))
	}
	return a.taken(d.named)
}
