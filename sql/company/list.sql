-- $1 search, $2 the same at the beginning of a word, $3 digits, $4 sort field, $5 its kind, $6 descending,
-- $7 limit, $8 after this id
with visible as not materialized (
	select y.id, y.name, y.created_at, y.updated_at, y.version,
		case $4 when 'name' then fold(y.name) end collate "C" as text_key,
		case $4 when 'created_at' then y.created_at when 'updated_at' then y.updated_at end as moment_key,
		case $4 when 'clients' then (select count(*) from client c where c.company_id = y.id) end as number_key
	from company y
), place as (
	select p.text_key, p.moment_key, p.number_key, p.id from visible p where p.id = $8
)
select v.id, v.name, v.created_at, v.updated_at, v.version,
	(select count(*) from client c where c.company_id = v.id) as clients
from visible v
where ($1 = '' or fold(v.name) like $1 or fold(v.name) like $2
	or v.id = any (array( -- ids that begin with the digits
		select m.id
		from (values (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) as scale (n)
		join company m on m.id >= nullif($3, '')::bigint * scale.n and m.id < (nullif($3, '')::bigint + 1) * scale.n)))
and ($8 = 0 or case $5
	when 'id' then case when $6 then v.id < $8 else v.id > $8 end
	when 'text' then case
		when $6 then (v.text_key, v.id) < (select p.text_key, p.id from place p)
		else (v.text_key, v.id) > (select p.text_key, p.id from place p) end
	when 'moment' then case
		when $6 then (v.moment_key, v.id) < (select p.moment_key, p.id from place p)
		else (v.moment_key, v.id) > (select p.moment_key, p.id from place p) end
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
