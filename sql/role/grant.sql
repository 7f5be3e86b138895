-- No row: there is no such role. False: it holds the permission already. The role is held first, so that
-- the history tells of the grant after whatever was still done without it.
with held as (
	select id from role where id = $1 for no key update
), named as (
	insert into permission (name) values ($2) on conflict (name) do nothing returning id
), granted as (
	insert into role_permission (role_id, permission_id)
	select r.id, p.id
	from held r
	cross join (select id from named union all select id from permission where name = $2) p
	on conflict do nothing
	returning role_id
)
select exists (select from granted) from held
