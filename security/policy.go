// Package security decides who may do what, and guards what must stay secret: the permission
// catalogue and policy, passwords, tokens, the session file and the delay after failed logins.
// It decides on data that it is handed: it holds no database handle and prints nothing.
package security

import (
	"cmp"
	"slices"

	"epev/model"
)

// Permission is what a command needs: an action on a resource. The zero Permission allows nobody.
type Permission struct{ Resource, Action string }

// String returns the bare code, such as "client:update".
func (p Permission) String() string { return p.Resource + ":" + p.Action }

// ReachOf returns the records on which a may use p: the union of what each of a's codes for p
// covers, or of those that imply it. Records about others are narrowed to what the actor may view of those. Codes outside
// the catalogue grant nothing, and no code at all reaches no record (SPEC 5, rule 1). For an action that creates, the relation to check is that of the record as it will be.
func ReachOf(a model.Actor, p Permission) model.Reach {
	r := model.Reach{ActorID: a.UserID}
	for _, code := range a.Permissions {
		if e, ok := entries[code]; ok && (e.Permission == p || slices.Contains(implied[e.Permission], p)) {
			r.Any = r.Any || e.reach.Any
			r.Own = r.Own || e.reach.Own
			r.Assigned = r.Assigned || e.reach.Assigned
			r.Pending = r.Pending || e.reach.Pending
		}
	}
	if of, is := about[p.Resource]; is {
		r.Of = of(func(resource string) model.Extent { return ReachOf(a, Permission{resource, "view"}).Extent() })
	}
	return r
}

// Allows reports whether a may use p on some record at least.
func Allows(a model.Actor, p Permission) bool { return !ReachOf(a, p).None() }

// Fields that are guarded only for some values. The caller that sees such a change asks MayChange
// about them beside the plain field name.
const (
	SignedClient = "client-id/signed"    // client-id of a contract that is signed already
	SignedTotal  = "total-amount/signed" // total-amount of one
	Unsign       = "is-signed/false"     // is-signed from true back to false
)

// field is one that is guarded: the resource and a flag's name without dashes, or one of the names above.
type field struct{ resource, name string }

// setters are the fields that are set with a permission of their own, at creation and at update alike, and its action.
var setters = map[field]string{
	{"event", "support-contact-id"}: "assign_support",
}

// Setting returns the permission that setting the field takes: p, that of the command, unless the field has one of
// its own.
func Setting(p Permission, name string) Permission {
	p.Action = cmp.Or(setters[field{p.Resource, name}], p.Action)
	return p
}

// guards are the field guards (SPEC 5, rule 5): the scopes through which a field may not be changed.
var guards = map[field]model.Relation{
	{"client", "commercial-id"}: {Own: true, Assigned: true},
	{"contract", SignedClient}:  {Own: true, Assigned: true},
	{"contract", SignedTotal}:   {Own: true, Assigned: true},
	{"contract", Unsign}:        {Own: true, Assigned: true},
	{"event", "contract-id"}:    {Assigned: true},
}

// MayChange reports whether an actor who uses p may change field, a flag's name without dashes, of a record related
// to the actor by rel. A guarded field needs a scope that covers the record and is not among the refused ones. Where
// the new value changes the relation itself (an event moved to another contract), the caller asks for the new one too.
func MayChange(a model.Actor, p Permission, rel model.Relation, field string) bool {
	p = Setting(p, field)
	return mayChange(ReachOf(a, p), p, rel, field)
}

func mayChange(r model.Reach, p Permission, rel model.Relation, name string) bool {
	refused := guards[field{p.Resource, name}]
	r.Own, r.Pending = r.Own && !refused.Own, r.Pending && !refused.Own
	r.Assigned = r.Assigned && !refused.Assigned
	return r.Covers(rel)
}

// Needed returns the codes that would let an actor use p on a record with relation rel. Each of them suffices; where
// fields are given, also to change all of those. The bare code comes first. Without a record, ask with both relations
// true. It is empty for a permission that does not exist.
func Needed(p Permission, rel model.Relation, fields ...string) []string {
	return slices.DeleteFunc(codesFor(p), func(code string) bool {
		r := entries[code].reach
		refuses := func(field string) bool { return !mayChange(r, p, rel, field) }
		return !r.Covers(rel) || slices.ContainsFunc(fields, refuses)
	})
}

// Held returns a's codes for p, the bare one first.
func Held(a model.Actor, p Permission) []string {
	return slices.DeleteFunc(codesFor(p), func(code string) bool {
		return !slices.Contains(a.Permissions, code)
	})
}

// codesFor returns every code of p, the bare one first.
func codesFor(p Permission) []string {
	var found []string
	for _, code := range codes { // in alphabetical order, in which the bare code is the first
		if entries[code].Permission == p {
			found = append(found, code)
		}
	}
	return found
}

// Grant is a permission that a role is to be given.
type Grant struct{ Role, Code string }

// Lost returns what the default roles may do on any record and none of the roles may. It does so as the grants that give
// it to the role of the default one's name, or to "ROLE" where there is none such. beside are the other codes of default
// roles that no role holds: the role of that name is there, and what it holds does not reach as far.
func Lost(roles []model.Role) (lost, beside []Grant) {
	for _, r := range DefaultRoles() {
		name, own := "ROLE", model.Actor{}
		if i := slices.IndexFunc(roles, func(have model.Role) bool { return have.Name == r.Name }); i >= 0 {
			name, own.Permissions = r.Name, roles[i].Permissions
		}
		for _, code := range r.Permissions {
			grant, p := Grant{name, code}, entries[code].Permission
			may := slices.ContainsFunc(roles, func(have model.Role) bool { return Allows(model.Actor{Permissions: have.Permissions}, p) })
			held := slices.ContainsFunc(roles, func(have model.Role) bool { return slices.Contains(have.Permissions, code) })
			switch {
			case !may && !slices.Contains(lost, grant):
				lost = append(lost, grant)
			case may && !held && name == r.Name && !reaches(ReachOf(own, p), entries[code].reach):
				beside = append(beside, grant)
			}
		}
	}
	return lost, beside
}

// reaches reports whether all that the second reach covers is within the first.
func reaches(all, some model.Reach) bool {
	return all.Any || !some.Any && (all.Own || !some.Own) && (all.Assigned || !some.Assigned) && (all.Own || all.Pending || !some.Pending)
}
