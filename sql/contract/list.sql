-- $1 search, $2 the same at the beginning of a word, $3 digits, $4 sort field, $5 its kind, $6 descending,
-- $7 limit, $8 after this id; $9 any, $10 own, $11 assigned: the reach of the actor $12; $13 only the actor's,
-- $14 unsigned, $15 unpaid, $16 client
with assigned as materialized ( -- contracts with an event that the actor supports
	select distinct e.contract_id from event e where e.support_contact_id = $12
), visible as not materialized (
	select k.id, k.client_id, c.full_name as client, k.commercial_id, u.username as commercial,
		k.total_amount, k.remaining_amount, k.is_signed, k.is_fully_paid, k.created_at, k.updated_at, k.version, c.commercial_id as owner_id,
		case $4
			when 'client' then fold(c.full_name)
			when 'commercial' then fold(u.username)
		end collate "C" as text_key,
		case $4
			when 'created_at' then k.created_at
			when 'updated_at' then k.updated_at
		end as moment_key,
		case $4
			when 'total_amount' then k.total_amount
			when 'remaining_amount' then k.remaining_amount
			when 'is_signed' then k.is_signed::integer
			when 'is_fully_paid' then k.is_fully_paid::integer
		end as number_key
	from contract k
	join client c on c.id = k.client_id
	join users u on u.id = k.commercial_id
	where ($9 or $10 and c.commercial_id = $12
		or $11 and k.id = any (array(select contract_id from assigned)))
), place as (
	select p.text_key, p.moment_key, p.number_key, p.id from visible p where p.id = $8
)
select v.id, v.client_id, v.client, v.commercial_id, v.commercial, v.total_amount, v.remaining_amount,
	v.is_signed, v.is_fully_paid, v.created_at, v.updated_at, v.version,
	v.owner_id = $12 as is_own, v.id in (select contract_id from assigned) as is_assigned
from visible v
where (not $13 or v.owner_id = $12 or v.id = any (array(select contract_id from assigned)))
and (not $14 or not v.is_signed)
and (not $15 or v.remaining_amount > 0)
and ($16 = 0 or v.client_id = $16)
and ($1 = ''
	or v.client_id = any (array(select m.id from client m where fold(m.full_name) like $1 or fold(m.full_name) like $2))
	or v.commercial_id = any (array(select m.id from users m where fold(m.username) like $1 or fold(m.username) like $2))
	or v.id = any (array( -- ids that begin with the digits
		select m.id
		from (values (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) as scale (n)
		join contract m on m.id >= nullif($3, '')::bigint * scale.n and m.id < (nullif($3, '')::bigint + 1) * scale.n)))
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
