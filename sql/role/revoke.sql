-- No row: there is no such role. False: it does not hold the permission.
with revoked as (
	delete from role_permission
	where role_id = $1 and permission_id in (select id from permission where name = $2)
	returning role_id
)
select exists (select from revoked) from role where id = $1
