-- $1 search, $2 the same at the beginning of a word, $3 digits, $4 sort field, $5 its kind, $6 descending,
-- $7 limit, $8 after this id; $9 any, $10 own, $11 assigned: the reach of the actor $12; $13 phone digits searched,
-- $14 only the actor's, $15 company
with assigned as materialized ( -- clients with an event that the actor supports
	select distinct k.client_id from event e join contract k on k.id = e.contract_id where e.support_contact_id = $12
), visible as not materialized (
	select c.id, c.full_name, c.email, c.phone, c.company_id, coalesce(y.name, '') as company,
		c.commercial_id, u.username as commercial, c.first_contact_date, c.last_contact_date,
		c.created_at, c.updated_at, c.version,
		case $4
			when 'full_name' then fold(c.full_name)
			when 'email' then fold(c.email)
			when 'phone' then c.phone
			when 'company' then fold(coalesce(y.name, ''))
			when 'commercial' then fold(u.username)
		end collate "C" as text_key,
		case $4
			when 'first_contact_date' then c.first_contact_date
			when 'last_contact_date' then c.last_contact_date
			when 'created_at' then c.created_at
			when 'updated_at' then c.updated_at
		end as moment_key
	from client c
	join users u on u.id = c.commercial_id
	left join company y on y.id = c.company_id
	where ($9 or $10 and c.commercial_id = $12
		or $11 and c.id = any (array(select client_id from assigned)))
), place as (
	select p.text_key, p.moment_key, p.id from visible p where p.id = $8
)
select v.id, v.full_name, v.email, v.phone, v.company_id, v.company, v.commercial_id, v.commercial,
	v.first_contact_date, v.last_contact_date, v.created_at, v.updated_at, v.version,
	v.commercial_id = $12 as is_own, v.id in (select client_id from assigned) as is_assigned
from visible v
where (not $14 or v.commercial_id = $12 or v.id = any (array(select client_id from assigned)))
and ($15 = 0 or v.company_id = $15)
and ($1 = ''
	or fold(v.full_name) like $1 or fold(v.full_name) like $2
	or fold(v.email) like $1 or fold(v.email) like $2
	or $13 <> '' and v.phone like $13
	or v.company_id = any (array(select m.id from company m where fold(m.name) like $1 or fold(m.name) like $2))
	or v.id = any (array( -- ids that begin with the digits
		select m.id
		from (values (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) as scale (n)
		join client m on m.id >= nullif($3, '')::bigint * scale.n and m.id < (nullif($3, '')::bigint + 1) * scale.n)))
and ($8 = 0 or case $5
	when 'id' then case when $6 then v.id < $8 else v.id > $8 end
	when 'text' then case
		when $6 then (v.text_key, v.id) < (select p.text_key, p.id from place p)
		else (v.text_key, v.id) > (select p.text_key, p.id from place p) end
	when 'nullable text' then case -- nulls come last, as in the index; descending, first
		when $6 then (v.text_key, v.id) < (select p.text_key, p.id from place p)
			or exists (select from place p where p.text_key is null and (v.text_key is not null or v.id < p.id))
		else (v.text_key, v.id) > (select p.text_key, p.id from place p)
			or exists (select from place p where v.text_key is null and (p.text_key is not null or v.id > p.id)) end
	when 'moment' then case
		when $6 then (v.moment_key, v.id) < (select p.moment_key, p.id from place p)
		else (v.moment_key, v.id) > (select p.moment_key, p.id from place p) end
	when 'nullable moment' then case -- nulls come last, as in the index; descending, first
		when $6 then (v.moment_key, v.id) < (select p.moment_key, p.id from place p)
			or exists (select from place p where p.moment_key is null and (v.moment_key is not null or v.id < p.id))
		else (v.moment_key, v.id) > (select p.moment_key, p.id from place p)
			or exists (select from place p where v.moment_key is null and (p.moment_key is not null or v.id > p.id)) end
	end)
order by
	case when not $6 then v.text_key end, case when $6 then v.text_key end desc,
	case when not $6 then v.moment_key end, case when $6 then v.moment_key end desc,
	case when not $6 then v.id end, case when $6 then v.id end desc
limit nullif($7, 0)
