select array(
	select distinct r.name collate "C"
	from role r
	join role_permission g on g.role_id = r.id
	join permission p on p.id = g.permission_id
	where p.name = any ($1::text[])
	order by 1
)
