package data

import (
	"context"
	"errors"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// roleRow is a role as the database gives it.
type roleRow struct {
	model.Role
	Codes pq.StringArray `db:"permissions"`
}

func (r roleRow) role() model.Role {
	r.Permissions = r.Codes
	return r.Role
}

// Role returns a role with its permissions, sorted; NotFound if there is none.
func (r *Reader) Role(ctx context.Context, id int64) (model.Role, error) {
	row, err := get[roleRow](ctx, r, queries.RoleView, id)
	return row.role(), r.failed(ctx, "read a role", found(err, "role", id))
}

// RoleByName returns the role of a name, whose case matters only where another role's differs in nothing
// else; NotFound if there is none.
func (r *Reader) RoleByName(ctx context.Context, name string) (model.Role, error) {
	row, err := get[roleRow](ctx, r, queries.RoleViewByName, name)
	return row.role(), r.failed(ctx, "read a role", found(err, "role", name))
}

// Roles lists roles with their permissions.
func (r *Reader) Roles(ctx context.Context, p model.Page) ([]model.Role, error) {
	args := listArguments(p)
	rows, err := list[roleRow](ctx, r, queries.RoleList, args...)
	if err == nil && len(rows) == 0 && p.After != 0 && p.AfterKey == nil {
		_, err = r.Role(ctx, p.After)
	}
	roles := make([]model.Role, len(rows))
	for i, row := range rows {
		roles[i] = row.role()
	}
	return roles, r.failed(ctx, "list roles", err)
}

// CountRoles counts what Roles lists without a limit.
func (r *Reader) CountRoles(ctx context.Context, search string) (int64, error) {
	n, err := count(ctx, r, queries.RoleCount, countArguments(search)...)
	return n, r.failed(ctx, "count roles", err)
}

// RolesHolding returns the names of the roles that hold any of the codes, sorted.
func (r *Reader) RolesHolding(ctx context.Context, codes ...string) ([]string, error) {
	names, err := get[pq.StringArray](ctx, r, queries.RoleHolding, pq.StringArray(codes))
	return names, r.failed(ctx, "find the roles that hold a permission", err)
}

// Grant gives a permission to a role. changed is false if the role held it already. The code
// is not checked: the catalogue of package security says which exist.
func (tx *Tx) Grant(ctx context.Context, roleID int64, code string) (changed bool, err error) {
	changed, err = write[bool](ctx, tx, true, queries.RoleGrant, roleID, code)
	return changed, tx.failed(ctx, "grant a permission", found(err, "role", roleID))
}

// Revoke takes a permission from a role. changed is false if the role did not hold it. Conflict
// if it is role:assign and nobody active would be left who holds it.
func (tx *Tx) Revoke(ctx context.Context, roleID int64, code string) (changed bool, err error) {
	err = tx.open(ctx, true)
	if err == nil && code == "role:assign" {
		err = tx.keepsAssigner(ctx, 0, roleID, 0)
	}
	if err == nil {
		changed, err = get[bool](ctx, tx.Reader, queries.RoleRevoke, roleID, code)
	}
	if errors.Is(err, errNoRow) {
		err = model.Missing("role", roleID)
	}
	return changed, tx.failed(ctx, "revoke a permission", err)
}
