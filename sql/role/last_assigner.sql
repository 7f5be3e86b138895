-- Whether the user $1, or the users of role $2, are the only active ones who hold role:assign. $3 is the
-- role that the user moves to, or 0.
with assigner as (
	select g.role_id
	from role_permission g
	join permission p on p.id = g.permission_id
	where p.name = 'role:assign'
), holder as (
	select u.id, u.id = $1 or u.role_id = $2 as loses
	from users u
	where u.is_active and u.role_id in (select role_id from assigner)
)
select $3 not in (select role_id from assigner) and coalesce(bool_and(loses), false) from holder
