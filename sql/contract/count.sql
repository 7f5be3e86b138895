-- $1 search, $2 the same at the beginning of a word, $3 digits; $4 any, $5 own, $6 assigned: the reach of the
-- actor $7; $8 only the actor's, $9 unsigned, $10 unpaid, $11 client, $12 signed
WITH assigned AS MATERIALIZED ( -- contracts with an event that the actor supports
	SELECT DISTINCT e.contract_id FROM event e WHERE e.support_contact_id = $7
)
SELECT count(*)
FROM (SELECT k.id, k.client_id, k.commercial_id, k.remaining_amount, k.is_signed, c.commercial_id AS owner_id
	FROM contract k
	JOIN client c ON c.id = k.client_id
	WHERE ($4 OR $5 AND c.commercial_id = $7
		OR $6 AND k.id = ANY (ARRAY(SELECT contract_id FROM assigned)))) v
WHERE (NOT $8 OR v.owner_id = $7 OR v.id = ANY (ARRAY(SELECT contract_id FROM assigned)))
AND (NOT $9 OR NOT v.is_signed)
AND (NOT $10 OR v.remaining_amount > 0)
AND ($11 = 0 OR v.client_id = $11)
AND (NOT $12 OR v.is_signed)
AND ($1 = ''
	OR v.client_id = ANY (ARRAY(SELECT m.id FROM client m WHERE fold(m.full_name) LIKE $1 OR fold(m.full_name) LIKE $2))
	OR v.commercial_id = ANY (ARRAY(SELECT m.id FROM users m WHERE fold(m.username) LIKE $1 OR fold(m.username) LIKE $2))
	OR v.id = ANY (ARRAY( -- ids that begin with the digits
		SELECT m.id
		FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
		JOIN contract m ON m.id >= nullif($3, '')::bigint * scale.n AND m.id < (nullif($3, '')::bigint + 1) * scale.n)))
