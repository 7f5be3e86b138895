package commands

// Why somebody may do something to a record, or may not: the permission, what each of its codes would reach, who else could, and
// what would change it. It tells nothing of a record that its asker may not view.

import (
	"context"
	"slices"
	"strings"

	"epev/commands/sentences"
	"epev/model"
	"epev/security"
)

// explained is the input of "explain".
type explained struct {
	action, resource string
	record, as       reference // the zero reference: none, oneself
}

func explainCommand() Command {
	return Define(Spec[explained]{
		Command: Command{Path: "explain", Help: "Tell why you may do something to a record or may not, who could, and what would change it",
			Example: "explain update client 8", Access: LoggedIn()},
		Fields: []Field[explained]{
			field(Param{Name: "action", Positional: true, Required: true, Format: "ACTION", Help: "what is to be done: view, update, reassign …", Source: actions()},
				func(in *explained) *string { return &in.action }, parseWord),
			field(Param{Name: "resource", Positional: true, Required: true, Format: "RESOURCE", Help: strings.Join(security.Resources(), ", "), Source: explainable()},
				func(in *explained) *string { return &in.resource }, parseResource),
			field(Param{Name: "id", Positional: true, Format: "ID", Help: "to which record; without one, what the permission allows at all",
				Source: recordsOf("resource")}, func(in *explained) *reference { return &in.record }, parseReference),
			field(Param{Name: "as", Format: "USER", Help: "who it is about, by id or username; needs user:view and role:view", Unasked: true,
				Needs: viewUsers, Source: userNoun().source("view")}, func(in *explained) *reference { return &in.as }, parseReference),
		},
		Run: explain,
	})
}

var (
	viewUsers = security.Permission{Resource: "user", Action: "view"}
	viewRoles = security.Permission{Resource: "role", Action: "view"}
)

func parseWord(_, raw string) (string, error) { return strings.ToLower(model.Pasted(raw)), nil }

func parseResource(field, raw string) (string, error) {
	name := strings.ToLower(model.Pasted(raw))
	if slices.Contains(security.Resources(), name) {
		return name, nil
	}
	err := model.Invalid(field, "there is no permission on %q", raw)
	if near, ok := model.Nearest(name, security.Resources()); ok {
		return "", err.WithHint("did you mean %q?", near)
	}
	return "", err.WithHint("one of %s", strings.Join(security.Resources(), ", "))
}

// verbsOf are what can be done to a resource, with the permission that each takes: the actions of the catalogue, and the commands of
// the noun.
func verbsOf(resource string) map[string]security.Permission {
	verbs := map[string]security.Permission{}
	if n := nounOf(resource); n != nil {
		for _, c := range n.declare() {
			for _, path := range append([]string{c.Path}, c.Aliases...) {
				if _, verb, ok := strings.Cut(path, " "); ok && c.Access.Permission != (security.Permission{}) {
					verbs[verb] = c.Access.Permission
				}
			}
		}
	}
	for _, code := range security.Codes() {
		if parts := strings.Split(code, ":"); parts[0] == resource {
			verbs[parts[1]] = security.Permission{Resource: resource, Action: parts[1]}
		}
	}
	return verbs
}

// actions offers what can be done to the resource that is given, or to any.
func actions() *Source {
	return &Source{find: func(_ context.Context, e *Act, q Query) (candidates []Candidate, err error) {
		for _, r := range security.Resources() {
			if given := q.Raw["resource"]; given != "" && given != r {
				continue
			}
			for _, verb := range sorted(verbsOf(r)) {
				if !slices.ContainsFunc(candidates, func(c Candidate) bool { return c.Value == verb }) {
					candidates = append(candidates, Candidate{Value: verb})
				}
			}
		}
		return candidates, nil
	}}
}

// explainable offers the resources to which the action that is given can be done.
func explainable() *Source {
	return &Source{find: func(_ context.Context, e *Act, q Query) (candidates []Candidate, err error) {
		for _, r := range security.Resources() {
			if _, ok := verbsOf(r)[q.Raw["action"]]; ok || q.Raw["action"] == "" {
				candidates = append(candidates, Candidate{Value: r})
			}
		}
		return candidates, nil
	}}
}

// explainer is what of a noun explanations and simulations ask.
type explainer interface {
	sightOf(e *Act) model.Reach
	examine(ctx context.Context, e *Act, who model.Actor, ref reference, p security.Permission) (examined, error)
	sees(ctx context.Context, e *Act, who model.Actor, id int64) (rel model.Relation, seen bool, err error)
	counts(ctx context.Context, e *Act, user, all int64) (atoms, error)
	total(ctx context.Context, e *Act) (int64, error)
}

// sightOf is which of the noun's records the actor may view.
func (n noun[R, F]) sightOf(e *Act) model.Reach { return n.reach(e, "view") }

// examined is what an explanation knows of a record: how it relates to somebody, and whose it is.
type examined struct {
	id       int64
	called   string
	relation model.Relation
	belongs  string
	// kept is what keeps it from the action beside the permission; known of oneself alone.
	kept error
	// hidden says that it is about a record which somebody may not view.
	hidden bool
	// fields are those that somebody may not change although they may update it.
	fields []string
}

// examine reads a record that the asker may view, as it relates to somebody.
func (n noun[R, F]) examine(ctx context.Context, e *Act, who model.Actor, ref reference, p security.Permission) (examined, error) {
	seen, err := n.see(ctx, e, ref)
	if err != nil {
		return examined{}, err
	}
	r, err := n.get(e.Data, ctx, model.Reach{Any: true, ActorID: who.UserID}, n.id(&seen))
	if err != nil {
		return examined{}, err
	}
	x := examined{id: n.id(&r), called: n.who(&r), relation: n.relation(&r), belongs: n.belongs(&r)}
	if n.reach(e, "view").Of.Narrowed {
		_, seen, err := n.sees(ctx, e, who, x.id)
		if err != nil {
			return x, err
		}
		x.hidden = !seen
	}
	if p.Resource == n.name && p.Action == "update" && security.ReachOf(who, p).Covers(x.relation) {
		for _, field := range n.properties {
			if name, _, _ := strings.Cut(field.set.guard.name, "/"); name != "" && !security.MayChange(who, p, x.relation, field.set.guard.name) {
				x.fields = append(x.fields, guardedNames.Replace(name))
			}
		}
	}
	if who.UserID == e.Actor.UserID && p.Resource == n.name && p.Action == "delete" {
		if _, x.kept = n.find(ctx, e, ref, p.Action); x.kept == nil {
			x.kept = e.Data.Unreferred(ctx, n.name, x.id, x.id)
		}
	}
	return x, nil
}

// sees tells whether somebody may view a record, and how it relates to them.
func (n noun[R, F]) sees(ctx context.Context, e *Act, who model.Actor, id int64) (rel model.Relation, seen bool, err error) {
	as := *e
	as.Actor = who
	r, err := n.get(e.Data, ctx, n.reach(&as, "view"), id)
	if model.KindOf(err) == model.NotFound {
		return rel, false, nil
	}
	return n.relation(&r), err == nil, err
}

// explanation is what one is put together from.
type explanation struct {
	explained
	*Act
	noun  anyNoun // nil for a resource without records
	who   model.Actor
	needs []security.Permission // the sight of the record, and what the action takes
	what  *examined             // nil where it is about no record
}

func explain(ctx context.Context, e *Act, in explained) (Result, error) {
	verbs := verbsOf(in.resource)
	p, ok := verbs[in.action]
	if !ok {
		err := model.Invalid("action", "nothing called %q is done to %s", in.action, withArticle(in.resource))
		if near, ok := model.Nearest(in.action, sorted(verbs)); ok {
			return Result{}, err.WithHint("did you mean %q?", near)
		}
		return Result{}, err.WithHint("one of %s", strings.Join(sorted(verbs), ", "))
	}
	x := &explanation{explained: in, Act: e, noun: nounOf(in.resource), who: e.Actor, needs: []security.Permission{p}}
	active := true
	if in.as != (reference{}) {
		var err error
		if x.who, active, err = e.somebody(ctx, in.as); err != nil {
			return Result{}, err
		}
	}
	if in.record != (reference{}) {
		if err := x.examine(ctx, p); err != nil {
			return Result{}, err
		}
	}
	return x.result(ctx, active)
}

// somebody is who an explanation is about, with the rights of their role.
func (e *Act) somebody(ctx context.Context, ref reference) (who model.Actor, active bool, err error) {
	for _, p := range []security.Permission{viewUsers, viewRoles} {
		if !security.Allows(e.Actor, p) {
			return who, false, e.denied(ctx, p, model.Relation{}, "explain what somebody else may do", "")
		}
	}
	u, err := userNoun().see(ctx, e, ref)
	if err != nil {
		return who, false, about("as", err)
	}
	role, err := e.Data.Role(ctx, model.Everything, u.RoleID)
	return model.Actor{UserID: u.ID, Username: u.Username, FullName: u.FullName, RoleID: role.ID, Role: role.Name, Permissions: role.Permissions}, u.IsActive, err
}

// examine reads the record that it is about.
func (x *explanation) examine(ctx context.Context, p security.Permission) error {
	if x.noun == nil || p == (security.Permission{Resource: x.resource, Action: "create"}) {
		return model.Invalid("id", "%s of %s is not about one record", x.action, x.resource).WithHint("leave the id out")
	}
	view := security.Permission{Resource: x.resource, Action: "view"}
	what, err := x.noun.examine(ctx, x.Act, x.who, x.record, p)
	if e, ok := err.(*model.Error); ok && e.Kind == model.NotFound {
		held := sentences.List(security.Held(x.Actor, view), "and")
		if held == "" {
			return e.WithHint("there is none, or you may not view it: you hold no code for %s", view)
		}
		return e.WithHint("there is none, or you may not view it: yours is %s", held)
	}
	if p != view {
		x.needs = []security.Permission{view, p}
	}
	x.what = &what
	return err
}

// codes are those through which the permission is had: its own, the bare one first, and those that imply it.
func codesOf(p security.Permission) []string {
	return slices.DeleteFunc(security.Codes(), func(code string) bool { return !security.Allows(model.Actor{Permissions: []string{code}}, p) })
}

// covers reports whether codes let the record be seen or acted on. A list shows what a view would, whatever its scope.
func (x *explanation) covers(codes []string, p security.Permission, rel model.Relation) bool {
	reach := security.ReachOf(model.Actor{Permissions: codes}, p)
	if x.what == nil || p.Resource == x.resource && p.Action == "list" {
		return !reach.None()
	}
	return reach.Covers(rel)
}

// may reports whether codes suffice for all that is needed of a record with that relation.
func (x *explanation) may(codes []string, rel model.Relation) bool {
	return !slices.ContainsFunc(x.needs, func(p security.Permission) bool { return !x.covers(codes, p, rel) })
}

func (x *explanation) relation() model.Relation {
	if x.what == nil {
		return model.Relation{}
	}
	return x.what.relation
}
