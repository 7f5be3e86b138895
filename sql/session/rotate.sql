-- No row: the token is not the present one of a living session.
WITH living AS (
	SELECT s.id, s.user_id
	FROM session s
	JOIN users u ON u.id = s.user_id
	WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > clock_timestamp() AND u.is_active
	FOR UPDATE OF s
), replaced AS (
	INSERT INTO session_token (token_hash, session_id) SELECT $1, id FROM living
)
UPDATE session s SET token_hash = $2, expires_at = $3, renewed_at = clock_timestamp()
FROM living
WHERE s.id = living.id
RETURNING 'rotated' AS outcome, s.id AS session_id, s.user_id
