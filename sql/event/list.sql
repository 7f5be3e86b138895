-- $1 search, $2 the same at the beginning of a word, $3 digits, $4 sort field, $5 its kind, $6 descending,
-- $7 limit, $8 after this id; $9 any, $10 own, $11 assigned: the reach of the actor $12; $13 only the actor's,
-- $14 unassigned, $15 not ended at this moment, $16 contract
with visible as not materialized (
	select e.id, e.title, e.contract_id, k.client_id, c.full_name as client, c.commercial_id, u.username as commercial,
		e.full_address, e.support_contact_id, coalesce(h.username, '') as support_contact, e.start_date, e.end_date,
		e.participant_count, coalesce(e.notes, '') as notes, e.created_at, e.updated_at, e.version,
		case $4
			when 'title' then fold(e.title)
			when 'client' then fold(c.full_name)
			when 'commercial' then fold(u.username)
			when 'support_contact' then fold(coalesce(h.username, ''))
			when 'full_address' then fold(e.full_address)
		end collate "C" as text_key,
		case $4
			when 'start_date' then e.start_date
			when 'end_date' then e.end_date
			when 'created_at' then e.created_at
			when 'updated_at' then e.updated_at
		end as moment_key,
		case $4
			when 'contract_id' then e.contract_id
			when 'participant_count' then e.participant_count
		end as number_key
	from event e
	join contract k on k.id = e.contract_id
	join client c on c.id = k.client_id
	join users u on u.id = c.commercial_id
	left join users h on h.id = e.support_contact_id
	where ($9 or $10 and c.commercial_id = $12 or $11 and e.support_contact_id = $12)
), place as (
	select p.text_key, p.moment_key, p.number_key, p.id from visible p where p.id = $8
)
select v.id, v.title, v.contract_id, v.client_id, v.client, v.commercial_id, v.commercial,
	v.full_address, v.support_contact_id, v.support_contact, v.start_date, v.end_date,
	v.participant_count, v.notes, v.created_at, v.updated_at, v.version,
	v.commercial_id = $12 as is_own, v.support_contact_id is not distinct from $12 as is_assigned
from visible v
where (not $13 or v.commercial_id = $12 or v.support_contact_id = $12)
and (not $14 or v.support_contact_id is null)
and ($15::timestamptz is null or v.end_date > $15::timestamptz)
and ($16 = 0 or v.contract_id = $16)
and ($1 = ''
	or fold(v.title) like $1 or fold(v.title) like $2
	or fold(v.full_address) like $1 or fold(v.full_address) like $2
	or v.contract_id = any (array(
		select n.id from client m join contract n on n.client_id = m.id
		where fold(m.full_name) like $1 or fold(m.full_name) like $2))
	or v.support_contact_id = any (array(select m.id from users m where fold(m.username) like $1 or fold(m.username) like $2))
	or v.id = any (array( -- ids that begin with the digits
		select m.id
		from (values (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) as scale (n)
		join event m on m.id >= nullif($3, '')::bigint * scale.n and m.id < (nullif($3, '')::bigint + 1) * scale.n)))
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
