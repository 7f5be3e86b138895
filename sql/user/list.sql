-- $1 search, $2 the same at the beginning of a word, $3 digits, $4 sort field, $5 its kind, $6 descending,
-- $7 limit, $8 after this id, $9 roles, $10 only inactive ones
WITH visible AS NOT MATERIALIZED (
	SELECT u.id, u.username, u.full_name, u.email, u.role_id, r.name AS role, u.is_active, u.last_login,
		u.created_at, u.updated_at, u.version,
		CASE $4
			WHEN 'username' THEN fold(u.username)
			WHEN 'full_name' THEN fold(u.full_name)
			WHEN 'email' THEN fold(u.email)
			WHEN 'role' THEN fold(r.name)
		END COLLATE "C" AS text_key,
		CASE $4
			WHEN 'last_login' THEN coalesce(u.last_login, 'infinity') -- never comes last
			WHEN 'created_at' THEN u.created_at
			WHEN 'updated_at' THEN u.updated_at
		END AS moment_key,
		CASE $4 WHEN 'is_active' THEN u.is_active::integer END AS number_key
	FROM users u
	JOIN role r ON r.id = u.role_id
), place AS (
	SELECT p.text_key, p.moment_key, p.number_key, p.id FROM visible p WHERE p.id = $8
)
SELECT v.id, v.username, v.full_name, v.email, v.role_id, v.role, v.is_active, v.last_login,
	v.created_at, v.updated_at, v.version
FROM visible v
WHERE (coalesce(cardinality($9::text[]), 0) = 0 OR v.role = ANY ($9::text[]))
AND (NOT $10 OR NOT v.is_active)
AND ($1 = ''
	OR fold(v.username) LIKE $1 OR fold(v.username) LIKE $2
	OR fold(v.full_name) LIKE $1 OR fold(v.full_name) LIKE $2
	OR fold(v.email) LIKE $1 OR fold(v.email) LIKE $2
	OR v.id = ANY (ARRAY( -- ids that begin with the digits
		SELECT m.id
		FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
		JOIN users m ON m.id >= nullif($3, '')::bigint * scale.n AND m.id < (nullif($3, '')::bigint + 1) * scale.n)))
AND ($8 = 0 OR CASE $5
	WHEN 'id' THEN CASE WHEN $6 THEN v.id < $8 ELSE v.id > $8 END
	WHEN 'text' THEN CASE
		WHEN $6 THEN (v.text_key, v.id) < (SELECT p.text_key, p.id FROM place p)
		ELSE (v.text_key, v.id) > (SELECT p.text_key, p.id FROM place p) END
	WHEN 'moment' THEN CASE
		WHEN $6 THEN (v.moment_key, v.id) < (SELECT p.moment_key, p.id FROM place p)
		ELSE (v.moment_key, v.id) > (SELECT p.moment_key, p.id FROM place p) END
	WHEN 'number' THEN CASE
		WHEN $6 THEN (v.number_key, v.id) < (SELECT p.number_key, p.id FROM place p)
		ELSE (v.number_key, v.id) > (SELECT p.number_key, p.id FROM place p) END
	END)
ORDER BY
	CASE WHEN NOT $6 THEN v.text_key END, CASE WHEN $6 THEN v.text_key END DESC,
	CASE WHEN NOT $6 THEN v.moment_key END, CASE WHEN $6 THEN v.moment_key END DESC,
	CASE WHEN NOT $6 THEN v.number_key END, CASE WHEN $6 THEN v.number_key END DESC,
	CASE WHEN NOT $6 THEN v.id END, CASE WHEN $6 THEN v.id END DESC
LIMIT nullif($7, 0)
