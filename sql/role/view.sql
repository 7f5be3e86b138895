select r.id, r.name, r.version,
	(select count(*) from users u where u.role_id = r.id and u.is_active) as users,
	array(
		select p.name
		from role_permission g
		join permission p on p.id = g.permission_id
		where g.role_id = r.id
		order by p.name collate "C"
	) as permissions
from role r
where r.id = $1
