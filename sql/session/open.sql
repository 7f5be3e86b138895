-- No row: the user is not active, or the password is no longer the one of the hash $2.
WITH known AS (
	SELECT id FROM users WHERE id = $1 AND is_active AND password_hash = $2 FOR SHARE
)
INSERT INTO session (user_id, token_hash, expires_at)
SELECT id, $3, $4 FROM known
RETURNING id
