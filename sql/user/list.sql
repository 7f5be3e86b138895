-- $1 words that are searched, $2 the digits of ids among them, $3 its sort key, $4 sort field, $5 its kind, $6 descending,
-- $7 limit, $8 after this id, $9 roles, $10 only inactive ones
WITH visible AS NOT MATERIALIZED (
	SELECT u.id, u.username, u.full_name, u.email, u.role_id, r.name AS role, coalesce(u.is_active, false) AS is_active, u.last_login,
		u.created_at, u.updated_at, u.version,
		sort_key(s.text, $6) COLLATE "C" AS text_key,
		sort_key(s.moment, $6) AS moment_key,
		CASE $4 WHEN 'is_active' THEN coalesce(u.is_active, false)::integer END AS number_key
	FROM users u
	LEFT JOIN role r ON r.id = u.role_id
	CROSS JOIN LATERAL (
		SELECT CASE $4
			WHEN 'username' THEN u.username
			WHEN 'full_name' THEN u.full_name
			WHEN 'email' THEN u.email
			WHEN 'role' THEN r.name
		END AS text,
		CASE $4
			WHEN 'last_login' THEN u.last_login
			WHEN 'created_at' THEN u.created_at
			WHEN 'updated_at' THEN u.updated_at
		END AS moment
	) s
), place AS (
	SELECT p.text_key, p.moment_key, p.number_key, p.id FROM visible p WHERE p.id = $8 AND $3::text IS NULL
	UNION ALL
	SELECT sort_key($3, $6) COLLATE "C",
		sort_key(CASE WHEN $5 = 'moment' THEN nullif($3, '')::timestamptz END, $6),
		CASE WHEN $5 = 'number' THEN $3::bigint END, $8
	WHERE $3 IS NOT NULL
)
SELECT v.id, v.username, v.full_name, v.email, v.role_id, v.role, v.is_active, v.last_login,
	v.created_at, v.updated_at, v.version
FROM visible v
WHERE (coalesce(cardinality($9::text[]), 0) = 0 OR v.role = ANY ($9::text[]))
AND (NOT $10 OR NOT v.is_active)
AND (cardinality($1::text[]) = 0 OR ( -- each word stands somewhere
	SELECT bool_and(s.text LIKE w.part OR w.digits <> '' AND starts_with(v.id::text, w.digits))
	FROM (SELECT search_key(concat_ws(' ', v.username, v.full_name, v.email, v.role)) AS text) s, unnest($1, $2::text[]) AS w (part, digits)))
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
