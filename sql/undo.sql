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

-- name: built_upon
-- Keeps records as they are, and returns those on which something was built since rows of the history created them.
SELECT DISTINCT b.record FROM built_upon(@noun, @ids::bigint[], @changes::bigint[]) AS b (record) ORDER BY b.record

-- name: hold
-- Who takes the same change back at the same moment waits. Whether the change is of the transaction with the mark itself, and
-- the last row of the history.
SELECT coalesce(c.mark = @mark, false) AS within, (SELECT max(l.id) FROM change_log l) AS latest
FROM (SELECT pg_advisory_xact_lock(hashtext('undo'), (@id::bigint % 2147483647)::integer)) AS held
CROSS JOIN change_log c
WHERE c.id = @id

-- name: made
-- The next records of a noun that the change with the row @last made, in the order of its rows. They are read as they stand in the history.
SELECT l.id AS change, l.record_id AS record
FROM (SELECT c.id, c.resource, c.record_id, c.mark FROM change_log c WHERE c.id > @after AND c.id <= @last ORDER BY c.id OFFSET 0) l
WHERE l.resource = @noun AND l.mark = (SELECT c.mark FROM change_log c WHERE c.id = @last)
LIMIT @limit

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

-- name: summary
-- What the change is as a whole that a row belongs to: its newest row, how many it has, and whether all of them create.
SELECT l.id, l.at, l.actor_id, l.actor, l.session_id, l.resource, l.record_id, l.action, l.before, l.after, l.names, coalesce(l.cause, '') AS cause,
	s.lines, s.earliest, s.creates, s.nouns
FROM (
	SELECT count(*) AS lines, min(c.id) AS earliest, max(c.id) AS latest, bool_and(c.action = 'create') AS creates, array_agg(DISTINCT c.resource) AS nouns
	FROM change_log c
	WHERE c.id = @id OR c.mark = (SELECT o.mark FROM change_log o WHERE o.id = @id)
) s
JOIN change_log l ON l.id = s.latest

-- name: unmake
-- Deletes records, and tells how many.
SELECT unmake(@noun, @ids::bigint[])

-- name: written
-- What the transaction with the mark has written first since a row of the history, up to @limit; null: all.
SELECT l.id, l.at, l.actor_id, l.actor, l.session_id, l.resource, l.record_id, l.action, l.before, l.after, l.names, coalesce(l.cause, '') AS cause
FROM change_log l
WHERE l.mark = @mark AND l.id > @since
ORDER BY l.id
LIMIT @limit
