-- The public keys of users, by which they come in through ssh.

-- name: add
-- No row: the key is somebody's already.
INSERT INTO user_key (user_id, kind, key, fingerprint, note)
VALUES (@user, @kind, @key, @fingerprint, @note)
ON CONFLICT (key) DO NOTHING
RETURNING id

-- name: delete
DELETE FROM user_key WHERE id = @id RETURNING id

-- name: end_sessions
-- The sessions that the key has opened end before it goes.
WITH ended AS (
	UPDATE session SET ended_at = clock_timestamp(), end_reason = 'key removed'
	WHERE id IN (SELECT id FROM session WHERE key_id = @id AND ended_at IS NULL ORDER BY id FOR UPDATE)
	RETURNING id
)
SELECT count(*) FROM ended

-- name: list
-- Those of the user @user, and of everybody where that is 0.
SELECT k.id, k.user_id, u.username, k.kind, k.key, k.fingerprint, k.note, k.created_at, k.used_at
FROM user_key k
JOIN users u ON u.id = k.user_id
WHERE @user = 0 OR k.user_id = @user
ORDER BY u.username COLLATE "C", k.id
LIMIT nullif(@limit, 0)

-- name: lock
-- Nobody comes in by the key until the transaction ends.
SELECT user_id FROM user_key WHERE id = @id FOR UPDATE

-- name: offered
-- Which key it is, where its user is active.
SELECT k.id
FROM user_key k
JOIN users u ON u.id = k.user_id
WHERE k.key = @key AND u.is_active

-- name: view
SELECT k.id, k.user_id, u.username, k.kind, k.key, k.fingerprint, k.note, k.created_at, k.used_at
FROM user_key k
JOIN users u ON u.id = k.user_id
WHERE k.id = @id
