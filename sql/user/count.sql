-- $1 search, $2 the same at the beginning of a word, $3 digits, $4 roles, $5 only inactive ones
select count(*)
from (select u.id, u.username, u.full_name, u.email, u.is_active, r.name as role from users u join role r on r.id = u.role_id) v
where (coalesce(cardinality($4::text[]), 0) = 0 or v.role = any ($4::text[]))
and (not $5 or not v.is_active)
and ($1 = ''
	or fold(v.username) like $1 or fold(v.username) like $2
	or fold(v.full_name) like $1 or fold(v.full_name) like $2
	or fold(v.email) like $1 or fold(v.email) like $2
	or v.id = any (array( -- ids that begin with the digits
		select m.id
		from (values (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) as scale (n)
		join users m on m.id >= nullif($3, '')::bigint * scale.n and m.id < (nullif($3, '')::bigint + 1) * scale.n)))
