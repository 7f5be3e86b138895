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

// roleResource is what data knows of roles.
var roleResource = resource{
	name: "role", table: "role", title: "name",
	list: queries.Role.List, count: queries.Role.Count,
	reach: queries.None, named: queries.Role.Named,
	lock: queries.None, hold: queries.None, assignment: queries.None,
	referrers: queries.None, referred: "role-referred-to",
}

// Role returns a role with its permissions, sorted; NotFound if there is none.
func (r *Reader) Role(ctx context.Context, id int64) (model.Role, error) {
	row, err := get[roleRow](ctx, r, queries.Role.View, args{"id": id, "name": ""})
	return row.role(), r.failed(ctx, "read a role", found(err, "role", id))
}

// RoleByName returns the role of a name, whose case matters only where another role's differs in nothing
// else; NotFound if there is none.
func (r *Reader) RoleByName(ctx context.Context, name string) (model.Role, error) {
	row, err := get[roleRow](ctx, r, queries.Role.View, args{"id": 0, "name": name})
	return row.role(), r.failed(ctx, "read a role", found(err, "role", name))
}

// Roles lists roles with their permissions.
func (r *Reader) Roles(ctx context.Context, p model.Page) ([]model.Role, error) {
	rows, err := listed[roleRow](ctx, r, listing{resource: roleResource, search: searchOf(p.Search)}, p, func() error {
		_, err := r.Role(ctx, p.After)
		return err
	})
	roles := make([]model.Role, len(rows))
	for i, row := range rows {
		roles[i] = row.role()
	}
	return roles, err
}

// CountRoles counts what Roles lists without a limit.
func (r *Reader) CountRoles(ctx context.Context, search string) (int64, error) {
	return counted[int64](ctx, r, listing{resource: roleResource, search: searchOf(search)}, 0)
}

// RolesHolding returns the names of the roles that hold any of the codes, sorted.
func (r *Reader) RolesHolding(ctx context.Context, codes ...string) ([]string, error) {
	names, err := get[pq.StringArray](ctx, r, queries.Role.Holding, args{"codes": pq.StringArray(codes)})
	return names, r.failed(ctx, "find the roles that hold a permission", err)
}

// Grant gives a permission to a role. changed is false if the role held it already. The code
// is not checked: the catalogue of package security says which exist.
func (tx *Tx) Grant(ctx context.Context, roleID int64, code string) (changed bool, err error) {
	changed, err = write[bool](ctx, tx, true, queries.Role.Grant, args{"id": roleID, "code": code})
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
		changed, err = get[bool](ctx, tx.Reader, queries.Role.Revoke, args{"id": roleID, "code": code})
	}
	if errors.Is(err, errNoRow) {
		err = model.Missing("role", roleID)
	}
	return changed, tx.failed(ctx, "revoke a permission", err)
}
