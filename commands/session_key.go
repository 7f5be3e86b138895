package commands

import (
	"context"

	"epev/data"
	"epev/security"
)

// OpenByKey starts a session of the user of a public key, with which sshd has let them in. It is kept in memory alone.
func (s *Sessions) OpenByKey(ctx context.Context, keyID int64) (opened data.Opened, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.loadKeys(); err != nil {
		return opened, err
	}
	refresh, token := security.NewRefreshToken()
	secret := security.NewSessionSecret()
	err = s.Store.Write(ctx, data.By{}, func(ctx context.Context, tx *Tx) (err error) {
		opened, err = tx.OpenSessionByKey(ctx, keyID, s.Origin, token, security.RefreshHash(secret), s.Now().Add(s.RefreshLife))
		if err == nil {
			err = tx.TouchLogin(ctx, opened.UserID)
		}
		return err
	})
	if err != nil {
		return opened, err
	}
	s.bearer = data.By{SessionID: opened.SessionID, ActorID: opened.UserID, Actor: opened.Username, Leaving: true}
	return opened, s.keep(opened.UserID, opened.SessionID, secret, refresh, false)
}

// End ends the session that OpenByKey has opened, unless it has ended.
func (s *Sessions) End(ctx context.Context, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bearer.SessionID == 0 || s.session != s.bearer.SessionID {
		return nil
	}
	s.drop()
	return s.Store.Write(ctx, s.bearer, func(ctx context.Context, tx *Tx) error { return tx.EndSession(ctx, s.bearer.SessionID, reason) })
}

// touch notes that a session is used, if that can be done: nothing depends on it.
func (s *Sessions) touch(ctx context.Context, sessionID int64) {
	_ = s.Store.Write(ctx, data.By{}, func(ctx context.Context, tx *Tx) error { return tx.TouchSession(ctx, sessionID) })
}
