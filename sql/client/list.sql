-- $1 search, $2 the same at the beginning of a word, $3 digits, $4 sort field, $5 its kind, $6 descending,
-- $7 limit, $8 after this id; $9 any, $10 own, $11 assigned: the reach of the actor $12; $13 phone digits searched,
-- $14 only the actor's, $15 company
WITH assigned AS MATERIALIZED ( -- clients with an event that the actor supports
	SELECT DISTINCT k.client_id FROM event e JOIN contract k ON k.id = e.contract_id WHERE e.support_contact_id = $12
), visible AS NOT MATERIALIZED (
	SELECT c.id, c.full_name, c.email, c.phone, c.company_id, coalesce(y.name, '') AS company,
		c.commercial_id, u.username AS commercial, c.first_contact_date, c.last_contact_date,
		c.created_at, c.updated_at, c.version,
		CASE $4
			WHEN 'full_name' THEN fold(c.full_name)
			WHEN 'email' THEN fold(c.email)
			WHEN 'phone' THEN c.phone
			WHEN 'company' THEN fold(coalesce(y.name, ''))
			WHEN 'commercial' THEN fold(u.username)
		END COLLATE "C" AS text_key,
		CASE $4
			WHEN 'first_contact_date' THEN c.first_contact_date
			WHEN 'last_contact_date' THEN c.last_contact_date
			WHEN 'created_at' THEN c.created_at
			WHEN 'updated_at' THEN c.updated_at
		END AS moment_key
	FROM client c
	JOIN users u ON u.id = c.commercial_id
	LEFT JOIN company y ON y.id = c.company_id
	WHERE ($9 OR $10 AND c.commercial_id = $12
		OR $11 AND c.id = ANY (ARRAY(SELECT client_id FROM assigned)))
), place AS (
	SELECT p.text_key, p.moment_key, p.id FROM visible p WHERE p.id = $8
)
SELECT v.id, v.full_name, v.email, v.phone, v.company_id, v.company, v.commercial_id, v.commercial,
	v.first_contact_date, v.last_contact_date, v.created_at, v.updated_at, v.version,
	v.commercial_id = $12 AS is_own, v.id IN (SELECT client_id FROM assigned) AS is_assigned
FROM visible v
WHERE (NOT $14 OR v.commercial_id = $12 OR v.id = ANY (ARRAY(SELECT client_id FROM assigned)))
AND ($15 = 0 OR v.company_id = $15)
AND ($1 = ''
	OR fold(v.full_name) LIKE $1 OR fold(v.full_name) LIKE $2
	OR fold(v.email) LIKE $1 OR fold(v.email) LIKE $2
	OR $13 <> '' AND v.phone LIKE $13
	OR v.company_id = ANY (ARRAY(SELECT m.id FROM company m WHERE fold(m.name) LIKE $1 OR fold(m.name) LIKE $2))
	OR v.id = ANY (ARRAY( -- ids that begin with the digits
		SELECT m.id
		FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
		JOIN client m ON m.id >= nullif($3, '')::bigint * scale.n AND m.id < (nullif($3, '')::bigint + 1) * scale.n)))
AND ($8 = 0 OR CASE $5
	WHEN 'id' THEN CASE WHEN $6 THEN v.id < $8 ELSE v.id > $8 END
	WHEN 'text' THEN CASE
		WHEN $6 THEN (v.text_key, v.id) < (SELECT p.text_key, p.id FROM place p)
		ELSE (v.text_key, v.id) > (SELECT p.text_key, p.id FROM place p) END
	WHEN 'nullable text' THEN CASE -- nulls come last, as in the index; descending, first
		WHEN $6 THEN (v.text_key, v.id) < (SELECT p.text_key, p.id FROM place p)
			OR EXISTS (SELECT FROM place p WHERE p.text_key IS NULL AND (v.text_key IS NOT NULL OR v.id < p.id))
		ELSE (v.text_key, v.id) > (SELECT p.text_key, p.id FROM place p)
			OR EXISTS (SELECT FROM place p WHERE v.text_key IS NULL AND (p.text_key IS NOT NULL OR v.id > p.id)) END
	WHEN 'moment' THEN CASE
		WHEN $6 THEN (v.moment_key, v.id) < (SELECT p.moment_key, p.id FROM place p)
		ELSE (v.moment_key, v.id) > (SELECT p.moment_key, p.id FROM place p) END
	WHEN 'nullable moment' THEN CASE -- nulls come last, as in the index; descending, first
		WHEN $6 THEN (v.moment_key, v.id) < (SELECT p.moment_key, p.id FROM place p)
			OR EXISTS (SELECT FROM place p WHERE p.moment_key IS NULL AND (v.moment_key IS NOT NULL OR v.id < p.id))
		ELSE (v.moment_key, v.id) > (SELECT p.moment_key, p.id FROM place p)
			OR EXISTS (SELECT FROM place p WHERE v.moment_key IS NULL AND (p.moment_key IS NOT NULL OR v.id > p.id)) END
	END)
ORDER BY
	CASE WHEN NOT $6 THEN v.text_key END, CASE WHEN $6 THEN v.text_key END DESC,
	CASE WHEN NOT $6 THEN v.moment_key END, CASE WHEN $6 THEN v.moment_key END DESC,
	CASE WHEN NOT $6 THEN v.id END, CASE WHEN $6 THEN v.id END DESC
LIMIT nullif($7, 0)
