-- Some clients that a text means, each found through an index: where there are a million, none is looked at that
-- does not fit. $1 the text folded, empty for any; $2 and $3 what names with it begin with, from and up to; $4 a
-- part of a name, a pattern, or empty; $5 digits that ids begin with, or empty; $6 a phone number, a regular
-- expression, or empty; $7 any, $8 own, $9 the assigned ones: the reach of the actor $10; $11 only those without
-- contracts, $12 how many found in each way; $13 all words, patterns of what stands in the name, the company's or the
-- e-mail address
WITH visible AS NOT MATERIALIZED (
	SELECT c.id, c.full_name, c.email, c.phone, c.company_id
	FROM client c
	WHERE ($7 OR $8 AND c.commercial_id = $10 OR cardinality($9::integer[]) > 0 AND c.id = ANY ($9))
	AND (NOT $11 OR NOT EXISTS (SELECT FROM contract k WHERE k.client_id = c.id))
), begun AS MATERIALIZED ( -- by what begins with the text
	(SELECT v.id FROM visible v WHERE $1 = '' ORDER BY v.id LIMIT $12)
	UNION ALL
	(SELECT v.id FROM visible v
		WHERE $1 <> '' AND sort_key(v.full_name, true) COLLATE "C" >= $2 AND sort_key(v.full_name, true) COLLATE "C" < $3
		ORDER BY sort_key(v.full_name, true) COLLATE "C" LIMIT $12)
	UNION ALL
	(SELECT v.id FROM visible v
		WHERE $1 <> '' AND sort_key(v.email, true) COLLATE "C" >= $2 AND sort_key(v.email, true) COLLATE "C" < $3
		ORDER BY sort_key(v.email, true) COLLATE "C" LIMIT $12)
	UNION ALL
	(SELECT d.id
		FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
		CROSS JOIN LATERAL (SELECT v.id FROM visible v
			WHERE v.id >= nullif($5, '')::bigint * scale.n AND v.id < (nullif($5, '')::bigint + 1) * scale.n
			ORDER BY v.id LIMIT $12) d
		LIMIT $12)
), parted AS ( -- by what has it in its middle: the shorter it is the more those are, and the longer they take to find
	(SELECT v.id FROM visible v WHERE $4 <> '' AND search_key(v.full_name) LIKE $4
		AND (cardinality($13::text[]) < 2 OR search_key(concat_ws(' ', v.full_name, v.email, (SELECT y.name FROM company y WHERE y.id = v.company_id))) LIKE ALL ($13))
		LIMIT $12)
	UNION ALL
	(SELECT v.id FROM company m JOIN visible v ON v.company_id = m.id WHERE $4 <> '' AND search_key(m.name) LIKE $4
		AND (cardinality($13) < 2 OR search_key(concat_ws(' ', v.full_name, v.email, m.name)) LIKE ALL ($13))
		LIMIT $12)
	UNION ALL
	(SELECT v.id FROM visible v WHERE $6 <> '' AND v.phone ~ $6 LIMIT $12)
), found AS (
	SELECT b.id FROM begun b
	UNION ALL
	(SELECT p.id FROM parted p LIMIT (SELECT CASE WHEN count(DISTINCT b.id) < $12 THEN 3 * $12 ELSE 0 END FROM begun b)) -- none is looked for where the list is full
)
SELECT c.id, c.full_name, coalesce(y.name, '') AS company,
	c.commercial_id = $10 AS is_own,
	EXISTS (SELECT FROM contract k JOIN event e ON e.contract_id = k.id WHERE k.client_id = c.id AND e.support_contact_id = $10) AS is_assigned
FROM client c
LEFT JOIN company y ON y.id = c.company_id
WHERE c.id = ANY (ARRAY(SELECT id FROM found))
ORDER BY c.id
