-- $1 words that are searched, $2 the digits of ids among them, $3 its sort key, $4 sort field, $5 its kind, $6 descending,
-- $7 limit, $8 after this id; $9 any, $10 own, $11 an assigned one: the reach of the actor $12; $13 unassigned,
-- $14 not ended at this moment, $15 contract; $16 and $17 the
-- amounts among the words, from and to; $18 support contact, starting from $19 and before $20
WITH visible AS NOT MATERIALIZED (
	SELECT e.id, e.title, e.contract_id, k.client_id, c.full_name AS client, c.commercial_id, u.username AS commercial,
		e.full_address, e.support_contact_id, coalesce(h.username, '') AS support_contact, e.start_date, e.end_date,
		e.participant_count, coalesce(e.notes, '') AS notes, e.created_at, e.updated_at, e.version,
		sort_key(s.text, $6) COLLATE "C" AS text_key,
		sort_key(s.moment, $6) AS moment_key,
		CASE $4
			WHEN 'contract_id' THEN e.contract_id
			WHEN 'participant_count' THEN coalesce(e.participant_count, 0)
		END AS number_key
	FROM event e
	JOIN contract k ON k.id = e.contract_id
	JOIN client c ON c.id = k.client_id
	JOIN users u ON u.id = c.commercial_id
	LEFT JOIN users h ON h.id = e.support_contact_id
	CROSS JOIN LATERAL (
		SELECT CASE $4
			WHEN 'title' THEN e.title
			WHEN 'client' THEN c.full_name
			WHEN 'commercial' THEN u.username
			WHEN 'support_contact' THEN h.username
			WHEN 'full_address' THEN e.full_address
		END AS text,
		CASE $4
			WHEN 'start_date' THEN e.start_date
			WHEN 'end_date' THEN e.end_date
			WHEN 'created_at' THEN e.created_at
			WHEN 'updated_at' THEN e.updated_at
		END AS moment
	) s
	WHERE ($9
		OR $10 AND cardinality($11::integer[]) = 0 AND c.commercial_id = $12
		OR $10 AND cardinality($11) > 0 AND e.contract_id = ANY (ARRAY(
			SELECT n.id FROM client m JOIN contract n ON n.client_id = m.id WHERE m.commercial_id = $12))
		OR cardinality($11) > 0 AND e.support_contact_id = $12)
), place AS (
	SELECT p.text_key, p.moment_key, p.number_key, p.id FROM visible p WHERE p.id = $8 AND $3::text IS NULL
	UNION ALL
	SELECT sort_key($3, $6) COLLATE "C", sort_key(CASE WHEN $5 = 'moment' THEN nullif($3, '')::timestamptz END, $6),
		CASE WHEN $5 = 'number' THEN $3::bigint END, $8
	WHERE $3 IS NOT NULL
)
SELECT v.id, v.title, v.contract_id, v.client_id, v.client, v.commercial_id, v.commercial,
	v.full_address, v.support_contact_id, v.support_contact, v.start_date, v.end_date,
	v.participant_count, v.notes, v.created_at, v.updated_at, v.version,
	v.commercial_id = $12 AS is_own, v.support_contact_id IS NOT DISTINCT FROM $12 AS is_assigned
FROM visible v
WHERE (NOT $13 OR v.support_contact_id IS NULL OR v.support_contact_id = ANY (ARRAY( -- nor with one who does not serve any more
	SELECT n.id FROM users n JOIN role r ON r.id = n.role_id WHERE NOT (n.is_active AND r.name = 'support'))))
AND ($14::timestamptz IS NULL OR v.end_date > $14::timestamptz)
AND ($14 IS NULL OR $6 OR $4 <> 'start_date' -- none to come starts before this: no walk through all that have ended
	OR v.moment_key >= (SELECT coalesce(min(m.start_date + interval '0'), '-infinity') FROM event m WHERE m.end_date > $14))
AND ($15 = 0 OR v.contract_id = $15)
AND ($18 = 0 OR v.support_contact_id = $18)
AND ($19::timestamptz IS NULL OR CASE $4 WHEN 'start_date' THEN v.moment_key ELSE v.start_date END >= $19)
AND ($20::timestamptz IS NULL OR CASE $4 WHEN 'start_date' THEN v.moment_key ELSE v.start_date END < $20)
AND ($19 IS NULL AND $20 IS NULL OR isfinite(v.start_date))
AND (cardinality($1::text[]) = 0
	OR v.id = ANY (ARRAY( -- they may be many: none is looked for twice
		SELECT m.id FROM event m WHERE search_key(m.title || ' ' || m.full_address || ' ' || coalesce(m.notes, '')) LIKE ($1::text[])[1]
		UNION ALL -- of clients, of their companies and commercials, of that amount
		SELECT m.id FROM event m WHERE m.contract_id = ANY (ARRAY(
			SELECT n.id FROM contract n WHERE n.client_id = ANY (ARRAY(
				SELECT m.id FROM client m WHERE search_key(m.full_name) LIKE ($1::text[])[1]
				UNION ALL
				SELECT m.id FROM company y JOIN client m ON m.company_id = y.id WHERE search_key(y.name) LIKE ($1::text[])[1]
				UNION ALL
				SELECT m.id FROM users u JOIN client m ON m.commercial_id = u.id WHERE search_key(u.username || ' ' || u.full_name) LIKE ($1::text[])[1]))
			UNION ALL
			SELECT n.id FROM contract n
			WHERE n.total_amount BETWEEN ($16::numeric[])[1] AND ($17::numeric[])[1] OR n.remaining_amount BETWEEN ($16::numeric[])[1] AND ($17::numeric[])[1]))
		UNION ALL -- of support contacts, and by the digits that ids begin with
		SELECT m.id FROM users n JOIN event m ON m.support_contact_id = n.id WHERE search_key(n.username || ' ' || n.full_name) LIKE ($1::text[])[1]
		UNION ALL
		SELECT m.id
		FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
		JOIN event m ON m.id >= nullif(($2::text[])[1], '')::bigint * scale.n AND m.id < (nullif(($2::text[])[1], '')::bigint + 1) * scale.n)))
AND (cardinality($1) < 2 OR search_key(v.title || ' ' || v.full_address || ' ' || v.notes) LIKE ALL ($1) OR ( -- each word stands somewhere
	SELECT bool_and(s.text LIKE w.part OR w.digits <> '' AND starts_with(v.id::text, w.digits)
		OR coalesce(s.total_amount BETWEEN w.least AND w.most OR s.remaining_amount BETWEEN w.least AND w.most, false))
	FROM (
		SELECT search_key(concat_ws(' ', v.title, v.full_address, v.notes, c.full_name, y.name, u.username, u.full_name, h.username, h.full_name)) AS text,
			k.total_amount, k.remaining_amount
		FROM contract k
		JOIN client c ON c.id = k.client_id
		JOIN users u ON u.id = c.commercial_id
		LEFT JOIN company y ON y.id = c.company_id
		LEFT JOIN users h ON h.id = v.support_contact_id
		WHERE k.id = v.contract_id
		OFFSET 0
	) s, unnest($1, $2::text[], $16::numeric[], $17::numeric[]) AS w (part, digits, least, most)))
AND ($8 = 0 OR CASE $5
	WHEN 'id' THEN CASE WHEN $6 THEN v.id < $8 ELSE v.id > $8 END
	WHEN 'text' THEN CASE -- perhaps of another table than the id, whose index wants a condition of its own
		WHEN $6 THEN (v.text_key, v.id) < (SELECT p.text_key, p.id FROM place p) AND v.text_key <= (SELECT p.text_key FROM place p)
		ELSE (v.text_key, v.id) > (SELECT p.text_key, p.id FROM place p) AND v.text_key >= (SELECT p.text_key FROM place p) END
	WHEN 'moment' THEN CASE
		WHEN $6 THEN (v.moment_key, v.id) < (SELECT p.moment_key, p.id FROM place p)
		ELSE (v.moment_key, v.id) > (SELECT p.moment_key, p.id FROM place p) END
	WHEN 'number' THEN CASE
		WHEN $6 THEN (v.number_key, v.id) < (SELECT p.number_key, p.id FROM place p)
		ELSE (v.number_key, v.id) > (SELECT p.number_key, p.id FROM place p) END
	END)
ORDER BY
	CASE WHEN NOT $6 THEN v.text_key END, CASE WHEN $6 THEN v.text_key END DESC,
	CASE WHEN NOT $6 THEN v.moment_key END, CASE WHEN $6 THEN v.moment_key END DESC,
	CASE WHEN NOT $6 THEN v.number_key END, CASE WHEN $6 THEN v.number_key END DESC,
	CASE WHEN NOT $6 THEN v.id END, CASE WHEN $6 THEN v.id END DESC
LIMIT nullif($7, 0)
