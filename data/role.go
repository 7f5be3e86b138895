package data

import (
	"context"
	"errors"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// roles are what data knows of roles.
var roles = noun[model.Role, struct{}]{resource{
	name: "role", table: "role", title: "name",
	view: queries.Role.View, insert: queries.None, update: queries.None, delete: queries.None,
	list: queries.Role.List, count: queries.Role.Count, common: queries.None,
	reach: queries.None, named: queries.Role.Named,
	lock: queries.None, hold: queries.None, assignment: queries.None,
	referrers: queries.None, referred: "referred-to",
	rules: map[string]rule{"name": {"name", "name-taken", ""}, "permission_name_key": {"code", "permission-taken", ""}},
}}

// Role returns a role with its permissions, sorted; NotFound if there is none within reach.
func (r *Reader) Role(ctx context.Context, reach model.Reach, id int64) (model.Role, error) {
	return roles.one(ctx, r, reach, id)
}

// RoleByName returns the role of a name, whose case matters only where another role's differs in nothing
// else; NotFound if there is none.
func (r *Reader) RoleByName(ctx context.Context, name string) (model.Role, error) {
	role, err := get[model.Role](ctx, r, queries.Role.View, args{"id": 0, "name": name})
	return role, r.failed(ctx, "read a role", found(err, "role", name))
}

// Roles lists the roles within reach, with their permissions.
func (r *Reader) Roles(ctx context.Context, reach model.Reach, _ struct{}, p model.Page) ([]model.Role, error) {
	return roles.page(ctx, r, reach, struct{}{}, p)
}

// CountRoles counts what Roles lists without a limit, up to limit; 0 counts all.
func (r *Reader) CountRoles(ctx context.Context, reach model.Reach, _ struct{}, search string, limit int) (int64, error) {
	return roles.number(ctx, r, reach, struct{}{}, search, limit)
}

// RolesHolding returns the names of the roles that hold any of the codes, sorted.
func (r *Reader) RolesHolding(ctx context.Context, codes ...string) ([]string, error) {
	names, err := get[pq.StringArray](ctx, r, queries.Role.Holding, args{"codes": pq.StringArray(codes)})
	return names, r.failed(ctx, "find the roles that hold a permission", err)
}

// LastAssigner reports whether the users of a role are the only active ones who hold role:assign.
func (r *Reader) LastAssigner(ctx context.Context, roleID int64) (bool, error) {
	last, err := get[bool](ctx, r, queries.Role.LastAssigner, args{"user": 0, "role": roleID, "new_role": 0})
	return last, r.failed(ctx, "look for holders of role:assign", err)
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
