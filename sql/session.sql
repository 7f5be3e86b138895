-- Sessions: who is who, and since when.

-- name: authorise
-- Who the session is. The permissions are known by @role, @version and @stamp, and null where those are still the same.
-- The hash of what the bearer showed is @secret, null for whoever was authorised before. The clock is that of this
-- moment, not of the transaction's start. With @placed it tells, as database.position does, how far the database has come
-- that it was asked of: at least as far as the answer.
SELECT u.id AS user_id, u.username, u.full_name, u.role_id, r.name AS role, s.expires_at,
	s.used_at < clock_timestamp() - interval '5 minutes' AS idle,
	u.xmin::text AS user_stamp, r.version, r.xmin::text AS stamp,
	CASE WHEN r.id = @role AND r.version = @version AND r.xmin::text = @stamp THEN NULL
	ELSE ARRAY(
		SELECT p.name
		FROM role_permission g
		JOIN permission p ON p.id = g.permission_id
		WHERE g.role_id = r.id
		ORDER BY p.name COLLATE "C"
	) END AS permissions,
	ARRAY(SELECT version_id FROM schema_version WHERE is_applied AND version_id > 0 ORDER BY version_id) AS made,
	CASE WHEN @placed::boolean AND NOT pg_is_in_recovery()
	THEN whereabouts() || '/' || (SELECT oid FROM pg_database WHERE datname = current_database()) END AS "at.place",
	CASE WHEN @placed::boolean AND NOT pg_is_in_recovery()
	THEN CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END END::text AS "at.lsn"
FROM session s
JOIN users u ON u.id = s.user_id
JOIN role r ON r.id = u.role_id
WHERE s.id = @session AND s.ended_at IS NULL AND s.expires_at > clock_timestamp() AND u.is_active
AND (@secret::bytea IS NULL OR s.secret_hash = @secret)

-- name: credentials
SELECT u.id, u.username, u.password_hash, u.is_active, EXISTS (SELECT FROM first_password f WHERE f.user_id = u.id) AS must_change
FROM users u
WHERE u.username = @username

-- name: end
WITH ended AS (
	UPDATE session SET ended_at = clock_timestamp(), end_reason = @reason WHERE id = @id AND ended_at IS NULL RETURNING id
)
SELECT count(*) FROM ended

-- name: end_all
WITH ended AS (
	UPDATE session SET ended_at = clock_timestamp(), end_reason = @reason
	WHERE id IN (SELECT id FROM session WHERE user_id = @user AND id <> @but AND ended_at IS NULL ORDER BY id FOR UPDATE)
	RETURNING id
)
SELECT count(*) FROM ended

-- name: find
-- The living session of a present refresh token.
SELECT session_id, user_id, 'unknown' AS outcome FROM token_session(@token)

-- name: forget
-- What is over for long goes, and the tokens with it, that the tables stay small.
WITH forgotten AS (
	DELETE FROM session
	WHERE id IN (
		SELECT id FROM session
		WHERE coalesce(ended_at, expires_at) < now() - interval '30 days'
		LIMIT 100
		FOR UPDATE SKIP LOCKED
	)
	RETURNING id
)
SELECT count(*) FROM forgotten

-- name: list
-- The living sessions of the user @user, and of everybody where that is 0; the last one used first.
SELECT s.id, s.user_id, u.username, s.created_at, greatest(s.used_at, s.renewed_at) AS used_at, s.expires_at, coalesce(s.origin, '') AS origin,
	s.key_id IS NOT NULL AS by_key, coalesce(nullif(k.note, ''), k.fingerprint, '') AS key
FROM session s
JOIN users u ON u.id = s.user_id
LEFT JOIN user_key k ON k.id = s.key_id
WHERE (@user = 0 OR s.user_id = @user) AND s.ended_at IS NULL AND s.expires_at > clock_timestamp() AND u.is_active
ORDER BY greatest(s.used_at, s.renewed_at) DESC, s.id DESC
LIMIT nullif(@limit, 0)

-- name: living
-- Whose a living session is. Nobody else ends it until the transaction does.
SELECT s.user_id
FROM session s
JOIN users u ON u.id = s.user_id
WHERE s.id = @id AND s.ended_at IS NULL AND s.expires_at > clock_timestamp() AND u.is_active
FOR UPDATE OF s

-- name: open
-- No row: the user is not active, or has another password by now.
WITH known AS (
	SELECT id FROM users WHERE id = @user AND is_active AND password_hash = @password_hash FOR SHARE
)
INSERT INTO session (user_id, token_hash, expires_at, secret_hash, origin)
SELECT id, @token, @expires, @secret, @origin FROM known
RETURNING id

-- name: open_by_key
-- No row: the key is nobody's any more, or its user is not active.
WITH known AS (
	SELECT k.id, k.user_id
	FROM user_key k
	JOIN users u ON u.id = k.user_id
	WHERE k.id = @key AND u.is_active
	FOR SHARE OF u, k
), used AS (
	UPDATE user_key SET used_at = clock_timestamp()
	WHERE id = (SELECT k.id FROM user_key k WHERE k.id = @key FOR NO KEY UPDATE SKIP LOCKED)
)
INSERT INTO session (user_id, token_hash, expires_at, secret_hash, origin, key_id)
SELECT user_id, @token, @expires, @secret, @origin, id FROM known
RETURNING id, user_id, (SELECT u.username FROM users u WHERE u.id = session.user_id) AS username

-- name: replay
-- A token that was replaced before ends its session. No row: nobody knows the token.
SELECT outcome, session_id, user_id FROM replay_token(@token)

-- name: rotate
-- No row: neither token is the present one of a living session.
SELECT outcome, session_id, user_id FROM rotate_token(@old_token, @new_token, @expires, @secret)

-- name: touch
-- The session is used now. It does not wait: whoever holds the row goes first.
WITH touched AS (
	UPDATE session SET used_at = clock_timestamp()
	WHERE id = (SELECT id FROM session WHERE id = @id AND ended_at IS NULL FOR NO KEY UPDATE SKIP LOCKED)
	RETURNING id
)
SELECT count(*) FROM touched
