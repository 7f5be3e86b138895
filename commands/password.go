package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"epev/commands/sentences"
	"epev/data"
	"epev/model"
	"epev/security"
)

const (
	passwordSources = "--password-file takes a file only you can read, or - for the next line of the input"
	passwordHint    = "leave it out to be asked for it, or use --password-file PATH (a file only you can read, or - for the next line of the input)"
)

// passwordField is the one way to give a password without a prompt.
func passwordField[T any](place func(in *T) *string) Field[T] {
	return field(Param{Name: "password-file", Format: "PATH", Unasked: true, Secret: true, Source: &Source{Local: true, Path: true},
		Help: "file that holds the password and that only you can read; - takes the next line of the input; without it you are asked"}, place, parsePath)
}

func parsePath(field, raw string) (string, error) {
	if raw == "" {
		return "", model.Invalid(field, "--%s is empty", field).WithHint("give a path, or - for the next line of the input")
	}
	return raw, nil
}

// readSecret takes a password from where the flag says: the file, the next line of the input,
// or the person, who is asked twice when confirm is set. RequireAll has seen to it that there is one.
func (e *Act) readSecret(ctx context.Context, flag, path, label string, confirm bool) (string, error) {
	switch {
	case path == "-" && e.NextLine == nil:
		return e.AskSecret(ctx, label, nil)
	case path == "-":
		line, err := e.NextLine()
		if errors.Is(err, io.EOF) {
			return "", model.Invalid("password-file", "there is no next line to read the password from").
				WithHint("put the password on the line after the command")
		}
		return strings.TrimPrefix(line, "\ufeff"), err // of a file that was put into the input
	case path != "":
		return security.ReadPasswordFile(atHome(path), e.Invoker)
	}
	if typed, ok := e.typed[flag]; ok {
		return typed, nil
	}
	secret, err := e.askSecret(ctx, label, confirm)
	if err == nil && e.typed != nil {
		e.typed[flag] = secret
	}
	return secret, err
}

// types reports whether the person types the secret that such a flag would name.
func (e *Act) types(path string) bool { return path == "" || path == "-" && e.NextLine == nil }

// secretTries is how often a person is asked for a password that is wrong.
const secretTries = 3

// readRight reads a password that must be right, as judge says. A person who types it is asked again when it is
// not, and has three tries in all.
func (e *Act) readRight(ctx context.Context, flag, path, label string, judge func(password string) error) error {
	typed := e.types(path)
	for try := 1; ; try++ {
		password, err := e.readSecret(ctx, flag, path, label, false)
		if err != nil {
			return err
		}
		wrong := judge(password)
		if e, ok := errors.AsType[*model.Error](wrong); !ok || e.Kind != model.Unauthenticated && e.Kind != model.Denied {
			return wrong
		}
		delete(e.typed, flag)
		if !typed || try == secretTries {
			return wrong
		}
		e.Tell(sentences.Of(wrong).Message + "; try again")
	}
}

func (e *Act) askSecret(ctx context.Context, label string, confirm bool) (string, error) {
	if !confirm {
		return e.AskSecret(ctx, label, nil)
	}
	for {
		secret, err := e.AskSecret(ctx, label, e.Policy.CheckPassword)
		if err != nil {
			return "", err
		}
		again, err := e.AskSecret(ctx, label+" again", nil)
		if err != nil || again == secret {
			return again, err
		}
		e.Tell("The two passwords differ: type both anew.")
	}
}

// hash checks a new password against the policy and hashes it.
func (e *Act) hash(password string) (string, error) {
	if err := e.Policy.CheckPassword(password); err != nil {
		return "", err
	}
	return security.HashPassword(password)
}

// passwordChange is the input of user update-password.
type passwordChange struct {
	user                      reference
	currentFile, passwordFile string
	passwordHash              string
}

func updatePassword() Command {
	return Define(Spec[passwordChange]{
		Command: Command{Path: "user update-password", Help: "Change a password: your own, or with user:update anybody's",
			Example: "user update-password 3",
			Access:  LoggedIn(), Writes: true},
		Fields: []Field[passwordChange]{
			recordField(userNoun(), withPasswords(), func(in *passwordChange) *reference { return &in.user }),
			passwordField(func(in *passwordChange) *string { return &in.passwordFile }),
			field(Param{Name: "current-password-file", Format: "PATH", Unasked: true, Source: &Source{Local: true, Path: true},
				Help: "file that holds your current password; - takes the next line of the input, before the new one"},
				func(in *passwordChange) *string { return &in.currentFile }, anything),
		},
		Prepare: readPasswords, Run: changePassword,
	})
}

// whosePassword is the user whose password changes: oneself, or anybody with user:update.
func whosePassword(ctx context.Context, e *Act, ref reference) (model.User, error) {
	if ref.is(e.Actor.UserID, e.Actor.Username) {
		return e.Data.User(ctx, model.Everything, e.Actor.UserID)
	}
	return userNoun().find(ctx, e, ref, "update")
}

// readPasswords takes the new password, and of one's own the current one before it.
func readPasswords(ctx context.Context, e *Act, in *passwordChange) error {
	u, err := whosePassword(ctx, e, in.user)
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
}

func changePassword(ctx context.Context, e *Act, in passwordChange) (Result, error) {
	u, err := whosePassword(ctx, e, in.user)
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
	e.note("user updated")
	if u.ID == e.Actor.UserID {
		if err := e.Tx.MayKeep(ctx, u.ID); err != nil {
			return Result{}, err
		}
		return Result{Message: "Your password is changed; your other sessions have ended."}, nil
	}
	return Result{Message: fmt.Sprintf("The password of %s is changed; their sessions have ended.", u.Username)}, nil
}

// currentPassword tells where the one comes from that one's own change takes (SPEC 4).
func (e *Act) currentPassword(in passwordChange) (path string, err error) {
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
func (e *Act) checkOwnPassword(ctx context.Context, current string) error {
	known := security.RefreshHash(fmt.Sprint("session ", e.Actor.SessionID))
	_, err := e.verifyPasswordOf(ctx, e.Actor.Username, current, known)
	if model.KindOf(err) == model.Unauthenticated {
		return model.Errorf(model.Denied, "You don't have permission to change the password: the current password is wrong").
			WithHint("type your current password first; a manager can set a new one")
	}
	return err
}

// errWrongLogin is the one answer to every login that lets nobody in.
var errWrongLogin = &model.Error{Kind: model.Unauthenticated, Message: "wrong username or password", Hint: "try again; a manager can set a new password"}

// verified is who a username and password belong to.
type verified struct {
	data.Credentials
	renewedHash string // the stronger successor of a hash of an older cost
}

// changeFirst has a user who logs in with a password that somebody else chose choose another one. Whoever knew the first one is out.
func (e *Act) changeFirst(ctx context.Context, path string, who *verified) error {
	if path == "" && e.AskSecret == nil {
		return model.Errorf(model.Unauthenticated, "the first password of %s is to be changed at the first login", who.Username).
			WithHint("log in at a terminal, or give --new-password-file PATH, or - for the next line of the input")
	}
	if e.types(path) {
		e.Tell("This password was chosen by somebody else: choose your own.")
	}
	password, err := e.readSecret(ctx, "new-password-file", path, "New password", true)
	if err != nil {
		return err
	}
	if same, _ := security.VerifyPassword(who.PasswordHash, password); same {
		return model.Invalid("new-password-file", "the new password is the first one").WithHint("choose another, and log in again")
	}
	hash, err := e.hash(password)
	if err != nil {
		return err
	}
	by := data.By{ActorID: who.UserID, Actor: who.Username}
	err = e.Sessions.Store.Write(ctx, by, func(ctx context.Context, tx *Tx) error {
		if err := tx.ChoosePassword(ctx, who.UserID, who.PasswordHash, hash); err != nil {
			return err
		}
		_, err := tx.EndSessions(ctx, who.UserID, 0, "password changed")
		return err
	})
	if errors.Is(err, data.ErrNoSession) { // while the question waited, whoever else knows the first password has chosen theirs
		return errWrongLogin
	}
	who.PasswordHash, who.renewedHash = hash, ""
	return err
}

// verifyPassword checks a username and password, slowly after repeated failures. An unknown user, an
// inactive one and a wrong password are answered alike, in words and in time (SPEC 7).
func (e *Env) verifyPassword(ctx context.Context, username, password string) (verified, error) {
	// Whoever was in from this machine before is not slowed by what strangers try with their name.
	known := e.Sessions.machineHash()
	if known != nil {
		is, err := e.Sessions.Store.Read().KnowsMachine(ctx, username, known)
		if err != nil {
			return verified{}, err
		}
		if !is {
			known = nil
		}
	}
	return e.verifyPasswordOf(ctx, username, password, known)
}

// verifyPasswordOf is verifyPassword for whoever is known by a hash, or for a stranger with none.
func (e *Env) verifyPasswordOf(ctx context.Context, username, password string, known []byte) (verified, error) {
	store := e.Sessions.Store
	if err := e.reserveLogin(ctx, username, known); err != nil {
		return verified{}, err
	}
	c, err := store.Read().Credentials(ctx, username)
	if err != nil {
		return verified{}, err
	}
	ok, renew := false, false
	if c.IsActive {
		ok, renew = security.VerifyPassword(c.PasswordHash, password)
	} else {
		security.VerifyNobody(password)
	}
	if !ok {
		return verified{}, errWrongLogin
	}
	v := verified{Credentials: c}
	if renew {
		if v.renewedHash, err = security.HashPassword(password); err != nil {
			return verified{}, err
		}
	}
	return v, store.Write(ctx, data.By{}, func(ctx context.Context, tx *Tx) error { return tx.LoginSucceeded(ctx, username, known) })
}

// throttle is how failed logins slow down those that follow.
var throttle = data.Throttle{Each: security.LoginDelay, All: security.TotalDelay, Forget: security.ForgetFailures}

// reserveLogin counts the attempt as a failed one before it is made, and waits out the delay that
// the failures before it earned.
func (e *Env) reserveLogin(ctx context.Context, username string, known []byte) error {
	for told := false; ; {
		var wait time.Duration
		err := e.Sessions.Store.Write(ctx, data.By{}, func(ctx context.Context, tx *Tx) (err error) {
			wait, err = tx.ReserveLogin(ctx, username, known, throttle)
			return err
		})
		switch {
		case err != nil || wait <= 0:
			return err
		case !told:
			e.Tell(fmt.Sprintf("Several logins have failed: waiting %s.", max(wait.Round(time.Second), time.Second)))
			told = true
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return &model.Error{Kind: model.Interrupted, Message: "interrupted", Err: ctx.Err()}
		}
	}
}
