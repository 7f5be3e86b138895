-- $1 search, $2 the same at the beginning of a word, $3 digits; $4 any, $5 own, $6 assigned: the reach of the
-- actor $7; $8 only the actor's, $9 unassigned, $10 not ended at this moment, $11 contract
select count(*)
from (select e.id, e.title, e.full_address, e.contract_id, e.support_contact_id, e.end_date, c.commercial_id
	from event e
	join contract k on k.id = e.contract_id
	join client c on c.id = k.client_id
	where ($4 or $5 and c.commercial_id = $7 or $6 and e.support_contact_id = $7)) v
where (not $8 or v.commercial_id = $7 or v.support_contact_id = $7)
and (not $9 or v.support_contact_id is null)
and ($10::timestamptz is null or v.end_date > $10::timestamptz)
and ($11 = 0 or v.contract_id = $11)
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
