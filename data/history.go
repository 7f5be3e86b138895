package data

import (
	"context"

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

// Names returns what the records are called, of those that are in sight; of users also those whom a client or
// an event in sight names. It is one statement, and none when there are no records.
func (r *Reader) Names(ctx context.Context, records []Record, s Sight) (map[Record]string, error) {
	names := map[Record]string{}
	if len(records) == 0 {
		return names, nil
	}
	ids := map[string]pq.Int64Array{"company": {}, "role": {}, "client": {}, "user": {}}
	for _, record := range records {
		ids[record.Kind] = append(ids[record.Kind], record.ID)
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
	for _, row := range rows {
		names[row.Record] = row.Name
	}
	return names, r.failed(ctx, "look up names", err)
}
