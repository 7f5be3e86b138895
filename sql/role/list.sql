-- $1 search, $2 the same at the beginning of a word, $3 digits, $4 sort field, $5 its kind, $6 descending,
-- $7 limit, $8 after this id
with visible as not materialized (
	select r.id, r.name, r.version, n.users,
		case $4 when 'name' then fold(r.name) end collate "C" as text_key,
		case $4 when 'users' then n.users end as number_key
	from role r
	cross join lateral (select count(*) as users from users u where u.role_id = r.id and u.is_active) n
), place as (
	select p.text_key, p.number_key, p.id from visible p where p.id = $8
)
select v.id, v.name, v.version, v.users,
	array(
		select p.name
		from role_permission g
		join permission p on p.id = g.permission_id
		where g.role_id = v.id
		order by p.name collate "C"
	) as permissions
from visible v
where ($1 = '' or fold(v.name) like $1 or fold(v.name) like $2 or v.id = any (array( -- ids that begin with the digits
		select m.id
		from (values (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) as scale (n)
		join role m on m.id >= nullif($3, '')::bigint * scale.n and m.id < (nullif($3, '')::bigint + 1) * scale.n)))
and ($8 = 0 or case $5
	when 'id' then case when $6 then v.id < $8 else v.id > $8 end
	when 'text' then case
		when $6 then (v.text_key, v.id) < (select p.text_key, p.id from place p)
		else (v.text_key, v.id) > (select p.text_key, p.id from place p) end
	when 'number' then case
		when $6 then (v.number_key, v.id) < (select p.number_key, p.id from place p)
		else (v.number_key, v.id) > (select p.number_key, p.id from place p) end
	end)
order by
	case when not $6 then v.text_key end, case when $6 then v.text_key end desc,
	case when not $6 then v.number_key end, case when $6 then v.number_key end desc,
	case when not $6 then v.id end, case when $6 then v.id end desc
limit nullif($7, 0)
