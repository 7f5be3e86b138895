-- No row: there is no such role. False: it holds the permission already.
with named as (
	insert into permission (name) values ($2) on conflict (name) do nothing returning id
), granted as (
	insert into role_permission (role_id, permission_id)
	select r.id, p.id
	from role r
	cross join (select id from named union all select id from permission where name = $2) p
	where r.id = $1
	on conflict do nothing
	returning role_id
)
select exists (select from granted) from role where id = $1
