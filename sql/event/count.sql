-- $1 search, $2 the same at the beginning of a word, $3 digits; $4 any, $5 own, $6 assigned: the reach of the
-- actor $7; $8 only the actor's, $9 unassigned, $10 not ended at this moment, $11 contract
SELECT count(*)
FROM (SELECT e.id, e.title, e.full_address, e.contract_id, e.support_contact_id, e.end_date, c.commercial_id
	FROM event e
	JOIN contract k ON k.id = e.contract_id
	JOIN client c ON c.id = k.client_id
	WHERE ($4 OR $5 AND c.commercial_id = $7 OR $6 AND e.support_contact_id = $7)) v
WHERE (NOT $8 OR v.commercial_id = $7 OR v.support_contact_id = $7)
AND (NOT $9 OR v.support_contact_id IS NULL)
AND ($10::timestamptz IS NULL OR v.end_date > $10::timestamptz)
AND ($11 = 0 OR v.contract_id = $11)
AND ($1 = ''
	OR fold(v.title) LIKE $1 OR fold(v.title) LIKE $2
	OR fold(v.full_address) LIKE $1 OR fold(v.full_address) LIKE $2
	OR v.contract_id = ANY (ARRAY(
		SELECT n.id FROM client m JOIN contract n ON n.client_id = m.id
		WHERE fold(m.full_name) LIKE $1 OR fold(m.full_name) LIKE $2))
	OR v.support_contact_id = ANY (ARRAY(SELECT m.id FROM users m WHERE fold(m.username) LIKE $1 OR fold(m.username) LIKE $2))
	OR v.id = ANY (ARRAY( -- ids that begin with the digits
		SELECT m.id
		FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
		JOIN event m ON m.id >= nullif($3, '')::bigint * scale.n AND m.id < (nullif($3, '')::bigint + 1) * scale.n)))
