-- Attempts to log in, and the machines of those who were in.

-- name: alone
-- Attempts of strangers are counted one after the other, so that each knows of those before it.
SELECT true FROM pg_advisory_xact_lock(1701868920)

-- name: delay
UPDATE login_attempt SET next_at = clock_timestamp() + make_interval(secs => @seconds) WHERE username = lower(@key) RETURNING failures

-- name: forget
WITH forgotten AS (
	DELETE FROM login_attempt WHERE username = lower(@key) RETURNING username
)
SELECT count(*) FROM forgotten

-- name: known
-- Whether the user was in from the machine before.
SELECT EXISTS (
	SELECT FROM known_machine m
	JOIN users u ON u.id = m.user_id
	WHERE lower(u.username) = lower(@username) AND m.machine_hash = @machine
)

-- name: remember
-- The user is in from the machine. The oldest are forgotten of so many machines that nobody has them.
WITH older AS (
	DELETE FROM known_machine
	WHERE user_id = @user AND machine_hash IN (
		SELECT machine_hash FROM known_machine WHERE user_id = @user AND machine_hash <> @machine ORDER BY last_at DESC OFFSET 19
	)
)
INSERT INTO known_machine (user_id, machine_hash) VALUES (@user, @machine)
ON CONFLICT (user_id, machine_hash) DO UPDATE SET last_at = excluded.last_at
RETURNING user_id

-- name: reserve
-- Counts an attempt unless it comes too early. @forget is after how many seconds failures are forgotten.
WITH forgotten AS ( -- of others too, that the table stays small
	DELETE FROM login_attempt
	WHERE username IN (
		SELECT username FROM login_attempt
		WHERE last_at < clock_timestamp() - make_interval(secs => @forget) AND username <> lower(@key)
		LIMIT 100
		FOR UPDATE SKIP LOCKED
	)
)
INSERT INTO login_attempt AS a (username, failures, last_at, next_at)
VALUES (lower(@key), 1, clock_timestamp(), clock_timestamp())
ON CONFLICT (username) DO UPDATE SET (failures, last_at, next_at) = (
	SELECT
		CASE WHEN forgotten THEN 1 WHEN early THEN a.failures ELSE a.failures + 1 END,
		CASE WHEN early AND NOT forgotten THEN a.last_at ELSE clock_timestamp() END,
		CASE WHEN forgotten THEN clock_timestamp() ELSE a.next_at END
	FROM (SELECT a.last_at < clock_timestamp() - make_interval(secs => @forget) AS forgotten, a.next_at > clock_timestamp() AS early) AS x
)
RETURNING failures, extract(epoch FROM next_at - clock_timestamp())::float8 AS wait

-- name: total
-- How many attempts of strangers have failed, and how many seconds ago the last was. @forget is after how many they are
-- forgotten. The name in a key of somebody known ends with the character 31.
SELECT coalesce(sum(failures), 0)::bigint AS failures,
	coalesce(extract(epoch FROM clock_timestamp() - max(last_at)), 0)::float8 AS since
FROM login_attempt
WHERE strpos(username, chr(31)) = 0 AND last_at >= clock_timestamp() - make_interval(secs => @forget)
