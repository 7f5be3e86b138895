-- $1 search, $2 the same at the beginning of a word, $3 digits, $4 sort field, $5 its kind, $6 descending,
-- $7 limit, $8 after this id; $9 any, $10 own, $11 the assigned ones: the reach of the actor $12; $13 phone digits
-- searched, $14 company
WITH named AS ( -- companies that are searched
	SELECT m.id FROM company m WHERE $1 <> '' AND (fold(m.name) LIKE $1 OR fold(m.name) LIKE $2)
), numbered AS ( -- clients that are, by the digits that ids begin with
	SELECT m.id
	FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
	JOIN client m ON m.id >= nullif($3, '')::bigint * scale.n AND m.id < (nullif($3, '')::bigint + 1) * scale.n
	WHERE $3 <> ''
), visible AS NOT MATERIALIZED (
	SELECT c.id, c.full_name, c.email, c.phone, c.company_id, coalesce(y.name, '') AS company,
		c.commercial_id, u.username AS commercial, c.first_contact_date, c.last_contact_date,
		c.created_at, c.updated_at, c.version,
		CASE $4
			WHEN 'full_name' THEN fold(c.full_name)
			WHEN 'email' THEN fold(c.email)
			WHEN 'phone' THEN coalesce(c.phone, '~') -- after all numbers
			WHEN 'company' THEN fold(coalesce(y.name, ''))
			WHEN 'commercial' THEN fold(u.username)
		END COLLATE "C" AS text_key,
		CASE $4
			WHEN 'first_contact_date' THEN c.first_contact_date
			WHEN 'last_contact_date' THEN coalesce(c.last_contact_date, 'infinity')
			WHEN 'created_at' THEN c.created_at
			WHEN 'updated_at' THEN c.updated_at
		END AS moment_key
	FROM client c
	JOIN users u ON u.id = c.commercial_id
	LEFT JOIN company y ON y.id = c.company_id
	WHERE ($9 OR $10 AND c.commercial_id = $12 OR cardinality($11::integer[]) > 0 AND c.id = ANY ($11))
), place AS (
	SELECT p.text_key, p.moment_key, p.id FROM visible p WHERE p.id = $8
), page AS (
	SELECT v.id, v.full_name, v.email, v.phone, v.company_id, v.company, v.commercial_id, v.commercial,
		v.first_contact_date, v.last_contact_date, v.created_at, v.updated_at, v.version, v.text_key, v.moment_key
	FROM visible v
	WHERE ($14 = 0 OR v.company_id = $14)
	AND ($1 = ''
		OR fold(v.full_name) LIKE $1 OR fold(v.full_name) LIKE $2
		OR fold(v.email) LIKE $1 OR fold(v.email) LIKE $2
		OR $13 <> '' AND v.phone LIKE $13
		OR CASE WHEN cardinality($11) > 0 -- of the assigned ones, the many that may be found are sorted out
			THEN v.company_id IN (SELECT m.id FROM named m) OR v.id IN (SELECT m.id FROM numbered m)
			ELSE v.company_id = ANY (ARRAY(SELECT m.id FROM named m)) OR v.id = ANY (ARRAY(SELECT m.id FROM numbered m)) END)
	AND ($8 = 0 OR CASE $5
		WHEN 'id' THEN CASE WHEN $6 THEN v.id < $8 ELSE v.id > $8 END
		WHEN 'text' THEN CASE -- perhaps of another table than the id, whose index wants a condition of its own
			WHEN $6 THEN (v.text_key, v.id) < (SELECT p.text_key, p.id FROM place p) AND v.text_key <= (SELECT p.text_key FROM place p)
			ELSE (v.text_key, v.id) > (SELECT p.text_key, p.id FROM place p) AND v.text_key >= (SELECT p.text_key FROM place p) END
		WHEN 'moment' THEN CASE
			WHEN $6 THEN (v.moment_key, v.id) < (SELECT p.moment_key, p.id FROM place p)
			ELSE (v.moment_key, v.id) > (SELECT p.moment_key, p.id FROM place p) END
		END)
	ORDER BY
		CASE WHEN NOT $6 THEN v.text_key END, CASE WHEN $6 THEN v.text_key END DESC,
		CASE WHEN NOT $6 THEN v.moment_key END, CASE WHEN $6 THEN v.moment_key END DESC,
		CASE WHEN NOT $6 THEN v.id END, CASE WHEN $6 THEN v.id END DESC
	LIMIT nullif($7, 0)
)
SELECT p.id, p.full_name, p.email, p.phone, p.company_id, p.company, p.commercial_id, p.commercial,
	p.first_contact_date, p.last_contact_date, p.created_at, p.updated_at, p.version, p.commercial_id = $12 AS is_own,
	EXISTS (SELECT FROM contract k JOIN event e ON e.contract_id = k.id WHERE k.client_id = p.id AND e.support_contact_id = $12) AS is_assigned
FROM page p
ORDER BY
	CASE WHEN $5 = 'text' AND NOT $6 THEN p.text_key END, CASE WHEN $5 = 'text' AND $6 THEN p.text_key END DESC,
	CASE WHEN $5 = 'moment' AND NOT $6 THEN p.moment_key END, CASE WHEN $5 = 'moment' AND $6 THEN p.moment_key END DESC,
	CASE WHEN NOT $6 THEN p.id END, CASE WHEN $6 THEN p.id END DESC
