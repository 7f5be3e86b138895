-- $1 search, $2 the same at the beginning of a word, $3 digits
select count(*)
from company v
where ($1 = '' or fold(v.name) like $1 or fold(v.name) like $2
	or v.id = any (array( -- ids that begin with the digits
		select m.id
		from (values (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) as scale (n)
		join company m on m.id >= nullif($3, '')::bigint * scale.n and m.id < (nullif($3, '')::bigint + 1) * scale.n)))
