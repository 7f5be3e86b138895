package data

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// AppRole is the role that shells use. It owns nothing, and on each table it may do what epev does, and no more.
type AppRole struct {
	Name  string `json:"name"`
	Owner string `json:"owner"` // who is to own the schema; empty: who does
}

// Difference is one thing in which a role is not what the role of shells is to be.
type Difference struct {
	// Kind is superuser, createdb, createrole, replication, bypassrls or member: what the role is. With owns it owns something, with
	// which it could undo any limit. With missing it lacks a privilege, and with excess it has one too many. Of a role that is to be
	// made it also is role or owner.
	Kind string `json:"kind"`
	// What is a table, a column of one, a schema, a function or a role.
	What string `json:"what"`
	// Privilege is that which is missing or too many: SELECT, UPDATE and so on.
	Privilege string `json:"privilege"`
	// Statement mends it, where one can: PostgreSQL takes it as an administrator's.
	Statement string `json:"statement"`
}

// Privileges tells in what the role that the store uses differs from the role of shells: nothing where it is one. Of a superuser and of
// who owns the tables it tells that, and nothing is missing. It answers whatever the version of the schema is.
func (s *Store) Privileges(ctx context.Context) (role string, differences []Difference, err error) {
	err = s.administered(ctx, "read the privileges", func(ctx context.Context, tx *sql.Tx) error {
		if err := asked(ctx, tx, queries.Privilege.Present, nil, &role); err != nil {
			return err
		}
		differences, err = differs(ctx, tx, AppRole{Name: role}, false)
		return err
	})
	return role, differences, err
}

// AppRoleStatements returns the statements that make the role so, as an administrator runs them.
func (s *Store) AppRoleStatements(ctx context.Context, role AppRole) (statements []string, err error) {
	err = s.administered(ctx, "read the privileges", func(ctx context.Context, tx *sql.Tx) error {
		found, err := s.toMake(ctx, tx, role, true)
		statements = mending(found)
		return err
	})
	return statements, err
}

// MakeAppRole makes the role so, wholly or not at all, and returns the statements that took. A superuser is refused, and so is whoever
// owns something that is not to be another's. From then on Migrate gives the role what is new.
func (s *Store) MakeAppRole(ctx context.Context, role AppRole) (statements []string, err error) {
	err = s.administered(ctx, "make the role of the shells", func(ctx context.Context, tx *sql.Tx) error {
		if err := lockSchema(ctx, tx, nil); err != nil {
			return err
		}
		found, err := s.toMake(ctx, tx, role, false)
		for round := 0; err == nil && len(mending(found)) > 0; round++ {
			if round == 3 { // what took several rounds hung together; what still differs was granted by somebody else
				return &model.Error{Kind: model.Conflict, Field: "app-role", Fault: "role-differs", Facts: model.Facts{"role": role.Name, "statement": mending(found)[0]}}
			}
			statements = append(statements, mending(found)...)
			if err = mend(ctx, tx, found); err == nil {
				found, err = differs(ctx, tx, role, false) // also what a role that was not there yet could not be asked
			}
		}
		if err == nil {
			err = refuseOwner(role, found)
		}
		if err == nil {
			err = execute(ctx, tx, queries.Privilege.Keep, args{"role": role.Name, "owner": role.Owner})
		}
		if err != nil {
			return err
		}
		return tx.Commit()
	})
	return statements, err
}

// toMake is in what a role differs that is to be made so, unless it cannot be.
func (s *Store) toMake(ctx context.Context, tx *sql.Tx, role AppRole, all bool) ([]Difference, error) {
	if _, err := SchemaVersion(ctx, s.db.DB); err != nil {
		return nil, err
	}
	found, err := differs(ctx, tx, role, all)
	for _, d := range found {
		if d.Kind == "superuser" {
			return nil, &model.Error{Kind: model.Conflict, Field: "app-role", Fault: "role-superuser", Facts: model.Facts{"role": role.Name}}
		}
	}
	if err == nil && role.Owner == "" {
		err = refuseOwner(role, found)
	}
	return found, err
}

func refuseOwner(role AppRole, found []Difference) error {
	for _, d := range found {
		if d.Kind == "owns" {
			return &model.Error{Kind: model.Conflict, Field: "app-role", Fault: "role-owns", Facts: model.Facts{"role": role.Name, "what": d.What}}
		}
	}
	return nil
}

// refreshAppRoles gives the roles that shells use what is new, as far as the user may, and returns the names of those that it changed.
func refreshAppRoles(ctx context.Context, tx *sql.Tx) (changed []string, err error) {
	var told []byte
	if err := asked(ctx, tx, queries.Privilege.Kept, nil, &told); err != nil {
		return nil, err
	}
	var kept []AppRole
	if err := json.Unmarshal(told, &kept); err != nil {
		return nil, err
	}
	for _, role := range kept {
		found, err := differs(ctx, tx, role, false)
		if err != nil {
			return nil, err
		}
		found = slices.DeleteFunc(found, func(d Difference) bool { return !d.ofTables() })
		if len(mending(found)) == 0 {
			continue
		}
		if err := mend(ctx, tx, found); err != nil {
			return nil, err
		}
		changed = append(changed, role.Name)
	}
	return changed, nil
}

// ofTables reports whether the owner of the tables alone can mend it.
func (d Difference) ofTables() bool {
	return d.Kind == "owner" || (d.Kind == "missing" || d.Kind == "excess") && !strings.HasPrefix(d.What, "database ") && !strings.HasPrefix(d.What, "schema ")
}

// administered calls do in a transaction on a connection of its own. What PostgreSQL forbids is told as such.
func (s *Store) administered(ctx context.Context, what string, do func(ctx context.Context, tx *sql.Tx) error) error {
	return s.alone(ctx, what, func(ctx context.Context, conn *sql.Conn) error {
		tx, err := conn.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if err = execute(ctx, tx, queries.Privilege.Place, nil); err == nil {
			err = do(ctx, tx)
		}
		if e, ok := errors.AsType[*pq.Error](err); ok && e.Code == "42501" {
			return &model.Error{Kind: model.Denied, Fault: "may-not-grant", Facts: model.Facts{"said": model.Escape(e.Message)}, Err: err}
		}
		return err
	})
}

func differs(ctx context.Context, tx *sql.Tx, role AppRole, all bool) (found []Difference, err error) {
	var told []byte
	if err := asked(ctx, tx, queries.Privilege.Found, args{"role": role.Name, "owner": role.Owner, "all": all}, &told); err != nil {
		return nil, err
	}
	return found, json.Unmarshal(told, &found)
}

func mending(found []Difference) (statements []string) {
	for _, d := range found {
		if d.Statement != "" {
			statements = append(statements, d.Statement)
		}
	}
	return statements
}

// mend runs the statements that mend what was found.
func mend(ctx context.Context, tx *sql.Tx, found []Difference) error {
	told, err := json.Marshal(mending(found))
	if err != nil {
		return err
	}
	if err := execute(ctx, tx, queries.Privilege.Given, args{"statements": string(told)}); err != nil {
		return err
	}
	return execute(ctx, tx, queries.Privilege.Do, nil)
}
