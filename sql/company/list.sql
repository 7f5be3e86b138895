-- $1 search, $2 the same at the beginning of a word, $3 digits, $4 sort field, $5 its kind, $6 descending,
-- $7 limit, $8 after this id
WITH visible AS NOT MATERIALIZED (
	SELECT y.id, y.name, y.created_at, y.updated_at, y.version,
		CASE $4 WHEN 'name' THEN fold(y.name) END COLLATE "C" AS text_key,
		CASE $4 WHEN 'created_at' THEN y.created_at WHEN 'updated_at' THEN y.updated_at END AS moment_key
	FROM company y
), place AS (
	SELECT p.text_key, p.moment_key, p.id FROM visible p WHERE p.id = $8
)
SELECT v.id, v.name, v.created_at, v.updated_at, v.version,
	(SELECT count(*) FROM client c WHERE c.company_id = v.id) AS clients
FROM visible v
WHERE ($1 = '' OR fold(v.name) LIKE $1 OR fold(v.name) LIKE $2
	OR v.id = ANY (ARRAY( -- ids that begin with the digits
		SELECT m.id
		FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
		JOIN company m ON m.id >= nullif($3, '')::bigint * scale.n AND m.id < (nullif($3, '')::bigint + 1) * scale.n)))
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
