-- $1 search, $2 the same at the beginning of a word, $3 digits; $4 any, $5 own, $6 assigned: the reach of the
-- actor $7; $8 phone digits searched, $9 only the actor's, $10 company
WITH assigned AS MATERIALIZED ( -- clients with an event that the actor supports
	SELECT DISTINCT k.client_id FROM event e JOIN contract k ON k.id = e.contract_id WHERE e.support_contact_id = $7
)
SELECT count(*)
FROM (SELECT c.id, c.full_name, c.email, c.phone, c.company_id, c.commercial_id FROM client c
	WHERE ($4 OR $5 AND c.commercial_id = $7
		OR $6 AND c.id = ANY (ARRAY(SELECT client_id FROM assigned)))) v
WHERE (NOT $9 OR v.commercial_id = $7 OR v.id = ANY (ARRAY(SELECT client_id FROM assigned)))
AND ($10 = 0 OR v.company_id = $10)
AND ($1 = ''
	OR fold(v.full_name) LIKE $1 OR fold(v.full_name) LIKE $2
	OR fold(v.email) LIKE $1 OR fold(v.email) LIKE $2
	OR $8 <> '' AND v.phone LIKE $8
	OR v.company_id = ANY (ARRAY(SELECT m.id FROM company m WHERE fold(m.name) LIKE $1 OR fold(m.name) LIKE $2))
	OR v.id = ANY (ARRAY( -- ids that begin with the digits
		SELECT m.id
		FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
		JOIN client m ON m.id >= nullif($3, '')::bigint * scale.n AND m.id < (nullif($3, '')::bigint + 1) * scale.n)))
