-- Counts an attempt unless it comes too early. $2 is after how many seconds failures are forgotten.
WITH forgotten AS ( -- of others too, that the table stays small
	DELETE FROM login_attempt
	WHERE username IN (
		SELECT username FROM login_attempt
		WHERE last_at < clock_timestamp() - make_interval(secs => $2) AND username <> lower($1)
		LIMIT 100
		FOR UPDATE SKIP LOCKED
	)
)
INSERT INTO login_attempt AS a (username, failures, last_at, next_at)
VALUES (lower($1), 1, clock_timestamp(), clock_timestamp())
ON CONFLICT (username) DO UPDATE SET (failures, last_at, next_at) = (
	SELECT
		CASE WHEN forgotten THEN 1 WHEN early THEN a.failures ELSE a.failures + 1 END,
		CASE WHEN early AND NOT forgotten THEN a.last_at ELSE clock_timestamp() END,
		CASE WHEN forgotten THEN clock_timestamp() ELSE a.next_at END
	FROM (SELECT a.last_at < clock_timestamp() - make_interval(secs => $2) AS forgotten, a.next_at > clock_timestamp() AS early) AS x
)
RETURNING failures, extract(epoch FROM next_at - clock_timestamp())::float8 AS wait
