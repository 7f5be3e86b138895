package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"epev/data"
	"epev/model"
	"epev/security"
)

// passwordHash is the hash of castPassword, which costs a third of a second to make.
var passwordHash = sync.OnceValues(func() (string, error) { return security.HashPassword(castPassword) })

// lobby is an office whose shells share a session file and a clock.
type lobby struct {
	*office
	file security.SessionFile
	late atomic.Int64 // how far the clock has been put forward
	user int64
}

// newLobby has claire.dubois, whose password is castPassword, among its staff.
func newLobby(t *testing.T) *lobby {
	t.Helper()
	l := &lobby{office: openOffice(t), file: security.NewSessionFile(func(name string) string {
		if name == "TEMP_FILE_PATH" {
			return filepath.Join(t.TempDir(), "session")
		}
		return ""
	})}
	l.user = l.hire("claire.dubois", "commercial")
	return l
}

func (l *lobby) withPassword(users ...int64) {
	l.t.Helper()
	hash, err := passwordHash()
	if err != nil {
		l.t.Fatal(err)
	}
	for _, user := range append(users, l.user) {
		l.exec("update users set password_hash = $1 where id = $2", hash, user)
	}
}

// shell opens another shell on the file.
func (l *lobby) shell() *desk { return l.shellOn(l.openStore()) }

func (l *lobby) shellOn(store *data.Store) *desk {
	d := l.deskOn(store)
	d.env.Sessions.File = &l.file
	d.env.Sessions.Now = func() time.Time { return time.Now().Add(time.Duration(l.late.Load())) }
	return d
}

// pass lets time go by on the clock of every shell.
func (l *lobby) pass(d time.Duration) { l.late.Add(int64(d)) }

// login writes a session of claire.dubois to the file, and returns the shell that did it.
func (l *lobby) login() *desk {
	l.t.Helper()
	d := l.shell()
	if err := d.env.Sessions.OpenAs(context.Background(), "claire.dubois"); err != nil {
		l.t.Fatal(err)
	}
	return d
}

func (l *lobby) onDisk() security.Session {
	l.t.Helper()
	s, err := l.file.Load()
	if err != nil {
		l.t.Fatal(err)
	}
	return s
}

// rotations is how many refresh tokens have been replaced; living, how many sessions last.
func (l *lobby) rotations() int64 { return l.number("select count(*) from @session_token") }
func (l *lobby) living() int64 {
	return l.number("select count(*) from @session where ended_at is null and expires_at > now()")
}

// TestLoginToLogout goes through a session from its first command to its last.
func TestLoginToLogout(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	l.withPassword()
	d := l.shell()
	if e := d.fails(model.Unauthenticated, "client list"); e.Message != "Please login first." {
		t.Errorf("before the login: %q", e.Message)
	}
	d.lines = []string{castPassword}
	if m := d.must("login -u claire.dubois --password-file -").Message; !strings.Contains(m, "claire.dubois") || strings.Contains(m, castPassword) {
		t.Errorf("login says %q", m)
	}
	other := l.shell() // the next epev is already logged in
	other.must("client list")

	before := l.onDisk()
	expires := cell(t, d.must("whoami"), "session_expires").(time.Time)
	l.pass(time.Minute)
	d.must("refresh")
	after := l.onDisk()
	if before.Current.Refresh == after.Current.Refresh || before.Current.Access == after.Current.Access || after.Next != nil {
		t.Error("refresh does not rotate the pair")
	}
	if later := cell(t, d.must("whoami"), "session_expires").(time.Time); !later.After(expires) {
		t.Errorf("refresh moved the session's end from %s to %s", expires, later)
	}
	other.must("refresh") // another shell rotates anew, although this one just did
	if l.rotations() != 2 {
		t.Errorf("%d rotations", l.rotations())
	}

	d.must("logout")
	if _, err := os.Lstat(l.file.Path); !errors.Is(err, os.ErrNotExist) {
		t.Error("the session file stays after the logout")
	}
	for _, shell := range []*desk{d, l.shell()} {
		if e := shell.fails(model.Unauthenticated, "whoami"); e.Message != "Please login first." {
			t.Errorf("after the logout: %q", e.Message)
		}
	}
	if e := other.fails(model.Unauthenticated, "whoami"); e.Message != "Session missing or expired." {
		t.Errorf("the other shell: %q", e.Message)
	}
	if e := other.fails(model.Unauthenticated, "whoami"); e.Message != "Please login first." {
		t.Errorf("the other shell again: %q", e.Message)
	}
	// What was on the disk opens nothing any more.
	if err := l.file.Save(after); err != nil {
		t.Fatal(err)
	}
	l.pass(31 * time.Minute)
	l.shell().fails(model.Unauthenticated, "whoami")
	if got := l.text("select string_agg(action || coalesce(':' || (after->>'reason'), ''), ' ' order by id) from @change_log where resource = 'user' and action in ('login', 'logout')"); got != "login logout:logout" {
		t.Errorf("the history tells %q", got)
	}
}

// TestLogoutEverywhere: --all ends every session of this user, and of nobody else.
func TestLogoutEverywhere(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	l.hire("hugo.lefevre", "commercial")
	here, there, hugo := l.login(), l.desk("claire.dubois"), l.desk("hugo.lefevre")
	third := l.desk("claire.dubois")
	third.must("logout")
	there.must("whoami")
	here.must("logout --all")
	there.fails(model.Unauthenticated, "whoami")
	hugo.must("whoami")
	if l.living() != 1 {
		t.Errorf("%d sessions live", l.living())
	}
}

// TestSilentRenewal: an access token that has run out is renewed without a word while the refresh
// token is good.
func TestSilentRenewal(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	d := l.login()
	history := l.number("select count(*) from @change_log")
	for range 3 {
		l.pass(31 * time.Minute)
		d.must("client list")
		l.shell().must("client list")
	}
	if l.rotations() != 3 {
		t.Errorf("%d rotations", l.rotations())
	}
	if len(d.told) > 0 || l.number("select count(*) from @change_log") != history {
		t.Errorf("the renewal is not silent: %v", d.told)
	}
	l.exec("update session set expires_at = now() - interval '1 second'")
	for _, shell := range []*desk{d, l.shell()} {
		if e := shell.fails(model.Unauthenticated, "client list"); e.Message != "Session missing or expired." || e.Hint == "" {
			t.Errorf("the expired session: %s", told(e))
		}
	}
	l.pass(31 * time.Minute)
	l.shell().fails(model.Unauthenticated, "client list")
	l.login().must("client list")
}

// TestShellsShareOneFile: whichever shell renews first, the others go on with what it left.
func TestShellsShareOneFile(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	l.login()
	a, b := l.shell(), l.shell()
	a.must("whoami")
	b.must("whoami")
	for round, order := range [][2]*desk{{a, b}, {b, a}, {b, a}, {a, b}} {
		l.pass(31 * time.Minute)
		order[0].must("whoami")
		order[1].must("whoami")
		if l.rotations() != int64(round+1) {
			t.Fatalf("%d rotations after %d expiries", l.rotations(), round+1)
		}
	}
	// A shell that has slept through several renewals.
	sleeper := l.shell()
	sleeper.must("whoami")
	for range 3 {
		l.pass(31 * time.Minute)
		a.must("whoami")
	}
	sleeper.must("whoami")
	// Shells that knew the token only after it had run out.
	l.pass(31 * time.Minute)
	late := []*desk{l.shell(), l.shell()}
	for _, d := range late {
		if err := d.env.Sessions.load(); err != nil {
			t.Fatal(err)
		}
	}
	late[0].must("whoami")
	late[1].must("whoami")
	b.must("whoami")
	if l.living() != 1 {
		t.Error("the shells logged each other out")
	}
}

// TestCrashAroundARotation: whoever dies or loses the database between file and database locks nobody out.
func TestCrashAroundARotation(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	l.login()
	nowhere, err := data.Open(data.Config{DSN: "host=" + t.TempDir() + " dbname=none sslmode=disable"})
	if err != nil {
		t.Fatal(err)
	}
	defer nowhere.Close()
	outage := func(d *desk) {
		t.Helper()
		store := d.env.Sessions.Store
		d.env.Sessions.Store = nowhere
		for range 3 {
			d.fails(model.Unavailable, "whoami")
		}
		d.env.Sessions.Store = store
	}
	rotate := func(from, to string) {
		t.Helper()
		err := l.store.Write(context.Background(), data.By{}, func(ctx context.Context, tx *Tx) error {
			r, err := tx.RotateSession(ctx, security.RefreshHash(from), security.RefreshHash(to), nil, time.Now().Add(time.Hour))
			if err == nil && r.Outcome != data.Rotated {
				err = fmt.Errorf("outcome %s", r.Outcome)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name              string
		rotated, outage   bool
		oldShell, restart bool
	}{
		{name: "before the database"},
		{name: "before the database, seen by a shell that was open", oldShell: true},
		{name: "after the database", rotated: true},
		{name: "after the database, seen by a shell that was open", rotated: true, oldShell: true},
		{name: "before, then the database is away", outage: true},
		{name: "after, then the database is away", rotated: true, outage: true},
		{name: "before, then the database is away and the shell dies", outage: true, restart: true},
		{name: "after, then the database is away and the shell dies", rotated: true, outage: true, restart: true},
	} {
		d := l.shell()
		if c.oldShell {
			d.must("whoami")
		}
		l.pass(31 * time.Minute)
		stored := l.onDisk()
		next, _ := security.NewRefreshToken()
		stored.Next = &security.TokenPair{Refresh: next}
		if err := l.file.Save(stored); err != nil {
			t.Fatal(err)
		}
		if c.rotated {
			rotate(stored.Current.Refresh, next)
		}
		if c.outage {
			outage(d)
		}
		if c.restart {
			d = l.shell()
		}
		if _, err := d.do("whoami"); err != nil {
			t.Fatalf("%s: %s", c.name, told(err))
		}
		if l.onDisk().Next != nil {
			t.Errorf("%s: the file still holds two tokens", c.name)
		}
		l.shell().must("whoami")
	}
	// The database is away while nothing had gone wrong before.
	d := l.shell()
	l.pass(31 * time.Minute)
	outage(d)
	d.must("whoami")
	if l.living() != 1 {
		t.Errorf("%d sessions live", l.living())
	}
}

// TestAnotherLoginInTheFile: a shell keeps its own session when another one logs somebody else in, and
// neither harms the other.
func TestAnotherLoginInTheFile(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	l.hire("hugo.lefevre", "commercial")
	claire := l.login()
	hugo := l.shell()
	if err := hugo.env.Sessions.OpenAs(context.Background(), "hugo.lefevre"); err != nil {
		t.Fatal(err)
	}
	who := func(d *desk) string { t.Helper(); return cell(t, d.must("whoami"), "username").(string) }
	for range 2 {
		if who(claire) != "claire.dubois" || who(hugo) != "hugo.lefevre" || who(l.shell()) != "hugo.lefevre" {
			t.Fatal("a shell changed hands")
		}
		l.pass(31 * time.Minute)
	}
	claire.must("refresh")
	if who(claire) != "claire.dubois" || who(hugo) != "hugo.lefevre" {
		t.Fatal("a shell changed hands at its renewal")
	}
	claire.must("logout") // leaves the file of the other session alone
	if who(l.shell()) != "hugo.lefevre" {
		t.Error("the logout took the other session's file away")
	}
	if who(claire) != "hugo.lefevre" {
		t.Error("a shell without a session does not take up the file's")
	}
}

// TestKeyRollover: sessions outlive a change of SECRET_KEY.
func TestKeyRollover(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	l.login()
	keys := func(current, kid, previous, previousKID string) {
		t.Helper()
		var err error
		if l.keys, err = security.NewKeys(current, kid, previous, previousKID); err != nil {
			t.Fatal(err)
		}
	}
	old, young, third := strings.Repeat("k", 32), strings.Repeat("n", 32), strings.Repeat("t", 32)
	keys(young, "v2", old, "v1")
	d := l.shell()
	d.must("whoami")
	if l.rotations() != 0 {
		t.Error("a token of the previous key is not accepted")
	}
	l.pass(31 * time.Minute)
	d.must("whoami")
	keys(third, "v3", young, "v2")
	l.shell().must("whoami")
	if l.rotations() != 1 {
		t.Error("the renewed token is not of the current key")
	}
	keys(old, "v9", "", "") // neither key is known any more: the refresh token still opens the session
	l.shell().must("whoami")
	if l.rotations() != 2 {
		t.Errorf("%d rotations", l.rotations())
	}
	l.keys = nil
	broken := l.shell()
	broken.env.Sessions.Keys = func() (*security.Keys, error) { return security.NewKeys("", "v1", "", "") }
	if e := broken.fails(model.Usage, "whoami"); e.Message != "SECRET_KEY is not set" {
		t.Errorf("without a key: %q", e.Message)
	}
	broken.must("help")
}

// TestFailedLoginsSlowDown: after repeated failures a login of that name waits, the right one too, and
// nobody else.
func TestFailedLoginsSlowDown(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	l.hire("hugo.lefevre", "commercial")
	l.withPassword()
	l.exec("insert into login_attempt (username, failures) values ('claire.dubois', 2)")
	d := l.shell()
	for range 2 {
		d.lines = []string{"Wrong-Horse-1"}
		d.fails(model.Unauthenticated, "login -u claire.dubois --password-file -")
	}
	if len(d.told) > 0 {
		t.Errorf("too early: %v", d.told)
	}
	l.exec("update login_attempt set next_at = now() + interval '1 hour'") // so that the test waits for nothing
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	d.env.Tell = func(line string) { d.told = append(d.told, line); cancel() }
	for _, name := range []string{"claire.dubois", "CLAIRE.DUBOIS"} {
		d.lines = []string{castPassword}
		_, err := d.doWithin(ctx, "login -u %s --password-file -", name)
		if model.KindOf(err) != model.Interrupted {
			t.Fatalf("the fifth login as %s: %v", name, err)
		}
	}
	if len(d.told) == 0 || !strings.Contains(d.told[0], "waiting") {
		t.Errorf("told %v", d.told)
	}
	l.exec("update login_attempt set next_at = now()")
	d.lines = []string{castPassword}
	d.must("login -u claire.dubois --password-file -")
	if n := l.number("select count(*) from @login_attempt"); n != 0 {
		t.Errorf("%d names are still slowed down", n)
	}
}

// TestOwnPassword: one's own password changes after the current one, everybody else's sessions of that
// user end, and no secret is told or kept.
func TestOwnPassword(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	l.withPassword()
	l.hire("manon.directrice", "management")
	d, elsewhere, manager := l.login(), l.desk("claire.dubois"), l.desk("manon.directrice")
	d.lines = []string{"Wrong-Horse-1", "New-Horse-22"}
	d.fails(model.Denied, "user update-password %d --password-file -", l.user)
	if len(d.lines) > 0 {
		t.Errorf("%d lines are left over, to be run as commands", len(d.lines))
	}
	d.lines = []string{castPassword, "New-Horse-22"}
	d.must("user update-password %d --password-file -", l.user)
	d.must("whoami")
	elsewhere.fails(model.Unauthenticated, "whoami")
	d.lines = []string{"New-Horse-22"}
	d.must("login -u claire.dubois --password-file -")

	manager.lines = []string{"short"}
	e := manager.fails(model.Usage, "user update-password claire.dubois --password-file -")
	if strings.Contains(told(e), "short") {
		t.Error(told(e))
	}
	manager.lines = []string{"Third-Horse-3"}
	manager.must("user update-password claire.dubois --password-file -")
	d.fails(model.Unauthenticated, "whoami")
	if n := l.number("select count(*) from @change_log where (before::text || coalesce(after::text, '')) ~ 'Horse|[$]2'"); n != 0 {
		t.Error("the history holds a secret")
	}
	if n := l.number("select count(*) from @change_log where session_id is not null and after = '{\"password\": \"changed\"}'"); n != 2 {
		t.Errorf("the history tells of %d changes of the password", n)
	}
}

// TestLoginThatLostAgainstAManager: between the check of a password and the opening of the session lies a third
// of a second. If the password is changed or the user deactivated in it, the login is answered like one
// with a wrong password.
func TestLoginThatLostAgainstAManager(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	l.hire("manon.directrice", "management")
	manager := l.desk("manon.directrice")
	for _, change := range []func(){
		func() {
			manager.lines = []string{"New-Horse-22"}
			manager.must("user update-password claire.dubois --password-file -")
		},
		func() { manager.must("user deactivate claire.dubois") },
	} {
		l.exec("update users set password_hash = $1 where id = $2", hashOfCost(t, castPassword, bcrypt.MinCost), l.user) // to be renewed, too
		d := l.shell()
		found, err := d.env.verifyPassword(t.Context(), "claire.dubois", castPassword)
		if err != nil {
			t.Fatal(err)
		}
		change()
		_, wrong := d.env.verifyPassword(t.Context(), "claire.dubois", "Wrong-Horse-1")
		if got, want := told(d.env.openSession(t.Context(), found)), told(wrong); got != want {
			t.Errorf("the login is told %q, and with a wrong password %q", got, want)
		}
		d.fails(model.Unauthenticated, "whoami")
	}
	if n := l.number("select count(*) from @session where user_id = $1", l.user); n != 0 {
		t.Errorf("%d sessions were opened", n)
	}
}

// TestLoginRenewsTheHash: one of an older cost opens the session and is replaced, or stays for the next
// login where somebody else holds the user's row.
func TestLoginRenewsTheHash(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	old := hashOfCost(t, castPassword, bcrypt.MinCost)
	l.exec("update users set password_hash = $1 where id = $2", old, l.user)
	login := func() {
		t.Helper()
		d := l.shell()
		d.lines = []string{castPassword}
		d.must("login -u claire.dubois --password-file -")
		d.must("whoami")
	}
	holder, err := l.db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Rollback()
	if _, err := holder.Exec("select from epic_events.users where id = $1 for share", l.user); err != nil {
		t.Fatal(err)
	}
	login()
	if err := holder.Rollback(); err != nil {
		t.Fatal(err)
	}
	if l.text("select password_hash from @users where id = $1", l.user) != old {
		t.Fatal("the hash was renewed although the row was held")
	}
	login()
	renewed := l.text("select password_hash from @users where id = $1", l.user)
	if ok, again := security.VerifyPassword(renewed, castPassword); renewed == old || !ok || again {
		t.Errorf("the hash is %s", renewed)
	}
}

func hashOfCost(t *testing.T, password string, cost int) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

// TestLoginWithoutASessionFile: where the file cannot be written, nobody is logged in, neither here nor in the
// database, and the message says what to do.
func TestLoginWithoutASessionFile(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	l.withPassword()
	if err := os.Mkdir(l.file.Path, 0o700); err != nil {
		t.Fatal(err)
	}
	d := l.shell()
	d.lines = []string{castPassword}
	if e := d.fails(model.Unauthenticated, "login -u claire.dubois --password-file -"); !strings.Contains(e.Message, l.file.Path) || !strings.Contains(e.Hint, "remove it") {
		t.Error(told(e))
	}
	if err := os.Remove(l.file.Path); err != nil {
		t.Fatal(err)
	}
	if e := d.fails(model.Unauthenticated, "whoami"); e.Message != "Please login first." {
		t.Error(told(e))
	}
	if l.living() != 0 {
		t.Error("a session lives that nobody has")
	}
	d.lines = []string{castPassword}
	d.must("login -u claire.dubois --password-file -")
	d.must("whoami")
}

// TestInterruptedLogout: one that waits for another shell, which renews the session, has done nothing.
func TestInterruptedLogout(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	d := l.login()
	unlock, err := l.file.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	logout := make(chan error)
	go func() { _, err := d.doWithin(ctx, "logout"); logout <- err }()
	authorised := func() bool {
		return l.number(`select count(*) from pg_stat_activity where datname = current_database() and state = 'idle' and query like '%permissions%'`) > 0
	}
	for l.living() == 1 && !authorised() {
	}
	for range 200 { // from here on it could end the session
		if l.living() == 0 {
			break
		}
	}
	cancel()
	err = <-logout
	unlock()
	if model.KindOf(err) != model.Interrupted || l.living() != 1 {
		t.Errorf("%d sessions live: %s", l.living(), told(err))
	}
	d.must("logout")
	if l.living() != 0 {
		t.Error("the session lives on")
	}
}

// TestLogoutWithoutASessionFile: who can no longer keep a session can still end it.
func TestLogoutWithoutASessionFile(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	d := l.login()
	if err := os.Chmod(filepath.Dir(l.file.Path), 0o777); err != nil {
		t.Fatal(err)
	}
	if e := d.fails(model.Unauthenticated, "logout"); !strings.Contains(e.Message, l.file.Path) {
		t.Error(told(e))
	}
	if l.living() != 0 {
		t.Error("the session lives on")
	}
}
