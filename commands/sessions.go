package commands

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"epev/commands/sentences"
	"epev/data"
	"epev/model"
	"epev/model/ownfile"
	"epev/security"
)

// Sessions is who is logged in in this shell: the token pair in memory, and the session file that
// it shares with the user's other shells (SPEC 7). It acts on the database at once, outside any
// script's transaction. It is safe for concurrent use.
type Sessions struct {
	Store *data.Store
	Keys  func() (*security.Keys, error) // read when first needed: help and --version need none
	// File is where the pair is kept between runs; nil keeps it in memory alone.
	File                    *security.SessionFile
	AccessLife, RefreshLife time.Duration
	Now                     func() time.Time

	// Origin is the host or the client's address that sessions are opened from, as session list tells it.
	Origin string
	// Machine returns the secret by which this machine is known again; nil, or an error, is a machine that is not.
	Machine func() ([]byte, error)
	// Tell writes one line for the person; nil writes none.
	Tell func(line string)

	mu      sync.Mutex
	pair    security.TokenPair
	next    *security.TokenPair // what pair is to be rotated into, where the outcome of that is not known
	patient time.Duration       // how long the lock is waited for; 0 stands for lockPatience
	session int64               // which pair.Access was signed for, also once it has run out
	claims  security.Claims     // of pair.Access, verified; zero when there is none
	keys    *security.Keys
	bearer  data.By // of the session that a public key has opened
}

var errNobody = &model.Error{Kind: model.Unauthenticated, Message: "Please login first.", Hint: sentences.LogIn, Try: []string{"login"}}

// Current returns whose session this is, from a verified access token; one that has run out is
// renewed silently while the refresh token is good. The database still has the last word, which is
// Reader.Authorise.
func (s *Sessions) Current(ctx context.Context) (security.Claims, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(); err != nil {
		return security.Claims{}, err
	}
	if s.pair.Refresh == "" {
		return security.Claims{}, errNobody
	}
	if s.claims.SessionID != 0 && s.Now().Before(s.claims.Expires) {
		return s.claims, nil
	}
	if err := s.renew(ctx, false); err != nil {
		return security.Claims{}, err
	}
	return s.claims, nil
}

// Forget drops a session that has ended, so that the next command looks for another one in the file.
func (s *Sessions) Forget(sessionID int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == sessionID {
		s.drop()
	}
}

func (s *Sessions) drop() {
	s.pair, s.next, s.session, s.claims = security.TokenPair{}, nil, 0, security.Claims{}
}

// load reads the keys once, and the session file while nobody is logged in here: a login in
// another shell of the same user counts in this one too.
func (s *Sessions) load() error {
	if err := s.loadKeys(); err != nil {
		return err
	}
	if s.pair.Refresh != "" || s.File == nil {
		return nil
	}
	stored, err := s.File.Load()
	if err != nil {
		return err
	}
	s.adopt(stored.Current)
	return nil
}

func (s *Sessions) loadKeys() (err error) {
	if s.keys == nil {
		s.keys, err = s.Keys()
	}
	return err
}

// Ready reports what keeps a session from being opened here at all, before a password is asked for.
func (s *Sessions) Ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.loadKeys(); err != nil || s.File == nil {
		return err
	}
	return s.File.Check()
}

// The lock on the session file is held for a moment at a time. A shell that was stopped does not let go of it. So
// whoever waits for longer than lockSilence is told for whom, and gives up after lockPatience more.
const (
	lockSilence  = time.Second
	lockPatience = 5 * time.Second
)

// lock takes the lock on the session file.
func (s *Sessions) lock(ctx context.Context) (unlock func(), err error) {
	patience := cmp.Or(s.patient, lockPatience)
	soon, cancel := context.WithTimeout(ctx, min(lockSilence, patience))
	unlock, err = s.File.Lock(soon)
	cancel()
	if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
		return unlock, err
	}
	if e, ok := errors.AsType[*model.Error](err); ok && s.Tell != nil {
		s.Tell("Waiting: " + sentences.Of(e).Message + ".")
	}
	late, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return s.File.Lock(late)
}

// adopt takes a pair into memory. An access token that does not verify is no identity; the refresh
// token may still open the session.
func (s *Sessions) adopt(pair security.TokenPair) {
	s.pair, s.next, s.session = pair, nil, s.keys.SessionOf(pair.Access)
	s.claims, _ = s.keys.Verify(pair.Access, s.Now())
}

// renew rotates the refresh token and signs a new access token; unless always is set, it is content
// with what another shell has renewed meanwhile.
//
// The shells that share the session file take turns. What the file says counts before what this shell remembers. The
// new token is in the file before the database knows it, and the old one stays there until then. So a crash on either
// side of the rotation locks nobody out. Whoever finds both tokens tries the same rotation again, whether it has taken
// place, is under way, or never began.
func (s *Sessions) renew(ctx context.Context, always bool) error {
	stored, shared := security.Session{Current: s.pair, Next: s.next}, false
	if s.File != nil {
		unlock, err := s.lock(ctx)
		if err != nil {
			return err
		}
		defer unlock()
		onDisk, err := s.File.Load()
		if err != nil {
			return err
		}
		if shared = s.sameSession(onDisk); shared {
			stored = onDisk
			if _, err := s.keys.Verify(stored.Current.Access, s.Now()); err == nil && !always && stored.Current.Access != s.pair.Access {
				s.adopt(stored.Current)
				return nil
			}
		}
	}
	if stored.Next == nil {
		next, _ := security.NewRefreshToken()
		stored.Next = &security.TokenPair{Refresh: next}
		if shared {
			err := s.File.Save(stored)
			if ownfile.IsDiskFull(err) && !always {
				return s.borrow(ctx, stored.Current)
			}
			if err != nil {
				return err
			}
		}
	}
	return s.rotate(ctx, stored.Current, stored.Next.Refresh, shared)
}

// borrow signs an access token for this shell alone, and leaves the refresh token as it is. It is for a disk without
// room for the next refresh token, which keeps nobody from their work, nor from logging out.
func (s *Sessions) borrow(ctx context.Context, current security.TokenPair) error {
	found, err := s.Store.Read().SessionOf(ctx, security.RefreshHash(current.Refresh))
	switch {
	case err != nil:
		return err
	case found.SessionID == 0:
		s.drop()
		return data.ErrNoSession
	}
	return s.keep(found.UserID, found.SessionID, security.SecretOf(current.Access), current.Refresh, false)
}

// sameSession reports whether the file holds the session that this shell remembers, and not one
// that another shell has opened since for somebody else.
func (s *Sessions) sameSession(onDisk security.Session) bool {
	if onDisk.Current.Refresh == "" {
		return false
	}
	return onDisk.Current.Refresh == s.pair.Refresh || s.session != 0 && s.keys.SessionOf(onDisk.Current.Access) == s.session
}

// rotate replaces the current pair by one with the refresh token next.
func (s *Sessions) rotate(ctx context.Context, current security.TokenPair, next string, shared bool) error {
	// The other shells of the session know it by the same secret.
	secret := cmp.Or(security.SecretOf(current.Access), security.NewSessionSecret())
	s.next = &security.TokenPair{Refresh: next}
	var rotated data.Rotation
	err := s.Store.Write(ctx, data.By{}, func(ctx context.Context, tx *Tx) (err error) {
		rotated, err = tx.RotateSession(ctx, security.RefreshHash(current.Refresh), security.RefreshHash(next), security.RefreshHash(secret),
			s.Now().Add(s.RefreshLife))
		return err
	})
	switch {
	case err != nil:
		return err
	case rotated.Outcome != data.Rotated:
		s.drop()
		return data.ErrNoSession
	}
	err = s.keep(rotated.UserID, rotated.SessionID, secret, next, shared)
	if shared && ownfile.IsDiskFull(err) {
		return nil // the file holds both tokens still, from which the rotation is done again
	}
	return err
}

// keep signs an access token for a session and stores the pair.
func (s *Sessions) keep(userID, sessionID int64, secret, refresh string, toFile bool) error {
	access, err := s.keys.Sign(userID, sessionID, secret, s.Now(), s.AccessLife)
	if err != nil {
		return err
	}
	s.adopt(security.TokenPair{Access: access, Refresh: refresh})
	if !toFile {
		return nil
	}
	return s.File.Save(security.Session{Current: s.pair})
}

// open starts a session of the user; Unauthenticated if they may not log in any more, or not with the
// password that was verified.
func (s *Sessions) open(ctx context.Context, who verified) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.loadKeys(); err != nil {
		return err
	}
	if s.File != nil {
		unlock, err := s.lock(ctx)
		if err != nil {
			return err
		}
		defer unlock()
	}
	refresh, token := security.NewRefreshToken()
	secret := security.NewSessionSecret()
	var sessionID int64
	err := s.Store.Write(ctx, data.By{}, func(ctx context.Context, tx *Tx) (err error) {
		hash := who.PasswordHash
		if who.renewedHash != "" {
			if hash, err = tx.RenewHash(ctx, who.UserID, hash, who.renewedHash); err != nil {
				return err
			}
		}
		if err := tx.TouchLogin(ctx, who.UserID); err != nil {
			return err
		}
		sessionID, err = tx.OpenSession(ctx, who.UserID, hash, s.Origin, token, security.RefreshHash(secret), s.Now().Add(s.RefreshLife))
		if machine := s.machineHash(); machine != nil && err == nil {
			err = tx.RememberMachine(ctx, who.UserID, machine)
		}
		return err
	})
	if err != nil {
		return err
	}
	before := s.pair
	if err = s.keep(who.UserID, sessionID, secret, refresh, s.File != nil); err == nil {
		return nil
	}
	// What cannot be kept is not begun. If it cannot be ended either, nobody has its tokens, and it runs out.
	s.adopt(before)
	by := data.By{SessionID: sessionID, ActorID: who.UserID, Actor: who.Username, Leaving: true}
	_ = s.Store.Write(context.WithoutCancel(ctx), by, func(ctx context.Context, tx *Tx) error {
		return tx.EndSession(ctx, sessionID, "not kept")
	})
	return err
}

// machineHash is by what the database knows this machine; nil if it cannot.
func (s *Sessions) machineHash() []byte {
	if s.Machine == nil {
		return nil
	}
	secret, err := s.Machine()
	if err != nil { // a home that cannot be written keeps nobody out: its people are strangers
		return nil
	}
	return security.RefreshHash(string(secret))
}

// OpenAs starts a session of the user without a password: of the sandbox's accounts.
func (s *Sessions) OpenAs(ctx context.Context, username string) error {
	c, err := s.Store.Read().Credentials(ctx, username)
	if err != nil {
		return err
	}
	return s.open(ctx, verified{Credentials: c})
}

// close ends this shell's session, or every session of its user, once no other shell is renewing it. Where the
// lock cannot be had, on a full disk or from a stopped shell, it does so all the same.
func (s *Sessions) close(ctx context.Context, actor model.Actor, all bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.File != nil {
		unlock, err := s.lock(ctx)
		switch {
		case err == nil:
			defer unlock()
		case ctx.Err() != nil:
			return err
		}
	}
	by := data.By{SessionID: actor.SessionID, ActorID: actor.UserID, Actor: actor.Username, Leaving: true}
	err := s.Store.Write(ctx, by, func(ctx context.Context, tx *Tx) error {
		if all {
			_, err := tx.EndSessions(ctx, actor.UserID, 0, "logout")
			return err
		}
		return tx.EndSession(ctx, actor.SessionID, "logout")
	})
	if err != nil {
		return err
	}
	defer s.drop()
	if s.File == nil {
		return nil
	}
	// Another shell may have logged somebody else in meanwhile: that session stays.
	if stored, err := s.File.Load(); err == nil && !s.sameSession(stored) {
		return nil
	}
	return s.File.Remove()
}

// Refresh rotates the token pair now.
func (s *Sessions) Refresh(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.renew(ctx, true)
}
