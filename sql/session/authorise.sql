-- $2, $3 and $4 are role, version and stamp of what is known of the session $1: the permissions are
-- null where they are still those. The clock is that of this moment, not of the transaction's start.
select u.id as user_id, u.username, u.full_name, u.role_id, r.name as role, s.expires_at,
	r.version, r.xmin::text as stamp,
	case when r.id = $2 and r.version = $3 and r.xmin::text = $4 then null
	else array(
		select p.name
		from role_permission g
		join permission p on p.id = g.permission_id
		where g.role_id = r.id
		order by p.name collate "C"
	) end as permissions
from session s
join users u on u.id = s.user_id
join role r on r.id = u.role_id
where s.id = $1 and s.ended_at is null and s.expires_at > clock_timestamp() and u.is_active
