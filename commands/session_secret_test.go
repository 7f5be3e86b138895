package commands

import (
	"context"
	"testing"
	"time"

	"epev/model"
	"epev/security"
)

// TestSessionIDsCannotBeGuessed: whoever has SECRET_KEY, and with it can sign what they like, becomes nobody by
// the ids of sessions, which everybody may see.
func TestSessionIDsCannotBeGuessed(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	manager := l.hire("manon.directrice", "management")
	l.desk("manon.directrice").must("whoami")
	session := l.number("select max(id) from @session where user_id = $1", manager)
	mine := l.login()
	own := l.onDisk().Current
	for name, secret := range map[string]string{
		"no secret": "", "a guess": "guess", "one's own secret": security.SecretOf(own.Access),
		"the hash for the secret": l.text("select encode(secret_hash, 'hex') from @session where id = $1", session),
	} {
		forged, err := l.keys.Sign(manager, session, secret, time.Now(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.file.Save(security.Session{Current: security.TokenPair{Access: forged, Refresh: "unknown"}}); err != nil {
			t.Fatal(err)
		}
		thief := l.shell()
		for _, command := range []string{"whoami", "user list", "client view 1", "refresh", "logout"} {
			thief.fails(model.Unauthenticated, "%s", command)
		}
		if _, err := WhoIs(context.Background(), l.shell().env); model.KindOf(err) != model.Unauthenticated {
			t.Errorf("%s: completion is told %v", name, err)
		}
	}
	mine.must("whoami")
	if l.living() != 2 {
		t.Errorf("%d sessions live", l.living())
	}
	if n := l.number("select count(*) from @session where position(convert_to($1, 'utf8') in secret_hash) > 0", security.SecretOf(own.Access)); n != 0 {
		t.Error("the secret itself is stored")
	}
}

// TestTokensOfBeforeRenewThemselves: an access token of the time before session secrets counts as expired, and its
// refresh token opens the session without a word, in every shell that shares it.
func TestTokensOfBeforeRenewThemselves(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	l.login()
	session := l.number("select max(id) from @session")
	l.exec("update session set secret_hash = null")
	before, err := l.keys.Sign(l.user, session, "", time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.file.Save(security.Session{Current: security.TokenPair{Access: before, Refresh: l.onDisk().Current.Refresh}}); err != nil {
		t.Fatal(err)
	}
	shells := []*desk{l.shell(), l.shell(), l.shell()}
	for _, d := range shells {
		if err := d.env.Sessions.load(); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range shells {
		d.must("client list")
		if len(d.told) > 0 {
			t.Errorf("told %v", d.told)
		}
	}
	if l.rotations() != 1 || l.living() != 1 {
		t.Errorf("%d rotations, %d sessions", l.rotations(), l.living())
	}
}

// TestTheSecretOutlivesRotations: a shell that rotates the session does not shut the others out.
func TestTheSecretOutlivesRotations(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	l.login()
	a, b := l.shell(), l.shell()
	b.must("whoami")
	for range 3 {
		a.must("refresh")
		b.must("whoami")
	}
	l.keys, _ = security.NewKeys("another key, in whose light no old token is good", "v9", "", "")
	l.shell().must("whoami")
	b.must("whoami")
}
