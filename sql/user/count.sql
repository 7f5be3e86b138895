-- $1 search, $2 the same at the beginning of a word, $3 digits, $4 roles, $5 only inactive ones
SELECT count(*)
FROM (SELECT u.id, u.username, u.full_name, u.email, u.is_active, r.name AS role FROM users u JOIN role r ON r.id = u.role_id) v
WHERE (coalesce(cardinality($4::text[]), 0) = 0 OR v.role = ANY ($4::text[]))
AND (NOT $5 OR NOT v.is_active)
AND ($1 = ''
	OR fold(v.username) LIKE $1 OR fold(v.username) LIKE $2
	OR fold(v.full_name) LIKE $1 OR fold(v.full_name) LIKE $2
	OR fold(v.email) LIKE $1 OR fold(v.email) LIKE $2
	OR v.id = ANY (ARRAY( -- ids that begin with the digits
		SELECT m.id
		FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
		JOIN users m ON m.id >= nullif($3, '')::bigint * scale.n AND m.id < (nullif($3, '')::bigint + 1) * scale.n)))
