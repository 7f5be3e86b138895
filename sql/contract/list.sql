-- $1 search, $2 the same at the beginning of a word, $3 digits, $4 sort field, $5 its kind, $6 descending,
-- $7 limit, $8 after this id; $9 any, $10 own, $11 assigned: the reach of the actor $12; $13 only the actor's,
-- $14 unsigned, $15 unpaid, $16 client, $17 signed
WITH assigned AS MATERIALIZED ( -- contracts with an event that the actor supports
	SELECT DISTINCT e.contract_id FROM event e WHERE e.support_contact_id = $12
), visible AS NOT MATERIALIZED (
	SELECT k.id, k.client_id, c.full_name AS client, k.commercial_id, u.username AS commercial,
		k.total_amount, k.remaining_amount, k.is_signed, k.is_fully_paid, k.created_at, k.updated_at, k.version, c.commercial_id AS owner_id,
		CASE $4
			WHEN 'client' THEN fold(c.full_name)
			WHEN 'commercial' THEN fold(u.username)
		END COLLATE "C" AS text_key,
		CASE $4
			WHEN 'created_at' THEN k.created_at
			WHEN 'updated_at' THEN k.updated_at
		END AS moment_key,
		CASE $4
			WHEN 'total_amount' THEN k.total_amount
			WHEN 'remaining_amount' THEN k.remaining_amount
			WHEN 'is_signed' THEN k.is_signed::integer
			WHEN 'is_fully_paid' THEN k.is_fully_paid::integer
		END AS number_key
	FROM contract k
	JOIN client c ON c.id = k.client_id
	JOIN users u ON u.id = k.commercial_id
	WHERE ($9 OR $10 AND c.commercial_id = $12
		OR $11 AND k.id = ANY (ARRAY(SELECT contract_id FROM assigned)))
), place AS (
	SELECT p.text_key, p.moment_key, p.number_key, p.id FROM visible p WHERE p.id = $8
)
SELECT v.id, v.client_id, v.client, v.commercial_id, v.commercial, v.total_amount, v.remaining_amount,
	v.is_signed, v.is_fully_paid, v.created_at, v.updated_at, v.version,
	v.owner_id = $12 AS is_own, v.id IN (SELECT contract_id FROM assigned) AS is_assigned
FROM visible v
WHERE (NOT $13 OR v.owner_id = $12 OR v.id = ANY (ARRAY(SELECT contract_id FROM assigned)))
AND (NOT $14 OR NOT v.is_signed)
AND (NOT $15 OR v.remaining_amount > 0)
AND ($16 = 0 OR v.client_id = $16)
AND (NOT $17 OR v.is_signed)
AND ($1 = ''
	OR v.client_id = ANY (ARRAY(SELECT m.id FROM client m WHERE fold(m.full_name) LIKE $1 OR fold(m.full_name) LIKE $2))
	OR v.commercial_id = ANY (ARRAY(SELECT m.id FROM users m WHERE fold(m.username) LIKE $1 OR fold(m.username) LIKE $2))
	OR v.id = ANY (ARRAY( -- ids that begin with the digits
		SELECT m.id
		FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
		JOIN contract m ON m.id >= nullif($3, '')::bigint * scale.n AND m.id < (nullif($3, '')::bigint + 1) * scale.n)))
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
