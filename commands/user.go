package commands

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"epev/data"
	"epev/model"
	"epev/security"
)

func userNoun() noun[model.User, data.UserFilter] { return once(makeUserNoun) }

func makeUserNoun() noun[model.User, data.UserFilter] {
	type user = model.User
	return noun[user, data.UserFilter]{
		name: "user", plural: "users", commands: userCommands, open: true, lasts: true,
		id: func(u *user) int64 { return u.ID }, version: func(u *user) int64 { return u.Version },
		who:      func(u *user) string { return join(u.FullName, u.Username, u.Role) },
		relation: unrelated[user], owner: nobodys[user],
		get: (*data.Reader).User, list: (*data.Reader).Users, count: (*data.Reader).CountUsers, each: (*data.Reader).EachUser, byName: userByName, meant: (*data.Reader).FindUsers,
		found: (*data.Reader).WhoUsers,
		properties: append([]property[user]{
			numbered(func(u *user) int64 { return u.ID }),
			{Column: Column{Name: "username", Title: "Username", Priority: 1}, sort: model.ByText, kind: usernameOf(func(u *user) *string { return &u.Username }),
				set: setting[user]{short: "u", help: "name to log in with: letters, digits, . _ -", required: true, near: usernameNear}},
			{Column: Column{Name: "full_name", Title: "Full name", Priority: 2}, sort: model.ByText, kind: textOf(128, func(u *user) *string { return &u.FullName }),
				set: setting[user]{short: "n", help: "first and last name", required: true, near: fullNameNear}},
			{Column: Column{Name: "email", Title: "E-mail", Priority: 5}, sort: model.ByText, kind: emailOf(255, func(u *user) *model.Email { return &u.Email }),
				set: setting[user]{short: "e", help: emailHelp, required: true, near: emailNear}},
			{Column: Column{Name: "role_id", Title: "Role ID", For: Machines}, refers: "role",
				kind: referenceTo("ROLE", func(u *user) Value { return u.RoleID }, func(u *user) string { return u.Role }, nil),
				set:  setting[user]{short: "r", help: "role, by id or name", required: true, source: roles(), near: []string{"role"}}},
			{Column: Column{Name: "role", Title: "Role", Priority: 3}, sort: model.ByText, kind: shown(func(u *user) string { return u.Role })},
			{Column: Column{Name: "is_active", Title: "Active", Priority: 4}, sort: model.ByNumber, kind: shown(func(u *user) bool { return u.IsActive })},
			{Column: Column{Name: "last_login", Title: "Last login", Priority: 6}, sort: model.ByMoment, kind: kind[user]{value: func(u *user) Value { return optional(u.LastLogin) }}},
		}, bookkeeping(
			func(u *user) time.Time { return u.CreatedAt }, func(u *user) time.Time { return u.UpdatedAt }, func(u *user) int64 { return u.Version })...),
		rules:  []rule[user]{{[]string{"role-id"}, holdsARole}},
		doubts: []doubt[user]{leavesNothingBehind}, keeps: isSomebodyElse, noted: userChange,
	}
}

func userByName(ctx context.Context, e *Act, username string) (model.User, error) {
	return e.Data.UserByName(ctx, username)
}

// holdsARole resolves the role; nobody changes their own (SPEC 5, rule 6).
func holdsARole(ctx context.Context, e *Act, before, after *model.User, g given) error {
	ref, ok := g.ref("role-id")
	if !ok {
		return nil
	}
	role, err := roleNoun().resolve(ctx, e, ref)
	if err != nil {
		return about("role-id", err)
	}
	after.RoleID, after.Role = role.ID, role.Name
	if before != nil && after.ID == e.Actor.UserID && before.RoleID != after.RoleID {
		return onOneself("role-id", "change your own role")
	}
	return nil
}

// leavesNothingBehind doubts a change of role or activity after which clients, contracts and events to come stay with
// somebody who cannot serve them. It counts what the actor may view.
func leavesNothingBehind(ctx context.Context, e *Act, before, after *model.User, g given) (told []error, err error) {
	if before == nil || before.RoleID == after.RoleID && before.IsActive == after.IsActive {
		return nil, nil
	}
	if to, ok := g.ref(takenOverBy); ok {
		return e.doubtLegacy(ctx, before, to, g)
	}
	left, err := e.Data.LeftBehind(ctx, after.ID, e.Now(), e.reach("client", "view"), e.reach("contract", "view"), e.reach("event", "view"))
	if err != nil {
		return nil, err
	}
	if n := left.Clients + left.Contracts; n > 0 && after.Serves("commercial", "") != nil {
		var parts []string
		if left.Clients > 0 {
			parts = append(parts, model.Count(left.Clients, "client"))
		}
		if left.Contracts > 0 {
			parts = append(parts, model.Count(left.Contracts, "contract"))
		}
		told = append(told, e.moves("client", "reassign", "client reassign ID COMMERCIAL_ID", "a client and its contracts",
			"%s %s with %s, who is to be no active commercial", strings.Join(parts, " and "), stay(n), after.Username))
	}
	if left.Events > 0 && after.Serves("support", "") != nil {
		told = append(told, e.moves("event", "assign_support", "event assign_support EVENT_ID SUPPORT_ID", "an event",
			"%s to come %s with %s, who is to be no active support user", model.Count(left.Events, "event"), stay(left.Events), after.Username))
	}
	return told, nil
}

func stay(n int64) string {
	if n == 1 {
		return "stays"
	}
	return "stay"
}

// moves returns a doubt that says with which command something moves, or who may run it where the actor may not.
func (e *Act) moves(resource, action, command, what, doubt string, args ...any) error {
	told := model.Errorf(model.Conflict, doubt, args...)
	if p := (security.Permission{Resource: resource, Action: action}); !security.Allows(e.Actor, p) {
		return told.WithHint("whoever holds %s can move %s", p, what)
	}
	return told.WithTry("{try} moves "+what, command)
}

// newUser is the input of user create and manager-create.
type newUser struct {
	draft[model.User]
	passwordFile, passwordHash string
	mustChange                 bool // the password, at the first login
}

// newUserFields returns the named fields of a user for the creation of one, or all, and its password's.
func newUserFields[T any](at func(*T) *newUser, only ...string) []Field[T] {
	fields := fieldsOf(userNoun(), func(in *T) *draft[model.User] { return &at(in).draft }, only...)
	return append(fields, passwordField(func(in *T) *string { return &at(in).passwordFile }))
}

func userCommands(n noun[model.User, data.UserFilter]) []Command {
	type filter = data.UserFilter
	byRole := func(role, short string) Field[listInput[filter]] {
		return filterOn(role, short, "those of the role "+role+"; combines with the other roles",
			func(f *filter, _ Values) { f.Roles = append(f.Roles, role) })
	}
	return append([]Command{
		Define(Spec[newUser]{
			Command: Command{Path: "user create", Help: "Create a member of staff",
				Example: `user create -u claire.dubois -n "Claire Dubois" -e claire.dubois@epicevents.fr -r commercial --password-file -`,
				Access:  Needs("user", "create"), Writes: true},
			Fields: append(newUserFields(itself[newUser]), switchField("must-change", "have the user choose another password at the first login; so it is where you type the password",
				func(in *newUser) *bool { return &in.mustChange })),
			Rules:   []Rule[newUser]{{[]string{"role-id"}, mayCreateUser}},
			Prepare: hashNewPassword, Run: createUser,
		}),
		n.lists(lister[filter]{example: "user list --commercial --support", filters: []Field[listInput[filter]]{
			byRole("management", "M"), byRole("commercial", "C"), byRole("support", "S"), ofRole(),
			filterSwitch("inactive", "only those who were deactivated", func(f *filter) *bool { return &f.Inactive }),
		}}),
		n.views("user view 3", nil),
		changesUser(n),
		updatePassword(),
		setActive("deactivate", "End a user's access at once; the history stays", false),
		setActive("activate", "Give a deactivated user access again", true),
		n.removes("user delete 4", n.choosing("delete", isAnother), (*Tx).DeleteUser),
	}, keyCommands()...)
}

func mayCreateUser(ctx context.Context, e *Act, in newUser) error {
	u := in.applied(model.User{})
	return userNoun().settle(ctx, e, nil, &u, in.given)
}

func createUser(ctx context.Context, e *Act, in newUser) (Result, error) {
	result, err := userNoun().create(ctx, e, in.draft, func(tx *Tx, ctx context.Context, u *model.User) error {
		err := tx.InsertUser(ctx, u, in.passwordHash)
		if err == nil && in.mustChange {
			err = tx.MustChange(ctx, u.ID)
		}
		return err
	})
	if in.mustChange {
		result.Message += " The password is to be changed at the first login."
	}
	return result, err
}

// userChange notes that a user was created or updated.
func userChange(before, _ *model.User) string {
	if before == nil {
		return "user created"
	}
	return "user updated"
}

// isSomebodyElse refuses the deletion of oneself.
func isSomebodyElse(_ context.Context, e *Act, u *model.User) error {
	if isAnother(e, u) {
		return nil
	}
	return onOneself("id", "delete yourself")
}

func isAnother(e *Act, u *model.User) bool { return u.ID != e.Actor.UserID }

// hashNewPassword takes and hashes the password before the transaction begins: it may wait for a
// person, and costs a third of a second.
func hashNewPassword(ctx context.Context, e *Act, in *newUser) error {
	password, err := e.readSecret(ctx, "password-file", in.passwordFile, "Password of "+in.applied(model.User{}).Username, true)
	if err != nil {
		return err
	}
	in.mustChange = in.mustChange || e.types(in.passwordFile)
	in.passwordHash, err = e.hash(password)
	return err
}

// onOneself refuses what nobody may do to themselves (SPEC 5, rule 6).
func onOneself(field, what string) error {
	return about(field, model.Errorf(model.Conflict, "you cannot %s", what).WithHint("ask another manager to do it"))
}

// setActive declares user activate and user deactivate.
func setActive(verb, help string, active bool) Command {
	n := userNoun()
	target := func(ctx context.Context, e *Act, ref reference) (model.User, error) {
		u, err := n.find(ctx, e, ref, "update")
		if err == nil && u.ID == e.Actor.UserID && !active {
			err = onOneself("id", "deactivate yourself")
		}
		return u, err
	}
	takes := func(e *Act, u *model.User) bool { return isAnother(e, u) && u.IsActive != active }
	s := Spec[leaving]{
		Command: Command{Path: "user " + verb, Help: help, Example: "user " + verb + " 4", Access: Needs("user", "update"), Writes: true},
		Fields:  []Field[leaving]{recordField(n, n.choosing("update", takes), func(in *leaving) *reference { return &in.record })},
		Doubts: func(ctx context.Context, e *Act, in leaving) ([]error, error) {
			before, err := target(ctx, e, in.record)
			if err != nil {
				return nil, err
			}
			after := before
			after.IsActive = active
			return leavesNothingBehind(ctx, e, &before, &after, in.given)
		},
		Run: func(ctx context.Context, e *Act, in leaving) (Result, error) {
			before, err := target(ctx, e, in.record)
			if err != nil {
				return Result{}, err
			}
			if before.IsActive == active {
				return Result{Message: fmt.Sprintf("Nothing to change: user %d is %sd already.", before.ID, verb), Table: n.record(&before)}, nil
			}
			after := before
			if err := e.Tx.SetActive(ctx, &after, active); err != nil {
				return Result{}, n.explain(ctx, e, &before, err)
			}
			e.note("user " + verb + "d")
			return e.bequeathed(ctx, n.reportChange(verb+"d", &before, &after), before.ID, in.given)
		},
	}
	if !active {
		s.Offers, s.Fields = takenOverBy, append(s.Fields, legacyFields(func(in *leaving) *given { return &in.given })...)
	}
	return Define(s)
}

// ofRole is the filter of users by any role, which combines with those of the default ones.
func ofRole() Field[listInput[data.UserFilter]] {
	return filterNamed(Param{Name: "role", Format: "ROLE", Help: "those of this role, by id or name; combines with the other roles", Source: roles()},
		func(ctx context.Context, e *Act, ref reference, filter *data.UserFilter) (err error) {
			var role model.Role
			if ref.Name != "" {
				role, err = roleNamed(ctx, e.Data, ref.Name)
			} else {
				role, err = e.Data.Role(ctx, model.Everything, ref.ID)
			}
			filter.Roles = append(filter.Roles, role.Name)
			return err
		})
}

// colleague resolves a reference to an active user of a role, whom a field of a command names beside its record. For an
// actor who may not view users, another user does not exist (SPEC 5, rule 4). The write itself checks again what they
// are.
func (e *Act) colleague(ctx context.Context, ref reference, role, field string) (model.User, error) {
	u, err := userNoun().resolve(ctx, e, ref)
	oneself := err == nil && u.ID == e.Actor.UserID
	if err == nil {
		err = u.Serves(role, field)
	}
	if kind := model.KindOf(err); oneself || !e.reach("user", "view").None() || kind != model.NotFound && kind != model.Conflict {
		return u, about(field, err)
	}
	var who any = ref.ID
	if ref.Name != "" {
		who = ref.Name
	}
	return model.User{}, about(field, model.Missing("user", who).WithHint("name an active %s user, by id or username", role))
}

// known resolves a reference to a user, active or not, of whom the actor may be told. They may view users, or the user serves in one
// of the roles, or a record in sight names the user. For anybody else, the user does not exist (SPEC 5, rule 4).
func (e *Act) known(ctx context.Context, ref reference, named func(id int64) (bool, error), roles ...string) (model.User, error) {
	u, err := userNoun().resolve(ctx, e, ref)
	if err != nil || u.ID == e.Actor.UserID || !e.reach("user", "view").None() ||
		slices.ContainsFunc(roles, func(role string) bool { return u.Serves(role, "") == nil }) {
		return u, err
	}
	if is, err := named(u.ID); err != nil || is {
		return u, err
	}
	var who any = ref.ID
	if ref.Name != "" {
		who = ref.Name
	}
	return model.User{}, model.Missing("user", who)
}

// withPasswords offers oneself, and whose password else the actor may change.
func withPasswords() *Source {
	n := userNoun()
	s := n.source("update")
	find := s.find
	s.find = func(ctx context.Context, e *Act, q Query) ([]Candidate, error) {
		candidates, err := find(ctx, e, q)
		me := strconv.FormatInt(e.Actor.UserID, 10)
		about := join(e.Actor.FullName, e.Actor.Username, "you")
		myself := Candidate{Value: me, About: about}
		if err == nil && myself.shows(q.Text) && !slices.ContainsFunc(candidates, func(c Candidate) bool { return c.Value == me }) {
			candidates = append(candidates, myself)
		}
		return candidates, err
	}
	return s
}

// staff offers the active users of a role, by id, except the one who does it already: present tells that id, and may be
// nil. A colleague's name is no secret among those who may be told it by the commands that take it.
func staff(role string, present func(ctx context.Context, e *Act, raw map[string]string) int64) *Source {
	n := userNoun()
	return &Source{kind: "user", Searched: true, find: func(ctx context.Context, e *Act, q Query) ([]Candidate, error) {
		users, err := e.Data.Users(ctx, model.Everything, data.UserFilter{Roles: []string{role}}, model.Page{Limit: candidateLimit, Search: q.Text})
		var already int64
		if present != nil && err == nil {
			already = present(ctx, e, q.Raw)
		}
		// To find somebody by their e-mail address would be to be told it.
		told := !e.reach("user", "view").None()
		var candidates []Candidate
		for _, u := range users {
			c := Candidate{Value: strconv.FormatInt(u.ID, 10), About: n.who(&u)}
			if u.IsActive && u.ID != already && (told || c.shows(q.Text)) {
				candidates = append(candidates, c)
			}
		}
		return candidates, err
	}}
}
