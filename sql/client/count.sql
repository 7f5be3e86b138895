-- $1 search, $2 the same at the beginning of a word, $3 digits; $4 any, $5 own, $6 the assigned ones: the reach of
-- the actor $7; $8 phone digits searched, $9 company
WITH named AS ( -- companies that are searched
	SELECT m.id FROM company m WHERE $1 <> '' AND (fold(m.name) LIKE $1 OR fold(m.name) LIKE $2)
), numbered AS ( -- clients that are, by the digits that ids begin with
	SELECT m.id
	FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
	JOIN client m ON m.id >= nullif($3, '')::bigint * scale.n AND m.id < (nullif($3, '')::bigint + 1) * scale.n
	WHERE $3 <> ''
)
SELECT count(*)
FROM client v
WHERE ($4 OR $5 AND v.commercial_id = $7 OR cardinality($6::integer[]) > 0 AND v.id = ANY ($6))
AND ($9 = 0 OR v.company_id = $9)
AND ($1 = ''
	OR fold(v.full_name) LIKE $1 OR fold(v.full_name) LIKE $2
	OR fold(v.email) LIKE $1 OR fold(v.email) LIKE $2
	OR $8 <> '' AND v.phone LIKE $8
	OR CASE WHEN cardinality($6) > 0 -- of the assigned ones, the many that may be found are sorted out
		THEN v.company_id IN (SELECT m.id FROM named m) OR v.id IN (SELECT m.id FROM numbered m)
		ELSE v.company_id = ANY (ARRAY(SELECT m.id FROM named m)) OR v.id = ANY (ARRAY(SELECT m.id FROM numbered m)) END)
