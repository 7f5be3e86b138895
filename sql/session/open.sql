-- No row: the user is not active, or was deactivated at this moment.
WITH active AS (
	SELECT id FROM users WHERE id = $1 AND is_active FOR SHARE
)
INSERT INTO session (user_id, token_hash, expires_at)
SELECT id, $2, $3 FROM active
RETURNING id
