package data

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// schema is what a database holds of it.
type schema struct {
	made      []int64 // versions whose migrations were made, ascending
	versioned bool    // there is a table of versions
	ours      bool    // there are tables of epev's own
	theirs    bool    // there are tables of the predecessor's
}

type queryer interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

func findSchema(ctx context.Context, q queryer) (s schema, err error) {
	err = q.QueryRowContext(ctx, queries.Schema.Found.Text()).Scan(&s.versioned, &s.ours, &s.theirs)
	if err == nil && s.versioned {
		err = q.QueryRowContext(ctx, queries.Schema.Version.Text()).Scan((*pq.Int64Array)(&s.made))
	}
	return s, err
}

// version is the newest that was made, 0 where there is none.
func (s schema) version() int64 {
	if len(s.made) == 0 {
		return 0
	}
	return s.made[len(s.made)-1]
}

// newer refuses the schema of a newer epev.
func (s schema) newer() error {
	if version, newest := s.version(), newestVersion(); version > newest {
		return &model.Error{Kind: model.Unavailable, Fault: "schema-newer", Facts: model.Facts{"version": version, "newest": newest}}
	}
	return nil
}

// check refuses a schema that is not that of this epev.
func (s schema) check() error {
	if err := s.newer(); err != nil {
		return err
	}
	missing := slices.IndexFunc(migrations, func(m migration) bool { return !slices.Contains(s.made, m.version) })
	var fault model.Fault
	switch {
	case missing < 0:
		return nil
	case len(s.made) == 0 && s.ours, missing < len(s.made):
		fault = "schema-half-made"
	case len(s.made) == 0 && s.theirs:
		fault = "schema-of-the-predecessor"
	case len(s.made) == 0:
		fault = "no-schema"
	default:
		fault = "schema-older"
	}
	return &model.Error{Kind: model.Unavailable, Fault: fault, Try: []string{"db-create"}}
}

// SchemaVersion returns the version of the database's schema. It is Unavailable, and says what to do,
// unless that is the version of this epev.
func SchemaVersion(ctx context.Context, db *sql.DB) (int64, error) {
	var found schema
	err := db.QueryRowContext(ctx, queries.Schema.Version.Text()).Scan((*pq.Int64Array)(&found.made))
	if err == nil && found.check() == nil {
		return found.version(), nil
	}
	// Why it will not do takes one more question.
	if err == nil || isSchemaless(err) {
		found, err = findSchema(ctx, db)
	}
	if err == nil {
		err = found.check()
	}
	if err != nil {
		return 0, err
	}
	return found.version(), nil
}

// isSchemaless reports whether there is no such table, or no such schema.
func isSchemaless(err error) bool {
	e, ok := errors.AsType[*pq.Error](err)
	return ok && (e.Code == "42P01" || e.Code == "3F000")
}
