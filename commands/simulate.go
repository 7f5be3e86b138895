package commands

// What a change of a role's permissions would do to those who hold it, told in records before anything is changed.

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"epev/data"
	"epev/model"
	"epev/security"
)

// simulation is the input of "role simulate": what the role would gain and lose.
type simulation struct {
	role           reference
	gained, losing []string
}

func simulateCommand() Command {
	return Define(Spec[simulation]{
		Command: Command{Path: "role simulate", Help: "Tell who would gain or lose which records by a change of a role; nothing is changed",
			Example: "role simulate commercial client:delete -client:delete:own", Access: Needs("role", "assign")},
		Fields: []Field[simulation]{
			field(Param{Name: "id", Positional: true, Required: true, Format: "ROLE", Help: "role, by id or name", Source: roles()},
				func(in *simulation) *reference { return &in.role }, parseReference),
			{Param: Param{Name: "code", Positional: true, Required: true, Format: "CODE", Repeats: true, Signed: true, Source: simulated(),
				Help: "permission to grant, or with a - before it to revoke; several with blanks between them"}, Set: readSimulated},
		},
		Rules: []Rule[simulation]{{[]string{"id"}, func(ctx context.Context, e *Act, in simulation) error {
			_, err := roleNoun().see(ctx, e, in.role)
			return err
		}}},
		Run: simulate,
	})
}

func readSimulated(in *simulation, raw string, _ Values) error {
	seen := map[string]bool{}
	for _, word := range strings.FieldsFunc(raw, betweenCodes) {
		code, revoked := strings.CutPrefix(word, "-")
		code, err := security.CheckCode("code", strings.TrimPrefix(code, "+"))
		switch {
		case err != nil && (!revoked || code == ""):
			return err
		case seen[code]:
			return model.Invalid("code", "%s is given twice", code).WithHint("grant it or revoke it, once")
		case revoked:
			in.losing = append(in.losing, code)
		default:
			in.gained = append(in.gained, code)
		}
		seen[code] = true
	}
	if len(seen) == 0 {
		return model.Invalid("code", "code is empty").WithHint("give a permission, or one with a - before it")
	}
	return nil
}

// betweenCodes stands between codes: a blank on a command line and in an answer, a comma within the value.
func betweenCodes(r rune) bool { return r == ' ' || r == ',' }

// simulated offers the codes that the role does not hold, and with a - those that it holds.
func simulated() *Source {
	return &Source{find: func(ctx context.Context, e *Act, q Query) ([]Candidate, error) {
		given := strings.FieldsFunc(q.Raw["code"], betweenCodes)
		var all []Candidate
		for _, half := range []struct {
			source *Source
			sign   string
		}{{codes(true), ""}, {codes(false), "-"}} {
			some, err := half.source.find(ctx, e, Query{Raw: q.Raw})
			if err != nil {
				return nil, err
			}
			for _, c := range some {
				if half.sign == "" && strings.HasPrefix(q.Text, "+") {
					c.Value = "+" + c.Value
				}
				if c.Value = half.sign + c.Value; !slices.Contains(given, c.Value) {
					all = append(all, c)
				}
			}
		}
		return all, nil
	}}
}

// atoms count the records of a noun by how they relate to somebody.
type atoms map[model.Relation]int64

// relations are all that there are.
var everyRelation = []model.Relation{{}, {Own: true}, {Own: true, Pending: true}, {Assigned: true}, {Own: true, Assigned: true}}

// counts returns the atoms of somebody. They follow from how many records there are, are their own, are assigned, and are either.
// Where a permission is narrowed to those that are pending, too, each of theirs is looked at.
func (n noun[R, F]) counts(ctx context.Context, e *Act, user int64, all int64) (atoms, error) {
	var none F
	if slices.ContainsFunc(permissions(), func(p security.Permission) bool {
		return p.Resource == n.name && security.ReachOf(model.Actor{Permissions: codesOf(p)}, p).Pending
	}) {
		theirs, err := n.list(e.Data, ctx, model.Reach{Own: true, Assigned: true, ActorID: user}, none, model.Page{})
		found := atoms{{}: all - int64(len(theirs))}
		for i := range theirs {
			found[n.relation(&theirs[i])]++
		}
		return found, err
	}
	var counted [3]int64
	for i, reach := range []model.Reach{{Own: true}, {Assigned: true}, {Own: true, Assigned: true}} {
		reach.ActorID = user
		var err error
		if counted[i], err = n.count(e.Data, ctx, reach, none, "", 0); err != nil {
			return nil, err
		}
	}
	own, assigned, either := counted[0], counted[1], counted[2]
	return atoms{{}: all - either, {Own: true}: either - assigned, {Assigned: true}: either - own, {Own: true, Assigned: true}: own + assigned - either}, nil
}

// total counts all records of the noun.
func (n noun[R, F]) total(ctx context.Context, e *Act) (int64, error) {
	var none F
	return n.count(e.Data, ctx, model.Everything, none, "", 0)
}

// lets reports whether codes allow a permission on a record with that relation: it must be in sight, too. A list shows what is
// in sight. What is no act on one record is allowed by any code for it.
func lets(codes []string, p security.Permission, rel model.Relation) bool {
	actor := model.Actor{Permissions: codes}
	reach := security.ReachOf(actor, p)
	sight := security.ReachOf(actor, security.Permission{Resource: p.Resource, Action: "view"})
	switch {
	case p.Action == "create" || nounOf(p.Resource) == nil:
		return !reach.None()
	case p.Action == "list":
		return !reach.None() && sight.Covers(rel)
	}
	return reach.Covers(rel) && sight.Covers(rel)
}

// permissions are all of the catalogue, whatever their scope.
func permissions() (all []security.Permission) {
	for _, code := range security.Codes() {
		parts := strings.Split(code, ":")
		if p := (security.Permission{Resource: parts[0], Action: parts[1]}); !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

func simulate(ctx context.Context, e *Act, in simulation) (Result, error) {
	r, err := roleNoun().see(ctx, e, in.role)
	if err != nil {
		return Result{}, err
	}
	before, after := r.Permissions, slices.Clone(r.Permissions)
	for _, code := range in.gained {
		if !slices.Contains(after, code) {
			after = append(after, code)
		}
	}
	after = slices.DeleteFunc(after, func(code string) bool { return slices.Contains(in.losing, code) })
	if slices.Contains(before, assign.String()) && !slices.Contains(after, assign.String()) {
		last, err := e.Data.LastAssigner(ctx, r.ID)
		if err != nil {
			return Result{}, err
		}
		if last {
			e.Tell("role:assign could not be revoked: nobody active would be left who holds it")
		}
	}
	var touched []security.Permission
	for _, p := range permissions() {
		if slices.ContainsFunc(everyRelation, func(rel model.Relation) bool { return lets(before, p, rel) != lets(after, p, rel) }) {
			touched = append(touched, p)
		}
	}
	if len(touched) == 0 {
		return Result{Message: fmt.Sprintf("Nothing would change in what role %s may do.", r.Name)}, nil
	}
	return e.effects(ctx, r, before, after, touched)
}

// effects tells, for each active user of a role and each permission that it gains or loses, how many records that is. Users are
// named to who may view them. Records are counted for who may view all of them, unless their sight hangs on that of others.
func (e *Act) effects(ctx context.Context, r model.Role, before, after []string, touched []security.Permission) (Result, error) {
	t := &Table{Name: "effects", Columns: []Column{{Name: "user_id", Title: "User ID", For: Machines}, {Name: "user", Title: "User"}, {Name: "permission", Title: "Permission"},
		{Name: "before", Title: "Before", Priority: 2, Wraps: true}, {Name: "after", Title: "After", Priority: 2, Wraps: true},
		{Name: "gains", Title: "Gains", Priority: 1}, {Name: "loses", Title: "Loses", Priority: 1}}}
	users := []model.User{{Username: "whoever holds it"}}
	if security.Allows(e.Actor, viewUsers) {
		var err error
		if users, err = e.Data.Users(ctx, model.Everything, usersOf(r), model.Page{}); err != nil {
			return Result{}, err
		}
		users = slices.DeleteFunc(users, func(u model.User) bool { return !u.IsActive })
	}
	totals := map[string]int64{}
	for _, u := range users {
		found := map[string]atoms{}
		for _, p := range touched {
			gains, loses := Value(nil), Value(nil)
			if n := nounOf(p.Resource); u.ID != 0 && n != nil && p.Action != "create" && n.sightOf(e).Any && !n.sightOf(e).Of.Narrowed {
				if found[p.Resource] == nil {
					all, err := known(totals, p.Resource, func() (int64, error) { return n.total(ctx, e) })
					if err != nil {
						return Result{}, err
					}
					if found[p.Resource], err = n.counts(ctx, e, u.ID, all); err != nil {
						return Result{}, err
					}
				}
				gains, loses = difference(found[p.Resource], before, after, p)
			}
			t.Rows = append(t.Rows, []Value{optionalID(u.ID), u.Username, p.String(), heldOf(before, p), heldOf(after, p), gains, loses})
		}
	}
	if len(t.Rows) == 0 {
		return Result{Message: fmt.Sprintf("Nobody would gain or lose anything: role %s has no active user.", r.Name)}, nil
	}
	return Result{Table: t}, nil
}

// known returns what is known by a name, and finds it out where nothing is.
func known(all map[string]int64, name string, find func() (int64, error)) (int64, error) {
	if n, ok := all[name]; ok {
		return n, nil
	}
	n, err := find()
	all[name] = n
	return n, err
}

// difference counts the records that a change of codes lets somebody act on, or no longer.
func difference(found atoms, before, after []string, p security.Permission) (gains, loses int64) {
	for rel, n := range found {
		switch had, has := lets(before, p, rel), lets(after, p, rel); {
		case has && !had:
			gains += n
		case had && !has:
			loses += n
		}
	}
	return gains, loses
}

// heldOf are the codes of a permission among others, the bare one first; nothing where there is none.
func heldOf(held []string, p security.Permission) Value {
	if codes := slices.DeleteFunc(codesOf(p), func(code string) bool { return !slices.Contains(held, code) }); len(codes) > 0 {
		return codes
	}
	return nil
}

func optionalID(id int64) Value { return unlessZero(id) }

// usersOf narrows users to those of a role.
func usersOf(r model.Role) data.UserFilter { return data.UserFilter{Roles: []string{r.Name}} }

// sorted returns the keys in their order.
func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
