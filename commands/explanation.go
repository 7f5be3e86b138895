package commands

import (
	"context"
	"fmt"
	"slices"

	"epev/commands/sentences"
	"epev/model"
	"epev/security"
)

// result puts the explanation together: the outcome, and below it each code, who could, and what would change it.
func (x *explanation) result(ctx context.Context, active bool) (Result, error) {
	allowed := active && x.may(x.who.Permissions, x.relation()) && (x.what == nil || x.what.kept == nil && !x.what.hidden)
	var id, called Value
	if x.what != nil {
		id, called = x.what.id, unlessZero(x.what.called)
	}
	t := &Table{Name: "explanation", Single: true, Columns: []Column{{Name: "user", Title: "User"}, {Name: "role", Title: "Role"}, {Name: "action", Title: "Action"},
		{Name: "resource", Title: "Of"}, {Name: "id", Title: "ID"}, {Name: "record", Title: "Record"}, {Name: "permission", Title: "Permission"},
		{Name: "allowed", Title: "Allowed"}, {Name: "why", Title: "Why"}}}
	t.Rows = [][]Value{{x.who.Username, x.who.Role, x.action, x.resource, id, called, x.needs[len(x.needs)-1].String(), allowed, x.why(active)}}
	roles, err := x.Data.Roles(ctx, model.Everything, struct{}{}, model.Page{})
	if err != nil {
		return Result{}, err
	}
	who, err := x.couldBe(ctx, roles)
	if err != nil {
		return Result{}, err
	}
	t.Related = append(t.Related, x.tried(roles))
	for _, related := range []Table{who, x.changes(active)} {
		if len(related.Rows) > 0 {
			t.Related = append(t.Related, related)
		}
	}
	return Result{Table: t}, nil
}

// why is the outcome in words.
func (x *explanation) why(active bool) string {
	if !active {
		return x.who.Username + " is not active, and may do nothing"
	}
	for i, p := range x.needs {
		if x.covers(x.who.Permissions, p, x.relation()) {
			continue
		}
		held := sentences.List(slices.DeleteFunc(codesOf(p), func(code string) bool { return !slices.Contains(x.who.Permissions, code) }), "and")
		var why string
		switch {
		case held == "":
			why = fmt.Sprintf("role %s holds no code for %s", x.who.Role, p)
		case x.what.belongs == "":
			why = held + " does not reach it"
		default:
			why = held + " does not reach it: " + x.what.belongs
		}
		if i == 0 && len(x.needs) > 1 || p == (security.Permission{Resource: x.resource, Action: "view"}) && x.what != nil {
			return "for " + x.who.Username + " it does not exist (exit 5): " + why
		}
		return "denied (exit 4): " + why
	}
	if x.what != nil && x.what.hidden {
		return fmt.Sprintf("for %s it does not exist (exit 5): what it is about is out of their sight", x.who.Username)
	}
	if x.what != nil && x.what.kept != nil {
		return "permitted, but refused (exit 6): " + sentences.Message(x.what.kept)
	}
	p := x.needs[len(x.needs)-1]
	through := slices.DeleteFunc(codesOf(p), func(code string) bool {
		return !slices.Contains(x.who.Permissions, code) || !x.covers([]string{code}, p, x.relation())
	})
	why := "through " + sentences.List(through, "and")
	if x.what != nil && x.action == p.Action && len(x.what.fields) > 0 {
		why += ", but not to change its " + sentences.List(x.what.fields, "or")
	}
	return why
}

// tried tells each code of what is needed: whether it reaches the record, and who holds it.
func (x *explanation) tried(roles []model.Role) Table {
	t := Table{Name: "codes", Columns: []Column{{Name: "code", Title: "Code"}, {Name: "meaning", Title: "Lets its holder", Priority: 3, Wraps: true},
		{Name: "reaches", Title: "Reaches it", Priority: 1}, {Name: "held", Title: "Held", Priority: 1}, {Name: "roles", Title: "Roles", Priority: 2, Wraps: true}}}
	for _, p := range x.needs {
		for _, code := range codesOf(p) {
			holders := []string{}
			for _, r := range roles {
				if slices.Contains(r.Permissions, code) {
					holders = append(holders, r.Name)
				}
			}
			var reaches Value
			if x.what != nil {
				reaches = x.covers([]string{code}, p, x.what.relation)
			}
			t.Rows = append(t.Rows, []Value{code, meaning(code), reaches, slices.Contains(x.who.Permissions, code), holders})
		}
	}
	if x.what == nil {
		t.Columns[2].For = Machines
	}
	return t
}

// couldBe tells who could, role by role: those of which anybody could. People are named to who may view users.
func (x *explanation) couldBe(ctx context.Context, roles []model.Role) (Table, error) {
	t := Table{Name: "who could", Columns: []Column{{Name: "role", Title: "Role"}, {Name: "through", Title: "Through", Wraps: true}, {Name: "users", Title: "Users", Wraps: true}}}
	named := security.Allows(x.Actor, viewUsers)
	for _, r := range roles {
		if !x.may(r.Permissions, model.AnyRelation) {
			continue
		}
		p := x.needs[len(x.needs)-1]
		through := slices.DeleteFunc(codesOf(p), func(code string) bool { return !slices.Contains(r.Permissions, code) })
		users, err := x.able(ctx, r)
		if err != nil {
			return t, err
		}
		if len(users) > 0 {
			t.Rows = append(t.Rows, []Value{r.Name, through, users})
		}
	}
	if !named {
		t.Columns = t.Columns[:2]
		for i := range t.Rows {
			t.Rows[i] = t.Rows[i][:2]
		}
	}
	return t, nil
}

// able are the active users of a role who could.
func (x *explanation) able(ctx context.Context, r model.Role) (able []string, err error) {
	narrowed := x.what != nil && x.noun.sightOf(x.Act).Of.Narrowed
	users, err := x.Data.Users(ctx, model.Everything, usersOf(r), model.Page{})
	for _, u := range users {
		if err != nil {
			return nil, err
		}
		if !u.IsActive {
			continue
		}
		rel, seen := model.Relation{}, true
		if x.what != nil && (narrowed || !x.may(r.Permissions, rel)) {
			rel, seen, err = x.noun.sees(ctx, x.Act, model.Actor{UserID: u.ID, Permissions: r.Permissions}, x.what.id)
		}
		if seen && x.may(r.Permissions, rel) {
			able = append(able, u.Username)
		}
	}
	return able, err
}

// changes tells the lines that would change the outcome. Of those that grant one permission each suffices, the narrowest comes
// first. All of those that revoke are needed.
func (x *explanation) changes(active bool) Table {
	t := Table{Name: "what would change it", Columns: []Column{{Name: "command", Title: "Command"}, {Name: "lets", Title: "Lets its holder", Priority: 1, Wraps: true}}}
	add := func(verb, code string) {
		t.Rows = append(t.Rows, []Value{fmt.Sprintf("role %s %s %s", verb, Quote(x.who.Role), code), meaning(code)})
	}
	if !active {
		t.Rows = append(t.Rows, []Value{fmt.Sprintf("user activate %d", x.who.UserID), "work again"})
		return t
	}
	if x.may(x.who.Permissions, x.relation()) {
		p := x.needs[len(x.needs)-1]
		for _, code := range codesOf(p) {
			if slices.Contains(x.who.Permissions, code) && x.covers([]string{code}, p, x.relation()) {
				add("revoke", code)
			}
		}
		return t
	}
	for _, p := range x.needs {
		if x.covers(x.who.Permissions, p, x.relation()) {
			continue
		}
		suffice := security.Needed(p, model.AnyRelation)
		slices.Reverse(suffice)
		for _, code := range suffice {
			if x.covers([]string{code}, p, x.relation()) {
				add("grant", code)
			}
		}
	}
	return t
}
