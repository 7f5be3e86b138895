-- The history of records, and what they were called.

-- name: list
SELECT id, at, actor_id, actor, session_id, resource, record_id, action, before, after, names, coalesce(cause, '') AS cause
FROM change_log
WHERE resource = @resource AND record_id = @id
ORDER BY id
