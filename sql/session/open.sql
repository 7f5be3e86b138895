-- No row: the user is not active, or the password is no longer the one of the hash $2.
WITH known AS (
	SELECT id FROM users WHERE id = $1 AND is_active AND password_hash = $2 FOR SHARE
), forgotten AS ( -- what is over for long, and the tokens with it, that the tables stay small
	DELETE FROM session
	WHERE id IN (
		SELECT id FROM session
		WHERE coalesce(ended_at, expires_at) < now() - interval '30 days'
		LIMIT 100
		FOR UPDATE SKIP LOCKED
	)
)
INSERT INTO session (user_id, token_hash, expires_at, secret_hash)
SELECT id, $3, $4, $5 FROM known
RETURNING id
