-- $1 search, $2 the same at the beginning of a word, $3 digits; $4 any, $5 own, $6 assigned: the reach of the
-- actor $7; $8 only the actor's, $9 unsigned, $10 unpaid, $11 client
with assigned as materialized ( -- contracts with an event that the actor supports
	select distinct e.contract_id from event e where e.support_contact_id = $7
)
select count(*)
from (select k.id, k.client_id, k.commercial_id, k.remaining_amount, k.is_signed, c.commercial_id as owner_id
	from contract k
	join client c on c.id = k.client_id
	where ($4 or $5 and c.commercial_id = $7
		or $6 and k.id = any (array(select contract_id from assigned)))) v
where (not $8 or v.owner_id = $7 or v.id = any (array(select contract_id from assigned)))
and (not $9 or not v.is_signed)
and (not $10 or v.remaining_amount > 0)
and ($11 = 0 or v.client_id = $11)
and ($1 = ''
	or v.client_id = any (array(select m.id from client m where fold(m.full_name) like $1 or fold(m.full_name) like $2))
	or v.commercial_id = any (array(select m.id from users m where fold(m.username) like $1 or fold(m.username) like $2))
	or v.id = any (array( -- ids that begin with the digits
		select m.id
		from (values (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) as scale (n)
		join contract m on m.id >= nullif($3, '')::bigint * scale.n and m.id < (nullif($3, '')::bigint + 1) * scale.n)))
