-- $1 words that are searched, $2 the digits of ids among them, $3 its sort key, $4 sort field, $5 its kind, $6 descending,
-- $7 limit, $8 after this id; $9 any, $10 own, $11 the assigned ones: the reach of the actor $12; $13 the phone
-- numbers among the words, $14 company, $15 commercial, $16 without a contract
WITH named AS ( -- companies that have the first word
	SELECT m.id FROM company m WHERE search_key(m.name) LIKE ($1::text[])[1]
), numbered AS ( -- clients that have it: of commercials, and by the digits that ids begin with
	SELECT m.id FROM users n JOIN client m ON m.commercial_id = n.id WHERE search_key(n.username || ' ' || n.full_name) LIKE ($1::text[])[1]
	UNION ALL
	SELECT m.id
	FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
	JOIN client m ON m.id >= nullif(($2::text[])[1], '')::bigint * scale.n AND m.id < (nullif(($2::text[])[1], '')::bigint + 1) * scale.n
	WHERE ($2::text[])[1] <> ''
), visible AS NOT MATERIALIZED (
	SELECT c.id, c.full_name, c.email, c.phone, c.company_id, coalesce(y.name, '') AS company,
		c.commercial_id, u.username AS commercial, c.first_contact_date, c.last_contact_date,
		c.created_at, c.updated_at, c.version,
		sort_key(s.text, $6) COLLATE "C" AS text_key,
		sort_key(s.moment, $6) AS moment_key
	FROM client c
	JOIN users u ON u.id = c.commercial_id
	LEFT JOIN company y ON y.id = c.company_id
	CROSS JOIN LATERAL (
		SELECT CASE $4
			WHEN 'full_name' THEN c.full_name
			WHEN 'email' THEN c.email
			WHEN 'phone' THEN c.phone
			WHEN 'company' THEN y.name
			WHEN 'commercial' THEN u.username
		END AS text,
		CASE $4
			WHEN 'first_contact_date' THEN c.first_contact_date
			WHEN 'last_contact_date' THEN c.last_contact_date
			WHEN 'created_at' THEN c.created_at
			WHEN 'updated_at' THEN c.updated_at
		END AS moment
	) s
	WHERE ($9 OR $10 AND c.commercial_id = $12 OR cardinality($11::integer[]) > 0 AND c.id = ANY ($11))
), place AS (
	SELECT p.text_key, p.moment_key, p.id FROM visible p WHERE p.id = $8 AND $3::text IS NULL
	UNION ALL
	SELECT sort_key($3, $6) COLLATE "C",
		sort_key(CASE WHEN $5 = 'moment' THEN nullif($3, '')::timestamptz END, $6), $8
	WHERE $3 IS NOT NULL
), page AS (
	SELECT v.id, v.full_name, v.email, v.phone, v.company_id, v.company, v.commercial_id, v.commercial,
		v.first_contact_date, v.last_contact_date, v.created_at, v.updated_at, v.version, v.text_key, v.moment_key
	FROM visible v
	WHERE ($14 = 0 OR v.company_id = $14)
	AND ($15 = 0 OR v.commercial_id = $15)
	AND (NOT $16 OR NOT EXISTS (SELECT FROM contract k WHERE k.client_id = v.id))
	AND (cardinality($1::text[]) = 0
		OR search_key(v.full_name) LIKE ($1::text[])[1] OR search_key(v.email) LIKE ($1::text[])[1]
		OR ($13::text[])[1] <> '' AND v.phone ~ ($13::text[])[1]
		OR CASE WHEN cardinality($11) > 0 -- of the assigned ones, the many that may be found are sorted out
			THEN v.company_id IN (SELECT m.id FROM named m) OR v.id IN (SELECT m.id FROM numbered m)
			ELSE v.company_id = ANY (ARRAY(SELECT m.id FROM named m)) OR v.id = ANY (ARRAY(SELECT m.id FROM numbered m)) END)
	AND (cardinality($1) < 2 OR search_key(v.full_name) LIKE ALL ($1) OR ( -- each word stands somewhere
		SELECT bool_and(s.text LIKE w.part OR w.digits <> '' AND starts_with(v.id::text, w.digits) OR w.phone <> '' AND coalesce(v.phone ~ w.phone, false))
		FROM (
			SELECT search_key(concat_ws(' ', v.full_name, v.email, y.name, u.username, u.full_name)) AS text
			FROM users u LEFT JOIN company y ON y.id = v.company_id
			WHERE u.id = v.commercial_id
			OFFSET 0
		) s, unnest($1, $2::text[], $13::text[]) AS w (part, digits, phone)))
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
