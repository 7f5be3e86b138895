package data

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// History returns the changes of a record, oldest first; it outlives the record. For resource
// "user" it also holds logins and logouts, for "role" grants and revocations.
func (r *Reader) History(ctx context.Context, resource string, id int64) ([]model.Change, error) {
	changes, err := list[model.Change](ctx, r, queries.HistoryList, resource, id)
	return changes, r.failed(ctx, "read a history", err)
}

// Record is one of a kind: "user", 3.
type Record struct {
	Kind string `db:"kind"`
	ID   int64  `db:"id"`
}

// Sight is what of each kind an actor may view. What it says of a kind without scopes is Any, or nothing.
type Sight struct{ Companies, Roles, Users, Clients, Events model.Reach }

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

// At returns what the record was called when a change was made: as the change itself tells, or else as far as the
// record's own history or its name of today does.
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

// Names returns the names of those records that the actor may be told of: what is in sight; of users also those whom a
// client or an event in sight names, or who are gone; of what else is gone that whose kind is wholly in sight. These
// are two statements, and none when there are no records.
func (r *Reader) Names(ctx context.Context, records []Record, s Sight) (map[Record]Named, error) {
	names := map[Record]Named{}
	if len(records) == 0 {
		return names, nil
	}
	ids := map[string]pq.Int64Array{"company": {}, "role": {}, "client": {}, "user": {}}
	kinds, all := pq.StringArray{}, pq.Int64Array{}
	for _, record := range records {
		if _, twice := names[record]; twice {
			continue
		}
		names[record] = Named{Record: record}
		ids[record.Kind] = append(ids[record.Kind], record.ID)
		kinds, all = append(kinds, record.Kind), append(all, record.ID)
	}
	if !s.Companies.Any {
		ids["company"] = pq.Int64Array{}
	}
	if !s.Roles.Any {
		ids["role"] = pq.Int64Array{}
	}
	rows, err := list[struct {
		Record
		Name string `db:"name"`
	}](ctx, r, queries.HistoryNames, within(s.Clients, ids["company"], ids["role"], ids["client"], ids["user"],
		s.Users.Any, s.Events.Any, s.Events.Own, s.Events.Assigned)...)
	if err != nil {
		return nil, r.failed(ctx, "look up names", err)
	}
	called, err := list[struct {
		Record
		There bool `db:"there"`
		rename
	}](ctx, r, queries.HistoryCalled, kinds, all)
	if err != nil {
		return nil, r.failed(ctx, "look up earlier names", err)
	}
	for _, row := range rows {
		n := names[row.Record]
		n.today = row.Name
		names[row.Record] = n
	}
	for _, row := range called {
		n := names[row.Record]
		n.gone = !row.There
		if row.Change > 0 {
			n.renames = append(n.renames, row.rename)
		}
		names[row.Record] = n
	}
	told := map[string]bool{"company": s.Companies.Any, "role": s.Roles.Any, "client": s.Clients.Any, "user": true}
	maps.DeleteFunc(names, func(record Record, n Named) bool { return n.today == "" && !(n.gone && told[record.Kind]) })
	return names, nil
}
