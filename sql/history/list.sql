SELECT id, at, actor_id, actor, session_id, resource, record_id, action, before, after, names
FROM change_log
WHERE resource = $1 AND record_id = $2
ORDER BY id
