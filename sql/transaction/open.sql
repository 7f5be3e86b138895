-- Who writes, for the history, and the number of the transaction. With a session $1, its user and role stay
-- as they are until the transaction ends; no role: the session has no rights any more.
with held as (
	select r.id as role_id, r.version, r.xmin::text as stamp
	from session s
	join users u on u.id = s.user_id
	join role r on r.id = u.role_id
	where s.id = $1 and s.ended_at is null and s.expires_at > clock_timestamp() and u.is_active
	for share of u, r
)
select pg_current_xact_id()::text as xid, role_id, version, stamp
from (select
	set_config('epev.actor_id', $2, true),
	set_config('epev.actor', $3, true),
	set_config('epev.session_id', $4, true)) as settings
left join held on true
