WITH forgotten AS (
	DELETE FROM login_attempt WHERE username = lower($1) RETURNING username
)
SELECT count(*) FROM forgotten
