-- The history is told that it is the same password.
WITH renewed AS (
	UPDATE users SET password_hash = $3
	FROM (SELECT set_config('epev.renews_hash', 'on', true)) AS setting
	WHERE id = (SELECT id FROM users WHERE id = $1 AND password_hash = $2 FOR NO KEY UPDATE SKIP LOCKED)
	RETURNING id
)
SELECT EXISTS (SELECT FROM renewed)
