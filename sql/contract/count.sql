-- $1 search, $2 the same at the beginning of a word, $3 digits; $4 any, $5 own, $6 the assigned ones: the reach of
-- the actor $7; $8 unsigned, $9 unpaid, $10 client, $11 signed
WITH named AS ( -- clients that are searched
	SELECT m.id FROM client m WHERE $1 <> '' AND (fold(m.full_name) LIKE $1 OR fold(m.full_name) LIKE $2)
), numbered AS ( -- contracts that are: of commercials, and by the digits that ids begin with
	SELECT m.id FROM users n JOIN contract m ON m.commercial_id = n.id WHERE $1 <> '' AND (fold(n.username) LIKE $1 OR fold(n.username) LIKE $2)
	UNION ALL
	SELECT m.id
	FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
	JOIN contract m ON m.id >= nullif($3, '')::bigint * scale.n AND m.id < (nullif($3, '')::bigint + 1) * scale.n
	WHERE $3 <> ''
)
SELECT count(*)
FROM contract v
WHERE ($4
	OR $5 AND CASE WHEN $1 = '' -- they may be many more than what is searched
		THEN v.client_id = ANY (ARRAY(SELECT m.id FROM client m WHERE m.commercial_id = $7))
		ELSE v.client_id IN (SELECT m.id FROM client m WHERE m.commercial_id = $7) END
	OR cardinality($6::integer[]) > 0 AND v.id = ANY ($6))
AND (NOT $8 OR NOT v.is_signed)
AND (NOT $9 OR v.remaining_amount > 0)
AND ($10 = 0 OR v.client_id = $10)
AND (NOT $11 OR v.is_signed)
AND ($1 = '' OR CASE WHEN cardinality($6) > 0 -- of the assigned ones, the many that may be found are sorted out
	THEN v.client_id IN (SELECT m.id FROM named m) OR v.id IN (SELECT m.id FROM numbered m)
	ELSE v.client_id = ANY (ARRAY(SELECT m.id FROM named m)) OR v.id = ANY (ARRAY(SELECT m.id FROM numbered m)) END)
