package data_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"epev/data"
	"epev/model"
)

// A siege is a database whose clock, as far as logins go, is the test's: time goes by when what was written is put back.
type siege struct {
	*desk
	db  *sqlx.DB
	now time.Duration // since the beginning
}

// throttle is that of package security, which this one does not know: three are free with a name, and ten of all.
var throttle = data.Throttle{
	Each:   func(failures int) time.Duration { return doubling(failures-3, 30*time.Second) },
	All:    func(failures int) time.Duration { return doubling(failures-10, 5*time.Second) },
	Forget: 15 * time.Minute,
}

func doubling(tooMany int, most time.Duration) time.Duration {
	if tooMany <= 0 {
		return 0
	}
	return min(time.Second<<min(tooMany-1, 5), most)
}

func newSiege(t testing.TB) *siege {
	t.Helper()
	d := newDesk(t)
	return &siege{desk: d, db: d.raw(t)}
}

func (s *siege) pass(t testing.TB, d time.Duration) {
	t.Helper()
	s.now += d
	_, err := s.db.Exec(`update epic_events.login_attempt set last_at = last_at - make_interval(secs => $1), next_at = next_at - make_interval(secs => $1)`, d.Seconds())
	if err != nil {
		t.Fatal(err)
	}
}

func (s *siege) try(t testing.TB, name string, known []byte) (wait time.Duration) {
	t.Helper()
	s.must(t, data.By{}, func(ctx context.Context, tx *data.Tx) (err error) {
		wait, err = tx.ReserveLogin(ctx, name, known, throttle)
		return err
	})
	return wait
}

func (s *siege) succeeds(t testing.TB, name string, known []byte) {
	t.Helper()
	s.must(t, data.By{}, func(ctx context.Context, tx *data.Tx) error { return tx.LoginSucceeded(ctx, name, known) })
}

// machine is the hash of a machine's secret.
func machine(name string) []byte {
	hash := sha256.Sum256([]byte(name))
	return hash[:]
}

// TestASiegeKeepsNobodyOutWhoWasInBefore: strangers guess at one name for an hour without a pause. Its owner comes and goes on
// a machine they were in from before, and never waits; the strangers have few guesses, and none more for that.
func TestASiegeKeepsNobodyOutWhoWasInBefore(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	mine := machine("my desk")
	guesses := 0
	for s.now < time.Hour {
		wait := time.Second
		if guesses > 9 {
			wait = time.Minute
		}
		for range 3 { // who is first has the guess
			if w := s.try(t, "sam", nil); w == 0 {
				guesses++
			} else {
				wait = min(wait, w)
			}
		}
		if s.now%(5*time.Minute) < wait {
			if w := s.try(t, "Sam", mine); w != 0 {
				t.Fatalf("after %s the owner waits %s", s.now, w)
			}
			s.succeeds(t, "Sam", mine)
		}
		s.pass(t, wait)
	}
	if guesses < 100 || guesses > 3+6+3600/30 {
		t.Errorf("the strangers had %d guesses in an hour", guesses)
	}
	// A thief at the owner's own machine is slowed there.
	for n := range 5 {
		if w := s.try(t, "sam", mine); (w > 0) != (n == 4) {
			t.Errorf("guess %d on the machine waits %s", n+1, w)
		}
	}
	if w := s.try(t, "sam", machine("another desk")); w != 0 {
		t.Errorf("the owner's other machine waits %s", w)
	}
}

// TestManyNamesAreSlowedInTotal: twenty names guessed at, in turn or at once, are slowed as one.
func TestManyNamesAreSlowedInTotal(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	var at atomic.Int64
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			if s.try(t, fmt.Sprint("user", n), nil) == 0 {
				at.Add(1)
			}
		})
	}
	all.Wait()
	if at.Load() != 10+1 {
		t.Errorf("%d of 20 guesses at once went through, want the ten that are free and the one after", at.Load())
	}
	guesses := 0
	for s.now = 0; s.now < 5*time.Minute; {
		wait := time.Minute
		for n := range 20 {
			if w := s.try(t, fmt.Sprint("user", n), nil); w == 0 {
				guesses++
			} else {
				wait = min(wait, w)
			}
		}
		s.pass(t, wait)
	}
	if guesses < 50 || guesses > 300/5+5 {
		t.Errorf("twenty names had %d guesses in five minutes", guesses)
	}
	s.pass(t, 5*time.Second)
	if w := s.try(t, "newcomer", nil); w != 0 { // who takes the turn, so that the next stranger waits all of it
		t.Errorf("at its turn a newcomer waits %s", w)
	}
	if w := s.try(t, "carl", machine("carl's")); w != 0 {
		t.Errorf("somebody known waits %s", w)
	}
	if w := s.try(t, "carl", nil); w == 0 || w > 5*time.Second {
		t.Errorf("a stranger waits %s", w)
	}
	// Once it is over, nobody is slowed any more.
	s.pass(t, 16*time.Minute)
	for _, name := range []string{"user1", "carl", "user2"} {
		if w := s.try(t, name, nil); w != 0 {
			t.Errorf("long after the siege %s waits %s", name, w)
		}
	}
}

// TestNobodyIsLockedForGood: the owner comes to a new machine in the midst of a siege of their name by ten processes, and of
// nineteen other names. Each waits as it is told; among them the owner gets a turn.
func TestNobodyIsLockedForGood(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	r := rand.New(rand.NewPCG(8, 0))
	var waits time.Duration
	for round := range 3 {
		began := s.now
		for turn := 0; ; turn++ {
			if turn > 5000 {
				t.Fatalf("round %d: still outside after %s", round, s.now-began)
			}
			crowd := []string{"owner"}
			for range 10 {
				crowd = append(crowd, "sam", fmt.Sprint("user", r.IntN(19)))
			}
			r.Shuffle(len(crowd), func(i, j int) { crowd[i], crowd[j] = crowd[j], crowd[i] })
			in, wait := false, time.Hour
			for _, who := range crowd {
				name := who
				if who == "owner" {
					name = "sam"
				}
				switch w := s.try(t, name, nil); {
				case w > 0:
					wait = min(wait, w)
				case who == "owner":
					in = true
				}
			}
			if in {
				break
			}
			s.pass(t, wait)
		}
		waits += s.now - began
	}
	if mean := waits / 3; mean > 30*time.Minute {
		t.Errorf("the owner waits %s on the mean", mean)
	}
}

// TestMachinesAreRemembered: of their user alone, whatever case the name has, the last twenty of them, and no longer than there
// is the user.
func TestMachinesAreRemembered(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	knows := func(name, m string) bool {
		t.Helper()
		known, err := s.Read().KnowsMachine(t.Context(), name, machine(m))
		if err != nil {
			t.Fatal(err)
		}
		return known
	}
	remember := func(m string) {
		t.Helper()
		s.must(t, data.By{}, func(ctx context.Context, tx *data.Tx) error {
			return tx.RememberMachine(ctx, s.sam.ActorID, machine(m))
		})
	}
	if knows("sam", "desk 0") {
		t.Error("a machine is known before anybody was in from it")
	}
	for n := range 25 {
		remember(fmt.Sprint("desk ", n))
		remember("laptop")
	}
	for name, want := range map[string]bool{"sam": true, "SAM": true, "carl": false, "nobody": false, "": false} {
		if knows(name, "laptop") != want {
			t.Errorf("%q: known %v", name, !want)
		}
	}
	if !knows("sam", "desk 24") || knows("sam", "desk 0") {
		t.Error("not the last ones are remembered")
	}
	var n int
	if err := s.db.Get(&n, "select count(*) from epic_events.known_machine"); err != nil || n != 20 {
		t.Errorf("%d machines are remembered, %v", n, err)
	}
	user := model.User{Username: "temp", FullName: "Temp", Email: "temp@epic.test", RoleID: 2}
	s.must(t, data.By{}, func(ctx context.Context, tx *data.Tx) error { return tx.InsertUser(ctx, &user, "hash") })
	s.must(t, data.By{}, func(ctx context.Context, tx *data.Tx) error {
		return tx.RememberMachine(ctx, user.ID, machine("laptop"))
	})
	s.must(t, s.mona, func(ctx context.Context, tx *data.Tx) error { return tx.DeleteUser(ctx, user.ID) })
	if knows("temp", "laptop") {
		t.Error("a machine is known of a user who is gone")
	}
}
