-- $1 words that are searched, $2 the digits of ids among them, $3 its sort key, $4 sort field, $5 its kind, $6 descending,
-- $7 limit, $8 after this id; $9 any, $10 own, $11 assigned: the reach of the actor $12 on clients, which are counted
WITH visible AS NOT MATERIALIZED (
	SELECT y.id, y.name, y.created_at, y.updated_at, y.version,
		sort_key(CASE WHEN $4 = 'name' THEN y.name END, $6) COLLATE "C" AS text_key,
		sort_key(CASE $4 WHEN 'created_at' THEN y.created_at WHEN 'updated_at' THEN y.updated_at END, $6) AS moment_key
	FROM company y
), place AS (
	SELECT p.text_key, p.moment_key, p.id FROM visible p WHERE p.id = $8 AND $3::text IS NULL
	UNION ALL
	SELECT sort_key($3, $6) COLLATE "C", sort_key(CASE WHEN $5 = 'moment' THEN nullif($3, '')::timestamptz END, $6), $8
	WHERE $3 IS NOT NULL
)
SELECT v.id, v.name, v.created_at, v.updated_at, v.version,
	CASE WHEN $9 OR $10 OR $11 THEN (
		SELECT count(*) FROM client c WHERE c.company_id = v.id AND ($9 OR $10 AND c.commercial_id = $12 OR $11 AND EXISTS (
			SELECT FROM contract k JOIN event e ON e.contract_id = k.id WHERE k.client_id = c.id AND e.support_contact_id = $12))) END AS clients
FROM visible v
WHERE (cardinality($1::text[]) = 0 OR search_key(v.name) LIKE ($1::text[])[1]
	OR v.id = ANY (ARRAY( -- ids that begin with the digits
		SELECT m.id
		FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
		JOIN company m ON m.id >= nullif(($2::text[])[1], '')::bigint * scale.n AND m.id < (nullif(($2::text[])[1], '')::bigint + 1) * scale.n)))
AND (cardinality($1) < 2 OR ( -- each word stands somewhere
	SELECT bool_and(search_key(v.name) LIKE w.part OR w.digits <> '' AND starts_with(v.id::text, w.digits))
	FROM unnest($1, $2::text[]) AS w (part, digits)))
AND ($8 = 0 OR CASE $5
	WHEN 'id' THEN CASE WHEN $6 THEN v.id < $8 ELSE v.id > $8 END
	WHEN 'text' THEN CASE
		WHEN $6 THEN (v.text_key, v.id) < (SELECT p.text_key, p.id FROM place p)
		ELSE (v.text_key, v.id) > (SELECT p.text_key, p.id FROM place p) END
	WHEN 'moment' THEN CASE
		WHEN $6 THEN (v.moment_key, v.id) < (SELECT p.moment_key, p.id FROM place p)
		ELSE (v.moment_key, v.id) > (SELECT p.moment_key, p.id FROM place p) END
	END)
ORDER BY
	CASE WHEN NOT $6 THEN v.text_key END, CASE WHEN $6 THEN v.text_key END DESC,
	CASE WHEN NOT $6 THEN v.moment_key END, CASE WHEN $6 THEN v.moment_key END DESC,
	CASE WHEN NOT $6 THEN v.id END, CASE WHEN $6 THEN v.id END DESC
LIMIT nullif($7, 0)
