select id, at, actor_id, actor, session_id, resource, record_id, action, before, after
from change_log
where resource = $1 and record_id = $2
order by id
