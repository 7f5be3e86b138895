-- $1 words that are searched, $2 the digits of ids among them, $3 its sort key, $4 sort field, $5 its kind, $6 descending,
-- $7 limit, $8 after this id
WITH visible AS NOT MATERIALIZED (
	SELECT r.id, r.name, r.version, n.users,
		sort_key(CASE WHEN $4 = 'name' THEN r.name END, $6) COLLATE "C" AS text_key,
		CASE $4 WHEN 'users' THEN n.users END AS number_key
	FROM role r
	CROSS JOIN LATERAL (SELECT count(*) AS users FROM users u WHERE u.role_id = r.id AND u.is_active) n
), place AS (
	SELECT p.text_key, p.number_key, p.id FROM visible p WHERE p.id = $8 AND $3::text IS NULL
	UNION ALL
	SELECT sort_key($3, $6) COLLATE "C", CASE WHEN $5 = 'number' THEN $3::bigint END, $8
	WHERE $3 IS NOT NULL
)
SELECT v.id, v.name, v.version, v.users,
	ARRAY(
		SELECT p.name
		FROM role_permission g
		JOIN permission p ON p.id = g.permission_id
		WHERE g.role_id = v.id
		ORDER BY p.name COLLATE "C"
	) AS permissions
FROM visible v
WHERE (cardinality($1::text[]) = 0 OR ( -- each word stands somewhere
	SELECT bool_and(search_key(v.name) LIKE w.part OR w.digits <> '' AND starts_with(v.id::text, w.digits))
	FROM unnest($1, $2::text[]) AS w (part, digits)))
AND ($8 = 0 OR CASE $5
	WHEN 'id' THEN CASE WHEN $6 THEN v.id < $8 ELSE v.id > $8 END
	WHEN 'text' THEN CASE
		WHEN $6 THEN (v.text_key, v.id) < (SELECT p.text_key, p.id FROM place p)
		ELSE (v.text_key, v.id) > (SELECT p.text_key, p.id FROM place p) END
	WHEN 'number' THEN CASE
		WHEN $6 THEN (v.number_key, v.id) < (SELECT p.number_key, p.id FROM place p)
		ELSE (v.number_key, v.id) > (SELECT p.number_key, p.id FROM place p) END
	END)
ORDER BY
	CASE WHEN NOT $6 THEN v.text_key END, CASE WHEN $6 THEN v.text_key END DESC,
	CASE WHEN NOT $6 THEN v.number_key END, CASE WHEN $6 THEN v.number_key END DESC,
	CASE WHEN NOT $6 THEN v.id END, CASE WHEN $6 THEN v.id END DESC
LIMIT nullif($7, 0)
