-- How a change is taken back. A change is all that one transaction wrote into the history, under its mark.

-- name: last
-- The number of the last row of the history that tells of a change by the actor; 0 for none.
SELECT coalesce(max(id), 0) FROM change_log WHERE actor_id = @actor AND action NOT IN ('login', 'logout')

-- name: whole
-- All rows of the change that one of them belongs to, the newest first. A row that epev did not write is a change by itself.
SELECT l.id, l.at, l.actor_id, l.actor, l.session_id, l.resource, l.record_id, l.action, l.before, l.after, l.names, coalesce(l.cause, '') AS cause
FROM change_log l
WHERE l.id = @id OR l.mark = (SELECT c.mark FROM change_log c WHERE c.id = @id)
ORDER BY l.id DESC

-- name: hold
-- Who takes the same change back at the same moment waits. Whether the change is of the transaction with the mark itself, and
-- the last row of the history.
SELECT coalesce(c.mark = @mark, false) AS within, (SELECT max(l.id) FROM change_log l) AS latest
FROM (SELECT pg_advisory_xact_lock(hashtext('undo'), (@id::bigint % 2147483647)::integer)) AS held
CROSS JOIN change_log c
WHERE c.id = @id

-- name: moved
-- Whether a user was deactivated or activated, or got another role, since a row of the history.
SELECT EXISTS (
	SELECT FROM change_log l WHERE l.resource = 'user' AND l.record_id = @user AND l.id > @change AND l.before ?| '{is_active,role_id}'
)

-- name: since
-- What was changed since in records that are not any more as a change left them, each known by the last row that it wrote of it.
SELECT l.id, l.at, l.actor_id, l.actor, l.session_id, l.resource, l.record_id, l.action, l.before, l.after, l.names, coalesce(l.cause, '') AS cause
FROM (
	SELECT r.noun, r.id, r.last
	FROM unnest(@nouns::text[], @ids::bigint[], @lasts::bigint[]) AS r (noun, id, last)
	WHERE NOT as_left(r.noun, r.id, r.last)
	OFFSET 0
) r
JOIN change_log l ON l.resource = r.noun AND l.record_id = r.id AND l.id > r.last
ORDER BY l.id

-- name: referrer
SELECT coalesce(referrer(@noun, @id), '')

-- name: take_back
SELECT take_back(@id)

-- name: written
-- What the transaction with the mark has written since a row of the history.
SELECT l.id, l.at, l.actor_id, l.actor, l.session_id, l.resource, l.record_id, l.action, l.before, l.after, l.names, coalesce(l.cause, '') AS cause
FROM change_log l
WHERE l.mark = @mark AND l.id > @since
ORDER BY l.id
