-- $1 words that are searched, $2 the digits of ids among them; $3 any, $4 own, $5 an assigned one: the reach of the
-- actor $6; $7 unassigned, $8 not ended at this moment, $9 contract; $10 and $11 the
-- amounts among the words, from and to; $12 support contact, starting from $13 and before $14; $15 how many to count at most, 0: all
SELECT count(*)
FROM (
SELECT
FROM event v
WHERE ($3
	OR $4 AND CASE WHEN cardinality($1::text[]) = 0 -- they may be many more than what is searched
		THEN v.contract_id = ANY (ARRAY(SELECT n.id FROM client m JOIN contract n ON n.client_id = m.id WHERE m.commercial_id = $6))
		ELSE v.contract_id IN (SELECT n.id FROM client m JOIN contract n ON n.client_id = m.id WHERE m.commercial_id = $6) END
	OR cardinality($5::integer[]) > 0 AND v.support_contact_id = $6)
AND (NOT $7 OR v.support_contact_id IS NULL OR v.support_contact_id = ANY (ARRAY( -- nor with one who does not serve any more
	SELECT n.id FROM users n JOIN role r ON r.id = n.role_id WHERE NOT (n.is_active AND r.name = 'support'))))
AND ($8::timestamptz IS NULL OR v.end_date > $8::timestamptz)
AND ($9 = 0 OR v.contract_id = $9)
AND ($12 = 0 OR v.support_contact_id = $12)
AND ($13::timestamptz IS NULL OR v.start_date >= $13)
AND ($14::timestamptz IS NULL OR v.start_date < $14)
AND ($13 IS NULL AND $14 IS NULL OR isfinite(v.start_date))
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
			WHERE n.total_amount BETWEEN ($10::numeric[])[1] AND ($11::numeric[])[1] OR n.remaining_amount BETWEEN ($10::numeric[])[1] AND ($11::numeric[])[1]))
		UNION ALL -- of support contacts, and by the digits that ids begin with
		SELECT m.id FROM users n JOIN event m ON m.support_contact_id = n.id WHERE search_key(n.username || ' ' || n.full_name) LIKE ($1::text[])[1]
		UNION ALL
		SELECT m.id
		FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
		JOIN event m ON m.id >= nullif(($2::text[])[1], '')::bigint * scale.n AND m.id < (nullif(($2::text[])[1], '')::bigint + 1) * scale.n)))
AND (cardinality($1) < 2 OR search_key(v.title || ' ' || v.full_address || ' ' || coalesce(v.notes, '')) LIKE ALL ($1) OR ( -- each word stands somewhere
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
	) s, unnest($1, $2::text[], $10::numeric[], $11::numeric[]) AS w (part, digits, least, most)))
LIMIT nullif($15, 0)
) f
