-- $1 search, $2 the same at the beginning of a word, $3 digits; $4 any, $5 own, $6 assigned: the reach of the
-- actor $7; $8 phone digits searched, $9 only the actor's, $10 company
with assigned as materialized ( -- clients with an event that the actor supports
	select distinct k.client_id from event e join contract k on k.id = e.contract_id where e.support_contact_id = $7
)
select count(*)
from (select c.id, c.full_name, c.email, c.phone, c.company_id, c.commercial_id from client c
	where ($4 or $5 and c.commercial_id = $7
		or $6 and c.id = any (array(select client_id from assigned)))) v
where (not $9 or v.commercial_id = $7 or v.id = any (array(select client_id from assigned)))
and ($10 = 0 or v.company_id = $10)
and ($1 = ''
	or fold(v.full_name) like $1 or fold(v.full_name) like $2
	or fold(v.email) like $1 or fold(v.email) like $2
	or $8 <> '' and v.phone like $8
	or v.company_id = any (array(select m.id from company m where fold(m.name) like $1 or fold(m.name) like $2))
	or v.id = any (array( -- ids that begin with the digits
		select m.id
		from (values (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) as scale (n)
		join client m on m.id >= nullif($3, '')::bigint * scale.n and m.id < (nullif($3, '')::bigint + 1) * scale.n)))
