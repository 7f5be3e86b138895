package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"epev/data"
	"epev/model"
)

// CanLogIn refuses a database in which nobody can log in, before anybody is asked for a name or a password.
func CanLogIn(ctx context.Context, e *Env) error {
	n, err := e.Store.Read().CountUsers(ctx, model.Everything, data.UserFilter{}, "", 0)
	if err == nil && n == 0 {
		return model.Errorf(model.Unavailable, "nobody can log in: the database has no active user yet").
			WithTry("as root, run {try}", "manager-create")
	}
	return err
}

type loginInput struct{ username, passwordFile, newFile string }

func sessionCommands() []Command {
	return []Command{
		Define(Spec[loginInput]{
			Command: Command{Path: "login", Help: "Log in; the password is asked for, never given on the command line", Example: "login -u manon.directrice",
				Access: Anyone(), Apart: true},
			Ready: CanLogIn,
			Fields: []Field[loginInput]{
				field(Param{Name: "username", Short: "u", Format: "NAME", Required: true, Help: "your username", Near: append([]string{"name"}, usernameNear...)},
					func(in *loginInput) *string { return &in.username }, parseLogin),
				passwordField(func(in *loginInput) *string { return &in.passwordFile }),
				field(Param{Name: "new-password-file", Format: "PATH", Unasked: true, Source: &Source{Local: true, Path: true},
					Help: "file that holds the password of your own in place of a first one; - takes the next line of the input, after the first one"},
					func(in *loginInput) *string { return &in.newFile }, anything),
			},
			Run: logIn,
		}),
		Define(Spec[bool]{
			Command: Command{Path: "logout", Help: "End this session", Example: "logout --all", Access: LoggedIn(), Apart: true},
			Fields:  []Field[bool]{switchField("all", "end every session of yours, on every machine", itself[bool])},
			Run:     logOut,
		}),
		Define(Spec[struct{}]{Command: Command{Path: "refresh", Help: "Extend the session now", Example: "refresh",
			Access: LoggedIn(), Apart: true}, Run: refresh}),
		Define(Spec[struct{}]{
			Command: Command{Path: "whoami", Help: "Tell who is logged in, until when, and with which permissions", Example: "whoami",
				Access: LoggedIn()}, Run: whoAmI,
		}),
	}
}

// parseLogin takes also the names of a predecessor, which need not follow today's policy.
func parseLogin(field, raw string) (string, error) { return model.ParseText(field, raw, 64) }

func logIn(ctx context.Context, e *Act, in loginInput) (Result, error) {
	if err := e.Sessions.Ready(); err != nil {
		return Result{}, err
	}
	if err := CanLogIn(ctx, e.Env); err != nil {
		return Result{}, err
	}
	var found verified
	err := e.readRight(ctx, "password-file", in.passwordFile, "Password", func(password string) (err error) {
		found, err = e.verifyPassword(ctx, in.username, password)
		return err
	})
	if err != nil {
		return Result{}, err
	}
	if found.MustChange {
		if err := e.changeFirst(ctx, in.newFile, &found); err != nil {
			return Result{}, err
		}
	}
	if err := e.openSession(ctx, found); err != nil {
		return Result{}, err
	}
	actor, err := WhoIs(ctx, e.Env)
	return Result{Message: fmt.Sprintf("Welcome %s, you are logged in as %s (%s) until %s.", actor.FullName, actor.Username, actor.Role,
		e.showTime(actor.Expires)), Next: "today", Does: "shows what waits for you"}, err
}

func logOut(ctx context.Context, e *Act, all bool) (Result, error) {
	if err := e.Sessions.close(ctx, e.Actor, all); err != nil {
		return Result{}, err
	}
	if all {
		e.Store.Left(e.Actor.UserID, 0)
		return Result{Message: fmt.Sprintf("Every session of %s has ended.", e.Actor.Username)}, nil
	}
	e.Store.Left(e.Actor.UserID, e.Actor.SessionID)
	return Result{Message: fmt.Sprintf("Goodbye %s, you are logged out.", e.Actor.FullName)}, nil
}

func refresh(ctx context.Context, e *Act, _ struct{}) (Result, error) {
	if err := e.Sessions.Refresh(ctx); err != nil {
		return Result{}, err
	}
	actor, err := WhoIs(ctx, e.Env)
	return Result{Message: fmt.Sprintf("The session now lasts until %s.", e.showTime(actor.Expires))}, err
}

func whoAmI(_ context.Context, e *Act, _ struct{}) (Result, error) {
	a := e.Actor
	return Result{Table: &Table{Name: "session", Single: true, Columns: []Column{
		{Name: "id", Title: "ID"}, {Name: "username", Title: "Username"}, {Name: "full_name", Title: "Full name"},
		{Name: "role_id", Title: "Role ID", For: Machines}, {Name: "role", Title: "Role"},
		{Name: "session_expires", Title: "Session until"}, {Name: "permissions", Title: "Permissions", Priority: 1},
	}, Rows: [][]Value{{a.UserID, a.Username, a.FullName, a.RoleID, a.Role, a.Expires, knownFirst(a.Permissions)}}}}, nil
}

// patienceInScript is how long a login in an --atomic script waits for whoever is changing its user. If that is the
// script itself, the login would wait in vain.
const patienceInScript = 2 * time.Second

// openSession opens a session of the user, at once also in an --atomic script. Whoever may no longer log in with the
// password that was verified gets the answer for a wrong password.
func (e *Env) openSession(ctx context.Context, who verified) error {
	opening, cancel := ctx, context.CancelFunc(func() {})
	if e.Store != e.Sessions.Store {
		opening, cancel = context.WithTimeout(ctx, patienceInScript)
	}
	defer cancel()
	err := e.Sessions.open(opening, who)
	switch {
	case err != nil && opening.Err() != nil && ctx.Err() == nil:
		return model.Errorf(model.Conflict, "nobody can log in as a user whom the same --atomic script changes").
			WithHint("log in before the change, or run the script without --atomic")
	case errors.Is(err, data.ErrNoSession):
		return errWrongLogin
	}
	return err
}
