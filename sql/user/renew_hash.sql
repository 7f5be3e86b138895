-- The history is told that it is the same password.
with renewed as (
	update users set password_hash = $3
	from (select set_config('epev.renews_hash', 'on', true)) as setting
	where id = (select id from users where id = $1 and password_hash = $2 for no key update skip locked)
	returning id
)
select count(*) from renewed
