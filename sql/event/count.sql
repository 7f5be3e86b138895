-- $1 search, $2 the same at the beginning of a word, $3 digits; $4 any, $5 own, $6 an assigned one: the reach of the
-- actor $7; $8 unassigned, $9 not ended at this moment, $10 contract
SELECT count(*)
FROM event v
WHERE ($4
	OR $5 AND CASE WHEN $1 = '' -- they may be many more than what is searched
		THEN v.contract_id = ANY (ARRAY(SELECT n.id FROM client m JOIN contract n ON n.client_id = m.id WHERE m.commercial_id = $7))
		ELSE v.contract_id IN (SELECT n.id FROM client m JOIN contract n ON n.client_id = m.id WHERE m.commercial_id = $7) END
	OR cardinality($6::integer[]) > 0 AND v.support_contact_id = $7)
AND (NOT $8 OR v.support_contact_id IS NULL)
AND ($9::timestamptz IS NULL OR v.end_date > $9::timestamptz)
AND ($10 = 0 OR v.contract_id = $10)
AND ($1 = ''
	OR fold(v.title) LIKE $1 OR fold(v.title) LIKE $2
	OR fold(v.full_address) LIKE $1 OR fold(v.full_address) LIKE $2
	OR v.contract_id = ANY (ARRAY(
		SELECT n.id FROM client m JOIN contract n ON n.client_id = m.id
		WHERE fold(m.full_name) LIKE $1 OR fold(m.full_name) LIKE $2))
	OR v.id = ANY (ARRAY( -- of support contacts, and by the digits that ids begin with
		SELECT m.id FROM users n JOIN event m ON m.support_contact_id = n.id WHERE fold(n.username) LIKE $1 OR fold(n.username) LIKE $2
		UNION ALL
		SELECT m.id
		FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
		JOIN event m ON m.id >= nullif($3, '')::bigint * scale.n AND m.id < (nullif($3, '')::bigint + 1) * scale.n)))
