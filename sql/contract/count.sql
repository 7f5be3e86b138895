-- $1 words that are searched, $2 the digits of ids among them; $3 any, $4 own, $5 the assigned ones: the reach of
-- the actor $6; $7 unsigned, $8 unpaid, $9 client, $10 signed; $11 search events too, $12 and $13 the
-- amounts among the words, from and to; $14 commercial, $15 paid, $16 without an event, created from $17 and before $18;
-- $19 how many to sum up, 0 for none: then all are counted
WITH named AS ( -- clients that have the first word, or whose companies have
	SELECT m.id FROM client m WHERE search_key(m.full_name) LIKE ($1::text[])[1]
	UNION ALL
	SELECT m.id FROM company n JOIN client m ON m.company_id = n.id WHERE search_key(n.name) LIKE ($1::text[])[1]
), numbered AS ( -- contracts that have it: of commercials, of that amount, with an event there, and by the digits that ids begin with
	SELECT m.id FROM users n JOIN contract m ON m.commercial_id = n.id WHERE search_key(n.username || ' ' || n.full_name) LIKE ($1::text[])[1]
	UNION ALL
	SELECT m.id FROM contract m
	WHERE m.total_amount BETWEEN ($12::numeric[])[1] AND ($13::numeric[])[1] OR m.remaining_amount BETWEEN ($12::numeric[])[1] AND ($13::numeric[])[1]
	UNION ALL
	SELECT m.contract_id FROM event m
	WHERE $11 AND ($12::numeric[])[1] IS NULL AND search_key(m.title || ' ' || m.full_address || ' ' || coalesce(m.notes, '')) LIKE ($1::text[])[1]
	UNION ALL
	SELECT m.id
	FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
	JOIN contract m ON m.id >= nullif(($2::text[])[1], '')::bigint * scale.n AND m.id < (nullif(($2::text[])[1], '')::bigint + 1) * scale.n
	WHERE ($2::text[])[1] <> ''
)
SELECT count(*) AS count, coalesce(sum(f.total_amount) FILTER (WHERE f.total_amount < 'Infinity'), 0) AS total,
	coalesce(sum(f.remaining_amount) FILTER (WHERE f.remaining_amount < 'Infinity'), 0) AS remaining -- NaN is the greatest
FROM (
SELECT CASE WHEN $19 > 0 THEN v.total_amount END AS total_amount, CASE WHEN $19 > 0 THEN v.remaining_amount END AS remaining_amount
FROM contract v
WHERE ($3
	OR $4 AND CASE WHEN cardinality($1::text[]) = 0 -- they may be many more than what is searched
		THEN v.client_id = ANY (ARRAY(SELECT m.id FROM client m WHERE m.commercial_id = $6))
		ELSE v.client_id IN (SELECT m.id FROM client m WHERE m.commercial_id = $6) END
	OR cardinality($5::integer[]) > 0 AND v.id = ANY ($5))
AND (NOT $7 OR NOT coalesce(v.is_signed, false))
AND (NOT $8 OR v.remaining_amount > 0)
AND ($9 = 0 OR v.client_id = $9)
AND (NOT $10 OR coalesce(v.is_signed, false))
AND ($14 = 0 OR v.commercial_id = $14)
AND (NOT $15 OR v.remaining_amount = 0)
AND (NOT $16 OR NOT EXISTS (SELECT FROM event e WHERE e.contract_id = v.id))
AND ($17::timestamptz IS NULL OR v.created_at >= $17)
AND ($18::timestamptz IS NULL OR v.created_at < $18)
AND ($17 IS NULL AND $18 IS NULL OR isfinite(v.created_at))
AND (cardinality($1::text[]) = 0 OR CASE WHEN cardinality($5) > 0 -- of the assigned ones, the many that may be found are sorted out
	THEN v.client_id IN (SELECT m.id FROM named m) OR v.id IN (SELECT m.id FROM numbered m)
	ELSE v.client_id = ANY (ARRAY(SELECT m.id FROM named m)) OR v.id = ANY (ARRAY(SELECT m.id FROM numbered m)) END)
AND (cardinality($1) < 2 OR ( -- each word stands somewhere
	SELECT bool_and(s.text LIKE w.part OR w.digits <> '' AND starts_with(v.id::text, w.digits)
		OR CASE WHEN w.least IS NULL -- a number is an amount, or one of the names
			THEN $11 AND EXISTS (SELECT FROM event e WHERE e.contract_id = v.id AND search_key(e.title || ' ' || e.full_address || ' ' || coalesce(e.notes, '')) LIKE w.part)
			ELSE v.total_amount BETWEEN w.least AND w.most OR v.remaining_amount BETWEEN w.least AND w.most END)
	FROM (
		SELECT search_key(concat_ws(' ', c.full_name, y.name, u.username, u.full_name)) AS text
		FROM users u JOIN client c ON c.id = v.client_id LEFT JOIN company y ON y.id = c.company_id
		WHERE u.id = v.commercial_id
		OFFSET 0
	) s, unnest($1, $2::text[], $12::numeric[], $13::numeric[]) AS w (part, digits, least, most)))
LIMIT nullif($19, 0)
) f
