-- No row: there is no such role. False: it does not hold the permission. The role is held first, so that
-- the history tells of the revocation after whatever was still done with it.
with held as (
	select id from role where id = $1 for no key update
), revoked as (
	delete from role_permission
	where role_id in (select id from held) and permission_id in (select id from permission where name = $2)
	returning role_id
)
select exists (select from revoked) from held
