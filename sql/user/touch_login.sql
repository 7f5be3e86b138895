-- Bookkeeping does not wait: whoever holds the row, perhaps this very person's --atomic script, goes first.
with touched as (
	update users set last_login = now()
	where id = (select id from users where id = $1 for no key update skip locked)
	returning id
)
select count(*) from touched
