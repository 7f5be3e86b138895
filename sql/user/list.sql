-- $1 search, $2 the same at the beginning of a word, $3 digits, $4 sort field, $5 its kind, $6 descending,
-- $7 limit, $8 after this id, $9 roles, $10 only inactive ones
with visible as not materialized (
	select u.id, u.username, u.full_name, u.email, u.role_id, r.name as role, u.is_active, u.last_login,
		u.created_at, u.updated_at, u.version,
		case $4
			when 'username' then fold(u.username)
			when 'full_name' then fold(u.full_name)
			when 'email' then fold(u.email)
			when 'role' then fold(r.name)
		end collate "C" as text_key,
		case $4
			when 'last_login' then u.last_login
			when 'created_at' then u.created_at
			when 'updated_at' then u.updated_at
		end as moment_key,
		case $4 when 'is_active' then u.is_active::integer end as number_key
	from users u
	join role r on r.id = u.role_id
), place as (
	select p.text_key, p.moment_key, p.number_key, p.id from visible p where p.id = $8
)
select v.id, v.username, v.full_name, v.email, v.role_id, v.role, v.is_active, v.last_login,
	v.created_at, v.updated_at, v.version
from visible v
where (coalesce(cardinality($9::text[]), 0) = 0 or v.role = any ($9::text[]))
and (not $10 or not v.is_active)
and ($1 = ''
	or fold(v.username) like $1 or fold(v.username) like $2
	or fold(v.full_name) like $1 or fold(v.full_name) like $2
	or fold(v.email) like $1 or fold(v.email) like $2
	or v.id = any (array( -- ids that begin with the digits
		select m.id
		from (values (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) as scale (n)
		join users m on m.id >= nullif($3, '')::bigint * scale.n and m.id < (nullif($3, '')::bigint + 1) * scale.n)))
and ($8 = 0 or case $5
	when 'id' then case when $6 then v.id < $8 else v.id > $8 end
	when 'text' then case
		when $6 then (v.text_key, v.id) < (select p.text_key, p.id from place p)
		else (v.text_key, v.id) > (select p.text_key, p.id from place p) end
	when 'moment' then case
		when $6 then (v.moment_key, v.id) < (select p.moment_key, p.id from place p)
		else (v.moment_key, v.id) > (select p.moment_key, p.id from place p) end
	when 'nullable moment' then case -- nulls come last, as in the index; descending, first
		when $6 then (v.moment_key, v.id) < (select p.moment_key, p.id from place p)
			or exists (select from place p where p.moment_key is null and (v.moment_key is not null or v.id < p.id))
		else (v.moment_key, v.id) > (select p.moment_key, p.id from place p)
			or exists (select from place p where v.moment_key is null and (p.moment_key is not null or v.id > p.id)) end
	when 'number' then case
		when $6 then (v.number_key, v.id) < (select p.number_key, p.id from place p)
		else (v.number_key, v.id) > (select p.number_key, p.id from place p) end
	end)
order by
	case when not $6 then v.text_key end, case when $6 then v.text_key end desc,
	case when not $6 then v.moment_key end, case when $6 then v.moment_key end desc,
	case when not $6 then v.number_key end, case when $6 then v.number_key end desc,
	case when not $6 then v.id end, case when $6 then v.id end desc
limit nullif($7, 0)
