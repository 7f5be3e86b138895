-- The history of records, and what they were called.

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
