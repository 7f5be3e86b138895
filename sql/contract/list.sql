-- $1 words that are searched, $2 the digits of ids among them, $3 its sort key, $4 sort field, $5 its kind, $6 descending,
-- $7 limit, $8 after this id; $9 any, $10 own, $11 the assigned ones: the reach of the actor $12; $13 unsigned,
-- $14 unpaid, $15 client, $16 signed; $17 search events too,
-- $18 and $19 the amounts among the words, from and to; $20 commercial, $21 paid, $22 without an event, created from $23
-- and before $24
WITH named AS ( -- clients that have the first word, or whose companies have
	SELECT m.id FROM client m WHERE search_key(m.full_name) LIKE ($1::text[])[1]
	UNION ALL
	SELECT m.id FROM company n JOIN client m ON m.company_id = n.id WHERE search_key(n.name) LIKE ($1::text[])[1]
), numbered AS ( -- contracts that have it: of commercials, of that amount, with an event there, and by the digits that ids begin with
	SELECT m.id FROM users n JOIN contract m ON m.commercial_id = n.id WHERE search_key(n.username || ' ' || n.full_name) LIKE ($1::text[])[1]
	UNION ALL
	SELECT m.id FROM contract m
	WHERE m.total_amount BETWEEN ($18::numeric[])[1] AND ($19::numeric[])[1] OR m.remaining_amount BETWEEN ($18::numeric[])[1] AND ($19::numeric[])[1]
	UNION ALL
	SELECT m.contract_id FROM event m
	WHERE $17 AND ($18::numeric[])[1] IS NULL AND search_key(m.title || ' ' || m.full_address || ' ' || coalesce(m.notes, '')) LIKE ($1::text[])[1]
	UNION ALL
	SELECT m.id
	FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
	JOIN contract m ON m.id >= nullif(($2::text[])[1], '')::bigint * scale.n AND m.id < (nullif(($2::text[])[1], '')::bigint + 1) * scale.n
	WHERE ($2::text[])[1] <> ''
), visible AS NOT MATERIALIZED (
	SELECT k.id, k.client_id, c.full_name AS client, k.commercial_id, u.username AS commercial,
		k.total_amount, k.remaining_amount, coalesce(k.is_signed, false) AS is_signed, coalesce(k.is_fully_paid, false) AS is_fully_paid,
		k.created_at, k.updated_at, k.version, c.commercial_id AS owner_id,
		sort_key(s.text, $6) COLLATE "C" AS text_key,
		sort_key(s.moment, $6) AS moment_key,
		sort_key(s.amount, $6) AS number_key,
		CASE $4
			WHEN 'is_signed' THEN coalesce(k.is_signed, false)
			WHEN 'is_fully_paid' THEN coalesce(k.is_fully_paid, false)
		END AS flag_key
	FROM contract k
	JOIN client c ON c.id = k.client_id
	JOIN users u ON u.id = k.commercial_id
	CROSS JOIN LATERAL (
		SELECT CASE $4
			WHEN 'client' THEN c.full_name
			WHEN 'commercial' THEN u.username
		END AS text,
		CASE $4
			WHEN 'created_at' THEN k.created_at
			WHEN 'updated_at' THEN k.updated_at
		END AS moment,
		CASE $4
			WHEN 'total_amount' THEN k.total_amount
			WHEN 'remaining_amount' THEN k.remaining_amount
		END AS amount
	) s
	WHERE ($9
		OR $10 AND cardinality($11::integer[]) = 0 AND c.commercial_id = $12
		OR $10 AND cardinality($11) > 0 AND k.client_id = ANY (ARRAY(SELECT m.id FROM client m WHERE m.commercial_id = $12))
		OR cardinality($11) > 0 AND k.id = ANY ($11))
), place AS (
	SELECT p.text_key, p.moment_key, p.number_key, p.flag_key, p.id FROM visible p WHERE p.id = $8 AND $3::text IS NULL
	UNION ALL
	SELECT sort_key($3, $6) COLLATE "C",
		sort_key(CASE WHEN $5 = 'moment' THEN nullif($3, '')::timestamptz END, $6),
		sort_key(CASE WHEN $5 = 'number' THEN nullif($3, '')::numeric END, $6),
		CASE WHEN $5 = 'flag' THEN $3::boolean END, $8
	WHERE $3 IS NOT NULL
), page AS (
	SELECT v.id, v.client_id, v.client, v.commercial_id, v.commercial, v.total_amount, v.remaining_amount, v.is_signed, v.is_fully_paid,
		v.created_at, v.updated_at, v.version, v.owner_id, v.text_key, v.moment_key, v.number_key, v.flag_key
	FROM visible v
	WHERE (NOT $13 OR NOT v.is_signed)
	AND (NOT $14 OR v.remaining_amount > 0)
	AND ($15 = 0 OR v.client_id = $15)
	AND (NOT $16 OR v.is_signed)
	AND ($20 = 0 OR v.commercial_id = $20)
	AND (NOT $21 OR v.remaining_amount = 0)
	AND (NOT $22 OR NOT EXISTS (SELECT FROM event e WHERE e.contract_id = v.id))
	AND ($23::timestamptz IS NULL OR CASE $4 WHEN 'created_at' THEN v.moment_key ELSE v.created_at END >= $23)
	AND ($24::timestamptz IS NULL OR CASE $4 WHEN 'created_at' THEN v.moment_key ELSE v.created_at END < $24)
	AND ($23 IS NULL AND $24 IS NULL OR isfinite(v.created_at))
	AND (cardinality($1::text[]) = 0 OR CASE WHEN cardinality($11) > 0 -- of the assigned ones, the many that may be found are sorted out
		THEN v.client_id IN (SELECT m.id FROM named m) OR v.id IN (SELECT m.id FROM numbered m)
		ELSE v.client_id = ANY (ARRAY(SELECT m.id FROM named m)) OR v.id = ANY (ARRAY(SELECT m.id FROM numbered m)) END)
	AND (cardinality($1) < 2 OR ( -- each word stands somewhere
		SELECT bool_and(s.text LIKE w.part OR w.digits <> '' AND starts_with(v.id::text, w.digits)
			OR CASE WHEN w.least IS NULL -- a number is an amount, or one of the names
				THEN $17 AND EXISTS (SELECT FROM event e WHERE e.contract_id = v.id AND search_key(e.title || ' ' || e.full_address || ' ' || coalesce(e.notes, '')) LIKE w.part)
				ELSE v.total_amount BETWEEN w.least AND w.most OR v.remaining_amount BETWEEN w.least AND w.most END)
		FROM (
			SELECT search_key(concat_ws(' ', c.full_name, y.name, u.username, u.full_name)) AS text
			FROM users u JOIN client c ON c.id = v.client_id LEFT JOIN company y ON y.id = c.company_id
			WHERE u.id = v.commercial_id
			OFFSET 0
		) s, unnest($1, $2::text[], $18::numeric[], $19::numeric[]) AS w (part, digits, least, most)))
	AND ($8 = 0 OR CASE $5
		WHEN 'id' THEN CASE WHEN $6 THEN v.id < $8 ELSE v.id > $8 END
		WHEN 'text' THEN CASE -- of another table than the id, whose index wants a condition of its own
			WHEN $6 THEN (v.text_key, v.id) < (SELECT p.text_key, p.id FROM place p) AND v.text_key <= (SELECT p.text_key FROM place p)
			ELSE (v.text_key, v.id) > (SELECT p.text_key, p.id FROM place p) AND v.text_key >= (SELECT p.text_key FROM place p) END
		WHEN 'moment' THEN CASE
			WHEN $6 THEN (v.moment_key, v.id) < (SELECT p.moment_key, p.id FROM place p)
			ELSE (v.moment_key, v.id) > (SELECT p.moment_key, p.id FROM place p) END
		WHEN 'number' THEN CASE
			WHEN $6 THEN (v.number_key, v.id) < (SELECT p.number_key, p.id FROM place p)
			ELSE (v.number_key, v.id) > (SELECT p.number_key, p.id FROM place p) END
		WHEN 'flag' THEN CASE
			WHEN $6 THEN (v.flag_key, v.id) < (SELECT p.flag_key, p.id FROM place p)
			ELSE (v.flag_key, v.id) > (SELECT p.flag_key, p.id FROM place p) END
		END)
	ORDER BY
		CASE WHEN NOT $6 THEN v.text_key END, CASE WHEN $6 THEN v.text_key END DESC,
		CASE WHEN NOT $6 THEN v.moment_key END, CASE WHEN $6 THEN v.moment_key END DESC,
		CASE WHEN NOT $6 THEN v.number_key END, CASE WHEN $6 THEN v.number_key END DESC,
		CASE WHEN NOT $6 THEN v.flag_key END, CASE WHEN $6 THEN v.flag_key END DESC,
		CASE WHEN NOT $6 THEN v.id END, CASE WHEN $6 THEN v.id END DESC
	LIMIT nullif($7, 0)
)
SELECT p.id, p.client_id, p.client, p.commercial_id, p.commercial, p.total_amount, p.remaining_amount,
	p.is_signed, p.is_fully_paid, p.created_at, p.updated_at, p.version, p.owner_id = $12 AS is_own,
	EXISTS (SELECT FROM event e WHERE e.contract_id = p.id AND e.support_contact_id = $12) AS is_assigned
FROM page p
ORDER BY
	CASE WHEN $5 = 'text' AND NOT $6 THEN p.text_key END, CASE WHEN $5 = 'text' AND $6 THEN p.text_key END DESC,
	CASE WHEN $5 = 'moment' AND NOT $6 THEN p.moment_key END, CASE WHEN $5 = 'moment' AND $6 THEN p.moment_key END DESC,
	CASE WHEN $5 = 'number' AND NOT $6 THEN p.number_key END, CASE WHEN $5 = 'number' AND $6 THEN p.number_key END DESC,
	CASE WHEN $5 = 'flag' AND NOT $6 THEN p.flag_key END, CASE WHEN $5 = 'flag' AND $6 THEN p.flag_key END DESC,
	CASE WHEN NOT $6 THEN p.id END, CASE WHEN $6 THEN p.id END DESC
