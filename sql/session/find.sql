-- The living session whose present refresh token has the hash $1.
SELECT s.id AS session_id, s.user_id, 'unknown' AS outcome
FROM session s
JOIN users u ON u.id = s.user_id
WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > clock_timestamp() AND u.is_active
