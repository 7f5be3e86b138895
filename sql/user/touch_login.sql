-- Bookkeeping does not wait: whoever holds the row, perhaps this very person's --atomic script, goes first.
WITH touched AS (
	UPDATE users SET last_login = now()
	WHERE id = (SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED)
	RETURNING id
)
SELECT count(*) FROM touched
