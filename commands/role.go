package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"epev/data"
	"epev/model"
	"epev/security"
)

func roleNoun() noun[model.Role] {
	type role = model.Role
	return noun[role]{
		name: "role", plural: "roles",
		id: func(r *role) int64 { return r.ID }, version: func(r *role) int64 { return r.Version },
		who:      func(r *role) string { return r.Name },
		relation: func(*role) model.Relation { return model.Relation{} },
		owner:    func(*role) string { return "" },
		get: func(ctx context.Context, r *data.Reader, reach model.Reach, id int64) (role, error) {
			return within(reach, "role", id, func() (role, error) { return r.Role(ctx, id) })
		},
		list: func(ctx context.Context, r *data.Reader, reach model.Reach, p model.Page) ([]role, error) {
			return r.Roles(ctx, p)
		},
		byName: func(ctx context.Context, r *data.Reader, name string) (int64, error) {
			found, err := roleNamed(ctx, r, name)
			return found.ID, err
		},
		columns: []column[role]{
			{Column: Column{Name: "id", Title: "ID"}, sort: model.ByID, value: func(r *role) Value { return r.ID }},
			{Column: Column{Name: "name", Title: "Role", Priority: 1}, sort: model.ByText, value: func(r *role) Value { return r.Name }},
			{Column: Column{Name: "users", Title: "Active users", Priority: 2}, sort: model.ByNumber, value: func(r *role) Value { return r.Users }},
			{Column: Column{Name: "permissions", Title: "Permissions", Priority: 3}, value: func(r *role) Value { return knownFirst(r.Permissions) }, detail: true},
		},
	}
}

// knownFirst marks the codes that a predecessor's database holds and that grant nothing.
func knownFirst(codes []string) []string {
	var known, others []string
	for _, code := range codes {
		if security.Known(code) {
			known = append(known, code)
		} else {
			others = append(others, code+" (unknown, grants nothing)")
		}
	}
	return append(append([]string{}, known...), others...)
}

type rolePermission struct {
	role reference
	code string
}

func roleCommands() []Command {
	n := roleNoun()
	type filter = struct{}
	view := n.view("role view commercial", nil)
	view.Params[0].Source = roles()
	return []Command{
		listCommand(n, "role list", nil, lister[model.Role, filter]{
			list: func(ctx context.Context, r *data.Reader, _ model.Reach, _ filter, p model.Page) ([]model.Role, error) {
				return r.Roles(ctx, p)
			},
			count: func(ctx context.Context, r *data.Reader, _ model.Reach, _ filter, search string) (int64, error) {
				return r.CountRoles(ctx, search)
			},
		}),
		view,
		Define(Spec[struct{}]{
			Path: "role perms", Help: "List every permission, what it allows, and who holds it", Example: "role perms", Access: Needs("role", "list"),
			Run: func(ctx context.Context, e *Env, _ struct{}) (Result, error) {
				if _, err := n.sight(ctx, e); err != nil {
					return Result{}, err
				}
				held, err := e.Data.Roles(ctx, model.Page{})
				if err != nil {
					return Result{}, err
				}
				return Result{Table: permissionTable(held)}, nil
			},
		}),
		changeGrant("grant", "Give a role a permission", func(ctx context.Context, tx *Tx, role int64, code string) (bool, error) {
			return tx.Grant(ctx, role, code)
		}),
		changeGrant("revoke", "Take a permission from a role", func(ctx context.Context, tx *Tx, role int64, code string) (bool, error) {
			return tx.Revoke(ctx, role, code)
		}),
	}
}

func roleArgument[T any](set func(in *T, ref reference)) Field[T] {
	return referenceField(Param{Name: "id", Positional: true, Required: true, Format: "ROLE", Help: "role, by id or name", Source: roles()}, set)
}

// permissionTable tells each code of the catalogue, and those beyond it that a role still holds.
func permissionTable(roles []model.Role) *Table {
	codes := security.Codes()
	for _, r := range roles {
		for _, code := range r.Permissions {
			if !slices.Contains(codes, code) {
				codes = append(codes, code)
			}
		}
	}
	t := &Table{Name: "permissions", Columns: []Column{
		{Name: "code", Title: "Code"}, {Name: "meaning", Title: "Lets its holder", Wraps: true}, {Name: "roles", Title: "Roles", Wraps: true}}}
	for _, code := range codes {
		holders := []string{}
		for _, r := range roles {
			if slices.Contains(r.Permissions, code) {
				holders = append(holders, r.Name)
			}
		}
		meaning := security.Describe(code)
		if !security.Known(code) {
			meaning = "unknown, grants nothing"
		}
		t.Rows = append(t.Rows, []Value{code, meaning, holders})
	}
	return t
}

// changeGrant declares role grant and role revoke. What is so already is said, and is no failure.
func changeGrant(verb, help string, change func(ctx context.Context, tx *Tx, role int64, code string) (bool, error)) Command {
	return Define(Spec[rolePermission]{
		Path: "role " + verb, Help: help, Example: "role " + verb + " commercial client:delete", Access: Needs("role", "assign"), Writes: true,
		Fields: []Field[rolePermission]{
			roleArgument(func(in *rolePermission, ref reference) { in.role = ref }),
			{
				Param: Param{Name: "code", Positional: true, Required: true, Format: "CODE", Help: "permission; role perms lists them", Source: codes(verb)},
				Set: func(in *rolePermission, raw string, _ Values) (err error) {
					if in.code = strings.TrimSpace(raw); verb == "grant" {
						in.code, err = security.CheckCode("code", raw)
					}
					return err
				},
			},
		},
		Rules: []Rule[rolePermission]{{[]string{"id"}, func(ctx context.Context, e *Env, in rolePermission) error {
			_, err := roleNoun().see(ctx, e, in.role)
			return err
		}}},
		Notice: func(ctx context.Context, e *Env, in rolePermission) (string, error) {
			r, err := roleNoun().see(ctx, e, in.role)
			if err != nil || slices.Contains(r.Permissions, in.code) == (verb == "grant") {
				return "", err
			}
			effect := map[string]string{"grant": "gain", "revoke": "lose"}[verb]
			if r.Users == 1 {
				effect += "s"
			}
			return fmt.Sprintf("%s %s %s.", model.Count(r.Users, "active user"), effect, in.code), nil
		},
		Run: func(ctx context.Context, e *Env, in rolePermission) (Result, error) {
			r, err := roleNoun().see(ctx, e, in.role)
			if err != nil {
				return Result{}, err
			}
			if verb == "revoke" && !slices.Contains(r.Permissions, in.code) {
				// A code that a predecessor left may be revoked, one that is nowhere is a mistake.
				if _, err := security.CheckCode("code", in.code); err != nil {
					return Result{}, err
				}
			}
			changed, err := change(ctx, e.Tx, r.ID, in.code)
			if err != nil {
				return Result{}, err
			}
			after, err := e.role(ctx, reference{ID: r.ID})
			if err != nil {
				return Result{}, err
			}
			result := Result{Table: roleNoun().record(&after)}
			switch {
			case changed && verb == "grant":
				result.Message = fmt.Sprintf("Role %s now has %s.", r.Name, in.code)
			case changed:
				result.Message = fmt.Sprintf("Role %s no longer has %s.", r.Name, in.code)
			case verb == "grant":
				result.Message = fmt.Sprintf("Nothing to change: role %s already has %s.", r.Name, in.code)
			default:
				result.Message = fmt.Sprintf("Nothing to change: role %s does not have %s.", r.Name, in.code)
			}
			return result, nil
		},
	})
}

// role resolves a reference to a role. Who names a role in a command of their own may know it.
func (e *Env) role(ctx context.Context, ref reference) (model.Role, error) {
	switch {
	case ref.Name == "":
		return e.Data.Role(ctx, ref.ID)
	case e.reach("role", "view").None():
		return e.Data.RoleByName(ctx, ref.Name)
	}
	return roleNamed(ctx, e.Data, ref.Name)
}

// roleNamed returns the role of a name, for who may view roles: of one that does not exist it names the
// nearest.
func roleNamed(ctx context.Context, r *data.Reader, name string) (model.Role, error) {
	role, err := r.RoleByName(ctx, name)
	if model.KindOf(err) != model.NotFound {
		return role, err
	}
	all, listErr := r.Roles(ctx, model.Page{})
	var names []string
	for _, other := range all {
		names = append(names, other.Name)
	}
	if near, ok := model.Nearest(name, names); ok {
		return role, model.Missing("role", name).WithHint("did you mean %q?", near)
	}
	return role, cmp.Or(listErr, err)
}
