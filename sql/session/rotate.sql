-- $4 is the hash of the secret in the session's access tokens.
-- No row: neither the old token $1 nor the new one $2 is the present one of a living session. The new one is where
-- the same rotation took place already, and its outcome was lost; if it is about to, this waits for it.
WITH living AS (
	SELECT s.id, s.user_id, s.token_hash
	FROM session s
	JOIN users u ON u.id = s.user_id
	WHERE s.token_hash IN ($1, $2) AND s.ended_at IS NULL AND s.expires_at > clock_timestamp() AND u.is_active
	FOR UPDATE OF s
), replaced AS (
	INSERT INTO session_token (token_hash, session_id) SELECT $1, id FROM living WHERE token_hash = $1
)
UPDATE session s SET token_hash = $2, expires_at = $3, secret_hash = $4, renewed_at = clock_timestamp()
FROM living
WHERE s.id = living.id
RETURNING 'rotated' AS outcome, s.id AS session_id, s.user_id
