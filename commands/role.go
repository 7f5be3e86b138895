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

func roleNoun() noun[model.Role, struct{}] { return once(makeRoleNoun) }

func makeRoleNoun() noun[model.Role, struct{}] {
	type role = model.Role
	return noun[role, struct{}]{
		name: "role", plural: "roles", commands: roleCommands, open: true, lasts: true,
		id: func(r *role) int64 { return r.ID }, version: func(r *role) int64 { return r.Version },
		who:      func(r *role) string { return r.Name },
		relation: unrelated[role], owner: nobodys[role],
		get: (*data.Reader).Role, list: (*data.Reader).Roles, count: (*data.Reader).CountRoles, byName: roleByName, offered: roles, told: toldRoles,
		properties: []property[role]{
			numbered(func(r *role) int64 { return r.ID }),
			{Column: Column{Name: "name", Title: "Role", Priority: 1}, sort: model.ByText, kind: shown(func(r *role) string { return r.Name })},
			{Column: Column{Name: "users", Title: "Active users", Priority: 2}, sort: model.ByNumber, kind: shown(func(r *role) int64 { return r.Users })},
			{Column: Column{Name: "permissions", Title: "Permissions", Priority: 3}, detail: true, kind: shown(func(r *role) []string { return knownFirst(r.Permissions) })},
		},
	}
}

// roleByName returns the role of a name. Who names a role in a command of their own may know it.
func roleByName(ctx context.Context, e *Act, name string) (model.Role, error) {
	if e.reach("role", "view").None() {
		return e.Data.RoleByName(ctx, name)
	}
	return roleNamed(ctx, e.Data, name)
}

// toldRoles: who views users is told their roles.
func toldRoles(e *Act) model.Reach {
	reach := e.reach("role", "view")
	reach.Any = reach.Any || userNoun().reach(e, "view").Any
	return reach
}

// knownFirst marks the codes that a predecessor's database holds and that grant nothing.
func knownFirst(codes []string) []string {
	var known, others []string
	for _, code := range codes {
		if security.Known(code) {
			known = append(known, code)
		} else {
			others = append(others, code+" ("+meaning(code)+")")
		}
	}
	return append(append([]string{}, known...), others...)
}

type rolePermission struct {
	role reference
	code string
}

func roleCommands(n noun[model.Role, struct{}]) []Command {
	return []Command{
		n.lists(lister[struct{}]{example: "role list"}),
		n.views("role view commercial", nil),
		Define(Spec[struct{}]{Run: listPermissions, Command: Command{
			Path: "role perms", Help: "List every permission, what it allows, and who holds it", Example: "role perms", Access: Needs("role", "list")}}),
		grantChange{verb: "grant", help: "Give a role a permission", gives: true, change: (*Tx).Grant}.command(),
		simulateCommand(),
		grantChange{verb: "revoke", help: "Take a permission from a role", change: (*Tx).Revoke}.command(),
	}
}

func listPermissions(ctx context.Context, e *Act, _ struct{}) (Result, error) {
	if _, err := roleNoun().visible(ctx, e); err != nil {
		return Result{}, err
	}
	held, err := e.Data.Roles(ctx, model.Everything, struct{}{}, model.Page{})
	return Result{Table: permissionTable(held)}, err
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
		t.Rows = append(t.Rows, []Value{code, meaning(code), holders})
	}
	return t
}

// grantChange is role grant or role revoke. What is so already is said, and is no failure.
type grantChange struct {
	verb, help string
	gives      bool
	change     func(tx *Tx, ctx context.Context, role int64, code string) (changed bool, err error)
}

func (g grantChange) command() Command {
	return Define(Spec[rolePermission]{
		Command: Command{Path: "role " + g.verb, Help: g.help, Example: "role " + g.verb + " commercial client:delete",
			Access: Needs("role", "assign"), Writes: true},
		Fields: []Field[rolePermission]{
			field(Param{Name: "id", Positional: true, Required: true, Format: "ROLE", Help: "role, by id or name", Source: roles()},
				func(in *rolePermission) *reference { return &in.role }, parseReference),
			field(Param{Name: "code", Positional: true, Required: true, Format: "CODE", Help: "permission; role perms lists them", Source: codes(g.gives)},
				func(in *rolePermission) *string { return &in.code }, g.parseCode),
		},
		Rules: []Rule[rolePermission]{{[]string{"id"}, roleIsThere}}, Notice: g.notice, Run: g.run,
	})
}

// parseCode takes any code to be revoked: a predecessor may have left it.
func (g grantChange) parseCode(field, raw string) (string, error) {
	if g.gives {
		return security.CheckCode(field, raw)
	}
	return strings.TrimSpace(raw), nil
}

func roleIsThere(ctx context.Context, e *Act, in rolePermission) error {
	_, err := roleNoun().see(ctx, e, in.role)
	return err
}

// notice tells how many people gain or lose the permission.
func (g grantChange) notice(ctx context.Context, e *Act, in rolePermission) (string, error) {
	r, err := roleNoun().see(ctx, e, in.role)
	if err != nil || slices.Contains(r.Permissions, in.code) == g.gives {
		return "", err
	}
	effect := "lose"
	if g.gives {
		effect = "gain"
	}
	if r.Users == 1 {
		effect += "s"
	}
	return fmt.Sprintf("%s %s %s.", model.Count(r.Users, "active user"), effect, in.code), nil
}

func (g grantChange) run(ctx context.Context, e *Act, in rolePermission) (Result, error) {
	n := roleNoun()
	r, err := n.see(ctx, e, in.role)
	if err != nil {
		return Result{}, err
	}
	if !g.gives && !slices.Contains(r.Permissions, in.code) {
		// A code that a predecessor left may be revoked, one that is nowhere is a mistake.
		if _, err := security.CheckCode("code", in.code); err != nil {
			return Result{}, err
		}
	}
	changed, err := g.change(e.Tx, ctx, r.ID, in.code)
	if err != nil {
		return Result{}, err
	}
	after, err := e.Data.Role(ctx, model.Everything, r.ID)
	if err != nil {
		return Result{}, err
	}
	has, had := "no longer has", "does not have"
	if g.gives {
		has, had = "now has", "already has"
	}
	message := fmt.Sprintf("Nothing to change: role %s %s %s.", r.Name, had, in.code)
	if changed {
		message = fmt.Sprintf("Role %s %s %s.", r.Name, has, in.code)
	}
	return Result{Message: message, Table: n.record(&after)}, nil
}

// roleNamed returns the role of a name, for who may view roles: of one that does not exist it names the
// nearest.
func roleNamed(ctx context.Context, r *data.Reader, name string) (model.Role, error) {
	role, err := r.RoleByName(ctx, name)
	if model.KindOf(err) != model.NotFound {
		return role, err
	}
	all, listErr := r.Roles(ctx, model.Everything, struct{}{}, model.Page{})
	var names []string
	for _, other := range all {
		names = append(names, other.Name)
	}
	if near, ok := model.Nearest(name, names); ok {
		return role, model.Missing("role", name).WithTry("did you mean {named}?", near)
	}
	return role, cmp.Or(listErr, err)
}

// roles offers roles by name.
func roles() *Source {
	return &Source{kind: "role", find: func(ctx context.Context, e *Act, _ Query) ([]Candidate, error) {
		if e.reach("role", "view").None() {
			return nil, nil
		}
		all, err := e.Data.Roles(ctx, model.Everything, struct{}{}, model.Page{})
		var candidates []Candidate
		for _, r := range all {
			candidates = append(candidates, Candidate{Value: r.Name, About: fmt.Sprintf("role %d · %s", r.ID, model.Count(r.Users, "user"))})
		}
		return candidates, err
	}}
}

// codes offers the codes not yet granted to the role where one is given, and otherwise the granted ones.
func codes(gives bool) *Source {
	return &Source{find: func(ctx context.Context, e *Act, q Query) ([]Candidate, error) {
		ref, err := parseReference("id", q.Raw["id"])
		if err != nil {
			return nil, nil
		}
		r, err := roleNoun().see(ctx, e, ref)
		if err != nil {
			return nil, err
		}
		all := security.Codes()
		if !gives {
			all = r.Permissions
		}
		var candidates []Candidate
		for _, code := range all {
			if slices.Contains(r.Permissions, code) != gives {
				candidates = append(candidates, Candidate{Value: code, About: meaning(code)})
			}
		}
		return candidates, nil
	}}
}
