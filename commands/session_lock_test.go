package commands

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"epev/data"
	"epev/model"
	"epev/security"
)

// impatient makes a shell give up the lock at once, so that no test waits for it.
func (d *desk) impatient() *desk {
	d.env.Sessions.patient = time.Millisecond
	d.env.Sessions.Tell = d.env.Tell
	return d
}

// TestAStoppedShellHangsNobody: while one shell keeps the lock, as a stopped one does, login, refresh and the silent
// renewal say who does and give up, and a logout logs out.
func TestAStoppedShellHangsNobody(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	l.withPassword()
	l.login()
	refreshing, renewing, leaving := l.shell().impatient(), l.shell().impatient(), l.shell().impatient()
	for _, d := range []*desk{refreshing, renewing, leaving} {
		d.must("whoami")
	}
	unlock, err := l.file.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	says := func(d *desk, command string) {
		t.Helper()
		d.told = nil
		e := d.fails(model.Unavailable, "%s", command)
		holder := fmt.Sprintf("another shell (process %d) keeps the session file %s locked", os.Getpid(), l.file.Path)
		if e.Message != holder || e.Hint == "" || len(d.told) != 1 || d.told[0] != "Waiting: "+holder+"." {
			t.Errorf("%s: %s; told before: %q", command, told(e), d.told)
		}
	}
	says(refreshing, "refresh")
	logging := l.shell().impatient()
	logging.lines = []string{castPassword}
	says(logging, "login -u claire.dubois --password-file -")
	leaving.must("logout")
	if _, err := os.Lstat(l.file.Path); !os.IsNotExist(err) || l.living() != 0 {
		t.Errorf("after the logout %d sessions live, and the file: %v", l.living(), err)
	}
	l.pass(31 * time.Minute)
	says(renewing, "whoami")
	if l.rotations() != 0 {
		t.Errorf("%d rotations", l.rotations())
	}
}

// TestKilledWhileItsCommitIsUnderWay: a shell dies after it sent the COMMIT of a rotation, and before the server has
// carried it out. The next shell waits for that, and goes on with the session, which nobody has stolen.
func TestKilledWhileItsCommitIsUnderWay(t *testing.T) {
	t.Parallel()
	for name, resolve := range map[string]string{"it is committed": "commit", "it comes to nothing": "rollback"} {
		for _, command := range []string{"whoami", "refresh"} {
			t.Run(name+", "+command, func(t *testing.T) {
				t.Parallel()
				l := newLobby(t)
				l.login()
				l.pass(31 * time.Minute)
				stored := l.onDisk()
				next, nextHash := security.NewRefreshToken()
				stored.Next = &security.TokenPair{Refresh: next}
				if err := l.file.Save(stored); err != nil {
					t.Fatal(err)
				}
				// The dead shell's transaction, as the server has it.
				ctx := context.Background()
				dead, err := l.db.Conn(ctx)
				if err != nil {
					t.Fatal(err)
				}
				defer dead.Close()
				for _, statement := range []string{"begin", "set local search_path = epic_events"} {
					if _, err := dead.ExecContext(ctx, statement); err != nil {
						t.Fatal(err)
					}
				}
				oldHash := security.RefreshHash(stored.Current.Refresh)
				if _, err := dead.ExecContext(ctx, "insert into session_token (token_hash, session_id) select $1, id from session where token_hash = $1", oldHash); err != nil {
					t.Fatal(err)
				}
				if _, err := dead.ExecContext(ctx, "update session set token_hash = $2, expires_at = now() + interval '1 day' where token_hash = $1", oldHash, nextHash); err != nil {
					t.Fatal(err)
				}
				d := l.shell()
				answer := make(chan error, 1)
				go func() { _, err := d.do("%s", command); answer <- err }()
				for l.number("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()") == 0 {
					select {
					case err := <-answer:
						t.Fatalf("it did not wait: %v", err)
					default:
					}
				}
				if _, err := dead.ExecContext(ctx, resolve); err != nil {
					t.Fatal(err)
				}
				if err := <-answer; err != nil {
					t.Fatal(told(err))
				}
				l.shell().must("refresh")
				d.must("whoami")
				if l.living() != 1 || l.number("select count(*) from @change_log where action = 'logout'") != 0 {
					t.Errorf("%d sessions live", l.living())
				}
			})
		}
	}
}

// TestARotationOfUnknownOutcomeIsDoneAgain: a shell without a file remembers what it was about to do when it lost
// the database in the midst of it.
func TestARotationOfUnknownOutcomeIsDoneAgain(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	d := l.desk("claire.dubois")
	s := d.env.Sessions
	s.Now = func() time.Time { return time.Now().Add(31 * time.Minute) }
	next, hash := security.NewRefreshToken()
	s.next = &security.TokenPair{Refresh: next}
	err := l.store.Write(t.Context(), data.By{}, func(ctx context.Context, tx *Tx) error {
		_, err := tx.RotateSession(ctx, security.RefreshHash(s.pair.Refresh), hash, nil, time.Now().Add(time.Hour))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d.must("whoami")
	if l.living() != 1 || s.next != nil || strings.Contains(fmt.Sprint(d.told), "expired") {
		t.Errorf("%d sessions live", l.living())
	}
}
