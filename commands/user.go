package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"epev/data"
	"epev/model"
	"epev/security"
)

// userRecord is a user with what only an input holds: the role as it was written.
type userRecord struct {
	model.User
	role reference
}

func userNoun() noun[userRecord] {
	type user = userRecord
	n := noun[user]{
		name: "user", plural: "users",
		id: func(u *user) int64 { return u.ID }, version: func(u *user) int64 { return u.Version },
		who:      func(u *user) string { return join(u.FullName, u.Username, u.Role) },
		relation: func(*user) model.Relation { return model.Relation{} },
		owner:    func(*user) string { return "" },
		get: func(ctx context.Context, r *data.Reader, reach model.Reach, id int64) (user, error) {
			return within(reach, "user", id, func() (user, error) {
				u, err := r.User(ctx, id)
				return user{User: u}, err
			})
		},
		list: func(ctx context.Context, r *data.Reader, reach model.Reach, p model.Page) ([]user, error) {
			return listUsers(ctx, r, reach, data.UserFilter{}, p)
		},
		byName: func(ctx context.Context, r *data.Reader, username string) (int64, error) {
			u, err := r.UserByName(ctx, username)
			return u.ID, err
		},
		count: func(ctx context.Context, r *data.Reader, _ model.Reach, search string, limit int) (int64, error) {
			return r.CountUsers(ctx, data.UserFilter{}, search, limit)
		},
		columns: []column[user]{
			{Column: Column{Name: "id", Title: "ID"}, sort: model.ByID, value: func(u *user) Value { return u.ID }},
			{Column: Column{Name: "username", Title: "Username", Priority: 1}, sort: model.ByText, value: func(u *user) Value { return u.Username }},
			{Column: Column{Name: "full_name", Title: "Full name", Priority: 2}, sort: model.ByText, value: func(u *user) Value { return u.FullName }},
			{Column: Column{Name: "email", Title: "E-mail", Priority: 5}, sort: model.ByText, value: func(u *user) Value { return u.Email }},
			{Column: Column{Name: "role_id", Title: "Role ID", For: Machines}, value: func(u *user) Value { return u.RoleID }},
			{Column: Column{Name: "role", Title: "Role", Priority: 3}, sort: model.ByText, value: func(u *user) Value { return u.Role }},
			{Column: Column{Name: "is_active", Title: "Active", Priority: 4}, sort: model.ByNumber, value: func(u *user) Value { return u.IsActive }},
			{Column: Column{Name: "last_login", Title: "Last login", Priority: 6}, sort: model.ByMoment, value: func(u *user) Value { return optional(u.LastLogin) }},
		},
		fields: []field[user]{
			usernameField(func(u *user) *string { return &u.Username }),
			textField("full-name", "n", 128, "first and last name", true, func(u *user) *string { return &u.FullName }),
			emailField("email", "e", 255, func(u *user) *model.Email { return &u.Email }),
			{
				Field: referenceField(Param{Name: "role-id", Short: "r", Format: "ROLE", Required: true, Help: "role, by id or name", Source: roles()},
					func(u *user, ref reference) { u.role = ref }),
				show: func(u *user, _ Values) string { return u.Role },
			},
		},
		rules:  []rule[user]{{[]string{"role-id"}, holdsARole}},
		doubts: []doubt[user]{leavesNothingBehind},
	}
	n.columns = append(n.columns, bookkeeping(
		func(u *user) time.Time { return u.CreatedAt }, func(u *user) time.Time { return u.UpdatedAt }, func(u *user) int64 { return u.Version })...)
	return n
}

// holdsARole resolves the role; nobody changes their own (SPEC 5, rule 6).
func holdsARole(ctx context.Context, e *Env, before, after *userRecord, g given) error {
	if !g.has("role-id") {
		return nil
	}
	role, err := e.role(ctx, after.role)
	if err != nil {
		return about("role-id", err)
	}
	after.RoleID, after.Role, after.role = role.ID, role.Name, reference{}
	if before != nil && after.ID == e.Actor.UserID && before.RoleID != after.RoleID {
		return onOneself("role-id", "change your own role")
	}
	return nil
}

// leavesNothingBehind doubts a change of role or activity after which clients, contracts and events to come stay with
// somebody who cannot serve them. It counts what the actor may view.
func leavesNothingBehind(ctx context.Context, e *Env, before, after *userRecord, _ given) (told []string, err error) {
	if before == nil || before.RoleID == after.RoleID && before.IsActive == after.IsActive {
		return nil, nil
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
		told = append(told, fmt.Sprintf("%s %s with %s, who is to be no active commercial: %s", strings.Join(parts, " and "), stay(n), after.Username, e.moves("client", "reassign", "client reassign ID COMMERCIAL_ID", "a client and its contracts")))
	}
	if left.Events > 0 && after.Serves("support", "") != nil {
		told = append(told, fmt.Sprintf("%s to come %s with %s, who is to be no active support user: %s", model.Count(left.Events, "event"),
			stay(left.Events), after.Username, e.moves("event", "assign_support", "event assign_support EVENT_ID SUPPORT_ID", "an event")))
	}
	return told, nil
}

func stay(n int64) string {
	if n == 1 {
		return "stays"
	}
	return "stay"
}

// moves says with which command something moves, or who may run it where the actor may not.
func (e *Env) moves(resource, action, command, what string) string {
	p := security.Permission{Resource: resource, Action: action}
	if !security.Allows(e.Actor, p) {
		return fmt.Sprintf("whoever holds %s can move %s", p, what)
	}
	return fmt.Sprintf("%q moves %s", command, what)
}

func usernameField[R any](at func(*R) *string) field[R] {
	return field[R]{
		Field: Field[R]{
			Param: Param{Name: "username", Short: "u", Format: "NAME", Required: true, Help: "name to log in with: letters, digits, . _ -"},
			Set: func(r *R, raw string, v Values) (err error) {
				*at(r), err = model.ParseUsername("username", raw, v.Policy.UsernameMin, v.Policy.UsernameMax)
				return err
			},
		},
		show: func(r *R, _ Values) string { return *at(r) },
	}
}

// newUser is the input of user create and manager-create.
type newUser struct {
	userRecord
	passwordFile, passwordHash string
}

// newUserFields returns the given fields of a user for the creation of one, and its password's.
func newUserFields(n noun[userRecord], names ...string) []Field[newUser] {
	var fields []Field[newUser]
	for _, f := range n.fields {
		if !given(names).has(f.Name) {
			continue
		}
		fields = append(fields, Field[newUser]{Param: f.Param, Set: func(in *newUser, raw string, v Values) error {
			return f.Set(&in.userRecord, raw, v)
		}})
	}
	return append(fields, passwordField(func(in *newUser, path string) { in.passwordFile = path }))
}

func userCommands() []Command {
	n := userNoun()
	type filter = data.UserFilter
	byRole := func(role, short string) Field[listInput[filter]] {
		return filterSwitch(role, short, "those of the role "+role+"; combines with the other roles", func(f *filter, on bool) {
			if on {
				f.Roles = append(f.Roles, role)
			}
		})
	}
	return []Command{
		Define(Spec[newUser]{
			Path: "user create", Help: "Create a member of staff",
			Example: `user create -u claire.dubois -n "Claire Dubois" -e claire.dubois@epicevents.fr -r commercial --password-file -`,
			Access:  Needs("user", "create"), Writes: true, Fields: newUserFields(n, "username", "full-name", "email", "role-id"),
			Rules: []Rule[newUser]{{[]string{"role-id"}, func(ctx context.Context, e *Env, in newUser) error {
				return n.settle(ctx, e, nil, &in.userRecord, given{"role-id"})
			}}},
			Prepare: hashNewPassword,
			Run: func(ctx context.Context, e *Env, in newUser) (Result, error) {
				if err := n.settle(ctx, e, nil, &in.userRecord, given{"role-id"}); err != nil {
					return Result{}, err
				}
				if err := e.Tx.InsertUser(ctx, &in.User, in.passwordHash); err != nil {
					return Result{}, err
				}
				e.Report("user created")
				return Result{Message: fmt.Sprintf("User %d created: %s.", in.ID, n.who(&in.userRecord)), Table: n.record(&in.userRecord)}, nil
			},
		}),
		listCommand(n, "user list --commercial --support",
			[]Field[listInput[filter]]{
				byRole("management", "M"), byRole("commercial", "C"), byRole("support", "S"), ofRole(),
				filterSwitch("inactive", "", "only those who were deactivated", func(f *filter, on bool) { f.Inactive = on }),
			},
			lister[userRecord, filter]{
				list: listUsers,
				count: func(ctx context.Context, r *data.Reader, _ model.Reach, f filter, search string) (int64, error) {
					return r.CountUsers(ctx, f, search, 0)
				},
			}),
		n.view("user view 3", nil),
		n.update(updater[userRecord]{
			example: "user update 3 -r commercial",
			save:    func(ctx context.Context, tx *Tx, u *userRecord) error { return tx.UpdateUser(ctx, &u.User) },
			done:    func(e *Env, _, _ *userRecord) { e.Report("user updated") },
		}),
		updatePassword(),
		setActive(n, "deactivate", "End a user's access at once; the history stays", false),
		setActive(n, "activate", "Give a deactivated user access again", true),
		n.remove("user delete 4", others("delete", func(*userRecord) bool { return true }),
			func(_ context.Context, e *Env, u *userRecord) error {
				if u.ID == e.Actor.UserID {
					return onOneself("id", "delete yourself")
				}
				return nil
			},
			func(ctx context.Context, tx *Tx, id int64) error { return tx.DeleteUser(ctx, id) }),
	}
}

func listUsers(ctx context.Context, r *data.Reader, _ model.Reach, f data.UserFilter, p model.Page) ([]userRecord, error) {
	users, err := r.Users(ctx, f, p)
	records := make([]userRecord, len(users))
	for i, u := range users {
		records[i].User = u
	}
	return records, err
}

// hashNewPassword takes and hashes the password before the transaction begins: it may wait for a
// person, and costs a third of a second.
func hashNewPassword(ctx context.Context, e *Env, in *newUser) error {
	password, err := e.readSecret(ctx, "password-file", in.passwordFile, "Password of "+in.Username, true)
	if err != nil {
		return err
	}
	in.passwordHash, err = e.hash(password)
	return err
}

// onOneself refuses what nobody may do to themselves (SPEC 5, rule 6).
func onOneself(field, what string) error {
	return about(field, model.Errorf(model.Conflict, "you cannot %s", what).WithHint("ask another manager to do it"))
}

func setActive(n noun[userRecord], verb, help string, active bool) Command {
	target := func(ctx context.Context, e *Env, ref reference) (userRecord, error) {
		u, err := n.find(ctx, e, ref, "update")
		if err == nil && u.ID == e.Actor.UserID && !active {
			err = onOneself("id", "deactivate yourself")
		}
		return u, err
	}
	return Define(Spec[reference]{
		Path: "user " + verb, Help: help, Example: "user " + verb + " 4", Access: Needs("user", "update"), Writes: true,
		Fields: []Field[reference]{recordField(n, others("update", func(u *userRecord) bool { return u.IsActive != active }),
			func(in *reference, ref reference) { *in = ref })},
		Doubts: func(ctx context.Context, e *Env, ref reference) ([]string, error) {
			before, err := target(ctx, e, ref)
			after := before
			after.IsActive = active
			if err != nil {
				return nil, err
			}
			return leavesNothingBehind(ctx, e, &before, &after, nil)
		},
		Run: func(ctx context.Context, e *Env, ref reference) (Result, error) {
			before, err := target(ctx, e, ref)
			if err != nil {
				return Result{}, err
			}
			id := before.ID
			if before.IsActive == active {
				return Result{Message: fmt.Sprintf("Nothing to change: user %d is %sd already.", id, verb), Table: n.record(&before)}, nil
			}
			after := before
			if err := e.Tx.SetActive(ctx, &after.User, active); err != nil {
				return Result{}, n.explain(ctx, e, &before, err)
			}
			e.Report("user " + verb + "d")
			return Result{Message: fmt.Sprintf("User %d %sd%s.", id, verb, n.called(&after)), Changes: n.changes(&before, &after), ChangedID: id}, nil
		},
	})
}

// passwordChange is the input of user update-password.
type passwordChange struct {
	user                      reference
	currentFile, passwordFile string
	passwordHash              string
}

func updatePassword() Command {
	n := userNoun()
	// target is the user whose password changes: oneself, or anybody with user:update.
	target := func(ctx context.Context, e *Env, ref reference) (userRecord, error) {
		if ref.ID == e.Actor.UserID || ref.Name == e.Actor.Username {
			u, err := e.Data.User(ctx, e.Actor.UserID)
			return userRecord{User: u}, err
		}
		return n.find(ctx, e, ref, "update")
	}
	return Define(Spec[passwordChange]{
		Path: "user update-password", Help: "Change a password: your own, or with user:update anybody's", Example: "user update-password 3",
		Access: LoggedIn(), Writes: true,
		Fields: []Field[passwordChange]{
			recordField(n, withPasswords(), func(in *passwordChange, ref reference) { in.user = ref }),
			passwordField(func(in *passwordChange, path string) { in.passwordFile = path }),
			{
				Param: Param{Name: "current-password-file", Format: "PATH", Unasked: true, Source: files(),
					Help: "file that holds your current password; - takes the next line of the input, before the new one"},
				Set: func(in *passwordChange, raw string, _ Values) error { in.currentFile = raw; return nil },
			},
		},
		Prepare: func(ctx context.Context, e *Env, in *passwordChange) error {
			u, err := target(ctx, e, in.user)
			if err != nil {
				return err
			}
			newPassword := func() (string, error) {
				return e.readSecret(ctx, "password-file", in.passwordFile, "New password", true)
			}
			if u.ID == e.Actor.UserID {
				path, err := e.currentPassword(*in)
				if err != nil {
					return err
				}
				err = e.readRight(ctx, "current-password-file", path, "Current password", func(current string) error {
					if in.passwordFile == "-" && e.NextLine != nil {
						// Taken before the current one is judged, lest it be left over as the script's next command.
						password, err := newPassword()
						if err != nil {
							return err
						}
						newPassword = func() (string, error) { return password, nil }
					}
					return e.checkOwnPassword(ctx, current)
				})
				if err != nil {
					return err
				}
			}
			password, err := newPassword()
			if err != nil {
				return err
			}
			in.passwordHash, err = e.hash(password)
			return err
		},
		Run: func(ctx context.Context, e *Env, in passwordChange) (Result, error) {
			u, err := target(ctx, e, in.user)
			if err != nil {
				return Result{}, err
			}
			if err := e.Tx.SetPassword(ctx, u.ID, in.passwordHash); err != nil {
				return Result{}, err
			}
			// Whoever knew the old password is out; this session stays.
			if _, err := e.Tx.EndSessions(ctx, u.ID, e.Actor.SessionID, "password changed"); err != nil {
				return Result{}, err
			}
			e.Report("user updated")
			if u.ID == e.Actor.UserID {
				return Result{Message: "Your password is changed; your other sessions have ended."}, nil
			}
			return Result{Message: fmt.Sprintf("The password of %s is changed; their sessions have ended.", u.Username)}, nil
		},
	})
}

// currentPassword tells where the one comes from that one's own change takes (SPEC 4).
func (e *Env) currentPassword(in passwordChange) (path string, err error) {
	path = in.currentFile
	if path == "" && in.passwordFile == "-" {
		path = "-"
	}
	if path == "" && e.AskSecret == nil {
		return "", model.Invalid("current-password-file", "your own password changes after the current one, and nobody can be asked for it here").
			WithHint("give --current-password-file PATH, or --password-file - and both on the next two lines of the input")
	}
	return path, nil
}

// checkOwnPassword checks it, with the same delay after failures as a login. Whoever is in is no stranger.
func (e *Env) checkOwnPassword(ctx context.Context, current string) error {
	known := security.RefreshHash(fmt.Sprint("session ", e.Actor.SessionID))
	_, err := e.verifyPasswordOf(ctx, e.Actor.Username, current, known)
	if model.KindOf(err) == model.Unauthenticated {
		return model.Errorf(model.Denied, "You don't have permission to change the password: the current password is wrong").
			WithHint("type your current password first; a manager can set a new one")
	}
	return err
}

// user resolves a reference to a member of staff.
func (e *Env) user(ctx context.Context, ref reference) (model.User, error) {
	if ref.Name != "" {
		return e.Data.UserByName(ctx, ref.Name)
	}
	return e.Data.User(ctx, ref.ID)
}

// ofRole is the filter of users by any role, which combines with those of the default ones.
func ofRole() Field[listInput[data.UserFilter]] {
	return referenceField(Param{Name: "role", Format: "ROLE", Help: "those of this role, by id or name; combines with the other roles", Unasked: true, Source: roles()},
		func(in *listInput[data.UserFilter], ref reference) {
			in.lookUps = append(in.lookUps, func(ctx context.Context, e *Env, filter *data.UserFilter) (err error) {
				var role model.Role
				if ref.Name != "" {
					role, err = roleNamed(ctx, e.Data, ref.Name)
				} else {
					role, err = e.Data.Role(ctx, ref.ID)
				}
				filter.Roles = append(filter.Roles, role.Name)
				return about("role", err)
			})
		})
}

// colleague resolves a reference to an active user of a role, whom a field of a command names beside its
// record. To an actor who may not view users, any other one is as one that does not exist (SPEC 5, rule 4).
// The write itself checks again what they are.
func (e *Env) colleague(ctx context.Context, ref reference, role, field string) (model.User, error) {
	u, err := e.user(ctx, ref)
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

// hash checks a new password against the policy and hashes it.
func (e *Env) hash(password string) (string, error) {
	if err := e.Policy.CheckPassword(password); err != nil {
		return "", err
	}
	return security.HashPassword(password)
}
