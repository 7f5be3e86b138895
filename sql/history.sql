-- The history of records, and what they were called.

-- name: all
-- The history of whole nouns.
SELECT id, at, actor_id, actor, session_id, resource, record_id, action, before, after, names, coalesce(cause, '') AS cause
FROM change_log
WHERE resource = ANY (@nouns::text[]) AND (@actor::bigint = 0 OR actor_id = @actor)
AND (@from::timestamptz IS NULL OR at >= @from) AND (@before::timestamptz IS NULL OR at < @before)
ORDER BY id
LIMIT nullif(@limit, 0)

-- name: count
-- How many rows all has without a limit.
SELECT count(*)
FROM change_log
WHERE resource = ANY (@nouns::text[]) AND (@actor::bigint = 0 OR actor_id = @actor)
AND (@from::timestamptz IS NULL OR at >= @from) AND (@before::timestamptz IS NULL OR at < @before)

-- name: list
-- Of a record, and of those that were merged into it.
WITH RECURSIVE same AS (
	SELECT @id::bigint AS id
	UNION
	SELECT a.old_id FROM same s JOIN alias a ON a.resource = @resource AND a.new_id = s.id
)
SELECT id, at, actor_id, actor, session_id, resource, record_id, action, before, after, names, coalesce(cause, '') AS cause
FROM change_log
WHERE resource = @resource AND record_id = ANY (ARRAY(SELECT s.id FROM same s))
ORDER BY id
