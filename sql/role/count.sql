-- $1 search, $2 the same at the beginning of a word, $3 digits
SELECT count(*)
FROM role v
WHERE ($1 = '' OR fold(v.name) LIKE $1 OR fold(v.name) LIKE $2 OR v.id = ANY (ARRAY( -- ids that begin with the digits
		SELECT m.id
		FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
		JOIN role m ON m.id >= nullif($3, '')::bigint * scale.n AND m.id < (nullif($3, '')::bigint + 1) * scale.n)))
